"""The request's DICOM files as frames: what they are of, where they lie, and their pixels.

Headers are read once; pixels are decoded frame by frame when they are asked for, so that a
request's images are never in memory all at once besides the request itself.

Sources: DICOM PS3.3 C.7.6.2 (Image Plane), C.7.6.3 (Image Pixel), C.7.6.16 (Multi-frame
Functional Groups), C.7.6.4b (Enhanced Contrast/Bolus),
C.11.1 (Modality LUT), C.7.5.1.1.2 (Pixel Padding Value).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, Iterable, Iterator, Sequence

import numpy as np
import pydicom
from pydicom.dataset import Dataset
from pydicom.pixel_data_handlers.util import apply_modality_lut

from mmar2mdai_errors import DeployError
from mmar2mdai_geometry import Plane, make_plane

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
"""Modalities (PS3.16 CID 29) of objects about images; what pixels they have are no input."""

TIME_TRAITS = (
    "TemporalPositionIdentifier",
    "TemporalPositionIndex",
    "AcquisitionNumber",
    "EchoNumbers",
    "EchoTime",
    "InversionTime",
    "TriggerTime",
    "NominalCardiacTriggerDelayTime",
    "DiffusionBValue",
    "FlipAngle",
    "ConvolutionKernel",
    "ImageType",
    "AcquisitionTime",
    "StackID",
)
"""Attributes whose value may tell several images of one place apart: phases, echoes, and so on."""

TRAIT_GROUPS = (
    ("FrameContentSequence", ("TemporalPositionIndex", "StackID", "FrameAcquisitionNumber")),
    ("TemporalPositionSequence", ("TemporalPositionTimeOffset",)),
    ("MREchoSequence", ("EffectiveEchoTime",)),
    ("MRDiffusionSequence", ("DiffusionBValue",)),
    ("CardiacSynchronizationSequence", ("NominalCardiacTriggerDelayTime",)),
    ("CTReconstructionSequence", ("ConvolutionKernel",)),
    ("MRImageFrameTypeSequence", ("FrameType",)),
    ("CTImageFrameTypeSequence", ("FrameType",)),
)
"""The same in the functional groups of Enhanced objects: group and its attributes."""

LABELS = (
    "SeriesDescription",
    "ProtocolName",
    "SequenceName",
    "ContrastBolusAgent",
    "ImageType",
    "DiffusionBValue",
)
"""What the conditions of a channel may look at, besides the plane."""

FRAME_TYPE_GROUPS = (
    "CTImageFrameTypeSequence",
    "MRImageFrameTypeSequence",
    "PETFrameTypeSequence",
)


@dataclass(frozen=True)
class Instance:
    """One DICOM object of the request. ``content`` is the file as it came."""

    study_uid: str
    series_uid: str
    instance_uid: str
    content: bytes = field(repr=False)


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


def read_series(files: Iterable[dict[str, Any]]) -> list[Series]:
    """Read the headers of a request's files; objects that are no images are left out.

    Args:
        files: MD.ai's ``files``: dicts of ``content`` (bytes) and ``content_type``.

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


def read_images(files: Iterable[dict[str, Any]]) -> Iterator[tuple[Instance, Dataset]]:
    """The request's images, each once; objects that are no images are left out.

    Raises:
        DeployError: When a file that is given as DICOM can't be read, or two different files
            bear the same SOP Instance UID.
    """
    seen: dict[str, Instance] = {}
    for place, file in enumerate(files):
        if file.get("content_type") != "application/dicom":
            continue
        content = file["content"]
        header = _read(content, place)
        if not _is_image(header):
            continue
        instance = _instance(header, content, place)
        twin = seen.setdefault(instance.instance_uid, instance)
        if twin is not instance:
            if twin.content != content:
                raise DeployError(
                    f"Two different files have the SOP Instance UID {instance.instance_uid}."
                )
            continue
        yield instance, header


def _read(content: bytes, place: int) -> Dataset:
    try:
        return pydicom.dcmread(BytesIO(content))
    except Exception as error:  # pydicom raises errors of every kind for broken files
        raise DeployError(
            f"File {place + 1} of the request is not readable DICOM: {error}"
        ) from error


