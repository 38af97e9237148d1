// Makes an MMAR as large as real ones: a fixture's configs, with weights that behave like weights.
import { createWriteStream, existsSync, statSync } from "node:fs";
import { cp, mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { ZipArchive } from "archiver";

const SCRIPT = fileURLToPath(import.meta.url);
const FIXTURE = fileURLToPath(new URL("../fixtures/spleen_ct", import.meta.url));

const MB = 1024 * 1024;

/** Bytes of one tensor in the archives of weights. */
const TENSOR_SIZE = 4 * MB;

/** So many different tensors are made; deflate looks back 32 KB, so it can't tell that they recur. */
const POOL_SIZE = 16;

/**
 * Makes the MMAR in `folder`, half of `size` bytes the checkpoint and half the TorchScript, unless
 * it is there already and younger than this script.
 */
export async function makeMmar(folder, size) {
  const halves = ["model.pt", "model.ts"].map((name) => join(folder, "models", name));
  if (halves.every((half) => isMade(half, size / 2))) return;
  await rm(folder, { recursive: true, force: true });
  const unfinished = `${folder}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  await cp(FIXTURE, unfinished, { recursive: true });
  await mkdir(join(unfinished, "models"), { recursive: true });
  const pool = Array.from({ length: POOL_SIZE }, (_, i) => normals(TENSOR_SIZE / 4, i + 1));
  await writeArchive(join(unfinished, "models/model.pt"), size / 2, pool, ["data.pkl", "version"]);
  await writeArchive(join(unfinished, "models/model.ts"), size / 2, pool, [
    "data.pkl",
    "code/__torch__.py",
    "constants.pkl",
    "version",
  ]);
  await rename(unfinished, folder);
}

function isMade(path, size) {
  if (!existsSync(path)) return false;
  const stats = statSync(path);
  return Math.abs(stats.size - size) < MB && stats.mtimeMs > statSync(SCRIPT).mtimeMs;
}

/** An archive as PyTorch writes it: everything stored, a file for each tensor. */
async function writeArchive(path, size, pool, names) {
  const archive = new ZipArchive({ store: true, highWaterMark: MB });
  const written = pipeline(archive, createWriteStream(path));
  const tensors = Array.from({ length: Math.ceil(size / TENSOR_SIZE) }, (_, i) =>
    pool[i % POOL_SIZE].subarray(0, Math.min(TENSOR_SIZE, size - i * TENSOR_SIZE)),
  );
  for (const name of names) {
    const content = PICKLES[name]?.(tensors) ?? "3\n";
    archive.append(content, { name: `model/${name}` });
  }
  tensors.forEach((tensor, i) => {
    archive.append(Readable.from([tensor], { objectMode: false }), { name: `model/data/${i}` });
  });
  archive.finalize();
  await written;
}

/** What stands in the files that are pickles, of protocol 2. */
const PICKLES = {
  "data.pkl": (tensors) => pickle("}(", ...tensors.flatMap(tensorItem), "u"),
  "constants.pkl": () => pickle(")"),
};

/** The opcodes by which PyTorch puts a tensor of floats, of one dimension, into a dictionary. */
function tensorItem({ length }, i) {
  const count = Buffer.from("J....");
  count.writeInt32LE(length / 4, 1);
  const storage = [imported("torch", "FloatStorage"), text(`${i}`), text("cpu"), count];
  return [
    text(`layer${i}.weight`),
    imported("torch._utils", "_rebuild_tensor_v2"),
    ...["((", text("storage"), ...storage, "tQ"],
    ...["K\0(", count, "t(K\x01t\x89", imported("collections", "OrderedDict"), ")RtR"],
  ];
}

const imported = (module, name) => `c${module}\n${name}\n`;

function text(value) {
  const head = Buffer.from("X....");
  head.writeUInt32LE(value.length, 1);
  return Buffer.concat([head, Buffer.from(value)]);
}

const pickle = (...parts) =>
  Buffer.concat(["\x80\x02", ...parts, "."].map((part) => Buffer.from(part, "latin1")));

/** Normally distributed 32-bit floats, by Box and Muller; the same for the same seed. */
function normals(count, seed) {
  const floats = new Float32Array(count);
  const random = mulberry32(seed);
  for (let i = 0; i < count; i += 2) {
    const radius = 0.05 * Math.sqrt(-2 * Math.log(1 - random()));
    const angle = 2 * Math.PI * random();
    floats[i] = radius * Math.cos(angle);
    floats[i + 1] = radius * Math.sin(angle);
  }
  return Buffer.from(floats.buffer);
}

/** Evenly distributed numbers in [0, 1): the generator Mulberry32. */
function mulberry32(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
