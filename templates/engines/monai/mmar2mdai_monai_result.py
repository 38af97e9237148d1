"""What the config would save, taken before it is in a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Mapping, Sequence

import numpy as np
import torch
from monai.data import decollate_batch
from monai.data.nifti_writer import write_nifti
from monai.utils import ensure_tuple, ensure_tuple_rep

from mmar2mdai_errors import DeployError
from mmar2mdai_inference import Result, ScoresResult, VolumeResult
from mmar2mdai_monai_components import Sections
from mmar2mdai_monai_config import arguments, class_name
from mmar2mdai_monai_plan import Plan
from mmar2mdai_nifti import NiftiVolume
from mmar2mdai_resident_slices import by_slices

SAME_GRID = 1e-3
"""How far MONAI's saver lets two affines differ, and takes them for one (nifti_writer.py)."""

Items = Sequence[Mapping[str, Any]]
"""What an evaluator has after its post transforms: the parts of a batch, or of its output."""


class VolumeSaver:
    """What SaveImaged writes, or the handler SegmentationSaver."""

    def __init__(self, component: Mapping[str, Any], sections: Sections) -> None:
        """Read what it is told.

        Raises:
            DeployError: When it writes no NIfTI file.
        """
        args = sections.value(arguments(component))
        extension = args.get("output_ext", ".nii.gz")
        if extension not in (".nii", ".nii.gz"):
            raise DeployError(
                f"The inference config saves its result as {extension}; this runtime takes NIfTI's."
            )
        self._is_handler = class_name(component) == "SegmentationSaver"
        self._args = args
        self._resample = args.get("resample", True)
        self._dtype = args.get("output_dtype", np.float32)
        if not self._is_handler:
            keys = ensure_tuple(args["keys"])
            # All of them would be written to one file: what is there in the end is the last one's.
            self._key = keys[-1]
            postfix = ensure_tuple_rep(args.get("meta_key_postfix", "meta_dict"), len(keys))[-1]
            meta_key = ensure_tuple_rep(args.get("meta_keys"), len(keys))[-1]
            self._meta_key = meta_key or f"{self._key}_{postfix}"

    def result(self, batch: Items, output: Items, name: str, folder: Path) -> Result:
        """What it would write for the only item of a batch.

        Raises:
            DeployError: When that is no volume, or has no affine.
        """
        of = self._of_handler if self._is_handler else self._of
        found, meta = of(batch, output)
        image = found.detach().cpu() if isinstance(found, torch.Tensor) else torch.as_tensor(found)
        if not 2 <= image.ndim <= 4:
            raise DeployError(f"The result {name} has the shape {tuple(image.shape)}: no volume.")
        image = image.reshape(tuple(image.shape) + (1,) * (4 - image.ndim))
        affine = np.array(meta["affine"], float)
        target = meta.get("original_affine") if self._resample else None
        target = affine if target is None else np.array(target, float)
        if affine.shape != (4, 4) or target.shape != (4, 4):
            raise DeployError(f"The result {name} has no affine of three dimensions.")
        if not np.allclose(affine, target, atol=SAME_GRID):
            return self._resampled(image, affine, target, meta, name, folder)
        return VolumeResult(name, by_slices(image.numpy()).astype(self._dtype, copy=False), target)

    def _of(self, batch: Items, output: Items) -> tuple[Any, Mapping[str, Any]]:
        data = {**batch[0], **output[0]}
        for key in (self._key, self._meta_key):
            if key not in data:
                raise DeployError(
                    f"The inference config saves {self._key} with the metadata {self._meta_key}, "
                    f"but after its transforms there is no {key}."
                )
        return data[self._key], data[self._meta_key]

    def _of_handler(self, batch: Items, output: Items) -> tuple[Any, Mapping[str, Any]]:
        same = lambda data: data  # noqa: E731
        meta = self._args.get("batch_transform", same)(batch)
        meta = decollate_batch(meta) if isinstance(meta, dict) else meta
        return self._args.get("output_transform", same)(output)[0], meta[0]

    def _resampled(
        self,
        image: torch.Tensor,
        affine: np.ndarray,
        target: np.ndarray,
        meta: Mapping[str, Any],
        name: str,
        folder: Path,
    ) -> Result:
        """What MONAI's saver makes of an image on another grid, by MONAI itself."""
        data = np.moveaxis(image.numpy(), 0, -1)
        while self._args.get("squeeze_end_dims", True) and data.shape[-1] == 1 and data.ndim > 1:
            data = np.squeeze(data, -1)
        path = folder / f"{name}-result.nii"
        shape = meta.get("spatial_shape")
        write_nifti(
            data,
            str(path),
            affine=affine,
            target_affine=target,
            output_spatial_shape=None if shape is None else np.array(shape),
            mode=self._args.get("mode", "nearest"),
            padding_mode=self._args.get("padding_mode", "border"),
            dtype=self._args.get("dtype", np.float64),
            output_dtype=self._dtype,
        )
        volume = NiftiVolume(path, name)
        return VolumeResult(name, volume, volume.affine)


class ScoresSaver:
    """What ClassificationSaver writes in an item's line."""

    def __init__(self, component: Mapping[str, Any], sections: Sections) -> None:
        self._transform = sections.value(arguments(component)).get("output_transform")

    def result(self, batch: Items, output: Items, name: str, folder: Path) -> Result:
        """What it would write for the only item of a batch.

        Raises:
            DeployError: When that is no numbers.
        """
        found = output if self._transform is None else self._transform(output)
        if len(found) != 1 or not isinstance(found[0], (torch.Tensor, np.ndarray)):
            raise DeployError(
                "The output_transform of the inference config's ClassificationSaver must give a "
                f"tensor for each item; it gave {type(found).__name__} of {len(found)}."
            )
        values = torch.as_tensor(found[0]).detach().cpu().flatten()
        return ScoresResult(name, [float(value) for value in values.tolist()])


def saver_of(plan: Plan, sections: Sections) -> VolumeSaver | ScoresSaver:
    """What saves the answer of a config."""
    if plan.image_saver is not None:
        return VolumeSaver(plan.image_saver, sections)
    assert plan.scores_saver is not None
    return ScoresSaver(plan.scores_saver, sections)
