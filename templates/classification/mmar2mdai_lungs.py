"""Lung masks for networks that want one besides the image: the request's, or one made here."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mmar2mdai_drawn_masks import FrameMasks, lung_masks
from mmar2mdai_errors import SeriesRefused
from mmar2mdai_frames import Frame
from mmar2mdai_images import GridImage
from mmar2mdai_lung_regions import find_lungs
from mmar2mdai_pixels import PixelReader
from mmar2mdai_request import Request
from mmar2mdai_volumes import Volume, image_of

FEW = 0.25
"""A mask on less than this part of a series' slices is on few of them."""

WITHOUT_GAPS = 0.6
"""So many of the slices from the first to the last with a mask should have one: between the lungs
of a sagittal series there are some without."""


@dataclass(frozen=True)
class LungMask:
    """A volume's lung mask, on its grid, 0 and 1.

    Attributes:
        notes: what the answer has to say of it.
    """

    image: GridImage
    notes: tuple[str, ...]


def mask_of(volume: Volume, name: str, request: Request, builtin: bool) -> LungMask:
    """The lung mask of a volume.

    Args:
        name: what to call the image in files and errors.
        request: a mask among its annotations comes first.
        builtin: whether one may be made where there is none.

    Raises:
        SeriesRefused: When there is no mask, or none that can be used.
    """
    masks = lung_masks(volume, request)
    notes: list[str] = []
    whose = "The lung mask of the request"
    if masks is None:
        if not builtin:
            raise SeriesRefused(
                "the network wants a lung mask, and the request's annotations have none for this "
                "series; annotate the lungs with masks, or pack the MMAR with --lung-mask builtin"
            )
        whose = "The lung mask that was made"
        masks, sides = _made(volume)
        if sides == 1:
            notes.append(f"{whose} is on one side of the body only.")
    notes += _on_few(volume, masks, whose)
    chosen = masks

    def read(frame: Frame) -> np.ndarray:
        mask = chosen.get((frame.instance.instance_uid, frame.number))
        size = (frame.plane.rows, frame.plane.columns)
        return np.zeros(size, np.float32) if mask is None else mask.astype(np.float32)

    return LungMask(image_of(volume, name, read), tuple(notes))


def _on_few(volume: Volume, masks: FrameMasks, whose: str) -> list[str]:
    """A note where a mask is on few of a series' slices, or leaves out some between others."""
    keys = [(frame.instance.instance_uid, frame.number) for frame in volume.frames]
    there = [index for index, key in enumerate(keys) if key in masks and masks[key].any()]
    count = len(keys)
    between = there[-1] - there[0] + 1 if there else 0
    if len(there) >= FEW * count and len(there) >= WITHOUT_GAPS * between:
        return []
    return [
        f"{whose} is on {len(there)} of {count} slices; the network sees no lung on the others."
    ]


def _made(volume: Volume) -> tuple[FrameMasks, int]:
    """A lung mask by threshold and connected components, and how many sides of the body have some.

    Vessels and bronchi in the lungs are filled in, slice by slice. Dense consolidation at a lung's
    edge is left out.

    Raises:
        SeriesRefused: When nothing in the volume is like a lung.
    """
    from scipy import ndimage

    reader = PixelReader()
    values = np.stack(
        [np.clip(reader.read(frame), -32768, 32767).astype(np.int16) for frame in volume.frames]
    )
    lungs = find_lungs(values, volume.grid.affine)
    if lungs is None:
        raise SeriesRefused("the built-in mask finds no lungs in it")
    masks = {
        (frame.instance.instance_uid, frame.number): ndimage.binary_fill_holes(mask)
        for frame, mask in zip(volume.frames, lungs.voxels)
    }
    return masks, lungs.sides
