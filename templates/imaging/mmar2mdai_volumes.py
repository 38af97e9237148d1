"""From the frames of a series to volumes: stacks of parallel frames on one regular grid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable, Iterator, Sequence

import numpy as np

from mmar2mdai_errors import SeriesRefused, reason_of
from mmar2mdai_frames import Frame
from mmar2mdai_geometry import SAME_POSITION, Grid, Plane, distances, fit_grid, tilt_between
from mmar2mdai_images import GridImage
from mmar2mdai_instances import Unreadable
from mmar2mdai_pixels import PixelReader
from mmar2mdai_series import Series

PARALLEL = 1e-3
"""Frames whose directions differ by less than this, per unit, are parallel: over 512 pixels
half a pixel, and more than rounding makes of cosines given to four decimals."""

CLEARLY_TILTED = 10.0
"""Degrees from which on differing directions are different stacks (axial, coronal, sagittal).
Less is one stack whose slices are not parallel, which no regular grid holds."""

MOST_STACKS = 100
"""Directions and sizes in one series; more are not a volume's, and take long to compare."""

PLANES = ("sagittal", "coronal", "axial")
"""Names of the planes whose normal is nearest to the patient's x, y and z axis."""


@dataclass(frozen=True)
class Volume:
    """Frames of one series that are one input of the network.

    Attributes:
        frames: in the order of the slices of ``grid``.
        labels: what a channel's conditions see: the frames' labels, different ones joined by a
            backslash, and Plane.
    """

    series: Series
    frames: tuple[Frame, ...]
    grid: Grid
    labels: dict[str, str]

    @property
    def reference(self) -> str:
        """FrameOfReferenceUID, or ""."""
        return self.frames[0].reference


def build_volumes(series: Series) -> list[Volume]:
    """Make a series' volumes: one for each orientation and size, and one for each time point.

    Raises:
        SeriesRefused: When its slices are not a regular stack, with what is wrong; whatever
            else goes wrong with this series comes out as it, too.
    """
    broken = [_broken(one) for one in series.unreadable[:1]]
    if not series.frames:
        reasons = broken or series.passed_over or ["it has no images"]
        count = len(series.unreadable) + len(series.passed_over)
        more = f" (and {count - 1} more)" if count > 1 else ""
        raise SeriesRefused(reasons[0] + more)
    try:
        return _volumes(series)
    except Exception as error:  # whatever a series may raise
        why = reason_of(error, "its slices can't be made into a volume")
        more = f" (and {len(series.unreadable) - 1} more)" if len(series.unreadable) > 1 else ""
        raise SeriesRefused(f"{broken[0]}{more}; {why}" if broken else why) from error


def _broken(one: Unreadable) -> str:
    return f"instance {one.instance_uid}: {one.why}" if one.instance_uid else one.why


def _volumes(series: Series) -> list[Volume]:
    volumes = []
    for stack in _stacks(series.frames):
        for part in _time_points(stack):
            planes = [frame.plane for frame in part]
            grid = fit_grid(planes, part[0].thickness)
            frames = tuple(part[i] for i in grid.order)
            volumes.append(Volume(series, frames, grid, _labels(frames, grid)))
    return volumes


def image_of(
    volume: Volume, name: str, read: Callable[[Frame], np.ndarray] | None = None
) -> GridImage:
    """A volume's values on its own grid, float32.

    Args:
        name: what to call the image in files and errors.
        read: what gives a frame's values, (rows, columns), where it is not the modality's.

    Returns:
        An image whose slices raise SeriesRefused when a frame can't be read.
    """

    def slices() -> Iterator[np.ndarray]:
        return _slices(volume, read or PixelReader().read)

    return GridImage(name, volume.grid.shape, volume.grid.affine, slices)


def _slices(volume: Volume, read: Callable[[Frame], np.ndarray]) -> Iterator[np.ndarray]:
    """The slices of a volume's grid, (rows, columns) each, one at a time.

    Args:
        read: what gives a frame's values, (rows, columns).

    Raises:
        SeriesRefused: When a frame can't be read.
    """
    columns, rows, _ = volume.grid.shape
    for index, frame in enumerate(volume.frames):
        pixels = _read(frame, read)
        if volume.grid.offsets is not None:
            pixels = _shifted(pixels, volume.grid.offsets[index], (rows, columns))
        yield pixels


def _read(frame: Frame, read: Callable[[Frame], np.ndarray]) -> np.ndarray:
    """A frame's values: the one place where the pixels of a series are read.

    Raises:
        SeriesRefused: When they can't be, or are not numbers.
    """
    try:
        pixels = read(frame)
    except Exception as error:  # whatever a decoder may raise
        what = f"the pixels of instance {frame.instance.instance_uid} can't be read"
        raise SeriesRefused(reason_of(error, what)) from error
    if not np.isfinite(pixels).all():
        uid = frame.instance.instance_uid
        raise SeriesRefused(f"the pixels of instance {uid} are not all numbers")
    return pixels


