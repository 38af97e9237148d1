"""The size of compressed images by what they say themselves, before a decoder believes it.

Decoders make room for what the compressed image says, not for Rows and Columns: one of 20 bytes
may ask for 8 GB.

Sources: DICOM PS3.5 A.4 (Encapsulation), ITU-T T.81 B.2.2 (frame header), B.3.2 (DHP), T.87 C.2
(SOF55), T.800 A.5.1 (SIZ).
"""

from __future__ import annotations

from typing import Iterator

from pydicom.encaps import generate_pixel_data_fragment, get_frame_offsets
from pydicom.filebase import DicomBytesIO

from mmar2mdai_errors import InstanceRefused

JPEG = b"\xff\xd8\xff"
JPEG_2000 = b"\xff\x4f\xff\x51"
JP2_FILE = b"\x00\x00\x00\x0cjP"

FRAME_HEADERS = frozenset({*range(0xC0, 0xD0), 0xDE, 0xF7} - {0xC4, 0xC8, 0xCC})
"""The second byte of JPEG's and JPEG-LS's markers that say an image's size."""

SCAN, END = 0xDA, 0xD9

MOST_TILES = 4096
"""Tiles of a JPEG 2000 image: each takes kilobytes before anything of it is decoded."""


def check_codestreams(data: bytes, rows: int, columns: int, samples: int) -> None:
    """Compare the images in encapsulated PixelData with their header.

    Forms that say no size (RLE) or are not known are left to the decoder.

    Raises:
        InstanceRefused: When one has another size, or says none where its form has to.
    """
    for fragment in _fragments(data):
        found: tuple[int, int, int] | None
        if fragment.startswith(JPEG):
            found = _jpeg(fragment)
        elif fragment.startswith((JPEG_2000, JP2_FILE)):
            found = _jpeg_2000(fragment)
        else:
            continue
        if found != (rows, columns, samples):
            said = "none" if found is None else "{} x {}, {} values a pixel".format(*found)
            raise InstanceRefused(
                f"its pixels can't be decoded: the size in the compressed image ({said}) is not "
                f"the header's ({rows} x {columns}, {samples} values a pixel)"
            )


def _fragments(data: bytes) -> Iterator[bytes]:
    file = DicomBytesIO(data)
    file.is_little_endian = True
    get_frame_offsets(file)
    yield from generate_pixel_data_fragment(file)


def _jpeg(image: bytes) -> tuple[int, int, int] | None:
    """Rows, columns and components of a JPEG or JPEG-LS image; None where it says none, or
    different ones.
    """
    found = set()
    place = 2
    while place + 4 <= len(image) and image[place] == 0xFF:
        marker = image[place + 1]
        if marker == 0xFF:  # fill bytes may stand before a marker
            place += 1
            continue
        if marker in (SCAN, END):
            break
        if marker in FRAME_HEADERS and place + 10 <= len(image):
            sizes = image[place + 5 : place + 9]
            found.add((_int(sizes[:2]), _int(sizes[2:]), image[place + 9]))
        place += 2 + _int(image[place + 2 : place + 4])
    return found.pop() if len(found) == 1 else None


def _jpeg_2000(image: bytes) -> tuple[int, int, int] | None:
    """Rows, columns and components of a JPEG 2000 image, or None where it says none."""
    start = image.find(JPEG_2000)
    if start < 0 or len(image) < start + 42:
        return None
    values = [_int(image[start + at : start + at + 4]) for at in range(8, 40, 4)]
    width, height, left, top, tile_width, tile_height, tile_left, tile_top = values
    if 0 in (tile_width, tile_height):
        return None
    across = -(-(width - tile_left) // tile_width)
    down = -(-(height - tile_top) // tile_height)
    if across * down > MOST_TILES:
        raise InstanceRefused(
            f"its pixels can't be decoded: a JPEG 2000 image of {across * down} tiles"
        )
    return height - top, width - left, _int(image[start + 40 : start + 42])


def _int(part: bytes) -> int:
    return int.from_bytes(part, "big")
