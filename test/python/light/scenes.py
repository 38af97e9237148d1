"""What the images show: an organ that no flip or turn leaves the same."""

from __future__ import annotations

import numpy as np

from dicom_files import Stack

AIR, TISSUE, ORGAN, TUMOUR = -1000, 40, 300, 600
LEVELS = {"levels": [200]}
TWO_LEVELS = {"levels": [200, 500]}


def organ(shape: tuple[int, int, int]) -> np.ndarray:
    """(slices, rows, columns) bool: different from each of its flips, on every slice but the ends.

    Needs at least 3 rows and columns; with one slice it is on that slice.
    """
    slices, rows, columns = shape
    z, y, x = np.meshgrid(*[np.arange(n) for n in shape], indexing="ij")
    body = (y < rows * 0.6) & (x < columns * 0.7) & (y * columns < (x + 1) * rows)
    body |= (y == rows - 1) & (x == columns - 1)
    kept = body & (z < max(1, round(slices * 0.7)))
    # Each slice has a pixel of its own, so that slices exchanged are noticed.
    marks = (y * columns + x) == (z * 7) % (rows * columns)
    return kept ^ (marks & (z < max(1, slices - 1)))


def image(shape: tuple[int, int, int]) -> np.ndarray:
    """(slices, rows, columns) Hounsfield units of `organ`, with a texture below its level."""
    mask = organ(shape)
    texture = np.arange(mask.size).reshape(shape) % 97
    return np.where(mask, ORGAN + texture, TISSUE - texture).astype(np.int16)


def bodies(stack: Stack) -> list[tuple[np.ndarray, dict]]:
    """Two smooth bodies in the patient, the second one beside the first.

    Returns:
        For each (slices, rows, columns) bool: which of the stack's pixels are in it, and what
        tells the stand-in of it, in RAS.
    """
    slices, rows, columns = stack.shape
    size = [columns * stack.column_step, rows * stack.row_step]
    reach = min([*size, slices * float(np.linalg.norm(stack.step))]) / 2
    shapes = [
        (np.array([0.25, -0.1, 0.08]), np.array([0.7, 0.66, 0.74])),
        (np.array([-0.65, 0.3, -0.2]), np.array([0.3, 0.35, 0.4])),
    ]
    points = np.moveaxis(stack.points(), -1, 0).copy()
    made = []
    for offset, radii in shapes:
        centre = stack.centre() + offset * reach
        inside = sum(((p - c) / r) ** 2 for p, c, r in zip(points, centre, radii * reach)) <= 1
        centre, radii = centre * [-1, -1, 1], radii * reach
        made.append((inside, {"centre": centre.tolist(), "radii": radii.tolist()}))
    return made
