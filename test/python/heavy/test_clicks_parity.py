"""What the network gets of clicks is, to the bit, what MONAI makes of NIfTI files and voxels."""

from __future__ import annotations

import importlib
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, Callable, Iterator

import nibabel
import numpy as np
import pytest
import torch
from monai.transforms import Compose

import bundles
import click_configs
import clicked
from answers import masks
from cases import CASES, Case
from clicked import click, mark
from conftest import Deployed
from dicom_files import Stack, request, write_series
from resident import forget_components

SPY = """
import torch

SEEN = []

class Network(torch.nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.channels = channels

    def forward(self, image):
        SEEN.append(image.clone())
        near = (image[:, 1:2] > 0.4).float() * 20 - 10
        return torch.cat([-near, near], dim=1) if self.channels == 2 else near
"""
"""A network that keeps what it is given."""

SHAPE = (22, 40, 48)

PLAIN = [case for case in CASES if case.name.startswith("axial, rows")]
"""Volumes whose axes are the patient's, whichever way they point: what AIAA was made for."""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("clicked")
    with bundles.standin({}, folder):
        yield folder


@pytest.fixture
def spied(place: Path, tmp_path: Path) -> Callable[..., tuple[Deployed, list[torch.Tensor]]]:
    """spied(clicks, inference config) -> the bundle, and what its network is given."""

    def get(clicks: dict[str, Any], inference: dict[str, Any], channels: int = 1) -> Any:
        inference["model"] = [
            {"path": "spy.Network", "args": {"channels": channels}},
            {"ckpt_path": "{MMAR_CKPT}"},
        ]
        model = clicked.make_bundle(tmp_path, clicked.config_of(clicks), inference=inference)
        root = model / "workspace" / "mmar"
        (root / "custom").mkdir()
        (root / "custom" / "spy.py").write_text(SPY)
        torch.save({"model": {}}, str(root / "models" / "model.pt"))
        forget_components()
        deployed = Deployed(model, place / "tmp")
        return deployed, importlib.import_module("spy").SEEN

    return get


def by_hand(transforms: list[dict[str, Any]], data: dict[str, Any]) -> dict[str, Any]:
    """What transforms of a config make, built by MONAI's names alone."""
    made = []
    for one in transforms:
        home, _, name = one["name"].rpartition(".")
        module = importlib.import_module(home or "monai.transforms")
        made.append(getattr(module, name)(**one["args"]))
    return Compose(made)(data)


def write_nifti(values: np.ndarray, stack: Stack, path: Path, kind: Any = np.float32) -> str:
    """A series' voxels as a converter writes them: [column, row, slice], slices along the normal.

    The affine is DICOM's definition, turned from LPS to RAS.
    """
    normal = np.cross(stack.right, stack.down)
    if normal @ np.array(stack.step) < 0:
        values = values[::-1]
        first = stack.position(stack.shape[0] - 1)
        step = -np.array(stack.step)
    else:
        first, step = stack.position(0), np.array(stack.step)
    lps = np.eye(4)
    lps[:3, 0] = np.array(stack.right) * stack.column_step
    lps[:3, 1] = np.array(stack.down) * stack.row_step
    lps[:3, 2], lps[:3, 3] = step, first
    image = nibabel.Nifti1Image(values.T.astype(kind), np.diag([-1, -1, 1, 1]) @ lps)
    image.header.set_qform(image.affine, code="scanner")
    image.header.set_sform(image.affine, code="scanner")
    nibabel.save(image, str(path))
    return str(path)


def voxel(stack: Stack, place: tuple[int, int, int]) -> list[int]:
    """[i, j, k] of a slice, row and column in that file."""
    z, y, x = place
    backwards = np.cross(stack.right, stack.down) @ np.array(stack.step) < 0
    return [x, y, stack.shape[0] - 1 - z if backwards else z]


def values(stack: Stack) -> np.ndarray:
    return np.random.default_rng(11).integers(-100, 300, stack.shape).astype(np.int16)


FOREGROUND = [(9, 21, 30), (11, 12, 24), (9, 14, 33)]
BACKGROUND = [(9, 33, 8), (15, 5, 40)]


def ask(deployed: Deployed, files: Any, annotations: list[Any], **args: Any) -> list[Any]:
    sent = request(files)
    sent["annotations"], sent["args"] = annotations, args
    return deployed(sent)


@pytest.mark.parametrize("case", PLAIN[::3], ids=lambda case: case.name)
def test_deepgrow_3d_is_given_what_aiaa_gives_it(
    spied: Callable[..., Any], tmp_path: Path, case: Case
) -> None:
    stack = replace(case.stack, shape=SHAPE)
    files = write_series(values(stack), stack)
    chain = click_configs.deepgrow(3, (32, 32, 32), (24, 24))
    deployed, seen = spied(clicked.DEEPGROW, json.loads(json.dumps(chain)))
    clicks = [click(files, one) for one in FOREGROUND] + [
        click(files, one, "B") for one in BACKGROUND
    ]
    answers = ask(deployed, files, clicks, background_labels=["B"])
    given = {
        "image": write_nifti(values(stack), stack, tmp_path / "ct.nii.gz"),
        "foreground": [voxel(stack, one) for one in FOREGROUND],
        "background": [voxel(stack, one) for one in BACKGROUND],
    }
    made = by_hand(chain["pre_transforms"], given)
    assert [tuple(each.shape) for each in seen] == [(1, 3, 32, 32, 32)]
    np.testing.assert_array_equal(seen[0][0].numpy(), made["image"])
    assert made["image"][1].max() == 1 and made["image"][2].max() == 1
    made["pred"] = torch.as_tensor((made["image"][1:2] > 0.4) * 20.0 - 10)
    answer = by_hand(chain["post_transforms"], made)["pred"]
    expected = np.asarray(answer).T > 0.5
    backwards = voxel(stack, (0, 0, 0))[2] != 0
    found = masks(answers, files, SHAPE)[0]
    np.testing.assert_array_equal(found, expected[::-1] if backwards else expected)


