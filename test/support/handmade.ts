import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { tarOf, zipOf } from "../files/archives.js";

/** Files of a bundle by their paths in the archive. */
export type BundleFiles = Readonly<Record<string, string | Buffer>>;

/** The least deploy code that MD.ai's server can run. */
export const DEPLOY = [
  "import os",
  "",
  "",
  "class MDAIModel:",
  "    def __init__(self):",
  '        self.path = os.path.join(os.path.dirname(__file__), "../model.h5")',
  "",
  "    def predict(self, data):",
  '        return [{"type": "NONE", "study_uid": str(file)} for file in data["files"]]',
  "",
].join("\n");

/** A bundle that has nothing to do with MMARs, as people write them. */
export const BY_HAND: BundleFiles = {
  "model/.mdai/config.yaml": "base_image: py310\ndevice_type: cpu\n",
  "model/.mdai/mdai_deploy.py": DEPLOY,
  "model/.mdai/requirements.txt": "numpy\npillow==9.5.0\n",
  "model/model.h5": "weights",
};

/** The files of a folder, below a path. */
export function filesIn(folder: string, path: string): BundleFiles {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = names.filter((entry) => entry.isFile());
  return Object.fromEntries(
    files.map(({ parentPath, name }) => {
      const file = join(parentPath, name);
      return [`${path}/${file.slice(folder.length + 1)}`, readFileSync(file)];
    }),
  );
}

/** Writes files as a zip, and returns its path. */
export function writeZip(path: string, files: BundleFiles): string {
  writeFileSync(path, zipOf(Object.entries(files).map(([name, data]) => ({ name, data }))));
  return path;
}

/** Writes files as a tar.gz, and returns its path. */
export async function writeTar(path: string, files: BundleFiles): Promise<string> {
  const entries = Object.entries(files).map(([name, data]) => ({ name, data }));
  writeFileSync(path, gzipSync(await tarOf(entries)));
  return path;
}
