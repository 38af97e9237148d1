"""Masks of a request's annotations, in the forms in which MD.ai has them.

``{mask}`` is ``[row][column]``; a freeform or polygon is ``{vertices}``, a mask that was drawn
``{foreground, background}``, lists of polygons. A polygon is ``[[x, y], …]``, x the column and y
the row, and what lies on its outline belongs to it, as in MD.ai's own client.
"""

from __future__ import annotations

from typing import Any, Dict, Mapping, Optional, Tuple

import numpy as np

from mmar2mdai_errors import SeriesRefused
from mmar2mdai_frames import Frame
from mmar2mdai_polygons import filled
from mmar2mdai_request import Request
from mmar2mdai_volumes import Volume

FrameKey = Tuple[str, Optional[int]]
"""SOP Instance UID and frame number."""

FrameMasks = Dict[FrameKey, np.ndarray]
"""(rows, columns) bool of frames."""


def lung_masks(volume: Volume, request: Request) -> FrameMasks | None:
    """The lungs of a volume's frames by the request's annotations, or None without any.

    Raises:
        SeriesRefused: When there are some that can't be used.
    """
    frames = {(frame.instance.instance_uid, frame.number): frame for frame in volume.frames}
    found: dict[object, FrameMasks] = {}
    for annotation in request["annotations"]:
        data, number = annotation.get("data"), annotation.get("frame_number")
        place = (str(annotation.get("instance_uid")), number)
        frame = frames.get(place) or frames.get((place[0], None))
        mask = None if frame is None or not isinstance(data, dict) else _mask(data, frame)
        if frame is None or mask is None:
            continue
        masks = found.setdefault(annotation.get("label_id"), {})
        key = (frame.instance.instance_uid, frame.number)
        masks[key] = masks[key] | mask if key in masks else mask
    chosen = _of_lungs(found, request)
    if chosen is not None and not any(mask.any() for mask in chosen.values()):
        raise SeriesRefused("the lung mask in the request's annotations is empty")
    return chosen


def _mask(data: Mapping[str, Any], frame: Frame) -> np.ndarray | None:
    """(rows, columns) bool of an annotation's data, or None for what has no area.

    Raises:
        SeriesRefused: When it can't be read, or is for an image of another size.
    """
    shape = (frame.plane.rows, frame.plane.columns)
    try:
        if data.get("mask") is not None:
            return _array(data["mask"], frame)
        if data.get("foreground") is not None:
            covered = filled(data["foreground"], shape)
            return covered & ~filled(data.get("background") or [], shape)
        if data.get("vertices") is not None and len(data["vertices"]) > 2:
            return filled([data["vertices"]], shape)
    except (ValueError, TypeError) as error:
        raise SeriesRefused(
            f"a mask in the request's annotations can't be read: {error}"
        ) from error
    return None


def _array(mask: object, frame: Frame) -> np.ndarray:
    array = np.asarray(mask, dtype=np.float32) > 0
    if array.shape != (frame.plane.rows, frame.plane.columns):
        raise SeriesRefused(
            f"a mask in the request's annotations has the shape {array.shape}; its instance has "
            f"{frame.plane.rows} rows and {frame.plane.columns} columns"
        )
    return array


def _of_lungs(found: dict[object, FrameMasks], request: Request) -> FrameMasks | None:
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
