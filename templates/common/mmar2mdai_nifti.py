"""NIfTI files: the input that a volume is written to, and the result that inference leaves.

A NIfTI array is indexed [x, y, z] with x fastest in the file, so that a frame (rows, columns)
is one run of bytes: [column, row] of slice z. Affines go from voxel index to RAS mm.
"""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Callable, Iterable, Iterator

import nibabel
import numpy as np
from nibabel.filebasedimages import ImageFileError

from mmar2mdai_config import ModelClass, ModelConfig
from mmar2mdai_dicom import Frame, PixelReader
from mmar2mdai_errors import DeployError
from mmar2mdai_volumes import Volume

HEADER_BYTES = 352
"""Where the voxels start: the header, and four bytes that say that no extension follows."""

WHOLE = 1e-3
"""How far a float in a label map may be from a whole number."""


def write_volume(
    volume: Volume, path: Path, read: Callable[[Frame], np.ndarray] | None = None
) -> None:
    """Write a volume's modality values as float32, slice by slice, uncompressed.

    Args:
        read: what gives a frame's values, (rows, columns), where it is not the modality's.

    Raises:
        DeployError: When a frame's pixels can't be decoded.
    """
    slices = slices_of(volume, read or PixelReader().read)
    write_slices(path, volume.grid.shape, volume.grid.affine, slices)


def slices_of(volume: Volume, read: Callable[[Frame], np.ndarray]) -> Iterator[np.ndarray]:
    """The slices of a volume's grid, (rows, columns) each, one at a time.

    Args:
        read: what gives a frame's values, (rows, columns).
    """
    columns, rows, _ = volume.grid.shape
    for index, frame in enumerate(volume.frames):
        pixels = read(frame)
        if volume.grid.offsets is not None:
            pixels = _shifted(pixels, volume.grid.offsets[index], (rows, columns))
        yield pixels


def write_slices(
    path: Path, shape: tuple[int, int, int], affine: np.ndarray, slices: Iterable[np.ndarray]
) -> None:
    """Write slices as a float32 volume, uncompressed.

    Args:
        shape: (columns, rows, slices).
        affine: (4, 4) to RAS mm.
        slices: (rows, columns) each, taken one at a time.
    """
    header = nibabel.Nifti1Header()
    header.set_data_shape(shape)
    header.set_data_dtype(np.float32)
    header.set_xyzt_units("mm")
    header.set_zooms(np.linalg.norm(affine[:3, :3], axis=0))
    header.set_qform(affine, code="scanner")
    header.set_sform(affine, code="scanner")
    header.set_data_offset(HEADER_BYTES)
    with path.open("wb") as file:
        header.write_to(file)
        file.write(b"\0" * (HEADER_BYTES - file.tell()))
        for pixels in slices:
            file.write(np.ascontiguousarray(pixels, dtype="<f4").tobytes())


