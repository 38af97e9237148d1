"""What the network is given: modality values, whatever the stored form."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import imagecodecs
import nibabel
import numpy as np
import pydicom.uid
import pytest
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.sequence import Sequence as Items

from answers import masks
from dicom_files import (
    ENHANCED_MR,
    Pixels,
    Stack,
    request,
    write_enhanced,
    write_series,
)
from scenes import LEVELS, image, organ

STACK = Stack()


@pytest.fixture
def seen(deploy, tmp_path):
    """seen(files, shape) -> (slices, rows, columns): what the network was given for a series."""
    model = deploy("spleen_ct", "--modality", "any")

    def run(files, shape=STACK.shape) -> np.ndarray:
        answers = model(request(files), pattern=LEVELS, form="label_map", keep_input=str(tmp_path))
        run.answers = answers
        volume = np.asarray(nibabel.load(str(next(Path(tmp_path).glob("*.nii")))).dataobj)
        assert volume.dtype == np.float32
        # The stacks here go along their normal: slices, rows and columns are z, y and x.
        assert volume.shape == shape[::-1]
        return volume.T

    return run


def values(low: int, high: int) -> np.ndarray:
    """All kinds of values between two, the ends among them."""
    count = int(np.prod(STACK.shape))
    return np.linspace(low, high, count).round().astype(np.int64).reshape(STACK.shape)


STORED = {
    "8 bits unsigned": (Pixels(8, 8, False), 0, 255),
    "8 bits signed": (Pixels(8, 8, True), -128, 127),
    "10 of 16 bits unsigned": (Pixels(16, 10, False), 0, 1023),
    "12 of 16 bits unsigned": (Pixels(16, 12, False, 1, -1024), -1024, 3071),
    "12 of 16 bits signed": (Pixels(16, 12, True), -2048, 2047),
    "16 bits unsigned": (Pixels(16, 16, False, 1, -1024), -1024, 64511),
    "16 bits signed": (Pixels(16, 16, True), -32768, 32767),
    "slope 2, intercept -1000": (Pixels(16, 16, True, 2, -1000), -3000, 4000),
    "slope 0.5, intercept 10": (Pixels(16, 12, False, 0.5, 10), 10, 2000),
}


@pytest.mark.parametrize("name", STORED)
@pytest.mark.parametrize(
    "syntax",
    [
        pydicom.uid.ExplicitVRLittleEndian,
        pydicom.uid.ImplicitVRLittleEndian,
        pydicom.uid.ExplicitVRBigEndian,
        pydicom.uid.DeflatedExplicitVRLittleEndian,
    ],
    ids=lambda uid: uid.name,
)
def test_stored_forms(seen, name, syntax):
    pixels, low, high = STORED[name]
    wanted = values(low, high)
    if pixels.slope == 2:
        wanted -= wanted % 2
    files = write_series(wanted, STACK, pixels, syntax=syntax)
    np.testing.assert_array_equal(seen(files), wanted)


def test_slope_and_intercept_of_every_slice(seen):
    """As in PET: every slice has its own."""
    wanted = values(0, 1200).astype(float)

    def change(ds, index):
        slope, intercept = 0.25 * (index + 1), -8.0 * index
        raw = (wanted[index] - intercept) / slope
        ds.RescaleSlope, ds.RescaleIntercept = slope, intercept
        ds.PixelData = np.rint(raw).astype("<i2").tobytes()
        wanted[index] = np.rint(raw) * slope + intercept

    files = write_series(np.zeros(STACK.shape, int), STACK, change=change)
    np.testing.assert_allclose(seen(files), wanted, rtol=1e-6)


def test_no_slope_and_intercept(seen):
    def change(ds, index):
        del ds.RescaleSlope, ds.RescaleIntercept

    wanted = values(-500, 500)
    np.testing.assert_array_equal(seen(write_series(wanted, STACK, change=change)), wanted)


def test_an_empty_slope_of_another_type_is_none(seen):
    def change(ds, index):
        del ds.RescaleSlope, ds.RescaleIntercept
        ds.add_new("RescaleSlope", "LO", "")
        ds.add_new("RescaleIntercept", "LO", "")

    wanted = values(-500, 500)
    np.testing.assert_array_equal(seen(write_series(wanted, STACK, change=change)), wanted)


def test_slope_of_every_frame(seen):
    wanted = values(0, 4000).astype(float)
    slopes = [0.5, 1.0, 2.0, 0.25, 4.0, 1.5]
    for index, slope in enumerate(slopes):
        wanted[index] = np.rint(wanted[index] / slope) * slope
    files = write_enhanced(
        wanted,
        STACK,
        Pixels(16, 16, False),
        slopes=slopes,
        order=[3, 0, 5, 1, 2, 4],
        sop_class=ENHANCED_MR,
    )
    np.testing.assert_array_equal(seen(files), wanted)


def test_a_modality_lut(seen):
    wanted = values(0, 15) * 37 + 5

    def change(ds, index):
        del ds.RescaleSlope, ds.RescaleIntercept
        lut = Dataset()
        lut.LUTDescriptor = [16, 0, 16]
        lut.ModalityLUTType = "US"
        lut.add_new("LUTData", "US", [value * 37 + 5 for value in range(16)])
        ds.ModalityLUTSequence = Items([lut])

    files = write_series(values(0, 15), STACK, Pixels(16, 12, False), change=change)
    np.testing.assert_array_equal(seen(files), wanted)


@pytest.mark.parametrize("packed", [False, True])
def test_a_modality_lut_of_eight_bits(seen, packed):
    """More entries than 8 bits could count, and a first value with a sign."""
    entries = [value // 4 for value in range(1000)]

    def change(ds, index):
        del ds.RescaleSlope, ds.RescaleIntercept
        lut = Dataset()
        lut.add_new("LUTDescriptor", "SS", [1000, -500, 8])
        words = np.array(entries, "<u1").view("<u2").tolist() if packed else entries
        lut.add_new("LUTData", "US", words)
        ds.ModalityLUTSequence = Items([lut])

    sent = values(-700, 700)
    wanted = np.array(entries)[np.clip(sent + 500, 0, 999)]
    np.testing.assert_array_equal(seen(write_series(sent, STACK, change=change)), wanted)


@pytest.mark.parametrize("signed", [False, True])
def test_overlays_in_unused_bits_are_no_pixels(seen, signed):
    """Retired, but there: an overlay in bits 12 and up of the pixel's own cells."""
    pixels = Pixels(16, 12, signed)
    wanted = values(-2000 if signed else 0, 2047)

    def change(ds, index):
        raw = np.frombuffer(ds.PixelData, "<u2").copy()
        raw &= 0x0FFF
        raw[::3] |= 0xF000
        ds.PixelData = raw.tobytes()

    np.testing.assert_array_equal(seen(write_series(wanted, STACK, pixels, change=change)), wanted)


