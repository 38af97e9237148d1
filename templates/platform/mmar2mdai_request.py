"""MD.ai's request, typed.

Source: mdai/server.py of MD.ai's public model-deploy repository (API 0.3), which hands predict()
what it unpacks. A key may be there or not, and MD.ai's own client, run locally, sends no
``label_classes``.
"""

from __future__ import annotations

from typing import Any, Iterator, TypedDict

DICOM = "application/dicom"
"""Content type of a DICOM file; a request may have files of others."""


class File(TypedDict):
    """A file as bytes."""

    content: bytes
    content_type: str


class Annotation(TypedDict, total=False):
    """An annotation that was made before.

    ``data`` depends on the label's annotation mode and comes as it was stored; what uses it has
    to look at it first. The UIDs below the label's scope, and ``frame_number``, may be None.
    """

    id: str
    label_id: str
    study_uid: str
    series_uid: str | None
    instance_uid: str | None
    frame_number: int | None
    data: object
    parent_id: str | None


class Label(TypedDict, total=False):
    """A label of the project; ``type`` is GLOBAL or LOCAL, ``scope`` INSTANCE, SERIES or STUDY."""

    id: str
    name: str
    type: str
    scope: str
    annotation_mode: str
    short_name: str
    description: str
    parent_id: str | None


class LabelClass(TypedDict, total=False):
    """The label that a class of the model is mapped to."""

    class_index: int
    label: Label


class Request(TypedDict):
    """What predict() is asked.

    Attributes:
        files: with scope INSTANCE one, with SERIES and STUDY all of the series or study.
        args: what the user passes on; any values.
    """

    files: list[File]
    annotations: list[Annotation]
    label_classes: list[LabelClass]
    args: dict[str, object]


def read_request(data: dict[str, Any]) -> Request:
    """The request with all of its keys.

    Args:
        data: what the server gives to predict().

    Raises:
        KeyError: When it has no files.
    """
    args = data.get("args")
    return {
        "files": data["files"],
        "annotations": data.get("annotations") or [],
        "label_classes": data.get("label_classes") or [],
        "args": args if isinstance(args, dict) else {},
    }


def dicom_files(request: Request) -> Iterator[tuple[str, bytes]]:
    """What to call each of the DICOM files in an error, and its bytes."""
    for number, file in enumerate(request["files"], 1):
        if file.get("content_type") == DICOM:
            yield f"File {number} of the request", file["content"]
