"""Which contrast each volume of a study shows: by physics, by ImageType, and by its name.

Physics comes first. A name that says something else is a contradiction, and what contradicts
itself is no channel.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Sequence

from mmar2mdai_acquisition import Acquisition, read_acquisitions
from mmar2mdai_phrases import PREPARED, Said, read_name
from mmar2mdai_physics import Possible, possible_kinds
from mmar2mdai_volumes import Volume

OUT_TYPES = {
    "a subtraction": "SUBTRACT SUBTRACTION SUB",
    "a projection": "MIP MINIP MIN_IP MAX_IP MEAN_IP MNIP THICK PROJECTION VOLREN",
    "a reformatted or resampled image": "MPR REFORMATTED RESAMPLED CPR CSA_RESAMPLED",
    "perfusion": "CBF CBV MTT TTP TMAX RCBF RCBV PERFUSION PBP GBP KTRANS ASL PERFUSION_MAP",
    "diffusion tensors": "FA COLFA FAC TENSOR TENSOR_B0 EADC EXP EXPONENTIAL",
    "a functional image": "FMRI TTEST MOCO",
    "a map": "T1_MAP T2_MAP T2_STAR_MAP B0_MAP B1_MAP R2_MAP T2STAR_MAP PHASE_MAP VELOCITY FF "
    "FAT_FRACTION R2STAR_MAP FIELD_MAP",
    "a phase, real or imaginary image": "P PHASE R REAL I IMAGINARY",
    "an overlay or a report": "SCREENSAVE SCREEN_SAVE SCREENSHOT KEY_IMAGE MPPS REPORT",
    "the fat image of a Dixon set": "F FAT FAT_ONLY",
    "the opposed-phase image of a Dixon set": "OP OPP_PHASE OUT_PHASE OPPOSED_PHASE OUT-PHASE",
}
"""Values of ImageType that say that a volume is computed or no plain image of the anatomy. Blanks
are read as underscores."""

DIXON_TYPES = {"water": "W WATER WATER_ONLY", "in phase": "IP IN_PHASE IN-PHASE"}
DIFFUSION_TYPES = frozenset(["DIFFUSION", "TRACEW", "TRACE", "ISOTROPIC", "CALC_BVALUE"])
UNPLAIN_DIXON = ("fat", "opposed phase")

GENERIC_T2 = frozenset(["FLAIR", "STIR", "DIR", "T2*"])
"""What is called T2, too, and is told from it by its acquisition."""

MAP_WORDS = ("a map", "a computed image")
"""What an ADC map may be called and other channels may not."""

TRANSFER = "magnetisation transfer"

DERIVED_AGAINST, FAT_SATURATED_AGAINST, UNSURE_AGAINST, IN_PHASE_AGAINST = 2, 2, 4, 1


@dataclass
class Shown:
    """What a volume shows.

    Attributes:
        kind: its contrast as mmar2mdai_physics names it, or None where that is not known.
        is_named: whether its name, or its ImageType, says a contrast; else physics alone does.
        is_derived: whether its ImageType says that it was computed from other images.
        why: how that is known, or why not.
        out: why it is no channel whatever its contrast, or "".
        against: how much speaks against it where another is there, 0 for nothing.
        against_words: what that is.
        protocol: what its ProtocolName says, if it is its own.
        doubts: what may make it another kind of image, and is not of the study's other series.
    """

    volume: Volume
    acquisition: Acquisition
    said: Said
    protocol: Said | None
    kind: str | None = None
    is_named: bool = False
    is_derived: bool = False
    why: str = ""
    out: str = ""
    against: int = 0
    against_words: list[str] = field(default_factory=list)
    doubts: tuple[str, ...] = ()

    @property
    def b_value(self) -> float | None:
        """The b-value by its header, else by its name if that names one."""
        if self.acquisition.b_value is not None:
            return self.acquisition.b_value
        return self.said.b_values[0] if len(self.said.b_values) == 1 else None


def read_contrasts(volumes: Sequence[Volume]) -> list[Shown]:
    """What each volume of a study shows."""
    acquisitions = read_acquisitions(volumes)
    own = _own_protocols(acquisitions)
    found = []
    for volume, acquisition in zip(volumes, acquisitions):
        protocol = acquisition.protocol
        said = read_name(acquisition.description)
        shown = Shown(volume, acquisition, said, read_name(protocol) if protocol in own else None)
        _judge(shown)
        found.append(shown)
    _doubt(found)
    return found


def _doubt(study: Sequence[Shown]) -> None:
    """A word that nothing explains is a site's own where several series have it; where one has it
    alone, it may say that this one is another kind of image.
    """
    odd = [_odd(shown) for shown in study]
    series = [shown.volume.series.series_uid for shown in study]
    for shown, own, uid in zip(study, odd, series):
        others = [
            words for other, words, of in zip(study, odd, series) if of != uid and not other.out
        ]
        shown.doubts = tuple(sorted(own.difference(*others)))


def _odd(shown: Shown) -> frozenset[str]:
    transfer = "MTC" in shown.acquisition.variant or "MT" in shown.acquisition.options
    words = {TRANSFER if word in PREPARED else word for word in shown.said.odd}
    return frozenset(words | {TRANSFER} if transfer else words)


def _own_protocols(acquisitions: Sequence[Acquisition]) -> set[str]:
    """The ProtocolNames that tell something: some scanners write one for a whole examination."""
    series: dict[str, set[str]] = {}
    kinds: dict[str, set[str]] = {}
    for acquisition in acquisitions:
        name = acquisition.protocol
        series.setdefault(name, set()).add(acquisition.description)
        possible = possible_kinds(acquisition)
        named = _named(read_name(acquisition.description))
        for kind in (named, possible.kinds if possible.decides else frozenset()):
            if len(kind) == 1:
                kinds.setdefault(name, set()).update({"DWI"} if kind == {"ADC"} else kind)
    return {
        name
        for name, descriptions in series.items()
        if name and (len(descriptions) == 1 or len(kinds.get(name, ())) <= 1)
    }


def _judge(shown: Shown) -> None:
    """Find the contrast of a volume, and what speaks against it."""
    acquisition, said = shown.acquisition, shown.said
    names = said
    named = _named(said)
    if not named and shown.protocol is not None:
        names, named = shown.protocol, _named(shown.protocol)
    possible = possible_kinds(acquisition)
    types = frozenset(value.replace(" ", "_") for value in acquisition.image_type)
    if "ADC" in types and not _is_exponential(said):
        named = frozenset(["ADC"])
    elif types & DIFFUSION_TYPES and not named:
        named = frozenset(["DWI"])
    shown.is_named = bool(named)
    _combine(shown, named, possible)
    shown.against, shown.against_words = names.against, list(names.against_words)
    if len(named) > 1 and shown.kind == "FLAIR" and not possible.kinds:
        shown.against += UNSURE_AGAINST
        shown.against_words.append("TIRM")
    shown.out = _reason_out(shown, names, types)
    _weigh_types(shown, types)


def _named(said: Said) -> frozenset[str]:
    """What a name says it can be; "?" where its words exclude one another."""
    kinds = said.kinds
    for sure in ("ADC", "DWI", "DIR", "SSFP"):
        if sure in kinds:
            return frozenset([sure])
    others = kinds & {"T2", "FLAIR", "STIR", "TIRM", "PD", "T2*"}
    is_t1 = "T1" in kinds or ("T1 sequence" in kinds and not others)
    if "T2" in kinds and kinds & {"T1", "T1 sequence"}:
        return frozenset("?")
    if "T2*" in kinds:
        return frozenset("?") if "T1" in kinds else frozenset(["T2*"])
    if is_t1:
        return frozenset("?") if kinds & {"PD", "STIR"} else frozenset(["T1"])
    if "FLAIR" in kinds:
        return frozenset(["FLAIR", "STIR"] if "STIR" in kinds else ["FLAIR"])
    if "STIR" in kinds:
        return frozenset(["STIR"])
    if "TIRM" in kinds:
        return frozenset(["FLAIR", "STIR"])
    if "T2" in kinds and "gradient echo" in kinds:
        return frozenset(["T2*"])
    return kinds & {"T2", "PD"}


def _combine(shown: Shown, named: frozenset[str], possible: Possible) -> None:
    """The contrast that physics and name agree on."""
    by_name = f"called {' or '.join(sorted(named))}"
    if named == {"?"}:
        shown.why = "contradiction: its name names contrasts that exclude one another"
    elif not named:
        if possible.decides:
            # ADC maps are named or have ADC in ImageType.
            shown.kind = max(possible.kinds)
            shown.why = f"{shown.kind} by {possible.why}"
        else:
            shown.why = "nothing tells its contrast"
    elif named == {"ADC"} or (named == {"DWI"} and shown.acquisition.b_value is None):
        (shown.kind,), shown.why = named, by_name
    elif not possible.kinds:
        only = named if len(named) == 1 else named - {"STIR", "PD"}
        if named == {"PD", "T2"}:
            shown.why = "called PD and T2, and nothing tells which it is"
        else:
            (shown.kind,), shown.why = only, by_name
    elif len(named & possible.kinds) == 1:
        (shown.kind,) = named & possible.kinds
        shown.why = f"{by_name}, {possible.why}"
    elif named == {"T2"} and len(possible.kinds) == 1 and possible.kinds <= GENERIC_T2:
        (shown.kind,) = possible.kinds
        shown.why = f"called T2, but {shown.kind} by {possible.why}"
    elif named & possible.kinds:
        shown.why = f"{by_name}, and nothing tells which it is"
    else:
        can_be = " or ".join(sorted(possible.kinds))
        shown.why = f"contradiction: {by_name}, but {possible.why} is {can_be}"


def _is_exponential(said: Said) -> bool:
    return any(word.startswith(("eadc", "exp")) for _, word in said.out)


def _reason_out(shown: Shown, names: Said, types: frozenset[str]) -> str:
    """Why a volume is no channel, "" if it may be one."""
    acquisition, said = shown.acquisition, shown.said
    if acquisition.modality not in ("", "MR"):
        return f"no MR image but {acquisition.modality}"
    is_diffusion = shown.kind in ("ADC", "DWI")
    for what, values in OUT_TYPES.items():
        hit = types & set(values.split())
        hit |= {value for value in types if what == "a projection" and "PROJECTION" in value}
        if hit and not (is_diffusion and what in ("a map", "a functional image")):
            return f"{what} (ImageType {min(hit)})"
    if {"DERIVED", "SECONDARY"} <= types and not is_diffusion:
        return "derived from other images (ImageType DERIVED\\SECONDARY)"
    for what, word in (*said.out, *(names.out if names is not said else ())):
        is_map = what in MAP_WORDS and not word.startswith(("eadc", "exp"))
        if not (shown.kind == "ADC" and is_map):
            return f'{what} (the word "{word}")'
    if said.inversion is not None:
        return f"an inversion image of MP2RAGE (INV{said.inversion})"
    if said.dixon in UNPLAIN_DIXON:
        return f"the {said.dixon} image of a Dixon set"
    return ""


def _weigh_types(shown: Shown, types: frozenset[str]) -> None:
    """Add what ImageType, ScanOptions and the images of a set tell against a volume."""

    def add(weight: int, word: str) -> None:
        shown.against += weight
        shown.against_words.append(word)

    shown.is_derived = "DERIVED" in types and shown.kind not in ("ADC", "DWI")
    if shown.is_derived:
        add(DERIVED_AGAINST, "derived")
    saturated = any(option in ("FS", "FATSAT", "FAT_SAT") for option in shown.acquisition.options)
    if saturated and not any(word.startswith("f") for word in shown.against_words):
        add(FAT_SATURATED_AGAINST, "fat saturated (ScanOptions)")
    dixon = shown.said.dixon
    for image, values in DIXON_TYPES.items():
        dixon = image if types & set(values.split()) else dixon
    if dixon == "in phase":
        add(IN_PHASE_AGAINST, "in phase")
    words = set(shown.said.words)
    # The denoised one of MP2RAGE's two uniform images has a dark background, as others have.
    if "mp2rage" in words and not words & {"den", "uniden"}:
        add(1, "not denoised")
