"""Image channels on one grid: MONAI stacks only files of the same affine and size."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Iterator

import numpy as np

from mmar2mdai_errors import StudyRefused
from mmar2mdai_geometry import Grid
from mmar2mdai_images import GridImage
from mmar2mdai_mapping import SAME_GRID, sample
from mmar2mdai_volumes import Volume, image_of

BORDER = 0.5 + SAME_GRID
"""How far a voxel's own space reaches from its centre, in voxels."""


def image_on_grid(volume: Volume, grid: Grid, name: str, folder: Path) -> GridImage:
    """A volume on another volume's grid, by linear interpolation, slice by slice.

    Outside the volume's field of view stands its lowest value. A grid that is the volume's own,
    its axes exchanged or flipped at most, takes its values as they are. The image has the grid's
    affine to the last digit: MONAI compares them.

    Args:
        name: what to call the image in files and errors.
        folder: where the volume's own voxels are kept while its slices are asked for.

    Returns:
        An image whose slices raise StudyRefused, after the last one, when none of the grid's
        voxels lies in the volume's field of view.
    """
    matrix = _to_voxels(volume.grid, grid)
    own = image_of(volume, name)
    is_same = volume.grid.shape == grid.shape and np.array_equal(matrix, np.eye(4)[:3])

    def resampled() -> Iterator[np.ndarray]:
        with tempfile.TemporaryFile(dir=str(folder)) as file:
            for pixels in own.slices():
                file.write(np.ascontiguousarray(pixels, dtype="<f4").tobytes())
            file.flush()
            voxels = np.memmap(file, "<f4", "r", 0, own.shape, order="F")
            yield from _resampled(voxels, matrix, grid)
            del voxels

    return GridImage(name, grid.shape, grid.affine, own.slices if is_same else resampled)


def _to_voxels(source: Grid, target: Grid) -> np.ndarray:
    """(3, 4) from the target's voxels to the source's; whole numbers where centres coincide."""
    matrix = (np.linalg.inv(source.affine) @ target.affine)[:3]
    ends = [(0, size - 1) for size in target.shape]
    corners = np.stack([*np.meshgrid(*ends, indexing="ij"), np.ones((2, 2, 2))]).reshape(4, 8)
    whole = np.rint(matrix)
    return whole if np.abs((matrix - whole) @ corners).max() <= SAME_GRID else matrix


def _resampled(voxels: np.ndarray, matrix: np.ndarray, grid: Grid) -> Iterator[np.ndarray]:
    """The slices of a grid, (rows, columns) float32.

    Args:
        voxels: (x, y, z) of the source.
        matrix: (3, 4) from the grid's voxels to the source's.

    Raises:
        StudyRefused: After the last slice, when the source has had no part in any.
    """
    source = np.asarray(voxels)
    lowest = min(float(source[:, :, z].min()) for z in range(source.shape[2]))
    columns, rows, slices = grid.shape
    any_inside = False
    for z in range(slices):
        here = matrix.copy()
        here[:, 3] += matrix[:, 2] * z
        inside = _inside(source.shape, here, rows, columns)
        values = np.full((rows, columns), lowest, np.float32)
        if inside.any():
            any_inside = True
            linear = sample(source, here, slice(0, rows), slice(0, columns))
            values[inside] = linear[inside]
        yield values
    if not any_inside:
        raise StudyRefused("nothing of it lies where the first channel's images are")


def _inside(shape: tuple[int, ...], matrix: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """(rows, columns) bool: which pixels of a slice lie in a field of view of ``shape`` voxels."""
    column, row = np.arange(columns), np.arange(rows)[:, None]
    inside = np.ones((rows, columns), bool)
    for axis, size in enumerate(shape):
        at = matrix[axis, 0] * column + matrix[axis, 1] * row + matrix[axis, 3]
        inside &= (at >= -BORDER) & (at <= size - 1 + BORDER)
    return inside
