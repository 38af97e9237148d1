"""Answers put back into arrays, to compare them with what is true."""

from __future__ import annotations

from typing import Any, Sequence

import numpy as np

from dicom_files import Files


def masks(
    answers: Sequence[dict[str, Any]], files: Files, shape: tuple[int, ...], classes: int = 1
) -> np.ndarray:
    """(classes, slices, rows, columns) bool, from the answers for one single-frame series."""
    found = np.zeros((classes, *shape), bool)
    for answer in answers:
        if answer["type"] == "NONE" or answer["series_uid"] != files.series_uid:
            continue
        assert answer["study_uid"] == files.study_uid
        assert "frame_number" not in answer
        index = files.uids.index(answer["instance_uid"])
        place = found[answer["class_index"], index]
        assert not place.any(), "two masks of one class on one instance"
        place[:] = np.array(answer["data"]["mask"])
        assert place.any(), "an empty mask"
    return found


def dice(one: np.ndarray, other: np.ndarray) -> float:
    total = int(one.sum()) + int(other.sum())
    return 2.0 * int((one & other).sum()) / total if total else 1.0
