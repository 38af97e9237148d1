"""The frame of predict(): what every task does around its own work."""

from __future__ import annotations

import logging
import tempfile
from collections import Counter
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Callable, Iterator, Sequence

from mmar2mdai_answers import Answer, Subject, nothing
from mmar2mdai_errors import DeployError, reason_of
from mmar2mdai_instances import Unreadable
from mmar2mdai_modality import Modalities
from mmar2mdai_request import Request, read_request

logger = logging.getLogger("model")


def answer_request(
    data: dict[str, Any], task: Callable[[Request, Path], list[Answer]]
) -> list[Answer]:
    """Answer a request in a temporary folder, of which nothing is left.

    Args:
        data: what MD.ai's server gives to predict().
        task: called with the request and the empty folder.

    Raises:
        DeployError: When the task does, the folder's files can't be kept, or anything else goes
            wrong. Nothing but it is raised.
    """
    try:
        request = read_request(data)
        with tempfile.TemporaryDirectory(prefix="mmar2mdai-") as name:
            return task(request, Path(name))
    except DeployError:
        raise
    except OSError as error:
        raise DeployError(f"The request's temporary files can't be kept: {error}") from error
    except Exception as error:
        raise DeployError(reason_of(error, "The request can't be answered") + ".") from error


class Refusals:
    """What of a request the task can't work on, and why; what it can is answered all the same.

    Attributes:
        others: what the objects of the request are that are not images.
    """

    def __init__(self, what: str, done: str) -> None:
        """Begin without any.

        Args:
            what: the task works on, "series" or "image".
            done: to it, "segmented" or "classified".
        """
        self._what = what
        self._done = done
        self._list: list[tuple[Subject, str]] = []
        self._faults = 0
        self.others: list[str] = []

    def __bool__(self) -> bool:
        return bool(self._list)

    @contextmanager
    def of(self, subject: Subject) -> Iterator[None]:
        """Work on a part of the request; whatever is raised refuses it, and the rest goes on."""
        try:
            yield
        except Exception as error:
            self.add(subject, reason_of(error, f"it can't be {self._done}"))

    def add_files(
        self, files: Sequence[Unreadable], study_uid: str, modalities: Modalities
    ) -> None:
        """Refuse files that can't be read.

        Args:
            study_uid: a study of the request, for files of which not even that is known.
            modalities: that the model takes; a file of another is refused for that alone.
        """
        for file in files:
            series, instance = file.series_uid or None, file.instance_uid or None
            known = Subject(file.study_uid, series, instance if series else None)
            other = modalities.refusal(file.modality)
            subject = known if file.study_uid else Subject(study_uid)
            self.add(subject, other or file.why, is_fault=other is None)

    def add(self, subject: Subject, why: str, is_fault: bool = True) -> None:
        """Refuse a study, series or instance.

        Args:
            why: may end with a full stop.
            is_fault: False where nothing is wrong with it: the model is for other images.
        """
        self._faults += is_fault
        logger.warning("%s is not %s: %s", subject, self._done, why)
        self._list.append((subject, why.rstrip(".")))

    def answers(self) -> list[Answer]:
        """For each NONE with the reason as its note."""
        return [nothing(subject, f"Not {self._done}: {why}.") for subject, why in self._list]

    @property
    def is_answer(self) -> bool:
        """Whether the refusals are an answer by themselves: some, and none for a fault."""
        return bool(self._list) and self._faults == 0

    def error(self) -> DeployError:
        """That the request has nothing to work on, with all of the reasons."""
        reasons = [f"{s}: {why}" if s.study_uid else why for s, why in self._list]
        return DeployError(
            f"The request has no {self._what} that can be {self._done}: "
            + ("; ".join(reasons) or f"none of its files is a DICOM image{self._there_are()}")
            + "."
        )

    def _there_are(self) -> str:
        """What the files are instead."""
        counts = [
            name if number == 1 else f"{number} times {name}"
            for name, number in Counter(self.others).items()
        ]
        return f", but {', '.join(counts)}" if counts else ""
