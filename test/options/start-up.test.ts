import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import { REPOSITORY } from "../support/mmars.js";

/** Packages that a module loads at once, with all that it imports, but for types. */
function packagesOf(path: string, seen = new Set<string>()): Set<string> {
  if (seen.has(path)) return new Set();
  seen.add(path);
  const text = readFileSync(path, "utf8");
  const names = [...text.matchAll(/^(?:import|export) (?!type)[^;]*? from "([^"]+)";$/gm)];
  return new Set(
    names.flatMap(([, name = ""]) =>
      name.startsWith(".")
        ? [...packagesOf(join(dirname(path), name.replace(/\.js$/, ".ts")), seen)]
        : [name],
    ),
  );
}

it("`--help` loads no package but the command line's: each command loads its own", () => {
  const loaded = [...packagesOf(join(REPOSITORY, "src/cli.ts"))];
  expect(loaded.filter((name) => !name.startsWith("node:"))).toEqual(["commander"]);
  // That it would be seen:
  expect([...packagesOf(join(REPOSITORY, "src/options/schema.ts"))]).toContain("zod");
});
