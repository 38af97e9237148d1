"""Classification: what the network sees of an image, and what becomes of its scores."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Callable

import imagecodecs
import nibabel
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence as Items
from pydicom.uid import JPEG2000Lossless

import bundles
from classifiers import scored, write_mmar, write_pictures
from conftest import Deployed
from dicom_files import Files, Pixels, Stack, request, write_series
from examples import at_most

STACK = Stack(shape=(6, 14, 17))


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """models(name) -> Deployed, each packed once."""
    folder = tmp_path_factory.mktemp("classifiers")
    kinds: dict[str, tuple[dict[str, bool], tuple[str, ...]]] = {
        "xray": ({}, ()),
        "xray8": ({}, ("--image-form", "png8")),
        "rgb": ({}, ("--image-form", "rgb8", "--window", "none")),
        "full": ({}, ("--image-form", "png16_full")),
        "window": ({}, ("--window", "dicom")),
        "logits": ({"logits": True}, ()),
        "softmax": ({"softmax": True}, ("--negative-class", "non-COVID")),
        "softmax_logits": ({"softmax": True, "logits": True}, ("--threshold", "COVID=0.8")),
        "ct": ({"volume": True, "softmax": True}, ()),
        "ct_builtin": ({"volume": True, "softmax": True}, ("--lung-mask", "builtin")),
    }
    packed: dict[str, Deployed] = {}

    def get(name: str) -> Deployed:
        if name not in packed:
            shape, options = kinds[name]
            home = folder / name
            home.mkdir()
            mmar = write_mmar(home, **{"volume": False, **shape})
            packed[name] = Deployed(bundles.pack(str(mmar), home, *options), folder)
        return packed[name]

    with bundles.standin({}, folder, warm=True):
        yield get


@pytest.fixture
def picture(models: Any, tmp_path: Path) -> Callable[..., np.ndarray]:
    """The PNG that inference gets for the only image of a request."""

    def get(files: Files, model: str = "xray") -> np.ndarray:
        models(model)(request(files), scores=[0.1, 0.2, 0.3], keep=str(tmp_path))
        return imagecodecs.png_decode((tmp_path / "image-0001.png").read_bytes())

    return get


def found(answers: list[dict[str, Any]], files: Files) -> list[dict[int, float]]:
    """The probabilities by class_index of each instance; what is no ANNOTATION is left out."""
    by_uid: dict[str, dict[int, float]] = {uid: {} for uid in files.uids}
    for answer in answers:
        assert (answer["study_uid"], answer["series_uid"]) == (files.study_uid, files.series_uid)
        if answer["type"] == "ANNOTATION":
            assert "data" not in answer
            by_uid[answer["instance_uid"]][answer["class_index"]] = answer["probability"]
    return list(by_uid.values())


# ---------------------------------------------------------------- what is reported


def test_each_finding_over_its_threshold_is_an_annotation(models: Any) -> None:
    files = write_pictures([scored(900, 500, 501), scored(100, 200, 300)])
    answers = models("xray")(request(files), columns=3)
    assert found(answers, files) == [{0: 0.9, 2: 0.501}, {}]
    assert [answer["type"] for answer in answers] == ["ANNOTATION", "ANNOTATION", "NONE"]
    assert answers[2]["instance_uid"] == files.uids[1]


@pytest.mark.parametrize("layout", [[], ["reversed"], ["header"], ["quoted"], ["bare"], ["last"]])
def test_lines_are_found_by_the_images_name(models: Any, layout: list[str]) -> None:
    files = write_pictures([scored(600 + 10 * index) for index in range(12)])
    answers = models("xray")(request(files), columns=3, layout=layout)
    assert found(answers, files) == [{0: (600 + 10 * index) / 1000} for index in range(12)]


def test_all_images_are_inferred_in_one_run(models: Any, tmp_path: Path) -> None:
    files = write_pictures([scored(600)] * 5)
    models("xray")(request(files), columns=3, record=str(tmp_path / "seen"))
    assert len(json.loads((tmp_path / "seen").read_text())["images"]) == 5


def test_a_result_of_the_request_before_is_not_taken(models: Any) -> None:
    files = write_pictures([scored(900)])
    models("xray")(request(files), columns=3)
    with pytest.raises(Exception, match=r"there is no file predictions.csv; it left nothing"):
        models("xray")(request(files), columns=3, fail="no_file")


def test_logits_become_probabilities(models: Any) -> None:
    files = write_pictures([scored(700, 300, 501)])
    (values,) = found(models("logits")(request(files), columns=3, logits=True), files)
    assert values == pytest.approx({0: 1 / (1 + np.exp(-2)), 2: 1 / (1 + np.exp(-0.01))})


def test_softmax_counts_every_class_and_leaves_out_the_negative(models: Any) -> None:
    files = write_pictures([scored(200, 800), scored(800, 200)])
    answers = models("softmax")(request(files), columns=2)
    assert found(answers, files) == [{1: 0.8}, {}]


def test_softmax_of_logits_and_a_threshold_of_one_class(models: Any) -> None:
    files = write_pictures([scored(500, 700), scored(500, 600), scored(600, 500)])
    answers = models("softmax_logits")(request(files), columns=2, logits=True)
    expected = [{1: 1 / (1 + np.exp(-2))}, {}, {0: 1 / (1 + np.exp(-1))}]
    for values, wanted in zip(found(answers, files), expected):
        assert values == pytest.approx(wanted)


@pytest.mark.parametrize(
    ("threshold", "expected"),
    [
        (0.85, {0: 0.9}),
        (1, {}),
        ("0.7", {0: 0.9, 2: 0.8}),
        ({"COPD": 0.95}, {0: 0.9}),
        ({"Mass": 0, "Nodule": 1}, {1: 0.1, 2: 0.8}),
    ],
)
def test_the_request_may_set_thresholds(
    models: Any, threshold: Any, expected: dict[int, float]
) -> None:
    files = write_pictures([scored(900, 100, 800)])
    data = {**request(files), "args": {"threshold": threshold}}
    assert found(models("xray")(data, columns=3), files) == [expected]


@pytest.mark.parametrize("threshold", [1.5, -1, True, "x", [0.5], {"Cyst": 0.5}, {"Mass": None}])
def test_what_is_no_threshold_is_refused(models: Any, threshold: Any) -> None:
    data = {**request(write_pictures([scored(900)])), "args": {"threshold": threshold}}
    with pytest.raises(Exception, match=r"args\.threshold"):
        models("xray")(data, columns=3)


@pytest.mark.parametrize(
    ("fail", "says"),
    [
        ("no_line", r"no line for 1 of 2 images \(such as image-0002.png\)"),
        ("twice", "two lines for image-0002.png"),
        ("stranger", "Line 3 of predictions.csv belongs to none of the images"),
        ("index", "belongs to none of the images"),
        ("text", r"a value that is not a number: 'tensor\(0.5\)"),
        ("columns", "4 values where the model has 3 classes"),
        ({"log": "RuntimeError: broken", "code": 1}, r"failed \(exit code 1\)[^$]*broken"),
    ],
)
def test_scores_that_cannot_be_the_models_are_refused(models: Any, fail: Any, says: str) -> None:
    files = write_pictures([scored(900), scored(100)])
    with pytest.raises(Exception, match=says):
        models("xray")(request(files), columns=3, fail=fail)


IMPOSSIBLE = {
    "nan": ("Line 1 of predictions.csv holds scores that are not numbers: nan, 0.1, 0.8", False),
    "range": ("Line 1 of predictions.csv should hold probabilities, but holds 4.2, 0.1, 0.8", True),
}
"""What is said of an image's scores, and whether it makes those of others doubtful."""


