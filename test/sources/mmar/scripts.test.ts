// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the shell writes its variables so.
import { describe, expect, it } from "vitest";
import { readScript } from "../../../src/sources/mmar/scripts.js";

const call = (set: string): string =>
  `python3 -u -m medl.apps.evaluate \\\n  -m $MMAR_ROOT \\\n  --set \\\n  ${set}\n`;

describe("what infer.sh passes", () => {
  it.each([
    [
      "MMAR_TORCHSCRIPT=models/a.ts print_conf=True",
      { MMAR_TORCHSCRIPT: "models/a.ts", print_conf: "True" },
    ],
    ['"MMAR_TORCHSCRIPT=models/a b.ts"', { MMAR_TORCHSCRIPT: "models/a b.ts" }],
    ["'A=$B' C=1 # D=2", { A: "$B", C: "1" }],
    ["A=${UNKNOWN} B=2 ${additional_options}", { B: "2" }],
    ["A=$(date) B=`date` C=x=y", { C: "x=y" }],
    ["MMAR_CKPT=$MMAR_ROOT/models/m.pt", { MMAR_CKPT: "models/m.pt" }],
  ])("%s", (set, passed) => {
    expect(Object.fromEntries(readScript(call(set)).set)).toEqual(passed);
  });

  it("is put together from the script's variables, as in NVIDIA's tutorial", () => {
    const script = [
      "#!/usr/bin/env bash",
      "NAME=config_train_Unet.json  # another name",
      "#T=models/never.ts",
      "T=models/${NAME::-5}/model.ts",
      "S=${NAME%.json}",
      call("MMAR_TORCHSCRIPT=$T STEM=${S}"),
    ].join("\r\n");
    expect(Object.fromEntries(readScript(script).set)).toEqual({
      MMAR_TORCHSCRIPT: "models/config_train_Unet/model.ts",
      STEM: "config_train_Unet",
    });
  });

  it("is unknown where a variable is set from something unknown", () => {
    expect(Object.fromEntries(readScript(`A=x\nA=$1\n${call("B=$A")}`).set)).toEqual({});
  });
});

describe("a script whose variable doubles on every line", () => {
  it("makes a value that is no longer known, and takes no memory", () => {
    const script = `A=x\n${"A=$A$A\n".repeat(200)}${call("B=$A C=1")}`;
    expect(Object.fromEntries(readScript(script).set)).toEqual({ C: "1" });
  });
});

describe("what export.sh writes", () => {
  it("stands behind --output_path", () => {
    const script =
      'OUT="${MMAR_ROOT}/models/unet/model.ts"\npython3 -m medl.apps.export --output_path "${OUT}"\n';
    expect(readScript(script).outputPath).toBe("models/unet/model.ts");
  });
});
