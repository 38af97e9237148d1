import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { load, YAML11_SCHEMA } from "js-yaml";
import { describe, expect, it } from "vitest";
import {
  inspect,
  type PackOptions,
  type PackResult,
  pack,
  TargetExistsError,
  UsageError,
} from "../../src/index.js";
import { violations } from "../../src/schemas.js";
import { type Files, namesInTar, unzip } from "../support/bundles.js";
import {
  codesOf,
  type FixtureName,
  mmarMaker,
  REAL_MMARS,
  REPOSITORY,
  scratch,
  TestMmar,
} from "../support/mmars.js";

const make = mmarMaker();
const FIXTURES = ["spleen_ct", "liver_tumor_ct", "brain_channels", "lung_resampled"] as const;

async function packed(
  mmar: TestMmar,
  options: PackOptions = {},
): Promise<PackResult & { files: Files; path: string }> {
  const result = await pack(mmar.path, { out: scratch(), ...options });
  expect(result.findings.filter((f) => f.severity === "error")).toEqual([]);
  expect(result.ok).toBe(true);
  const files = result.format === "zip" ? await unzip(result.target) : new Map();
  return { ...result, files, path: result.target };
}

const textOf = (files: Files, path: string): string =>
  files.get(path)?.bytes.toString("utf8") ?? "";
const sha256 = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
}

describe.each(FIXTURES)("the bundle of %s", (fixture: FixtureName) => {
  it("holds the MMAR byte for byte, the deploy code, and its configs", async () => {
    const mmar = make(fixture);
    const { files, bundle, target, plan } = await packed(mmar);

    expect(basename(target)).toBe(`${fixture}.mdai.zip`);
    const archive = readFileSync(target);
    expect(bundle).toMatchObject({ size: archive.length, sha256: sha256(archive) });
    expect([...files.keys()]).toEqual(plan?.entries.map((entry) => entry.path));

    const root = `model/workspace/${fixture}/`;
    const own = [...files.keys()]
      .filter((path) => path.startsWith(root))
      .map((path) => path.slice(root.length));
    expect(own.sort()).toEqual(
      [...filesBelow(mmar.path), "config/config_inference.mdai.json"].sort(),
    );
    for (const path of filesBelow(mmar.path)) {
      expect(files.get(root + path)?.bytes.equals(readFileSync(mmar.file(path)))).toBe(true);
      expect(files.get(root + path)?.mode).toBe(path.endsWith(".sh") ? 0o755 : 0o644);
    }
    const code = [...files.keys()].filter((path) => /^model\/\.mdai\/\w+\.py$/.test(path));
    expect(code).toEqual(expect.arrayContaining(["model/.mdai/mdai_deploy.py"]));
    for (const path of code) {
      const folders = ["segmentation", "platform", "imaging", "engines", "engines/clara"];
      const [template] = folders
        .map((folder) => join(REPOSITORY, "templates", folder, basename(path)))
        .filter((file) => existsSync(file));
      expect(files.get(path)?.bytes.equals(readFileSync(template ?? ""))).toBe(true);
    }
    const others = [...files.keys()].filter(
      (path) => !path.startsWith(root) && !path.endsWith(".py"),
    );
    expect(others.sort()).toEqual([
      "model/.mdai/config.yaml",
      "model/.mdai/requirements.txt",
      "model/workspace/config_mdai.json",
    ]);
  });

  it("has configs that fit the schemas, and the article's keys first", async () => {
    const { files, configMdai } = await packed(make(fixture), { device: "cpu", env: { A: "b c" } });
    const yaml = load(textOf(files, "model/.mdai/config.yaml"), { schema: YAML11_SCHEMA });
    expect(violations("config_yaml", yaml)).toEqual([]);
    expect(yaml).toEqual({
      base_image: "nvidia",
      clara_version: "4.1.0",
      device_type: "cpu",
      env: { A: '"b c"' },
    });
    const mdai = JSON.parse(textOf(files, "model/workspace/config_mdai.json"));
    expect(violations("config_mdai", mdai)).toEqual([]);
    expect(mdai).toEqual(configMdai);
    expect(Object.keys(mdai).slice(0, 4)).toEqual([
      "type",
      "root_folder",
      "out_classes",
      "data_list_key",
    ]);
    for (const path of [
      mdai.engine.inference_config,
      mdai.engine.environment,
      mdai.engine.set_env,
    ]) {
      expect(files.has(`model/workspace/${mdai.root_folder}/${path}`)).toBe(true);
    }
  });
});

