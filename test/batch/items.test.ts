import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { findItems } from "../../src/batch/items.js";
import { UsageError } from "../../src/index.js";
import { scratch } from "../support/mmars.js";

/** A folder with files of these lengths at these paths. */
function folder(files: Readonly<Record<string, number | string>>): string {
  const root = scratch();
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    const text = typeof content === "string" ? content : "x".repeat(content);
    writeFileSync(join(root, path), text);
  }
  return root;
}

/** What is found, as `path > bundle`, with paths below the root. */
async function found(root: string, inputs: readonly string[] = [root], format = "zip") {
  const items = await findItems(inputs, join(root, "out"), format);
  return items.map(({ location, bundle }) => `${location.slice(root.length + 1)} > ${bundle}`);
}

const refused = async (work: Promise<unknown>): Promise<string> => {
  const error = await work.then(
    () => undefined,
    (e: unknown) => e,
  );
  expect(error).toBeInstanceOf(UsageError);
  return (error as Error).message;
};

describe("searching a folder", () => {
  it("finds MMARs and archives at any depth, in the order of their paths", async () => {
    const root = folder({
      "b/config/environment.json": 1,
      "b/models/inner/config/environment.json": 1,
      "a/deep/er/config/config_inference.json": 1,
      "a/one.zip": 1,
      "c.tar.gz": 1,
      "d.TGZ": 1,
      "notes.txt": 1,
      "data/config/other.json": 1,
    });
    expect(await found(root)).toEqual([
      "a/deep/er > er.mdai.zip",
      "a/one.zip > one.mdai.zip",
      "b > b.mdai.zip",
      "c.tar.gz > c.mdai.zip",
      "d.TGZ > d.mdai.zip",
    ]);
  });

  it("takes a folder that is an MMAR as that one", async () => {
    const root = folder({ "m/config/environment.json": 1, "m/models/x.zip": 1 });
    expect(await found(root, [join(root, "m")])).toEqual(["m > m.mdai.zip"]);
  });

  it("finds an MMAR that lost its configs, so that somebody is told", async () => {
    const root = folder({ "m/commands/infer.sh": 1, "m/models/model.ts": 1 });
    expect(await found(root)).toEqual(["m > m.mdai.zip"]);
  });

  it("passes over bundles, packed or not, the output folder and what tools keep", async () => {
    const root = folder({
      "m/config/environment.json": 1,
      "x.mdai.zip": 1,
      "x.mdai.tar.gz": 1,
      "u/model/.mdai/config.yaml": 1,
      "u/model/workspace/m/config/environment.json": 1,
      "out/m2/config/environment.json": 1,
      ".git/m/config/environment.json": 1,
      "node_modules/m/config/environment.json": 1,
    });
    expect(await found(root)).toEqual(["m > m.mdai.zip"]);
  });

  it("searches the output folder where it is what was named", async () => {
    const root = folder({ "a/config/environment.json": 1, "b.zip": 1, "b.mdai.zip": 1 });
    const items = await findItems([root], root, "zip");
    expect(items.map(({ bundle }) => bundle)).toEqual(["a.mdai.zip", "b.mdai.zip"]);
  });

  it("follows links once, and out of circles", async () => {
    const root = folder({ "in/m/config/environment.json": 1, "else/z.zip": 1 });
    symlinkSync("..", join(root, "in/up"));
    symlinkSync("../else", join(root, "in/away"));
    symlinkSync("m", join(root, "in/n"));
    symlinkSync("nothing", join(root, "in/broken"));
    const items = await findItems([join(root, "in")], "out", "zip");
    expect(items.map(({ bundle }) => bundle).sort()).toEqual(["m.mdai.zip", "z.mdai.zip"]);
  });

  it("weighs folders by all that is in them", async () => {
    const root = folder({ "m/config/environment.json": 10, "m/models/model.ts": 500, "z.zip": 7 });
    const items = await findItems([root], "out", "zip");
    expect(items.map(({ size }) => size)).toEqual([510, 7]);
  });
});

describe("names of bundles", () => {
  it("are made of the paths where MMARs share a name, whatever the case", async () => {
    const root = folder({
      "spleen/v1/mmar/config/environment.json": 1,
      "liver/v1/MMAR/config/environment.json": 1,
      "lung/config/environment.json": 1,
    });
    expect((await found(root)).map((line) => line.split(" > ")[1])).toEqual([
      "liver__v1__MMAR.mdai.zip",
      "lung.mdai.zip",
      "spleen__v1__mmar.mdai.zip",
    ]);
  });

  it("have the format's ending", async () => {
    const root = folder({ "m.zip": 1 });
    expect(await found(root, [root], "tar.gz")).toEqual(["m.zip > m.mdai.tar.gz"]);
  });

  it("that even so are the same are a wrong use", async () => {
    const [one, other] = [folder({ "m.zip": 1 }), folder({ "m.zip": 1 })];
    const message = await refused(findItems([one, other], "out", "zip"));
    expect(message).toMatch(/m\.zip: its bundle would be m\.mdai\.zip, and that of another MMAR/);
    expect(message).toMatch(/"out" in a list/);
  });
});

