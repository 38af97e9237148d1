"""What the command and this process say to each other: JSON, an object a line."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO


class RunError(Exception):
    """Why there is no result, in a sentence for the user.

    Attributes:
        kind: ``input``: what the user named; ``choice``: more than one thing fits, and ``details``
            lists them; ``model``: the model raised; ``machine``: disk or memory.
        details: lines that say more.
    """

    def __init__(self, kind: str, message: str, details: list[str] | None = None) -> None:
        super().__init__(message)
        self.kind = kind
        self.details = details or []


@dataclass(frozen=True)
class Order:
    """What to run, on what.

    Attributes:
        bundle: the bundle's folder, with .mdai in it.
        inputs: DICOM files, folders of them, and zips.
        out: an empty folder that takes the results.
        name: what to call the model in files.
        scope: INSTANCE, SERIES or STUDY: what one request holds.
        series: numbers, UIDs or descriptions of the series to run; all of them with "all".
        classes: ``{class_index, name, value}`` of config_mdai.json.
        annotations: as a request has them.
        clicks: ``{x, y, image, background}`` of `mmar2mdai_run.clicks.Click`.
        args: as a request has them.
        label: NIfTI file of the true label map, or None.
        limit: most voxels that the report's volumes may have together.
        page_bytes: most bytes that they may take together, compressed.
    """

    bundle: Path
    inputs: list[Path]
    out: Path
    name: str
    scope: str
    series: list[str] = field(default_factory=list)
    classes: list[dict[str, Any]] = field(default_factory=list)
    annotations: list[dict[str, Any]] = field(default_factory=list)
    clicks: list[dict[str, Any]] = field(default_factory=list)
    args: dict[str, Any] = field(default_factory=dict)
    label: Path | None = None
    limit: int = 20_000_000
    page_bytes: int = 14_000_000


def read_order(stream: TextIO) -> Order:
    """The order on a stream."""
    raw = json.load(stream)
    label = raw.pop("label", None)
    return Order(
        bundle=Path(raw.pop("bundle")),
        inputs=[Path(path) for path in raw.pop("inputs")],
        out=Path(raw.pop("out")),
        label=None if label is None else Path(label),
        **raw,
    )


class Reporter:
    """Writes events to what was stdout; whatever else prints goes to stderr."""

    def __init__(self) -> None:
        """Take stdout away from everything else in this process, the model's code included."""
        self._stream = os.fdopen(os.dup(1), "w", encoding="utf-8")
        os.dup2(2, 1)
        sys.stdout = sys.stderr

    def progress(self, step: str, done: int | None = None, of: int | None = None) -> None:
        """Say what is being done now."""
        self._write({"event": "progress", "step": step, "done": done, "of": of})

    def result(self, result: dict[str, Any]) -> None:
        """Say what came out. It is the last event."""
        self._write({"event": "result", "result": result})

    def error(self, error: RunError) -> None:
        """Say why nothing came out. It is the last event."""
        details = {"kind": error.kind, "message": str(error), "details": error.details}
        self._write({"event": "error", **details})

    def _write(self, event: dict[str, Any]) -> None:
        self._stream.write(json.dumps(event, allow_nan=False) + "\n")
        self._stream.flush()
