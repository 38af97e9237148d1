"""What one odd instance or series does to a request: a reason for itself, nothing to the others."""

from __future__ import annotations

import logging
from typing import Any, Callable

import numpy as np
import pytest
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.tag import Tag
from pydicom.uid import generate_uid

from answers import masks
from classifiers import scored, write_mmar, write_pictures
from conftest import Deployed
from dicom_files import Files, Stack, request, write_enhanced, write_series
from scenes import LEVELS, image, organ

STACK = Stack()
THRESHOLD = {"pattern": LEVELS, "form": "label_map"}
Change = Callable[[Dataset, int], None]


def raw(keyword: str, vr: str, value: bytes) -> Change:
    def change(ds: Dataset, index: int) -> None:
        tag = Tag(keyword)
        ds[tag] = RawDataElement(tag, vr, len(value), value, 0, False, True)

    return change


def without(keyword: str) -> Change:
    return lambda ds, index: delattr(ds, keyword)


def short(ds: Dataset, index: int) -> None:
    ds.PixelData = ds.PixelData[:20]


KINDS: dict[str, tuple[Change, str]] = {
    "no Rows": (without("Rows"), "it has no Rows"),
    "no Columns": (without("Columns"), "it has no Columns"),
    "no PixelData": (without("PixelData"), "it has no PixelData"),
    "no BitsStored": (without("BitsStored"), "it has no BitsStored"),
    "Rows of 0": (raw("Rows", "US", b"\0\0"), "its Rows is 0"),
    "Rows as text": (raw("Rows", "LO", b"14"), "its Rows is 14, not a whole number"),
    "several Rows": (raw("Rows", "US", b"\x0e\0\x0e\0"), "not a whole number"),
    "more bits than there are": (raw("BitsStored", "US", b"\x11\0"), "17 of 16 bits"),
    "two slopes": (raw("RescaleSlope", "DS", b"1\\2 "), "its RescaleSlope is [1, 2]"),
    "a slope that is no number": (raw("RescaleSlope", "DS", b"nan "), "RescaleSlope is nan"),
    "a slope that is not known": (
        raw("RescaleSlope", "DS", b"abc "),
        "RescaleSlope is abc, not",
    ),
    "short pixel data": (short, "PixelData has 20 bytes where"),
    "2,000,000,000 frames": (raw("NumberOfFrames", "IS", b"2000000000"), "may swell to"),
    "a thickness of 1e400": (
        raw("SliceThickness", "DS", b"1e400 "),
        "SliceThickness is 1e400",
    ),
    "a position of 1e300": (
        raw("ImagePositionPatient", "DS", b"1e300\\0\\0 "),
        "three numbers of at most 100,000 mm",
    ),
}
"""What is wrong with each instance of a series, and what is said."""


def note_of(answers: list[dict[str, Any]], series_uid: str) -> str:
    found = [answer for answer in answers if answer.get("series_uid") == series_uid]
    assert [answer["type"] for answer in found] == ["NONE"]
    return str(found[0]["note"])


def assert_exact(answers: list[dict[str, Any]], files: Files) -> None:
    np.testing.assert_array_equal(masks(answers, files, STACK.shape)[0], organ(STACK.shape))


@pytest.mark.parametrize("kind", KINDS)
def test_an_odd_series_beside_a_good_one(spleen: Deployed, kind: str) -> None:
    change, says = KINDS[kind]
    good = write_series(image(STACK.shape), STACK)
    odd = write_series(image(STACK.shape), STACK, study=good.study_uid, change=change)
    answers = spleen(request(odd, good), **THRESHOLD)
    assert_exact(answers, good)
    note = note_of(answers, odd.series_uid)
    assert says in note, note
    assert note.startswith("Not segmented: ") and "\n" not in note


