"""From a DICOM image to the picture that a two-dimensional classifier reads.

The picture is the image as it is displayed: the brighter value the denser, and turned where it
lies against the convention of its view. How values come about depends on the image's format, and
on its content only where the format can't be the pixels' own, so that the network's own scaling
sees what it saw in training. What is in doubt is said in notes.

Sources: DICOM PS3.3 C.7.6.3.1.2 (Photometric Interpretation), C.11.1 (Modality LUT), C.11.2 (VOI
LUT).
"""

from __future__ import annotations

import numpy as np
from pydicom.dataset import Dataset

from mmar2mdai_classifier import PictureForm, PictureInput
from mmar2mdai_depth import dark_table, used_range
from mmar2mdai_errors import DeployError
from mmar2mdai_images import Picture
from mmar2mdai_instances import Instance
from mmar2mdai_pixels import decode, modality_values, own_bits, padding_mask, stored_range
from mmar2mdai_tables import read_lut, read_palette
from mmar2mdai_views import laid_out
from mmar2mdai_windows import windowed

HIGHEST_16 = 65535
"""The highest value of 16 bits."""

BYTE_FORMS: tuple[PictureForm, ...] = ("png8", "rgb8")

GREY = 4 / 255
"""How far the components of a grey pixel may differ, of the full range: JPEG's losses."""


def make_picture(instance: Instance, wanted: PictureInput, name: str) -> tuple[Picture, list[str]]:
    """An image as the network's loader takes it.

    Args:
        wanted: what the network takes.
        name: what to call the picture in files and errors.

    Returns:
        The picture, and what is to be said of it to the user.

    Raises:
        DeployError: When the image can't be decoded, or is not a single grey image.
    """
    header, stored = decode(instance)
    try:
        levels, high, notes = grey_levels(header, stored, wanted)
        levels, note = laid_out(levels, header)
    except DeployError:
        raise
    except Exception as error:  # pydicom raises errors of every kind for strange headers
        raise DeployError(f"its values can't be brought to grey levels: {error}") from error
    if note is not None:
        notes.append(note)
    return Picture(name, _pixels(levels, high, wanted)), notes


def _pixels(levels: np.ndarray, high: float, wanted: PictureInput) -> np.ndarray:
    """Grey levels from 0 to ``high`` in the picture's own range and form."""
    if wanted.range is not None:
        low, top = wanted.range
        levels = levels * ((top - low) / high) + low
    elif high > HIGHEST_16:
        levels = levels * (HIGHEST_16 / high)
    kind = np.uint8 if wanted.form in BYTE_FORMS else np.uint16
    pixels = np.rint(np.clip(levels, 0, np.iinfo(kind).max)).astype(kind)
    return np.repeat(pixels[:, :, None], 3, axis=2) if wanted.form == "rgb8" else pixels


def grey_levels(
    header: Dataset, stored: np.ndarray, wanted: PictureInput
) -> tuple[np.ndarray, float, list[str]]:
    """An image's values with 0 as the darkest.

    Returns:
        (rows, columns) float32 from 0, the highest value that the image's format allows, and
        what is to be said of them.

    Raises:
        DeployError: When it is not a single grey image.
        Exception: Of any kind, when the header is not of an image.
    """
    frames = int(header.get("NumberOfFrames") or 1)
    if frames > 1:
        raise DeployError(f"it has {frames} frames, and the network takes single images")
    meaning = header.get("PhotometricInterpretation")
    if meaning == "PALETTE COLOR":
        return (*_grey_of_colour(*read_palette(own_bits(stored, header), header), meaning), [])
    if stored.ndim == 3:
        high = int(2 ** (stored.dtype.itemsize * 8) - 1)
        return (*_grey_of_colour(stored, high, str(meaning)), [])
    if meaning not in ("MONOCHROME1", "MONOCHROME2", None):
        raise DeployError(f"its photometric interpretation is {meaning}")
    return _levels(stored, header, wanted, inverted=meaning == "MONOCHROME1")


def _levels(
    stored: np.ndarray, header: Dataset, wanted: PictureInput, inverted: bool
) -> tuple[np.ndarray, float, list[str]]:
    values = own_bits(stored, header)
    padding = padding_mask(stored, values, header)
    if padding is not None and (padding.all() or not padding.any()):
        padding = None
    ends, note = used_range(values if padding is None else values[~padding], header)
    levels = modality_values(values, header, 0)
    low, high = _modality_range(values, ends, header)
    notes = []
    is_windowed = False
    if wanted.window == "dicom":
        before = levels
        levels, (low, high), doubt = windowed(levels, header, (low, high))
        is_windowed = levels is not before
        notes += [doubt] if doubt is not None else []
    # Values that stay as they are do not depend on the format.
    is_moved = ends[0] != stored_range(header)[0]
    if note is not None and (wanted.range is not None or inverted or is_windowed or is_moved):
        notes.append(note)
    if inverted:
        levels = (low + high) - levels
    # Only what PNG has no numbers for is moved: values below zero.
    base = min(low, 0.0)
    if wanted.range is not None:
        base = low
    if high <= low:
        raise DeployError(f"all of its values are {low:g} by its header")
    levels = np.clip(levels - base, 0, high - base)
    if padding is not None:
        levels[padding] = np.minimum(levels[padding], levels[~padding].min())
    return levels, high - base, notes


def _modality_range(
    values: np.ndarray, ends: tuple[int, int], header: Dataset
) -> tuple[float, float]:
    """The lowest and the highest modality value that stored values in a range may have."""
    if header.get("ModalityLUTSequence"):
        table = read_lut(
            header.ModalityLUTSequence[0], stored_range(header), header.is_little_endian
        )
        return 0.0, float(2 ** dark_table(table.entries, table.bits) - 1)
    reached = modality_values(np.array(ends, values.dtype), header, 0)
    return float(reached.min()), float(reached.max())


def _grey_of_colour(colours: np.ndarray, high: int, meaning: str) -> tuple[np.ndarray, float]:
    """The grey values of a picture that is stored in colour, but is grey.

    The first component is the grey value in RGB as in YBR, so that it does not matter which of
    them a decoder leaves.

    Args:
        colours: (rows, columns, 3).
        high: the highest value of a component.
    """
    first = colours[..., 0].astype(np.float32)
    others = colours[..., 1:].astype(np.float32)
    is_grey = np.abs(others - first[..., None]).max() <= GREY * high
    if not is_grey and meaning.startswith("YBR"):
        is_grey = np.abs(others - (high + 1) / 2).max() <= GREY * high
    if not is_grey:
        raise DeployError(f"it is a colour image ({meaning}), which the network does not take")
    return first, float(high)
