"""The bundle's own MDAIModel, asked as MD.ai's server asks it."""

from __future__ import annotations

import importlib
import sys
import time
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable

from mmar2mdai_run.choose import Chosen
from mmar2mdai_run.protocol import RunError

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

DICOM = "application/dicom"
LINES = 30
"""Lines of a traceback that are shown: the last ones, which say what failed."""


@dataclass(frozen=True)
class Answered:
    """What the model said to one request.

    Attributes:
        answers: as predict() gave it, of any kind.
        error: the exception's text where it raised, as MD.ai shows it.
        seconds: how long predict() took.
    """

    answers: Any
    error: str | None
    seconds: float


class Model:
    """A bundle's model, loaded once."""

    def __init__(self, bundle: Path) -> None:
        """Import mdai_deploy and make its MDAIModel.

        Raises:
            RunError: When either raises.
        """
        code = bundle / ".mdai"
        if not (code / "mdai_deploy.py").is_file():
            raise RunError("input", f"{bundle} has no .mdai/mdai_deploy.py.")
        # What MD.ai's server puts on the path, in its order.
        sys.path[:0] = [str(code), str(bundle)]
        start = time.monotonic()
        try:
            self._model: Any = importlib.import_module("mdai_deploy").MDAIModel()
        except Exception as error:
            raise RunError("model", f"MDAIModel() raised {_named(error)}", _trace()) from error
        self.seconds = time.monotonic() - start

    def ask(self, request: Callable[[], dict[str, Any]]) -> Answered:
        """Ask for one request; what predict() raises is part of the answer."""
        data = request()
        start = time.monotonic()
        try:
            answers = self._model.predict(data)
        except Exception as error:
            for line in _trace():
                print(line, file=sys.stderr)
            return Answered(None, _named(error), time.monotonic() - start)
        return Answered(answers, None, time.monotonic() - start)


def request_of(
    chosen: Chosen,
    annotations: list[dict[str, Any]],
    label_classes: list[dict[str, Any]],
    args: dict[str, Any],
) -> dict[str, Any]:
    """A request in the form that MD.ai's server gives to predict()."""
    return {
        "files": [{"content": file.read(), "content_type": DICOM} for file in chosen.files],
        "annotations": annotations,
        "label_classes": label_classes,
        "args": args,
    }


def label_classes_of(classes: list[dict[str, Any]], task: str, scope: str) -> list[dict[str, Any]]:
    """The labels that a user of MD.ai would have mapped to the model's classes."""
    local = task != "classification"
    return [
        {
            "class_index": one["class_index"],
            "label": {
                "id": f"L_{one['class_index']}",
                "name": one["name"],
                "short_name": one["name"],
                "description": "",
                "type": "LOCAL" if local else "GLOBAL",
                "scope": "INSTANCE" if local else scope,
                "annotation_mode": "mask" if local else None,
                "parent_id": None,
            },
        }
        for one in classes
    ]


def peak_memory() -> int | None:
    """Bytes that this process, or the largest that it started, held at most, if that is known."""
    if resource is None:
        return None
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    unit = 1 if sys.platform == "darwin" else 1024
    return max(resource.getrusage(kind).ru_maxrss for kind in kinds) * unit


def versions() -> dict[str, str]:
    """What the model ran on."""
    found = {"python": sys.version.split()[0]}
    for name in ("torch", "monai", "numpy", "pydicom"):
        module = sys.modules.get(name)
        if module is not None:
            found[name] = str(getattr(module, "__version__", "?"))
    return found


def _named(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def _trace() -> list[str]:
    return traceback.format_exc().rstrip().split("\n")[-LINES:]
