"""What a volume's headers say of how it was acquired, read once, as plain numbers and words.

Sources: DICOM PS3.3 C.8.3.1 (MR Image), C.8.13 (Enhanced MR), C.7.6.4 (Contrast/Bolus).
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any, Iterable, Iterator, Sequence

from pydicom.dataset import Dataset

from mmar2mdai_dicom import open_dicom
from mmar2mdai_groups import functional_group
from mmar2mdai_labels import text_of
from mmar2mdai_volumes import Volume

TEXT_READ = 256
"""Characters of a text that are looked at; DICOM allows 64 for names (PS3.5 6.2, LO)."""

PRIVATE_B_VALUES = ((0x0019, 0x100C), (0x2001, 0x1003), (0x0043, 0x1039))
"""Where Siemens, Philips and GE wrote the b-value before DICOM had an attribute for it."""

GE_B_VALUE = 10**9
"""GE adds this, or a multiple, to the b-value."""

DAY = 86400.0


@dataclass(frozen=True)
class Acquisition:
    """A volume's acquisition; None and empty for what is missing or can't be read.

    Attributes:
        image_type: the values of ImageType, or of the frames' FrameType, in capitals.
        sequence: ScanningSequence: SE, GR, EP, IR, RM.
        variant: SequenceVariant.
        options: ScanOptions.
        weighting: AcquisitionContrast of an Enhanced object.
        echo_time, repetition_time, inversion_time: ms.
        flip_angle: degrees.
        b_value: s/mm².
        agent: ContrastBolusAgent as text.
        agent_volume: ContrastBolusVolume, ml.
        injection: when the injection began, in seconds of the day.
        begin: when the first of its frames was acquired, in seconds since an arbitrary day.
        plane: axial, coronal or sagittal.
    """

    modality: str
    description: str
    protocol: str
    sequence_name: str
    image_type: frozenset[str]
    sequence: frozenset[str]
    variant: frozenset[str]
    options: frozenset[str]
    weighting: str
    echo_time: float | None
    repetition_time: float | None
    inversion_time: float | None
    flip_angle: float | None
    b_value: float | None
    agent: str
    agent_volume: float | None
    injection: float | None
    begin: float | None
    plane: str


def read_acquisitions(volumes: Sequence[Volume]) -> list[Acquisition]:
    """The acquisition of each volume, by its first frame's header."""
    headers: dict[str, Dataset] = {}
    found = []
    for volume in volumes:
        instance = volume.frames[0].instance
        if instance.instance_uid not in headers:
            headers.clear()  # volumes of one Enhanced object follow one another
            headers[instance.instance_uid] = open_dicom(instance.content)
        found.append(_read(volume, headers[instance.instance_uid]))
    return found


def _read(volume: Volume, header: Dataset) -> Acquisition:
    labels, homes = volume.labels, list(_homes(header, volume.frames[0].index))
    sequence_name = labels["SequenceName"][:TEXT_READ]
    echo = _first(homes, "EffectiveEchoTime")
    inversion = _first(homes, "InversionTimes")
    return Acquisition(
        modality=_text(header, "Modality"),
        description=labels["SeriesDescription"][:TEXT_READ],
        protocol=labels["ProtocolName"][:TEXT_READ],
        sequence_name=sequence_name,
        image_type=_words(labels["ImageType"]),
        sequence=_words(_text(header, "ScanningSequence")) or _enhanced_sequence(header),
        variant=_words(_text(header, "SequenceVariant")),
        options=_words(_text(header, "ScanOptions")),
        weighting=text_of(_value(homes, "AcquisitionContrast")).upper(),
        echo_time=_first(homes, "EchoTime") if echo is None else echo,
        repetition_time=_first(homes, "RepetitionTime"),
        inversion_time=_first(homes, "InversionTime") if inversion is None else inversion,
        flip_angle=_first(homes, "FlipAngle"),
        b_value=_b_value(labels["DiffusionBValue"], header, sequence_name),
        agent=labels["ContrastBolusAgent"][:TEXT_READ],
        agent_volume=_first(homes, "ContrastBolusVolume"),
        injection=_seconds(_text(header, "ContrastBolusStartTime")),
        begin=_begin(volume, header),
        plane=labels["Plane"],
    )


