"""Which volumes of a study are the network's image channels.

What the request names decides (`args.channels`), then the rules of config_mdai.json, then, for
the contrasts that are known, the evidence of mmar2mdai_roles.py. What can't be told is refused.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import Mapping, Sequence

from mmar2mdai_coverage import body_points, box_points, covered
from mmar2mdai_errors import DeployError, StudyRefused
from mmar2mdai_listing import ambiguous, doubted, missing, name_of, with_listing
from mmar2mdai_roles import Evidence, Ranked, rank, read_evidence
from mmar2mdai_segmenter import Channel, Condition
from mmar2mdai_studies import Study
from mmar2mdai_volumes import Volume

logger = logging.getLogger("model")

ARGUMENT = "channels"
"""The key of the request's args: {"T1c": series number, UID or description}."""

TEXT_SEARCHED = 128
"""Characters of a text that a pattern of the user's sees; see parse-channel.ts for the pattern."""

LEAST_COVERED, WELL_COVERED = 0.5, 0.95
"""Of the first channel's body a channel must cover the first, and should cover the second."""

OTHERS_SHOWN = 3


@dataclass(frozen=True)
class Input:
    """One input of the network.

    Attributes:
        volumes: one for each channel. Masks come back on the first one's.
        note: which series serves as which channel, and what a reader should know of that; None
            for a network that takes any series.
    """

    volumes: Sequence[Volume]
    note: str | None = None


def takes_any(channels: Sequence[Channel], wanted: Mapping[str, str]) -> bool:
    """Whether each volume is an input of its own, whatever it is called."""
    only = channels[0]
    return len(channels) == 1 and not only.rules and only.contrast is None and not wanted


def read_wanted(args: Mapping[str, object], channels: Sequence[Channel]) -> dict[str, str]:
    """The series that a request names for channels, by the channels' names.

    Raises:
        DeployError: When it is not an object of the channels' names and series.
    """
    given = args.get(ARGUMENT)
    if given is None:
        return {}
    names = {channel.name.lower(): channel.name for channel in channels}
    form = f'args.{ARGUMENT} must be an object such as {{"{channels[0].name}": 8}}'
    if not isinstance(given, dict):
        raise DeployError(f"{form}, with a series' number, UID or description for each channel.")
    wanted = {}
    for name, series in given.items():
        if str(name).lower() not in names:
            known = ", ".join(names.values())
            raise DeployError(f"args.{ARGUMENT} names {name}; the model's channels are {known}.")
        if isinstance(series, bool) or not isinstance(series, (str, int)) or series == "":
            raise DeployError(
                f"{form}; {name} is {series!r}, not a series' number, UID or description."
            )
        wanted[names[str(name).lower()]] = str(series).strip()
    return wanted


def find_inputs(
    channels: Sequence[Channel], study: Study, wanted: Mapping[str, str]
) -> list[Input]:
    """What of a study is segmented.

    With one channel this is each volume that fits it, with several one volume for each.

    Args:
        wanted: what `read_wanted` gives.

    Raises:
        StudyRefused: When a channel fits none, or one of several fits more than one, or they
            don't lie at one place; the text lists what was there.
    """
    if len(channels) > 1 or channels[0].contrast is not None:
        return [_Match(channels, study, wanted).find()]
    found = (
        _named(wanted[channels[0].name], study.volumes)
        if wanted
        else _fitting(channels[0], study.volumes)
    )
    if not found:
        problem = missing(channels[0], wanted.get(channels[0].name))
        raise StudyRefused(with_listing([problem], channels, study, None))
    return [Input((volume,), _roles(channels, [volume], study)) for volume in found]


def _fitting(channel: Channel, volumes: Sequence[Volume]) -> list[Volume]:
    """The volumes that fit the first alternative that any volume fits."""
    for alternative in channel.rules or ((),):
        found = [volume for volume in volumes if all(_holds(part, volume) for part in alternative)]
        if found:
            return found
    return []


