import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DANGERS } from "../../../src/weights/pickle/names.js";
import { verdictOn } from "../../../src/weights/pickle/verdict.js";

const kind = (text: string): string => {
  const [module = "", name = ""] = text.split(" ");
  return verdictOn(module, name).kind;
};

describe("imports", () => {
  it.each([
    "collections OrderedDict",
    "collections defaultdict",
    "torch FloatStorage",
    "torch.cuda HalfStorage",
    "torch BFloat16Storage",
    "torch._utils _rebuild_tensor_v2",
    "torch._utils _rebuild_parameter",
    "torch.storage UntypedStorage",
    "torch Size",
    "torch device",
    "torch float16",
    "torch bfloat16",
    "torch int64",
    "torch float8_e4m3fn",
    "torch.nn.parameter Parameter",
    "torch.nn.modules.conv Conv3d",
    "torch.nn.modules.activation GELU",
    "torch.nn.functional relu",
    "torch.optim.adam Adam",
    "torch.jit._pickle build_intlist",
    "numpy.core.multiarray _reconstruct",
    "numpy._core.multiarray scalar",
    "numpy dtype",
    "numpy float64",
    "numpy.random._pickle __randomstate_ctor",
    "_codecs encode",
    "builtins set",
    "__builtin__ bytearray",
    "copy_reg _reconstructor",
  ])("of %s are allowed", (text) => {
    expect(kind(text)).toBe("allowed");
  });

  it.each([
    "os system",
    "posix system",
    "nt system",
    "os.path join",
    "subprocess Popen",
    "sys modules",
    "socket socket",
    "shutil rmtree",
    "builtins eval",
    "__builtin__ execfile",
    "builtins getattr",
    "builtins __import__",
    "builtins open",
    "importlib import_module",
    "importlib._bootstrap _load",
    "runpy _run_code",
    "ctypes CDLL",
    "pickle loads",
    "cPickle loads",
    "_pickle loads",
    "webbrowser open",
    "http.client HTTPSConnection",
    "httplib HTTPSConnection",
    "urllib.request urlopen",
    "urllib2 urlopen",
    "commands getoutput",
    "operator attrgetter",
    "functools partial",
    "types CodeType",
    "uuid _get_command_stdout",
    "numpy.testing._private.utils runstring",
    "torch load",
    "torch.hub load",
    "torch.serialization load",
    "torch.storage _load_from_bytes",
    "torch._utils _import_dotted_name",
    "torch.utils.cpp_extension load_inline",
    "copyreg add_extension",
    "io FileIO",
    "monai.bundle ConfigParser",
  ])("of %s are dangerous", (text) => {
    expect(kind(text)).toBe("dangerous");
  });

  it.each([
    "torch.serialization os.system",
    "torch.serialization os",
    "collections _sys.modules",
    "torch.nn.modules.module warnings.sys.exit",
    "torch.nn.modules.conv Conv3d.forward.__globals__",
    "collections OrderedDict.__subclasses__",
    "torch.storage torch.hub.load",
    "numpy core.multiarray.os.remove",
    "builtins set.__class__.__base__",
    "logging threading.sys",
    "my.module pickle.loads",
    "my.module code.interact",
    "torch utils.collect_env.run",
  ])("of %s lead out, and are dangerous", (text) => {
    expect(kind(text)).toBe("dangerous");
  });

  it.each([
    "monai.networks.nets.unet UNet",
    "__main__ Net",
    "argparse Namespace",
    "pathlib PosixPath",
    "torch trace",
    "my.module code",
    "__torch__ Scripted",
    "torch.nn.modules.conv F",
    "torch.nn.modules.conv Conv3d.forward",
    "osteoporosis Net",
    "systems.os_like Net",
    "torch float16x",
    "collections OrderedDict.update",
    "collections OrderedDictionary",
    "torchx._utils _rebuild_tensor_v2",
    "torch__utils _rebuild_tensor_v2",
    "uuid UUID",
    "nothing ",
  ])("of %s are not known", (text) => {
    expect(kind(text)).toBe("unknown");
  });

  it("say what they can do", () => {
    expect(verdictOn("os", "system")).toEqual({
      kind: "dangerous",
      can: "run commands on the machine",
    });
    expect(verdictOn("torch.serialization", "os.system")).toEqual(verdictOn("os", "system"));
  });

  it("are dangerous below every path of the table, however they are reached", () => {
    const paths = DANGERS.flatMap((row) => row.paths);
    const path = fc.constantFrom(...paths);
    const tail = fc.array(fc.stringMatching(/^[a-z_]{1,8}$/), { maxLength: 2 });
    fc.assert(
      fc.property(path, tail, fc.nat(), (base, more, at) => {
        const parts = [...base.split("."), ...more];
        if (parts.length < 2) parts.push("x");
        const split = 1 + (at % (parts.length - 1));
        const module = parts.slice(0, split).join(".");
        expect(verdictOn(module, parts.slice(split).join(".")).kind).toBe("dangerous");
        expect(verdictOn("my.module", `${parts.join(".")}.y`).kind).toBe("dangerous");
      }),
      { numRuns: 2000 },
    );
  });

  it("are told of any text", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (module, name) => {
        expect(["allowed", "dangerous", "unknown"]).toContain(verdictOn(module, name).kind);
      }),
    );
  });
});
