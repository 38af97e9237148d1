"""`mmar2mdai run`'s Python side on DICOM of odd kinds, and on answers of odd kinds."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pytest
from PIL import Image

import run_bundles
import scenes
from dicom_files import Stack, write_series

STACK = Stack()
MARKS_ORGAN = run_bundles.ABOVE.format(levels="[(200, 5000)]")
NOTHING = "class MDAIModel:\n    def predict(self, data):\n        return []\n"


def series(folder: Path, change: Any = None, stack: Stack = STACK) -> Path:
    files = write_series(scenes.image(stack.shape), stack, change=change)
    return run_bundles.write(files, folder / "dicom")


def unplaced(ds: Any, index: int) -> None:
    for name in ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing"):
        delattr(ds, name)
    ds.Modality, ds.ImagerPixelSpacing = "DX", ["0.2", "0.2"]


def the_stack(found: dict[str, Any]) -> dict[str, Any]:
    (request,) = found["requests"]
    (stack,) = request["series"]
    described: dict[str, Any] = stack
    return described


def test_pictures_without_a_place_have_no_volume(tmp_path: Path) -> None:
    model = run_bundles.make(tmp_path, MARKS_ORGAN)
    label = tmp_path / "label.nii"
    nibabel.save(nibabel.Nifti1Image(np.ones((3, 3, 3), np.uint8), np.eye(4)), label)
    one = replace(STACK, shape=(1, 14, 17))
    folder = series(tmp_path, unplaced, one)
    found = run_bundles.result(model, [folder], tmp_path / "out", label=str(label))
    stack = the_stack(found)
    assert not stack["placed"] and stack["files"] == [] and "label" not in stack
    assert stack["classes"][0]["ml"] is None and stack["classes"][0]["voxels"] > 0
    assert "can't be compared with the reference" in stack["warnings"][0]


@pytest.mark.parametrize(
    "orientation", [["0"] * 6, ["1", "0", "0", "1", "0", "0"], ["5", "0", "0", "0", "5", "0"]]
)
def test_orientation_that_is_none_is_no_place(orientation: list[str], tmp_path: Path) -> None:
    def change(ds: Any, index: int) -> None:
        ds.ImageOrientationPatient = orientation

    model = run_bundles.make(tmp_path, MARKS_ORGAN)
    found = run_bundles.result(model, [series(tmp_path, change)], tmp_path / "out")
    assert not the_stack(found)["placed"]


def test_one_slice_is_as_thick_as_its_header_says(tmp_path: Path) -> None:
    model = run_bundles.make(tmp_path, MARKS_ORGAN)
    one = replace(STACK, shape=(1, 14, 17))
    numbers = the_stack(run_bundles.result(model, [series(tmp_path, None, one)], tmp_path / "out"))[
        "classes"
    ][0]
    volume = numbers["voxels"] * STACK.row_step * STACK.column_step * 2.5 / 1000
    assert numbers["ml"] == pytest.approx(volume)


def test_monochrome1_is_shown_with_low_values_bright(tmp_path: Path) -> None:
    def change(ds: Any, index: int) -> None:
        ds.PhotometricInterpretation, ds.Modality = "MONOCHROME1", "DX"

    model = run_bundles.make(tmp_path, NOTHING)
    found = run_bundles.result(model, [series(tmp_path, change)], tmp_path / "out")
    assert all(w["low"] > w["high"] for w in the_stack(found)["page"]["windows"])
    inverted = np.asarray(Image.open(tmp_path / "out" / "overview.png").convert("L")).astype(int)
    plain = series(tmp_path / "plain", lambda ds, index: setattr(ds, "Modality", "DX"))
    run_bundles.result(model, [plain], tmp_path / "out2")
    usual = np.asarray(Image.open(tmp_path / "out2" / "overview.png").convert("L")).astype(int)
    tile = (slice(80, 200), slice(40, 200))
    np.testing.assert_allclose(inverted[tile] + usual[tile], 255, atol=4)


def test_colour_pictures_are_shown_in_grey(tmp_path: Path) -> None:
    def change(ds: Any, index: int) -> None:
        ds.SamplesPerPixel, ds.PhotometricInterpretation, ds.PlanarConfiguration = 3, "RGB", 0
        ds.BitsAllocated = ds.BitsStored = 8
        ds.HighBit, ds.PixelRepresentation = 7, 0
        pixels = np.zeros((14, 17, 3), np.uint8)
        pixels[3:9, 4:9] = (30, 60, 90)
        ds.PixelData = pixels.tobytes()
        del ds.RescaleSlope, ds.RescaleIntercept
        ds["PixelData"].VR = "OB"

    model = run_bundles.make(tmp_path, NOTHING)
    found = run_bundles.result(model, [series(tmp_path, change)], tmp_path / "out")
    page = the_stack(found)["page"]
    volume: Any = nibabel.load(tmp_path / "out" / "page" / page["file"])
    assert np.array(page["levels"])[np.asanyarray(volume.dataobj)[5, 5, 0]] == pytest.approx(60, 1)


def test_several_stacks_of_a_series_are_told_apart(tmp_path: Path) -> None:
    def change(ds: Any, index: int) -> None:
        # Two passes over three places, and a scout across them.
        ds.ImagePositionPatient = ["0", "0", str(index % 3 * 2.5)]
        if index == 5:
            ds.ImageOrientationPatient = ["0", "1", "0", "0", "0", "-1"]

    model = run_bundles.make(tmp_path, MARKS_ORGAN)
    found = run_bundles.result(model, [series(tmp_path, change)], tmp_path / "out")
    shapes = [one["shape"] for one in found["requests"][0]["series"]]
    assert sum(shape[2] for shape in shapes) <= 6 and [17, 14, 3] in shapes


def test_reference_is_read_before_the_model_runs(tmp_path: Path) -> None:
    code = "raise SystemExit('the model was loaded')"
    model = run_bundles.make(tmp_path, code)
    folder = series(tmp_path)
    last = run_bundles.error(model, [folder], tmp_path / "out", label=str(tmp_path / "absent.nii"))
    assert last["kind"] == "input" and "can't be read as NIfTI" in last["message"]


def test_reference_elsewhere_is_told(tmp_path: Path) -> None:
    model = run_bundles.make(tmp_path, MARKS_ORGAN)
    affine = np.eye(4)
    affine[:3, 3] = 5000
    label = tmp_path / "label.nii"
    nibabel.save(nibabel.Nifti1Image(np.ones((3, 3, 3), np.uint8), affine), label)
    found = run_bundles.result(model, [series(tmp_path)], tmp_path / "out", label=str(label))
    warnings = the_stack(found)["warnings"]
    assert any("Nothing of the reference lies within" in text for text in warnings)


def test_masks_of_an_earlier_run_are_no_series(tmp_path: Path) -> None:
    def change(ds: Any, index: int) -> None:
        ds.FrameOfReferenceUID = "1.2.3.4"
        ds.PatientBirthDate = ds.PatientSex = ds.StudyID = ds.StudyDate = ds.StudyTime = ""
        ds.AccessionNumber = ds.ReferringPhysicianName = ""

    model = run_bundles.make(tmp_path, MARKS_ORGAN)
    folder = series(tmp_path, change)
    first = run_bundles.result(model, [folder], folder / "out")
    assert any(name.endswith(".seg.dcm") for name in the_stack(first)["files"])
    again = run_bundles.result(model, [folder], tmp_path / "out")
    assert the_stack(again)["classes"] == the_stack(first)["classes"]


ODD = """
import io, pydicom
class MDAIModel:
    def predict(self, data):
        ds = pydicom.dcmread(io.BytesIO(data["files"][0]["content"]))
        return [{{"type": {kind}, "study_uid": str(ds.StudyInstanceUID), "class_index": {index},
                 "probability": {probability}}}]
