import { execFileSync } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  type CodeOf,
  type FindingCode,
  findingTable,
  type VerifyCode,
} from "../../src/findings/table.js";
import { type Finding, type PackHooks, type PackOptions, pack } from "../../src/index.js";
import { placeText } from "../../src/report/text.js";
import { MOST } from "../../src/text/limits.js";
import { zipOf } from "../files/archives.js";
import { covid, xray } from "../support/classifiers.js";
import { cliProcess } from "../support/cli.js";
import { type FixtureName, mmarMaker, scratch, type TestMmar } from "../support/mmars.js";
import { EVIL, op, pickleOf } from "../support/pickles.js";
import { torchScript } from "../support/torch-scripts.js";
import { expectData, hintOf, messageOf, wordsOf } from "../support/words.js";
import { type BundleCode, bundleCases } from "./monai-bundle-cases.js";

/** Gives the MMAR under another name. */
const renamed = (name: string) => (mmar: TestMmar) => {
  const path = join(mmar.path, "..", name);
  symlinkSync(mmar.path, path);
  return path;
};

/** An MMAR, or options, that a finding has to come of. */
interface Case {
  readonly of?: FixtureName;
  /** What is broken in a copy of the fixture. */
  readonly broken?: (mmar: TestMmar) => unknown;
  readonly options?: PackOptions;
  readonly hooks?: (mmar: TestMmar) => PackHooks;
  /** Path to give in the place of the MMAR's own. */
  readonly give?: (mmar: TestMmar) => string;
  /** The place, as it is shown; none if absent. */
  readonly at?: string;
  /** What the message and hint have to speak of. */
  readonly says?: RegExp;
  /** The codes of the other findings. */
  readonly also?: readonly FindingCode[];
}

/** A script that starts inference with `--set`. */
const inferWith = (set: string): string =>
  `python3 -u -m medl.apps.evaluate -m $MMAR_ROOT --set ${set}\n`;

const ENV = "config/environment.json";
const SET_ENV = "commands/set_env.sh";
const INFERENCE = "config/config_inference.json";
const TS = "models/model.ts";
const ON_MONAI = { runtime: "monai" } as const;
const LOADER = { name: "CheckpointLoader", args: { load_path: "{MMAR_CKPT}" } };
const CONV = (args: Record<string, number>) => ({ name: "UNet", args });

const link = (target: string, at: string) => (mmar: TestMmar) => {
  mkdirSync(join(mmar.file(at), ".."), { recursive: true });
  symlinkSync(target, mmar.file(at));
};

/** Takes away all that tells the number of classes, but for what the case puts back. */
const withoutCounts = (mmar: TestMmar): TestMmar =>
  mmar
    .env("OUTPUT_CHANNELS", undefined)
    .remove("config/config_train.json")
    .remove("config/config_aiaa.json")
    .set("config/dataset_0.json", ["labels"], undefined);

/** The inference config without the references between its sections, as in Clara 4.0. */
const unwired = (mmar: TestMmar): TestMmar =>
  mmar
    .config(["evaluator"], { name: "SupervisedEvaluator" })
    .config(["dataset", "args"], undefined)
    .config(["dataloader", "args", "dataset"], undefined);

const AIAA = "config/config_aiaa.json";

/** Lets the model take extreme points, as MONAI's AddExtremePointsChanneld does. */
const pointed = (mmar: TestMmar): TestMmar =>
  mmar
    .config(["pre_transforms", 0, "args", "keys"], ["image", "label"])
    .config(["pre_transforms", 1], {
      name: "AddExtremePointsChanneld",
      args: { keys: "image", label_key: "label" },
    });

/** Gives the model a config of AIAA's that takes clicks. */
const deepgrow = (mmar: TestMmar): TestMmar =>
  mmar.set(AIAA, [], {
    type: "deepgrow",
    labels: [],
    pre_transforms: [
      { name: "monai.transforms.LoadImaged", args: { keys: "image" } },
      { name: "monai.transforms.AsChannelFirstd", args: { keys: "image" } },
      {
        name: "monai.apps.deepgrow.transforms.AddGuidanceFromPointsd",
        args: { ref_image: "image", dimensions: 3 },
      },
      { name: "monai.transforms.AddChanneld", args: { keys: "image" } },
      {
        name: "monai.apps.deepgrow.transforms.SpatialCropGuidanced",
        args: { keys: "image", guidance: "guidance", spatial_size: [64, 64] },
      },
      {
        name: "monai.apps.deepgrow.transforms.AddGuidanceSignald",
        args: { image: "image", guidance: "guidance" },
      },
    ],
    inference: { input: "image", output: "pred" },
    post_transforms: [
      { name: "monai.transforms.Activationsd", args: { keys: "pred", sigmoid: true } },
      { name: "monai.transforms.AsDiscreted", args: { keys: "pred", threshold: 0.5 } },
      {
        name: "monai.apps.deepgrow.transforms.RestoreLabeld",
        args: { keys: "pred", ref_image: "image" },
      },
      { name: "monai.transforms.AsChannelLastd", args: { keys: "pred" } },
    ],
    writer: { name: "aiaa.transforms.Writer", args: { image: "pred" } },
  });

const isRoot = process.getuid?.() === 0;

/**
 * Codes that have their cases elsewhere: those of archives with the archives' readers, those that
 * only verify gives in test/verify/ and, of manifests, in test/pack/; those of MONAI bundles beside
 * this file.
 */
type ElsewhereCode = CodeOf<"archive"> | VerifyCode | BundleCode;