@pytest.mark.parametrize("fail", IMPOSSIBLE)
def test_an_image_with_impossible_scores_is_none_and_the_others_are_answered(
    models: Any, fail: str
) -> None:
    says, is_doubtful = IMPOSSIBLE[fail]
    files = write_pictures([scored(900, 100, 800), scored(100, 200, 900)])
    answers = models("xray")(request(files), columns=3, fail=fail)
    assert found(answers, files) == [{}, {2: 0.9}]
    (none,) = [answer for answer in answers if answer["type"] == "NONE"]
    assert none["instance_uid"] == files.uids[0]
    assert re.search(f"Not classified: {says}", none["note"])
    (other,) = [answer for answer in answers if answer["type"] == "ANNOTATION"]
    assert ("these may be none either" in other.get("note", "")) == is_doubtful


@pytest.mark.parametrize("fail", IMPOSSIBLE)
def test_a_request_fails_where_all_scores_are_impossible(models: Any, fail: str) -> None:
    files = write_pictures([scored(900, 100, 800)])
    with pytest.raises(
        Exception, match=f"no image that can be classified: .*{IMPOSSIBLE[fail][0]}"
    ):
        models("xray")(request(files), columns=3, fail=fail)


def test_probabilities_of_exclusive_classes_add_up(models: Any) -> None:
    with pytest.raises(Exception, match="add up to 1"):
        models("softmax")(request(write_pictures([scored(900, 900)])), columns=2)


