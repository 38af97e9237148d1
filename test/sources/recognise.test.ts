import { readdirSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { fileSource } from "../../src/files/folder.js";
import { readAll } from "../../src/files/source-file.js";
import { listZip } from "../../src/files/zip.js";
import { findingTable } from "../../src/findings/table.js";
import { type BatchItemResult, batch, inspect, pack, verify } from "../../src/index.js";
import { tarOf } from "../files/archives.js";
import { cli } from "../support/cli.js";
import { codesOf, mmarMaker, scratch } from "../support/mmars.js";
import { expectData, wordsOf } from "../support/words.js";
import * as kinds from "./kinds.js";
import { MMAR, tree, zipped } from "./kinds.js";

const put = (folder: string, name: string, content: string | Buffer): string => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};

interface Kind {
  /** Makes it in an empty folder, and returns what is given. */
  readonly make: (folder: string) => string | Promise<string>;
  readonly code: string;
  /** What message and hint say; FOLDER stands for the empty folder. */
  readonly says: readonly string[];
}

const inner = (files: Readonly<Record<string, string | Buffer>>, prefix: string) =>
  Object.fromEntries(Object.entries(files).map(([path, data]) => [`${prefix}${path}`, data]));

const tarred = async (files: Readonly<Record<string, string | Buffer>>): Promise<Buffer> =>
  gzipSync(await tarOf(Object.entries(files).map(([name, data]) => ({ name, data }))));

const weights = (name: string, content: Buffer, is: string): Kind => ({
  make: (folder) => put(folder, name, content),
  code: "lone-weights",
  says: [`FOLDER/${name} is ${is}`, "Give the folder of the MMAR that it belongs to"],
});

const inMmar = (name: string, content: Buffer, is: string): Kind => ({
  make: (folder) => join(tree(join(folder, "mm"), { ...MMAR, [name]: content }), name),
  code: "lone-weights",
  says: [`is ${is}: the weights`, "Give that: FOLDER/mm"],
});

const image = (name: string, content: Buffer, is: string): Kind => ({
  make: (folder) => put(folder, name, content),
  code: "image-given",
  says: [`FOLDER/${name} is ${is}: images to run a model on`, "Give the MMAR"],
});

