"""From an answer to the masks of each class in each stack, and what looks wrong with them."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, Collection, Mapping, Sequence

import numpy as np

from mmar2mdai_run.clicks import Point
from mmar2mdai_run.stacks import Stack


@dataclass(frozen=True)
class ModelClass:
    """A class of the model.

    Attributes:
        index: what an answer calls it.
        name: what a person calls it.
        value: its value in the model's own label map, or None where it has none.
    """

    index: int
    name: str
    value: int | None


@dataclass
class StackMasks:
    """The masks on one stack.

    Attributes:
        masks: by class index a (columns, rows, frames) bool array; a class without a mask has none.
        points: that a user has drawn on it.
    """

    stack: Stack
    masks: dict[int, np.ndarray] = field(default_factory=dict)
    points: list[Point] = field(default_factory=list)


@dataclass
class Scored:
    """A class that was found in a whole study, series or instance.

    Attributes:
        where: its UIDs; those below the scope are None.
        probability: from 0 to 1, or None.
    """

    where: dict[str, str | None]
    class_index: int
    probability: float | None
    note: str | None


def classes_of(raw: Sequence[Mapping[str, Any]]) -> list[ModelClass]:
    """The classes of config_mdai.json."""
    return [ModelClass(one["class_index"], one["name"], one.get("value")) for one in raw]


def sort_answers(
    answers: Sequence[Mapping[str, Any]], stacks: Sequence[Stack], known: Collection[int]
) -> tuple[list[StackMasks], list[Scored], list[str], list[str]]:
    """What each answer says of the stacks.

    Args:
        answers: that the platform takes.
        stacks: of all series of the request.
        known: class indexes of the model.

    Returns:
        The stacks with their masks, the classes of whole objects, the notes (each once), and what
        MD.ai could not show although it takes it.
    """
    places = {
        frame.key: (number, at)
        for number, stack in enumerate(stacks)
        for at, frame in enumerate(stack.frames)
    }
    sorted_ = [StackMasks(stack) for stack in stacks]
    scored: list[Scored] = []
    notes: dict[str, None] = {}
    wrong: list[str] = []
    for number, answer in enumerate(answers, 1):
        note = answer.get("note")
        if isinstance(note, str):
            notes[note] = None
        if answer["type"] != "ANNOTATION":
            continue
        if answer["class_index"] not in known:
            wrong.append(f"Answer {number} has class_index {answer['class_index']}, no class's.")
            continue
        probability = answer.get("probability")
        if isinstance(probability, float) and not 0 <= probability <= 1:
            wrong.append(f"Answer {number} has the probability {probability}.")
        data = answer.get("data") or {}
        if "mask" not in data:
            scored.append(_scored(answer))
            continue
        key = (str(answer.get("instance_uid")), answer.get("frame_number"))
        if key not in places:
            wrong.append(f"Answer {number} has a mask on {_called(key)}, which was not sent.")
            continue
        index, at = places[key]
        problem = _put(sorted_[index], answer["class_index"], at, data["mask"])
        if problem is not None:
            wrong.append(f"Answer {number}, on {_called(key)}: {problem}.")
    return sorted_, scored, list(notes), wrong


def _put(found: StackMasks, class_index: int, at: int, rows: list[list[float]]) -> str | None:
    """Put a mask in its place; what is wrong with it otherwise."""
    columns, height, frames = found.stack.shape
    if len(rows) != height or len(rows[0]) != columns:
        return f"the mask has {len(rows)} x {len(rows[0])} pixels instead of {height} x {columns}"
    if class_index not in found.masks:
        found.masks[class_index] = np.zeros((columns, height, frames), bool)
    found.masks[class_index][:, :, at] |= (np.array(rows) != 0).T
    return None


def _scored(answer: Mapping[str, Any]) -> Scored:
    names = ("study_uid", "series_uid", "instance_uid")
    probability = answer.get("probability")
    known = isinstance(probability, float) and math.isfinite(probability)
    return Scored(
        {name: answer.get(name) for name in names},
        answer["class_index"],
        probability if known else None,
        answer["note"] if isinstance(answer.get("note"), str) else None,
    )


def _called(key: tuple[Any, Any]) -> str:
    return f"instance {key[0]}" + ("" if key[1] is None else f" frame {key[1]}")


def looks_wrong(found: StackMasks, classes: Sequence[ModelClass]) -> list[str]:
    """What a person should look at twice in the masks of a stack."""
    if not found.masks:
        return ["Nothing was found."]
    warnings = []
    for one in classes:
        mask = found.masks.get(one.index)
        if mask is None:
            continue
        share = float(mask.mean())
        if share > EVERYWHERE:
            warnings.append(f"{one.name} covers {share:.0%} of the whole volume.")
            continue
        slices = mask.any(axis=(0, 1))
        edge = mask[0].any(axis=0) | mask[-1].any(axis=0)
        edge |= mask[:, 0].any(axis=0) | mask[:, -1].any(axis=0)
        if slices.sum() >= FEW_SLICES and bool((edge | ~slices).all()):
            warnings.append(f"{one.name} touches the border of the image on every slice it is on.")
    return warnings


EVERYWHERE = 0.9
"""Share of a volume's voxels above which a class is said to be everywhere."""

FEW_SLICES = 3
"""Slices from which on a mask that always touches the border is said."""
