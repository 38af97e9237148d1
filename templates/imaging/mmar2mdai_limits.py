"""How much memory a request may ask for: docs/limits.md has the same numbers for the user.

A file that is not compressed takes what was sent. One that is can say that it is anything, so
that what it may swell to follows its own size, and all of a request together the request's.
"""

from __future__ import annotations

from typing import Iterable

from mmar2mdai_errors import InstanceRefused

MEBIBYTE = 1 << 20

SWELL = 100
"""Times its size that a file may swell to. Lossless compression makes a third to a tenth of
images, lossy a fiftieth at most; more is an image without content, or none."""

FREE_OF_FILE = 64 * MEBIBYTE
"""Bytes that any file may swell to besides: a picture of 5,800 x 5,800 pixels without content."""

MOST_OF_FILE = 2048 * MEBIBYTE
"""Bytes of one instance's pixels, as they are stored, if they are compressed."""

FREE_OF_REQUEST = 1024 * MEBIBYTE
MOST_OF_REQUEST = 16 * 1024 * MEBIBYTE
"""The same for all files of a request: bytes that they take more than was sent."""

MOST_ELEMENTS, MOST_ITEMS = 250_000, 100_000
"""Data elements, and items of sequences, of one file. They take time more than memory. Enhanced
objects have some 50 and 10 a frame, most of them in sequences that are not looked into."""

PARTS_OF_REQUEST = 2_000_000
"""Elements of all files of a request together: 200 each of 10,000."""


def most_of_file(sent: int) -> int:
    """Bytes that a file of ``sent`` bytes may swell to."""
    return max(sent, min(FREE_OF_FILE + SWELL * sent, MOST_OF_FILE))


class Budget:
    """What the compressed files of a request may swell to together."""

    def __init__(self, sent: Iterable[int]) -> None:
        """Begin with all of it.

        Args:
            sent: bytes of each file.
        """
        self._left = min(FREE_OF_REQUEST + SWELL * sum(sent), MOST_OF_REQUEST)
        self._parts = PARTS_OF_REQUEST

    def take_parts(self, count: int) -> None:
        """Count the elements of a file; with 0 see whether more may come.

        Raises:
            InstanceRefused: When those before have used up what the request may have.
        """
        if self._parts <= 0:
            raise InstanceRefused(
                f"the request's files have more than {PARTS_OF_REQUEST:,} data elements"
            )
        self._parts -= count

    def take(self, size: int, sent: int) -> None:
        """Count a file.

        Args:
            size: bytes of its pixels.
            sent: bytes of the file.

        Raises:
            InstanceRefused: When it alone, or with those before, takes too much.
        """
        most = most_of_file(sent)
        if size > most:
            raise InstanceRefused(
                f"its pixels would take {in_mib(size)}, and a file of {in_mib(sent)} may swell to "
                f"{in_mib(most)} at most"
            )
        more = max(size - sent, 0)
        if more > self._left:
            raise InstanceRefused(
                "the request's compressed files would together take more memory than is allowed "
                f"for its size; this one would take {in_mib(size)}, and {in_mib(self._left)} are "
                "left"
            )
        self._left -= more


def in_mib(size: int) -> str:
    """A number of bytes for a reader."""
    return f"{size / MEBIBYTE:,.1f} MiB"
