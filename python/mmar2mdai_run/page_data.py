"""What the report's page shows of a stack: the volume in 8 bits, and its masks."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mmar2mdai_run.clicks import marks_of
from mmar2mdai_run.files_out import layers_of
from mmar2mdai_run.findings import StackMasks
from mmar2mdai_run.stacks import Stack

CT_LEVELS = ((-1024.0, 32), (-200.0, 176), (300.0, 48))
"""From which Hounsfield units on how many of the 256 levels are spent: most on soft tissue, where
a narrow window is looked at."""

CT_TOP = 2000.0
"""Hounsfield units of the highest level."""

LEVELS = 256

SAMPLE = 1_000_000
"""Values that are looked at to find a volume's range."""

WINDOWS = {
    "CT": [
        ("Soft tissue", -160.0, 240.0),
        ("Lung", -1350.0, 150.0),
        ("Bone", -450.0, 1050.0),
        ("Brain", 0.0, 80.0),
        ("All", -1024.0, 2000.0),
    ]
}
"""By modality: the name of a window, and the values that are black and white."""


@dataclass(frozen=True)
class Level:
    """How values become levels of 8 bits.

    Attributes:
        values: (256,) the value of each level, rising.
        windows: (name, black, white), the first one to begin with.
    """

    values: np.ndarray
    windows: list[tuple[str, float, float]]

    def encode(self, values: np.ndarray) -> np.ndarray:
        """The nearest level of each value, uint8."""
        between = ((self.values[1:] + self.values[:-1]) / 2).astype(np.float32)
        encoded: np.ndarray = np.searchsorted(between, values).astype(np.uint8)
        return encoded


def levels_for(stack: Stack, modality: str) -> Level:
    """The levels that suit a volume; an inverted one has windows whose black lies above white."""
    level = _levels(stack, modality)
    if not stack.inverted:
        return level
    return Level(level.values, [(name, high, low) for name, low, high in level.windows])


def _levels(stack: Stack, modality: str) -> Level:
    if modality == "CT":
        starts = [start for start, _ in CT_LEVELS] + [CT_TOP]
        parts = [
            np.linspace(start, end, count, endpoint=False)
            for (start, count), end in zip(CT_LEVELS, starts[1:])
        ]
        return Level(np.concatenate(parts), WINDOWS["CT"])
    every = max(1, sum(frame.values.size for frame in stack.frames) // SAMPLE)
    sample = np.concatenate([frame.values.ravel()[::every] for frame in stack.frames])
    sample = sample[np.isfinite(sample)]
    sample = sample if sample.size else np.zeros(1)
    low, high, top = (float(v) for v in np.percentile(sample, (0.5, 99.5, 100)))
    if high <= low:
        high = low + 1
    top = max(top, high)
    windows = [("Usual", low, high), ("All", float(sample.min()), top)]
    bright = ("Bright", low, low + (high - low) * 0.6)
    return Level(np.linspace(low, top if top < 2 * high else high, LEVELS), [*windows, bright])


def write_stack(
    found: StackMasks, modality: str, stem: str, folder: Path, most: int, most_bytes: int
) -> Any:
    """Write what the page shows of a stack.

    Args:
        most: voxels that the volume may have; of the columns and rows only every second, third …
            is written to keep to it.
        most_bytes: that it may take, compressed, which is kept in the same way.

    Returns:
        What the page has to know: the names of the files, the levels, and the classes by layer.
    """
    level = levels_for(found.stack, modality)
    columns, rows, frames = found.stack.shape
    step, coarsest = 1, max(1, min(columns, rows) // 32)
    while (columns // step) * (rows // step) * frames > most and step < coarsest:
        step += 1
    name = f"{stem}.nii.gz"
    while True:
        affine = found.stack.affine @ np.diag([step, step, 1.0, 1.0])
        _save(_thinned(found.stack, level, step), affine, folder / name)
        if (folder / name).stat().st_size <= most_bytes or step >= coarsest:
            break
        step += 1
    layers = []
    for number, (labels, by_class) in enumerate(layers_of(found), 1):
        layer = f"{stem}-layer-{number}.nii.gz"
        _save(labels[::step, ::step], affine, folder / layer)
        layers.append({"file": layer, "values": by_class})
    marks = None
    if found.points:
        marks = f"{stem}-points.nii.gz"
        _save(marks_of(found.points, found.stack.shape, step), affine, folder / marks)
    windows = [{"name": n, "low": low, "high": high} for n, low, high in level.windows]
    levels = [round(float(value), 3) for value in level.values]
    return {
        "file": name,
        "layers": layers,
        "points": marks,
        "levels": levels,
        "windows": windows,
        "step": step,
        "focus": [round(float(part), 2) for part in _focus(found)],
    }


def _thinned(stack: Stack, level: Level, step: int) -> np.ndarray:
    """(columns, rows, frames) levels of every so manieth column and row."""
    parts = [level.encode(frame.values[::step, ::step]) for frame in stack.frames]
    return np.stack([part.T for part in parts], axis=2)


def _focus(found: StackMasks) -> np.ndarray:
    """(3,) RAS mm of the middle of the masks on the slice with most of them, else of a point."""
    shape = found.stack.shape
    at = np.array(shape) // 2
    masks = list(found.masks.values())
    if masks:
        all_ = np.logical_or.reduce(masks)
        frame = int(all_.sum(axis=(0, 1)).argmax())
        if all_[:, :, frame].any():
            columns, rows = np.nonzero(all_[:, :, frame])
            middle = np.argmin((columns - columns.mean()) ** 2 + (rows - rows.mean()) ** 2)
            at = np.array([columns[middle], rows[middle], frame])
    elif found.points:
        at = np.array(found.points[0].place)
    return (found.stack.affine @ np.array([*at, 1.0]))[:3]


def write_layer(labels: np.ndarray, found: StackMasks, step: int, path: Path) -> None:
    """Write one more label map for the page, on the stack's grid."""
    affine = found.stack.affine @ np.diag([step, step, 1.0, 1.0])
    _save(labels[::step, ::step].astype(np.uint8), affine, path)


def _save(voxels: np.ndarray, affine: np.ndarray, path: Path) -> None:
    import nibabel

    image = nibabel.Nifti1Image(np.asfortranarray(voxels), affine)
    image.set_sform(affine, code=1)
    # No time stamp in it: the same input gives the same page.
    with path.open("wb") as raw, gzip.GzipFile("", "wb", 6, raw, mtime=0) as packed:
        packed.write(image.to_bytes())
