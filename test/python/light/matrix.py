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
    lines = [
        "# Where the masks come to lie",
        "",
        "<!-- Made by node scripts/python.mjs matrix; a test checks that it is current. -->",
        "",
        *summary(said),
        "",
        "Each geometry is a line of `test/python/light/cases.py`, sent through a packed bundle's",
        "`predict()` with a stand-in for the network that answers a known pattern. Every answer"
        " passes",
        "MD.ai's rules for answers.",
        "",
        "## Series that are not one plain stack",
        "",
        "They are segmented where their slices lie evenly, and refused where they don't. A refusal"
        " is",
        "the text that the user gets: as a note on the series where others of the request can be",
        "segmented, else as an error. *Exact* means that every pixel of every mask is right,"
        " *right*",
        f"that the Dice coefficient is at least {LEAST_DICE}.",
        "",
        "| series | result |",
        "| --- | --- |",
        *[f"| {name} | {came} |" for name, came in others.items()],
    ]
    return "\n".join(lines) + "\n"


def summary(said: dict[str, list[str]]) -> list[str]:
    """How many geometries are right, and the same of MD.ai's own example, as it was measured."""

    def right(cases: Sequence[Case]) -> str:
        return f"{sum('WRONG' not in said[case.name] for case in cases)} of {len(cases)}"

    example = [case for case in CASES if case.example]
    return [
        "- Masks on the right pixels, over planes, flips, directions and obliques:"
        f" **{right(CASES)}** geometries.",
        f"- MD.ai's own NVIDIA example, on {len(example)} of these kinds: **9 of {len(example)}**"
        f" (plain axial series and obliques), none of them as an answer that MD.ai takes;"
        f" mmar2mdai: **{right(example)}**.",
    ]


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
