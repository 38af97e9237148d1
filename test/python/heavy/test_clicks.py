"""Masks of clicks lie where the clicks are, with MONAI running the chains as NVIDIA wrote them."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path
from typing import Any, Callable, Iterator

import numpy as np
import pytest
from pydicom.dataset import Dataset

import bundles
import click_configs
import clicked
from answers import masks
from cases import CASES, Case
from clicked import click
from conftest import Deployed
from dicom_files import Files, Stack, request, write_series
from resident import forget_components

SHAPE = (20, 34, 44)
"""Slices, rows, columns: all different, so that no axes can be exchanged unnoticed."""

CLICK = (6, 21, 9)
"""A slice, row and column off all middles."""

every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


def values(stack: Stack) -> np.ndarray:
    return np.random.default_rng(4).integers(-100, 300, stack.shape).astype(np.int16)


def write(case: Case, stack: Stack) -> Files:
    def renumber(ds: Dataset, index: int) -> None:
        if case.order == "numbers reversed":
            ds.InstanceNumber = SHAPE[0] - index

    files = write_series(values(stack), stack, change=renumber)
    if case.order == "shuffled":
        random.Random(7).shuffle(files.contents)
    return files


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where bundles run: the temporary folder is tmp/ below it."""
    folder = tmp_path_factory.mktemp("clicked")
    with bundles.standin({}, folder):
        yield folder


@pytest.fixture(scope="module")
def bundle(place: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Deployed]:
    """bundle(config_mdai.json, inference config, network) -> Deployed."""

    def get(config: dict[str, Any], inference: dict[str, Any], network: str) -> Deployed:
        home = tmp_path_factory.mktemp("bundle")
        model = clicked.make_bundle(home, config, inference=inference)
        click_configs.write_network(model, network)
        forget_components()
        return Deployed(model, place / "tmp")

    return get


def ask(deployed: Deployed, files: Files, *annotations: dict[str, Any]) -> list[dict[str, Any]]:
    sent = request(files)
    sent["annotations"] = list(annotations)
    return deployed(sent)


def centre(found: np.ndarray) -> np.ndarray:
    """(3,) the mean slice, row and column of a mask."""
    assert found.any()
    return np.argwhere(found).mean(axis=0)


@pytest.fixture(scope="module")
def deepgrow(bundle: Callable[..., Deployed]) -> Deployed:
    """Deepgrow 3D as NVIDIA has it, in small; it resamples the pixels to 1 mm."""
    chain = click_configs.deepgrow(3, (24, 36, 36), (36, 36))
    config = clicked.config_of(clicked.DEEPGROW)
    return bundle(config, chain, click_configs.MARKS_CLICKS)


@pytest.fixture(scope="module")
def deepgrow_2d(bundle: Callable[..., Deployed]) -> Deployed:
    chain = click_configs.deepgrow(2, (48, 48), (32, 32))
    config = clicked.config_of(clicked.DEEPGROW_2D)
    return bundle(config, chain, click_configs.MARKS_CLICKS)


@every_case
def test_deepgrow_3d_answers_where_the_click_is(deepgrow: Deployed, case: Case) -> None:
    stack = replace(case.stack, shape=SHAPE)
    files = write(case, stack)
    found = masks(ask(deepgrow, files, click(files, CLICK)), files, SHAPE)[0]
    assert np.abs(centre(found) - CLICK).max() <= 1
    assert found[CLICK]


@every_case
def test_deepgrow_2d_answers_where_the_click_is(deepgrow_2d: Deployed, case: Case) -> None:
    stack = replace(case.stack, shape=SHAPE)
    files = write(case, stack)
    found = masks(ask(deepgrow_2d, files, click(files, CLICK)), files, SHAPE)[0]
    assert np.flatnonzero(found.any(axis=(1, 2))).tolist() == [CLICK[0]]
    assert np.abs(centre(found) - CLICK).max() <= 1
    assert found[CLICK]


ENDS = [(4, 17, 20), (15, 16, 21), (9, 5, 19), (10, 28, 22), (8, 18, 7), (11, 15, 37)]
"""A slice, row and column for the first and last of an object along each axis."""


def near(found: np.ndarray, places: list[tuple[int, ...]]) -> np.ndarray:
    """How far each voxel of a mask is from the nearest of some places, in voxels along an axis."""
    apart = np.abs(np.argwhere(found)[:, None] - np.array(places)[None])
    return apart.max(axis=2).min(axis=1)


@pytest.fixture(scope="module")
def extremes(bundle: Callable[..., Deployed]) -> Deployed:
    config = clicked.config_of(clicked.EXTREME_POINTS)
    return bundle(config, click_configs.extreme_points(), click_configs.MARKS_EXTREMES)


@every_case
def test_extreme_points_are_seen_where_they_are_clicked(extremes: Deployed, case: Case) -> None:
    stack = replace(case.stack, shape=SHAPE)
    files = write(case, stack)
    clicks = [click(files, place) for place in ENDS]
    found = masks(ask(extremes, files, *clicks), files, SHAPE)[0]
    assert all(found[place] for place in ENDS)
    assert near(found, ENDS).max() <= 3
    assert np.abs(centre(found) - np.mean(ENDS, axis=0)).max() <= 1


