"""Lung masks: what is a lung in a volume, and what the request's annotations draw."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pytest

import bundles
from cases import PLANES
from classifiers import write_mmar
from conftest import Deployed
from dicom_files import Files, Stack, request, write_series

STEP = 8.0
"""mm between voxels, the same in each direction."""


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("lungs")
    mmar = write_mmar(folder, volume=True, softmax=True)
    with bundles.standin({}, folder, warm=True):
        yield Deployed(bundles.pack(str(mmar), folder, "--lung-mask", "builtin"), folder)


def patient(**more: Any) -> tuple[np.ndarray, np.ndarray]:
    """(z, y, x) Hounsfield units, LPS, and the lungs: a trunk of 260 x 380 mm, 480 mm high."""
    values = np.full((60, 44, 56), -1000, np.int16)
    values[:, 4:36, 4:52] = 40
    lungs = np.zeros(values.shape, bool)
    lungs[32:56, 10:32, 8:24] = lungs[32:56, 10:32, 32:48] = True
    if more.get("one"):
        lungs[:, :, 28:] = False
    if more.get("none"):
        lungs[:] = False
    if more.get("cut"):
        lungs[50:, 10:32, 8:24] = lungs[50:, 10:32, 32:48] = True
    values[lungs] = -820
    if more.get("gas"):  # as large as the lungs, and as dark as gas, in front
        values[4:26, 6:16, 10:46] = -1000
    if more.get("stool"):  # gas that stool makes as dense as a lung
        values[4:26, 6:16, 10:46] = -880
    if more.get("table"):  # a hollow top along the whole of the scan, the body upon it
        values[:, 36:42, 6:50] = 100
        values[:, 37:41, 7:49] = more["table"]
    return values, lungs


def in_plane(volume: np.ndarray, plane: str) -> tuple[np.ndarray, Stack]:
    """The volume as a series of axial, coronal or sagittal slices; z grows to the head."""
    right, down = PLANES[plane]
    if plane == "axial":
        slices, step = volume, (0, 0, STEP)
        first = (0.0, 0.0, 0.0)
    elif plane == "coronal":
        slices, step = volume[::-1].transpose(1, 0, 2), (0, STEP, 0)
        first = (0.0, 0.0, STEP * (volume.shape[0] - 1))
    else:
        slices, step = volume[::-1].transpose(2, 0, 1), (STEP, 0, 0)
        first = (0.0, 0.0, STEP * (volume.shape[0] - 1))
    shape = tuple(int(size) for size in slices.shape)
    return slices, Stack(shape, right, down, first, step, STEP, STEP)


def seen(model: Any, volume: np.ndarray, plane: str, folder: Path) -> tuple[np.ndarray, Any]:
    """The mask that inference gets, in the series' slices by place, and the answers."""
    slices, stack = in_plane(volume, plane)
    answers = model(
        request(write_series(slices, stack)), scores=[0.2, 0.8], keep=str(folder), columns=2
    )
    image = nibabel.load(folder / "mask-0001.nii")
    found = np.asarray(image.dataobj) > 0
    points = np.argwhere(found) @ image.affine[:3, :3].T + image.affine[:3, 3]
    index = np.rint(points * [-1, -1, 1] / STEP).astype(int)
    mask = np.zeros(volume.shape, bool)
    mask[index[:, 2], index[:, 1], index[:, 0]] = True
    return mask, answers


@pytest.mark.parametrize("plane", PLANES)
@pytest.mark.parametrize(
    "what",
    [
        {},
        {"cut": True},
        {"gas": True},
        {"stool": True},
        {"table": -1000},
        {"table": -900},
        {"gas": True, "table": -1000},
    ],
    ids=str,
)
def test_the_lungs_alone_are_found(
    model: Any, plane: str, what: dict[str, Any], tmp_path: Path
) -> None:
    volume, lungs = patient(**what)
    mask, answers = seen(model, volume, plane, tmp_path)
    np.testing.assert_array_equal(mask, lungs)
    assert [answer.get("note") for answer in answers] == [None]


@pytest.mark.parametrize("plane", PLANES)
def test_one_lung_is_said(model: Any, plane: str, tmp_path: Path) -> None:
    volume, lungs = patient(one=True)
    mask, answers = seen(model, volume, plane, tmp_path)
    np.testing.assert_array_equal(mask, lungs)
    assert "is on one side of the body only" in answers[0]["note"]


