"""All that a config makes of an image, built once: MONAI's SupervisedEvaluator without its loop.

What happens to an item is what happens to it in MONAI 0.8.1: Dataset applies the pre transforms,
the loader collates, the evaluator prepares the batch, infers, decollates and applies the post
transforms (monai/engines/evaluator.py and workflow.py).
"""

from __future__ import annotations

from pathlib import Path

import torch
from monai.data.utils import list_data_collate
from monai.inferers import SimpleInferer, SlidingWindowInferer

from mmar2mdai_images import GridImage, Picture
from mmar2mdai_inference import Item, Result
from mmar2mdai_monai_components import Sections
from mmar2mdai_monai_config import Settings
from mmar2mdai_monai_network import load_network
from mmar2mdai_monai_plan import Plan
from mmar2mdai_monai_result import saver_of
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


class Pipeline:
    """Runs one item after the other.

    Attributes:
        network: with its weights, on its device.
    """

    def __init__(
        self, plan: Plan, settings: Settings, way: Way, network: torch.nn.Module | None = None
    ) -> None:
        """Build all of it.

        Args:
            network: one that is loaded already and lies on the way's device.

        Raises:
            DeployError: When a part can't be built; the text names it.
        """
        sections = Sections(plan.sections, on_cpu=way.data == "cpu")
        self._pre = composed(sections.get(plan.pre))
        self._post = None if plan.post is None else composed(sections.get(plan.post))
        resample_by_parts()
        if self._post is not None:
            quicken(self._post)
        refuse_random(self._pre)
        refuse_random(self._post)
        self._inferer = SimpleInferer() if plan.inferer is None else sections.get(plan.inferer)
        if way.network != way.data and isinstance(self._inferer, SlidingWindowInferer):
            self._inferer.sw_device = torch.device(way.network)
            self._inferer.device = torch.device(way.data)
        simple = way.network != way.data and not isinstance(self._inferer, SlidingWindowInferer)
        self._device = torch.device(way.network if simple else way.data)
        self._prepare = sections.value(plan.evaluator.get("prepare_batch")) or default_prepare_batch
        self._collate = sections.value(plan.collate) or list_data_collate
        self._amp = bool(plan.evaluator.get("amp")) and way.network != "cpu"
        self._saver = saver_of(plan, sections)
        self._loading = Loading(
            self._pre, settings.image_key, settings.item == "string", plan.needs_files
        )
        if network is None:
            network = load_network(plan, settings.root, torch.device(way.network))
        self.network = network
        self._limited = LimitedNetwork(network, settings.timeout_seconds).eval()

    def run(self, item: Item, folder: Path, deadline: float) -> Result:
        """What the config makes of an item. Nothing of it is kept.

        Args:
            folder: for files, where the config needs some.
            deadline: on the monotonic clock, after which the network is called no more.

        Raises:
            TooLate: When the network would be called after the deadline.
        """
        image = item.image if isinstance(item.image, (Picture, GridImage)) else item.image[0]
        # Extreme points are picked at random where several voxels are as far out.
        self._pre.set_random_state(seed=0)
        with torch.inference_mode():
            try:
                made = only_one(self._pre(self._loading.given(item, folder)))
            finally:
                self._loading.forget()
            self._limited.deadline = deadline
            collated = self._collate([made])
            prepared = self._prepare(collated, self._device, False)
            with torch.autocast("cuda", enabled=self._amp):
                batch, output = infer(collated, prepared, self._inferer, self._limited, image.name)
            if self._post is not None:
                batch[0], output[0] = apply_to_item(batch[0], output[0], self._post)
            return self._saver.result(batch, output, image.name, folder)

    def place(self, transform: str) -> str:
        """The class of a transform, by which the config names it."""
        return transform