def _is_image(header: Dataset) -> bool:
    return "PixelData" in header and "Rows" in header and header.get("Modality") not in NOT_IMAGES


def _instance(header: Dataset, content: bytes, place: int) -> Instance:
    names = ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID")
    uids = [str(header.get(name) or "") for name in names]
    for name, uid in zip(names, uids):
        if not uid:
            raise DeployError(f"File {place + 1} of the request has no {name}.")
    return Instance(uids[0], uids[1], uids[2], content)


def _new_series(instance: Instance, header: Dataset) -> Series:
    description = _text(header.get("SeriesDescription")) or _text(header.get("ProtocolName"))
    number = _text(header.get("SeriesNumber"))
    return Series(instance.study_uid, instance.series_uid, number, description)


def _add(series: Series, instance: Instance, header: Dataset) -> None:
    """Put an instance's frames into its series, or say why not."""
    series.instances += 1
    try:
        series.frames.extend(_frames(instance, header))
    except (ValueError, TypeError) as error:  # TypeError: one value where several belong
        series.passed_over.append(f"instance {instance.instance_uid}: {error}")


def _frames(instance: Instance, header: Dataset) -> list[Frame]:
    """The frames of an instance, localizers left out.

    Raises:
        ValueError: When the instance has no frame with a place in space, with the reason.
    """
    samples, meaning = header.get("SamplesPerPixel", 1), header.get("PhotometricInterpretation")
    if samples != 1 or meaning not in ("MONOCHROME1", "MONOCHROME2", None):
        raise ValueError(f"it is a colour image ({meaning}), which is no input for the network")
    count = int(header.get("NumberOfFrames") or 1)
    groups = header.get("PerFrameFunctionalGroupsSequence")
    if groups is not None:
        return _enhanced_frames(instance, header, count)
    if _is_localizer(header.get("ImageType")):
        raise ValueError("it is a localizer, no part of a volume")
    if count > 1:
        raise ValueError(f"its {count} frames have no positions of their own")
    plane = _plane(header, header, header, header)
    thickness, reference = _thickness(header, header), _text(header.get("FrameOfReferenceUID"))
    return [Frame(instance, 0, None, plane, thickness, _traits(header), _labels(header), reference)]


def _enhanced_frames(instance: Instance, header: Dataset, count: int) -> list[Frame]:
    """The frames of an Enhanced multi-frame object (PS3.3 C.7.6.16)."""
    if len(header.PerFrameFunctionalGroupsSequence) != count:
        raise ValueError(
            f"it has {count} frames, but {len(header.PerFrameFunctionalGroupsSequence)} "
            "items in its per-frame functional groups"
        )
    frames = []
    common, reference = _labels(header), _text(header.get("FrameOfReferenceUID"))
    for index in range(count):
        if _is_localizer(_frame_type(header, index) or header.get("ImageType")):
            continue
        measures = functional_group(header, index, "PixelMeasuresSequence")
        plane = _plane(
            header,
            functional_group(header, index, "PlanePositionSequence"),
            functional_group(header, index, "PlaneOrientationSequence"),
            measures,
        )
        number = index + 1 if count > 1 else None
        traits = _enhanced_traits(header, index)
        thickness = _thickness(measures, measures)
        labels = {**common, **_enhanced_labels(header, index)}
        frames.append(Frame(instance, index, number, plane, thickness, traits, labels, reference))
    if not frames:
        raise ValueError("it is a localizer, no part of a volume")
    return frames


def functional_group(header: Dataset, index: int, name: str) -> Dataset:
    """A functional group of a frame: its own where it has one, else the shared one.

    Returns:
        The group's item, or an empty Dataset where there is none.
    """
    items = functional_group_items(header, index, name)
    return items[0] if items else Dataset()


def functional_group_items(header: Dataset, index: int, name: str) -> Sequence[Dataset]:
    """The items of a functional group of a frame, for groups that may have several."""
    homes = [header.PerFrameFunctionalGroupsSequence[index]]
    homes.extend(header.get("SharedFunctionalGroupsSequence") or [])
    for home in homes:
        items: Sequence[Dataset] | None = home.get(name)
        if items:
            return items
    return []


