"""Thousands of annotations with something wrong in them: an answer or a DeployError, nothing else.

And good clicks beside what is wrong are answered as they are alone, but for the notes.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, Iterator

import numpy as np
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

import bundles
import clicked
import mutations
import pointing
from clicked import click, label_class
from conftest import Deployed
from dicom_files import Files, Stack, request, write_enhanced, write_series
from examples import few_or_all

STACK = Stack((4, 8, 9))
KINDS = {
    "deepgrow": clicked.DEEPGROW,
    "deepgrow 2D": clicked.DEEPGROW_2D,
    "extreme points": clicked.EXTREME_POINTS,
}
SIX = [(0, 3, 4), (3, 4, 4), (1, 1, 4), (2, 6, 4), (1, 4, 1), (2, 3, 7)]
CRASHED = "The request can't be answered"
LONGEST = 60

coordinates = st.one_of(
    st.integers(-2, 11),
    st.floats(-2, 11),
    st.sampled_from(
        [1e300, 10**400, float("nan"), float("inf"), -0.5, 1e-320, True, None, "3", []]
    ),
)
pairs = st.lists(coordinates, min_size=2, max_size=2) | mutations.json_values
polygons = st.lists(pairs, max_size=6) | mutations.json_values
several = st.lists(polygons, max_size=3) | mutations.json_values
rows = st.lists(st.lists(st.integers(0, 1), min_size=9, max_size=9), min_size=8, max_size=8)
shapes = st.one_of(
    st.fixed_dictionaries({"x": coordinates, "y": coordinates}),
    st.fixed_dictionaries(
        dict.fromkeys(("x", "y", "width", "height"), coordinates),
    ),
    st.fixed_dictionaries(dict.fromkeys(("cx", "cy", "rx", "ry"), coordinates)),
    st.fixed_dictionaries({"vertices": polygons}),
    st.fixed_dictionaries({"foreground": several}, optional={"background": several}),
    st.fixed_dictionaries({"mask": rows | mutations.json_values}),
    st.fixed_dictionaries({"mask": st.fixed_dictionaries({"foreground": several})}),
    mutations.json_values,
)
"""Data of annotations, right ones among them."""


@st.composite
def annotations(draw: Any, files: list[Files]) -> list[Any]:
    """Annotations of any types, most of which lie on an image."""
    found: list[Any] = []
    for _ in range(draw(st.integers(1, 7))):
        one = draw(st.sampled_from(files))
        uid = draw(st.sampled_from(one.uids))
        made: dict[str, Any] = {
            "id": draw(st.sampled_from(["a", "b", "", None]) | mutations.json_values),
            "label_id": draw(st.sampled_from(["L", "B", "M", None]) | mutations.json_values),
            "study_uid": one.study_uid,
            "series_uid": draw(st.sampled_from([one.series_uid, "1.2", None])),
            "instance_uid": draw(st.sampled_from([uid, uid, uid, "1.2.3", None, 4])),
            "frame_number": draw(st.sampled_from([None, 0, 1, 2, 4, 5, -1, 2.0, 10**30, "1"])),
            "parent_id": draw(st.sampled_from([None, None, "a", "b", ""]) | mutations.json_values),
            "data": draw(shapes),
        }
        found.append(draw(st.sampled_from([made, made, made, draw(mutations.json_values)])))
    return found


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """A model of each kind. Only one's modules can be loaded at a time, so each keeps its own."""
    folder = tmp_path_factory.mktemp("clicked")
    with bundles.standin({}, folder):
        made: dict[str, Any] = {}
        for kind, clicks in KINDS.items():
            home = tmp_path_factory.mktemp("bundle")
            config = clicked.config_of(clicks)
            model = clicked.make_bundle(home, config, engine=None, engine_code=pointing.ENGINE)
            made[kind] = Deployed(model, Path(folder))
        yield made


PLAIN = write_series(np.zeros(STACK.shape, np.int16), STACK)
OTHER = write_series(np.zeros(STACK.shape, np.int16), STACK)
FRAMES = write_enhanced(np.zeros(STACK.shape, np.int16), STACK)

ARGS = st.sampled_from([{}, {}, {"background_labels": ["B"]}, {"first_frame": 0}])
CLASSES = [label_class(0, "M", "Organ"), label_class(1, "B", "Background")]


def send(model: Any, files: list[Files], listed: list[Any], args: Any) -> list[dict[str, Any]]:
    sent = request(*files)
    sent["annotations"], sent["args"], sent["label_classes"] = listed, args, CLASSES
    start = time.monotonic()
    try:
        return model(sent)
    finally:
        assert time.monotonic() - start < LONGEST


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=few_or_all(60, 400))
@given(data=st.data())
def test_odd_annotations_are_answered_or_a_deploy_error(
    models: dict[str, Any], kind: str, data: st.DataObject
) -> None:
    files = data.draw(st.sampled_from([[PLAIN], [FRAMES], [PLAIN, FRAMES]]))
    listed = data.draw(annotations([PLAIN, OTHER, FRAMES]) | mutations.json_values)
    args = data.draw(ARGS | mutations.args)
    try:
        answers = send(models[kind], files, listed, args)
    except models[kind].error as error:
        assert not str(error).startswith(CRASHED)
        assert "args." in str(error)
        event("DeployError")
        return
    assert answers
    for answer in answers:
        assert answer["type"] == "ANNOTATION" or answer["note"]
    event("masks" if answers[0]["type"] == "ANNOTATION" else "none")


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=few_or_all(30, 200))
@given(data=st.data())
def test_good_clicks_beside_odd_ones_are_answered_as_alone(
    models: dict[str, Any], kind: str, data: st.DataObject
) -> None:
    """Odd ones of other labels, without parents and of no background label."""
    good = [click(PLAIN, place, "good", id=str(place)) for place in SIX]
    alone = send(models[kind], [PLAIN, FRAMES], good, {})
    odd = data.draw(annotations([PLAIN, OTHER, FRAMES]))
    for one in odd:
        if isinstance(one, dict):
            one.pop("parent_id", None)
            one["label_id"] = "other"
    answers = send(models[kind], [PLAIN, FRAMES], [*odd, *good], {})
    kept = [{**answer, "note": ""} for answer in answers]
    for answer in alone:
        assert {**answer, "note": ""} in kept
