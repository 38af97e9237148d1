"""Which marks belong to one object, and which say what is not the object.

An object is what gets a mask of its own. Marks belong to one object when they have the same
parent annotation (``parent_id``), be it drawn or not; marks without a parent belong to one object
when they have the same label. So two objects of one label need parents, and two labels are two
objects.

A mark of a background label says what is not the object. It belongs to the object of its parent;
without a parent it belongs to every object of its volume. Background labels are, in this order:

1. those that ``args.background_labels`` of the request names, by id or name,
2. those that the bundle names (``--background-label``), if the request names none,
3. if neither names any, those whose name says so: background, bg, negative, exclude, outside, not.

MD.ai tells the names of the labels that the model's classes are mapped to, and of no others: any
other label has to be named by its id. Names are compared without regard to case.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Sequence

from mmar2mdai_marks import Mark
from mmar2mdai_request import Request

BACKGROUND_WORDS = frozenset(
    ("background", "bg", "negative", "neg", "exclude", "excluded", "exclusion", "outside", "not")
)
"""Words of a label's name that say that it marks what is not the object."""

NAME_SHOWN = 60
"""Characters of a label's name that a note shows."""


@dataclass(frozen=True)
class Target:
    """The marks of one object in a volume.

    Attributes:
        name: what to call it in a note.
        foreground, background: marks on it, and beside it.
    """

    name: str
    foreground: tuple[Mark, ...]
    background: tuple[Mark, ...]


class Labels:
    """What is known of the labels of a request's annotations."""

    def __init__(self, request: Request, background: Sequence[str]) -> None:
        """Read them.

        Args:
            background: names and ids of background labels; none where names have to say it.
        """
        self._names: dict[str, str] = {}
        for item in request["label_classes"]:
            label = item.get("label") or {}
            if "id" in label and "name" in label:
                self._names[label["id"]] = label["name"]
        self._background = {name.strip().casefold() for name in background}

    def is_background(self, label_id: str) -> bool:
        """Whether a label marks what is not the object."""
        name = self._names.get(label_id, "")
        if self._background:
            return not self._background.isdisjoint({label_id.casefold(), name.strip().casefold()})
        return not BACKGROUND_WORDS.isdisjoint(re.findall(r"[a-z]+", name.casefold()))

    def name(self, label_id: str) -> str:
        """What to call a label in a note."""
        known = self._names.get(label_id)
        if known:
            return f'"{known[:NAME_SHOWN]}"'
        return f"of the label {label_id[:NAME_SHOWN]}" if label_id else "without a label"


def find_targets(marks: Sequence[Mark], labels: Labels) -> list[Target]:
    """The objects of a volume, in the order of their first marks.

    Returns:
        Each with a mark on it; one without any where all marks are beside it.
    """
    parents = {mark.parent_id for mark in marks if mark.parent_id}
    foreground: dict[tuple[str, str], list[Mark]] = {}
    background: dict[tuple[str, str] | None, list[Mark]] = {}
    for mark in marks:
        parent = mark.parent_id or (mark.id if mark.id in parents else "")
        if labels.is_background(mark.label_id):
            background.setdefault(("parent", parent) if parent else None, []).append(mark)
        else:
            key = ("parent", parent) if parent else ("label", mark.label_id)
            foreground.setdefault(key, []).append(mark)
    shared = background.get(None, [])
    targets = []
    for key, own in foreground.items():
        beside = sorted([*shared, *background.get(key, [])], key=lambda mark: mark.number)
        targets.append(Target(_name(own, labels), tuple(own), tuple(beside)))
    if not targets and marks:
        targets.append(Target("", (), tuple(marks)))
    return targets


def _name(marks: Sequence[Mark], labels: Labels) -> str:
    names = dict.fromkeys(labels.name(mark.label_id) for mark in marks)
    return " and ".join(list(names)[:3])
