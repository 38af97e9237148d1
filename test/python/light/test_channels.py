"""Networks of several image channels: what they are fed with, and where their masks come back."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import nibabel
import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence as Items
from pydicom.uid import generate_uid

from answers import dice, masks
from cases import rotation
from dicom_files import ENHANCED_MR, Files, Stack, encoded, request, write_enhanced
from scenes import bodies, image
from studies import line, mr, stack_in, write_line

BRAIN = "catalogue/clara_pt_brain_mri_segmentation_1"
PROSTATE = "catalogue/clara_pt_prostate_mri_segmentation_1"
STACK = Stack()
LEVEL = 200

T1C = line(8, "AX T1 POST")
T1 = line(3, "AX T1")
T2 = line(4, "AX T2")
FLAIR = line(5, "AX FLAIR")
ADC = line(6, "ADC")
BRAIN_LINES = [T1C, T1, T2, FLAIR]
ORDER = {"pattern": {"channel_levels": [[1, LEVEL], [2, LEVEL], [3, LEVEL]]}, "form": "channels"}
"""Class n of the brain model is what channel n + 1 shows."""

SERVED = (
    'Channels: T1c is series 8 "AX T1 POST"; T1 is series 3 "AX T1"; T2 is series 4 "AX T2"; '
    'FLAIR is series 5 "AX FLAIR".'
)
"""The note of every answer for BRAIN_LINES."""

TWO = {"pattern": {"channel_levels": [[0, LEVEL], [1, LEVEL]]}, "form": "label_map"}


def refusal(deployed, sent, **wishes) -> str:
    with pytest.raises(deployed.error) as caught:
        deployed(sent, **(wishes or ORDER))
    return str(caught.value)


def contents(parts: list[Files], seed: int = 1) -> list[bytes]:
    """All files of several series, in no order."""
    mixed = [content for part in parts for content in part.contents]
    random.Random(seed).shuffle(mixed)
    return mixed


def shown(number: int) -> np.ndarray:
    """An image of its own for each channel."""
    return np.ascontiguousarray(np.roll(image(STACK.shape), 2 * number, axis=2))


def brain_study(study: str | None = None) -> list[Files]:
    study = study or generate_uid()
    return [
        write_line(one, study, generate_uid(), STACK, shown(number))
        for number, one in enumerate(BRAIN_LINES)
    ]


def assert_brain(answers, first: Files) -> None:
    found = masks(answers, first, STACK.shape, 3)
    np.testing.assert_array_equal(found, [shown(number) > LEVEL for number in (1, 2, 3)])


# ------------------------------------------------------------------ what the network sees


def test_channels_come_in_the_networks_order_and_masks_on_the_first(deploy):
    parts = brain_study()
    answers = deploy(BRAIN)(request(contents(parts)), **ORDER)
    assert_brain(answers, parts[0])
    assert {answer["series_uid"] for answer in answers} == {parts[0].series_uid}


@pytest.mark.parametrize("mmar, bare", [(BRAIN, False), (PROSTATE, True)])
def test_items_of_the_list_have_the_mmars_form(deploy, tmp_path, mmar, bare):
    deployed = deploy(mmar)
    record = str(tmp_path / "record.json")
    parts = (
        [write_line(one, "1.2", generate_uid(), STACK, shown(n)) for n, one in enumerate([T2, ADC])]
        if bare
        else brain_study()
    )
    deployed(request(contents(parts)), **(TWO if bare else ORDER), record=record)
    (item,) = json.loads(Path(record).read_text())["images"]
    assert [Path(path).name for path in item] == [
        "series-0001.nii",
        *[f"series-0001-channel-{number}.nii" for number in range(2, len(parts) + 1)],
    ]


def test_a_label_map_of_two_channels(deploy):
    values = [shown(0), np.where(shown(1) > LEVEL, 10, 1010).astype(np.int16)]
    parts = [
        write_line(one, "1.2.3", generate_uid(), STACK, shows)
        for one, shows in zip([T2, ADC], values)
    ]
    answers = deploy(PROSTATE)(request(contents(parts)), **TWO)
    found = masks(answers, parts[0], STACK.shape, 2)
    over = [shows > LEVEL for shows in values]
    np.testing.assert_array_equal(found, [over[0] & ~over[1], over[1]])


def seen(deployed, sent, folder: Path, **wishes) -> tuple[list, list[np.ndarray]]:
    """The answers, and the channels of the one input as (slices, rows, columns)."""
    answers = deployed(sent, **wishes, keep_input=str(folder))
    names = ["series-0001.nii", *[f"series-0001-channel-{n}.nii" for n in (2, 3, 4)]]
    files = [nibabel.load(str(folder / name)) for name in names if (folder / name).exists()]
    return answers, [np.asarray(file.dataobj).transpose(2, 1, 0) for file in files]


def prostate_study(first: Stack, values: np.ndarray, second: Stack, others: np.ndarray):
    study = generate_uid()
    return [
        write_line(T2, study, generate_uid(), first, values),
        write_line(ADC, study, generate_uid(), second, others),
    ]


def test_a_smaller_field_of_view_is_filled_with_the_lowest_value(deploy, tmp_path):
    """On the same pixels values stay what they are."""
    stack = replace(STACK, shape=(9, 20, 22))
    inner = replace(
        stack,
        shape=(4, 11, 13),
        first=tuple(
            np.array(stack.first)
            + 2 * np.array(stack.step)
            + 5 * stack.row_step * np.array(stack.down)
            + 3 * stack.column_step * np.array(stack.right)
        ),
    )
    whole = np.random.default_rng(1).integers(-50, 900, stack.shape).astype(np.int16)
    body = np.zeros(stack.shape, bool)
    body[2:6, 5:16, 3:16] = True
    whole[~body] = np.minimum(whole[~body], 0)  # what lies outside is air
    part = whole[body].reshape(inner.shape).copy()
    part[0, 0, 0] = -70
    parts = prostate_study(stack, whole, inner, part)
    _, (t2, adc) = seen(deploy(PROSTATE), request(*parts), tmp_path, **TWO)
    np.testing.assert_array_equal(t2, whole)
    expected = np.full(stack.shape, -70)
    expected[2:6, 5:16, 3:16] = part
    np.testing.assert_array_equal(adc, expected)


def turned(stack: Stack) -> Stack:
    """The same pixels, rows and columns the other way round, slices from the other end."""
    corner = stack.points()[-1, -1, -1]
    return replace(
        stack,
        right=tuple(-np.array(stack.right)),
        down=tuple(-np.array(stack.down)),
        first=tuple(corner),
        step=tuple(-np.array(stack.step)),
    )


def test_the_same_pixels_the_other_way_round_keep_their_values(deploy, tmp_path):
    values = np.random.default_rng(2).integers(0, 900, STACK.shape).astype(np.int16)
    parts = prostate_study(STACK, shown(0), turned(STACK), values[::-1, ::-1, ::-1].copy())
    _, (_, adc) = seen(deploy(PROSTATE), request(*parts), tmp_path, **TWO)
    np.testing.assert_array_equal(adc, values)


def resliced(stack: Stack, plane: str) -> Stack:
    """The same place in another plane, with finer pixels of another shape."""
    right, down = stack_in(plane).right, stack_in(plane).down
    normal = np.cross(right, down)
    points = stack.points().reshape(-1, 3)
    size = points.max(axis=0) - points.min(axis=0)
    steps = (0.8, 1.1, 1.7)
    shape = tuple(
        int(abs(size @ np.array(axis)) / step) + 3
        for axis, step in zip((normal, down, right), (steps[2], steps[1], steps[0]))
    )
    new = Stack(shape, right, down, (0, 0, 0), tuple(normal * steps[2]), steps[1], steps[0])
    return replace(new, first=tuple(stack.centre() - new.centre()))


def oblique(stack: Stack) -> Stack:
    turn = rotation(12, -9, 21)
    new = replace(
        stack,
        shape=tuple(int(1.5 * size) for size in stack.shape),
        right=tuple(turn[:, 0]),
        down=tuple(turn[:, 1]),
        step=tuple(turn[:, 2] * 2.0),
        first=(0, 0, 0),
    )
    return replace(new, first=tuple(stack.centre() - new.centre()))


def depth(stack: Stack, body: dict) -> np.ndarray:
    """Intensities that pass LEVEL on the surface of a body, RAS, by 100 per tenth of its size.

    Away from it they are 0, as air is.
    """
    points = stack.points() * [-1, -1, 1]
    distance = np.linalg.norm((points - body["centre"]) / body["radii"], axis=-1)
    return np.rint(np.maximum(LEVEL + 1000 * (1 - distance), 0)).astype(np.int16)


@pytest.mark.parametrize("first", ["ax", "sag", "oblique"])
def test_channels_of_other_grids_are_brought_to_the_firsts(deploy, first):
    stack = Stack((40, 80, 74), first=(-40, -45, 12), step=(0, 0, 1.9), row_step=1.0)
    main = {"ax": stack, "sag": resliced(stack, "sag"), "oblique": oblique(stack)}[first]
    stacks = [main, resliced(stack, "cor"), oblique(stack), turned(resliced(stack, "sag"))]
    _, body = bodies(stack)[0]
    study = generate_uid()
    parts = [
        write_line(one, study, generate_uid(), lies, depth(lies, body))
        for one, lies in zip(BRAIN_LINES, stacks)
    ]
    answers = deploy(BRAIN)(request(contents(parts)), **ORDER)
    expected = depth(main, body) > LEVEL
    found = masks(answers, parts[0], main.shape, 3)
    assert expected.any() and not expected.all()
    assert [dice(mask, expected) >= 0.99 for mask in found] == [True] * 3


def test_nothing_found_is_one_none_for_the_first_channel(deploy):
    parts = brain_study()
    wishes = {**ORDER, "pattern": {"channel_levels": [[0, 20000]] * 3}}
    assert deploy(BRAIN)(request(*parts), **wishes) == [
        {
            "type": "NONE",
            "study_uid": parts[0].study_uid,
            "series_uid": parts[0].series_uid,
            "note": SERVED,
        }
    ]


def test_every_mask_says_which_series_served(deploy):
    answers = deploy(BRAIN)(request(*brain_study()), **ORDER)
    assert {answer["note"] for answer in answers} == {SERVED}


def test_what_was_possible_and_not_taken_is_said(deploy):
    study = generate_uid()
    stack = resliced(STACK, "sag")
    parts = brain_study(study)
    values = depth(stack, bodies(STACK)[0][1])
    more = write_line(line(2, "SAG T1", "sag"), study, generate_uid(), stack, values)
    answers = deploy(BRAIN)(request(*parts, more), **ORDER)
    assert_brain(answers, parts[0])
    assert {answer["note"] for answer in answers} == {
        f'{SERVED} Not taken for T1, though possible: series 2 "SAG T1".'
    }


# ------------------------------------------------------------------ where channels lie


def test_another_frame_of_reference_is_refused(deploy):
    lines = [T1C, T1, line(4, "AX T2", FrameOfReferenceUID="1.2.3"), FLAIR]
    text = refusal(deploy(BRAIN), request(*mr(lines)))
    assert text.startswith(
        'series 4 "AX T2", for the channel T2, has another FrameOfReferenceUID than series 8 '
        '"AX T1 POST", for T1c'
    )


@pytest.mark.parametrize("without", [0, 2])
def test_a_missing_frame_of_reference_is_warned_of(deploy, caplog, without):
    study = generate_uid()
    lines = list(BRAIN_LINES)
    lines[without] = replace(lines[without], more={"FrameOfReferenceUID": None})
    parts = [
        write_line(one, study, generate_uid(), STACK, shown(number))
        for number, one in enumerate(lines)
    ]
    assert_brain(deploy(BRAIN)(request(*parts), **ORDER), parts[0])
    assert "FrameOfReferenceUID is missing" in caplog.text


@pytest.mark.parametrize("away", [(400, 0, 0), (0, -300, 0), (0, 0, 13.9)])
def test_channels_that_lie_apart_are_refused(deploy, away):
    other = replace(STACK, first=tuple(np.array(STACK.first) + away))
    parts = prostate_study(STACK, shown(0), other, shown(1))
    text = refusal(deploy(PROSTATE), request(*parts), **TWO)
    assert "Series 6 can't be the channel ADC: nothing of it lies where the first" in text


def lower(mm: float) -> list[Files]:
    """A T2 and an ADC that lies mm above it; slices are 2.5 mm apart, and all is body."""
    other = replace(STACK, first=tuple(np.array(STACK.first) + (0, 0, mm)))
    return prostate_study(STACK, np.full(STACK.shape, 500, np.int16), other, shown(1))


@pytest.mark.parametrize("mm, part", [(13.7, "16 %"), (10, "33 %")])
def test_less_than_half_of_the_firsts_body_is_refused(deploy, mm, part):
    text = refusal(deploy(PROSTATE), request(*lower(mm)), **TWO)
    assert (
        f'Series 6 can\'t be the channel ADC: only {part} of what series 4 "AX T2" shows lies in '
        "it, and at least 50% has to." in text
    )


@pytest.mark.parametrize("mm, part", [(7.5, "50 %"), (2.5, "83 %"), (0, None)])
def test_less_than_all_of_the_firsts_body_is_a_note(deploy, mm, part):
    answers = deploy(PROSTATE)(request(*lower(mm)), **TWO)
    said = (
        f' Only {part} of what series 4 "AX T2" shows lies in the series of the channel ADC; masks '
        "outside of it are not to be relied on."
    )
    note = 'Channels: T2 is series 4 "AX T2"; ADC is series 6 "ADC".'
    assert {answer["note"] for answer in answers} == {note + (said if part else "")}


def test_air_that_a_channel_does_not_cover_is_no_matter(deploy):
    """The T2's body is its lower half, which is all that the ADC covers."""
    values = np.zeros(STACK.shape, np.int16)
    values[:3] = 500
    other = replace(STACK, shape=(3, *STACK.shape[1:]))
    parts = prostate_study(STACK, values, other, shown(1)[:3])
    answers = deploy(PROSTATE)(request(*parts), **TWO)
    assert {"Only" in answer["note"] for answer in answers} == {False}


