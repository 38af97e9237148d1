"""Numbers about masks: volume, extent, values inside, and the distance from a reference."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import ndimage

from mmar2mdai_run.stacks import Stack

MILLILITRE = 1000.0
"""Cubic millimetres in it."""


def measure(mask: np.ndarray, stack: Stack) -> dict[str, Any]:
    """What a mask measures.

    Args:
        mask: (columns, rows, frames) bool, with something in it.
        stack: what it lies on.

    Returns:
        Numbers for a reader: voxels, ml (None where the headers don't say where the frames lie),
        slices, the box as [first, last] per axis from 0, mean and standard deviation of the finite
        values inside (None where there are none), and the number of pieces that share no face.
    """
    parts = [frame.values[mask[:, :, at].T] for at, frame in enumerate(stack.frames)]
    inside = np.concatenate(parts).astype(float)
    inside = inside[np.isfinite(inside)]
    where = [np.flatnonzero(mask.any(axis=others)) for others in ((1, 2), (0, 2), (0, 1))]
    return {
        "voxels": int(mask.sum()),
        "ml": float(mask.sum() * voxel_volume(stack.affine) / MILLILITRE) if stack.placed else None,
        "slices": int(mask.any(axis=(0, 1)).sum()),
        "box": [[int(axis[0]), int(axis[-1])] for axis in where],
        "mean": float(inside.mean()) if inside.size else None,
        "sd": float(inside.std()) if inside.size else None,
        "pieces": int(ndimage.label(mask)[1]),
    }


def voxel_volume(affine: np.ndarray) -> float:
    """Cubic millimetres of a voxel."""
    return float(abs(np.linalg.det(affine[:3, :3])))


def compare(mask: np.ndarray, reference: np.ndarray, affine: np.ndarray) -> dict[str, Any]:
    """How near a mask is to what it should be.

    Args:
        mask, reference: (columns, rows, frames) bool.
        affine: (4, 4) to mm.

    Returns:
        ``dice`` (None where both are empty), ``hausdorff95`` in mm (None where one is empty),
        ``volume_error``: (mask - reference) / reference (None where the reference is empty), and
        the voxels of both, of the mask alone and of the reference alone.
    """
    both = int((mask & reference).sum())
    total = int(mask.sum()) + int(reference.sum())
    wanted = int(reference.sum())
    return {
        "dice": 2 * both / total if total else None,
        "hausdorff95": _hausdorff95(mask, reference, affine),
        "volume_error": (int(mask.sum()) - wanted) / wanted if wanted else None,
        "both": both,
        "only_mask": int(mask.sum()) - both,
        "only_reference": wanted - both,
    }


def _hausdorff95(mask: np.ndarray, reference: np.ndarray, affine: np.ndarray) -> float | None:
    """95th percentile of the distances from either surface to the other, in mm."""
    if not mask.any() or not reference.any():
        return None
    either = mask | reference
    box = tuple(
        slice(max(int(where[0]) - 1, 0), int(where[-1]) + 2)
        for where in (np.flatnonzero(either.any(axis=o)) for o in ((1, 2), (0, 2), (0, 1)))
    )
    spacing = np.linalg.norm(affine[:3, :3], axis=0)
    one, other = _surface(mask[box]), _surface(reference[box])
    to_other = ndimage.distance_transform_edt(~other, sampling=spacing)[one]
    to_one = ndimage.distance_transform_edt(~one, sampling=spacing)[other]
    return float(max(np.percentile(to_other, 95), np.percentile(to_one, 95)))


def _surface(mask: np.ndarray) -> np.ndarray:
    """The voxels of a mask that have a neighbour outside; beyond the array is outside."""
    surface: np.ndarray = mask & ~ndimage.binary_erosion(mask)
    return surface


def on_grid(
    labels: np.ndarray, labels_affine: np.ndarray, shape: tuple[int, int, int], affine: np.ndarray
) -> np.ndarray:
    """A label map on another grid, by the nearest voxel; 0 outside of it.

    Args:
        labels: (i, j, k) whole numbers.
        labels_affine, affine: (4, 4) to RAS mm.
        shape: of the grid that is wanted.
    """
    to_labels = np.linalg.inv(labels_affine) @ affine
    # A nearest neighbour exactly between two voxels must not go by the rounding of the matrices.
    to_labels = np.round(to_labels, 6)
    moved: np.ndarray = ndimage.affine_transform(
        labels, to_labels[:3, :3], to_labels[:3, 3], shape, order=0, mode="constant", cval=0
    )
    return moved
