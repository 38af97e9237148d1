"""A user's clicks: as annotations of a request, and as points that the report shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Iterator, Mapping, Sequence, Tuple

import numpy as np

from mmar2mdai_run.choose import Chosen
from mmar2mdai_run.inputs import DicomFile
from mmar2mdai_run.protocol import RunError
from mmar2mdai_run.stacks import Stack

FOREGROUND, BACKGROUND = "L_click", "L_click_background"
"""Ids of the labels that stand for the ones a user of MD.ai would draw with."""

MOST_SHOWN = 500
"""Points of a series that the report shows."""

COLOURS = ((255, 255, 255), (255, 140, 0))
"""Of points on what is meant, and on what is not; no class has them."""

ARM = 2
"""Pixels of the page from the middle of a point to the end of its arms, at least."""

ACROSS = 120
"""A point's arms are this part of the image."""


@dataclass(frozen=True)
class Click:
    """A click of the user.

    Attributes:
        x, y: column and row in the image's pixels, from 0; may be fractional.
        image: the number of the image in the series, from 1, in the order of InstanceNumber; of
            an object of several frames each frame is one.
        background: whether it is on what is not meant.
    """

    x: float
    y: float
    image: int
    background: bool


@dataclass(frozen=True)
class Point:
    """A point on a stack.

    Attributes:
        place: (3,) column, row and frame in the stack, from 0.
        background: whether it marks what is not meant.
        annotation: which annotation of the request it is of, from 0.
    """

    place: tuple[float, float, int]
    background: bool
    annotation: int


@dataclass(frozen=True)
class Drawn:
    """What was drawn for a request: annotations, and the arguments that say what they mean."""

    annotations: Sequence[Mapping[str, Any]]
    args: Mapping[str, Any]

    def on(self, stack: Stack) -> list[Point]:
        """The points that lie on a stack."""
        return points_on(stack, self.annotations, self.args)[:MOST_SHOWN]


def clicks_of(raw: Sequence[Mapping[str, Any]]) -> list[Click]:
    """The clicks of an order."""
    return [Click(one["x"], one["y"], one["image"], one["background"]) for one in raw]


