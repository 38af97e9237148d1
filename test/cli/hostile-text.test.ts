import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { CONFIG_FILE } from "../../src/options/file.js";
import { zipOf } from "../files/archives.js";
import { cli } from "../support/cli.js";
import { mmarMaker, scratch, type TestMmar } from "../support/mmars.js";

const make = mmarMaker();

/** What no output may hold as it is: it colours, breaks lines, turns text around, or hides. */
const HOSTILE = [
  "\u001b[31m",
  "\u009b31m",
  "\u007f",
  "\u202e",
  "\u2066",
  "\u200f",
  "\u2028",
  "\u200b",
  "\u{e0041}",
];
const EVIL = `x${HOSTILE.join("")}y`;
/** The same where a file can't hold all of it as it is. */
const ESCAPED = JSON.stringify(`${EVIL}\ud800`);

/** What stands in an output that steers whoever reads it; line breaks and tabs are its own. */
const STEERS =
  /(?![\n\t])\p{Cc}|[\p{Cs}\u2028\u2029\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069]|\u{e0041}/u;

/** Where a hostile text may stand in an MMAR. */
const PLACES: Readonly<Record<string, (mmar: TestMmar) => unknown>> = {
  "a file's name": (mmar) => mmar.write(`docs/${EVIL}.txt`, ""),
  "a folder's name": (mmar) => mmar.write(`docs/${EVIL}/a.txt`, ""),
  "the name of a file that is left out": (mmar) => mmar.write(`logs/${EVIL}.log`, "x"),
  "the name of weights": (mmar) => mmar.write(`models/${EVIL}.pt`, "x"),
  "a key of environment.json": (mmar) => edited(mmar, "environment", `{${ESCAPED}:1,${ESCAPED}:1,`),
  "a value of environment.json": (mmar) =>
    edited(
      mmar,
      "environment",
      `{"MMAR_CKPT":${ESCAPED},"MMAR_TORCHSCRIPT":${ESCAPED},"DATASET_JSON":${ESCAPED},`,
      true,
    ),
  "a key of the inference config": (mmar) =>
    edited(mmar, "config_inference", `{${ESCAPED}:"{${"A"}}",`),
  "a component's name": (mmar) =>
    mmar.set("config/config_inference.json", ["pre_transforms", 0, "name"], `${EVIL}\ud800`),
  "a component's path": (mmar) =>
    mmar.set("config/config_inference.json", ["pre_transforms", 0], {
      path: `a.${EVIL}`,
      args: {},
    }),
  "a component's argument": (mmar) =>
    mmar.set("config/config_inference.json", ["pre_transforms", 0, "args", "keys"], EVIL),
  "a raw text of the inference config": (mmar) =>
    mmar.write(
      "config/config_inference.json",
      mmar.read("config/config_inference.json").replace("{", '{"note": "a\u009b\u202e\u2028b",'),
    ),
  "a script": (mmar) => mmar.write("commands/set_env.sh", `export A=${EVIL}\n`),
  "a script that starts inference": (mmar) =>
    mmar.write("commands/infer.sh", `python3 -m medl.apps.evaluate --set ${EVIL}=1 a=${EVIL}\n`),
  "the names of labels": (mmar) =>
    mmar.set("config/dataset_0.json", ["labels"], { "0": "background", "1": EVIL }),
  "the readme": (mmar) => mmar.write("docs/Readme.md", `# ${EVIL}\nsegmentation of ${EVIL}\n`),
};

/** A config with something put behind its first bracket, and at its end if it is to win. */
function edited(mmar: TestMmar, name: string, start: string, isLast = false): void {
  const path = `config/${name}.json`;
  const text = mmar.read(path).trim();
  mmar.write(path, isLast ? `${text.slice(0, -1)},${start.slice(1, -1)}}` : start + text.slice(1));
}

const KINDS = ["sarif", "junit", "github", "markdown"] as const;

async function expectSafe(args: readonly string[], env = {}): Promise<string> {
  const folder = scratch();
  const reports = KINDS.flatMap((kind) => ["--report", `${kind}=${join(folder, kind)}`]);
  const outputs: string[] = [];
  for (const more of [[], ["--json"], reports]) {
    const { exitCode, stdout, stderr } = await cli([...args, ...more], { env });
    expect(exitCode).toBeLessThan(3);
    outputs.push(stdout, stderr);
  }
  for (const kind of KINDS) {
    try {
      outputs.push(readFileSync(join(folder, kind), "utf8"));
    } catch {
      // Wrong usage leaves no reports.
    }
  }
  for (const output of outputs)
    expect(STEERS.exec(output)?.[0], output.slice(0, 2000)).toBe(undefined);
  return outputs.join("\n");
}

