"""Resampling part by part gives what MONAI and PyTorch give at once, in every bit."""

from __future__ import annotations

from typing import Any, Iterator

import monai.transforms.spatial.array as spatial
import numpy as np
import pytest
import torch
from monai.networks.layers import AffineTransform
from monai.transforms import Spacing

import engines

TURN = np.array([[0.8, -0.6, 0, 0], [0.6, 0.8, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]])


@pytest.fixture(scope="module")
def resampling() -> Any:
    return engines.Templates().resident_resampling


def volume(shape: tuple[int, ...], dtype: torch.dtype) -> torch.Tensor:
    made = torch.Generator().manual_seed(sum(shape))
    return torch.rand(shape, generator=made, dtype=dtype) * 2000 - 1000


def affines() -> dict[str, np.ndarray]:
    """From voxels of the result to those of the source.

    An inverse has terms of some 1e-16 where there should be none.
    """
    scaled = np.diag([1.5 / 0.8, 0.7, 2.0 / 5, 1.0])
    scaled[:3, 3] = (0.43, -1.7, 3.1)
    flipped = np.diag([-1.1, 1.0, -0.9, 1.0])
    flipped[:3, 3] = (20, 0, 17)
    nearly = scaled.copy()
    nearly[0, 1], nearly[1, 2] = 1e-17, 1.9e-16
    swapped = scaled[[1, 0, 2, 3]]
    return {
        "scaled": scaled,
        "flipped": flipped,
        "nearly": nearly,
        "turned": TURN @ scaled,
        "swapped": swapped,
    }


@pytest.fixture(params=[1, 2, 3], ids="threads {}".format)
def threads(request: pytest.FixtureRequest) -> Iterator[int]:
    before = torch.get_num_threads()
    torch.set_num_threads(request.param)
    yield request.param
    torch.set_num_threads(before)


@pytest.mark.usefixtures("threads")
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
@pytest.mark.parametrize("align", [False, True], ids=["edges", "corners"])
@pytest.mark.parametrize("mode", ["bilinear", "nearest"])
@pytest.mark.parametrize("padding", ["zeros", "border", "reflection"])
def test_it_is_the_same_in_every_bit(
    resampling: Any,
    monkeypatch: pytest.MonkeyPatch,
    dtype: torch.dtype,
    align: bool,
    mode: str,
    padding: str,
) -> None:
    monkeypatch.setattr(resampling, "PART", 700)
    options: dict[str, Any] = {"mode": mode, "padding_mode": padding, "align_corners": align}
    for reverse in (True, False):
        for normalized in (True, False):
            options.update(reverse_indexing=reverse, normalized=normalized)
            for name, affine in affines().items():
                for size in [(23, 31, 17), (1, 40, 2), np.array([64, 1, 1]), None]:
                    src = volume((1, 3, 21, 19, 18), dtype)
                    theta = torch.as_tensor(affine, dtype=dtype)
                    with torch.inference_mode():
                        wanted = AffineTransform(**options)(src, theta, size)
                        found = resampling.AffineByParts(**options)(src, theta, size)
                    assert found.dtype == torch.float32 and found.shape == wanted.shape
                    assert torch.equal(found, wanted.float()), (name, size, options)


@pytest.mark.usefixtures("threads")
@pytest.mark.parametrize("spacing", [(0.8, 0.8, 5.0), (0.7421875, 0.7421875, 1.25)], ids=str)
@pytest.mark.parametrize("turned", [False, True], ids=["straight", "turned"])
def test_spacing_gives_the_same_volume(
    resampling: Any,
    monkeypatch: pytest.MonkeyPatch,
    spacing: tuple[float, ...],
    turned: bool,
) -> None:
    """With slabs as large as they are, to NVIDIA's voxels and back."""
    affine = np.diag([*spacing, 1.0])
    affine[:3, 3] = (-173.2, 40.123, -300.7)
    affine = TURN @ affine if turned else affine
    data = volume((2, 220, 210, 40), torch.float32)
    data[:, :60], data[:, :, 150:], data[:, :, :, 33:] = 0, 0, 0
    monkeypatch.setattr(spatial, "AffineTransform", AffineTransform)
    made = []
    for change in (lambda: None, resampling.resample_by_parts):
        change()
        with torch.inference_mode():
            there, _, new = Spacing(pixdim=(1.5, 1.5, 2.0))(data, affine)
            back, *_ = Spacing(pixdim=spacing)(there, new, output_spatial_shape=data.shape[1:])
        made.append((there, back))
    assert spatial.AffineTransform is resampling.AffineByParts
    for one, other in zip(*made):
        assert torch.equal(one, other) and one.dtype == other.dtype


