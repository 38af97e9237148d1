"""The directions in which the tests acquire series: each is one line of docs/geometry.md."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from dicom_files import Stack

SHAPE = (7, 19, 23)
ROW_STEP, COLUMN_STEP, SLICE_STEP = 1.4, 0.9, 2.2

PLANES = {
    "axial": ((1, 0, 0), (0, 1, 0)),
    "coronal": ((1, 0, 0), (0, 0, -1)),
    "sagittal": ((0, 1, 0), (0, 0, -1)),
}
"""Row and column direction as scanners usually give them, LPS."""

TURNS = {
    "decubitus, right side down": ((0, 1, 0), (-1, 0, 0)),
    "decubitus, left side down": ((0, -1, 0), (1, 0, 0)),
    "coronal, rows to the feet": ((0, 0, -1), (1, 0, 0)),
    "coronal, rows to the head": ((0, 0, 1), (-1, 0, 0)),
    "sagittal, rows to the feet": ((0, 0, -1), (0, 1, 0)),
    "sagittal, rows to the head": ((0, 0, 1), (0, -1, 0)),
}
"""The same planes with rows and columns exchanged."""

ANGLES = {
    "oblique, slightly": (7, -11, 4),
    "oblique": (33, 21, -42),
    "oblique, steeply": (-51, 64, 26),
}

ORIGINS = {"-": (-87.5, -61.25, -230.0), "+": (44.5, 72.25, 310.0)}
"""Signs of ImagePositionPatient, and the first slice's position."""


@dataclass(frozen=True)
class Case:
    """One series.

    Attributes:
        example: whether it is one of the 53 that MD.ai's own example was measured on.
        order: how its files are sent: "given", "shuffled" or "numbers reversed".
    """

    name: str
    stack: Stack
    example: bool = True
    order: str = "given"


def rotation(x: float, y: float, z: float) -> np.ndarray:
    """(3, 3) rotation by angles about the axes, degrees."""
    turns = []
    for axis, angle in enumerate(np.radians([x, y, z])):
        turn, (one, two) = np.eye(3), [other for other in range(3) if other != axis]
        turn[one, one] = turn[two, two] = np.cos(angle)
        turn[one, two], turn[two, one] = -np.sin(angle), np.sin(angle)
        turns.append(turn)
    return turns[2] @ turns[1] @ turns[0]


def stack_of(
    right: tuple[float, ...], down: tuple[float, ...], along: int, first: tuple[float, ...]
) -> Stack:
    step = np.cross(right, down) * SLICE_STEP * along
    return Stack(SHAPE, tuple(right), tuple(down), first, tuple(step), ROW_STEP, COLUMN_STEP)


def _cases() -> list[Case]:
    cases = []
    for plane, (right, down) in PLANES.items():
        for rows, columns, along in itertools.product((1, -1), repeat=3):
            for sign, first in ORIGINS.items():
                turned = tuple(rows * v for v in right), tuple(columns * v for v in down)
                name = f"{plane}, rows {rows:+d}, columns {columns:+d}, slices {along:+d}"
                cases.append(Case(f"{name}, origin {sign}", stack_of(*turned, along, first)))
    first = ORIGINS["-"]
    for name, angles in ANGLES.items():
        turn = rotation(*angles)
        cases.append(Case(name, stack_of(tuple(turn[:, 0]), tuple(turn[:, 1]), 1, first)))
    plain = stack_of(*PLANES["axial"], 1, first)
    cases.append(Case("axial, files in no order", plain, order="shuffled"))
    cases.append(Case("axial, InstanceNumber reversed", plain, order="numbers reversed"))
    for name, (right, down) in TURNS.items():
        for along in (1, -1):
            stack = stack_of(right, down, along, ORIGINS["+"])
            cases.append(Case(f"{name}, slices {along:+d}", stack, example=False))
    return cases


CASES = _cases()