# ---------------------------------------------------------------- what the network sees


def test_values_keep_their_bit_depth(picture: Callable[..., np.ndarray]) -> None:
    values = scored(100, 0, 4095, rows=3, columns=11)
    seen = picture(write_pictures([values]))
    assert seen.dtype == np.uint16
    np.testing.assert_array_equal(seen, values)


@pytest.mark.parametrize("stored", [8, 10, 12, 16])
def test_monochrome1_is_inverted_over_its_format(
    picture: Callable[..., np.ndarray], stored: int
) -> None:
    def invert(ds: Dataset, _: int) -> None:
        ds.PhotometricInterpretation = "MONOCHROME1"

    top = 2**stored - 1
    values = np.array([[top, top - 200, top - 1], [0, 1, 2]])
    pixels = Pixels(allocated=8 if stored == 8 else 16, stored=stored, signed=False)
    seen = picture(write_pictures([values], pixels, invert))
    np.testing.assert_array_equal(seen, top - values)


@pytest.mark.parametrize("inverted", [False, True])
def test_padding_is_dark(picture: Callable[..., np.ndarray], inverted: bool) -> None:
    def pad(ds: Dataset, _: int) -> None:
        ds.PixelPaddingValue = 4000
        ds.PhotometricInterpretation = "MONOCHROME1" if inverted else "MONOCHROME2"

    values = scored(200, 100, 300)
    values[2:] = 4000
    seen = picture(write_pictures([4095 - values if inverted else values], change=pad))
    if inverted:  # there 4000 is not the value of the padding, which is 95
        np.testing.assert_array_equal(seen, values)
    else:
        assert seen[2:].max() == seen.min() == 100


def test_the_rescale_is_applied_and_negative_values_are_moved(
    picture: Callable[..., np.ndarray],
) -> None:
    values = np.array([[0, 200, 400], [-8192, 8190, 2]])
    pixels = Pixels(stored=13, signed=True, slope=2)
    seen = picture(write_pictures([values], pixels), "full")
    # 13 signed bits, doubled: -8192 to 8190.
    np.testing.assert_array_equal(seen, np.rint((values + 8192) * (65535 / 16382)))


