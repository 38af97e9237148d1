import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, it } from "vitest";
import { batch } from "../../src/index.js";
import { REPOSITORY, scratch, TestMmar } from "../support/mmars.js";

it("a batch takes no more memory for more MMARs", async () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const root = scratch();
  new TestMmar(join(root, "m"), join(REPOSITORY, "fixtures/spleen_ct"));
  const list = join(root, "list.yaml");
  const entries = Array.from({ length: 500 }, (_, i) => `- {mmar: m, out: ${i}.zip}`);
  writeFileSync(list, `models:\n${entries.join("\n")}\n`);
  const held: number[] = [];
  let count = 0;
  const onResult = (): void => {
    count += 1;
    if (count % 100 !== 0) return;
    collect();
    held.push(process.memoryUsage().heapUsed / 1e6);
  };
  await batch([list], { out: join(root, "out"), dryRun: true }, { onResult });
  expect(held).toHaveLength(5);
  expect(Math.max(...held) - (held[0] ?? 0)).toBeLessThan(3);
});
