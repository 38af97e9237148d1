"""Random pickles: of names that are allowed, of ones that are not, and of tricks with opcodes."""

from __future__ import annotations

import random
import struct

ALLOWED = [
    "collections.OrderedDict",
    "collections.defaultdict",
    "collections.Counter",
    "collections.deque",
    "builtins.set",
    "builtins.list",
    "builtins.dict",
    "builtins.bytearray",
    "builtins.object",
    "builtins.tuple",
    "builtins.getattr",
    "builtins.str",
    "builtins.int",
    "copyreg._reconstructor",
    "_codecs.encode",
    "datetime.date",
    "uuid.UUID",
    "pathlib.PosixPath",
    "torch.FloatStorage",
    "torch.LongStorage",
    "torch.storage.UntypedStorage",
    "torch.Size",
    "torch.device",
    "torch.float32",
    "torch.strided",
    "torch._utils._rebuild_tensor_v2",
    "torch._utils._rebuild_parameter",
    "torch._utils._rebuild_parameter_with_state",
    "torch._utils._rebuild_wrapper_subclass",
    "torch._tensor._rebuild_from_type_v2",
    "torch._tensor._rebuild_from_type",
    "torch.serialization._get_layout",
    "torch.Tensor",
    "torch.nn.parameter.Parameter",
    "torch.optim.adam.Adam",
    "torch.optim.lr_scheduler.StepLR",
    "torch.optim.lr_scheduler.LambdaLR",
    "torch.nn.modules.linear.Linear",
    "torch.nn.modules.container.Sequential",
    "torch.nn.modules.container.ModuleList",
    "torch.nn.modules.activation.ReLU",
    "torch.cuda.amp.grad_scaler.GradScaler",
    "torch.nn.functional.relu",
    "torch.relu",
    "numpy.core.multiarray._reconstruct",
    "numpy.core.multiarray.scalar",
    "numpy.dtype",
    "numpy.ndarray",
    "numpy.float64",
    "numpy.random._pickle.__generator_ctor",
    "numpy.random._pickle.__bit_generator_ctor",
    "torch.optim.swa_utils.AveragedModel",
    "torch.nn.modules.module.Module",
]
CANARIES = ["canary.hit", "canary.cls", "canary.Noticed", "canary.Watched"]
"""Found beside the script that loads the file."""

REFUSED = [
    "os.system",
    "posix.system",
    "builtins.exec",
    "builtins.eval",
    "attr._make._compile_and_eval",
    "pathlib.Path.write_text",
    "pathlib.Path.unlink",
    "argparse.FileType",
    "numpy.compat.py3k.npy_load_module",
    "torch.distributed.distributed_c10d._tensor_to_object",
    "torch.load",
    "torch.save",
    "torch.storage._load_from_bytes",
    "torch.hub.load",
    "tracemalloc.Snapshot.load",
    "readline.write_history_file",
]
METHODS = ["__class__", "append", "_annealing_cos", "__init__", "__setattr__"]
TEXTS = ["storage", "storage", "module", "x"]


def text4(value: str) -> bytes:
    data = value.encode()
    return b"X" + struct.pack("<I", len(data)) + data


def text1(value: str) -> bytes:
    data = value.encode()
    return b"\x8c" + bytes([len(data)]) + data


def split(full: str) -> tuple[str, str]:
    """Module and name, which may be that of a class's method."""
    module, name = full.rsplit(".", 1)
    if module in ("pathlib.Path", "tracemalloc.Snapshot"):
        module, outer = module.rsplit(".", 1)
        name = f"{outer}.{name}"
    return module, name


def global_(full: str) -> bytes:
    module, name = split(full)
    return f"c{module}\n{name}\n".encode()


