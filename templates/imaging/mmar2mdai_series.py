"""The image series among some files, with the frames that have a place in space."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Iterable

from pydicom.dataset import Dataset

from mmar2mdai_frames import Frame, read_frames
from mmar2mdai_instances import Instance, Unreadable, read_images
from mmar2mdai_labels import text_of
from mmar2mdai_objects import modality_of


@dataclass
class Series:
    """The frames of a series that have a place in space, and why others were passed over.

    Attributes:
        number: SeriesNumber, or "".
        description: SeriesDescription, else ProtocolName, or "".
        instances: how many DICOM objects of the series came.
        unreadable: its instances that are broken, or are not what they say.
        passed_over: why others are not part of a volume.
        modality: as `modality_of` tells it of the first of them.
    """

    study_uid: str
    series_uid: str
    number: str = ""
    description: str = ""
    instances: int = 0
    modality: str = ""
    frames: list[Frame] = field(default_factory=list)
    unreadable: list[Unreadable] = field(default_factory=list)
    passed_over: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Described:
    """What is used of an instance's header in its series.

    Attributes:
        passed_over: why it has no frames; "" where it has some.
    """

    number: str
    description: str
    modality: str
    frames: list[Frame]
    passed_over: str


@dataclass(frozen=True)
class AllSeries:
    """What some files are.

    Attributes:
        series: in the order in which they first appear.
        unreadable: files that can't be read and are not known to belong to a series.
        others: what the objects are that are not images.
    """

    series: list[Series]
    unreadable: list[Unreadable]
    others: list[str]


def read_series(files: Iterable[tuple[str, object]]) -> AllSeries:
    """Read DICOM files; objects that are not images are left out.

    Args:
        files: what to call each in an error, and its bytes.
    """
    read = read_images(files, _describe)
    found: dict[tuple[str, str], Series] = {}
    for instance, described in read.images:
        key = (instance.study_uid, instance.series_uid)
        series = found.setdefault(key, Series(*key, described.number, described.description))
        series.modality = series.modality or described.modality
        series.instances += 1
        series.frames.extend(described.frames)
        if described.passed_over:
            why = f"instance {instance.instance_uid}: {described.passed_over}"
            series.passed_over.append(why)
    strangers = []
    for one in read.unreadable:
        if not (one.study_uid and one.series_uid):
            strangers.append(one)
            continue
        key = (one.study_uid, one.series_uid)
        series = found.setdefault(key, Series(*key))
        series.modality = series.modality or one.modality
        series.instances += 1
        series.unreadable.append(one)
    return AllSeries(list(found.values()), strangers, read.others)


def _describe(instance: Instance, header: Dataset) -> _Described:
    frames: list[Frame] = []
    passed_over = ""
    try:
        frames = read_frames(instance, header)
    except ValueError as error:
        passed_over = str(error)
    description = text_of(header.get("SeriesDescription")) or text_of(header.get("ProtocolName"))
    number = text_of(header.get("SeriesNumber"))
    return _Described(number, description, modality_of(header), frames, passed_over)
