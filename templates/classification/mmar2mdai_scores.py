"""From a network's scores to probabilities."""

from __future__ import annotations

import math

from mmar2mdai_classifier import ClassifierConfig
from mmar2mdai_errors import DeployError, Refused
from mmar2mdai_inference import Result, ScoresResult

ROUNDING = 0.02
"""How far probabilities may be off: half precision, over some dozens of classes."""

VALUES_SHOWN = 5
"""How many values are shown in an error."""


class NoProbability(Refused):
    """An image's scores are numbers, but no probabilities."""


def probabilities(result: Result, config: ClassifierConfig) -> list[float]:
    """The probability of each class.

    Raises:
        Refused: When this image's scores are not numbers, or no probabilities.
        DeployError: When the result can't be the model's.
    """
    name = result.name
    if not isinstance(result, ScoresResult):
        raise DeployError(f"The result {name} is a volume, but the model classifies.")
    values = [float(value) for value in result.values]
    shown = ", ".join(f"{value:g}" for value in values[:VALUES_SHOWN])
    if len(values) != config.out_classes:
        raise DeployError(
            f"{name} has {len(values)} values where the model has {config.out_classes} classes."
        )
    if not all(math.isfinite(value) for value in values):
        raise Refused(f"{name} holds scores that are not numbers: {shown}.")
    if config.scores == "sigmoid_of_logits":
        return [_sigmoid(value) for value in values]
    if config.scores == "softmax_of_logits":
        return _softmax(values)
    total = sum(values)
    in_range = all(-ROUNDING <= value <= 1 + ROUNDING for value in values)
    if not in_range or (config.scores == "softmax" and abs(total - 1) > ROUNDING):
        expected = "probabilities" + (" that add up to 1" if config.scores == "softmax" else "")
        raise NoProbability(
            f"{name} should hold {expected}, but holds {shown}: "
            "pack the MMAR again with the right --scores."
        )
    return [min(max(value, 0.0), 1.0) for value in values]


def _sigmoid(value: float) -> float:
    part = math.exp(-abs(value))
    return 1 / (1 + part) if value >= 0 else part / (1 + part)


def _softmax(values: list[float]) -> list[float]:
    largest = max(values)
    parts = [math.exp(value - largest) for value in values]
    return [part / sum(parts) for part in parts]