describe("inputs", () => {
  it("that name one MMAR twice give it once", async () => {
    const root = folder({ "a/m/config/environment.json": 1 });
    expect(await found(root, [root, join(root, "a/m")])).toEqual(["a/m > m.mdai.zip"]);
  });

  it("may be globs, as where no shell expands them", async () => {
    const root = folder({
      "ct_1/config/environment.json": 1,
      "ct_2.zip": 1,
      "mr_1.zip": 1,
      "deep/ct_3.zip": 1,
    });
    expect(await found(root, [join(root, "ct_*")])).toEqual([
      "ct_1 > ct_1.mdai.zip",
      "ct_2.zip > ct_2.mdai.zip",
    ]);
    expect(await found(root, [join(root, "**/*.zip")])).toEqual([
      "ct_2.zip > ct_2.mdai.zip",
      "deep/ct_3.zip > ct_3.mdai.zip",
      "mr_1.zip > mr_1.mdai.zip",
    ]);
  });

  it("with a glob's letters in their names are themselves first", async () => {
    const root = folder({ "m[1]/config/environment.json": 1, "m1/config/environment.json": 1 });
    expect(await found(root, [join(root, "m[1]")])).toEqual(["m[1] > m[1].mdai.zip"]);
  });

  it.each([
    ["nothing", {}, /nothing does not exist/],
    ["*.zip", {}, /\*\.zip: the glob matches nothing/],
    ["e*", { "empty/x.txt": 1 }, /e\*: there is no MMAR at or below it/],
    ["empty", { "empty/x.txt": 1 }, /empty: there is no MMAR at or below it/],
    ["x.txt", { "x.txt": 1 }, /x\.txt is not a folder, archive \(\.zip, \.tar\.gz\) or list/],
  ])("that give nothing are a wrong use: %s", async (input, files, says) => {
    const root = folder(files);
    expect(await refused(findItems([join(root, input)], "out", "zip"))).toMatch(says);
  });
});

describe("a list", () => {
  it("names MMARs, with options for all and for each; paths are relative to it", async () => {
    const list = [
      "defaults:",
      "  device: cpu",
      "  requirements: more.txt",
      "models:",
      "  - a/m",
      "  - mmar: b.zip",
      "    out: liver.mdai.tar.gz",
      "    out-classes: 3",
      "    class-names: [liver, tumour]",
    ].join("\n");
    const root = folder({ "in/list.yaml": list, "in/a/m/config/environment.json": 1 });
    const items = await findItems([join(root, "in/list.yaml")], "out", "zip");
    const defaults = { device: "cpu", requirements: join(root, "in/more.txt") };
    expect(items).toMatchObject([
      { location: join(root, "in/a/m"), bundle: "m.mdai.zip", defaults, options: {} },
      {
        location: join(root, "in/b.zip"),
        bundle: "liver.mdai.tar.gz",
        defaults,
        options: { outClasses: 3, classNames: ["liver", "tumour"] },
      },
    ]);
  });

  it("may pack one MMAR in two ways", async () => {
    const list = "models:\n- mmar: m\n  out: a.zip\n- {mmar: m, out: b.zip, device: cpu}\n";
    const root = folder({ "list.yml": list, "m/config/environment.json": 1 });
    const items = await findItems([join(root, "list.yml")], "out", "zip");
    expect(items.map(({ bundle }) => bundle)).toEqual(["a.zip", "b.zip"]);
  });

  it.each([
    ["a: [", /list\.yaml is not YAML/],
    ["", /list\.yaml:1:1: /],
    ["models: []", /there is no MMAR at or below it/],
    ["modles: [a]", /list\.yaml:1:1 \(modles\): unknown key\. A list has/],
    ["models: [a, 3]", /list\.yaml:1:13 \(models\[1\]\)/],
    ["models:\n- mmar: ''\n", /list\.yaml:2:3 \(models\[0\]\.mmar\): must not be empty/],
    [
      "models:\n- {mmar: a, out: x/y.zip}",
      /:2:13 \(models\[0\]\.out\): must be a file's name that/,
    ],
    [
      "models:\n- b\n- mmar: a\n  out-clases: 3",
      /:4:3 \(models\[1\]\.out-clases\): unknown option\. Did you mean out-classes\?/,
    ],
    [
      "models: [{mmar: a, out-classes: many}]",
      /1:20 \(models\[0\]\.out-classes\): must be a whole/,
    ],
    ["models: [{mmar: a, force: true}]", /1:20 \(models\[0\]\.force\): applies to the whole batch/],
    ["{defaults: {out: x.zip}, models: [a]}", /1:13 \(defaults\.out\): applies to the whole batch/],
    [
      "{defaults: {device: tpu}, models: [a]}",
      /1:13 \(defaults\.device\): must be one of gpu, cpu/,
    ],
  ])("that is wrong is a wrong use, and says where: %s", async (text, says) => {
    const root = folder({ "list.yaml": text });
    expect(await refused(findItems([join(root, "list.yaml")], "out", "zip"))).toMatch(says);
  });
});

describe("a config file among the inputs", () => {
  it("is passed over beside others, as `batch *` names it, and is no list by itself", async () => {
    const root = folder({ "m/config/environment.json": 1, "mmar2mdai.config.yaml": 1 });
    const config = join(root, "mmar2mdai.config.yaml");
    const items = await findItems([join(root, "m"), config], "out", "zip");
    expect(items.map(({ bundle }) => bundle)).toEqual(["m.mdai.zip"]);
    expect(await refused(findItems([config], "out", "zip"))).toMatch(
      /holds options for the MMARs beside it\. It is not a list/,
    );
  });
});
