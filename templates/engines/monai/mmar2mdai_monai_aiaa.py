"""All that a config of NVIDIA's annotation server makes of an image, built once.

The server (AIAA of Clara Train 4) runs the pre transforms, the network on one key of what they
make, and the post transforms on the same item; nothing is collated. Here an image and its clicks
come by the config's own keys.
"""

from __future__ import annotations

import copy
import weakref
from pathlib import Path
from typing import Any

import numpy as np
import torch
from monai.inferers import SimpleInferer, SlidingWindowInferer
from monai.transforms import Compose

from mmar2mdai_errors import DeployError, Refused
from mmar2mdai_images import GridImage
from mmar2mdai_inference import Item, Result, VolumeResult
from mmar2mdai_monai_aiaa_plan import AiaaPlan
from mmar2mdai_monai_components import Sections
from mmar2mdai_monai_config import Settings
from mmar2mdai_monai_network import load_network
from mmar2mdai_resident_batch import composed, refuse_random
from mmar2mdai_resident_deadline import LimitedNetwork
from mmar2mdai_resident_loading import Loading
from mmar2mdai_resident_memory import Way

FIRST_WITH_CLICKS = "AddGuidanceFromPointsd"
"""The transform before which an item is the same whatever is clicked; the server keeps it, too
(``cache_until``)."""


class AiaaPipeline:
    """Runs one item after the other.

    Attributes:
        network: with its weights, on its device.
    """

    def __init__(
        self, plan: AiaaPlan, settings: Settings, way: Way, network: torch.nn.Module | None = None
    ) -> None:
        """Build all of it.

        Args:
            network: one that is loaded already and lies on the way's device.

        Raises:
            DeployError: When a part can't be built; the text names it.
        """
        self._keys = plan
        sections = Sections(plan.sections, on_cpu=way.data == "cpu")
        pre = composed(sections.get(plan.pre))
        self._post = composed([] if plan.post is None else sections.get(plan.post))
        for transforms in (pre, self._post):
            refuse_random(transforms)
        self._inferer = SimpleInferer() if plan.inferer is None else sections.get(plan.inferer)
        if way.network != way.data and isinstance(self._inferer, SlidingWindowInferer):
            self._inferer.sw_device = torch.device(way.network)
            self._inferer.device = torch.device(way.data)
        self._device = torch.device(way.network)
        self._loading = Loading(
            pre, settings.image_key, settings.item == "string", plan.needs_files
        )
        self._image_only, self._rest = _parted(pre)
        self._kept: dict[str, Any] = {}
        self._kept_of: weakref.ref[GridImage] | None = None
        if network is None:
            network = load_network(plan, settings.root, self._device)
        self.network = network
        self._limited = LimitedNetwork(network, settings.timeout_seconds).eval()

    def run(self, item: Item, folder: Path, deadline: float) -> Result:
        """What the config makes of an item. What it makes of the image alone is kept as long as
        the image is.

        Args:
            folder: for files, where the config needs some.
            deadline: on the monotonic clock, after which the network is called no more.

        Raises:
            TooLate: When the network would be called after the deadline.
        """
        if not isinstance(item.image, GridImage):
            raise DeployError("The inference config is for one volume.")
        with torch.inference_mode():
            data = self._prepared(item, item.image, folder)
            self._limited.deadline = deadline
            data[self._keys.output] = self._infer(data, item.image.name)
            return self._result(self._post(data), item.image)

    def _prepared(self, item: Item, image: GridImage, folder: Path) -> dict[str, Any]:
        """What the pre transforms make of an item."""
        # Extreme points are picked at random where several voxels are as far out.
        self._rest.set_random_state(seed=0)
        if self._kept_of is not None and self._kept_of() is image:
            return self._rest({**copy.deepcopy(self._kept), **item.extras})
        self._forget()
        try:
            begun = self._image_only(self._loading.given(item, folder))
            if self._image_only.transforms:
                self._kept = copy.deepcopy(begun)
                self._kept_of = weakref.ref(image, lambda _: self._forget())
            return self._rest(begun)
        finally:
            self._loading.forget()

    def place(self, transform: str) -> str:
        """The class of a transform, by which the config names it."""
        return transform

    def _forget(self) -> None:
        self._kept, self._kept_of = {}, None

    def _infer(self, data: dict[str, Any], name: str) -> torch.Tensor:
        """The network's answer, without a batch, on the CPU."""
        inputs = torch.as_tensor(data[self._keys.input])
        if inputs.dtype == torch.float64:
            inputs = inputs.float()
        found = self._inferer(inputs[None].to(self._device), self._limited)
        found = found[0] if isinstance(found, (list, tuple)) else found
        if bool(torch.isnan(found).any()):
            raise Refused(f"The network's answer for {name} holds values that are not numbers.")
        return found[0].float().cpu()

    def _result(self, data: dict[str, Any], image: GridImage) -> Result:
        """What the config would save.

        Raises:
            DeployError: When it is no volume.
        """
        key = self._keys.result
        if key not in data:
            raise DeployError(f"After the inference config's transforms there is no {key}.")
        voxels = torch.as_tensor(data[key]).cpu().numpy()
        if voxels.ndim == 4:
            voxels = np.moveaxis(voxels, 0, -1)
        elif voxels.ndim == 3:
            voxels = voxels[..., None]
        else:
            raise DeployError(f"The result {image.name} has the shape {voxels.shape}: no volume.")
        meta = data.get(f"{key}_meta_dict") or {}
        affine = meta.get("affine")
        if affine is None:
            affine = data[f"{self._keys.input}_meta_dict"]["affine"]
        return VolumeResult(image.name, voxels, np.array(affine, float))


def _parted(transforms: Compose) -> tuple[Compose, Compose]:
    """The transforms that look at the image alone, and the others."""
    listed = list(transforms.flatten().transforms)
    names = [type(transform).__name__ for transform in listed]
    first = names.index(FIRST_WITH_CLICKS) if FIRST_WITH_CLICKS in names else 0
    return Compose(listed[:first]), Compose(listed[first:])