# ------------------------------------------------------------------ args.channels


def asked(parts: list[Files], **channels: object) -> dict:
    return {**request(*parts), "args": {"channels": channels}}


@pytest.mark.parametrize("way", ["number", "number as text", "uid", "description"])
def test_a_request_names_a_series_for_a_channel(deploy, way):
    """SAG T1 is taken, which the rules would not."""
    study = generate_uid()
    more = write_line(line(2, "FLAIR strange"), study, generate_uid(), STACK, shown(0))
    parts = [*brain_study(study), more]
    series = {"uid": more.series_uid, "description": "flair STRANGE", "number": 2}.get(way, "2")
    answers = deploy(BRAIN)(asked(parts, flair=series), **ORDER)
    assert {a["note"].split("FLAIR is ")[1] for a in answers} == {'series 2 "FLAIR strange".'}


def test_a_request_may_name_what_the_rules_leave_out(deploy):
    study = generate_uid()
    lines = [line(8, "T1 SUBTRACTION"), T1, line(4, "AX T1"), line(5, "MIP")]
    parts = [
        write_line(one, study, generate_uid(), STACK, shown(number))
        for number, one in enumerate(lines)
    ]
    named = {"T1c": 8, "T1": 3, "T2": 4, "FLAIR": 5}
    assert_brain(deploy(BRAIN)(asked(parts, **named), **ORDER), parts[0])


