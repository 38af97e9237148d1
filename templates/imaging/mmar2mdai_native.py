"""Pixels that lie in a file as they are: found when its header is read, so that it is read once.

Most volumes are not compressed. The header of such a file says where its pixels begin, and the
few attributes on which their values depend are kept; the file's bytes are there anyway, as the
request holds them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian

from mmar2mdai_header import Header

SYNTAXES = (ImplicitVRLittleEndian, ExplicitVRLittleEndian)

BITS = (8, 16, 32)

ELSEWHERE = ("ModalityLUTSequence", "PerFrameFunctionalGroupsSequence")
"""Sequences on which values depend too. They may be large, and are not kept."""

KEPT = (
    "SOPInstanceUID",
    "BitsAllocated",
    "BitsStored",
    "HighBit",
    "PixelRepresentation",
    "PixelPaddingValue",
    "PixelPaddingRangeLimit",
    "RescaleSlope",
    "RescaleIntercept",
)
"""The attributes on which an image's values depend otherwise."""


@dataclass(frozen=True)
class NativePixels:
    """The pixels of a file that is not compressed.

    Attributes:
        start: the byte of the file at which they begin.
        shape: frames, rows, columns.
        dtype: of the stored values.
        header: KEPT, as far as the file has them.
    """

    start: int
    shape: tuple[int, int, int]
    dtype: np.dtype
    header: Dataset

    def stored(self, content: bytes) -> np.ndarray:
        """The stored values: a view of the file, which can't be written to.

        Args:
            content: the file.

        Returns:
            (frames, rows, columns).
        """
        frames, rows, columns = self.shape
        values = np.frombuffer(content, self.dtype, frames * rows * columns, self.start)
        return values.reshape(self.shape)


def find_native(ds: Dataset, header: Header) -> NativePixels | None:
    """Where a file's pixels lie; None for what pydicom has to decode.

    Args:
        ds: the file's dataset, whose PixelData has the length that ``header`` says.
    """
    allocated = int(ds.BitsAllocated)
    if ds.file_meta.TransferSyntaxUID not in SYNTAXES or allocated not in BITS:
        return None
    # Without a meaning of the pixels pydicom refuses them, and so it shall.
    if header.samples != 1 or not header.meaning or any(name in ds for name in ELSEWHERE):
        return None
    start = ds["PixelData"].file_tell
    if start is None:
        return None
    kept = Dataset()
    for name in KEPT:
        if name in ds:
            kept[name] = ds[name]
    kind = "i" if ds.PixelRepresentation else "u"
    shape = (header.frames, header.rows, header.columns)
    return NativePixels(int(start), shape, np.dtype(f"<{kind}{allocated // 8}"), kept)
