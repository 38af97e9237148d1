"""Labels that are not in a file: those of which an item says some voxels only."""

from __future__ import annotations

from typing import Any, Iterator, Sequence

import numpy as np
from monai.utils import ensure_tuple

from mmar2mdai_images import GridImage, Picture, towards_positive
from mmar2mdai_inference import Item

RESAMPLE = frozenset(("Spacingd", "Resized", "Zoomd", "Affined", "Rotated"))
"""MONAI's transforms after which a single voxel of a label may be lost."""

TAKE_POINTS = "AddExtremePointsChanneld"
"""The transform that takes the extreme points of a label; what comes after it does not matter."""


def labels_of(item: Item, transforms: Sequence[Any]) -> dict[str, GridImage]:
    """The labels of an item's points, by their keys, on the grid of its image.

    Args:
        transforms: that the item goes through, none of which is a Compose.
    """
    image = item.image
    if not item.points or isinstance(image, Picture):
        return {}
    grid = towards_positive(image if isinstance(image, GridImage) else image[0])
    return {
        key: label_of(grid, points, f"{grid.name}-{key}", is_resampled(transforms, key))
        for key, points in item.points.items()
    }


def is_resampled(transforms: Sequence[Any], key: str) -> bool:
    """Whether a label is resampled before its extreme points are taken, or what is copied of it."""
    keys = {key}
    for transform in transforms:
        name = type(transform).__name__
        if name == TAKE_POINTS:
            return False
        if keys.isdisjoint(map(str, ensure_tuple(getattr(transform, "keys", ())))):
            continue
        if name in RESAMPLE:
            return True
        if name == "CopyItemsd":
            keys.update(map(str, transform.names))
    return False


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
