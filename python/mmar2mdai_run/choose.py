"""What of the input becomes a request, by the scope that the model asks for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Sequence

from mmar2mdai_run.inputs import DicomFile, SeriesFiles
from mmar2mdai_run.protocol import RunError

ALL = "all"
"""What --series says for every series."""


@dataclass(frozen=True)
class Chosen:
    """The files of one request.

    Attributes:
        title: what it holds, for a reader.
        files: in the order in which they are sent.
    """

    title: str
    files: tuple[DicomFile, ...]


def choose(series: Sequence[SeriesFiles], scope: str, wanted: Sequence[str]) -> list[Chosen]:
    """The requests.

    With the scope STUDY the wanted series are sent in one request for each study, with SERIES in
    one for each series, with INSTANCE in one for each image of them.

    Args:
        series: what there is.
        scope: INSTANCE, SERIES or STUDY.
        wanted: numbers, UIDs or descriptions.

    Raises:
        RunError: When a series is not there, or which is meant is not clear.
    """
    picked = _picked(series, wanted)
    if scope == "STUDY":
        studies: dict[str, list[SeriesFiles]] = {}
        for one in picked:
            studies.setdefault(one.study_uid, []).append(one)
        if len(studies) > 1 and not wanted:
            raise _unclear(series, f"The input has {len(studies)} studies")
        return [Chosen(f"study {uid}", _all_files(own)) for uid, own in studies.items()]
    if len(picked) > 1 and not wanted:
        raise _unclear(series, f"The input has {len(picked)} series")
    if scope == "SERIES":
        return [Chosen(one.title, _all_files([one])) for one in picked]
    return [
        Chosen(f"image {file.instance_uid}", (file,))
        for one in picked
        for file in one.files
        if file.is_image
    ]


def by_series(files: Sequence[DicomFile]) -> dict[str, list[DicomFile]]:
    """Files by their SeriesInstanceUID."""
    groups: dict[str, list[DicomFile]] = {}
    for file in files:
        groups.setdefault(str(file.header.SeriesInstanceUID), []).append(file)
    return groups


def _all_files(series: Sequence[SeriesFiles]) -> tuple[DicomFile, ...]:
    return tuple(file for one in series for file in one.files)


def _picked(series: Sequence[SeriesFiles], wanted: Sequence[str]) -> list[SeriesFiles]:
    if not wanted or ALL in wanted:
        return list(series)
    picked: list[SeriesFiles] = []
    for name in wanted:
        found = [one for one in series if name in (one.series_uid, one.number)]
        found = found or [one for one in series if name.lower() == one.description.lower()]
        if not found:
            raise RunError("choice", f"There is no series {name}. There are:", _listed(series))
        if len(found) > 1:
            raise RunError(
                "choice",
                f"{len(found)} series are called {name}. Name one by its UID:",
                _listed(found),
            )
        picked += [one for one in found if one not in picked]
    return picked


def _unclear(series: Sequence[SeriesFiles], what: str) -> RunError:
    return RunError(
        "choice",
        f"{what}, and the model takes one at a time. Name it with --series (a number, a UID or a "
        "description), or run them one after the other with --series all:",
        _listed(series),
    )


def _listed(series: Sequence[SeriesFiles]) -> list[str]:
    return [one.title for one in series]
