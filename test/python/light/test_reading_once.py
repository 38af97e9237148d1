"""Ways that are only faster: they have to give what the general ones do."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import numpy as np
import pydicom.uid
import pytest

import bundles
from dicom_files import Pixels, Stack, write_series


@pytest.fixture(scope="module", autouse=True)
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The deploy code of a bundle."""
    model = bundles.pack("spleen_ct", tmp_path_factory.mktemp("bundle"))
    bundles.load(model)
    return model


def module(name: str) -> Any:
    return importlib.import_module(f"mmar2mdai_{name}")


@pytest.mark.parametrize("syntax", ["ImplicitVRLittleEndian", "ExplicitVRLittleEndian"])
@pytest.mark.parametrize("bits", [(8, 8), (16, 12), (16, 16), (32, 20)])
@pytest.mark.parametrize("signed", [False, True])
def test_pixels_are_read_as_pydicom_decodes_them(syntax: str, bits: Any, signed: bool) -> None:
    values = np.random.default_rng(3).integers(0, 120, (3, 5, 7))
    pixels = Pixels(*bits, signed, 1.0, -5.0)

    def change(ds: Any, index: int) -> None:
        ds.PixelPaddingValue = 7

    files = write_series(
        values, Stack((3, 5, 7)), pixels, syntax=getattr(pydicom.uid, syntax), change=change
    )
    named = [(f"File {number}", content) for number, content in enumerate(files.contents)]
    images = module("instances").read_images(named, lambda instance, header: None).images
    assert len(images) == 3
    for instance, _ in images:
        header, decoded = module("pixels").decode(instance)
        stored = instance.native.stored(instance.content)
        assert stored.dtype == decoded.dtype
        assert np.shares_memory(stored, np.frombuffer(instance.content, np.uint8))
        np.testing.assert_array_equal(stored[0], decoded)
        for element in instance.native.header:
            assert element == header[element.tag]


@pytest.mark.parametrize("syntax", ["ExplicitVRBigEndian", "DeflatedExplicitVRLittleEndian"])
def test_other_pixels_are_left_to_pydicom(syntax: str) -> None:
    files = write_series(np.zeros((1, 5, 7)), Stack((1, 5, 7)), syntax=getattr(pydicom.uid, syntax))
    named = [("File", files.contents[0])]
    ((instance, _),) = module("instances").read_images(named, lambda *_: None).images
    assert instance.native is None


@pytest.mark.parametrize("axes", [(0, 1, 2), (1, 0, 2), (2, 1, 0), (1, 2, 0)])
def test_along_the_axes_sampling_is_the_general_one(axes: tuple[int, ...]) -> None:
    """A matrix that is a little off every axis goes the general way."""
    mapping = module("mapping")
    random = np.random.default_rng(5)
    voxels = random.normal(size=(9, 8, 7)).astype(np.float32)
    matrix = np.zeros((3, 4))
    matrix[axes, (0, 1, 2)] = [0.7, -0.6, 1.3]
    matrix[:, 3] = random.uniform(1, 6, 3)
    box = slice(1, 12), slice(2, 13)
    askew = matrix.copy()
    askew[:, :2] += 1e-6
    np.testing.assert_allclose(
        mapping.sample(voxels, matrix, *box), mapping.sample(voxels, askew, *box), atol=1e-3
    )
    np.testing.assert_allclose(
        mapping.sample(voxels > 0, matrix, *box), mapping.sample(voxels > 0, askew, *box), atol=1e-3
    )


def test_masks_are_lists_of_their_pixels_and_share_rows() -> None:
    rows = module("mask_rows").MaskRows()
    masks = np.random.default_rng(2).random((4, 30, 20)) > 0.5
    masks[:, 5:25] = masks[:, 5:6]
    masks[1:, :3] = False
    for mask in [*masks, np.zeros((0, 4), bool), np.zeros((3, 0), bool)]:
        assert rows.as_list(mask) == mask.astype(int).tolist()
    first, second = rows.as_list(masks[1]), rows.as_list(masks[2])
    assert first[0] is first[1] is second[0]
    assert first[5] is first[24]
    assert {type(value) for row in first for value in row} == {int}