class Grammar:
    """One random pickle."""

    def __init__(self, rng: random.Random, legacy: bool) -> None:
        self.rng = rng
        self.legacy = legacy
        self.memoized = 0
        self.budget = rng.randrange(4, 40)

    def name(self) -> bytes:
        """An import, by one of the ways to write one."""
        rng = self.rng
        if rng.random() < 0.35:
            full = rng.choice(CANARIES)
        else:
            full = rng.choice(ALLOWED if rng.random() < 0.93 else REFUSED)
        module, name = split(full)
        way = rng.random()
        if way < 0.6:
            return global_(full)
        if way < 0.8:
            return text1(module) + text1(name) + b"\x93"
        if way < 0.88:
            return text4(module) + b"q\x20" + b"0" + b"h\x20" + text4(name) + b"\x93"
        if way < 0.94:
            return b"cbuiltins\nstr\n" + text4(module) + b"\x85R" + text4(name) + b"\x93"
        if way < 0.97:
            module_made = b"c_codecs\nencode\n" + text4(module) + text4("latin1") + b"\x86R"
            return module_made + text4(name) + b"\x93"
        first = f"c{module}\n{name.split('.')[0]}\n".encode()
        return b"cbuiltins\ngetattr\n" + first + text4(rng.choice(METHODS)) + b"\x86R"

    def arguments(self, depth: int) -> bytes:
        count = self.rng.randrange(4)
        values = b"".join(self.value(depth) for _ in range(count))
        if self.rng.random() < 0.2:
            return b"(" + values + b"t"
        return b")" if count == 0 else values + bytes([0x84 + count])

    def persistent_id(self) -> bytes:
        rng = self.rng
        kind = rng.choice([global_("torch.FloatStorage"), self.name()])
        key = rng.choice(["0", "1", "x"])
        end = b"N" if self.legacy else b""
        return b"".join(
            [b"(", text4(rng.choice(TEXTS)), kind, text4(key), text4("cpu"), b"K\x02", end, b"tQ"]
        )

    def leaf(self) -> bytes:
        plain = [b"N", b"K\x01", text4("a"), b"}", b"]", b")", b"\x88", text1("os")]
        return self.rng.choice([*plain, text4("storage"), self.name()])

    def value(self, depth: int) -> bytes:
        self.budget -= 1
        if depth <= 0 or self.budget < 0:
            return self.leaf()
        code = self.composed(depth - 1)
        if self.rng.random() < 0.3 and self.memoized < 30:
            code += b"q" + bytes([self.memoized])
            self.memoized += 1
        return code

    def composed(self, depth: int) -> bytes:
        rng = self.rng

        def value() -> bytes:
            return self.value(depth)

        ways = [
            (26, lambda: self.name() + self.arguments(depth) + b"R"),
            (8, lambda: self.name() + self.arguments(depth) + b"\x81"),
            (8, lambda: self.built(depth)),
            (3, lambda: value() + value() + b"b"),
            (4, lambda: b"(" + self.name() + value() + b"o"),
            (3, lambda: b"(" + value() + b"i" + global_(rng.choice(CANARIES))[1:]),
            (
                3,
                lambda: self.name()
                + self.arguments(depth)
                + b"}"
                + text4("k")
                + value()
                + b"s\x92",
            ),
            (5, lambda: value() + value() + b"a"),
            (4, lambda: value() + b"(" + value() + value() + b"u"),
            (3, lambda: value() + b"(" + value() + b"e"),
            (2, lambda: value() + b"(" + value() + b"\x90"),
            (4, self.persistent_id),
            (5, lambda: value() + value() + b"0"),
            (4, lambda: value() + b"20"),
            (4, lambda: b"h" + bytes([rng.randrange(self.memoized)]) if self.memoized else value()),
            (4, lambda: self.rebuilt(depth)),
            (3, lambda: value() + self.arguments(depth) + b"R"),
            (2, lambda: b"(" + value() + value() + b"d"),
            (1, lambda: b"(" + value() + b"l"),
            (4, lambda: value() + value() + value() + b"\x87"),
        ]
        return rng.choices([way for _, way in ways], [weight for weight, _ in ways])[0]()

    def built(self, depth: int) -> bytes:
        """An object that is given a state, of attributes or slots."""
        rng = self.rng
        made = self.name() + self.arguments(depth) + rng.choice([b"R", b"\x81"])
        slot = text4(rng.choice(["__class__", "forward", "append", "x"]))
        attributes = b"}" + text4("a") + self.value(depth) + b"s"
        slots = b"N}" + slot + self.value(depth) + b"s\x86"
        return made + rng.choice([attributes, slots, self.value(depth)]) + b"b"

    def rebuilt(self, depth: int) -> bytes:
        """PyTorch's function that calls a function, with types and a state."""
        call = b"ctorch._tensor\n_rebuild_from_type_v2\n(" + self.name() + self.name()
        return call + self.arguments(depth) + self.value(depth) + b"tR"


def pickled(rng: random.Random, legacy: bool = False) -> bytes:
    """A random pickle, with a stop at its end; mostly one that Python runs for a while at least."""
    start = b"\x80" + bytes([rng.choice([2, 2, 4, 5])]) if rng.random() < 0.9 else b""
    return start + Grammar(rng, legacy).value(rng.randrange(2, 6)) + b"."