@settings(max_examples=at_most(15))
@given(
    stored=st.integers(8, 16),
    signed=st.booleans(),
    inverted=st.booleans(),
    shape=st.tuples(st.integers(1, 9), st.integers(1, 9)),
    seed=st.integers(0, 2**32 - 1),
)
def test_any_format_keeps_its_values_apart(
    picture: Callable[..., np.ndarray],
    stored: int,
    signed: bool,
    inverted: bool,
    shape: tuple[int, int],
    seed: int,
) -> None:
    """Property: the darkest value of a format is 0, each next one is 1 brighter."""

    def invert(ds: Dataset, _: int) -> None:
        ds.PhotometricInterpretation = "MONOCHROME1" if inverted else "MONOCHROME2"

    low = -(2 ** (stored - 1)) if signed else 0
    high = low + 2**stored - 1
    values = np.random.default_rng(seed).integers(low, high, shape, endpoint=True)
    pixels = Pixels(allocated=8 if stored == 8 else 16, stored=stored, signed=signed)
    seen = picture(write_pictures([values], pixels, invert))
    np.testing.assert_array_equal(seen, high - values if inverted else values - low)


def test_a_full_range_is_stretched_by_the_format(picture: Callable[..., np.ndarray]) -> None:
    values = scored(10, 0, 40)
    seen = picture(write_pictures([values]), "full")
    np.testing.assert_array_equal(seen, np.rint(values * (65535 / 4095)))


def test_values_beyond_16_bits_are_scaled(picture: Callable[..., np.ndarray]) -> None:
    values = np.array([[0, 2**20 - 1, 0], [16, 2**19, 4096]])
    pixels = Pixels(allocated=32, stored=20, signed=False)
    seen = picture(write_pictures([values], pixels))
    np.testing.assert_array_equal(seen, np.rint(values * (65535 / (2**20 - 1))))


def _window(ds: Dataset, _: int) -> None:
    ds.WindowCenter, ds.WindowWidth = "1000", "1001"


def _voi_lut(ds: Dataset, _: int) -> None:
    lut = Dataset()
    lut.LUTDescriptor, lut.LUTData = [4, 100, 10], [0, 400, 800, 1023]
    lut["LUTDescriptor"].VR = lut["LUTData"].VR = "US"
    ds.VOILUTSequence = Items([lut])


def test_the_window_is_applied_only_when_asked_for(picture: Callable[..., np.ndarray]) -> None:
    files = write_pictures([scored(400, 500, 600)], change=_window)
    np.testing.assert_array_equal(picture(files)[0, :3], [400, 500, 600])
    # PS3.3 C.11.2.1.2.1: ((x - (c - 0.5)) / (w - 1) + 0.5) * (4095 - 0)
    expected = np.clip((np.array([400, 500, 600]) - 999.5) / 1000 + 0.5, 0, 1) * 4095
    np.testing.assert_array_equal(picture(files, "window")[0, :3], np.rint(expected))


def test_the_voi_lut_is_applied(picture: Callable[..., np.ndarray]) -> None:
    files = write_pictures([scored(100, 101, 102)], change=_voi_lut)
    np.testing.assert_array_equal(picture(files, "window")[0, :4], [0, 400, 800, 1023])


@pytest.mark.parametrize("width", ["0", "0.5", "-3"])
def test_a_window_without_width_is_not_applied(
    models: Any, picture: Callable[..., np.ndarray], width: str
) -> None:
    def flat(ds: Dataset, _: int) -> None:
        ds.WindowCenter, ds.WindowWidth = "40", width

    files = write_pictures([scored(900, 20, 60)], change=flat)
    np.testing.assert_array_equal(picture(files, "window"), scored(900, 20, 60))
    (answer,) = models("window")(request(files), columns=3)
    assert f"(LINEAR, center 40.0, width {float(width)}) is not valid" in answer["note"]


def _palette(ds: Dataset, _: int) -> None:
    ds.PhotometricInterpretation = "PALETTE COLOR"
    for colour in ("Red", "Green", "Blue"):
        ramp = np.arange(0, 65536, 257, dtype="<u2")
        setattr(ds, f"{colour}PaletteColorLookupTableDescriptor", [256, 0, 16])
        ds[f"{colour}PaletteColorLookupTableDescriptor"].VR = "US"
        setattr(ds, f"{colour}PaletteColorLookupTableData", ramp.tobytes())


