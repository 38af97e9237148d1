import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { scratch } from "../support/mmars.js";

/** A Python that stands in for one with PyTorch: it says that it has all, and runs no model. */
export interface FakePython {
  readonly path: string;
  /** The order that it was given last; see `RunOrder`. */
  order(): Record<string, unknown>;
  /** The ids of the processes that it started. */
  pids(): number[];
}

/** What it does with an order, as JavaScript: `say(event)`, `result(request)`, `order`, `fs`. */
export type Behaviour = string;

/** Answers with one request of one class. */
export const GOOD: Behaviour = "say({ event: 'result', result: result({}) });";

/** Makes one, with the packages that it pretends to have. */
export function fakePython(
  behaviour: Behaviour = GOOD,
  facts: { readonly missing?: readonly string[]; readonly monai?: string } = {},
): FakePython {
  const folder = scratch();
  const path = join(folder, "python");
  const { missing = [], monai = "0.8.1" } = facts;
  const about = { version: "3.10.99", isVirtual: true, missing, versions: { monai } };
  writeFileSync(
    path,
    `#!${process.execPath}
const fs = require("node:fs"), { join } = require("node:path");
fs.appendFileSync(${JSON.stringify(join(folder, "pids"))}, process.pid + "\\n");
if (process.argv[2] === "-c") {
  console.log(${JSON.stringify(JSON.stringify(about))});
  process.exit(0);
}
const order = JSON.parse(fs.readFileSync(0, "utf8"));
fs.writeFileSync(${JSON.stringify(join(folder, "order.json"))}, JSON.stringify(order));
const say = (event) => fs.writeSync(1, JSON.stringify(event) + "\\n");
const result = (request) => {
  fs.mkdirSync(join(order.out, "masks"));
  fs.mkdirSync(join(order.out, "page"));
  fs.writeFileSync(join(order.out, "masks", "01.nii.gz"), "x");
  fs.writeFileSync(join(order.out, "page", "01.nii.gz"), "x");
  fs.writeFileSync(join(order.out, "answer.json"), "[]");
  const shape = [4, 3, 2], numbers = { voxels: 7, ml: 1.25, slices: 2, pieces: 1, mean: 50, sd: 2 };
  return {
    requests: [{
      title: "series 3", error: null, seconds: 1.5, refused: [], answers: 2, notes: [],
      warnings: [], scores: [], series: [{
        title: "series 3", series_uid: "1.2.3", modality: "CT", shape, regular: true, placed: true,
        affine: [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]],
        classes: [{ class_index: 0, ...numbers, box: [[0, 1], [0, 1], [0, 1]] }],
        files: ["masks/01.nii.gz"], warnings: [],
        ...(order.label && { label: [{ class_index: 0, value: 1, file: "01.nii.gz", dice: 0.875,
          hausdorff95: 2.5, volume_error: -0.125, both: 6, only_mask: 1, only_reference: 1 }] }),
        page: { file: "01.nii.gz", layers: [], levels: [0, 1], windows: [], step: 1, focus: [0, 0, 0] },
      }], ...request,
    }],
    classes: order.classes.map(({ class_index, name }) => ({ class_index, name, colour: [9, 9, 9] })),
    files: ["answer.json"], seconds: { load: 0.5 }, memory: 1000000, versions: { python: "3.10.99" },
  };
};
${behaviour}
`,
  );
  chmodSync(path, 0o755);
  const read = (name: string): string => readFileSync(join(folder, name), "utf8");
  return {
    path,
    order: () => JSON.parse(read("order.json")) as Record<string, unknown>,
    pids: () => read("pids").trim().split("\n").map(Number),
  };
}

/** Whether a process is there. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}
