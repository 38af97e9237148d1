"""Classifiers made of a fixture, pictures as DICOM, and scores that the pixels themselves say.

The stand-in for inference takes a picture's first pixels (upper left, along the row) as the
scores of the classes, in thousandths: a test writes them there with `scored`.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any, Callable, Sequence

import numpy as np
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

from bundles import ROOT
from dicom_files import Files, Pixels, encoded, new_dataset, set_pixels

DX_IMAGE = "1.2.840.10008.5.1.4.1.1.1.1"
FINDINGS = ("Nodule", "Mass", "COPD")


def write_mmar(folder: Path, *, volume: bool, softmax: bool = False, logits: bool = False) -> Path:
    """fixtures/spleen_ct with a classifier's configs; the weights stay those of the fixture."""
    mmar = folder / ("covid_ct" if volume else "chest_xray")
    shutil.copytree(ROOT / "fixtures" / "spleen_ct", mmar)
    keys = ["image", "label_image"] if volume else ["image"]
    names = ("non-COVID", "COVID") if softmax else FINDINGS

    def edit(name: str, change: Callable[[dict[str, Any]], None]) -> None:
        path = mmar / "config" / name
        config = json.loads(path.read_text())
        change(config)
        path.write_text(json.dumps(config, indent=2))

    def inference(config: dict[str, Any]) -> None:
        config["pre_transforms"] = [
            {"name": "LoadImaged", "args": {"keys": keys}},
            {"name": "EnsureChannelFirstd", "args": {"keys": keys}},
            {"name": "ToTensord", "args": {"keys": keys}},
        ]
        activation = {"keys": "pred", "softmax" if softmax else "sigmoid": True}
        config["post_transforms"] = [{"name": "Activationsd", "args": activation}]
        if logits:
            config["post_transforms"] = []
        config["inferer"] = {"name": "SimpleInferer"}
        saver = {
            "output_dir": "{MMAR_EVAL_OUTPUT_PATH}",
            "batch_transform": "#monai.handlers.from_engine(['image_meta_dict'])",
            "output_transform": "#monai.handlers.from_engine(['pred'])",
        }
        config["handlers"] = [{"name": "ClassificationSaver", "args": saver}]

    def environment(config: dict[str, Any]) -> None:
        config.update(PROCESSING_TASK="classification", OUTPUT_CHANNELS=len(names))
        config["INFER_DATALIST_KEY"] = "testing" if volume else "test"

    def data_list(config: dict[str, Any]) -> None:
        for key in ("training", "validation", "test", "labels"):
            config.pop(key, None)
        config["modality"] = {"0": "CT" if volume else "X-ray"}
        config["labels"] = {str(index): name for index, name in enumerate(names)}
        config["testing"] = [{"image": "a.nii.gz", "label_image": "b.nii.gz"}] if volume else []
        config["test"] = [] if volume else ["a.png"]

    def loss(config: dict[str, Any]) -> None:
        name = "CrossEntropyLoss" if softmax else "BCEWithLogitsLoss"
        config["train"]["loss"] = {"name": name, "args": {}}

    edit("config_inference.json", inference)
    edit("environment.json", environment)
    edit("dataset_0.json", data_list)
    edit("config_train.json", loss)
    (mmar / "config" / "config_aiaa.json").unlink()
    return mmar


def scored(*thousandths: int, rows: int = 5, columns: int = 7) -> np.ndarray:
    """(rows, columns) whose first pixels are scores."""
    values = np.full((rows, columns), 300)
    values[0, : len(thousandths)] = thousandths
    return values


def write_pictures(
    pictures: Sequence[np.ndarray],
    pixels: Pixels | None = None,
    change: Callable[[Dataset, int], None] | None = None,
    syntax: str = ExplicitVRLittleEndian,
) -> Files:
    """A study of one series of digital X-ray images, an instance each."""
    pixels = pixels or Pixels(signed=False, stored=12)
    files = Files(generate_uid(), generate_uid())
    for index, picture in enumerate(pictures):
        ds = new_dataset(DX_IMAGE, files.study_uid, files.series_uid, syntax)
        ds.Modality, ds.InstanceNumber = "DX", index + 1
        if (pixels.slope, pixels.intercept) != (1, 0):
            ds.RescaleSlope, ds.RescaleIntercept = str(pixels.slope), str(pixels.intercept)
        set_pixels(ds, pixels.encode(picture), pixels)
        if change is not None:
            change(ds, index)
        files.uids.append(str(ds.SOPInstanceUID))
        files.contents.append(encoded(ds))
    return files
