"""The images among some DICOM files, each once."""

from __future__ import annotations

from dataclasses import dataclass, field
from io import BytesIO
from typing import Iterable, Iterator

import pydicom
from pydicom.dataset import Dataset

from mmar2mdai_errors import DeployError

NOT_IMAGES = frozenset(
    [
        "SEG",
        "RTDOSE",
        "RTSTRUCT",
        "RTPLAN",
        "RTRECORD",
        "PR",
        "SR",
        "KO",
        "DOC",
        "REG",
        "FID",
        "RWV",
    ]
)
"""Modalities (PS3.16 CID 29) of objects about images; their pixels are not input."""


@dataclass(frozen=True)
class Instance:
    """One DICOM object. ``content`` is the file as it came."""

    study_uid: str
    series_uid: str
    instance_uid: str
    content: bytes = field(repr=False)


def read_images(files: Iterable[tuple[str, bytes]]) -> Iterator[tuple[Instance, Dataset]]:
    """Read the headers of DICOM files; objects that are not images are left out.

    Args:
        files: what to call each in an error, and its bytes.

    Yields:
        Each image once, with its header.

    Raises:
        DeployError: When a file can't be read, or two different files bear the same SOP Instance
            UID.
    """
    seen: dict[str, Instance] = {}
    for name, content in files:
        header = _read(content, name)
        if not _is_image(header):
            continue
        instance = _instance(header, content, name)
        twin = seen.setdefault(instance.instance_uid, instance)
        if twin is not instance:
            if twin.content != content:
                raise DeployError(
                    f"Two different files have the SOP Instance UID {instance.instance_uid}."
                )
            continue
        yield instance, header


def _read(content: bytes, name: str) -> Dataset:
    try:
        return pydicom.dcmread(BytesIO(content))
    except Exception as error:  # pydicom raises errors of every kind for broken files
        raise DeployError(f"{name} is not readable DICOM: {error}") from error


def _is_image(header: Dataset) -> bool:
    return "PixelData" in header and "Rows" in header and header.get("Modality") not in NOT_IMAGES


def _instance(header: Dataset, content: bytes, name: str) -> Instance:
    keywords = ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID")
    uids = [str(header.get(keyword) or "") for keyword in keywords]
    for keyword, uid in zip(keywords, uids):
        if not uid:
            raise DeployError(f"{name} has no {keyword}.")
    return Instance(uids[0], uids[1], uids[2], content)