/** Every other code of the table, with MMARs that have to give it: none goes without a case. */
const cases: {
  readonly [C in Exclude<FindingCode, ElsewhereCode>]: Case | readonly Case[];
} = {
  "mmar-not-found": [
    { give: (mmar) => mmar.file("nothing"), says: /nothing does not exist/ },
    { give: (mmar) => mmar.file(`${ENV}/x`) },
  ],
  "mmar-not-a-folder": { give: (mmar) => mmar.file(ENV), says: /Unpack the archive/ },
  "not-an-mmar": [
    { give: (mmar) => mmar.file("docs"), says: /holds config\// },
    { give: (mmar) => join(mmar.path, ".."), says: /Give the MMAR in it: .*spleen_ct/ },
  ],
  "already-a-bundle": [
    {
      broken: (mmar) =>
        mmar.write("b/model/.mdai/config.yaml", "").copy(ENV, `b/model/workspace/x/${ENV}`),
      give: (mmar) => mmar.file("b"),
      says: /b\/model\/workspace\/x/,
    },
    { broken: (mmar) => mmar.write(".mdai/config.yaml", ""), says: /made from/ },
  ],
  "several-mmars": {
    broken: (mmar) =>
      mmar.write(`a/${ENV}`, "{}").write(`b/${ENV}`, "{}").remove("config").remove("commands"),
    says: /a, .*b\. .*batch/s,
  },
  "mmar-part": [
    { give: (mmar) => mmar.file("config"), says: /the folder above\. Give .*spleen_ct$/ },
    { give: (mmar) => mmar.file("commands"), says: /the folder above/ },
  ],
  "archive-inside": {
    broken: (mmar) => mmar.write("in/m.zip", zipOf([{ name: ENV, data: "{}" }])),
    give: (mmar) => mmar.file("in"),
    says: /Give the archive: .*in\/m\.zip/,
  },
  "monai-bundle": {
    broken: (mmar) => mmar.write("b/c/configs/metadata.json", "{}").write("b/c/configs/a.yaml", ""),
    give: (mmar) => mmar.file("b"),
    says: /holds c, which is a MONAI bundle.*Give .*b\/c/s,
  },
  "nnunet-model": {
    broken: (mmar) => mmar.write("n/plans.json", "{}").write("n/fold_0/checkpoint_best.pth", ""),
    give: (mmar) => mmar.file("n"),
  },
  "lone-weights": [
    { give: (mmar) => mmar.file("models/model.pt"), says: /checkpoint.*Give that: .*spleen_ct$/s },
    { give: (mmar) => mmar.file("models/model.ts"), says: /TorchScript/ },
  ],
  "image-given": {
    broken: (mmar) =>
      mmar.write("ct/1", Buffer.concat([Buffer.alloc(128), Buffer.from("DICM and more")])),
    give: (mmar) => mmar.file("ct"),
  },
  "download-failed": {
    broken: (mmar) => mmar.write("x.zip", "<html></html>"),
    give: (mmar) => mmar.file("x.zip"),
    says: /API key/,
  },
  "archive-other-format": {
    broken: (mmar) => mmar.write("x.rar", "Rar!\x1a\x07\0"),
    give: (mmar) => mmar.file("x.rar"),
    says: /RAR/,
  },
  "generation-tensorflow": {
    broken: (mmar) =>
      mmar.remove(INFERENCE).env("MMAR_TORCHSCRIPT", undefined).write("models/model.trt.pb", "x"),
    says: /models\/model\.trt\.pb.*clara_pt_/s,
  },
  "generation-4-0": {
    broken: unwired,
    says: /evaluator .* is not wired.*only Clara 4\.1.*--diff/s,
  },
  "upgrade-lambda": {
    broken: (mmar) =>
      unwired(mmar).config(["handlers", 1], {
        name: "SegmentationSaver",
        args: { output_transform: "lambda x: smooth(x['pred'])" },
      }),
    at: `${INFERENCE}:115:9 (handlers[1].args.output_transform)`,
    says: /lambda x: smooth\(x\['pred'\]\)/,
    also: ["generation-4-0"],
  },
  "upgrade-untranslatable": {
    broken: (mmar) => unwired(mmar).config(["evaluator"], { name: "EnsembleEvaluator" }),
    at: `${INFERENCE}:151:3 (evaluator)`,
    says: /EnsembleEvaluator can't be rewritten/,
    also: ["generation-4-0"],
  },
  "generation-unknown": {
    broken: (mmar) =>
      mmar
        .env("CLARA_TRAIN_VERSION", undefined)
        .config(["dataset", "args"], undefined)
        .config(["dataloader", "args", "dataset"], undefined)
        .config(["evaluator", "args"], { network: "model" }),
  },

  "json-encoding": [
    { broken: (mmar) => mmar.write(INFERENCE, Buffer.from([0x7b, 0xff, 0x7d])), at: INFERENCE },
    {
      broken: (mmar) => mmar.write(ENV, Buffer.from(`\uFEFF${mmar.read(ENV)}`, "utf16le")),
      at: ENV,
      says: /UTF-8/,
    },
  ],
  "json-bom": { broken: (mmar) => mmar.write(ENV, `\uFEFF${mmar.read(ENV)}`), at: `${ENV}:1:1` },
  "json-comment": [
    { broken: (mmar) => mmar.edit(ENV, "{\n", "{\n  // mine\n"), at: `${ENV}:2:3` },
    { broken: (mmar) => mmar.edit(INFERENCE, "{\n", "{ /* mine */\n"), at: `${INFERENCE}:1:3` },
  ],
  "json-trailing-comma": [
    { broken: (mmar) => mmar.edit(ENV, /2\n\}/, "2,\n}"), at: `${ENV}:14:23` },
    {
      broken: (mmar) => mmar.edit(INFERENCE, "1.5,\n          2.0\n", "1.5, 2.0 ,\n"),
      at: `${INFERENCE}:41:20`,
    },
  ],
  "json-duplicate-key": {
    broken: (mmar) => mmar.edit(ENV, "{\n", '{\n  "MMAR_CKPT": "x",\n'),
    at: `${ENV}:12:3`,
    says: /"MMAR_CKPT" is already set in line 2/,
  },
  "json-syntax": [
    { broken: (mmar) => mmar.edit(ENV, '"DATA_ROOT":', '"DATA_ROOT"'), at: `${ENV}:4:15` },
    { broken: (mmar) => mmar.write(ENV, ""), at: `${ENV}:1:1` },
  ],
  "json-not-an-object": [
    { broken: (mmar) => mmar.write(ENV, '\n  ["MMAR_CKPT"]'), at: `${ENV}:2:3`, says: /a list/ },
    { broken: (mmar) => mmar.write(INFERENCE, "null"), at: `${INFERENCE}:1:1`, says: /holds null/ },
  ],
  "json-too-large": {
    broken: (mmar) => truncateSync(mmar.file(INFERENCE), 9_000_000),
    at: INFERENCE,
    says: /9.0 MB.*3.1 MB/,
  },
  "aside-unreadable": [
    {
      broken: (mmar) => mmar.write("config/config_aiaa.json", "{,}"),
      at: "config/config_aiaa.json:1:2",
    },
    {
      broken: (mmar) => mmar.write("config/config_train.json", "[1]"),
      at: "config/config_train.json:1:1",
    },
  ],

  "environment-missing": { broken: (mmar) => mmar.remove(ENV), at: ENV },
  "environment-key-missing": [
    {
      broken: (mmar) =>
        mmar
          .env("MMAR_CKPT", undefined)
          .remove("models/model.pt")
          .config(["model"], { ckpt_path: "{MMAR_CKPT}" }),
      at: `${ENV} (MMAR_CKPT)`,
      says: /"models\/model\.pt"/,
    },
    {
      broken: (mmar) => mmar.env("MMAR_TORCHSCRIPT", undefined).remove("models/model.ts"),
      at: `${ENV} (MMAR_TORCHSCRIPT)`,
      says: /"models\/model\.ts"/,
    },
  ],
  "environment-key-type": [
    {
      broken: (mmar) => mmar.env("OUTPUT_CHANNELS", "2"),
      at: `${ENV}:14:3 (OUTPUT_CHANNELS)`,
      says: /is "2".*integer/,
    },
    { broken: (mmar) => mmar.env("OUTPUT_CHANNELS", 0), at: `${ENV}:14:3 (OUTPUT_CHANNELS)` },
    {
      broken: (mmar) => mmar.env("OUTPUT_CHANNELS", 4294967296),
      at: `${ENV}:14:3 (OUTPUT_CHANNELS)`,
    },
    { broken: (mmar) => mmar.env("INPUT_CHANNELS", 1e12), at: `${ENV}:13:3 (INPUT_CHANNELS)` },
    { broken: (mmar) => mmar.env("INPUT_CHANNELS", 1.5), at: `${ENV}:13:3 (INPUT_CHANNELS)` },
    { broken: (mmar) => mmar.env("MMAR_CKPT", 5), at: `${ENV}:11:3 (MMAR_CKPT)` },
    { broken: (mmar) => mmar.env("MMAR_CKPT", ""), at: `${ENV}:11:3 (MMAR_CKPT)` },
  ],
  "path-leaves-mmar": [
    {
      broken: (mmar) => mmar.env("MMAR_CKPT", "/models/model.pt"),
      at: `${ENV}:11:3 (MMAR_CKPT)`,
      says: /an absolute path/,
    },
    {
      broken: (mmar) => mmar.env("MMAR_CKPT", "models/../../model.pt"),
      at: `${ENV}:11:3 (MMAR_CKPT)`,
      says: /a path out of it/,
    },
    {
      broken: (mmar) => mmar.env("MMAR_TORCHSCRIPT", "C:/model.ts"),
      at: `${ENV}:12:3 (MMAR_TORCHSCRIPT)`,
    },
    {
      broken: (mmar) => mmar.env("MMAR_TORCHSCRIPT", "models\\model.ts"),
      at: `${ENV}:12:3 (MMAR_TORCHSCRIPT)`,
      says: /backslash/,
    },
    { broken: (mmar) => mmar.env("MMAR_CKPT_DIR", ".."), at: `${ENV}:10:3 (MMAR_CKPT_DIR)` },
  ],
  "path-outside-ignored": [
    {
      broken: (mmar) => mmar.env("DATASET_JSON", "/data/list.json"),
      at: `${ENV}:5:3 (DATASET_JSON)`,
    },
    {
      broken: (mmar) => mmar.env("MMAR_EVAL_OUTPUT_PATH", "../eval"),
      at: `${ENV}:9:3 (MMAR_EVAL_OUTPUT_PATH)`,
    },
  ],

  "weights-missing": [
    {
      broken: (mmar) => mmar.remove("models/model.pt"),
      at: `${ENV}:11:3 (MMAR_CKPT)`,
      says: /commands\/train\.sh.*`checkpoint: false`/,
    },
    {
      broken: (mmar) => mmar.remove("models/model.ts"),
      at: `${ENV}:12:3 (MMAR_TORCHSCRIPT)`,
      says: /commands\/export\.sh/,
    },
    { broken: (mmar) => mmar.env("MMAR_CKPT", "models/Model.pt"), at: `${ENV}:11:3 (MMAR_CKPT)` },
  ],
  "weights-not-a-file": [
    { broken: (mmar) => mmar.env("MMAR_CKPT", "models"), at: `${ENV}:11:3 (MMAR_CKPT)` },
    {
      broken: (mmar) => mmar.env("MMAR_TORCHSCRIPT", "models/"),
      at: `${ENV}:12:3 (MMAR_TORCHSCRIPT)`,
    },
    { broken: (mmar) => mmar.env("MMAR_TORCHSCRIPT", "."), at: `${ENV}:12:3 (MMAR_TORCHSCRIPT)` },
  ],
  "weights-empty": { broken: (mmar) => mmar.write("models/model.ts", ""), at: "models/model.ts" },
  "weights-lfs-pointer": {
    broken: (mmar) =>
      mmar.write(
        "models/model.pt",
        "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n",
      ),
    at: "models/model.pt",
    says: /git lfs pull/,
  },
  "weights-html": [
    {
      broken: (mmar) => mmar.write("models/model.pt", "\n<!DOCTYPE html>\n<html>"),
      at: "models/model.pt",
    },
    {
      broken: (mmar) => mmar.write("models/model.ts", "<!-- x -->\n<HTML><body>"),
      at: "models/model.ts",
    },
  ],
  "weights-truncated": [
    { broken: (mmar) => truncateSync(mmar.file("models/model.ts"), 1500), at: "models/model.ts" },
    { broken: (mmar) => truncateSync(mmar.file("models/model.pt"), 10), at: "models/model.pt" },
    {
      broken: (mmar) => mmar.write("models/model.pt", Buffer.from([0x80, 2, 0x7d])),
      at: "models/model.pt",
    },
  ],
  "weights-swapped": [
    {
      broken: (mmar) => mmar.env("MMAR_CKPT", "models/model.ts"),
      at: "models/model.ts",
      says: /is a TorchScript, but should be a checkpoint/,
    },
    {
      broken: (mmar) => mmar.env("MMAR_TORCHSCRIPT", "models/model.pt"),
      at: "models/model.pt",
      says: /is a checkpoint.*export\.sh/s,
    },
  ],
  "weights-unknown": [
    {
      broken: (mmar) => mmar.write("models/model.pt", "Not found"),
      at: "models/model.pt",
      says: /"Not found"/,
    },
    {
      broken: (mmar) => mmar.write("models/model.ts", Buffer.alloc(9, 1)),
      at: "models/model.ts",
      says: /01 01/,
    },
  ],
  "weights-not-used": [
    {
      broken: (mmar) => mmar.config(["model"], { ckpt_path: "{MMAR_CKPT}" }),
      options: { checkpoint: false },
      at: `${INFERENCE}:4:3 (model)`,
      says: /loads models\/model\.pt/,
    },
    {
      broken: (mmar) =>
        mmar.config(["model"], CONV({ out_channels: 2 })).config(["handlers", 0], LOADER),
      options: { checkpoint: false },
      at: `${INFERENCE}:4:3 (model)`,
    },
  ],

  "symlink-outside": [
    { broken: link("/etc/hostname", "docs/a"), at: "docs/a", says: /\/etc\/hostname/ },
    { broken: link("../..", "docs/up"), at: "docs/up" },
  ],
  "symlink-broken": [
    { broken: link("nothing", "docs/a"), at: "docs/a" },
    { broken: link("a", "docs/a"), at: "docs/a", says: /loop/ },
  ],
  "symlink-folder": { broken: link("../config", "docs/c"), at: "docs/c" },
  "symlink-inside": { broken: link("license.txt", "docs/terms"), at: "docs/terms" },
  unreadable: [],
  "special-file": {
    broken: (mmar) => execFileSync("mkfifo", [mmar.file("pipe")]),
    at: "pipe",
    says: /a fifo/,
  },
  "file-changed": {
    hooks: (mmar) => ({
      onProgress: ({ bytesDone }) => {
        if (bytesDone < 30_000) mmar.write("models/model.pt", "shorter");
      },
    }),
    at: "models/model.pt",
  },
  "name-not-archivable": [
    {
      broken: (mmar) => mmar.write("docs/a\nb", ""),
      at: "docs/a\\u000ab",
      says: /control character/,
    },
    { broken: (mmar) => mmar.write("docs/a\\b", ""), at: "docs/a\\b", says: /backslash/ },
    {
      broken: (mmar) => mmar.write("docs/a\u009bb", ""),
      at: "docs/a\\u009bb",
      says: /control character/,
    },
    {
      broken: (mmar) => mmar.write("docs/a\u202eb", ""),
      at: "docs/a\\u202eb",
      says: /turns the direction of text/,
    },
    {
      broken: (mmar) => mmar.write("docs/a\u2028b", ""),
      at: "docs/a\\u2028b",
      says: /breaks lines/,
    },
    {
      broken: (mmar) => mmar.write("docs/a\u200bb", ""),
      at: "docs/a\\u200bb",
      says: /can't be seen/,
    },
    {
      broken: (mmar) => mmar.write("docs/a\u200db", ""),
      at: "docs/a\\u200db",
      says: /can't be seen/,
    },
    {
      broken: (mmar) => mmar.write("docs/\ufffd", ""),
      at: "docs/\ufffd",
      says: /could not be read/,
    },
    {
      broken: (mmar) => mmar.write(`${"d/".repeat(95)}a`, ""),
      at: `${"d/".repeat(95)}a`,
      says: /more than 90 folders deep/,
    },
    {
      broken: (mmar) =>
        writeFileSync(Buffer.concat([Buffer.from(`${mmar.path}/`), Buffer.of(0xe9)]), ""),
      at: "\uFFFD",
      says: /not UTF-8/,
    },
  ],
  "folder-too-large": [
    {
      broken: (mmar) => {
        mkdirSync(mmar.file("many"));
        for (let i = 0; i < MOST.entries; i++) writeFileSync(mmar.file(`many/${i}`), "");
      },
      says: /holds more than 3000 files and folders/,
    },
  ],
  "bundle-too-large": [
    {
      broken: (mmar) => truncateSync(mmar.write("docs/huge", "").file("docs/huge"), 2 ** 34),
      says: /hold 17 GB; at most 17 GB are packed/,
    },
  ],
  "name-case-clash": [
    {
      broken: (mmar) => mmar.write("docs/README.md", "x").write("docs/Readme.md", "y"),
      at: "docs/Readme.md",
      says: /docs\/README\.md/,
    },
    {
      broken: (mmar) => mmar.write("docs/\u00e9", "x").write("docs/E\u0301", "y"),
      at: "docs/\u00e9",
    },
  ],
  "script-not-for-bash": [
    {
      broken: (mmar) => mmar.write(SET_ENV, mmar.read(SET_ENV).replaceAll("\n", "\r\n")),
      at: SET_ENV,
      says: /Windows line ends \(CRLF\), which.*copy without/s,
    },
    {
      broken: (mmar) => mmar.write(SET_ENV, `\uFEFF${mmar.read(SET_ENV)}`),
      at: SET_ENV,
      says: /a byte order mark/,
    },
    {
      broken: (mmar) =>
        mmar
          .edit(
            SET_ENV,
            "export MMAR_ROOT\n",
            'export MMAR_ROOT\n. "$MMAR_ROOT/commands/more.sh"\n',
          )
          .write("commands/more.sh", "\uFEFFexport A=1\r\n"),
      at: "commands/more.sh",
      says: /\(CRLF\) and a byte order mark/,
    },
  ],
  "needed-file-excluded": [
    { options: { exclude: ["**/*.ts"] }, at: "models/model.ts", says: /TorchScript/ },
    { options: { exclude: ["./commands/"] }, at: "commands/set_env.sh" },
    {
      broken: (mmar) =>
        mmar.config(["pre_transforms", 6, "path"], "smooth.Smooth").write("custom/smooth.py", ""),
      options: { exclude: ["custom"] },
      at: "custom/smooth.py",
      also: ["custom-component"],
    },
  ],

  "inference-config-missing": {
    broken: (mmar) => mmar.remove(INFERENCE).remove("config/config_validation.json"),
    at: INFERENCE,
  },
  "inference-config-made": [
    {
      broken: (mmar) => mmar.remove(INFERENCE),
      at: "config/config_validation.json",
      says: /made from config\/config_validation\.json/,
    },
    {
      broken: (mmar) =>
        mmar
          .copy("config/config_validation.json", "config/config_validation_ckpt.json")
          .remove(INFERENCE)
          .remove("config/config_validation.json"),
      at: "config/config_validation_ckpt.json",
    },
  ],
  "inference-config-broken": [
    {
      broken: (mmar) => mmar.config(["inferer"], undefined),
      at: `${INFERENCE} (inferer)`,
      says: /has no "inferer"/,
    },
    {
      broken: (mmar) => mmar.config(["model"], [{ ts_path: "{MMAR_TORCHSCRIPT}", disabled: true }]),
      at: `${INFERENCE}:4:3 (model)`,
    },
    {
      broken: (mmar) => mmar.config(["inferer", "args"], 0),
      at: `${INFERENCE}:98:5 (inferer.args)`,
      says: /other than an object at inferer\.args/,
    },
    {
      broken: (mmar) => mmar.config(["handlers"], {}),
      at: `${INFERENCE}:108:3 (handlers)`,
      says: /other than a list at handlers/,
    },
  ],
  "variable-unknown": [
    {
      broken: (mmar) => mmar.config(["inferer", "args", "overlap"], "{OVERLAP}"),
      at: `${INFERENCE}:96:3 (inferer)`,
      says: /\{OVERLAP\}.*"OVERLAP"/s,
    },
  ],
  "variable-not-replaced": [
    {
      broken: (mmar) => mmar.config(["name"], "{name}"),
      at: `${INFERENCE}:167:3 (name)`,
      says: /\{name\} names variables that name each other in a ring/,
    },
    {
      broken: (mmar) => mmar.config(["long"], "x".repeat(40_000)).config(["name"], "{long}{long}"),
      at: `${INFERENCE}:168:3 (name)`,
      says: /\{long\} is set, but was not replaced: .*65,536 characters/,
    },
  ],
  "custom-component-missing": {
    broken: (mmar) => mmar.config(["pre_transforms", 6, "path"], "my.transforms.Smooth"),
    at: `${INFERENCE}:76:7 (pre_transforms[6].path)`,
    says: /custom\/my\/transforms\.py/,
  },
  "custom-component": {
    broken: (mmar) =>
      mmar
        .config(["pre_transforms", 6, "path"], "my.transforms.Smooth")
        .write("custom/my/transforms/__init__.py", ""),
    at: `${INFERENCE}:76:7 (pre_transforms[6].path)`,
    says: /custom\/my\/transforms\/__init__\.py/,
  },
  "no-saver": [
    {
      broken: (mmar) => mmar.config(["post_transforms", 3], undefined),
      at: `${INFERENCE}:117:3 (post_transforms)`,
    },
    {
      broken: (mmar) =>
        mmar.config(["off"], true).config(["post_transforms", 3, "disabled"], "{off}"),
      at: `${INFERENCE}:117:3 (post_transforms)`,
    },
  ],
  "saver-form": {
    broken: (mmar) => mmar.config(["post_transforms", 3, "args", "output_ext"], ".png"),
    at: `${INFERENCE}:152:9 (post_transforms[3].args.output_ext)`,
    says: /\.png/,
  },
  "script-disagrees": [
    {
      broken: (mmar) => mmar.write("commands/infer.sh", inferWith("MMAR_TORCHSCRIPT=models/b.ts")),
      at: `${ENV}:12:3 (MMAR_TORCHSCRIPT)`,
      says: /models\/model\.ts, and .* passes models\/b\.ts; models\/model\.ts is taken/,
    },
    {
      broken: (mmar) =>
        mmar
          .copy("models/model.ts", "models/b.ts")
          .write("commands/infer.sh", inferWith("MMAR_TORCHSCRIPT=models/b.ts")),
      at: `${ENV}:12:3 (MMAR_TORCHSCRIPT)`,
      says: /models\/b\.ts is taken/,
    },
    {
      broken: (mmar) => mmar.write("commands/infer.sh", inferWith("amp=False")),
      at: "commands/infer.sh",
      says: /amp is true, and .* passes False; False is taken/,
    },
  ],
  "environment-weights-assumed": [
    {
      broken: (mmar) => mmar.env("MMAR_CKPT", undefined),
      at: ENV,
      says: /models\/model\.pt is taken for MMAR_CKPT/,
    },
    {
      broken: (mmar) =>
        mmar.copy("models/model.ts", "models/unet/model.ts").remove("models/model.ts").write(
          "commands/export.sh",
          // biome-ignore lint/suspicious/noTemplateCurlyInString: the shell writes its variables so.
          'python3 -m medl.apps.export --output_path "${MMAR_ROOT}/models/unet/model.ts"\n',
        ),
      at: `${ENV}:12:3 (MMAR_TORCHSCRIPT)`,
      says: /models\/unet\/model\.ts is taken.*export\.sh writes it there/,
    },
  ],
  "config-passed-over": {
    broken: (mmar) =>
      mmar
        .copy("config/config_validation.json", "config/config_validation_ckpt.json")
        .remove("config/config_inference.json")
        .write("config/config_validation.json", "{}"),
    at: "config/config_validation.json",
    also: ["inference-config-made"],
    says: /config_validation_ckpt\.json is used instead/,
  },
  "whole-slide": [
    {
      broken: (mmar) => mmar.config(["dataset", "name"], "MaskedInferenceWSIDataset"),
      at: `${INFERENCE}:78:3 (dataset)`,
      says: /MaskedInferenceWSIDataset/,
    },
    {
      broken: (mmar) => mmar.config(["dataset", "args", "image_reader_name"], "cuCIM"),
      at: `${INFERENCE}:78:3 (dataset)`,
    },
    {
      broken: (mmar) => mmar.config(["handlers", 0, "name"], "ProbMapProducer"),
      at: `${INFERENCE}:109:5 (handlers[0])`,
    },
  ],
  "not-inverted": {
    broken: (mmar) =>
      mmar
        .config(["post_transforms", 1], undefined)
        .config(["pre_transforms", 5, "name"], "RandSpatialCropd"),
    at: `${INFERENCE}:60:5 (pre_transforms[5])`,
    says: /RandSpatialCropd.*Invertd/,
  },
  "inversion-added": {
    broken: (mmar) => mmar.config(["post_transforms", 1], undefined),
    at: `${INFERENCE}:60:5 (pre_transforms[5])`,
    says: /CropForegroundd/,
  },
  "output-form-unclear": {
    broken: (mmar) => mmar.config(["post_transforms", 2, "name"], "Lambdad"),
    at: `${INFERENCE}:137:5 (post_transforms[2])`,
    says: /Lambdad.*one_hot/,
  },
  "image-key-unclear": [
    {
      broken: (mmar) => mmar.config(["pre_transforms", 0], undefined),
      at: `${INFERENCE}:7:3 (pre_transforms)`,
    },
    {
      broken: (mmar) => mmar.config(["pre_transforms", 0, "args", "keys"], ""),
      at: `${INFERENCE}:7:3 (pre_transforms)`,
    },
  ],
  "needs-more-than-image": {
    broken: (mmar) => mmar.config(["pre_transforms", 0, "args", "keys"], ["image", "label"]),
    at: `${INFERENCE}:8:5 (pre_transforms[0])`,
    says: /load label besides/,
  },
  "needs-interaction": {
    broken: (mmar) =>
      mmar.config(["pre_transforms", 1], {
        name: "AddGuidanceSignald",
        args: { image: "image", guidance: "guidance" },
      }),
    at: `${INFERENCE}:16:5 (pre_transforms[1])`,
    says: /AddGuidanceSignald needs clicks/,
  },
  "clicks-unknown": [
    {
      options: { task: "annotation" },
      says: /task is annotation \(`task`\).*config_aiaa\.json, .*nor AddExtremePointsChanneld.*segmentation/s,
    },
    {
      broken: (mmar) => mmar.env("PROCESSING_TASK", "annotation"),
      says: /PROCESSING_TASK in config\/environment\.json/,
    },
  ],
  "clicks-without-task": {
    broken: pointed,
    options: { task: "segmentation" },
    at: `${INFERENCE}:17:5 (pre_transforms[1])`,
    says: /AddExtremePointsChanneld takes.*task segmentation/s,
    also: ["needs-more-than-image"],
  },
  "clicks-as-written": {
    broken: (mmar) => pointed(mmar).config(["pre_transforms", 0, "args", "keys"], "image"),
    at: `${INFERENCE}:14:5 (pre_transforms[1])`,
    says: /points of label, which no loader/,
  },
  "clicks-need-monai": {
    broken: pointed,
    options: { runtime: "clara" },
    says: /AddExtremePointsChanneld in config\/config_inference\.json takes.*no clicks.*monai/s,
  },
  "aiaa-config-used": [
    {
      broken: (mmar) => deepgrow(mmar).remove(INFERENCE),
      at: AIAA,
      says: /whose transforms are the same/,
    },
    { broken: deepgrow, at: AIAA, says: /config_inference\.json does not/ },
  ],
  "aiaa-config-unclear": {
    broken: (mmar) => deepgrow(mmar).set(AIAA, ["post_transforms", 2], undefined),
    at: `${AIAA}:68:5 (post_transforms[2])`,
    says: /AsChannelLastd.*RestoreLabeld/s,
    also: ["not-inverted", "output-form-unclear", "aiaa-config-used"],
  },

  "no-classification-saver": {
    broken: (mmar) => xray(mmar).config(["handlers"], []),
    at: `${INFERENCE}:55:3 (handlers)`,
    says: /from_engine/,
  },
  "scores-unusable": [
    {
      broken: (mmar) => xray(mmar).config(["handlers", 0, "args", "batch_transform"], undefined),
      at: `${INFERENCE}:56:5 (handlers[0])`,
      says: /which image/,
    },
    {
      broken: (mmar) => xray(mmar).config(["handlers", 0, "args", "filename"], "a/b.csv"),
      at: `${INFERENCE}:56:5 (handlers[0])`,
      says: /not a plain file name/,
    },
    {
      broken: (mmar) => xray(mmar).config(["handlers", 0, "args", "saver"], "@s"),
      at: `${INFERENCE}:56:5 (handlers[0])`,
      says: /own/,
    },
    {
      broken: (mmar) =>
        xray(mmar).config(["post_transforms", 1], {
          name: "AsDiscreted",
          args: { keys: "pred", argmax: true },
        }),
      at: `${INFERENCE}:56:5 (handlers[0])`,
      says: /number of a class/,
    },
  ],
  "scores-unknown": {
    broken: (mmar) => xray(mmar).config(["post_transforms"], []),
    at: `${INFERENCE}:65:3 (post_transforms)`,
    says: /`scores`/,
  },
  "scores-unclear": {
    broken: (mmar) =>
      xray(mmar)
        .config(["post_transforms"], [])
        .set("config/config_train.json", ["train", "loss", "name"], "BCELoss"),
    says: /logits/,
  },
  "image-form-unknown": {
    broken: (mmar) => xray(mmar).set("config/dataset_0.json", ["test"], []),
    at: `${INFERENCE}:7:3 (pre_transforms)`,
    says: /`imageForm`/,
  },
  "image-range-unclear": [
    {
      broken: (mmar) => xray(mmar).config(["pre_transforms", 3], undefined),
      at: `${INFERENCE}:7:3 (pre_transforms)`,
      says: /no transform in pre_transforms.*`imageForm`/s,
    },
    {
      broken: (mmar) =>
        xray(mmar).config(["pre_transforms", 1], {
          name: "NormalizeIntensityd",
          args: { keys: "image", subtrahend: 2000, divisor: 900 },
        }),
      at: `${INFERENCE}:14:5 (pre_transforms[1])`,
      says: /0 to 4095/,
    },
  ],
  "lung-mask-wanted": { broken: covid, says: /`lungMask: "builtin"`/ },
  "mask-in-test-list": { broken: (mmar) => covid(mmar).env("INFER_DATALIST_KEY", "test") },
  "option-without-use": [
    { options: { threshold: 0.4, window: "dicom" } },
    { broken: xray, options: { lungMask: "builtin" }, says: /no mask/ },
    { broken: xray, options: { channel: ["A=ProtocolName:a"] }, says: /one image/ },
  ],
  "class-unknown-name": [
    { broken: xray, options: { threshold: ["Cyst=0.4"] }, says: /Nodule and Mass/ },
    { broken: xray, options: { negativeClass: "Cyst" }, says: /`negativeClass`/ },
  ],

  "task-unknown": [
    {
      broken: (mmar) => mmar.env("PROCESSING_TASK", undefined),
      at: `${ENV} (PROCESSING_TASK)`,
      says: /`task/,
    },
    { broken: (mmar) => mmar.env("PROCESSING_TASK", "  "), at: `${ENV}:3:3 (PROCESSING_TASK)` },
  ],
  "task-unsupported": [
    {
      broken: (mmar) => mmar.env("PROCESSING_TASK", "registration"),
      at: `${ENV}:3:3 (PROCESSING_TASK)`,
    },
    { options: { task: "detection" } },
  ],
  "catalogue-refused": [
    {
      give: renamed("clara_pt_fed_learning_brain_tumor_mri_segmentation_1"),
      says: /federated learning/,
    },
    { give: renamed("clara_pt_pathology_metastasis_detection_v1.0"), says: /whole-slide/ },
  ],
  "channels-unknown": [
    { broken: (mmar) => mmar.env("INPUT_CHANNELS", 4), says: /takes 4/ },
    {
      broken: (mmar) =>
        mmar
          .env("INPUT_CHANNELS", undefined)
          .set("config/dataset_0.json", ["test", 0], { image: ["a", "b"] }),
      says: /takes 2/,
    },
  ],
  "channel-unknown-name": {
    broken: (mmar) =>
      mmar
        .env("INPUT_CHANNELS", 2)
        .set("config/dataset_0.json", ["modality"], { "0": "T2w", "1": "ADC" }),
    options: { channel: ["DWI=SeriesDescription:~dwi"] },
    says: /T2 and ADC/,
  },
  "channel-count": {
    broken: (mmar) => mmar.env("INPUT_CHANNELS", 3),
    options: { channel: ["A=ProtocolName:a", "B=ProtocolName:b", "A=ProtocolName:c"] },
    says: /2 channels \(A and B\)/,
  },
  "modality-unknown": {
    give: renamed("organ"),
    broken: (mmar) =>
      mmar
        .set("config/dataset_0.json", ["modality"], undefined)
        .set("config/dataset_0.json", ["name"], undefined)
        .set("config/dataset_0.json", ["description"], undefined)
        .config(["pre_transforms", 4], undefined),
    says: /images of any/,
  },
  "data-list-key-unknown": [
    {
      broken: (mmar) =>
        mmar.config(["dataset", "data_list_key"], undefined).env("INFER_DATALIST_KEY", undefined),
      at: `${INFERENCE}:78:3 (dataset)`,
      says: /`dataListKey`/,
    },
    {
      broken: (mmar) =>
        mmar.config(["dataset", "data_list_key"], "").env("INFER_DATALIST_KEY", undefined),
      at: `${INFERENCE}:78:3 (dataset)`,
    },
  ],
  "data-list-key-absent": [
    {
      options: { dataListKey: "unseen" },
      at: "config/dataset_0.json",
      says: /"training", "validation", "test"/,
    },
    {
      broken: (mmar) => mmar.env("INFER_DATALIST_KEY", "constructor"),
      at: "config/dataset_0.json",
    },
  ],
  "data-list-missing": {
    broken: (mmar) => mmar.env("DATASET_JSON", "config/other.json"),
    at: `${ENV}:5:3 (DATASET_JSON)`,
  },
  "out-classes-unknown": { broken: withoutCounts, says: /`outClasses`/ },
  "out-classes-disagree": {
    broken: (mmar) => mmar.config(["post_transforms", 2, "args", "n_classes"], 3),
    says: /is 2 \(OUTPUT_CHANNELS .*\), but 3 by argmax in post_transforms/,
  },
  "out-classes-too-few": { options: { outClasses: 1 }, says: /label map/ },
  "class-names-unknown": {
    broken: (mmar) =>
      mmar
        .remove("config/config_aiaa.json")
        .remove("docs/Readme.md")
        .set("config/dataset_0.json", ["labels"], { "0": "background", "1": " " }),
    says: /"class 1".*`classNames`/s,
  },
  "class-names-disagree": {
    broken: (mmar) => mmar.set("config/config_aiaa.json", ["labels"], ["liver"]),
    says: /"spleen" in config\/dataset_0\.json, but "liver" in config\/config_aiaa\.json/,
  },
  "class-names-count": { options: { classNames: "a,b" }, says: /has 2 names.*reports one class / },
  "root-folder-renamed": {
    broken: (mmar) => mmar.copy("docs/Readme.md", "docs/note.md"),
    give: renamed("Milz (größer)"),
    says: /"Milz \(größer\)".*"Milz_gro_er_"/,
  },
  "set-env-missing": {
    broken: (mmar) => mmar.remove("commands/set_env.sh"),
    at: "commands/set_env.sh",
  },

  "requirement-fights-server": {
    options: { requirement: ["PyDICOM>=2.4"] },
    says: /pydicom 2\.3\.1/,
  },
  "requirement-fights-image": [
    { options: { requirement: ["torch==2.0"] }, says: /torch of about 1\.10.*CUDA/ },
    { options: { requirement: ["monai==1.3.0"] }, says: /monai 0\.8/ },
    { options: { requirement: ["numpy==2.0.0"] }, says: /numpy of at most 1\.24\.4/ },
  ],
  "requirement-clash": [
    {
      options: { requirement: ["nibabel==5.2.1"] },
      says: /"nibabel==5\.2\.1".*"nibabel==4\.0\.2"/,
    },
    { options: { requirement: ["einops==0.6.0", "Einops==0.6.1"] }, says: /no/ },
  ],
  "pickle-unknown": [
    {
      broken: (mmar) =>
        mmar.write("models/model.pt", zipOf([{ name: "model/data.pkl", data: EVIL }])),
      at: "models/model.pt (model/data.pkl, byte 2)",
      says: /imports os\.system.*state_dict.*`trust: "os\.system"`.*`exclude`/s,
    },
    {
      broken: (mmar) => mmar.write("models/model.pt", EVIL),
      at: "models/model.pt (byte 2)",
      also: ["pickle-form"],
    },
    {
      broken: (mmar) => mmar.write("models/older.pth", EVIL),
      options: { include: ["models/older.pth"] },
      at: "models/older.pth (byte 2)",
      also: ["pickle-form"],
    },
    {
      broken: (mmar) => mmar.write("custom/cache.pkl", "cos\nsystem\n(S'id'\ntR."),
      at: "custom/cache.pkl (byte 0)",
    },
    { broken: (mmar) => mmar.write("resources/w.dat", EVIL), at: "resources/w.dat (byte 2)" },
    {
      broken: (mmar) =>
        mmar.write("docs/cache.pkl", pickleOf(op.global("pandas.core.frame", "DataFrame"))),
      at: "docs/cache.pkl (byte 2)",
    },
  ],
  "pickle-opaque": {
    broken: (mmar) => mmar.write("docs/cache.pkl", pickleOf(op.ext1(240))),
    at: "docs/cache.pkl (byte 2)",
    says: /can't be determined: it is number 240/,
  },
  "pickle-call": {
    broken: (mmar) =>
      mmar.write(
        "docs/cache.pkl",
        pickleOf(op.global("torch", "float32"), op.emptyTuple, op.reduce),
      ),
    at: "docs/cache.pkl (byte 18)",
    says: /calls torch\.float32, which torch\.save never writes/,
  },
  "pickle-unreadable": {
    broken: (mmar) =>
      mmar.write("models/model.pt", zipOf([{ name: "model/data.pkl", data: "\x80\x02." }])),
    at: "models/model.pt (model/data.pkl, byte 0)",
    says: /0xc2/,
  },
  "pickle-form": {
    broken: (mmar) =>
      mmar.write(
        "models/extra.bin",
        Buffer.concat([readFileSync(mmar.file("models/model.pt")), Buffer.of(0)]),
      ),
    at: "models/extra.bin",
    says: /is an archive that is broken.*torch\.save/s,
  },
  "script-operator": {
    broken: (mmar) =>
      mmar.write(
        "resources/w.dat",
        zipOf([
          { name: "m/data.pkl", data: pickleOf(op.none) },
          { name: "m/constants.pkl", data: pickleOf(op.emptyTuple) },
          { name: "m/code/__torch__.py", data: 'torch.save(x, "x")' },
        ]),
      ),
    at: "resources/w.dat (m/code/__torch__.py, byte 0)",
    says: /uses torch\.ops\.aten\.save.*`trust: "torch\.ops\.aten\.save"`/s,
  },
  "trust-used": {
    broken: (mmar) =>
      mmar.write("models/model.pt", zipOf([{ name: "model/data.pkl", data: EVIL }])),
    options: { trust: ["os.system"] },
    says: /runs os\.system, which `trust` allows/,
  },
  "trust-unused": {
    options: { trust: ["monai.networks.nets.unet.UNet"] },
    says: /names monai\.networks\.nets\.unet\.UNet, which nothing/,
  },
  "glob-without-match": [
    {
      options: { exclude: ["docs", "nomatch/*"] },
      says: /`exclude` "nomatch\/\*" matches no file/,
    },
    { options: { include: ["**/*.nii"] }, says: /`include` "\*\*\/\*\.nii"/ },
  ],
  "requirement-brings-other": {
    options: { requirement: ["dicom2nifti"] },
    says: /"dicom2nifti".*pydicom 3 or newer.*replace pydicom 2\.3\.1/,
    also: ["requirement-unpinned"],
  },
  "requirement-unpinned": [
    { options: { requirement: ["scipy", "pydicom>2"] }, says: /"scipy".*Python 3\.8/ },
    { options: { requirement: ["pandas"], runtime: "monai" }, says: /Python 3\.10/ },
  ],
  "requirement-other-python": [
    {
      options: {
        requirement: ["x @ https://a.test/x-1.0-cp38-cp38-linux_x86_64.whl"],
        ...ON_MONAI,
      },
      says: /a Python of cp38, but the image has Python 3\.10/,
    },
    {
      options: { requirement: ['pandas==2.0.3; python_version < "3.9"'], ...ON_MONAI },
      says: /Python <3\.9 only/,
    },
    { options: { requirement: ['pandas==2.2.3; python_version>="3.9"'] }, says: /Python 3\.8/ },
  ],

  "component-unavailable": [
    {
      broken: (mmar) => mmar.config(["pre_transforms", 5, "name"], "MyTransformd"),
      options: ON_MONAI,
      at: `${INFERENCE}:60:5 (pre_transforms[5])`,
      says: /MyTransformd, which is no component of MONAI 0\.8\.1.*`runtime: "clara"`/s,
    },
    {
      broken: (mmar) => mmar.config(["inferer", "path"], "medl.inferers.Own"),
      options: ON_MONAI,
      at: `${INFERENCE}:96:3 (inferer)`,
      says: /medl\.inferers\.Own, which is part of Clara/,
    },
    {
      broken: (mmar) =>
        mmar.config(["pre_transforms", 4], {
          name: "Lambdad",
          args: { keys: "image", func: "#monai.handlers.mean_dice" },
        }),
      options: ON_MONAI,
      at: `${INFERENCE}:53:9 (pre_transforms[4].args.func)`,
      says: /needs pytorch-ignite/,
    },
    {
      broken: (mmar) => mmar.config(["pre_transforms", 5, "name"], "CuCIMd"),
      options: ON_MONAI,
      at: `${INFERENCE}:60:5 (pre_transforms[5])`,
      says: /the package cucim/,
    },
  ],
  "custom-import-unavailable": {
    broken: (mmar) =>
      mmar
        .write("custom/mine.py", "import torch\nfrom ignite.engine import Engine\n")
        .config(["pre_transforms", 5], { path: "mine.Smooth", args: {} }),
    options: ON_MONAI,
    at: "custom/mine.py:2:1",
    says: /imports ignite\.engine/,
    also: ["custom-component"],
  },
  "handler-unsupported": [
    {
      broken: (mmar) => mmar.config(["handlers", 1], { name: "PostProcessing", args: {} }),
      options: ON_MONAI,
      at: `${INFERENCE}:116:5 (handlers[1])`,
      says: /PostProcessing is not known/,
    },
    {
      broken: (mmar) =>
        mmar
          .write("custom/mine.py", "")
          .config(["handlers", 1], { path: "mine.StatsHandler", args: {} }),
      options: ON_MONAI,
      at: `${INFERENCE}:116:5 (handlers[1])`,
      says: /mine\.StatsHandler/,
      also: ["custom-component"],
    },
  ],
  "section-unsupported": [
    {
      broken: (mmar) => mmar.config(["dataset", "name"], "ZipDataset"),
      options: ON_MONAI,
      at: `${INFERENCE}:78:3 (dataset)`,
      says: /dataset has ZipDataset/,
    },
    {
      broken: (mmar) => mmar.config(["evaluator", "args", "iteration_update"], "#f"),
      options: ON_MONAI,
      at: `${INFERENCE}:155:3 (evaluator)`,
      says: /the argument iteration_update/,
    },
    {
      broken: (mmar) => mmar.config(["evaluator", "args", "my_own"], 1),
      options: ON_MONAI,
      at: `${INFERENCE}:155:3 (evaluator)`,
      says: /the argument my_own/,
    },
    {
      broken: (mmar) => mmar.config(["pre_transforms", 5, "name"], "RandFlipd"),
      options: ON_MONAI,
      at: `${INFERENCE}:7:3 (pre_transforms)`,
      says: /the random transform RandFlipd/,
    },
    {
      broken: (mmar) => xray(mmar).config(["handlers", 1], { name: "SegmentationSaver", args: {} }),
      options: ON_MONAI,
      at: `${INFERENCE}:55:3 (handlers)`,
      says: /several that save/,
    },
    {
      broken: (mmar) => mmar.config(["evaluator", "args", "decollate"], false),
      options: ON_MONAI,
      at: `${INFERENCE}:155:3 (evaluator)`,
      says: /decollate/,
    },
    {
      broken: (mmar) => mmar.config(["evaluator", "name"], "EnsembleEvaluator"),
      options: ON_MONAI,
      at: `${INFERENCE}:155:3 (evaluator)`,
      says: /EnsembleEvaluator/,
    },
    {
      broken: (mmar) =>
        mmar.config(
          ["model"],
          [{ ts_path: "{MMAR_TORCHSCRIPT}" }, { ts_path: "{MMAR_TORCHSCRIPT}" }],
        ),
      options: ON_MONAI,
      at: `${INFERENCE}:4:3 (model)`,
      says: /several networks/,
    },
  ],
  "workspace-path": {
    broken: (mmar) =>
      mmar.config(["pre_transforms", 5], {
        name: "Lambdad",
        args: { keys: "image", func: "lambda x: x + np.load('/workspace/data/mean.npy')" },
      }),
    options: ON_MONAI,
    at: `${INFERENCE}:64:9 (pre_transforms[5].args.func)`,
    says: /names \/workspace\/data\/mean\.npy;/,
  },
  "torchscript-too-new": [
    {
      broken: (mmar) => mmar.write(TS, torchScript("torch.scaled_dot_product_attention(x)")),
      options: ON_MONAI,
      at: TS,
      says: /PyTorch 1\.13, .*calls scaled_dot_product_attention/,
    },
    {
      broken: (mmar) => mmar.write(TS, torchScript("x", 11)),
      options: ON_MONAI,
      at: TS,
      says: /format 11, and that PyTorch reads up to 10/,
    },
  ],
  "torchscript-maybe-too-new": [
    {
      broken: (mmar) => mmar.write(TS, torchScript("torch.pad(torch.neg(x), [1])")),
      at: TS,
      says: /about 1\.10.*calls pad, which.*`runtime: "monai"`/s,
    },
    { broken: (mmar) => mmar.write(TS, torchScript("x", 10)), at: TS, says: /up to 6/ },
    {
      broken: (mmar) =>
        mmar.write(TS, torchScript('ops.prim.RaiseException("a", "builtins.ValueError")')),
      at: TS,
      says: /RaiseException of a class/,
    },
  ],
};

const listed = Object.entries({ ...cases, ...bundleCases }).flatMap(([code, one]) =>
  [one as Case | Case[]].flat().map((each, index) => ({ code: code as FindingCode, index, each })),
);

describe("every code of the table", () => {
  const make = mmarMaker();

  it.each(listed)("$code ($index)", async ({ code, each }) => {
    const mmar = make(each.of);
    each.broken?.(mmar);
    const out = scratch();
    const options = { ...each.options, out };
    const location = each.give?.(mmar) ?? mmar.path;
    const result = await pack(location, options, each.hooks?.(mmar) ?? {});

    const others = result.findings.filter((finding) => finding.code !== code);
    expect(others.map((finding) => finding.code)).toEqual(each.also ?? []);
    const [found] = result.findings.filter((finding) => finding.code === code);
    expect(found).toBeDefined();
    if (found === undefined) return;
    check(found, each);

    const { severity } = findingTable[code];
    expect(found.severity).toBe(severity);
    expect(result.ok).toBe(severity !== "error");
    expect(readdirSync(out)).toHaveLength(result.ok ? 1 : 0);
    expect(result.bundle === undefined).toBe(!result.ok);

    const strict = await pack(location, { ...options, strict: true, dryRun: true });
    if (code !== "file-changed") expect(strict.ok).toBe(severity === "info");
  });

  // Nothing is unreadable for root, so it is asked for in a process of another user.
  it("unreadable", async () => {
    const mmar = make();
    chmodSync(join(mmar.path, "../.."), 0o755);
    mmar.write("docs/secret", "").write("notes/a", "");
    chmodSync(mmar.file("docs/secret"), 0);
    chmodSync(mmar.file("notes"), 0);
    const { stdout, exitCode } = await cliProcess(
      ["inspect", mmar.path, "--json"],
      isRoot ? { uid: 65534 } : {},
    );
    chmodSync(mmar.file("notes"), 0o755);
    expect(exitCode).toBe(1);
    const { findings } = JSON.parse(stdout) as { findings: Finding[] };
    expect(findings.map(({ code, place }) => [code, place?.file])).toEqual([
      ["unreadable", "docs/secret"],
      ["unreadable", "notes"],
    ]);
    for (const finding of findings)
      check(finding, { at: finding.place?.file ?? "", says: /permission denied/ });
  });
});

function check(finding: Finding, { at, says }: Case): void {
  expect(finding.place && placeText(finding.place)).toBe(at);
  const words = wordsOf(finding);
  if (says !== undefined) expect(words).toMatch(says);
  expect(words).not.toMatch(/undefined|null |\[object|NaN/);
  expect(messageOf(finding)).toMatch(/\.$|: .+$/);
  expect(hintOf(finding)).not.toBe("");
  expectData(finding);
}
