import { createHash } from "node:crypto";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { pack } from "../../src/index.js";
import { handOverOfPack } from "../../src/pack/hand-over.js";
import { handOverJson, handOverSheet, nextText, shortText } from "../../src/pack/hand-over-text.js";
import { markdown } from "../../src/report/markdown.js";
import { packSubject } from "../../src/report/reporter.js";
import { type HandOver, PALETTE } from "../../src/tasks/hand-over.js";
import { reportOf } from "../report/subjects.js";
import { covid, xray } from "../support/classifiers.js";
import { cli } from "../support/cli.js";
import { mmarMaker, REPOSITORY, scratch } from "../support/mmars.js";

const make = mmarMaker();

/** A model that is asked by clicks. */
const PROMPTED: HandOver = {
  name: "deepgrow",
  scope: "Series",
  tryOn: "a series",
  note: "Read the notes.",
  labels: [
    {
      ...{ kind: "class", name: "organ", classIndex: 0, colour: "#e64b3c" },
      ...{ type: "Local", scope: "Instance", modes: ["Mask"] },
    },
    {
      ...{ kind: "prompt", name: "point | here", colour: "#46a0eb", use: "Click in the middle." },
      ...{ type: "Local", scope: "Instance", modes: ["Location", "Bounding box"] },
    },
  ],
};

