"""What an inference takes of the parts of MONAI that can't be imported without pytorch-ignite.

An evaluator's loop is ignite's, and monai.handlers and monai.engines of MONAI 0.8.1 import it. No
loop runs here, so the bundle does not bring it: a bare pytorch-ignite would replace PyTorch.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import ModuleType
from typing import Any, Callable

import monai
import torch


def default_prepare_batch(
    batchdata: dict[str, Any], device: torch.device, non_blocking: bool = False
) -> tuple[torch.Tensor, Any]:
    """The image and, if there is one, the label of a batch, on the device.

    Raises:
        KeyError: When there is no image.
    """

    def moved(key: str) -> Any:
        return batchdata[key].to(device=device, non_blocking=non_blocking)

    label = batchdata.get("label")
    return moved("image"), moved("label") if isinstance(label, torch.Tensor) else None


def apply_to_item(
    batch: dict[str, Any], output: dict[str, Any], transform: Callable[[Any], Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What post transforms make of an item: they see both parts of it as one.

    Args:
        batch: what the pre transforms left of the item.
        output: the image on its device, the label, the prediction.

    Returns:
        Both parts with what was changed. What is new is in the output.
    """
    changed = transform({**batch, **output})
    new = {key: value for key, value in changed.items() if key in output or key not in batch}
    old = {key: value for key, value in changed.items() if key not in new}
    return {**batch, **old}, {**output, **new}


def provide_packages() -> None:
    """Let a config name `monai.handlers.from_engine` and `monai.engines.default_prepare_batch`.

    Where ignite is, MONAI's own packages are there whole.
    """
    try:
        importlib.import_module("monai.handlers")
        importlib.import_module("monai.engines")
    except ImportError:  # MONAI's OptionalImportError is one
        handlers = _package("monai.handlers")
        utils = importlib.import_module("monai.handlers.utils")
        handlers.from_engine = utils.from_engine  # type: ignore[attr-defined]
        engines = _package("monai.engines")
        engines.default_prepare_batch = default_prepare_batch  # type: ignore[attr-defined]


def _package(name: str) -> ModuleType:
    """A package of MONAI without what it imports by itself; its modules can be imported."""
    package = ModuleType(name)
    last = name.rpartition(".")[2]
    package.__path__ = [str(Path(monai.__file__).parent / last)]
    for module in [each for each in sys.modules if each.startswith(f"{name}.")]:
        del sys.modules[module]
    sys.modules[name] = package
    setattr(monai, last, package)
    return package
