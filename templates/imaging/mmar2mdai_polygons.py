"""The pixels that polygons cover."""

from __future__ import annotations

from typing import Sequence

import numpy as np


def filled(polygons: Sequence[object], shape: tuple[int, int]) -> np.ndarray:
    """What lies in any of some polygons, or on its outline.

    Args:
        polygons: each ``[[x, y], …]``, x the column and y the row; a pixel's centre is at whole
            numbers.
        shape: (rows, columns) of the image.

    Returns:
        ``shape`` bool.

    Raises:
        ValueError, TypeError: When one is not a list of points.
    """
    covered = np.zeros(shape, bool)
    for polygon in polygons:
        points = np.asarray(polygon, dtype=np.float64)
        if points.ndim != 2 or points.shape[1] != 2 or not np.isfinite(points).all():
            raise ValueError(f"a polygon of the shape {points.shape} is not a list of [x, y]")
        _fill(covered, points)
    return covered


def _fill(covered: np.ndarray, points: np.ndarray) -> None:
    """Set the pixels whose centres lie in a polygon, or on its outline.

    Args:
        points: (n, 2) of x and y.
    """
    rows, columns = covered.shape
    start, end = points, np.roll(points, -1, axis=0)
    low, high = np.minimum(start[:, 1], end[:, 1]), np.maximum(start[:, 1], end[:, 1])
    first, last = max(int(np.ceil(low.min())), 0), min(int(np.floor(high.max())), rows - 1)
    for row in range(first, last + 1):
        # An edge counts from its lower end up to its upper one; with the ends the other way round
        # as well, rows at the polygon's own ends are in.
        for crosses in ((low <= row) & (row < high), (low < row) & (row <= high)):
            part = (row - start[crosses, 1]) / (end[crosses, 1] - start[crosses, 1])
            at = np.sort(start[crosses, 0] + part * (end[crosses, 0] - start[crosses, 0]))
            for left, right in zip(at[::2], at[1::2]):
                begin, stop = int(np.ceil(left)), int(np.floor(right))
                if stop >= 0 and begin < columns:
                    covered[row, max(begin, 0) : stop + 1] = True
