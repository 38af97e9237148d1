"""Series that are not one plain stack: each is a line of docs/geometry.md."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any, Callable

import numpy as np
from pydicom.uid import generate_uid

from answers import dice, masks
from cases import PLANES, rotation
from dicom_files import Files, Stack, decimals, request, write_enhanced, write_series
from scenes import LEVELS, bodies, image, organ

STACK = Stack((20, 16, 18))

Segment = Callable[..., list]


@dataclass(frozen=True)
class Special:
    """A series and what is to come of it.

    Attributes:
        run: given the segmenting function, returns what came of it.
        wanted: "exact", "right", or the start of the refusal.
    """

    name: str
    run: Callable[[Segment], str]
    wanted: str


def moved(stack: Stack, place: Callable[[int], list[float]]) -> Files:
    """A series whose slices lie beside their places."""

    def change(ds, index):
        ds.ImagePositionPatient = decimals(stack.position(index) + place(index))

    return write_series(image(stack.shape), stack, change=change)


def exactly(files: Files, stack: Stack) -> Callable[[Segment], str]:
    def run(segment: Segment) -> str:
        answers = segment(request(files), pattern=LEVELS, form="label_map")
        right = (masks(answers, files, stack.shape)[0] == organ(stack.shape)).all()
        return "exact" if right else "WRONG"

    return run


def refused(files: Files) -> Callable[[Segment], str]:
    def run(segment: Segment) -> str:
        try:
            segment(request(files), pattern=LEVELS, form="label_map")
        except Exception as error:
            # UIDs are new in every run.
            text = re.sub(r".*?: series [\d.]+: ", "", str(error)).rstrip(".")
            return "refused: " + re.sub(r"instance [\d.]+", "instance …", text)
        return "WRONG"

    return run


def plain(slices: int) -> Callable[[Segment], str]:
    stack = replace(STACK, shape=(slices, 9, 8))
    return exactly(write_series(image(stack.shape), stack), stack)


def rounded() -> Callable[[Segment], str]:
    stack = replace(STACK, step=(0, 0, 0.625))

    def change(ds, index):
        ds.ImagePositionPatient = [f"{value:.1f}" for value in stack.position(index)]

    return exactly(write_series(image(stack.shape), stack, change=change), stack)


def tilted(degrees: float) -> Callable[[Segment], str]:
    down = tuple(rotation(degrees, 0, 0)[:, 1])
    stack = Stack((44, 110, 104), (1, 0, 0), down, (-50, -60, 10), (0, 0, 2.0), 1.0, 1.1)
    inside, _ = bodies(stack)[0]
    files = write_series(np.where(inside, 400, 0), stack)

    def run(segment: Segment) -> str:
        answers = segment(request(files), pattern=LEVELS, form="label_map")
        return "right" if dice(masks(answers, files, stack.shape)[0], inside) >= 0.99 else "WRONG"

    return run


def enhanced() -> Callable[[Segment], str]:
    order = [*range(0, 20, 2), *range(1, 20, 2)]
    files = write_enhanced(image(STACK.shape), STACK, order=order)

    def run(segment: Segment) -> str:
        found = np.zeros(STACK.shape, bool)
        for answer in segment(request(files), pattern=LEVELS, form="label_map"):
            found[order[answer["frame_number"] - 1]] = np.array(answer["data"]["mask"])
        return "exact" if (found == organ(STACK.shape)).all() else "WRONG"

    return run


def several(parts: list[tuple[Stack, Callable[[Any, int], None] | None, bool]]) -> Any:
    """Stacks in one series: (stack, change to its datasets, whether masks are expected)."""
    study, series = generate_uid(), generate_uid()
    made = [
        (write_series(image(s.shape), s, study=study, series=series, change=change), s, expected)
        for s, change, expected in parts
    ]

    def run(segment: Segment) -> str:
        sent = request(*[files for files, _, _ in made])
        answers = segment(sent, pattern=LEVELS, form="label_map")
        for files, stack, expected in made:
            own = [answer for answer in answers if answer.get("instance_uid") in files.uids]
            truth = organ(stack.shape) if expected else np.zeros(stack.shape, bool)
            if (masks(own, files, stack.shape)[0] != truth).any():
                return "WRONG"
        return "exact"

    return run


def with_value(name: str, value: Any) -> Callable[[Any, int], None]:
    return lambda ds, index: setattr(ds, name, value)


def in_plane(plane: str, slices: int = 20) -> Stack:
    right, down = PLANES[plane]
    step = tuple(2.0 * np.cross(right, down))
    return Stack((slices, 16, 18), right, down, (-41.5, -63.25, 120.0), step)


def without(files: Files, index: int) -> Files:
    del files.contents[index]
    return files


def turning() -> Files:
    def change(ds, index):
        turn = rotation(0, 0, index * 1.5)
        ds.ImageOrientationPatient = decimals([*turn[:, 0], *turn[:, 1]])

    return write_series(image(STACK.shape), STACK, change=change)


LOCALIZER = with_value("ImageType", ["ORIGINAL", "PRIMARY", "LOCALIZER"])

SPECIALS = [
    Special("1 slice", plain(1), "exact"),
    Special("600 slices", plain(600), "exact"),
    Special("positions rounded to 0.1 mm, slices 0.625 mm apart", rounded(), "exact"),
    Special("gantry tilt of 18 degrees", tilted(18), "right"),
    Special("gantry tilt of -18 degrees", tilted(-18), "right"),
    Special("Enhanced multi-frame, frames not in order", enhanced(), "exact"),
    Special(
        "two time points (TemporalPositionIdentifier)",
        several(
            [(STACK, with_value("TemporalPositionIdentifier", n), True) for n in (1, 2)],
        ),
        "exact",
    ),
    Special(
        "axial, coronal and sagittal slices in one series",
        several([(in_plane(plane), None, True) for plane in PLANES]),
        "exact",
    ),
    Special(
        "a localizer in the series",
        several([(in_plane("coronal", 1), LOCALIZER, False), (STACK, None, True)]),
        "exact",
    ),
    Special(
        "a localizer alone",
        refused(write_series(image(STACK.shape), STACK, change=LOCALIZER)),
        "refused: ",
    ),
    Special(
        "a slice is missing",
        refused(without(write_series(image(STACK.shape), STACK), 7)),
        "refused: ",
    ),
    Special(
        "two slice spacings",
        refused(moved(STACK, lambda index: [0, 0, max(0, index - 9)])),
        "refused: ",
    ),
    Special(
        "slices irregularly to the side",
        refused(moved(STACK, lambda index: [5 * (index % 2), 0, 0])),
        "refused: ",
    ),
    Special("slices that are not parallel", refused(turning()), "refused: "),
]
"""Refusals are the text that MD.ai's user gets."""


def outcomes(segment: Segment) -> dict[str, str]:
    """What came of each; anything but what is wanted says WRONG."""
    said = {}
    for special in SPECIALS:
        came = special.run(segment)
        said[special.name] = came if came.startswith(special.wanted) else f"WRONG ({came})"
    return said
