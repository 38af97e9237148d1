"""config_mdai.json of a classification model, and the thresholds of a request."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Mapping, get_args

from mmar2mdai_config import one_of
from mmar2mdai_errors import DeployError

PictureForm = Literal["png16", "png16_full", "png14", "png12", "png10", "png8", "rgb8"]
InputForm = Literal["png16", "png16_full", "png14", "png12", "png10", "png8", "rgb8", "nifti"]
Window = Literal["none", "dicom"]
Scores = Literal["sigmoid", "softmax", "sigmoid_of_logits", "softmax_of_logits"]
"""What these words mean stands in config_mdai.schema.json."""


@dataclass(frozen=True)
class Score:
    """One class: a column of the scores.

    Attributes:
        column: of the scores, from 0.
        threshold: a probability above it is reported; None where the class means that nothing
            was found, which is never reported.
    """

    class_index: int
    name: str
    column: int
    threshold: float | None


@dataclass(frozen=True)
class Mask:
    """The lung mask that the network wants besides the image.

    Attributes:
        key: in an item of the data list.
        builtin: whether one may be made where the request brings none.
    """

    key: str
    builtin: bool


@dataclass(frozen=True)
class PictureInput:
    """What a network that takes pictures takes.

    Attributes:
        range: what the lowest and the highest value of an image's format become; None for values
            as they are.
    """

    form: PictureForm
    range: tuple[float, float] | None
    window: Window


@dataclass(frozen=True)
class ClassifierConfig:
    """config_mdai.json of a classification model, without what is the engine's.

    Attributes:
        picture: None where the network takes volumes.
    """

    out_classes: int
    picture: PictureInput | None
    mask: Mask | None
    scores: Scores
    classes: tuple[Score, ...]


def read_classifier(raw: dict[str, Any], root: Path) -> ClassifierConfig:
    """What the task has to know, from config_mdai.json's content.

    Raises:
        KeyError, TypeError, ValueError: When it can't be used, or is of another task's model.
    """
    if raw["type"] != "classification":
        raise ValueError(f"this code classifies; the model's type is {raw['type']}")
    image, mask = raw["input"], raw["input"]["mask"]
    return ClassifierConfig(
        out_classes=raw["out_classes"],
        picture=_read_picture(image),
        mask=None if mask is None else Mask(mask["key"], mask["builtin"]),
        scores=one_of(raw["output"]["scores"], get_args(Scores)),
        classes=tuple(
            Score(class_["class_index"], class_["name"], class_["value"], class_["threshold"])
            for class_ in raw["classes"]
        ),
    )


def _read_picture(image: dict[str, Any]) -> PictureInput | None:
    form = one_of(image["form"], get_args(InputForm))
    if form == "nifti":
        return None
    values = image["range"]
    return PictureInput(
        form=form,
        range=None if values is None else (float(values["low"]), float(values["high"])),
        window=one_of(image["window"], get_args(Window)),
    )


def thresholds(config: ClassifierConfig, args: Mapping[str, object]) -> dict[int, float]:
    """The threshold of each class that is reported, by class_index.

    Args:
        args: the request's ``args``; its ``threshold`` is a number for all classes, or numbers
            by the classes' names.

    Raises:
        DeployError: When the request's threshold is not a probability, or names no class.
    """
    known = {
        class_.name: (class_.class_index, class_.threshold)
        for class_ in config.classes
        if class_.threshold is not None
    }
    chosen = {index: float(value) for index, value in known.values() if value is not None}
    wish = args.get("threshold")
    if wish is None:
        return chosen
    if not isinstance(wish, dict):
        return dict.fromkeys(chosen, _probability(wish))
    for name, value in wish.items():
        if name not in known:
            raise DeployError(
                f"args.threshold names the class {name!r}; the classes are {', '.join(known)}."
            )
        chosen[known[name][0]] = _probability(value)
    return chosen


def _probability(value: object) -> float:
    try:
        number = float(value) if isinstance(value, (int, float, str)) else float("nan")
    except (ValueError, OverflowError):
        number = float("nan")
    if isinstance(value, bool) or not 0 <= number <= 1:
        raise DeployError(f"args.threshold is {value!r}; it must be a number from 0 to 1.")
    return number
