"""How much of one volume lies in another's field of view."""

from __future__ import annotations

from typing import Sequence

import numpy as np

from mmar2mdai_errors import DeployError
from mmar2mdai_geometry import Grid
from mmar2mdai_pixels import PixelReader
from mmar2mdai_volumes import Volume

MOST_SLICES, MOST_ALONG_AXIS = 24, 64
"""Of how many slices, rows and columns at most points are taken."""

BODY = 0.1
"""Above this part of the way from the background to the brightest is the body."""

BORDER = 0.51
"""How far a voxel's own space reaches from its centre, in voxels."""

PART, WHOLE = 0.5, 0.9
"""A volume that covers less than the first of another, which covers more than the second of it,
is a part of it."""


def body_points(volume: Volume) -> np.ndarray:
    """Points of a volume that are brighter than its background.

    Returns:
        (n, 3) RAS mm, evenly spread; all points where nothing is brighter.
    """
    reader = PixelReader()
    points, values = [], []
    for index in _spread(len(volume.frames), MOST_SLICES):
        frame = volume.frames[index]
        rows = _spread(frame.plane.rows, MOST_ALONG_AXIS)
        columns = _spread(frame.plane.columns, MOST_ALONG_AXIS)
        grid = np.stack(np.meshgrid(columns, rows), axis=-1).reshape(-1, 2)
        ones = np.ones(len(grid))
        places = np.column_stack([grid, np.zeros(len(grid)), ones]) @ frame.plane.affine().T
        try:
            pixels = reader.read(frame)[np.ix_(rows, columns)]
        except DeployError:  # said where the image is written
            pixels = np.zeros((len(rows), len(columns)), np.float32)
        points.append(places[:, :3])
        values.append(np.asarray(pixels, np.float32).ravel())
    every, bright = np.concatenate(points), np.concatenate(values)
    low, high = np.percentile(bright, [2, 99])
    body = bright > low + BODY * (high - low)
    return every[body] if body.any() else every


def box_points(grid: Grid) -> np.ndarray:
    """(n, 3) RAS mm, spread evenly over a grid."""
    axes = [np.linspace(0, size - 1, min(size, 8)) for size in grid.shape]
    voxels = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
    return voxels @ grid.affine[:3, :3].T + grid.affine[:3, 3]


def covered(points: np.ndarray, grid: Grid) -> float:
    """The part of some points, (n, 3) RAS mm, that lies in a grid's field of view, 0 to 1."""
    inverse = np.linalg.inv(grid.affine)
    voxels = points @ inverse[:3, :3].T + inverse[:3, 3]
    inside = (voxels >= -BORDER) & (voxels <= np.array(grid.shape) - 1 + BORDER)
    return float(inside.all(axis=1).mean())


def parts_of_others(volumes: Sequence[Volume]) -> list[bool]:
    """For each volume whether it is a slab of the body that another shows as a whole."""

    def is_part(one: Volume, other: Volume) -> bool:
        return (
            covered(box_points(one.grid), other.grid) > WHOLE
            and covered(box_points(other.grid), one.grid) < PART
            and covered(body_points(other), one.grid) < PART
        )

    return [any(is_part(one, other) for other in volumes if other is not one) for one in volumes]


def _spread(size: int, most: int) -> np.ndarray:
    """Indices, evenly spread, of at most ``most`` of ``size``."""
    return np.unique(np.linspace(0, size - 1, min(size, most)).round().astype(int))
