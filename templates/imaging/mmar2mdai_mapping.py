"""From the grid of a result back to the pixels of the frames, by affines alone.

A result on the volume's own grid, its axes flipped or exchanged at most, is mapped index by
index. Any other is read at the place of each pixel by linear interpolation of a class's mask;
half and more counts. Both go frame by frame.
"""

from __future__ import annotations

from typing import Iterator

import numpy as np

from mmar2mdai_errors import DeployError
from mmar2mdai_volumes import Volume

SAME_GRID = 0.01
"""How far voxel centres of one grid may be from the other's, in voxels: affines are saved as
32-bit floats, which at 1 m from the origin are good to 0.0001 mm."""

FLAT = 1e-9
"""A voxel of less, mm^3, has no volume: its affine can't be inverted."""

STRAIGHT = 1e-6
"""Voxels by which a frame may leave a voxel axis and still count as along it: rounding."""

INSIDE = 0.5
"""A pixel belongs to a class from so much of its mask on, by linear interpolation."""


class Mapping:
    """How the result of one volume lies to its frames.

    Raises:
        DeployError: When the result does not cover the volume, and it alone.
    """

    def __init__(
        self, volume: Volume, shape: tuple[int, int, int], affine: np.ndarray, name: str
    ) -> None:
        """Compare the result's grid with the volume's.

        Args:
            shape, affine: the result's grid.
            name: what to call the result in an error.
        """
        self._volume = volume
        self._shape = shape
        if not np.isfinite(affine).all() or abs(np.linalg.det(affine[:3, :3])) < FLAT:
            raise DeployError(f"The affine of the result {name} does not describe a grid in space.")
        self._to_result = np.linalg.inv(affine)
        self._axes: tuple[int, ...] | None = None
        self._flips: tuple[bool, ...] = ()
        self._slack = np.zeros(3)
        self._compare(self._to_result @ volume.grid.affine, name)

    def _compare(self, matrix: np.ndarray, name: str) -> None:
        """Find out which way the result lies, and that it covers the volume.

        Args:
            matrix: (4, 4) from the volume's voxels to the result's.
        """
        size = np.array(self._volume.grid.shape)
        corners = np.stack(np.meshgrid(*[(0, n - 1) for n in size], indexing="ij")).reshape(3, 8)
        placed = matrix[:3, :3] @ corners + matrix[:3, 3:]
        low, high = placed.min(axis=1), placed.max(axis=1)
        last = np.array(self._shape) - 1
        whole = np.rint(matrix[:3])
        aligned = np.abs(placed - (whole[:, :3] @ corners + whole[:, 3:])).max() <= SAME_GRID
        permutes = (np.abs(whole[:, :3]).sum(axis=0) == 1).all() and (
            np.abs(whole[:, :3]).sum(axis=1) == 1
        ).all()
        if aligned and permutes:
            slack = np.full(3, SAME_GRID)
        else:
            # A resampled grid may begin and end within a voxel of either grid.
            slack = 1 + np.abs(matrix[:3, :3]).max(axis=1)
        self._slack = slack
        if (np.abs(low) > slack).any() or (np.abs(high - last) > slack).any():
            raise DeployError(
                f"The result {name} of {self._shape} voxels does not lie where its input of "
                f"{self._volume.grid.shape} voxels does: the input reaches from "
                f"{np.round(low, 1).tolist()} to {np.round(high, 1).tolist()} in it. A config that "
                "crops, pads or moves the image has to invert that (Invertd) before it saves."
            )
        if aligned and permutes and self._volume.grid.offsets is None:
            axes = np.abs(whole[:, :3]).argmax(axis=0)
            self._axes = tuple(int(axis) for axis in axes)
            self._flips = tuple(bool(whole[axis, i] < 0) for i, axis in enumerate(axes))

    @property
    def exact(self) -> bool:
        """Whether each pixel of the frames is one voxel of the result."""
        return self._axes is not None

    def frames(self, mask: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
        """A class's mask on each frame on which there is some of it.

        Args:
            mask: (x, y, z) bool on the result's grid.

        Yields:
            The index of the frame, and (rows, columns) bool.
        """
        if self._axes is not None:
            yield from self._indexed(mask)
        else:
            yield from self._interpolated(mask)

    def _indexed(self, mask: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
        assert self._axes is not None
        turned = mask.transpose(self._axes)
        turned = turned[tuple(slice(None, None, -1 if flip else 1) for flip in self._flips)]
        for index in range(len(self._volume.frames)):
            pixels = turned[:, :, index].T
            if pixels.any():
                yield index, pixels

    def _interpolated(self, mask: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
        low, high = _extent(mask)
        if low is None or high is None:
            return
        for index, frame in enumerate(self._volume.frames):
            plane = frame.plane
            matrix = (self._to_result @ plane.affine())[:3]
            box = self._box(matrix, low, high, plane.rows, plane.columns)
            if box is None:
                continue
            rows, columns = box
            inside = sample(mask, matrix, rows, columns) >= INSIDE
            if inside.any():
                pixels = np.zeros((plane.rows, plane.columns), bool)
                pixels[rows, columns] = inside
                yield index, pixels

    def _box(
        self, matrix: np.ndarray, low: np.ndarray, high: np.ndarray, rows: int, columns: int
    ) -> tuple[slice, slice] | None:
        """The rows and columns of a frame that can be near a class, or None for none.

        Args:
            matrix: (3, 4) from [column, row, mm along the normal, 1] to the result's voxels.
            low, high: (3,) the first and last voxels of the class.
        """
        # Voxels on the result's border stand for what lies outside of it, too.
        low = np.where(low == 0, -self._slack, low) - 1
        last = np.array(self._shape) - 1
        high = np.where(high == last, last + self._slack, high) + 1
        inverse = np.linalg.inv(np.vstack([matrix, [0, 0, 0, 1]]))[:3]
        corners = np.stack(np.meshgrid(*zip(low, high), indexing="ij")).reshape(3, 8)
        placed = inverse[:, :3] @ corners + inverse[:, 3:]
        first, last = np.floor(placed.min(axis=1)), np.ceil(placed.max(axis=1))
        if first[2] > 0 or last[2] < 0:
            return None
        start = np.maximum(first[:2], 0).astype(int)
        stop = np.minimum(last[:2] + 1, [columns, rows]).astype(int)
        if (start >= stop).any():
            return None
        return slice(start[1], stop[1]), slice(start[0], stop[0])


def _extent(mask: np.ndarray) -> tuple[np.ndarray | None, np.ndarray | None]:
    """(3,) first and last voxel of a mask along each axis, or None for an empty one."""
    low, high = np.zeros(3), np.zeros(3)
    for axis in range(3):
        used = np.flatnonzero(mask.any(axis=tuple(other for other in range(3) if other != axis)))
        if not len(used):
            return None, None
        low[axis], high[axis] = used[0], used[-1]
    return low, high


def sample(voxels: np.ndarray, matrix: np.ndarray, rows: slice, columns: slice) -> np.ndarray:
    """Voxels at the pixels of a frame, by linear interpolation, their border continued.

    Args:
        voxels: (x, y, z) bool or float32.
        matrix: (3, 4) from [column, row, mm along the normal, 1] to voxels.

    Returns:
        (rows, columns) float32; from 0 to 1 for bool.
    """
    reach = np.abs(matrix[:, :2]) * [columns.stop, rows.stop]
    uses = reach > STRAIGHT
    if (uses.sum(axis=0) == 1).all() and (uses.sum(axis=1) <= 1).all():
        return _sample_along_axes(voxels, matrix, uses, rows, columns)
    column = np.arange(columns.start, columns.stop)
    row = np.arange(rows.start, rows.stop)[:, None]
    weights, places = [], []
    for axis in range(3):
        at = matrix[axis, 0] * column + matrix[axis, 1] * row + matrix[axis, 3]
        below, above, part = _neighbours(at, voxels.shape[axis])
        weights.append((1 - part, part))
        places.append((below, above))
    total = np.zeros((row.shape[0], column.shape[0]), np.float32)
    for x in (0, 1):
        for y in (0, 1):
            for z in (0, 1):
                weight = weights[0][x] * weights[1][y] * weights[2][z]
                total += weight * voxels[places[0][x], places[1][y], places[2][z]]
    return total


def _neighbours(at: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The voxels between which places along an axis lie, and how far they are from the first."""
    at = np.clip(at, 0, size - 1)
    below = np.minimum(at.astype(np.intp), max(size - 2, 0))
    return below, np.minimum(below + 1, size - 1), (at - below).astype(np.float32)


def _sample_along_axes(
    voxels: np.ndarray, matrix: np.ndarray, uses: np.ndarray, rows: slice, columns: slice
) -> np.ndarray:
    """`sample` for a frame whose columns and rows go along two axes: one axis after the other.

    Args:
        uses: (3, 2) bool, which axis its columns and which its rows go along.
    """
    across, down = (int(axis) for axis in uses.argmax(axis=0))
    through = 3 - across - down
    turned = voxels.transpose(through, down, across)
    slab = _neighbours(matrix[through, 3:4], turned.shape[0])
    row = _neighbours(
        matrix[down, 1] * np.arange(rows.start, rows.stop) + matrix[down, 3], turned.shape[1]
    )
    column = _neighbours(
        matrix[across, 0] * np.arange(columns.start, columns.stop) + matrix[across, 3],
        turned.shape[2],
    )
    box = tuple(
        slice(int(min(below.min(), above.min())), int(max(below.max(), above.max())) + 1)
        for below, above, _ in (row, column)
    )
    one, other = (turned[int(place[0])][box].astype(np.float32) for place in slab[:2])
    plane = _blend(one, other, slab[2])
    below, above, part = row[0] - box[0].start, row[1] - box[0].start, row[2][:, None]
    plane = _blend(plane[below], plane[above], part)
    below, above = column[0] - box[1].start, column[1] - box[1].start
    return _blend(plane[:, below], plane[:, above], column[2])


def _blend(one: np.ndarray, other: np.ndarray, part: np.ndarray) -> np.ndarray:
    blended: np.ndarray = (1 - part) * one + part * other
    return blended
