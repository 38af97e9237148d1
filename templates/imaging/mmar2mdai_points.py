"""Points of volumes: the voxel of a pixel, and volumes of which only some voxels are known."""

from __future__ import annotations

from typing import Iterator, Sequence

import numpy as np

from mmar2mdai_images import GridImage
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


def label_of(image: GridImage, voxels: Sequence[Sequence[int]], name: str, wide: bool) -> GridImage:
    """A label of which only some voxels are known, on the grid of an image.

    Args:
        voxels: (n, 3) that are 1; all others are 0.
        name: what to call it.
        wide: give each voxel that is the end of the label along an axis, for instance the lowest,
            a pyramid that it is the tip of, within the box of all. The label ends at the same
            voxels then, and still does so, but for a voxel or two, after it was resampled by
            nearest neighbours to fewer voxels, where single ones would be lost.

    Returns:
        An image of 0 and 1.
    """
    points = np.array(voxels, int).reshape(-1, 3)
    low, high = points.min(axis=0), points.max(axis=0)
    box = np.zeros(tuple(high - low + 1), bool)
    box[tuple((points - low).T)] = True
    if wide:
        for point in points - low:
            _widen(box, point)

    def slices() -> Iterator[np.ndarray]:
        for z in range(image.shape[2]):
            pixels = np.zeros((image.shape[1], image.shape[0]), np.float32)
            if low[2] <= z <= high[2]:
                part = box[:, :, z - low[2]].T
                pixels[low[1] : high[1] + 1, low[0] : high[0] + 1] = part
            yield pixels

    return GridImage(name, image.shape, image.affine, slices)


def _widen(box: np.ndarray, tip: np.ndarray) -> None:
    """Set the pyramids of a voxel, one for each side of the box on which it lies.

    The tip is three voxels wide, and each layer behind it wider by one on all sides. No pyramid
    reaches another side of the box than its tip does.
    """
    last = np.array(box.shape) - 1
    least = np.where((tip > 0) & (last > 1), 1, 0)
    most = np.where((tip < last) & (last > 1), last - 1, last)
    for axis in range(3):
        for side, step in ((0, 1), (last[axis], -1)):
            if tip[axis] != side or last[axis] == 0:
                continue
            for depth in range(last[axis] // 2 + 1):
                start = np.maximum(tip - depth - 1, least)
                stop = np.minimum(tip + depth + 1, most) + 1
                start[axis] = side + step * depth
                stop[axis] = start[axis] + 1
                box[tuple(slice(one, other) for one, other in zip(start, stop))] = True
