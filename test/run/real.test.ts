import { existsSync, statSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { describe, expect, it } from "vitest";
import type { RunOutput } from "../../src/public-json/output.js";
import { cliProcess } from "../support/cli.js";
import { REPOSITORY, scratch } from "../support/mmars.js";
import { browserPath, openFile, PATIENCE } from "./browser.js";
import { colours, ready, sliceText } from "./pictures.js";

// The command itself with MONAI and PyTorch behind it: nothing stands in for anything.

/** Ten minutes: a shared machine may take that long for a request of a large volume. */
const LONG = 600_000;

const SPLEEN = join(REPOSITORY, "fixtures/spleen_ct");
const SHARED = join(REPOSITORY, "../shared/data");
const INPUTS = join(REPOSITORY, "test/python/heavy/run_inputs.py");

/** The Python of the heavy tests, which is made where it is not there. */
async function heavyPython(): Promise<string | undefined> {
  const script = join(REPOSITORY, "scripts/python.mjs");
  const { stdout, stderr, exitCode } = await execa(process.execPath, [script, "heavy-python"], {
    reject: false,
  });
  if (exitCode === 0 && existsSync(stdout)) return stdout;
  if (process.env.CI === "true") throw new Error(stderr);
  console.warn(stderr);
  return undefined;
}

const python = (await heavyPython()) ?? "";

/** Files of run_inputs.py. */
async function inputs(kind: string) {
  const folder = scratch();
  await execa(python, [INPUTS, kind, folder]);
  return {
    mmar: join(folder, "mmar"),
    dicom: join(folder, "dicom"),
    label: join(folder, "label.nii.gz"),
  };
}

/** Runs a model; its report has to be opened by `look`. */
async function run(model: string, dicom: string, label: string) {
  const out = join(scratch(), "out");
  const args = ["run", model, dicom, "--label", label, "--python", python, "-o", out, "--json"];
  const { exitCode, stdout, stderr } = await cliProcess(args);
  expect(exitCode, stderr).toBe(0);
  const output = JSON.parse(stdout) as RunOutput;
  const [series] = output.requests[0]?.series ?? [];
  if (series === undefined) throw new Error(stdout);
  return { output, series, out, report: join(out, "report.html") };
}

/** Opens a report as a user does, and holds the picture against what was found. */
async function look(report: string, slices: number, classes: readonly ("red" | "blue")[]) {
  const opened = await openFile(report);
  try {
    await ready(opened);
    await opened.page.click('[data-view="axial"]');
    const shown = await colours(opened);
    expect(shown.grey.share).toBeGreaterThan(0.05);
    for (const colour of classes) expect(shown[colour].share, colour).toBeGreaterThan(0.003);
    expect(await sliceText(opened)).toMatch(new RegExp(`^\\d+ of ${slices}$`));
    await opened.page.uncheck('[data-class="0"]');
    expect((await colours(opened)).red.share).toBe(0);
    await opened.page.check('[data-class="0"]');
    await opened.page.selectOption("#difference", "0");
    await expect
      .poll(async () => (await colours(opened)).green.share, { timeout: PATIENCE })
      .toBeGreaterThan(0.003);
    expect(opened.complaints).toEqual([]);
  } finally {
    await opened.close();
  }
}

const hasBrowser = browserPath !== undefined || process.env.CI === "true";

describe.skipIf(python === "")("mmar2mdai run with MONAI and PyTorch", () => {
  it(
    "runs an MMAR and shows its masks in the browser",
    async () => {
      const { dicom, label } = await inputs("phantom");
      const { output, series, out, report } = await run(SPLEEN, dicom, label);
      expect(series.label?.[0]?.dice).toBeGreaterThan(0.98);
      expect(series.classes[0]).toMatchObject({ class_index: 0, pieces: 1 });
      expect(output.requests[0]?.answers).toBe(series.classes[0]?.slices);
      expect((await readdir(join(out, "masks"))).sort()).toEqual([
        "01-made-phantom.nii.gz",
        "01-made-phantom.seg.dcm",
      ]);
      const answers = JSON.parse(await readFile(join(out, "answer.json"), "utf8")) as unknown[][];
      expect(answers[0]).toHaveLength(series.classes[0]?.slices ?? 0);
      if (hasBrowser) await look(report, 40, ["red"]);
    },
    LONG,
  );

  it(
    "runs a bundle for Clara's image, and finds the same",
    async () => {
      const { dicom, label } = await inputs("phantom");
      const bundle = join(scratch(), "spleen.mdai.zip");
      expect((await cliProcess(["pack", SPLEEN, "-o", bundle])).exitCode).toBe(0);
      const [packed, mmar] = [await run(bundle, dicom, label), await run(SPLEEN, dicom, label)];
      expect(packed.series.classes).toEqual(mmar.series.classes);
      expect(await readFile(packed.report, "utf8")).toContain("ran on MONAI instead");
    },
    LONG,
  );

  it.skipIf(!existsSync(SHARED))(
    "gives the expected label map of a real network on a real T1, voxel by voxel",
    async () => {
      const brain = join(SHARED, "brain");
      const scan = join(brain, "scan");
      const { series, report } = await run(
        join(brain, "mmar"),
        join(scan, "t1_sagittal_dicom.zip"),
        join(scan, "t1_defaced_expected.nii.gz"),
      );
      // The series lies in the middle of the volume of the label map.
      expect(series.label?.map(({ dice }) => dice)).toEqual([1, 1]);
      for (const { only_mask, only_reference } of series.label ?? []) {
        expect([only_mask, only_reference]).toEqual([0, 0]);
      }
      if (hasBrowser) await look(report, 256, ["red", "blue"]);
    },
    LONG,
  );

  it.skipIf(!existsSync(SHARED))(
    "gives of a real CT what MONAI gives of its file",
    async () => {
      const { mmar, dicom, label } = await inputs("spleen_ct");
      const { series, report } = await run(mmar, dicom, label);
      expect(series.label?.[0]?.dice).toBeGreaterThanOrEqual(0.9999);
      expect(series.shape).toEqual([512, 512, 32]);
      if (hasBrowser) await look(report, 32, ["red"]);
    },
    LONG,
  );

  it(
    "keeps the report of 300 slices of 512 x 512 under 25 MB",
    async () => {
      const { dicom, label } = await inputs("large");
      const { series, report } = await run(SPLEEN, dicom, label);
      expect(series.shape).toEqual([512, 512, 300]);
      expect(series.label?.[0]?.dice).toBeGreaterThan(0.98);
      const size = statSync(report).size;
      console.log(`The report of 300 slices: ${(size / 1e6).toFixed(1)} MB`);
      expect(size).toBeLessThan(25e6);
      if (hasBrowser) await look(report, 300, ["red"]);
    },
    LONG,
  );
});
