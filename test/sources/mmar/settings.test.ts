import { describe, expect, it } from "vitest";
import { codesOf, mmarMaker } from "../../support/mmars.js";

const make = mmarMaker();
const LOADER = { name: "CheckpointLoader", args: { load_path: "{MMAR_CKPT}" } };
const NETWORK = { name: "UNet", args: { in_channels: 1, out_channels: 2 } };

const infer = (set: string): string =>
  `python3 -u -m medl.apps.evaluate -m $MMAR_ROOT --set ${set}\n`;

describe("what a run passes by --set", () => {
  const settings = async (mmar: ReturnType<typeof make>, device?: "cpu") => {
    const { configMdai } = await mmar.inspect(device === undefined ? {} : { device });
    const engine = configMdai?.engine;
    return engine?.name === "clara" ? engine.settings : undefined;
  };

  it("is print_conf alone where environment.json says all", async () => {
    expect(await settings(make())).toEqual({ print_conf: "True" });
  });

  it("has what commands/infer.sh says otherwise", async () => {
    const mmar = make().copy("models/model.ts", "models/unet/model.ts");
    mmar.write("commands/infer.sh", infer("MMAR_TORCHSCRIPT=models/unet/model.ts amp=False"));
    expect(await settings(mmar)).toEqual({
      MMAR_TORCHSCRIPT: "models/unet/model.ts",
      amp: "False",
      print_conf: "True",
    });
  });

  it("has no value that a request, or the way to run, decides", async () => {
    const mmar = make();
    mmar.write("commands/infer.sh", infer("DATASET_JSON=x DATA_ROOT=y multi_gpu=True other=1"));
    expect(await settings(mmar)).toEqual({ print_conf: "True" });
  });

  it("names the weights that environment.json leaves out", async () => {
    const mmar = make().env("MMAR_TORCHSCRIPT", undefined);
    expect(await settings(mmar)).toEqual({
      MMAR_TORCHSCRIPT: "models/model.ts",
      print_conf: "True",
    });
  });

  it("switches the GPU off with --device cpu, in the config as well", async () => {
    const mmar = make().config(["use_gpu"], true);
    expect(await settings(mmar, "cpu")).toEqual({ use_gpu: "False", print_conf: "True" });
    const { derivedConfig } = await mmar.inspect({ device: "cpu" });
    expect(JSON.parse(derivedConfig?.text ?? "").use_gpu).toBe(false);
  });
});

describe("a network and its checkpoint instead of a TorchScript", () => {
  it("need no TorchScript, and the loader is told what it loads into", async () => {
    const mmar = make()
      .config(["model"], NETWORK)
      .config(["handlers"], [LOADER])
      .env("MMAR_TORCHSCRIPT", undefined)
      .remove("models/model.ts");
    const result = await mmar.inspect();
    expect(codesOf(result)).toEqual([]);
    const { handlers } = JSON.parse(result.derivedConfig?.text ?? "");
    expect(handlers[0].args.load_dict).toEqual({ model: "@model" });
    expect(result.plan?.entries.map(({ path }) => path)).toContain(
      "model/workspace/spleen_ct/models/model.pt",
    );
  });

  it("stay in a config that is made of a validation config, if there is no TorchScript", async () => {
    const mmar = make().remove("config/config_inference.json").remove("models/model.ts");
    const validation = "config/config_validation.json";
    mmar.set(validation, ["model"], NETWORK).set(validation, ["handlers"], [LOADER]);
    const { derivedConfig, findings } = await mmar.inspect();
    expect(findings.filter(({ severity }) => severity === "error")).toEqual([]);
    expect(JSON.parse(derivedConfig?.text ?? "").model).toEqual(NETWORK);
  });

  it("give no result without a loader", async () => {
    expect(codesOf(await make().config(["model"], NETWORK).inspect())).toEqual([
      "inference-config-broken",
    ]);
  });
});

describe("an MMAR without resources/log.config", () => {
  it("gets one as an added file, and keeps its own where it has one", async () => {
    const at = "model/workspace/spleen_ct/resources/log.config";
    const own = await make().inspect();
    expect(own.plan?.entries.find(({ path }) => path === at)?.content.kind).toBe("file");
    const without = await make().remove("resources/log.config").inspect();
    const entry = without.plan?.entries.find(({ path }) => path === at);
    expect(entry?.reason).toMatch(/logging/);
    if (entry?.content.kind !== "bytes") throw new Error("not added");
    expect(Buffer.from(entry.content.bytes).toString()).toMatch(/^\[loggers\]\nkeys=root\n/);
  });
});

describe("a validation config that can't be read, beside a whole one", () => {
  it("is read, and told of, once", async () => {
    const mmar = make()
      .copy("config/config_validation.json", "config/config_validation_ckpt.json")
      .remove("config/config_inference.json")
      .write("config/config_validation.json", '{"a": ');
    const codes = codesOf(await mmar.inspect());
    expect(codes.filter((code) => code === "aside-unreadable")).toHaveLength(1);
    expect(codes).toContain("config-passed-over");
  });
});
