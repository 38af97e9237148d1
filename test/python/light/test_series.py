"""Which files of a request become volumes, and what is refused with which reason."""

from __future__ import annotations

import random
from dataclasses import replace

import nibabel
import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence as Items
from pydicom.uid import generate_uid

from answers import dice, masks
from cases import PLANES, rotation
from dicom_files import (
    CT_IMAGE,
    Files,
    Pixels,
    Stack,
    decimals,
    encoded,
    new_dataset,
    request,
    set_pixels,
    write_series,
)
from scenes import LEVELS, bodies, image, organ

STACK = Stack()
THRESHOLD = {"pattern": LEVELS, "form": "label_map"}


def assert_exact(answers, files: Files, shape=STACK.shape) -> None:
    np.testing.assert_array_equal(masks(answers, files, shape)[0], organ(shape))


def refusal(deployed, sent) -> str:
    with pytest.raises(deployed.error) as caught:
        deployed(sent, **THRESHOLD)
    return str(caught.value)


def none_of(answers, series_uid: str) -> dict:
    found = [answer for answer in answers if answer["series_uid"] == series_uid]
    assert [answer["type"] for answer in found] == ["NONE"]
    return found[0]


# ------------------------------------------------------------------ order of the files


@pytest.mark.parametrize("numbers", ["missing", "reversed", "all one", "random"])
def test_instance_numbers_do_not_matter(spleen, numbers):
    some = random.Random(3).sample(range(100), STACK.shape[0])

    def change(ds, index):
        if numbers == "missing":
            del ds.InstanceNumber
        else:
            kinds = {"reversed": STACK.shape[0] - index, "all one": 1, "random": some[index]}
            ds.InstanceNumber = kinds[numbers]

    files = write_series(image(STACK.shape), STACK, change=change)
    random.Random(1).shuffle(files.contents)
    assert_exact(spleen(request(files), **THRESHOLD), files)


def test_a_file_that_came_twice_counts_once(spleen):
    files = write_series(image(STACK.shape), STACK)
    assert_exact(spleen(request(files, files.contents[2]), **THRESHOLD), files)


def test_two_files_of_one_uid_are_refused(spleen):
    same = "1.2.3.4"

    def change(ds, index):
        ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = same

    assert "Two different files" in refusal(
        spleen, request(write_series(image(STACK.shape), STACK, change=change))
    )


# ------------------------------------------------------------------ number of slices


@pytest.mark.parametrize("missing", ["nothing", "thickness", "all"])
def test_one_slice(spleen, missing):
    stack = replace(STACK, shape=(1, 14, 17))

    def change(ds, index):
        if missing in ("thickness", "all"):
            del ds.SliceThickness
        if missing == "thickness":
            ds.SpacingBetweenSlices = 3

    files = write_series(image(stack.shape), stack, change=change)
    assert_exact(spleen(request(files), **THRESHOLD), files, stack.shape)


@pytest.mark.parametrize("count", [2, 3, 600])
def test_any_number_of_slices(spleen, count):
    stack = replace(STACK, shape=(count, 9, 8), step=(0, 0, 0.625))
    files = write_series(image(stack.shape), stack)
    random.Random(count).shuffle(files.contents)
    assert_exact(spleen(request(files), **THRESHOLD), files, stack.shape)


# ------------------------------------------------------------------ spacing of the slices


def test_positions_rounded_to_a_tenth_of_a_millimetre(spleen):
    stack = replace(STACK, shape=(40, 9, 8), step=(0, 0, 0.625))

    def change(ds, index):
        ds.ImagePositionPatient = [f"{value:.1f}" for value in stack.position(index)]

    files = write_series(image(stack.shape), stack, change=change)
    assert_exact(spleen(request(files), **THRESHOLD), files, stack.shape)


