"""The largest channel as the engine finds it is the one that PyTorch and MONAI find."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from monai.transforms import Activationsd, AsDiscrete, AsDiscreted, Compose

import engines

ODD = [0.0, -0.0, 1.0, -1.0, float("inf"), -float("inf"), 5e-324]


@pytest.fixture(scope="module")
def argmax() -> Any:
    return engines.Templates().resident_argmax


def volumes(channels: int, dtype: torch.dtype) -> list[torch.Tensor]:
    """Noise, values with many ties, odd ones, and some that are no numbers."""
    made = torch.Generator().manual_seed(channels)
    shape = (channels, 9, 8, 7)
    noise = torch.rand(shape, generator=made, dtype=dtype)
    ties = torch.randint(0, 3, shape, generator=made).to(dtype)
    odd = torch.tensor(ODD, dtype=dtype)[torch.randint(0, len(ODD), shape, generator=made)]
    wrong = odd.clone()
    wrong[torch.rand(shape, generator=made) < 0.1] = float("nan")
    return [noise, ties, odd, wrong, noise.permute(0, 3, 2, 1), torch.zeros(shape, dtype=dtype)]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
@pytest.mark.parametrize("channels", [1, 2, 3, 4, 15])
def test_it_is_the_same_channel(argmax: Any, channels: int, dtype: torch.dtype) -> None:
    for volume in volumes(channels, dtype):
        before = volume.clone()
        found = argmax.first_largest(volume)
        wanted = torch.argmax(volume, dim=0, keepdim=True)
        assert (found.dtype, found.shape) == (wanted.dtype, wanted.shape)
        assert torch.equal(found, wanted)
        assert torch.equal(volume.nan_to_num(7), before.nan_to_num(7)), "its input was changed"


@pytest.mark.parametrize(
    "options",
    [
        {"argmax": True},
        {"argmax": True, "to_onehot": 3},
        {"argmax": True, "threshold": 1.5},
        {"argmax": True, "rounding": "torchrounding"},
        {"argmax": [True, False], "threshold": [None, 0.5]},
        {"threshold": 0.5},
    ],
    ids=str,
)
def test_a_config_gives_what_monai_gives(argmax: Any, options: dict[str, Any]) -> None:
    keys = ["pred", "other"] if isinstance(options.get("argmax"), list) else "pred"
    steps = [Activationsd(keys=keys, softmax=True), AsDiscreted(keys=keys, **options)]
    for volume in volumes(3, torch.float32):
        data = {"pred": volume, "other": volume.clone()}
        plain = Compose([steps[0], AsDiscreted(keys=keys, **options)])(dict(data))
        quick = Compose(list(steps))
        argmax.quicken(quick)
        assert type(steps[1].converter) is argmax.QuickAsDiscrete
        for key, value in quick(dict(data)).items():
            assert value.dtype == plain[key].dtype
            assert torch.equal(value.nan_to_num(7), plain[key].nan_to_num(7))


def test_arrays_and_classes_of_their_own_are_left_to_monai(argmax: Any) -> None:
    class Theirs(AsDiscreted):
        pass

    theirs = Theirs(keys="pred", argmax=True)
    argmax.quicken(Compose([theirs]))
    assert type(theirs.converter) is AsDiscrete
    array = volumes(3, torch.float32)[0].numpy()
    found = argmax.QuickAsDiscrete()(array, True)
    assert (found == AsDiscrete()(array, True)).all() and type(found) is type(array)
    whole = torch.arange(24).reshape(3, 2, 4)
    assert torch.equal(argmax.QuickAsDiscrete()(whole, True), AsDiscrete()(whole, True))
