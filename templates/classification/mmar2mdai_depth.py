"""How many bits of its format an image uses.

A header whose BitsStored is BitsAllocated often says nothing of the pixels, only of the cells
that they lie in: 16 bits for a detector of 12. By the format, such an image would be black.
"""

from __future__ import annotations

import numpy as np
from pydicom.dataset import Dataset

from mmar2mdai_pixels import stored_range

DEPTHS = (8, 10, 12, 14, 16)
"""Bits of detectors and of what is made of their images."""

FEWEST_VALUES = 32
"""An image of fewer different values says nothing of the bits that it uses."""

FEWEST_PIXELS = 128
"""An image of fewer pixels says nothing of whether its values have a sign."""

DARK = 0.25
"""An X-ray image that stays in this part of its range has another: it leaves two bits unused."""


def used_range(values: np.ndarray, header: Dataset) -> tuple[tuple[int, int], str | None]:
    """The range that an image's format has, as its header says it or its values show it.

    Args:
        values: stored values of any shape without padding, at least one.

    Returns:
        The lowest and the highest value, and what is to be said of them.
    """
    low, high = stored_range(header)
    least, most = int(values.min()), int(values.max())
    stored = int(header.BitsStored)
    if least < low:
        half = 2 ** (stored - 1)
        return (-half, half - 1), _says(stored, "have a sign, and are taken so")
    is_unsigned = least >= 0 > low and values.size >= FEWEST_PIXELS
    is_dark = most < DARK * high and (least >= 0 or least > DARK * low) and _has_many(values)
    if not is_unsigned and not is_dark:
        return (low, high), None
    is_cell = stored == int(header.BitsAllocated)
    floor = 0 if least >= 0 else low
    ends = [(floor and -(2 ** (bits - 1)), 2 ** (bits - bool(floor)) - 1) for bits in DEPTHS]
    for bits, (below, above) in zip(DEPTHS, ends):
        if is_cell and bits < stored - 1 and below <= least and most <= above:
            return (below, above), _says(stored, f"use {bits}, which count")
    if floor != low:
        return (floor, high), _says(stored, "have no sign, and are taken so")
    note = f"Its pixels use a small part of the {stored} bits that its header says, which count."
    return (low, high), note


def dark_table(entries: np.ndarray, bits: int) -> int:
    """The bits of a look-up table's entries: what is said, or fewer where they leave two unused."""
    most = int(entries.max())
    fitting = [depth for depth in DEPTHS if depth < bits - 1 and most < 2**depth]
    return fitting[0] if fitting and most > 0 else bits


def _says(stored: int, what: str) -> str:
    return f"Its header says {stored} bits stored, but its pixels {what}."


def _has_many(values: np.ndarray) -> bool:
    """Whether there are enough different values; some of the pixels show it."""
    flat = values.ravel()
    return len(np.unique(flat[:: max(1, flat.size // 100_000)])) >= FEWEST_VALUES
