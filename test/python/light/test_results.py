"""Forms of the result file, and results that can't be used."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from answers import dice, masks
from dicom_files import Stack, request, write_series
from scenes import LEVELS, bodies, image, organ

STACK = Stack()
LARGE = Stack(shape=(106, 120, 126), step=(0, 0, 1.1), row_step=1.0, column_step=0.95)
VALUES = image(STACK.shape)
LABEL_MAP = {"pattern": LEVELS, "form": "label_map"}
TURNS = [[], ["flip:0"], ["flip:1", "flip:2"], ["permute:1,0,2"], ["permute:2,0,1", "flip:0"]]


@pytest.fixture(scope="module")
def files():
    return write_series(VALUES, STACK)


def refusal(deployed, sent, **wishes) -> str:
    with pytest.raises(deployed.error) as caught:
        deployed(sent, **wishes)
    return str(caught.value)


# ------------------------------------------------------------------ forms


@pytest.mark.parametrize("dtype", ["uint8", "int16", "int32", "float32", "float64"])
@pytest.mark.parametrize("turn", TURNS)
def test_a_label_map_of_any_type_on_any_turn_of_the_grid(spleen, files, dtype, turn):
    answers = spleen(request(files), **LABEL_MAP, dtype=dtype, grid=turn)
    np.testing.assert_array_equal(masks(answers, files, STACK.shape)[0], organ(STACK.shape))


@pytest.mark.parametrize("form", ["one_hot", "probabilities"])
@pytest.mark.parametrize("turn", TURNS)
def test_exclusive_classes_on_a_channel_axis(liver, files, form, turn):
    pattern = {"levels": [200, 330]}
    answers = liver(request(files), pattern=pattern, form=form, grid=turn)
    found = masks(answers, files, STACK.shape, 2)
    np.testing.assert_array_equal(found[1], VALUES > 330)
    np.testing.assert_array_equal(found[0], (VALUES > 200) & (VALUES <= 330))


@pytest.mark.parametrize("turn", TURNS)
def test_channels_that_overlap(brain, files, turn):
    pattern = {"levels": [300, 200, 390]}
    answers = brain(request(files), pattern=pattern, form="channels", grid=turn)
    found = masks(answers, files, STACK.shape, 3)
    np.testing.assert_array_equal(found, [VALUES > 300, VALUES > 200, VALUES > 390])
    assert (found[0] & found[1]).any(), "the test needs an overlap"


def test_one_channel_without_a_channel_axis(deploy_variant, files):
    """MONAI's saver squeezes it; the threshold decides."""

    def edit(config, root):
        config["out_classes"] = 1
        config["output"]["form"] = "channels"
        config["classes"] = [{"class_index": 0, "name": "organ", "value": 0}]

    one = deploy_variant("brain_channels", edit)
    answers = one(request(files), pattern=LEVELS, form="channels")
    np.testing.assert_array_equal(masks(answers, files, STACK.shape)[0], organ(STACK.shape))


def test_the_threshold_is_the_configs(deploy_variant, files):
    def edit(config, root):
        config["output"]["threshold"] = 0.99
        config["output"]["form"] = "channels"

    # The stand-in's probabilities are 0.73 at most.
    strict = deploy_variant("liver_tumor_ct", edit)
    answers = strict(request(files), pattern={"levels": [200, 330]}, form="probabilities")
    assert [answer["type"] for answer in answers] == ["NONE"]


def test_class_index_and_value_are_the_configs(deploy_variant, files):
    """class_index in an order of its own, and one of the labels not reported."""

    def edit(config, root):
        config["output"]["form"] = "label_map"
        config["out_classes"] = 4
        config["classes"] = [
            {"class_index": 0, "name": "c", "value": 3},
            {"class_index": 1, "name": "a", "value": 1},
        ]

    odd = deploy_variant("liver_tumor_ct", edit)
    answers = odd(request(files), pattern={"levels": [200, 330, 360]}, form="label_map")
    found = masks(answers, files, STACK.shape, 2)
    np.testing.assert_array_equal(found[0], VALUES > 360)
    np.testing.assert_array_equal(found[1], (VALUES > 200) & (VALUES <= 330))


@pytest.mark.parametrize("shape", [(1, 14, 17), (1, 3, 3), (2, 3, 40)])
@pytest.mark.parametrize("name", ["spleen_ct", "liver_tumor_ct", "brain_channels"])
def test_axes_of_one_that_the_saver_drops(deploy, name, shape):
    stack = replace(STACK, shape=shape)
    files = write_series(image(shape), stack)
    forms = {"spleen_ct": "label_map", "liver_tumor_ct": "one_hot", "brain_channels": "channels"}
    levels = [200] * {"spleen_ct": 1, "liver_tumor_ct": 2, "brain_channels": 3}[name]
    answers = deploy(name)(request(files), pattern={"levels": levels}, form=forms[name])
    found = masks(answers, files, shape, len(levels))
    np.testing.assert_array_equal(found[-1], organ(shape))


