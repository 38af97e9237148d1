"""TorchScripts that do more than compute, and whole networks, of whatever PyTorch runs this.

    python scripts_with_effects.py FOLDER

Prints a JSON object: by path, what of it has to be named by who refuses it. Nothing is run.
"""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path
from typing import Any

import torch
from torch import nn


class Saves(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        torch.save(x, "written")
        return x


class SavesByOps(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        torch.ops.aten.save(x, "written")
        return x


class ReadsFile(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.from_file("/etc/passwd", False, 16, dtype=torch.uint8) + x


class WritesInChild(nn.Module):
    """The effect is in a function of a method that a submodule calls."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.Sequential(nn.Linear(1, 1), Saves())

    @torch.jit.export
    def other(self, x: torch.Tensor) -> torch.Tensor:
        return self.inner(x)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x


def library() -> Any:
    """Declares an operator of a namespace that PyTorch has not."""
    found = torch.library.Library("somebodys", "DEF")
    found.define("something(Tensor x) -> Tensor")
    return found


class CallsLibrary(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.ops.somebodys.something(x)


def main() -> None:
    warnings.simplefilter("ignore")
    folder = Path(sys.argv[1])
    folder.mkdir()
    kept = library()
    assert kept is not None
    made = {}
    networks: dict[str, tuple[nn.Module, str]] = {
        "saves": (Saves(), "torch.ops.aten.save"),
        "saves by ops": (SavesByOps(), "torch.ops.aten.save"),
        "reads a file": (ReadsFile(), "torch.ops.aten.from_file"),
        "writes in a child": (WritesInChild(), "torch.ops.aten.save"),
        "calls a library": (CallsLibrary(), "torch.ops.somebodys.something"),
    }
    for name, (network, effect) in networks.items():
        path = str(folder / f"{name}.ts")
        torch.jit.save(torch.jit.script(network), path)
        made[path] = effect
    print(json.dumps(made))


if __name__ == "__main__":
    main()
