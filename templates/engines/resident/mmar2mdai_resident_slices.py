"""A result as it is read: slice by slice."""

from __future__ import annotations

import numpy as np

ROWS = 4
"""Rows of all slices that are turned at once; any number gives the same."""


def by_slices(image: np.ndarray) -> np.ndarray:
    """A volume whose slices lie one behind the other, as in a NIfTI file.

    Args:
        image: (channels, x, y, z), in any layout.

    Returns:
        (x, y, z, channels), a copy, x fastest.
    """
    channels, width, height, depth = image.shape
    turned = np.empty((channels, depth, height, width), image.dtype)
    # Some rows at a time, gathered first: from far apart, voxels come one by one from the memory.
    for first in range(0, height, ROWS):
        rows = np.ascontiguousarray(image[:, :, first : first + ROWS])
        turned[:, :, first : first + ROWS] = rows.transpose(0, 3, 2, 1)
    return turned.transpose(3, 2, 1, 0)
