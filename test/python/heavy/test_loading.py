"""Images in memory are to MONAI what their files are: values, order in memory, metadata."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from monai.data.image_reader import NibabelReader, PILReader
from monai.transforms import Compose, LoadImaged

import engines
from cases import rotation


@pytest.fixture(scope="module")
def templates() -> engines.Templates:
    return engines.Templates()


def oblique() -> np.ndarray:
    affine = np.eye(4)
    affine[:3, :3] = rotation(9, -14, 25) @ np.diag([0.7, 0.9, 2.3])
    affine[:3, 3] = [-31.25, 12.1, 700.3]
    return affine


AFFINES = {
    "axial": np.array([[-0.7, 0, 0, 90], [0, -0.7, 0, 80], [0, 0, 2.5, -300], [0, 0, 0, 1.0]]),
    "coronal": np.array([[-1, 0, 0, 9], [0, 0, 3, 8], [0, -1, 0, 7], [0, 0, 0, 1.0]]),
    "left-handed": np.diag([1.0, 1.0, 3.0, 1.0]),
    "oblique": oblique(),
}
READERS: dict[str, dict[str, Any]] = {
    "chosen by suffix": {},
    "NibabelReader": {"reader": "NibabelReader"},
    "an unknown one first": {"reader": ["NumpyReader", "NibabelReader"]},
    "ITKReader, which is not there": {"reader": "ITKReader"},
    "closest canonical": {"reader": "NibabelReader", "as_closest_canonical": True},
    "a channel's place": {"reader": "NibabelReader", "channel_dim": 2},
    "a kind": {"dtype": np.float64},
    "meta data elsewhere": {"meta_key_postfix": "header"},
}


def check_same(found: dict[str, Any], expected: dict[str, Any]) -> None:
    assert list(found) == list(expected)
    for key, value in expected.items():
        other = found[key]
        assert type(other) is type(value), key
        if isinstance(value, dict):
            check_same(other, value)
        elif isinstance(value, np.ndarray):
            assert (other.dtype, other.shape) == (value.dtype, value.shape), key
            assert other.strides == value.strides, key
            assert other.flags.writeable == value.flags.writeable, key
            np.testing.assert_array_equal(other, value, err_msg=key)
        else:
            assert other == value, key


def loaded(templates: Any, item: Any, folder: Path, args: Any, files: bool) -> tuple[Any, bool]:
    """What LoadImaged makes of an item, and whether a file was there."""
    pre = Compose([LoadImaged(keys=["image", *item.others], **args)])
    loading = templates.resident_loading.Loading(pre, "image", bare=False, always_files=files)
    given = loading.given(item, folder)
    made = pre(given)
    loading.forget()
    were_files = sorted(path.name for path in folder.iterdir())
    for path in folder.iterdir():
        path.unlink()
    return made, bool(were_files)


def compare(templates: Any, item: Any, folder: Path, args: Any, in_memory: bool = True) -> None:
    folder.mkdir(exist_ok=True)
    expected, _ = loaded(templates, item, folder, args, files=True)
    found, were_files = loaded(templates, item, folder, args, files=False)
    assert were_files is not in_memory
    check_same(found, expected)


@pytest.mark.parametrize("affine", AFFINES)
def test_a_volume(templates: Any, tmp_path: Path, affine: str) -> None:
    image = engines.grid(templates, engines.values(), AFFINES[affine])
    compare(templates, templates.inference.Item(image), tmp_path, {})


@pytest.mark.parametrize("reader", READERS)
def test_a_reader(templates: Any, tmp_path: Path, reader: str) -> None:
    image = engines.grid(templates, engines.values(), AFFINES["oblique"])
    compare(templates, templates.inference.Item(image), tmp_path, READERS[reader])


@pytest.mark.parametrize("shape", [(1, 7, 5), (9, 1, 5), (9, 7, 1), (1, 1, 1)])
def test_a_volume_of_one_slice(templates: Any, tmp_path: Path, shape: tuple[int, ...]) -> None:
    image = engines.grid(templates, engines.values(shape), AFFINES["axial"])
    compare(templates, templates.inference.Item(image), tmp_path, {})


def test_several_channels(templates: Any, tmp_path: Path) -> None:
    images = [
        engines.grid(templates, engines.values() + number, AFFINES["oblique"], f"channel-{number}")
        for number in range(4)
    ]
    compare(templates, templates.inference.Item(images), tmp_path, {})


def test_an_image_and_its_mask(templates: Any, tmp_path: Path) -> None:
    image = engines.grid(templates, engines.values(), AFFINES["axial"])
    mask = engines.grid(templates, engines.values() > 0, AFFINES["axial"], "mask")
    compare(templates, templates.inference.Item(image, {"label_image": mask}), tmp_path, {})


@pytest.mark.parametrize("args", [{}, {"reader": "PILReader"}], ids=["by suffix", "PILReader"])
@pytest.mark.parametrize(
    ("kind", "shape"), [(np.uint16, (13, 29)), (np.uint8, (13, 29)), (np.uint8, (7, 5, 3))]
)
def test_a_picture(templates: Any, tmp_path: Path, args: Any, kind: Any, shape: Any) -> None:
    pixels = np.random.default_rng(3).integers(0, np.iinfo(kind).max, shape, kind, endpoint=True)
    picture = templates.images.Picture("x-ray", pixels)
    compare(templates, templates.inference.Item(picture), tmp_path, args)


class Doubling(NibabelReader):
    """A reader of the MMAR's own."""

    def get_data(self, img: Any) -> Any:
        array, meta = super().get_data(img)
        return 2 * array, meta


@pytest.mark.parametrize(
    "args",
    [{"reader": Doubling()}, {"reader": "NibabelReader", "mmap": False}],
    ids=["a reader of the user's", "an argument of nibabel's"],
)
def test_a_reader_that_is_not_known_gets_a_file(templates: Any, tmp_path: Path, args: Any) -> None:
    image = engines.grid(templates, engines.values())
    compare(templates, templates.inference.Item(image), tmp_path, args, in_memory=False)


def test_a_picture_that_is_converted_gets_a_file(templates: Any, tmp_path: Path) -> None:
    picture = templates.images.Picture("x-ray", np.arange(35, dtype=np.uint8).reshape(7, 5))
    args = {"reader": PILReader(converter=lambda image: image.convert("LA"))}
    compare(templates, templates.inference.Item(picture), tmp_path, args, in_memory=False)


def test_a_key_that_another_transform_loads_gets_a_file(templates: Any, tmp_path: Path) -> None:
    def load(data: dict[str, Any]) -> dict[str, Any]:
        assert Path(data["image"]).is_file()
        return {"image": torch.zeros(3)}

    loading = templates.resident_loading.Loading(Compose([load]), "image", False, False)
    item = templates.inference.Item(engines.grid(templates, engines.values()))
    assert load(loading.given(item, tmp_path))


def test_nothing_of_an_image_is_kept(templates: Any, tmp_path: Path) -> None:
    loader = LoadImaged(keys="image")
    loading = templates.resident_loading.Loading(Compose([loader]), "image", False, False)
    loading.given(templates.inference.Item(engines.grid(templates, engines.values())), tmp_path)
    assert loader._loader.readers[-1].images
    loading.forget()
    assert not loader._loader.readers[-1].images