# ------------------------------------------------------------------ padding


def padded(values: np.ndarray, value: int) -> tuple[np.ndarray, np.ndarray]:
    """Values with a corner of padding, and where that is."""
    corner = np.zeros(values.shape, bool)
    corner[:, :3, :5] = True
    return np.where(corner, value, values), corner


@pytest.mark.parametrize("tag", ["signed", "as unsigned"])
@pytest.mark.parametrize("implicit", [False, True])
def test_dark_padding_stays(seen, tag, implicit):
    """Converters leave it, so networks know it."""
    wanted, _ = padded(values(-1000, 900), -2000)

    def change(ds, index):
        ds.PixelPaddingValue = -2000
        if tag == "as unsigned":
            ds.add_new("PixelPaddingValue", "US", 63536)

    syntax = pydicom.uid.ImplicitVRLittleEndian if implicit else pydicom.uid.ExplicitVRLittleEndian
    files = write_series(wanted, STACK, Pixels(), change=change, syntax=syntax)
    np.testing.assert_array_equal(seen(files), wanted)


@pytest.mark.parametrize("limit", [None, 32000])
def test_bright_padding_is_made_as_dark_as_the_image(seen, limit):
    # Every slice has air and tissue.
    sent, corner = padded(values(-1000, 900).reshape(-1, 6).T.reshape(STACK.shape), 32767)
    if limit is not None:
        sent[:, 0, 0] = 32100

    def change(ds, index):
        ds.PixelPaddingValue = 32767
        if limit is not None:
            ds.PixelPaddingRangeLimit = limit

    given = seen(write_series(sent, STACK, change=change))
    np.testing.assert_array_equal(given[~corner], sent[~corner])
    for index in range(len(given)):
        rest = sent[index][~corner[index]]
        np.testing.assert_array_equal(given[index][corner[index]], rest.min())
    assert not any(np.array(answer["data"]["mask"])[:3, :5].any() for answer in seen.answers), (
        "padding passed for tissue"
    )


def test_padding_through_the_rescale(seen):
    """63536 is -2000 stored in 16 bits without a sign; as a value it would be 62512."""
    sent, corner = padded(values(0, 1900), 62512)
    files = write_series(
        sent,
        STACK,
        Pixels(16, 16, False, 1, -1024),
        change=lambda ds, index: ds.add_new("PixelPaddingValue", "US", 63536),
    )
    given = seen(files)
    assert given[corner].max() <= 1900
    np.testing.assert_array_equal(given[~corner], sent[~corner])


