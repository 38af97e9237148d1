"""What a model that is clicked is asked of a request's annotations, and what it answers."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, Callable, Iterator

import numpy as np
import pytest
from pydicom.uid import generate_uid

import bundles
import clicked
import pointing
from answers import masks
from clicked import click, label_class, mark
from conftest import Deployed
from dicom_files import Files, Stack, request, write_enhanced, write_series

SHAPE = (6, 14, 17)
STACK = Stack(SHAPE)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("clicked")
    with bundles.standin({}, folder):
        yield folder


class Model(Deployed):
    """A bundle whose engine shows what it was asked."""

    def ask(self, files: Any, *annotations: Any, **more: Any) -> list[dict[str, Any]]:
        """The answers, and `asked`: the items of this request."""
        sent = request(*files) if isinstance(files, list) else request(files)
        sent["annotations"] = list(annotations)
        sent.update(more)
        engine = sys.modules["mmar2mdai_engine"]
        engine.ASKED.clear()  # type: ignore[attr-defined]
        answers = self(sent)
        self.asked = list(engine.ASKED)  # type: ignore[attr-defined]
        return answers


@pytest.fixture
def model(place: Path, tmp_path: Path) -> Callable[..., Model]:
    """model(clicks, what the engine does, changes of config_mdai.json) -> Model."""

    def get(clicks: dict[str, Any], does: str = "", **changes: Any) -> Model:
        config = clicked.config_of(clicks, **changes)
        config["engine"]["does"] = does
        home = tmp_path / f"bundle-{len(list(tmp_path.iterdir()))}"
        made = clicked.make_bundle(home, config, engine=None, engine_code=pointing.ENGINE)
        return Model(made, place)

    return get


@pytest.fixture
def grow(model: Callable[..., Model]) -> Model:
    return model(clicked.DEEPGROW)


@pytest.fixture
def grow_2d(model: Callable[..., Model]) -> Model:
    return model(clicked.DEEPGROW_2D)


@pytest.fixture
def extremes(model: Callable[..., Model]) -> Model:
    return model(clicked.EXTREME_POINTS)


def series(**more: Any) -> Files:
    return write_series(np.arange(np.prod(SHAPE)).reshape(SHAPE) % 300, STACK, **more)


def note(answers: list[dict[str, Any]]) -> str:
    """The note of the only answer, a NONE."""
    (answer,) = answers
    assert answer["type"] == "NONE"
    return answer["note"]


def clicks_of(item: Any) -> tuple[Any, Any]:
    return item.extras["foreground"], item.extras["background"]


# ------------------------------------------------------------------ forms of data

FORMS = {
    "point": ({"x": 9, "y": 4}, [9, 4]),
    "fraction": ({"x": 8.6, "y": 4.4}, [9, 4]),
    "half": ({"x": 8.5, "y": 3.5}, [9, 4]),
    "just beyond": ({"x": 17.0, "y": -0.9}, [16, 0]),
    "box": ({"x": 6, "y": 2, "width": 6, "height": 4}, [9, 4]),
    "box drawn backwards": ({"x": 12, "y": 6, "width": -6, "height": -4}, [9, 4]),
    "box without size": ({"x": 9, "y": 4, "width": 0, "height": 0}, [9, 4]),
    "flat box": ({"x": 6, "y": 4.3, "width": 6, "height": 0.2}, [9, 4]),
    "ellipse": ({"cx": 9, "cy": 4, "rx": 4.2, "ry": 2.2}, [9, 4]),
    "small ellipse": ({"cx": 9.3, "cy": 4.3, "rx": 0.2, "ry": 0.1}, [9, 4]),
    "one vertex": ({"vertices": [[9, 4]]}, [9, 4]),
    "line": ({"vertices": [[6, 2], [12, 6]]}, [9, 4]),
    "polygon": ({"vertices": [[6, 2], [12, 2], [12, 6], [6, 6]]}, [9, 4]),
    "closed polygon": ({"vertices": [[6, 2], [12, 2], [12, 6], [6, 6], [6, 2]]}, [9, 4]),
    "vertices as objects": ({"vertices": [{"x": 9, "y": 4}]}, [9, 4]),
    "drawn mask": ({"foreground": [[[6, 2], [12, 2], [12, 6], [6, 6]]], "background": []}, [9, 4]),
    "drawn mask, nested": (
        {"mask": {"foreground": [[[6, 2], [12, 2], [12, 6], [6, 6]]]}},
        [9, 4],
    ),
    "drawn mask with a hole": (
        {
            "foreground": [[[5, 2], [13, 2], [13, 6], [5, 6]]],
            "background": [[[5, 2], [6, 2], [6, 6], [5, 6]], [[12, 2], [13, 2], [13, 6], [12, 6]]],
        },
        [9, 4],
    ),
    "mask": (
        {"mask": [[int(6 <= x <= 12 and 2 <= y <= 6) for x in range(17)] for y in range(14)]},
        [9, 4],
    ),
}


@pytest.mark.parametrize("form", FORMS)
def test_each_form_is_a_click_in_its_middle(grow: Model, form: str) -> None:
    data, (x, y) = FORMS[form]
    files = series()
    answers = grow.ask(files, mark(files, 2, data))
    assert [clicks_of(item) for item in grow.asked] == [([[x, y, 2]], [])]
    found = masks(answers, files, SHAPE)[0]
    assert found[2, y, x]
    assert np.flatnonzero(found.any(axis=(1, 2))).tolist() == [2]
    assert all("note" not in answer for answer in answers)


def test_a_click_in_an_area_lies_in_it(grow: Model) -> None:
    """A U has its middle outside."""
    files = series()
    outline = [[2, 1], [4, 1], [4, 8], [12, 8], [12, 1], [14, 1], [14, 11], [2, 11]]
    grow.ask(files, mark(files, 1, {"vertices": outline}))
    ((((x, y, _),), _),) = [clicks_of(item) for item in grow.asked]
    assert 9 <= y <= 10 and 3 <= x <= 13


UNKNOWN: list[Any] = [
    {"x": "9", "y": 4},
    {"x": 9},
    {"x": True, "y": 4},
    {"x": float("nan"), "y": 4},
    {"x": float("inf"), "y": 4},
    {"x": 10**400, "y": 4},
    {"x": 1e300, "y": 4},
    {"vertices": []},
    {"vertices": "abc"},
    {"vertices": [[1, 2, 3]]},
    {"vertices": [[1, 2], None]},
    {"vertices": [1, 2]},
    {"vertices": {"x": 1}},
    {"foreground": 3},
    {"foreground": [[1, 2]]},
    {"mask": "abc"},
    {"mask": [[1, 2], [3]]},
    {"cx": 1, "cy": 2, "rx": None, "ry": 3, "r": 4},
    {"start_frame_number": 1, "end_frame_number": 4},
    {"points": [1, 2]},
]


@pytest.mark.parametrize("data", UNKNOWN, ids=lambda data: repr(data)[:40])
def test_forms_that_are_not_known_are_told(grow: Model, data: Any) -> None:
    files = series()
    said = note(grow.ask(files, mark(files, 2, data)))
    assert "Not used of the annotations: 1 of a form that is not known" in said
    assert "Draw a point on the object" in said
    answers = grow.ask(files, mark(files, 2, data), click(files, (3, 4, 5)))
    assert masks(answers, files, SHAPE)[0][3, 4, 5]
    assert all("1 of a form that is not known" in answer["note"] for answer in answers)


TOLD = {
    "off the image, or empty": {"x": 40, "y": 4},
    "without a place in the image": None,
    "masks of another size than their image": {"mask": [[1, 0], [0, 1]]},
}


@pytest.mark.parametrize("why", TOLD)
def test_what_can_not_be_used_is_told(grow: Model, why: str) -> None:
    files = series()
    assert f"1 {why}" in note(grow.ask(files, mark(files, 2, TOLD[why])))


def test_an_empty_mask_is_told(grow: Model) -> None:
    files = series()
    empty = {"mask": np.zeros(SHAPE[1:], int).tolist()}
    off = {"vertices": [[50, 50], [60, 50], [60, 60]]}
    said = note(grow.ask(files, mark(files, 2, empty), mark(files, 2, off)))
    assert "2 off the image, or empty" in said


# ------------------------------------------------------------------ where they lie


def test_annotations_elsewhere_are_told(grow: Model) -> None:
    files, other = series(), series()
    elsewhere = [
        click(other, (1, 2, 3)),
        click(other, (2, 2, 3)),
        {**click(files, (1, 2, 3)), "instance_uid": None},
        {"data": {"x": 1, "y": 2}},
        {},
    ]
    said = note(grow.ask(files, *elsewhere))
    assert "2 on images that are not in the request" in said
    assert "3 on no image" in said
    answers = grow.ask(files, *elsewhere, click(files, (3, 4, 5)))
    assert len(answers) == 1
    assert "2 on images that are not in the request" in answers[0]["note"]


def test_only_series_with_clicks_are_answered(grow: Model) -> None:
    study = generate_uid()
    one, two = series(study=study), series(study=study)
    answers = grow.ask([one, two], click(two, (1, 7, 8)))
    assert {answer["series_uid"] for answer in answers} == {two.series_uid}
    assert len(grow.asked) == 1
    answers = grow.ask([one, two])
    assert [answer["series_uid"] for answer in answers] == [one.series_uid, two.series_uid]
    for answer in answers:
        assert answer["type"] == "NONE"
        assert answer["note"].startswith("Not segmented: none of the request's annotations marks")


def test_slices_are_those_of_the_instances_however_they_are_sent(grow: Model) -> None:
    stack = Stack(SHAPE, step=(0.0, 0.0, -2.5))
    files = write_series(np.zeros(SHAPE, np.int16), stack)
    files.contents.reverse()
    answers = grow.ask(files, click(files, (1, 4, 9)))
    assert clicks_of(grow.asked[0]) == ([[9, 4, 4]], [])
    assert masks(answers, files, SHAPE)[0][1, 4, 9]


def test_a_tilted_gantry_moves_clicks_as_it_moves_the_pixels(grow: Model) -> None:
    """The mask of a click is on the pixel that was clicked, though the voxel is another."""
    stack = Stack(SHAPE, step=(0.0, 1.7, 2.5))
    files = write_series(np.zeros(SHAPE, np.int16), stack)
    for place in ((0, 6, 9), (3, 6, 9), (5, 6, 9)):
        answers = grow.ask(files, click(files, place))
        ((_, row, _),), _ = clicks_of(grow.asked[0])
        assert abs(row - (6 + 1.7 * place[0] / 1.3)) <= 1
        found = np.argwhere(masks(answers, files, SHAPE)[0])
        assert np.abs(found.mean(axis=0) - place).max() <= 1


def test_an_image_that_is_in_no_volume_is_told(grow: Model) -> None:
    def change(ds: Any, index: int) -> None:
        ds.ImageType = ["ORIGINAL", "PRIMARY", "LOCALIZER"]

    good, scout = series(), series(change=change)
    answers = grow.ask([good, scout], click(scout, (0, 3, 4)), click(good, (1, 3, 4)))
    assert [answer["type"] for answer in answers] == ["ANNOTATION", "NONE"]
    assert "1 on images that are not part of a volume" in answers[0]["note"]
    assert "localizer" in answers[1]["note"]


# ------------------------------------------------------------------ frame numbers


def enhanced() -> Files:
    return write_enhanced(np.zeros(SHAPE, np.int16), STACK)


def frames(answers: list[dict[str, Any]]) -> set[int]:
    return {answer["frame_number"] for answer in answers}


@pytest.mark.parametrize(
    ("numbers", "slices", "doubt"),
    [
        ([0, 2], [0, 2], False),
        ([6, 2], [5, 1], False),
        ([1, 2], [0, 1], True),
        ([0, 5], [0, 5], False),
    ],
)
def test_frame_numbers_count_from_what_fits(
    grow: Model, numbers: list[int], slices: list[int], doubt: bool
) -> None:
    files = enhanced()
    answers = grow.ask(files, *[mark(files, 0, {"x": 5, "y": 6}, frame=n) for n in numbers])
    assert [place[2] for place in clicks_of(grow.asked[0])[0]] == slices
    assert frames(answers) == {index + 1 for index in slices}
    assert ["count from 1" in answer.get("note", "") for answer in answers] == [doubt] * len(
        answers
    )


@pytest.mark.parametrize("first", [0, 1, "0", "1"])
def test_the_request_says_what_frame_numbers_count_from(grow: Model, first: Any) -> None:
    files = enhanced()
    one = mark(files, 0, {"x": 5, "y": 6}, frame=3)
    answers = grow.ask(files, one, args={"first_frame": first})
    assert clicks_of(grow.asked[0])[0] == [[5, 6, 3 - int(first)]]
    assert "note" not in answers[0]


def test_the_bundle_says_what_frame_numbers_count_from(model: Callable[..., Model]) -> None:
    files = enhanced()
    from_zero = model(clicked.DEEPGROW, input={"first_frame": 0})
    from_zero.ask(files, mark(files, 0, {"x": 5, "y": 6}, frame=3))
    assert clicks_of(from_zero.asked[0])[0] == [[5, 6, 3]]
    said = note(from_zero.ask(files, mark(files, 0, {"x": 5, "y": 6}, frame=6)))
    assert "1 on frames that their image does not have" in said


def test_a_multi_frame_image_needs_a_frame_number(grow: Model) -> None:
    files = enhanced()
    said = note(grow.ask(files, mark(files, 0, {"x": 5, "y": 6})))
    assert "1 without a frame number on an image of several frames" in said


@pytest.mark.parametrize("number", [0, 1, 7, None, 3.0, 2.5, "1", True])
def test_a_single_frame_needs_none(grow: Model, number: Any) -> None:
    files = series()
    grow.ask(files, mark(files, 4, {"x": 5, "y": 6}, frame=number))
    assert clicks_of(grow.asked[0])[0] == [[5, 6, 4]]


def test_a_whole_float_is_a_frame_number(grow: Model) -> None:
    files = enhanced()
    grow.ask(files, mark(files, 0, {"x": 5, "y": 6}, frame=6.0))  # type: ignore[arg-type]
    assert clicks_of(grow.asked[0])[0] == [[5, 6, 5]]


# ------------------------------------------------------------------ background


def with_background(files: Files, label: str = "B") -> list[Any]:
    return [click(files, (2, 6, 8)), click(files, (2, 6, 9), label)]


def test_labels_are_background_by_the_request(grow: Model) -> None:
    files = series()
    for named in (["B"], ["b", "Z"], "Z, B"):
        answers = grow.ask(files, *with_background(files), args={"background_labels": named})
        assert [clicks_of(item) for item in grow.asked] == [([[8, 6, 2]], [[9, 6, 2]])]
        assert not masks(answers, files, SHAPE)[0][2, 6, 9]


def test_labels_are_background_by_the_bundle(model: Callable[..., Model]) -> None:
    files = series()
    by_id = model(clicked.DEEPGROW, input={"background_labels": ["B"]})
    by_id.ask(files, *with_background(files))
    assert clicks_of(by_id.asked[0]) == ([[8, 6, 2]], [[9, 6, 2]])
    by_id.ask(files, *with_background(files), args={"background_labels": ["L"]})
    assert clicks_of(by_id.asked[0]) == ([[9, 6, 2]], [[8, 6, 2]])
    by_name = model(clicked.DEEPGROW, input={"background_labels": [" Not The Organ"]})
    known = [label_class(1, "B", "not the organ ")]
    by_name.ask(files, *with_background(files), label_classes=known)
    assert clicks_of(by_name.asked[0]) == ([[8, 6, 2]], [[9, 6, 2]])


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("Background", True),
        ("organ (BG)", True),
        ("negative_click", True),
        ("Outside organ", True),
        ("Exclude", True),
        ("Organ", False),
        ("Knot", False),
        ("Lung nodule", False),
    ],
)
def test_names_say_what_is_background(grow: Model, name: str, says: bool) -> None:
    files = series()
    known = [label_class(0, "L", "Organ"), label_class(1, "B", name)]
    grow.ask(files, *with_background(files), label_classes=known)
    assert len(grow.asked) == (1 if says else 2)
    assert clicks_of(grow.asked[0])[1] == ([[9, 6, 2]] if says else [])


def test_background_alone_is_a_none(grow: Model, grow_2d: Model, extremes: Model) -> None:
    files = series()
    for one in (grow, grow_2d, extremes):
        (answer,) = one.ask(files, click(files, (2, 6, 8)), args={"background_labels": ["L"]})
        assert "background labels only" in answer["note"]
        assert one.asked == []


@pytest.mark.parametrize(
    "args", [{"background_labels": 3}, {"background_labels": [3]}, {"first_frame": 2}]
)
def test_args_of_another_kind_are_an_error(grow: Model, args: dict[str, Any]) -> None:
    files = series()
    with pytest.raises(grow.error, match=r"args\.\w+ must be"):
        grow.ask(files, click(files, (2, 6, 8)), args=args)


# ------------------------------------------------------------------ objects


def test_each_label_is_an_object(grow: Model) -> None:
    files = series()
    known = [label_class(0, "L", "Liver")]
    clicks = [click(files, (2, 6, 4)), click(files, (3, 6, 4)), click(files, (2, 6, 12), "S")]
    answers = grow.ask(files, *clicks, label_classes=known)
    assert [clicks_of(item)[0] for item in grow.asked] == [[[4, 6, 2], [4, 6, 3]], [[12, 6, 2]]]
    notes = [answer["note"] for answer in answers]
    assert notes == [
        'Object 1 of 2, "Liver".',
        'Object 1 of 2, "Liver".',
        "Object 2 of 2, of the label S.",
    ]
    assert [answer["class_index"] for answer in answers] == [0, 0, 0]


def test_parents_make_objects_of_one_label(grow: Model) -> None:
    files = series()
    clicks = [
        click(files, (1, 6, 4), id="P1"),
        click(files, (2, 6, 4), parent="P1"),
        click(files, (1, 6, 12), parent="P2"),
        click(files, (3, 6, 12), parent="P2"),
        click(files, (3, 2, 2), "B", parent="P2"),
        click(files, (3, 3, 3), "B"),
    ]
    answers = grow.ask(files, *clicks, args={"background_labels": ["B"]})
    assert [clicks_of(item) for item in grow.asked] == [
        ([[4, 6, 1], [4, 6, 2]], [[3, 3, 3]]),
        ([[12, 6, 1], [12, 6, 3]], [[2, 2, 3], [3, 3, 3]]),
    ]
    assert {answer["note"] for answer in answers} == {
        "Object 1 of 2, of the label L.",
        "Object 2 of 2, of the label L.",
    }


def test_masks_of_the_models_own_label_are_earlier_answers(grow: Model) -> None:
    files = series()
    known = [label_class(0, "L", "Liver")]
    earlier = mark(files, 1, {"foreground": [[[2, 2], [9, 2], [9, 9]]]})
    answers = grow.ask(files, earlier, click(files, (3, 4, 5), "P"), label_classes=known)
    assert [clicks_of(item)[0] for item in grow.asked] == [[[5, 4, 3]]]
    assert "1 masks of the model's own labels" in answers[0]["note"]


# ------------------------------------------------------------------ slice by slice


def test_each_slice_with_clicks_is_asked_on_its_own(grow_2d: Model) -> None:
    files = series()
    clicks = [
        click(files, (4, 6, 8)),
        click(files, (1, 3, 5)),
        click(files, (4, 2, 2)),
        click(files, (4, 9, 9), "B"),
        click(files, (2, 9, 9), "B"),
    ]
    answers = grow_2d.ask(files, *clicks, args={"background_labels": ["B"]})
    assert [clicks_of(item) for item in grow_2d.asked] == [
        ([[5, 3, 1]], []),
        ([[8, 6, 4], [2, 2, 4]], [[9, 9, 4]]),
    ]
    assert len({id(item.image) for item in grow_2d.asked}) == 1
    found = masks(answers, files, SHAPE)[0]
    assert np.flatnonzero(found.any(axis=(1, 2))).tolist() == [1, 4]
    told = "1 of background labels on slices without a click on the object"
    assert all(told in answer["note"] for answer in answers)


# ------------------------------------------------------------------ extreme points

SIX = [(1, 6, 8), (4, 7, 9), (2, 2, 8), (3, 10, 7), (2, 5, 3), (3, 8, 14)]
"""Slice, row, column: first and last slice, row, column."""

BOX = {"x": 3, "y": 2, "width": 11, "height": 8}


def points_of(model: Model) -> list[tuple[int, ...]]:
    (item,) = model.asked
    assert list(item.points) == ["label"] and item.extras == {}
    return sorted(tuple(point) for point in item.points["label"])


def test_six_points_are_given_as_they_are(extremes: Model) -> None:
    files = series()
    answers = extremes.ask(files, *[click(files, place) for place in SIX])
    assert points_of(extremes) == sorted((x, y, z) for z, y, x in SIX)
    found = masks(answers, files, SHAPE)[0]
    expected = np.zeros(SHAPE, bool)
    expected[1:5, 2:11, 3:15] = True
    np.testing.assert_array_equal(found, expected)


def test_of_more_points_the_ends_are_given(extremes: Model) -> None:
    files = series()
    inside = [(2, 6, 8), (3, 6, 9), (2, 5, 7)]
    extremes.ask(files, *[click(files, place) for place in [*inside, *SIX]])
    assert points_of(extremes) == sorted((x, y, z) for z, y, x in SIX)


AREAS = {
    "boxes": BOX,
    "polygons": {"vertices": [[3, 2], [14, 2], [14, 10], [3, 10]]},
    "drawn masks": {"foreground": [[[3, 2], [14, 2], [14, 10], [3, 10]]], "background": []},
    "masks": {"mask": [[int(3 <= x <= 14 and 2 <= y <= 10) for x in range(17)] for y in range(14)]},
}


@pytest.mark.parametrize("form", AREAS)
def test_areas_on_two_slices_give_extreme_points(extremes: Model, form: str) -> None:
    files = series()
    extremes.ask(files, mark(files, 1, AREAS[form]), mark(files, 4, AREAS[form]))
    points = np.array(points_of(extremes))
    assert points.min(axis=0).tolist() == [3, 2, 1]
    assert points.max(axis=0).tolist() == [14, 10, 4]
    assert len(points) <= 6


def test_lines_give_their_ends(extremes: Model) -> None:
    files = series()
    lines = [
        mark(files, 2, {"vertices": [[8, 2], [3, 5]]}),
        mark(files, 3, {"vertices": [[7, 10], [14, 8]]}),
    ]
    extremes.ask(files, *[click(files, place) for place in SIX[:2]], *lines)
    assert points_of(extremes) == sorted((x, y, z) for z, y, x in SIX)


@pytest.mark.parametrize("count", range(1, 6))
def test_points_that_are_missing_are_counted(extremes: Model, count: int) -> None:
    files = series()
    said = note(extremes.ask(files, *[click(files, place) for place in SIX[:count]]))
    there = f"{count} {'is' if count == 1 else 'are'} there"
    missing = f"{6 - count} {'is' if count == 5 else 'are'} missing"
    assert said.startswith(
        f"Not segmented: The model needs 6 extreme points, and {there}: {missing}"
    )
    assert "the first and the last slice on which it is seen" in said
    assert extremes.asked == []


def test_points_at_one_place_count_once(extremes: Model) -> None:
    files = series()
    said = note(extremes.ask(files, *[click(files, SIX[0]) for _ in range(9)]))
    assert "1 is there: 5 are missing" in said


@pytest.mark.parametrize(
    ("drawn", "what"),
    [
        ([(2, BOX)], "All marks are on one slice"),
        ([(z, {"vertices": [[5, 2], [5, 9]]}) for z in range(5)], "All marks are in one column"),
        ([(z, {"vertices": [[2, 5], [9, 5]]}) for z in range(5)], "All marks are in one row"),
    ],
)
def test_marks_without_an_extent_are_too_few(extremes: Model, drawn: Any, what: str) -> None:
    files = series()
    said = note(extremes.ask(files, *[mark(files, z, data) for z, data in drawn]))
    assert what in said and "2 points are missing" in said


def test_one_of_two_objects_is_answered(extremes: Model) -> None:
    files = series()
    few = [click(files, place, "S") for place in SIX[:3]]
    answers = extremes.ask(files, *few, *[click(files, place) for place in SIX])
    assert {answer["type"] for answer in answers} == {"ANNOTATION"}
    for answer in answers:
        assert answer["note"].startswith("Object 2 of 2, of the label L.")
        assert "Object 1 of 2, of the label S: The model needs 6" in answer["note"]


def test_background_is_no_extreme_point(extremes: Model) -> None:
    files = series()
    clicks = [click(files, place) for place in SIX]
    answers = extremes.ask(
        files, *clicks, click(files, (5, 13, 16), "B"), args={"background_labels": ["B"]}
    )
    assert points_of(extremes) == sorted((x, y, z) for z, y, x in SIX)
    assert "1 of background labels, which this model has no use for" in answers[0]["note"]


# ------------------------------------------------------------------ the engine


def test_nothing_found_is_a_none(model: Callable[..., Model]) -> None:
    files = series()
    said = note(model(clicked.DEEPGROW, "finds nothing").ask(files, click(files, (2, 6, 8))))
    assert said == "The model found nothing at these clicks."


def test_an_inference_that_fails_is_an_error(model: Callable[..., Model]) -> None:
    files = series()
    failing = model(clicked.DEEPGROW, "fails")
    with pytest.raises(failing.error, match="The inference failed"):
        failing.ask(files, click(files, (2, 6, 8)))
    scoring = model(clicked.DEEPGROW, "scores")
    with pytest.raises(scoring.error, match="holds scores"):
        scoring.ask(files, click(files, (2, 6, 8)))


def test_a_series_that_can_not_be_read_leaves_the_others(grow: Model) -> None:
    def broken(ds: Any, index: int) -> None:
        ds.PixelData = ds.PixelData[:20]

    bad, good = series(change=broken), series()
    answers = grow.ask([bad, good], click(bad, (2, 6, 8)), click(good, (2, 6, 8)))
    kinds = {answer["series_uid"]: answer["type"] for answer in answers}
    assert kinds[good.series_uid] == "ANNOTATION"
    assert kinds[bad.series_uid] == "NONE"


def test_another_modality_is_refused(grow: Model) -> None:
    def change(ds: Any, index: int) -> None:
        ds.Modality = "MR"
        ds.SOPClassUID = "1.2.840.10008.5.1.4.1.1.4"

    files = series(change=change)
    (answer,) = grow.ask(files, click(files, (2, 6, 8)))
    assert "its modality is MR, and the model takes CT" in answer["note"]
    unknown = series(change=lambda ds, index: setattr(ds, "Modality", ""))
    assert grow.ask(unknown, click(unknown, (2, 6, 8)))


@pytest.mark.parametrize(
    "changes",
    [
        {"type": "segmentation"},
        {"output": {"form": "x", "threshold": 0.5}},
        {"input": {"clicks": {"kind": "scribbles", "dimensions": 3}}},
        {"input": {"clicks": {**clicked.DEEPGROW, "dimensions": 4}}},
        {"input": {"first_frame": 2}},
        {"input": {"clicks": {"kind": "deepgrow", "dimensions": 3}}},
    ],
    ids=repr,
)
def test_a_config_that_can_not_be_is_refused(
    model: Callable[..., Model], changes: dict[str, Any]
) -> None:
    with pytest.raises(Exception, match="can't be used") as caught:
        model(clicked.DEEPGROW, **json.loads(json.dumps(changes)))
    assert type(caught.value).__name__ == "DeployError"
