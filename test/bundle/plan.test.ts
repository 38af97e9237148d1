import { describe, expect, it } from "vitest";
import { madeText } from "../support/bundles.js";
import { mmarMaker } from "../support/mmars.js";

const make = mmarMaker();

describe("the plan", () => {
  it("counts the bytes of its entries, each there once, with a reason", async () => {
    const { plan } = await make().inspect();
    const paths = plan?.entries.map((entry) => entry.path) ?? [];
    expect(new Set(paths).size).toBe(paths.length);
    expect(plan?.totalSize).toBe(plan?.entries.reduce((sum, entry) => sum + entry.size, 0));
    for (const { path, reason, mode, size, content } of plan?.entries ?? []) {
      expect(path).toMatch(/^model\/(\.mdai|workspace)\//);
      expect(reason).not.toBe("");
      expect([0o644, 0o755]).toContain(mode);
      expect(size).toBe(content.kind === "bytes" ? content.bytes.length : content.file.size);
    }
  });

  it("gives scripts their run bit, whatever became of it", async () => {
    const { plan } = await make().write("commands/mine.sh", "").inspect();
    const modes = new Map(plan?.entries.map((entry) => [entry.path, entry.mode]));
    expect(modes.get("model/workspace/spleen_ct/commands/mine.sh")).toBe(0o755);
    expect(modes.get("model/workspace/spleen_ct/docs/Readme.md")).toBe(0o644);
  });

  it("is the same for the same MMAR, in the same order", async () => {
    const shape = async (name: string) => {
      const { plan } = await make("spleen_ct", name).inspect({ rootFolder: "x" });
      return plan?.entries.map(({ path, size, mode }) => [path, size, mode]);
    };
    expect(await shape("one")).toEqual(await shape("other"));
  });

  it("names the root folder in config_mdai.json as the folder is named", async () => {
    const { plan } = await make().inspect({ rootFolder: "mine_1" });
    expect(JSON.parse(madeText(plan, "workspace/config_mdai.json"))).toMatchObject({
      root_folder: "mine_1",
    });
    expect(
      plan?.entries.some((entry) => entry.path.startsWith("model/workspace/mine_1/config/")),
    ).toBe(true);
  });

  it("is not made where an error stands in its way, but the knowledge is", async () => {
    const { plan, model, derivedConfig } = await make().remove("models/model.pt").inspect();
    expect(plan).toBeUndefined();
    expect(model?.outClasses?.value).toBe(2);
    expect(derivedConfig).toBeDefined();
  });
});
