"""PNG files. Source: W3C Recommendation, second edition, 5 (datastream) and 11 (chunks)."""

from __future__ import annotations

import struct
import zlib

import numpy as np

SIGNATURE = b"\x89PNG\r\n\x1a\n"
GREY, RED_GREEN_BLUE = 0, 2
"""Colour types (11.2.2)."""

FASTEST = 1
"""zlib's level: a file is read once and deleted, so that speed counts and not size."""


def png(pixels: np.ndarray) -> bytes:
    """A PNG file.

    Args:
        pixels: (rows, columns) or (rows, columns, 3), uint8 or uint16.
    """
    rows, columns = pixels.shape[:2]
    depth, colour = pixels.dtype.itemsize * 8, GREY if pixels.ndim == 2 else RED_GREEN_BLUE
    big_endian = pixels.astype(pixels.dtype.newbyteorder(">"))
    lines = np.frombuffer(big_endian.tobytes(), np.uint8).reshape(rows, -1)
    # Each line begins with its filter: 0 is none.
    unfiltered = np.pad(lines, ((0, 0), (1, 0)))
    header = struct.pack(">IIBBBBB", columns, rows, depth, colour, 0, 0, 0)
    data = zlib.compress(unfiltered.tobytes(), FASTEST)
    parts = [(b"IHDR", header), (b"IDAT", data), (b"IEND", b"")]
    return SIGNATURE + b"".join(_chunk(kind, content) for kind, content in parts)


def _chunk(kind: bytes, content: bytes) -> bytes:
    check = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)
