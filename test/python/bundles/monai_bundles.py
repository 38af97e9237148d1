"""Small MONAI bundles with networks whose answer is known, and what MD.ai gets of them."""

from __future__ import annotations

import copy
import json
import sys
import zipfile
from pathlib import Path
from typing import Any, Callable, Sequence

import numpy as np
import torch

from bundles import ROOT, run
from resident import forget_components

PARTS = ("imaging", "engines", "engines/resident", "engines/monai_bundle")

Json = dict[str, Any]

# ------------------------------------------------------------- the bundles


def load(*more: str, **args: Any) -> list[Json]:
    """The transforms with which a preprocessing begins."""
    return [
        {"_target_": "LoadImaged", "keys": "@image_key", **args},
        {"_target_": "EnsureChannelFirstd", "keys": "@image_key"},
        *[{"_target_": name, "keys": "@image_key"} for name in more],
    ]


def compose(transforms: list[Json]) -> Json:
    return {"_target_": "Compose", "transforms": transforms}


INVERT = {
    "_target_": "Invertd",
    "keys": "pred",
    "transform": "@preprocessing",
    "orig_keys": "@image_key",
    "nearest_interp": False,
    "to_tensor": True,
}
ARGMAX = {"_target_": "AsDiscreted", "keys": "pred", "argmax": True}
SOFTMAX = {"_target_": "Activationsd", "keys": "pred", "softmax": True}
SAVE = {
    "_target_": "SaveImaged",
    "keys": "pred",
    "output_dir": "@output_dir",
    "output_ext": ".nii.gz",
    "output_postfix": "trans",
    "separate_folder": False,
}
HU = {"_target_": "ScaleIntensityRanged", "keys": "@image_key", "a_min": -1000, "a_max": 1000}
HU = {**HU, "b_min": -1000.0, "b_max": 1000.0}
"""Values as they are, within limits."""


def config(network: Json | str, preprocessing: list[Json], **parts: Any) -> Json:
    """An inference config in the form of the public ones.

    Args:
        network: network_def.
        parts: other sections, or others instead of those here.
    """
    return {
        "imports": ["$import glob", "$import a_package_that_is_not_here as pd"],
        "bundle_root": ".",
        "image_key": "image",
        "output_dir": "$@bundle_root + '/eval'",
        "dataset_dir": "/there/is/no/data",
        "datalist": "$sorted(glob.glob(@dataset_dir + '/*.nii.gz'))",
        "device": "$torch.device('cuda:0' if torch.cuda.is_available() else 'cpu')",
        "network_def": network,
        "network": "$@network_def.to(@device)",
        "preprocessing": compose(preprocessing),
        "dataset": {
            "_target_": "Dataset",
            "data": "$[{'image': i} for i in @datalist]",
            "transform": "@preprocessing",
        },
        "dataloader": {"_target_": "DataLoader", "dataset": "@dataset", "batch_size": 1},
        "inferer": {"_target_": "SlidingWindowInferer", "roi_size": [32, 32, 32], "overlap": 0.25},
        "postprocessing": compose([SOFTMAX, INVERT, ARGMAX, SAVE]),
        "handlers": [{"_target_": "StatsHandler", "iteration_log": False}],
        "evaluator": {
            "_target_": "SupervisedEvaluator",
            "device": "@device",
            "val_data_loader": "@dataloader",
            "network": "@network",
            "inferer": "@inferer",
            "postprocessing": "@postprocessing",
            "val_handlers": "@handlers",
            "amp": True,
        },
        "checkpointloader": {
            "_target_": "CheckpointLoader",
            "load_path": "$@bundle_root + '/models/model.pt'",
            "load_dict": {"model": "@network"},
        },
        "initialize": ["$@checkpointloader(@evaluator)"],
        "run": ["$@evaluator.run()"],
        **parts,
    }


def thresholds(*levels: float, dimensions: int = 3) -> tuple[Json, Json]:
    """A network of one convolution, and its weights: class n is from level n to the next one."""
    classes = len(levels) + 1
    definition = {"_target_": f"torch.nn.Conv{dimensions}d", "in_channels": 1}
    # From one class to the next the logit grows by what the value is over the level.
    weight = torch.arange(classes).reshape(classes, 1, *(1,) * dimensions).float()
    bias = -torch.tensor([0.0, *levels]).cumsum(0)
    weights = {"weight": 0.01 * weight, "bias": 0.01 * bias}  # so that no softmax is 0 or 1
    return {**definition, "out_channels": classes, "kernel_size": 1}, weights


def metadata(
    classes: Sequence[str] = ("organ",), channels: Sequence[str] = ("image",), modality: str = "CT"
) -> Json:
    """metadata.json in the form of the public ones; the background is among the classes' channels.

    Args:
        channels: what each image channel shows.
    """
    whole = ["*", "*", "*"]
    named = dict(enumerate(["background", *classes]))
    image = {"type": "image", "format": "magnitude", "modality": modality, "spatial_shape": whole}
    image = {**image, "num_channels": len(channels), "channel_def": dict(enumerate(channels))}
    pred = {"type": "image", "format": "segmentation", "spatial_shape": whole}
    pred = {**pred, "num_channels": len(named), "channel_def": named}
    return {
        "version": "0.1.0",
        "monai_version": "1.5.2",
        "pytorch_version": "2.5.1",
        "name": "Test",
        "task": "Segmentation",
        "network_data_format": {"inputs": {"image": image}, "outputs": {"pred": pred}},
    }


