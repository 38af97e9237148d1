"""Which volumes of a study are the network's image channels, by the rules of config_mdai.json."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass, field
from typing import Sequence

from mmar2mdai_errors import StudyRefused
from mmar2mdai_instances import Unreadable
from mmar2mdai_segmenter import Channel, Condition
from mmar2mdai_series import Series
from mmar2mdai_volumes import Volume

logger = logging.getLogger("model")

PATTERN_SHOWN = 60
"""Characters of a pattern that are shown in an error."""

VALUES_SHOWN = 6
"""How many values of an attribute are shown that tell the volumes of a series apart."""

Input = Sequence[Volume]
"""One input of the network: a volume for each channel. Masks come back on the first one's."""


@dataclass
class Study:
    """The series of one study: their volumes, why there are none of others, and files that are
    broken, where that is not what a whole series is refused for.
    """

    study_uid: str
    volumes: list[Volume] = field(default_factory=list)
    refused: list[tuple[Series, str]] = field(default_factory=list)
    unreadable: list[Unreadable] = field(default_factory=list)


def takes_any(channels: Sequence[Channel]) -> bool:
    """Whether each volume is an input of its own, whatever it is called."""
    return len(channels) == 1 and not channels[0].rules


def find_inputs(channels: Sequence[Channel], study: Study) -> list[Input]:
    """What of a study is segmented.

    With one channel this is each volume that fits it, with several one volume for each.

    Raises:
        StudyRefused: When a channel fits none, or one of several fits more than one; the text
            lists what was there.
    """
    if len(channels) > 1:
        return [_match(channels, study)]
    found = _fitting(channels[0], study.volumes)
    if not found:
        raise StudyRefused(_with_listing([_missing(channels[0])], channels, study))
    return [(volume,) for volume in found]


def _fitting(channel: Channel, volumes: Sequence[Volume]) -> list[Volume]:
    """The volumes that fit the first alternative that any volume fits."""
    for alternative in channel.rules or ((),):
        found = [volume for volume in volumes if all(_holds(part, volume) for part in alternative)]
        if found:
            return found
    return []


def _holds(condition: Condition, volume: Volume) -> bool:
    found = condition.pattern.search(volume.labels[condition.attribute]) is not None
    return found != condition.negate


def _match(channels: Sequence[Channel], study: Study) -> tuple[Volume, ...]:
    """One volume for each channel.

    Raises:
        StudyRefused: See `find_inputs`; also when one volume is the only one for two channels,
            or volumes don't lie in one frame of reference.
    """
    problems: list[str] = []
    taken: dict[int, tuple[Volume, list[str]]] = {}
    picked = []
    for channel in channels:
        found = _fitting(channel, study.volumes)
        if not found:
            problems.append(_missing(channel))
        elif len(found) > 1:
            problems.append(_ambiguous(channel, found, study))
        else:
            picked.append(found[0])
            taken.setdefault(id(found[0]), (found[0], []))[1].append(channel.name)
    for volume, names in taken.values():
        if len(names) > 1:
            problems.append(
                f"{_name(volume, study)} is the only one that fits the channels "
                f"{' and '.join(names)}, and can't serve {'both' if len(names) == 2 else 'all'}."
            )
    if problems:
        raise StudyRefused(_with_listing(problems, channels, study))
    _check_reference(channels, picked, study)
    names = [f"{c.name}: {_name(v, study)}" for c, v in zip(channels, picked)]
    logger.info("Study %s: %s", study.study_uid, ", ".join(names))
    return tuple(picked)


def _check_reference(channels: Sequence[Channel], picked: Input, study: Study) -> None:
    """Positions of different frames of reference have nothing to do with each other.

    Raises:
        StudyRefused: When a channel's frame of reference is not the first channel's.
    """
    first = picked[0]
    for channel, volume in zip(channels[1:], picked[1:]):
        if not (first.reference and volume.reference):
            logger.warning(
                "Whether %s and %s lie in the same coordinates is not known: FrameOfReferenceUID "
                "is missing",
                _name(first, study),
                _name(volume, study),
            )
        elif first.reference != volume.reference:
            raise StudyRefused(
                f"{_name(volume, study)}, for the channel {channel.name}, has another "
                f"FrameOfReferenceUID than {_name(first, study)}, for {channels[0].name}: their "
                "positions can't be compared, as after the patient was moved. Register the one "
                "to the other, or send series of one frame of reference."
            )


