"""Which images a bundle's model takes by their modality, and what is said of other objects."""

from __future__ import annotations

import re
import sys
from typing import Any

import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.uid import generate_uid

import bundles
from answers import masks
from classifiers import scored, write_mmar, write_pictures
from conftest import Deployed
from dicom_files import (
    CT_IMAGE,
    MR_IMAGE,
    Files,
    Pixels,
    Stack,
    encoded,
    new_dataset,
    request,
    set_pixels,
    write_series,
)

STACK = Stack(shape=(4, 10, 12))
IMAGE = np.arange(480).reshape(STACK.shape).astype(np.int16)
THRESHOLD = {"pattern": {"levels": [200]}, "form": "label_map"}
STORAGE = "1.2.840.10008.5.1.4.1.1."
SECONDARY = STORAGE + "7"


@pytest.fixture(scope="module")
def xray(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A classifier of X-ray pictures: CR and DX, as its data list says."""
    folder = tmp_path_factory.mktemp("modality")
    with bundles.standin({}, folder, warm=True):
        yield Deployed(bundles.pack(str(write_mmar(folder, volume=False)), folder), folder)


def picture(modality: str | None, sop_class: str | None = None) -> Files:
    def change(ds: Dataset, _: int) -> None:
        ds.Modality = modality
        if modality is None:
            del ds.Modality
        if sop_class is not None:
            ds.SOPClassUID = ds.file_meta.MediaStorageSOPClassUID = sop_class

    return write_pictures([scored(900, 100, 200)], change=change)


@pytest.mark.parametrize("modality", ["DX", "CR", "dx", " CR "])
def test_an_image_of_the_models_modality_is_taken(xray: Any, modality: str) -> None:
    (answer,) = xray(request(picture(modality)), columns=3)
    assert answer["type"] == "ANNOTATION" and "note" not in answer


@pytest.mark.parametrize("modality", ["CT", "MR", "US", "NM", "PT", "MG", "XA", "RF", "OT"])
def test_an_image_of_another_is_none_with_both_named(xray: Any, modality: str) -> None:
    files = picture(modality, SECONDARY if modality == "OT" else None)
    (answer,) = xray(request(files), columns=3)
    shown = "OT (other)" if modality == "OT" else modality
    assert answer["type"] == "NONE" and answer["instance_uid"] == files.uids[0]
    note = f"Not classified: its modality is {shown}, and the model takes CR or DX."
    assert answer["note"] == note


@pytest.mark.parametrize(
    ("modality", "sop_class", "taken"),
    [
        (None, STORAGE + "1.1", True),
        ("", STORAGE + "1.1.1", True),
        ("X-RAY", STORAGE + "1", True),
        ("OT", STORAGE + "1", True),
        (None, CT_IMAGE, False),
        ("", MR_IMAGE, False),
        ("MRI", STORAGE + "4.1", False),
        ("OT", STORAGE + "6.1", False),
        # What the header says counts before the class.
        ("DX", CT_IMAGE, True),
        ("CT", STORAGE + "1", False),
    ],
)
def test_the_sop_class_tells_what_the_header_leaves_open(
    xray: Any, modality: str | None, sop_class: str, taken: bool
) -> None:
    (answer,) = xray(request(picture(modality, sop_class)), columns=3)
    assert answer["type"] == ("ANNOTATION" if taken else "NONE")
    assert ("note" in answer) is not taken


@pytest.mark.parametrize("modality", [None, "", "PICTURE"])
def test_what_nothing_tells_is_taken_and_said(xray: Any, modality: str | None) -> None:
    files = picture(modality, SECONDARY)
    (answer,) = xray(request(files), columns=3)
    assert answer["type"] == "ANNOTATION"
    assert "modality is not known" in answer["note"] and "takes CR or DX" in answer["note"]


def test_the_doubt_is_said_where_nothing_is_found(xray: Any) -> None:
    (answer,) = xray(request(picture(None, SECONDARY)), scores=[0.1, 0.1, 0.1])
    assert answer["type"] == "NONE" and "modality is not known" in answer["note"]


def test_other_modalities_stop_no_image_of_the_models(xray: Any) -> None:
    good, other = picture("DX"), picture("CT")
    answers = xray(request(other, good), columns=3)
    assert [(a["type"], a["instance_uid"]) for a in answers] == [
        ("ANNOTATION", good.uids[0]),
        ("NONE", other.uids[0]),
    ]


def test_a_broken_image_of_another_is_none_as_the_others_are(xray: Any) -> None:
    def cut(ds: Dataset, _: int) -> None:
        ds.Modality, ds.PixelData = "MR", ds.PixelData[:-4]

    broken, whole = write_pictures([scored(900)], change=cut), picture("MR")
    answers = xray(request(broken, whole), columns=3)
    note = "Not classified: its modality is MR, and the model takes CR or DX."
    assert {answer["instance_uid"] for answer in answers} == {*broken.uids, *whole.uids}
    assert [(a["type"], a["note"]) for a in answers] == [("NONE", note)] * 2


def test_a_broken_series_of_another_is_none(spleen: Any) -> None:
    def cut(ds: Dataset, _: int) -> None:
        ds.Modality, ds.PixelData = "MR", ds.PixelData[:-4]

    (answer,) = spleen(request(write_series(IMAGE, STACK, change=cut)), **THRESHOLD)
    note = "Not segmented: its modality is MR, and the model takes CT."
    assert (answer["type"], answer["note"]) == ("NONE", note)


def series(modality: str | None, study: str | None = None) -> Files:
    def change(ds: Dataset, _: int) -> None:
        ds.Modality = modality
        if modality is None:
            del ds.Modality
            ds.SOPClassUID = ds.file_meta.MediaStorageSOPClassUID = SECONDARY

    return write_series(IMAGE, STACK, study=study, change=change)


def test_a_series_of_another_modality_is_not_segmented(spleen: Any) -> None:
    good = series("CT")
    other = series("MR", good.study_uid)
    answers = spleen(request(other, good), **THRESHOLD)
    np.testing.assert_array_equal(masks(answers, good, STACK.shape)[0], IMAGE > 200)
    (answer,) = [answer for answer in answers if answer["series_uid"] == other.series_uid]
    note = "Not segmented: its modality is MR, and the model takes CT."
    assert (answer["type"], answer["note"]) == ("NONE", note)
    (alone,) = spleen(request(other), **THRESHOLD)
    assert (alone["type"], alone["note"]) == ("NONE", note)


def test_a_series_of_unknown_modality_is_segmented_and_said(spleen: Any) -> None:
    files = series(None)
    answers = spleen(request(files), **THRESHOLD)
    np.testing.assert_array_equal(masks(answers, files, STACK.shape)[0], IMAGE > 200)
    assert all("modality is not known" in answer["note"] for answer in answers)


def test_a_study_of_another_modality_is_none_for_a_network_of_channels(deploy: Any) -> None:
    brain = deploy("brain_channels", "--modality", "MR")
    (answer,) = brain(request(series("CT")), **THRESHOLD)
    assert answer["type"] == "NONE" and "is CT, and the model takes MR" in answer["note"]


def test_any_modality_is_taken_where_the_user_says_so(deploy: Any) -> None:
    files = series("MR")
    answers = deploy("spleen_ct", "--modality", "any")(request(files), **THRESHOLD)
    np.testing.assert_array_equal(masks(answers, files, STACK.shape)[0], IMAGE > 200)


# ------------------------------------------------------------------ what is no image

NO_IMAGES = {
    "66.4": ("SEG", "a segmentation (SEG)"),
    "66.5": ("SEG", "a segmentation (SEG)"),
    "88.33": ("SR", "a structured report (SR)"),
    "88.59": ("KO", "a key object selection (KO)"),
    "481.2": ("RTDOSE", "a radiotherapy dose (RTDOSE)"),
    "481.3": ("RTSTRUCT", "a radiotherapy structure set (RTSTRUCT)"),
    "481.5": ("RTPLAN", "a radiotherapy plan (RTPLAN)"),
    "11.1": ("PR", "a presentation state (PR)"),
    "104.1": ("DOC", "an encapsulated document (DOC)"),
    "66.1": ("REG", "a spatial registration (REG)"),
}


def no_image(sop_class: str, modality: str | None) -> bytes:
    ds = new_dataset(STORAGE + sop_class, "1.2.3", generate_uid())
    if modality is not None:
        ds.Modality = modality
    set_pixels(ds, np.ones((4, 4), np.uint16), Pixels(signed=False))
    return encoded(ds)


@pytest.mark.parametrize("sop_class", NO_IMAGES)
@pytest.mark.parametrize("says", ["both", "class"])
def test_objects_that_are_no_images_are_said_to_be_what_they_are(
    spleen: Any, xray: Any, sop_class: str, says: str
) -> None:
    modality, words = NO_IMAGES[sop_class]
    sent = request(no_image(sop_class, modality if says == "both" else None))
    for deployed in (spleen, xray):
        with pytest.raises(deployed.error) as caught:
            deployed(sent, **THRESHOLD)
        assert f"none of its files is a DICOM image, but {words}" in str(caught.value)


def test_several_objects_that_are_no_images_are_counted(spleen: Any) -> None:
    parts = [no_image("66.4", "SEG"), no_image("66.4", "SEG"), no_image("88.33", "SR")]
    with pytest.raises(spleen.error) as caught:
        spleen(request(*parts), **THRESHOLD)
    assert "2 times a segmentation (SEG), a structured report (SR)." in str(caught.value)


def test_an_image_without_pixels_is_called_one(spleen: Any) -> None:
    ds = new_dataset(CT_IMAGE, "1.2.3", generate_uid())
    ds.Modality = "CT"
    with pytest.raises(spleen.error) as caught:
        spleen(request(encoded(ds)), **THRESHOLD)
    assert "CT Image Storage without pixels" in str(caught.value)


def test_the_words_are_those_of_the_option(spleen: Any) -> None:
    text = (bundles.ROOT / "src" / "options" / "words.ts").read_text()
    block = text[text.index("MODALITIES = [") : text.index("] as const", text.index("MODALITIES"))]
    known = sys.modules["mmar2mdai_objects"].KNOWN
    assert set(re.findall(r'"(\w+)"', block)) <= known
