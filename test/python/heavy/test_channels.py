"""Several image channels, with MONAI stacking them and a network that looks at each."""

from __future__ import annotations

import random
import shutil
from dataclasses import replace
from typing import Any, Callable, Sequence

import numpy as np
import pytest
import torch
from pydicom.uid import generate_uid

from answers import dice, masks
from bundles import ROOT
from cases import rotation
from dicom_files import Files, Stack, request
from studies import Line, line, stack_in, write_line

BRAIN = "clara_pt_brain_mri_segmentation_1"
PROSTATE = "catalogue/clara_pt_prostate_mri_segmentation_1"
BRAIN_LINES = [line(8, "t1_tse_tra_KM"), line(3, "t1_tse_tra"), line(4, "t2_tse_tra")]
BRAIN_LINES.append(line(5, "t2_flair_tra"))
PROSTATE_LINES = [line(4, "t2_tse_tra"), line(7, "ep2d_diff_tra_ADC")]
STACK = Stack((24, 44, 40), first=(-31, -22, 7), step=(0, 0, 2.1), row_step=1.1, column_step=1.2)
LEAST_DICE = 0.99
MARGIN = 4.0
"""mm around what is compared, so that no edge is blended into it."""


class Differences(torch.nn.Module):
    """Class n is where channel n is brighter than channel n + 1: the order of all four shows."""

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        return 1000.0 * (image[:, :3] - image[:, 1:]) - 0.5


