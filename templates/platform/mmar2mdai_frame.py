"""The frame of predict(): what every task does around its own work."""

from __future__ import annotations

import logging
import tempfile
from pathlib import Path
from typing import Any, Callable

from mmar2mdai_answers import Answer, Subject, nothing
from mmar2mdai_errors import DeployError
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
        DeployError: When the task does, or the folder's files can't be kept.
    """
    request = read_request(data)
    try:
        with tempfile.TemporaryDirectory(prefix="mmar2mdai-") as name:
            return task(request, Path(name))
    except OSError as error:
        raise DeployError(f"The request's temporary files can't be kept: {error}") from error


class Refusals:
    """What of a request the task can't work on, and why; what it can is answered all the same."""

    def __init__(self, what: str, done: str) -> None:
        """Begin without any.

        Args:
            what: the task works on, "series" or "image".
            done: to it, "segmented" or "classified".
        """
        self._what = what
        self._done = done
        self._list: list[tuple[Subject, str]] = []

    def add(self, subject: Subject, why: str) -> None:
        """Refuse a study, series or instance. The reason may end with a full stop."""
        logger.warning("%s is not %s: %s", subject, self._done, why)
        self._list.append((subject, why.rstrip(".")))

    def answers(self) -> list[Answer]:
        """For each NONE with the reason as its note."""
        return [nothing(subject, f"Not {self._done}: {why}.") for subject, why in self._list]

    def error(self) -> DeployError:
        """That the request has nothing to work on, with all of the reasons."""
        reasons = [f"{subject}: {why}" for subject, why in self._list]
        return DeployError(
            f"The request has no {self._what} that can be {self._done}: "
            + ("; ".join(reasons) or "none of its files is a DICOM image")
            + "."
        )