describe("the order of a bundle", () => {
  it("is small files first, weights last", async () => {
    const mmar = make().write("resources/atlas.bin", Buffer.alloc(2_000_000)).write("zz.txt", "");
    const { files } = await packed(mmar);
    const paths = [...files.keys()].map((path) => path.replace("model/workspace/spleen_ct/", ""));
    expect(paths[0]).toBe("model/.mdai/config.yaml");
    expect(paths.slice(-4)).toEqual([
      "zz.txt",
      "models/model.ts",
      "models/model.pt",
      "resources/atlas.bin",
    ]);
  });
});

describe("the same MMAR and options", () => {
  it("give the same bytes whatever the folder's order, times and modes", async () => {
    const first = make();
    const second = make();
    for (const path of filesBelow(second.path).reverse()) {
      const bytes = readFileSync(second.file(path));
      second.remove(path).write(path, bytes);
      utimesSync(second.file(path), 1, 1);
      chmodSync(second.file(path), path.endsWith(".sh") ? 0o744 : 0o600);
    }
    for (const format of ["zip", "tar.gz"] as const) {
      const one = await packed(first, { format });
      const other = await packed(second, { format });
      expect(one.bundle?.sha256).toBe(other.bundle?.sha256);
      expect(readFileSync(one.path).equals(readFileSync(other.path))).toBe(true);
    }
  });

  it("follow SOURCE_DATE_EPOCH, and refuse what is none", async () => {
    const mmar = make();
    const at = async (epoch: string) =>
      (await pack(mmar.path, { out: scratch() }, { env: { SOURCE_DATE_EPOCH: epoch } })).bundle
        ?.sha256;
    expect(await at("1700000000")).toBe(await at("1700000000"));
    expect(await at("1700000000")).not.toBe(await at("1600000000"));
    await expect(at("yesterday")).rejects.toThrow(UsageError);
  });
});

