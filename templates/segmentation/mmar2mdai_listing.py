"""What a study holds, and what is looked for in it, in words."""

from __future__ import annotations

import re
from typing import Sequence

from mmar2mdai_roles import Evidence
from mmar2mdai_segmenter import Channel, Condition
from mmar2mdai_series import Series
from mmar2mdai_studies import Study
from mmar2mdai_volumes import Volume

PATTERN_SHOWN = 60
"""Characters of a pattern that are shown in an error."""

VALUES_SHOWN = 6
"""How many values of an attribute are shown that tell the volumes of a series apart."""


def missing(channel: Channel, wanted: str | None) -> str:
    """That no series fits a channel, or none is the one that the request names for it."""
    if wanted is not None:
        return (
            f'No series that can be used has the number, UID or description "{wanted}", which '
            f"args.channels names for the channel {channel.name}."
        )
    return f"No series fits the channel {channel.name}, which looks for {_in_words(channel)}."


def ambiguous(channel: Channel, found: Sequence[Volume], study: Study) -> str:
    """That several volumes fit a channel."""
    names = [name_of(volume, study) for volume in found[:VALUES_SHOWN]]
    more = [f"{len(found) - VALUES_SHOWN} more"] if len(found) > VALUES_SHOWN else []
    return (
        f"{len(found)} images fit the channel {channel.name} equally well, and it takes one: "
        f"{', '.join(names + more)}. It looks for {_in_words(channel)}."
    )


def doubted(channel: Channel, volume: Volume, doubts: Sequence[str], study: Study) -> str:
    """That the only volume for a channel may be another kind of image."""
    return (
        f"{name_of(volume, study)} may serve as the channel {channel.name}, but it may also be "
        f"another kind of image: it alone in the study has {', '.join(doubts)}, and nothing "
        "explains that."
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


def with_listing(
    problems: Sequence[str], channels: Sequence[Channel], study: Study, evidence: Evidence | None
) -> str:
    """The problems, the series of the study line by line, and what to do."""
    lines = [f"The channels of study {study.study_uid} can't be found.", *problems, "There are:"]
    series = {volume.series.series_uid: volume.series for volume in study.volumes}
    lines += [f"- {_line(one, study)}{_why(one, study, evidence)}" for one in series.values()]
    lines += [f"- {_line(one, study)}, not usable: {why}" for one, why in study.refused]
    if len(channels) > 1 and len(series) + len(study.refused) < len(channels):
        lines.append(
            "The model takes its channels from the series of a study: its scope on MD.ai must be "
            "STUDY."
        )
    lines.append(
        f'To name the series, send args {{"channels": {{"{channels[0].name}": SERIES NUMBER}}}} '
        'with the request, or pack the MMAR again with --channel "'
        f'{channels[0].name}=SeriesDescription:~PATTERN".'
    )
    return "\n".join(lines)


def _why(series: Series, study: Study, evidence: Evidence | None) -> str:
    """What a series shows, and why it may be no channel."""
    if evidence is None:
        return ""
    own = [volume for volume in study.volumes if volume.series is series]
    lines = dict.fromkeys(evidence.line(volume) for volume in own)
    return f": {' / '.join(lines)}"


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


def name_of(volume: Volume, study: Study) -> str:
    """A volume's series, and what tells it from the series' other volumes."""
    own = [other for other in study.volumes if other.series is volume.series]
    if len(own) == 1:
        return _title(volume.series)
    what = [f"{name} {volume.labels[name] or 'none'}" for name in _differing(own)]
    which = ", ".join(what) or f"volume {own.index(volume) + 1} of {len(own)}"
    return f"{_title(volume.series)} ({which})"
