"""The VOI LUT or window of an image. Sources: DICOM PS3.3 C.11.2.1.1 and C.11.2.1.2."""

from __future__ import annotations

import numpy as np
from pydicom.dataset import Dataset

from mmar2mdai_depth import dark_table
from mmar2mdai_tables import read_lut

STEEPEST = 700.0
"""The largest power of e that a float holds, nearly."""


def windowed(
    levels: np.ndarray, header: Dataset, ends: tuple[float, float]
) -> tuple[np.ndarray, tuple[float, float], str | None]:
    """Values through the image's first VOI LUT, else its first window, else as they are.

    Args:
        levels: modality values.
        ends: the lowest and the highest that they may be.

    Returns:
        float32 of the same shape, the lowest and the highest that they may be then, and why a
        window was not applied.

    Raises:
        ValueError, AttributeError: When the VOI LUT is not a table.
    """
    if header.get("VOILUTSequence"):
        table = read_lut(header.VOILUTSequence[0], ends, header.is_little_endian)
        bits = dark_table(table.entries, table.bits)
        return table.look_up(levels), (0.0, float(2**bits - 1)), None
    centre, width = _first(header, "WindowCenter"), _first(header, "WindowWidth")
    if centre is None and width is None:
        return levels, ends, None
    function = str(header.get("VOILUTFunction") or "LINEAR")
    part = None
    if centre is not None and width is not None and np.isfinite([centre, width]).all():
        part = _part(levels.astype(np.float64), centre, width, function)
    if part is None:
        shown = f"{function}, center {centre}, width {width}"
        return levels, ends, f"Its window ({shown}) is not valid, and was not applied."
    low, high = ends
    return (part * (high - low) + low).astype(np.float32), ends, None


def _part(levels: np.ndarray, centre: float, width: float, function: str) -> np.ndarray | None:
    """How far each value is up the window, from 0 to 1; None for a window that is not valid."""
    if function == "LINEAR" and width >= 1:
        if width == 1:
            return np.asarray(levels > centre - 0.5, dtype=np.float64)
        return np.clip((levels - (centre - 0.5)) / (width - 1) + 0.5, 0, 1)
    if function == "LINEAR_EXACT" and width > 0:
        return np.clip((levels - centre) / width + 0.5, 0, 1)
    if function == "SIGMOID" and width > 0:
        power = np.clip(-4 * (levels - centre) / width, -STEEPEST, STEEPEST)
        return np.asarray(1 / (1 + np.exp(power)))
    return None


def _first(header: Dataset, name: str) -> float | None:
    """The first value of an attribute, NaN for what is not a number."""
    value = header.get(name)
    if value is None or value == "":
        return None
    try:
        first = value if isinstance(value, (str, float, int)) else value[0]
        return float(first)
    except (TypeError, ValueError, IndexError):
        return float("nan")
