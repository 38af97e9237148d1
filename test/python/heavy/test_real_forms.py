"""Forms that real MMARs have: what the packer mends or takes as it is, run by MONAI."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any, Callable

import numpy as np
import pytest
import torch

from answers import masks
from bundles import ROOT
from dicom_files import Stack, request, write_series
from phantom import SHAPE, steps

NETWORK = '''
import torch


class Threshold(torch.nn.Module):
    """Background and foreground; what divides them is known to the checkpoint only."""

    def __init__(self):
        super().__init__()
        self.register_buffer("level", torch.full((1,), 1e9))

    def forward(self, image):
        foreground = (image > self.level).to(image.dtype)
        return torch.cat([1 - foreground, foreground], dim=1) * 20
'''


def copy_of(name: str, folder: Path) -> Path:
    mmar = folder / name
    shutil.copytree(ROOT / "fixtures" / name, mmar)
    return mmar


def edit(mmar: Path, change: Callable[[dict[str, Any]], None], name: str = "inference") -> None:
    path = mmar / "config" / f"config_{name}.json"
    config = json.loads(path.read_text())
    change(config)
    path.write_text(json.dumps(config))


def segmented(deployed: Any) -> tuple[np.ndarray, np.ndarray]:
    """The values of an oblique-free coronal series, and the masks that came back."""
    stack = Stack(shape=SHAPE, row_step=1.4, column_step=0.9, step=(0.0, 0.0, 2.2))
    values = steps(stack, 20, 110, 230)
    files = write_series(values, stack)
    return values, masks(deployed(request(files)), files, values.shape, classes=1)


def test_an_inversion_that_was_missing_gives_the_same_masks(
    deploy: Callable[[str], Any], tmp_path: Path
) -> None:
    def forget(config: dict[str, Any]) -> None:
        post = config["post_transforms"]
        config["post_transforms"] = [step for step in post if step["name"] != "Invertd"]
        config["post_transforms"][-1]["args"].pop("meta_keys", None)

    mmar = copy_of("spleen_ct", tmp_path)
    edit(mmar, forget)
    _, expected = segmented(deploy("spleen_ct"))
    _, found = segmented(deploy(str(mmar)))
    assert expected.any()
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("resident", [False, True])
@pytest.mark.parametrize("load_dict", [True, False])
def test_a_network_is_filled_from_its_checkpoint(
    deploy: Callable[..., Any], tmp_path: Path, load_dict: bool, resident: bool
) -> None:
    loader = {"name": "CheckpointLoader", "args": {"load_path": "{MMAR_CKPT}"}}
    if load_dict:
        loader["args"]["load_dict"] = {"model": "@model"}

    def with_network(config: dict[str, Any]) -> None:
        config["model"] = {"path": "threshold.Threshold"}
        config["pre_transforms"] = [
            step for step in config["pre_transforms"] if not step["name"].startswith("Scale")
        ]
        config["handlers"] = [loader, *config.get("handlers", [])]

    mmar = copy_of("spleen_ct", tmp_path)
    (mmar / "custom").mkdir()
    (mmar / "custom" / "threshold.py").write_text(NETWORK)
    (mmar / "models" / "model.ts").unlink()
    torch.save({"model": {"level": torch.full((1,), 80.0)}}, str(mmar / "models" / "model.pt"))
    edit(mmar, with_network)
    values, found = segmented(deploy(str(mmar), resident=resident))
    # Trilinear steps between spacings blur the border; most of the body is above the level.
    body = values > 80
    agreed = np.logical_and(found[0], body).sum()
    assert 2 * agreed / (found[0].sum() + body.sum()) > 0.97
