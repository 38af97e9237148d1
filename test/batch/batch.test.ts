import {
  appendFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  type BatchHooks,
  type BatchItemResult,
  type BatchOptions,
  batch,
  MachineError,
  pack,
  UsageError,
} from "../../src/index.js";
import { archiveOf } from "../files/archives.js";
import { type FixtureName, REPOSITORY, scratch, TestMmar } from "../support/mmars.js";

/** Folder with MMARs of these names, all of one fixture. */
function models(...names: readonly string[]): string {
  const root = scratch();
  for (const name of names) mmar(root, name);
  return root;
}

const mmar = (root: string, name: string, fixture: FixtureName = "spleen_ct"): TestMmar =>
  new TestMmar(join(root, name), join(REPOSITORY, "fixtures", fixture));

/** Runs a batch, and tells what became of each MMAR, in the order of the bundles' names. */
async function run(
  root: string,
  out: string,
  options: Partial<BatchOptions> = {},
  hooks: BatchHooks = {},
) {
  const told: BatchItemResult[] = [];
  const onResult = (model: BatchItemResult): void => void told.push(model);
  const result = await batch([root], { out, ...options }, { env: {}, onResult, ...hooks });
  const ordered = told.sort((a, b) => a.index - b.index);
  return { result, models: ordered, outcomes: ordered.map(({ outcome }) => outcome) };
}

const bundlesIn = (out: string): string[] =>
  readdirSync(out).filter((name) => name !== ".mmar2mdai");