@pytest.mark.parametrize("plane", PLANES)
@pytest.mark.parametrize("what", [{"gas": True}, {"table": -1000}, {"table": -900}], ids=str)
def test_gas_and_a_table_alone_are_no_lungs(model: Any, plane: str, what: dict[str, Any]) -> None:
    slices, stack = in_plane(patient(none=True, **what)[0], plane)
    with pytest.raises(model.error, match="finds no lungs"):
        model(request(write_series(slices, stack)), scores=[0.2, 0.8])


# ------------------------------------------------------------------ drawn by the user

STACK = Stack(shape=(20, 14, 17))


def annotated(files: Files, data: dict[int, Any]) -> dict[str, Any]:
    sent = request(files)
    sent["annotations"] = [
        {
            "id": f"A{index}",
            "label_id": "L",
            "study_uid": files.study_uid,
            "series_uid": files.series_uid,
            "instance_uid": files.uids[index],
            "frame_number": None,
            "data": each,
        }
        for index, each in data.items()
    ]
    return sent


def drawn(model: Any, data: dict[int, Any], folder: Path) -> tuple[np.ndarray, Any]:
    files = write_series(np.zeros(STACK.shape, np.int16), STACK)
    answers = model(annotated(files, data), scores=[0.2, 0.8], keep=str(folder))
    mask = np.asarray(nibabel.load(folder / "mask-0001.nii").dataobj).transpose(2, 1, 0)
    return mask > 0, answers


SQUARE = [[2, 3], [9, 3], [9, 8], [2, 8]]
HOLE = [[4.0, 5.0], [6.0, 5.0], [6.0, 6.0], [4.0, 6.0]]


@pytest.mark.parametrize(
    ("data", "hole"),
    [
        ({"vertices": SQUARE}, False),
        ({"vertices": SQUARE[::-1]}, False),
        ({"foreground": [SQUARE], "background": []}, False),
        ({"foreground": [SQUARE]}, False),
        ({"foreground": [SQUARE], "background": [HOLE]}, True),
    ],
)
def test_polygons_are_masks(model: Any, data: Any, hole: bool, tmp_path: Path) -> None:
    mask, answers = drawn(model, dict.fromkeys(range(3, 15), data), tmp_path)
    expected = np.zeros(STACK.shape, bool)
    expected[3:15, 3:9, 2:10] = True
    if hole:
        expected[3:15, 5:7, 4:7] = False
    np.testing.assert_array_equal(mask, expected)
    assert "note" not in answers[0]


def test_a_polygon_of_any_form_holds_the_pixels_inside_of_it(model: Any, tmp_path: Path) -> None:
    triangle = [[-3.5, 1.2], [12.25, 4.5], [3.1, 30.0]]
    mask, _ = drawn(model, {index: {"vertices": triangle} for index in range(20)}, tmp_path)
    rows, columns = np.mgrid[: STACK.shape[1], : STACK.shape[2]]
    sides = [
        (x2 - x1) * (rows - y1) - (y2 - y1) * (columns - x1)
        for (x1, y1), (x2, y2) in zip(triangle, triangle[1:] + triangle[:1])
    ]
    expected = np.all(np.array(sides) >= 0, axis=0)
    assert 20 < expected.sum() < expected.size - 20
    np.testing.assert_array_equal(mask, np.broadcast_to(expected, STACK.shape))


@pytest.mark.parametrize(
    ("slices", "few"), [([4, 5, 6], True), (range(5, 10), False), (range(0, 20, 2), True)]
)
def test_a_mask_on_few_of_many_slices_is_said(
    model: Any, slices: Any, few: bool, tmp_path: Path
) -> None:
    _, answers = drawn(model, {index: {"vertices": SQUARE} for index in slices}, tmp_path)
    note = answers[0].get("note", "")
    assert (f"is on {len(slices)} of 20 slices" in note) is few


@pytest.mark.parametrize("data", [{"vertices": [1, 2, 3]}, {"foreground": [[[1, 2], ["a", 3]]]}])
def test_a_polygon_that_is_none_is_refused(model: Any, data: Any, tmp_path: Path) -> None:
    with pytest.raises(model.error, match="annotations can't be read"):
        drawn(model, {3: data}, tmp_path)
