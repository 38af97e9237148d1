"""What people save: files of torch.save and TorchScripts of whatever PyTorch runs this.

    python real_files.py FOLDER

Writes their paths to made.json there. What a version of PyTorch has not is left out.
"""

from __future__ import annotations

import collections
import copy
import datetime
import decimal
import json
import pathlib
import random
import sys
import uuid
import warnings
from contextlib import suppress
from pathlib import Path
from typing import Any, Callable

import numpy as np
import torch
from torch import nn
from torch.optim import lr_scheduler, swa_utils

OPTIMIZERS: dict[str, dict[str, Any]] = {
    "Adam": {"amsgrad": True},
    "AdamW": {},
    "SGD": {"lr": 0.1, "momentum": 0.9},
    "RMSprop": {},
    "Adagrad": {},
    "Adadelta": {},
    "Adamax": {},
    "ASGD": {},
    "NAdam": {},
    "RAdam": {},
    "Rprop": {},
    "LBFGS": {},
}
SCHEDULERS: dict[str, Callable[[Any], Any]] = {
    "step": lambda optimizer: lr_scheduler.StepLR(optimizer, 2),
    "several steps": lambda optimizer: lr_scheduler.MultiStepLR(optimizer, [2, 4]),
    "exponential": lambda optimizer: lr_scheduler.ExponentialLR(optimizer, 0.9),
    "cosine": lambda optimizer: lr_scheduler.CosineAnnealingLR(optimizer, 10),
    "restarts": lambda optimizer: lr_scheduler.CosineAnnealingWarmRestarts(optimizer, 5),
    "plateau": lambda optimizer: lr_scheduler.ReduceLROnPlateau(optimizer),
    "one cycle": lambda optimizer: lr_scheduler.OneCycleLR(optimizer, 0.1, total_steps=10),
    "one cycle, linear": lambda optimizer: lr_scheduler.OneCycleLR(
        optimizer, 0.1, total_steps=10, anneal_strategy="linear"
    ),
    "cycles": lambda optimizer: lr_scheduler.CyclicLR(optimizer, 0.01, 0.1, cycle_momentum=False),
    "cycles, triangular2": lambda optimizer: lr_scheduler.CyclicLR(
        optimizer, 0.01, 0.1, mode="triangular2", cycle_momentum=False
    ),
    "linear": lambda optimizer: lr_scheduler.LinearLR(optimizer),
    "constant": lambda optimizer: lr_scheduler.ConstantLR(optimizer),
    "one after the other": lambda optimizer: lr_scheduler.SequentialLR(
        optimizer,
        [lr_scheduler.ConstantLR(optimizer), lr_scheduler.ExponentialLR(optimizer, 0.9)],
        [2],
    ),
    "swa": lambda optimizer: swa_utils.SWALR(optimizer, 0.05),
    "swa, linear": lambda optimizer: swa_utils.SWALR(optimizer, 0.05, anneal_strategy="linear"),
}
"""LambdaLR is left out of those saved whole: a lambda is no more than a name to pickle."""


IS_OLD = torch.__version__.startswith("1.10.")
"""Which crashes where it saves sparse tensors by rows, or empty ones of a quantised type."""


def network() -> nn.Module:
    return nn.Sequential(
        nn.Conv3d(1, 4, 3), nn.InstanceNorm3d(4), nn.PReLU(), nn.BatchNorm3d(4), nn.Conv3d(4, 2, 1)
    )


def trained(optimizer: Any, net: nn.Module) -> None:
    def loss() -> torch.Tensor:
        found = net(torch.rand(2, 1, 5, 5, 5)).mean()
        found.backward()
        return found

    for _ in range(2):
        optimizer.zero_grad()
        optimizer.step(loss)