describe.each(Object.entries(PLACES))("%s", (_, put) => {
  it.each([["inspect"], ["inspect", "--diff"], ["pack", "--dry-run"]])("in %s", async (...args) => {
    const mmar = make();
    put(mmar);
    const [command = "", ...more] = args;
    await expectSafe([command, mmar.path, ...more]);
  });
});

describe("a hostile text elsewhere:", () => {
  it("in a batch", async () => {
    const root = scratch();
    const mmar = make();
    mmar.write(`docs/${EVIL}`, "");
    mkdirSync(join(root, EVIL));
    writeFileSync(join(root, EVIL, "list.yaml"), `models:\n  - ${JSON.stringify(mmar.path)}\n`);
    await expectSafe(["batch", join(root, EVIL, "list.yaml"), "-o", join(root, EVIL, "out")]);
    writeFileSync(join(root, "a.yaml"), `models:\n  - ${ESCAPED}\n${ESCAPED}: 1\n`);
    await expectSafe(["batch", join(root, "a.yaml"), "-o", join(root, "out")]);
  });

  it.each([
    ["a key", `${ESCAPED}: 1\n`],
    ["a value", `device: ${ESCAPED}\n`],
    ["a glob", `exclude: [${ESCAPED}]\n`],
    ["a text that is not YAML", "a: [\u009b\u202e\n b: \u2028\n"],
    ["a number", `out-classes: ${ESCAPED}\n`],
    ["a name of a class", `class-names: [${ESCAPED}]\nout-classes: 2\n`],
    ["an option's value", `env:\n  ${ESCAPED}: ${ESCAPED}\n`],
    ["a channel", `channel: [${ESCAPED}]\n`],
    ["a threshold", `threshold: [${ESCAPED}]\n`],
  ])("%s of a config file", async (_, text) => {
    const mmar = make();
    writeFileSync(join(dirname(mmar.path), CONFIG_FILE), text);
    await expectSafe(["pack", mmar.path, "--dry-run"]);
  });

  it.each([EVIL, `a==1 ${EVIL}`, `-r ${EVIL}`, `a @ https://x/${EVIL}`, `--hash=${EVIL}`])(
    "a line of requirements",
    async (line) => {
      const file = join(scratch(), "requirements.txt");
      writeFileSync(file, `${line}\n`);
      await expectSafe(["pack", make().path, "--dry-run", "--requirements", file]);
      await expectSafe([
        "pack",
        make().path,
        "--dry-run",
        "--requirement",
        line.replace("\u2028", ""),
      ]);
    },
  );

  it("the path of what is not there", async () => {
    await expectSafe(["inspect", join(scratch(), EVIL)]);
    await expectSafe(["verify", join(scratch(), EVIL)]);
    await expectSafe(["pack", make().path, "--out", join(scratch(), EVIL, "x.zip")]);
    await expectSafe(["pack", make().path, "--exclude", EVIL, "--dry-run"]);
    await expectSafe(["pack", make().path, "--out", join(scratch(), `${EVIL}.zip`)]);
  });

  const deploy = `import ${"x"}\nraise ValueError("${EVIL.replace("\u2028", "")}")\nclass MDAIModel:\n  def f(self: "${EVIL}"\n`;
  it.each<[string, Record<string, string>]>([
    ["config.yaml", { "model/.mdai/config.yaml": `base_image: ${ESCAPED}\n${ESCAPED}: 1\n` }],
    ["a raw config.yaml", { "model/.mdai/config.yaml": `a: [\u009b\n- \u202e` }],
    ["requirements.txt", { "model/.mdai/requirements.txt": `${EVIL}\na==${EVIL}\n` }],
    ["the deploy code", { "model/.mdai/mdai_deploy.py": deploy }],
    ["a name of the deploy code", { [`model/.mdai/${EVIL}.py`]: "import os\n" }],
    ["a file's name", { [`model/workspace/${EVIL}/config/environment.json`]: "{" }],
    [
      "config_mdai.json",
      {
        "model/workspace/config_mdai.json": `{"type":${ESCAPED},"schema":${ESCAPED},${ESCAPED}:1,"root_folder":${ESCAPED}}`,
      },
    ],
  ])("%s of a bundle", async (_, files) => {
    const base = {
      "model/.mdai/config.yaml": "base_image: nvidia\n",
      "model/.mdai/requirements.txt": "",
      "model/.mdai/mdai_deploy.py": "class MDAIModel:\n  def predict(self, data): return []\n",
      ...files,
    };
    const file = join(scratch(), "b.zip");
    writeFileSync(file, zipOf(Object.entries(base).map(([name, data]) => ({ name, data }))));
    await expectSafe(["verify", file]);
  });
});