def test_a_grey_palette_is_taken(picture: Callable[..., np.ndarray]) -> None:
    grey = scored(200, 250, 100) % 256
    files = write_pictures([grey], Pixels(allocated=8, stored=8, signed=False), _palette)
    np.testing.assert_array_equal(picture(files), grey * 257)


@pytest.mark.parametrize("model", ["xray8", "rgb"])
def test_eight_bits_hold_the_formats_range(picture: Callable[..., np.ndarray], model: str) -> None:
    values = scored(0, 2047, 4095, rows=4)
    seen = picture(write_pictures([values]), model)
    assert seen.dtype == np.uint8
    expected = np.rint(values * (255 / 4095))
    np.testing.assert_array_equal(seen if model == "xray8" else seen[..., 1], expected)
    assert seen.shape == values.shape + ((3,) if model == "rgb" else ())


@pytest.mark.parametrize("shape", [(1, 3), (3, 1021), (640, 3)])
def test_any_size(picture: Callable[..., np.ndarray], shape: tuple[int, int]) -> None:
    values = np.arange(shape[0] * shape[1]).reshape(shape) % 991
    np.testing.assert_array_equal(picture(write_pictures([values])), values)


def _coloured(pixels: np.ndarray, meaning: str) -> Callable[[Dataset, int], None]:
    def change(ds: Dataset, _: int) -> None:
        ds.SamplesPerPixel, ds.PlanarConfiguration = 3, 0
        ds.PhotometricInterpretation = meaning
        ds.PixelData = pixels.astype(np.uint8).tobytes() + b"\0" * (pixels.size % 2)

    return change


def test_grey_that_is_stored_in_colour_is_taken(picture: Callable[..., np.ndarray]) -> None:
    grey = scored(200, 250, 100) % 256
    eight = Pixels(allocated=8, stored=8, signed=False)
    rgb = np.repeat(grey[..., None], 3, axis=2)
    ybr = np.stack([grey, np.full_like(grey, 128), np.full_like(grey, 128)], axis=2)
    for pixels, meaning in ((rgb, "RGB"), (ybr, "YBR_FULL")):
        seen = picture(write_pictures([grey], eight, _coloured(pixels, meaning)))
        np.testing.assert_array_equal(seen, grey)


def test_an_image_that_cannot_be_classified_stops_no_other(models: Any) -> None:
    colour = np.zeros((5, 7, 3))
    colour[..., 0] = 200
    eight = Pixels(allocated=8, stored=8, signed=False)
    red = write_pictures([scored(200) % 256], eight, _coloured(colour, "RGB"))

    def frames(ds: Dataset, _: int) -> None:
        ds.NumberOfFrames, ds.PixelData = 2, ds.PixelData * 2

    cine, good = write_pictures([scored(10) * 2], change=frames), write_pictures([scored(900)])
    answers = models("xray")(request(red, cine, good), columns=3)
    assert [answer["type"] for answer in answers] == ["ANNOTATION", "NONE", "NONE"]
    assert "colour image (RGB)" in answers[1]["note"] and answers[1]["instance_uid"] in red.uids
    assert "2 frames" in answers[2]["note"] and answers[2]["instance_uid"] in cine.uids
    with pytest.raises(Exception, match=r"no image that can be classified: .*colour image"):
        models("xray")(request(red), columns=3)


def test_a_request_without_images_is_refused(models: Any) -> None:
    with pytest.raises(Exception, match="none of its files is a DICOM image"):
        models("xray")(request(), columns=3)


def test_a_compressed_image(picture: Callable[..., np.ndarray]) -> None:
    from pydicom.encaps import encapsulate

    values = scored(700, 20, 3)

    def compress(ds: Dataset, _: int) -> None:
        code = imagecodecs.jpeg2k_encode(
            values.astype(np.uint16), level=0, codecformat="j2k", bitspersample=12
        )
        ds.PixelData = encapsulate([code])
        ds["PixelData"].is_undefined_length = True

    files = write_pictures([values], change=compress, syntax=JPEG2000Lossless)
    np.testing.assert_array_equal(picture(files), values)


