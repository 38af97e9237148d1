"""config_mdai.json of a model that segments what a user points at, and a request's own wishes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Mapping, get_args

from mmar2mdai_config import one_of
from mmar2mdai_errors import DeployError
from mmar2mdai_segmenter import OutputForm, SegmenterConfig, read_classes

ClickKind = Literal["deepgrow", "extreme_points"]
"""What the network is given: clicks on the object and beside it, or the ends of the object."""


@dataclass(frozen=True)
class Clicks:
    """``input.clicks``.

    Attributes:
        dimensions: 2 for a network that sees one slice, 3 for one that sees the volume.
        foreground_key, background_key: under which Deepgrow's chain has the clicks; else "".
        label_key: under which a chain has the label whose extreme points it takes; else "".
        points: how many extreme points the network was trained with; 0 for Deepgrow.
    """

    kind: ClickKind
    dimensions: int
    foreground_key: str
    background_key: str
    label_key: str
    points: int


@dataclass(frozen=True)
class AnnotatorConfig:
    """What the task has to know, without what is the engine's.

    Attributes:
        segmenter: what the network's result is.
        background_labels: names or ids of labels that mark what is not the object.
        first_frame: what frame numbers of multi-frame images count from; None where it is not
            known.
    """

    segmenter: SegmenterConfig
    clicks: Clicks
    background_labels: tuple[str, ...]
    first_frame: int | None


@dataclass(frozen=True)
class Wishes:
    """The same of a request: its own ``args``, else the bundle's."""

    background_labels: tuple[str, ...]
    first_frame: int | None


def read_annotator(raw: dict[str, Any], root: Path) -> AnnotatorConfig:
    """What the task has to know, from config_mdai.json's content.

    Raises:
        KeyError, TypeError, ValueError: When it can't be used, or is of another task's model.
    """
    if raw["type"] != "annotation":
        raise ValueError(f"this code is for annotation models; the model's type is {raw['type']}")
    given, output = raw["input"], raw["output"]
    clicks = given["clicks"]
    kind = one_of(clicks["kind"], get_args(ClickKind))
    is_deepgrow = kind == "deepgrow"
    first_frame = given.get("first_frame")
    if first_frame not in (0, 1, None):
        raise ValueError(f"first_frame is {first_frame!r}, not 0 or 1")
    if clicks["dimensions"] not in (2, 3):
        raise ValueError(f"dimensions is {clicks['dimensions']!r}, not 2 or 3")
    return AnnotatorConfig(
        segmenter=SegmenterConfig(
            out_classes=raw["out_classes"],
            channels=(),
            form=one_of(output["form"], get_args(OutputForm)),
            threshold=output["threshold"],
            classes=read_classes(raw),
        ),
        clicks=Clicks(
            kind=kind,
            dimensions=clicks["dimensions"],
            foreground_key=clicks["foreground_key"] if is_deepgrow else "",
            background_key=clicks["background_key"] if is_deepgrow else "",
            label_key="" if is_deepgrow else clicks["label_key"],
            points=0 if is_deepgrow else int(clicks["points"]),
        ),
        background_labels=tuple(str(name) for name in given.get("background_labels") or ()),
        first_frame=first_frame,
    )


def read_wishes(args: Mapping[str, object], config: AnnotatorConfig) -> Wishes:
    """What holds for a request.

    Args:
        args: ``background_labels``, a list of names and ids or a text in which commas part them,
            and ``first_frame``, 0 or 1; each may be missing.

    Raises:
        DeployError: When one is of another kind.
    """
    labels, frame = args.get("background_labels"), args.get("first_frame")
    listed: tuple[str, ...] = config.background_labels
    if isinstance(labels, str):
        listed = tuple(name.strip() for name in labels.split(",") if name.strip())
    elif isinstance(labels, list) and all(isinstance(name, str) for name in labels):
        listed = tuple(labels)
    elif labels is not None:
        raise DeployError("args.background_labels must be a list of names or ids of labels.")
    if frame is None:
        return Wishes(listed, config.first_frame)
    if isinstance(frame, bool) or str(frame) not in ("0", "1"):
        raise DeployError("args.first_frame must be 0 or 1.")
    return Wishes(listed, int(str(frame)))
