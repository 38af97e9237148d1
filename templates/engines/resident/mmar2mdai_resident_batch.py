"""What MONAI's SupervisedEvaluator does with one image, without its loop, which is ignite's."""

from __future__ import annotations

from typing import Any, Callable

import torch
from monai.transforms import Compose, Decollated, Randomizable, RandomizableTransform

from mmar2mdai_errors import DeployError, Refused


def default_prepare_batch(
    batchdata: dict[str, Any], device: torch.device, non_blocking: bool = False
) -> tuple[torch.Tensor, Any]:
    """The image and, if there is one, the label of a batch, on the device.

    Raises:
        KeyError: When there is no image.
    """

    def moved(key: str) -> Any:
        return batchdata[key].to(device=device, non_blocking=non_blocking)

    label = batchdata.get("label")
    return moved("image"), moved("label") if isinstance(label, torch.Tensor) else None


def apply_to_item(
    batch: dict[str, Any], output: dict[str, Any], transform: Callable[[Any], Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What post transforms make of an item: they see both parts of it as one.

    Args:
        batch: what the pre transforms left of the item.
        output: the image on its device, the label, the prediction.

    Returns:
        Both parts with what was changed. What is new is in the output.
    """
    changed = transform({**batch, **output})
    new = {key: value for key, value in changed.items() if key in output or key not in batch}
    old = {key: value for key, value in changed.items() if key not in new}
    return {**batch, **old}, {**output, **new}


def infer(
    batch: dict[str, Any], prepared: Any, inferer: Any, network: torch.nn.Module, name: str
) -> tuple[list[Any], list[Any]]:
    """The parts of a batch, and of what the evaluator puts out for it.

    Args:
        batch: as its loader collates it.
        prepared: what prepare_batch makes of it: two or four things.
        name: of the image, for the error.

    Raises:
        Refused: When the network's answer holds values that are not numbers.
    """
    inputs, label, args, kwargs = prepared if len(prepared) == 4 else (*prepared, (), {})
    found = inferer(inputs, network, *args, **kwargs)
    if isinstance(found, torch.Tensor) and bool(torch.isnan(found).any()):
        raise Refused(f"The network's answer for {name} holds values that are not numbers.")
    decollate = Decollated(keys=None, detach=True)
    return decollate(batch), decollate({"image": inputs, "label": label, "pred": found})


def only_one(made: Any) -> Any:
    """What pre transforms made of an image, the one of a list, too.

    Raises:
        DeployError: When they made several of it.
    """
    if isinstance(made, (list, tuple)) and len(made) != 1:
        raise DeployError(
            f"The inference config's pre transforms make {len(made)} images of one, and "
            "an answer can have only one."
        )
    return made


def composed(section: Any) -> Compose:
    """Transforms as one."""
    if isinstance(section, Compose):
        return section
    return Compose(section if isinstance(section, (list, tuple)) else [section])


def refuse_random(transforms: Compose | None) -> None:
    """Refuse what would make another image of the same one each time.

    Raises:
        DeployError: With the transform's name.
    """
    for transform in [] if transforms is None else transforms.flatten().transforms:
        name = type(transform).__name__
        by_name = name.startswith("Rand") and isinstance(transform, Randomizable)
        if by_name or isinstance(transform, RandomizableTransform):
            raise DeployError(
                f"The inference config has the transform {name}, which changes images at random, "
                "as training does: an answer would differ from one time to the next."
            )
