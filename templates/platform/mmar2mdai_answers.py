"""MD.ai's answer, typed: plain dicts of exactly the types that its validator compares with.

The validator takes `type(x)` for what it is: str, int and float, no subclass (pydicom's UID),
no NumPy scalar, no bool in a mask. Any other key refuses the whole answer, and keys without a
value are left out.

Source: mdai/validation.py of MD.ai's public model-deploy repository (API 0.3).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypedDict


class Mask(TypedDict):
    """``[row][column]``, 0 or 1, in the pixels of the instance as they are stored."""

    mask: list[list[int]]


class _Needed(TypedDict):
    type: Literal["NONE", "ANNOTATION"]
    study_uid: str


class Answer(_Needed, total=False):
    """One finding, or that there is none.

    Attributes:
        class_index: an ANNOTATION needs it.
        frame_number: from 1, in a multi-frame instance.
        probability: from 0 to 1.
        note: a text for the user.
    """

    series_uid: str
    instance_uid: str
    frame_number: int
    class_index: int
    probability: float
    data: Mask
    note: str


@dataclass(frozen=True)
class Subject:
    """What an answer is about: a study, a series or an instance of it, or a frame of that."""

    study_uid: str
    series_uid: str | None = None
    instance_uid: str | None = None
    frame_number: int | None = None

    def __str__(self) -> str:
        """How a text calls it."""
        if self.instance_uid is not None:
            return self.instance_uid
        return f"study {self.study_uid}" if self.series_uid is None else f"series {self.series_uid}"


def nothing(subject: Subject, note: str | None = None) -> Answer:
    """That nothing was found or, with a note, why it was not looked for."""
    answer = _about(subject, "NONE")
    if note is not None:
        answer["note"] = note
    return answer


def mask(
    subject: Subject, class_index: int, rows: list[list[int]], note: str | None = None
) -> Answer:
    """A mask of one class on an instance or a frame.

    Args:
        rows: ``[row][column]``, 0 or 1, in its own pixels.
    """
    answer = _about(subject, "ANNOTATION")
    answer["class_index"], answer["data"] = class_index, {"mask": rows}
    if note is not None:
        answer["note"] = note
    return answer


def finding(subject: Subject, class_index: int, probability: float) -> Answer:
    """That a class was found in the whole of a series or instance."""
    answer = _about(subject, "ANNOTATION")
    answer["class_index"], answer["probability"] = class_index, probability
    return answer


def add_note(answer: Answer, note: str) -> None:
    """Put a text for the user behind what an answer's note says already."""
    answer["note"] = f"{answer['note']} {note}" if "note" in answer else note


def _about(subject: Subject, kind: Literal["NONE", "ANNOTATION"]) -> Answer:
    answer: Answer = {"type": kind, "study_uid": subject.study_uid}
    if subject.series_uid is not None:
        answer["series_uid"] = subject.series_uid
    if subject.instance_uid is not None:
        answer["instance_uid"] = subject.instance_uid
    if subject.frame_number is not None:
        answer["frame_number"] = subject.frame_number
    return answer
