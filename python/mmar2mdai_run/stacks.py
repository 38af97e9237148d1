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

LOOSE = 0.05
"""How far from unit vectors at a right angle an orientation may be; others say nothing."""

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
        thickness: mm of a slice, or None where the header does not say.
        inverted: whether low values are bright (MONOCHROME1).
        values: (rows, columns) as the modality means them, float32.
    """

    instance_uid: str
    number: int | None
    position: np.ndarray | None
    right: np.ndarray
    down: np.ndarray
    spacing: tuple[float, float]
    thickness: float | None
    inverted: bool
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

    @property
    def inverted(self) -> bool:
        """Whether low values are bright."""
        return self.frames[0].inverted


def read_frames(file: DicomFile) -> list[Frame]:
    """All frames of an object.

    Raises:
        Exception: Of any kind where pydicom can't read it.
    """
    data = pydicom.dcmread(io.BytesIO(file.read()))
    pixels = np.asarray(data.pixel_array)
    if int(data.get("SamplesPerPixel") or 1) > 1:
        is_luma = str(data.get("PhotometricInterpretation", "")).startswith("YBR")
        pixels = pixels[..., 0] if is_luma else pixels.mean(axis=-1)
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
    axes = _axes(_found(data, index, "PlaneOrientationSequence", "ImageOrientationPatient"))
    position = _numbers(_found(data, index, "PlanePositionSequence", "ImagePositionPatient"), 3)
    spacing = _numbers(_found(data, index, "PixelMeasuresSequence", "PixelSpacing"), 2)
    if spacing is None:
        spacing = _numbers(data.get("ImagerPixelSpacing"), 2)
    thickness = _numbers(_found(data, index, "PixelMeasuresSequence", "SliceThickness"), 1)
    slope = _numbers(_found(data, index, "PixelValueTransformationSequence", "RescaleSlope"), 1)
    intercept = _numbers(
        _found(data, index, "PixelValueTransformationSequence", "RescaleIntercept"), 1
    )
    values = stored.astype(np.float32)
    if slope is not None:
        values *= np.float32(slope[0])
    if intercept is not None:
        values += np.float32(intercept[0])
    placed = axes is not None and position is not None
    axes = np.array([1.0, 0, 0, 0, 1, 0]) if axes is None else axes
    return Frame(
        instance_uid=str(data.SOPInstanceUID),
        number=number,
        position=position if placed else None,
        right=axes[:3],
        down=axes[3:],
        spacing=(1.0, 1.0) if spacing is None or spacing.min() <= 0 else (spacing[0], spacing[1]),
        thickness=None if thickness is None or thickness[0] <= 0 else float(thickness[0]),
        inverted=data.get("PhotometricInterpretation") == "MONOCHROME1",
        values=values,
    )


def _numbers(value: Any, count: int) -> np.ndarray | None:
    """(count,) finite numbers of a header, or None where it has no such."""
    try:
        numbers = np.atleast_1d(np.array(value, dtype=float))
    except (TypeError, ValueError):
        return None
    return numbers if numbers.shape == (count,) and np.isfinite(numbers).all() else None


def _axes(orientation: Any) -> np.ndarray | None:
    """(6,) unit vectors along a row and along a column, or None where they are no right angle."""
    numbers = _numbers(orientation, 6)
    if numbers is None:
        return None
    right, down = numbers[:3], numbers[3:]
    lengths = np.linalg.norm(right), np.linalg.norm(down)
    if abs(lengths[0] - 1) > LOOSE or abs(lengths[1] - 1) > LOOSE or abs(right @ down) > LOOSE:
        return None
    return np.concatenate([right / lengths[0], down / lengths[1]])


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
    affine[:3, 2] = normal * (first.thickness or 1.0)
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
