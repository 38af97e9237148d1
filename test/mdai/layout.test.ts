import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ROOT_FOLDER, toRootFolder } from "../../src/mdai/layout.js";

describe("the root folder's name", () => {
  it.each([
    ["clara_pt_spleen_ct_segmentation_1", "clara_pt_spleen_ct_segmentation_1"],
    ["model", "model"],
    [".hidden", "hidden"],
    ["-rf", "rf"],
    ["Größe (1)", "Gro_e_1_"],
    ["a b$c'd\"e", "a_b_c_d_e"],
    ["脾臓", "mmar"],
    ["..", "mmar"],
    ["", "mmar"],
    ["_", "mmar"],
    ["é", "e"],
    ["e\u0301", "e"],
    ["a\nb", "a_b"],
  ])("of %j is %s", (name, folder) => {
    expect(toRootFolder(name)).toBe(folder);
  });

  it("always fits, and a name that fits stays", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 300 }), (name) => {
        const folder = toRootFolder(name);
        expect(folder).toMatch(ROOT_FOLDER);
        expect(toRootFolder(folder)).toBe(folder);
      }),
    );
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/), (name) => {
        expect(toRootFolder(name)).toBe(name);
      }),
    );
  });
});
