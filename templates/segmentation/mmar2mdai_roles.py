"""Which volume of a study is best for a contrast, and why each of the others is not."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Sequence

from mmar2mdai_contrasts import TRANSFER, Shown, read_contrasts
from mmar2mdai_coverage import parts_of_others
from mmar2mdai_medium import Medium, judge_medium
from mmar2mdai_segmenter import Contrast
from mmar2mdai_volumes import Volume

KINDS = {"T1c": "T1", "T1": "T1", "T2": "T2", "FLAIR": "FLAIR", "ADC": "ADC", "DWI": "DWI"}
"""The kind of image that a channel takes."""

HIGH_B = 400.0
"""From this b-value on an image is one for the channel DWI."""

NORMALISED = frozenset(["NORM", "DIS2D", "DIS3D", "DIS2D_DFC"])
"""Marks in ImageType of the better one of two reconstructions of one acquisition."""


@dataclass
class Evidence:
    """What is known of the volumes of a study."""

    shown: list[Shown]
    medium: list[Medium]
    of: dict[int, int] = field(default_factory=dict)

    def line(self, volume: Volume) -> str:
        """What a volume is, or why it is none, for the list of a refusal."""
        shown, medium = self.shown[self.of[id(volume)]], self.medium[self.of[id(volume)]]
        if shown.out:
            return f"left out: {shown.out}"
        if shown.kind is None:
            return shown.why
        parts = [shown.why if shown.kind in shown.why else f"{shown.kind}: {shown.why}"]
        if shown.kind == "T1":
            parts.append(_medium_in_words(medium))
        if shown.against_words:
            parts.append(f"second to others ({', '.join(dict.fromkeys(shown.against_words))})")
        if shown.doubts:
            parts.append(f"doubted ({', '.join(shown.doubts)})")
        return "; ".join(parts)

    def is_by_pair(self, volume: Volume) -> bool:
        """Whether nothing but the order of two T1 tells that a volume has contrast medium."""
        return self.medium[self.of[id(volume)]].is_by_pair

    def doubts(self, volume: Volume, contrast: Contrast) -> list[str]:
        """What may make a volume another kind of image than a channel of the contrast takes.

        T1 after contrast medium is often taken with magnetisation transfer, to show it better;
        without the medium it is a half of a transfer ratio.
        """
        usual = {TRANSFER} if contrast == "T1c" else set()
        return [word for word in self.shown[self.of[id(volume)]].doubts if word not in usual]


def _medium_in_words(medium: Medium) -> str:
    because = f" ({medium.why})" if medium.why else ""
    if medium.verdict == "contradiction":
        return f"contradiction about contrast medium{because}"
    if medium.verdict is None:
        return "nothing tells of contrast medium"
    return f"{'after' if medium.verdict == 'yes' else 'before'} contrast medium{because}"


def read_evidence(volumes: Sequence[Volume]) -> Evidence:
    """Look at all volumes of a study."""
    shown = read_contrasts(volumes)
    return Evidence(
        shown, judge_medium(shown), {id(volume): index for index, volume in enumerate(volumes)}
    )


@dataclass(frozen=True)
class Ranked:
    """The volumes that a channel may take.

    Attributes:
        best: those that none is better than; more than one is for nobody to choose.
        others: those that would do if the best were not there.
    """

    best: list[Volume]
    others: list[Volume]


def rank(
    contrast: Contrast, evidence: Evidence, usable: Sequence[Volume], twin: Volume | None
) -> Ranked:
    """The volumes that fit a contrast, the best first.

    Args:
        usable: those that are looked at.
        twin: the volume that serves as T1c, for the channel T1.
    """
    ids = {id(volume) for volume in usable}
    pairs = [
        (shown, medium)
        for shown, medium in zip(evidence.shown, evidence.medium)
        if id(shown.volume) in ids and _fits(contrast, shown, medium)
    ]
    parts = parts_of_others([shown.volume for shown, _ in pairs])
    keys = [
        (
            *_medium_rank(contrast, medium),
            _b_rank(contrast, shown),
            part,
            not shown.is_named,
            *_shape_rank(shown),
        )
        for (shown, medium), part in zip(pairs, parts)
    ]
    if not keys:
        return Ranked([], [])
    best = [shown for (shown, _), key in zip(pairs, keys) if key == min(keys)]
    best = _one_acquisition(best)
    if contrast == "T1" and len(best) > 1 and twin is not None:
        best = _twins(best, evidence.shown[evidence.of[id(twin)]])
    first = {id(shown.volume) for shown in best}
    return Ranked(
        [shown.volume for shown in best],
        [shown.volume for shown, _ in pairs if id(shown.volume) not in first],
    )


def _fits(contrast: Contrast, shown: Shown, medium: Medium) -> bool:
    if shown.out or shown.kind != KINDS[contrast]:
        return False
    if contrast == "T1c":
        return medium.verdict == "yes"
    if contrast == "T1":
        return medium.verdict in ("no", None)
    if contrast == "DWI":
        b_value = shown.b_value
        named = shown.said.b_values
        return not (b_value is not None and b_value < HIGH_B) and not (
            named and max(named) < HIGH_B
        )
    return True


def _medium_rank(contrast: Contrast, medium: Medium) -> tuple[int, ...]:
    """T1 and T1c that say it themselves come first; T2 and FLAIR are better from before."""
    if contrast in ("T1c", "T1"):
        return (0 if medium.is_explicit else 1,)
    return (1 if medium.verdict == "yes" else 0,)


def _b_rank(contrast: Contrast, shown: Shown) -> float:
    return -(shown.b_value or 0.0) if contrast == "DWI" else 0.0


def _shape_rank(shown: Shown) -> tuple[bool, bool, int]:
    """What was acquired comes before what was computed from it, whatever its plane."""
    return (shown.is_derived, shown.acquisition.plane != "axial", shown.against)


def _one_acquisition(best: list[Shown]) -> list[Shown]:
    """Of several reconstructions of one acquisition the one that is corrected most."""
    first = best[0]
    same = all(
        one.acquisition.begin is not None
        and one.acquisition.begin == first.acquisition.begin
        and one.acquisition.echo_time == first.acquisition.echo_time
        and one.volume.grid.shape == first.volume.grid.shape
        for one in best
    )
    if len(best) < 2 or not same:
        return best
    marks = [len(one.acquisition.image_type & NORMALISED) for one in best]
    return [one for one, mark in zip(best, marks) if mark == max(marks)]


def _twins(best: list[Shown], twin: Shown) -> list[Shown]:
    """Those that are called as the other of a pair, but for the words for contrast medium."""
    alike = [one for one in best if sorted(one.said.once) == sorted(twin.said.once)]
    return alike or best
