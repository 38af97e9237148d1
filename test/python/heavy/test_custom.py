"""An MMAR's own components, `custom/` and `path`, run from the bundle."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any, Callable

import numpy as np
import pytest

from answers import masks
from bundles import ROOT
from dicom_files import Stack, request, write_series
from phantom import SHAPE, steps

SHIFT = '''
from monai.transforms import MapTransform


class Shiftd(MapTransform):
    """Adds to the intensities of an image."""

    def __init__(self, keys, offset):
        super().__init__(keys)
        self.offset = offset

    def __call__(self, data):
        return {**data, **{key: data[key] + self.offset for key in self.keys}}
'''


def write_mmar(folder: Path, component: str) -> Path:
    """fixtures/liver_tumor_ct with a transform that brings 1110 and 1230 to 110 and 230 HU."""
    mmar = folder / "liver_shift_ct"
    shutil.copytree(ROOT / "fixtures" / "liver_tumor_ct", mmar)
    (mmar / "custom").mkdir()
    (mmar / "custom" / "__init__.py").write_text("")
    (mmar / "custom" / "shift.py").write_text(SHIFT)
    path = mmar / "config" / "config_inference.json"
    config = json.loads(path.read_text())
    shift = {"path": component, "args": {"keys": "image", "offset": -1000}}
    config["pre_transforms"].insert(1, shift)
    path.write_text(json.dumps(config))
    return mmar


# From the MMAR's root, and from its custom/: configs in the wild do either.
@pytest.mark.parametrize("component", ["custom.shift.Shiftd", "shift.Shiftd"])
@pytest.mark.parametrize("resident", [False, True])
def test_a_transform_of_the_mmar_is_found_and_used(
    deploy: Callable[..., Any], tmp_path: Path, component: str, resident: bool
) -> None:
    stack = Stack(shape=SHAPE, row_step=1.4, column_step=0.9, step=(0.0, 0.0, 2.2))
    values = steps(stack, 1020, 1110, 1230)
    files = write_series(values, stack)
    answers = deploy(str(write_mmar(tmp_path, component)), resident=resident)(request(files))
    found = masks(answers, files, values.shape, classes=2)
    np.testing.assert_array_equal(found, [values == 1110, values == 1230])
