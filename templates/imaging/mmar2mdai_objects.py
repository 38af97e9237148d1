"""What a DICOM object is: an image and of which modality, or something else.

Sources: DICOM PS3.4 B.5 (SOP classes), PS3.16 CID 29 (Acquisition Modality), CID 32 (others).
"""

from __future__ import annotations

from typing import Mapping

from pydicom.dataset import Dataset
from pydicom.uid import UID

STORAGE = "1.2.840.10008.5.1.4.1.1."
"""What the SOP classes of stored objects begin with."""

NOT_IMAGES = {
    "SEG": "a segmentation",
    "RTDOSE": "a radiotherapy dose",
    "RTSTRUCT": "a radiotherapy structure set",
    "RTPLAN": "a radiotherapy plan",
    "RTRECORD": "a radiotherapy treatment record",
    "PR": "a presentation state",
    "SR": "a structured report",
    "KO": "a key object selection",
    "DOC": "an encapsulated document",
    "M3D": "a model for manufacturing",
    "REG": "a spatial registration",
    "FID": "spatial fiducials",
    "RWV": "a real world value mapping",
    "ECG": "a waveform",
}
"""Objects about images by their Modality; the pixels that some have are not input."""

NOT_IMAGE_CLASSES = {
    "9": "ECG",
    "11": "PR",
    "66.1": "REG",
    "66.2": "FID",
    "66.3": "REG",
    "66.4": "SEG",
    "66.5": "SEG",
    "66.7": "SEG",
    "66.8": "SEG",
    "67": "RWV",
    "88": "SR",
    "88.59": "KO",
    "104": "DOC",
    "104.3": "M3D",
    "104.4": "M3D",
    "104.5": "M3D",
    "481.2": "RTDOSE",
    "481.3": "RTSTRUCT",
    "481.4": "RTRECORD",
    "481.5": "RTPLAN",
    "481.6": "RTRECORD",
    "481.7": "RTRECORD",
    "481.8": "RTPLAN",
    "481.9": "RTRECORD",
}
"""The same by SOP class: what it or its parent has behind STORAGE."""

IMAGE_CLASSES = {
    "1": "CR",
    "1.1": "DX",
    "1.2": "MG",
    "1.3": "IO",
    "2": "CT",
    "3": "US",
    "3.1": "US",
    "4": "MR",
    "5": "NM",
    "6": "US",
    "12.1": "XA",
    "12.2": "RF",
    "13.1.1": "XA",
    "13.1.3": "MG",
    "13.1.4": "MG",
    "13.1.5": "MG",
    "14": "IVOCT",
    "20": "NM",
    "77.1.1": "ES",
    "77.1.2": "GM",
    "77.1.4": "XC",
    "77.1.5": "OP",
    "77.1.6": "SM",
    "128": "PT",
    "130": "PT",
    "481.1": "RTIMAGE",
}
"""Modalities of images by SOP class, in the same way."""

KNOWN = frozenset(
    [*IMAGE_CLASSES.values(), "BMD", "DG", "IVUS", "OCT", "OPT", "PX", "RG", "TG", "OT"]
)
"""Modalities that say what made an image; OT says that it was something else."""


def modality_of(header: Dataset) -> str:
    """The modality of an image: what its header says, else what its SOP class does.

    Returns:
        A term of CID 29, "OT" for a header that says no more, or "" where nothing says it.
    """
    said = str(header.get("Modality") or "").strip().upper()
    if said in KNOWN and said != "OT":
        return said
    by_class = _of_class(header, IMAGE_CLASSES)
    return by_class or (said if said == "OT" else "")


def not_an_image(header: Dataset) -> str | None:
    """What an object is that is not an image with pixels, with its article; None for an image."""
    kind = _of_class(header, NOT_IMAGE_CLASSES) or str(header.get("Modality") or "").strip()
    if kind in NOT_IMAGES:
        return f"{NOT_IMAGES[kind]} ({kind})"
    if "PixelData" in header or "Rows" in header:
        return None
    uid = str(header.get("SOPClassUID") or "")
    name = UID(uid).name if uid else ""
    return f"{name} without pixels" if name and name != uid else "an object without pixels"


def _of_class(header: Dataset, table: Mapping[str, str]) -> str | None:
    """What a table says of an object's SOP class, or of the nearest parent that it has."""
    uid = str(header.get("SOPClassUID") or "")
    if not uid.startswith(STORAGE):
        return None
    parts = uid[len(STORAGE) :].split(".")
    for end in range(len(parts), 0, -1):
        found = table.get(".".join(parts[:end]))
        if found is not None:
            return found
    return None
