"""Classifiers of pictures: mammograms, as breast_density_classification takes them."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path
from typing import Any, Callable

import numpy as np
import pytest
import torch
from PIL import Image
from pydicom.dataset import Dataset

import monai_bundles as zoo
from classifiers import write_pictures
from dicom_files import request
from test_equality import run_monai

NETWORK = """
import torch

class Quarters(torch.nn.Module):
    '''A score for each quarter of the picture, by another colour each; its size is 32 x 32.'''

    def __init__(self):
        super().__init__()
        self.scale = torch.nn.Parameter(torch.ones(1))

    def forward(self, image):
        parts = [image[:, 0, :16, :16], image[:, 1, :16, 16:]]
        parts += [image[:, 2, 16:, :16], image[:, 0, 16:, 16:]]
        return self.scale * torch.stack([part.mean(dim=(1, 2)) for part in parts], dim=1)
"""
PRE = [
    {"_target_": "LoadImaged", "keys": "image"},
    {"_target_": "EnsureChannelFirstd", "keys": "image", "channel_dim": 2},
    {"_target_": "ScaleIntensityd", "keys": "image", "minv": 0.0, "maxv": 1.0},
    {"_target_": "Resized", "keys": "image", "spatial_size": [32, 32]},
]
HANDLERS = [
    {
        "_target_": "CheckpointLoader",
        "load_path": "$@bundle_root + '/models/model.pt'",
        "load_dict": {"model": "@network"},
    },
    {
        "_target_": "ClassificationSaver",
        "output_dir": "@output_dir",
        "batch_transform": "$lambda x: [xx['image'].meta for xx in x]",
        "output_transform": "$monai.handlers.from_engine(['pred'])",
    },
]


@pytest.fixture
def density(tmp_path: Path) -> Path:
    """A bundle of four classes."""
    content = zoo.config({"_target_": "scripts.net.Quarters"}, PRE, handlers=HANDLERS)
    del content["initialize"], content["checkpointloader"]
    content["evaluating"] = content.pop("run")
    content["inferer"] = {"_target_": "SimpleInferer"}
    sigmoid = {"_target_": "Activationsd", "keys": "pred", "sigmoid": True}
    content["postprocessing"] = zoo.compose([sigmoid])
    told = zoo.metadata(modality="Mammogram")
    told["task"] = told["name"] = "Breast Density Classification"
    image = {"num_channels": 3, "channel_def": {"0": "image"}, "spatial_shape": [32, 32]}
    told["network_data_format"]["inputs"]["image"].update(image)
    names = {str(index): name for index, name in enumerate("ABCD")}
    pred = {"format": "labels", "num_channels": 4, "spatial_shape": [1, 4], "channel_def": names}
    told["network_data_format"]["outputs"]["pred"].update(pred)
    root = tmp_path / "workspace" / "density"
    return zoo.write_bundle(root, content, {"scale": torch.ones(1)}, {"net": NETWORK}, told)


def test_scores_are_what_monai_saves(templates: Any, density: Path, tmp_path: Path) -> None:
    pixels = np.random.default_rng(4).integers(0, 256, (40, 60, 3), np.uint8)
    Image.fromarray(pixels).save(tmp_path / "x-ray.png")
    data = f"$[{{'image': {str(tmp_path / 'x-ray.png')!r}}}]"
    copy = tmp_path / "run"
    shutil.copytree(density, copy)
    run_monai(copy, "evaluating", {"dataset#data": data, "output_dir": str(tmp_path)})
    (row,) = csv.reader((tmp_path / "predictions.csv").open())
    described = {**zoo.mdai_config(density), "type": "classification"}
    engine = zoo.make_engine(templates, density, described)
    item = templates.inference.Item(templates.images.Picture("x-ray", pixels))
    found = zoo.run_one(engine, item, tmp_path)
    np.testing.assert_allclose(found.values, [float(value) for value in row[1:]], atol=1e-6)


def test_a_mammogram(deploy: Callable[..., Any], density: Path) -> None:
    """Its upper left quarter is bright, its lower right one half as bright."""
    picture = np.zeros((64, 64), int)
    picture[:32, :32], picture[32:, 32:], picture[0, -1] = 4000, 2000, 0

    def change(ds: Dataset, index: int) -> None:
        ds.Modality, ds.SOPClassUID = "MG", "1.2.840.10008.5.1.4.1.1.1.2"
        ds.ImageLaterality, ds.ViewPosition = "L", "CC"

    answers = deploy(density)(request(write_pictures([picture], change=change)))
    found = {answer["class_index"]: answer["probability"] for answer in answers}
    expected = {0: 1 / (1 + np.exp(-1.0)), 3: 1 / (1 + np.exp(-0.5))}
    for index, probability in expected.items():
        assert found[index] == pytest.approx(probability, abs=0.02)
