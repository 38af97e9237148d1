"""Masks of MONAI bundles lie on the right pixels, whatever the orientation.

One bundle each for CT, for MR with several channels and of slices, on every case of
../light/cases.py. All cases of a bundle are series of one request.
"""

from __future__ import annotations

import json
from typing import Any, Callable

import numpy as np
import pytest
import torch
from pydicom.uid import generate_uid

import monai_bundles as zoo
from answers import dice, masks
from cases import CASES, Case
from dicom_files import Stack, request
from phantom import organ_depth, ramp, stack_for, steps
from studies import line, write_line
from test_geometry import Segmented, segment_all

LEAST_DICE = 0.99
LEAST_DICE_OF_LABELS = 0.98
"""Where labels are resampled, of which each voxel is the one or the other."""

every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)

RAS = {"_target_": "Orientationd", "keys": "@image_key", "axcodes": "RAS"}
SPACING = {"_target_": "Spacingd", "keys": "@image_key", "pixdim": [1.5, 1.5, 2.0]}
SPACING = {**SPACING, "mode": "bilinear"}
TYPED = {"_target_": "EnsureTyped", "keys": "@image_key"}
CROP = {"_target_": "CropForegroundd", "keys": "@image_key", "source_key": "@image_key"}
CROP = {**CROP, "select_fn": "$lambda x: x > -900", "allow_smaller": True}