@pytest.mark.parametrize("case", PLAIN[1::5], ids=lambda case: case.name)
def test_deepgrow_2d_is_given_what_aiaa_gives_it(
    spied: Callable[..., Any], tmp_path: Path, case: Case
) -> None:
    """Slice by slice, each with its own clicks, and the images resampled once."""
    stack = replace(case.stack, shape=SHAPE)
    files = write_series(values(stack), stack)
    chain = click_configs.deepgrow(2, (48, 48), (32, 32), spacing=0.8)
    deployed, seen = spied(clicked.DEEPGROW_2D, json.loads(json.dumps(chain)))
    clicks = [click(files, one) for one in FOREGROUND] + [
        click(files, one, "B") for one in BACKGROUND
    ]
    answers = ask(deployed, files, clicks, background_labels=["B"])
    path = write_nifti(values(stack), stack, tmp_path / "ct.nii.gz")
    found = masks(answers, files, SHAPE)[0]
    order = sorted((9, 11), key=lambda z: voxel(stack, (z, 0, 0))[2])
    for z, tensor in zip(order, seen):
        given = {
            "image": path,
            "foreground": [voxel(stack, one) for one in FOREGROUND if one[0] == z],
            "background": [voxel(stack, one) for one in BACKGROUND if one[0] == z],
        }
        made = by_hand(chain["pre_transforms"], given)
        np.testing.assert_array_equal(tensor[0].numpy(), made["image"])
        made["pred"] = torch.as_tensor((made["image"][1:2] > 0.4) * 20.0 - 10)
        answer = np.asarray(by_hand(chain["post_transforms"], made)["pred"]).T > 0.5
        k = voxel(stack, (z, 0, 0))[2]
        np.testing.assert_array_equal(found[z], answer[k])
    assert len(seen) == 2
    assert np.flatnonzero(found.any(axis=(1, 2))).tolist() == [9, 11]
    assert "1 of background labels on slices without a click" in answers[0]["note"]


def organ(shape: tuple[int, ...]) -> np.ndarray:
    """(slices, rows, columns) bool with one voxel at each of its ends."""
    z, y, x = np.meshgrid(*[np.arange(size) for size in shape], indexing="ij")
    body = np.abs(z - 11) / 7.5 + np.abs(y - 20) / 13.5 + np.abs(x - 25) / 16.5 < 0.97
    for end in ((3, 19, 26), (19, 22, 24), (12, 5, 27), (10, 35, 23), (9, 18, 7), (13, 21, 43)):
        body[end] = True
    return body


def ends(label: np.ndarray) -> list[tuple[int, int, int]]:
    places = np.argwhere(label)
    found = []
    for axis in range(3):
        for value in (places[:, axis].min(), places[:, axis].max()):
            (one,) = places[places[:, axis] == value]
            found.append(tuple(int(part) for part in one))
    return found


@pytest.mark.parametrize("case", CASES[::6], ids=lambda case: case.name)
def test_six_points_are_given_as_the_full_label_is(
    spied: Callable[..., Any], tmp_path: Path, case: Case
) -> None:
    """By AddExtremePointsChanneld, behind a crop by the label; obliquely as well."""
    stack = replace(case.stack, shape=SHAPE)
    files = write_series(values(stack), stack)
    label = organ(SHAPE)
    chain = click_configs.extreme_points()
    deployed, seen = spied(clicked.EXTREME_POINTS, json.loads(json.dumps(chain)), channels=2)
    ask(deployed, files, [click(files, one) for one in ends(label)])
    given = {
        "image": write_nifti(values(stack), stack, tmp_path / "ct.nii.gz"),
        "label": write_nifti(label, stack, tmp_path / "label.nii.gz", np.uint8),
    }
    made = by_hand(chain["pre_transforms"], given)
    assert len(seen) == 1
    np.testing.assert_array_equal(seen[0][0].numpy(), made["image"].numpy())
    assert made["image"][1].max() == 1


def test_masks_on_slices_give_the_points_of_the_label(spied: Callable[..., Any]) -> None:
    """The whole organ, drawn slice by slice, and the six points of it."""
    stack = replace(CASES[0].stack, shape=SHAPE)
    files = write_series(values(stack), stack)
    label = organ(SHAPE)
    chain = click_configs.extreme_points()
    deployed, seen = spied(clicked.EXTREME_POINTS, chain, channels=2)
    ask(deployed, files, [click(files, one) for one in ends(label)])
    drawn = [mark(files, z, {"mask": label[z].astype(int).tolist()}) for z in range(len(label))]
    ask(deployed, files, [one for one in drawn if np.any(one["data"]["mask"])])
    np.testing.assert_array_equal(seen[0].numpy(), seen[1].numpy())


def test_a_network_is_not_called_without_clicks(spied: Callable[..., Any]) -> None:
    stack = replace(CASES[0].stack, shape=SHAPE)
    files = write_series(values(stack), stack)
    deployed, seen = spied(clicked.DEEPGROW, click_configs.deepgrow(3, (32, 32, 32), (24, 24)))
    (answer,) = ask(deployed, files, [])
    assert answer["type"] == "NONE"
    assert "Draw a point on the object" in answer["note"]
    assert seen == []
    assert "spy" in sys.modules
