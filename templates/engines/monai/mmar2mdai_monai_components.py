"""From the components of a config to the objects that they stand for, as Clara makes them."""

from __future__ import annotations

import importlib
import math
import os
import pkgutil
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any, Iterator, Mapping

import monai
import monai.transforms
import numpy as np
import torch

from mmar2mdai_errors import DeployError
from mmar2mdai_monai_config import arguments, full_path, is_component, is_enabled
from mmar2mdai_monai_ignite import provide_packages
from mmar2mdai_resident_memory import without_cuda

PACKAGES = (
    "monai.transforms",
    "monai.data",
    "monai.inferers",
    "monai.handlers",
    "monai.engines",
    "monai.networks.nets",
    "monai.networks.blocks",
    "monai.networks.layers",
    "monai.networks",
    "monai.losses",
    "monai.metrics",
    "monai.utils",
)
"""Where a ``name`` is looked up first; after them in all modules of monai.apps."""

provide_packages()

CODE = ("#", "lambda ")
"""What a string of a config begins with that is code."""

REFERENCE = re.compile(r"@([A-Za-z_]\w*)")

NAMES = {
    "monai": monai,
    "torch": torch,
    "numpy": np,
    "np": np,
    "math": math,
    "os": os,
}
"""What an expression of a config may name, besides its sections."""


def add_to_path(root: Path) -> None:
    """Let an MMAR's own components be imported, by either name that configs use.

    The root and its custom/ come last, so that no module of theirs takes the place of another's.
    Their bytecode is not written: nothing is written in the MMAR.
    """
    sys.dont_write_bytecode = True
    for folder in (str(root), str(root / "custom")):
        if folder not in sys.path:
            sys.path.append(folder)


def find_class(component: Mapping[str, Any]) -> Any:
    """The class that `name` (MONAI's) or `path` (anywhere on sys.path) says.

    Raises:
        DeployError: When there is none.
    """
    path = full_path(component)
    if path is not None:
        place, _, name = path.rpartition(".")
        try:
            return getattr(importlib.import_module(place), name)
        except Exception as error:
            raise DeployError(
                f"The inference config's component {path} can't be imported: "
                f"{type(error).__name__}: {error}."
            ) from error
    name = component["name"]
    for module in _packages():
        found = getattr(module, name, None)
        if found is not None:
            return found
    raise DeployError(
        f"The inference config's component {name} is not in MONAI {monai.__version__}."
    )


def _packages() -> Iterator[ModuleType]:
    for package in PACKAGES:
        yield importlib.import_module(package)
    apps = importlib.import_module("monai.apps")
    yield apps
    for module in pkgutil.walk_packages(apps.__path__, "monai.apps.", onerror=lambda _: None):
        try:
            yield importlib.import_module(module.name)
        except Exception:  # what a module needs may not be here: then nothing of it is named
            continue


class Sections:
    """Makes the objects of a config's sections on first use, each once.

    Once, because Invertd finds the transforms to invert by their identity.
    """

    def __init__(self, sections: Mapping[str, Any], on_cpu: bool) -> None:
        """Args:
        sections: the config, its variables replaced.
        on_cpu: put on the CPU what the config puts on a GPU.
        """
        self._sections = without_cuda(sections, CODE) if on_cpu else sections
        self._made: dict[str, Any] = {}

    def get(self, name: str) -> Any:
        """What a section stands for: an object, a Compose of transforms, or a plain value.

        Raises:
            DeployError: When it can't be made; the text names the component.
        """
        if name not in self._sections:
            raise DeployError(f"The inference config refers to @{name}, and has no such section.")
        if name not in self._made:
            self._made[name] = self._make(name, self._sections[name])
        return self._made[name]

    def member(self, component: Mapping[str, Any]) -> Any:
        """The object of one component.

        Raises:
            DeployError: As `get`.
        """
        what = component.get("name") or component.get("path")
        given = self.value(arguments(component))
        made = find_class(component)
        try:
            return made(**given)
        except Exception as error:
            raise DeployError(
                f"The inference config's component {what} can't be made: "
                f"{type(error).__name__}: {error}."
            ) from error

    def value(self, value: Any) -> Any:
        """Arguments: `@section`, `#expression` and `lambda ...` become objects."""
        if isinstance(value, dict):
            return {key: self.value(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.value(item) for item in value]
        if not isinstance(value, str):
            return value
        if value.startswith("@"):
            return self.get(value[1:])
        if value.startswith("#"):
            return self._evaluate(value[1:])
        if value.startswith("lambda "):
            return self._evaluate(value)
        return value

    def _make(self, name: str, section: Any) -> Any:
        if isinstance(section, list):
            made = [
                self.member(member) if is_component(member) else member
                for member in section
                if not isinstance(member, dict) or is_enabled(member)
            ]
            return monai.transforms.Compose(made) if name.endswith("transforms") else made
        return self.member(section) if is_component(section) else section

    def _evaluate(self, expression: str) -> Any:
        """What an expression of the MMAR's is; it is the MMAR's own code, as in Clara."""
        names = {name: self.get(name) for name in REFERENCE.findall(expression)}
        try:
            return eval(REFERENCE.sub(r"\1", expression.strip()), {**NAMES, **names})
        except Exception as error:
            raise DeployError(
                f"The inference config's expression {expression!r} fails: "
                f"{type(error).__name__}: {error}."
            ) from error
