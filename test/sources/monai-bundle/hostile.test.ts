import { describe, expect, it } from "vitest";
import { codesOf } from "../../support/mmars.js";
import { bundleMaker, config, INFERENCE, POST, PRE, step } from "../../support/monai-bundles.js";

const make = bundleMaker();
const LEVELS = 40;

/** How long looking at a bundle takes, in milliseconds, and what it gives. */
async function timed(bundle: ReturnType<typeof make>) {
  const start = performance.now();
  const inspection = await bundle.inspect();
  return { time: performance.now() - start, codes: codesOf(inspection), inspection };
}

describe("a config that is made to take forever", () => {
  it.each<[string, string]>([
    ["texts", "$@NEXT + @NEXT + @NEXT"],
    ["lists", "$@NEXT + @NEXT"],
  ])("ends soon: %s that double %#", async (kind, expression) => {
    const bundle = make().remove("models/model.ts");
    for (let level = 0; level < LEVELS; level++) {
      const next = expression.replaceAll("NEXT", `l${level + 1}`);
      bundle.set(INFERENCE, [`l${level}`], next);
    }
    bundle.set(INFERENCE, [`l${LEVELS}`], kind === "texts" ? "x" : [1]);
    config(bundle, ["inferer", "roi_size"], "@l0");
    config(bundle, ["network_def", "out_channels"], "@l0");
    config(bundle, ["handlers", 0, "load_path"], "$@l0 + '/models/model.pt'");
    config(bundle, [...PRE, 0, "keys"], "@l0");
    const { time } = await timed(bundle);
    expect(time).toBeLessThan(5000);
  });

  it("ends soon: lists of transforms that double", async () => {
    const bundle = make();
    for (let level = 0; level < LEVELS; level++) {
      bundle.set(INFERENCE, [`l${level}`], `$@l${level + 1} + @l${level + 1}`);
    }
    bundle.set(INFERENCE, [`l${LEVELS}`], [step("AsDiscreted", { argmax: true })]);
    const { time, codes } = await timed(config(bundle, POST, "@l0"));
    expect(time).toBeLessThan(5000);
    expect(codes).toContain("bundle-part-code");
  });

  it("ends soon: circles", async () => {
    const bundle = make();
    bundle.set(INFERENCE, ["a"], "@b").set(INFERENCE, ["b"], "$@a + 1");
    bundle.set(INFERENCE, ["c"], "@c");
    config(bundle, ["inferer", "roi_size"], "@a");
    config(bundle, [...PRE, 1], "@c");
    const { time, inspection } = await timed(config(bundle, ["image_key"], "@a"));
    expect(time).toBeLessThan(5000);
    expect(inspection.source?.source).toBe("monai-bundle");
  });

  it.each([
    ["words", "for ".repeat(200_000)],
    ["brackets", "(".repeat(100_000)],
    ["spaces", `torch.jit.load(${" ".repeat(200_000)}`],
    ["quotes", "'".repeat(100_001)],
  ])("ends soon: an expression of many %s", async (_, text) => {
    const bundle = make().remove("models/model.ts");
    config(bundle, ["network_def"], `$${text}`);
    const { time, codes } = await timed(bundle);
    expect(time).toBeLessThan(5000);
    expect(codes).toContain("expression-unread");
  });
});
