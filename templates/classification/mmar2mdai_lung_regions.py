"""Which regions of air in a CT volume are lungs.

Bowel gas, the air in a hollow table and around the body are as dark as lungs. What tells lungs is
where they lie in the patient, that there are two, side by side, and that they are denser than gas.

SciPy is imported where it is used: only bundles packed with --lung-mask builtin bring it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

AIR = -400.0
"""Hounsfield units: lungs lie below (-950 to -500), soft tissue above (0 to 80)."""

GAS = -950.0
"""A region whose median is below is plain gas: that of the bowel, the windpipe, a table's inside.
Lungs have blood in them; those of severe emphysema come near it."""

SECOND = 0.1
"""The second lung is at least this much of the first."""

LEAST = 0.2
"""Litres of lung below which there is none: a lung holds some two to three."""

SMALLEST = 0.02
"""Litres of a region that is looked at at all."""

BESIDE = 0.5
"""A second lung lies beside the first with this part of its height; bowel gas lies below."""

REAR = 0.5
"""Lungs reach into the rear of the body, as a part of its depth; gas in the bowel rises to the
front of a patient who lies on the back."""

ONE_SIDE = 0.1
"""Less than this part on the other side of the body's middle is none."""

COARSE = 4.0
"""mm: places are found on every so many voxels that about this distance lies between them."""

MM3_PER_LITRE = 1e6


@dataclass(frozen=True)
class Lungs:
    """What of a volume is lung.

    Attributes:
        voxels: (slices, rows, columns) bool, vessels not filled in.
        sides: how many of the body's two sides have some of it, 1 or 2.
    """

    voxels: np.ndarray
    sides: int


@dataclass(frozen=True)
class _Region:
    """A connected region of air in the body.

    Attributes:
        litres: its volume.
        foot, head: mm towards the head between which nearly all of it lies.
        right: part of it on the right of the body's middle.
    """

    number: int
    litres: float
    foot: float
    head: float
    right: float


def find_lungs(values: np.ndarray, affine: np.ndarray) -> Lungs | None:
    """The lungs among the connected regions of air, or None where none is like one.

    Args:
        values: (slices, rows, columns) Hounsfield units.
        affine: (4, 4) from [column, row, slice, 1] to RAS mm.
    """
    from scipy import ndimage

    air = values < AIR
    labels, count = ndimage.label(air)
    sizes = np.bincount(labels.ravel(), minlength=count + 1)
    sizes[0] = 0
    sizes[_touching_sides(labels, affine)] = 0
    voxel = abs(float(np.linalg.det(affine[:3, :3]))) / MM3_PER_LITRE
    steps = tuple(
        max(1, round(COARSE / float(np.linalg.norm(affine[:3, axis])))) for axis in (2, 1, 0)
    )
    coarse = tuple(slice(None, None, step) for step in steps)
    body = _body(air[coarse], steps, affine)
    if body is None:
        return None
    places = ndimage.find_objects(labels)
    regions = []
    for number in np.flatnonzero(sizes * voxel >= SMALLEST):
        place = places[number - 1]
        if np.median(values[place][labels[place] == number]) < GAS:
            continue
        points = _points(np.argwhere(labels[coarse] == number), steps, affine)
        region = _region(int(number), sizes[number] * voxel, points, body)
        if region is not None:
            regions.append(region)
    chosen = _choose(regions)
    total = sum(region.litres for region in chosen)
    if total < LEAST:
        return None
    right = sum(region.right * region.litres for region in chosen) / total
    sides = 2 if ONE_SIDE <= right <= 1 - ONE_SIDE else 1
    return Lungs(np.isin(labels, [region.number for region in chosen]), sides)


def _touching_sides(labels: np.ndarray, affine: np.ndarray) -> np.ndarray:
    """The regions that reach a side of the images, as the air around the body does.

    Sides are the patient's: left, right, front and back. Towards the head and the feet an image
    may end in a lung, and so may a stack with its first and last slice, whatever way it lies.
    """
    touching = [np.zeros(0, labels.dtype)]
    for axis, column in ((1, 1), (2, 0)):
        if int(np.abs(affine[:3, column]).argmax()) != 2:
            ends = np.take(labels, [0, labels.shape[axis] - 1], axis=axis)
            touching.append(np.unique(ends))
    return np.concatenate(touching)


def _body(air: np.ndarray, steps: tuple[int, ...], affine: np.ndarray) -> np.ndarray | None:
    """(3, 2) mm, RAS, between which the body lies, without a table's thin walls.

    Args:
        air: (slices, rows, columns) bool, on every few voxels.
    """
    from scipy import ndimage

    thick = ndimage.binary_opening(~air, np.ones((1, 3, 3), bool))
    labels, count = ndimage.label(thick)
    if count == 0:
        return None
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    points = _points(np.argwhere(labels == sizes.argmax()), steps, affine)
    return np.percentile(points, [1, 99], axis=0).T


def _points(index: np.ndarray, steps: tuple[int, ...], affine: np.ndarray) -> np.ndarray:
    """(n, 3) RAS mm of voxels.

    Args:
        index: (n, 3) slice, row and column, each counted in its step.
    """
    return (index * steps)[:, ::-1] @ affine[:3, :3].T + affine[:3, 3]


def _region(number: int, litres: float, points: np.ndarray, body: np.ndarray) -> _Region | None:
    """A region that lies as a lung does, or None for another.

    Args:
        points: (n, 3) RAS mm of some of its voxels.
        body: as `_body` gives it.
    """
    if len(points) == 0:
        return None
    (left, right), (rear, front), _ = body
    back, middle = np.percentile(points[:, 1], [10, 50])
    if not rear < middle < front or back > rear + REAR * (front - rear):
        return None
    foot, head = np.percentile(points[:, 2], [2, 98])
    on_right = float((points[:, 0] > (left + right) / 2).mean())
    return _Region(number, litres, float(foot), float(head), on_right)


def _choose(regions: list[_Region]) -> list[_Region]:
    """The lungs of regions that lie as lungs do: the uppermost large one, and what is beside it."""
    most = max((region.litres for region in regions), default=0.0)
    large = [region for region in regions if region.litres >= SECOND * most]
    if not large:
        return []
    first = max(large, key=lambda region: region.foot + region.head)
    beside = [region for region in large if region is not first and _is_beside(region, first)]
    # What is far smaller than the largest of them is a part of the airways, or gas after all.
    most = max(region.litres for region in [first, *beside])
    return [region for region in [first, *beside] if region.litres >= SECOND * most]


def _is_beside(region: _Region, first: _Region) -> bool:
    shared = min(region.head, first.head) - max(region.foot, first.foot)
    shorter = min(region.head - region.foot, first.head - first.foot)
    return shared >= BESIDE * shorter and shared >= 0