def _shifted(pixels: np.ndarray, offset: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """A frame of a tilted stack on the upright grid, by linear interpolation.

    Args:
        pixels: (rows, columns) of the frame.
        offset: column and row, 0 or more, at which the frame's pixel (0, 0) comes to lie.
        size: (rows, columns) of the grid.

    Returns:
        ``size`` float32; around the frame its lowest value.
    """
    column, row = (int(value) for value in np.floor(offset))
    part_column, part_row = offset - np.floor(offset)
    canvas = np.full((size[0] + 1, size[1] + 1), pixels.min(), np.float32)
    canvas[row : row + pixels.shape[0], column : column + pixels.shape[1]] = pixels
    canvas[1:] = (1 - part_row) * canvas[1:] + part_row * canvas[:-1]
    canvas[:, 1:] = (1 - part_column) * canvas[:, 1:] + part_column * canvas[:, :-1]
    return canvas[: size[0], : size[1]]


class Result:
    """The file that inference wrote for one volume.

    Attributes:
        path: the file.
        affine: (4, 4) to RAS mm.
        shape: (x, y, z).
        channels: size of the channel axis; 1 where there is none.
    """

    def __init__(self, path: Path, config: ModelConfig) -> None:
        """Open the file and check its shape against the model's.

        Raises:
            DeployError: When it can't be read or its shape can't be the model's.
        """
        self.path = path
        self._config = config
        try:
            # Kept open, so that reading a compressed file in order goes through it once.
            image = nibabel.load(str(path), keep_file_open=True)
        except (OSError, EOFError, ValueError, zlib.error, ImageFileError) as error:
            raise self._unreadable(error) from error
        shape = tuple(int(size) for size in image.shape)
        if not 1 <= len(shape) <= 4 or 0 in shape:
            raise DeployError(f"The result {path.name} has the shape {shape}, which is no volume.")
        # MONAI's saver drops trailing axes of size one.
        self._stored_shape = shape
        shape = shape + (1,) * (4 - len(shape))
        self.shape = (shape[0], shape[1], shape[2])
        self.channels = shape[3]
        self.affine = np.array(image.affine, float)
        self._data = image.dataobj
        expected = 1 if config.output.form == "label_map" else config.out_classes
        if self.channels != expected:
            raise DeployError(
                f"The result {path.name} has the shape {shape}: {self.channels} channels where "
                f"the model has {expected} ({config.output.form}, out_classes "
                f"{config.out_classes})."
            )

    def _unreadable(self, error: Exception) -> DeployError:
        return DeployError(f"The result {self.path.name} can't be read: {error}")

    def masks(self) -> Iterator[tuple[ModelClass, np.ndarray]]:
        """Each class with the voxels that belong to it.

        Yields:
            The class, and (x, y, z) bool in Fortran order.

        Raises:
            DeployError: When the file is cut short, or holds values that can't be the model's.
        """
        form = self._config.output.form
        if form == "channels":
            wanted = {class_.value: class_ for class_ in self._config.classes}
            for channel in range(self.channels):
                mask = self._over_threshold(channel)
                if channel in wanted:
                    yield wanted[channel], mask
            return
        labels = self._label_map() if form == "label_map" else self._largest_channel()
        for class_ in self._config.classes:
            mask = labels == class_.value
            if mask.any():
                yield class_, mask

    def _over_threshold(self, channel: int) -> np.ndarray:
        mask = np.zeros(self.shape, bool, order="F")
        for z in range(self.shape[2]):
            mask[:, :, z] = self._plane(z, channel) > self._config.output.threshold
        return mask

    def _largest_channel(self) -> np.ndarray:
        labels = np.zeros(self.shape, np.uint8 if self.channels < 256 else np.uint16, order="F")
        largest = np.empty(self.shape, np.float32, order="F")
        for channel in range(self.channels):
            for z in range(self.shape[2]):
                plane = self._plane(z, channel)
                if channel == 0:
                    largest[:, :, z] = plane
                    continue
                larger = plane > largest[:, :, z]
                largest[:, :, z][larger] = plane[larger]
                labels[:, :, z][larger] = channel
        return labels

    def _label_map(self) -> np.ndarray:
        values = [class_.value for class_ in self._config.classes]
        count = max(self._config.out_classes, max(values) + 1)
        blended = False
        labels = np.zeros(self.shape, np.uint8 if count <= 256 else np.uint16, order="F")
        for z in range(self.shape[2]):
            plane = self._plane(z, 0)
            whole = np.rint(plane)
            blended = blended or bool(np.abs(plane - whole).max() > WHOLE)
            if whole.min() < 0 or whole.max() >= count:
                raise DeployError(
                    f"The result {self.path.name} should be a label map of {count} classes, but "
                    f"holds values from {plane.min():g} to {plane.max():g}."
                )
            labels[:, :, z] = whole
        # Between two labels that are blended a third may lie that is in neither place.
        if blended and count > 2:
            raise DeployError(
                f"The result {self.path.name} should be a label map, but holds fractions: "
                "probabilities, or labels that were interpolated."
            )
        return labels

    def _plane(self, z: int, channel: int) -> np.ndarray:
        """(x, y) float32 of a slice.

        Raises:
            DeployError: When it can't be read or holds what is no finite number.
        """
        place = (slice(None), slice(None), z, channel)[: len(self._stored_shape)]
        try:
            plane = np.asarray(self._data[place], dtype=np.float32).reshape(self.shape[:2])
        except (OSError, EOFError, ValueError, zlib.error) as error:
            raise self._unreadable(error) from error
        if not np.isfinite(plane).all():
            raise DeployError(f"The result {self.path.name} holds values that are no numbers.")
        return plane
