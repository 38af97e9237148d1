"""`mmar2mdai run`'s Python side: what is sent, what is checked, and what is written."""

from __future__ import annotations

import json
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import highdicom
import nibabel
import numpy as np
import pydicom
import pytest
from PIL import Image

import run_bundles
import scenes
from dicom_files import Stack, write_series

AXIAL = Stack()
STACKS = {
    "axial": AXIAL,
    "coronal": replace(AXIAL, down=(0.0, 0.0, -1.0), step=(0.0, 2.0, 0.0)),
    "flipped": replace(AXIAL, right=(-1.0, 0.0, 0.0), down=(0.0, -1.0, 0.0)),
    "downwards": replace(AXIAL, step=(0.0, 0.0, -2.5)),
    "sagittal": replace(AXIAL, right=(0.0, 1.0, 0.0), down=(0.0, 0.0, -1.0), step=(3.0, 0.0, 0.0)),
    "oblique": replace(AXIAL, right=(0.8, 0.6, 0.0), down=(-0.6, 0.8, 0.0), step=(0.0, 0.0, 2.5)),
}
MARKS_ORGAN = run_bundles.ABOVE.format(levels="[(200, 5000)]")


def series(folder: Path, stack: Stack = AXIAL, name: str = "dicom", **wishes: Any) -> Path:
    """A series of `scenes.image` in a folder."""

    def described(ds: Any, index: int) -> None:
        ds.SeriesNumber, ds.SeriesDescription = wishes.get("number", 3), wishes.get("text", "AX CT")
        ds.FrameOfReferenceUID = "1.2.3.4"
        ds.PatientBirthDate = ds.PatientSex = ds.StudyID = ds.StudyDate = ds.StudyTime = ""
        ds.AccessionNumber = ds.ReferringPhysicianName = ""

    study = wishes.get("study")
    files = write_series(scenes.image(stack.shape), stack, study=study, change=described)
    return run_bundles.write(files, folder / name)


@pytest.mark.parametrize("name", STACKS)
def test_masks_lie_where_the_organ_is(name: str, tmp_path: Path) -> None:
    stack = STACKS[name]
    model = run_bundles.make(tmp_path, MARKS_ORGAN)
    found = run_bundles.result(model, [series(tmp_path, stack)], tmp_path / "out")
    organ = scenes.organ(stack.shape)
    truth = np.round(stack.points()[organ] * [-1, -1, 1], 2) + 0.0
    truth = truth[np.lexsort(truth.T)]
    (described,) = found["requests"][0]["series"]
    nifti, seg = described["files"]
    image: Any = nibabel.load(tmp_path / "out" / nifti)
    written = run_bundles.inside(image.affine, np.asanyarray(image.dataobj) == 1)
    np.testing.assert_allclose(written, truth, atol=0.02)
    (numbers,) = described["classes"]
    assert numbers["voxels"] == organ.sum()
    volume = stack.row_step * stack.column_step * abs(np.linalg.norm(stack.step)) / 1000
    assert numbers["ml"] == pytest.approx(organ.sum() * volume, rel=1e-3)
    values = scenes.image(stack.shape)[organ]
    assert numbers["mean"] == pytest.approx(values.mean(), abs=0.01)
    assert numbers["sd"] == pytest.approx(values.std(), abs=0.01)
    check_seg(tmp_path / "out" / seg, tmp_path / "dicom")


def check_seg(path: Path, folder: Path) -> None:
    """A DICOM SEG marks on each source image the pixels that the model marks."""
    seg = highdicom.seg.segread(path)
    for file in folder.iterdir():
        source = pydicom.dcmread(file)
        pixels = seg.get_pixels_by_source_instance(
            [source.SOPInstanceUID],
            assert_missing_frames_are_empty=True,
            ignore_spatial_locations=True,
        )
        np.testing.assert_array_equal(pixels[0, :, :, 0] != 0, source.pixel_array >= 200)


def test_reference_on_another_grid(tmp_path: Path) -> None:
    stack = STACKS["coronal"]
    organ = scenes.organ(stack.shape)
    axes = np.diag([-1.0, -1.0, 1.0])
    affine = np.eye(4)
    affine[:3, 0] = axes @ np.array(stack.right) * stack.column_step
    affine[:3, 1] = axes @ np.array(stack.down) * stack.row_step
    affine[:3, 2] = axes @ np.array(stack.step)
    affine[:3, 3] = axes @ np.array(stack.first)
    # The same voxels in another order of axes, as a NIfTI from elsewhere has them.
    voxels = organ.transpose(2, 1, 0)[::-1].astype(np.uint8)
    flip = np.eye(4)
    flip[0, 0], flip[0, 3] = -1, voxels.shape[0] - 1
    label = tmp_path / "label.nii.gz"
    nibabel.save(nibabel.Nifti1Image(voxels, affine @ flip), label)
    model = run_bundles.make(tmp_path, MARKS_ORGAN)
    out = tmp_path / "out"
    found = run_bundles.result(model, [series(tmp_path, stack)], out, label=str(label))
    (compared,) = found["requests"][0]["series"][0]["label"]
    assert compared["dice"] == 1 and compared["hausdorff95"] == 0
    assert compared["both"] == organ.sum() and compared["volume_error"] == 0