describe("a batch", () => {
  it("makes of each MMAR what pack makes of it, and goes on after a bad one", async () => {
    const root = models("a", "b", "c");
    mmar(root, "bad").remove("models/model.ts");
    await archiveOf("zip, deflated", join(root, "a"), join(root, "z"), "zipped");
    writeFileSync(join(root, "data.zip"), "<html>not found</html>");
    const out = join(scratch(), "deep", "out");
    const { result, models: told, outcomes } = await run(root, out);

    expect(result.ok).toBe(false);
    expect(outcomes).toEqual(["packed", "packed", "not fit", "packed", "not fit", "packed"]);
    expect(result.counts).toMatchObject({ packed: 4, "not fit": 2, failed: 0 });
    expect(told[2]?.findings.map(({ code }) => code)).toEqual(["weights-missing"]);
    expect(told[4]?.findings.map(({ code }) => code)).toEqual(["download-failed"]);
    for (const { outcome, location, target, size, sha256 } of told) {
      expect(existsSync(target)).toBe(outcome === "packed");
      if (outcome !== "packed") continue;
      const { bundle } = await pack(location, { out: scratch() }, { env: {} });
      expect([size, sha256]).toEqual([bundle?.size, bundle?.sha256]);
      expect(statSync(target).size).toBe(size);
    }
  });

  it("passes over archives that are no MMARs, but not those that it was given", async () => {
    const root = models("a");
    const other = scratch();
    writeFileSync(join(other, "notes.txt"), "x");
    const zip = await archiveOf("zip, stored", other, join(root, "notes"), false);
    const { result, outcomes } = await run(root, join(root, "out"));
    expect([result.ok, outcomes]).toEqual([true, ["packed", "passed over"]]);
    const named = await run(zip, join(root, "out"));
    expect(named.outcomes).toEqual(["not fit"]);
  });

  it("takes options for all, for those of a list, and from the config file beside an MMAR", async () => {
    const root = models("a", "b", "c");
    writeFileSync(join(root, "mmar2mdai.config.yaml"), "device: cpu\nroot-folder: beside\n");
    const list = join(root, "list.yaml");
    const entries = ["- a", "- {mmar: b, root-folder: listed}", "- {mmar: c, device: gpu}"];
    writeFileSync(list, `defaults: {sw-batch-size: 7}\nmodels:\n${entries.join("\n")}\n`);
    const out = join(root, "out");
    const configOf = async (name: string, options: Partial<BatchOptions> = {}) => {
      await run(list, out, { ...options, force: true });
      const zip = readFileSync(join(out, `${name}.mdai.zip`));
      return [/"root_folder": "(\w+)"/, /"device": "(\w+)"/, /"sw_batch_size": (\d+)/].map(
        (pattern) => pattern.exec(zip.toString("latin1"))?.[1],
      );
    };
    const stored = { compress: "store" } as const;
    expect(await configOf("a", stored)).toEqual(["beside", "cpu", "7"]);
    expect(await configOf("b", stored)).toEqual(["listed", "cpu", "7"]);
    expect(await configOf("c", stored)).toEqual(["beside", "gpu", "7"]);
    const flags = { ...stored, rootFolder: "flag", swBatchSize: 2 };
    expect(await configOf("b", flags)).toEqual(["flag", "cpu", "2"]);
    const named = join(root, "other.yaml");
    writeFileSync(named, "root-folder: named\n");
    expect(await configOf("a", { ...stored, config: named })).toEqual(["named", "gpu", "7"]);
  });

  it("packs one MMAR for both runtimes", async () => {
    const root = models("a");
    const list = join(root, "list.yaml");
    writeFileSync(
      list,
      "models:\n- {mmar: a, out: c.zip}\n- {mmar: a, out: m.zip, runtime: monai}\n",
    );
    const { outcomes } = await run(list, join(root, "out"), { compress: "store" });
    expect(outcomes).toEqual(["packed", "packed"]);
    const engineOf = (name: string) =>
      /"name": "(clara|monai)"/.exec(readFileSync(join(root, "out", name), "latin1"))?.[1];
    expect([engineOf("c.zip"), engineOf("m.zip")]).toEqual(["clara", "monai"]);
    expect((await run(list, join(root, "out"), { compress: "store" })).outcomes).toEqual([
      "current",
      "current",
    ]);
  });

  it("says of a config file beside an MMAR what is wrong, and packs the others", async () => {
    const root = models("x/a", "y/b");
    writeFileSync(join(root, "x/mmar2mdai.config.yaml"), "devize: cpu\n");
    const { outcomes, models: told } = await run(root, join(root, "out"));
    expect(outcomes).toEqual(["refused", "packed"]);
    expect(told[0]?.failure).toMatch(
      /x\/mmar2mdai\.config\.yaml:1:1 \(devize\): unknown option\. Did you mean device\?/,
    );
  });

  it("with --strict lets warnings fail, and says so", async () => {
    const root = models("a");
    mmar(root, "b").remove("commands/set_env.sh");
    const { outcomes, models: told } = await run(root, join(root, "out"), { strict: true });
    expect(outcomes).toEqual(["packed", "not fit"]);
    expect(told[1]?.failure).toMatch(/`strict`/);
  });

  it("with dryRun writes nothing", async () => {
    const root = models("a");
    const { outcomes } = await run(root, join(root, "out"), { dryRun: true });
    expect(outcomes).toEqual(["would pack"]);
    expect(existsSync(join(root, "out"))).toBe(false);
    await run(root, join(root, "out"));
    expect((await run(root, join(root, "out"), { dryRun: true })).outcomes).toEqual(["current"]);
  });

  it("of a part packs that part; all parts together are all", async () => {
    const root = models("a", "b", "c", "d", "e");
    const out = join(root, "out");
    for (const shard of ["1/3", "2/3", "3/3"]) {
      const { outcomes } = await run(root, out, { shard });
      expect(outcomes.length).toBeGreaterThan(0);
      expect(new Set(outcomes)).toEqual(new Set(["packed"]));
    }
    expect(bundlesIn(out)).toHaveLength(5);
  });

  it("writes manifests too", async () => {
    const root = models("a");
    const out = join(root, "out");
    await run(root, out, { manifest: true });
    const all = ["a.mdai.zip", "a.mdai.zip.manifest.json", "a.mdai.zip.sha256"];
    expect(bundlesIn(out)).toEqual(all);
    expect((await run(root, out, { manifest: true })).outcomes).toEqual(["current"]);
    rmSync(join(out, "a.mdai.zip.manifest.json"));
    expect((await run(root, out, { manifest: true })).outcomes).toEqual(["packed"]);
    expect(bundlesIn(out)).toEqual(all);
  });

  it("into the MMAR itself packs nothing of what it made before", async () => {
    const root = models("a");
    const own = join(root, "a");
    const first = await run(own, own, { manifest: true });
    const second = await run(own, own, { manifest: true, cache: false });
    expect([first.outcomes, second.outcomes]).toEqual([["packed"], ["packed"]]);
    expect(second.models[0]?.sha256).toBe(first.models[0]?.sha256);
  });

  it.each([
    [{ jobs: 0 }, /`jobs`: must be 1 or more/],
    [{ jobs: 1000 }, /`jobs`: must be 64 or less/],
    [{ shard: "3/2" }, /`shard`: must be from 1\/2 to 2\/2/],
    [{ shard: "0/2" }, /`shard`: must be from/],
    [{ shard: "half" }, /`shard`: must be a part of a whole, as in 2\/8/],
    [{ outClasses: 0 }, /`outClasses`: must be 1 or more/],
    [{ nonsense: 1 }, /nonsense: unknown option\./],
  ])("refuses wrong options before any work: %o", async (options, says) => {
    const root = models("a");
    const work = run(root, join(root, "out"), options as Partial<BatchOptions>);
    await expect(work).rejects.toThrow(UsageError);
    await expect(work).rejects.toThrow(says);
    expect(existsSync(join(root, "out"))).toBe(false);
  });

  it("says so where the output folder can't be made", async () => {
    const root = models("a");
    writeFileSync(join(root, "file"), "");
    await expect(run(root, join(root, "file"))).rejects.toThrow(MachineError);
    await expect(run(root, join(root, "file"), { dryRun: true })).rejects.toThrow(MachineError);
  });
});