def training() -> dict[str, Any]:
    """State dicts of training, and the objects themselves, which are PyTorch's own."""
    found: dict[str, Any] = {"state dict": network().state_dict(), "network": network()}
    for name, options in OPTIMIZERS.items():
        net = network()
        optimizer = getattr(torch.optim, name)(net.parameters(), **options)
        trained(optimizer, net)
        state = {"model": net.state_dict(), "optimizer": optimizer.state_dict(), "epoch": 3}
        found[name] = state
        found[f"{name}, whole"] = {"optimizer": optimizer}
    for name, make in SCHEDULERS.items():
        net = network()
        optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
        scheduler = make(optimizer)
        trained(optimizer, net)
        if name != "plateau":
            scheduler.step()
        found[f"scheduler {name}"] = {"lr_scheduler": scheduler.state_dict()}
        found[f"scheduler {name}, whole"] = scheduler
    net = network()
    average = swa_utils.AveragedModel(net)
    average.update_parameters(net)
    found["average"] = {"model": net.state_dict(), "ema": average.state_dict()}
    found["average, whole"] = average
    scaler = torch.cuda.amp.GradScaler(enabled=False)
    found["scaler"] = {"scaler": scaler.state_dict(), "whole": scaler}
    numpys = np.random.get_state()  # noqa: NPY002 - what checkpoints have
    trainer = {
        "epoch_length": 4,
        "iteration": 32,
        "rng_states": [random.getstate(), torch.get_rng_state(), numpys],
    }
    found["MONAI's checkpoint"] = {
        "model": net.state_dict(),
        "train_conf": {"a": 1},
        "trainer": collections.OrderedDict(trainer),
        "best_metric": np.float64(0.91),
        "_history": collections.defaultdict(list, {"dice": [0.1, 0.2]}),
    }
    return found


def tensors() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, kind in vars(torch).items():
        if isinstance(kind, torch.dtype) and not (IS_OLD and name.startswith("q")):
            try:
                found[f"type {name}"] = {"tensor": torch.empty(3, dtype=kind), "type": kind}
            except (RuntimeError, NotImplementedError):
                continue
    parameter = nn.Parameter(torch.rand(2))
    parameter.tag = "x"  # type: ignore[attr-defined]
    shared = torch.rand(10)
    found["views"] = {"turned": torch.rand(3, 4).t(), "part": torch.rand(4, 4)[1:]}
    found["odd ones"] = {
        "empty": torch.empty(0),
        "conjugated": torch.rand(2, dtype=torch.complex64).conj(),
        "storage": torch.rand(3).storage(),
        "needs a gradient": torch.rand(2, requires_grad=True),
        "version": torch.__version__,
    }
    found["properties"] = [torch.Size([1, 2]), torch.device("cpu"), torch.strided]
    found["parameter with a state"] = parameter
    found["shared"] = {"all": shared, "part": shared[2:5], "view": shared.view(2, 5)}
    found["sparse"] = torch.eye(3).to_sparse()
    if not IS_OLD:
        found["sparse by rows"] = torch.eye(3).to_sparse_csr()
    found["meta"] = torch.empty(3, device="meta")
    found["quantized"] = torch.quantize_per_tensor(torch.rand(4), 0.1, 0, torch.qint8)
    found["state of a generator"] = torch.Generator().get_state()
    return found


def others() -> dict[str, Any]:
    """NumPy's objects and Python's own."""
    structure = np.zeros(2, dtype=[("a", "i4"), ("b", "f8")])
    return {
        "arrays": [
            np.arange(6.0).reshape(2, 3),
            np.asfortranarray(np.eye(2)),
            structure,
            np.array([1, "a", None], dtype=object),
            np.array(["a", "bb"]),
            np.ma.array([1, 2], mask=[0, 1]),
            np.zeros(2, dtype="M8[D]"),
        ],
        "scalars": [np.int64(3), np.float32(2), np.bool_(True), np.str_("x"), np.complex64(1j)],
        "random": [np.random.default_rng(1), np.random.RandomState(1), np.random.SeedSequence(5)],
        "collections": [
            collections.OrderedDict(a=1),
            collections.defaultdict(int, a=1),
            collections.Counter("aab"),
            collections.deque([1], maxlen=3),
            {1},
            frozenset([1]),
            bytearray(b"x"),
            range(3),
            slice(1),
        ],
        "times": [datetime.datetime.now(datetime.timezone.utc), datetime.timedelta(1)],
        "values": [uuid.uuid4(), pathlib.Path("/a/b"), decimal.Decimal("1.5"), 1j, 2**200, ...],
        "texts": ["é" * 300, "x" * 100_000, b"abc" * 10],
        "a tuple": tuple(range(50)),
        "many layers": {f"layer.{index}.weight": torch.rand(2) for index in range(3000)},
        "many keys": collections.OrderedDict((f"k{index}", index) for index in range(70_000)),
        "nothing": {},
        "a number": 5,
        "a tensor": torch.rand(1),
    }