def test_reference_that_differs_is_measured(tmp_path: Path) -> None:
    model = run_bundles.make(tmp_path, MARKS_ORGAN)
    affine = np.diag([-0.9, -1.3, 2.5, 1.0])
    affine[:3, 3] = [41.5, 63.25, 120.0]
    organ = scenes.organ(AXIAL.shape).transpose(2, 1, 0)
    shifted = np.roll(organ, 1, axis=0)
    label = tmp_path / "label.nii"
    nibabel.save(nibabel.Nifti1Image(shifted.astype(np.uint8), affine), label)
    found = run_bundles.result(model, [series(tmp_path)], tmp_path / "out", label=str(label))
    (compared,) = found["requests"][0]["series"][0]["label"]
    both = int((organ & shifted).sum())
    assert compared["dice"] == pytest.approx(2 * both / (organ.sum() + shifted.sum()))
    assert compared["only_mask"] == organ.sum() - both
    assert 0.9 <= compared["hausdorff95"] < 15


def test_series_are_chosen_by_number_uid_and_description(tmp_path: Path) -> None:
    model = run_bundles.make(tmp_path, MARKS_ORGAN)
    series(tmp_path, name="dicom/a", number=3, text="AX CT", study="1.2.3")
    series(tmp_path, name="dicom/b", number=4, text="COR CT", study="1.2.3")
    inputs = [tmp_path / "dicom"]
    unclear = run_bundles.error(model, inputs, tmp_path / "out")
    assert unclear["kind"] == "choice" and "2 series" in unclear["message"]
    assert len(unclear["details"]) == 2 and '"COR CT"' in unclear["details"][1]
    for wanted in ("4", "cor ct"):
        out = tmp_path / f"out-{wanted}"
        found = run_bundles.result(model, inputs, out, series=[wanted])
        assert "series 4" in found["requests"][0]["title"]
    both = run_bundles.result(model, inputs, tmp_path / "both", series=["all"])
    assert len(both["requests"]) == 2
    missing = run_bundles.error(model, inputs, tmp_path / "out", series=["9"])
    assert missing["kind"] == "choice" and "no series 9" in missing["message"]


def test_zip_and_files_that_are_not_dicom(tmp_path: Path) -> None:
    model = run_bundles.make(tmp_path, MARKS_ORGAN)
    folder = series(tmp_path)
    archive = tmp_path / "study.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("readme.txt", "not DICOM")
        for file in folder.iterdir():
            packed.write(file, f"deep/er/{file.name}")
    found = run_bundles.result(model, [archive], tmp_path / "out")
    assert found["requests"][0]["answers"] > 0
    (tmp_path / "text").mkdir()
    (tmp_path / "text" / "x.txt").write_text("x")
    nothing = run_bundles.error(model, [tmp_path / "text"], tmp_path / "out")
    assert nothing["kind"] == "input" and "no DICOM file" in nothing["message"]
    absent = run_bundles.error(model, [tmp_path / "absent"], tmp_path / "out")
    assert "does not exist" in absent["message"]


ECHO = """
class MDAIModel:
    def predict(self, data):
        assert set(data) == {"files", "annotations", "label_classes", "args"}
        assert all(type(f["content"]) is bytes for f in data["files"])
        print("this must not disturb the events")
        note = repr((len(data["files"]), data["annotations"], data["args"],
                     [c["label"]["name"] for c in data["label_classes"]]))
        return [{"type": "NONE", "study_uid": "1", "note": note}]
"""


def test_request_is_what_the_server_sends(tmp_path: Path) -> None:
    model = run_bundles.make(tmp_path, ECHO)
    point = {"id": "A_1", "label_id": "L_0", "data": {"x": 1, "y": 2}}
    found = run_bundles.result(
        model, [series(tmp_path)], tmp_path / "out", annotations=[point], args={"a": 1}
    )
    (note,) = found["requests"][0]["notes"]
    assert note == repr((6, [point], {"a": 1}, ["organ"]))


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("return [{'type': 'NONE'}]", "study_uid is missing"),
        ("return [{'type': 'NONE', 'study_uid': '1', 'x': 1}]", "'x' is not a key"),
        ("return {'type': 'NONE'}", "must be a list"),
        (
            "return [{'type': 'ANNOTATION', 'study_uid': '1', 'class_index': np.int64(1)}]",
            "class_index must be an int",
        ),
        (
            "return [{'type': 'ANNOTATION', 'study_uid': '1', 'class_index': 0,"
            " 'data': {'mask': [[True]]}}]",
            "holds bool",
        ),
        (
            "return [{'type': 'ANNOTATION', 'study_uid': '1', 'class_index': 0,"
            " 'probability': np.float64(1)}]",
            "probability must be a float",
        ),
    ],
)
def test_answers_that_the_server_refuses(code: str, told: str, tmp_path: Path) -> None:
    model = run_bundles.make(
        tmp_path,
        f"import numpy as np\nclass MDAIModel:\n    def predict(self, data):\n        {code}\n",
    )
    found = run_bundles.result(model, [series(tmp_path)], tmp_path / "out")
    (request,) = found["requests"]
    assert any(told in problem for problem in request["refused"]), request


