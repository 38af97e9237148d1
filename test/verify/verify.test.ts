import { chmodSync, copyFileSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { beforeAll, describe, expect, it } from "vitest";
import {
  type CodeOf,
  type FindingCode,
  findingTable,
  type VerifyCode,
} from "../../src/findings/table.js";
import { pack, type VerifyHooks, verify } from "../../src/index.js";
import { RUNTIME_NAMES } from "../../src/options/words.js";
import { placeText } from "../../src/report/text.js";
import type { Json } from "../../src/text/json.js";
import { CONFIG, put, tarOf, zipOf } from "../files/archives.js";
import { unzip } from "../support/bundles.js";
import {
  type BundleFiles,
  BY_HAND,
  DEPLOY,
  filesIn,
  writeTar,
  writeZip,
} from "../support/handmade.js";
import { changed, codesOf, type Keys, mmarMaker, REPOSITORY, scratch } from "../support/mmars.js";
import { EVIL } from "../support/pickles.js";
import { messageOf } from "../support/words.js";
import { check } from "./check.js";

const folder = scratch();
const SPLEEN = filesIn(join(REPOSITORY, "fixtures/spleen_ct"), "model/workspace");
/** In the form of MD.ai's own example: the workspace is the MMAR itself. */
const NVIDIA: BundleFiles = {
  "model/.mdai/config.yaml": "base_image: nvidia\ndevice_type: gpu\n",
  "model/.mdai/mdai_deploy.py": DEPLOY,
  "model/.mdai/requirements.txt": "nibabel\n",
  ...SPLEEN,
};
/** What this project makes of spleen_ct. */
let ours: BundleFiles = {};
/** The same for the runtime monai. */
let onMonai: BundleFiles = {};

beforeAll(async () => {
  const target = join(folder, "ours.zip");
  await pack(join(REPOSITORY, "fixtures/spleen_ct"), { out: target });
  ours = Object.fromEntries([...(await unzip(target))].map(([path, { bytes }]) => [path, bytes]));
  const other = join(folder, "monai.zip");
  await pack(join(REPOSITORY, "fixtures/spleen_ct"), { out: other, runtime: "monai" });
  onMonai = Object.fromEntries([...(await unzip(other))].map(([path, { bytes }]) => [path, bytes]));
});

/** A text file of the bundle for the runtime monai, with a piece of it replaced. */
const editedOnMonai = (path: string, from: string | RegExp, to: string): BundleFiles => {
  const text = String(onMonai[path]);
  expect(text).toMatch(from);
  return { ...onMonai, [path]: text.replace(from, () => to) };
};

type Files = (of: { hand: BundleFiles; nvidia: BundleFiles; ours: BundleFiles }) => BundleFiles;

/** A bundle that a finding has to come of. */
interface Case {
  readonly files?: Files;
  /** Path to give in the place of the bundle's. */
  readonly give?: (path: string) => string;
  readonly name?: string;
  readonly hooks?: VerifyHooks;
  /** The place, as it is shown; none if absent. */
  readonly at?: string;
  /** What the message and hint have to speak of. */
  readonly says?: RegExp;
  /** The codes of the other findings. */
  readonly also?: readonly FindingCode[];
}

const YAML = "model/.mdai/config.yaml";
const CODE = "model/.mdai/mdai_deploy.py";
const PIP = "model/.mdai/requirements.txt";
const MDAI = "model/workspace/config_mdai.json";
const ROOT = "model/workspace/spleen_ct";

const withFiles =
  (more: BundleFiles): Files =>
  ({ hand }) => ({ ...hand, ...more });
const yaml = (text: string): Files => withFiles({ [YAML]: text });
const code = (text: string): Files => withFiles({ [CODE]: text });
const pip = (text: string | Buffer): Files => withFiles({ [PIP]: text });

/** The files without some of them, or moved to other paths. */
function moved(files: BundleFiles, to: (path: string) => string | undefined): BundleFiles {
  const entries = Object.entries(files).flatMap(([path, content]) => {
    const at = to(path);
    return at === undefined ? [] : [[at, content] as const];
  });
  return Object.fromEntries(entries);
}

const without = (files: BundleFiles, gone: string): BundleFiles =>
  moved(files, (path) => (path.startsWith(gone) ? undefined : path));

/** Sets a value in a JSON file of a bundle; undefined takes it out. */
const setJson =
  (path: string, keys: Keys, value: Json | undefined): Files =>
  (of) => ({
    ...of.ours,
    [path]: JSON.stringify(changed(JSON.parse(String(of.ours[path])), keys, value), null, 2),
  });

/** Every code that only verify gives, with bundles that have to give it: none goes without. */
/** What differs from a manifest is tested with manifests. */
type Code = Exclude<VerifyCode, CodeOf<"manifest">>;

const cases: { readonly [C in Code]: Case | readonly Case[] } = {
  "runtime-image": [
    {
      files: () => editedOnMonai(YAML, "py310", "py39"),
      at: YAML,
      says: /runtime monai, which runs in the image py310, but base_image is py39/,
    },
    {
      files: ({ ours }) => ({ ...ours, [YAML]: "base_image: py310\ndevice_type: gpu\n" }),
      at: YAML,
      says: /runtime clara, which runs in the image nvidia/,
      also: ["numpy-too-new"],
    },
    {
      files: () => editedOnMonai(YAML, "py310", "nvidia"),
      at: YAML,
      // torch, monai and numpy
      also: Array<FindingCode>(3).fill("requirement-replaces-image"),
    },
  ],
  "runtime-package": [
    {
      files: () => editedOnMonai(PIP, /^setuptools.*$/m, ""),
      at: PIP,
      says: /does not ask for setuptools==/,
    },
    { files: () => editedOnMonai(PIP, /^numpy.*$/m, ""), at: PIP, also: ["numpy-too-new"] },
    {
      files: () => editedOnMonai(PIP, /^numpy.*$/m, "numpy==2.0.1"),
      at: PIP,
      also: ["numpy-too-new"],
    },
    {
      files: () => editedOnMonai(PIP, /^torch==.*$/m, "torch"),
      at: PIP,
      says: /torch==1\.13\.1/,
    },
    {
      files: () => editedOnMonai(PIP, /^monai==.*$/m, "monai>=0.8"),
      at: PIP,
      says: /monai==0\.8\.1/,
    },
  ],
  "bundle-not-found": { give: (path) => `${path}.not`, says: /c\.zip\.not does not exist/ },
  "bundle-not-an-archive": [
    { give: () => folder, says: /it is a folder/ },
    { give: () => put(folder, "no.zip", Buffer.from("text")), says: /starts with "text"/ },
    { give: () => put(folder, "empty.zip", Buffer.alloc(0)), says: /no bytes/ },
  ],
  "bundle-name": [
    { name: "c.tar.gz", at: "c.tar.gz", says: /does not end in \.zip/ },
    { name: "model.bin", at: "model.bin" },
  ],
  "mdai-folder-missing": [
    { files: ({ hand }) => without(hand, "model/.mdai"), at: "c.zip", says: /model\/\*/ },
    {
      files: ({ hand }) => moved(hand, (path) => path.replace(".mdai", "mdai")),
      at: "c.zip",
      says: /Rename mdai to \.mdai/,
    },
    { files: () => moved(SPLEEN, (p) => p.slice(16)), at: "c.zip", says: /mmar2mdai pack/ },
  ],
  "mdai-folder-several": {
    files: ({ hand }) => ({ ...hand, ...moved(hand, (path) => path.replace("model", "other")) }),
    at: "c.zip",
    says: /model\/ and other\//,
  },
  "bundle-at-top": { files: ({ hand }) => moved(hand, (path) => path.slice(6)), at: "c.zip" },
  "bundle-root-name": {
    files: ({ hand }) => moved(hand, (path) => path.replace("model", "lungs")),
    at: "c.zip",
    says: /lungs\//,
  },
  "bundle-beside": { files: withFiles({ "notes/a.txt": "" }), at: "c.zip", says: /notes\/a\.txt/ },
  "bundle-file-missing": [
    { files: ({ hand }) => without(hand, CODE), at: CODE, says: /mdai_deploy\.py/ },
    { files: ({ hand }) => without(hand, PIP), at: PIP, says: /may be empty/ },
    { files: yaml("base_image: custom\n"), at: "model/.mdai/Dockerfile" },
    { files: yaml("base_image: nvidia\n"), at: "model/workspace", says: /copies it to/ },
  ],
  "workspace-unused": {
    files: withFiles({ "model/workspace/x": "" }),
    at: "model/workspace",
    says: /py310/,
  },
  "config-yaml-absent": { files: ({ hand }) => without(hand, YAML), says: /Python 3\.7/ },
  "config-yaml-twice": {
    files: withFiles({ "model/.mdai/config.yml": "base_image: 1" }),
    at: "model/.mdai/config.yml",
  },
  "config-yaml-syntax": [
    { files: yaml("base_image: [py37\n"), at: `${YAML}:2:1` },
    { files: yaml("base_image:\tpy37\n"), at: `${YAML}:1:12`, says: /tab/ },
    { files: yaml("a: 1\n---\nb: 1\n"), at: `${YAML}:2:1`, says: /several documents/ },
    { files: yaml("---\na: 1\n---\nb: 1\n"), at: `${YAML}:3:1`, says: /several documents/ },
    { files: yaml("env: !!python/object:os.x {}\n"), at: `${YAML}:1:6`, says: /python\/object/ },
    { files: withFiles({ [YAML]: Buffer.from([0xff, 0x0a]) }), at: YAML, says: /UTF-8/ },
    { files: yaml("x: y\n".repeat(20_000)), at: YAML, says: /too large/ },
  ],
  "config-yaml-shape": [
    { files: yaml(""), at: YAML, says: /holds nothing/ },
    { files: yaml("# only this\n"), at: YAML, says: /holds nothing/ },
    { files: yaml("- base_image: py37\n"), at: YAML, says: /holds a list/ },
    { files: yaml("py37\n"), at: YAML, says: /holds "py37"/ },
  ],
  "config-yaml-value": [
    { files: yaml("base_image: py311\n"), at: `${YAML}:1:13 (base_image)`, says: /py310/ },
    { files: yaml("base_image: 3.8\n"), at: `${YAML}:1:13 (base_image)`, says: /number 3\.8/ },
    { files: yaml("base_image:\n"), at: `${YAML}:1:12 (base_image)`, says: /is empty/ },
    { files: yaml("device_type: yes\n"), at: `${YAML}:1:14 (device_type)`, says: /as True/ },
    { files: yaml("device_type: tpu\n"), at: `${YAML}:1:14 (device_type)` },
    {
      files: yaml("device_type: GPU\ncuda_version: 11.2\n"),
      at: `${YAML}:2:15 (cuda_version)`,
      says: /number 11\.2/,
    },
    {
      files: yaml("device_type: gpu\ncuda_version: 11.10\n"),
      at: `${YAML}:2:15 (cuda_version)`,
      says: /11\.10, which YAML reads as the number 11\.1;/,
    },
    {
      files: ({ nvidia }) => ({ ...nvidia, [YAML]: "base_image: nvidia\nclara_version: 4.0\n" }),
      at: `${YAML}:2:16 (clara_version)`,
      says: /number 4\.0/,
    },
    { files: yaml("env: [A]\n"), at: `${YAML}:1:6 (env)`, says: /a list/ },
  ],
  "config-yaml-read-other": [
    {
      files: yaml("device_type: gpu\ncuda_version: 12.10\n"),
      at: `${YAML}:2:15 (cuda_version)`,
      says: /12\.10.* 12\.1\. /,
    },
    { files: yaml("env:\n  V: 1.10\n"), at: `${YAML}:2:6 (env.V)`, says: /1\.10.* 1\.1\. / },
    { files: yaml("env:\n  V: yes\n"), at: `${YAML}:2:6 (env.V)`, says: /True/ },
    { files: yaml("env:\n  V:\n"), at: `${YAML}:2:5 (env.V)`, says: /"None"/ },
  ],
  "config-yaml-key-twice": [
    { files: yaml("base_image: py37\nbase_image: py38\n"), at: `${YAML}:2:1 (base_image)` },
    { files: yaml("env:\n  A: b\n  A: c\n"), at: `${YAML}:3:3 (env.A)`, says: /line 2/ },
  ],
  "config-yaml-key-unknown": [
    { files: yaml("base-image: py38\n"), at: `${YAML}:1:1 (base-image)`, says: /base_image/ },
    { files: yaml("device_typ: gpu\n"), at: `${YAML}:1:1 (device_typ)`, says: /device_type/ },
    { files: yaml("Env: {A: b}\n"), at: `${YAML}:1:1 (Env)` },
  ],
  "config-yaml-env": [
    { files: yaml("env:\n  A: b c\n"), at: `${YAML}:2:6 (env.A)`, says: /space/ },
    { files: yaml('env:\n  A: "b\\nc"\n'), at: `${YAML}:2:7 (env.A)`, says: /line break/ },
    { files: yaml("env:\n  A: 'it''s'\n"), at: `${YAML}:2:7 (env.A)`, says: /quote/ },
    { files: yaml("env:\n  A: b\\\n"), at: `${YAML}:2:6 (env.A)`, says: /backslash/ },
    { files: yaml("env:\n  A: [b]\n"), at: `${YAML}:2:6 (env.A)`, says: /not a plain value/ },
    { files: yaml("env:\n  A B: c\n"), at: `${YAML}:2:3 (env.A B)`, says: /not a valid name/ },
    { files: yaml("env:\n  MDAI_PATH: c\n"), at: `${YAML}:2:3 (env.MDAI_PATH)`, says: /itself/ },
  ],
  "dockerfile-without-from": {
    files: withFiles({
      [YAML]: "base_image: custom\n",
      "model/.mdai/Dockerfile": "# FROM x\nRUN true\n",
    }),
    at: "model/.mdai/Dockerfile",
  },
  "image-unchecked": {
    files: withFiles({
      [YAML]: "base_image: custom\n",
      "model/.mdai/Dockerfile": "FROM python:3.13\n",
    }),
    at: "model/.mdai/Dockerfile",
    says: /Build it with Docker/,
  },
  "numpy-too-new": {
    files: code(`import pydicom\n${DEPLOY}`),
    at: PIP,
    says: /NumPy 2 for Python 3\.10.*importing pydicom fails.*numpy<2/s,
  },
  "setuptools-too-new": [
    { files: pip("numpy\nmonai==1.3.0\n"), at: PIP, says: /"monai==1\.3\.0".*PyTorch 2\.13/ },
    { files: pip("numpy\nsetuptools>=82\n"), at: PIP, says: /"setuptools>=82".*pkg_resources/ },
  ],
  "requirement-unparseable": [
    { files: pip("numpy=1.2\n"), at: `${PIP}:1:1`, says: /two equals signs/ },
    { files: pip("# x\nnumpy==\n"), at: `${PIP}:2:1` },
    { files: pip("numpy 1.2\n"), at: `${PIP}:1:1`, says: /"1\.2" is not a version specifier/ },
    { files: pip("numpy>=1 <2\n"), at: `${PIP}:1:1`, says: /"<2" is unexpected/ },
    { files: pip("numpy; python_version < 3.8\n"), at: `${PIP}:1:1`, says: /is not a marker/ },
    { files: pip("import numpy\n"), at: `${PIP}:1:1` },
    { files: pip("--index numpy\n"), at: `${PIP}:1:1`, says: /option is not allowed/ },
    { files: pip(`a; ${"(".repeat(5000)}\n`), at: `${PIP}:1:1`, says: /a; \(+….*too long/ },
    {
      files: pip("numpy\n\\\n==1.2\n=x\n"),
      at: `${PIP}:2:1`,
      says: /name of a package/,
      also: ["requirement-unparseable"],
    },
    { files: pip(Buffer.from([0x6e, 0xff])), at: PIP, says: /UTF-8/ },
  ],
  "requirement-file-missing": [
    { files: pip("./lib.whl\n"), at: `${PIP}:1:1`, says: /lib\.whl.*wheels/ },
    { files: pip("-r other.txt\n"), at: `${PIP}:1:1`, says: /other\.txt/ },
    { files: pip("-e .\n"), at: `${PIP}:1:1` },
    { files: pip("--constraint=c.txt\n"), at: `${PIP}:1:1` },
    {
      files: withFiles({ [PIP]: "wheels/a.whl\n", "model/.mdai/wheels/a.whl": "" }),
      at: `${PIP}:1:1`,
    },
  ],
  "requirement-replaces-image": {
    files: ({ ours }) => ({ ...ours, [PIP]: "monai\ntorch>=2\nnumpy<2\nnibabel\n" }),
    at: `${PIP}:2:1`,
    says: /"torch>=2".*torch of about 1\.10/,
  },
  "requirement-replaces-server": {
    files: pip("numpy\nPyDICOM>=3\n"),
    at: `${PIP}:2:1`,
    says: /pydicom 2\.3\.1/,
  },
  "deploy-unchecked": [
    { hooks: { env: { PATH: "" } }, says: /no Python 3 here.*MMAR2MDAI_PYTHON/ },
    { hooks: { env: { PATH: "", MMAR2MDAI_PYTHON: "/bin/false" } }, says: /false ended with 1/ },
    { hooks: { env: { MMAR2MDAI_PYTHON: "/bin/true" } }, says: /no answer/ },
    {
      files: withFiles(
        Object.fromEntries(Array.from({ length: 2000 }, (_, i) => [`model/.mdai/a/${i}.py`, ""])),
      ),
      says: /2001 files of .* far more/,
    },
  ],
  "deploy-syntax": [
    { files: code("class MDAIModel:\n  def predict(self): x = (\n"), at: `${CODE}:2:26` },
    {
      files: withFiles({
        [CODE]: `from helper import x\n${DEPLOY}`,
        "model/.mdai/helper.py": "from . import deeper\n",
        "model/.mdai/deeper.py": "x = (\n",
      }),
      at: "model/.mdai/deeper.py:1:5",
    },
    {
      files: withFiles({ [YAML]: "base_image: py37\n", [CODE]: `(a := 1)\n${DEPLOY}` }),
      at: `${CODE}:1:8`,
      says: /Python 3\.7.*3\.8/,
    },
    { files: code("a = 1\0\n"), at: CODE, says: /null bytes/ },
    { files: withFiles({ [CODE]: Buffer.from("# \xff\n", "latin1") }), at: CODE, says: /encoding/ },
  ],
  "deploy-syntax-unsure": {
    files: withFiles({
      [YAML]: "base_image: custom\n",
      "model/.mdai/Dockerfile": "FROM python:3.13\n",
      [CODE]: `${DEPLOY}x = (\n`,
    }),
    also: ["image-unchecked"],
    at: `${CODE}:10:5`,
    says: /is unknown/,
  },
  "deploy-syntax-unused": {
    files: withFiles({ "model/.mdai/old/notes.py": "print 1\n" }),
    at: "model/.mdai/old/notes.py:1:1",
  },
  "deploy-class-missing": { files: code("class Model:\n  pass\n"), at: CODE },
  "deploy-class-unclear": [
    { files: code("from mine import *\n"), at: `${CODE}:1:1` },
    { files: code("import mine\nMDAIModel = mine.make()\n"), at: `${CODE}:2:1` },
    { files: code("import abc\nclass MDAIModel(abc.ABC):\n  pass\n"), at: `${CODE}:2:1` },
  ],
  "deploy-method": [
    { files: code("class MDAIModel:\n  pass\n"), at: `${CODE}:1:1`, says: /predict is missing/ },
    {
      files: code("class MDAIModel(object):\n  def predict(self): pass\n"),
      at: `${CODE}:2:3`,
      says: /takes 1 arguments/,
    },
    {
      files: code("class MDAIModel:\n  def predict(self, data, args): pass\n"),
      at: `${CODE}:2:3`,
      says: /asks for 3/,
    },
    {
      files: code("class MDAIModel:\n  def predict(self, data, *, args): pass\n"),
      at: `${CODE}:2:3`,
      says: /args by name/,
    },
    {
      files: code("class MDAIModel:\n  async def predict(self, data): pass\n"),
      at: `${CODE}:2:3`,
      says: /async/,
    },
    {
      files: code(
        "class MDAIModel:\n  def __init__(self, p): pass\n  def predict(self, d): pass\n",
      ),
      at: `${CODE}:2:3`,
      says: /__init__ asks for 2/,
    },
  ],
  "deploy-bool-mask": {
    files: code(`${DEPLOY}        return [{"data": {"mask": (data > 0.5).tolist()}}]\n`),
    at: `${CODE}:10:35`,
    says: /True and False.*astype\(int\)/s,
  },
  "module-shadows": [
    { files: withFiles({ "model/.mdai/validation.py": "" }), at: "model/.mdai/validation.py" },
    {
      files: withFiles({ "model/.mdai/random.py": "" }),
      at: "model/.mdai/random.py",
      says: /Python's own library/,
    },
    {
      files: withFiles({ [PIP]: "My.Package>=1\n", "model/.mdai/my_package/__init__.py": "" }),
      at: "model/.mdai/my_package/__init__.py",
      says: /My\.Package>=1/,
    },
  ],
  "config-mdai-schema": [
    { files: setJson(MDAI, ["engine"], undefined), at: `${MDAI} (engine)`, says: /is missing/ },
    { files: setJson(MDAI, ["schema"], 1), at: `${MDAI}:6:3 (schema)`, says: /must be 2/ },
    {
      files: setJson(MDAI, ["output", "form"], "x"),
      at: `${MDAI}:37:5 (output.form)`,
      says: /one_hot/,
    },
    {
      files: setJson(MDAI, ["extra"], 1),
      at: `${MDAI}:47:3 (extra)`,
      says: /not a key of this file/,
    },
    {
      files: setJson(MDAI, ["classes", 0, "value"], -1),
      at: `${MDAI}:44:7 (classes[0].value)`,
      says: />= 0/,
    },
  ],
  "config-mdai-key": {
    files: ({ nvidia }) => ({ ...nvidia, [MDAI]: '{"out_classes": "2", "mine": {}}' }),
    at: `${MDAI}:1:2 (out_classes)`,
    says: /is "2"/,
  },
  "config-mdai-path": [
    {
      files: setJson(MDAI, ["root_folder"], "other"),
      at: `${MDAI}:3:3 (root_folder)`,
      says: /folder other/,
    },
    {
      files: ({ nvidia }) => ({ ...nvidia, [MDAI]: '{"root_folder": "../x"}' }),
      at: `${MDAI}:1:2 (root_folder)`,
    },
    {
      files: setJson(MDAI, ["engine", "set_env"], "commands/none.sh"),
      at: `${MDAI}:15:5 (engine.set_env)`,
      says: /commands\/none\.sh/,
    },
    {
      files: ({ ours: files }) => without(files, `${ROOT}/config/config_inference.mdai.json`),
      at: `${MDAI}:13:5 (engine.inference_config)`,
    },
  ],
  "config-mdai-disagrees": [
    {
      files: setJson(MDAI, ["out_classes"], 3),
      at: `${MDAI}:4:3 (out_classes)`,
      says: /is 3, but 2/,
    },
    { files: setJson(MDAI, ["data_list_key"], "x"), at: `${MDAI}:5:3 (data_list_key)` },
    { files: setJson(MDAI, ["device"], "cpu"), at: `${MDAI}:10:3 (device)`, says: /config\.yaml/ },
    {
      files: ({ nvidia }) => ({ ...nvidia, [MDAI]: '{"type": "classification"}' }),
      at: `${MDAI}:1:2 (type)`,
      says: /PROCESSING_TASK/,
    },
  ],
  "bundle-without-mmar": [
    {
      files: ({ nvidia }) => ({
        ...without(nvidia, "model/workspace"),
        "model/workspace/a.txt": "",
      }),
      at: "model/workspace",
    },
    {
      files: ({ nvidia }) => ({ ...nvidia, [MDAI]: '{"root_folder": "docs"}' }),
      at: "model/workspace/docs/",
    },
  ],
  "trust-in-bundle": {
    files: (of) => ({
      ...setJson(MDAI, ["trust"], ["os.system"])(of),
      [`${ROOT}/resources/w.dat`]: EVIL,
    }),
    at: MDAI,
    says: /runs os\.system: whoever made the bundle trusts/,
  },
  "bundle-clara-4-0": {
    files: ({ nvidia }) => {
      const config = "model/workspace/config/config_inference.json";
      const value = JSON.parse(String(nvidia[config])) as Json;
      const handlers = [{ name: "SegmentationSaver", args: {} }];
      const old = [
        [["handlers"], handlers],
        [["dataset", "args"], undefined],
        [["dataloader", "args", "dataset"], undefined],
        [["evaluator"], { name: "SupervisedEvaluator" }],
      ] as const;
      const made = old.reduce((all, [keys, to]) => changed(all, keys, to as Json), value);
      return { ...nvidia, [config]: JSON.stringify(made) };
    },
    at: "model/workspace/",
    says: /4\.0.*docs\/clara-4\.0\.md/s,
  },
};

const listed = Object.entries(cases).flatMap(([name, one]) =>
  [one as Case | Case[]].flat().map((each, index) => ({ code: name as Code, index, each })),
);

let count = 0;
/** A folder for one bundle, whose name stands in places. */
function place(name = "c.zip"): string {
  const inner = join(folder, String(count++));
  mkdirSync(inner);
  return join(inner, name);
}

describe("every code that only verify gives", () => {
  it.each(listed)("$code ($index)", async ({ code: wanted, each }) => {
    const files = each.files?.({ hand: BY_HAND, nvidia: NVIDIA, ours }) ?? BY_HAND;
    const path = writeZip(place(each.name), files);
    const location = each.give?.(path) ?? path;
    const result = await verify(location, {}, each.hooks);
    const others = result.findings.filter((found) => found.code !== wanted);
    const [first, ...more] = result.findings.filter((found) => found.code === wanted);
    expect([...others, ...more].map((found) => found.code)).toEqual(each.also ?? []);
    expect(first).toBeDefined();
    if (first !== undefined) check(first, each);
    const { severity } = findingTable[wanted];
    expect(result.ok).toBe(result.findings.every((found) => found.severity !== "error"));
    if (each.also === undefined) {
      expect(result.ok).toBe(severity !== "error");
      const strict = await verify(location, { strict: true }, each.hooks);
      expect(strict.ok).toBe(severity === "info");
    }
  });
});

describe("bundles by hand that MD.ai takes", () => {
  const helper = { "model/.mdai/preprocess.py": "import numpy as np\n" };
  const dockerfile = "ARG V=1\nfrom ubuntu:20.04 AS base\nRUN apt-get update\n";
  const good: readonly (readonly [string, BundleFiles, readonly FindingCode[]])[] = [
    ["py310", BY_HAND, []],
    [
      "py37 on a GPU, with a helper module and unpinned requirements",
      {
        ...BY_HAND,
        ...helper,
        [YAML]: "base_image: PY37 # as before\ndevice_type: gpu\ncuda_version: 11.0\n",
        [CODE]: `from preprocess import x\n${DEPLOY}`,
        [PIP]: "keras-unet==0.1.2\nopencv-python-headless\ntensorflow==2.2.0\n",
      },
      [],
    ],
    [
      "an image of its own, with what pip finds there",
      {
        ...BY_HAND,
        [YAML]: "base_image: custom\n",
        "model/.mdai/Dockerfile": dockerfile,
        [PIP]: "-r /opt/all.txt\n",
      },
      ["image-unchecked"],
    ],
    ["nvidia, whose workspace is the MMAR", NVIDIA, []],
    [
      "nvidia, with an article's config_mdai.json",
      {
        ...without(NVIDIA, "model/workspace"),
        ...moved(SPLEEN, (path) => path.replace("workspace/", "workspace/clara_spleen/")),
        [MDAI]: JSON.stringify({
          type: "segmentation",
          root_folder: "clara_spleen",
          out_classes: 2,
          data_list_key: "test",
        }),
      },
      [],
    ],
    [
      "a saved model beside .mdai, config.yml",
      {
        "model/.mdai/config.yml": "base_image: py37\ndevice_type: cpu\n",
        "model/.mdai/mdai_deploy.py": DEPLOY,
        "model/.mdai/requirements.txt": "tensorflow",
        "model/saved_model.pb": "x",
        "model/variables/variables.index": "x",
      },
      ["requirement-brings-other"],
    ],
    ["without config.yaml", without(BY_HAND, YAML), ["config-yaml-absent"]],
    ["deep in the archive", moved(BY_HAND, (path) => `home/me/${path}`), []],
    [
      "with what systems leave behind",
      {
        ...BY_HAND,
        "__MACOSX/model/._x": "",
        "__MACOSX/model/.mdai/._mdai_deploy.py": "\0\0",
        "model/.mdai/._mdai_deploy.py": "\0\0",
        ".DS_Store": "",
        "Thumbs.db": "",
      },
      [],
    ],
    [
      "with wheels, markers, URLs, options and hashes",
      {
        ...BY_HAND,
        "model/.mdai/mine-1.0-py3-none-any.whl": "x",
        [PIP]: [
          "--extra-index-url https://example.org/simple",
          "-r requirements.txt",
          "./mine-1.0-py3-none-any.whl",
          "/src/mine-1.0-py3-none-any.whl",
          'torch==1.13.1+cpu; python_version >= "3.7" and (os_name == "posix" or extra in "a b")',
          "git+https://example.org/a/b.git@v1#egg=b",
          "-e git+https://example.org/a/b.git#egg=c",
          "d @ https://example.org/d-1.zip",
          "e[x, y] >= 1.0 , != 1.5, < 2",
          "f (>=1)",
          "g==1.0 \\",
          "    --hash=sha256:aa",
          "pydicom==2.3.1",
        ].join("\r\n"),
      },
      [],
    ],
    [
      "with requirements in UTF-16, as PowerShell writes them",
      { ...BY_HAND, [PIP]: Buffer.from("\ufeffnumpy==1.21.6\r\n", "utf16le") },
      [],
    ],
    [
      "with variables that Docker understands",
      {
        ...BY_HAND,
        [YAML]: `env:\n  A: '"b c"'\n  B: b\\ c\n  C: 3\n  D: "1.10"\n  E: ''\n  HOME: $PATH\n`,
      },
      [],
    ],
    [
      "with a class in a branch, defaults and a star",
      {
        ...BY_HAND,
        [CODE]:
          "try:\n  class MDAIModel:\n    def __init__(self, *a, p=1): pass\n    def predict(self, data, *more, **k): pass\nfinally:\n  pass\n",
      },
      [],
    ],
    ["a checkpoint is not asked for", without(NVIDIA, "model/workspace/models/model.pt"), []],
  ];

  it.each(good)("%s", async (_, files, expected) => {
    const zip = await verify(writeZip(place(), files));
    expect(zip.findings.map((found) => [found.code, messageOf(found)])).toEqual(
      expected.map((name) => [name, expect.anything()]),
    );
    const tar = await verify(await writeTar(place("c.tar.gz"), files));
    expect(codesOf(tar)).toEqual(expected);
    expect(zip).toMatchObject({ ok: true, format: "zip", isOurs: false });
    expect(tar).toMatchObject({ ok: true, format: "tar.gz", image: zip.image, root: zip.root });
  });

  it("says what a bundle asks for and holds", async () => {
    const { findings, sha256, size, ...known } = await verify(writeZip(place(), NVIDIA));
    expect(findings).toEqual([]);
    expect(sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(size).toBeGreaterThan(10_000);
    expect(known).toMatchObject({
      files: Object.keys(NVIDIA).length,
      contentSize: Object.values(NVIDIA).reduce((sum, { length }) => sum + length, 0),
      root: "model",
      image: {
        baseImage: "nvidia",
        device: "gpu",
        claraVersion: "4.1.0",
        cudaVersion: undefined,
        python: "3.8",
      },
      mmar: "model/workspace",
      model: { task: "segmentation", outClasses: 2, dataListKey: "test", classes: [] },
    });
  });
});

describe("the MMAR in a bundle", () => {
  const TS = `${ROOT}/models/model.ts`;
  const PT = `${ROOT}/models/model.pt`;
  const ENV = `${ROOT}/config/environment.json`;
  it.each<[string, Files, string[], string | undefined]>([
    ["weights swapped", ({ ours: f }) => ({ ...f, [TS]: f[PT] ?? "" }), ["weights-swapped"], TS],
    ["weights empty", ({ ours: f }) => ({ ...f, [TS]: "" }), ["weights-empty"], TS],
    [
      "weights missing",
      ({ ours: f }) => without(f, TS),
      ["weights-missing"],
      `${ENV}:12:3 (MMAR_TORCHSCRIPT)`,
    ],
    [
      "a checkpoint cut off",
      ({ ours: f }) => ({ ...f, [PT]: f[PT]?.slice(0, 900) ?? "" }),
      ["weights-truncated"],
      PT,
    ],
    ["bad JSON", ({ ours: f }) => ({ ...f, [ENV]: `${f[ENV]}}` }), ["json-syntax"], `${ENV}:16:1`],
    [
      "an MMAR of TensorFlow by hand",
      ({ nvidia: f }) => ({
        ...without(
          without(f, "model/workspace/models"),
          "model/workspace/config/config_inference.json",
        ),
        "model/workspace/config/environment.json": '{"PROCESSING_TASK": "segmentation"}',
        "model/workspace/models/model.trt.pb": "x",
      }),
      ["generation-tensorflow"],
      "model/workspace/",
    ],
    [
      "a pointer by hand",
      ({ nvidia: f }) => ({
        ...f,
        "model/workspace/models/model.ts": "version https://git-lfs.github.com/spec/v1\n",
      }),
      ["weights-lfs-pointer"],
      "model/workspace/models/model.ts",
    ],
  ])("%s", async (_, files, expected, at) => {
    const path = writeZip(place(), files({ hand: BY_HAND, nvidia: NVIDIA, ours }));
    const { findings, ok } = await verify(path);
    expect(codesOf({ findings })).toEqual(expected);
    expect(findings[0]?.place && placeText(findings[0].place)).toBe(at);
    expect(ok).toBe(false);
  });

  it("need not have a TorchScript if its config by hand loads the checkpoint", async () => {
    const config = "model/workspace/config/config_inference.json";
    const value = JSON.parse(String(NVIDIA[config])) as Json;
    const loads = changed(value, ["model"], { name: "UNet", args: {}, ckpt_path: "{MMAR_CKPT}" });
    const files = {
      ...without(NVIDIA, "model/workspace/models/model.ts"),
      [config]: JSON.stringify(loads),
    };
    expect(codesOf(await verify(writeZip(place(), files)))).toEqual([]);
    const none = await verify(writeZip(place(), without(files, "model/workspace/models/model.pt")));
    expect(codesOf(none)).toEqual(["weights-missing"]);
  });
});

describe("bundles of this project", () => {
  const fixtures = [
    ...["spleen_ct", "brain_channels", "liver_tumor_ct", "lung_resampled"],
    ...readdirSync(join(REPOSITORY, "fixtures/catalogue")).map((name) => `catalogue/${name}`),
  ];
  it.each(fixtures.flatMap((name) => RUNTIME_NAMES.map((runtime) => ({ name, runtime }))))(
    "$name on $runtime has no finding but those of pack",
    async ({ name, runtime }) => {
      for (const format of ["zip", "tar.gz"] as const) {
        const out = place(`b.${format}`);
        const packed = await pack(join(REPOSITORY, "fixtures", name), {
          out,
          format,
          runtime,
          lungMask: undefined,
        });
        if (!packed.ok) return expect(packed.bundle).toBeUndefined();
        const verified = await verify(out);
        const known = new Set(codesOf(packed));
        expect(codesOf(verified).filter((found) => !known.has(found as FindingCode))).toEqual([]);
        expect(verified).toMatchObject({
          ok: true,
          isOurs: true,
          runtime,
          format,
          sha256: packed.bundle?.sha256,
          size: packed.bundle?.size,
          files: packed.plan?.entries.length,
          contentSize: packed.plan?.totalSize,
          mmar: `model/workspace/${packed.rootFolder?.value}`,
          model: {
            task: packed.model?.task?.value,
            outClasses: packed.model?.outClasses?.value,
            classes: packed.model?.classes?.value.map((c) => ({
              classIndex: c.classIndex,
              name: c.name,
            })),
          },
        });
      }
    },
  );

  it.each(RUNTIME_NAMES)("may be packed for %s with any options", async (runtime) => {
    const make = mmarMaker();
    const mmar = make("brain_channels");
    const out = place();
    const packed = await pack(mmar.path, {
      out,
      runtime,
      device: "cpu",
      checkpoint: false,
      rootFolder: "mine",
      requirement: ["einops==0.6.1"],
      env: { A: "b c", B: "1.10", C: "yes", D: "it's $5" },
      exclude: ["docs"],
    });
    expect(codesOf(packed)).toEqual([]);
    expect(codesOf(await verify(out))).toEqual([]);
  });
});

const gzipped = async (entries: Parameters<typeof tarOf>[0]): Promise<Buffer> =>
  gzipSync(await tarOf(entries));

describe("an archive that is not to be trusted", () => {
  const entry = { name: "model/.mdai/config.yaml", data: "base_image: py37\n" };
  const LINK = 0o120777;
  it.each<[string, Buffer, FindingCode]>([
    ["a name that leads out", zipOf([entry, { name: "../x" }]), "archive-entry-name"],
    ["a link", zipOf([entry, { name: "model/x", mode: LINK, data: "/etc" }]), "archive-entry-kind"],
    ["an entry twice", zipOf([entry, entry]), "archive-entry-twice"],
    ["encryption", zipOf([{ ...entry, flags: 0x801 }]), "archive-encrypted"],
    ["another method", zipOf([{ ...entry, method: 12 }]), "archive-method"],
    ["a bomb", zipOf([{ ...entry, size: 2 ** 32 - 2 }]), "archive-too-large"],
    ["no end", zipOf([entry]).subarray(0, -30), "archive-damaged"],
    ["a wrong CRC-32", zipOf([{ ...entry, crc: 1 }]), "archive-damaged"],
    ["a wrong length", zipOf([{ ...entry, size: 3 }]), "archive-damaged"],
  ])("zip: %s", async (_, bytes, expected) => {
    const path = place();
    writeFileSync(path, bytes);
    const result = await verify(path);
    expect(codesOf(result)).toEqual([expected]);
    expect(result).toMatchObject({ ok: false, format: "zip", size: bytes.length });
  });

  it.each<[string, Parameters<typeof tarOf>[0], FindingCode]>([
    ["a name that leads out", [entry, { name: "../x" }], "archive-entry-name"],
    [
      "a link",
      [entry, { name: "model/x", type: "symlink", linkname: "/etc" }],
      "archive-entry-kind",
    ],
    ["an entry twice", [entry, entry], "archive-entry-twice"],
  ])("tar.gz: %s", async (_, entries, expected) => {
    const path = place("c.tar.gz");
    writeFileSync(path, await gzipped(entries));
    expect(codesOf(await verify(path))).toEqual([expected]);
  });

  it("tar.gz: a bomb", async () => {
    const path = place("c.tar.gz");
    const zeros = gzipSync(Buffer.alloc(64 * 1024 * 1024), { level: 9 });
    writeFileSync(path, Buffer.concat([await gzipped([entry]), ...Array(20).fill(zeros)]));
    expect(codesOf(await verify(path))).toEqual(["archive-too-large"]);
  });

  it("a tar that is not gzipped is none that MD.ai takes", async () => {
    const path = place("c.tar");
    writeFileSync(path, await tarOf([CONFIG]));
    const result = await verify(path);
    expect(codesOf(result)).toEqual(["bundle-not-an-archive"]);
    expect(messageOf(result.findings[0])).toMatch(/tar that is not compressed/);
  });

  it("names each damaged entry of a zip, up to twenty", async () => {
    const path = place();
    const bad = Array.from({ length: 30 }, (_, i) => ({ name: `model/${i}`, crc: 1 }));
    writeFileSync(path, zipOf([entry, ...bad]));
    const { findings } = await verify(path);
    expect(findings).toHaveLength(20);
    expect(findings[0]?.place).toMatchObject({ file: "c.zip", key: "model/0" });
  });
});

describe("verify", () => {
  it("never runs what it reads", async () => {
    const mark = join(folder, "ran");
    const evil = `open(${JSON.stringify(mark)}, "w")\n`;
    const files = {
      ...BY_HAND,
      [CODE]: `${evil}${DEPLOY}`,
      "model/.mdai/json.py": evil,
      "model/.mdai/sitecustomize.py": evil,
    };
    const { ok } = await verify(writeZip(place(), files));
    expect(ok).toBe(true);
    expect(readdirSync(folder)).not.toContain("ran");
  });

  it("ends with its signal's reason, also while Python runs", async () => {
    const path = writeZip(place(), BY_HAND);
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(verify(path, {}, { signal })).rejects.toThrow("enough");
    const slow = join(folder, "slow");
    writeFileSync(slow, "#!/bin/sh\nexec sleep 20\n");
    chmodSync(slow, 0o755);
    const controller = new AbortController();
    const running = verify(
      path,
      {},
      {
        signal: controller.signal,
        env: { ...process.env, MMAR2MDAI_PYTHON: slow },
      },
    );
    setTimeout(() => controller.abort(new Error("enough")), 300);
    await expect(running).rejects.toThrow("enough");
  });

  it("refuses an option that is none", async () => {
    await expect(verify("x", { strictly: true } as never)).rejects.toThrow(
      /^strictly: unknown option\. Did you mean `strict`\?$/,
    );
  });

  it("reads names in any script", async () => {
    const path = place("脾臓 é.zip");
    copyFileSync(
      writeZip(
        place(),
        moved(BY_HAND, (p) => p.replace("model.h5", "モデル.h5")),
      ),
      path,
    );
    expect(codesOf(await verify(path))).toEqual([]);
  });
});