describe("the hand-over sheet", () => {
  it("lists labels with type, scope, mode, colour and class_index, and the bundle", async () => {
    const target = join(scratch(), "liver.zip");
    const mmar = make("liver_tumor_ct");
    const result = await pack(mmar.path, { out: target, handOver: true });
    if (!result.ok) throw new Error("not packed");
    const bytes = readFileSync(target);
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    const sheet = readFileSync(`${target}.hand-over.md`, "utf8");
    expect(sheet).toMatch(/^# liver_tumor_ct|^# liver\\_tumor\\_ct/);
    for (const line of [
      "| Upload | `liver.zip` |",
      `| SHA-256 | \`${sha256}\` |`,
      "| Scope of the model | Series |",
      "| class_index | label | type | scope | annotation mode | colour |",
      "| 0 | liver | Local | Instance | Mask | `#e64b3c` |",
      "1. In the project's Labels, create one label per class: type Local, scope Instance, annotation mode Mask.",
      "2. In the project's Models, create a model with scope Series and upload `liver.zip`.",
    ]) {
      expect(sheet.split("\n")).toContain(line);
    }
    expect(sheet).toContain(`(${bytes.length} bytes)`);
    expect(handOverJson(handOverOfPack(result) as HandOver)).toMatchObject({
      scope: "SERIES",
      bundle: { path: target, size: bytes.length, sha256 },
      labels: [
        { name: "liver", type: "local", annotation_modes: ["mask"], class_index: 0 },
        { class_index: 1 },
      ],
    });
  });

  it("is written only if it is asked for, and replaced only with force", async () => {
    const mmar = make().path;
    const target = join(scratch(), "a.zip");
    await pack(mmar, { out: target });
    expect(existsSync(`${target}.hand-over.md`)).toBe(false);
    await pack(mmar, { out: target, force: true, handOver: true });
    const { mtimeMs } = statSync(target);
    const other = join(scratch(), "b.zip");
    await pack(mmar, { out: other, handOver: true });
    await expect(pack(mmar, { out: target, handOver: true })).rejects.toThrow(/already exists/);
    expect(statSync(target).mtimeMs).toBe(mtimeMs);
    expect((await pack(mmar, { dryRun: true, handOver: true, out: "never.zip" })).ok).toBe(true);
    expect(existsSync("never.zip.hand-over.md")).toBe(false);
  });

  it.each([
    ["an X-ray classifier", xray, { scope: "INSTANCE", type: "global" }],
    ["a CT classifier", covid, { scope: "SERIES", type: "global" }],
  ])("of %s has the labels of its scope", async (_, model, { scope, type }) => {
    const result = await pack(model(make()).path, { dryRun: true });
    const handOver = handOverOfPack(result);
    if (handOver === undefined) throw new Error("not fit");
    expect(handOverJson(handOver)).toMatchObject({ scope, bundle: null });
    for (const label of handOverJson(handOver).labels) {
      expect(label).toMatchObject({ kind: "class", type, scope, annotation_modes: [] });
    }
    expect(shortText(handOver)).toContain("Global, ");
  });

  it("of several channels asks for scope Study", async () => {
    const result = await pack(
      join(REPOSITORY, "fixtures/catalogue/clara_pt_brain_mri_segmentation_1"),
      {
        dryRun: true,
      },
    );
    expect(handOverOfPack(result)?.scope).toBe("Study");
  });

  it("tells labels to draw with from those of the classes", () => {
    const text = nextText(PROMPTED, "x.zip");
    expect(text).toContain("Create the labels to draw with before the model is run:");
    expect(text).toContain(
      "point | here (type Local, scope Instance, annotation mode Location or Bounding box)",
    );
    expect(text).toContain("class_index 0: organ");
    expect(text).toMatch(/Read the notes\.$/);
    const sheet = handOverSheet(PROMPTED);
    expect(sheet).toContain("| – | point \\| here | Local | Instance | Location or Bounding box |");
    expect(sheet).toContain("Click in the middle\\.".replace("\\.", "."));
    expect(handOverJson(PROMPTED).labels[1]).toMatchObject({
      kind: "prompt",
      class_index: null,
      annotation_modes: ["location", "bbox"],
      use: "Click in the middle.",
    });
    expect(shortText(PROMPTED)).toBe("Series; Local, Instance, Mask: 0 organ; and 1 to draw with");
  });

  it("has the colours of run's report", () => {
    const python = readFileSync(join(REPOSITORY, "python/mmar2mdai_run/files_out.py"), "utf8");
    const [, inside = ""] = /^PALETTE = \(\n([\s\S]*?)^\)$/m.exec(python) ?? [];
    const colours = [...inside.matchAll(/\((\d+), (\d+), (\d+)\)/g)].map((match) =>
      match.slice(1).map(Number),
    );
    expect(colours).toEqual(PALETTE.map((colour) => [...colour]));
  });
});

describe("what to set up on MD.ai", () => {
  it("is in the Markdown report, so in the summary of a CI step", async () => {
    const result = await pack(make().path, { out: join(scratch(), "x.zip") });
    const given = { location: "x", isArchive: false };
    const text = await reportOf(markdown, [packSubject(given, result)]);
    expect(text).toContain("## To set up on MD.ai");
    expect(text).toContain("| 0 | spleen | Local | Instance | Mask | `#e64b3c` |");
    expect(text).toMatch(/\| SHA-256 \| `[0-9a-f]{64}` \|/);
    const unfit = await pack(make().remove("models/model.ts").path, { out: "never.zip" });
    expect(await reportOf(markdown, [packSubject(given, unfit)])).not.toContain("To set up");
  });

  it("is in the summary that GitHub shows", async () => {
    const summary = join(scratch(), "summary.md");
    const env = { GITHUB_ACTIONS: "true", GITHUB_STEP_SUMMARY: summary };
    const out = join(scratch(), "x.zip");
    expect((await cli(["pack", make().path, "-o", out], { env })).exitCode).toBe(0);
    expect(readFileSync(summary, "utf8")).toContain("## To set up on MD.ai");
  });

  it("is said by pack --json, and is null for what is not fit", async () => {
    const out = join(scratch(), "x.zip");
    const good = JSON.parse((await cli(["pack", make().path, "-o", out, "--json"])).stdout);
    expect(good.hand_over).toMatchObject({
      scope: "SERIES",
      bundle: { path: out, sha256: good.sha256, size: good.size },
      labels: [{ name: "spleen", class_index: 0, colour: "#e64b3c" }],
    });
    const bad = make().remove("models/model.ts").path;
    const { stdout } = await cli(["pack", bad, "--json", "-o", join(scratch(), "y.zip")]);
    expect(JSON.parse(stdout).hand_over).toBeNull();
  });
});

describe("batch", () => {
  it("prints one table with the codes of what failed, and what to set up for the rest", async () => {
    const cwd = scratch();
    const good = make("spleen_ct", "good");
    const bad = make("spleen_ct", "bad").remove("models/model.ts");
    const args = ["batch", good.path, bad.path, "-o", "out", "--hand-over"];
    const { exitCode, stdout, stderr } = await cli(args, { cwd });
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/^not fit .*bad {2}\d+ errors?: weights-missing/m);
    expect(stdout).toMatch(/^packed .*good\.mdai\.zip$/m);
    expect(stdout).toMatch(/^On MD\.ai, by bundle: .*$/m);
    expect(stdout).toMatch(/^ {2}good\.mdai\.zip {2}Series; Local, Instance, Mask: 0 spleen$/m);
    expect(stderr.match(/^For more about .*: mmar2mdai explain weights-missing$/gm)).toHaveLength(
      1,
    );
    const sheet = join(cwd, "out/good.mdai.zip.hand-over.md");
    expect(readFileSync(sheet, "utf8")).toContain("| 0 | spleen |");
    // What is up to date says it, too.
    const again = await cli([...args, "--json"], { cwd });
    const models = JSON.parse(again.stdout).models;
    expect(models).toMatchObject([
      { outcome: "not_fit", hand_over: null },
      { outcome: "current", hand_over: { labels: [{ name: "spleen" }] } },
    ]);
    expect(models[1].hand_over.bundle.sha256).toBe(models[1].sha256);
  });

  it("is not current where a sheet is asked for and missing", async () => {
    const cwd = scratch();
    const mmar = make("spleen_ct", "a").path;
    const run = (...more: string[]) => cli(["batch", mmar, "-o", "out", ...more], { cwd });
    expect((await run()).stdout).toContain("1 packed");
    expect((await run("--hand-over")).stdout).toContain("1 packed");
    expect((await run("--hand-over")).stdout).toContain("1 current");
  });

  it("says in the table what lies in the way of a bundle", async () => {
    const cwd = scratch();
    const mmar = make("spleen_ct", "a").path;
    writeFileSync(join(cwd, "a.mdai.zip"), "mine");
    const { stdout } = await cli(["batch", mmar, "-o", "."], { cwd });
    expect(stdout).toMatch(/^refused .*a {2}.*a\.mdai\.zip already exists\.$/m);
  });
});
