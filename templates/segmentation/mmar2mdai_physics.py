"""Which contrasts an acquisition can have by its echo, repetition and inversion times.

Times are ms, angles degrees. The ranges are wide: they tell a T1 from a T2, not a good one from a
bad one, and cover 0.5 to 7 tesla.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Sequence

from mmar2mdai_acquisition import Acquisition

ANY = (None, None)


@dataclass(frozen=True)
class Law:
    """What an acquisition is that fits.

    Attributes:
        kinds: what it can be.
        sequence: parts of ScanningSequence that it has.
        lacks: parts that it has not; both count only where ScanningSequence is there.
        echo, repetition, inversion, angle: ranges; a value that is missing fits ANY only.
        is_inverted: whether there is an inversion time; None if that does not matter.
        decides: whether it is enough where the name says nothing.
        assumed: whether it is for acquisitions whose ScanningSequence is missing, too.
    """

    kinds: Sequence[str]
    sequence: Sequence[str] = ()
    lacks: Sequence[str] = ()
    echo: tuple[float | None, float | None] = ANY
    repetition: tuple[float | None, float | None] = ANY
    inversion: tuple[float | None, float | None] = ANY
    angle: tuple[float | None, float | None] = ANY
    is_inverted: bool | None = None
    decides: bool = True
    assumed: bool = True


LAWS = [
    # Echo planar: diffusion is spin echo; perfusion and functional images are gradient echo.
    Law(["T2*"], ["EP", "GR"], ["SE"], assumed=False),
    Law(["DWI", "ADC", "T2*"], ["EP"], decides=False, assumed=False),
    # Inversion recovery.
    Law(["FLAIR"], [], ["GR"], echo=(60, None), inversion=(1400, 3600)),
    Law(["DIR"], [], ["GR"], echo=(60, None), inversion=(300, 1400)),
    Law(["STIR"], [], ["GR"], inversion=(60, 290)),
    Law(["T1"], [], ["GR"], echo=(None, 45), inversion=(300, 1400)),
    Law(["T1"], ["GR"], echo=(None, 10), inversion=(250, 1500), assumed=False),
    Law(["T1"], ["GR"], echo=(None, 10), inversion=(1500, None), decides=False, assumed=False),
    Law(
        ["FLAIR", "STIR", "DIR"],
        ["IR"],
        ["GR"],
        echo=(45, None),
        repetition=(2500, None),
        is_inverted=False,
        decides=False,
        assumed=False,
    ),
    # Gradient echo without an inversion.
    Law(["T2*"], ["GR"], ["SE"], echo=(12.5, None), is_inverted=False, assumed=False),
    Law(
        ["T1"],
        ["GR"],
        ["SE"],
        echo=(None, 7),
        repetition=(None, 15),
        angle=(None, 32),
        is_inverted=False,
        assumed=False,
    ),
    Law(
        ["T1", "T2*"],
        ["GR"],
        ["SE"],
        echo=(None, 12.5),
        repetition=(80, None),
        angle=(40, None),
        is_inverted=False,
        decides=False,
        assumed=False,
    ),
    Law(["T2*", "PD", "T1"], ["GR"], ["SE"], is_inverted=False, decides=False, assumed=False),
    Law(["T2*"], echo=(12.5, None), repetition=(None, 80), is_inverted=False),
    Law(["T2*"], echo=(10, 45), repetition=(150, None), angle=(None, 45), is_inverted=False),
    Law(
        ["T1"],
        echo=(None, 7),
        repetition=(None, 15),
        angle=(None, 32),
        decides=False,
        is_inverted=False,
    ),
    # Spin echo, and what does not say that it is another.
    Law(["T1"], [], ["GR"], echo=(None, 45), repetition=(120, 1350), is_inverted=False),
    Law(
        ["PD"],
        [],
        ["GR", "IR"],
        echo=(None, 45),
        repetition=(1350, None),
        is_inverted=False,
        assumed=False,
    ),
    Law(["PD", "T1"], [], ["GR"], echo=(None, 45), repetition=(1350, None), is_inverted=False),
    Law(
        ["T2"],
        ["SE"],
        ["GR", "IR"],
        echo=(62, None),
        repetition=(900, 4600),
        is_inverted=False,
        assumed=False,
    ),
    Law(
        ["T2", "FLAIR"],
        ["SE"],
        ["GR", "IR"],
        echo=(62, None),
        repetition=(900, None),
        is_inverted=False,
        assumed=False,
        decides=False,
    ),
    Law(
        ["T2", "FLAIR", "STIR"],
        [],
        ["GR"],
        echo=(62, None),
        repetition=(900, None),
        is_inverted=False,
        decides=False,
    ),
    Law(
        ["T2", "PD", "STIR"],
        [],
        ["GR"],
        echo=(45, 62),
        repetition=(1350, None),
        is_inverted=False,
        decides=False,
    ),
]
"""Laws in the order in which they are tried; the first that fits is the one that counts."""

WEIGHTINGS = {
    "DIFFUSION": ["DWI", "ADC"],
    "FLUID_ATTENUATED": ["FLAIR"],
    "PROTON_DENSITY": ["PD"],
    "STIR": ["STIR"],
    "T1": ["T1"],
    "T2": ["T2"],
    "T2_STAR": ["T2*"],
}
"""AcquisitionContrast (PS3.3 C.8.13.3.1) of Enhanced objects."""

SEQUENCE_NAMES = [
    ("ep_b", ["DWI", "ADC"]),
    ("epfid", ["T2*"]),
    ("tfl3d", ["T1"]),
    ("tir2d", ["FLAIR", "STIR", "T1"]),
    ("spcir", ["FLAIR", "DIR", "T2"]),
    ("swi", ["T2*"]),
    ("tfi", ["SSFP"]),
]
"""How Siemens' names of sequences begin, behind an asterisk."""

