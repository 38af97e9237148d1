"""MONAI's resampling of a volume on the CPU, slab by slab, with the same result in every bit.

MONAI has PyTorch make the place of every voxel of the result (`affine_grid`), which takes several
times its size, then look up one voxel after the other on one processor (`grid_sample`), in 64-bit
floats, and rounds them to 32 bits. Each voxel depends on its own place only, so here this is done
for slabs of the result, on all processors, and what is kept of each is rounded at once. Where the
axes of both grids are parallel, a coordinate of a place depends on its own index only; then nothing
is looked up where all that could be found is 0, as beside the foreground to which a config crops.
"""

from __future__ import annotations

import sys
from math import prod
from operator import index
from types import SimpleNamespace
from typing import Any, NamedTuple, Sequence

import monai.transforms.spatial.array  # noqa: F401  so that it is there to be changed
import torch
from monai.networks.layers import AffineTransform
from torch.nn import functional

from mmar2mdai_resident_heap import free_memory

PART = 1 << 16
"""Voxels of a slab: its places should stay in a processor's cache."""

PLACE_BYTES = 24
"""What PyTorch takes for the place of a voxel: three 64-bit floats. A result for which these do not
fit is refused, as it was by PyTorch: what comes after it needs no less."""

LAYERS: Any = sys.modules[AffineTransform.__module__]
"""Where AffineTransform takes PyTorch's functions from."""


class AffineByParts(AffineTransform):  # type: ignore[misc]
    """What it inherits, but for how a volume on the CPU is looked up, and as 32-bit floats.

    It is for MONAI's Spacing and Rotate, which round to these themselves. All releases of MONAI
    from 0.8.1 to 1.6.1 end in PyTorch's two functions; what comes before differs.
    """

    def forward(self, *args: Any, **kwargs: Any) -> torch.Tensor:
        """See AffineTransform."""
        before = LAYERS.nn
        LAYERS.nn = SimpleNamespace(
            functional=SimpleNamespace(affine_grid=Grid, grid_sample=_sample)
        )
        try:
            return super().forward(*args, **kwargs)
        finally:
            LAYERS.nn = before


class Grid(NamedTuple):
    """What `affine_grid` is asked for."""

    theta: torch.Tensor
    size: Sequence[Any]
    align_corners: bool


def _sample(
    input: torch.Tensor,  # noqa: A002  as PyTorch names it
    grid: Grid,
    mode: str,
    padding_mode: str,
    align_corners: bool,
) -> torch.Tensor:
    """What `grid_sample` gives; that of one volume on the CPU as 32-bit floats."""
    options = {"mode": mode, "padding_mode": padding_mode, "align_corners": align_corners}
    theta, size, _ = grid
    if not _is_usual(input, grid) or grid.align_corners != align_corners:
        return functional.grid_sample(input, functional.affine_grid(*grid), **options)
    channels, *shape = map(index, size[1:])
    if prod(shape) * PLACE_BYTES > free_memory() > 0:
        raise MemoryError(f"There is not enough memory for {prod(shape)} voxels")
    found = input.new_zeros((channels, *shape), dtype=torch.float32)
    lines = [_line(length, theta.dtype, align_corners) for length in shape]
    apart = _apart(theta[0], lines)
    if apart is None:
        _look_up(input, lines, theta, found, options)
        return found[None]
    box = [slice(0, length) for length in shape]
    if padding_mode != "reflection":
        box = [_reach(input[0], axis, line, align_corners) for axis, line in enumerate(apart, 1)]
    lines = [line[part] for line, part in zip(apart, box)]
    _look_up(input, lines, None, found[(slice(None), *box)], options)
    return found[None]


def _is_usual(src: torch.Tensor, grid: Grid) -> bool:
    """Whether one volume on the CPU is looked up, without gradients."""
    theta = grid.theta
    return (
        torch.is_inference_mode_enabled()
        and type(src) is type(theta) is torch.Tensor
        and src.device.type == theta.device.type == "cpu"
        and src.dtype == theta.dtype
        and src.dtype in (torch.float32, torch.float64)
        and src.ndim == 5
        and len(src) == 1
        and all(length > 0 for length in grid.size)
    )


