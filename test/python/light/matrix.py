"""Runs every case of cases.py through a packed bundle and writes docs/geometry.md.

node scripts/python.mjs matrix
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any, Callable, Sequence

import numpy as np
from pydicom.dataset import Dataset

import bundles
import contract
import special
from answers import dice, masks
from cases import CASES, Case
from dicom_files import Files, Stack, request, write_series
from scenes import LEVELS, bodies, image, organ

PAGE = bundles.ROOT / "docs" / "geometry.md"

Segment = Callable[..., list]


LEAST_DICE = 0.99
LARGE = (44, 104, 120)
"""Slices, rows and columns where a body's surface has to be small to its inside."""

RUNS = {
    "the input's": (),
    "the input's, axes exchanged and flipped": ("permute:2,0,1", "flip:0", "flip:2"),
    "1.3 x 1.2 x 1.5 mm": ("spacing:1.3,1.2,1.5",),
}
"""The grid of the result, and the steps by which the stand-in gets there."""


def make_files(case: Case, values: np.ndarray, stack: Stack) -> Files:
    """A case's series."""

    def renumber(ds: Dataset, index: int) -> None:
        if case.order == "numbers reversed":
            ds.InstanceNumber = len(values) - index

    files = write_series(values, stack, change=renumber)
    if case.order == "shuffled":
        random.Random(5).shuffle(files.contents)
    return files


def exact(segment: Segment, grid: Sequence[str], cases: Sequence[Case] = CASES) -> dict[str, bool]:
    """Which cases have every mask right to the pixel; all are series of one request."""
    sent = [make_files(case, image(case.stack.shape), case.stack) for case in cases]
    answers = segment(request(*sent), pattern=LEVELS, form="label_map", grid=grid)
    return {
        case.name: bool(
            (masks(answers, files, case.stack.shape)[0] == organ(case.stack.shape)).all()
        )
        for case, files in zip(cases, sent)
    }


def scores(
    segment: Segment, grid: Sequence[str], cases: Sequence[Case] = CASES
) -> dict[str, float]:
    """The Dice coefficient of a smooth body, which the network answers in the patient."""
    sent, truths, patterns = [], [], []
    for case in cases:
        stack = replace(case.stack, shape=LARGE)
        inside, body = bodies(stack)[0]
        sent.append(make_files(case, np.zeros(LARGE, np.int16), stack))
        truths.append(inside)
        patterns.append({"bodies": [body]})
    answers = segment(request(*sent), pattern=patterns, form="label_map", grid=grid)
    return {
        case.name: dice(masks(answers, files, LARGE)[0], truth)
        for case, files, truth in zip(cases, sent, truths)
    }


def marks(segment: Segment) -> dict[str, list[str]]:
    """Each case with what to say of it under each of RUNS."""
    said: dict[str, list[str]] = {case.name: [] for case in CASES}
    for grid in RUNS.values():
        if any(step.startswith("spacing") for step in grid):
            for name, score in scores(segment, grid).items():
                said[name].append("right" if score >= LEAST_DICE else "WRONG")
        else:
            for name, right in exact(segment, grid).items():
                said[name].append("exact" if right else "WRONG")
    return said


def render(said: dict[str, list[str]], others: dict[str, str]) -> str:
    """The page.

    Args:
        said: what `marks` gives.
        others: what `special.outcomes` gives.
    """
    example = [said[case.name] for case in CASES if case.example]
    right = sum("WRONG" not in marks for marks in example)
    lines = [
        "# Where the masks come to lie",
        "",
        "Written by `node scripts/python.mjs matrix`; a test checks that it is current.",
        "",
        "Every line is a DICOM series that goes through a packed bundle's `predict()`, with a",
        "stand-in for the network that answers a known pattern. A column is the grid on which the",
        "network's result is saved. *exact*: every mask of every instance is right to the pixel.",
        f"*right*: the Dice coefficient of a smooth body is at least {LEAST_DICE}; the body is",
        "given in the patient, and both the stand-in and the test find out for themselves which of",
        "their voxels are in it. All answers pass MD.ai's rules for answers.",
        "",
        "| | passes the rules | masks on the right pixels |",
        "| --- | --- | --- |",
        f"| this project, on the {len(example)} series below that are marked * | "
        f"{len(example)} of {len(example)} | {right} of {len(example)} |",
        "| MD.ai's example `nvidia-mmar-spleen-segmentation`, on 53 series of the same kinds | "
        "0 of 53 | 9 of 53 |",
        "",
        "The example's figures were measured with MONAI 0.8.1 doing the inference, on series of",
        "the same kinds: 3 planes, in-plane flips, slice directions, signs of the origin, 3",
        "obliques, files in no order, InstanceNumber reversed. What it gets right is plain axial",
        "series and the obliques. Its masks are lists of `bool`, which MD.ai refuses.",
        "",
        "| series | " + " | ".join(RUNS) + " |",
        "| --- |" + " --- |" * len(RUNS),
    ]
    for case in CASES:
        star = " *" if case.example else ""
        lines.append(f"| {case.name}{star} | " + " | ".join(said[case.name]) + " |")
    lines += [
        "",
        "Series that are not one plain stack, the result on the input's grid. A refusal is the",
        "text that the user gets; where other series of a request can be segmented it is the",
        "`note` of a NONE answer for the series, else an error.",
        "",
        "| series | |",
        "| --- | --- |",
        *[f"| {name} | {came} |" for name, came in others.items()],
    ]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Write the page, and say so when something is wrong."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "bundle").mkdir()
        with bundles.standin({}, folder):
            module = bundles.load(bundles.pack("spleen_ct", folder / "bundle"))
            model = module.MDAIModel()

            def segment(request: dict[str, Any], **wishes: Any) -> list:
                (folder / "standin.json").write_text(json.dumps(wishes))
                answers = model.predict(request)
                contract.check(answers)
                return answers

            page = render(marks(segment), special.outcomes(segment))
    PAGE.write_text(page, encoding="utf-8")
    print(f"{PAGE.relative_to(bundles.ROOT)}: {page.count('WRONG')} wrong")
    return 1 if "WRONG" in page else 0


if __name__ == "__main__":
    sys.exit(main())
