import { describe, expect, it } from "vitest";
import { evaluate } from "../../../src/sources/monai-bundle/evaluate.js";
import { namesIn } from "../../../src/sources/monai-bundle/names-in-code.js";
import type { Json } from "../../../src/text/json.js";

const VALUES: Readonly<Record<string, Json>> = {
  bundle_root: ".",
  size: [96, 96, 64],
  labels: { background: 0, spleen: 1 },
  "display#highres": false,
  channels: 2,
  name: "model.pt",
};

const lookup = (id: string): Json | undefined => VALUES[id];

describe("an expression of a config", () => {
  it.each<[string, Json]>([
    ["@bundle_root + '/models/model.pt'", "./models/model.pt"],
    ["@bundle_root + '/models/' + @name", "./models/model.pt"],
    ["len(@size)", 3],
    ["len(@labels) + @channels", 4],
    ["'model.pt' if @display#highres else 'model_lowres.pt'", "model_lowres.pt"],
    ["'model.pt' if @display::highres else 'model_lowres.pt'", "model_lowres.pt"],
    ["(not @display#highres)", true],
    ["[1.5, 1.5, 1.5] if @channels > 1 else [3.0, 3.0, 3.0]", [1.5, 1.5, 1.5]],
    ["[1] * 3 + @size", [1, 1, 1, 96, 96, 64]],
    ["@size[-1] // 5", 12],
    ["2 * (3 + 4) - 1", 13],
    ["-@channels", -2],
    ["None", null],
    ["True and not False", true],
    ["@labels['spleen'] == 1 or False", true],
    ["monai.utils.CommonKeys.PRED", "pred"],
    ["monai.utils.enums.CommonKeys.IMAGE", "image"],
    ["list(@size)", [96, 96, 64]],
    ["'it\\'s'", "it's"],
  ])("%s", (text, value) => {
    expect(evaluate(text, lookup)).toEqual(value);
  });

  it.each([
    "torch.device('cpu')",
    "@nothing + 1",
    "list(glob.glob(@bundle_root))",
    "[i for i in @size]",
    "1 / 0",
    "[1] * 100000000",
    "f'{@name}'",
    "(".repeat(5000),
    "@size[7]",
    "1 +",
    "$",
  ])("is not known: %s", (text) => {
    expect(evaluate(text, lookup)).toBeUndefined();
  });
});

const imports = new Map([
  ["np", "numpy"],
  ["os", "os"],
  ["json", "json"],
  ["pd", "pandas"],
  ["scripts", "scripts"],
  ["copy", "copy"],
]);

describe("what an expression uses outside of MONAI, PyTorch and NumPy", () => {
  it.each<[string, string[]]>([
    ["torch.device('cuda:0' if torch.cuda.is_available() else 'cpu')", []],
    ["@network_def.to(@device)", []],
    ["np.float32", []],
    ["[{'image': i} for i in @datalist]", []],
    ["lambda x: torch.where(x[[2]] > 0, 4, x)", []],
    ["lambda x, y=1: x + y", []],
    ["dict(key=1)", []],
    ["os.path.join(@a, 'b')", []],
    ["copy.deepcopy(@preprocessing)", []],
    ["os.system('id')", ["os.system"]],
    ["pd.read_csv(@a).t2", ["pandas.read_csv"]],
    ["json.loads(open(@a).read())", ["json.loads", "builtins.open"]],
    ["__import__('os').system('id')", ["builtins.__import__"]],
    ["[f for f in map(os.system, ['id'])]", ["os.system"]],
    [
      "().__class__.__base__.__subclasses__()",
      ["object.__class__", "object.__base__", "object.__subclasses__"],
    ],
    ["torch.os.system('id')", ["torch.os.system"]],
    ["torch.hub.load('a/b', 'c')", ["torch.hub.load"]],
    ["monai.utils.misc.os.system('id')", ["monai.utils.misc.os.system"]],
    ["getattr(torch, 'load')", ["builtins.getattr"]],
    ["scripts.own.make()", ["scripts.own.make"]],
    ["(lambda f=eval: f('1'))()", ["builtins.eval"]],
    ["import os", []],
  ])("%s", (text, names) => {
    expect(namesIn(text, imports)).toEqual(names);
  });

  it("can't be told of what is no Python, and of f-strings with fields", () => {
    expect(namesIn("f'{open(1)}'", imports)).toBeUndefined();
    expect(namesIn("a ? b", imports)).toBeUndefined();
    expect(namesIn("f'plain'", imports)).toEqual([]);
  });

  it.each<[string, string[] | undefined]>([
    ["Compose", []],
    ["monai.networks.nets.UNet", []],
    ["torch.nn.Conv3d", []],
    ["subprocess.Popen", ["subprocess.Popen"]],
    ["builtins.eval", ["builtins.eval"]],
    ["builtins.dict", []],
    ["torch.hub.load", ["torch.hub.load"]],
    ["scripts.networks.unest.UNesT", ["scripts.networks.unest.UNesT"]],
    ["$os.system", undefined],
    ["a b", undefined],
  ])("_target_ %s", (text, names) => {
    expect(namesIn(text, new Map(), true)).toEqual(names);
  });
});