@pytest.mark.parametrize("gone", [[1], [7], [18], [7, 8, 9]])
def test_a_missing_slice_is_refused(spleen, gone):
    stack = replace(STACK, shape=(20, 9, 8))
    files = write_series(image(stack.shape), stack)
    for index in reversed(gone):
        del files.contents[index]
    text = refusal(spleen, request(files))
    assert "not evenly spaced" in text
    assert f"{len(gone)} slice" in text and "missing" in text
    assert f"the widest gap is between slices {gone[0]} and {gone[0] + 1} " in text


def test_two_spacings_in_a_series_are_refused(spleen):
    stack = replace(STACK, shape=(20, 9, 8), step=(0, 0, 1))

    def change(ds, index):
        ds.ImagePositionPatient = decimals(stack.position(index) + [0, 0, max(0, index - 9) * 0.5])

    text = refusal(spleen, request(write_series(image(stack.shape), stack, change=change)))
    assert "not evenly spaced" in text and "missing" not in text


@pytest.mark.parametrize("tilt", [-20, -3, 3, 12, 30])
@pytest.mark.parametrize("along", [1, -1])
def test_gantry_tilt_comes_out_right(spleen, tilt, along):
    """The table moves along z while the slices lean, so that each lies a bit to the side."""
    turn = rotation(tilt, 0, 0)
    stack = Stack(
        shape=(44, 110, 104),
        right=(1, 0, 0),
        down=tuple(turn[:, 1]),
        first=(-50, -60, 10),
        step=(0, 0, 2.0 * along),
        row_step=1.0,
        column_step=1.1,
    )
    inside, body = bodies(stack)[0]
    files = write_series(np.zeros(stack.shape, np.int16), stack)
    for grid in ([], ["flip:1"], ["spacing:1.2,1.3,1.4"]):
        answers = spleen(request(files), pattern={"bodies": [body]}, form="label_map", grid=grid)
        assert dice(masks(answers, files, stack.shape)[0], inside) >= 0.99


def test_what_the_network_sees_of_a_tilted_stack_is_upright(spleen, tmp_path):
    """A body given by its pixels: the tilt is undone in the image, too, not in the affine alone."""
    turn = rotation(18, 0, 0)
    stack = Stack(
        (44, 110, 104), (1, 0, 0), tuple(turn[:, 1]), (-50, -60, 10), (0, 0, 2.0), 1.0, 1.1
    )
    inside, _ = bodies(stack)[0]
    files = write_series(np.where(inside, 400, 0).astype(np.int16), stack)
    answers = spleen(request(files), **THRESHOLD)
    assert dice(masks(answers, files, stack.shape)[0], inside) >= 0.99


def test_slices_that_lie_irregularly_sideways_are_refused(spleen):
    def change(ds, index):
        ds.ImagePositionPatient = decimals(STACK.position(index) + [(index % 2) * 5, 0, 0])

    text = refusal(spleen, request(write_series(image(STACK.shape), STACK, change=change)))
    assert "straight stack" in text


def test_rounded_cosines_are_no_tilt(spleen, tmp_path):
    """Cosines to four decimals drift sideways by less than a pixel: nothing is resampled."""
    turn = rotation(11, 7, -5)
    stack = Stack(
        (60, 12, 13),
        tuple(turn[:, 0]),
        tuple(turn[:, 1]),
        (10, 20, 30),
        tuple(turn[:, 2] * 2),
        0.8,
        0.8,
    )

    def change(ds, index):
        ds.ImageOrientationPatient = [f"{value:.4f}" for value in [*stack.right, *stack.down]]

    files = write_series(image(stack.shape), stack, change=change)
    answers = spleen(request(files), **THRESHOLD, keep_input=str(tmp_path))
    assert_exact(answers, files, stack.shape)
    seen = nibabel.load(str(tmp_path / "series-0001.nii"))
    np.testing.assert_array_equal(np.asarray(seen.dataobj).T, image(stack.shape))


# ------------------------------------------------------------------ several at one position


