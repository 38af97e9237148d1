"""What MR scanners write into headers for the usual sequences, and series made of them.

The values are those of vendors' default protocols, rounded.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Sequence

import numpy as np

from dicom_files import Stack
from studies import Line, line, stack_in


def _sequence(kind: str, tr: float, te: float, angle: float, **more: Any) -> dict[str, Any]:
    return {
        "ScanningSequence": kind.split("+"),
        "RepetitionTime": tr,
        "EchoTime": te,
        "FlipAngle": angle,
        **more,
    }


T1_SE = _sequence("SE", 500, 10, 90)
T1_TSE = _sequence("SE", 680, 9.2, 150)
T1_SPACE = _sequence("SE", 600, 22, 120)
T1_IR = _sequence("SE+IR", 2200, 24, 111, InversionTime=860.0)
T1_FLASH = _sequence("GR", 210, 4.8, 70)
MPRAGE = _sequence("GR+IR", 1900, 2.5, 9, InversionTime=900.0, SequenceVariant=["SK", "SP", "MP"])
BRAVO = _sequence("GR", 8.2, 3.2, 12, InversionTime=450.0, SequenceVariant=["SS", "SP", "SK"])
TFE = _sequence("GR", 8.1, 3.7, 8, SequenceVariant=["MP", "SP"])
VIBE = _sequence("GR", 4.4, 1.9, 12, SequenceVariant=["SK", "SP"])
T2_TSE = _sequence("SE", 4500, 98, 150)
T2_HASTE = _sequence("SE", 1400, 90, 150)
T2_SPACE = _sequence("SE", 3200, 408, 120)
FLAIR_2D = _sequence("SE+IR", 9000, 120, 150, InversionTime=2500.0)
FLAIR_3D = _sequence("SE+IR", 5000, 388, 120, InversionTime=1800.0)
DIR_3D = _sequence("SE+IR", 7500, 320, 120, InversionTime=450.0)
STIR_2D = _sequence("SE+IR", 4500, 60, 150, InversionTime=160.0)
PD_TSE = _sequence("SE", 2800, 14, 150)
T2_STAR = _sequence("GR", 650, 20, 20)
SWI = _sequence("GR", 28, 20, 15)
TOF = _sequence("GR", 22, 3.7, 18)
CISS = _sequence("GR", 5.2, 2.4, 50, SequenceVariant=["SS", "TRSS"])
DSC = _sequence("EP+GR", 1500, 30, 90)
EPI_SE = _sequence("EP+SE", 4500, 80, 90)

GADOVIST = {"ContrastBolusAgent": "Gadovist"}
DERIVED = {"ImageType": ["DERIVED", "PRIMARY", "M", "ND"]}
SECONDARY = {"ImageType": ["DERIVED", "SECONDARY", "OTHER"]}
ADC_MAP = {"ImageType": ["DERIVED", "PRIMARY", "DIFFUSION", "ADC", "ND"]}
TRACE = {"ImageType": ["DERIVED", "PRIMARY", "DIFFUSION", "TRACEW", "ND"]}


def kind(*values: str) -> dict[str, Any]:
    """An ImageType."""
    return {"ImageType": list(values)}


def at(time: str) -> dict[str, Any]:
    """Acquired at hhmm on the study's day."""
    return {"AcquisitionDate": "20240305", "AcquisitionTime": f"{time}00"}


def bolus(time: str, agent: str = "Gadovist") -> dict[str, Any]:
    """An agent whose injection began at hhmm."""
    return {"ContrastBolusAgent": agent, "ContrastBolusStartTime": f"{time}00"}


def b(value: float) -> dict[str, Any]:
    return {"DiffusionBValue": float(value)}


def s(number: int, description: str, *parts: str | dict[str, Any] | Stack) -> Line:
    """A series; parts are its plane (axial if there is none), what its header holds, its place."""
    planes = [part for part in parts if isinstance(part, str)]
    more: dict[str, Any] = {}
    for part in parts:
        if isinstance(part, dict):
            more.update(part)
    stacks = [part for part in parts if isinstance(part, Stack)]
    new = line(number, description, planes[0] if planes else "ax", **more)
    return replace(new, stack=stacks[0]) if stacks else new


def placed(plane: str, part: float = 1.0, away: Sequence[float] = (0.0, 0.0, 0.0)) -> Stack:
    """A stack whose extent along its normal is a part of the others', and that lies away, mm."""
    whole = stack_in(plane)
    step = np.array(whole.step) * part
    thin = replace(whole, step=tuple(step), first=(0.0, 0.0, 0.0))
    return replace(thin, first=tuple(np.array(away) - thin.centre()))


SLAB = placed("ax", 0.3)
NECK = placed("ax", 1.0, (0.0, 0.0, -9.0))
LOWER = placed("ax", 1.0, (0.0, 0.0, -2.5))
