"""Masks lie on the right pixels, with MONAI doing the inference, whatever the orientation.

All cases of an MMAR are series of one request, so that PyTorch starts once.
"""

from __future__ import annotations

import random
import shutil
from dataclasses import dataclass
from typing import Any, Callable

import numpy as np
import pytest
from pydicom.dataset import Dataset

from answers import dice, masks
from bundles import ROOT
from cases import CASES, Case
from dicom_files import Files, Stack, request, write_series
from engines import script
from phantom import organ_depth, ramp, stack_for, steps

LEAST_DICE = 0.99
UPRIGHT = [case for case in CASES if not case.name.startswith("oblique")]
every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


@dataclass
class Segmented:
    """What came back for the series of all cases.

    Attributes:
        values: (slices, rows, columns) Hounsfield units of each case.
        found: (classes, slices, rows, columns) bool of each case.
    """

    values: dict[str, np.ndarray]
    found: dict[str, np.ndarray]


def write(case: Case, stack: Stack, values: np.ndarray) -> Files:
    def renumber(ds: Dataset, index: int) -> None:
        if case.order == "numbers reversed":
            ds.InstanceNumber = len(values) - index

    files = write_series(values, stack, change=renumber)
    if case.order == "shuffled":
        random.Random(7).shuffle(files.contents)
    return files


def segment_all(
    deployed: Any, classes: int, image: Callable[[Stack], np.ndarray], scale: float = 1.0
) -> Segmented:
    stacks = {case.name: stack_for(case, scale) for case in CASES}
    values = {name: image(stack) for name, stack in stacks.items()}
    files = {case.name: write(case, stacks[case.name], values[case.name]) for case in CASES}
    answers = deployed(request(*files.values()))
    shapes = {name: array.shape for name, array in values.items()}
    found = {name: masks(answers, files[name], shapes[name], classes) for name in files}
    return Segmented(values, found)


@pytest.fixture(scope="module")
def liver(deploy: Callable[[str], Any]) -> Segmented:
    return segment_all(deploy("liver_tumor_ct"), 2, lambda stack: steps(stack, 20, 110, 230))


@pytest.fixture(scope="module")
def brain(deploy: Callable[[str], Any]) -> Segmented:
    return segment_all(deploy("brain_channels"), 3, lambda stack: steps(stack, 20, 300, 600, 900))


@pytest.fixture(scope="module")
def spleen(deploy: Callable[[str], Any]) -> Segmented:
    """Half as large again as the others: what resampling does at the surface weighs less."""
    scale = 1.5
    return segment_all(
        deploy("spleen_ct"), 1, lambda stack: ramp(organ_depth(stack, scale), 90, 8), scale
    )


@pytest.fixture(scope="module")
def lung(deploy: Callable[[str], Any]) -> Segmented:
    """Of a lung's size: the file's voxels are either 0 or 1, which costs more at the surface."""
    scale = 2.5
    return segment_all(
        deploy("lung_resampled"), 1, lambda stack: ramp(organ_depth(stack, scale), -400, -20), scale
    )


CORNER = """
def forward(self, image: Tensor) -> Tensor:
    corner = torch.zeros_like(image)
    x, y, z = image.shape[2] // 2, image.shape[3] // 2, image.shape[4] // 2
    corner[:, :, :x, y:, z:] = 1.0
    organ = (image > 0.15).float() * corner
    return torch.cat([organ - 0.5, organ - 9.5, organ - 9.5], dim=1)
"""
"""A network that sees only what lies left, in front and above in the window, the axes being RAS."""


@pytest.fixture(scope="module")
def corner(deploy: Callable[[str], Any], tmp_path_factory: pytest.TempPathFactory) -> Segmented:
    """fixtures/brain_channels, whose window holds each series whole, with CORNER as its network."""
    mmar = tmp_path_factory.mktemp("mmar") / "brain_corner"
    shutil.copytree(ROOT / "fixtures" / "brain_channels", mmar)
    script(CORNER, mmar / "models" / "model.ts")
    return segment_all(
        deploy(str(mmar)), 3, lambda stack: np.where(organ_depth(stack) > 0, 300, 20)
    )


@pytest.mark.parametrize("case", UPRIGHT, ids=lambda case: case.name)
def test_the_network_sees_the_patient_the_right_way_round(corner: Segmented, case: Case) -> None:
    stack = stack_for(case)
    left, behind, above = np.moveaxis(stack.points() - stack.centre(), -1, 0)
    expected = (corner.values[case.name] == 300) & (left > 0) & (behind < 0) & (above > 0)
    assert expected.any()
    np.testing.assert_array_equal(corner.found[case.name][0], expected)
    assert not corner.found[case.name][1:].any()


@every_case
def test_one_hot_is_exact_on_the_grid_of_the_series(liver: Segmented, case: Case) -> None:
    values = liver.values[case.name]
    np.testing.assert_array_equal(liver.found[case.name], [values == 110, values == 230])


@every_case
def test_overlapping_channels_are_exact_on_the_grid_of_the_series(
    brain: Segmented, case: Case
) -> None:
    values = brain.values[case.name]
    expected = [values > 500, values > 200, values > 800]
    np.testing.assert_array_equal(brain.found[case.name], expected)


@every_case
def test_label_map_that_was_resampled_and_inverted_overlaps(spleen: Segmented, case: Case) -> None:
    assert dice(spleen.found[case.name][0], spleen.values[case.name] > 90) >= LEAST_DICE


@every_case
def test_label_map_that_was_saved_on_another_grid_overlaps(lung: Segmented, case: Case) -> None:
    assert dice(lung.found[case.name][0], lung.values[case.name] < -400) >= LEAST_DICE
