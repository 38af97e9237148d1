"""The frames of a DICOM object: where each lies, and which of them are not part of a volume.

Sources: DICOM PS3.3 C.7.6.2 (Image Plane), C.7.6.16 (Multi-frame Functional Groups).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydicom.dataset import Dataset

from mmar2mdai_geometry import FURTHEST, Plane, make_plane
from mmar2mdai_groups import functional_group
from mmar2mdai_header import check_rescale, number
from mmar2mdai_instances import Instance
from mmar2mdai_labels import (
    enhanced_labels,
    enhanced_traits,
    frame_type,
    plain_labels,
    plain_traits,
    text_of,
)


@dataclass(frozen=True)
class Frame:
    """One two-dimensional image of an instance.

    Attributes:
        index: place in the instance's pixel data, from 0.
        number: DICOM's frame number, from 1; None for an instance that is not multi-frame.
        plane: where its pixels lie.
        thickness: mm; what a single slice stands for.
        traits: values that may tell images of one place apart.
        labels: the texts of LABELS by which a channel's series is found; "" for what is missing.
        reference: FrameOfReferenceUID, or "".
    """

    instance: Instance
    index: int
    number: int | None
    plane: Plane
    thickness: float
    traits: dict[str, str]
    labels: dict[str, str]
    reference: str


def read_frames(instance: Instance, header: Dataset) -> list[Frame]:
    """The frames of an instance, localizers left out.

    Raises:
        ValueError: When the instance has no frame with a place in space, with the reason.
        InstanceRefused: When its header says what can't be.
    """
    samples, meaning = instance.header.samples, instance.header.meaning
    if samples != 1 or meaning not in ("MONOCHROME1", "MONOCHROME2", ""):
        raise ValueError(f"it is a colour image ({meaning}), which the network does not take")
    count = instance.header.frames
    groups = header.get("PerFrameFunctionalGroupsSequence")
    if groups is not None:
        return _enhanced_frames(instance, header, count)
    if _is_localizer(header.get("ImageType")):
        raise ValueError("it is a localizer, not part of a volume")
    if count > 1:
        raise ValueError(f"its {count} frames have no positions of their own")
    plane = _plane(instance, header, header, header)
    thickness, reference = _thickness(header, header), text_of(header.get("FrameOfReferenceUID"))
    return [
        Frame(
            instance,
            0,
            None,
            plane,
            thickness,
            plain_traits(header),
            plain_labels(header),
            reference,
        )
    ]


def _enhanced_frames(instance: Instance, header: Dataset, count: int) -> list[Frame]:
    """The frames of an Enhanced multi-frame object (PS3.3 C.7.6.16)."""
    if len(header.PerFrameFunctionalGroupsSequence) != count:
        raise ValueError(
            f"it has {count} frames, but {len(header.PerFrameFunctionalGroupsSequence)} "
            "items in its per-frame functional groups"
        )
    frames = []
    common, reference = plain_labels(header), text_of(header.get("FrameOfReferenceUID"))
    for index in range(count):
        if _is_localizer(frame_type(header, index) or header.get("ImageType")):
            continue
        measures = functional_group(header, index, "PixelMeasuresSequence")
        check_rescale(functional_group(header, index, "PixelValueTransformationSequence"))
        plane = _plane(
            instance,
            functional_group(header, index, "PlanePositionSequence"),
            functional_group(header, index, "PlaneOrientationSequence"),
            measures,
        )
        number = index + 1 if count > 1 else None
        traits = enhanced_traits(header, index)
        thickness = _thickness(measures, measures)
        labels = {**common, **enhanced_labels(header, index)}
        frames.append(Frame(instance, index, number, plane, thickness, traits, labels, reference))
    if not frames:
        raise ValueError("it is a localizer, not part of a volume")
    return frames


def _is_localizer(image_type: Any) -> bool:
    values = [image_type] if isinstance(image_type, str) else list(image_type or [])
    return any(str(value).upper().startswith("LOCALIZER") for value in values)


def _plane(instance: Instance, position: Dataset, orientation: Dataset, measures: Dataset) -> Plane:
    """The plane of a frame whose attributes stand in the given items.

    Raises:
        ValueError: When an attribute is missing or does not describe a plane in space.
    """
    places = [
        (position, "ImagePositionPatient"),
        (orientation, "ImageOrientationPatient"),
        (measures, "PixelSpacing"),
    ]
    values = []
    for home, name in places:
        value = home.get(name)
        if value is None or value == "":
            raise ValueError(f"it has no {name}, so its place in the patient is unknown")
        try:
            values.append([float(v) for v in value])
        except TypeError:  # one value where several belong
            values.append([])
    size = instance.header
    return make_plane(size.rows, size.columns, values[0], values[1], values[2])


def _thickness(first: Dataset, second: Dataset) -> float:
    """What a single slice stands for, mm: SpacingBetweenSlices, else SliceThickness, else 1.

    Only a stack of one slice uses it, and no mask depends on it: a network's resampling turns
    one slice into one slice whatever its thickness.

    Raises:
        InstanceRefused: When one of them is not a number.
    """
    for home, name in ((first, "SpacingBetweenSlices"), (second, "SliceThickness")):
        value = abs(number(home, name) or 0)
        if 0 < value <= FURTHEST:
            return value
    return 1.0
