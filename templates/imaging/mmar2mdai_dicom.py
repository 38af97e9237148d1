"""From the bytes of a file to a DICOM dataset, within bounds: see `mmar2mdai_limits`.

Source: DICOM PS3.5 A.5 (Deflated Explicit VR Little Endian).
"""

from __future__ import annotations

import zlib
from io import BytesIO

import pydicom
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.filereader import read_dataset, read_preamble

from mmar2mdai_errors import InstanceRefused
from mmar2mdai_limits import MOST_ELEMENTS, MOST_ITEMS, Budget, in_mib, most_of_file

HEAD = 8
"""Bytes that pydicom reads at once of each element and item, before its value."""

ITEMS = (b"\xfe\xff\x00\xe0", b"\xff\xfe\xe0\x00")
"""How an item of a sequence begins, in both byte orders."""


class _Deflated(Exception):
    """The rest of the file is compressed."""


class _Bounded(BytesIO):
    """A file of so many elements only, and that can't be read to its end at once.

    The latter is what pydicom does with a deflated dataset, whatever comes out of it.

    Attributes:
        elements: that were read so far; those with a value of HEAD bytes count twice.
    """

    def __init__(self, content: bytes) -> None:
        super().__init__(content)
        self.elements = 0

    def read(self, size: int | None = -1) -> bytes:
        if size is None or size < 0:
            raise _Deflated
        self.elements += size == HEAD
        if self.elements > MOST_ELEMENTS:
            raise InstanceRefused(f"it has more than {MOST_ELEMENTS:,} elements")
        return super().read(size)


def open_dicom(content: bytes, budget: Budget | None = None) -> FileDataset:
    """The dataset of a DICOM file. Values are converted when they are asked for.

    Args:
        budget: the request's, where the file is counted; None where it was before.

    Raises:
        InstanceRefused: When it is larger than is allowed for a file of its size.
        Exception: Of any kind, of pydicom's for a file that is broken.
    """
    if budget is not None:
        budget.take_parts(0)
    _check_items(content)
    file = _Bounded(content)
    try:
        return pydicom.dcmread(file)
    except _Deflated:
        file, opened = _open_deflated(content)
        return opened
    finally:
        if budget is not None:
            budget.take_parts(file.elements)


def _open_deflated(content: bytes) -> tuple[_Bounded, FileDataset]:
    file = BytesIO(content)
    preamble = read_preamble(file, force=False)
    meta = FileMetaDataset(
        read_dataset(file, False, True, stop_when=lambda tag, vr, length: tag.group != 2)
    )
    most = most_of_file(len(content))
    inflated = _inflate(file.read(), most)
    if inflated is None:
        raise InstanceRefused(
            f"a deflated file of {in_mib(len(content))} may swell to {in_mib(most)} at most"
        )
    _check_items(inflated)
    whole = _Bounded(inflated)
    dataset: Dataset = read_dataset(whole, False, True)
    return whole, FileDataset(BytesIO(), dataset, preamble, meta, False, True)


def _inflate(deflated: bytes, most: int) -> bytes | None:
    """What was deflated, or None for more than ``most`` bytes."""
    inflating = zlib.decompressobj(-zlib.MAX_WBITS)
    inflated = inflating.decompress(deflated, most + 1)
    return inflated if len(inflated) <= most else None


def _check_items(content: bytes) -> None:
    """Sequences become objects much larger than their bytes.

    Raises:
        InstanceRefused: When there are too many.
    """
    # Each takes HEAD bytes at least, so that most files have no room for so many.
    if len(content) <= HEAD * MOST_ITEMS:
        return
    if any(content.count(item) > MOST_ITEMS for item in ITEMS):
        raise InstanceRefused(f"it has more than {MOST_ITEMS:,} items of sequences")
