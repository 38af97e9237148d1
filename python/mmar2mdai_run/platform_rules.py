"""What MD.ai's server refuses in an answer, and what its pages can't show.

Source: mdai/validation.py of MD.ai's public model-deploy repository (API 0.3). It compares
``type(x)``: a subclass of str, a NumPy number and a bool where a number belongs are refused.
"""

from __future__ import annotations

from typing import Any, Callable, Mapping

NEEDED = {
    "NONE": ("study_uid",),
    "TEXT": ("study_uid",),
    "ANNOTATION": ("study_uid", "class_index"),
    "IMAGE": ("study_uid", "class_index", "images"),
    "DICOM": ("study_uid", "class_index", "images"),
}

SHAPES = (
    {"x", "y"},
    {"x", "y", "width", "height"},
    {"vertices"},
    {"mask"},
    {"start_frame_number", "end_frame_number"},
)
"""The keys that ``data`` may have together."""


def _exactly(*kinds: type) -> Callable[[Any], bool]:
    return lambda value: value is None or type(value) in kinds


def _is_note(value: Any) -> bool:
    if value is None or type(value) is str:
        return True
    return (
        type(value) is dict
        and set(value) <= {"input", "output"}
        and all(type(text) is str for text in value.values())
    )


VALUES: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "type": (
        lambda value: type(value) is str and value in NEEDED,
        f"must be one of {', '.join(NEEDED)}",
    ),
    "study_uid": (lambda value: type(value) is str, "must be a str"),
    "series_uid": (_exactly(str), "must be a str"),
    "instance_uid": (_exactly(str), "must be a str"),
    "frame_number": (_exactly(int), "must be an int"),
    "video_frame_number": (_exactly(int), "must be an int"),
    "class_index": (lambda value: type(value) is int, "must be an int"),
    "probability": (_exactly(float, list), "must be a float or a list"),
    "note": (_is_note, "must be a text"),
    "explanations": (_exactly(list), "must be a list"),
    "images": (_exactly(list), "must be a list"),
}


def problems_of(answers: Any) -> list[str]:
    """What the server would refuse, each with the answer's number from 1; empty if nothing."""
    if type(answers) is not list:
        return [f"The answer must be a list instead of a {type(answers).__name__}."]
    problems: list[str] = []
    for number, answer in enumerate(answers, 1):
        problems += [f"Answer {number}: {problem}." for problem in _problems(answer)]
    return problems


def _problems(answer: Any) -> list[str]:
    if type(answer) is not dict:
        return [f"must be a dict instead of a {type(answer).__name__}"]
    found = [
        f"{key} {rule}, and is {_shown(answer[key])}"
        for key, (holds, rule) in VALUES.items()
        if key in answer and not holds(answer[key])
    ]
    kind = answer.get("type")
    for key in NEEDED.get(kind, ("type",)) if type(kind) is str else ("type",):
        if answer.get(key) is None:
            found.append(f"{key} is missing")
    known = {*VALUES, "data"}
    found += [f"{key!r} is not a key that MD.ai knows" for key in answer if key not in known]
    return found + _data_problems(answer.get("data"))


def _data_problems(data: Any) -> list[str]:
    if data is None:
        return []
    if type(data) is not dict or set(data) not in SHAPES:
        keys = ", ".join(map(str, data)) if type(data) is dict else type(data).__name__
        return [f"data must be a point, box, vertices, mask or range of frames, and is {keys}"]
    if "mask" in data:
        return _mask_problems(data["mask"])
    if "vertices" in data:
        vertices = data["vertices"]
        if type(vertices) is not list or any(
            type(point) is not list or len(point) != 2 or not _are(point, int, float)
            for point in vertices
        ):
            return ["data.vertices must be a list of [x, y]"]
        return []
    return [] if _are(data.values(), int) else ["the numbers of data must be ints"]


def _mask_problems(rows: Any) -> list[str]:
    if type(rows) is not list or not rows or any(type(row) is not list for row in rows):
        return ["data.mask must be a list of rows"]
    width = len(rows[0])
    if width == 0 or any(len(row) != width for row in rows):
        return ["the rows of data.mask must be of one length"]
    kinds = {kind for row in rows for kind in set(map(type, row))}
    if not kinds <= {int, float}:
        names = ", ".join(sorted(kind.__name__ for kind in kinds - {int, float}))
        return [f"data.mask must hold ints or floats, and holds {names}"]
    return []


def _are(values: Any, *kinds: type) -> bool:
    return all(type(value) in kinds for value in values)


def _shown(value: Any) -> str:
    text = repr(value)
    return f"{type(value).__name__} {text[:40]}{'…' if len(text) > 40 else ''}"
