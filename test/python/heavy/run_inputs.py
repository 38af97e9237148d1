"""What test/run/real.test.ts gives to `mmar2mdai run`: python run_inputs.py KIND FOLDER.

Each kind writes a series to FOLDER/dicom and a reference to FOLDER/label.nii.gz; `spleen_ct`, which
needs ../shared, writes its MMAR to FOLDER/mmar, too.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

PYTHON_TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(PYTHON_TESTS / "light"), str(PYTHON_TESTS.parents[1] / "scripts")]

import demo_ct  # noqa: E402
import nibabel  # noqa: E402
import numpy as np  # noqa: E402

from dicom_files import Stack, write_series  # noqa: E402

ORGAN = (120, 90)
"""Value of the organ of `large`, and the network's threshold, HU."""


def phantom(folder: Path) -> None:
    """The demo's CT of 40 slices, and its organ."""
    demo_ct.main(folder / "dicom")
    slices, rows, columns = demo_ct.SPACING
    affine = np.diag([-columns, -rows, slices, 1.0])
    affine[:2, 3] = 72
    save_label(demo_ct.organ().transpose(2, 1, 0), affine, folder)


def large(folder: Path) -> None:
    """A CT of 300 slices of 512 x 512, as noisy as thin slices are, in air and on a table."""
    shape = (300, 512, 512)
    stack = Stack(
        shape, first=(-200, -200, -100), step=(0, 0, 1.0), row_step=0.78, column_step=0.78
    )
    z, y, x = np.ogrid[-1 : 1 : shape[0] * 1j, -1 : 1 : shape[1] * 1j, -1 : 1 : shape[2] * 1j]
    body = (y / 0.6) ** 2 + (x / 0.9) ** 2 + 0 * z < 1
    organ = ((z - 0.1) / 0.4) ** 2 + ((y - 0.2) / 0.25) ** 2 + ((x - 0.4) / 0.2) ** 2 < 1
    table = (np.abs(y - 0.75) < 0.02) & (np.abs(x) < 0.8) & (z > -2)
    values = np.where(body, 30, -1000) + np.where(organ, ORGAN[0] - 30, 0) + np.where(table, 300, 0)
    noise = np.random.default_rng(2).normal(0, 1, shape).astype(np.float32)
    # The table of a scanner reads 0 in air at least: what lies below is cut off.
    values = np.maximum(values + np.where(body, 12, 6) * noise, -1024)
    write(np.rint(values).astype(np.int16), stack, folder)
    affine = np.diag([-0.78, -0.78, 1.0, 1.0])
    affine[:3, 3] = (200, 200, -100)
    save_label(organ.transpose(2, 1, 0), affine, folder)


def spleen_ct(folder: Path) -> None:
    """NGC's spleen MMAR with the fixture's weights, a real CT, and MONAI's answer for its file."""
    import test_real_ct
    from test_real_ct import IMAGE, axial_stack, infer_directly, slices_of

    mmar = test_real_ct.write_mmar(folder / "mmar")
    image = nibabel.load(IMAGE)
    write(slices_of(image), axial_stack(image), folder)
    os.environ["PYTHONPATH"] = str(PYTHON_TESTS / "standins" / "monai")
    direct = folder / "direct"
    direct.mkdir()
    infer_directly(mmar, IMAGE, direct)
    saved: Any = nibabel.load(next(direct.glob("*/*_trans.nii.gz")))
    save_label(np.asarray(saved.dataobj) > 0, saved.affine, folder)


def write(values: np.ndarray, stack: Stack, folder: Path) -> None:
    """A series with all that a DICOM SEG of it needs."""

    def described(ds: Any, _: int) -> None:
        ds.FrameOfReferenceUID, ds.SeriesNumber = "1.2.3.4", 1
        ds.PatientBirthDate = ds.PatientSex = ds.StudyID = ds.StudyDate = ds.StudyTime = ""
        ds.AccessionNumber = ds.ReferringPhysicianName = ""

    place = folder / "dicom"
    place.mkdir()
    for number, content in enumerate(write_series(values, stack, change=described).contents):
        (place / f"{number:03d}.dcm").write_bytes(content)


def save_label(organ: np.ndarray, affine: np.ndarray, folder: Path) -> None:
    """(x, y, z) bool, with its affine to RAS."""
    nibabel.save(nibabel.Nifti1Image(organ.astype(np.uint8), affine), folder / "label.nii.gz")


if __name__ == "__main__":
    kinds = {"phantom": phantom, "large": large, "spleen_ct": spleen_ct}
    kinds[sys.argv[1]](Path(sys.argv[2]).resolve())