const cases: Readonly<Record<string, Kind>> = {
  "a folder that holds a MONAI bundle": {
    make: (folder) => tree(folder, inner(kinds.MONAI, "a/b/")),
    code: "monai-bundle",
    says: ["FOLDER is no model, but holds a/b, which is a MONAI bundle", "Give FOLDER/a/b"],
  },
  "a zip that holds a MONAI bundle deeper inside": {
    make: (folder) => put(folder, "m.zip", zipped(kinds.MONAI, "a/b/")),
    code: "monai-bundle",
    says: ["holds a/b, which is a MONAI bundle", "Unpack FOLDER/m.zip, and give a/b"],
  },
  "a MONAI bundle's configs": {
    make: (folder) => join(tree(join(folder, "spleen"), kinds.MONAI), "configs"),
    code: "mmar-part",
    says: [
      "FOLDER/spleen/configs is the configs/ of a MONAI bundle, not the MONAI bundle",
      "The MONAI bundle is the folder above. Give FOLDER/spleen",
    ],
  },
  "an nnU-Net model of version 2": {
    make: (folder) => tree(join(folder, "n"), kinds.NNUNET_2),
    code: "nnunet-model",
    says: ["FOLDER/n is a trained model of nnU-Net", "not supported"],
  },
  "an nnU-Net model of version 1 in a zip": {
    make: (folder) => put(folder, "n.zip", zipped(kinds.NNUNET_1, "Task009_Spleen/")),
    code: "nnunet-model",
    says: ["Task009_Spleen in FOLDER/n.zip is a trained model of nnU-Net"],
  },
  "a TorchScript": weights("net.ts", kinds.TORCHSCRIPT, "a TorchScript"),
  "a TorchScript named .pt": weights("net.pt", kinds.TORCHSCRIPT, "a TorchScript"),
  "a checkpoint": weights("net.pt", kinds.CHECKPOINT, "a PyTorch checkpoint"),
  "a checkpoint named .pth, as a pickle": weights(
    "net.pth",
    kinds.OLD_CHECKPOINT,
    "a PyTorch checkpoint",
  ),
  "a checkpoint named .zip": weights("net.zip", kinds.CHECKPOINT, "a PyTorch checkpoint"),
  "a safetensors file": weights("net.safetensors", kinds.SAFETENSORS, "a safetensors file"),
  "an ONNX model": weights("net.onnx", kinds.ONNX, "an ONNX model"),
  "a TorchScript of an MMAR": inMmar("models/model.ts", kinds.TORCHSCRIPT, "a TorchScript"),
  "a checkpoint deeper in an MMAR": inMmar(
    "models/run/best.pt",
    kinds.OLD_CHECKPOINT,
    "a PyTorch checkpoint",
  ),
  "a DICOM file": image("IM0001", kinds.DICOM, "a DICOM file"),
  "a NIfTI file": image("ct.nii", kinds.NIFTI, "a NIfTI image"),
  "a NIfTI-2 file": image("ct.nii", kinds.NIFTI_2, "a NIfTI image"),
  "a gzipped NIfTI file": image("ct.nii.gz", kinds.NIFTI_GZ, "a NIfTI image"),
  "a DICOM folder": {
    make: (folder) => tree(folder, { "S1/IM1": kinds.DICOM, "S1/IM2": kinds.DICOM }),
    code: "image-given",
    says: ["FOLDER is a folder with DICOM files: images to run a model on"],
  },
  "a zip of a DICOM folder": {
    make: (folder) => put(folder, "ct.zip", zipped({ "readme.txt": "x", "S1/IM1": kinds.DICOM })),
    code: "image-given",
    says: ["FOLDER/ct.zip is an archive with DICOM files"],
  },
  "a folder of NIfTI files": {
    make: (folder) => tree(folder, { "a.nii.gz": kinds.NIFTI_GZ }),
    code: "image-given",
    says: ["FOLDER is a folder with NIfTI images"],
  },
  "a folder with a zip of an MMAR": {
    make: (folder) => tree(folder, { "in/mm.zip": zipped(MMAR, "mm/"), "notes.txt": "x" }),
    code: "archive-inside",
    says: ["FOLDER is not an MMAR, but holds", "Give the archive: FOLDER/in/mm.zip"],
  },
  "a zip in a zip": {
    make: (folder) => put(folder, "out.zip", zipped({ "in/mm.zip": zipped(MMAR) })),
    code: "archive-inside",
    says: ["FOLDER/out.zip is not an MMAR", "Unpack FOLDER/out.zip, and give in/mm.zip"],
  },
  "a tar.gz in a zip": {
    make: async (folder) => put(folder, "out.zip", zipped({ "mm.tar.gz": await tarred(MMAR) })),
    code: "archive-inside",
    says: ["Unpack FOLDER/out.zip, and give mm.tar.gz"],
  },
  "a zip in a tar.gz": {
    make: async (folder) => put(folder, "o.tgz", await tarred({ "mm.zip": zipped(MMAR) })),
    code: "archive-inside",
    says: ["Unpack FOLDER/o.tgz, and give mm.zip"],
  },
  "an MMAR's config folder": {
    make: (folder) => join(tree(join(folder, "mm"), MMAR), "config"),
    code: "mmar-part",
    says: ["FOLDER/mm/config is the config/ of an MMAR", "the folder above. Give FOLDER/mm"],
  },
  "an MMAR's models folder": {
    make: (folder) => join(tree(join(folder, "mm"), MMAR), "models/"),
    code: "mmar-part",
    says: ["is the models/ of an MMAR", "Give FOLDER/mm"],
  },
  "a zip of an MMAR's config folder": {
    make: (folder) =>
      put(folder, "c.zip", zipped({ "environment.json": "{}", "config_inference.json": "{}" })),
    code: "mmar-part",
    says: ["FOLDER/c.zip is the config/ of an MMAR", "Give the whole MMAR"],
  },
  "a folder of MMARs": {
    make: (folder) =>
      tree(folder, { ...inner(MMAR, "a/"), ...inner(MMAR, "b/c/"), "z.zip": zipped(MMAR) }),
    code: "several-mmars",
    says: ["holds 3 of them: FOLDER/a, FOLDER/b/c, FOLDER/z.zip.", "mmar2mdai batch FOLDER"],
  },
  "a folder of many MMARs": {
    make: (folder) =>
      tree(
        folder,
        Object.assign({}, ...Array.from({ length: 12 }, (_, i) => inner(MMAR, `m${i + 10}/`))),
      ),
    code: "several-mmars",
    says: ["holds 12 of them: FOLDER/m10, ", "FOLDER/m19, …."],
  },
  "a zip of MMARs deeper inside": {
    make: (folder) =>
      put(folder, "d.zip", zipped({ ...inner(MMAR, "x/a/"), ...inner(MMAR, "x/b/") })),
    code: "archive-several-mmars",
    says: ["x/a, x/b"],
  },
  "a folder with an MMAR deeper inside": {
    make: (folder) => tree(folder, inner(MMAR, "x/a/")),
    code: "not-an-mmar",
    says: ["Give the MMAR in it: FOLDER/x/a"],
  },
  "NGC's login page": {
    make: (folder) => put(folder, "m.zip", kinds.HTML),
    code: "download-failed",
    says: ["FOLDER/m.zip is named like an archive, but is a web page", "API key"],
  },
  "NGC's JSON": {
    make: (folder) => put(folder, "m.zip", kinds.NGC_JSON),
    code: "download-failed",
    says: ["is a server's answer in JSON (UNAUTHORIZED)", "ngc registry model download-version"],
  },
  "other JSON": {
    make: (folder) => put(folder, "m.tar.gz", '{ "message": "no" }'),
    code: "download-failed",
    says: ["is a JSON text"],
  },
  ...Object.fromEntries(
    Object.entries(kinds.OTHER_ARCHIVES).map(([ending, bytes]) => [
      `a ${ending}`,
      {
        make: (folder: string) => put(folder, `m.${ending}`, Buffer.from(bytes)),
        code: "archive-other-format",
        says: [`FOLDER/m.${ending} is a`, "only folders, zip, tar and tar.gz", "Unpack it"],
      },
    ]),
  ),
  "a 7z named .zip": {
    make: (folder) => put(folder, "m.zip", Buffer.from(kinds.OTHER_ARCHIVES["7z"])),
    code: "archive-other-format",
    says: ["is a 7z archive"],
  },
  "a folder of no kind": {
    make: (folder) => tree(folder, { "notes.txt": "x", "config/other.json": "{}" }),
    code: "not-an-mmar",
    says: ["Give the root of the MMAR"],
  },
  "a folder with a zip of no kind": {
    make: (folder) => tree(folder, { "a.zip": zipped({ x: "y" }), "b.zip": "no zip" }),
    code: "not-an-mmar",
    says: ["Give the root of the MMAR"],
  },
  "a pt of no kind": {
    make: (folder) => put(folder, "m.pt", "no weights"),
    code: "mmar-not-a-folder",
    says: ['starts with "no weights"'],
  },
  "a folder with metadata.json alone": {
    make: (folder) => tree(folder, { "configs/metadata.json": "{}" }),
    code: "not-an-mmar",
    says: ["Give the root of the MMAR"],
  },
};