describe("the target", () => {
  it.each([
    ["x.zip", undefined, "zip"],
    ["x.ZIP", undefined, "zip"],
    ["x.tar.gz", undefined, "tar.gz"],
    ["x.tgz", undefined, "tar.gz"],
    ["x.zip", "zip", "zip"],
    [".", "tar.gz", "tar.gz"],
  ] as const)("%s with --format %s is a %s", async (out, format, expected) => {
    const folder = scratch();
    const target = out === "." ? folder : join(folder, out);
    const result = await pack(make().path, { out: target, ...(format && { format }) });
    expect(result.format).toBe(expected);
    expect(result.target).toBe(out === "." ? join(folder, "spleen_ct.mdai.tar.gz") : target);
    const start = readFileSync(result.target).subarray(0, 2).toString("latin1");
    expect(start).toBe(expected === "zip" ? "PK" : "\x1f\x8b");
    if (expected === "tar.gz") {
      expect(namesInTar(result.target)).toEqual(result.plan?.entries.map((entry) => entry.path));
    }
  });

  it.each([
    ["x.rar", {}, /end in \.zip or \.tar\.gz/],
    ["x", {}, /not a folder/],
    ["nothing/x.zip", {}, /the folder .*nothing does not exist/],
    ["file.zip/", {}, /file\.zip\/ is not a folder/],
    ["x.zip", { format: "tar.gz" }, /Leave one of them out/],
    ["x.tgz", { format: "zip" }, /Leave one of them out/],
  ] as const)("%s with %j is refused", async (out, options, says) => {
    const folder = scratch();
    writeFileSync(join(folder, "file.zip"), "");
    const packing = pack(make().path, {
      out: join(folder, out).replace(/(?<!\/)$/, out.endsWith("/") ? "/" : ""),
      ...options,
    });
    await expect(packing).rejects.toThrow(says);
    await expect(packing).rejects.toThrow(UsageError);
    expect(readdirSync(folder)).toEqual(["file.zip"]);
  });

  it("in a folder that is not there is put there, if the folder is named with a slash", async () => {
    const folder = scratch();
    const { ok, target } = await pack(make().path, { out: join(folder, "a/b/") });
    expect([ok, target]).toEqual([true, join(folder, "a/b/spleen_ct.mdai.zip")]);
    expect(readdirSync(join(folder, "a/b"))).toEqual(["spleen_ct.mdai.zip"]);
  });

  it("leaves no folder behind that was made for nothing", async () => {
    const folder = scratch();
    const out = join(folder, "a/b/");
    await pack(make().path, { out, dryRun: true });
    await pack(make().remove("models/model.ts").path, { out });
    expect(readdirSync(folder)).toEqual([]);
    const stop = new AbortController();
    const onProgress = () => {
      expect(existsSync(out)).toBe(true);
      stop.abort();
    };
    const { signal } = stop;
    await expect(pack(make().path, { out }, { signal, onProgress })).rejects.toThrow();
    expect(readdirSync(folder)).toEqual([]);
    // What was there before stays, empty or not.
    mkdirSync(join(folder, "a"));
    const again = new AbortController();
    const stopped = { signal: again.signal, onProgress: () => again.abort() };
    await expect(pack(make().path, { out }, stopped)).rejects.toThrow();
    expect(readdirSync(folder, { recursive: true })).toEqual(["a"]);
  });

  it("that is there is kept unless --force is given", async () => {
    const out = join(scratch(), "x.zip");
    const mmar = make();
    const first = await pack(mmar.path, { out });
    mmar.write("docs/more.txt", "more");
    await expect(pack(mmar.path, { out })).rejects.toThrow(TargetExistsError);
    expect(sha256(readFileSync(out))).toBe(first.bundle?.sha256);
    const second = await pack(mmar.path, { out, force: true });
    expect(sha256(readFileSync(out))).toBe(second.bundle?.sha256);
    expect(second.bundle?.sha256).not.toBe(first.bundle?.sha256);
  });

  it.each(["spleen_ct.mdai.zip", "x.zip", "docs/x.tar.gz"])(
    "%s in the MMAR itself is not packed",
    async (name) => {
      const mmar = make();
      const link = join(scratch(), "link");
      symlinkSync(mmar.path, link);
      const first = await pack(mmar.path, { out: mmar.file(name) });
      mmar.write(".x.zip.1-2.mmar2mdai-partial", "of a killed run");
      const again = await pack(mmar.path, { out: join(link, name), force: true });
      expect(again.bundle?.sha256).toBe(first.bundle?.sha256);
      expect(again.omitted.flatMap((group) => group.paths)).toContain(name);
    },
  );

  it("is not written with dryRun, though the plan is the same", async () => {
    const mmar = make();
    const out = scratch();
    const dry = await pack(mmar.path, { out, dryRun: true });
    expect(readdirSync(out)).toEqual([]);
    expect(dry).toMatchObject({ ok: true, bundle: undefined });
    const wet = await pack(mmar.path, { out });
    const shape = ({ plan }: PackResult) =>
      plan?.entries.map(({ path, size, mode }) => [path, size, mode]);
    expect(shape(dry)).toEqual(shape(wet));
  });
});

