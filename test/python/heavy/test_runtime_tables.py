"""What the runtimes are said to have, against the real PyTorch 1.13 and MONAI 0.8.1."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import monai
import torch

ROOT = Path(__file__).resolve().parents[3]
OPERATORS = (ROOT / "src/weights/torch-operators.ts").read_text(encoding="utf-8")


def listed(name: str) -> set[str]:
    """The operators of a list in torch-operators.ts."""
    found = re.search(rf"export const {name}\b[^`]*`([^`]*)`", OPERATORS)
    assert found is not None
    return set(found.group(1).split())


def known() -> set[str]:
    schemas = [schema.name for schema in torch._C._jit_get_all_schemas()]
    return {name[len("aten::") :] for name in schemas if name.startswith("aten::")}


def test_pytorch_1_13_has_none_of_the_operators_that_came_later():
    assert torch.__version__.startswith("1.13")
    assert len(listed("AFTER_1_13")) > 100
    assert not listed("AFTER_1_13") & known()


def test_pytorch_1_13_has_all_operators_that_came_up_to_it():
    assert len(listed("AFTER_1_10")) > 200
    assert listed("AFTER_1_10") <= known()


def test_the_components_of_monai_are_those_of_the_package():
    path = ROOT / "scripts/monai_names.py"
    spec = importlib.util.spec_from_file_location("monai_names", path)
    assert spec is not None and spec.loader is not None
    names = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(names)
    assert monai.__version__ == "0.8.1"
    made = names.module(Path(monai.__file__).parent)
    assert made == (ROOT / "src/runtimes/monai/names.ts").read_text(encoding="utf-8")
