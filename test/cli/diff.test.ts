import { describe, expect, test } from "vitest";
import { inspect } from "../../src/index.js";
import { paint } from "../../src/report/paint.js";
import { inspectionText } from "../../src/report/text.js";

const OLD = "fixtures/catalogue/clara_pt_spleen_ct_segmentation_1";

describe("how the inference config is shown", () => {
  test("line by line with --diff, against the MMAR's own file", async () => {
    const text = inspectionText(await inspect(OLD), paint(false), { diff: true });
    expect(text).toContain(
      "--- config/config_inference.json\n+++ config/config_inference.mdai.json",
    );
    expect(text).toMatch(/^-.*"TransformInverter"/m);
    expect(text).toMatch(/^\+.*"Invertd"/m);
    expect(text).not.toContain("→");
  });

  test("as a table without it, whose longer values are cut", async () => {
    const text = inspectionText(await inspect(OLD), paint(false));
    expect(text).toMatch(/handlers\[\d\] .*"TransformInverter".*… → –/);
    expect(text).not.toContain("+++");
  });

  test("with what shows the generation", async () => {
    const text = inspectionText(await inspect(OLD), paint(false));
    expect(text).toMatch(/Clara Train 4\.0 \(PyTorch\)\n {2}config\/config_inference\.json has/);
  });
});
