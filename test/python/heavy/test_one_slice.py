"""A series of one slice: MONAI's saver drops its last axis, and a part of its place with it.

All cases of an MMAR are series of one request, so that PyTorch starts once.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Callable

import numpy as np
import pytest

from answers import dice, masks
from cases import CASES, Case
from dicom_files import Stack, request, write_series
from phantom import organ_depth, ramp, stack_for, steps
from test_upgrade import CASES as CONFIGS_4_0
from test_upgrade import config, discrete, write_mmar

LEAST_DICE = 0.97
"""In one slice the organ's outline weighs more than in a volume."""

Pair = "tuple[np.ndarray, np.ndarray]"


def slice_for(case: Case, scale: float = 1.0) -> Stack:
    """The middle slice of a case's stack."""
    stack = stack_for(case, scale)
    first = tuple(float(part) for part in stack.position(stack.shape[0] // 2))
    return replace(stack, shape=(1, *stack.shape[1:]), first=first)


def centred(stack: Stack, depth: Callable[[Stack], np.ndarray]) -> np.ndarray:
    """What a function of the whole stack gives for its middle slice."""
    return depth(stack)[stack.shape[0] // 2][None]


def segment_slices(
    deployed: Any,
    classes: int,
    image: Callable[[Stack], np.ndarray],
    scale: float = 1.0,
    level: int = 0,
) -> dict[str, Any]:
    """By the cases' names: the slice's values, and the masks of its classes.

    Args:
        level: is added to the image, but not to the values.
    """
    values = {case.name: centred(stack_for(case, scale), image) for case in CASES}
    files = {
        case.name: write_series(values[case.name] + level, slice_for(case, scale)) for case in CASES
    }
    answers = deployed(request(*files.values()))
    return {
        name: (values[name], masks(answers, files[name], values[name].shape, classes))
        for name in files
    }


every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


@pytest.fixture(scope="module")
def liver(deploy: Callable[[str], Any]) -> dict[str, Any]:
    return segment_slices(deploy("liver_tumor_ct"), 2, lambda stack: steps(stack, 20, 110, 230))


@pytest.fixture(scope="module")
def spleen(deploy: Callable[[str], Any]) -> dict[str, Any]:
    return segment_slices(
        deploy("spleen_ct"), 1, lambda stack: ramp(organ_depth(stack, 2.5), 90, 8), 2.5
    )


@pytest.fixture(scope="module")
def lung(deploy: Callable[[str], Any]) -> dict[str, Any]:
    """Turned to RAS and resampled, and saved like that."""
    return segment_slices(
        deploy("lung_resampled"), 1, lambda stack: ramp(organ_depth(stack, 2.5), -400, -20), 2.5
    )


@every_case
def test_one_hot(liver: dict[str, Any], case: Case) -> None:
    values, found = liver[case.name]
    np.testing.assert_array_equal(found, [values == 110, values == 230])


@every_case
def test_a_label_map_that_was_inverted(spleen: dict[str, Any], case: Case) -> None:
    values, found = spleen[case.name]
    assert dice(found[0], values > 90) >= LEAST_DICE


@every_case
def test_a_label_map_on_another_grid(lung: dict[str, Any], case: Case) -> None:
    values, found = lung[case.name]
    assert dice(found[0], values < -400) >= LEAST_DICE


# ------------------------------------------------------------------ upgraded from 4.0

TURNED_ONLY = config("lambda x: x['pred']", [discrete(argmax=True)], inverter=None, turn=True)

UPGRADED = {
    "inverted": CONFIGS_4_0["probabilities, argmax"],
    "inverted, of three": CONFIGS_4_0["one-hot inverted, then argmax of three"],
    "turned and inverted": CONFIGS_4_0["turned, with the inverted metadata, item by item"],
    "turned, resampled by the saver": CONFIGS_4_0["not inverted, resampled by the saver"],
    "turned, saved as it is": ("spleen_ct", TURNED_ONLY),
}


@pytest.fixture(scope="module")
def upgraded(deploy: Callable[[str], Any], tmp_path_factory: pytest.TempPathFactory) -> Any:
    done: dict[str, dict[str, Any]] = {}

    def get(name: str) -> dict[str, Any]:
        if name not in done:
            fixture, differs = UPGRADED[name]
            mmar = write_mmar(tmp_path_factory.mktemp("mmar_4_0"), fixture, differs)
            classes, level = (2, 60) if fixture == "liver_tumor_ct" else (1, 90)
            done[name] = segment_slices(
                deploy(str(mmar)),
                classes,
                lambda stack: ramp(organ_depth(stack, 2.5), level, 8) - level,
                2.5,
                level,
            )
        return done[name]

    return get


@every_case
@pytest.mark.parametrize("name", UPGRADED)
def test_a_config_of_4_0(upgraded: Any, name: str, case: Case) -> None:
    values, found = upgraded(name)[case.name]
    assert dice(found.any(axis=0), values > 0) >= LEAST_DICE
