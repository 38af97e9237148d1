import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { zipOf } from "../files/archives.js";

type Files = Readonly<Record<string, string | Buffer>>;

/** Writes files at paths below a folder, and returns that. */
export function tree(folder: string, files: Files): string {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  return folder;
}

/** The same as a zip, below `prefix`. */
export const zipped = (files: Files, prefix = ""): Buffer =>
  zipOf(Object.entries(files).map(([path, data]) => ({ name: `${prefix}${path}`, data })));

export const MONAI: Files = {
  "configs/metadata.json": '{"monai_version": "1.3.0"}',
  "configs/inference.json": "{}",
  "models/model.pt": "x",
  "docs/README.md": "x",
};

export const NNUNET_2: Files = {
  "dataset.json": "{}",
  "plans.json": "{}",
  "fold_0/checkpoint_final.pth": "x",
};

export const NNUNET_1: Files = {
  "plans.pkl": "x",
  "fold_all/model_final_checkpoint.model": "x",
  "fold_all/model_final_checkpoint.model.pkl": "x",
};

/** The least that is recognised as an MMAR. */
export const MMAR: Files = {
  "config/environment.json": "{}",
  "config/config_inference.json": "{}",
  "commands/infer.sh": "",
  "models/model.ts": "x",
};

export const TORCHSCRIPT = zipOf([
  { name: "model/data.pkl", data: "x", method: 0 },
  { name: "model/code/__torch__.py", data: "x", method: 0 },
  { name: "model/constants.pkl", data: "x", method: 0 },
]);
export const CHECKPOINT = zipOf([{ name: "archive/data.pkl", data: "x", method: 0 }]);
/** As torch.save wrote before PyTorch 1.6. */
export const OLD_CHECKPOINT = Buffer.from([0x80, 2, 0x7d, 0x2e]);

export const SAFETENSORS = Buffer.concat([
  Buffer.from([2, 0, 0, 0, 0, 0, 0, 0]),
  Buffer.from("{}"),
]);
export const ONNX = Buffer.from([0x08, 0x08, 0x12, 0x07, ...Buffer.from("pytorch")]);

export const DICOM = Buffer.concat([Buffer.alloc(128), Buffer.from("DICM"), Buffer.alloc(200)]);

function nifti(size: number, mark: string, at: number): Buffer {
  const bytes = Buffer.alloc(2000);
  bytes.writeInt32LE(size);
  bytes.write(mark, at, "latin1");
  return bytes;
}
export const NIFTI = nifti(348, "n+1\0", 344);
export const NIFTI_2 = nifti(540, "n+2\0", 4);
export const NIFTI_GZ = gzipSync(NIFTI);

export const HTML = "<!DOCTYPE html>\n<html><head><title>NVIDIA NGC</title></head></html>";
export const NGC_JSON =
  '{"requestStatus": {"statusCode": "UNAUTHORIZED", "statusDescription": "Authentication is required", "requestId": "x"}}';

/** A file of the other formats of archives, by its first bytes. */
export const OTHER_ARCHIVES = {
  "7z": [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c, 0, 4],
  rar: [0x52, 0x61, 0x72, 0x21, 0x1a, 0x07, 0x01, 0],
  "tar.bz2": [0x42, 0x5a, 0x68, 0x39, 0x31, 0x41],
  "tar.xz": [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 0, 4],
  "tar.zst": [0x28, 0xb5, 0x2f, 0xfd, 0x24, 0],
} as const;

/** Copies a folder of files to a place. */
export const copied = (from: string, to: string): string => {
  cpSync(from, to, { recursive: true });
  return to;
};
