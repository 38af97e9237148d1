"""From places on slices to voxels of a volume's array, and the affine that Deepgrow is given."""

from __future__ import annotations

import numpy as np

from mmar2mdai_volumes import Volume

STRAIGHT = 1e-3
"""How far an axis of a volume may leave the axis of its number, in parts of its length: over 512
voxels half a voxel."""


def voxels_of(volume: Volume, index: int, points: np.ndarray) -> np.ndarray:
    """The voxels in which points of a slice lie: the way of a mask's pixels, backwards.

    By the slice's plane a point has a place in the patient, and by the inverse of the grid's
    affine a voxel. Under a tilted gantry that is another column or row than the pixel's.

    Args:
        index: of the slice.
        points: (n, 2) column and row, which may be fractions.

    Returns:
        (n, 3) int, within the volume.
    """
    matrix = np.linalg.inv(volume.grid.affine) @ volume.frames[index].plane.affine()
    placed = points @ matrix[:3, :2].T + matrix[:3, 3]
    placed[:, 2] = index  # a slice is one of the grid's, off its place by a tenth at most
    nearest = np.floor(placed + 0.5).astype(int)
    found: np.ndarray = np.clip(nearest, 0, np.array(volume.grid.shape) - 1)
    return found


def in_file_order(affine: np.ndarray) -> np.ndarray:
    """An affine whose axes are the patient's in their order, with the lengths of another's.

    Code that was written for plain axial volumes may read lengths off an affine's diagonal.

    Args:
        affine: (4, 4) to RAS mm.

    Returns:
        The affine itself where its axes lie so, whichever way they point; else one as a plain
        axial series has it: columns grow to the left, rows to the back, slices to the head.
    """
    lengths = np.linalg.norm(affine[:3, :3], axis=0)
    off = np.abs(affine[:3, :3] - np.diag(np.diag(affine[:3, :3])))
    if (off <= STRAIGHT * lengths).all():
        return affine
    return np.diag([-lengths[0], -lengths[1], lengths[2], 1.0])
