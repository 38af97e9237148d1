"""What headers say of a frame besides its place: what tells it from others, and what it is of.

Sources: DICOM PS3.3 C.7.6.16 (Multi-frame Functional Groups), C.7.6.4b (Enhanced Contrast/Bolus),
C.8.13.4 (MR Pulse Sequence).
"""

from __future__ import annotations

from typing import Any, Iterable

from pydicom.dataset import Dataset

from mmar2mdai_groups import functional_group, functional_group_items

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


def frame_type(header: Dataset, index: int) -> Any:
    """FrameType of a frame of an Enhanced object, one text or several, or None."""
    for name in FRAME_TYPE_GROUPS:
        value = functional_group(header, index, name).get("FrameType")
        if value:
            return value
    return None


def plain_traits(header: Dataset) -> dict[str, str]:
    """The values of TIME_TRAITS that an object has, by their keywords."""
    return {name: str(header.get(name)) for name in TIME_TRAITS if name in header}


def enhanced_traits(header: Dataset, index: int) -> dict[str, str]:
    """The same for a frame of an Enhanced object, with its own of TRAIT_GROUPS."""
    traits = plain_traits(header)
    for group, names in TRAIT_GROUPS:
        item = functional_group(header, index, group)
        for name in names:
            if name in item:
                traits[name] = str(item.get(name))
    values = functional_group(header, index, "FrameContentSequence").get("DimensionIndexValues")
    for axis, value in enumerate([values] if isinstance(values, int) else values or []):
        traits[f"DimensionIndexValues[{axis}]"] = str(value)
    return traits


def text_of(value: Any) -> str:
    """A value as conditions see it: several joined by a backslash, whole numbers without point."""
    if value is None:
        return ""
    if isinstance(value, (str, bytes)) or not isinstance(value, Iterable):
        return f"{value:g}" if isinstance(value, float) else str(value).strip()
    return "\\".join(text_of(part) for part in value)


def plain_labels(header: Dataset) -> dict[str, str]:
    """The texts of LABELS of an object that is not multi-frame, or what holds for all frames."""
    labels = {name: text_of(header.get(name)) for name in LABELS}
    # What classic objects call SequenceName is PulseSequenceName in Enhanced ones (C.8.13.4).
    labels["SequenceName"] = labels["SequenceName"] or text_of(header.get("PulseSequenceName"))
    labels["ContrastBolusAgent"] = labels["ContrastBolusAgent"] or _agents(header, None)
    return labels


def enhanced_labels(header: Dataset, index: int) -> dict[str, str]:
    """The texts of LABELS that a frame of an Enhanced object has of its own."""
    labels = {}
    kind = text_of(frame_type(header, index))
    if kind:
        labels["ImageType"] = kind
    diffusion = functional_group(header, index, "MRDiffusionSequence")
    if "DiffusionBValue" in diffusion:
        labels["DiffusionBValue"] = text_of(diffusion.DiffusionBValue)
    usage = functional_group_items(header, index, "ContrastBolusUsageSequence")
    if usage:
        given = [item for item in usage if item.get("ContrastBolusAgentAdministered") != "NO"]
        numbers = {text_of(item.get("ContrastBolusAgentNumber")) for item in given}
        labels["ContrastBolusAgent"] = _agents(header, numbers)
    return labels


def _agents(header: Dataset, numbers: set[str] | None) -> str:
    """The contrast agents of ContrastBolusAgentSequence (C.7.6.4b), those of the given numbers."""
    names = []
    for agent in header.get("ContrastBolusAgentSequence") or []:
        if numbers is None or text_of(agent.get("ContrastBolusAgentNumber")) in numbers:
            names.append(text_of(agent.get("CodeMeaning")) or text_of(agent.get("CodeValue")))
    return "\\".join(name for name in names if name)
