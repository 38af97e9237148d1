"""The DICOM files among what the user named, by study and series."""

from __future__ import annotations

import io
import os
import stat
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Callable, Iterator, Tuple

import pydicom
from pydicom.dataset import Dataset

from mmar2mdai_run.protocol import RunError

MEMBER_BYTES = 2 * 1024 * 1024 * 1024
"""A member of a zip that is larger than this is not read."""

PREAMBLE = 128
"""Bytes before the letters DICM, by which a DICOM file is told."""

SEGMENTATIONS = ("1.2.840.10008.5.1.4.1.1.66.4", "1.2.840.10008.5.1.4.1.1.66.7")
"""SOP classes of masks, as an earlier run writes them: they have pixels, and are no images."""

HEADER = [
    "SOPClassUID",
    "SOPInstanceUID",
    "StudyInstanceUID",
    "SeriesInstanceUID",
    "SeriesNumber",
    "SeriesDescription",
    "StudyDescription",
    "Modality",
    "InstanceNumber",
    "Rows",
    "Columns",
    "NumberOfFrames",
]
"""What is read of every file to sort it."""


@dataclass(frozen=True)
class DicomFile:
    """One DICOM object, not yet in memory.

    Attributes:
        name: where it lies, for a reader.
        read: its bytes.
        header: what `HEADER` names of it.
    """

    name: str
    read: Callable[[], bytes]
    header: Dataset

    @property
    def instance_uid(self) -> str:
        """SOPInstanceUID, or ""."""
        return text(self.header, "SOPInstanceUID")

    @property
    def is_image(self) -> bool:
        """Whether it has pixels to show."""
        is_mask = text(self.header, "SOPClassUID") in SEGMENTATIONS
        return "Rows" in self.header and "Columns" in self.header and not is_mask


@dataclass
class SeriesFiles:
    """The files of one series, in the order of InstanceNumber."""

    study_uid: str
    series_uid: str
    number: str
    description: str
    modality: str
    files: list[DicomFile] = field(default_factory=list)

    @property
    def title(self) -> str:
        """A line that tells it from the others."""
        name = f' "{self.description}"' if self.description else ""
        count = len(self.files)
        number = f"series {self.number}" if self.number else "series without a number"
        instances = f"{count} instance{'' if count == 1 else 's'}"
        return f"{number}{name}, {self.modality or 'no modality'}, {instances}, {self.series_uid}"


def read_inputs(paths: list[Path], progress: Callable[[int], None]) -> list[SeriesFiles]:
    """Find the DICOM files.

    Args:
        paths: files, folders and zips.
        progress: called with the number of files found so far.

    Returns:
        The image series in the order of SeriesNumber, those of one number by study.

    Raises:
        RunError: When a path is not there, or nothing in them is a DICOM image.
    """
    series: dict[str, SeriesFiles] = {}
    seen: set[str] = set()
    others = 0
    for path in paths:
        for name, read, start in _files(path):
            header = _header(start)
            if header is None or "SeriesInstanceUID" not in header:
                others += 1
                continue
            file = DicomFile(name, read, header)
            if file.instance_uid in seen:
                continue
            seen.add(file.instance_uid)
            _series_of(series, header).files.append(file)
            if len(seen) % 50 == 0:
                progress(len(seen))
    images = [one for one in series.values() if any(file.is_image for file in one.files)]
    if not images:
        what = "no DICOM image" if series else "no DICOM file"
        more = f" ({others} other file{'' if others == 1 else 's'})" if others else ""
        raise RunError("input", f"There is {what} in {', '.join(map(str, paths))}{more}.")
    for one in images:
        one.files.sort(key=lambda file: (_number(file.header, "InstanceNumber"), file.name))
    return sorted(images, key=lambda one: (_natural(one.number), one.study_uid, one.series_uid))


def text(header: Dataset, keyword: str) -> str:
    """A header's value as one line of text, or ""."""
    value: Any = header.get(keyword)
    return "" if value is None else " ".join(str(value).split())


def _series_of(series: dict[str, SeriesFiles], header: Dataset) -> SeriesFiles:
    uid = text(header, "SeriesInstanceUID")
    if uid not in series:
        names = ("SeriesNumber", "SeriesDescription", "Modality")
        number, description, modality = (text(header, name) for name in names)
        study = text(header, "StudyInstanceUID")
        series[uid] = SeriesFiles(study, uid, number, description, modality)
    return series[uid]


_Found = Tuple[str, Callable[[], bytes], Callable[[], IO[bytes]]]
"""Where a file lies, its bytes, and a stream of them."""


def _files(path: Path) -> Iterator[_Found]:
    if not path.exists():
        raise RunError("input", f"{path} does not exist.")
    if path.is_dir():
        for folder, folders, names in os.walk(path):
            folders.sort()
            for name in sorted(names):
                yield from _file(Path(folder) / name)
    else:
        yield from _file(path)


def _file(path: Path) -> Iterator[_Found]:
    try:
        is_file = stat.S_ISREG(path.stat().st_mode)
    except OSError:  # a link to nothing, or not for this user
        return
    if not is_file:
        return
    if path.suffix.lower() != ".zip":
        yield str(path), path.read_bytes, lambda: path.open("rb")
        return
    try:
        with zipfile.ZipFile(path) as archive:
            members = [info for info in archive.infolist() if not info.is_dir()]
    except (zipfile.BadZipFile, OSError) as error:
        raise RunError("input", f"{path} can't be read as a zip: {error}") from error
    for info in members:
        if info.file_size <= MEMBER_BYTES:
            read = _member(path, info)
            yield f"{path}:{info.filename}", read, _stream_of(read)


def _member(path: Path, info: zipfile.ZipInfo) -> Callable[[], bytes]:
    def read() -> bytes:
        with zipfile.ZipFile(path) as archive:
            return archive.read(info)

    return read


def _stream_of(read: Callable[[], bytes]) -> Callable[[], IO[bytes]]:
    return lambda: io.BytesIO(read())


def _header(start: Callable[[], IO[bytes]]) -> Dataset | None:
    """A file's header, or None where it is not DICOM. Pixels are not read."""
    try:
        with start() as stream:
            if stream.read(PREAMBLE + 4)[PREAMBLE:] != b"DICM":
                return None
            stream.seek(0)
            return pydicom.dcmread(stream, stop_before_pixels=True, specific_tags=list(HEADER))
    except Exception:  # noqa: BLE001  pydicom raises of many kinds over a file that is no DICOM
        return None


def _number(header: Dataset, keyword: str) -> float:
    try:
        return float(header.get(keyword))
    except (TypeError, ValueError):
        return float("inf")


def _natural(number: str) -> tuple[float, str]:
    return (float(number), number) if number.lstrip("-").isdigit() else (float("inf"), number)
