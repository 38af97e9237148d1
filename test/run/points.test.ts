import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { reportPage } from "../../src/run/page/page.js";
import type { Subject } from "../../src/run/page/tables.js";
import type { DrawnPoint, RunResult } from "../../src/run/result.js";
import { browserPath, type Opened, openFile, PATIENCE } from "./browser.js";
import { type Affine, nifti } from "./volumes.js";

const SHAPE = [48, 40, 20] as const;
const AFFINE: Affine = [
  [-1, 0, 0, 24],
  [0, -1, 0, 20],
  [0, 0, 2, -20],
];

const SUBJECT: Subject = {
  name: "Deepgrow",
  scope: "SERIES",
  ranOn: "Python 3.10.13, cpu",
  handOver: { name: "Deepgrow", scope: "Series", tryOn: "a series", labels: [] },
  remarks: [],
  findings: [],
  facts: [],
  classes: [{ class_index: 0, name: "object" }],
};

const POINTS: readonly DrawnPoint[] = [
  { x: 12, y: 16, slice: 10, background: false },
  { x: 34.5, y: 29, slice: 10, background: true },
];

const resultOf = (points: readonly DrawnPoint[]): RunResult => ({
  requests: [
    {
      ...{ title: "series 3", error: null, seconds: 1, refused: [], answers: 1, notes: [] },
      ...{ warnings: [], scores: [] },
      series: [
        {
          ...{ title: "series 3", series_uid: "1.2.3", modality: "MR", shape: SHAPE },
          ...{ affine: [...AFFINE, [0, 0, 0, 1]], regular: true, placed: true },
          ...{ classes: [], files: [], warnings: [], points },
          // The slices lie against the order of their numbers.
          images: Array.from({ length: 20 }, (_, at) => 20 - at),
          page: {
            file: "volume.nii.gz",
            layers: [{ file: "layer.nii.gz", values: { "0": 1 } }],
            points: points.length > 0 ? "points.nii.gz" : null,
            levels: Array.from({ length: 256 }, (_, level) => level),
            windows: [{ name: "Usual", low: 0, high: 250 }],
            step: 1,
            focus: [12, 4, 0],
          },
        },
      ],
    },
  ],
  classes: [{ class_index: 0, name: "object", colour: [230, 75, 60] }],
  files: ["answer.json"],
  seconds: { load: 0.5 },
  memory: null,
  versions: { python: "3.10.13" },
});

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "report-"));
  await mkdir(join(folder, "page"));
  const isNear = (x: number, y: number, z: number, { x: px, y: py, slice }: DrawnPoint) =>
    z === slice && Math.abs(x - Math.round(px)) < 3 && Math.abs(y - py) < 3;
  const files = {
    "volume.nii.gz": () => 60,
    "layer.nii.gz": (x: number, _: number, z: number) => (x > 40 && z === 10 ? 1 : 0),
    "points.nii.gz": (x: number, y: number, z: number) =>
      POINTS.reduce(
        (found, point) => (isNear(x, y, z, point) ? (point.background ? 2 : 1) : found),
        0,
      ),
  };
  for (const [name, valueAt] of Object.entries(files)) {
    await writeFile(join(folder, "page", name), nifti(SHAPE, AFFINE, valueAt));
  }
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe("points in the report as text", () => {
  it("are listed as a person counts", async () => {
    const page = await reportPage(SUBJECT, resultOf(POINTS), folder);
    expect(page).toContain("Points that the model was given");
    expect(page).toMatch(/what is meant<\/td><td[^>]*>12<\/td><td[^>]*>16<\/td><td[^>]*>11</);
    expect(page).toMatch(
      /what is not meant<\/td><td[^>]*>34\.5<\/td><td[^>]*>29<\/td><td[^>]*>11</,
    );
  });

  it("are not spoken of where there are none, and not all listed where there are many", async () => {
    const none = await reportPage(SUBJECT, resultOf([]), folder);
    expect(none).not.toContain("Points that");
    expect(none).not.toContain('id="points"');
    const [first] = POINTS;
    const many = Array.from({ length: 45 }, () => first as DrawnPoint);
    expect(await reportPage(SUBJECT, resultOf(many), folder)).toContain("And 15 more.");
  });
});

describe.skipIf(browserPath === undefined && process.env.CI !== "true")(
  "points in the report in a browser",
  () => {
    let opened: Opened;

    beforeAll(async () => {
      const path = join(folder, "report.html");
      await writeFile(path, await reportPage(SUBJECT, resultOf(POINTS), folder));
      opened = await openFile(path);
      await opened.page.waitForSelector('#viewer[data-state="ready"]');
      await opened.page.click('[data-view="axial"]');
    }, 2 * PATIENCE);

    afterAll(async () => {
      expect(opened.complaints).toEqual([]);
      await opened.close();
    });

    it(
      "can be read off the page: which image, which column and which row",
      async () => {
        // The page opens at column 12, row 16 of the frame 10, which is image 10.
        await expect
          .poll(() => opened.page.textContent("#place"), { timeout: PATIENCE / 4 })
          .toMatch(/mm: 60; image 10, x 12, y 16$/);
      },
      PATIENCE,
    );

    it(
      "are crosses of two colours on their slice, and can be hidden",
      async () => {
        const shown = await shares(opened);
        expect(shown.white).toBeGreaterThan(0.003);
        expect(shown.orange).toBeGreaterThan(0.003);
        await opened.page.fill("#opacity", "0");
        expect((await shares(opened)).orange).toBeCloseTo(shown.orange, 3);
        await opened.page.uncheck("#points");
        const hidden = await shares(opened);
        // What is left of white are the letters of the sides.
        expect(hidden.white).toBeLessThan(shown.white - 0.002);
        expect(hidden.orange).toBe(0);
        await opened.page.check("#points");
        await opened.page.fill("#slice", "3");
        expect(await shares(opened)).toEqual(hidden);
        await opened.page.fill("#slice", "10");
        expect((await shares(opened)).orange).toBeCloseTo(shown.orange, 3);
      },
      2 * PATIENCE,
    );
  },
);

/** The part of the slice's pixels that is of the colour of points on what is meant, and on what not. */
async function shares({ page }: Opened): Promise<{ white: number; orange: number }> {
  const source = `(async () => {
    await new Promise((done) => setTimeout(done, 300));
    dispatchEvent(new Event("beforeprint"));
    const image = document.getElementById("printed");
    await image.decode();
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
    const context = canvas.getContext("2d");
    context.drawImage(image, 0, 0);
    const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
    let white = 0, orange = 0;
    // The letters of the sides are at the borders, and the crosshair is thin.
    for (let at = 0; at < data.length; at += 4) {
      const [red, green, blue] = [data[at], data[at + 1], data[at + 2]];
      if (red > 250 && green > 250 && blue > 250) white++;
      if (red > 240 && Math.abs(green - 140) < 15 && blue < 15) orange++;
    }
    const all = data.length / 4;
    return { white: white / all, orange: orange / all };
  })()`;
  return page.evaluate(source);
}