describe("what is given in the place of an MMAR:", () => {
  it.each(Object.entries(cases))("%s", async (_, { make, code, says }) => {
    const folder = scratch();
    const given = await make(folder);
    const { findings, plan } = await inspect(given);
    expect(findings.map((found) => found.code)).toEqual([code]);
    expect(plan).toBeUndefined();
    const [found] = findings;
    if (found !== undefined) expectData(found);
    for (const text of says) expect(wordsOf(found)).toContain(text.replaceAll("FOLDER", folder));
    expect(wordsOf(found)).not.toMatch(/undefined|\[object|NaN/);
  });

  it("ends inspect with 1, and shows the finding", async () => {
    for (const [, { make, code }] of Object.entries(cases)) {
      const given = await make(scratch());
      const { exitCode: exit, stdout, stderr } = await cli(["inspect", given]);
      expect([exit, `${stdout}${stderr}`]).toEqual([1, expect.stringContaining(`[${code}]`)]);
    }
  });

  it("is named by the path as it was given", async () => {
    const root = tree(join(scratch(), "mm"), MMAR);
    for (const [cwd, given, better] of [
      [root, "config", "."],
      [root, "./models/", "."],
      [join(root, "config"), ".", ".."],
      [join(root, ".."), "mm/config", "mm"],
    ] as const) {
      const { stdout, stderr } = await cli(["inspect", given], { cwd });
      expect(`${stdout}${stderr}`).toContain(`The MMAR is the folder above. Give ${better}\n`);
    }
  });

  it("has a code that is tested here", () => {
    const tested = new Set(Object.values(cases).map(({ code }) => code));
    for (const code of [
      "several-mmars",
      "mmar-part",
      "archive-inside",
      "monai-bundle",
      "nnunet-model",
      "lone-weights",
      "image-given",
      "download-failed",
      "archive-other-format",
    ]) {
      expect(tested).toContain(code);
      expect(findingTable).toHaveProperty(code);
    }
  });
});

describe("verify of something else than a bundle", () => {
  it.each([
    ["m.7z", Buffer.from(kinds.OTHER_ARCHIVES["7z"]), /nothing else: it is a 7z archive/],
    ["m.zip", Buffer.from(kinds.HTML), /it is a web page/],
    ["m.pth", kinds.OLD_CHECKPOINT, /it is a PyTorch checkpoint/],
    ["ct.nii.gz", kinds.NIFTI_GZ, /it is a NIfTI image/],
    ["m.zip", zipped(kinds.MONAI, "m/"), /This is a MONAI bundle, not a bundle for MD\.ai/],
    ["m.zip", zipped(kinds.NNUNET_2), /This is an nnU-Net model/],
    ["m.ts", kinds.TORCHSCRIPT, /This is a TorchScript/],
    ["m.zip", zipped(MMAR, "m/"), /This is an MMAR/],
  ])("names %s", async (name, bytes, says) => {
    const { ok, findings } = await verify(put(scratch(), name, bytes));
    expect(ok).toBe(false);
    expect(findings.map(wordsOf).join("\n")).toMatch(says);
  });
});

/** What the MONAI bundle of these tests lacks, which is one by its files' names only. */
const BROKEN = [
  "bundle-part-missing",
  "bundle-part-missing",
  "bundle-weights-bad",
  "bundle-task-unknown",
  "bundle-out-classes-unknown",
  "modality-unknown",
];

describe("a batch", () => {
  it("names models of other forms that it finds, and packs the others", async () => {
    const root = scratch();
    kinds.copied(mmarMaker()().path, join(root, "x"));
    tree(root, { ...inner(kinds.MONAI, "monai/"), ...inner(kinds.NNUNET_2, "nn/") });
    put(root, "bundle.zip", zipped(kinds.MONAI, "m/"));
    put(root, "ct.zip", zipped({ IM1: kinds.DICOM }));
    put(root, "login.zip", kinds.HTML);
    const told: BatchItemResult[] = [];
    const result = await batch(
      [root],
      { out: join(root, "out") },
      { env: {}, onResult: (model) => void told.push(model) },
    );
    const outcomes = told.map((m) => [relative(root, m.location), m.outcome, ...codesOf(m)]).sort();
    expect(outcomes).toEqual([
      ["bundle.zip", "not fit", ...BROKEN],
      ["ct.zip", "passed over", "image-given"],
      ["login.zip", "not fit", "download-failed"],
      ["monai", "not fit", ...BROKEN],
      ["nn", "not fit", "nnunet-model"],
      ["x", "packed"],
    ]);
    expect(result.ok).toBe(false);
  });
});

describe("an MMAR of a Windows checkout", () => {
  it("packs as it is, byte for byte, and verifies", async () => {
    const mmar = mmarMaker()();
    const texts = readdirSync(mmar.path, { recursive: true, encoding: "utf8" }).filter((path) =>
      /\.(json|sh|md)$/.test(path),
    );
    expect(texts).toContain("commands/set_env.sh");
    for (const path of texts) mmar.write(path, mmar.read(path).replace(/\r?\n/g, "\r\n"));
    const result = await pack(mmar.path, { out: scratch(), compress: "store" });
    expect(codesOf(result)).toEqual(["script-not-for-bash"]);
    const { files } = await listZip(await fileSource("b.zip", result.target));
    for (const path of texts) {
      const packed = files.find((file) => file.path.endsWith(`/spleen_ct/${path}`));
      expect(packed && (await readAll(packed)).toString()).toBe(mmar.read(path));
    }
    const verified = await verify(result.target);
    expect([verified.ok, codesOf(verified)]).toEqual([true, []]);
  });
});
