"""Files that take far more memory than they have bytes, and a process that measures what becomes of
one:

    python bombs.py NAME FOLDER

reads the files of a name with the deploy code in FOLDER, down to their pixels, and prints a JSON
object: the reasons for which they are not used, the bytes that were sent, seconds, and the peak
memory in MiB, with what it was before.
"""

from __future__ import annotations

import json
import resource
import struct
import sys
import time
import zlib
from typing import Any, Callable

import numpy as np
from pydicom.encaps import encapsulate
from pydicom.uid import ExplicitVRLittleEndian

from dicom_files import Pixels, Stack, encoded, new_dataset, set_pixels, write_series

CT = "1.2.840.10008.5.1.4.1.1.2"
DEFLATED = "1.2.840.10008.1.2.1.99"
CHUNK = 1 << 20


def image_dataset(rows: int, columns: int, syntax: str = ExplicitVRLittleEndian) -> Any:
    """A CT image of 16 bits whose PixelData is 14 x 17 zeros."""
    ds = new_dataset(CT, "1.2.3", "1.2.3.4")
    ds.Modality = "CT"
    ds.ImageOrientationPatient, ds.ImagePositionPatient = [1, 0, 0, 0, 1, 0], [0, 0, 0]
    ds.PixelSpacing = [1, 1]
    set_pixels(ds, np.zeros((14, 17), np.int16), Pixels())
    ds.Rows, ds.Columns = rows, columns
    ds.file_meta.TransferSyntaxUID = syntax
    return ds


def deflated(rows: int, columns: int, frames: int, more: int = 0) -> bytes:
    """A deflated image of zeros that is never in memory as a whole."""
    ds = image_dataset(rows, columns)
    del ds.PixelData
    ds.NumberOfFrames = frames
    head = encoded(ds)
    start = 132 + 12 + struct.unpack("<I", head[140:144])[0]
    meta = head[132:start].replace(
        struct.pack("<H", 20) + b"1.2.840.10008.1.2.1\0",
        struct.pack("<H", 22) + DEFLATED.encode(),
    )
    meta = meta[:8] + struct.pack("<I", len(meta) - 12) + meta[12:]
    size = rows * columns * frames * 2 + more
    packing = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    parts = [packing.compress(head[start:] + b"\xe0\x7f\x10\x00OW\0\0" + struct.pack("<I", size))]
    zeros = bytes(CHUNK)
    for _ in range(size // CHUNK):
        parts.append(packing.compress(zeros))
    parts += [packing.compress(bytes(size % CHUNK)), packing.flush()]
    return head[:132] + meta + b"".join(parts)


def compressed(syntax: str, stream: bytes, rows: int = 14, columns: int = 17) -> bytes:
    ds = image_dataset(rows, columns, syntax)
    ds.PixelData = encapsulate([stream])
    ds["PixelData"].is_undefined_length = True
    return encoded(ds)


def many_elements(count: int) -> bytes:
    """Elements without a value before PixelData."""
    ds = image_dataset(14, 17)
    data = encoded(ds)
    start = data.index(b"\xe0\x7f\x10\x00")
    small = b"".join(
        struct.pack("<HH2sH", 0x4000 + 2 * (n >> 16) + 1, n & 0xFFFF, b"LO", 0)
        for n in range(0x1000, 0x1000 + count)
    )
    return data[:start] + small + data[start:]


def many_items(count: int) -> bytes:
    """A sequence of empty items, as the groups of frames that are looked into."""
    data = encoded(image_dataset(14, 17))
    start = data.index(b"\xe0\x7f\x10\x00")
    items = b"\xfe\xff\x00\xe0\0\0\0\0" * count
    tag = b"\x00\x52\x30\x92SQ\0\0" + struct.pack("<I", len(items))
    return data[:start] + tag + items + data[start:]


def jpeg_2000(width: int, height: int, tile: int) -> bytes:
    sizes = struct.pack(">8I", width, height, 0, 0, tile, tile, 0, 0)
    return b"\xff\x4f\xff\x51\x00\x29\x00\x00" + sizes + b"\x00\x01\x0f\x01\x01" + b"\xff\xd9"


def jpeg(marker: int) -> bytes:
    frame = struct.pack(">BBHBHHB", 0xFF, marker, 11, 16, 65535, 65535, 1) + b"\x01\x11\x00"
    return b"\xff\xd8" + frame + b"\xff\xda\x00\x08\x01\x01\x00\x00\x00\x00" + bytes(200)


BOMBS: dict[str, Callable[[], list[bytes]]] = {
    "nothing": lambda: write_series(np.zeros((1, 14, 17)), Stack((1, 14, 17))).contents,
    "deflated to 1 GB": lambda: [deflated(16384, 32752, 1)],
    "deflated to 1 GB, as frames": lambda: [deflated(512, 512, 2000)],
    "deflated to 1 GB behind a small image": lambda: [deflated(14, 17, 1, 1_000_000_000)],
    "deflated to 60 MB, the most": lambda: [deflated(5600, 5600, 1)],
    "40 files deflated to 60 MB each": lambda: [deflated(5600, 5600, 1) for _ in range(40)],
    "a JPEG of 65,535 squared": lambda: [compressed("1.2.840.10008.1.2.4.57", jpeg(0xC3))],
    "a JPEG-LS of 65,535 squared": lambda: [compressed("1.2.840.10008.1.2.4.80", jpeg(0xF7))],
    "a JPEG 2000 of 30,000 squared": lambda: [
        compressed("1.2.840.10008.1.2.4.90", jpeg_2000(30000, 30000, 30000))
    ],
    "a JPEG 2000 of 65,536 tiles": lambda: [
        compressed("1.2.840.10008.1.2.4.90", jpeg_2000(256, 256, 1), 256, 256)
    ],
    "65,535 rows and columns, RLE": lambda: [
        compressed("1.2.840.10008.1.2.5", bytes(64), 65535, 65535)
    ],
    "2,000,000 elements": lambda: [many_elements(2_000_000)],
    "240,000 elements, nearly the most": lambda: [many_elements(240_000)],
    "10 files of 240,000 elements": lambda: [many_elements(240_000)] * 10,
    "2,000,000 items": lambda: [many_items(2_000_000)],
    "99,000 items, nearly the most": lambda: [many_items(99_000)],
}


def peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(name: str, folder: str) -> None:
    sys.path.insert(0, folder)
    from mmar2mdai_series import read_series
    from mmar2mdai_volumes import build_volumes, image_of

    contents = BOMBS[name]()
    before, start = peak(), time.monotonic()
    read = read_series((f"File {n}", one) for n, one in enumerate(contents, 1))
    whys = [each.why for each in read.unreadable]
    for found in read.series:
        whys += [each.why for each in found.unreadable]
        try:
            for volume in build_volumes(found):
                for _ in image_of(volume, "x").slices():
                    pass
        except Exception as error:
            whys.append(f"{type(error).__name__}: {error}")
    result = {
        "whys": whys,
        "sent": sum(map(len, contents)),
        "seconds": time.monotonic() - start,
        "before": before,
        "peak": peak(),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main(*sys.argv[1:])
