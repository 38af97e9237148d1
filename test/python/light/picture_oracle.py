"""What a picture has to be, from the raw pixel bytes of a file, by the standard's formulas.

Nothing here is the deploy code's, nor pydicom's but for finding attributes: bytes become numbers
by `struct`, tables and windows are applied pixel by pixel in plain Python, and the network's own
transforms are those few lines of MONAI 0.8.1 that the tests' configs use.
"""

from __future__ import annotations

import math
import struct
from typing import Any, Callable, List, Sequence

import numpy as np
from pydicom.dataset import Dataset

Number = float
Rows = List[List[Number]]


def stored_values(ds: Dataset) -> list[list[int]]:
    """The image's stored values, from its bytes: bits below HighBit, with their sign."""
    order = "<" if ds.is_little_endian else ">"
    count, width = ds.Rows * ds.Columns, ds.BitsAllocated // 8
    raw = struct.unpack(
        f"{order}{count}{ {1: 'B', 2: 'H', 4: 'I'}[width] }", ds.PixelData[: count * width]
    )
    values = []
    for cell in raw:
        value = (cell >> (ds.HighBit + 1 - ds.BitsStored)) & ((1 << ds.BitsStored) - 1)
        if ds.PixelRepresentation and value >> (ds.BitsStored - 1):
            value -= 1 << ds.BitsStored
        values.append(value)
    return [values[row * ds.Columns : (row + 1) * ds.Columns] for row in range(ds.Rows)]


def each(rows: Sequence[Sequence[Number]], change: Callable[[Number], Number]) -> Rows:
    return [[change(value) for value in row] for row in rows]


def through_table(first: int, entries: Sequence[int]) -> Callable[[Number], Number]:
    """PS3.3 C.11.2.1.1: below the first value the first entry, above the last one the last."""

    def change(value: Number) -> Number:
        place = round(value) - first
        return entries[0] if place < 0 else entries[min(place, len(entries) - 1)]

    return change


def through_window(
    centre: float, width: float, function: str, low: float, high: float
) -> Callable[[Number], Number]:
    """PS3.3 C.11.2.1.2.1 and C.11.2.1.3, as the pseudo code there has it."""

    def change(x: Number) -> Number:
        if function == "SIGMOID":
            power = -4 * (x - centre) / width
            return (high - low) / (1 + math.exp(power)) + low if power < 700 else low
        c, w = (centre - 0.5, width - 1) if function == "LINEAR" else (centre, width)
        if x <= c - w / 2:
            return low
        if x > c + w / 2:
            return high
        return ((x - c) / w + 0.5) * (high - low) + low

    return change


# ---------------------------------------------------------------- the network's own transforms


def scale_range(picture: np.ndarray, a_min: float, a_max: float) -> np.ndarray:
    """ScaleIntensityRanged to 0 … 1, clipped."""
    return np.clip((picture.astype(float) - a_min) / (a_max - a_min), 0, 1)


def normalize(picture: np.ndarray, subtrahend: float, divisor: float) -> np.ndarray:
    """NormalizeIntensityd with fixed numbers."""
    return (picture.astype(float) - subtrahend) / divisor


def scale(picture: np.ndarray) -> np.ndarray:
    """ScaleIntensityd by the image's own range."""
    values = picture.astype(float)
    return (values - values.min()) / (values.max() - values.min())


def statistics(tensor: np.ndarray) -> dict[str, float]:
    """What tells a tensor from one that is mirrored, turned, inverted, flat or cut off."""
    rows, columns = tensor.shape
    top, left = rows // 2, columns // 2
    return {
        "lowest": float(tensor.min()),
        "highest": float(tensor.max()),
        "mean": float(tensor.mean()),
        "upper left": float(tensor[:top, :left].mean()),
        "upper right": float(tensor[:top, left:].mean()),
        "lower left": float(tensor[top:, :left].mean()),
        "lower right": float(tensor[top:, left:].mean()),
        "slope down": float(np.diff(tensor, axis=0).mean()),
        "slope right": float(np.diff(tensor, axis=1).mean()),
        "roughness": float(np.abs(np.diff(tensor, axis=1)).mean()),
    }


# ---------------------------------------------------------------- an X-ray


def chest(rows: int = 48, columns: int = 40) -> np.ndarray:
    """(rows, columns) from 0 to 1: dark lungs, a heart at the viewer's right, a bright belly,
    and in the upper left a marker. No two quadrants are alike."""
    y, x = np.mgrid[0:rows, 0:columns]
    y, x = y / (rows - 1), x / (columns - 1)
    picture = 0.45 + 0.35 * y + 0.05 * x
    for middle in (0.28, 0.72):
        picture -= 0.35 * np.exp(-(((x - middle) / 0.13) ** 2 + ((y - 0.4) / 0.25) ** 2))
    picture += 0.25 * np.exp(-(((x - 0.6) / 0.12) ** 2 + ((y - 0.6) / 0.12) ** 2))
    picture = (picture - picture.min()) / (picture.max() - picture.min())
    picture[2:6, 2:6] = 1.0
    return np.asarray(picture)


def of_depth(picture: np.ndarray, bits: int) -> np.ndarray:
    """The picture as a detector of so many bits gives it."""
    return np.rint(picture * (2**bits - 1)).astype(int)


def any_of(answers: list[dict[str, Any]], word: str) -> bool:
    """Whether an answer's note holds a word."""
    return any(word in answer.get("note", "") for answer in answers)