@pytest.mark.parametrize(
    "attribute", ["TemporalPositionIdentifier", "AcquisitionNumber", "EchoNumbers", "EchoTime"]
)
def test_time_points_are_separated(spleen, attribute):
    study, series = generate_uid(), generate_uid()
    first, second = image(STACK.shape), image(STACK.shape)[::-1].copy()

    def numbered(value):
        return lambda ds, index: setattr(ds, attribute, value)

    one, two = (
        write_series(values, STACK, study=study, series=series, change=numbered(value))
        for value, values in ((1, first), (2, second))
    )
    mixed = [content for pair in zip(one.contents, two.contents) for content in pair]
    answers = spleen(request(mixed), **THRESHOLD)
    of_one = [answer for answer in answers if answer["instance_uid"] in one.uids]
    of_two = [answer for answer in answers if answer["instance_uid"] in two.uids]
    assert len(of_one) + len(of_two) == len(answers)
    np.testing.assert_array_equal(masks(of_one, one, STACK.shape)[0], first > 200)
    np.testing.assert_array_equal(masks(of_two, two, STACK.shape)[0], second > 200)


def test_slices_at_one_position_that_nothing_tells_apart_are_refused(spleen):
    study, series = generate_uid(), generate_uid()
    parts = [write_series(image(STACK.shape), STACK, study=study, series=series) for _ in range(2)]
    text = refusal(spleen, request(*parts))
    assert "12 slices lie at only 6 positions" in text


def test_time_points_that_are_not_complete_are_refused(spleen):
    """AcquisitionNumber tells the twins apart, but leaves no whole stack on either side."""
    study, series = generate_uid(), generate_uid()
    parts = [
        write_series(
            image(STACK.shape),
            STACK,
            study=study,
            series=series,
            change=lambda ds, index, part=part: setattr(
                ds, "AcquisitionNumber", int(part == 0 and index == 0)
            ),
        )
        for part in range(2)
    ]
    assert "12 slices lie at only 6 positions" in refusal(spleen, request(*parts))


def test_a_slice_taken_again_is_refused(spleen):
    study, series = generate_uid(), generate_uid()
    whole = write_series(image(STACK.shape), STACK, study=study, series=series)
    again = write_series(image(STACK.shape), STACK, study=study, series=series)
    assert "share one" in refusal(spleen, request(whole, again.contents[3]))


# ------------------------------------------------------------------ mixed series


def test_orientations_in_one_series_are_separated(spleen):
    study, series = generate_uid(), generate_uid()
    stacks = [
        replace(STACK, right=right, down=down, step=tuple(np.cross(right, down) * 2.0))
        for right, down in PLANES.values()
    ]
    parts = [
        write_series(image(stack.shape), stack, study=study, series=series) for stack in stacks
    ]
    mixed = [content for trio in zip(*[part.contents for part in parts]) for content in trio]
    answers = spleen(request(mixed), **THRESHOLD)
    for part in parts:
        own = [answer for answer in answers if answer["instance_uid"] in part.uids]
        assert_exact(own, part)
    assert len(answers) == sum(
        answer["instance_uid"] in part.uids for answer in answers for part in parts
    )


def test_slices_that_are_nearly_parallel_are_refused(spleen):
    def change(ds, index):
        turn = rotation(0, 0, index * 1.5)
        ds.ImageOrientationPatient = decimals([*turn[:, 0], *turn[:, 1]])

    text = refusal(spleen, request(write_series(image(STACK.shape), STACK, change=change)))
    assert "not parallel" in text and "1.50 degrees" in text


def test_a_localizer_in_a_series_is_left_out(spleen):
    study, series = generate_uid(), generate_uid()
    files = write_series(image(STACK.shape), STACK, study=study, series=series)
    right, down = PLANES["coronal"]
    scout = replace(STACK, shape=(1, 30, 40), right=right, down=down)

    def change(ds, index):
        ds.ImageType = ["ORIGINAL", "PRIMARY", "LOCALIZER"]

    localizer = write_series(image(scout.shape), scout, study=study, series=series, change=change)
    answers = spleen(request(localizer, files), **THRESHOLD)
    assert_exact(answers, files)
    assert not {answer.get("instance_uid") for answer in answers} & set(localizer.uids)


