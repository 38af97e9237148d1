import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { RunOutput } from "../../src/public-json/output.js";
import { cli } from "../support/cli.js";
import { REPOSITORY, scratch } from "../support/mmars.js";
import { type FakePython, fakePython } from "./fake-python.js";

const fixture = (name: string): string =>
  join(REPOSITORY, "fixtures/catalogue", `clara_pt_${name}_1`);
const DEEPGROW = fixture("deepgrow_2d_annotation");
const POINTS = fixture("spleen_ct_annotation");
const SPLEEN = join(REPOSITORY, "fixtures/spleen_ct");

/** Runs a model with further arguments, on a file that is named as its DICOM input. */
function run(model: string, python: FakePython, ...more: readonly string[]) {
  const cwd = scratch();
  writeFileSync(join(cwd, "image.dcm"), "x");
  const args = ["run", model, "image.dcm", "--python", python.path, "-o", "out", ...more];
  return cli(args, { cwd });
}

describe("clicks of the command line", () => {
  it("go to the model, those on what is meant first, with a request of a series", async () => {
    const python = fakePython();
    const clicks = [
      "--click-background",
      "9,5.5,3",
      "--click",
      "200,120,14",
      "--click",
      " 1 , 2.25 , 3",
    ];
    const { exitCode, stderr } = await run(DEEPGROW, python, ...clicks);
    expect(exitCode, stderr).toBe(0);
    expect(python.order()).toMatchObject({
      scope: "SERIES",
      clicks: [
        { x: 200, y: 120, image: 14, background: false },
        { x: 1, y: 2.25, image: 3, background: false },
        { x: 9, y: 5.5, image: 3, background: true },
      ],
    });
  });

  it("are none by default", async () => {
    const python = fakePython();
    const { exitCode } = await run(DEEPGROW, python);
    expect(exitCode).toBe(0);
    expect(python.order()).toMatchObject({ clicks: [], annotations: [] });
  });

  it.each(["200,120", "200,120,0", "a,b,c", "-1,2,3", "1,2,3.5", "1;2;3", ""])(
    "have to be x,y,image: %j",
    async (click) => {
      const { exitCode, stderr } = await run(DEEPGROW, fakePython(), "--click", click);
      expect(exitCode).toBe(2);
      expect(stderr).toMatch(/--click.*must be x,y,image: .* as in 200,120,14/);
    },
  );

  it.each([
    ["--click", SPLEEN, /--click: this model takes no clicks/],
    ["--click-background", SPLEEN, /--click-background: this model takes no clicks/],
    ["--click-background", POINTS, /--click-background: this model takes extreme points/],
  ])("are refused where the model has no use for them: %s", async (option, model, says) => {
    const { exitCode, stderr } = await run(model, fakePython(), option, "1,2,3");
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(says);
  });
});

describe("what a run says of a model that takes clicks", () => {
  it("is what to set up on MD.ai: labels of masks, and labels to point with", async () => {
    const { stdout } = await run(POINTS, fakePython(), "--json");
    const { hand_over: handOver } = JSON.parse(stdout) as RunOutput;
    expect(handOver).toMatchObject({
      scope: "SERIES",
      note: expect.stringContaining("not public"),
    });
    expect(
      handOver?.labels.map(({ kind, name, annotation_modes: modes }) => [kind, name, modes]),
    ).toEqual([
      ["class", "spleen", ["mask"]],
      ["prompt", "extreme points", ["location", "bbox", "polygon"]],
    ]);
    const clicks = await run(DEEPGROW, fakePython(), "--json");
    const { hand_over: ofClicks } = JSON.parse(clicks.stdout) as RunOutput;
    expect(ofClicks?.labels.map(({ kind, name }) => [kind, name])).toEqual([
      ["class", "object"],
      ["prompt", "foreground"],
      ["prompt", "background"],
    ]);
  });
});
