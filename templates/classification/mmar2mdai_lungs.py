"""Lung masks for networks that want one besides the image: the request's, or one made here."""

from __future__ import annotations

from typing import Callable, Dict, Optional, Tuple

import numpy as np

from mmar2mdai_errors import SeriesRefused
from mmar2mdai_frames import Frame
from mmar2mdai_images import GridImage
from mmar2mdai_pixels import PixelReader
from mmar2mdai_request import Request
from mmar2mdai_volumes import Volume, image_of

AIR = -400.0
"""Hounsfield units: lungs lie below (-900 to -500), soft tissue above (0 to 80)."""

SECOND = 0.1
"""The second lung is at least this much of the first; bowel gas is less."""

LEAST = 0.2
"""Litres of lung below which there is none: a lung holds some two to three."""

MM3_PER_LITRE = 1e6

FrameKey = Tuple[str, Optional[int]]
"""SOP Instance UID and frame number."""

FrameMasks = Dict[FrameKey, np.ndarray]
"""(rows, columns) bool of frames."""


def mask_of(volume: Volume, name: str, request: Request, builtin: bool) -> GridImage:
    """The lung mask of a volume, on its grid, 0 and 1.

    Args:
        name: what to call the image in files and errors.
        request: a mask among its annotations comes first.
        builtin: whether one may be made where there is none.

    Raises:
        SeriesRefused: When there is no mask, or none that can be used.
    """
    given = _given(volume, request)
    if given is None and not builtin:
        raise SeriesRefused(
            "the network wants a lung mask, and the request's annotations have none for this "
            "series; annotate the lungs with masks, or pack the MMAR with --lung-mask builtin"
        )
    return image_of(volume, name, given or _made(volume))


def _given(volume: Volume, request: Request) -> Callable[[Frame], np.ndarray] | None:
    """What gives a frame's mask from the request's annotations, or None without any."""
    frames = {(frame.instance.instance_uid, frame.number): frame for frame in volume.frames}
    found: dict[object, FrameMasks] = {}
    for annotation in request["annotations"]:
        data, number = annotation.get("data"), annotation.get("frame_number")
        place = (str(annotation.get("instance_uid")), number)
        frame = frames.get(place) or frames.get((place[0], None))
        if frame is None or not isinstance(data, dict) or data.get("mask") is None:
            continue
        masks = found.setdefault(annotation.get("label_id"), {})
        key, mask = (frame.instance.instance_uid, frame.number), _array(data["mask"], frame)
        masks[key] = masks[key] | mask if key in masks else mask
    chosen = _lungs(found, request)
    if chosen is None:
        return None
    if not any(mask.any() for mask in chosen.values()):
        raise SeriesRefused("the lung mask in the request's annotations is empty")

    def read(frame: Frame) -> np.ndarray:
        mask = chosen.get((frame.instance.instance_uid, frame.number))
        size = (frame.plane.rows, frame.plane.columns)
        return np.zeros(size, np.float32) if mask is None else mask.astype(np.float32)

    return read


def _array(mask: object, frame: Frame) -> np.ndarray:
    try:
        array = np.asarray(mask, dtype=np.float32) > 0
    except (ValueError, TypeError) as error:
        raise SeriesRefused(
            f"a mask in the request's annotations can't be read: {error}"
        ) from error
    if array.shape != (frame.plane.rows, frame.plane.columns):
        raise SeriesRefused(
            f"a mask in the request's annotations has the shape {array.shape}; its instance has "
            f"{frame.plane.rows} rows and {frame.plane.columns} columns"
        )
    return array


def _lungs(found: dict[object, FrameMasks], request: Request) -> FrameMasks | None:
    """The lungs of a request's masks, or None where no label can mean them.

    That is the label that ``args.lung_label`` names by its id; else those whose name speaks of
    lungs; else the only one whose name is not known. MD.ai names the model's own labels only.

    Raises:
        SeriesRefused: When several labels may be meant.
    """
    wish = request["args"].get("lung_label")
    names: dict[object, str] = {
        label.get("id"): str(label.get("name") or "").lower()
        for label in ((item.get("label") or {}) for item in request["label_classes"])
    }
    if wish is not None:
        labels = [label for label in found if label == wish]
    else:
        labels = [label for label in found if "lung" in names.get(label, "")]
        unnamed = [label for label in found if label not in names]
        if not labels and len(unnamed) > 1:
            raise SeriesRefused(
                f"the request has masks of {len(unnamed)} labels for this series, and nothing "
                "says which are the lungs; name the label's id in args.lung_label"
            )
        labels = labels or unnamed
    union: FrameMasks = {}
    for label in labels:
        for key, mask in found[label].items():
            union[key] = union[key] | mask if key in union else mask
    return union if labels else None


def _made(volume: Volume) -> Callable[[Frame], np.ndarray]:
    """A lung mask by threshold and connected components: air that is not around the body.

    Of the connected regions below AIR that touch no side of the images the largest counts, and
    the second if it is not much smaller; vessels and bronchi in them are filled in, slice by
    slice. Dense consolidation at the lung's edge is left out.

    Raises:
        SeriesRefused: When there is no such region.
    """
    # Only bundles packed with --lung-mask builtin bring SciPy.
    from scipy import ndimage

    reader = PixelReader()
    air = np.stack([reader.read(frame) < AIR for frame in volume.frames])
    labels, count = ndimage.label(air)
    sides = [labels[:, 0], labels[:, -1], labels[:, :, 0], labels[:, :, -1]]
    outside = np.unique(np.concatenate([side.ravel() for side in sides]))
    sizes = np.bincount(labels.ravel(), minlength=count + 1)
    sizes[outside], sizes[0] = 0, 0
    first, second = (np.argsort(sizes)[::-1].tolist() + [0])[:2]
    kept = [first] + ([second] if sizes[second] >= SECOND * sizes[first] else [])
    voxel = abs(float(np.linalg.det(volume.grid.affine[:3, :3]))) / MM3_PER_LITRE
    if sizes[kept].sum() * voxel < LEAST:
        raise SeriesRefused("the built-in mask finds no lungs in it")
    lungs = np.isin(labels, kept)
    places = {id(frame): index for index, frame in enumerate(volume.frames)}

    def read(frame: Frame) -> np.ndarray:
        filled = ndimage.binary_fill_holes(lungs[places[id(frame)]])
        return np.asarray(filled, dtype=np.float32)

    return read
