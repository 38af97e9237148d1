"""The rules by which MD.ai takes an answer, from the facts on its validator (API 0.3).

Types are compared with `type(x)`: subclasses, NumPy scalars and, in masks, bools are refused.
"""

from __future__ import annotations

from typing import Any

NEEDED = {
    "NONE": {"study_uid"},
    "TEXT": {"study_uid"},
    "ANNOTATION": {"study_uid", "class_index"},
    "IMAGE": {"study_uid", "class_index", "images"},
    "DICOM": {"study_uid", "class_index", "images"},
}
ALLOWED = {
    "type": [str],
    "study_uid": [str],
    "series_uid": [str, type(None)],
    "instance_uid": [str, type(None)],
    "frame_number": [int, type(None)],
    "video_frame_number": [int, type(None)],
    "class_index": [int],
    "probability": [float, list, type(None)],
    "data": [dict, type(None)],
    "note": [str, dict, type(None)],
    "explanations": [list, type(None)],
    "images": [list, type(None)],
}


class Refused(AssertionError):
    """MD.ai would refuse the answer."""


def check(answers: Any) -> None:
    """Raise Refused for what MD.ai would not take, or take for something else than a mask."""
    _demand(type(answers) is list, "the answer is no list")
    for answer in answers:
        _demand(type(answer) is dict, "an answer is no dict")
        kind = answer.get("type")
        _demand(kind in NEEDED, f"unknown type {kind!r}")
        _demand(NEEDED[kind] <= set(answer), f"{kind} lacks a key")
        for key, value in answer.items():
            _demand(key in ALLOWED, f"unknown key {key}")
            _demand(type(value) in ALLOWED[key], f"{key} is a {type(value).__name__}")
        if answer.get("data") is not None:
            _check_mask(answer["data"])


def _check_mask(data: dict[str, Any]) -> None:
    """Stricter than MD.ai, which looks at the first value only."""
    _demand(set(data) == {"mask"}, "the data is no mask")
    mask = data["mask"]
    _demand(type(mask) is list and len(mask) > 0, "the mask is no list")
    for row in mask:
        _demand(type(row) is list and len(row) == len(mask[0]), "a row of the mask is no list")
        kinds = set(map(type, row))
        _demand(kinds == {int}, f"the mask holds {kinds}")
        _demand(set(row) <= {0, 1}, "the mask holds other values than 0 and 1")


def _demand(holds: bool, otherwise: str) -> None:
    if not holds:
        raise Refused(otherwise)
