import { readdirSync, readFileSync } from "node:fs";
import { defineConfig } from "vite";

interface Manifest {
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
}

const NIIVUE = "@niivue/niivue";
const { version, dependencies } = JSON.parse(
  readFileSync(`node_modules/${NIIVUE}/package.json`, "utf8"),
) as Manifest;

/** A package's licence, by the file that it ships. */
function licenseOf(name: string): string {
  const folder = `node_modules/${name}`;
  const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
  return file === undefined ? "" : `${name}\n\n${readFileSync(`${folder}/${file}`, "utf8").trim()}`;
}

/** Licences have to come along with the code: in the package, and in every report. */
const NOTICE = [
  // niivue's package has no file of it.
  `${NIIVUE} ${version}\n\n${readFileSync("src/viewer/niivue-license.txt", "utf8").trim()}`,
  ...Object.keys(dependencies).map(licenseOf),
]
  .filter((text) => text !== "")
  .join("\n\n\n")
  .replaceAll("*/", "* /");

// The viewer of a report as one script without imports: the page has to open from a file.
export default defineConfig({
  plugins: [
    {
      name: "notice",
      // After the minifier, which would take it out.
      generateBundle: (_options, bundle) => {
        for (const file of Object.values(bundle)) {
          if (file.type === "chunk")
            file.code = `/*! Code in this file is of:\n\n${NOTICE}\n*/\n${file.code}`;
        }
      },
    },
  ],
  build: {
    outDir: "dist/viewer",
    emptyOutDir: false,
    lib: {
      entry: "src/viewer/viewer.ts",
      formats: ["iife"],
      name: "viewer",
      fileName: () => "viewer.js",
    },
    minify: true,
    sourcemap: false,
    copyPublicDir: false,
  },
  logLevel: "warn",
});
