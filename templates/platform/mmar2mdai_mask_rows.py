"""Masks as MD.ai takes them."""

from __future__ import annotations

import numpy as np


class MaskRows:
    """Turns masks into lists, and gives equal rows the same list.

    A mask as a list takes 8 bytes a pixel. Most rows of most masks are equal to another (empty,
    or the same run as on the slice before), so that a whole answer stays small. The lists are
    only read from then on: the server packs them and forgets them.
    """

    def __init__(self) -> None:
        self._rows: dict[bytes, list[int]] = {}

    def as_list(self, mask: np.ndarray) -> list[list[int]]:
        """A mask as MD.ai takes it.

        Args:
            mask: (rows, columns) bool.

        Returns:
            ``[row][column]``, 0 or 1.
        """
        pixels = np.ascontiguousarray(mask, dtype=np.uint8)
        height, width = pixels.shape
        changes = np.flatnonzero((pixels[1:] != pixels[:-1]).any(axis=1)) + 1
        starts = [0, *changes.tolist()] if height else []
        content = pixels.tobytes()
        rows: list[list[int]] = []
        for start, stop in zip(starts, [*starts[1:], height]):
            key = content[start * width : (start + 1) * width]
            known = self._rows.get(key)
            if known is None:
                known = self._rows[key] = list(key)
            rows += [known] * (stop - start)
        return rows
