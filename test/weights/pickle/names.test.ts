import { describe, expect, it } from "vitest";
import { elementSize, listed } from "../../../src/weights/pickle/names.js";

const role = (text: string): string | undefined => {
  const [module = "", name = ""] = text.split(" ");
  return listed(module, name)?.role;
};

describe("imports", () => {
  it.each([
    ["collections OrderedDict", "class"],
    ["collections defaultdict", "class"],
    ["torch FloatStorage", "storage"],
    ["torch.cuda HalfStorage", "storage"],
    ["torch BFloat16Storage", "storage"],
    ["torch._utils _rebuild_tensor_v2", "function"],
    ["torch._utils _rebuild_parameter", "function"],
    ["torch.storage UntypedStorage", "storage"],
    ["torch Size", "class"],
    ["torch device", "class"],
    ["torch float16", "constant"],
    ["torch bfloat16", "constant"],
    ["torch int64", "constant"],
    ["torch float8_e4m3fn", "constant"],
    ["torch.nn.parameter Parameter", "type"],
    ["torch.nn.modules.conv Conv3d", "shell"],
    ["torch.nn.modules.activation GELU", "shell"],
    ["torch.nn.functional relu", "function"],
    ["torch.optim.adam Adam", "shell"],
    ["numpy.core.multiarray _reconstruct", "function"],
    ["numpy._core.multiarray scalar", "function"],
    ["numpy dtype", "class"],
    ["numpy float64", "class"],
    ["numpy.random._pickle __randomstate_ctor", "function"],
    ["_codecs encode", "function"],
    ["builtins set", "class"],
    ["__builtin__ bytearray", "class"],
    ["__builtin__ unicode", "class"],
    ["copy_reg _reconstructor", "function"],
    ["uuid UUID", "class"],
    ["pathlib PosixPath", "class"],
    ["datetime datetime", "class"],
  ])("of %s are on the list, as a %s", (text, as) => {
    expect(role(text)).toBe(as);
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
    "monai.networks.nets.unet UNet",
    "__main__ Net",
    "argparse Namespace",
    "torch trace",
    "my.module code",
    "__torch__ Scripted",
    "torch.nn.modules.conv Conv3d.forward",
    "osteoporosis Net",
    "systems.os_like Net",
    "torch float16x",
    "collections OrderedDict.update",
    "collections OrderedDictionary",
    "torchx._utils _rebuild_tensor_v2",
    "torch__utils _rebuild_tensor_v2",
    "nothing ",
    "torch.nn.modules.conv F",
    "attr._make _compile_and_eval",
    "torch.distributed.distributed_c10d _tensor_to_object",
    "numpy.compat.py3k npy_load_module",
    "tracemalloc Snapshot.load",
    "pathlib Path.write_text",
    "argparse FileType",
    "torch.jit._pickle build_intlist",
  ])("of %s are not", (text) => {
    expect(role(text)).toBeUndefined();
  });

  it("of Python's getattr count for themselves", () => {
    expect(role("builtins getattr")).toBe("getattr");
  });

  it("of methods are those that PyTorch's schedulers keep", () => {
    expect(role("torch.optim.lr_scheduler OneCycleLR._annealing_cos")).toBe("function");
    expect(role("torch.optim.lr_scheduler OneCycleLR.step")).toBeUndefined();
  });
});

it("storages' elements have their sizes", () => {
  expect(elementSize("torch.FloatStorage")).toBe(4);
  expect(elementSize("torch.cuda.ComplexDoubleStorage")).toBe(16);
  expect(elementSize("torch.storage.UntypedStorage")).toBe(1);
  expect(elementSize("torch.Size")).toBeUndefined();
});