@pytest.mark.parametrize("align", [False, True], ids=["edges", "corners"])
@pytest.mark.parametrize("mode", ["bilinear", "nearest"])
@pytest.mark.parametrize("padding", ["zeros", "border", "reflection"])
def test_what_is_0_around_is_0(resampling: Any, align: bool, mode: str, padding: str) -> None:
    """Wherever the box of values lies, and where there is none."""
    options: dict[str, Any] = {"mode": mode, "padding_mode": padding, "align_corners": align}
    boxes = [(0, 1), (3, 4), (5, 9), (17, 18), (0, 18), (4, 4)]
    for affine in affines().values():
        for low, high in boxes:
            src = torch.zeros((1, 2, 21, 19, 18), dtype=torch.float64)
            part = src[:, :, low : high + 2, low:high, low:high]
            part.copy_(volume(tuple(part.shape), torch.float64))
            theta = torch.as_tensor(affine)
            with torch.inference_mode():
                wanted = AffineTransform(**options)(src, theta, (23, 31, 17))
                found = resampling.AffineByParts(**options)(src, theta, (23, 31, 17))
            assert torch.equal(found, wanted.float())
    src[0, 0, 7, 7, 7] = float("nan")
    with torch.inference_mode():
        wanted = AffineTransform(**options)(src, theta).float()
        found = resampling.AffineByParts(**options)(src, theta)
    assert torch.equal(found.isnan(), wanted.isnan())
    assert torch.equal(found.nan_to_num(7), wanted.nan_to_num(7))


def test_what_is_not_usual_is_left_to_pytorch(
    resampling: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    src, theta = volume((1, 1, 5, 6, 7), torch.float64), torch.eye(4, dtype=torch.float64)
    calls: list[Any] = []
    plain = torch.nn.functional.affine_grid
    monkeypatch.setattr(
        torch.nn.functional, "affine_grid", lambda *args: calls.append(args) or plain(*args)
    )
    by_parts = resampling.AffineByParts()
    by_parts(src, theta)
    assert len(calls) == 1, "there may be gradients"
    layers = resampling.LAYERS
    with torch.inference_mode():
        for odd in [(src[0], theta[:3, :3]), (src.expand(2, -1, -1, -1, -1), theta)]:
            by_parts(*odd)
        assert len(calls) == 3
        by_parts(src, theta)
        assert len(calls) == 3
        for size in [(4.5, 5, 6), (0, 5, 6)]:
            with pytest.raises((TypeError, ValueError, RuntimeError)):
                by_parts(src, theta, size)
        with pytest.raises(TypeError):
            by_parts(src.numpy(), theta)
    assert layers.nn is torch.nn, "MONAI's own is back"


@pytest.mark.parametrize(
    "free, fits", [(5 * 6 * 7 * 24, True), (5 * 6 * 7 * 24 - 1, False), (0, True)]
)
def test_a_result_beyond_the_memory_is_refused_before_it_is_made(
    resampling: Any, monkeypatch: pytest.MonkeyPatch, free: int, fits: bool
) -> None:
    """0 is for a system that does not tell."""
    monkeypatch.setattr(resampling, "free_memory", lambda: free)
    src, theta = volume((1, 1, 5, 6, 7), torch.float64), torch.eye(4, dtype=torch.float64)
    with torch.inference_mode():
        if fits:
            assert resampling.AffineByParts()(src, theta).shape == src.shape
        else:
            with pytest.raises(MemoryError, match="210 voxels"):
                resampling.AffineByParts()(src, theta)
