import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { program } from "../../src/cli.js";
import { explain, UsageError } from "../../src/errors.js";
import { type BatchOptions, batch, inspect, type PackOptions, pack } from "../../src/index.js";
import { fileKey, flag, namingOf, onCommandLine, option } from "../../src/options/names.js";
import {
  packOptionIssues,
  packSchema,
  parsePackOptions,
  parseRunOptions,
} from "../../src/options/schema.js";
import * as words from "../../src/options/words.js";

/** What the library says of options that a caller without types gives. */
function refusalOf(options: unknown): string {
  try {
    parsePackOptions(options);
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
  return "";
}

describe("the library", () => {
  it.each<[unknown, string]>([
    [{ out_classes: 3 }, "out_classes: unknown option. Did you mean `outClasses`?"],
    [{ "out-classes": 3 }, "out-classes: unknown option. Did you mean `outClasses`?"],
    [{ outClases: 3 }, "outClases: unknown option. Did you mean `outClasses`?"],
    [{ noCheckpoint: true }, "noCheckpoint: unknown option. Did you mean `checkpoint`?"],
    [{ xyzzy: 1 }, "xyzzy: unknown option."],
    [{ outClasses: "two" }, "`outClasses`: must be a whole number."],
    [{ outClasses: 1.5 }, "`outClasses`: must be a whole number."],
    [{ outClasses: [] }, "`outClasses`: must be a number or text."],
    [{ threshold: 50 }, '`threshold`: "50" must be a number from 0 to 1, as in 0.3 or NAME=0.3.'],
    [
      { threshold: [0.1, "x=2"] },
      '`threshold`: "x=2" must be a number from 0 to 1, as in 0.3 or NAME=0.3.',
    ],
    [{ threshold: {} }, "`threshold`: must be a number, text or a list."],
    [{ include: "x" }, "`include`: must be a list."],
    [{ include: ["x", ""] }, "`include` item 2: must not be empty."],
    [{ device: "tpu" }, "`device`: must be one of gpu, cpu."],
    [{ strict: 1 }, "`strict`: must be true or false."],
    [{ env: { A: 1 } }, "`env` A: must be text."],
    [{ env: [] }, "`env`: must be a mapping of names to values."],
    [{ task: "" }, "`task`: must not be empty."],
    [[], "The options: must be a mapping of names to values."],
  ])("answers %j in its own words", (options, message) => {
    expect(refusalOf(options)).toBe(message);
  });

  it("never lets a sentence of zod's through", () => {
    const value = fc.oneof(
      fc.anything(),
      fc.array(fc.anything()),
      fc.dictionary(fc.string(), fc.anything()),
    );
    const names = Object.keys(packSchema.shape);
    fc.assert(
      fc.property(fc.constantFrom(...names), value, (name, given) => {
        for (const { problem } of packOptionIssues({ [name]: given })) {
          expect(problem).not.toMatch(/Invalid|expected|received|[Tt]oo (big|small)|Unrecognized/);
          expect(problem.length).toBeGreaterThan(5);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it("asks for what has to be given, and knows the batch's own options", async () => {
    await expect(batch(["x"], {} as BatchOptions)).rejects.toThrow("`out`: is missing.");
    const wrong = { out: "x", shards: "1/2" } as unknown as BatchOptions;
    await expect(batch(["x"], wrong)).rejects.toThrow("Did you mean `shard`?");
  });

  it("names its options by their keys wherever a text speaks of one", async () => {
    const options: PackOptions = { outClasses: 3, classNames: ["a", "b"], device: "cpu" };
    const { model, overrides, derivedConfig } = await inspect("fixtures/spleen_ct", options);
    expect(model?.outClasses).toEqual({ value: 3, from: "`outClasses`" });
    expect(overrides.map((override) => override.option)).toEqual(["outClasses", "classNames"]);
    expect(derivedConfig?.changes.map(({ why }) => why).join()).not.toContain("--");
    await expect(pack("fixtures/spleen_ct", { out: "nothing/x.zip" })).rejects.toThrow(
      "`out`: the folder nothing does not exist.",
    );
  });
});

describe("the command line", () => {
  it("has the long name of each option, and says texts of the library with it", () => {
    expect([flag("outClasses"), flag("checkpoint"), flag("out")]).toEqual([
      "--out-classes",
      "--no-checkpoint",
      "--out",
    ]);
    const text = `${option("outClasses")}: must be less than \`x\` of ${option("swBatchSize")}.`;
    expect(onCommandLine(text)).toBe("--out-classes: must be less than `x` of --sw-batch-size.");
    expect(onCommandLine(option("env"), namingOf("a.yaml", ["env"]))).toBe("env in a.yaml");
    expect(option("task", "segmentation")).toBe('`task: "segmentation"`');
    expect(onCommandLine(option("task", "segmentation"))).toBe("--task segmentation");
    expect(onCommandLine(option("channel", 'T1="a|b"'))).toBe('--channel "T1=\\"a|b\\""');
    expect(onCommandLine(option("checkpoint", false))).toBe("--no-checkpoint");
    expect(explain(new UsageError(text))).toEqual({ kind: "usage", message: text });
    expect(fileKey("outClasses")).toBe("out-classes");
  });

  it("has an option for each key of pack, by its name", () => {
    const commands = new Map(program(() => {}).commands.map((c) => [c.name(), c]));
    const flags = commands.get("pack")?.options.map((o) => o.attributeName()) ?? [];
    expect(flags).toEqual(expect.arrayContaining(Object.keys(packSchema.shape)));
    for (const each of commands.get("pack")?.options ?? []) {
      expect(each.long).toBe(flag(each.attributeName() as Parameters<typeof flag>[0]));
    }
  });

  it("offers the choices of words.ts, which are those of the checks", () => {
    const { ARCHIVE_FORMATS, COMPRESSIONS, DEVICES, IMAGE_FORMS, LUNG_MASKS, SCORES, WINDOWS } =
      words;
    const { FIRST_FRAMES, RUNTIME_NAMES } = words;
    const expected = {
      scores: SCORES,
      imageForm: IMAGE_FORMS,
      window: WINDOWS,
      lungMask: LUNG_MASKS,
      firstFrame: FIRST_FRAMES,
      runtime: RUNTIME_NAMES,
      device: DEVICES,
      format: ARCHIVE_FORMATS,
      compress: COMPRESSIONS,
    };
    const scopes = words.SCOPES.map((scope) => scope.toLowerCase());
    for (const command of program(() => {}).commands) {
      for (const each of command.options) {
        const wanted = expected[each.attributeName() as keyof typeof expected];
        if (wanted !== undefined) expect(each.argChoices).toEqual(wanted);
        else if (each.attributeName() === "scope") expect(each.argChoices).toEqual(scopes);
        else if (each.argChoices) expect(each.argChoices).toEqual(words.REPORT_KINDS);
      }
    }
    expect(() => parseRunOptions({ scope: "none" })).toThrow(
      "`scope`: must be one of instance, series, study.",
    );
    for (const [name, choices] of Object.entries(expected)) {
      expect(refusalOf({ [name]: "none of these" })).toBe(
        `\`${name}\`: must be ${choices.length === 1 ? choices[0] : `one of ${choices.join(", ")}`}.`,
      );
      for (const choice of choices) expect(refusalOf({ [name]: choice })).toBe("");
    }
  });

  it("groups the options of pack in its help, and points to the command's own help", async () => {
    const root = program(() => {});
    const pack = root.commands.find((c) => c.name() === "pack");
    const headings = pack?.helpInformation().match(/^\w[\w ]*:$/gm);
    expect(headings).toEqual(
      expect.arrayContaining([
        ...["Output:", "Model:", "Classification:", "Bundle:", "Requirements:", "Reports:"],
      ]),
    );
    let said = "";
    for (const command of [root, ...root.commands]) {
      command.configureOutput({
        writeErr: (text) => {
          said += text;
        },
      });
    }
    await expect(root.parseAsync(["pack", "x", "--bad"], { from: "user" })).rejects.toThrow();
    expect(said).toContain("mmar2mdai pack --help");
  });
});
