"""Thousands of requests with something wrong in them: an answer or a DeployError, nothing else.

And a good series, study or image beside what is wrong is answered as it is alone.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any, Callable

import numpy as np
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st
from pydicom.uid import generate_uid

import bundles
import mutations
from classifiers import scored, write_mmar, write_pictures
from conftest import Deployed
from dicom_files import Files, Stack, request, write_enhanced, write_series
from examples import few_or_all
from scenes import LEVELS, image
from studies import line, write_line

STACK = Stack((3, 8, 9))
BRAIN = "catalogue/clara_pt_brain_mri_segmentation_1"
LINES = [line(8, "AX T1 POST"), line(3, "AX T1"), line(4, "AX T2"), line(5, "AX FLAIR")]

ROLES = (
    'Channels: T1c is series 8 "AX T1 POST"; T1 is series 3 "AX T1"; T2 is series 4 "AX T2"; '
    'FLAIR is series 5 "AX FLAIR".'
)

LONGEST = 60
"""Seconds that a request may take, on a machine that does other things as well."""

CRASHED = ("The request can't be answered", "No result came", "The inference failed")
"""What an error must not begin with: nothing is left to the last catch, or to the engine."""


@dataclass
class Scene:
    """A model, what it answers for good files, and files to spoil.

    Attributes:
        good: the files.
        alone: the answers for them.
        spoilt: files of another series or study, each list to be spoilt on its own.
        annotations: for the good ones.
    """

    deployed: Deployed
    wishes: dict[str, Any]
    good: list[bytes]
    spoilt: list[list[bytes]]
    uids: list[str]
    annotations: list[Any]
    alone: list[dict[str, Any]]

    def send(self, files: list[Any], annotations: list[Any], args: Any) -> list[dict[str, Any]]:
        sent = request()
        sent["files"] = [{"content": one, "content_type": "application/dicom"} for one in files]
        sent["annotations"], sent["args"] = annotations, args
        return self.deployed(sent, **self.wishes)


def _scene(
    deployed: Deployed,
    wishes: dict[str, Any],
    good: list[Files],
    spoilt: list[Files],
    annotations: list[Any] | None = None,
    note: str | None = None,
) -> Scene:
    """A scene; ``note`` is what the answer for good files says."""
    contents = [content for files in good for content in files.contents]
    uids = [uid for files in spoilt for uid in files.uids]
    lists = [files.contents for files in spoilt]
    scene = Scene(deployed, wishes, contents, lists, uids, annotations or [], [])
    scene.alone = scene.send(contents, scene.annotations, {})
    assert any(answer["type"] == "ANNOTATION" for answer in scene.alone)
    assert [answer for answer in scene.alone if answer.get("note") != note] == []
    return scene


def _masked(files: Files) -> list[dict[str, Any]]:
    mask = np.ones(STACK.shape[1:], int).tolist()
    return [
        {"label_id": "L", "instance_uid": uid, "frame_number": None, "data": {"mask": mask}}
        for uid in files.uids
    ]


@pytest.fixture(scope="module")
def scenes(
    deploy: Callable[..., Deployed], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Scene]:
    """A scene of each kind of model."""

    def segmentation() -> Scene:
        good, one = write_series(image(STACK.shape), STACK), write_series(image(STACK.shape), STACK)
        two = write_series(image(STACK.shape), STACK, study=good.study_uid)
        three = write_enhanced(image(STACK.shape), STACK)
        wishes = {"pattern": LEVELS, "form": "label_map"}
        return _scene(deploy("spleen_ct"), wishes, [good], [one, two, three])

    def channels() -> Scene:
        def study() -> list[Files]:
            uid = generate_uid()
            return [
                write_line(one, uid, generate_uid(), STACK, np.roll(image(STACK.shape), 2 * n, 2))
                for n, one in enumerate(LINES)
            ]

        good, bad = study(), study()
        wishes = {"pattern": {"channel_levels": [[n, 200] for n in (1, 2, 3)]}, "form": "channels"}
        scene = _scene(deploy(BRAIN), wishes, good, bad, note=ROLES)
        # A whole study, in which one series is spoilt, or any.
        scene.spoilt = [[content for files in bad for content in files.contents]]
        return scene

    def pictures() -> Scene:
        good, bad = write_pictures([scored(900, 500, 501)] * 2), write_pictures([scored(700)] * 2)
        return _scene(own("xray", volume=False), {"columns": 3, "sane": "sigmoid"}, [good], [bad])

    def volumes() -> Scene:
        values = np.full(STACK.shape, -100)
        values[:, 0, :2] = 200, 800
        good, bad = write_series(values, STACK), write_series(values, STACK)
        masks = _masked(good) + _masked(bad)
        model = own("ct", volume=True, softmax=True)
        return _scene(model, {"columns": 2, "sane": "softmax"}, [good], [bad], masks)

    def own(name: str, **kinds: bool) -> Deployed:
        home = tmp_path_factory.mktemp(name)
        mmar = write_mmar(home, **{"volume": False, **kinds})
        spleen = deploy("spleen_ct")
        return Deployed(bundles.pack(str(mmar), home), spleen.folder)

    return {
        "segmentation": segmentation(),
        "channels": channels(),
        "pictures": pictures(),
        "volumes": volumes(),
    }


KINDS = ["segmentation", "channels", "pictures", "volumes"]


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=few_or_all(40, 500))
@given(data=st.data())
def test_a_good_one_beside_a_spoilt_one_is_answered_as_alone(
    scenes: dict[str, Scene], kind: str, data: st.DataObject
) -> None:
    scene = scenes[kind]
    spoilt = data.draw(mutations.files(data.draw(st.sampled_from(scene.spoilt))))
    before = data.draw(st.booleans())
    sent = [*spoilt, *scene.good] if before else [*scene.good, *spoilt]
    start = time.monotonic()
    answers = scene.send(sent, scene.annotations, {})
    assert time.monotonic() - start < LONGEST
    uids = (
        {answer["study_uid"] for answer in scene.alone},
        {answer["series_uid"] for answer in scene.alone},
    )
    own = [a for a in answers if a["study_uid"] in uids[0] and a.get("series_uid") in uids[1]]
    assert own == scene.alone
    others = [answer for answer in answers if answer not in own]
    event("refused" if any("note" in answer for answer in others) else "answered")


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=few_or_all(15, 200))
@given(data=st.data())
def test_spoilt_requests_are_answered_or_a_deploy_error(
    scenes: dict[str, Scene], kind: str, data: st.DataObject
) -> None:
    scene = scenes[kind]
    spoilt = data.draw(mutations.files(data.draw(st.sampled_from(scene.spoilt))))
    annotations = data.draw(mutations.annotations(scene.uids))
    args = data.draw(mutations.args)
    start = time.monotonic()
    try:
        scene.send(spoilt, annotations, args)
        event("answered")
    except scene.deployed.error as error:
        assert not str(error).startswith(CRASHED)
        event("DeployError")
    assert time.monotonic() - start < LONGEST


SLOPE = b"\x28\0\x53\x10DS\x02\0"
"""The head of a RescaleSlope of two bytes: tag, type, length."""

FOUND = {
    "an empty slope of another type": (SLOPE + b"1 ", b"\x28\0\x53\x10LO\x02\0  "),
    "a Modality LUT of two bytes": (SLOPE, b"\x28\0\0\x30FD\x02\0"),
}
"""What examples of these properties found: bytes of a good file, and what took their place."""


@pytest.mark.parametrize("name", FOUND)
def test_what_was_found_stays_mended(scenes: dict[str, Scene], name: str) -> None:
    scene = scenes["channels"]
    old, new = FOUND[name]
    (study,) = scene.spoilt
    assert all(content.count(old) == 1 for content in study)
    spoilt = [content.replace(old, new) for content in study]
    answers = scene.send([*scene.good, *spoilt], [], {})
    assert answers[: len(scene.alone)] == scene.alone


NO_REQUESTS = [
    None,
    [],
    {},
    {"files": None},
    {"files": {}},
    {"files": "x"},
    {"files": [None]},
    {"files": [3, [], "x", {"content": 3}, {"content_type": "application/dicom"}]},
    {"files": [{"content": None, "content_type": "application/dicom"}]},
    {"files": [{"content": "x", "content_type": ["application/dicom"]}]},
]


@pytest.mark.parametrize("sent", NO_REQUESTS, ids=repr)
def test_what_is_no_request_is_a_deploy_error(scenes: dict[str, Scene], sent: Any) -> None:
    for scene in scenes.values():
        with pytest.raises(scene.deployed.error) as caught:
            scene.deployed(sent, **scene.wishes)
        assert not str(caught.value).startswith(CRASHED)


@pytest.mark.parametrize("name", ["annotations", "label_classes", "args"])
@settings(max_examples=few_or_all(5, 40))
@given(value=mutations.json_values)
def test_other_keys_of_any_type(scenes: dict[str, Scene], name: str, value: Any) -> None:
    scene = scenes["segmentation"]
    sent = request(scene.good)
    sent[name] = value
    assert scene.deployed(sent, **scene.wishes) == scene.alone
