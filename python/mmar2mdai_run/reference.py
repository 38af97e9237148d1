"""The label map that answers are compared with."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Tuple

import numpy as np

from mmar2mdai_run.protocol import RunError

FLAT = 1e-9
"""Cubic millimetres of a voxel below which an affine has lost an axis."""

Reference = Tuple[np.ndarray, np.ndarray]
"""A label map, and its affine to RAS mm."""


def read_label(path: Path) -> Reference:
    """The label map that answers are compared with.

    Raises:
        RunError: When nibabel can't read it, or it does not have three axes in the patient.
    """
    import nibabel

    try:
        image: Any = nibabel.load(path)
        voxels = np.asanyarray(image.dataobj)
        affine = np.asarray(image.affine, float)
    except Exception as error:  # noqa: BLE001  nibabel raises of many kinds
        raise RunError("input", f"{path} can't be read as NIfTI: {error}") from error
    voxels = (
        voxels.reshape(voxels.shape[:3]) if voxels.size == np.prod(voxels.shape[:3]) else voxels
    )
    if voxels.ndim != 3:
        raise RunError("input", f"{path} has {voxels.ndim} axes; a label map has 3.")
    if not np.isfinite(affine).all() or abs(np.linalg.det(affine)) < FLAT:
        raise RunError("input", f"The affine of {path} gives no place in the patient.")
    return np.nan_to_num(np.round(voxels)).astype(np.int32), affine
