import { describe, expect, it } from "vitest";
import { checkLoading } from "../../src/weights/check.js";
import { operatorsWithEffects } from "../../src/weights/torchscript-code.js";
import { Trust } from "../../src/weights/trust.js";
import { bytesFile, GOOD, op, pickleOf } from "../support/pickles.js";
import { SCRIPT, zip } from "./weights.js";

const names = (code: string): string[] | undefined =>
  operatorsWithEffects(code)?.map(({ name }) => name);

describe("nothing is said of", () => {
  it.each([
    'ops.prim.RaiseException("too big; torch.save it", "builtins.ValueError")',
    "_0 = torch.add(x, ops.aten.relu(y))",
    '_1 = getattr(self.layers, "0")',
    "x = (self.save_path).forward(y) # torch.save(x)",
    "z = ops.quantized.linear(x, y)",
    '"""ops.c10d.x"""',
    "self.ops_count = shops.x",
    "_2 = __torch__.torch.nn.functional.relu(x)",
    "_3 = __torch__.torch.classes.quantized.Conv2dPackedParamsBase",
    "x = y.ops.z",
  ])("%s", (code) => {
    expect(names(code)).toEqual([]);
  });
});

describe("an operator with effects is found in", () => {
  it.each<[string, string]>([
    ['torch.save(x, "/tmp/x")', "torch.ops.aten.save"],
    ['x.save("/tmp/x")', "torch.ops.aten.save"],
    ['(x).save("/tmp/x")', "torch.ops.aten.save"],
    ["t = torch\nt.save(x)", "torch.ops.aten.save"],
    ["f = torch.from_file", "torch.ops.aten.from_file"],
    ["torch . save(x)", "torch.ops.aten.save"],
    ["torch.\\\n  save(x)", "torch.ops.aten.save"],
    ["torch. # why\n save(x)", "torch.ops.aten.save"],
    ["ops.aten.save(x)", "torch.ops.aten.save"],
    ['getattr(torch, "save")(x)', "torch.ops.aten.save"],
    ["getattr(torch, 'from_file')", "torch.ops.aten.from_file"],
    ["ops.c10d.send(x)", "torch.ops.c10d.send"],
    ["ops.torchvision.nms(x)", "torch.ops.torchvision.nms"],
    ["ops.prim.rpc_sync(x)", "torch.ops.prim.rpc_sync"],
    ["o = ops\no.c10d.send(x)", "torch.ops"],
    ["a = ops.c10d", "torch.ops.c10d"],
    ["x = __torch__.torch.classes.dist_c10d.Store", "torch.classes.dist_c10d.Store"],
    ['"a" ; torch.save(x) ; "b"', "torch.ops.aten.save"],
    ["'\"' ; torch.save(x) ; '\"'", "torch.ops.aten.save"],
    ["'''\"''' ; torch.save(x) ; '''\"'''", "torch.ops.aten.save"],
    ['"\\"" ; torch.save(x) ; "\\""', "torch.ops.aten.save"],
    ['"#" ; torch.save(x)', "torch.ops.aten.save"],
  ])("%s", (code, name) => {
    expect(names(code)).toContain(name);
  });

  it("a name that is put together", () => {
    expect(names('getattr(torch, "sa" "ve")')).toHaveLength(1);
    expect(names('getattr(torch, "sa\\x76e")')).toHaveLength(1);
  });
});

it("a text without an end is no code", () => {
  expect(names('x = "abc\ny')).toBeUndefined();
  expect(names('x = """abc\n')).toBeUndefined();
});

it("32 MB of quotes, blanks or dots take a moment", () => {
  for (const piece of ['"', "'", " ", ".", "\\\n", "# \n", "a.", '"""a', "(", "ops."]) {
    const code = piece.repeat((4 * 1024 * 1024) / piece.length);
    const start = performance.now();
    operatorsWithEffects(code);
    expect(performance.now() - start, piece).toBeLessThan(20_000);
  }
});

describe("a TorchScript", () => {
  const script = (code: string): Buffer =>
    zip([
      ...SCRIPT,
      { name: "m/code/__torch__/evil.py", data: code },
      { name: "m/data.pkl", data: pickleOf(op.global("__torch__.evil", "Net")) },
    ]);
  const check = (bytes: Buffer, trust: readonly string[] = []) =>
    checkLoading(bytesFile(bytes, "resources/x.dat"), {
      trust: new Trust(trust),
      isWeights: false,
    });

  it("with such an operator is refused, whatever it is called, unless it is trusted", async () => {
    const bytes = script('torch.save(x, "/tmp/x")');
    const [found, ...others] = await check(bytes);
    expect(others).toEqual([]);
    expect(found).toMatchObject({
      code: "script-operator",
      args: { names: ["torch.ops.aten.save"], more: 0 },
      place: { file: "resources/x.dat", key: "m/code/__torch__/evil.py, byte 0" },
    });
    expect(await check(bytes, ["torch.ops.aten.save"])).toEqual([]);
  });

  it("whose objects are of a library's class is refused", async () => {
    const data = pickleOf(op.global("__torch__.torch.classes.dist_c10d", "FileStore"));
    const [found] = await check(zip([...SCRIPT, { name: "m/data.pkl", data }]));
    expect(found?.code).toBe("pickle-unknown");
  });

  it("whose code can't be read is refused", async () => {
    const [found] = await check(script('x = "'));
    expect(found?.code).toBe("pickle-form");
  });

  it("with files of the one who saved it is none the worse", async () => {
    const extra = { name: "m/extra/info.json", data: "torch.save(x)" };
    expect(await check(zip([...SCRIPT, { name: "m/data.pkl", data: GOOD }, extra]))).toEqual([]);
  });
});
