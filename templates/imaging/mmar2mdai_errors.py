"""The exceptions of the deploy code. Their text is shown to the user."""

from __future__ import annotations

import logging

logger = logging.getLogger("model")

TEXT_SHOWN = 300
"""Characters of an unexpected error's text that are shown."""


class DeployError(Exception):
    """The bundle or a run can't give an answer; the text says what is wrong and where."""


class Refused(DeployError):
    """A part of a request can't be answered; its others may be."""


class StudyRefused(Refused):
    """A study lacks images that the network takes; other studies may have them."""


class SeriesRefused(Refused):
    """A series can't be made into volumes without guessing; other series still may."""


class InstanceRefused(Refused):
    """An instance can't be read, or is not what its header says; others still may be."""


def reason_of(error: Exception, what: str) -> str:
    """Why a part of a request is not answered, in one sentence.

    A DeployError says so itself. Any other was foreseen by nobody: it is logged with its
    traceback, and the sentence is ``what`` with the error's own text.
    """
    if isinstance(error, DeployError):
        return str(error)
    logger.warning("%s", what, exc_info=error)
    text = " ".join(str(error).split())
    return f"{what} ({type(error).__name__}{': ' if text else ''}{text[:TEXT_SHOWN]})"