def test_a_localizer_series_beside_another_is_answered_with_the_reason(spleen):
    files = write_series(image(STACK.shape), STACK)

    def change(ds, index):
        ds.ImageType = ["ORIGINAL", "PRIMARY", "LOCALIZER"]

    localizer = write_series(image(STACK.shape), STACK, study=files.study_uid, change=change)
    answers = spleen(request(localizer, files), **THRESHOLD)
    assert_exact(answers, files)
    assert "localizer" in none_of(answers, localizer.series_uid)["note"]


def test_a_localizer_alone_is_refused(spleen):
    def change(ds, index):
        ds.ImageType = ["ORIGINAL", "PRIMARY", "LOCALIZER"]

    text = refusal(spleen, request(write_series(image(STACK.shape), STACK, change=change)))
    assert "localizer" in text


# ------------------------------------------------------------------ several series


def test_series_are_handled_each_on_its_own(spleen):
    stacks = [
        STACK,
        replace(STACK, shape=(4, 20, 11), step=(0, 0, -3)),
        replace(STACK, shape=(1, 9, 9)),
    ]
    study = generate_uid()
    parts = [write_series(image(stack.shape), stack, study=study) for stack in stacks]
    contents = [content for part in parts for content in part.contents]
    random.Random(2).shuffle(contents)
    answers = spleen(request(contents), **THRESHOLD)
    for part, stack in zip(parts, stacks):
        assert_exact(answers, part, stack.shape)


def test_a_defective_series_beside_a_good_one(spleen):
    good = write_series(image(STACK.shape), STACK)
    bad = write_series(image(STACK.shape), STACK, study=good.study_uid)
    del bad.contents[2]
    answers = spleen(request(bad, good), **THRESHOLD)
    assert_exact(answers, good)
    assert "Not segmented: its 5 slices are not evenly" in none_of(answers, bad.series_uid)["note"]


def test_nothing_found_is_one_none_for_the_series(spleen):
    files = write_series(image(STACK.shape), STACK)
    answers = spleen(request(files), pattern={"levels": [20000]}, form="label_map")
    assert answers == [
        {"type": "NONE", "study_uid": files.study_uid, "series_uid": files.series_uid}
    ]


def test_none_for_the_series_without_and_masks_for_the_one_with(spleen):
    files = write_series(image(STACK.shape), STACK)
    empty = write_series(np.zeros(STACK.shape, np.int16), STACK, study=files.study_uid)
    answers = spleen(request(empty, files), **THRESHOLD)
    assert_exact(answers, files)
    assert "note" not in none_of(answers, empty.series_uid)


# ------------------------------------------------------------------ what is no image

NO_IMAGES = {
    "SR": "1.2.840.10008.5.1.4.1.1.88.11",
    "PR": "1.2.840.10008.5.1.4.1.1.11.1",
    "RTSTRUCT": "1.2.840.10008.5.1.4.1.1.481.3",
    "DOC": "1.2.840.10008.5.1.4.1.1.104.1",
    "KO": "1.2.840.10008.5.1.4.1.1.88.59",
    "REG": "1.2.840.10008.5.1.4.1.1.66.1",
    "SEG": "1.2.840.10008.5.1.4.1.1.66.4",
    "RTDOSE": "1.2.840.10008.5.1.4.1.1.481.2",
}


def no_image(modality: str, study: str) -> bytes:
    ds = new_dataset(NO_IMAGES[modality], study, generate_uid())
    ds.Modality = modality
    if modality == "DOC":
        ds.EncapsulatedDocument = b"%PDF-1.4 "
    if modality == "SR":
        ds.ContentSequence = Items([Dataset()])
    if modality in ("SEG", "RTDOSE"):
        ds.NumberOfFrames = 2
        set_pixels(ds, np.ones((2, 4, 4), np.uint16), Pixels(signed=False))
    return encoded(ds)


def test_objects_that_are_no_images_are_passed_over(spleen):
    files = write_series(image(STACK.shape), STACK)
    others = [no_image(modality, files.study_uid) for modality in NO_IMAGES]
    answers = spleen(request(others, files), **THRESHOLD)
    assert_exact(answers, files)
    assert {answer["series_uid"] for answer in answers} == {files.series_uid}


