"""Files of weights, loaded without running code that is in them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from mmar2mdai_errors import DeployError

TEXT_SHOWN = 300
"""Characters of an error of PyTorch that are shown."""


def load_script(path: Path, device: torch.device) -> torch.nn.Module:
    """A TorchScript, which is a network with its weights.

    Raises:
        DeployError: When it is not there, or this PyTorch can't load it.
    """
    _check_file(path, "TorchScript")
    try:
        return torch.jit.load(str(path), map_location=device)
    except Exception as error:
        raise DeployError(
            f"The TorchScript {path.name} can't be loaded by PyTorch {torch.__version__}: "
            f"{first_line(error)}."
        ) from error


def load_checkpoint(path: Path) -> Any:
    """What a checkpoint holds, on the CPU: a state dict, or dicts with one in them.

    Raises:
        DeployError: When it is not there, or holds more than weights.
    """
    _check_file(path, "checkpoint")
    try:
        return torch.load(str(path), map_location="cpu", weights_only=True)
    except Exception as error:
        raise DeployError(
            f"The checkpoint {path.name} can't be loaded as weights alone: {first_line(error)}. "
            "Export the network as a TorchScript, or save its state_dict."
        ) from error


def first_line(error: BaseException) -> str:
    """What an error says, in one sentence; one of a state dict would name all of its keys."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return f"{type(error).__name__}: {' '.join(lines[:2])}"[:TEXT_SHOWN].rstrip(". ")


def _check_file(path: Path, what: str) -> None:
    if not path.is_file():
        raise DeployError(f"The {what} {path.name} is not in {path.parent}; pack the model again.")
