"""An engine that keeps its network in the process, in the place of Clara's: no task notices."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any, Callable

import numpy as np
import pytest

import bundles
from answers import dice, masks
from conftest import Deployed
from dicom_files import Stack, request, write_series
from scenes import LEVELS, image, organ

RESIDENT = '''
"""Takes arrays, gives arrays, one item at a time; the network is a threshold."""

from mmar2mdai_inference import ScoresResult, VolumeResult


class Engine:
    def __init__(self, config, root):
        self._segments = config["type"] == "segmentation"
        self._classes = config["out_classes"]

    def run(self, items, folder):
        for number, item in enumerate(items, 1):
            name = f"item {number}"
            if self._segments:
                volume = item.image
                voxels = (volume.array() > LEVEL)[..., None]
                yield VolumeResult(name, voxels, volume.affine)
            else:
                first = item.image.pixels[0, : self._classes]
                yield ScoresResult(name, [value / 65535 for value in first])
        assert not list(folder.iterdir())
'''


@pytest.fixture
def resident(deploy: Callable[..., Deployed], tmp_path: Path) -> Callable[..., Deployed]:
    """A fixture's bundle with the engine above, and no module of Clara's."""

    def get(name: str, level: float = 0) -> Deployed:
        packed = deploy(name)
        copy = tmp_path / "resident"
        shutil.copytree(str(packed.model), str(copy))
        for path in (copy / ".mdai").glob("mmar2mdai_clara_*.py"):
            path.unlink()
        engine = RESIDENT.replace("LEVEL", repr(level))
        (copy / ".mdai" / "mmar2mdai_engine.py").write_text(engine)
        return Deployed(copy, packed.folder)

    return get


def test_it_segments(resident: Callable[..., Deployed]) -> None:
    stack = Stack()
    files = write_series(image(stack.shape), stack)
    answers = resident("spleen_ct", LEVELS["levels"][0])(request(files))
    assert dice(masks(answers, files, stack.shape)[0], organ(stack.shape)) == 1


def test_it_classifies(resident: Callable[..., Deployed]) -> None:
    from classifiers import scored, write_pictures

    files = write_pictures([scored(3000, 400, 2500, columns=20), scored(100, columns=20)])
    answers = resident("catalogue/clara_pt_chest_xray_classification_1")(request(files))
    assert [answer.get("class_index") for answer in answers[:2]] == [0, 2]


def test_a_result_of_the_other_kind_is_refused(resident: Callable[..., Deployed]) -> None:
    model = resident("spleen_ct")
    path = model.model / ".mdai" / "mmar2mdai_engine.py"
    path.write_text(
        path.read_text().replace(
            "VolumeResult(name, voxels, volume.affine)", "ScoresResult(name, [1.0])"
        )
    )
    again = Deployed(model.model, model.folder)
    with pytest.raises(again.error, match="item 1 holds scores, but the model segments"):
        again(request(write_series(image(Stack().shape), Stack())))


def test_a_volume_gives_its_array_as_a_nifti_file_has_it(deploy: Callable[..., Any]) -> None:
    import importlib

    deploy("spleen_ct")
    bundles.load(deploy("spleen_ct").model)
    images = importlib.import_module("mmar2mdai_images")
    values = np.arange(24, dtype=np.float32).reshape(4, 3, 2)
    volume = images.GridImage("x", (2, 3, 4), np.eye(4), lambda: iter(values))
    np.testing.assert_array_equal(volume.array(), values.transpose(2, 1, 0))