# ---------------------------------------------------------------- volumes and lung masks


def _ct(*thousandths: int, stack: Stack = STACK) -> tuple[np.ndarray, Files]:
    """A series whose first voxels along x, on the first slice, are scores."""
    values = np.full(stack.shape, -100)
    values[:, 0, : len(thousandths)] = thousandths
    return values, write_series(values, stack)


def _masked(files: Files, masks: list[np.ndarray], name: str = "Lungs") -> dict[str, Any]:
    data = request(files)
    data["annotations"] = [
        {
            "id": f"A{index}",
            "label_id": name,
            "study_uid": files.study_uid,
            "series_uid": files.series_uid,
            "instance_uid": uid,
            "frame_number": None,
            "data": {"mask": mask.astype(int).tolist()},
        }
        for index, (uid, mask) in enumerate(zip(files.uids, masks))
        if mask.any()
    ]
    data["label_classes"] = [{"class_index": 0, "label": {"id": name, "name": name}}]
    return data


@pytest.fixture
def lungs() -> np.ndarray:
    masks = np.zeros(STACK.shape, bool)
    masks[1:4, 3:9, 2:11] = True
    return masks


def test_the_requests_mask_lies_on_the_series_pixels(
    models: Any, tmp_path: Path, lungs: np.ndarray
) -> None:
    values, files = _ct(200, 800)
    answers = models("ct")(_masked(files, list(lungs)), columns=2, keep=str(tmp_path))
    (answer,) = answers
    assert answer == {
        "type": "ANNOTATION",
        "study_uid": files.study_uid,
        "series_uid": files.series_uid,
        "class_index": 1,
        "probability": 0.8,
    }
    image, mask = (nibabel.load(tmp_path / f"{n}-0001.nii") for n in ("image", "mask"))
    np.testing.assert_array_equal(image.affine, mask.affine)
    for volume, expected in ((image, values), (mask, lungs)):
        np.testing.assert_array_equal(np.asarray(volume.dataobj).transpose(2, 1, 0), expected)


def test_without_a_mask_a_series_is_refused(models: Any, lungs: np.ndarray) -> None:
    _, bare = _ct(200, 800)
    with pytest.raises(Exception, match=r"wants a lung mask.*--lung-mask builtin"):
        models("ct")(request(bare), columns=2)
    _, files = _ct(100, 900)
    data = _masked(files, list(lungs))
    data["files"] = request(bare, files)["files"]
    answers = models("ct")(data, columns=2)
    assert [answer["type"] for answer in answers] == ["ANNOTATION", "NONE"]
    assert answers[1]["series_uid"] == bare.series_uid and "lung mask" in answers[1]["note"]


def test_the_label_of_the_lungs(models: Any, tmp_path: Path, lungs: np.ndarray) -> None:
    _, files = _ct(200, 800)
    data, other = _masked(files, list(lungs), "A"), _masked(files, list(~lungs), "B")
    data["annotations"] += other["annotations"]

    def seen(label_classes: dict[str, str], **args: str) -> np.ndarray:
        data["args"] = args
        data["label_classes"] = [
            {"class_index": 0, "label": {"id": id_, "name": name}}
            for id_, name in label_classes.items()
        ]
        models("ct")(data, columns=2, keep=str(tmp_path))
        return np.asarray(nibabel.load(tmp_path / "mask-0001.nii").dataobj).transpose(2, 1, 0)

    with pytest.raises(Exception, match=r"masks of 2 labels.*args\.lung_label"):
        seen({})
    np.testing.assert_array_equal(seen({"A": "left LUNG"}), lungs)
    np.testing.assert_array_equal(seen({"A": "COVID"}), ~lungs)
    np.testing.assert_array_equal(seen({}, lung_label="A"), lungs)
    np.testing.assert_array_equal(seen({"A": "lung", "B": "Lungs"}), np.ones_like(lungs))
    for case in (({"A": "COVID", "B": "x"}, {}), ({}, {"lung_label": "C"})):
        with pytest.raises(Exception, match="wants a lung mask"):
            seen(case[0], **case[1])


