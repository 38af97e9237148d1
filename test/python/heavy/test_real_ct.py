"""NGC's spleen MMAR on a real CT: its own configs, small weights with a known answer.

Runs where ../shared lies beside the project: the configs of the MMAR as published
and a CT with its label from the Medical Segmentation Decathlon (CC BY-SA 4.0).
"""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Callable

import nibabel
import numpy as np
import pytest
import torch
from nibabel.orientations import axcodes2ornt, io_orientation, ornt_transform
from torch.nn.functional import max_pool3d

from answers import dice, masks
from bundles import ROOT
from dicom_files import Stack, request, write_series

SHARED = ROOT.parent / "shared"
CONFIGS = SHARED / "mmars" / "spleen-4.1" / "config"
IMAGE = SHARED / "data" / "spleen_8.nii.gz"
LABEL = SHARED / "data" / "spleen_8_label.nii.gz"
THRESHOLD = 90

pytestmark = pytest.mark.skipif(not IMAGE.is_file(), reason="../shared is not here")


@pytest.fixture(scope="module")
def spleen_mmar(tmp_path_factory) -> Path:
    return write_mmar(tmp_path_factory.mktemp("mmar") / "clara_pt_spleen_ct_segmentation_1")


def write_mmar(root: Path) -> Path:
    """The published configs with the weights and commands of fixtures/spleen_ct.

    Both scale -57..164 HU to 0..1, so that the network's threshold is 90 HU here, too.
    """
    root.mkdir()
    shutil.copytree(CONFIGS, root / "config", copy_function=shutil.copyfile)
    (root / "config").chmod(0o755)
    for name in ("commands", "models", "docs"):
        shutil.copytree(ROOT / "fixtures" / "spleen_ct" / name, root / name)
    return root


def to_lps(image: nibabel.Nifti1Image) -> nibabel.Nifti1Image:
    """The same voxels with indices that grow towards left, posterior and head."""
    wanted = axcodes2ornt("LPS")
    return image.as_reoriented(ornt_transform(io_orientation(image.affine), wanted))


def slices_of(image: nibabel.Nifti1Image) -> np.ndarray:
    """(slices, rows, columns) as an axial series has them."""
    return np.asarray(to_lps(image).dataobj).T


def axial_stack(image: nibabel.Nifti1Image) -> Stack:
    """The same grid in DICOM's words: NIfTI's affines lead to RAS, DICOM's places are LPS."""
    turned = to_lps(image)
    columns, rows, slices = turned.shape
    affine = np.diag([-1, -1, 1, 1]) @ turned.affine
    column_step, row_step, slice_step = (float(affine[axis, axis]) for axis in range(3))
    return Stack(
        shape=(slices, rows, columns),
        first=tuple(affine[:3, 3]),
        step=(0.0, 0.0, slice_step),
        row_step=row_step,
        column_step=column_step,
    )


def segment(deployed: Any, stack: Stack, values: np.ndarray) -> np.ndarray:
    """(slices, rows, columns) bool; the files are sent in no order."""
    files = write_series(values, stack)
    random.Random(3).shuffle(files.contents)
    return masks(deployed(request(files)), files, values.shape)[0]


def infer_directly(mmar: Path, image: Path, folder: Path) -> np.ndarray:
    """What the MMAR answers for the NIfTI file itself, without any of our code between."""
    config = (mmar / "config" / "config_inference.json").read_text()
    config = config.replace('"cuda"', '"cpu"').replace('"num_workers": 4', '"num_workers": 0')
    (folder / "inference.json").write_text(config)
    (folder / "list.json").write_text(json.dumps({"test": [str(image)]}))
    command = [sys.executable, "-m", "medl.apps.evaluate", "-m", str(mmar)]
    command += ["-c", str(folder / "inference.json"), "-e", "config/environment.json", "--set"]
    command += [f"DATASET_JSON={folder / 'list.json'}", f"MMAR_EVAL_OUTPUT_PATH={folder}"]
    # `deploy` has put the stand-in on PYTHONPATH.
    subprocess.run(command, check=True)
    stem = image.name.replace(".nii.gz", "")
    return slices_of(nibabel.load(folder / stem / f"{stem}_trans.nii.gz")) > 0


def surroundings(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Least and greatest value within 4 pixels and 1 slice of every voxel."""
    volume = torch.from_numpy(values.astype(np.float32))[None, None]
    size, around = (3, 9, 9), (1, 4, 4)
    least, greatest = -max_pool3d(-volume, size, 1, around), max_pool3d(volume, size, 1, around)
    return least[0, 0].numpy(), greatest[0, 0].numpy()


def test_masks_of_the_real_ct_are_what_the_network_answers(
    deploy: Callable[[str], Any], spleen_mmar: Path, tmp_path: Path
) -> None:
    image = nibabel.load(IMAGE)
    values = slices_of(image)
    found = segment(deploy(str(spleen_mmar)), axial_stack(image), values)
    direct = infer_directly(spleen_mmar, IMAGE, tmp_path)
    assert dice(found, direct) >= 0.9999

    # Linear interpolation to 1.5 x 1.5 x 2 mm and back reaches no further than this, and
    # never leaves the range of the values it takes from.
    least, greatest = surroundings(values)
    inside, outside = least > THRESHOLD + 5, greatest < THRESHOLD - 5
    assert inside.sum() > 1_000_000
    assert outside.sum() > 4_000_000
    assert found[inside].all()
    assert not found[outside].any()


def test_masks_are_the_label_slice_by_slice(
    deploy: Callable[[str], Any], spleen_mmar: Path
) -> None:
    """The label as an image of low contrast, where the network is no step yet."""
    image = nibabel.load(LABEL)
    label = slices_of(image) > 0
    values = np.where(label, THRESHOLD + 8, THRESHOLD - 8).astype(np.int16)
    found = segment(deploy(str(spleen_mmar)), axial_stack(image), values)
    overlaps = [dice(one, other) for one, other in zip(found, label)]
    assert len(overlaps) == 32
    assert min(overlaps) >= 0.99, overlaps