def test_padding_that_needs_more_bits_than_pixels_have(seen):
    """-2000 in pixels of 12 bits, as some scanners write it: their bits alone would be 2096."""
    wanted, corner = padded(values(0, 900).reshape(-1, 6).T.reshape(STACK.shape), 0)

    def change(ds, index):
        raw = np.frombuffer(ds.PixelData, "<u2").reshape(corner.shape[1:]).copy()
        raw[corner[index]] = 63536
        ds.PixelData = raw.tobytes()
        ds.add_new("PixelPaddingValue", "US", 63536)

    given = seen(write_series(wanted, STACK, Pixels(16, 12, False), change=change))
    np.testing.assert_array_equal(given[~corner], wanted[~corner])
    assert given[corner].max() <= wanted[~corner].min() + 10


def test_padding_that_no_pixel_can_have_is_none(seen):
    """-2000 is no value of 8 bits; its lowest 8 bits, 48, are one."""
    wanted = values(0, 255)
    files = write_series(
        wanted,
        STACK,
        Pixels(8, 8, False),
        change=lambda ds, index: ds.add_new("PixelPaddingValue", "SS", -2000),
    )
    np.testing.assert_array_equal(seen(files), wanted)


# ------------------------------------------------------------------ compressed


def compressed(encode, syntax):
    def change(ds, index):
        bits = ds.BitsAllocated
        raw = np.frombuffer(ds.PixelData, f"<{'i' if ds.PixelRepresentation else 'u'}{bits // 8}")
        raw = raw.reshape(ds.Rows, ds.Columns)
        ds.PixelData = encapsulate([encode(raw)])
        ds["PixelData"].is_undefined_length = True
        ds.file_meta.TransferSyntaxUID = syntax

    return change


def rle(raw: np.ndarray) -> bytes:
    """RLE Lossless (PS3.5 Annex G): a segment for each byte of a pixel, highest first."""
    planes = raw.astype(raw.dtype.newbyteorder(">")).view(np.uint8)
    planes = planes.reshape(*raw.shape, raw.itemsize)
    segments = []
    for byte in range(raw.itemsize):
        segment = b""
        for row in planes[:, :, byte]:
            # Literal runs only, of at most 128 bytes.
            for start in range(0, len(row), 128):
                part = row[start : start + 128].tobytes()
                segment += bytes([len(part) - 1]) + part
        segments.append(segment + b"\0" * (len(segment) % 2))
    offsets = np.zeros(16, "<u4")
    offsets[0] = len(segments)
    offsets[1 : len(segments) + 1] = 64 + np.cumsum([0, *map(len, segments[:-1])])
    return offsets.tobytes() + b"".join(segments)


def unsigned(encode):
    """For codecs without a sign: the bits as they are."""
    return lambda raw: encode(raw.view(raw.dtype.str.replace("i", "u")))


LOSSLESS = {
    "RLE Lossless": (pydicom.uid.RLELossless, rle),
    "JPEG-LS Lossless": (pydicom.uid.JPEGLSLossless, unsigned(imagecodecs.jpegls_encode)),
    "JPEG Lossless, process 14": (pydicom.uid.JPEGLossless, unsigned(imagecodecs.ljpeg_encode)),
    "JPEG Lossless, first order": (pydicom.uid.JPEGLosslessSV1, unsigned(imagecodecs.ljpeg_encode)),
    "JPEG 2000 Lossless": (
        pydicom.uid.JPEG2000Lossless,
        lambda raw: imagecodecs.jpeg2k_encode(raw, level=0, codecformat="j2k", reversible=True),
    ),
}
DEPTHS = {
    "8 bits": Pixels(8, 8, False),
    "12 bits": Pixels(16, 12, False, 1, -1024),
    "16 bits": Pixels(16, 16, False, 1, -1024),
    "16 bits signed": Pixels(16, 16, True),
}


@pytest.mark.parametrize("codec", LOSSLESS)
@pytest.mark.parametrize("depth", DEPTHS)
def test_lossless_compression(seen, codec, depth):
    syntax, encode = LOSSLESS[codec]
    pixels = DEPTHS[depth]
    wanted = values(0, 255) if pixels.allocated == 8 else values(-1000, 1900)
    if codec.startswith("JPEG") and "2000" not in codec and pixels.signed:
        wanted = np.abs(wanted)
    files = write_series(wanted, STACK, pixels, change=compressed(encode, syntax))
    np.testing.assert_array_equal(seen(files), wanted)


