"""The images among some files: the one place where an instance is read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Callable, Generic, Iterable, TypeVar

from pydicom.dataset import Dataset

from mmar2mdai_dicom import open_dicom
from mmar2mdai_errors import InstanceRefused, reason_of
from mmar2mdai_header import Header, check_pixel_data, read_header, text
from mmar2mdai_limits import Budget
from mmar2mdai_native import NativePixels, find_native
from mmar2mdai_objects import modality_of, not_an_image

Part = TypeVar("Part")

UIDS = ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID")


@dataclass(frozen=True)
class Instance:
    """One DICOM object that is an image.

    Attributes:
        content: the file as it came.
        native: where its pixels lie in it, or None where they have to be decoded.
    """

    study_uid: str
    series_uid: str
    instance_uid: str
    header: Header
    content: bytes = field(repr=False)
    native: NativePixels | None = field(repr=False, compare=False)


@dataclass(frozen=True)
class Unreadable:
    """A file that is not used, and why. Of its UIDs and modality what is not known is ""."""

    study_uid: str
    series_uid: str
    instance_uid: str
    why: str
    modality: str = ""


@dataclass(frozen=True)
class Images(Generic[Part]):
    """The images among some files.

    Attributes:
        images: each once, in the order in which they came, with what was made of its header.
        unreadable: files that are broken, or are not what they say.
        others: what the objects are that are not images.
    """

    images: list[tuple[Instance, Part]]
    unreadable: list[Unreadable]
    others: list[str]


def read_images(
    files: Iterable[tuple[str, object]], describe: Callable[[Instance, Dataset], Part]
) -> Images[Part]:
    """Read DICOM files; objects that are not images are left out.

    Whatever is wrong with a file or its header comes out here, and is about that file alone:
    nothing reads the header afterwards.

    Args:
        files: what to call each in an error, and its bytes.
        describe: makes of a header what the caller uses of it; what it raises makes the file
            unreadable.
    """
    listed = list(files)
    budget = Budget(len(content) for _, content in listed if isinstance(content, bytes))
    found: dict[tuple[str, str, str], tuple[Instance, Part]] = {}
    first: dict[str, Instance] = {}
    twins: set[str] = set()
    unreadable: list[Unreadable] = []
    others: list[str] = []
    for name, content in listed:
        known = ["", "", "", ""]
        try:
            read = _read(name, content, known, budget, describe)
        except Exception as error:  # whatever a file may raise
            why = reason_of(error, f"{name} can't be read")
            unreadable.append(Unreadable(known[0], known[1], known[2], why, known[3]))
            continue
        if isinstance(read, str):
            others.append(read)
            continue
        instance = read[0]
        if first.setdefault(instance.instance_uid, instance).content != instance.content:
            twins.add(instance.instance_uid)
        found.setdefault((known[0], known[1], known[2]), read)
    images = [each for each in found.values() if each[0].instance_uid not in twins]
    for instance, _ in found.values():
        if instance.instance_uid in twins:
            uid = instance.instance_uid
            why = f"Two different files have the SOP Instance UID {uid}"
            unreadable.append(Unreadable(instance.study_uid, instance.series_uid, uid, why))
    return Images(images, unreadable, others)


def _read(
    name: str,
    content: object,
    known: list[str],
    budget: Budget,
    describe: Callable[[Instance, Dataset], Part],
) -> tuple[Instance, Part] | str:
    """An instance, and what is made of its header; what an object is that is not an image.

    Args:
        known: the three UIDs and the modality, which are filled in as far as they are known.
    """
    ds, sent = _open(name, content, budget)
    other = not_an_image(ds)
    if other is not None:
        return other
    for index, keyword in enumerate(UIDS):
        known[index] = text(ds, keyword)
    known[3] = modality_of(ds)
    for uid, keyword in zip(known, UIDS):
        if not uid:
            raise InstanceRefused(f"{name} has no {keyword}")
    header = read_header(ds)
    budget.take(header.pixel_bytes, len(sent))
    check_pixel_data(ds, header)
    native = find_native(ds, header)
    instance = Instance(known[0], known[1], known[2], header, sent, native)
    return instance, describe(instance, ds)


def _open(name: str, content: object, budget: Budget) -> tuple[Dataset, bytes]:
    """The dataset of a file, and its bytes.

    Raises:
        InstanceRefused: When it can't be read, which says which file it is.
    """
    try:
        if not isinstance(content, bytes):
            raise InstanceRefused(f"its content is of the type {type(content).__name__}")
        return open_dicom(content, budget), content
    except Exception as error:  # pydicom raises errors of every kind for broken files
        raise InstanceRefused(f"{name} is not readable DICOM: {error}") from error