@pytest.mark.parametrize(
    ("mask", "says"),
    [
        (np.ones((3, 4)), r"shape \(3, 4\); its instance has 14 rows and 17"),
        ([[1], [1, 0]], "read"),
    ],
)
def test_a_mask_that_does_not_fit_is_refused(models: Any, mask: Any, says: str) -> None:
    _, files = _ct(200, 800)
    data = _masked(files, [np.ones(STACK.shape[1:], bool)])
    data["annotations"][0]["data"]["mask"] = np.asarray(mask).tolist() if says != "read" else mask
    with pytest.raises(Exception, match=says):
        models("ct")(data, columns=2)


def test_the_largest_probability_of_a_series_volumes_counts(models: Any, lungs: np.ndarray) -> None:
    _, first = _ct(400, 600)
    values, _ = _ct(100, 900)
    second = write_series(
        values,
        STACK,
        study=first.study_uid,
        series=first.series_uid,
        change=lambda ds, _: setattr(ds, "AcquisitionNumber", 2),
    )
    data = _masked(first, list(lungs))
    data["annotations"] += _masked(second, list(lungs))["annotations"]
    data["files"] = request(first, second)["files"]
    answers = models("ct")(data, columns=2)
    assert [(a["class_index"], a["probability"]) for a in answers] == [(1, 0.9)]


BODY = Stack(shape=(20, 40, 50), row_step=8.0, column_step=8.0, step=(0.0, 0.0, 12.0))


def _thorax() -> tuple[np.ndarray, np.ndarray]:
    """A body in air with two lungs, a vessel in one, and gas in the bowel; and the lungs."""
    values = np.full(BODY.shape, -1000)
    values[:, 4:36, 4:46] = 40
    lungs = np.zeros(BODY.shape, bool)
    lungs[3:17, 10:30, 8:22] = lungs[3:17, 10:30, 28:42] = True
    values[lungs] = -800
    values[6:9, 15:17, 12:14] = 50
    values[0:2, 30:32, 20:24] = -900
    values[0, 0, :2] = 200, 800
    return values, lungs


def test_the_built_in_mask_finds_the_lungs(models: Any, tmp_path: Path) -> None:
    values, lungs = _thorax()
    files = write_series(values, BODY)
    answers = models("ct_builtin")(request(files), columns=2, keep=str(tmp_path))
    assert answers[0]["probability"] == 0.8
    mask = np.asarray(nibabel.load(tmp_path / "mask-0001.nii").dataobj).transpose(2, 1, 0)
    np.testing.assert_array_equal(mask, lungs)


def test_the_built_in_mask_is_no_guess(models: Any) -> None:
    values, lungs = _thorax()
    values[lungs] = 40
    with pytest.raises(Exception, match="finds no lungs"):
        models("ct_builtin")(request(write_series(values, BODY)), columns=2)


def test_a_bundle_brings_the_packages_that_it_uses(models: Any) -> None:
    def packages(name: str) -> list[str]:
        text = (models(name).model / ".mdai" / "requirements.txt").read_text()
        return [line for line in text.splitlines() if line and not line.startswith("#")]

    assert packages("xray") == []
    assert packages("ct") == ["nibabel==4.0.2"]
    assert packages("ct_builtin") == ["nibabel==4.0.2", "scipy==1.10.1"]


def test_code_of_another_task_is_refused(models: Any, tmp_path: Path) -> None:
    def edit(config: dict[str, Any], _: Path) -> None:
        config["type"] = "segmentation"

    variant = bundles.variant(models("xray").model, tmp_path / "v", edit)
    with pytest.raises(Exception, match="this code classifies"):
        bundles.load(variant).MDAIModel()
