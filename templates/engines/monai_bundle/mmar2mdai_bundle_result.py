"""What a bundle would save, taken before it is in a file."""

from __future__ import annotations

from typing import Any, Mapping

import numpy as np
import torch
from monai.data import MetaTensor, NibabelWriter
from monai.data.utils import to_affine_nd

from mmar2mdai_bundle_config import Config
from mmar2mdai_errors import DeployError
from mmar2mdai_inference import Result, ScoresResult, VolumeResult
from mmar2mdai_resident_slices import by_slices

OPTIONS = {"resample": True, "mode": "nearest", "padding_mode": "border", "dtype": np.float64}
"""How SaveImaged brings a result onto the input's grid, with what it does by itself."""


class Volumes:
    """Makes a result of what the postprocessing leaves, on the grid on which it would be saved."""

    def __init__(self, key: str, config: Config) -> None:
        """Read what the config's SaveImaged is told of the grid.

        Args:
            key: under which the postprocessing leaves the result.
        """
        self._key = key
        self._options = dict(OPTIONS)
        for saver in config.savers:
            keys = config.get(f"{saver}#keys") if config.has(f"{saver}#keys") else key
            if key in ([keys] if isinstance(keys, str) else keys):
                for name in OPTIONS:
                    if config.has(f"{saver}#{name}"):
                        self._options[name] = config.get(f"{saver}#{name}")

    def result(self, data: Mapping[str, Any], name: str) -> Result:
        """The volume of an item.

        Raises:
            DeployError: When it is none, or has no place in the patient.
        """
        found = data[self._key]
        if not isinstance(found, torch.Tensor):
            raise DeployError(f"The result {name} is a {type(found).__name__}, not a tensor.")
        if not 3 <= found.ndim <= 4:
            raise DeployError(f"The result {name} has the shape {tuple(found.shape)}: no volume.")
        meta = found.meta if isinstance(found, MetaTensor) else _meta_of(found, data, name)
        writer = NibabelWriter(output_dtype=None)
        image = found.as_tensor() if isinstance(found, MetaTensor) else found
        has_channels = len(meta.get("spatial_shape", ())) < found.ndim
        channels = 0 if has_channels else None
        writer.set_data_array(image.detach().cpu(), channel_dim=channels, squeeze_end_dims=False)
        writer.set_metadata(meta, **self._options)
        if writer.affine is None:
            raise _no_place(name)
        affine = to_affine_nd(3, np.array(writer.affine, float))
        saved = torch.as_tensor(writer.data_obj)
        saved = saved.reshape((*saved.shape, *(1,) * (4 - saved.ndim)))
        return VolumeResult(name, by_slices(saved.permute(3, 0, 1, 2).numpy()), affine)


def _meta_of(found: torch.Tensor, data: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """The metadata of the image, on whose grid a result without any has to be.

    Raises:
        DeployError: When it isn't.
    """
    image = data.get("image")
    if isinstance(image, MetaTensor) and image.shape[1:] == found.shape[1:]:
        return image.meta
    raise _no_place(name)


def _no_place(name: str) -> DeployError:
    return DeployError(f"The result {name} has no affine, so its place in the patient is unknown.")


def scores(found: Any, name: str) -> Result:
    """The scores of an item.

    Raises:
        DeployError: When they are no numbers.
    """
    if not isinstance(found, (torch.Tensor, np.ndarray)):
        raise DeployError(f"The result {name} is a {type(found).__name__}, not a tensor.")
    values = torch.as_tensor(found).detach().cpu().flatten()
    return ScoresResult(name, [float(value) for value in values.tolist()])
