"""Look-up tables: of a Modality LUT, of a VOI LUT, and of palettes.

pydicom 2.3.1 counts with a table's own type, so that one with entries of 8 bits and more than
256 of them comes out wrong, and it takes no packed bytes in words and no other byte order.

Sources: DICOM PS3.3 C.11.1.1.1 (Modality LUT), C.11.2.1.1 (VOI LUT), C.7.6.3.1.5 and C.7.6.3.1.6
(palettes); PS3.5 7.3 (byte order of words).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Sequence

import numpy as np
from pydicom.dataset import Dataset
from pydicom.pixel_data_handlers.util import apply_color_lut

WORD = 2**16
"""Numbers that 16 bits hold: a descriptor's 0 entries are so many."""

COLOURS = ("Red", "Green", "Blue")


@dataclass(frozen=True)
class Table:
    """A look-up table.

    Attributes:
        entries: (n,) uint16.
        first: the value that the first entry is for; those below have the same.
        bits: of an entry.
    """

    entries: np.ndarray
    first: int
    bits: int

    @property
    def high(self) -> int:
        """The highest value that an entry may have."""
        return int(2**self.bits - 1)

    def look_up(self, values: np.ndarray) -> np.ndarray:
        """The entries of values of any shape, as float32; beyond the ends, those of the ends."""
        places = np.rint(values).astype(np.int64) - self.first
        found = self.entries[np.clip(places, 0, len(self.entries) - 1)]
        return np.asarray(found, dtype=np.float32)


def read_lut(item: Dataset, ends: tuple[float, float], is_little: bool) -> Table:
    """The table of an item of a Modality or VOI LUT Sequence.

    Args:
        ends: the lowest and the highest value that may be looked up; they tell whether the
            first value has a sign.
        is_little: whether the object's byte order is little endian.

    Raises:
        ValueError, AttributeError: When it is not a table.
    """
    element = item["LUTData"]
    return _table(item.LUTDescriptor, element.value, ends, is_little or element.VR == "OB")


def read_palette(stored: np.ndarray, header: Dataset) -> tuple[np.ndarray, int]:
    """The colours of stored values through the object's palettes.

    Args:
        stored: (rows, columns).

    Returns:
        (rows, columns, 3) float32, and the highest value that a component may have.

    Raises:
        ValueError, AttributeError: When a palette is missing or is not a table.
    """
    ends = (float(stored.min()), float(stored.max()))
    if "RedPaletteColorLookupTableData" not in header:
        return _segmented_palette(stored, header)
    tables = []
    for colour in COLOURS:
        name = f"{colour}PaletteColorLookupTable"
        data = header[f"{name}Data"]
        is_little = header.is_little_endian or data.VR == "OB"
        tables.append(_table(header[f"{name}Descriptor"].value, data.value, ends, is_little))
    high = max(table.high for table in tables)
    return np.stack([table.look_up(stored) for table in tables], axis=-1), high


def _segmented_palette(stored: np.ndarray, header: Dataset) -> tuple[np.ndarray, int]:
    """The same, through palettes that are stored in segments (C.7.9.2), which pydicom expands."""
    copy = Dataset()
    copy.update(header)
    copy.is_little_endian = True
    for colour in COLOURS:
        name = f"Segmented{colour}PaletteColorLookupTableData"
        data = header[name].value
        if not header.is_little_endian:
            copy[name] = type(header[name])(header[name].tag, "OW", _swapped(data))
    colours = apply_color_lut(stored, copy)
    return colours[..., :3].astype(np.float32), int(np.iinfo(colours.dtype).max)


def _table(
    descriptor: Sequence[int], data: object, ends: tuple[float, float], is_little: bool
) -> Table:
    count, first, bits = (int(value) for value in descriptor)
    count = count % WORD or WORD
    if not 1 <= bits <= 16:
        raise ValueError(f"a look-up table has entries of {bits} bits")
    content = _bytes(data, is_little)
    if len(content) >= 2 * count:
        entries = content[: 2 * count].view("<u2")
    elif len(content) >= count and bits <= 8:
        entries = content[:count].astype(np.uint16)
    else:
        raise ValueError(f"a look-up table of {count} entries has {len(content)} bytes")
    # Entries that need more bits than are said have those that they need.
    return Table(entries, _signed(first, ends), max(bits, int(entries.max()).bit_length()))


def _bytes(data: object, is_little: bool) -> np.ndarray:
    """A table's bytes in the order of its entries: the low one of a word comes first."""
    if isinstance(data, (bytes, bytearray)):
        return np.frombuffer(bytes(data) if is_little else _swapped(bytes(data)), np.uint8)
    words = np.atleast_1d(np.asarray(data, dtype=np.int64)) % WORD
    return words.astype("<u2").view(np.uint8)


def _swapped(data: bytes) -> bytes:
    whole = data[: len(data) // 2 * 2]
    return np.frombuffer(whole, ">u2").astype("<u2").tobytes()


def _signed(first: int, ends: tuple[float, float]) -> int:
    """The first value: its 16 bits have a sign where values have one that it would exceed."""
    unsigned = first % WORD
    low, high = ends
    return unsigned - WORD if unsigned >= WORD // 2 and low < 0 and unsigned > high else unsigned
