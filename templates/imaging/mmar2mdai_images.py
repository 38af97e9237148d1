"""Images in the form in which they leave DICOM: arrays, and where they lie."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Callable, Iterator

import numpy as np


@dataclass(frozen=True)
class GridImage:
    """A volume on a regular grid, whose slices are computed when they are asked for.

    Attributes:
        name: what to call it in files and errors; no other image of a request has it.
        shape: (columns, rows, slices).
        affine: (4, 4) from [column, row, slice, 1] to RAS mm.
        slices: begins at the first slice each time it is called, and gives (rows, columns)
            float32 each. It raises DeployError where pixels can't be decoded.
    """

    name: str
    shape: tuple[int, int, int]
    affine: np.ndarray
    slices: Callable[[], Iterator[np.ndarray]]

    def array(self) -> np.ndarray:
        """All slices at once.

        Returns:
            (columns, rows, slices) float32, as a NIfTI file's array is indexed.

        Raises:
            DeployError: When a frame's pixels can't be decoded.
        """
        voxels = np.empty(self.shape, np.float32, order="F")
        for index, pixels in enumerate(self.slices()):
            voxels[:, :, index] = pixels.T
        return voxels


@dataclass(frozen=True)
class Picture:
    """A two-dimensional image as it is displayed, first pixel at the upper left.

    Attributes:
        name: what to call it in files and errors; no other image of a request has it.
        pixels: (rows, columns) or, with red, green and blue, (rows, columns, 3); uint8 or uint16.
    """

    name: str
    pixels: np.ndarray


def towards_positive(image: GridImage) -> GridImage:
    """An image of one slice with its third axis towards the right, the front or the head.

    One slice has no direction of its own. Where MONAI 0.8.1 turns an axis of one voxel round
    (Orientationd), Spacingd and the inverse can fail: to NumPy the turned array is still
    contiguous, and PyTorch refuses its negative stride.

    Returns:
        The image itself, unless it has one slice whose axis points the other way.
    """
    axis = image.affine[:3, 2]
    if image.shape[2] > 1 or axis[np.abs(axis).argmax()] > 0:
        return image
    return replace(image, affine=image.affine @ np.diag([1.0, 1.0, -1.0, 1.0]))