describe("the MMAR's folder", () => {
  it.each([
    "model",
    ".hidden",
    "-rf",
    "with space",
    "workspace",
    "Ünïcode 脾臓",
    "mmar.zip",
    "%2e%2e",
    "'$(id)'",
  ])("may be called %s", async (name) => {
    const { files, rootFolder, target } = await packed(make("spleen_ct", name));
    expect(basename(target)).toBe(`${name}.mdai.zip`);
    expect(rootFolder?.value).toMatch(/^[A-Za-z0-9_][A-Za-z0-9._-]*$/);
    expect(files.has(`model/workspace/${rootFolder?.value}/models/model.ts`)).toBe(true);
  });

  it("may be given as ., with a slash behind it, through a link, or relative", async () => {
    const mmar = make();
    const link = join(scratch(), "spleen_ct");
    symlinkSync(mmar.path, link);
    const expected = (await packed(mmar)).bundle?.sha256;
    const before = process.cwd();
    process.chdir(mmar.path);
    try {
      for (const location of [
        ".",
        "./",
        `${mmar.path}/`,
        `${mmar.path}//.`,
        link,
        `${link}/`,
        "../spleen_ct",
      ]) {
        const { bundle, target } = await pack(location, { out: scratch() });
        expect(basename(target)).toBe("spleen_ct.mdai.zip");
        expect(bundle?.sha256).toBe(expected);
      }
    } finally {
      process.chdir(before);
    }
  });

  it("may hold names in any script, and what only looks like a path", async () => {
    const names = [
      "脾臓.txt",
      "größe.txt",
      "גודל",
      "🫀.md",
      "a:b",
      "con",
      " lead",
      "trail ",
      "a*b?",
      "[x]",
      "é.txt",
      "-x",
      "..a",
      "a%20b",
      `${"l".repeat(200)}.txt`,
    ];
    const mmar = make();
    for (const name of names) mmar.write(`docs/${name}`, name);
    const { files } = await packed(mmar);
    for (const name of names) {
      expect(textOf(files, `model/workspace/spleen_ct/docs/${name}`)).toBe(name);
    }
  });

  it("may be moved once it is packed: nothing in the bundle names it", async () => {
    const mmar = make();
    const { files } = await packed(mmar);
    const moved = `${mmar.path}-moved`;
    renameSync(mmar.path, moved);
    for (const { bytes } of files.values()) expect(bytes.includes(mmar.path)).toBe(false);
  });
});

describe("what is left out", () => {
  const leftBehind = {
    "evaluation outputs": ["eval/case/x.nii.gz", "eval/predictions.csv"],
    "TensorBoard events": ["models/events.out.tfevents.1.host"],
    logs: ["train.log", "logs/x.txt", "nohup.out"],
    caches: ["custom/__pycache__/x.pyc", "docs/.ipynb_checkpoints/x", ".mypy_cache/x"],
    "version control": [".git/config", ".gitignore", "docs/.gitkeep"],
    "files of systems and editors": [
      ".DS_Store",
      "models/._model.pt",
      "__MACOSX/x",
      "docs/a.txt~",
      ".idea/x",
    ],
    "weights that environment.json does not name": [
      "models/final_model.pt",
      "models/run2/epoch_9.pth",
      "models/old.ts",
    ],
    "made by mmar2mdai before": ["old.mdai.zip", "config/config_train.mdai.json"],
  };
  const dirty = (): TestMmar => {
    const mmar = make();
    for (const path of Object.values(leftBehind).flat()) mmar.write(path, "12345");
    return mmar;
  };

  it("is what systems and people leave behind, each kind with a line and what it saves", async () => {
    const { files, omitted, bundle } = await packed(dirty());
    const said = Object.fromEntries(
      omitted.map(({ reason, paths }) => [reason, [...paths].sort()]),
    );
    expect(said).toEqual(
      Object.fromEntries(
        Object.entries(leftBehind).map(([reason, paths]) => [reason, [...paths].sort()]),
      ),
    );
    for (const { files: count, size, paths } of omitted)
      expect([count, size]).toEqual([paths.length, 5 * paths.length]);
    expect(bundle?.sha256).toBe((await packed(make())).bundle?.sha256);
    expect([...files.keys()].filter((path) => path.includes("eval"))).toEqual([]);
  });

  it.each([
    [{ include: ["eval/**"] }, "eval/predictions.csv", true],
    [{ include: ["eval"] }, "eval/predictions.csv", true],
    [{ include: ["./eval/"] }, "eval/case/x.nii.gz", true],
    [{ include: ["**/*.log"] }, "train.log", true],
    [{ include: ["models/final_model.pt"] }, "models/final_model.pt", true],
    [{ include: [".git"] }, ".git/config", true],
    [{ exclude: ["docs"] }, "docs/Readme.md", false],
    [{ exclude: ["**/*.md"] }, "docs/Readme.md", false],
    [{ include: ["eval"], exclude: ["**/*.csv"] }, "eval/predictions.csv", false],
    [{ checkpoint: false }, "models/model.pt", false],
    [{ exclude: ["models/*.pt"] }, "models/model.pt", false],
    [{}, "docs/Readme.md", true],
  ] as const)("changes with %j: %s", async (options, path, isIn) => {
    const { files } = await packed(dirty(), {
      ...options,
      include: [...("include" in options ? options.include : [])],
      exclude: [...("exclude" in options ? options.exclude : [])],
    });
    expect(files.has(`model/workspace/spleen_ct/${path}`)).toBe(isIn);
  });

  it("is the MMAR's own folder of outputs", async () => {
    for (const folder of ["results", "results/", "./results"]) {
      const mmar = make().env("MMAR_EVAL_OUTPUT_PATH", folder).write("results/x.nii.gz", "x");
      const { files } = await packed(mmar);
      expect([...files.keys()].filter((path) => path.includes("results"))).toEqual([]);
    }
  });

  it("need not be fit", async () => {
    const mmar = make();
    mkdirSync(mmar.file("eval"));
    symlinkSync("/nowhere", mmar.file("eval/link"));
    const { findings } = await packed(mmar);
    expect(findings).toEqual([]);
  });
});

