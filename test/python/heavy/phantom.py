"""Images whose right answer is known: functions of the place in the patient.

The organ is two ellipsoids of different size, off the centre and off all axes: no mirror
image or turned copy of it overlaps it well, so that a wrong mask can't pass.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from cases import Case
from dicom_files import Stack

SHAPE = (28, 42, 64)
"""With the steps of cases.py about 60 mm in each direction, room for the organ any way round.
Even numbers, so that no pixel lies on the middle planes."""

BLEND = 2.0
"""mm over which the two ellipsoids run into each other."""


def stack_for(case: Case, scale: float = 1.0) -> Stack:
    """A case's directions with room for the organ at `scale` times its size."""
    stack = case.stack
    return replace(
        stack,
        shape=SHAPE,
        step=tuple(scale * part for part in stack.step),
        row_step=scale * stack.row_step,
        column_step=scale * stack.column_step,
    )


def organ_depth(stack: Stack, scale: float = 1.0) -> np.ndarray:
    """(slices, rows, columns): about how deep the pixels lie in the organ, mm; negative outside."""
    points = (stack.points() - stack.centre()) / scale
    body = _depth(points, (-3.0, 2.0, 4.0), (17.0, 13.0, 15.0))
    lobe = _depth(points, (10.0, -6.0, -9.0), (10.0, 9.0, 11.0))
    return scale * BLEND * np.logaddexp(body / BLEND, lobe / BLEND)


def spot_depth(stack: Stack) -> np.ndarray:
    """The same for an ellipsoid wholly inside the organ."""
    return _depth(stack.points() - stack.centre(), (-7.0, 5.0, 7.0), (6.0, 4.5, 5.0))


def _depth(points: np.ndarray, centre: tuple[float, ...], radii: tuple[float, ...]) -> np.ndarray:
    scaled = (points - np.array(centre)) / np.array(radii)
    return (1.0 - np.linalg.norm(scaled, axis=-1)) * min(radii)


def ramp(depth: np.ndarray, threshold: float, slope: float) -> np.ndarray:
    """Intensities that pass `threshold` at depth 0, by `slope` per mm.

    Where a config resamples, interpolation keeps the surface of a ramp where it is; that of
    a step it moves by half a voxel.
    """
    return np.rint(threshold + slope * depth).astype(np.int16)


def steps(stack: Stack, outside: int, organ: int, *inner: int) -> np.ndarray:
    """Plain intensities, in air: the organ, the spot in it, and what is deeper in the spot."""
    depth, spot = organ_depth(stack), spot_depth(stack)
    values = np.where(depth > 0, organ, np.where(depth > -9, outside, -1000))
    for level, intensity in enumerate(inner):
        values = np.where(spot > 1.5 * level, intensity, values)
    return values.astype(np.int16)
