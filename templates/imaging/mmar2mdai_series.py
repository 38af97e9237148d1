"""The image series among some files, with the frames that have a place in space."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Iterable

from pydicom.dataset import Dataset

from mmar2mdai_frames import Frame, read_frames
from mmar2mdai_instances import Instance, read_images
from mmar2mdai_labels import text_of


@dataclass
class Series:
    """The frames of a series that have a place in space, and why others were passed over.

    Attributes:
        number: SeriesNumber, or "".
        description: SeriesDescription, else ProtocolName, or "".
        instances: how many DICOM objects of the series came.
    """

    study_uid: str
    series_uid: str
    number: str = ""
    description: str = ""
    instances: int = 0
    frames: list[Frame] = field(default_factory=list)
    passed_over: list[str] = field(default_factory=list)


def read_series(files: Iterable[tuple[str, bytes]]) -> list[Series]:
    """Read the headers of DICOM files; objects that are not images are left out.

    Args:
        files: what to call each in an error, and its bytes.

    Returns:
        The image series in the order in which they first appear.

    Raises:
        DeployError: As for read_images.
    """
    found: dict[str, Series] = {}
    for instance, header in read_images(files):
        if instance.series_uid not in found:
            found[instance.series_uid] = _new_series(instance, header)
        _add(found[instance.series_uid], instance, header)
    return list(found.values())


def _new_series(instance: Instance, header: Dataset) -> Series:
    description = text_of(header.get("SeriesDescription")) or text_of(header.get("ProtocolName"))
    number = text_of(header.get("SeriesNumber"))
    return Series(instance.study_uid, instance.series_uid, number, description)


def _add(series: Series, instance: Instance, header: Dataset) -> None:
    """Put an instance's frames into its series, or say why not."""
    series.instances += 1
    try:
        series.frames.extend(read_frames(instance, header))
    except (ValueError, TypeError) as error:  # TypeError: one value where several belong
        series.passed_over.append(f"instance {instance.instance_uid}: {error}")