def annotations_of(
    clicks: Sequence[Click], chosen: Chosen, args: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Clicks as MD.ai's annotations on the images of a request.

    Args:
        args: of the request, from `args_of`.

    Raises:
        RunError: When a click is on no image of it, or outside of that image.
    """
    if not clicks:
        return []
    images = list(_images(chosen.files, _first_frame(args)))
    return [_annotation(number, click, images) for number, click in enumerate(clicks, 1)]


def args_of(
    clicks: Sequence[Click], args: Mapping[str, Any], config: Mapping[str, Any]
) -> dict[str, Any]:
    """A request's arguments, with what makes its clicks clear.

    Args:
        config: config_mdai.json, whose own labels those of a request take the place of.
    """
    made = dict(args)
    if clicks:
        made.setdefault("first_frame", 1)
    if any(click.background for click in clicks):
        named = _labels(args) or _labels(config.get("input") or {})
        made["background_labels"] = [*named, BACKGROUND]
    return made


def _first_frame(args: Mapping[str, Any]) -> int:
    """What the frame numbers of a request's annotations count from."""
    return 0 if args.get("first_frame") == 0 else 1


def _labels(args: Mapping[str, Any]) -> list[str]:
    given = args.get("background_labels") or []
    return [given] if isinstance(given, str) else [str(one) for one in given]


_Image = Tuple[DicomFile, "int | None"]
"""An object, and the number of its frame, or None where it has one only."""


def _images(files: Sequence[DicomFile], first: int) -> Iterator[_Image]:
    for file in files:
        if not file.is_image:
            continue
        frames = int(file.header.get("NumberOfFrames") or 1)
        if frames <= 1:
            yield file, None
        else:
            yield from ((file, first + number) for number in range(frames))


def _annotation(number: int, click: Click, images: Sequence[_Image]) -> dict[str, Any]:
    if not 1 <= click.image <= len(images):
        raise RunError(
            "input",
            f"Click {number} is on image {click.image}, and the series has the images 1 to "
            f"{len(images)}.",
        )
    file, frame = images[click.image - 1]
    columns, rows = int(file.header.Columns), int(file.header.Rows)
    if not (-0.5 <= click.x < columns - 0.5 and -0.5 <= click.y < rows - 0.5):
        raise RunError(
            "input",
            f"Click {number} is at x {click.x:g}, y {click.y:g}, outside of the image: x goes from "
            f"0 to {columns - 1}, y from 0 to {rows - 1}.",
        )
    whole = float(click.x).is_integer() and float(click.y).is_integer()
    return {
        "id": f"A_click_{number}",
        "label_id": BACKGROUND if click.background else FOREGROUND,
        "study_uid": str(file.header.StudyInstanceUID),
        "series_uid": str(file.header.SeriesInstanceUID),
        "instance_uid": file.instance_uid,
        "frame_number": frame,
        "data": {"x": int(click.x), "y": int(click.y)} if whole else {"x": click.x, "y": click.y},
        "parent_id": None,
    }


def points_on(
    stack: Stack, annotations: Sequence[Mapping[str, Any]], args: Mapping[str, Any]
) -> list[Point]:
    """The points of a request's annotations that lie on a stack.

    A point is one; a box has its corners, and a polygon its vertices.
    """
    background = set(_labels(args))
    numbers = [each.get("frame_number") for each in annotations if isinstance(each, Mapping)]
    offset = 1 if _first_frame(args) == 0 or 0 in numbers else 0
    places = {frame.key: at for at, frame in enumerate(stack.frames)}
    alone: dict[str, list[int]] = {}
    for at, frame in enumerate(stack.frames):
        alone.setdefault(frame.instance_uid, []).append(at)
    found: list[Point] = []
    for index, annotation in enumerate(annotations):
        if not isinstance(annotation, Mapping):
            continue
        uid, number = str(annotation.get("instance_uid")), annotation.get("frame_number")
        of_uid = alone.get(uid, [])
        key = (uid, number + offset) if isinstance(number, int) else (uid, None)
        place = of_uid[0] if len(of_uid) == 1 else places.get(key)
        if place is None:
            continue
        is_background = str(annotation.get("label_id")) in background
        found += [Point((x, y, place), is_background, index) for x, y in _corners(annotation)]
    return found


def _corners(annotation: Mapping[str, Any]) -> Iterator[tuple[float, float]]:
    data = annotation.get("data")
    if not isinstance(data, Mapping):
        return
    vertices = data.get("vertices")
    pairs: list[Any] = list(vertices) if isinstance(vertices, list) else []
    if "x" in data and "y" in data:
        x, y, width, height = (data.get(key, 0) for key in ("x", "y", "width", "height"))
        try:
            ends = [(x, y), (x + width, y), (x, y + height), (x + width, y + height)]
        except TypeError:
            return
        pairs += ends if width or height else ends[:1]
    for pair in pairs:
        try:
            column, row = (float(value) for value in pair)
        except (TypeError, ValueError):
            continue
        if np.isfinite(column) and np.isfinite(row):
            yield column, row


def marks_of(
    points: Sequence[Point], shape: tuple[int, int, int], step: int, only: int | None = None
) -> np.ndarray:
    """Crosses at points, for the page.

    Args:
        shape: of the stack: columns, rows, frames.
        step: every so manieth column and row is in the page.
        only: the one frame that is wanted, on which all of the points are; None for all frames.

    Returns:
        (columns, rows, frames) uint8 of the page's volume: 1 on what is meant, 2 on what is not.
    """
    columns, rows, frames = shape if only is None else (*shape[:2], 1)
    marks = np.zeros((-(-columns // step), -(-rows // step), frames), np.uint8)
    arm = max(ARM, max(marks.shape[:2]) // ACROSS)
    for point in points:
        column, row = (round(value / step) for value in point.place[:2])
        value = 2 if point.background else 1
        for along in range(-arm, arm + 1):
            for x, y in ((column + along, row), (column, row + along)):
                if 0 <= x < marks.shape[0] and 0 <= y < marks.shape[1]:
                    marks[x, y, point.place[2] if only is None else 0] = value
    return marks


def described(points: Sequence[Point]) -> list[dict[str, Any]]:
    """Points as the report lists them: column, row and slice of the stack, from 0."""
    return [
        {
            "x": round(point.place[0], 2),
            "y": round(point.place[1], 2),
            "slice": point.place[2],
            "background": point.background,
        }
        for point in points
    ]


def numbers_of(stack: Stack, files: Sequence[DicomFile]) -> list[int]:
    """The number of the image that each frame of a stack is in its series, as clicks name it."""
    numbers: dict[tuple[str, int | None], int] = {}
    for number, (file, frame) in enumerate(_images(files, 1), 1):
        numbers[(file.instance_uid, frame)] = number
    found = []
    for one in stack.frames:
        alone = numbers.get((one.instance_uid, None), 0)
        found.append(numbers.get(one.key, alone))
    return found