@pytest.fixture(scope="module")
def ct(deploy: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Segmented:
    """Turned and cropped, not resampled: exact."""
    network, weights = zoo.thresholds(50, 200)
    content = zoo.config(network, [*zoo.load(), RAS, zoo.HU, CROP, TYPED])
    folder = tmp_path_factory.mktemp("zoo") / "ct"
    root = zoo.write_bundle(folder, content, weights, told=zoo.metadata(("organ", "spot")))
    return segment_all(deploy(root), 2, lambda stack: steps(stack, 20, 110, 230))


@every_case
def test_ct_is_exact_on_the_grid_of_the_series(ct: Segmented, case: Case) -> None:
    values = ct.values[case.name]
    np.testing.assert_array_equal(ct.found[case.name], [values == 110, values == 230])


@pytest.fixture(scope="module")
def resampled(deploy: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Segmented:
    """As spleen_ct_segmentation of the Model Zoo has it: Spacingd, and back by Invertd."""
    network, weights = zoo.thresholds(90)
    content = zoo.config(network, [*zoo.load(), RAS, SPACING, zoo.HU, TYPED])
    root = zoo.write_bundle(tmp_path_factory.mktemp("zoo") / "spleen", content, weights)
    scale = 1.5
    return segment_all(deploy(root), 1, lambda stack: ramp(organ_depth(stack, scale), 90, 8), scale)


@every_case
def test_ct_that_is_resampled_and_inverted_overlaps(resampled: Segmented, case: Case) -> None:
    assert dice(resampled.found[case.name][0], resampled.values[case.name] > 90) > LEAST_DICE


@pytest.fixture(scope="module")
def saved(deploy: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Segmented:
    """Not inverted: SaveImaged would bring the result back onto the series' grid."""
    network, weights = zoo.thresholds(90)
    content = zoo.config(network, [*zoo.load(), RAS, SPACING, zoo.HU, TYPED])
    root = zoo.write_bundle(tmp_path_factory.mktemp("zoo") / "saved", content, weights)
    deployed = deploy(root, overrides={"postprocessing#transforms#1#_disabled_": True})
    scale = 2.5
    return segment_all(deployed, 1, lambda stack: ramp(organ_depth(stack, scale), 90, 8), scale)


@every_case
def test_ct_that_only_the_saver_brings_back_overlaps(saved: Segmented, case: Case) -> None:
    overlap = dice(saved.found[case.name][0], saved.values[case.name] > 90)
    assert overlap > LEAST_DICE_OF_LABELS


@pytest.fixture(scope="module")
def slices(deploy: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Segmented:
    """As ventricular_short_axis_3label has it: a network of two dimensions, slice by slice."""
    network, weights = zoo.thresholds(50, 200, dimensions=2)
    inferer = {"_target_": "SliceInferer", "roi_size": [32, 32], "spatial_dim": 2}
    content = zoo.config(network, [*zoo.load(image_only=False), zoo.HU, TYPED], inferer=inferer)
    folder = tmp_path_factory.mktemp("zoo") / "slices"
    root = zoo.write_bundle(folder, content, weights, told=zoo.metadata(("organ", "spot")))
    return segment_all(deploy(root), 2, lambda stack: steps(stack, 20, 110, 230))


@every_case
def test_slices_are_exact_on_the_grid_of_the_series(slices: Segmented, case: Case) -> None:
    values = slices.values[case.name]
    np.testing.assert_array_equal(slices.found[case.name], [values == 110, values == 230])


CONTRASTS = {"T1c": "t1_tse_tra_KM", "T1": "t1_tse_tra", "T2": "t2_tse_tra", "FLAIR": "t2_flair"}
MERGE = (
    "$lambda x: torch.where(x[[2]] > 0, 4, torch.where(x[[0]] > 0, 1, "
    "torch.where(x[[1]] > 0, 2, 0)))"
)
"""Makes labels of channels that overlap, as brats_mri_segmentation does."""

BRATS_POST = [
    {"_target_": "Activationsd", "keys": "pred", "sigmoid": True},
    {**zoo.INVERT, "meta_keys": "pred_meta_dict"},
    {"_target_": "AsDiscreted", "keys": "pred", "threshold": 0.5},
    {"_target_": "Lambdad", "keys": "pred", "func": MERGE},
    {**zoo.SAVE, "resample": False, "output_dtype": "uint8", "meta_keys": "pred_meta_dict"},
]


@pytest.fixture(scope="module")
def brats(
    deploy: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, tuple[np.ndarray, list[np.ndarray]]]:
    """As brats_mri_segmentation has it: four series, three channels that overlap, labels 1, 2, 4.

    Label 1 is where T1c is bright, 2 where T1 is, 4 where FLAIR is; the last wins.
    """
    network = {"_target_": "torch.nn.Conv3d", "in_channels": 4, "out_channels": 3}
    network["kernel_size"] = 1
    weight = torch.zeros(3, 4, 1, 1, 1)
    for out, channel in enumerate((0, 1, 3)):
        weight[out, channel] = 1.0
    weights = {"weight": weight, "bias": torch.full((3,), -500.0)}
    pre = [{"_target_": "LoadImaged", "keys": "@image_key", "image_only": False}]
    content = zoo.config(network, pre, postprocessing=zoo.compose(BRATS_POST))
    told = zoo.metadata(("whole tumor", "enhancing tumor"), list(CONTRASTS), "MR")
    channels = {"0": "tumor core", "1": "whole tumor", "2": "enhancing tumor"}
    told["network_data_format"]["outputs"]["pred"]["channel_def"] = channels
    folder = tmp_path_factory.mktemp("zoo") / "brats"
    deployed = deploy(zoo.write_bundle(folder, content, weights, told=told))
    described = json.loads((deployed.model / "workspace" / "config_mdai.json").read_text())
    assert [each["value"] for each in described["classes"]] == [1, 2, 4]
    found = {}
    for case in CASES:
        stack = stack_for(case)
        images = [bright(stack, number) for number in range(len(CONTRASTS))]
        study = generate_uid()
        series = [
            write_line(line(number + 3, name), study, generate_uid(), stack, values)
            for number, (name, values) in enumerate(zip(CONTRASTS.values(), images))
        ]
        answers = deployed(request(*series))
        first = next(each for each in series if each.series_uid == answers[0]["series_uid"])
        found[case.name] = (masks(answers, first, stack.shape, 3), images)
    return found


def bright(stack: Stack, number: int) -> np.ndarray:
    """1000 in an organ that lies elsewhere in each channel, 10 outside."""
    away = [(0, 0, 0), (2, -3, 4), (-2, 4, 3), (1, 5, -6)][number]
    return np.where(np.roll(organ_depth(stack), away, (0, 1, 2)) > 0, 1000, 10).astype(np.int16)


@every_case
def test_mr_of_four_channels_is_exact(
    brats: dict[str, tuple[np.ndarray, list[np.ndarray]]], case: Case
) -> None:
    found, (one, two, _, four) = brats[case.name]
    expected = np.select([four > 500, one > 500, two > 500], [4, 1, 2], 0)
    np.testing.assert_array_equal(found, [expected == 1, expected == 2, expected == 4])