describe("what is up to date", () => {
  it("is left as it is", async () => {
    const root = models("a", "b");
    const out = join(root, "out");
    const first = await run(root, out);
    const before = bundlesIn(out).map((name) => statSync(join(out, name)).mtimeMs);
    const second = await run(root, out);
    expect(second.outcomes).toEqual(["current", "current"]);
    expect(second.models.map(({ sha256, size }) => [sha256, size])).toEqual(
      first.models.map(({ sha256, size }) => [sha256, size]),
    );
    expect(bundlesIn(out).map((name) => statSync(join(out, name)).mtimeMs)).toEqual(before);
  });

  it.each<[string, (root: string) => unknown, Partial<BatchOptions>]>([
    ["a file of the MMAR", (root) => writeFileSync(join(root, "b/docs/new.txt"), "x"), {}],
    [
      "a content of the same length and time",
      (root) => {
        const path = join(root, "b/docs/Readme.md");
        const text = readFileSync(path, "utf8");
        writeFileSync(path, text.replace(/[a-z]/, "X"));
      },
      {},
    ],
    ["a bundle that is gone", (root) => rmSync(join(root, "out/b.mdai.zip")), {}],
    [
      "what is remembered",
      (root) => {
        const path = join(root, "out/.mmar2mdai/b.mdai.zip.json");
        const state = JSON.parse(readFileSync(path, "utf8"));
        writeFileSync(path, JSON.stringify({ ...state, key: "of another version" }));
      },
      {},
    ],
  ])("is not where it has changed: %s", async (_, change, options) => {
    const root = models("a", "b");
    const out = join(root, "out");
    await run(root, out);
    change(root);
    expect((await run(root, out, options)).outcomes).toEqual(["current", "packed"]);
    expect((await run(root, out, options)).outcomes).toEqual(["current", "current"]);
  });

  it.each<Partial<BatchOptions>>([
    { device: "cpu" },
    { compress: "max" },
    { checkpoint: false },
    { requirement: ["scipy==1.10.1"] },
    { cache: false },
  ])("is nothing with other options: %o", async (options) => {
    const root = models("a");
    const out = join(root, "out");
    await run(root, out);
    expect((await run(root, out, options)).outcomes).toEqual(["packed"]);
  });

  it("heeds SOURCE_DATE_EPOCH", async () => {
    const root = models("a");
    const out = join(root, "out");
    const env = { SOURCE_DATE_EPOCH: "1700000000" };
    await run(root, out, {}, { env });
    expect((await run(root, out, {}, { env })).outcomes).toEqual(["current"]);
    expect((await run(root, out)).outcomes).toEqual(["packed"]);
  });

  it("still tells what there is to say of it", async () => {
    const root = scratch();
    mmar(root, "a").remove("commands/set_env.sh");
    const out = join(root, "out");
    const codes = async () => (await run(root, out)).models[0]?.findings.map(({ code }) => code);
    expect(await codes()).toEqual(["set-env-missing"]);
    expect(await codes()).toEqual(["set-env-missing"]);
  });

  it("that has become bad keeps its older bundle, and is told", async () => {
    const root = models("a");
    const out = join(root, "out");
    await run(root, out);
    const before = readFileSync(join(out, "a.mdai.zip"));
    rmSync(join(root, "a/models/model.ts"));
    expect((await run(root, out)).outcomes).toEqual(["not fit"]);
    expect(readFileSync(join(out, "a.mdai.zip"))).toEqual(before);
  });
});

