import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { reportPage } from "../../src/run/page/page.js";
import type { Subject } from "../../src/run/page/tables.js";
import type { RunResult } from "../../src/run/result.js";
import { browserPath, type Opened, openFile, PATIENCE } from "./browser.js";
import { colours, ready, sliceText } from "./pictures.js";
import { type Affine, nifti } from "./volumes.js";

const SHAPE = [48, 40, 20] as const;
/** Columns to the patient's left and rows to the back, as in an axial series. */
const AFFINE: Affine = [
  [-1, 0, 0, 24],
  [0, -1, 0, 20],
  [0, 0, 2, -20],
];
const isOrgan = (x: number, y: number, z: number) =>
  x >= 8 && x < 18 && y >= 10 && y < 22 && z > 5 && z < 15;
const isTumour = (x: number, y: number, z: number) =>
  x >= 30 && x < 38 && y >= 24 && y < 34 && z > 5 && z < 15;

const SUBJECT: Subject = {
  name: 'A model <b>"quoted"</b>',
  scope: "SERIES",
  ranOn: "Python 3.10.13, cpu",
  handOver: {
    name: "x",
    scope: "Series",
    tryOn: "a series",
    bundle: { path: "model.mdai.zip", size: 1_234_567, sha256: "ab".repeat(32) },
    labels: ["organ", "tumour"].map((name, classIndex) => ({
      kind: "class",
      name,
      classIndex,
      type: "Local",
      scope: "Instance",
      modes: ["Mask"],
      colour: "#e64b3c",
    })),
  },
  remarks: ["A remark & more."],
  findings: ["warning: something"],
  facts: [["Model", "x"]],
  classes: [
    { class_index: 0, name: "organ" },
    { class_index: 1, name: "tumour" },
  ],
};

const RESULT: RunResult = {
  requests: [
    {
      title: 'series 3 "AX </script><script>alert(1)</script>"',
      error: null,
      seconds: 1.5,
      refused: [],
      answers: 9,
      notes: ["T1c: series 3"],
      warnings: ["tumour touches the border of the image on every slice it is on."],
      scores: [],
      series: [
        {
          title: "series 3",
          series_uid: "1.2.3",
          modality: "MR",
          shape: SHAPE,
          affine: [...AFFINE, [0, 0, 0, 1]],
          regular: true,
          placed: true,
          classes: [0, 1].map((index) => ({
            class_index: index,
            voxels: 1080,
            ml: 2.16,
            slices: 9,
            box: [
              [8, 17],
              [10, 21],
              [6, 14],
            ],
            mean: 100,
            sd: 3,
            pieces: 1,
          })),
          files: ["masks/01.nii.gz"],
          warnings: [],
          label: [
            {
              class_index: 0,
              value: 1,
              file: "difference.nii.gz",
              dice: 0.875,
              hausdorff95: 2,
              volume_error: -0.25,
              both: 700,
              only_mask: 0,
              only_reference: 200,
            },
          ],
          page: {
            file: "volume.nii.gz",
            layers: [{ file: "layer.nii.gz", values: { "0": 1, "1": 2 } }],
            levels: Array.from({ length: 256 }, (_, level) => level * 2),
            windows: [
              { name: "Usual", low: 0, high: 500 },
              { name: "Narrow", low: 0, high: 100 },
            ],
            step: 1,
            focus: [11, 4, 0],
          },
        },
      ],
    },
  ],
  classes: [
    { class_index: 0, name: "organ", colour: [230, 75, 60] },
    { class_index: 1, name: "tumour", colour: [70, 160, 235] },
  ],
  files: ["answer.json"],
  seconds: { load: 0.5 },
  memory: 500_000_000,
  versions: { python: "3.10.13", monai: "0.8.1" },
};

let folder: string;
let path: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "report-"));
  const page = join(folder, "page");
  await mkdir(page);
  const files = {
    "volume.nii.gz": () => 60,
    "layer.nii.gz": (x: number, y: number, z: number) =>
      isOrgan(x, y, z) ? 1 : isTumour(x, y, z) ? 2 : 0,
    "difference.nii.gz": (x: number, y: number, z: number) =>
      isOrgan(x, y, z) ? (x < 13 ? 1 : 3) : 0,
  };
  for (const [name, valueAt] of Object.entries(files)) {
    await writeFile(join(page, name), nifti(SHAPE, AFFINE, valueAt));
  }
  path = join(folder, "report.html");
  await writeFile(path, await reportPage(SUBJECT, RESULT, folder));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe("the report as text", () => {
  it("escapes what models and series are called", async () => {
    const page = await reportPage(SUBJECT, RESULT, folder);
    expect(page).toContain("A model &lt;b&gt;&quot;quoted&quot;&lt;/b&gt;");
    expect(page).not.toContain("<script>alert");
    expect(page).toContain('class="verdict doubt"');
  });

  it("has the numbers, the reference and what to set up", async () => {
    const page = await reportPage(SUBJECT, RESULT, folder);
    for (const text of [
      "0.8750",
      "-25.0 %",
      "<td>organ</td><td>Local</td><td>Instance</td><td>Mask</td>",
      "<dt>Scope of the model</dt><dd>Series</dd>",
      "#e64b3c",
      "SHA-256 abab",
      "500 MB at most",
    ]) {
      expect(page).toContain(text);
    }
  });
});

