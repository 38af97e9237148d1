"""config_mdai.json of a segmentation model."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Pattern, get_args

from mmar2mdai_config import one_of

OutputForm = Literal["label_map", "one_hot", "channels"]
"""What the values of the result are: see config_mdai.schema.json."""

Contrast = Literal["T1c", "T1", "T2", "FLAIR", "ADC", "DWI"]
"""What a channel shows, where that is known; its series is then found by mmar2mdai_roles.py."""


@dataclass(frozen=True)
class ModelClass:
    """One class that is reported to MD.ai.

    ``value`` is its value in a label map, or its index on the channel axis.
    """

    class_index: int
    name: str
    value: int


@dataclass(frozen=True)
class Condition:
    """What a channel's rule asks of one attribute of a series, see config_mdai.schema.json."""

    attribute: str
    pattern: Pattern[str]
    negate: bool


@dataclass(frozen=True)
class Channel:
    """An image channel of the network.

    Attributes:
        words: what the rules look for, for a person, or None where only they say it.
        rules: alternatives in the order of preference, all conditions of one have to hold;
            none for a channel that any series fits, or whose contrast is known.
        contrast: what it shows, or None where only the rules find its series.
    """

    name: str
    words: str | None
    rules: tuple[tuple[Condition, ...], ...]
    contrast: Contrast | None = None


@dataclass(frozen=True)
class SegmenterConfig:
    """config_mdai.json of a segmentation model, without what is the engine's.

    Attributes:
        threshold: with the form "channels" a class is where its channel exceeds this.
    """

    out_classes: int
    channels: tuple[Channel, ...]
    form: OutputForm
    threshold: float
    classes: tuple[ModelClass, ...]


def read_segmenter(raw: dict[str, Any], root: Path) -> SegmenterConfig:
    """What the task has to know, from config_mdai.json's content.

    Raises:
        KeyError, TypeError, ValueError: When it can't be used, or is of another task's model.
    """
    if raw["type"] != "segmentation":
        raise ValueError(f"this code segments; the model's type is {raw['type']}")
    output = raw["output"]
    return SegmenterConfig(
        out_classes=raw["out_classes"],
        channels=tuple(_channel(channel) for channel in raw["input"]["channels"]),
        form=one_of(output["form"], get_args(OutputForm)),
        threshold=output["threshold"],
        classes=read_classes(raw),
    )


def read_classes(raw: dict[str, Any]) -> tuple[ModelClass, ...]:
    """The classes that are reported, from config_mdai.json's content.

    Raises:
        KeyError, TypeError: When it can't be used.
    """
    return tuple(
        ModelClass(class_["class_index"], class_["name"], class_["value"])
        for class_ in raw["classes"]
    )


def _channel(raw: dict[str, Any]) -> Channel:
    rules = tuple(
        tuple(_condition(raw["name"], condition) for condition in alternative)
        for alternative in raw["rules"]
    )
    contrast = raw.get("contrast")
    known = None if contrast is None else one_of(contrast, get_args(Contrast))
    return Channel(raw["name"], raw.get("words"), rules, known)


def _condition(channel: str, raw: dict[str, Any]) -> Condition:
    """A condition with its pattern compiled.

    Raises:
        ValueError: When Python can't compile the pattern.
    """
    try:
        pattern = re.compile(raw["pattern"], re.IGNORECASE)
    except re.error as error:
        raise ValueError(
            f"the pattern {raw['pattern']!r} of the channel {channel} is not a regular expression "
            f"of Python's: {error}"
        ) from error
    return Condition(raw["attribute"], pattern, raw["negate"])
