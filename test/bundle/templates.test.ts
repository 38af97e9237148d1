import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  readPartRequirements,
  readTemplates,
  requirementLines,
} from "../../src/bundle/templates.js";
import {
  IMAGE_FORMS,
  OUTPUT_FORMS,
  RUNTIME_NAMES,
  type RuntimeName,
  SCORES,
  TASKS,
  WINDOWS,
} from "../../src/options/words.js";

const TEMPLATES = join(import.meta.dirname, "../../templates");

/** Names of our own modules that some code imports. */
function ownImports(text: string): string[] {
  const lines = text.split("\n").map((line) => line.trim());
  return lines
    .filter((line) => /^(from|import) mmar2mdai_/.test(line))
    .map((line) => `${line.split(/\s+/)[1]}.py`);
}

const namesOf = async (task: (typeof TASKS)[number], engine: RuntimeName = "clara") =>
  (await readTemplates(task, engine)).map(({ name }) => name);

const BOTH = TASKS.flatMap((task) => RUNTIME_NAMES.map((engine) => ({ task, engine })));

describe.each(BOTH)("the deploy code of $task on $engine", ({ task, engine }) => {
  it("is what it imports, and nothing else", async () => {
    const files = await readTemplates(task, engine);
    const texts = files
      .filter(({ name }) => name.endsWith(".py"))
      .map(({ name, bytes }) => ({ name, text: Buffer.from(bytes).toString("utf8") }));
    const imported = new Set(texts.flatMap(({ text }) => ownImports(text)));
    expect(new Set(texts.map(({ name }) => name))).toEqual(
      new Set(["mdai_deploy.py", ...imported]),
    );
  });

  it("has one engine, and its requirements", async () => {
    const names = await namesOf(task, engine);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toEqual(expect.arrayContaining(["mmar2mdai_engine.py", "requirements.txt"]));
  });

  it("comes byte for byte as it lies in templates/", async () => {
    for (const { name, bytes } of await readTemplates(task, engine)) {
      if (!name.endsWith(".py")) continue;
      const found = (await readdir(TEMPLATES, { recursive: true })).filter(
        (path) =>
          path.endsWith(`/${name}`) &&
          (name !== "mdai_deploy.py" || path.startsWith(task)) &&
          (name !== "mmar2mdai_engine.py" || path.startsWith(`engines/${engine}/`)),
      );
      expect(found).toHaveLength(1);
      expect(bytes).toEqual(await readFile(join(TEMPLATES, found[0] ?? "")));
    }
  });
});

it("has none of the modules of the other task", async () => {
  expect(await namesOf("segmentation")).not.toContain("mmar2mdai_classifier.py");
  const classification = await namesOf("classification");
  expect(classification).not.toContain("mmar2mdai_segmenter.py");
  expect(classification).not.toContain("mmar2mdai_resample.py");
});

it("names the packages of a task, and those of a part where it is wanted", async () => {
  const packages = (lines: readonly string[]) => lines.filter((line) => /^[^#\s]/.test(line));
  const lines = async (task: (typeof TASKS)[number], engine: RuntimeName = "clara") =>
    packages(requirementLines(await readTemplates(task, engine)));
  expect(await lines("segmentation")).toEqual(["nibabel==4.0.2"]);
  expect(await lines("classification")).toEqual([]);
  expect(packages(await readPartRequirements("clara", "lung-mask"))).toEqual(["scipy==1.10.1"]);
  const ofMonai = await lines("classification", "monai");
  expect(ofMonai).toEqual([
    "torch==1.13.1",
    "monai==0.8.1",
    "scipy==1.10.1",
    "numpy==1.23.5",
    "setuptools==80.9.0",
  ]);
  expect(await lines("segmentation", "monai")).toEqual([...ofMonai, "nibabel==5.3.3"]);
});

it.each([
  ["segmentation/mmar2mdai_segmenter.py", "OutputForm", OUTPUT_FORMS],
  ["classification/mmar2mdai_classifier.py", "InputForm", IMAGE_FORMS],
  ["classification/mmar2mdai_classifier.py", "Window", WINDOWS],
  ["classification/mmar2mdai_classifier.py", "Scores", SCORES],
])("%s knows the same words for %s as the options", async (path, name, words) => {
  const text = await readFile(join(TEMPLATES, path), "utf8");
  const [, literals = ""] = new RegExp(`^${name} = Literal\\[(.*?)\\]$`, "ms").exec(text) ?? [];
  expect([...literals.matchAll(/"(\w+)"/g)].map(([, word]) => word)).toEqual([...words]);
});
