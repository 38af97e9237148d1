"""NIfTI files.

A NIfTI array is indexed [x, y, z] with x fastest in the file, so that a frame (rows, columns)
is one run of bytes: [column, row] of slice z. Affines go from voxel index to RAS mm.

nibabel is imported where it is used: a bundle for pictures does not bring it.
"""

from __future__ import annotations

import zlib
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from mmar2mdai_errors import DeployError, SeriesRefused
from mmar2mdai_images import GridImage

LONGEST_AXIS = 32_767
"""Voxels along an axis that a NIfTI-1 header can say: it has 16 bits and a sign."""

HEADER_BYTES = 352
"""Where the voxels start: the header, and four bytes that say that no extension follows."""

UNREADABLE = (OSError, EOFError, ValueError, zlib.error)
"""What is raised for files that are broken or cut short, besides nibabel's own error."""


def write_nifti(image: GridImage, path: Path) -> None:
    """Write a volume as float32, uncompressed, slice by slice.

    Raises:
        SeriesRefused: When it has too many voxels along an axis, or its pixels can't be decoded.
    """
    with path.open("wb") as file:
        file.write(_header(image))
        for pixels in image.slices():
            file.write(np.ascontiguousarray(pixels, dtype="<f4").data)


def nifti_in_memory(image: GridImage) -> Any:
    """What nibabel makes of the file that `write_nifti` writes, without a file.

    Returns:
        A nibabel.Nifti1Image whose data is (columns, rows, slices) float32, x fastest.

    Raises:
        DeployError: When a frame's pixels can't be decoded.
    """
    import nibabel

    header = nibabel.Nifti1Header.from_fileobj(BytesIO(_header(image)))
    return nibabel.Nifti1Image(image.array(), header.get_best_affine(), header)


def _header(image: GridImage) -> bytes:
    """All of a file before its voxels."""
    import nibabel

    if max(image.shape) > LONGEST_AXIS:
        raise SeriesRefused(
            f"it has {max(image.shape)} voxels along an axis, and a NIfTI file {LONGEST_AXIS:,} "
            "at most"
        )
    header = nibabel.Nifti1Header()
    header.set_data_shape(image.shape)
    header.set_data_dtype(np.float32)
    header.set_xyzt_units("mm")
    header.set_zooms(np.linalg.norm(image.affine[:3, :3], axis=0))
    header.set_qform(image.affine, code="scanner")
    header.set_sform(image.affine, code="scanner")
    header.set_data_offset(HEADER_BYTES)
    file = BytesIO()
    header.write_to(file)
    return file.getvalue().ljust(HEADER_BYTES, b"\0")


class NiftiVolume:
    """The voxels of a NIfTI file, read as they are indexed.

    A compressed file that is indexed in the order of its slices is gone through once.

    Attributes:
        affine: (4, 4) to RAS mm.
        shape: (x, y, z, channels), each 1 where the file has no such axis.
        axes: how many axes the file has, 1 to 4.
    """

    def __init__(self, path: Path, name: str) -> None:
        """Open the file and read its header.

        Args:
            name: what to call it in an error.

        Raises:
            DeployError: When it can't be read or is not a volume.
        """
        import nibabel
        from nibabel.filebasedimages import ImageFileError

        self._name = name
        try:
            image = nibabel.load(str(path), keep_file_open=True)
        except (*UNREADABLE, ImageFileError) as error:
            raise self._unreadable(error) from error
        stored = tuple(int(size) for size in image.shape)
        if not 1 <= len(stored) <= 4 or 0 in stored:
            raise DeployError(f"The result {name} has the shape {stored}, which is not a volume.")
        # MONAI's saver drops trailing axes of size one.
        self.axes = len(stored)
        whole = stored + (1,) * (4 - len(stored))
        self.shape: tuple[int, ...] = whole
        self.affine = np.array(image.affine, float)
        self._data = image.dataobj

    def __getitem__(self, place: tuple[Any, ...]) -> np.ndarray:
        """What stands at a place, as NumPy indexes it, which names all four axes.

        Raises:
            DeployError: When it can't be read.
        """
        try:
            found = np.asarray(self._data[place[: self.axes]])
        except UNREADABLE as error:
            raise self._unreadable(error) from error
        missing = [part for part in place[self.axes :] if isinstance(part, slice)]
        return found.reshape(found.shape + (1,) * len(missing))

    def _unreadable(self, error: Exception) -> DeployError:
        return DeployError(f"The result {self._name} can't be read: {error}")
