"""Where slices lie in the patient, and the one regular grid that holds a stack of them.

DICOM gives positions in LPS (x to the patient's left, y to the back, z to the head) in mm;
NIfTI's are RAS. Everything is computed in LPS and turned to RAS at the end by `LPS_TO_RAS`.
The array that inference sees is indexed [column, row, slice].

Source: DICOM PS3.3 C.7.6.2.1.1 (Image Plane Module, equation C.7.6.2.1-1).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Sequence

import numpy as np

from mmar2mdai_errors import SeriesRefused

LPS_TO_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])

COSINE_TOLERANCE = 1e-2
"""How far ImageOrientationPatient may be from unit length and a right angle. Writers round it
to as little as two or three decimals; what is further off is not an orientation."""

SPACING_TOLERANCE = 0.1
"""How far a slice may lie from its place on the regular grid, in parts of the slice spacing.
Positions rounded to 0.1 mm at a spacing of 0.625 mm are off by up to 0.08. A slice missing from
a stack puts some slice off by 0.2 at least (0, 2, 3; the more slices there are, the more)."""

DRIFT_TOLERANCE = 0.5
"""How far slices may lie sideways of the grid, in pixels, without being resampled. Half a
pixel is what rounded cosines add up to over a long stack; more is a tilted gantry."""

WIDE_GAP = 1.5
"""A gap this many times the usual one is one where slices are missing."""

FURTHEST = 1e5
"""mm: nothing in a patient is further from the origin, larger, or thicker; 32-bit floats, in which
affines are saved, are good to 0.01 mm there."""

SMALLEST = 1e-5
"""mm: no pixel is smaller."""

MOST_GROWTH = 8
"""Times as many pixels as its frames have that the upright grid of a tilted stack may have."""

SAME_POSITION = 0.01
"""Slices nearer to one another than this, in pixels, lie at the same position."""


@dataclass(frozen=True)
class Plane:
    """The pixel grid of one frame in the patient, LPS, mm.

    Attributes:
        rows, columns: size of the frame.
        position: (3,) centre of the pixel in row 0 and column 0.
        right: (3,) unit vector along which the column index grows.
        down: (3,) unit vector along which the row index grows.
        column_step: mm between columns (PixelSpacing's second value).
        row_step: mm between rows (PixelSpacing's first value).
    """

    rows: int
    columns: int
    position: np.ndarray
    right: np.ndarray
    down: np.ndarray
    column_step: float
    row_step: float

    @property
    def normal(self) -> np.ndarray:
        """(3,) unit vector right x down."""
        return np.cross(self.right, self.down)

    @property
    def pixel(self) -> float:
        """The shorter side of a pixel, mm."""
        return min(self.column_step, self.row_step)

    def affine(self) -> np.ndarray:
        """(4, 4) from [column, row, mm along the normal, 1] to RAS mm."""
        lps = np.eye(4)
        lps[:3, 0] = self.right * self.column_step
        lps[:3, 1] = self.down * self.row_step
        lps[:3, 2] = self.normal
        lps[:3, 3] = self.position
        return LPS_TO_RAS @ lps


@dataclass(frozen=True)
class Grid:
    """A regular grid without shear that holds a stack of parallel slices.

    Attributes:
        shape: (columns, rows, slices).
        affine: (4, 4) from [column, row, slice, 1] to RAS mm; its columns are at right angles.
        order: the index of each slice's plane in the sequence given to `fit_grid`.
        offsets: (slices, 2) column and row in the grid at which a slice's pixel (0, 0) lies;
            None where all slices lie on the grid's own pixels, so that no slice is resampled.
    """

    shape: tuple[int, int, int]
    affine: np.ndarray
    order: tuple[int, ...]
    offsets: np.ndarray | None


def make_plane(
    rows: int,
    columns: int,
    position: Sequence[float],
    orientation: Sequence[float],
    spacing: Sequence[float],
) -> Plane:
    """Build a Plane from DICOM's attributes.

    Args:
        position: ImagePositionPatient, 3 values, mm.
        orientation: ImageOrientationPatient, 6 values.
        spacing: PixelSpacing, mm between rows, then mm between columns.

    Raises:
        ValueError: When the values are not a plane in space.
    """
    origin, cosines = np.array(position, float), np.array(orientation, float)
    steps = np.array(spacing, float)
    if origin.shape != (3,) or not (np.abs(origin) <= FURTHEST).all():
        raise ValueError(f"ImagePositionPatient is not three numbers of at most {FURTHEST:,.0f} mm")
    if cosines.shape != (6,) or not np.isfinite(cosines).all():
        raise ValueError("ImageOrientationPatient is not six numbers")
    if steps.shape != (2,) or not ((steps > SMALLEST) & (steps <= FURTHEST)).all():
        raise ValueError(f"PixelSpacing is not two numbers over 0, of at most {FURTHEST:,.0f} mm")
    right, down = cosines[:3], cosines[3:]
    lengths = np.array([np.linalg.norm(right), np.linalg.norm(down)])
    if (np.abs(lengths - 1) > COSINE_TOLERANCE).any() or abs(right @ down) > COSINE_TOLERANCE:
        raise ValueError("ImageOrientationPatient is not two unit vectors at a right angle")
    right, down = _orthonormal(right, down)
    return Plane(rows, columns, origin, right, down, float(steps[1]), float(steps[0]))


def _orthonormal(right: np.ndarray, down: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The nearest pair of unit vectors at a right angle; takes what rounding left over."""
    u, _, vt = np.linalg.svd(np.stack([right, down]), full_matrices=False)
    pair = u @ vt
    return pair[0], pair[1]


def tilt_between(one: Plane, other: Plane) -> float:
    """The greatest angle between the row directions and the column directions, degrees."""
    cosine = min(one.right @ other.right, one.down @ other.down)
    return float(np.degrees(np.arccos(np.clip(cosine, -1, 1))))


def distances(planes: Sequence[Plane]) -> np.ndarray:
    """(n,) mm along the first plane's normal at which each plane lies."""
    normal = planes[0].normal
    return np.array([plane.position @ normal for plane in planes])


def fit_grid(planes: Sequence[Plane], thickness: float) -> Grid:
    """The grid of a stack of parallel frames of one size, sorted along their normal.

    Args:
        planes: frames in any order, no two at the same position.
        thickness: mm; stands for the slice spacing of a stack of one frame.

    Raises:
        SeriesRefused: When the slices don't lie evenly, or lie irregularly sideways.
    """
    first = planes[0]
    along = distances(planes)
    order = np.argsort(along, kind="stable")
    begin, step = _even_line(along[order]) if len(planes) > 1 else (along[0], thickness)
    corner = planes[int(order[0])].position
    start = corner + first.normal * (begin - along[order[0]])
    steps = np.arange(len(planes))
    ideal = start + np.outer(steps * step, first.normal)
    sideways: np.ndarray = np.array([planes[int(i)].position for i in order]) - ideal
    drift = np.stack(
        [sideways @ first.right / first.column_step, sideways @ first.down / first.row_step], axis=1
    )
    centre = (drift.min(axis=0) + drift.max(axis=0)) / 2
    offsets = None
    size = np.array([first.columns, first.rows])
    if np.abs(drift - centre).max() > DRIFT_TOLERANCE:
        _check_straight(drift)
        centre = np.floor(drift.min(axis=0))
        offsets = drift - centre
        grown = size + np.ceil(offsets.max(axis=0))
        if grown.prod() > MOST_GROWTH * size.prod():
            raise SeriesRefused(
                "its slices lie beside each other more than over each other: the furthest is "
                f"{offsets.max():.0f} pixels to the side"
            )
        size = grown.astype(int)
    origin = (
        start
        + first.right * first.column_step * centre[0]
        + first.down * first.row_step * centre[1]
    )
    lps = np.eye(4)
    lps[:3, 0] = first.right * first.column_step
    lps[:3, 1] = first.down * first.row_step
    lps[:3, 2] = first.normal * step
    lps[:3, 3] = origin
    return Grid(
        (int(size[0]), int(size[1]), len(planes)),
        LPS_TO_RAS @ lps,
        tuple(int(i) for i in order),
        offsets,
    )


def _even_line(along: np.ndarray) -> tuple[float, float]:
    """Where the first of the slices at ``along`` (sorted, mm) lies by the best even spacing,
    and that spacing.

    Raises:
        SeriesRefused: When a slice is further from its place than SPACING_TOLERANCE.
    """
    index = np.arange(len(along))
    step, begin = (float(value) for value in np.polyfit(index, along, 1))
    off = np.abs(along - (begin + step * index))
    if off.max() <= SPACING_TOLERANCE * step:
        return begin, step
    gaps = np.diff(along)
    usual, widest = float(np.median(gaps)), int(np.argmax(gaps))
    text = (
        f"its {len(along)} slices are not evenly spaced: they are {gaps.min():.3f} to "
        f"{gaps.max():.3f} mm apart, most {usual:.3f} mm, and the widest gap is between slices "
        f"{widest + 1} and {widest + 2} along the normal"
    )
    missing = round(gaps[widest] / usual) - 1 if usual > 0 else 0
    if missing > 0 and np.sum(gaps > WIDE_GAP * usual) <= max(1, len(gaps) // 10):
        text += f", so that {missing} slice{'s seem' if missing > 1 else ' seems'} to be missing"
    raise SeriesRefused(text)


def _check_straight(drift: np.ndarray) -> None:
    """Slices of a tilted gantry lie on a straight line.

    Args:
        drift: (slices, 2) sideways place of each slice, pixels.

    Raises:
        SeriesRefused: When they don't.
    """
    line = drift[0] + np.outer(np.linspace(0, 1, len(drift)), drift[-1] - drift[0])
    worst = np.abs(drift - line).max()
    if worst > DRIFT_TOLERANCE:
        raise SeriesRefused(
            f"its slices don't lie in one straight stack: one is {worst:.1f} pixels to the side"
        )
