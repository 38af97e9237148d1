"""What the engine computes in another way than MONAI from 1.0 on is the same in every bit.

Releases other than the one that is installed here were tried by hand, from 1.0.1 to 1.6.1.
"""

from __future__ import annotations

from typing import Any

import monai.transforms.spatial.array as array
import numpy as np
import pytest
import torch
from monai.data import MetaTensor
from monai.networks.layers import AffineTransform
from monai.transforms import AsDiscreted, Compose, Invertd, Spacingd

import monai_bundles

try:
    import monai.transforms.spatial.functional as functional
except ImportError:  # before MONAI 1.2
    functional = array

TURN = np.array([[0.8, -0.6, 0, 0], [0.6, 0.8, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]])


@pytest.fixture()
def templates(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The modules of templates/; MONAI is as it was afterwards."""
    for module in {array, functional}:
        monkeypatch.setattr(module, "AffineTransform", AffineTransform)
    return monai_bundles.Templates()


def image(affine: np.ndarray, shape: tuple[int, ...] = (1, 130, 120, 33)) -> MetaTensor:
    made = torch.rand(shape, generator=torch.Generator().manual_seed(1)) * 2000 - 1000
    made[:, :30], made[..., 28:] = 0, 0
    return MetaTensor(made, affine=torch.as_tensor(affine))


@pytest.mark.parametrize("turned", [False, True], ids=["straight", "turned"])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"mode": "nearest"},
        {"padding_mode": "zeros", "align_corners": True},
        {"padding_mode": "reflection", "dtype": np.float32},
        {"pixdim": (0.9, 3.1, 5.0), "align_corners": True},
        {"pixdim": (1.2, -1, 1.9), "diagonal": True},
    ],
    ids=str,
)
def test_resampling_and_back(templates: Any, options: dict[str, Any], turned: bool) -> None:
    affine = np.diag([0.8, 0.8, 5.0, 1.0])
    affine[:3, 3] = (-173.2, 40.123, -300.7)
    affine = TURN @ affine if turned else affine
    made = []
    for change in (lambda: None, templates.resident_resampling.resample_by_parts):
        change()
        pre = Compose([Spacingd(keys="image", **{"pixdim": (1.5, 1.5, 2.0), **options})])
        post = Invertd(
            keys="pred", transform=pre, orig_keys="image", nearest_interp=False, to_tensor=True
        )
        with torch.inference_mode():
            there = pre({"image": image(affine)})
            # A network gives its channels on the grid of its image.
            pred = torch.cat([there["image"], there["image"] / 3])
            back = post({"image": there["image"], "pred": pred})["pred"]
        made.append((there["image"], back))
    assert functional.AffineTransform is templates.resident_resampling.AffineByParts
    for one, other in zip(*made):
        assert type(one) is type(other) and one.dtype == other.dtype
        assert torch.equal(torch.as_tensor(one), torch.as_tensor(other))
        assert torch.equal(one.affine, other.affine)
        assert len(one.applied_operations) == len(other.applied_operations)


@pytest.mark.parametrize(
    "options",
    [
        {"argmax": True},
        {"argmax": True, "to_onehot": 3},
        {"argmax": True, "threshold": 1},
        {"argmax": [True, False], "threshold": [None, 0.5]},
        {"argmax": True, "dim": 1},
        {"argmax": True, "keepdim": False, "dtype": torch.int64},
        {"threshold": 0.5},
    ],
    ids=str,
)
@pytest.mark.parametrize("plain", [True, False], ids=["Tensor", "MetaTensor"])
def test_the_largest_channel(templates: Any, options: dict[str, Any], plain: bool) -> None:
    keys = ["pred", "other"] if isinstance(options.get("argmax"), list) else "pred"
    made = []
    for change in (lambda _: None, templates.resident_argmax.quicken):
        step = AsDiscreted(keys=keys, **options)
        steps = Compose([step])
        change(steps)
        pred = image(np.diag([2.0, 3.0, 4.0, 1.0]), (3, 9, 8, 7)).round(decimals=-3)
        pred = pred.as_tensor() if plain else pred
        made.append(steps({"pred": pred, "other": pred.clone()}))
    quick = templates.resident_argmax.QuickAsDiscrete
    assert isinstance(step.converter, quick) == options.keys().isdisjoint({"dim", "keepdim"})
    for key, one in made[0].items():
        other = made[1][key]
        assert type(one) is type(other) and one.dtype == other.dtype
        assert torch.equal(torch.as_tensor(one), torch.as_tensor(other))
        if isinstance(one, MetaTensor):
            assert torch.equal(one.affine, other.affine)
            assert one.meta.keys() == other.meta.keys()
