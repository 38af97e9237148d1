"""The files of pydicom's own tests through segmentation bundles, each with its expected outcome."""

from __future__ import annotations

from io import BytesIO
from typing import Any, Callable

import numpy as np
import pydicom
import pytest

import pydicom_files
from conftest import Deployed
from dicom_files import request
from pydicom_volumes import VOLUMES
from test_channel_rules import BRAIN

LEVEL = 200
FILES = pydicom_files.files()


def test_every_file_has_its_outcome() -> None:
    assert sorted(FILES) == sorted(VOLUMES)
    assert len(VOLUMES) > 150


@pytest.mark.parametrize("name", VOLUMES)
def test_a_bundle_of_ct(spleen: Deployed, name: str) -> None:
    check(spleen, VOLUMES[name][0], "CT", FILES[name], "label_map")


@pytest.mark.parametrize("name", VOLUMES)
def test_a_bundle_of_channels_of_mr(deploy: Callable[..., Deployed], name: str) -> None:
    check(deploy(BRAIN, "--modality", "MR"), VOLUMES[name][1], "MR", FILES[name], "channels")


def check(model: Deployed, expected: str, takes: str, content: bytes, form: str) -> None:
    outcome, _, says = expected.partition(": ")

    def ask() -> list[dict[str, Any]]:
        return model(request(content), pattern={"levels": [LEVEL]}, form=form)

    if outcome == "refused":
        with pytest.raises(model.error) as caught:
            ask()
        assert says in str(caught.value)
        return
    (answer,) = ask()
    if outcome == "other":
        said = "OT (other)" if says == "OT" else says
        note = f"Not segmented: its modality is {said}, and the model takes {takes}."
        assert (answer["type"], answer["note"]) == ("NONE", note)
        return
    assert outcome == "segmented" and "note" not in answer
    ds = pydicom.dcmread(BytesIO(content))
    values = ds.pixel_array * float(ds.RescaleSlope) + float(ds.RescaleIntercept)
    inside = values > LEVEL
    assert answer["type"] == ("ANNOTATION" if inside.any() else "NONE")
    if inside.any():
        np.testing.assert_array_equal(np.array(answer["data"]["mask"]), inside)