# ------------------------------------------------------------------ in words


def _missing(channel: Channel) -> str:
    return f"No series fits the channel {channel.name}, which looks for {_in_words(channel)}."


def _ambiguous(channel: Channel, found: Sequence[Volume], study: Study) -> str:
    names = [_name(volume, study) for volume in found[:VALUES_SHOWN]]
    more = [f"{len(found) - VALUES_SHOWN} more"] if len(found) > VALUES_SHOWN else []
    return (
        f"{len(found)} images fit the channel {channel.name} equally well, and it takes one: "
        f"{', '.join(names + more)}. It looks for {_in_words(channel)}."
    )


def _in_words(channel: Channel) -> str:
    if channel.words is not None:
        return channel.words
    return "; or ".join(_all_in_words(alternative) for alternative in channel.rules)


def _all_in_words(alternative: Sequence[Condition]) -> str:
    parts: dict[str, list[str]] = {}
    for condition in alternative:
        parts.setdefault(condition.attribute, []).append(_condition_in_words(condition))
    return ", ".join(f"{name} {' and '.join(texts)}" for name, texts in parts.items())


def _condition_in_words(condition: Condition) -> str:
    pattern = condition.pattern.pattern
    exact = re.fullmatch(r"\^((?:\\\W|[\w ])+)\$", pattern)
    if exact:
        text = re.sub(r"\\(.)", r"\1", exact[1])
        return f'{"not " if condition.negate else ""}"{text}"'
    cut = pattern if len(pattern) <= PATTERN_SHOWN else pattern[:PATTERN_SHOWN] + "…"
    return f"{'without' if condition.negate else 'with'} /{cut}/"


def _with_listing(problems: list[str], channels: Sequence[Channel], study: Study) -> str:
    """The problems, the series of the study line by line, and what to do."""
    lines = [f"The channels of study {study.study_uid} can't be found.", *problems, "There are:"]
    series = {volume.series.series_uid: volume.series for volume in study.volumes}
    lines += [f"- {_line(one, study)}" for one in series.values()]
    lines += [f"- {_line(one, study)}, not usable: {why}" for one, why in study.refused]
    if len(channels) > 1 and len(series) + len(study.refused) < len(channels):
        lines.append(
            "The model takes its channels from the series of a study: its scope on MD.ai must be "
            "STUDY."
        )
    lines.append(
        'To name the series, pack the MMAR again with --channel "'
        f'{channels[0].name}=SeriesDescription:~PATTERN".'
    )
    return "\n".join(lines)


def _line(series: Series, study: Study) -> str:
    own = [volume for volume in study.volumes if volume.series is series]
    planes = dict.fromkeys(volume.labels["Plane"] for volume in own)
    parts = [_title(series), *(["/".join(planes)] if planes else [])]
    parts.append(f"{series.instances} instance{'' if series.instances == 1 else 's'}")
    if len(own) > 1:
        parts.append(f"{len(own)} volumes")
        for name, values in _differing(own).items():
            shown = ", ".join(value or "none" for value in values[:VALUES_SHOWN])
            more = ", …" if len(values) > VALUES_SHOWN else ""
            parts.append(f"{name} {shown}{more}")
    agents = dict.fromkeys(volume.labels["ContrastBolusAgent"] for volume in own)
    if any(agents) and len(agents) == 1:
        parts.append(f"contrast agent {next(iter(agents))}")
    return ", ".join([*parts, series.series_uid])


def _differing(volumes: Sequence[Volume]) -> dict[str, list[str]]:
    """The attributes in which volumes differ, with their values."""
    values = {
        name: list(dict.fromkeys(volume.labels[name] for volume in volumes))
        for name in volumes[0].labels
    }
    return {name: texts for name, texts in values.items() if len(texts) > 1 and name != "Plane"}


def _title(series: Series) -> str:
    number = series.number or "without a number"
    return f"series {number} " + (f'"{series.description}"' if series.description else "(no name)")


def _name(volume: Volume, study: Study) -> str:
    """A volume's series, and what tells it from the series' other volumes."""
    own = [other for other in study.volumes if other.series is volume.series]
    if len(own) == 1:
        return _title(volume.series)
    what = [f"{name} {volume.labels[name] or 'none'}" for name in _differing(own)]
    which = ", ".join(what) or f"volume {own.index(volume) + 1} of {len(own)}"
    return f"{_title(volume.series)} ({which})"