"""


@pytest.mark.parametrize(
    ("kind", "index", "probability", "told"),
    [
        ("'ANNOTATION'", "7", "0.5", "class_index 7"),
        ("'ANNOTATION'", "0", "float('nan')", "the probability nan"),
        ("'ANNOTATION'", "0", "1.5", "the probability 1.5"),
        ("['ANNOTATION']", "0", "0.5", "type must be one of"),
    ],
)
def test_odd_answers_are_told(
    kind: str, index: str, probability: str, told: str, tmp_path: Path
) -> None:
    code = ODD.format(kind=kind, index=index, probability=probability)
    model = run_bundles.make(tmp_path, code, ("Nodule",), "classification")
    found = run_bundles.result(model, [series(tmp_path)], tmp_path / "out")
    (request,) = found["requests"]
    assert any(told in text for text in request["warnings"] + request["refused"]), request
    answers = json.loads((tmp_path / "out" / "answer.json").read_text())
    assert len(answers) == 1


def test_report_of_a_noisy_volume_keeps_to_its_size(tmp_path: Path) -> None:
    stack = replace(STACK, shape=(4, 96, 128))
    noise = np.random.default_rng(1).integers(-1000, 1000, stack.shape).astype(float)
    folder = run_bundles.write(write_series(noise, stack), tmp_path / "dicom")
    model = run_bundles.make(tmp_path, NOTHING)
    found = run_bundles.result(model, [folder], tmp_path / "out", page_bytes=10_000)
    page = the_stack(found)["page"]
    assert page["step"] > 1
    assert (tmp_path / "out" / "page" / page["file"]).stat().st_size <= 10_000
