import { join } from "node:path";
import { execa } from "execa";
import { describe, expect, test } from "vitest";
import { COMPILED } from "../write/children.js";

describe("the memory that a diff of 20,000 lines takes", () => {
  const compiled = COMPILED;

  /** Peak of a process that compares lines of which every `step`th is another, in MB. */
  async function peak(step: number): Promise<number> {
    const script = `
      import { unifiedDiff } from ${JSON.stringify(join(compiled, "report/diff.js"))};
      const text = (word, step) =>
        Array.from({ length: 20_000 }, (_, i) => (i % step === 0 ? word + i : i)).join("\\n");
      const [a, b] = [text("old ", ${step}), text("new ", ${step})];
      const shown = unifiedDiff({ path: "a", text: a }, { path: "b", text: b }, (_, t) => t);
      if (!shown.includes("\\n-old 0\\n")) throw new Error(shown.slice(0, 1000));
      console.log(process.resourceUsage().maxRSS / 1024);`;
    const args = ["--input-type=module", "--eval", script];
    return Number((await execa(process.execPath, args)).stdout);
  }

  test.each([1, 2, 20, 4000])("is small where every line of %i differs", async (step) => {
    expect(await peak(step)).toBeLessThan(150);
  });
});