def _frame_type(header: Dataset, index: int) -> Any:
    for name in FRAME_TYPE_GROUPS:
        value = functional_group(header, index, name).get("FrameType")
        if value:
            return value
    return None


def _is_localizer(image_type: Any) -> bool:
    values = [image_type] if isinstance(image_type, str) else list(image_type or [])
    return any(str(value).upper().startswith("LOCALIZER") for value in values)


def _plane(size: Dataset, position: Dataset, orientation: Dataset, measures: Dataset) -> Plane:
    """The plane of a frame whose attributes stand in the given items.

    Raises:
        ValueError: When an attribute is missing or is no plane in space.
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
        values.append([float(v) for v in value])
    return make_plane(int(size.Rows), int(size.Columns), values[0], values[1], values[2])


def _thickness(first: Dataset, second: Dataset) -> float:
    """What a single slice stands for, mm: SpacingBetweenSlices, else SliceThickness, else 1.

    Only a stack of one slice uses it, and no mask depends on it: a network's resampling turns
    one slice into one slice whatever its thickness.
    """
    for home, name in ((first, "SpacingBetweenSlices"), (second, "SliceThickness")):
        value = abs(float(home.get(name) or 0))
        if value > 0:
            return value
    return 1.0


def _traits(header: Dataset) -> dict[str, str]:
    return {name: str(header.get(name)) for name in TIME_TRAITS if name in header}


def _enhanced_traits(header: Dataset, index: int) -> dict[str, str]:
    traits = _traits(header)
    for group, names in TRAIT_GROUPS:
        item = functional_group(header, index, group)
        for name in names:
            if name in item:
                traits[name] = str(item.get(name))
    values = functional_group(header, index, "FrameContentSequence").get("DimensionIndexValues")
    for axis, value in enumerate([values] if isinstance(values, int) else values or []):
        traits[f"DimensionIndexValues[{axis}]"] = str(value)
    return traits


def _text(value: Any) -> str:
    """A value as conditions see it: several joined by a backslash, whole numbers without point."""
    if value is None:
        return ""
    if isinstance(value, (str, bytes)) or not isinstance(value, Iterable):
        return f"{value:g}" if isinstance(value, float) else str(value).strip()
    return "\\".join(_text(part) for part in value)


def _labels(header: Dataset) -> dict[str, str]:
    """The texts of LABELS of an object that is not multi-frame, or what holds for all frames."""
    labels = {name: _text(header.get(name)) for name in LABELS}
    # What classic objects call SequenceName is PulseSequenceName in Enhanced ones (C.8.13.4).
    labels["SequenceName"] = labels["SequenceName"] or _text(header.get("PulseSequenceName"))
    labels["ContrastBolusAgent"] = labels["ContrastBolusAgent"] or _agents(header, None)
    return labels


def _enhanced_labels(header: Dataset, index: int) -> dict[str, str]:
    """The texts of LABELS that a frame of an Enhanced object has of its own."""
    labels = {}
    kind = _text(_frame_type(header, index))
    if kind:
        labels["ImageType"] = kind
    diffusion = functional_group(header, index, "MRDiffusionSequence")
    if "DiffusionBValue" in diffusion:
        labels["DiffusionBValue"] = _text(diffusion.DiffusionBValue)
    usage = functional_group_items(header, index, "ContrastBolusUsageSequence")
    if usage:
        given = [item for item in usage if item.get("ContrastBolusAgentAdministered") != "NO"]
        numbers = {_text(item.get("ContrastBolusAgentNumber")) for item in given}
        labels["ContrastBolusAgent"] = _agents(header, numbers)
    return labels


def _agents(header: Dataset, numbers: set[str] | None) -> str:
    """The contrast agents of ContrastBolusAgentSequence (C.7.6.4b), those of the given numbers."""
    names = []
    for agent in header.get("ContrastBolusAgentSequence") or []:
        if numbers is None or _text(agent.get("ContrastBolusAgentNumber")) in numbers:
            names.append(_text(agent.get("CodeMeaning")) or _text(agent.get("CodeValue")))
    return "\\".join(name for name in names if name)


class PixelReader:
    """Decodes frames to modality values (CT: Hounsfield units). Keeps the last instance only."""

    def __init__(self) -> None:
        self._uid = ""
        self._header = Dataset()
        self._stored = np.empty((0, 0, 0))

    def read(self, frame: Frame) -> np.ndarray:
        """The frame's modality values.

        Returns:
            (rows, columns) float32.

        Raises:
            DeployError: When the pixels can't be decoded.
        """
        if frame.instance.instance_uid != self._uid:
            self._load(frame.instance)
        stored = self._stored[frame.index]
        values = own_bits(stored, self._header)
        padding = padding_mask(stored, values, self._header)
        result = modality_values(values, self._header, frame.index)
        if padding is not None and padding.any() and not padding.all():
            # Padding stays what it is where it is darker than its slice, as the converters
            # leave it that made the training data; brighter, it would pass for tissue.
            result[padding] = np.minimum(result[padding], result[~padding].min())
        return result

    def _load(self, instance: Instance) -> None:
        header, stored = decode(instance)
        shape = (int(header.get("NumberOfFrames") or 1), int(header.Rows), int(header.Columns))
        self._uid, self._header = instance.instance_uid, header
        self._stored = stored.reshape(shape)


def decode(instance: Instance) -> tuple[Dataset, np.ndarray]:
    """An instance's header, without its pixels, and the pixels as they are stored.

    Raises:
        DeployError: When the pixels can't be decoded.
    """
    try:
        header = pydicom.dcmread(BytesIO(instance.content))
        stored = header.pixel_array
    except Exception as error:  # pydicom's decoders raise errors of every kind
        raise DeployError(
            f"The pixels of instance {instance.instance_uid} can't be decoded: {error}"
        ) from error
    del header.PixelData
    return header, stored


def own_bits(stored: np.ndarray, header: Dataset) -> np.ndarray:
    """Stored values without what other things (overlays) keep in a pixel's unused bits, and
    with the sign of signed ones carried to the full width.

    Args:
        stored: integers of BitsAllocated bits.

    Returns:
        The same shape and type; the input itself where all bits are the pixel's.
    """
    allocated, used = int(header.BitsAllocated), int(header.BitsStored)
    high = int(header.get("HighBit", used - 1))
    if stored.dtype.kind not in "iu" or stored.dtype.itemsize * 8 != allocated or used >= allocated:
        return stored
    shifted = np.left_shift(stored, allocated - 1 - high)
    return np.right_shift(shifted, allocated - used)


def padding_mask(stored: np.ndarray, values: np.ndarray, header: Dataset) -> np.ndarray | None:
    """Where a frame is padding (PixelPaddingValue up to PixelPaddingRangeLimit), or None.

    The value is looked for as stored and as `own_bits` gives it: scanners write values there
    that need more bits than BitsStored.
    """
    bits = values.dtype.itemsize * 8
    bounds = []
    for name in ("PixelPaddingValue", "PixelPaddingRangeLimit"):
        value = header.get(name)
        # It may be written without a sign where pixels have one, and the other way round.
        if isinstance(value, int) and -(2 ** (bits - 1)) <= value < 2**bits:
            bounds.append(int(np.array(value).astype(values.dtype)))
    if not bounds:
        return None
    low, high = min(bounds), max(bounds)
    return ((values >= low) & (values <= high)) | ((stored >= low) & (stored <= high))


def modality_values(values: np.ndarray, header: Dataset, index: int) -> np.ndarray:
    """Stored values through the frame's Modality LUT or rescale, as float32.

    Raises:
        DeployError: When slope or intercept are no numbers.
    """
    if "ModalityLUTSequence" in header:
        return apply_modality_lut(values, header).astype(np.float32)
    home = header
    if "PerFrameFunctionalGroupsSequence" in header:
        home = functional_group(header, index, "PixelValueTransformationSequence")
        home = home if "RescaleSlope" in home else header
    slope = float(home.get("RescaleSlope", 1) if home.get("RescaleSlope") is not None else 1)
    intercept = float(home.get("RescaleIntercept") or 0)
    if not (np.isfinite(slope) and np.isfinite(intercept)):
        raise DeployError(f"Instance {header.SOPInstanceUID} has an unusable rescale slope.")
    result = values.astype(np.float32)
    if slope != 1:
        result *= np.float32(slope)
    if intercept != 0:
        result += np.float32(intercept)
    return result