def _homes(header: Dataset, index: int) -> Iterator[Dataset]:
    """Where an attribute of a frame may stand: its functional groups, and the object itself."""
    if header.get("PerFrameFunctionalGroupsSequence"):
        for name in (
            "MREchoSequence",
            "MRTimingAndRelatedParametersSequence",
            "MRModifierSequence",
            "MRImageFrameTypeSequence",
        ):
            yield functional_group(header, index, name)
    yield header


def _get(home: Dataset, name: str | tuple[int, int]) -> Any:
    """An attribute's value, or None where it can't be read: a hint less, not a request less."""
    try:
        return home.get(name)
    except Exception:  # pydicom raises errors of every kind for broken values
        return None


def _text(home: Dataset, name: str) -> str:
    return text_of(_get(home, name))


def _value(homes: Sequence[Dataset], name: str) -> Any:
    values = (_get(home, name) for home in homes)
    return next((value for value in values if value is not None and value != ""), None)


def _first(homes: Sequence[Dataset], name: str) -> float | None:
    """The first number of an attribute."""
    return _number(_value(homes, name))


def _number(value: Any) -> float | None:
    if isinstance(value, bytes):
        value = value.decode("ascii", "replace").strip("\0 ")
    if isinstance(value, Iterable) and not isinstance(value, str):
        value = next(iter(value), None)
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _words(text: str) -> frozenset[str]:
    return frozenset(part.strip().upper() for part in text.split("\\") if part.strip())


def _enhanced_sequence(header: Dataset) -> frozenset[str]:
    """ScanningSequence in the words of classic objects, of an Enhanced one."""
    words = {
        "SPIN": "SE",
        "GRADIENT": "GR",
        "BOTH": "SE\\GR",
    }.get(_text(header, "EchoPulseSequence").upper(), "")
    if _text(header, "EchoPlanarPulseSequence").upper() == "YES":
        words += "\\EP"
    if _text(header, "InversionRecovery").upper() == "YES":
        words += "\\IR"
    return _words(words)


def _b_value(text: str, header: Dataset, sequence_name: str) -> float | None:
    """The b-value by DICOM's attribute, the vendors' own, or Siemens' name of the sequence."""
    values = [_number(text) if text else None]
    for tag in PRIVATE_B_VALUES:
        element = _get(header, tag)
        values.append(None if element is None else _number(element.value))
    named = re.search(r"ep_b(\d{1,5})", sequence_name)
    values.append(float(named[1]) if named else None)
    known = next((value for value in values if value is not None and value >= 0), None)
    return None if known is None else known % GE_B_VALUE


def _begin(volume: Volume, header: Dataset) -> float | None:
    moment = _text(header, "AcquisitionDateTime")
    if not moment:
        index = volume.frames[0].index
        if header.get("PerFrameFunctionalGroupsSequence"):
            content = functional_group(header, index, "FrameContentSequence")
            moment = _text(content, "FrameAcquisitionDateTime")
    if moment:
        return _moment(moment[:8], moment[8:])
    names = ("AcquisitionDate", "SeriesDate", "StudyDate", "ContentDate")
    date = next((date for date in (_text(header, name) for name in names) if date), "")
    times = [frame.traits.get("AcquisitionTime", "") for frame in volume.frames]
    moments = [_moment(date, time) for time in times]
    return min((moment for moment in moments if moment is not None), default=None)


def _moment(date: str, time: str) -> float | None:
    seconds = _seconds(time)
    day = re.fullmatch(r"(\d{4})(\d\d)(\d\d)", date.strip())
    if seconds is None:
        return None
    # Days only have to be told apart and in order.
    days = (int(day[1]) * 12 + int(day[2])) * 31 + int(day[3]) if day else 0
    return days * DAY + seconds


def _seconds(time: str) -> float | None:
    """Seconds of the day of a DICOM time, hhmmss.ffffff or a beginning of that."""
    parts = re.match(r"(\d\d)(\d\d)?(\d\d(?:\.\d+)?)?", time.strip())
    if parts is None:
        return None
    return int(parts[1]) * 3600 + int(parts[2] or 0) * 60 + float(parts[3] or 0)
