"""MD.ai's request, typed.

Source: mdai/server.py of MD.ai's public model-deploy repository (API 0.3), which hands predict()
what it unpacks. A key may be there or not, and MD.ai's own client, run locally, sends no
``label_classes``.
"""

from __future__ import annotations

import logging
from typing import Any, Iterator, TypedDict, cast

from mmar2mdai_errors import DeployError

logger = logging.getLogger("model")

DICOM = "application/dicom"
"""Content type of a DICOM file; a request may have files of others."""


ANNOTATION_TEXTS = ("id", "label_id", "study_uid", "series_uid", "instance_uid", "parent_id")
LABEL_TEXTS = (
    "id",
    "name",
    "type",
    "scope",
    "annotation_mode",
    "short_name",
    "description",
    "parent_id",
)
"""The keys of an annotation and of a label whose values are texts."""


class File(TypedDict, total=False):
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


def read_request(data: object) -> Request:
    """The request with all of its keys, each of its type.

    Annotations and labels of the model that are of another type are left out, and so are their
    parts. Whether a file can be read is seen where it is read.

    Args:
        data: what the server gives to predict().

    Raises:
        DeployError: When it has no list of files.
    """
    given = data if isinstance(data, dict) else {}
    if not isinstance(given.get("files"), list):
        raise DeployError("The request has no list of files.")
    annotations = [_annotation(one) for one in _dicts(given, "annotations")]
    classes = [_label_class(one) for one in _dicts(given, "label_classes")]
    args = given.get("args")
    named = args.items() if isinstance(args, dict) else ()
    return {
        "files": _dicts(given, "files"),
        "annotations": annotations,
        "label_classes": classes,
        "args": {name: value for name, value in named if isinstance(name, str)},
    }


def dicom_files(request: Request) -> Iterator[tuple[str, object]]:
    """What to call each of the DICOM files in an error, and what should be its bytes."""
    for number, file in enumerate(request["files"], 1):
        if file.get("content_type") == DICOM:
            yield f"File {number} of the request", file.get("content")


def _dicts(given: dict[Any, Any], name: str) -> list[Any]:
    """The items of a list, an empty one in the place of each that is not a dict."""
    value = given.get(name)
    if value is None:
        return []
    items = value if isinstance(value, list) else [value]
    wrong = sum(not isinstance(item, dict) for item in items)
    if wrong:
        logger.warning("%d of the request's %s are not objects, and not used", wrong, name)
    return [item if isinstance(item, dict) else {} for item in items]


def _annotation(given: dict[Any, Any]) -> Annotation:
    found: dict[str, object] = {
        name: given[name] for name in ANNOTATION_TEXTS if _has(given, name, str)
    }
    number = given.get("frame_number")
    if isinstance(number, float) and number.is_integer():
        number = int(number)  # JSON knows no whole numbers
    if isinstance(number, int) and not isinstance(number, bool):
        found["frame_number"] = number
    found["data"] = given.get("data")
    return cast(Annotation, found)


def _label_class(given: dict[Any, Any]) -> LabelClass:
    found: LabelClass = {}
    if _has(given, "class_index", int):
        found["class_index"] = given["class_index"]
    label = given.get("label")
    if isinstance(label, dict):
        texts = {name: label[name] for name in LABEL_TEXTS if _has(label, name, str)}
        found["label"] = cast(Label, texts)
    return found


def _has(given: dict[Any, Any], name: str, kind: type) -> bool:
    value = given.get(name)
    return isinstance(value, kind) and not isinstance(value, bool)