@pytest.mark.parametrize("kind", KINDS)
def test_an_odd_slice_in_the_middle(spleen: Deployed, kind: str) -> None:
    """The reason names the slice that is broken, not only the gap that it leaves."""
    change, says = KINDS[kind]

    def third(ds: Dataset, index: int) -> None:
        if index == 2:
            change(ds, index)

    files = write_series(image(STACK.shape), STACK, change=third)
    with pytest.raises(spleen.error) as caught:
        spleen(request(files), **THRESHOLD)
    text = str(caught.value)
    if "position" not in kind:
        assert says in text, text
    assert "not evenly spaced" in text


def test_an_odd_slice_at_the_end_is_told_of(spleen: Deployed) -> None:
    def last(ds: Dataset, index: int) -> None:
        if index == STACK.shape[0] - 1:
            del ds.Columns

    files = write_series(image(STACK.shape), STACK, change=last)
    answers = spleen(request(files), **THRESHOLD)
    found = masks(answers, files, STACK.shape)[0]
    np.testing.assert_array_equal(found[:-1], organ(STACK.shape)[:-1])
    (told,) = [answer for answer in answers if answer.get("instance_uid") == files.uids[-1]]
    assert (told["type"], told["note"]) == ("NONE", "Not segmented: it has no Columns.")


def test_a_tag_that_can_not_be_read(spleen: Deployed) -> None:
    """pydicom converts a value when it is asked for, and raises then."""
    good = write_series(image(STACK.shape), STACK)
    odd = write_series(image(STACK.shape), STACK, study=good.study_uid)
    odd.contents = [one.replace(b"\x28\0\x53\x10DS", b"\x28\0\x53\x10XX") for one in odd.contents]
    answers = spleen(request(odd, good), **THRESHOLD)
    assert_exact(answers, good)
    note = note_of(answers, odd.series_uid)
    assert "its RescaleSlope can't be read: Unknown Value Representation 'XX'" in note


def test_a_modality_of_two_values(spleen: Deployed) -> None:
    change = raw("Modality", "CS", b"CT\\MR ")
    files = write_series(image(STACK.shape), STACK, change=change)
    assert_exact(spleen(request(files), **THRESHOLD), files)


def test_more_rows_than_nifti_has(spleen: Deployed) -> None:
    good = write_series(image(STACK.shape), STACK)
    long = Stack((1, 40_000, 2))
    tall = write_series(np.zeros(long.shape, np.int16), long, study=good.study_uid)
    answers = spleen(request(tall, good), **THRESHOLD)
    assert_exact(answers, good)
    assert "40000 voxels along an axis" in note_of(answers, tall.series_uid)


def test_pixels_that_fail_late_lose_their_series_only(spleen: Deployed) -> None:
    """A compressed image whose size is right, and whose data is not."""

    def change(ds: Dataset, index: int) -> None:
        from pydicom.encaps import encapsulate

        ds.PixelData = encapsulate([b"no image at all"])
        ds["PixelData"].is_undefined_length = True
        ds.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.4.90"

    good = write_series(image(STACK.shape), STACK)
    bad = write_series(image(STACK.shape), STACK, study=good.study_uid, change=change)
    answers = spleen(request(bad, good), **THRESHOLD)
    assert_exact(answers, good)
    assert "can't be decoded" in note_of(answers, bad.series_uid)


def test_a_frame_s_slope(spleen: Deployed) -> None:
    good = write_series(image(STACK.shape), STACK)

    def change(item: Dataset, index: int) -> None:
        raw("RescaleSlope", "DS", b"1\\2 ")(item.PixelValueTransformationSequence[0], index)

    odd = write_enhanced(image(STACK.shape), STACK, change=change)
    answers = spleen(request(odd, good), **THRESHOLD)
    assert_exact(answers, good)
    assert "RescaleSlope is [1, 2]" in note_of(answers, odd.series_uid)