describe.skipIf(browserPath === undefined && process.env.CI !== "true")(
  "the report in a browser",
  () => {
    let opened: Opened;

    beforeAll(async () => {
      opened = await openFile(path);
      await ready(opened);
      await opened.page.click('[data-view="axial"]');
    }, 2 * PATIENCE);

    afterAll(async () => {
      expect(opened.complaints).toEqual([]);
      await opened.close();
    });

    it(
      "shows each class in its colour where its mask is",
      async () => {
        const { red, blue, grey } = await colours(opened);
        expect(red.share).toBeCloseTo(120 / (48 * 40), 1);
        expect(blue.share).toBeCloseTo(80 / (48 * 40), 1);
        expect(grey.share).toBeGreaterThan(0.5);
        // The patient's right is on the left: columns run to the left of the patient, so they run right here.
        expect(red.x).toBeLessThan(blue.x);
        // Rows run to the back: the front is above.
        expect(red.y).toBeLessThan(blue.y);
      },
      PATIENCE,
    );

    it(
      "hides a class that is switched off",
      async () => {
        await opened.page.uncheck('[data-class="0"]');
        const { red, blue } = await colours(opened);
        expect(red.share).toBe(0);
        expect(blue.share).toBeGreaterThan(0.02);
        await opened.page.check('[data-class="0"]');
        expect((await colours(opened)).red.share).toBeGreaterThan(0.03);
      },
      PATIENCE,
    );

    it(
      "moves by the slider and by keys",
      async () => {
        expect(await sliceText(opened)).toBe("11 of 20");
        await opened.page.fill("#slice", "1");
        expect(await sliceText(opened)).toBe("2 of 20");
        expect((await colours(opened)).red.share).toBe(0);
        await opened.page.focus("#canvas");
        await opened.page.keyboard.press("PageUp");
        expect(await sliceText(opened)).toBe("12 of 20");
        await opened.page.keyboard.press("ArrowDown");
        expect(await sliceText(opened)).toBe("11 of 20");
        expect((await colours(opened)).red.share).toBeGreaterThan(0.03);
      },
      PATIENCE,
    );

    it(
      "changes the window, the opacity and the view",
      async () => {
        const before = (await colours(opened)).grey.level;
        await opened.page.selectOption("#window", "1");
        const narrow = (await colours(opened)).grey.level;
        // 120 of 0 to 500 is a dark grey, of 0 to 100 white.
        expect(before).toBeGreaterThan(40);
        expect(before).toBeLessThan(90);
        expect(narrow).toBeGreaterThan(240);
        await opened.page.selectOption("#window", "0");
        await opened.page.fill("#opacity", "0");
        expect((await colours(opened)).red.share).toBe(0);
        await opened.page.fill("#opacity", "50");
        for (const view of ["coronal", "sagittal", "render", "all"]) {
          await opened.page.click(`[data-view="${view}"]`);
          expect(await opened.page.getAttribute(`[data-view="${view}"]`, "aria-pressed")).toBe(
            "true",
          );
          expect((await colours(opened)).red.share, view).toBeGreaterThan(0);
        }
        await opened.page.click('[data-view="axial"]');
      },
      2 * PATIENCE,
    );

    it(
      "shows where a class agrees with the reference",
      async () => {
        await opened.page.selectOption("#difference", "0");
        await expect
          .poll(async () => (await colours(opened)).green.share, POLL)
          .toBeGreaterThan(0.01);
        expect((await colours(opened)).red.share).toBe(0);
        await opened.page.selectOption("#difference", "");
        await expect
          .poll(async () => (await colours(opened)).red.share, POLL)
          .toBeGreaterThan(0.03);
      },
      PATIENCE,
    );

    it(
      "fits a phone, dark as well",
      async () => {
        const phone = await openFile(path, { width: 390, height: 800, dark: true });
        try {
          await ready(phone);
          const widths = await phone.page.evaluate(
            "[document.documentElement.scrollWidth, window.innerWidth, getComputedStyle(document.body).backgroundColor]",
          );
          const [content, screen, colour] = widths as [number, number, string];
          expect(content).toBeLessThanOrEqual(screen);
          expect(colour).toBe("rgb(20, 23, 26)");
          expect((await colours(phone)).red.share).toBeGreaterThan(0);
          expect(phone.complaints).toEqual([]);
        } finally {
          await phone.close();
        }
      },
      2 * PATIENCE,
    );
  },
);

const POLL = { timeout: PATIENCE };