def test_a_series_that_is_named_is_not_taken_for_another_channel(deploy):
    text = refusal(deploy(BRAIN), asked(brain_study(), T2=5))
    assert "No series fits the channel FLAIR" in text and "T2," not in text.split("There are")[0]


@pytest.mark.parametrize(
    "channels, said",
    [
        ({"T1c": 99}, 'has the number, UID or description "99", which args.channels names for'),
        ({"PET": 8}, "args.channels names PET; the model's channels are T1c, T1, T2, FLAIR."),
        ({"T1c": ""}, "T1c is '', not a series' number, UID or description"),
        ({"T1c": True}, "T1c is True, not a series' number"),
        ({"T1c": [8]}, "T1c is [8], not a series' number"),
    ],
)
def test_a_request_that_names_no_series_is_refused(deploy, channels, said):
    assert said in refusal(deploy(BRAIN), asked(brain_study(), **channels))


def test_channels_that_are_no_object_are_refused(deploy):
    sent = {**request(*brain_study()), "args": {"channels": "T1c=8"}}
    assert 'args.channels must be an object such as {"T1c": 8}' in refusal(deploy(BRAIN), sent)


def test_a_request_names_the_series_of_a_model_that_takes_any(deploy):
    parts = abdomen("native", "portal")
    answers = deploy("spleen_ct", "--modality", "any")(asked(parts, image=1), **ONE)
    assert {answer["series_uid"] for answer in answers} == {parts[1].series_uid}


