"""The frames of a series as they lie in the patient, read from the headers alone.

This is deliberately not the bundle's own code: what the report shows must not share its faults.
Source: DICOM PS3.3 C.7.6.2 (Image Plane) and C.7.6.16 (the functional groups of multi-frame
objects).
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any, Sequence

import numpy as np
import pydicom
from pydicom.dataset import Dataset

from mmar2mdai_run.inputs import DicomFile

FLIP_TO_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])
"""DICOM's x goes to the patient's left and y to the back, NIfTI's to the right and the front."""

SAME_PLACE = 1e-3
"""Millimetres below which two frames lie at one position."""


@dataclass(frozen=True)
class Frame:
    """One frame with its place.

    Attributes:
        number: from 1 in a multi-frame object, else None.
        position: (3,) mm of the centre of pixel (0, 0), LPS; None where the header has none.
        right, down: (3,) unit vectors along a row and along a column.
        spacing: mm from row to row, and from column to column.
        values: (rows, columns) as the modality means them, float32.
    """

    instance_uid: str
    number: int | None
    position: np.ndarray | None
    right: np.ndarray
    down: np.ndarray
    spacing: tuple[float, float]
    values: np.ndarray

    @property
    def key(self) -> tuple[str, int | None]:
        """What an answer calls it."""
        return (self.instance_uid, self.number)


@dataclass(frozen=True)
class Stack:
    """Parallel frames of one size, one behind the other.

    Attributes:
        frames: in the order of the third axis.
        affine: (4, 4) from [column, row, frame, 1] to RAS mm.
        regular: whether the frames lie at even distances, straight behind each other.
        placed: whether the headers say where they lie.
    """

    frames: tuple[Frame, ...]
    affine: np.ndarray
    regular: bool
    placed: bool

    @property
    def shape(self) -> tuple[int, int, int]:
        """Columns, rows, frames."""
        rows, columns = self.frames[0].values.shape
        return (columns, rows, len(self.frames))

    def values(self) -> np.ndarray:
        """(columns, rows, frames) float32."""
        return np.stack([frame.values.T for frame in self.frames], axis=2)


def read_frames(file: DicomFile) -> list[Frame]:
    """All frames of an object.

    Raises:
        Exception: Of any kind where pydicom can't read it.
    """
    data = pydicom.dcmread(io.BytesIO(file.read()))
    pixels = np.asarray(data.pixel_array)
    if int(data.get("SamplesPerPixel") or 1) > 1:
        pixels = pixels.mean(axis=-1)
    several = "NumberOfFrames" in data and (
        int(data.NumberOfFrames) > 1 or "PerFrameFunctionalGroupsSequence" in data
    )
    if pixels.ndim == 2:
        pixels = pixels[np.newaxis]
    return [
        _frame(data, index, pixels[index], index + 1 if several else None)
        for index in range(len(pixels))
    ]


def _frame(data: Dataset, index: int, stored: np.ndarray, number: int | None) -> Frame:
    orientation = _found(data, index, "PlaneOrientationSequence", "ImageOrientationPatient")
    position = _found(data, index, "PlanePositionSequence", "ImagePositionPatient")
    spacing = _found(data, index, "PixelMeasuresSequence", "PixelSpacing") or data.get(
        "ImagerPixelSpacing"
    )
    slope = _found(data, index, "PixelValueTransformationSequence", "RescaleSlope")
    intercept = _found(data, index, "PixelValueTransformationSequence", "RescaleIntercept")
    values = stored.astype(np.float32)
    values *= np.float32(1 if slope is None else slope)
    values += np.float32(0 if intercept is None else intercept)
    axes = np.array([1, 0, 0, 0, 1, 0] if orientation is None else orientation, float)
    return Frame(
        instance_uid=str(data.SOPInstanceUID),
        number=number,
        position=None
        if position is None or orientation is None
        else np.array(position, dtype=float),
        right=axes[:3],
        down=axes[3:],
        spacing=(1.0, 1.0) if spacing is None else (float(spacing[0]), float(spacing[1])),
        values=values,
    )


def _found(data: Dataset, index: int, group: str, keyword: str) -> Any:
    """A value of a frame: its own, else that of all frames, else that of the object."""
    own = data.get("PerFrameFunctionalGroupsSequence") or []
    places = [own[index]] if index < len(own) else []
    places += list(data.get("SharedFunctionalGroupsSequence") or [])[:1]
    for place in places:
        for item in (place.get(group) or [])[:1]:
            if item.get(keyword) is not None:
                return item.get(keyword)
    return data.get(keyword)


def make_stacks(frames: Sequence[Frame]) -> list[Stack]:
    """Part frames into stacks: by direction and size, and by time where places repeat."""
    groups: dict[Any, list[Frame]] = {}
    for frame in frames:
        axes = np.round(np.concatenate([frame.right, frame.down]), 2) + 0.0
        key = (frame.values.shape, frame.position is None, *axes.tolist())
        groups.setdefault(key, []).append(frame)
    return [stack for group in groups.values() for stack in _parted(group)]


def _parted(frames: list[Frame]) -> list[Stack]:
    if frames[0].position is None:
        return [_stack(frames, [0.0] * len(frames))]
    normal = np.cross(frames[0].right, frames[0].down)
    along = [float(normal @ frame.position) for frame in frames if frame.position is not None]
    order = sorted(range(len(frames)), key=lambda index: along[index])
    turns: list[list[int]] = []
    before, turn = None, 0
    for index in order:
        turn = turn + 1 if before is not None and along[index] - before < SAME_PLACE else 0
        before = along[index]
        if turn == len(turns):
            turns.append([])
        turns[turn].append(index)
    return [
        _stack([frames[index] for index in part], [along[index] for index in part])
        for part in turns
    ]


def _stack(frames: list[Frame], along: list[float]) -> Stack:
    first, last = frames[0], frames[-1]
    normal = np.cross(first.right, first.down)
    affine = np.eye(4)
    affine[:3, 0] = first.right * first.spacing[1]
    affine[:3, 1] = first.down * first.spacing[0]
    affine[:3, 2] = normal
    regular = True
    placed = first.position is not None and last.position is not None
    if first.position is not None and last.position is not None:
        affine[:3, 3] = first.position
        if len(frames) > 1:
            step = (last.position - first.position) / (len(frames) - 1)
            affine[:3, 2] = step
            steps = np.diff(along)
            straight = np.linalg.norm(np.cross(step, normal)) < 0.01 * np.linalg.norm(step)
            regular = bool(straight and np.ptp(steps) < 0.01 * np.abs(steps).max())
    return Stack(tuple(frames), FLIP_TO_RAS @ affine, regular, placed)
