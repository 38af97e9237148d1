"""From the marks of an object to what the network is given, or to what is missing.

Deepgrow takes voxels on the object and beside it. A point is a click; a box, an ellipse, an
outline, a mask or a line is a click in its middle. A network that sees one slice is asked once for
each slice with a click on the object.

A network of extreme points takes the six voxels at which the object ends: its first and last along
each axis of the volume. They are taken of all marks of the object: points, ends of lines, all
pixels of boxes, ellipses, outlines and masks. So six points do, or more; and so does an area on
two slices or more. Of several voxels at one end the one nearest to their middle counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import List, Sequence

import numpy as np

from mmar2mdai_annotator import Clicks
from mmar2mdai_marks import Mark
from mmar2mdai_places import voxels_of
from mmar2mdai_targets import Target
from mmar2mdai_volumes import Volume

Voxel = List[int]

UNUSED_BACKGROUND = "of background labels, which this model has no use for"
ALONE = "of background labels on slices without a click on the object"

ENDS = (
    "one point each on the first and the last slice on which it is seen, and one each at its "
    "left, right, upper and lower end on the slices on which these are"
)
"""Where extreme points are."""

WHERE = {
    "deepgrow2": (
        "Draw a point on the object on each slice that is to be segmented. Points of a background "
        "label say what does not belong to it."
    ),
    "deepgrow3": (
        "Draw a point on the object, on one slice or on several. Points of a background label say "
        "what does not belong to it."
    ),
    "extreme_points3": (
        f"Mark the extreme points of the object: {ENDS}. A box or an outline of it on two or more "
        "slices, the first and the last among them, serves as well."
    ),
}
"""What to draw, by the kind of clicks and their dimensions."""


class NotEnough(Exception):
    """An object's marks are too few; the text says what is missing, in sentences."""


@dataclass(frozen=True)
class Question:
    """What the network is asked once.

    Attributes:
        extras: clicks, by the keys that the chain has them under.
        points: extreme points, by the key of the label.
    """

    extras: dict[str, list[Voxel]]
    points: dict[str, list[Voxel]]


def what_to_draw(clicks: Clicks) -> str:
    """What the network needs, for a user."""
    return WHERE.get(f"{clicks.kind}{clicks.dimensions}", WHERE["extreme_points3"])


def questions(
    clicks: Clicks, target: Target, volume: Volume
) -> tuple[list[Question], dict[str, int]]:
    """What the network is asked for an object.

    Returns:
        The questions, and how many marks are not used, by the reason.

    Raises:
        NotEnough: When its marks are too few.
    """
    if clicks.kind == "extreme_points":
        unused = {UNUSED_BACKGROUND: len(target.background)} if target.background else {}
        ends = _extreme_points(clicks, target, volume)
        return [Question({}, {clicks.label_key: ends})], unused
    if not target.foreground:
        raise NotEnough("There are points of background labels only, and none on an object.")
    if clicks.dimensions == 3:
        return [_deepgrow(clicks, target.foreground, target.background, volume)], {}
    on_slices: dict[int, list[Mark]] = {}
    for mark in target.foreground:
        on_slices.setdefault(mark.slice, []).append(mark)
    asked = []
    alone = sum(mark.slice not in on_slices for mark in target.background)
    for index, marks in sorted(on_slices.items()):
        beside = [mark for mark in target.background if mark.slice == index]
        asked.append(_deepgrow(clicks, marks, beside, volume))
    return asked, {ALONE: alone} if alone else {}


def _deepgrow(
    clicks: Clicks, foreground: Sequence[Mark], background: Sequence[Mark], volume: Volume
) -> Question:
    extras = {
        clicks.foreground_key: _middles(foreground, volume),
        clicks.background_key: _middles(background, volume),
    }
    return Question(extras, {})


def _middles(marks: Sequence[Mark], volume: Volume) -> list[Voxel]:
    """A voxel for each mark."""
    return [voxels_of(volume, mark.slice, mark.drawn.middle[None])[0].tolist() for mark in marks]


def _extreme_points(clicks: Clicks, target: Target, volume: Volume) -> list[Voxel]:
    """The voxels at which an object ends, each once.

    Raises:
        NotEnough: When its marks don't say all of them.
    """
    if not target.foreground:
        raise NotEnough("There are marks of background labels only, and none of an object.")
    places = [voxels_of(volume, mark.slice, mark.drawn.points) for mark in target.foreground]
    voxels = np.unique(np.concatenate(places), axis=0)
    _check(clicks, target, volume, voxels)
    ends = []
    for axis in range(3):
        for value in (voxels[:, axis].min(), voxels[:, axis].max()):
            tied = voxels[voxels[:, axis] == value]
            near = np.abs(tied - tied.mean(axis=0)).sum(axis=1)
            ends.append(tied[int(near.argmin())].tolist())
    return [list(one) for one in dict.fromkeys(map(tuple, ends))]


def _check(clicks: Clicks, target: Target, volume: Volume, voxels: np.ndarray) -> None:
    """Raise NotEnough for voxels that can't be all ends of an object."""
    has_area = any(mark.drawn.is_area for mark in target.foreground)
    one_slice = volume.grid.shape[2] == 1
    needed = clicks.points - 2 if one_slice else clicks.points
    if not has_area and len(voxels) < needed:
        missing = needed - len(voxels)
        there = f"{len(voxels)} {'is' if len(voxels) == 1 else 'are'} there"
        raise NotEnough(
            f"The model needs {needed} extreme points, and {there}: "
            f"{missing} {'is' if missing == 1 else 'are'} missing."
        )
    flat = voxels.min(axis=0) == voxels.max(axis=0)
    if flat[2] and not one_slice:
        raise NotEnough(
            "All marks are on one slice, and the model needs the first and the last slice of the "
            "object as well: 2 points are missing."
        )
    if flat[0] or flat[1]:
        which = "column" if flat[0] else "row"
        raise NotEnough(
            f"All marks are in one {which} of pixels, so that the object would have no extent: "
            "2 points are missing."
        )