def test_what_predict_raises_is_told(tmp_path: Path) -> None:
    code = "class MDAIModel:\n    def predict(self, data):\n        raise ValueError('no spleen')\n"
    model = run_bundles.make(tmp_path, code)
    found = run_bundles.result(model, [series(tmp_path)], tmp_path / "out")
    assert found["requests"][0]["error"] == "ValueError: no spleen"
    broken = run_bundles.make(tmp_path / "other", "import nothing_of_that_name\n")
    last = run_bundles.error(broken, [tmp_path / "dicom"], tmp_path / "out2")
    assert last["kind"] == "model" and "nothing_of_that_name" in last["message"]


def test_masks_that_do_not_fit_are_told(tmp_path: Path) -> None:
    code = MARKS_ORGAN.replace("found.astype(int)", "found[:-1].astype(int)")
    model = run_bundles.make(tmp_path, code)
    found = run_bundles.result(model, [series(tmp_path)], tmp_path / "out")
    assert "13 x 17 pixels instead of 14 x 17" in found["requests"][0]["warnings"][0]


def test_overlapping_classes_get_files_of_their_own(tmp_path: Path) -> None:
    code = run_bundles.ABOVE.format(levels="[(200, 5000), (350, 5000)]")
    model = run_bundles.make(tmp_path, code, ("organ", "core"))
    found = run_bundles.result(model, [series(tmp_path)], tmp_path / "out")
    (described,) = found["requests"][0]["series"]
    assert [Path(name).suffix for name in described["files"]] == [".gz", ".gz", ".dcm"]
    assert len(described["page"]["layers"]) == 2


def test_page_and_overview_show_the_volume(tmp_path: Path) -> None:
    model = run_bundles.make(tmp_path, MARKS_ORGAN)
    found = run_bundles.result(model, [series(tmp_path)], tmp_path / "out")
    page = found["requests"][0]["series"][0]["page"]
    volume: Any = nibabel.load(tmp_path / "out" / "page" / page["file"])
    levels = np.array(page["levels"])[np.asanyarray(volume.dataobj)]
    # Levels are 3 HU wide in soft tissue, 35 HU in bone.
    np.testing.assert_allclose(levels, scenes.image(AXIAL.shape).transpose(2, 1, 0), atol=25)
    sheet = np.asarray(Image.open(tmp_path / "out" / "overview.png").convert("RGB")).astype(int)
    red = (sheet[..., 0] - sheet[..., 1] > 60).sum()
    assert red > 1000, "no mask is to be seen"
    answers = json.loads((tmp_path / "out" / "answer.json").read_text())
    assert len(answers[0]) == found["requests"][0]["answers"]


def test_large_volumes_are_thinned_for_the_page(tmp_path: Path) -> None:
    model = run_bundles.make(tmp_path, MARKS_ORGAN)
    stack = replace(AXIAL, shape=(4, 96, 128))
    found = run_bundles.result(model, [series(tmp_path, stack)], tmp_path / "out", limit=13_000)
    page = found["requests"][0]["series"][0]["page"]
    volume: Any = nibabel.load(tmp_path / "out" / "page" / page["file"])
    assert page["step"] == 2 and volume.shape == (64, 48, 4)


def test_scores_of_a_classifier(tmp_path: Path) -> None:
    code = """
import io, pydicom
class MDAIModel:
    def predict(self, data):
        ds = pydicom.dcmread(io.BytesIO(data["files"][0]["content"]))
        return [{"type": "ANNOTATION", "study_uid": str(ds.StudyInstanceUID),
                 "series_uid": str(ds.SeriesInstanceUID), "instance_uid": str(ds.SOPInstanceUID),
                 "class_index": 0, "probability": 0.75}]
"""
    model = run_bundles.make(tmp_path, code, ("Nodule",), "classification")
    found = run_bundles.result(model, [series(tmp_path)], tmp_path / "out", scope="INSTANCE")
    assert len(found["requests"]) == 6
    assert found["requests"][0]["scores"][0]["probability"] == 0.75