@pytest.mark.parametrize("modality", NO_IMAGES)
def test_objects_that_are_no_images_alone_are_refused(spleen, modality):
    assert "none of its files is a DICOM image" in refusal(
        spleen, request(no_image(modality, "1.2.3"))
    )


def test_files_of_other_types_are_passed_over(spleen):
    files = write_series(image(STACK.shape), STACK)
    sent = request(files)
    sent["files"].append({"content": b"no DICOM", "content_type": "image/png"})
    assert_exact(spleen(sent, **THRESHOLD), files)


def test_an_empty_request_is_refused(spleen):
    assert "no series that can be segmented" in refusal(spleen, request())


def test_a_file_that_is_no_dicom_is_named(spleen):
    assert "File 1 of the request is not readable" in refusal(spleen, request(b"rubbish"))


def test_a_file_that_is_no_dicom_loses_only_itself(spleen):
    files = write_series(image(STACK.shape), STACK)
    answers = spleen(request(files, b"rubbish"), **THRESHOLD)
    assert_exact(answers, files)
    (other,) = [answer for answer in answers if answer["type"] == "NONE"]
    assert (other["study_uid"], "series_uid" in other) == (files.study_uid, False)
    assert "File 7 of the request is not readable" in other["note"]


def without(name):
    return lambda ds, index: delattr(ds, name)


@pytest.mark.parametrize(
    "name", ["ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing"]
)
def test_an_image_without_a_place_in_space_is_refused(spleen, name):
    files = write_series(image(STACK.shape), STACK, change=without(name))
    assert f"has no {name}" in refusal(spleen, request(files))


def test_a_screen_shot_in_the_series_is_left_out(spleen):
    study, series = generate_uid(), generate_uid()
    files = write_series(image(STACK.shape), STACK, study=study, series=series)
    shot = write_series(
        image((1, 14, 17)),
        replace(STACK, shape=(1, 14, 17)),
        study=study,
        series=series,
        change=without("ImagePositionPatient"),
    )
    assert_exact(spleen(request(files, shot), **THRESHOLD), files)


@pytest.mark.parametrize(
    "name, value, reason",
    [
        ("ImageOrientationPatient", [1, 0, 0, 1, 0, 0], "right angle"),
        ("ImageOrientationPatient", [2, 0, 0, 0, 1, 0], "unit vectors"),
        ("PixelSpacing", [0, 1], "over 0"),
        ("PixelSpacing", 1, "two numbers over 0"),
        ("ImagePositionPatient", [1, 2], "three numbers"),
    ],
)
def test_a_place_that_is_none_is_refused(spleen, name, value, reason):
    files = write_series(
        image(STACK.shape), STACK, change=lambda ds, index: setattr(ds, name, value)
    )
    assert reason in refusal(spleen, request(files))


def test_a_colour_image_is_refused(spleen):
    ds = new_dataset(CT_IMAGE, "1.2", "1.3")
    ds.Modality, ds.SamplesPerPixel, ds.PlanarConfiguration = "OT", 3, 0
    ds.PhotometricInterpretation, ds.Rows, ds.Columns = "RGB", 4, 4
    ds.BitsAllocated = ds.BitsStored = 8
    ds.HighBit, ds.PixelRepresentation, ds.PixelData = 7, 0, bytes(48)
    assert "colour image (RGB)" in refusal(spleen, request(encoded(ds)))


def test_frames_without_positions_are_refused(spleen):
    def change(ds, index):
        ds.NumberOfFrames = 2
        ds.Rows //= 2

    files = write_series(image((1, 14, 17)), replace(STACK, shape=(1, 14, 17)), change=change)
    assert "no positions of their own" in refusal(spleen, request(files))


def test_an_object_without_uids_is_named(spleen):
    files = write_series(image(STACK.shape), STACK, change=without("SeriesInstanceUID"))
    assert "File 1 of the request has no SeriesInstanceUID" in refusal(spleen, request(files))