describe("a file that lies where a bundle would", () => {
  it("is not replaced unless a batch made it, or with force", async () => {
    const root = models("a", "b");
    const out = join(root, "out");
    await run(root, out);
    writeFileSync(join(out, "a.mdai.zip"), "the user's own");
    const { outcomes, models: told } = await run(root, out);
    expect(outcomes).toEqual(["refused", "current"]);
    expect(told[0]?.failure).toMatch(/a\.mdai\.zip already exists/);
    expect(readFileSync(join(out, "a.mdai.zip"), "utf8")).toBe("the user's own");
    expect((await run(root, out, { force: true })).outcomes).toEqual(["packed", "current"]);
  });

  it("is replaced where a batch was killed between its note and its bundle", async () => {
    const root = models("a");
    const out = join(root, "out");
    await run(root, out);
    const older = readFileSync(join(out, "a.mdai.zip"));
    writeFileSync(join(root, "a/docs/new.txt"), "x");
    await run(root, out);
    writeFileSync(join(out, "a.mdai.zip"), older);
    expect((await run(root, out)).outcomes).toEqual(["packed"]);
    expect((await run(root, out)).outcomes).toEqual(["current"]);
  });
});

describe("two runs on one folder", () => {
  it("do not hurt each other", async () => {
    const root = models("a", "b", "c", "d", "e", "f");
    const out = join(root, "out");
    const both = await Promise.all([run(root, out), run(root, out), run(root, out)]);
    for (const { result, outcomes } of both) {
      expect([result.ok, outcomes.length]).toEqual([true, 6]);
    }
    expect(bundlesIn(out)).toHaveLength(6);
    expect(readdirSync(join(out, ".mmar2mdai"))).toHaveLength(6);
    expect((await run(root, out)).outcomes).toEqual(new Array(6).fill("current"));
  });
});

describe("an MMAR that changes while it is packed", () => {
  it.each<[string, (path: string) => unknown]>([
    ["vanishes", (path) => rmSync(path, { recursive: true })],
    ["grows", (path) => appendFileSync(join(path, "models/model.ts"), "x")],
  ])("(%s) is told, and the others are packed", async (_, change) => {
    const root = models("a", "b", "c");
    const out = join(root, "out");
    let isDone = false;
    const onProgress: BatchHooks["onProgress"] = (index) => {
      if (index !== 1 || isDone) return;
      isDone = true;
      change(join(root, "b"));
    };
    const { outcomes, models: told } = await run(root, out, {}, { onProgress });
    expect(outcomes).toEqual(["packed", "not fit", "packed"]);
    expect(told[1]?.findings.map(({ code }) => code)).toEqual(["file-changed"]);
    expect(bundlesIn(out)).toEqual(["a.mdai.zip", "c.mdai.zip"]);
  });
});

describe("an abort", () => {
  it("ends all that is going on, and leaves what is done", async () => {
    const root = models("a", "b", "c", "d", "e");
    const out = join(root, "out");
    const controller = new AbortController();
    let done = 0;
    const onResult = (): void => {
      done += 1;
      if (done === 2) controller.abort(new Error("enough"));
    };
    const work = run(root, out, { jobs: 2 }, { onResult, signal: controller.signal });
    await expect(work).rejects.toThrow("enough");
    const left = bundlesIn(out);
    expect(left.every((name) => name.endsWith(".mdai.zip"))).toBe(true);
    expect(left.length).toBeGreaterThanOrEqual(2);
    expect(left.length).toBeLessThan(5);
    const { outcomes } = await run(root, out);
    expect(outcomes.filter((outcome) => outcome === "current").length).toBe(left.length);
    expect(bundlesIn(out)).toHaveLength(5);
  });
});

it("waits for what is done with a result, and for no more MMARs at once than asked", async () => {
  const root = models("a", "b", "c", "d");
  let [running, most] = [0, 0];
  const onStart = (): void => {
    running += 1;
    most = Math.max(most, running);
  };
  const onResult = async (): Promise<void> => {
    await new Promise((resolve) => setTimeout(resolve, 20));
    running -= 1;
  };
  await run(root, join(root, "out"), { jobs: 2 }, { onStart, onResult });
  expect([running, most]).toEqual([0, 2]);
});
