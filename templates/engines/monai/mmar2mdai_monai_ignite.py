"""What an inference takes of the parts of MONAI that can't be imported without pytorch-ignite.

An evaluator's loop is ignite's, and monai.handlers and monai.engines of MONAI 0.8.1 import it. No
loop runs here, so the bundle does not bring it: a bare pytorch-ignite would replace PyTorch.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import ModuleType

import monai

from mmar2mdai_resident_batch import default_prepare_batch


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