def _shifted(pixels: np.ndarray, offset: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """A frame of a tilted stack on the upright grid, by linear interpolation.

    Args:
        pixels: (rows, columns) of the frame.
        offset: column and row, 0 or more, at which the frame's pixel (0, 0) comes to lie.
        size: (rows, columns) of the grid.

    Returns:
        ``size`` float32; around the frame its lowest value.
    """
    column, row = (int(value) for value in np.floor(offset))
    part_column, part_row = offset - np.floor(offset)
    canvas = np.full((size[0] + 1, size[1] + 1), pixels.min(), np.float32)
    canvas[row : row + pixels.shape[0], column : column + pixels.shape[1]] = pixels
    canvas[1:] = (1 - part_row) * canvas[1:] + part_row * canvas[:-1]
    canvas[:, 1:] = (1 - part_column) * canvas[:, 1:] + part_column * canvas[:, :-1]
    return canvas[: size[0], : size[1]]


def _labels(frames: Sequence[Frame], grid: Grid) -> dict[str, str]:
    labels = {
        name: "\\".join(dict.fromkeys(frame.labels[name] for frame in frames))
        for name in frames[0].labels
    }
    labels["Plane"] = PLANES[int(np.abs(grid.affine[:3, 2]).argmax())]
    return labels


def _stacks(frames: Sequence[Frame]) -> list[list[Frame]]:
    """Part frames by orientation, size and pixel spacing.

    Raises:
        SeriesRefused: When directions differ, but too little to be different stacks.
    """
    stacks: list[list[Frame]] = []
    for frame in frames:
        for stack in stacks:
            if _same_stack(stack[0].plane, frame.plane):
                stack.append(frame)
                break
        else:
            stacks.append([frame])
            if len(stacks) > MOST_STACKS:
                raise SeriesRefused(
                    f"its images lie in more than {MOST_STACKS} directions or sizes"
                )
    for index, stack in enumerate(stacks):
        for other in stacks[:index]:
            angle = tilt_between(stack[0].plane, other[0].plane)
            if _parallel(stack[0].plane, other[0].plane) or angle >= CLEARLY_TILTED:
                continue
            raise SeriesRefused(
                f"its slices are not parallel: two of them are {angle:.2f} degrees apart"
            )
    return stacks


def _parallel(one: Plane, other: Plane) -> bool:
    return bool(
        np.abs(one.right - other.right).max() < PARALLEL
        and np.abs(one.down - other.down).max() < PARALLEL
    )


def _same_stack(one: Plane, other: Plane) -> bool:
    same_size = (one.rows, one.columns) == (other.rows, other.columns)
    steps = [(one.row_step, other.row_step), (one.column_step, other.column_step)]
    return same_size and all(abs(a - b) <= PARALLEL * a for a, b in steps) and _parallel(one, other)


def _time_points(frames: list[Frame]) -> list[list[Frame]]:
    """Part a stack that has several frames at each position into complete stacks.

    Raises:
        SeriesRefused: When no attribute parts it into complete stacks.
    """
    slots = _slots([frame.plane for frame in frames])
    places = int(slots.max()) + 1
    if places == len(frames):
        return [frames]
    for trait in _all_traits(frames):
        parts: dict[str, list[int]] = {}
        for index, frame in enumerate(frames):
            parts.setdefault(frame.traits.get(trait, ""), []).append(index)
        complete = all(
            len(part) == places and len(set(slots[part])) == places for part in parts.values()
        )
        if len(parts) > 1 and complete:
            return [[frames[i] for i in part] for part in parts.values()]
    twins = np.flatnonzero(slots == np.bincount(slots).argmax())[:2]
    names = " and ".join(_name(frames[int(i)]) for i in twins)
    raise SeriesRefused(
        f"its {len(frames)} slices lie at only {places} positions ({names} share one), and no "
        "attribute such as TemporalPositionIdentifier or AcquisitionNumber parts them into "
        "complete stacks"
    )


def _slots(planes: Sequence[Plane]) -> np.ndarray:
    """(n,) number of the position along the normal at which each plane lies, from 0."""
    along = distances(planes)
    order = np.argsort(along, kind="stable")
    apart = np.diff(along[order]) > SAME_POSITION * planes[0].pixel
    slots = np.empty(len(planes), int)
    slots[order] = np.concatenate([[0], np.cumsum(apart)])
    return slots


def _all_traits(frames: Sequence[Frame]) -> list[str]:
    names: dict[str, None] = {}
    for frame in frames:
        names.update(dict.fromkeys(frame.traits))
    return list(names)


def _name(frame: Frame) -> str:
    number = "" if frame.number is None else f" frame {frame.number}"
    return frame.instance.instance_uid + number