# ------------------------------------------------------------------ what was there


def test_the_series_that_were_there_are_listed(deploy):
    parts = mr(
        [
            line(1, "LOC", "cor", ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"]),
            T1,
            line(4, "AX T2", ContrastBolusAgent="Gadovist"),
            line(7, "", "sag", SeriesNumber=None),
            line(11, "PERF", DiffusionBValue=0.0, AcquisitionNumber=1),
            line(11, "PERF", DiffusionBValue=800.0, AcquisitionNumber=2),
        ]
    )
    study = parts[0].study_uid
    gap = write_line(FLAIR, study, generate_uid(), replace(STACK, shape=(4, 8, 8)))
    del gap.contents[1]
    text = refusal(deploy(BRAIN), request(*parts, gap))
    lines = text.splitlines()
    assert lines[0] == f"The channels of study {study} can't be found."
    assert lines[1].startswith("No series fits the channel T1c, which looks for a T1 (by its times")
    assert lines[2].startswith("No series fits the channel FLAIR, which looks for a FLAIR (by its")
    assert lines[3:9] == [
        "There are:",
        f'- series 3 "AX T1", axial, 3 instances, {parts[1].series_uid}: called T1; '
        "nothing tells of contrast medium",
        f'- series 4 "AX T2", axial, 3 instances, contrast agent Gadovist, {parts[2].series_uid}: '
        "called T2",
        f"- series without a number (no name), sagittal, 3 instances, {parts[3].series_uid}: "
        "nothing tells its contrast",
        '- series 11 "PERF", axial, 6 instances, 2 volumes, DiffusionBValue 0, 800, '
        f'{parts[4].series_uid}: left out: perfusion (the word "perf")',
        f'- series 1 "LOC", 3 instances, {parts[0].series_uid}, not usable: instance '
        f"{parts[0].uids[0]}: it is a localizer, not part of a volume (and 2 more)",
    ]
    assert lines[9].startswith(f'- series 5 "AX FLAIR", 3 instances, {gap.series_uid}, not usable')
    assert "not evenly spaced" in lines[9]
    assert '--channel "T1c=SeriesDescription:~PATTERN"' in lines[-1]
    assert 'args {"channels": {"T1c": SERIES NUMBER}}' in lines[-1]
    assert "scope" not in text


def test_a_single_series_is_told_of_the_scope(deploy):
    text = refusal(deploy(BRAIN), request(*mr([T1C])))
    assert "its scope on MD.ai must be STUDY" in text


def test_a_request_without_images_is_refused(deploy):
    assert "no series that can be segmented" in refusal(deploy(BRAIN), request())


# ------------------------------------------------------------------ several studies


def test_each_study_is_matched_on_its_own(deploy):
    studies = [brain_study(), brain_study()]
    answers = deploy(BRAIN)(request(contents(studies[0] + studies[1])), **ORDER)
    for parts in studies:
        assert_brain(answers, parts[0])
    assert len({answer["series_uid"] for answer in answers}) == 2


def test_a_study_that_lacks_a_channel_beside_a_complete_one(deploy):
    parts, poor = brain_study(), mr([T1C, T1, T2])
    answers = deploy(BRAIN)(request(contents(parts + poor)), **ORDER)
    assert_brain(answers, parts[0])
    (note,) = [answer for answer in answers if answer["type"] == "NONE"]
    assert note["study_uid"] == poor[0].study_uid and "series_uid" not in note
    assert "No series fits the channel FLAIR" in note["note"]


def test_several_studies_of_which_none_is_complete(deploy):
    studies = [mr([T1C, T1, T2]), mr([T1C, T1, FLAIR])]
    text = refusal(deploy(BRAIN), request(contents(studies[0] + studies[1])))
    assert "channel FLAIR" in text and "channel T2," in text
    assert all(parts[0].study_uid in text for parts in studies)


# ------------------------------------------------------------------ series of several volumes


def volumes_of_one_series(study: str) -> list[Files]:
    """b = 50, b = 800 and the ADC of both, as one series."""
    series = generate_uid()
    derived = ["DERIVED", "PRIMARY", "DIFFUSION", "ADC"]
    lines = [
        line(6, "DWI", DiffusionBValue=50.0, AcquisitionNumber=1),
        line(6, "DWI", DiffusionBValue=800.0, AcquisitionNumber=2),
        line(6, "DWI", ImageType=derived, AcquisitionNumber=3),
    ]
    return [
        write_line(one, study, series, STACK, shown(number + 1)) for number, one in enumerate(lines)
    ]


@pytest.mark.parametrize(
    "rules, expected",
    [((), 3), (("--channel", "ADC=DiffusionBValue:800"), 2), (("--channel", "ADC=Plane:axial"), 0)],
)
def test_volumes_of_a_series_are_told_apart(deploy, tmp_path, rules, expected):
    study = generate_uid()
    parts = [write_line(T2, study, generate_uid(), STACK, shown(0)), *volumes_of_one_series(study)]
    sent = request(contents(parts))
    if expected:
        _, (t2, other) = seen(deploy(PROSTATE, *rules), sent, tmp_path, **TWO)
        np.testing.assert_array_equal(t2, shown(0))
        np.testing.assert_array_equal(other, shown(expected))
    else:
        text = refusal(deploy(PROSTATE, *rules), sent, **TWO)
        assert "4 images fit the channel ADC equally well" in text
        assert "it takes one: " in text and 'series 4 "AX T2"' in text
        original = "ImageType ORIGINAL\\PRIMARY\\M\\ND, DiffusionBValue"
        assert f'series 6 "DWI" ({original} 50)' in text
        assert f'series 6 "DWI" ({original} 800)' in text


def change_header(files: Files, study: str, **values) -> Files:
    """An Enhanced instance with other attributes outside its functional groups."""
    ds = pydicom.dcmread(BytesIO(files.contents[0]))
    ds.StudyInstanceUID, ds.FrameOfReferenceUID = study, "1.2.826.0.1.3680043.8.498.77"
    for name, value in values.items():
        setattr(ds, name, value)
    return Files(study, files.series_uid, files.uids, [encoded(ds)])


def group(name: str, **values) -> dict[str, Items]:
    item = Dataset()
    for attribute, value in values.items():
        setattr(item, attribute, value)
    return {name: Items([item])}


def enhanced(study: str, volumes: list[tuple[np.ndarray, list[dict]]], **header) -> Files:
    """Volumes on STACK in one Enhanced instance.

    Args:
        volumes: the values of each, and the functional groups of its frames.
    """
    slices = STACK.shape[0]
    frames = np.concatenate([values for values, _ in volumes])
    order = [number * slices + index for index in range(slices) for number in range(len(volumes))]
    stack = replace(STACK, shape=frames.shape)

    def change(item: Dataset, index: int) -> None:
        number = index // slices
        position = STACK.position(index % slices)
        item.PlanePositionSequence[0].ImagePositionPatient = [str(v) for v in position]
        content = group("FrameContentSequence", TemporalPositionIndex=number + 1)
        for one in [content, *volumes[number][1]]:
            for name, items in one.items():
                setattr(item, name, items)

    files = write_enhanced(frames, stack, order=order, sop_class=ENHANCED_MR, change=change)
    return change_header(files, study, **header)


def test_volumes_of_an_enhanced_instance_are_told_apart_by_their_frames(deploy, tmp_path):
    study = generate_uid()
    kinds = [
        (50.0, ["ORIGINAL", "PRIMARY", "DIFFUSION", "NONE"]),
        (800.0, ["ORIGINAL", "PRIMARY", "DIFFUSION", "NONE"]),
        (None, ["DERIVED", "PRIMARY", "DIFFUSION", "ADC"]),
    ]
    volumes = []
    for number, (b_value, kind) in enumerate(kinds, 1):
        groups = [group("MRImageFrameTypeSequence", FrameType=kind)]
        if b_value is not None:
            groups.append(group("MRDiffusionSequence", DiffusionBValue=b_value))
        volumes.append((shown(number), groups))
    many = enhanced(study, volumes, SeriesDescription="DWI", SeriesNumber=6)
    first = write_line(T2, study, generate_uid(), STACK, shown(0))
    for rules, expected in ((), 3), (("--channel", "ADC=DiffusionBValue:800"), 2):
        folder = tmp_path / str(expected)
        folder.mkdir()
        _, (_, other) = seen(deploy(PROSTATE, *rules), request(first, many), folder, **TWO)
        np.testing.assert_array_equal(other, shown(expected))


def test_contrast_medium_in_part_of_the_frames(deploy, tmp_path):
    """One series from before and after the injection serves two channels with its two volumes."""
    study = generate_uid()
    agent = Dataset()
    agent.ContrastBolusAgentNumber, agent.CodeMeaning = 1, "Gadobutrol"
    volumes = []
    for number, given in (1, "NO"), (0, "YES"):
        usage = {"ContrastBolusAgentNumber": 1, "ContrastBolusAgentAdministered": given}
        volumes.append((shown(number), [group("ContrastBolusUsageSequence", **usage)]))
    both = enhanced(
        study,
        volumes,
        SeriesDescription="t1_mprage_tra",
        SeriesNumber=3,
        ContrastBolusAgentSequence=Items([agent]),
    )
    others = [
        write_line(one, study, generate_uid(), STACK, shown(number))
        for number, one in ((2, T2), (3, FLAIR))
    ]
    answers, channels = seen(deploy(BRAIN), request(both, *others), tmp_path, **ORDER)
    for number, channel in enumerate(channels):
        np.testing.assert_array_equal(channel, shown(number))
    frames = {answer["frame_number"] for answer in answers}
    assert frames and all(number % 2 == 0 for number in frames)


def test_time_points_that_fit_alike_are_refused(deploy):
    two = [
        line(4, "AX T2", TemporalPositionIdentifier=1),
        line(4, "AX T2", TemporalPositionIdentifier=2),
    ]
    text = refusal(deploy(BRAIN), request(*mr([T1C, T1, *two, FLAIR])))
    assert (
        '2 images fit the channel T2 equally well, and it takes one: series 4 "AX T2" (volume 1 '
        'of 2), series 4 "AX T2" (volume 2 of 2)' in text
    )


# ------------------------------------------------------------------ a single channel with rules

PORTAL = ("--channel", "image=SeriesDescription:~portal", "--channel", "image=Plane:coronal")
ONE = {"pattern": {"levels": [LEVEL]}, "form": "label_map"}


def abdomen(*names: str) -> list[Files]:
    study = generate_uid()
    return [
        write_line(line(number, name), study, generate_uid(), STACK, shown(number))
        for number, name in enumerate(names)
    ]


def test_only_the_series_that_fit_are_segmented(deploy):
    parts = abdomen("native", "portal venous", "late", "portal venous thin")
    answers = deploy("spleen_ct", *PORTAL)(request(contents(parts)), **ONE)
    for number in (1, 3):
        found = masks(answers, parts[number], STACK.shape)
        np.testing.assert_array_equal(found[0], shown(number) > LEVEL)
    assert {answer["series_uid"] for answer in answers} == {
        parts[1].series_uid,
        parts[3].series_uid,
    }


def test_a_later_alternative_counts_where_no_series_fits_an_earlier(deploy):
    parts = abdomen("native", "late")
    coronal = write_line(
        line(7, "any", "cor"), parts[0].study_uid, generate_uid(), stack_in("cor", STACK.shape)
    )
    answers = deploy("spleen_ct", *PORTAL)(request(*parts, coronal), **ONE)
    assert {answer["series_uid"] for answer in answers} == {coronal.series_uid}


def test_none_that_fits_a_single_channel_is_refused(deploy):
    parts = abdomen("native", "late")
    text = refusal(deploy("spleen_ct", *PORTAL), request(*parts), **ONE)
    assert (
        "No series fits the channel image, which looks for SeriesDescription with /portal/; or "
        'Plane "coronal".' in text
    )
    assert 'series 1 "late", axial, 6 instances' in text and "scope" not in text


# ------------------------------------------------------------------ the start


def test_a_pattern_that_python_does_not_know_is_named(deploy_variant):
    def edit(config, root):
        config["input"]["channels"][0]["rules"] = [
            [{"attribute": "Plane", "pattern": "(?<=a+)b", "negate": False}]
        ]

    named = r"pattern '\(\?<=a\+\)b' of the channel image is not a regular expression of Python"
    with pytest.raises(Exception, match=named):
        deploy_variant("spleen_ct", edit)
