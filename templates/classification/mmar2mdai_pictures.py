"""From a DICOM image to the picture that a two-dimensional classifier reads.

The picture is the image as it is displayed: first pixel at the upper left, the brighter value the
denser. Values keep their bit depth; how they come about depends on the image's format alone and
not on its content, so that the network's own scaling sees what it saw in training.

Sources: DICOM PS3.3 C.7.6.3.1.2 (Photometric Interpretation), C.11.1 (Modality LUT), C.11.2 (VOI
LUT).
"""

from __future__ import annotations

import numpy as np
from pydicom.dataset import Dataset
from pydicom.pixel_data_handlers.util import apply_color_lut, apply_voi_lut

from mmar2mdai_classifier import PictureForm, Window
from mmar2mdai_errors import DeployError
from mmar2mdai_images import Picture
from mmar2mdai_instances import Instance
from mmar2mdai_pixels import decode, modality_values, own_bits, padding_mask

HIGHEST_8, HIGHEST_16 = 255, 65535
"""The highest values of 8 and of 16 bits."""

GREY = 4 / 255
"""How far the components of a grey pixel may differ, of the full range: JPEG's losses."""


def make_picture(instance: Instance, form: PictureForm, window: Window, name: str) -> Picture:
    """An image as the network's loader takes it.

    Args:
        form: "png16" for the values as they are; "png16_full" or "png8" to stretch the format's
            range to all of the bits; "rgb8" for the grey value of "png8" in all three.
        window: "dicom" to apply the image's VOI LUT or window, "none".
        name: what to call the picture in files and errors.

    Raises:
        DeployError: When the image can't be decoded, or is not a single grey image.
    """
    levels, high = grey_levels(instance, window)
    if form in ("png16", "png16_full"):
        stretch = form == "png16_full" or high > HIGHEST_16
        pixels = np.rint(levels * (HIGHEST_16 / high) if stretch else levels).astype(np.uint16)
    else:
        pixels = np.rint(levels * (HIGHEST_8 / high)).astype(np.uint8)
    if form == "rgb8":
        pixels = np.repeat(pixels[:, :, None], 3, axis=2)
    return Picture(name, pixels)


def grey_levels(instance: Instance, window: Window) -> tuple[np.ndarray, float]:
    """An image's values with 0 as the darkest.

    Returns:
        (rows, columns) float32 from 0, and the highest value that the image's format allows.

    Raises:
        DeployError: When the image can't be decoded, or is not a single grey image.
    """
    header, stored = decode(instance)
    frames = int(header.get("NumberOfFrames") or 1)
    if frames > 1:
        raise DeployError(f"it has {frames} frames, and the network takes single images")
    meaning = header.get("PhotometricInterpretation")
    try:
        if meaning == "PALETTE COLOR":
            return _grey_of_colour(apply_color_lut(stored, header), meaning)
        if stored.ndim == 3:
            return _grey_of_colour(stored, str(meaning))
        if meaning not in ("MONOCHROME1", "MONOCHROME2", None):
            raise DeployError(f"its photometric interpretation is {meaning}")
        return _levels(stored, header, window, inverted=meaning == "MONOCHROME1")
    except DeployError:
        raise
    except Exception as error:  # pydicom raises errors of every kind for strange tables
        raise DeployError(f"its values can't be brought to grey levels: {error}") from error


def _levels(
    stored: np.ndarray, header: Dataset, window: Window, inverted: bool
) -> tuple[np.ndarray, float]:
    values = own_bits(stored, header)
    padding = padding_mask(stored, values, header)
    levels = modality_values(values, header, 0)
    low, high = _modality_range(values, header)
    if window == "dicom":
        levels, (low, high) = _windowed(levels, header, (low, high))
    if inverted:
        levels = (low + high) - levels
    # Only what PNG has no numbers for is moved: values below zero.
    base = min(low, 0.0)
    levels = np.clip(levels - base, 0, high - base)
    if padding is not None and padding.any() and not padding.all():
        levels[padding] = np.minimum(levels[padding], levels[~padding].min())
    return levels, high - base


def _modality_range(values: np.ndarray, header: Dataset) -> tuple[float, float]:
    """The lowest and the highest modality value that the image's format allows."""
    if "ModalityLUTSequence" in header:
        return 0.0, _lut_end(header.ModalityLUTSequence[0])
    bits = int(header.BitsStored)
    unsigned, signed = (0, 2**bits - 1), (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    ends = signed if header.PixelRepresentation else unsigned
    reached = modality_values(np.array([ends], values.dtype), header, 0)
    return float(reached.min()), float(reached.max())


def _lut_end(item: Dataset) -> float:
    return float(2 ** int(item.LUTDescriptor[2]) - 1)


def _windowed(
    levels: np.ndarray, header: Dataset, ends: tuple[float, float]
) -> tuple[np.ndarray, tuple[float, float]]:
    """Values through the image's first VOI LUT, else its first window, else as they are."""
    if header.get("VOILUTSequence"):
        ends = (0.0, _lut_end(header.VOILUTSequence[0]))
        levels = np.rint(levels).astype(np.int32)
    return apply_voi_lut(levels, header).astype(np.float32), ends


def _grey_of_colour(stored: np.ndarray, meaning: str) -> tuple[np.ndarray, float]:
    """The grey values of a picture that is stored in colour, but is grey.

    The first component is the grey value in RGB as in YBR, so that it does not matter which of
    them a decoder leaves.

    Args:
        stored: (rows, columns, 3) unsigned integers.
    """
    high = float(2 ** (stored.dtype.itemsize * 8) - 1)
    first = stored[..., 0].astype(np.float32)
    others = stored[..., 1:].astype(np.float32)
    is_grey = np.abs(others - first[..., None]).max() <= GREY * high
    if not is_grey and meaning.startswith("YBR"):
        is_grey = np.abs(others - (high + 1) / 2).max() <= GREY * high
    if not is_grey:
        raise DeployError(f"it is a colour image ({meaning}), which the network does not take")
    return first, high
