"""An engine whose network stays in this process: what all of them do with the items of a request.

What an engine promises stands in `mmar2mdai_inference.Engine`.
"""

from __future__ import annotations

import logging
import re
import time
import traceback
from pathlib import Path
from typing import Any, Iterable, Iterator, Protocol

from mmar2mdai_errors import DeployError, Refused
from mmar2mdai_images import GridImage, Picture
from mmar2mdai_inference import Item, Outcome, Result
from mmar2mdai_resident_heap import freed_memory_kept
from mmar2mdai_resident_memory import Way, chain, gpu_is_full, machine_is_full, ways
from mmar2mdai_resident_start import place_caches

logger = logging.getLogger("model")

TEXT_SHOWN = 300
"""Characters of an error of PyTorch or MONAI that are shown."""

TRANSFORM = re.compile(r"applying transform <?([\w.]+)")


class Pipeline(Protocol):
    """All that a config makes of an image, built once for a way of running it.

    Attributes:
        network: with its weights, on its device.
    """

    network: Any

    def run(self, item: Item, folder: Path, deadline: float) -> Result:
        """What the config makes of an item. Nothing of it is kept.

        Args:
            folder: for files, where the config needs some.
            deadline: on the monotonic clock, after which the network is called no more.

        Raises:
            DeployError: When the network would be called after the deadline.
        """

    def place(self, transform: str) -> str:
        """What to call a transform in an error.

        Args:
            transform: its class.
        """


class ResidentEngine:
    """Runs items through a pipeline, and through others of it while the memory is too small."""

    def __init__(self, device: str, timeout_seconds: int) -> None:
        """Prepare for PyTorch and MONAI, and check that they are here.

        Args:
            device: "cpu" or "gpu", for which the model was packed.
            timeout_seconds: that the inference of a request may take.

        Raises:
            DeployError: When they are not, or the model has no GPU and needs one.
        """
        self._ways = ways(device)
        self._timeout = timeout_seconds
        place_caches()
        try:
            import torch

            self._new_pipeline = self._import()
        except ImportError as error:
            raise DeployError(
                f"PyTorch and MONAI can't be imported ({error}): the bundle's requirements.txt "
                "has to be installed."
            ) from error
        if device == "gpu" and not torch.cuda.is_available():
            raise DeployError(
                "The inference found no GPU that it can use: give the model a GPU on MD.ai, or "
                "pack it with --device cpu."
            )

    def _start(self) -> None:
        """Build the pipeline of the first way; it stays.

        Raises:
            DeployError: When a part of it can't be built; the text names it.
        """
        self._pipeline = self._build(self._ways[0], None)

    def _import(self) -> Any:
        """The class of the pipelines, whose modules import PyTorch and MONAI.

        Raises:
            ImportError: When these are not here.
        """
        raise NotImplementedError

    def _build(self, way: Way, network: Any) -> Pipeline:
        """The pipeline of a way.

        Args:
            network: one that is loaded already and lies on the way's device, or None.

        Raises:
            DeployError: When a part of it can't be built; the text names it.
        """
        raise NotImplementedError

    def run(self, items: Iterable[Item], folder: Path) -> Iterator[Outcome]:
        """Run the network over items, one at a time: no more than one is in memory."""
        inputs = folder / "input"
        inputs.mkdir()
        deadline = time.monotonic() + self._timeout
        with freed_memory_kept():
            for item in items:
                yield self._outcome(item, inputs, deadline)

    def _outcome(self, item: Item, folder: Path, deadline: float) -> Outcome:
        """The result of an item, or why its image can't be read; the next one's may be.

        Raises:
            DeployError: When there is no result for another reason.
        """
        try:
            return self._run(item, folder, deadline)
        except Refused as error:
            return error

    def _run(self, item: Item, folder: Path, deadline: float) -> Result:
        """The result of an item, by the first way for which memory suffices.

        Args:
            deadline: on the monotonic clock, after which the network is called no more.

        Raises:
            DeployError: When it fails by each.
        """
        problem = ""
        for way in self._ways:
            if problem:
                logger.warning("The GPU's memory is too small: %s.", way.why)
            try:
                pipeline = self._pipeline
                if way is not self._ways[0]:
                    network = pipeline.network if way.network == self._ways[0].network else None
                    pipeline = self._build(way, network)
                return pipeline.run(item, folder, deadline)
            except DeployError:
                raise
            except Exception as error:
                # A transform of MONAI's wraps what is raised in it.
                for each in chain(error):
                    if isinstance(each, Refused):
                        raise each from None
                problem = self._problem(error, item)
                more = gpu_is_full(error)
                # As text: an error holds the request's images, wherever it is kept.
                logger.error("%s\n%s", problem, traceback.format_exc())
                traceback.clear_frames(error.__traceback__)
            if not more:
                break
            _free_gpu()
        raise DeployError(problem)

    def _problem(self, error: Exception, item: Item) -> str:
        """One sentence on why an item failed."""
        if gpu_is_full(error):
            return (
                "The GPU's memory is too small for this model and series: choose a larger GPU on "
                "MD.ai, or a smaller roi_size in the model's inference config."
            )
        image = item.image if isinstance(item.image, (Picture, GridImage)) else item.image[0]
        if machine_is_full(error):
            return f"The machine's memory is too small for this model and {image.name}."
        steps = [TRANSFORM.match(str(each)) for each in chain(error)]
        names = [step[1].rpartition(".")[2] for step in steps if step]
        where = f" in the transform {self._pipeline.place(names[-1])}" if names else ""
        return f"The inference of {image.name} failed{where}: {_told([*chain(error)][-1])}."


def _told(error: BaseException) -> str:
    """What an error says, in one line; TorchScript says it in its last one."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    text = (lines[-1] if "TorchScript" in str(error) else lines[0]) if lines else ""
    name = type(error).__name__
    text = text if text.startswith(f"{name}: ") else f"{name}: {text}"
    return text[:TEXT_SHOWN].rstrip(". ")


def _free_gpu() -> None:
    """Give back what a run that failed has left."""
    import gc

    import torch

    gc.collect()
    torch.cuda.empty_cache()
