"""Bundles of models that segment what a user points at, and annotations that point.

The packer makes such bundles, too; these are put together here, so that a test can have any config.
"""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any, Sequence

from bundles import ROOT
from dicom_files import Files

TEMPLATES = ROOT / "templates"
FOLDERS = ("segmentation", "annotation", "platform", "imaging", "engines")
IMPORT = re.compile(r"^[ \t]*(?:from|import)[ \t]+(\w+)", re.MULTILINE)

Json = dict

DEEPGROW = {
    "kind": "deepgrow",
    "dimensions": 3,
    "foreground_key": "foreground",
    "background_key": "background",
}
DEEPGROW_2D = {**DEEPGROW, "dimensions": 2}
EXTREME_POINTS = {"kind": "extreme_points", "dimensions": 3, "label_key": "label", "points": 6}


def deploy_code(engine: str | None) -> dict[str, bytes]:
    """The task's entry and the modules that it imports, by their file names.

    Args:
        engine: folder of engines/; without one `mmar2mdai_engine.py` is left out.
    """
    own = () if engine is None else ("engines/resident", f"engines/{engine}")
    folders = (*FOLDERS, *own)
    paths = {path.stem: path for name in folders for path in (TEMPLATES / name).glob("*.py")}
    found: dict[str, bytes] = {}
    waiting = ["mdai_deploy"]
    paths["mdai_deploy"] = TEMPLATES / "annotation" / "mdai_deploy.py"
    while waiting:
        name = waiting.pop()
        if name in paths and f"{name}.py" not in found:
            content = paths[name].read_bytes()
            found[f"{name}.py"] = content
            waiting += IMPORT.findall(content.decode())
    return found


def config_of(clicks: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """config_mdai.json of such a model; ``input`` is changed by what is given for it."""
    more = changes.pop("input", {})
    return {
        "type": "annotation",
        "root_folder": "mmar",
        "out_classes": 2,
        "data_list_key": "testing",
        "schema": 2,
        "modalities": ["CT"],
        "device": "cpu",
        "engine": {
            "name": "monai",
            "inference_config": "config/config_inference_mdai.json",
            "environment": "config/environment.json",
            "item": "object",
            "image_key": "image",
            "settings": {},
            "timeout_seconds": 3600,
        },
        "input": {
            "channels": [{"name": "image", "rules": []}],
            "clicks": clicks,
            "background_labels": [],
            "first_frame": None,
            **more,
        },
        "output": {"form": "label_map", "threshold": 0.5},
        "classes": [{"class_index": 0, "name": "object", "value": 1}],
        **changes,
    }


def make_bundle(
    folder: Path,
    config: dict[str, Any],
    *,
    engine: str | None = "monai",
    engine_code: str = "",
    inference: dict[str, Any] | None = None,
) -> Path:
    """A bundle's model folder.

    Args:
        engine: folder of engines/, or None where ``engine_code`` is the engine's module.
        inference: the derived inference config. The network is put into models/model.ts of the
            MMAR by the caller.
    """
    model = folder / "model"
    root = model / "workspace" / "mmar"
    for place in (model / ".mdai", root / "config", root / "models"):
        place.mkdir(parents=True)
    for name, content in deploy_code(engine).items():
        (model / ".mdai" / name).write_bytes(content)
    if engine is None:
        (model / ".mdai" / "mmar2mdai_engine.py").write_text(engine_code)
    (model / "workspace" / "config_mdai.json").write_text(json.dumps(config))
    environment = {"MMAR_CKPT": "models/model.pt", "MMAR_TORCHSCRIPT": "models/model.ts"}
    (root / "config" / "environment.json").write_text(json.dumps(environment))
    (root / "config" / "config_inference_mdai.json").write_text(json.dumps(inference or {}))
    return model


def copy_of(model: Path, folder: Path) -> Path:
    """A copy of a bundle, to change."""
    shutil.copytree(str(model), str(folder / "model"))
    return folder / "model"


def mark(
    files: Files, index: int, data: Any, label: str = "L", frame: int | None = None, **more: Any
) -> dict[str, Any]:
    """An annotation on a slice of a series, with all keys that MD.ai's server lists."""
    return {
        "id": more.pop("id", f"A-{label}-{index}-{len(str(data))}"),
        "label_id": label,
        "study_uid": files.study_uid,
        "series_uid": files.series_uid,
        "instance_uid": files.uids[index],
        "frame_number": frame,
        "data": data,
        "parent_id": more.pop("parent", None),
        **more,
    }


def click(files: Files, place: Sequence[float], label: str = "L", **more: Any) -> dict[str, Any]:
    """A point at a slice, row and column of a series."""
    z, y, x = place
    return mark(files, int(z), {"x": x, "y": y}, label, **more)


def label_class(index: int, id: str, name: str, mode: str = "mask") -> dict[str, Any]:
    """A label that a class of the model is mapped to."""
    label = {"id": id, "name": name, "type": "LOCAL", "scope": "INSTANCE", "annotation_mode": mode}
    return {"class_index": index, "label": label}
