"""MONAI's resampling of a volume on the CPU, part by part, with the same result in every bit.

MONAI makes the place of every voxel of the result, two arrays of several times its size, and then
PyTorch looks up one voxel after the other on one processor. Each voxel depends on its own place
only, so here slabs of the result are made, on all processors, and where the axes of both grids are
parallel a slab's places are made with it.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any, Callable

import monai.transforms.spatial.array as spatial
import numpy as np
import torch
from monai.networks.layers import AffineTransform
from monai.networks.utils import to_norm_affine
from monai.utils import ensure_tuple
from torch.nn.functional import affine_grid, grid_sample

PART = 1 << 20
"""Voxels of a slab."""

Places = Callable[[int, int], torch.Tensor]
"""Gives (1, slices, rows, columns, 3), the normalized places of the slices from one to another."""


class AffineByParts(AffineTransform):  # type: ignore[misc]
    """What it inherits, for one volume on the CPU in another way."""

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
        places = _places(theta[:, :3], (*src.shape[:2], *shape), self.align_corners)
        src = src.contiguous()
        found = src.new_empty((*src.shape[:2], *shape))

        def sample(first: int) -> None:
            end = min(first + slices, shape[0])
            with torch.inference_mode():  # it is a thread's own
                found[:, :, first:end] = grid_sample(
                    src,
                    places(first, end),
                    mode=self.mode.value,
                    padding_mode=self.padding_mode.value,
                    align_corners=self.align_corners,
                )

        slices = max(1, PART // (shape[1] * shape[2]))
        with ThreadPoolExecutor(torch.get_num_threads()) as pool:
            list(pool.map(sample, range(0, shape[0], slices)))
        return found


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


def _places(theta: torch.Tensor, size: tuple[int, ...], align_corners: bool) -> Places:
    """What `affine_grid` gives.

    Args:
        theta: (1, 3, 4)
        size: 1, channels, slices, rows, columns.
    """
    scales = torch.diagonal(theta[0, :, :3])
    if not torch.equal(theta[0, :, :3], torch.diag(scales)):
        grid = affine_grid(theta, list(size), align_corners=align_corners)
        return lambda first, end: grid[:, first:end]
    # Each coordinate of a place is a product and a sum: what a matrix product adds to them are
    # products with zero.
    columns, rows, slices = (
        _line(length, theta.dtype, align_corners) * scale + shift
        for length, scale, shift in zip(reversed(size[2:]), scales, theta[0, :, 3])
    )

    def places(first: int, end: int) -> torch.Tensor:
        # By NumPy, whose copies begin no threads of their own.
        made = np.empty((1, end - first, len(rows), len(columns), 3), columns.numpy().dtype)
        made[..., 0] = columns.numpy()
        made[..., 1] = rows.numpy()[:, None]
        made[..., 2] = slices.numpy()[first:end, None, None]
        return torch.from_numpy(made)

    return places


def _line(length: int, dtype: torch.dtype, align_corners: bool) -> torch.Tensor:
    """The normalized coordinates along an axis, as PyTorch makes them."""
    if length <= 1:
        return torch.zeros(1, dtype=dtype)
    line = torch.linspace(-1, 1, length, dtype=dtype)
    return line if align_corners else line * (length - 1) / length


def resample_by_parts() -> None:
    """Let MONAI's Spacing and Rotate resample in this way."""
    spatial.AffineTransform = AffineByParts
