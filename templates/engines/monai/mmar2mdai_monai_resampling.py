"""MONAI's resampling of a volume on the CPU, slab by slab, with the same result in every bit.

MONAI has PyTorch make the place of every voxel of the result, which takes several times its size,
then look up one voxel after the other on one processor, in 64-bit floats, and rounds them to 32
bits. Each voxel depends on its own place only, so here this is done for slabs of the result, on all
processors, and what is kept of each is rounded at once. Where the axes of both grids are parallel,
a coordinate of a place depends on its own index only; then nothing is looked up where all that
could be found is 0, as beside the foreground to which a config crops.
"""

from __future__ import annotations

from typing import Any, Sequence

import monai.transforms.spatial.array as spatial
import numpy as np
import torch
from monai.networks.layers import AffineTransform
from monai.networks.utils import to_norm_affine
from monai.utils import ensure_tuple
from torch.nn.functional import grid_sample

PART = 1 << 16
"""Voxels of a slab: its places should stay in a processor's cache."""


class AffineByParts(AffineTransform):  # type: ignore[misc]
    """What it inherits, for one volume on the CPU in another way, as 32-bit floats.

    It is for MONAI's Spacing and Rotate, which round to these themselves.
    """

    def forward(self, src: Any, theta: Any, spatial_size: Any = None) -> torch.Tensor:
        """See AffineTransform."""
        size = self.spatial_size if spatial_size is None else ensure_tuple(spatial_size)
        if not _is_usual(src, theta, size):
            return super().forward(src, theta, spatial_size)
        shape = tuple(src.shape[2:]) if size is None else tuple(int(length) for length in size)
        theta = theta[None]
        if not self.normalized:
            theta = to_norm_affine(theta, src.shape[2:], shape, self.align_corners)
        if self.reverse_indexing:
            order = [2, 1, 0, 3]
            theta = theta[:, order][:, :, order]
        found = src.new_zeros((src.shape[1], *shape), dtype=torch.float32)
        lines = [_line(length, theta.dtype, self.align_corners) for length in shape]
        apart = _apart(theta[0], lines)
        if apart is None:
            self._sample(src, lines, theta[:, :3], found)
            return found[None]
        box = [slice(0, length) for length in shape]
        if self.padding_mode.value != "reflection":
            box = [
                _reach(src[0], axis + 1, line, self.align_corners)
                for axis, line in enumerate(apart)
            ]
        self._sample(
            src, [line[part] for line, part in zip(apart, box)], None, found[(slice(None), *box)]
        )
        return found[None]

    def _sample(
        self,
        src: torch.Tensor,
        lines: Sequence[torch.Tensor],
        theta: torch.Tensor | None,
        found: torch.Tensor,
    ) -> None:
        """Look up the values of all places.

        Args:
            src: (1, channels, slices, rows, columns)
            lines: the coordinates along slices, rows and columns.
            theta: (1, 3, 4), which turns coordinates into a place; None where they are one.
            found: (channels, slices, rows, columns), where to put the values.
        """
        slices, rows, columns = lines
        if not found.numel():
            return
        at_once = torch.get_num_threads()
        step = min(len(slices), max(1, PART // (len(rows) * len(columns))) * at_once)
        shape = (step, len(rows), len(columns), 3 if theta is None else 4)
        places = torch.ones(shape, dtype=src.dtype)
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
            slabs = grid_sample(
                src.expand(parts, -1, -1, -1, -1),
                some.unflatten(0, (parts, -1)),
                mode=self.mode.value,
                padding_mode=self.padding_mode.value,
                align_corners=self.align_corners,
            )
            found[:, first:end].unflatten(1, (parts, -1)).copy_(slabs.transpose(0, 1))


def _is_usual(src: Any, theta: Any, size: Any) -> bool:
    """Whether one volume on the CPU is resampled, without gradients."""
    return (
        torch.is_inference_mode_enabled()
        and isinstance(src, torch.Tensor)
        and isinstance(theta, torch.Tensor)
        and src.device.type == theta.device.type == "cpu"
        and src.dtype == theta.dtype
        and src.dtype in (torch.float32, torch.float64)
        and src.ndim == 5
        and len(src) == 1
        and theta.shape == (4, 4)
        and (
            size is None
            or (len(size) == 3 and all(isinstance(n, (int, np.integer)) and n > 0 for n in size))
        )
    )


def _apart(theta: torch.Tensor, lines: Sequence[torch.Tensor]) -> list[torch.Tensor] | None:
    """The coordinates of places along slices, rows and columns.

    Each is a product and a sum: what a matrix product adds to them are products with zero.

    Args:
        theta: (4, 4)
        lines: the coordinates along the axes of the result.

    Returns:
        None where the axes of both grids are not parallel.
    """
    scales = torch.diagonal(theta[:3, :3])
    if not torch.equal(theta[:3, :3], torch.diag(scales)) or not theta.isfinite().all():
        return None
    return [
        line * scale + shift
        for line, scale, shift in zip(lines, scales.flip(0), theta[:3, 3].flip(0))
    ]


def _reach(src: torch.Tensor, axis: int, line: torch.Tensor, align_corners: bool) -> slice:
    """Where along an axis of the result a value may be found that is not 0.

    Args:
        src: (channels, slices, rows, columns)
        line: the coordinates of places along the axis, which rise or fall.
    """
    length = src.shape[axis]
    not_zero = (index for index in range(length) if src.select(axis, index).any())
    lowest = next(not_zero, None)
    if lowest is None:
        return slice(0, 0)
    highest = next(i for i in reversed(range(length)) if src.select(axis, i).any())
    voxels = (line + 1) / 2 * (length - 1) if align_corners else ((line + 1) * length - 1) / 2
    # A value is made of those at both sides. One more is for rounding.
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
    spatial.AffineTransform = AffineByParts
