"""From an instance's bytes to the values of its pixels, decoded when they are asked for.

Sources: DICOM PS3.3 C.7.6.3 (Image Pixel), C.7.5.1.1.2 (Pixel Padding Value), C.11.1 (Modality
LUT).
"""

from __future__ import annotations

import numpy as np
from pydicom.dataset import Dataset

from mmar2mdai_dicom import open_dicom
from mmar2mdai_errors import DeployError, InstanceRefused
from mmar2mdai_frames import Frame
from mmar2mdai_groups import functional_group
from mmar2mdai_header import number
from mmar2mdai_instances import Instance
from mmar2mdai_tables import read_lut


class PixelReader:
    """Decodes frames to modality values (CT: Hounsfield units). Keeps the last instance only."""

    def __init__(self) -> None:
        self._uid = ""
        self._header = Dataset()
        self._stored = np.empty((0, 0, 0))

    def read(self, frame: Frame) -> np.ndarray:
        """The frame's modality values.

        Returns:
            (rows, columns) float32.

        Raises:
            DeployError: When the pixels can't be decoded.
        """
        uid = frame.instance.instance_uid
        try:
            if uid != self._uid:
                self._load(frame.instance)
            return self._values(frame.index)
        except DeployError:
            raise
        except Exception as error:  # pydicom converts an attribute when it is asked for
            raise DeployError(f"The pixels of instance {uid} can't be read: {error}") from error

    def _values(self, index: int) -> np.ndarray:
        stored = self._stored[index]
        values = own_bits(stored, self._header)
        padding = padding_mask(stored, values, self._header)
        result = modality_values(values, self._header, index)
        if padding is not None and padding.any() and not padding.all():
            # Padding stays what it is where it is darker than its slice, as the converters
            # leave it that made the training data; brighter, it would pass for tissue.
            result[padding] = np.minimum(result[padding], result[~padding].min())
        return result

    def _load(self, instance: Instance) -> None:
        if instance.native is not None:
            self._uid, self._header = instance.instance_uid, instance.native.header
            self._stored = instance.native.stored(instance.content)
            return
        header, stored = decode(instance)
        shape = (int(header.get("NumberOfFrames") or 1), int(header.Rows), int(header.Columns))
        self._uid, self._header = instance.instance_uid, header
        self._stored = stored.reshape(shape)


def decode(instance: Instance) -> tuple[Dataset, np.ndarray]:
    """An instance's header, without its pixels, and the pixels as they are stored.

    Raises:
        DeployError: When the pixels can't be decoded.
    """
    try:
        header = open_dicom(instance.content)
        stored = header.pixel_array
    except Exception as error:  # pydicom's decoders raise errors of every kind
        raise DeployError(
            f"The pixels of instance {instance.instance_uid} can't be decoded: {error}"
        ) from error
    del header.PixelData
    return header, stored


def own_bits(stored: np.ndarray, header: Dataset) -> np.ndarray:
    """Stored values without what other things (overlays) keep in a pixel's unused bits, and
    with the sign of signed ones carried to the full width.

    Args:
        stored: integers of BitsAllocated bits.

    Returns:
        The same shape and type; the input itself where all bits are the pixel's.
    """
    allocated, used = int(header.BitsAllocated), int(header.BitsStored)
    high = int(header.get("HighBit", used - 1))
    if stored.dtype.kind not in "iu" or stored.dtype.itemsize * 8 != allocated or used >= allocated:
        return stored
    shifted = np.left_shift(stored, allocated - 1 - high)
    return np.right_shift(shifted, allocated - used)


def stored_range(header: Dataset) -> tuple[int, int]:
    """The lowest and the highest stored value that a header allows."""
    bits = int(header.BitsStored)
    if header.PixelRepresentation:
        return -(2 ** (bits - 1)), 2 ** (bits - 1) - 1
    return 0, 2**bits - 1


def padding_mask(stored: np.ndarray, values: np.ndarray, header: Dataset) -> np.ndarray | None:
    """Where a frame is padding (PixelPaddingValue up to PixelPaddingRangeLimit), or None.

    The value is looked for as stored and as `own_bits` gives it: scanners write values there
    that need more bits than BitsStored.
    """
    bits = values.dtype.itemsize * 8
    bounds = []
    for name in ("PixelPaddingValue", "PixelPaddingRangeLimit"):
        value = header.get(name)
        # It may be written without a sign where pixels have one, and the other way round.
        if isinstance(value, int) and -(2 ** (bits - 1)) <= value < 2**bits:
            bounds.append(int(np.array(value).astype(values.dtype)))
    if not bounds:
        return None
    low, high = min(bounds), max(bounds)
    return ((values >= low) & (values <= high)) | ((stored >= low) & (stored <= high))


def modality_values(values: np.ndarray, header: Dataset, index: int) -> np.ndarray:
    """Stored values through the frame's Modality LUT or rescale, as float32.

    Raises:
        DeployError: When slope or intercept are not numbers, or the LUT can't be used.
    """
    if header.get("ModalityLUTSequence"):
        try:
            item, is_little = header.ModalityLUTSequence[0], header.is_little_endian
            return read_lut(item, stored_range(header), is_little).look_up(values)
        except (ValueError, TypeError, LookupError, AttributeError) as error:
            raise DeployError(
                f"The Modality LUT of instance {header.SOPInstanceUID} can't be used: {error}"
            ) from error
    home = header
    if "PerFrameFunctionalGroupsSequence" in header:
        home = functional_group(header, index, "PixelValueTransformationSequence")
        home = home if "RescaleSlope" in home else header
    try:
        slope, intercept = number(home, "RescaleSlope"), number(home, "RescaleIntercept")
    except InstanceRefused as error:
        raise DeployError(f"Instance {header.SOPInstanceUID} can't be used: {error}") from error
    result = values.astype(np.float32)
    if slope is not None and slope != 1:
        result *= np.float32(slope)
    if intercept is not None and intercept != 0:
        result += np.float32(intercept)
    return result
