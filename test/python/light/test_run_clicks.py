"""`mmar2mdai run --click`: what goes into the request, and where the report shows the points."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pydicom
import pytest
from PIL import Image

import run_bundles
import scenes
from dicom_files import Files, Stack, write_enhanced, write_series

AXIAL = Stack()
STACKS = {
    "axial": AXIAL,
    "flipped": replace(AXIAL, right=(-1.0, 0.0, 0.0), down=(0.0, -1.0, 0.0)),
    "downwards": replace(AXIAL, step=(0.0, 0.0, -2.5)),
    "sagittal": replace(AXIAL, right=(0.0, 1.0, 0.0), down=(0.0, 0.0, -1.0), step=(3.0, 0.0, 0.0)),
    "oblique": replace(AXIAL, right=(0.8, 0.6, 0.0), down=(-0.6, 0.8, 0.0), step=(0.0, 0.0, 2.5)),
}

MARKS_CLICKS = """
import io
import json
import pydicom

class MDAIModel:
    def predict(self, data):
        answers = []
        sizes = {}
        for file in data["files"]:
            ds = pydicom.dcmread(io.BytesIO(file["content"]), stop_before_pixels=True)
            sizes[str(ds.SOPInstanceUID)] = (int(ds.Rows), int(ds.Columns))
        for one in data["annotations"]:
            rows, columns = sizes[one["instance_uid"]]
            mask = [[0] * columns for _ in range(rows)]
            mask[round(one["data"]["y"])][round(one["data"]["x"])] = 1
            answers.append({
                "type": "ANNOTATION", "study_uid": one["study_uid"],
                "series_uid": one["series_uid"], "instance_uid": one["instance_uid"],
                "frame_number": one["frame_number"], "class_index": 0, "data": {"mask": mask},
                "note": json.dumps([one["label_id"], data["args"]]),
            })
        return answers
"""
"""A model that marks the pixel of each click, and says with what it was asked."""

SAYS_ONLY = """
import json

class MDAIModel:
    def predict(self, data):
        uid = data["annotations"][0]["study_uid"]
        return [{"type": "NONE", "study_uid": uid, "note": json.dumps(data["annotations"])}]