def test_two_files_of_one_uid_lose_only_themselves(spleen: Deployed) -> None:
    good = write_series(image(STACK.shape), STACK)
    one = write_series(image((1, 14, 17)), Stack((1, 14, 17)), study=good.study_uid)

    def same(ds: Dataset, index: int) -> None:
        ds.SOPInstanceUID = one.uids[0]

    series = one.series_uid
    two = write_series(
        image((1, 14, 17)) + 1,
        Stack((1, 14, 17)),
        study=good.study_uid,
        series=series,
        change=same,
    )
    for sent in (request(one, two, good), request(good, two, one)):
        answers = spleen(sent, **THRESHOLD)
        assert_exact(answers, good)
        assert "Two different files" in note_of(answers, series)


def test_a_series_of_too_many_directions(spleen: Deployed) -> None:
    good = write_series(image(STACK.shape), STACK)
    series = generate_uid()
    parts = [
        write_series(
            np.zeros((1, 2 + n, 3), np.int16),
            Stack((1, 2 + n, 3)),
            study=good.study_uid,
            series=series,
        )
        for n in range(101)
    ]
    answers = spleen(request(*parts, good), **THRESHOLD)
    assert_exact(answers, good)
    assert "more than 100 directions or sizes" in note_of(answers, series)


def test_slices_far_to_the_side(spleen: Deployed) -> None:
    """Upright they would take 100 times the memory."""
    good = write_series(image(STACK.shape), STACK)
    aside = Stack(step=(300.0, 0.0, 2.5))
    odd = write_series(image(STACK.shape), aside, study=good.study_uid)
    answers = spleen(request(odd, good), **THRESHOLD)
    assert_exact(answers, good)
    assert "pixels to the side" in note_of(answers, odd.series_uid)


def test_a_programming_error_is_a_sentence_and_a_traceback_in_the_log(
    spleen: Deployed, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    good = write_series(image(STACK.shape), STACK)
    other = write_series(image(STACK.shape), STACK, study=good.study_uid)
    studies = spleen.module.read_studies.__globals__
    volumes = studies["build_volumes"].__globals__
    fit_grid = volumes["fit_grid"]

    def broken(planes: Any, thickness: float) -> Any:
        if planes[0].position[0] > 1000:
            return None["a mistake of ours\nin two lines"]  # type: ignore[index]
        return fit_grid(planes, thickness)

    monkeypatch.setitem(volumes, "fit_grid", broken)
    other = write_series(image(STACK.shape), Stack(first=(2000.0, 0.0, 0.0)), study=good.study_uid)
    with caplog.at_level(logging.WARNING, "model"):
        answers = spleen(request(other, good), **THRESHOLD)
    assert_exact(answers, good)
    note = note_of(answers, other.series_uid)
    assert "can't be made into a volume (TypeError: 'NoneType' object" in note
    assert "\n" not in note
    assert any(record.exc_info for record in caplog.records)


def test_an_error_of_the_task_itself_is_a_deploy_error(
    spleen: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spleen.mdai, "_segment", None)
    with pytest.raises(spleen.error, match=r"can't be answered \(TypeError: 'NoneType'"):
        spleen(request(write_series(image(STACK.shape), STACK)), **THRESHOLD)


def test_an_odd_picture_beside_a_good_one(
    deploy: Callable[..., Deployed], tmp_path_factory: pytest.TempPathFactory
) -> None:
    mmar = write_mmar(tmp_path_factory.mktemp("xray"), volume=False)
    xray = deploy(str(mmar))
    good = write_pictures([scored(900, 100, 100)])
    for change, says in KINDS.values():
        if "mm" in says or "Thickness" in says:
            continue  # pictures have no place in space
        odd = write_pictures([scored(900, 100, 100)], change=change)
        answers = xray(request(odd, good), columns=3)
        assert [answer["type"] for answer in answers] == ["ANNOTATION", "NONE"]
        assert answers[0]["instance_uid"] == good.uids[0]
        note = str(answers[1]["note"])
        assert says in note, note