RESAMPLED = {
    "Spacingd": [
        click_configs.step(
            "Spacingd", keys=["image", "label"], pixdim=[3.0] * 3, mode=["bilinear", "nearest"]
        )
    ],
    "Orientationd and Resized": [
        click_configs.step("Orientationd", keys=["image", "label"], axcodes="RAS"),
        click_configs.step(
            "Resized",
            keys=["image", "label"],
            spatial_size=[13, 14, 15],
            mode=["trilinear", "nearest"],
        ),
    ],
}
"""What would lose single voxels of a label: steps of two to three voxels."""


@pytest.mark.parametrize("how", RESAMPLED)
def test_extreme_points_survive_a_label_that_is_resampled(
    bundle: Callable[..., Deployed], how: str
) -> None:
    """Each is in the answer, but for two steps of the grid that the label is resampled to."""
    chain = click_configs.extreme_points(RESAMPLED[how])
    deployed = bundle(
        clicked.config_of(clicked.EXTREME_POINTS), chain, click_configs.MARKS_EXTREMES
    )
    for case in CASES[::9]:
        stack = replace(case.stack, shape=SHAPE)
        files = write(case, stack)
        clicks = [click(files, place) for place in ENDS]
        found = masks(ask(deployed, files, *clicks), files, SHAPE)[0]
        places = np.argwhere(found)
        for end in ENDS:
            assert np.abs(places - end).max(axis=1).min() <= 5, (case.name, end)


def test_the_same_clicks_give_the_same_answer(extremes: Deployed) -> None:
    """MONAI picks at random among voxels that are equally far out: here two ends share a column."""
    files = write(CASES[0], replace(CASES[0].stack, shape=SHAPE))
    ends = [*ENDS[:-2], (8, 18, 7), (3, 25, 7), (11, 15, 37), (16, 8, 37)]
    clicks = [click(files, place) for place in ends]
    first = ask(extremes, files, *clicks)
    for _ in range(3):
        again = ask(extremes, files, *clicks)
        np.testing.assert_array_equal(masks(again, files, SHAPE), masks(first, files, SHAPE))
        assert again == first


def test_one_slice_is_segmented_by_itself(deepgrow_2d: Deployed, extremes: Deployed) -> None:
    """As with the scope INSTANCE; four points are all ends that a slice has."""
    stack = replace(CASES[0].stack, shape=(1, *SHAPE[1:]))
    files = write_series(values(stack), stack)
    found = masks(ask(deepgrow_2d, files, click(files, (0, 21, 9))), files, stack.shape)[0]
    assert np.abs(centre(found) - (0, 21, 9)).max() <= 1
    ends = [(0, 5, 19), (0, 28, 22), (0, 18, 7), (0, 15, 37)]
    clicks = [click(files, end) for end in ends]
    found = masks(ask(extremes, files, *clicks), files, stack.shape)[0]
    assert all(found[end] for end in ends)
    (answer,) = ask(extremes, files, *clicks[:3])
    assert "The model needs 4 extreme points, and 3 are there: 1 is missing." in answer["note"]


def test_deepgrow_runs_in_a_config_with_an_evaluator(bundle: Callable[..., Deployed]) -> None:
    """The same chain between MONAI's own loader and evaluator, which collate it."""
    chain = click_configs.deepgrow(3, (24, 36, 36), (36, 36))
    whole = click_configs.extreme_points()
    step = click_configs.step
    whole["pre_transforms"] = [*chain["pre_transforms"], step("ToTensord", keys="image")]
    whole["post_transforms"] = [
        *chain["post_transforms"],
        step("AddChanneld", keys="pred"),
        step("SaveImaged", keys="pred", meta_keys="pred_meta_dict", resample=False),
    ]
    deployed = bundle(clicked.config_of(clicked.DEEPGROW), whole, click_configs.MARKS_CLICKS)
    for case in CASES[::13]:
        stack = replace(case.stack, shape=SHAPE)
        files = write(case, stack)
        found = masks(ask(deployed, files, click(files, CLICK)), files, SHAPE)[0]
        assert np.abs(centre(found) - CLICK).max() <= 1


def test_many_clicks_on_both_sides(deepgrow: Deployed) -> None:
    stack = replace(CASES[0].stack, shape=SHAPE)
    files = write_series(values(stack), stack)
    places = [(6, 21, 9), (9, 15, 20), (12, 25, 14)]
    beside = [click(files, (9, 25, 14), "B"), click(files, (3, 30, 40), "B")]
    sent = request(files)
    sent["annotations"] = [click(files, place) for place in places] + beside
    sent["args"] = {"background_labels": ["B"]}
    found = masks(deepgrow(sent), files, SHAPE)[0]
    assert all(found[place] for place in places)
    assert near(found, places).max() <= 4


def test_pixels_that_can_not_be_read_are_said(deepgrow: Deployed) -> None:
    def broken(ds: Dataset, index: int) -> None:
        ds.PixelData = ds.PixelData[:200]

    stack = replace(CASES[0].stack, shape=SHAPE)
    good = write_series(values(stack), stack)
    bad = write_series(values(stack), stack, change=broken)
    sent = request(bad, good)
    sent["annotations"] = [click(bad, CLICK), click(good, CLICK)]
    kinds = {answer["series_uid"]: answer["type"] for answer in deepgrow(sent)}
    assert kinds == {bad.series_uid: "NONE", good.series_uid: "ANNOTATION"}
