"""From the file that MONAI's ClassificationSaver writes to probabilities.

A line is the image's path and a value per class (monai/data/csv_saver.py of 0.8.1: nothing is
quoted, no header). Lines are found by the image's name, never by their place.
"""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Sequence

from mmar2mdai_classifier import ClassifierConfig
from mmar2mdai_errors import DeployError
from mmar2mdai_inference import Run, with_log

ROUNDING = 0.02
"""How far probabilities may be off: half precision, over some dozens of classes."""


def read_scores(config: ClassifierConfig, images: Sequence[Path], run: Run) -> list[list[float]]:
    """The probabilities of each image, a float per class.

    Args:
        images: the files that inference was given, with names of their own.

    Raises:
        DeployError: When the file is not there, lacks an image, or holds what can't be the
            model's.
    """
    path = run.output / config.file
    if not path.is_file():
        there = sorted(str(p.relative_to(run.output)) for p in run.output.rglob("*") if p.is_file())
        raise DeployError(
            with_log(
                f"The inference ended well but left no file {config.file}; it left "
                f"{', '.join(there[:5]) or 'nothing'}.",
                run.log,
            )
        )
    rows = _rows(config, path, {image.name for image in images})
    missing = [image.name for image in images if image.name not in rows]
    if missing:
        raise DeployError(
            f"{path.name} has no line for {len(missing)} of {len(images)} images (such as "
            f"{missing[0]}); the ClassificationSaver's batch_transform has to give it the image's "
            "meta data."
        )
    return [_probabilities(config, rows[image.name], path.name) for image in images]


def _rows(config: ClassifierConfig, path: Path, names: set[str]) -> dict[str, list[float]]:
    """The values of each image by its name."""
    # The folder's name may hold the delimiter; an image's does not, nor do values a slash.
    form = re.compile(r'"?(?:.*[/\\])?([^/\\]+?)"?' + re.escape(config.delimiter) + "(.*)")
    rows: dict[str, list[float]] = {}
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    for number, line in enumerate(lines, 1):
        parts = form.fullmatch(line.strip())
        if parts is None or parts[1] not in names:
            if number > 1 and line.strip():
                raise DeployError(f"Line {number} of {path.name} is of no image: {line[:200]!r}.")
            continue
        if parts[1] in rows:
            raise DeployError(f"{path.name} has two lines for {parts[1]}.")
        rows[parts[1]] = _values(config, parts[2], f"Line {number} of {path.name}")
    return rows


def _values(config: ClassifierConfig, text: str, where: str) -> list[float]:
    cells = text.split(config.delimiter)
    try:
        values = [float(cell.strip().strip('"')) for cell in cells]
    except ValueError as error:
        raise DeployError(f"{where} holds what is no number: {text[:200]!r}.") from error
    if len(values) != config.out_classes:
        raise DeployError(
            f"{where} has {len(values)} values where the model has {config.out_classes} classes."
        )
    if not all(math.isfinite(value) for value in values):
        raise DeployError(f"{where} holds values that are no numbers: {text[:200]!r}.")
    return values


def _probabilities(config: ClassifierConfig, values: list[float], name: str) -> list[float]:
    if config.scores == "sigmoid_of_logits":
        return [_sigmoid(value) for value in values]
    if config.scores == "softmax_of_logits":
        return _softmax(values)
    total = sum(values)
    in_range = all(-ROUNDING <= value <= 1 + ROUNDING for value in values)
    if not in_range or (config.scores == "softmax" and abs(total - 1) > ROUNDING):
        expected = "probabilities" + (" that add up to 1" if config.scores == "softmax" else "")
        raise DeployError(
            f"{name} should hold {expected}, but holds {', '.join(f'{v:g}' for v in values[:5])}: "
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
