import { readdirSync } from "node:fs";
import { join } from "node:path";
import { REPOSITORY, scratch, TestMmar } from "../support/mmars.js";

/** Names of the bundles in a folder, of none where there is no folder. */
export function bundlesIn(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => name.endsWith(".mdai.zip"));
  } catch {
    return [];
  }
}

/** What lies in a folder besides bundles and what a batch remembers. */
export const leftIn = (folder: string): string[] =>
  readdirSync(folder).filter((name) => !/^(.*\.mdai\.zip|\.mmar2mdai)$/.test(name));

/** A folder with this many MMARs, of which every tenth lost its TorchScript. */
export function manyMmars(count: number): string {
  const root = scratch();
  for (let i = 0; i < count; i++) {
    const mmar = new TestMmar(
      join(root, `model_${String(i).padStart(3, "0")}`),
      join(REPOSITORY, "fixtures/spleen_ct"),
    );
    if (i % 10 === 9) mmar.remove("models/model.ts");
  }
  return root;
}
