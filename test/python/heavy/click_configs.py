"""Inference configs of models that are clicked, and networks that show what they are given.

The chains are of the shape that NVIDIA's have: the names and the order of Deepgrow's in Clara
Train's example MMARs, with sizes that suit small volumes.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Sequence

import engines

Json = dict[str, Any]

DEEPGROW_TRANSFORMS = "monai.apps.deepgrow.transforms."

MARKS_CLICKS = """
def forward(self, image: Tensor) -> Tensor:
    return (image[:, 1:2] > 0.5).float() * 20.0 - 10.0
"""
"""A network that answers where the positive clicks' signal is more than half."""

MARKS_EXTREMES = """
def forward(self, image: Tensor) -> Tensor:
    near = (image[:, 1:2] > 0.0).float()
    return torch.cat([10.0 - 20.0 * near, 20.0 * near - 10.0], dim=1)
"""
"""The same of extreme points, as one of two classes."""


def step(name: str, **args: Any) -> Json:
    return {"name": name, "args": args}


def deepgrow(
    dimensions: int, size: Sequence[int], crop: Sequence[int], spacing: float = 1.0
) -> Json:
    """A config_aiaa.json of Deepgrow with its network.

    Args:
        size: that the network sees, (rows, columns) or (slices, rows, columns) in the order of
            the chain: the axes of a NIfTI file are (z, x, y) in it.
        crop: least size that is cut out, two numbers.
    """
    flat = dimensions == 2
    grow = DEEPGROW_TRANSFORMS
    fetch = [step(f"{grow}Fetch2DSliced", keys="image", guidance="guidance")] if flat else []
    return {
        "version": 1,
        "type": "deepgrow",
        "labels": [],
        "pre_transforms": [
            step("monai.transforms.LoadImaged", keys="image"),
            step("monai.transforms.AsChannelFirstd", keys="image"),
            step(
                "monai.transforms.Spacingd",
                keys="image",
                pixdim=[spacing] * dimensions,
                mode="bilinear",
            ),
            step(
                f"{grow}AddGuidanceFromPointsd",
                ref_image="image",
                guidance="guidance",
                dimensions=dimensions,
            ),
            *fetch,
            step("monai.transforms.AddChanneld", keys="image"),
            step(
                f"{grow}SpatialCropGuidanced",
                keys="image",
                guidance="guidance",
                spatial_size=list(crop),
            ),
            step("monai.transforms.Resized", keys="image", spatial_size=list(size), mode="area"),
            step(f"{grow}ResizeGuidanced", guidance="guidance", ref_image="image"),
            step("monai.transforms.NormalizeIntensityd", keys="image", subtrahend=208, divisor=388),
            step(f"{grow}AddGuidanceSignald", image="image", guidance="guidance"),
        ],
        "cache_until": f"{grow}AddGuidanceFromPointsd",
        "inference": {
            "input": "image",
            "output": "pred",
            "meta_data": {"deepgrow": f"{dimensions}D"},
            "AIAA": {"name": "aiaa.inference.PyTorchInference"},
        },
        "post_transforms": [
            step("monai.transforms.Activationsd", keys="pred", sigmoid=True),
            step(
                "monai.transforms.AsDiscreted", keys="pred", threshold_values=True, logit_thresh=0.5
            ),
            step("monai.transforms.ToNumpyd", keys="pred"),
            step(f"{grow}RestoreLabeld", keys="pred", ref_image="image", mode="nearest"),
            step("monai.transforms.AsChannelLastd", keys="pred"),
        ],
        "writer": {"name": "aiaa.transforms.Writer", "args": {"image": "pred", "json": "result"}},
        "model": [{"ts_path": "{MMAR_TORCHSCRIPT}"}],
    }


def extreme_points(middle: Sequence[Json] = (), margin: int = 6) -> Json:
    """An inference config of a network of extreme points.

    Args:
        middle: transforms between the crop by the label and AddExtremePointsChanneld, of the
            image and its label.
    """
    both = ["image", "label"]
    return {
        "model": [{"ts_path": "{MMAR_TORCHSCRIPT}"}],
        "pre_transforms": [
            step("LoadImaged", keys=both),
            step("EnsureChannelFirstd", keys=both),
            step("CropForegroundd", keys=both, source_key="label", margin=margin),
            *middle,
            step("NormalizeIntensityd", keys=["image"], nonzero=True, channel_wise=True),
            step("AddExtremePointsChanneld", keys="image", label_key="label", sigma=2, pert=0),
            step("ToTensord", keys=both),
        ],
        "dataset": step("Dataset", transform="@pre_transforms"),
        "dataloader": step("DataLoader", dataset="@dataset", batch_size=1, num_workers=0),
        "inferer": {"name": "SimpleInferer"},
        "post_transforms": [
            step("Activationsd", keys="pred", softmax=True),
            step(
                "Invertd",
                keys="pred",
                transform="@pre_transforms",
                orig_keys="image",
                meta_keys="pred_meta_dict",
                nearest_interp=False,
                to_tensor=True,
            ),
            step("AsDiscreted", keys="pred", argmax=True),
            step("SaveImaged", keys="pred", meta_keys="pred_meta_dict", resample=False),
        ],
        "evaluator": step(
            "SupervisedEvaluator",
            val_data_loader="@dataloader",
            network="@model",
            inferer="@inferer",
            postprocessing="@post_transforms",
        ),
    }


def write_network(model: Path, code: str) -> None:
    """Put a network into a bundle."""
    engines.script(code, model / "workspace" / "mmar" / "models" / "model.ts")