describe("paths of weights", () => {
  it.each([
    "./models/model.pt",
    "models//model.pt",
    "models/../models/model.pt",
    "models/run1/model.pt",
  ])("MMAR_CKPT may be %s", async (path) => {
    const mmar = make().env("MMAR_CKPT", path);
    if (path.includes("run1")) mmar.copy("models/model.pt", path).remove("models/model.pt");
    const { files, findings } = await packed(mmar);
    expect(findings).toEqual([]);
    expect([...files.keys()].filter((name) => name.endsWith("model.pt"))).toHaveLength(1);
  });

  it("may not be one file for both", async () => {
    const { findings } = await make().env("MMAR_CKPT", "models/model.ts").inspect();
    expect(codesOf({ findings })).toEqual(["weights-swapped"]);
  });

  it("may not be a bare pickle, which torch.save does not write", async () => {
    const pickle = Buffer.concat([
      Buffer.from([0x80, 2]),
      Buffer.alloc(2000, 0x4e),
      Buffer.from("."),
    ]);
    const { findings } = await make().write("models/model.pt", pickle).inspect();
    expect(codesOf({ findings })).toEqual(["pickle-form"]);
  });
});

describe.skipIf(!existsSync(REAL_MMARS))("a real MMAR", () => {
  const real = (name: string): TestMmar => {
    const mmar = new TestMmar(join(scratch(), name), join(REAL_MMARS, name));
    const fixture = join(REPOSITORY, "fixtures/spleen_ct");
    for (const path of ["models/model.pt", "models/model.ts", "commands/set_env.sh"]) {
      mmar.write(path, readFileSync(join(fixture, path)));
    }
    return mmar;
  };

  it("of Clara 4.1 is packed", async () => {
    const { findings, configMdai, model } = await packed(real("spleen-4.1"), { strict: true });
    expect(findings).toEqual([]);
    expect(configMdai).toMatchObject({
      type: "segmentation",
      root_folder: "spleen-4.1",
      out_classes: 2,
      data_list_key: "test",
    });
    expect(model?.classes?.value).toEqual([{ classIndex: 0, name: "spleen", value: 1 }]);
  });

  it("of Clara 3 is refused with the one reason", async () => {
    const result = await inspect(real("chexpert-3.1").remove("models").path);
    expect(codesOf(result)).toEqual(["generation-tensorflow"]);
    expect(result.plan).toBeUndefined();
  });
});

it("a library call does not change what it is given", async () => {
  const options: PackOptions = Object.freeze({
    out: scratch(),
    include: Object.freeze(["x"]) as string[],
  });
  const mmar = make();
  const before = filesBelow(mmar.path).map((path) => [path, statSync(mmar.file(path)).mtimeMs]);
  await pack(mmar.path, options);
  expect(filesBelow(mmar.path).map((path) => [path, statSync(mmar.file(path)).mtimeMs])).toEqual(
    before,
  );
});
