"""Labels that are not in a file: those of which an item says some voxels only."""

from __future__ import annotations

from typing import Any, Sequence

from monai.utils import ensure_tuple

from mmar2mdai_images import GridImage, Picture, towards_positive
from mmar2mdai_inference import Item
from mmar2mdai_points import label_of

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
