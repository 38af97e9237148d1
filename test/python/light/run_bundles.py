"""Bundles whose model is a few lines of Python, for the tests of `mmar2mdai run`."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Iterable

import numpy as np

ROOT = Path(__file__).resolve().parents[3]
SCRIPT = ROOT / "python" / "run_bundle.py"

ABOVE = """
import io
import numpy as np
import pydicom

LEVELS = {levels}

class MDAIModel:
    def predict(self, data):
        answers = []
        for file in data["files"]:
            ds = pydicom.dcmread(io.BytesIO(file["content"]))
            frames = [ds.pixel_array] if ds.pixel_array.ndim == 2 else list(ds.pixel_array)
            for number, frame in enumerate(frames, 1):
                for index, (low, high) in enumerate(LEVELS):
                    found = (frame >= low) & (frame < high)
                    if not found.any():
                        continue
                    answer = {{
                        "type": "ANNOTATION",
                        "study_uid": str(ds.StudyInstanceUID),
                        "series_uid": str(ds.SeriesInstanceUID),
                        "instance_uid": str(ds.SOPInstanceUID),
                        "class_index": index,
                        "data": {{"mask": found.astype(int).tolist()}},
                    }}
                    if len(frames) > 1:
                        answer["frame_number"] = number
                    answers.append(answer)
        return answers
"""
"""A model that marks the stored values of each class."""


def make(
    folder: Path, code: str, classes: Iterable[str] = ("organ",), task: str = "segmentation"
) -> Path:
    """A bundle's model folder with this mdai_deploy.py."""
    model = folder / "model"
    (model / ".mdai").mkdir(parents=True)
    (model / "workspace").mkdir()
    (model / ".mdai" / "mdai_deploy.py").write_text(code)
    config = {"type": task, "classes": listed(classes)}
    (model / "workspace" / "config_mdai.json").write_text(json.dumps(config))
    return model


def listed(classes: Iterable[str]) -> list[dict[str, Any]]:
    """Classes as config_mdai.json has them."""
    return [{"class_index": i, "name": name, "value": i + 1} for i, name in enumerate(classes)]


def run(model: Path, inputs: list[Path], out: Path, **order: Any) -> list[dict[str, Any]]:
    """Run a bundle in a process of its own; its events."""
    out.mkdir(exist_ok=True)
    classes = json.loads((model / "workspace" / "config_mdai.json").read_text())["classes"]
    whole = {
        "bundle": str(model),
        "inputs": [str(path) for path in inputs],
        "out": str(out),
        "name": "Phantom",
        "scope": "SERIES",
        "classes": classes,
        **order,
    }
    done = subprocess.run(
        [sys.executable, str(SCRIPT)], input=json.dumps(whole), text=True, capture_output=True
    )
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert events, done.stderr
    return events


def result(*arguments: Any, **order: Any) -> dict[str, Any]:
    """What a run gives that has a result."""
    last = run(*arguments, **order)[-1]
    assert last["event"] == "result", last
    found: dict[str, Any] = last["result"]
    return found


def error(*arguments: Any, **order: Any) -> dict[str, Any]:
    """Why a run gave nothing."""
    last = run(*arguments, **order)[-1]
    assert last["event"] == "error", last
    return last


def write(files: Any, folder: Path) -> Path:
    """The files of a series in a folder, in an order of their own."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, content in enumerate(files.contents):
        (folder / f"{(number * 7919) % 1000:03d}-{number}.dcm").write_bytes(content)
    return folder


def inside(affine: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """(n, 3) RAS mm of a mask's voxels, sorted and rounded, to compare with others."""
    places = np.argwhere(mask) @ affine[:3, :3].T + affine[:3, 3]
    rounded = np.round(places, 2) + 0.0
    return rounded[np.lexsort(rounded.T)]
