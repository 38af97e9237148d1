// The program as it is shipped, in a folder: the files of the npm package, and beside them the
// packages that it needs at run time, as package-lock.json has them.
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("..", import.meta.url));

export const MANIFEST = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));

/** What of a package plays no part when it runs. */
const LEFT_OUT =
  /\.(?:map|d\.ts|d\.cts|d\.mts|ts|tsx|flow|markdown)$|\/(?:test|tests|__tests__|example|examples|benchmark|\.github)\//i;

/** npm is a script on Windows, which only a shell starts. */
const npm = (...args) =>
  execFileSync("npm", args, {
    cwd: ROOT,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
    stdio: ["ignore", "pipe", "inherit"],
    shell: process.platform === "win32",
  });

/** The files of the npm package, relative to the project. It has to be built. */
function packageFiles() {
  if (!existsSync(join(ROOT, "dist/viewer/viewer.js"))) {
    throw new Error("The program is not built: npm run build");
  }
  const text = npm("pack", "--dry-run", "--json", "--ignore-scripts");
  const [{ files }] = JSON.parse(text.slice(text.indexOf("[\n")));
  return files.map(({ path }) => path);
}

/** The folders of the packages that are needed at run time, relative to the project. */
function dependencies() {
  const { packages } = JSON.parse(readFileSync(join(ROOT, "package-lock.json"), "utf8"));
  return Object.entries(packages)
    .filter(([path, { dev, devOptional }]) => path !== "" && !dev && !devOptional)
    .filter(([path, { optional }]) => !optional || existsSync(join(ROOT, path)))
    .map(([path]) => path);
}

/**
 * Puts the program into a new folder.
 *
 * @returns the packages that it holds besides, each with its licence's text
 */
export function stage(folder) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const path of packageFiles()) copy(path, folder);
  return dependencies().map((path) => {
    copyPackage(path, folder);
    const { name, version, license } = JSON.parse(
      readFileSync(join(ROOT, path, "package.json"), "utf8"),
    );
    return { name, version, license, text: licenseText(join(ROOT, path)) };
  });
}

function copy(path, folder) {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  cpSync(join(ROOT, path), join(folder, path));
}

function copyPackage(path, folder) {
  for (const entry of readdirSync(join(ROOT, path), { recursive: true, withFileTypes: true })) {
    const file = relative(ROOT, join(entry.parentPath, entry.name)).replaceAll("\\", "/");
    // Packages within packages are in the list themselves.
    const inside = file.slice(path.length);
    if (!entry.isFile() || inside.startsWith("/node_modules/") || LEFT_OUT.test(inside)) continue;
    copy(file, folder);
  }
}

/** What of a package says under which terms it may be passed on: files, or a part of its README. */
function licenseText(folder) {
  const names = readdirSync(folder);
  const read = (name) => readFileSync(join(folder, name), "utf8").trim();
  const files = names.filter((name) => /^(?:licen[cs]e|copying|notice)/i.test(name));
  if (files.length > 0) return files.map(read).join("\n\n");
  const readme = names.filter((name) => /^readme/i.test(name)).map(read);
  return readme
    .map((text) => /^#+ *licen[cs]e\s([\s\S]*)/im.exec(text)?.[1]?.trim() ?? "")
    .join("");
}

/** The licences of all packages that come along, as one text. */
export const licensesText = (packages) =>
  `${packages
    .map(({ name, version, license, text }) => `${name} ${version} (${license})\n\n${text}`)
    .join(`\n\n${"=".repeat(72)}\n\n`)}\n`;
