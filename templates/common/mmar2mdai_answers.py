"""MD.ai's answers: plain dicts of exactly the types that its validator compares with.

The validator takes `type(x)` for what it is: str, int and float, no subclass (pydicom's UID),
no NumPy scalar, no bool in a mask. Keys without a value are left out.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from mmar2mdai_config import ModelClass
from mmar2mdai_dicom import Frame, Series


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
        rows = []
        for row in np.ascontiguousarray(mask, dtype=np.uint8):
            key = row.tobytes()
            known = self._rows.get(key)
            if known is None:
                known = self._rows[key] = row.tolist()
            rows.append(known)
        return rows


def annotation(frame: Frame, class_: ModelClass, mask: list[list[int]]) -> dict[str, Any]:
    """A mask of one class on one frame.

    Args:
        mask: ``[row][column]``, 0 or 1, in the frame's own pixels.
    """
    answer = {
        "type": "ANNOTATION",
        "study_uid": frame.instance.study_uid,
        "series_uid": frame.instance.series_uid,
        "instance_uid": frame.instance.instance_uid,
        "class_index": class_.class_index,
        "data": {"mask": mask},
    }
    if frame.number is not None:
        answer["frame_number"] = frame.number
    return answer


def nothing(series: Series, note: str | None = None) -> dict[str, Any]:
    """That nothing was found in a series or, with a note, why it was not segmented."""
    answer = {"type": "NONE", "study_uid": series.study_uid, "series_uid": series.series_uid}
    if note is not None:
        answer["note"] = note
    return answer


def nothing_of_study(study_uid: str, note: str) -> dict[str, Any]:
    """Why a study was not segmented."""
    return {"type": "NONE", "study_uid": study_uid, "note": note}
