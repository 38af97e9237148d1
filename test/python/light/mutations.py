"""Requests as nobody should send them: files, headers and pixels with something wrong in them."""

from __future__ import annotations

from io import BytesIO
from typing import Any, Callable

import pydicom
from hypothesis import strategies as st
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.sequence import Sequence as Items
from pydicom.tag import Tag

from dicom_files import encoded

Change = Callable[[Dataset], None]

KEYWORDS = [
    "Rows",
    "Columns",
    "NumberOfFrames",
    "SamplesPerPixel",
    "PhotometricInterpretation",
    "BitsAllocated",
    "BitsStored",
    "HighBit",
    "PixelRepresentation",
    "PlanarConfiguration",
    "RescaleSlope",
    "RescaleIntercept",
    "PixelPaddingValue",
    "PixelPaddingRangeLimit",
    "ImagePositionPatient",
    "ImageOrientationPatient",
    "PixelSpacing",
    "SliceThickness",
    "SpacingBetweenSlices",
    "ImageType",
    "Modality",
    "SeriesNumber",
    "SeriesDescription",
    "ProtocolName",
    "FrameOfReferenceUID",
    "AcquisitionNumber",
    "TemporalPositionIdentifier",
    "EchoTime",
    "DiffusionBValue",
    "ContrastBolusAgent",
    "ContrastBolusAgentSequence",
    "StudyInstanceUID",
    "SeriesInstanceUID",
    "SOPInstanceUID",
    "SOPClassUID",
    "SpecificCharacterSet",
    "ModalityLUTSequence",
    "VOILUTSequence",
    "WindowCenter",
    "WindowWidth",
    "PerFrameFunctionalGroupsSequence",
    "SharedFunctionalGroupsSequence",
    "PixelData",
]
"""What the deploy code reads."""

TEXTS = [
    "1\\2",
    "CT\\MR",
    "nan",
    "inf",
    "-1",
    "0",
    "1e400",
    "1e308",
    "1e-320",
    "abc",
    "0\\0\\0",
    "1\\0\\0\\0\\1\\0",
    "2147483648",
    "999999999999",
    "RGB",
    "PALETTE COLOR",
    "YBR_FULL_422",
    "LOCALIZER",
    "\\",
    " ",
    "é\u202e",
    "x" * 70,
]
NUMBERS = [0, 1, 2, 3, 7, 8, 12, 15, 16, 17, 32, 64, 255, 32767, 32768, 40000, 65535]
VRS = ["US", "SS", "UL", "DS", "IS", "LO", "CS", "UI", "SH", "FD", "FL", "OB", "OW", "UN"]
VRS += ["SQ", "AT", "PN", "TM", "ST", "XX"]

raw_values = st.one_of(
    st.sampled_from(TEXTS).map(lambda text: text.encode()),
    st.sampled_from(NUMBERS).map(lambda number: number.to_bytes(2, "little")),
    st.lists(st.sampled_from(NUMBERS), max_size=6).map(
        lambda numbers: b"".join(number.to_bytes(2, "little") for number in numbers)
    ),
    st.binary(max_size=40),
)


def _raw(keyword: str, vr: str | None, value: bytes) -> Change:
    """An element as it comes, of whatever VR."""

    def change(ds: Dataset) -> None:
        tag = Tag(keyword)
        own = pydicom.datadict.dictionary_VR(tag).split(" ")[0]
        data = value + b" " * (len(value) % 2)
        ds[tag] = RawDataElement(tag, vr or own, len(data), data, 0, ds.is_implicit_VR, True)

    return change


def _without(keyword: str) -> Change:
    return lambda ds: ds.pop(keyword, None)