def _look_up(
    src: torch.Tensor,
    lines: Sequence[torch.Tensor],
    theta: torch.Tensor | None,
    found: torch.Tensor,
    options: dict[str, Any],
) -> None:
    """Look up the values of all places.

    Args:
        src: (1, channels, slices, rows, columns)
        lines: the coordinates along slices, rows and columns.
        theta: (1, 3, 4), which turns coordinates into a place; None where they are one.
        found: (channels, slices, rows, columns), where to put the values.
        options: of grid_sample.
    """
    if not found.numel():
        return
    slices, rows, columns = lines
    at_once = torch.get_num_threads()
    step = min(len(slices), max(1, PART // (len(rows) * len(columns))) * at_once)
    places = torch.ones(
        (step, len(rows), len(columns), 3 if theta is None else 4), dtype=slices.dtype
    )
    places[..., 0] = columns
    places[..., 1] = rows[:, None]
    for first in range(0, len(slices), step):
        end = min(first + step, len(slices))
        some = places[: end - first]
        some[..., 2] = slices[first:end, None, None]
        if theta is not None:  # the product by which PyTorch's affine_grid makes places
            some = some.view(1, -1, 4).bmm(theta.transpose(1, 2)).view(*some.shape[:3], 3)
        # PyTorch gives each processor some of the volumes of a batch.
        parts = at_once if (end - first) % at_once == 0 else 1
        slabs = functional.grid_sample(
            src.expand(parts, -1, -1, -1, -1), some.unflatten(0, (parts, -1)), **options
        )
        found[:, first:end].unflatten(1, (parts, -1)).copy_(slabs.transpose(0, 1))


def _apart(theta: torch.Tensor, lines: Sequence[torch.Tensor]) -> list[torch.Tensor] | None:
    """The coordinates of places along slices, rows and columns.

    Each is a product and a sum: what a matrix product adds to them are products with zero.

    Args:
        theta: (3, 4)
        lines: the coordinates along the axes of the result.

    Returns:
        None where the axes of both grids are not parallel.
    """
    scales, shifts = torch.diagonal(theta), theta[:, 3]
    if not torch.equal(theta[:, :3], torch.diag(scales)) or not theta.isfinite().all():
        return None
    last_first = zip(lines, scales.flip(0), shifts.flip(0))
    return [line * scale + shift for line, scale, shift in last_first]


def _reach(src: torch.Tensor, axis: int, line: torch.Tensor, align_corners: bool) -> slice:
    """Where along an axis of the result a value may be found that is not 0.

    Args:
        src: (channels, slices, rows, columns)
        line: the coordinates of places along the axis, which rise or fall.
    """
    length = src.shape[axis]
    lowest = next((i for i in range(length) if src.select(axis, i).any()), None)
    if lowest is None:
        return slice(0, 0)
    highest = next(i for i in reversed(range(length)) if src.select(axis, i).any())
    voxels = (line + 1) / 2 * (length - 1) if align_corners else ((line + 1) * length - 1) / 2
    # A value is made of those on both sides of its place. One more is for rounding.
    voxels = voxels.clamp(0, length - 1)
    near = torch.nonzero((voxels > lowest - 2) & (voxels < highest + 2)).flatten().tolist()
    return slice(near[0], near[-1] + 1) if near else slice(0, 0)


def _line(length: int, dtype: torch.dtype, align_corners: bool) -> torch.Tensor:
    """The normalized coordinates along an axis, as PyTorch makes them."""
    if length <= 1:
        return torch.zeros(1, dtype=dtype)
    line = torch.linspace(-1, 1, length, dtype=dtype)
    return line if align_corners else line * (length - 1) / length


def resample_by_parts() -> None:
    """Let MONAI's Spacing and Rotate resample in this way."""
    for name in ("array", "functional"):  # the second from MONAI 1.2 on
        module: Any = sys.modules.get(f"monai.transforms.spatial.{name}")
        if module is not None:
            module.AffineTransform = AffineByParts
