"""Classifiers of NGC's kinds through MONAI: 16-bit PNG read by Pillow, and CT with a lung mask.

The networks of the fixtures look at the mean of the image that reaches them: with sigmoid and n
channels channel k has its half at (k + 1) / (n + 1), with softmax and two classes at a half;
the logits rise by 50 for 1. Their configs are those of the fixtures, to the letter.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any, Callable

import numpy as np
import pytest
from pydicom.dataset import Dataset

import picture_oracle as oracle
from bundles import ROOT
from classifiers import write_pictures
from dicom_files import Files, Pixels, Stack, request, write_series

CATALOGUE = ROOT / "fixtures" / "catalogue"
XRAY = str(CATALOGUE / "clara_pt_chest_xray_classification_1")
COVID = str(CATALOGUE / "clara_pt_covid19_3d_ct_classification_1")
FINDINGS = 15


def sigmoid(value: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-value))


def expected(mean: float) -> dict[int, float]:
    """The probabilities over 0.5 of an X-ray whose mean is ``mean`` of its format's range."""
    values = sigmoid(50 * (mean - np.arange(1, FINDINGS + 1) / (FINDINGS + 1)))
    return {index: value for index, value in enumerate(values) if value > 0.5}


def found(answers: list[dict[str, Any]], files: Files) -> list[dict[int, float]]:
    by_uid: dict[str, dict[int, float]] = {uid: {} for uid in files.uids}
    for answer in answers:
        if answer["type"] == "ANNOTATION":
            by_uid[answer["instance_uid"]][answer["class_index"]] = answer["probability"]
    return list(by_uid.values())


def test_x_rays_of_any_size_and_depth(deploy: Callable[..., Any]) -> None:
    """One run; each image's mean, of what its format allows, comes back as its findings."""
    random = np.random.default_rng(5)
    means = [0.03, 0.22, 0.41, 0.6, 0.97]
    shapes = [(256, 256), (512, 512), (300, 411), (64, 1000), (1024, 512)]
    pictures = [np.full(shape, round(mean * 4095)) for mean, shape in zip(means, shapes)]
    # Where nothing is resampled the picture may be anything.
    pictures[0] = random.integers(0, 200, shapes[0])
    files = write_pictures(pictures)
    answers = deploy(XRAY)(request(files))
    for picture, values in zip(pictures, found(answers, files)):
        assert values == pytest.approx(expected(picture.mean() / 4095), abs=2e-3)
    assert [answer["type"] for answer in answers].count("NONE") == 1


@pytest.mark.parametrize("top", [255, 1023, 4095, 16383, 65535])
def test_an_x_ray_scores_alike_at_any_depth(
    deploy: Callable[..., Any], tmp_path: Path, top: int
) -> None:
    """MONAI's own ScaleIntensityRanged, up to any number, and an X-ray of 8 to 16 bits."""
    mmar = tmp_path / f"chest_xray_{top}"
    shutil.copytree(XRAY, mmar)
    path = mmar / "config" / "config_inference.json"
    config = json.loads(path.read_text())
    (scale,) = [t for t in config["pre_transforms"] if t["name"] == "ScaleIntensityRanged"]
    scale["args"]["a_max"] = top
    path.write_text(json.dumps(config))
    picture = oracle.chest(256, 256)
    model, wanted = deploy(str(mmar)), expected(picture.mean())
    # The last is 12 bits under a header that says 16.
    for bits, header in ((8, 8), (10, 10), (12, 12), (14, 14), (16, 16), (12, 16)):
        pixels = Pixels(8 if header == 8 else 16, header, signed=False)
        files = write_pictures([oracle.of_depth(picture, bits)], pixels)
        (values,) = found(model(request(files)), files)
        assert values == pytest.approx(wanted, abs=0.02)


def test_both_monochromes_look_alike(deploy: Callable[..., Any]) -> None:
    def invert(ds: Dataset, _: int) -> None:
        ds.PhotometricInterpretation = "MONOCHROME1"

    ramp = np.tile(np.arange(256) * 4, (256, 1))
    plain = write_pictures([ramp], Pixels(stored=10, signed=False))
    inverted = write_pictures([1023 - ramp], Pixels(stored=10, signed=False), invert)
    model = deploy(XRAY)
    values = found(model(request(plain)), plain)
    assert values == found(model(request(inverted)), inverted)
    assert values[0] == pytest.approx(expected(ramp.mean() / 1023), abs=2e-3)


def test_the_picture_lies_as_it_is_displayed(deploy: Callable[..., Any], tmp_path: Path) -> None:
    """Pillow reads the PNG's rows and columns as the DICOM image's, with all of its values."""
    import importlib

    from PIL import Image

    deploy(XRAY)
    writer = importlib.import_module("mmar2mdai_png")
    random = np.random.default_rng(3)
    for kind, shape in ((np.uint16, (13, 29)), (np.uint8, (13, 29)), (np.uint8, (7, 5, 3))):
        pixels = random.integers(0, np.iinfo(kind).max, shape, dtype=kind, endpoint=True)
        (tmp_path / "x.png").write_bytes(writer.png(pixels))
        with Image.open(tmp_path / "x.png") as image:
            image.verify()
        np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / "x.png")), pixels)


def test_a_ct_is_cropped_to_the_requests_lung_mask(deploy: Callable[..., Any]) -> None:
    """Inside the mask (and its margin) the CT says COVID, around it it does not, and so on."""
    stack = Stack(shape=(40, 48, 52), row_step=7.0, column_step=7.0, step=(0.0, 0.0, 8.0))
    inside = np.zeros(stack.shape, bool)
    inside[14:26, 17:31, 20:34] = True
    crop = np.zeros(stack.shape, bool)  # with the margin of 5 voxels
    crop[9:31, 12:36, 15:39] = True
    model = deploy(COVID)
    for dense, sparse, class_index in ((-500, -1400, 1), (-1100, 90, 0)):
        values = np.where(crop, dense, sparse)
        files = write_series(values, stack)
        data = {**request(files), "annotations": masks(files, inside)}
        mean = (dense + 1500) / 1600
        probability = sigmoid(np.array(50 * (mean - 0.5)))
        assert model(data) == [
            {
                "type": "ANNOTATION",
                "study_uid": files.study_uid,
                "series_uid": files.series_uid,
                "class_index": class_index,
                "probability": pytest.approx(float(max(probability, 1 - probability)), abs=2e-3),
            }
        ]


def masks(files: Files, lungs: np.ndarray) -> list[dict[str, Any]]:
    return [
        {
            "label_id": "L",
            "series_uid": files.series_uid,
            "instance_uid": uid,
            "frame_number": None,
            "data": {"mask": mask.astype(int).tolist()},
        }
        for uid, mask in zip(files.uids, lungs)
        if mask.any()
    ]


def test_a_threshold_of_the_request(deploy: Callable[..., Any]) -> None:
    files = write_pictures([np.full((256, 256), 1000)])
    data = {**request(files), "args": {"threshold": 0.99}}
    mean = 1000 / 4095
    certain = {index for index, value in expected(mean).items() if value > 0.99}
    assert set(found(deploy(XRAY)(data), files)[0]) == certain
    assert certain < set(expected(mean))
