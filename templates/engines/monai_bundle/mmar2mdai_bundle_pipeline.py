"""All that a bundle's config makes of an image, built once.

What happens to an item is what happens to it in `python -m monai.bundle run`: Dataset applies the
preprocessing, the loader collates, SupervisedEvaluator prepares the batch, infers, decollates and
applies the postprocessing (monai/engines/evaluator.py and workflow.py).
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import torch
from monai.data.utils import list_data_collate
from monai.inferers import SimpleInferer, SlidingWindowInferer
from monai.transforms import Compose

from mmar2mdai_bundle_config import Config
from mmar2mdai_bundle_network import load_network
from mmar2mdai_bundle_result import Volumes, scores
from mmar2mdai_bundle_settings import Settings
from mmar2mdai_errors import DeployError
from mmar2mdai_images import GridImage, Picture
from mmar2mdai_inference import Item, Result
from mmar2mdai_resident_argmax import quicken
from mmar2mdai_resident_batch import (
    apply_to_item,
    composed,
    default_prepare_batch,
    infer,
    only_one,
    refuse_random,
)
from mmar2mdai_resident_deadline import LimitedNetwork
from mmar2mdai_resident_loading import Loading
from mmar2mdai_resident_memory import Way
from mmar2mdai_resident_resampling import resample_by_parts

OUTPUT = "mmar2mdai-output"
"""A folder in the temporary one that configs are told to write to; it is never made."""


class Pipeline:
    """Runs one item after the other.

    Attributes:
        network: with its weights, on its device.
    """

    def __init__(
        self, settings: Settings, way: Way, network: torch.nn.Module | None = None
    ) -> None:
        """Build all of it.

        Args:
            network: one that is loaded already and lies on the way's device.

        Raises:
            DeployError: When a part can't be built; the text names its id.
        """
        self._settings = settings
        self._config = Config(settings, way, str(Path(tempfile.gettempdir()) / OUTPUT))
        if network is None:
            network = load_network(settings, self._config, torch.device(way.network))
        self.network = network
        if settings.network is not None:
            self._config.set(settings.network, network)
        self._limited = LimitedNetwork(network, settings.timeout_seconds).eval()
        self._pre = self._transforms(settings.preprocessing) or Compose([])
        self._post = self._transforms(settings.postprocessing)
        resample_by_parts()
        if self._post is not None:
            quicken(self._post)
        self._inferer = self._part(settings.inferer) or SimpleInferer()
        windows = isinstance(self._inferer, SlidingWindowInferer)
        if way.network != way.data and windows:
            self._inferer.sw_device = torch.device(way.network)
            self._inferer.device = torch.device(way.data)
        self._device = torch.device(way.data if windows else way.network)
        self._prepare = self._option("evaluator#prepare_batch") or default_prepare_batch
        self._collate = self._option("dataloader#collate_fn") or list_data_collate
        self._amp = way.network != "cpu" and bool(self._option("evaluator#amp"))
        self._amp_args = self._option("evaluator#amp_kwargs") or {}
        self._volumes = Volumes(settings.prediction_key, self._config)
        self._loading = Loading(self._pre, settings.image_key, bare=False, always_files=False)

    def run(self, item: Item, folder: Path, deadline: float) -> Result:
        """What the config makes of an item. Nothing of it is kept.

        Args:
            folder: for files, where the config needs some.
            deadline: on the monotonic clock, after which the network is called no more.

        Raises:
            TooLate: When the network would be called after the deadline.
        """
        image = item.image if isinstance(item.image, (Picture, GridImage)) else item.image[0]
        with torch.inference_mode():
            try:
                made = only_one(self._pre(self._loading.given(item, folder)))
            finally:
                self._loading.forget()
            self._limited.deadline = deadline
            collated = self._collate([made])
            prepared = self._prepare(collated, self._device, False)
            with torch.autocast("cuda", enabled=self._amp, **self._amp_args):
                batch, output = infer(collated, prepared, self._inferer, self._limited, image.name)
            if self._post is not None:
                batch[0], output[0] = apply_to_item(batch[0], output[0], self._post)
            data = {**batch[0], **output[0]}
            if self._settings.prediction_key not in data:
                raise DeployError(
                    f"The MONAI bundle's config {self._config.file} leaves no "
                    f"{self._settings.prediction_key} after its postprocessing."
                )
            if self._settings.task == "classification":
                return scores(data[self._settings.prediction_key], image.name)
            return self._volumes.result(data, image.name)

    def place(self, transform: str) -> str:
        """A transform's class and the ids under which the config has it."""
        settings = self._settings
        found = self._config.ids_of(transform, settings.preprocessing, settings.postprocessing)
        return f"{transform} ({' or '.join(found)})" if found else transform

    def _transforms(self, name: str | None) -> Compose | None:
        section = self._part(name)
        if section is None:
            return None
        transforms = composed(section)
        refuse_random(transforms)
        return transforms

    def _part(self, name: str | None) -> Any:
        return None if name is None else self._config.get(name)

    def _option(self, name: str) -> Any:
        """A value of the evaluator or loader, which are not built; None where there is none."""
        return self._config.get(name) if self._config.has(name) else None
