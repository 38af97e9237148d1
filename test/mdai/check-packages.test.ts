import { describe, expect, it } from "vitest";
import { describeFinding } from "../../src/findings/format.js";
import type { BaseImage } from "../../src/mdai/base-images.js";
import { checkPackages } from "../../src/mdai/check-packages.js";
import { checkRequirementsFile } from "../../src/mdai/requirements-file.js";

/** Codes of what is found for lines of a requirements.txt, of the packages' rules and of pip's. */
function codes(text: string, image: BaseImage, imports = ["os", "pydicom"]): string[] {
  const lines = Buffer.from(text.replaceAll("; ", "\n"));
  const context = { image, wheels: new Set<string>(["x.whl"]), isMade: false };
  const { requirements, findings } = checkRequirementsFile(lines, "requirements.txt", context);
  const packages = { image, file: "requirements.txt", imports: new Set(imports) };
  return [...findings, ...checkPackages(requirements, packages)].map((found) => found.code);
}

describe("NumPy 2 beside the server's pydicom", () => {
  it.each([
    ["", "py310"],
    ["", "py39"],
    ["numpy", "py310"],
    ["numpy>=1.20", "py39"],
    ["numpy==2.1.0", "py310"],
    ["numpy<2.1", "py310"],
    ["numpy>=2,<3", "py310"],
    ["pydicom==2.3.1", "py310"],
    ["--extra-index-url https://example.org/x; pillow", "py310"],
  ] as const)("is found with %j on %s", (text, image) => {
    expect(codes(text, image)).toEqual(["numpy-too-new"]);
    expect(codes(text, image, ["os", "cv2"])).toEqual([]);
  });

  it.each([
    ["numpy<2", "py310"],
    ["numpy==1.26.4", "py310"],
    ["NumPy ~= 1.26", "py39"],
    ["numpy>=1.20,<2.0", "py310"],
    ["numpy @ https://example.org/numpy.whl", "py310"],
    ["-r requirements.txt", "py310"],
    ["-c https://example.org/c.txt", "py310"],
    ["./x.whl", "py310"],
    ["", "py38"],
    ["", "py37"],
    ["", "nvidia"],
    ["", "custom"],
  ] as const)("is not with %j on %s", (text, image) => {
    expect(codes(text, image)).toEqual([]);
  });

  it("is not told where pydicom is another one: of that nothing was measured", () => {
    expect(codes("pydicom>=3", "py310")).toEqual(["requirement-replaces-server"]);
  });

  it.each(["dicom2nifti", "highdicom"])("is found through %s", (name) => {
    expect(codes("", "py310", [name])).toEqual(["numpy-too-new"]);
  });
});

describe("a setuptools without pkg_resources", () => {
  it.each([
    ["torch", "py310"],
    ["torch>=2", "py310"],
    ["torch==2.14.1", "py310"],
    ["torch<3", "py310"],
    ["torch~=2.5", "py310"],
    ["pytorch-ignite==0.5.3", "py310"],
    ["monai", "py310"],
    ["torch; setuptools", "py310"],
    ["torch; setuptools>=60", "py310"],
    ["setuptools==82.0.0", "py39"],
    ["setuptools>81", "py39"],
    ["setuptools~=84.0", "py310"],
  ] as const)("is found with %j on %s", (text, image) => {
    expect(codes(text, image, [])).toEqual(["setuptools-too-new"]);
  });

  it.each([
    ["torch; setuptools<81", "py310"],
    ["monai; setuptools==80.9.0", "py310"],
    ["torch==2.5.1", "py310"],
    ["torch==2.5.*", "py310"],
    ["torch<2.13; monai", "py310"],
    ["monai; torch==1.13.1", "py310"],
    ["torchvision==0.15.2; torch", "py310"],
    ["--index-url https://example.org/cu118; torch", "py310"],
    ["torch @ https://example.org/torch.whl", "py310"],
    ["setuptools", "py310"],
    ["setuptools>=60", "py39"],
    ["torch", "py39"],
    ["torch", "py38"],
    ["torch", "custom"],
    ["setuptools>=82", "custom"],
  ] as const)("is not with %j on %s", (text, image) => {
    expect(codes(text, image, [])).toEqual([]);
  });
});

describe("a package without a limit that moves what is installed", () => {
  const MOVED = ["requirement-brings-other"];
  it.each([
    ["dicom2nifti", "nvidia", MOVED],
    ["dicom2nifti>=2.2", "py310", MOVED],
    ["dicom2nifti==2.4.8", "py310", []],
    ["dicom2nifti<2.5", "nvidia", []],
    ["dicom2nifti; pydicom==2.3.1", "py38", []],
    ["highdicom", "py310", MOVED],
    ["highdicom", "py38", []],
    ["tensorflow", "py37", MOVED],
    ["tensorflow==2.2.0", "py37", []],
    ["tensorflow; protobuf==3.20.1", "py37", []],
    ["onnx", "custom", MOVED],
    ["tensorboard", "py37", []],
    ["tensorboard", "custom", []],
    ["torchvision", "nvidia", MOVED],
    ["pytorch-lightning", "nvidia", MOVED],
    ["pytorch-ignite", "nvidia", []],
    ["monai", "nvidia", []],
    // pip looks for versions that fit all lines, so that a PyTorch that is pinned here stays.
    ["torch==2.5.1; torchvision; pytorch-ignite; monai", "py310", []],
  ] as const)("%j on %s: %j", (text, image, wanted) => {
    expect(codes(text, image, [])).toEqual(wanted);
  });

  it("is told with its line, and with what it asks for", () => {
    const bytes = Buffer.from("# x\nnumpy\ndicom2nifti\n");
    const context = { image: "nvidia", wheels: new Set<string>(), isMade: false } as const;
    const [found] = checkRequirementsFile(bytes, "r.txt", context).findings;
    expect(found?.place).toEqual({ file: "r.txt", line: 3, column: 1 });
    expect(found && describeFinding(found).message).toBe(
      'The requirement "dicom2nifti" lets pip take the newest version, which asks for pydicom 3 or newer: that could replace pydicom 2.3.1.',
    );
  });
});
