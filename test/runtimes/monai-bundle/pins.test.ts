import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { resolvePins } from "../../../src/runtimes/monai-bundle/pins.js";
import { type Json, type JsonObject, parseJson } from "../../../src/text/json.js";
import { REPOSITORY } from "../../support/mmars.js";

const metadata = (value: JsonObject) =>
  parseJson("configs/metadata.json", Buffer.from(JSON.stringify(value))).file;

const resolve = (value: JsonObject) => {
  const { lines, findings } = resolvePins({ metadata: metadata(value) });
  return {
    lines: lines.filter((line) => !line.startsWith("#")),
    codes: findings.map(({ code }) => code),
    args: findings.map(({ args }) => args),
  };
};

describe("the packages of a MONAI bundle", () => {
  it.each<[string | undefined, string | undefined, string, string]>([
    // What public bundles ask for, and what they get.
    ["1.4.0", "2.4.0", "1.4.0", "2.4.1"],
    ["1.3.0", "1.13.1", "1.3.2", "1.13.1"],
    ["1.3.0", "2.1.0", "1.3.2", "2.1.2"],
    ["1.2.0", "2.0.1", "1.2.0", "2.0.1"],
    ["1.1.0", "1.13.0", "1.1.0", "1.13.1"],
    ["1.0.0", "1.13.1", "1.0.1", "1.13.1"],
    ["1.5.2", "2.5.1", "1.5.2", "2.5.1"],
    ["1.6.0", "2.8.0", "1.6.1", "2.8.0"],
    ["1.5.1", undefined, "1.5.2", "2.5.1"],
    [undefined, undefined, "1.5.2", "2.5.1"],
    [">=1.4", "2.4", "1.4.0", "2.4.1"],
  ])("MONAI %s with PyTorch %s are %s and %s", (monai, torch, monaiPin, torchPin) => {
    const versions = {
      ...(monai !== undefined && { monai_version: monai }),
      ...(torch !== undefined && { pytorch_version: torch }),
    };
    const { lines, codes } = resolve(versions);
    expect(lines).toEqual([`torch==${torchPin}`, `monai==${monaiPin}`]);
    expect(codes).toEqual([]);
  });

  it.each<[string, string, string, string, RegExp]>([
    ["1.5.0", "2.1.0", "1.5.2", "2.5.1", /needs PyTorch 2\.4\.1 or newer/],
    ["1.6.1", "2.4.0", "1.6.1", "2.8.0", /needs PyTorch 2\.8\.0 or newer/],
    ["1.0.0", "1.10.0", "1.0.1", "1.13.1", /none for Python 3\.10/],
    ["1.5.2", "2.13.0", "1.5.2", "2.5.1", /not tried/],
    ["0.9.0", "1.12.1", "1.0.1", "1.13.1", /no release of that minor/],
    ["1.7.0", "2.8.0", "1.6.1", "2.8.0", /no release of that minor/],
  ])("tells why of MONAI %s with PyTorch %s it takes %s and %s", (monai, torch, m, t, why) => {
    const { lines, codes, args } = resolve({ monai_version: monai, pytorch_version: torch });
    expect(lines).toEqual([`torch==${t}`, `monai==${m}`]);
    expect(new Set(codes)).toEqual(new Set(["bundle-requirement"]));
    expect(JSON.stringify(args)).toMatch(why);
  });

  it("are those that inference needs, torchvision for the PyTorch", () => {
    const { lines, codes } = resolve({
      monai_version: "1.4.0",
      pytorch_version: "2.4.0",
      optional_packages_version: {
        nibabel: "5.2.1",
        "pytorch-ignite": "0.4.11",
        fire: "0.6.0",
        einops: "0.7.0",
        timm: "0.6.7",
        torchvision: "0.19.0",
        tensorboard: "2.17.0",
        pandas: "2.2.1",
      },
      required_packages_version: { scikit_image: "0.23.2", einops: "0.8.0" },
    });
    expect(lines.slice(2)).toEqual([
      "einops==0.8.0",
      "timm==0.6.7",
      "torchvision==0.19.1",
      "scikit-image==0.23.2",
    ]);
    expect(codes).toEqual([]);
  });

  it.each<[Record<string, Json>, RegExp]>([
    [{ torch: "2.1.0" }, /MONAI 1\.5\.2.*PyTorch 2\.1\.0/],
    [{ "scikit-image": "0.26.0" }, /scikit-image 0\.26\.0.*Python 3\.11/],
    [{ "opencv-python": "4.12.0.88" }, /NumPy 2/],
  ])("say which two fight: %j", (required, says) => {
    const { codes, args } = resolve({
      monai_version: "1.5.2",
      pytorch_version: "2.5.1",
      required_packages_version: required,
    });
    expect(codes).toEqual(["bundle-requirements-clash"]);
    expect(JSON.stringify(args)).toMatch(says);
  });

  it("stand on the page", () => {
    const page = readFileSync(join(REPOSITORY, "docs/monai-bundles.md"), "utf8");
    for (const minor of ["1.0", "1.1", "1.2", "1.3", "1.4", "1.5", "1.6"]) {
      const { monai, torch } = resolvePins({ metadata: metadata({ monai_version: `${minor}.0` }) });
      const row = new RegExp(`^\\| ${minor}(, or not said)? \\| ${monai} \\| ${torch} \\|$`, "m");
      expect(page).toMatch(row);
    }
  });

  it("leave out what is no version", () => {
    const { lines, codes } = resolve({
      monai_version: "1.5.2",
      required_packages_version: { einops: "https://example.org/x.whl", timm: ">=0.6, <1" },
    });
    expect(lines.slice(2)).toEqual(["timm>=0.6,<1"]);
    expect(codes).toEqual(["bundle-requirement"]);
  });
});
