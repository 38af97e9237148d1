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
from mmar2mdai_limits import MOST_ELEMENTS, in_mib, most_of_file

READS = 3
"""How often pydicom reads from a file for an element, at most."""

CHUNK = 4096
"""Less than pydicom reads at once of a value of undefined length."""

ITEMS = (b"\xfe\xff\x00\xe0", b"\xff\xfe\xe0\x00")
"""How an item of a sequence begins, in both byte orders."""


class _Deflated(Exception):
    """The rest of the file is compressed."""


class _Bounded(BytesIO):
    """A file that can be read from so often only, and never to its end at once.

    The latter is what pydicom does with a deflated dataset, whatever comes out of it.
    """

    def __init__(self, content: bytes) -> None:
        super().__init__(content)
        self._left = READS * MOST_ELEMENTS + len(content) // CHUNK

    def read(self, size: int | None = -1) -> bytes:
        if size is None or size < 0:
            raise _Deflated
        self._left -= 1
        if self._left < 0:
            raise InstanceRefused(f"it has more than {MOST_ELEMENTS:,} elements")
        return super().read(size)


def open_dicom(content: bytes) -> FileDataset:
    """The dataset of a DICOM file. Values are converted when they are asked for.

    Raises:
        InstanceRefused: When it is larger than is allowed for a file of its size.
        Exception: Of any kind, of pydicom's for a file that is broken.
    """
    _check_items(content)
    try:
        return pydicom.dcmread(_Bounded(content))
    except _Deflated:
        return _open_deflated(content)


def _open_deflated(content: bytes) -> FileDataset:
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
    dataset: Dataset = read_dataset(_Bounded(inflated), False, True)
    return FileDataset(BytesIO(), dataset, preamble, meta, False, True)


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
    if any(content.count(item) > MOST_ELEMENTS for item in ITEMS):
        raise InstanceRefused(f"it has more than {MOST_ELEMENTS:,} items of sequences")