LOSSY = {
    "JPEG Baseline": (
        pydicom.uid.JPEGBaseline8Bit,
        lambda raw: imagecodecs.jpeg8_encode(raw, level=98),
    ),
    "JPEG-LS Near Lossless": (
        pydicom.uid.JPEGLSNearLossless,
        lambda raw: imagecodecs.jpegls_encode(raw, level=2),
    ),
    "JPEG 2000": (
        pydicom.uid.JPEG2000,
        lambda raw: imagecodecs.jpeg2k_encode(raw, level=60, codecformat="j2k"),
    ),
}


@pytest.mark.parametrize("codec", LOSSY)
def test_lossy_compression(seen, codec):
    syntax, encode = LOSSY[codec]
    wanted = values(0, 255)
    files = write_series(wanted, STACK, Pixels(8, 8, False), change=compressed(encode, syntax))
    assert np.abs(seen(files) - wanted).max() <= 8


def test_pixels_that_cannot_be_decoded_are_named(spleen):
    files = write_series(
        image(STACK.shape),
        STACK,
        change=compressed(lambda raw: b"no JPEG at all", pydicom.uid.JPEGLSLossless),
    )
    with pytest.raises(spleen.error, match="can't be decoded"):
        spleen(request(files), pattern=LEVELS, form="label_map")


def test_pixels_cut_short_are_named(spleen):
    def change(ds, index):
        ds.PixelData = ds.PixelData[:100]

    files = write_series(image(STACK.shape), STACK, change=change)
    with pytest.raises(spleen.error, match="can't be decoded"):
        spleen(request(files), pattern=LEVELS, form="label_map")


# ------------------------------------------------------------------ Enhanced multi-frame


def frames(answers, files, shape) -> np.ndarray:
    """(frames, rows, columns) bool of one multi-frame instance, in the order of its frames."""
    found = np.zeros(shape, bool)
    for answer in answers:
        assert answer["instance_uid"] == files.uids[0]
        assert type(answer["frame_number"]) is int
        found[answer["frame_number"] - 1] = np.array(answer["data"]["mask"])
    return found


@pytest.mark.parametrize("order", [[0, 1, 2, 3, 4, 5], [5, 4, 3, 2, 1, 0], [2, 0, 5, 1, 4, 3]])
def test_enhanced_masks_carry_their_frame_number(spleen, order):
    files = write_enhanced(image(STACK.shape), STACK, order=order)
    answers = spleen(request(files), pattern=LEVELS, form="label_map")
    np.testing.assert_array_equal(frames(answers, files, STACK.shape), organ(STACK.shape)[order])


def test_enhanced_with_all_groups_per_frame(spleen):
    def change(item, index):
        direction, measures = Dataset(), Dataset()
        direction.ImageOrientationPatient = [*STACK.right, *STACK.down]
        measures.PixelSpacing = [STACK.row_step, STACK.column_step]
        item.PlaneOrientationSequence = Items([direction])
        item.PixelMeasuresSequence = Items([measures])

    files = write_enhanced(image(STACK.shape), STACK, change=change)
    answers = spleen(request(files), pattern=LEVELS, form="label_map")
    np.testing.assert_array_equal(frames(answers, files, STACK.shape), organ(STACK.shape))


def test_enhanced_time_points_are_separated(spleen):
    """Frames of two time points in turn, told apart by their dimension index."""
    two = np.concatenate([image(STACK.shape), image(STACK.shape)[::-1]])
    stack = replace(STACK, shape=(12, *STACK.shape[1:]))
    order = [index // 2 + 6 * (index % 2) for index in range(12)]

    def change(item, index):
        item.PlanePositionSequence[0].ImagePositionPatient = [*STACK.position(index % 6)]
        content = Dataset()
        content.DimensionIndexValues = [index // 6 + 1, index % 6 + 1]
        item.FrameContentSequence = Items([content])

    files = write_enhanced(two, stack, order=order, change=change)
    answers = spleen(request(files), pattern=LEVELS, form="label_map")
    np.testing.assert_array_equal(frames(answers, files, stack.shape), (two > 200)[order])


def test_one_enhanced_frame_is_an_instance(spleen):
    stack = replace(STACK, shape=(1, 14, 17))
    files = write_enhanced(image(stack.shape), stack)
    answers = spleen(request(files), pattern=LEVELS, form="label_map")
    np.testing.assert_array_equal(masks(answers, files, stack.shape)[0], organ(stack.shape))


def test_enhanced_frames_without_a_position_are_refused(spleen):
    def change(item, index):
        del item.PlanePositionSequence

    files = write_enhanced(image(STACK.shape), STACK, change=change)
    with pytest.raises(spleen.error, match="has no ImagePositionPatient"):
        spleen(request(files), pattern=LEVELS, form="label_map")