def networks() -> dict[str, nn.Module]:
    return {
        "network": network(),
        "lstm": nn.LSTM(3, 4),
        "transformer": nn.TransformerEncoderLayer(8, 2),
        "attention": nn.MultiheadAttention(8, 2),
        "loss": nn.CrossEntropyLoss(),
        "lists": nn.ModuleDict({"a": nn.ModuleList([nn.Linear(1, 1)])}),
    }


def monai_networks() -> dict[str, tuple[Callable[[], nn.Module], tuple[int, ...]]]:
    """MONAI's networks, where there is MONAI, and the shapes of images that they take."""
    try:
        from monai.networks import nets
    except ImportError:
        return {}
    cube = (1, 1, 32, 32, 32)
    return {
        "UNet": (lambda: nets.UNet(3, 1, 2, (4, 8), (2,)), cube),
        "BasicUNet": (lambda: nets.BasicUNet(3, 1, 2, (4, 4, 8, 8, 8, 4)), cube),
        "SegResNet": (lambda: nets.SegResNet(init_filters=8), cube),
        "DynUNet": (lambda: nets.DynUNet(3, 1, 2, [3, 3, 3], [1, 2, 2], [2, 2]), cube),
        "DenseNet121": (
            lambda: nets.DenseNet121(spatial_dims=2, in_channels=1, out_channels=2),
            (1, 1, 64, 64),
        ),
        "UNETR": (lambda: nets.UNETR(1, 2, (32, 32, 32), 4, 32, 32, 4), cube),
    }


class Folder:
    """Saves into a folder, and remembers what."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.made: list[str] = []

    def save(
        self, name: str, value: Any, forms: tuple[str, ...] = ("zip", "old"), **options: Any
    ) -> None:
        """In the form of today and in the old one, which PyTorch has not for all."""
        for form in forms:
            path = self.path / f"{name}, {form}.pt"
            try:
                torch.save(value, path, _use_new_zipfile_serialization=form == "zip", **options)
            except Exception:  # of many classes: what can't be pickled, or not in the old form
                path.unlink()
            else:
                self.made.append(str(path))

    def script(self, name: str, script: Any) -> None:
        path = self.path / f"{name}.ts"
        torch.jit.save(script, str(path), _extra_files={"info.json": "{}"})
        self.made.append(str(path))


def save_network(folder: Folder, name: str, net: nn.Module, shape: tuple[int, ...]) -> None:
    folder.save(f"MONAI's {name}", net.state_dict())
    makers: dict[str, Callable[[], Any]] = {
        "traced": lambda: torch.jit.trace(net, torch.rand(shape)),
        "scripted": lambda: torch.jit.script(net),
    }
    for way, make in makers.items():
        try:
            script = make()
        except Exception:  # not every network of MONAI's can be scripted; UNETR takes einops
            continue
        folder.script(f"MONAI's {name}, {way}", script)


def main() -> None:
    warnings.simplefilter("ignore")
    torch.manual_seed(1)
    folder = Folder(Path(sys.argv[1]))
    folder.path.mkdir()
    for name, value in {**training(), **tensors(), **others()}.items():
        folder.save(name, value)
    # Only in the zip: of the old form it is the protocol that torch.save takes by itself.
    folder.save("protocol 4", {"a": torch.rand(2)}, forms=("zip",), pickle_protocol=4)
    folder.save("protocol 5", {"a": np.zeros(3)}, forms=("zip",), pickle_protocol=5)
    for name, net in networks().items():
        folder.save(f"{name}, whole", net)
        if name in ("loss", "lists"):
            continue
        scripted = torch.jit.script(copy.deepcopy(net).eval())
        folder.script(f"{name}, scripted", scripted)
        with suppress(RuntimeError):  # PyTorch 1.10 can't freeze an LSTM
            folder.script(f"{name}, frozen", torch.jit.freeze(scripted))
    # Newer versions save what a network was traced with, too.
    folder.script("network, traced", torch.jit.trace(network().eval(), torch.rand(1, 1, 5, 5, 5)))
    for name, (make, shape) in monai_networks().items():
        save_network(folder, name, make().eval(), shape)
    # Not to stdout, on which some of MONAI's networks write.
    (folder.path / "made.json").write_text(json.dumps(folder.made))


if __name__ == "__main__":
    main()
