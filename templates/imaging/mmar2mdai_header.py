"""What a header says of an image as a whole, checked once, when its file is read.

Sources: DICOM PS3.3 C.7.6.3 (Image Pixel), C.11.1 (Modality LUT).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from pydicom.dataset import Dataset
from pydicom.multival import MultiValue
from pydicom.pixel_data_handlers.util import get_expected_length

from mmar2mdai_codestream import check_codestreams
from mmar2mdai_errors import InstanceRefused

BITS_ALLOCATED = (1, 8, 16, 32, 64)


@dataclass(frozen=True)
class Header:
    """An image's header as far as it holds for all of its frames.

    Attributes:
        modality: or "".
        rows, columns: from 1.
        frames: from 1.
        samples: values of a pixel, from 1.
        meaning: PhotometricInterpretation, or "".
        pixel_bytes: what all pixels take in memory, as they are stored.
    """

    modality: str
    rows: int
    columns: int
    frames: int
    samples: int
    meaning: str
    pixel_bytes: int


def read_header(ds: Dataset) -> Header:
    """Read and check what an image's pixels depend on.

    Raises:
        InstanceRefused: When it lacks something, or says what can't be.
    """
    rows, columns = whole(ds, "Rows"), whole(ds, "Columns")
    frames = whole(ds, "NumberOfFrames", 1) or 1
    samples, allocated = whole(ds, "SamplesPerPixel", 1), whole(ds, "BitsAllocated")
    stored, sign = whole(ds, "BitsStored"), whole(ds, "PixelRepresentation")
    high = whole(ds, "HighBit", stored - 1)
    for name, value in (
        ("Rows", rows),
        ("Columns", columns),
        ("NumberOfFrames", frames),
        ("SamplesPerPixel", samples),
    ):
        if value < 1:
            raise InstanceRefused(f"its {name} is {value}")
    if allocated not in BITS_ALLOCATED or not 1 <= stored <= allocated or sign not in (0, 1):
        raise InstanceRefused(
            f"its pixels can't be {stored} of {allocated} bits with the PixelRepresentation {sign}"
        )
    if not stored - 1 <= high < allocated:
        raise InstanceRefused(f"its HighBit is {high}, with {stored} of {allocated} bits")
    check_rescale(ds)
    for name in ("PixelPaddingValue", "PixelPaddingRangeLimit"):
        _value(ds, name)
    if "PixelData" not in ds:
        raise InstanceRefused("it has no PixelData")
    bytes_each = max(allocated, 8) // 8
    return Header(
        modality=text(ds, "Modality"),
        rows=rows,
        columns=columns,
        frames=frames,
        samples=samples,
        meaning=text(ds, "PhotometricInterpretation"),
        pixel_bytes=rows * columns * frames * samples * bytes_each,
    )


def check_pixel_data(ds: Dataset, header: Header) -> None:
    """Compare PixelData with what the header says of it, before it is decoded.

    Raises:
        InstanceRefused: When it is too short, or the images in it are others.
    """
    data = ds.PixelData
    if not isinstance(data, bytes):
        raise InstanceRefused("its pixels can't be decoded: PixelData does not hold bytes")
    if ds.file_meta.TransferSyntaxUID.is_compressed and not _is_deflated(ds):
        check_codestreams(data, header.rows, header.columns, header.samples)
        return
    is_simple = ds.BitsAllocated >= 8 and header.samples == 1
    expected = header.pixel_bytes if is_simple else get_expected_length(ds)
    if len(data) < expected:
        raise InstanceRefused(
            f"its pixels can't be decoded: PixelData has {len(data)} bytes where {expected} belong"
        )


def _is_deflated(ds: Dataset) -> bool:
    return bool(ds.file_meta.TransferSyntaxUID.is_deflated)


def check_rescale(home: Dataset) -> None:
    """Check the rescale of an image or a frame.

    Raises:
        InstanceRefused: When slope or intercept are not numbers.
    """
    for name in ("RescaleSlope", "RescaleIntercept"):
        number(home, name)


def whole(ds: Dataset, name: str, missing: int | None = None) -> int:
    """A whole number.

    Args:
        missing: what it is where it is missing or empty.

    Raises:
        InstanceRefused: When it is not one, or is missing and must not be.
    """
    value = _value(ds, name)
    if value is None:
        if missing is None:
            raise InstanceRefused(f"it has no {name}")
        return missing
    if not isinstance(value, int):
        raise InstanceRefused(f"its {name} is {_shown(value)}, not a whole number")
    return int(value)


def number(ds: Dataset, name: str) -> float | None:
    """A finite number, or None where it is missing or empty.

    Raises:
        InstanceRefused: When it is something else.
    """
    value = _value(ds, name)
    if value is None:
        return None
    try:
        found = float("nan") if isinstance(value, (str, bytes)) else float(value)
    except (TypeError, ValueError, OverflowError):
        found = float("nan")
    if not math.isfinite(found):
        raise InstanceRefused(f"its {name} is {_shown(value)}, not a number")
    return found


def text(ds: Dataset, name: str) -> str:
    """A text, several joined by a backslash, or "" where it is missing."""
    value = _value(ds, name)
    if value is None:
        return ""
    return "\\".join(map(str, value)) if isinstance(value, MultiValue) else str(value).strip()


def _value(ds: Dataset, name: str) -> Any:
    """An attribute's value, converted here and not later; None where it is missing or empty.

    Raises:
        InstanceRefused: When it can't be converted.
    """
    try:
        value = ds.get(name)
    except Exception as error:  # pydicom raises errors of every kind for strange values
        raise InstanceRefused(f"its {name} can't be read: {error}") from error
    return None if value is None or value == "" else value


def _shown(value: Any) -> str:
    return str(value)[:60]