"""


def click(x: float, y: float, image: int, background: bool = False) -> dict[str, Any]:
    return {"x": x, "y": y, "image": image, "background": background}


def written(files: Files, folder: Path) -> Path:
    return run_bundles.write(files, folder / "dicom")


def marks_of(out: Path, page: dict[str, Any]) -> Any:
    return nibabel.load(out / "page" / page["points"])


@pytest.mark.parametrize("name", STACKS)
def test_points_are_shown_where_the_model_is_told_them(name: str, tmp_path: Path) -> None:
    stack = STACKS[name]

    def backwards(ds: Any, index: int) -> None:
        if name == "downwards":
            ds.InstanceNumber = stack.shape[0] - index

    files = write_series(scenes.image(stack.shape), stack, change=backwards)
    model = run_bundles.make(tmp_path, MARKS_CLICKS, task="annotation")
    out = tmp_path / "out"
    clicks = [click(7, 11, 3), click(12.4, 5, 5, background=True)]
    found = run_bundles.result(model, [written(files, tmp_path)], out, clicks=clicks)
    (request,) = found["requests"]
    (described,) = request["series"]
    assert [(p["x"], p["y"], p["background"]) for p in described["points"]] == [
        (7, 11, False),
        (12.4, 5, True),
    ]
    assert [described["images"][p["slice"]] for p in described["points"]] == [3, 5]
    # Images count in the order of InstanceNumber, wherever they lie.
    numbers = sorted(
        (int(pydicom.dcmread(f).InstanceNumber), f) for f in (tmp_path / "dicom").iterdir()
    )
    places = []
    for one in clicks:
        ds = pydicom.dcmread(numbers[one["image"] - 1][1])
        right, down = np.split(np.array(ds.ImageOrientationPatient, float), 2)
        row, column = (float(value) for value in ds.PixelSpacing)
        place = np.array(ds.ImagePositionPatient, float) + right * column * round(one["x"])
        places.append((place + down * row * one["y"]) * [-1, -1, 1])
    image = marks_of(out, described["page"])
    marks = np.asanyarray(image.dataobj)
    for value, place in enumerate(places, 1):
        voxels = np.argwhere(marks == value)
        middle = image.affine[:3, :3] @ voxels.mean(axis=0) + image.affine[:3, 3]
        np.testing.assert_allclose(middle, place, atol=0.05)
    nifti: Any = nibabel.load(out / described["files"][0])
    masks = run_bundles.inside(nifti.affine, np.asanyarray(nifti.dataobj) == 1)
    expected = np.round(np.array(places), 2) + 0.0
    np.testing.assert_allclose(masks, expected[np.lexsort(expected.T)], atol=0.02)


def test_the_request_says_what_the_clicks_mean(tmp_path: Path) -> None:
    files = write_series(scenes.image(AXIAL.shape), AXIAL)
    model = run_bundles.make(tmp_path, MARKS_CLICKS, task="annotation")
    order = {
        "clicks": [click(7, 11, 3), click(9, 5, 3, background=True)],
        "args": {"background_labels": "L_other", "speed": 2},
    }
    found = run_bundles.result(model, [written(files, tmp_path)], tmp_path / "out", **order)
    labels, args = zip(*(json.loads(note) for note in found["requests"][0]["notes"]))
    assert labels == ("L_click", "L_click_background")
    assert args[0] == {
        "first_frame": 1,
        "speed": 2,
        "background_labels": ["L_other", "L_click_background"],
    }


def test_the_bundles_own_background_labels_stay(tmp_path: Path) -> None:
    files = write_series(scenes.image(AXIAL.shape), AXIAL)
    model = run_bundles.make(tmp_path, MARKS_CLICKS, task="annotation")
    config = model / "workspace" / "config_mdai.json"
    own = {**json.loads(config.read_text()), "input": {"background_labels": ["L_own"]}}
    config.write_text(json.dumps(own))
    clicks = [click(9, 5, 3, background=True)]
    found = run_bundles.result(model, [written(files, tmp_path)], tmp_path / "out", clicks=clicks)
    (note,) = found["requests"][0]["notes"]
    assert json.loads(note)[1]["background_labels"] == ["L_own", "L_click_background"]


@pytest.mark.parametrize("first", [None, 0, 1])
def test_frames_of_one_instance_are_images(first: int | None, tmp_path: Path) -> None:
    voxels = scenes.image(AXIAL.shape)
    files = write_enhanced(voxels, AXIAL)
    model = run_bundles.make(tmp_path, SAYS_ONLY, task="annotation")
    out = tmp_path / "out"
    args = {} if first is None else {"first_frame": first}
    order: dict[str, Any] = {"clicks": [click(7, 11, 4)], "args": args}
    found = run_bundles.result(model, [written(files, tmp_path)], out, **order)
    (note,) = found["requests"][0]["notes"]
    (annotation,) = json.loads(note)
    assert annotation["frame_number"] == (3 if first == 0 else 4)
    assert annotation["data"] == {"x": 7, "y": 11}
    (described,) = found["requests"][0]["series"]
    (point,) = described["points"]
    assert point["slice"] == 3
    # Nothing was found: the report opens at the point.
    affine = np.array(described["affine"])
    focus = affine @ [7, 11, 3, 1]
    np.testing.assert_allclose(described["page"]["focus"], focus[:3], atol=0.02)


def test_annotations_of_a_file_are_shown_as_their_corners(tmp_path: Path) -> None:
    files = write_series(scenes.image(AXIAL.shape), AXIAL)
    folder = written(files, tmp_path)
    named = sorted(
        (int(pydicom.dcmread(f).InstanceNumber), pydicom.dcmread(f)) for f in folder.iterdir()
    )
    uid = str(named[4][1].SOPInstanceUID)
    common = {
        "study_uid": str(named[4][1].StudyInstanceUID),
        "instance_uid": uid,
        "label_id": "L_a",
    }
    annotations = [
        {**common, "data": {"x": 3, "y": 4, "width": 5, "height": 6}},
        {
            **common,
            "data": {"vertices": [[10, 10], [12, 10.5], ["a", 3], [None]]},
            "label_id": "L_b",
        },
        {**common, "data": {"x": "left", "y": 4}},
        {**common, "data": None},
        {**common, "instance_uid": "9.9", "data": {"x": 1, "y": 1}},
    ]
    model = run_bundles.make(tmp_path, SAYS_ONLY, task="annotation")
    args = {"background_labels": ["L_b"]}
    found = run_bundles.result(
        model, [folder], tmp_path / "out", annotations=annotations, args=args
    )
    (described,) = found["requests"][0]["series"]
    assert [(p["x"], p["y"], p["background"]) for p in described["points"]] == [
        *[(3, 4, False), (8, 4, False), (3, 10, False), (8, 10, False)],
        *[(10, 10, True), (12, 10.5, True)],
    ]


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (click(7, 11, 99), "Click 2 is on image 99, and the series has the images 1 to "),
        (click(4000, 11, 1), "Click 2 is at x 4000, y 11, outside of the image: x goes from 0 to "),
    ],
)
def test_a_click_beside_the_images_is_refused(
    wrong: dict[str, Any], says: str, tmp_path: Path
) -> None:
    files = write_series(scenes.image(AXIAL.shape), AXIAL)
    model = run_bundles.make(tmp_path, MARKS_CLICKS, task="annotation")
    clicks = [click(1, 1, 1), wrong]
    told = run_bundles.error(model, [written(files, tmp_path)], tmp_path / "out", clicks=clicks)
    assert told["kind"] == "input" and told["message"].startswith(says)


def test_the_overview_shows_the_slices_with_clicks(tmp_path: Path) -> None:
    files = write_series(scenes.image(AXIAL.shape), AXIAL)
    model = run_bundles.make(tmp_path, SAYS_ONLY, task="annotation")
    out = tmp_path / "out"
    clicks = [click(7, 11, 3), click(9, 5, 6, background=True)]
    run_bundles.result(model, [written(files, tmp_path)], out, clicks=clicks)
    sheet = np.asarray(Image.open(out / "overview.png").convert("RGB")).reshape(-1, 3)
    assert (sheet == [255, 255, 255]).all(axis=1).any()
    orange = np.abs(sheet.astype(int) - [255, 140, 0]).max(axis=1) < 40
    assert orange.any()