def _holds(condition: Condition, volume: Volume) -> bool:
    text = volume.labels[condition.attribute][:TEXT_SEARCHED]
    return (condition.pattern.search(text) is not None) != condition.negate


def _named(series: str, volumes: Sequence[Volume]) -> list[Volume]:
    """The volumes of the series that a user names: by its UID, else number, else description."""
    for way in ("series_uid", "number", "description"):
        found = [v for v in volumes if getattr(v.series, way).strip().lower() == series.lower()]
        if found:
            return found
    return []


def _roles(channels: Sequence[Channel], picked: Sequence[Volume], study: Study) -> str:
    names = [f"{c.name} is {name_of(v, study)}" for c, v in zip(channels, picked)]
    return f"Channels: {'; '.join(names)}."


@dataclass
class _Match:
    """The search for a study's channels."""

    channels: Sequence[Channel]
    study: Study
    wanted: Mapping[str, str]
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    evidence: Evidence | None = None

    def find(self) -> Input:
        """One volume for each channel.

        Raises:
            StudyRefused: See `find_inputs`; also when one volume is the only one for two
                channels, or volumes don't lie in one frame of reference.
        """
        if any(c.contrast is not None and c.name not in self.wanted for c in self.channels):
            self.evidence = read_evidence(self.study.volumes)
        picked: dict[str, Volume] = {}
        body = None
        for number, channel in enumerate(self.channels):
            ranked = self._rank(channel, picked)
            usable = ranked.best
            if number and body is not None and len(usable) > 1:
                first = picked[self.channels[0].name]
                usable = [
                    one
                    for one in usable
                    if one.reference == first.reference and covered(body, one.grid) >= LEAST_COVERED
                ] or usable
            doubts = self._doubts(channel, usable)
            if doubts:
                self.problems.append(doubted(channel, usable[0], doubts, self.study))
            if len(usable) == 1:
                picked[channel.name] = usable[0]
                if number == 0 and len(self.channels) > 1:
                    body = body_points(usable[0])
                self._say_others(channel, usable[0], ranked.others)
                self._say_pair(channel, usable[0])
            elif usable:
                self.problems.append(ambiguous(channel, usable, self.study))
            else:
                self.problems.append(missing(channel, self.wanted.get(channel.name)))
        self._check_shared(picked)
        if self.problems:
            self._refuse()
        volumes = [picked[channel.name] for channel in self.channels]
        self._check_reference(volumes)
        if body is not None:
            self._check_places(volumes, [covered(body, one.grid) for one in volumes])
        if self.problems:
            self._refuse()
        note = " ".join([_roles(self.channels, volumes, self.study), *self.notes])
        logger.info("Study %s: %s", self.study.study_uid, note)
        return Input(volumes, note)

    def _rank(self, channel: Channel, picked: Mapping[str, Volume]) -> Ranked:
        named = self.wanted.get(channel.name)
        volumes = self.study.volumes
        if named is not None:
            volumes = _named(named, volumes)
            if len(volumes) < 2 or self.evidence is None or channel.contrast is None:
                return Ranked(volumes, [])
        elif channel.rules:
            return Ranked(_fitting(channel, volumes), [])
        if self.evidence is None or channel.contrast is None:
            return Ranked(_fitting(channel, volumes), [])
        taken = [one for series in self.wanted.values() for one in _named(series, volumes)]
        free = [one for one in volumes if named is not None or one not in taken]
        twins = [picked.get(c.name) for c in self.channels if c.contrast == "T1c"]
        found = rank(channel.contrast, self.evidence, free, twins[0] if twins else None)
        return found if found.best or named is None else Ranked(list(volumes), [])

    def _doubts(self, channel: Channel, usable: Sequence[Volume]) -> Sequence[str]:
        """What is doubtful about the only volume for a channel that nobody chose by hand."""
        chosen = channel.name in self.wanted or channel.rules or len(usable) != 1
        if chosen or self.evidence is None or channel.contrast is None:
            return ()
        return self.evidence.doubts(usable[0], channel.contrast)

    def _say_others(self, channel: Channel, picked: Volume, others: Sequence[Volume]) -> None:
        names = [name_of(one, self.study) for one in others if one is not picked]
        if names:
            more = f" and {len(names) - OTHERS_SHOWN} more" if len(names) > OTHERS_SHOWN else ""
            self.notes.append(
                f"Not taken for {channel.name}, though possible: "
                f"{', '.join(names[:OTHERS_SHOWN])}{more}."
            )

    def _say_pair(self, channel: Channel, picked: Volume) -> None:
        chosen = channel.name in self.wanted or channel.rules or channel.contrast != "T1c"
        if not chosen and self.evidence is not None and self.evidence.is_by_pair(picked):
            what = f"{name_of(picked, self.study)} is from after contrast medium"
            self.notes.append(f"Only the order of two T1 tells that {what}.")

    def _check_shared(self, picked: Mapping[str, Volume]) -> None:
        taken: dict[int, list[str]] = {}
        for name, volume in picked.items():
            taken.setdefault(id(volume), []).append(name)
        for names in taken.values():
            if len(names) > 1:
                self.problems.append(
                    f"{name_of(picked[names[0]], self.study)} is the only one that fits the "
                    f"channels {' and '.join(names)}, and can't serve "
                    f"{'both' if len(names) == 2 else 'all'}."
                )

    def _check_reference(self, volumes: Sequence[Volume]) -> None:
        """Positions of different frames of reference have nothing to do with each other.

        Raises:
            StudyRefused: When a channel's frame of reference is not the first channel's.
        """
        first = volumes[0]
        for channel, volume in zip(self.channels[1:], volumes[1:]):
            if not (first.reference and volume.reference):
                logger.warning(
                    "Whether %s and %s lie in the same coordinates is not known: "
                    "FrameOfReferenceUID is missing",
                    name_of(first, self.study),
                    name_of(volume, self.study),
                )
            elif first.reference != volume.reference:
                raise StudyRefused(
                    f"{name_of(volume, self.study)}, for the channel {channel.name}, has another "
                    f"FrameOfReferenceUID than {name_of(first, self.study)}, for "
                    f"{self.channels[0].name}: their positions can't be compared, as after the "
                    "patient was moved. Register the one to the other, or send series of one "
                    "frame of reference."
                )

    def _check_places(self, volumes: Sequence[Volume], parts: Sequence[float]) -> None:
        """A channel has to show what the first one shows."""
        first = name_of(volumes[0], self.study)
        for channel, volume, part in zip(self.channels[1:], volumes[1:], parts[1:]):
            number = volume.series.number or volume.series.series_uid
            percent = f"{int(100 * part)} %"
            if part == 0:
                self.problems.append(
                    f"Series {number} can't be the channel {channel.name}: nothing of it lies "
                    "where the first channel's images are."
                )
            elif part < LEAST_COVERED:
                self.problems.append(
                    f"Series {number} can't be the channel {channel.name}: only {percent} of what "
                    f"{first} shows lies in it, and at least {LEAST_COVERED:.0%} has to."
                )
            elif part < WELL_COVERED:
                self.notes.append(
                    f"Only {percent} of what {first} shows lies in the series of the channel "
                    f"{channel.name}; masks outside of it are not to be relied on."
                )
        seen = [covered(box_points(one.grid), volumes[0].grid) for one in volumes[1:]]
        if len(seen) > 1 and max(seen) < LEAST_COVERED:
            bodies = [covered(body_points(one), volumes[0].grid) for one in volumes[1:]]
            if max(bodies) < LEAST_COVERED:
                self.problems.append(
                    f"{first}, for the channel {self.channels[0].name}, shows less than "
                    f"{LEAST_COVERED:.0%} of what each of the other channels shows: it is a part."
                )

    def _refuse(self) -> None:
        raise StudyRefused(with_listing(self.problems, self.channels, self.study, self.evidence))