@pytest.mark.parametrize("postfix", ["", "seg", "my.post fix"])
@pytest.mark.parametrize("extension", [".nii", ".nii.gz"])
@pytest.mark.parametrize("separate", [True, False])
def test_the_files_name(deploy_variant, files, postfix, extension, separate):
    def edit(config, root):
        config["engine"]["result"].update(
            postfix=postfix, extension=extension, separate_folder=separate
        )
        path = root / config["engine"]["inference_config"]
        inference = json.loads(path.read_text())
        saver = inference["post_transforms"][-1]["args"]
        saver.update(output_postfix=postfix, output_ext=extension, separate_folder=separate)
        path.write_text(json.dumps(inference))

    answers = deploy_variant("spleen_ct", edit)(request(files), **LABEL_MAP)
    np.testing.assert_array_equal(masks(answers, files, STACK.shape)[0], organ(STACK.shape))


# ------------------------------------------------------------------ resampled


@pytest.mark.parametrize("spacing", ["1,1,1", "1.5,1.5,2", "0.9,0.8,1.3"])
@pytest.mark.parametrize("turn", TURNS[::4])
def test_overlap_on_a_resampled_grid(liver, spacing, turn):
    first, second = bodies(LARGE)
    files = write_series(np.zeros(LARGE.shape, np.int16), LARGE)
    pattern = {"bodies": [first[1], second[1]]}
    answers = liver(
        request(files), pattern=pattern, form="one_hot", grid=[f"spacing:{spacing}", *turn]
    )
    found = masks(answers, files, LARGE.shape, 2)
    assert dice(found[0], first[0] & ~second[0]) >= 0.99
    # The second body is half as large: more of it is surface.
    assert dice(found[1], second[0]) >= 0.96


def test_channels_on_a_resampled_grid(brain):
    first, second = bodies(LARGE)
    files = write_series(np.zeros(LARGE.shape, np.int16), LARGE)
    answers = brain(
        request(files),
        pattern={"bodies": [first[1], second[1], first[1]]},
        form="channels",
        grid=["spacing:1.3,1.2,1.4"],
    )
    found = masks(answers, files, LARGE.shape, 3)
    assert dice(found[0], first[0]) >= 0.99
    np.testing.assert_array_equal(found[0], found[2])


def test_a_mask_up_to_the_border_reaches_the_border(spleen):
    """The resampled grid ends half a voxel before the series does."""
    stack = Stack(shape=(10, 33, 35), step=(0, 0, 2.0), row_step=1.0, column_step=1.0)
    files = write_series(np.full(stack.shape, 300, np.int16), stack)
    answers = spleen(request(files), **LABEL_MAP, grid=["spacing:1.9,1.9,2.6"])
    assert masks(answers, files, stack.shape)[0].all()


# ------------------------------------------------------------------ results that can't be used


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("more", [[], ["spacing:1.5,1.5,2"]])
def test_a_result_that_was_cropped_and_not_inverted_is_refused(spleen, axis, more):
    """MONAI 0.8 crops without moving the affine's origin: the masks would be shifted."""
    stack = replace(STACK, shape=(30, 40, 50))
    files = write_series(image(stack.shape), stack)
    text = refusal(spleen, request(files), **LABEL_MAP, grid=[*more, f"crop:{axis}"])
    assert "does not lie where its input" in text and "Invertd" in text


FAILURES = {
    "no_file": "there is no file series-0001/series-0001_trans.nii.gz; it left nothing",
    "garbage": "can't be read",
    "truncated": "can't be read",
    "nan": "that are not numbers",
    "label_9": "label map of 2 classes, but holds values from 0 to 9",
    "wrong_channels": "5 channels where the model has 1",
}


@pytest.mark.parametrize("kind", FAILURES)
def test_a_result_that_cannot_be_used_is_an_error(spleen, files, kind):
    text = refusal(spleen, request(files), **LABEL_MAP, fail=kind)
    assert FAILURES[kind] in text
    answers = spleen(request(files), **LABEL_MAP)
    np.testing.assert_array_equal(masks(answers, files, STACK.shape)[0], organ(STACK.shape))


def test_labels_that_were_interpolated_are_refused(deploy_variant, files):
    def edit(config, root):
        config["output"]["form"] = "label_map"

    three = deploy_variant("liver_tumor_ct", edit)
    text = refusal(
        three, request(files), pattern={"levels": [200, 330]}, form="label_map", fail="fractions"
    )
    assert "holds fractions" in text


def test_a_label_map_where_channels_should_be_is_refused(liver, files):
    text = refusal(liver, request(files), **LABEL_MAP)
    assert "1 channels where the model has 3" in text


def test_a_file_of_another_name_is_named(deploy_variant, files):
    def edit(config, root):
        config["engine"]["result"]["postfix"] = "other"

    text = refusal(deploy_variant("spleen_ct", edit), request(files), **LABEL_MAP)
    assert "exit code 0, and there is no file series-0001/series-0001_other.nii.gz" in text
    assert "it left series-0001/series-0001_trans.nii.gz" in text
