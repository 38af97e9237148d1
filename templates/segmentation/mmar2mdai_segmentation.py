"""From what the network makes of a volume to the voxels of each class."""

from __future__ import annotations

from typing import Iterator

import numpy as np

from mmar2mdai_errors import DeployError
from mmar2mdai_inference import Result, VolumeResult
from mmar2mdai_segmenter import ModelClass, SegmenterConfig

WHOLE = 1e-3
"""How far a float in a label map may be from a whole number."""


class Segmentation:
    """The classes in the result of one volume.

    Attributes:
        name: what to call the result in an error.
        affine: (4, 4) to RAS mm.
        shape: (x, y, z).
        channels: size of the channel axis.
    """

    def __init__(self, result: Result, config: SegmenterConfig) -> None:
        """Check the result's shape against the model's.

        Raises:
            DeployError: When it can't be the model's.
        """
        if not isinstance(result, VolumeResult):
            raise DeployError(f"{result.name} holds scores, but the model segments.")
        self.name, self.affine, self._voxels = result.name, result.affine, result.voxels
        self._config = config
        shape = tuple(int(size) for size in result.voxels.shape)
        self.shape, self.channels = (shape[0], shape[1], shape[2]), shape[3]
        expected = 1 if config.form == "label_map" else config.out_classes
        if self.channels != expected:
            raise DeployError(
                f"The result {self.name} has the shape {shape}: {self.channels} channels where "
                f"the model has {expected} ({config.form}, out_classes {config.out_classes})."
            )

    def masks(self) -> Iterator[tuple[ModelClass, np.ndarray]]:
        """Each class with the voxels that belong to it.

        Yields:
            The class, and (x, y, z) bool in Fortran order.

        Raises:
            DeployError: When the file is cut short, or holds values that can't be the model's.
        """
        form = self._config.form
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
            mask[:, :, z] = self._plane(z, channel) > self._config.threshold
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
            with np.errstate(invalid="ignore"):
                labels[:, :, z] = plane
            if (labels[:, :, z] == plane).all() and labels[:, :, z].max() < count:
                continue  # whole numbers in range, as nearly always
            whole = np.rint(plane)
            blended = blended or bool(np.abs(plane - whole).max() > WHOLE)
            if whole.min() < 0 or whole.max() >= count:
                raise DeployError(
                    f"The result {self.name} should be a label map of {count} classes, but "
                    f"holds values from {plane.min():g} to {plane.max():g}."
                )
            labels[:, :, z] = whole
        # Between two labels that are blended a third may lie that is in neither place.
        if blended and count > 2:
            raise DeployError(
                f"The result {self.name} should be a label map, but holds fractions: "
                "probabilities, or labels that were interpolated."
            )
        return labels

    def _plane(self, z: int, channel: int) -> np.ndarray:
        """(x, y) float32 of a slice.

        Raises:
            DeployError: When it can't be read, or holds a value that is not a finite number.
        """
        plane = np.asarray(self._voxels[:, :, z, channel], dtype=np.float32)
        if not np.isfinite(plane).all():
            raise DeployError(f"The result {self.name} holds values that are not numbers.")
        return plane