LEAST_B = 10.0
"""From this b-value on an image is diffusion weighted."""


@dataclass(frozen=True)
class Possible:
    """What an acquisition can be; no kinds where nothing tells. why: the values, for a person."""

    kinds: frozenset[str] = frozenset()
    decides: bool = False
    why: str = ""


def possible_kinds(acquisition: Acquisition) -> Possible:
    """What a volume can show by how it was acquired."""
    kinds: frozenset[str] = frozenset()
    decides = False
    if acquisition.weighting in WEIGHTINGS:
        kinds, decides = frozenset(WEIGHTINGS[acquisition.weighting]), True
    elif acquisition.b_value is not None and acquisition.b_value >= LEAST_B:
        kinds, decides = frozenset(["DWI", "ADC"]), True
    elif _is_balanced(acquisition):
        kinds, decides = frozenset(["SSFP"]), True
    else:
        law = next((law for law in LAWS if _fits(law, acquisition)), None)
        if law is not None:
            kinds, decides = frozenset(law.kinds), law.decides and len(law.kinds) == 1
    name = acquisition.sequence_name.lower().lstrip("*")
    for begin, named in SEQUENCE_NAMES:
        if name.startswith(begin) and (not kinds or kinds & set(named)):
            kinds = kinds & set(named) if kinds else frozenset(named)
    return Possible(kinds, decides, _in_words(acquisition))


def _is_balanced(acquisition: Acquisition) -> bool:
    """Steady state free precession: steady state, not spoiled, a large angle, a short TR."""
    angle, repetition = acquisition.flip_angle, acquisition.repetition_time
    return (
        "SS" in acquisition.variant
        and not acquisition.variant & {"SP", "MP"}
        and "GR" in acquisition.sequence
        and (angle is None or angle >= 30)
        and repetition is not None
        and repetition <= 20
    )


def _fits(law: Law, acquisition: Acquisition) -> bool:
    sequence = acquisition.sequence - {"RM"}
    if not sequence and not law.assumed:
        return False
    if sequence and (not sequence >= set(law.sequence) or sequence & set(law.lacks)):
        return False
    inversion = acquisition.inversion_time or None
    if law.is_inverted is not None and law.is_inverted != (inversion is not None):
        return False
    values = [
        (law.echo, acquisition.echo_time),
        (law.repetition, acquisition.repetition_time),
        (law.inversion, inversion),
        (law.angle, acquisition.flip_angle),
    ]
    return all(_within(value, limits) for limits, value in values)


def _within(value: float | None, limits: tuple[float | None, float | None]) -> bool:
    least, most = limits
    if least is None and most is None:
        return True
    if value is None:
        return False
    return (least is None or value >= least) and (most is None or value <= most)


def _in_words(acquisition: Acquisition) -> str:
    values = [
        ("TE", acquisition.echo_time),
        ("TR", acquisition.repetition_time),
        ("TI", acquisition.inversion_time),
        ("b", acquisition.b_value),
    ]
    parts = [f"{name} {value:g}" for name, value in values if value]
    sequence = "+".join(sorted(acquisition.sequence))
    return ", ".join(([sequence] if sequence else []) + parts)
