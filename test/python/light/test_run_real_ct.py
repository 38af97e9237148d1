"""`mmar2mdai run` on a real CT whose spleen is known: the volumes of ../shared, where they are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import highdicom
import nibabel
import numpy as np
import pytest

import run_bundles
from dicom_files import Stack, write_series

DATA = Path(__file__).resolve().parents[4] / "shared" / "data"
if not DATA.is_dir():
    DATA = Path(__file__).resolve().parents[5] / "shared" / "data"
TURN = np.array([[0.8, -0.6, 0, 0], [0.6, 0.8, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]])

MARKS_ODD = """
import io
import pydicom

class MDAIModel:
    def predict(self, data):
        answers = []
        for file in data["files"]:
            ds = pydicom.dcmread(io.BytesIO(file["content"]))
            found = ds.pixel_array & 1
            if found.any():
                answers.append({"type": "ANNOTATION", "study_uid": str(ds.StudyInstanceUID),
                    "series_uid": str(ds.SeriesInstanceUID),
                    "instance_uid": str(ds.SOPInstanceUID), "class_index": 0,
                    "data": {"mask": found.astype(int).tolist()}})
        return answers
"""
"""A network that knows the answer: the label is the last bit of each stored value."""


@pytest.mark.skipif(not DATA.is_dir(), reason="the CT is not there")
@pytest.mark.parametrize(
    ("axes", "flips", "turn"),
    [
        ((0, 1, 2), (1, 1, 1), None),
        ((0, 1, 2), (-1, -1, -1), None),
        ((0, 2, 1), (1, -1, 1), None),
        ((0, 1, 2), (1, 1, 1), TURN),
    ],
    ids=["axial", "flipped", "coronal", "oblique"],
)
def test_known_spleen_has_dice_1(
    axes: tuple[int, ...], flips: tuple[int, ...], turn: Any, tmp_path: Path
) -> None:
    image: Any = nibabel.load(DATA / "spleen_8.nii.gz")
    truth: Any = nibabel.load(DATA / "spleen_8_label.nii.gz")
    affine = image.affine if turn is None else turn @ image.affine
    label = np.asanyarray(truth.dataobj).astype(np.int64)
    reference = tmp_path / "label.nii.gz"
    nibabel.save(nibabel.Nifti1Image(label.astype(np.uint8), affine), reference)
    # In half the columns and rows, which keeps all slices and is fast.
    near = np.s_[::2, ::2]
    values = np.rint(np.asanyarray(image.dataobj)[near]).astype(np.int64)
    grid = affine @ np.diag([2, 2, 1, 1])
    stored = values * 2 + (label[near] != 0)
    stored, grid = moved(stored, grid, axes, flips)
    to_lps = np.diag([-1.0, -1.0, 1.0])
    right, down, step = (to_lps @ grid[:3, i] for i in range(3))
    widths = [float(np.linalg.norm(part)) for part in (right, down)]
    stack = Stack(
        shape=(stored.shape[2], stored.shape[1], stored.shape[0]),
        right=tuple(right / widths[0]),
        down=tuple(down / widths[1]),
        first=tuple(to_lps @ grid[:3, 3]),
        step=tuple(step),
        row_step=widths[1],
        column_step=widths[0],
    )

    def described(ds: Any, index: int) -> None:
        ds.FrameOfReferenceUID, ds.SeriesNumber = "1.2.3.4", 1
        ds.PatientBirthDate = ds.PatientSex = ds.StudyID = ds.StudyDate = ds.StudyTime = ""
        ds.AccessionNumber = ds.ReferringPhysicianName = ""

    files = write_series(stored.transpose(2, 1, 0).astype(float), stack, change=described)
    folder = run_bundles.write(files, tmp_path / "dicom")
    model = run_bundles.make(tmp_path, MARKS_ODD, ("spleen",))
    out = tmp_path / "out"
    found = run_bundles.result(model, [folder], out, label=str(reference))
    (series,) = found["requests"][0]["series"]
    (compared,) = series["label"]
    assert compared["dice"] == 1 and compared["both"] == (label[near] != 0).sum()
    nifti, seg = series["files"]
    read: Any = nibabel.load(out / nifti)
    inside = run_bundles.inside(read.affine, np.asanyarray(read.dataobj) == 1)
    np.testing.assert_allclose(inside, run_bundles.inside(grid, stored & 1 == 1), atol=0.02)
    masks = highdicom.seg.segread(out / seg)

    pixels = masks.get_pixels_by_source_instance(
        files.uids, assert_missing_frames_are_empty=True, ignore_spatial_locations=True
    )
    assert np.array_equal(pixels[..., 0].transpose(2, 1, 0) != 0, stored & 1 == 1)


def moved(
    voxels: np.ndarray, affine: np.ndarray, axes: tuple[int, ...], flips: tuple[int, ...]
) -> tuple[np.ndarray, np.ndarray]:
    """The same voxels with their axes in another order and direction."""
    change = np.zeros((4, 4))
    change[3, 3] = 1
    for new, (old, flip) in enumerate(zip(axes, flips)):
        change[old, new] = flip
        change[old, 3] = voxels.shape[old] - 1 if flip < 0 else 0
    turned = voxels.transpose(axes)[tuple(slice(None, None, flip) for flip in flips)]
    return turned, affine @ change
