"""The engine on MONAI by itself, on MMARs that a test writes."""

from __future__ import annotations

import copy
import importlib
import json
import shutil
import sys
from pathlib import Path
from typing import Any, Callable

import numpy as np
import torch

from bundles import ROOT
from resident import forget_components

PARTS = [
    ROOT / "templates" / part
    for part in ("imaging", "engines", "engines/resident", "engines/monai")
]
CONFIG = json.loads(
    (ROOT / "fixtures" / "spleen_ct" / "config" / "config_inference.json").read_text()
)
MODEL = {"path": "network.Network"}
"""A network of the MMAR's custom/, instead of the TorchScript."""

Json = dict[str, Any]


class Templates:
    """The modules of templates/, imported from there."""

    def __init__(self) -> None:
        for name in [name for name in sys.modules if name.startswith("mmar2mdai_")]:
            del sys.modules[name]
        before = list(sys.path)
        sys.path[:0] = map(str, PARTS)
        try:
            for part in PARTS:
                for path in part.glob("*.py"):
                    setattr(self, path.stem[10:], importlib.import_module(path.stem))
        finally:
            sys.path[:] = before

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(name)


def config(change: Callable[[Json], Any] | None = None) -> Json:
    """The spleen fixture's inference config, changed."""
    changed = copy.deepcopy(CONFIG)
    if change is not None:
        change(changed)
    return changed


def plain(changed: Json) -> None:
    """No resampling and no crop: what the network sees are the image's values and voxels."""
    kept = ("LoadImaged", "EnsureChannelFirstd", "ToTensord")
    pre = [step for step in changed["pre_transforms"] if step["name"] in kept]
    changed["pre_transforms"] = pre
    changed["inferer"]["args"]["roi_size"] = [16, 16, 16]


def with_network(source: str, folder: Path, change: Callable[[Json], Any] | None = None) -> Path:
    """An MMAR whose network is ``Network`` of a Python source, filled from its checkpoint."""

    def changes(changed: Json) -> None:
        plain(changed)
        changed["model"] = [dict(MODEL), {"ckpt_path": "{MMAR_CKPT}"}]
        if change is not None:
            change(changed)

    root = write_mmar(folder, config(changes))
    (root / "custom").mkdir()
    (root / "custom" / "network.py").write_text("import torch\n" + source)
    torch.save({"model": {}}, str(root / "models" / "model.pt"))
    return root


def write_mmar(folder: Path, changed: Json) -> Path:
    root = folder / "workspace" / "mmar"
    shutil.copytree(ROOT / "fixtures" / "spleen_ct", root)
    (root / "config" / "inference.json").write_text(json.dumps(changed))
    return root


def raw(**engine: Any) -> Json:
    """config_mdai.json of these MMARs."""
    return {
        "type": "segmentation",
        "root_folder": "mmar",
        "out_classes": 2,
        "data_list_key": "test",
        "device": "cpu",
        "engine": {
            "name": "monai",
            "inference_config": "config/inference.json",
            "environment": "config/environment.json",
            "item": "string",
            "timeout_seconds": 3600,
            "image_key": "image",
            "settings": {},
            **engine,
        },
    }


def make_engine(templates: Templates, root: Path, **engine: Any) -> Any:
    """The engine of an MMAR, and no other MMAR's components."""
    forget_components()
    return templates.engine.Engine(raw(**engine), root)


def grid(
    templates: Templates, values: np.ndarray, affine: np.ndarray | None = None, name: str = "ct"
) -> Any:
    """A volume of (x, y, z) values."""
    slices = [np.ascontiguousarray(values[:, :, z].T, np.float32) for z in range(values.shape[2])]
    given = np.diag([-1.5, -1.5, 2.0, 1.0]) if affine is None else affine
    return templates.images.GridImage(name, values.shape, given, lambda: iter(slices))


def values(shape: tuple[int, int, int] = (20, 18, 12)) -> np.ndarray:
    """Whole numbers from -100 to 300, all places unlike."""
    return np.random.default_rng(8).integers(-100, 300, shape).astype(np.float32)


def script(code: str, path: Path) -> None:
    """Write a network of a ``forward`` as TorchScript.

    Modules of one class share what is defined, so that a process could define one only.
    """
    network = type("Scripted", (torch.jit.ScriptModule,), {})()
    network.define(code)
    torch.jit.save(network, str(path))


def run_one(engine: Any, item: Any, folder: Path) -> Any:
    """What comes of one item, whose folder is a new one."""
    place = folder / f"run-{len(list(folder.glob('run-*')))}"
    place.mkdir()
    (result,) = engine.run([item], place)
    return result
