"""The studies of a request: the volumes of their series, and what can't be made into any."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field

from mmar2mdai_errors import SeriesRefused
from mmar2mdai_instances import Unreadable
from mmar2mdai_modality import Modalities
from mmar2mdai_request import Request, dicom_files
from mmar2mdai_series import Series, read_series
from mmar2mdai_volumes import Volume, build_volumes

logger = logging.getLogger("model")


@dataclass
class Study:
    """The series of one study: their volumes, why there are none of others, and files that are
    broken, where that is not what a whole series is refused for.
    """

    study_uid: str
    volumes: list[Volume] = field(default_factory=list)
    refused: list[tuple[Series, str]] = field(default_factory=list)
    unreadable: list[Unreadable] = field(default_factory=list)


def read_studies(request: Request, modalities: Modalities, others: list[str]) -> list[Study]:
    """The volumes of a request, and what can't be made into any, by studies.

    A file whose study is not known is said of the first one.

    Args:
        modalities: that the model takes.
        others: gets what the objects are that are not images.
    """
    studies: dict[str, Study] = {}
    read = read_series(dicom_files(request))
    others += read.others
    unreadable = read.unreadable
    for series in read.series:
        if series.frames and series.passed_over:
            number, first = len(series.passed_over), series.passed_over[0]
            logger.warning("Passed over %d of series %s: %s", number, series.series_uid, first)
        study = studies.setdefault(series.study_uid, Study(series.study_uid))
        other = modalities.refusal(series.modality)
        if other is not None:
            study.refused.append((series, other))
            continue
        try:
            study.volumes.extend(build_volumes(series))
            study.unreadable.extend(series.unreadable)
        except SeriesRefused as error:
            study.refused.append((series, str(error)))
    if unreadable:
        uid = next(iter(studies), unreadable[0].study_uid)
        studies.setdefault(uid, Study(uid)).unreadable.extend(unreadable)
    return list(studies.values())