def write_bundle(
    root: Path,
    content: Json,
    weights: Any,
    scripts: dict[str, str] | None = None,
    told: Json | None = None,
) -> Path:
    """A MONAI bundle's folder.

    Args:
        weights: a state dict, for models/model.pt, or a TorchScript, for models/model.ts.
        scripts: modules in scripts/, by their names.
        told: metadata.json.
    """
    (root / "configs").mkdir(parents=True)
    (root / "models").mkdir()
    (root / "configs" / "inference.json").write_text(json.dumps(content, indent=4))
    (root / "configs" / "metadata.json").write_text(json.dumps(told or metadata()))
    if isinstance(weights, torch.jit.ScriptModule):
        torch.jit.save(weights, str(root / "models" / "model.ts"))
    else:
        torch.save(weights, str(root / "models" / "model.pt"))
    if scripts is not None:
        (root / "scripts").mkdir()
        for name, source in {"__init__": "", **scripts}.items():
            (root / "scripts" / f"{name}.py").write_text(source)
    return root


# ------------------------------------------------- what MD.ai gets of them


def mdai_config(root: Path, **more: Any) -> Json:
    """config_mdai.json for the engine by itself: of a bundle whose result is a label map.

    Args:
        more: keys of `engine`, or others.
    """
    script = (root / "models" / "model.ts").is_file()
    engine = {
        "name": "monai-bundle",
        "configs": ["configs/inference.json"],
        "metadata": "configs/metadata.json",
        "overrides": {},
        "network": None if script else "network",
        "preprocessing": "preprocessing",
        "inferer": "inferer",
        "postprocessing": "postprocessing",
        "weights": {
            "path": "models/model.ts" if script else "models/model.pt",
            "form": "torchscript" if script else "state_dict",
            "key": None,
        },
        "image_key": "image",
        "prediction_key": "pred",
        "timeout_seconds": 3600,
    }
    whole = {
        "type": "segmentation",
        "root_folder": root.name,
        "out_classes": 2,
        "data_list_key": "testing",
        "schema": 2,
        "modalities": [],
        "device": "cpu",
        "engine": engine,
        "input": {"channels": [{"name": "image", "rules": []}]},
        "output": {"form": "label_map", "threshold": 0.5},
        "classes": [{"class_index": 0, "name": "organ", "value": 1}],
    }
    for key, value in more.items():
        (engine if key in engine else whole)[key] = value
    return whole


def unpacked(root: Path, folder: Path, *options: str) -> Path:
    """The model folder of a bundle, packed for the CPU."""
    archive = folder / "packed.zip"
    code, text = run("pack", str(root), "-o", str(archive), "--quiet", "--device", "cpu", *options)
    assert code == 0, text
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(folder)
    forget_components()
    return folder / "model"


# ----------------------------------------------------- the engine by itself


class Templates:
    """The modules of templates/, imported from there."""

    def __init__(self) -> None:
        import importlib

        for name in [name for name in sys.modules if name.startswith("mmar2mdai_")]:
            del sys.modules[name]
        before = list(sys.path)
        folders = [ROOT / "templates" / part for part in PARTS]
        sys.path[:0] = map(str, folders)
        try:
            for folder in folders:
                for path in folder.glob("*.py"):
                    setattr(self, path.stem[10:], importlib.import_module(path.stem))
        finally:
            sys.path[:] = before

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(name)


def make_engine(templates: Templates, root: Path, described: Json | None = None) -> Any:
    """The engine of a bundle that lies below a folder called workspace, and no other's modules."""
    forget_components()
    return templates.engine.Engine(described or mdai_config(root), root)


def changed(content: Json, change: Callable[[Json], Any]) -> Json:
    other = copy.deepcopy(content)
    change(other)
    return other


def grid(
    templates: Templates, values: np.ndarray, affine: np.ndarray | None = None, name: str = "ct"
) -> Any:
    """A volume of (x, y, z) values."""
    slices = [np.ascontiguousarray(values[:, :, z].T, np.float32) for z in range(values.shape[2])]
    given = np.diag([-1.5, -1.5, 2.0, 1.0]) if affine is None else affine
    return templates.images.GridImage(name, values.shape, given, lambda: iter(slices))


def run_one(engine: Any, item: Any, folder: Path) -> Any:
    """What comes of one item, whose folder is a new one."""
    place = folder / f"run-{len(list(folder.glob('run-*')))}"
    place.mkdir()
    (result,) = engine.run([item], place)
    return result


def voxels(result: Any) -> np.ndarray:
    """(x, y, z) of a result of one channel."""
    return np.array(result.voxels[:, :, :, 0])
