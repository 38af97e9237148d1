"""The five models of NGC that are clicked: bundles of their shapes, as the packer makes them."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from typing import Any, Callable

import numpy as np
import pytest

import click_configs
import engines
from answers import masks
from bundles import pack
from cases import CASES, Case
from clicked import click, mark
from conftest import Deployed
from dicom_files import Files, request, write_series
from resident import forget_components

DEEPGROW = ["clara_pt_deepgrow_2d_annotation_1", "clara_pt_deepgrow_3d_annotation_1"]
EXTREME_POINTS = [
    "clara_pt_spleen_ct_annotation_1",
    "clara_pt_covid19_ct_lung_annotation_1",
    "clara_pt_brain_mri_annotation_t1c_1",
]
SHAPE = (24, 40, 48)
CLICK = (9, 25, 14)
ENDS = [(4, 17, 22), (18, 19, 24), (9, 5, 21), (12, 33, 25), (10, 20, 6), (11, 18, 40)]

SOME = [CASES[0], CASES[21], CASES[38], *[case for case in CASES if case.name == "oblique"]]


@pytest.fixture(scope="module")
def clickable(
    deploy: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], Deployed]:
    """clickable(fixture) -> its bundle, with a network that answers where it is clicked."""
    made: dict[str, Deployed] = {}
    temporary = deploy("spleen_ct").temporary

    def get(name: str) -> Deployed:
        if name not in made:
            home = tmp_path_factory.mktemp("bundle")
            options = ("--device", "cpu", "--modality", "any")
            model = pack(f"catalogue/{name}", home, *options)
            config = json.loads((model / "workspace" / "config_mdai.json").read_text())
            one = config["out_classes"] == 1
            code = click_configs.MARKS_CLICKS if one else click_configs.MARKS_EXTREMES
            root = model / "workspace" / config["root_folder"]
            engines.script(code, root / "models" / "model.ts")
            forget_components()
            made[name] = Deployed(model, temporary)
        return made[name]

    return get


def write(case: Case) -> Files:
    stack = replace(case.stack, shape=SHAPE)
    values = np.random.default_rng(4).integers(-100, 300, SHAPE).astype(np.int16)
    files = write_series(values, stack)
    if case.order == "shuffled":
        random.Random(7).shuffle(files.contents)
    return files


def ask(deployed: Deployed, files: Files, annotations: list[Any]) -> np.ndarray:
    sent = request(files)
    sent["annotations"] = annotations
    return masks(deployed(sent), files, SHAPE)[0]


@pytest.mark.parametrize("case", SOME, ids=lambda case: case.name)
@pytest.mark.parametrize("name", DEEPGROW)
def test_deepgrow_answers_where_the_click_is(
    clickable: Callable[[str], Deployed], name: str, case: Case
) -> None:
    files = write(case)
    found = ask(clickable(name), files, [click(files, CLICK)])
    assert found[CLICK]
    assert np.abs(np.argwhere(found).mean(axis=0) - CLICK).max() <= 1


@pytest.mark.parametrize("case", SOME, ids=lambda case: case.name)
@pytest.mark.parametrize("name", EXTREME_POINTS)
def test_extreme_points_are_seen_where_they_are_clicked(
    clickable: Callable[[str], Deployed], name: str, case: Case
) -> None:
    """Their labels are resampled, to millimetres or to a number of voxels."""
    files = write(case)
    found = np.argwhere(ask(clickable(name), files, [click(files, end) for end in ENDS]))
    for end in ENDS:
        assert np.abs(found - end).max(axis=1).min() <= 2, end


@pytest.mark.parametrize("name", EXTREME_POINTS)
def test_boxes_on_slices_do_as_well(clickable: Callable[[str], Deployed], name: str) -> None:
    files = write(CASES[0])
    box = {"x": 6, "y": 5, "width": 34, "height": 28}
    found = ask(clickable(name), files, [mark(files, z, box) for z in (4, 9, 18)])
    assert found.any()


@pytest.mark.parametrize("name", DEEPGROW + EXTREME_POINTS)
def test_a_request_without_annotations_is_a_none(
    clickable: Callable[[str], Deployed], name: str
) -> None:
    files = write(CASES[0])
    (answer,) = clickable(name)(request(files))
    assert answer["type"] == "NONE"
    assert "point" in answer["note"]
