"""From a request's annotations to marks on the slices of its volumes.

An annotation belongs to the image that its ``instance_uid`` names; the UIDs of study and series
are not compared, but tell where to say that it is not used. What can't be used is counted by its
reason and told in the notes of the answers: nothing of it is an error.

Frame numbers of a multi-frame image: MD.ai does not publish whether they count from 0 or from 1.
Where neither ``args.first_frame`` nor the bundle says it, what fits the image's annotations
counts: from 0 if one has the number 0, else from 1, as DICOM counts. With neither 0 nor the number
of the last frame among them both would fit, and the notes say what was taken.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Callable, Dict, Mapping, Optional, Sequence, Tuple

from mmar2mdai_drawings import Drawn, NotUsed, is_mask, read_drawn
from mmar2mdai_frames import Frame
from mmar2mdai_request import Annotation, Request
from mmar2mdai_studies import Study
from mmar2mdai_volumes import Volume

Places = Dict[str, Dict[Optional[int], Tuple[int, int]]]
"""For each instance its frames: by DICOM's number, or None, the volume and the slice in it."""

EVERYWHERE = -1
"""The volume of what is told of no volume in particular."""

ABSENT = "on images that are not in the request"
NO_VOLUME = "on images that are not part of a volume that can be segmented"
NO_IMAGE = "on no image (labels of a whole series or study)"
NO_FRAME = "without a frame number on an image of several frames"
NO_SUCH_FRAME = "on frames that their image does not have"
OWN_ANSWERS = "masks of the model's own labels, which are taken for earlier answers"


@dataclass(frozen=True)
class Mark:
    """An annotation on a slice of a volume.

    Attributes:
        number: of the annotation in the request, from 0.
        id, label_id, parent_id: "" where the request does not say it.
        slice: of the volume.
    """

    number: int
    id: str
    label_id: str
    parent_id: str
    slice: int
    drawn: Drawn


@dataclass
class Marks:
    """The marks of a request.

    Attributes:
        by_volume: for the number of each volume, in the order of the request.
        told: for the number of a volume, or EVERYWHERE, how many annotations are not used for
            each reason.
        from_one: volumes with frame numbers that may count from 0 or from 1, taken to count
            from 1.
    """

    by_volume: dict[int, list[Mark]] = field(default_factory=dict)
    told: dict[int, Counter[str]] = field(default_factory=dict)
    from_one: set[int] = field(default_factory=set)

    def tell(self, volume: int, reason: str) -> None:
        """Count an annotation that is not used."""
        self.told.setdefault(volume, Counter())[reason] += 1


def find_marks(
    request: Request,
    volumes: Sequence[Volume],
    studies: Sequence[Study],
    first_frame: int | None,
    is_background: Callable[[str], bool],
) -> Marks:
    """The marks on the volumes of a request.

    Args:
        studies: of the request, for its series that are no volumes.
        first_frame: what frame numbers count from; None where it is not known.
        is_background: whether a label, by its id, marks what is not the object.
    """
    places, frames = _places(volumes)
    series = {each.series_uid for study in studies for each, _ in study.refused}
    series |= {volume.series.series_uid for volume in volumes}
    first = _first_frames(request["annotations"], places, frames, first_frame)
    own = {item["label"].get("id") for item in request["label_classes"] if "label" in item}
    marks = Marks()
    for number, annotation in enumerate(request["annotations"]):
        uid = annotation.get("instance_uid") or ""
        where = EVERYWHERE
        try:
            if uid not in places:
                if uid:
                    raise NotUsed(NO_VOLUME if annotation.get("series_uid") in series else ABSENT)
                raise NotUsed(NO_IMAGE)
            where = next(iter(places[uid].values()))[0]
            where, index = _slice(annotation, places[uid], first.get(uid))
            label = annotation.get("label_id") or ""
            if label in own and is_mask(annotation.get("data")) and not is_background(label):
                raise NotUsed(OWN_ANSWERS)
            plane = frames[uid].plane
            drawn = read_drawn(annotation.get("data"), (plane.rows, plane.columns))
        except NotUsed as error:
            marks.tell(where, str(error))
            continue
        parent, own_id = annotation.get("parent_id") or "", annotation.get("id") or ""
        mark = Mark(number, own_id, label, parent, index, drawn)
        marks.by_volume.setdefault(where, []).append(mark)
        if uid in first and first[uid] is None:
            marks.from_one.add(where)
    return marks


def _places(volumes: Sequence[Volume]) -> tuple[Places, dict[str, Frame]]:
    """Where the frames of each instance lie, and one of its frames."""
    places: Places = {}
    frames: dict[str, Frame] = {}
    for number, volume in enumerate(volumes):
        for index, frame in enumerate(volume.frames):
            uid = frame.instance.instance_uid
            places.setdefault(uid, {})[frame.number] = (number, index)
            frames[uid] = frame
    return places, frames


def _first_frames(
    annotations: Sequence[Annotation],
    places: Places,
    frames: Mapping[str, Frame],
    known: int | None,
) -> dict[str, int | None]:
    """What the frame numbers of each multi-frame instance count from; None where both fit."""
    numbers: dict[str, set[int]] = {}
    for annotation in annotations:
        uid, number = annotation.get("instance_uid") or "", annotation.get("frame_number")
        if uid in places and None not in places[uid] and number is not None:
            numbers.setdefault(uid, set()).add(number)
    first: dict[str, int | None] = {}
    for uid, found in numbers.items():
        last = frames[uid].instance.header.frames
        fits = 0 if 0 in found else (1 if last in found else None)
        first[uid] = known if known is not None else fits
    return first


def _slice(
    annotation: Annotation,
    frames: Mapping[int | None, tuple[int, int]],
    first: int | None,
) -> tuple[int, int]:
    """The volume of an annotation, and the slice in it.

    Args:
        frames: of its instance.
        first: what frame numbers of the instance count from; None where it is not known.

    Raises:
        NotUsed: When it is on no frame.
    """
    if None in frames:
        return frames[None]  # the only one, whatever number it is given
    number = annotation.get("frame_number")
    if number is None:
        raise NotUsed(NO_FRAME)
    place = frames.get(number + (1 if first == 0 else 0))
    if place is None:
        raise NotUsed(NO_SUCH_FRAME)
    return place
