"""What an annotation covers of its image, from each form of ``data`` that MD.ai is known to have.

==================================  ========================================================
``{x, y}``                          a point
``{x, y, width, height}``           a box
``{cx, cy, rx, ry}``                an ellipse
``{vertices}``                      a freeform, polygon or line: ``[[x, y], …]``. One vertex is a
                                    point, two are a line, more the area that they enclose
``{foreground, background}``        a mask that was drawn: lists of polygons
``{mask}``                          a mask as answers have it, ``[row][column]``, or as above
==================================  ========================================================

x is the column and y the row; both may be fractions. The centre of a pixel is at whole numbers,
so that (10, 20) is the centre of the pixel in column 10 and row 20, and 10.4 the same pixel. MD.ai
does not publish whether it counts from a pixel's centre or corner; that is half a pixel at most.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Dict, Mapping

import numpy as np

from mmar2mdai_polygons import filled

FURTHEST = 1e6
"""Pixels: a coordinate beyond this is none."""

NEAR = 1.0
"""Pixels by which a place may be off the image and still be taken for its border."""

MOST_VERTICES = 100_000
"""Vertices of an annotation; more are no drawing, and take long to fill."""

KEYS_SHOWN = 60
"""Characters of the names of the keys of a form that is not known."""

Data = Dict[str, Any]


class NotUsed(Exception):
    """An annotation can't be used; the text says what it is, as in "2 are …"."""


@dataclass(frozen=True)
class Drawn:
    """What an annotation covers of its image, each place as column and row.

    Attributes:
        points: (n, 2) the place of a point, the ends of a line, or the centres of all pixels of
            an area.
        middle: (2,) a place that lies well inside.
        is_area: whether it has an inside.
    """

    points: np.ndarray
    middle: np.ndarray
    is_area: bool


def read_drawn(data: object, shape: tuple[int, int]) -> Drawn:
    """What an annotation covers.

    Args:
        shape: (rows, columns) of its image.

    Raises:
        NotUsed: When it covers nothing of it, or its form is not known.
    """
    if not isinstance(data, dict) or not data:
        raise NotUsed("without a place in the image")
    try:
        drawn = _read(data, shape)
    except (ValueError, TypeError, OverflowError) as error:
        raise NotUsed(f"of a form that is not known ({_keys(data)})") from error
    return drawn


def is_mask(data: object) -> bool:
    """Whether an annotation is a mask, as answers are."""
    return isinstance(data, dict) and not {"mask", "foreground"}.isdisjoint(data)


def _read(data: Data, shape: tuple[int, int]) -> Drawn:
    if isinstance(data.get("mask"), dict):
        data = data["mask"]
    if data.get("mask") is not None:
        return _area(_array(data["mask"], shape))
    if data.get("foreground") is not None:
        return _area(_polygons(data, "foreground", shape) & ~_polygons(data, "background", shape))
    if data.get("vertices") is not None:
        return _vertices(np.array([_pair(vertex) for vertex in _short(data["vertices"])]), shape)
    if data.get("rx") is not None:
        return _ellipse(_numbers(data, "cx", "cy", "rx", "ry"), shape)
    if data.get("width") or data.get("height"):
        x, y, width, height = _numbers(data, "x", "y", "width", "height")
        corners = [(x, y), (x + width, y), (x + width, y + height), (x, y + height)]
        return _vertices(np.array(corners), shape)
    return _vertices(np.array([_numbers(data, "x", "y")]), shape)


def _vertices(points: np.ndarray, shape: tuple[int, int]) -> Drawn:
    """A point, a line or an area, by how many vertices there are."""
    if len(points) > 2:
        covered = filled([points], shape)
        if covered.any():
            return _area(covered)
        points = points.mean(axis=0, keepdims=True)  # it lies between the centres of pixels
    elif not len(points):
        raise ValueError("no vertices")
    middle = _on_image(points.mean(axis=0), shape)
    return Drawn(np.array([_on_image(point, shape) for point in points]), middle, False)


def _ellipse(numbers: list[float], shape: tuple[int, int]) -> Drawn:
    cx, cy, rx, ry = numbers
    turns = np.linspace(0, 2 * np.pi, 180, endpoint=False)
    outline = np.stack([cx + rx * np.cos(turns), cy + ry * np.sin(turns)], axis=1)
    return _vertices(outline, shape)


def _area(covered: np.ndarray) -> Drawn:
    """The pixels of a mask.

    Args:
        covered: (rows, columns) bool.
    """
    if not covered.any():
        raise NotUsed("off the image, or empty")
    points = np.argwhere(covered)[:, ::-1].astype(float)
    return Drawn(points, _deepest(covered), True)


def _deepest(covered: np.ndarray) -> np.ndarray:
    """(2,) column and row of the pixel that is furthest from a mask's outline, in steps to its
    neighbours; of several the one that is nearest to the mask's middle.
    """
    places = np.argwhere(covered)
    low, high = places.min(axis=0), places.max(axis=0) + 1
    inner = np.pad(covered[low[0] : high[0], low[1] : high[1]], 1)
    while inner.any():
        deepest = inner
        inner = inner.copy()
        for axis in (0, 1):
            inner &= np.roll(deepest, 1, axis) & np.roll(deepest, -1, axis)
    kept = np.argwhere(deepest) - 1 + low
    near = np.abs(kept - places.mean(axis=0)).sum(axis=1)
    found: np.ndarray = kept[int(near.argmin())][::-1].astype(float)
    return found


def _array(mask: object, shape: tuple[int, int]) -> np.ndarray:
    covered = np.asarray(mask, dtype=np.float32) > 0
    if covered.shape != shape:
        raise NotUsed("masks of another size than their image")
    return covered


def _polygons(data: Data, key: str, shape: tuple[int, int]) -> np.ndarray:
    """(rows, columns) bool: what lies in the polygons of a key."""
    listed = _short(data.get(key) or [])
    polygons = [np.array([_pair(one) for one in _short(polygon)]) for polygon in listed]
    return filled([polygon for polygon in polygons if len(polygon)], shape)


def _short(values: object) -> list[object]:
    """A list that is no longer than a drawing's."""
    if not isinstance(values, (list, tuple)) or len(values) > MOST_VERTICES:
        raise ValueError("not a list, or too long")
    return list(values)


def _pair(vertex: object) -> list[float]:
    if isinstance(vertex, dict):
        return _numbers(vertex, "x", "y")
    if not isinstance(vertex, (list, tuple)) or len(vertex) != 2:
        raise ValueError("not a pair")
    return [_number(vertex[0]), _number(vertex[1])]


def _numbers(data: Mapping[Any, Any], *names: str) -> list[float]:
    return [_number(data.get(name)) for name in names]


def _number(value: object) -> float:
    """A coordinate.

    Raises:
        ValueError: When it is none.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError("not a number")
    if not math.isfinite(value) or abs(value) > FURTHEST:
        raise ValueError("not a number of pixels")
    return float(value)


def _on_image(point: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """A place, moved to the border where it is just beyond.

    Raises:
        NotUsed: When it is further off.
    """
    last = np.array([shape[1] - 1, shape[0] - 1], float)
    if (point < -0.5 - NEAR).any() or (point > last + 0.5 + NEAR).any():
        raise NotUsed("off the image, or empty")
    placed: np.ndarray = np.clip(point, 0, last)
    return placed


def _keys(data: Mapping[Any, Any]) -> str:
    """The names of a form's keys, for a note."""
    names = ", ".join(sorted(str(key)[:20] for key in list(data)[:8]))
    return names[:KEYS_SHOWN]
