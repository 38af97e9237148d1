"""Studies of several series as lines: what they are called, which way they lie, what they hold."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from pydicom.uid import generate_uid

from cases import PLANES
from dicom_files import Files, Stack, write_series

SHAPE = (3, 8, 9)
REFERENCE = "1.2.826.0.1.3680043.8.498.77"
EDGE = 12.0
SHORT = {"ax": "axial", "cor": "coronal", "sag": "sagittal"}


@dataclass(frozen=True)
class Line:
    """A series, or one of the volumes of a series where several lines have its number.

    Attributes:
        plane: ax, cor or sag.
        more: other attributes by keyword.
        stack: where it lies, if not where all others do.
    """

    number: int
    description: str
    plane: str
    more: dict[str, Any]
    stack: Stack | None = None


def line(number: int, description: str, plane: str = "ax", **more: Any) -> Line:
    return Line(number, description, plane, more)


def stack_in(plane: str, shape: tuple[int, int, int] = SHAPE) -> Stack:
    """A stack that fills a cube of EDGE mm around the origin, whatever its plane."""
    right, down = PLANES[SHORT[plane]]
    slices, rows, columns = shape
    step = tuple(np.cross(right, down) * (EDGE / slices))
    stack = Stack(shape, right, down, (0, 0, 0), step, EDGE / rows, EDGE / columns)
    return replace(stack, first=tuple(-stack.centre()))


def mr(lines: list[Line]) -> list[Files]:
    """The series of one study, the files of each line on its own."""
    study = generate_uid()
    uids: dict[int, str] = {}
    return [write_line(one, study, uids.setdefault(one.number, generate_uid())) for one in lines]


def write_line(
    one: Line,
    study: str,
    series: str,
    stack: Stack | None = None,
    values: np.ndarray | None = None,
) -> Files:
    """A line's series, of a zero image unless values are given."""
    stack = stack or one.stack or stack_in(one.plane)
    values = np.zeros(stack.shape, np.int16) if values is None else values

    def change(ds: Any, index: int) -> None:
        ds.Modality, ds.ImageType = "MR", ["ORIGINAL", "PRIMARY", "M", "ND"]
        ds.SeriesNumber, ds.SeriesDescription = one.number, one.description
        ds.FrameOfReferenceUID = REFERENCE
        if not one.description.isascii():
            ds.SpecificCharacterSet = "ISO_IR 192"
        for name, value in one.more.items():
            if value is None:
                delattr(ds, name)
            else:
                setattr(ds, name, value)

    return write_series(values, replace(stack), study=study, series=series, change=change)