def _pixels(how: str) -> Change:
    def change(ds: Dataset) -> None:
        data = ds.PixelData
        made = {
            "short": data[: len(data) // 4 * 2],
            "empty": b"",
            "long": data * 3,
            "many frames": data,
        }
        ds.PixelData = made[how]
        if how == "many frames":
            ds.NumberOfFrames = 2_000_000_000

    return change


CODESTREAMS = {
    "JPEG 65,535 squared": b"\xff\xd8\xff\xc3\x00\x0b\x10\xff\xff\xff\xff\x01\x01\x11\x00\xff\xda",
    "JPEG of nothing": b"\xff\xd8\xff\xd9",
    "JPEG-LS 65,535 squared": b"\xff\xd8\xff\xf7\x00\x0b\x10\xff\xff\xff\xff\x01\x01\x11\x00",
    "JPEG 2000, 4 G": b"\xff\x4f\xff\x51\x00\x29\x00\x00"
    + b"\x7f\xff\xff\xff" * 2
    + bytes(8)
    + b"\x7f\xff\xff\xff" * 2
    + bytes(8)
    + b"\x00\x01\x0f\x01\x01",
    "RLE of nothing": bytes(64),
    "RLE runs": b"\x01" + bytes(3) + b"\x40" + bytes(59) + b"\x81\x07" * 4000,
    "no image": b"no image at all ",
}
SYNTAXES = [
    "1.2.840.10008.1.2",
    "1.2.840.10008.1.2.1.99",
    "1.2.840.10008.1.2.2",
    "1.2.840.10008.1.2.5",
    "1.2.840.10008.1.2.4.50",
    "1.2.840.10008.1.2.4.57",
    "1.2.840.10008.1.2.4.70",
    "1.2.840.10008.1.2.4.80",
    "1.2.840.10008.1.2.4.90",
    "1.2.840.10008.1.2.4.102",
    "1.2.3",
]


def _compressed(stream: str, syntax: str) -> Change:
    def change(ds: Dataset) -> None:
        ds.PixelData = encapsulate([CODESTREAMS[stream]])
        ds["PixelData"].is_undefined_length = True
        ds.file_meta.TransferSyntaxUID = syntax

    return change


def _sequence(keyword: str, count: int) -> Change:
    return lambda ds: setattr(ds, keyword, Items([Dataset() for _ in range(count)]))


changes = st.one_of(
    st.builds(_raw, st.sampled_from(KEYWORDS), st.none(), raw_values),
    st.builds(_raw, st.sampled_from(KEYWORDS), st.sampled_from(VRS), raw_values),
    st.builds(_without, st.sampled_from(KEYWORDS)),
    st.builds(_pixels, st.sampled_from(["short", "empty", "long", "many frames"])),
    st.builds(_compressed, st.sampled_from(sorted(CODESTREAMS)), st.sampled_from(SYNTAXES[3:])),
    st.builds(
        _sequence,
        st.sampled_from([word for word in KEYWORDS if word.endswith("Sequence")]),
        st.integers(0, 3),
    ),
)
"""Changes to a header."""


def changed(content: bytes, change: Change) -> bytes:
    """A file with a change to its header; as it was where that can't be written."""
    ds = pydicom.dcmread(BytesIO(content))
    try:
        change(ds)
        return encoded(ds)
    except Exception:
        return content


def _flipped(places: list[tuple[float, int]]) -> Callable[[bytes], bytes]:
    def change(content: bytes) -> bytes:
        edited = bytearray(content)
        for place, value in places:
            edited[int(place * (len(edited) - 1))] = value
        return bytes(edited)

    return change


def _with_syntax(syntax: str) -> Callable[[bytes], bytes]:
    """Says that the file is in another form than it is."""

    def change(content: bytes) -> bytes:
        ds = pydicom.dcmread(BytesIO(content))
        old = str(ds.file_meta.TransferSyntaxUID).encode().ljust(20, b"\0")
        return content.replace(old, syntax.encode()[:20].ljust(20, b"\0"), 1)

    return change


bytes_changes = st.one_of(
    st.floats(0, 1).map(lambda part: lambda content: content[: int(len(content) * part)]),
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), min_size=1, max_size=8).map(_flipped),
    st.lists(st.tuples(st.floats(0, 0.4), st.integers(0, 255)), min_size=1, max_size=4).map(
        _flipped
    ),
    st.sampled_from(SYNTAXES).map(_with_syntax),
    st.binary(max_size=200).map(lambda other: lambda content: other),
    st.sampled_from([None, "text", 3, ["a list"], {"a": 1}, True]).map(
        lambda other: lambda content: other
    ),
)
"""Changes to a file's bytes."""

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)

ANNOTATION_KEYS = ["id", "label_id", "study_uid", "series_uid", "instance_uid", "frame_number"]


@st.composite
def annotations(draw: Any, uids: list[str]) -> Any:
    """Annotations of any types, some of which look like a mask on an instance."""
    if draw(st.booleans()):
        return draw(json_values)
    found = []
    for _ in range(draw(st.integers(0, 3))):
        one = {key: draw(json_values) for key in ANNOTATION_KEYS if draw(st.booleans())}
        one["instance_uid"] = draw(st.sampled_from(uids) | json_values)
        one["data"] = draw(
            json_values | st.fixed_dictionaries({"mask": json_values | st.just([[10**400]])})
        )
        found.append(one)
    return found


args = st.one_of(
    json_values,
    st.dictionaries(st.sampled_from(["threshold", "lung_label", "channels"]), json_values),
    st.sampled_from([{"threshold": 10**400}, {"threshold": {"COVID": "x"}}, {3: 4}]),
)


@st.composite
def files(draw: Any, series: list[bytes]) -> list[Any]:
    """The files of a series with something wrong in one or several of them."""
    sent: list[Any] = list(series)
    if draw(st.integers(0, 3)) == 0:
        change = draw(changes)
        return [changed(content, change) for content in sent]
    for _ in range(draw(st.integers(1, 2))):
        index = draw(st.integers(0, len(series) - 1))
        sent[index] = changed(series[index], draw(changes))
        if draw(st.integers(0, 3)) == 0:
            sent[index] = draw(bytes_changes)(series[index])
        if draw(st.integers(0, 7)) == 0:  # twice, or another of the same UID
            sent.append(draw(st.sampled_from([sent[index], series[index]])))
    return sent
