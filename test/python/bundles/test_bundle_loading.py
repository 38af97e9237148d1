"""Images in memory are to MONAI 1.5 what their files are: values, place, all metadata."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from monai.data import MetaTensor
from monai.transforms import Compose, LoadImaged

import monai_bundles as zoo
from cases import rotation

AFFINES = {
    "axial": np.array([[-0.7, 0, 0, 90], [0, -0.7, 0, 80], [0, 0, 2.5, -300], [0, 0, 0, 1.0]]),
    "coronal": np.array([[-1, 0, 0, 9], [0, 0, 3, 8], [0, -1, 0, 7], [0, 0, 0, 1.0]]),
    "left-handed": np.diag([1.0, 1.0, 3.0, 1.0]),
}
OBLIQUE = np.eye(4)
OBLIQUE[:3, :3] = rotation(9, -14, 25) @ np.diag([0.7, 0.9, 2.3])
OBLIQUE[:3, 3] = [-31.25, 12.1, 700.3]
AFFINES["oblique"] = OBLIQUE

READERS: dict[str, dict[str, Any]] = {
    "chosen by suffix": {},
    "both tensor and metadata": {"image_only": False},
    "NibabelReader": {"reader": "NibabelReader"},
    "an unknown one first": {"reader": ["NumpyReader", "NibabelReader"]},
    "closest canonical": {"reader": "NibabelReader", "as_closest_canonical": True},
    "a channel's place": {"reader": "NibabelReader", "channel_dim": "no_channel"},
    "channel first": {"ensure_channel_first": True},
    "a kind": {"dtype": np.float64},
    "simple keys": {"simple_keys": True},
}


def check_same(found: Any, expected: Any, place: str = "") -> None:
    assert type(found) is type(expected), place
    if isinstance(expected, dict):
        assert list(found) == list(expected), place
        for key, value in expected.items():
            check_same(found[key], value, f"{place} {key}")
    elif isinstance(expected, MetaTensor):
        check_same(found.as_tensor(), expected.as_tensor(), place)
        check_same(dict(found.meta), dict(expected.meta), f"{place} meta")
        assert found.applied_operations == expected.applied_operations == []
    elif isinstance(expected, torch.Tensor):
        assert (found.dtype, found.stride()) == (expected.dtype, expected.stride()), place
        assert torch.equal(found, expected), place
    elif isinstance(expected, np.ndarray):
        assert (found.dtype, found.shape) == (expected.dtype, expected.shape), place
        np.testing.assert_array_equal(found, expected, err_msg=place)
    elif isinstance(expected, float) and np.isnan(expected):
        assert np.isnan(found), place
    else:
        assert found == expected, place


def loaded(templates: Any, item: Any, folder: Path, args: Any, files: bool) -> tuple[Any, bool]:
    """What LoadImaged makes of an item, and whether a file was there."""
    pre = Compose([LoadImaged(keys="image", **args)])
    loading = templates.resident_loading.Loading(pre, "image", bare=False, always_files=files)
    made = pre(loading.given(item, folder))
    loading.forget()
    were_files = [path.unlink() for path in folder.iterdir()]
    return made, bool(were_files)


def compare(templates: Any, image: Any, folder: Path, args: Any, in_memory: bool = True) -> None:
    item = templates.inference.Item(image)
    expected, _ = loaded(templates, item, folder, args, files=True)
    found, were_files = loaded(templates, item, folder, args, files=False)
    assert were_files is not in_memory
    check_same(found, expected)


def values(shape: tuple[int, int, int] = (20, 18, 12)) -> np.ndarray:
    return np.random.default_rng(8).integers(-100, 300, shape).astype(np.float32)


@pytest.mark.parametrize("affine", AFFINES)
def test_a_volume(templates: Any, tmp_path: Path, affine: str) -> None:
    compare(templates, zoo.grid(templates, values(), AFFINES[affine]), tmp_path, {})


@pytest.mark.parametrize("reader", READERS)
def test_a_reader(templates: Any, tmp_path: Path, reader: str) -> None:
    compare(templates, zoo.grid(templates, values(), OBLIQUE), tmp_path, READERS[reader])


@pytest.mark.parametrize("shape", [(1, 7, 5), (9, 1, 5), (9, 7, 1), (1, 1, 1)])
def test_a_volume_of_one_slice(templates: Any, tmp_path: Path, shape: tuple[int, ...]) -> None:
    compare(templates, zoo.grid(templates, values(shape), AFFINES["axial"]), tmp_path, {})


def test_several_channels(templates: Any, tmp_path: Path) -> None:
    images = [zoo.grid(templates, values() + n, OBLIQUE, f"channel-{n}") for n in range(4)]
    compare(templates, images, tmp_path, {})


@pytest.mark.parametrize("args", [{}, {"reader": "PILReader"}], ids=["by suffix", "PILReader"])
@pytest.mark.parametrize(
    ("kind", "shape"), [(np.uint16, (13, 29)), (np.uint8, (13, 29)), (np.uint8, (7, 5, 3))]
)
def test_a_picture(templates: Any, tmp_path: Path, args: Any, kind: Any, shape: Any) -> None:
    pixels = np.random.default_rng(3).integers(0, np.iinfo(kind).max, shape, kind, endpoint=True)
    compare(templates, templates.images.Picture("x-ray", pixels), tmp_path, args)


@pytest.mark.parametrize(
    "args", [{"reader": "ITKReader"}, {"reader": "NibabelReader", "mmap": False}]
)
def test_a_reader_that_is_not_known_gets_a_file(templates: Any, tmp_path: Path, args: Any) -> None:
    compare(templates, zoo.grid(templates, values(), OBLIQUE), tmp_path, args, in_memory=False)