@pytest.fixture(scope="module")
def brain(deploy: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Any:
    """NGC's brain model as the fixtures have it, with Differences as its network."""
    mmar = tmp_path_factory.mktemp("mmar") / BRAIN
    shutil.copytree(ROOT / "fixtures" / "catalogue" / BRAIN, mmar)
    torch.jit.save(torch.jit.script(Differences()), str(mmar / "models" / "model.ts"))
    return deploy(str(mmar))


@pytest.fixture(scope="module")
def prostate(deploy: Callable[..., Any]) -> Any:
    """Central gland: T2 over 500; peripheral zone: ADC over 500; the brighter wins."""
    return deploy(PROSTATE)


def write(lines: Sequence[Line], stacks: Sequence[Stack], images: Sequence[np.ndarray]):
    study = generate_uid()
    return [
        write_line(one, study, generate_uid(), stack, values)
        for one, stack, values in zip(lines, stacks, images)
    ]


def shuffled(parts: Sequence[Files]) -> list[bytes]:
    contents = [content for part in parts for content in part.contents]
    random.Random(5).shuffle(contents)
    return contents


def noise(stack: Stack, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(1, 1000, stack.shape).astype(np.int16)


def turned(stack: Stack) -> Stack:
    """The same pixels, rows, columns and slices from the other end."""
    return replace(
        stack,
        right=tuple(-np.array(stack.right)),
        down=tuple(-np.array(stack.down)),
        first=tuple(stack.points()[-1, -1, -1]),
        step=tuple(-np.array(stack.step)),
    )


def resliced(stack: Stack, right: Sequence[float], down: Sequence[float]) -> Stack:
    """A little more than the same place, in other directions and with other pixels."""
    directions = np.array([np.cross(right, down), down, right])
    corners = (stack.points().reshape(-1, 3) - stack.centre()) @ directions.T
    steps = np.array([1.8, 0.9, 1.0])
    shape = tuple(int(size) for size in np.ceil(2 * np.abs(corners).max(axis=0) / steps) + 3)
    step = tuple(directions[0] * steps[0])
    new = Stack(shape, tuple(right), tuple(down), (0, 0, 0), step, steps[1], steps[2])
    return replace(new, first=tuple(stack.centre() - new.centre()))


def other_grids(stack: Stack) -> list[Stack]:
    turn = rotation(9, -14, 25)
    oblique = resliced(stack, turn[:, 0], turn[:, 1])
    planes = [stack_in(name) for name in ("sag", "cor")]
    return [oblique, *[resliced(stack, plane.right, plane.down) for plane in planes]]


def hills(stack: Stack, number: int) -> np.ndarray:
    """A smooth image of its own for each channel, given in the patient."""
    offset = np.array([[7, 2, 4], [-6, 5, -3], [3, -8, 6], [-2, 4, 9]])[number]
    radii = np.array([[15, 17, 19], [18, 14, 16], [16, 19, 14], [19, 16, 17]])[number]
    points = stack.points() - STACK.centre() - offset
    return np.rint(900 - 400 * np.linalg.norm(points / radii, axis=-1)).astype(np.int16)


def brighter(images: Sequence[np.ndarray]) -> np.ndarray:
    clipped = [np.clip(values, 0, 1000) for values in images]
    return np.array([one > other for one, other in zip(clipped, clipped[1:])])


def test_four_channels_on_one_grid_are_exact(brain: Any) -> None:
    images = [noise(STACK, seed) for seed in range(4)]
    parts = write(BRAIN_LINES, [STACK] * 4, images)
    found = masks(brain(request(shuffled(parts))), parts[0], STACK.shape, 3)
    np.testing.assert_array_equal(found, brighter(images))


def test_four_channels_on_the_same_pixels_the_other_way_round_are_exact(brain: Any) -> None:
    images = [noise(STACK, seed) for seed in range(4)]
    back = [images[0], *[values[::-1, ::-1, ::-1].copy() for values in images[1:]]]
    parts = write(BRAIN_LINES, [STACK, *[turned(STACK)] * 3], back)
    found = masks(brain(request(shuffled(parts))), parts[0], STACK.shape, 3)
    np.testing.assert_array_equal(found, brighter(images))


@pytest.mark.parametrize("first", range(4), ids=["axial", "oblique", "sagittal", "coronal"])
def test_four_channels_of_four_grids_overlap(brain: Any, first: int) -> None:
    grids = [STACK, *other_grids(STACK)]
    stacks = grids[first:] + grids[:first]
    images = [hills(stack, n) for n, stack in enumerate(stacks)]
    # What the others don't cover is air, or they would be refused as of another place.
    images[0][~seen_by_all(stacks, MARGIN)] = images[0].min()
    parts = write(BRAIN_LINES, stacks, images)
    found = masks(brain(request(shuffled(parts))), parts[0], stacks[0].shape, 3)
    # Beyond the other channels' images there is nothing to compare with.
    inside = seen_by_all(stacks)
    expected = brighter([hills(stacks[0], number) for number in range(4)])
    for mask, truth in zip(found, expected):
        assert truth[inside].any() and not truth[inside].all()
        assert dice(mask & inside, truth & inside) >= LEAST_DICE


def seen_by_all(stacks: Sequence[Stack], margin: float = 0) -> np.ndarray:
    """Which pixels of the first stack lie among the pixel centres of all others, or mm beside."""
    points = stacks[0].points() - STACK.centre()
    inside = np.ones(stacks[0].shape, bool)
    for stack in stacks[1:]:
        across = [np.cross(stack.right, stack.down), stack.down, stack.right]
        steps = [float(np.linalg.norm(stack.step)), stack.row_step, stack.column_step]
        for direction, step, size in zip(across, steps, stack.shape):
            inside &= np.abs(points @ np.array(direction)) <= (size - 1) / 2 * step + margin
    return inside


def zones(t2: np.ndarray, adc: np.ndarray) -> np.ndarray:
    return np.array([(t2 > 500) & (t2 > adc), (adc > 500) & (adc > t2)])


def test_two_channels_on_one_grid_are_exact(prostate: Any) -> None:
    """On the millimetre that the config resamples to. Values of the two never tie, none is 500."""
    stack = replace(STACK, step=(0, 0, 1), row_step=1, column_step=1)
    t2, adc = noise(stack, 1) // 2 * 2 + 1, noise(stack, 2) // 4 * 4 + 2
    parts = write(PROSTATE_LINES, [stack, stack], [t2, adc])
    found = masks(prostate(request(shuffled(parts))), parts[0], stack.shape, 2)
    np.testing.assert_array_equal(found, zones(t2, adc))


def test_two_channels_of_two_grids_overlap(prostate: Any) -> None:
    oblique = other_grids(STACK)[0]
    parts = write(PROSTATE_LINES, [STACK, oblique], [hills(STACK, 0), hills(oblique, 1)])
    found = masks(prostate(request(shuffled(parts))), parts[0], STACK.shape, 2)
    expected = zones(hills(STACK, 0), hills(STACK, 1))
    for mask, truth in zip(found, expected):
        assert truth.any() and not truth.all()
        assert dice(mask, truth) >= LEAST_DICE
