"""The tensor that an X-ray network receives, against an oracle of its own: picture_oracle.py."""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path
from typing import Any, Callable

import imagecodecs
import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence as Items
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

import bundles
import picture_oracle as oracle
import pydicom_files
from classifiers import write_mmar, write_pictures
from conftest import Deployed
from dicom_files import Files, Pixels, request

DEPTHS = (8, 10, 12, 14, 16)


def scaling(name: str, **args: float) -> dict[str, Any]:
    return {"name": name, "args": {"keys": ["image"], **args}}


def ranged(a_max: float, a_min: float = 0) -> dict[str, Any]:
    return scaling("ScaleIntensityRanged", a_min=a_min, a_max=a_max, b_min=0, b_max=1, clip=True)


NETWORKS: dict[str, tuple[dict[str, Any] | None, Callable[[np.ndarray], np.ndarray]]] = {
    **{
        f"range to {top}": (ranged(top), lambda p, top=top: oracle.scale_range(p, 0, top))
        for top in (255, 1023, 4000, 4095, 16383, 32767, 65535)
    },
    "mean and deviation of 12 bits": (
        scaling("NormalizeIntensityd", subtrahend=2000, divisor=900),
        lambda p: (oracle.normalize(p, 2000, 900) * 900 + 2000) / 4095,
    ),
    "to -1 and 1 of 8 bits": (
        scaling("NormalizeIntensityd", subtrahend=127.5, divisor=127.5),
        lambda p: (oracle.normalize(p, 127.5, 127.5) + 1) / 2,
    ),
    "its own range": (scaling("ScaleIntensityd"), oracle.scale),
}
"""The transform that scales, and the tensor of a picture as the network has it, from 0 to 1."""


@pytest.fixture(scope="module")
def networks(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """networks(name, options) -> (Deployed, tensor of a picture), each packed once."""
    folder = tmp_path_factory.mktemp("pictures")
    packed: dict[tuple[str, ...], Deployed] = {}

    def get(name: str, *options: str) -> tuple[Deployed, Callable[[np.ndarray], np.ndarray]]:
        step, tensor = NETWORKS[name]
        if (name, *options) not in packed:
            home = folder / str(len(packed))
            home.mkdir()
            mmar = write_mmar(home, volume=False)
            path = mmar / "config" / "config_inference.json"
            config = json.loads(path.read_text())
            config["pre_transforms"] = [
                t for t in config["pre_transforms"] if "Intensity" not in t["name"]
            ]
            config["pre_transforms"].insert(2, step)
            path.write_text(json.dumps(config))
            packed[(name, *options)] = Deployed(bundles.pack(str(mmar), home, *options), folder)
        return packed[(name, *options)], tensor

    with bundles.standin({}, folder, warm=True):
        yield get


@pytest.fixture
def all_seen(networks: Any, tmp_path: Path) -> Callable[..., Any]:
    """all_seen(files, network, options) -> for each of the files' only images its tensor, and
    the answers about it; all of them in one request."""

    def run(
        files: list[Files], name: str, *options: str
    ) -> list[tuple[np.ndarray, list[dict[str, Any]]]]:
        model, tensor = networks(name, *options)
        answers = model(request(*files), scores=[0.9, 0.2, 0.1], keep=str(tmp_path))
        found = []
        for number, file in enumerate(files, 1):
            content = (tmp_path / f"image-{number:04d}.png").read_bytes()
            own = [answer for answer in answers if answer["instance_uid"] in file.uids]
            found.append((tensor(imagecodecs.png_decode(content)), own))
        return found

    return run


@pytest.fixture
def seen(all_seen: Callable[..., Any]) -> Callable[..., tuple[np.ndarray, list[dict[str, Any]]]]:
    """seen(files, network, options) -> the only image's tensor, and the answers."""
    return lambda files, name, *options: all_seen([files], name, *options)[0]


def pixels_of(bits: int, stored: int | None = None, signed: bool = False) -> Pixels:
    stored = bits if stored is None else stored
    return Pixels(allocated=8 if stored == 8 else 16, stored=stored, signed=signed)


def alike(tensor: np.ndarray, expected: np.ndarray, within: float) -> None:
    """Pixel by pixel, and by what a glance at the picture shows."""
    assert tensor.shape == expected.shape
    np.testing.assert_allclose(tensor, expected, atol=within)
    found, wanted = oracle.statistics(tensor), oracle.statistics(expected)
    assert found == pytest.approx(wanted, abs=within)


# ---------------------------------------------------------------- intensity


def write_chest(bits: int, stored: int, inverted: bool, signed: bool = False) -> Files:
    """The chest by a detector of some bits, under a header that says others."""

    def change(ds: Dataset, _: int) -> None:
        ds.PhotometricInterpretation = "MONOCHROME1" if inverted else "MONOCHROME2"

    values = oracle.of_depth(oracle.chest(), bits)
    sent = (2**bits - 1) - values if inverted else values
    return write_pictures([sent], pixels_of(bits, stored, signed), change)


@pytest.mark.parametrize("network", NETWORKS)
def test_the_same_x_ray_is_the_same_tensor(all_seen: Any, network: str) -> None:
    """Whatever the detector's bits and the range that the network's config names."""
    cases = [(bits, inverted) for bits in DEPTHS for inverted in (False, True)]
    files = [write_chest(bits, bits, inverted) for bits, inverted in cases]
    for (bits, _), (tensor, answers) in zip(cases, all_seen(files, network)):
        coarse = bits == 8 or network in ("range to 255", "to -1 and 1 of 8 bits")
        alike(tensor, oracle.chest(), 1.1 / 255 if coarse else 1.1 / 1023)
        assert answers and not any("note" in answer for answer in answers)


def test_sixteen_bits_in_the_header_that_the_pixels_do_not_use(all_seen: Any) -> None:
    cases = [
        (bits, inverted, signed)
        for bits in (8, 10, 12, 14)
        for inverted in (False, True)
        for signed in (False, True)
    ]
    files = [write_chest(bits, 16, inverted, signed) for bits, inverted, signed in cases]
    for (bits, _, _), (tensor, answers) in zip(cases, all_seen(files, "range to 4095")):
        alike(tensor, oracle.chest(), 1.1 / 255)
        assert oracle.any_of(answers, f"says 16 bits stored, but its pixels use {bits}")


def test_sixteen_bits_that_are_used_are_not_doubted(seen: Any) -> None:
    dim = oracle.chest() * 0.4
    tensor, answers = seen(
        write_pictures([oracle.of_depth(dim, 16)], pixels_of(16)), "range to 4095"
    )
    alike(tensor, dim, 1 / 4095)
    assert not any("note" in answer for answer in answers)


def test_a_dark_image_stays_dark_and_is_doubted(seen: Any) -> None:
    """12 of 16 bits were said, so that the header was not just the cells'."""
    dark = oracle.chest() * 0.1
    tensor, answers = seen(
        write_pictures([oracle.of_depth(dark, 12)], pixels_of(12)), "range to 4095"
    )
    alike(tensor, dark, 1 / 4095)
    assert oracle.any_of(answers, "a small part of the 12 bits")


def test_padding_says_nothing_of_the_bits(seen: Any) -> None:
    def pad(ds: Dataset, _: int) -> None:
        ds.PixelPaddingValue = 65535

    values = oracle.of_depth(oracle.chest(), 12)
    values[-3:] = 65535
    tensor, answers = seen(write_pictures([values], pixels_of(16), pad), "range to 4095")
    np.testing.assert_allclose(tensor[:-3], oracle.chest()[:-3], atol=1 / 4095)
    assert tensor[-3:].max() <= tensor[:-3].min()
    assert oracle.any_of(answers, "use 12")


@pytest.mark.parametrize(("form", "top"), [("png10", 1023), ("png12", 4095), ("png14", 16383)])
def test_a_range_that_the_user_names(networks: Any, tmp_path: Path, form: str, top: int) -> None:
    model, _ = networks("its own range", "--image-form", form)
    files = [write_chest(bits, bits, False) for bits in DEPTHS]
    model(request(*files), scores=[0.9, 0.2, 0.1], keep=str(tmp_path))
    for number in range(1, len(DEPTHS) + 1):
        content = (tmp_path / f"image-{number:04d}.png").read_bytes()
        alike(imagecodecs.png_decode(content) / top, oracle.chest(), 1.1 / 255)


# ---------------------------------------------------------------- windows


@pytest.mark.parametrize("bits", [8, 12, 16])
@pytest.mark.parametrize(
    ("function", "centre", "width"),
    [
        ("LINEAR", 0.5, 0.4),
        ("LINEAR", 0.3, 1.2),
        ("LINEAR_EXACT", 0.5, 0.4),
        ("SIGMOID", 0.5, 0.3),
        ("LINEAR", 0.5, None),
        ("LINEAR_EXACT", 0.5, 0.6e-4),
        ("SIGMOID", 0.5, 0.6e-4),
    ],
)
def test_windows_are_the_standards(
    seen: Any, bits: int, function: str, centre: float, width: float | None
) -> None:
    """Centre and width as parts of the range; a width of None is 1."""
    top = 2**bits - 1
    c, w = round(centre * top, 1), 1 if width is None else width * top

    def change(ds: Dataset, _: int) -> None:
        ds.WindowCenter, ds.WindowWidth = str(c), f"{w:.6g}"
        if function != "LINEAR":
            ds.VOILUTFunction = function

    files = write_pictures([oracle.of_depth(oracle.chest(), bits)], pixels_of(bits), change)
    tensor, answers = seen(files, "range to 65535", "--window", "dicom")
    window = oracle.through_window(c, float(f"{w:.6g}"), function, 0, 1)
    expected = np.array(oracle.each(oracle.stored_values(read(files)), window))
    alike(tensor, expected, 2 / 65535)
    assert not any("note" in answer for answer in answers)


@pytest.mark.parametrize(
    ("centre", "width", "function"),
    [
        ("40", "0", "LINEAR"),
        ("40", "0.5", "LINEAR"),
        ("40", "0", "LINEAR_EXACT"),
        ("40", "-1", "SIGMOID"),
        ("40", "300", "LOGARITHMIC"),
        ("40", None, "LINEAR"),
    ],
)
def test_a_window_that_is_none(seen: Any, centre: str, width: str | None, function: str) -> None:
    def change(ds: Dataset, _: int) -> None:
        ds.WindowCenter, ds.VOILUTFunction = centre, function
        if width is not None:
            ds.WindowWidth = width

    files = write_pictures([oracle.of_depth(oracle.chest(), 12)], pixels_of(12), change)
    tensor, answers = seen(files, "range to 4095", "--window", "dicom")
    alike(tensor, oracle.chest(), 1 / 4095)
    assert oracle.any_of(answers, "is not valid, and was not applied")


# ---------------------------------------------------------------- look-up tables


def read(files: Files) -> Dataset:
    return pydicom.dcmread(BytesIO(files.contents[0]))


def lut_item(first: int, entries: list[int], bits: int, form: str, little: bool) -> Dataset:
    """A table as `words`, as packed `bytes` in words, or as words of the VR `OW`."""
    item = Dataset()
    sign = "SS" if first < 0 else "US"
    item.add_new("LUTDescriptor", sign, [len(entries) % 65536, first, bits])
    if sign == "SS" and len(entries) >= 32768:
        raise AssertionError("such a descriptor can't be written")
    words = list(entries)
    if form.startswith("packed"):
        padded = entries + [0] * (len(entries) % 2)
        words = [low | high << 8 for low, high in zip(padded[::2], padded[1::2])]
    if form.endswith("US"):
        item.add_new("LUTData", "US", words)
    else:
        order = "<u2" if little else ">u2"
        item.add_new("LUTData", "OW", np.array(words, order).tobytes())
    return item


TABLES = {
    "8 bits": (8, [min(255, (i * i) // 300) for i in range(300)], 0),
    "8 bits, more than 256 entries": (8, [i // 16 for i in range(4096)], 0),
    "8 bits, an odd number": (8, [255 - i for i in range(201)], 1000),
    "10 bits": (10, [i // 4 for i in range(4096)], 0),
    "12 bits, not all of the values": (12, [i * 4 for i in range(1000)], 1500),
    "16 bits": (16, [i * 16 for i in range(4096)], 0),
    "16 bits, downwards": (16, [65535 - i * 16 for i in range(4096)], 0),
    "65536 entries": (16, [65535 - i if i > 3000 else i for i in range(65536)], 0),
}
SYNTAXES = {
    "implicit": ImplicitVRLittleEndian,
    "explicit": ExplicitVRLittleEndian,
    "big endian": ExplicitVRBigEndian,
}


@pytest.mark.parametrize("kind", ["VOILUTSequence", "ModalityLUTSequence"])
@pytest.mark.parametrize("table", TABLES)
def test_look_up_tables(all_seen: Any, kind: str, table: str) -> None:
    """In each form that a table may have, and in each byte order."""
    bits, entries, first = TABLES[table]
    files = []
    for name, syntax in SYNTAXES.items():
        for form in ("US", "OW", *(("packed US", "packed OW") if bits == 8 else ())):
            if form == "US" and len(entries) > 32767 and name != "implicit":
                continue  # longer than an explicit US may be

            def change(ds: Dataset, _: int, form: str = form) -> None:
                item = lut_item(first, entries, bits, form, ds.is_little_endian)
                item.is_little_endian = ds.is_little_endian
                setattr(ds, kind, Items([item]))

            picture = oracle.of_depth(oracle.chest(), 12)
            files.append(write_pictures([picture], pixels_of(12), change, syntax))
    for file, (tensor, _) in zip(files, all_seen(files, "range to 65535", "--window", "dicom")):
        stored = oracle.stored_values(read(file))
        values = oracle.each(stored, oracle.through_table(first, entries))
        alike(tensor, np.array(values) / (2**bits - 1), 1 / 65535)


@pytest.mark.parametrize("kind", ["VOILUTSequence", "ModalityLUTSequence"])
@pytest.mark.parametrize("form", ["US", "OW"])
@pytest.mark.parametrize("written", ["SS", "US"])
def test_a_first_value_with_a_sign(seen: Any, kind: str, form: str, written: str) -> None:
    entries = [i * 16 for i in range(4096)]

    def change(ds: Dataset, _: int) -> None:
        item = lut_item(-2048, entries, 16, form, True)
        if written == "US":
            item.add_new("LUTDescriptor", "US", [4096, 65536 - 2048, 16])
        setattr(ds, kind, Items([item]))

    values = oracle.of_depth(oracle.chest(), 12) - 2048
    files = write_pictures([values], pixels_of(12, signed=True), change)
    tensor, _ = seen(files, "range to 65535", "--window", "dicom")
    expected = oracle.each(oracle.stored_values(read(files)), oracle.through_table(-2048, entries))
    alike(tensor, np.array(expected) / 65535, 1 / 65535)


def test_a_table_of_values_that_are_rescaled(seen: Any) -> None:
    """The window's values are the Modality's: stored ones, halved, less 500."""
    entries = [65535 if i < 700 else 30000 for i in range(1000)]

    def change(ds: Dataset, _: int) -> None:
        ds.RescaleSlope, ds.RescaleIntercept = "0.5", "-500"
        ds.VOILUTSequence = Items([lut_item(-300, entries, 16, "US", True)])

    values = oracle.of_depth(oracle.chest(), 12)
    files = write_pictures([values], pixels_of(12), change)
    tensor, _ = seen(files, "range to 65535", "--window", "dicom")
    table = oracle.through_table(-300, entries)
    # Halves are looked up at the even neighbour, as round() does.
    expected = oracle.each(values.tolist(), lambda value: table(value * 0.5 - 500))
    alike(tensor, np.array(expected) / 65535, 1 / 65535)


@pytest.mark.parametrize("bits", [0, 17])
def test_a_table_that_is_none_is_refused(seen: Any, bits: int) -> None:
    def change(ds: Dataset, _: int) -> None:
        ds.ModalityLUTSequence = Items([lut_item(0, [1, 2, 3], bits, "US", True)])

    with pytest.raises(Exception, match=f"entries of {bits} bits"):
        seen(write_pictures([oracle.of_depth(oracle.chest(), 12)], change=change), "range to 4095")


def test_a_table_that_is_too_short_is_refused(seen: Any) -> None:
    def change(ds: Dataset, _: int) -> None:
        item = lut_item(0, [1, 2, 3], 16, "US", True)
        item.LUTDescriptor = [200, 0, 16]
        ds.VOILUTSequence = Items([item])

    with pytest.raises(Exception, match="a look-up table of 200 entries has 6 bytes"):
        seen(
            write_pictures([oracle.of_depth(oracle.chest(), 12)], change=change),
            "range to 4095",
            "--window",
            "dicom",
        )


def write_palette(syntax: str, form: str, segmented: bool) -> Files:
    """The negative of a chest of 8 bits, which a palette turns into the positive."""
    bits = 16 if form == "words of 16 bits" else 8
    entries = [255 - i if bits == 8 else 65535 - i * 257 for i in range(256)]
    # A discrete segment of 255 entries, and a linear one of 1 to the last.
    parts = [0, 255, *entries[:255], 1, 1, entries[255]] if segmented else entries

    def change(ds: Dataset, _: int) -> None:
        ds.PhotometricInterpretation = "PALETTE COLOR"
        words = np.array(parts, "<u2")
        if form == "packed":
            words = np.array(parts + [0] * (len(parts) % 2), np.uint8).view("<u2")
        data = words.astype("<u2" if ds.is_little_endian else ">u2").tobytes()
        kind = "Segmented" if segmented else ""
        for colour in ("Red", "Green", "Blue"):
            name = f"{colour}PaletteColorLookupTable"
            ds.add_new(f"{name}Descriptor", "US", [256, 0, bits])
            ds.add_new(f"{kind}{name}Data", "OW", data)

    values = 255 - oracle.of_depth(oracle.chest(), 8)
    return write_pictures([values], pixels_of(8), change, syntax)


def test_grey_palettes(all_seen: Any) -> None:
    forms = [("words of 16 bits", False), ("words of 8 bits", False), ("packed", False)]
    forms += [("words of 16 bits", True), ("packed", True)]
    files = [write_palette(syntax, *form) for syntax in SYNTAXES.values() for form in forms]
    for tensor, _ in all_seen(files, "range to 65535"):
        alike(tensor, oracle.chest(), 1 / 255)


# ---------------------------------------------------------------- how a picture lies


OPPOSITE = dict(zip("LRAPFH", "RLPAHF"))


def lying(picture: np.ndarray, natural: tuple[str, str], given: tuple[str, str]) -> np.ndarray:
    """A picture whose rows and columns run as ``natural``, stored as ``given``: pixel by pixel."""
    rows, columns = picture.shape
    swapped = given[0] not in (natural[0], OPPOSITE[natural[0]])
    stored = np.empty((columns, rows) if swapped else (rows, columns), picture.dtype)
    for i in range(stored.shape[0]):
        for j in range(stored.shape[1]):
            # How far along each direction the stored pixel lies, from that direction's start.
            along = {given[1]: i, given[0]: j}
            sizes = {given[1]: stored.shape[0], given[0]: stored.shape[1]}
            place = [
                along[d] if d in along else sizes[OPPOSITE[d]] - 1 - along[OPPOSITE[d]]
                for d in (natural[1], natural[0])
            ]
            stored[i, j] = picture[place[0], place[1]]
    return stored


def all_ways(natural: tuple[str, str]) -> list[tuple[str, str]]:
    row, column = natural
    pairs = [(row, column), (column, row)]
    return [
        (a, b)
        for first, second in pairs
        for a in (first, OPPOSITE[first])
        for b in (second, OPPOSITE[second])
    ]


def write_view(
    natural: tuple[str, str], given: tuple[str, str], **attributes: object
) -> tuple[Files, np.ndarray]:
    """A file of the chest stored as ``given``, and the chest as it naturally lies."""
    values = oracle.of_depth(oracle.chest(), 12)

    def change(ds: Dataset, _: int) -> None:
        ds.PatientOrientation = list(given)
        for name, value in attributes.items():
            setattr(ds, name, value)

    return write_pictures([lying(values, natural, given)], change=change), oracle.chest()


@pytest.mark.parametrize("view", ["PA", "AP", "code"])
def test_a_frontal_view_has_the_patients_left_at_the_right(all_seen: Any, view: str) -> None:
    code = Dataset()
    code.CodeMeaning = "postero-anterior"
    said = {"ViewCodeSequence": Items([code])} if view == "code" else {"ViewPosition": view}
    ways = all_ways(("L", "F"))
    files = [write_view(("L", "F"), given, **said)[0] for given in ways]
    for given, (tensor, answers) in zip(ways, all_seen(files, "range to 4095")):
        alike(tensor, oracle.chest(), 1 / 4095)
        shown = f"PatientOrientation is {given[0]}\\{given[1]}, against the convention of the view"
        assert oracle.any_of(answers, shown) == (given != ("L", "F"))


@pytest.mark.parametrize(
    ("view", "side", "natural"),
    [
        ("CC", "R", ("P", "L")),
        ("CC", "L", ("A", "R")),
        ("XCCL", "L", ("A", "R")),
        ("MLO", "R", ("P", "F")),
        ("MLO", "L", ("A", "F")),
        ("ML", "R", ("P", "F")),
        ("LM", "L", ("A", "F")),
    ],
)
def test_breasts_lie_back_to_back(
    all_seen: Any, view: str, side: str, natural: tuple[str, str]
) -> None:
    ways, said = all_ways(natural), {"ViewPosition": view, "ImageLaterality": side}
    files = [write_view(natural, given, **said)[0] for given in ways]
    for given, (tensor, answers) in zip(ways, all_seen(files, "range to 4095")):
        alike(tensor, oracle.chest(), 1 / 4095)
        assert oracle.any_of(answers, "it was turned") == (given != natural)


@pytest.mark.parametrize("front", ["A", "P"])
@pytest.mark.parametrize("quarter", range(4))
def test_a_lateral_view_is_turned_and_not_mirrored(seen: Any, front: str, quarter: int) -> None:
    given = (front, "F")
    for _ in range(quarter):
        given = (OPPOSITE[given[1]], given[0])
    files, expected = write_view((front, "F"), given, ViewPosition="LL")
    tensor, answers = seen(files, "range to 4095")
    alike(tensor, expected, 1 / 4095)
    assert oracle.any_of(answers, "feet are down") == (quarter > 0)


@pytest.mark.parametrize(
    "attributes",
    [
        {"ViewPosition": "RLD"},
        {"ViewPosition": "PA", "BodyPartExamined": "HAND"},
        {"ViewPosition": "AP", "BodyPartExamined": "LEFT FOOT"},
        {"ViewPosition": "PA", "AnatomicalOrientationType": "QUADRUPED"},
        {"ViewPosition": "CC"},
    ],
)
def test_a_view_without_a_convention_stays(seen: Any, attributes: dict[str, str]) -> None:
    files, chest = write_view(("L", "F"), ("R", "F"), **attributes)
    tensor, answers = seen(files, "range to 4095")
    alike(tensor, chest[:, ::-1], 1 / 4095)
    assert not any("note" in answer for answer in answers)


@pytest.mark.parametrize("given", [("A", "F"), ("P", "R")])
def test_an_orientation_that_the_view_cannot_have(seen: Any, given: tuple[str, str]) -> None:
    files, chest = write_view(given, given, ViewPosition="PA")
    tensor, answers = seen(files, "range to 4095")
    alike(tensor, chest, 1 / 4095)
    assert oracle.any_of(answers, "can't be for the view PA: it stays as it is")


def test_a_mirrored_picture_of_an_unknown_view_is_doubted(seen: Any) -> None:
    files, chest = write_view(("L", "F"), ("R", "F"))
    tensor, answers = seen(files, "range to 4095")
    alike(tensor, chest[:, ::-1], 1 / 4095)
    assert oracle.any_of(answers, "its view is not known: it may be mirrored")


@pytest.mark.parametrize("value", ["", "L", ["L"], ["L", "R"], ["X", "F"], ["L", "F", "A"]])
def test_what_is_no_orientation_changes_nothing(seen: Any, value: object) -> None:
    def change(ds: Dataset, _: int) -> None:
        ds.ViewPosition, ds.PatientOrientation = "PA", value

    files = write_pictures([oracle.of_depth(oracle.chest(), 12)], change=change)
    tensor, answers = seen(files, "range to 4095")
    alike(tensor, oracle.chest(), 1 / 4095)
    assert not any("note" in answer for answer in answers)


def test_every_answer_about_a_picture_has_its_note(networks: Any) -> None:
    turned, _ = write_view(("L", "F"), ("R", "F"), ViewPosition="PA")
    plain = write_pictures([oracle.of_depth(oracle.chest(), 12)])
    model, _ = networks("range to 4095")
    answers = model(request(turned, plain), scores=[0.9, 0.8, 0.1])
    assert [("note" in answer, answer["class_index"]) for answer in answers] == [
        (True, 0),
        (True, 1),
        (False, 0),
        (False, 1),
    ]


# ---------------------------------------------------------------- real files


def test_every_file_of_pydicoms_tests_has_its_outcome() -> None:
    assert sorted(pydicom_files.files()) == sorted(pydicom_files.XRAY)
    assert len(pydicom_files.XRAY) > 150


@pytest.mark.parametrize("name", pydicom_files.XRAY)
def test_files_of_pydicoms_tests(networks: Any, tmp_path: Path, name: str) -> None:
    model, tensor = networks("range to 4095")
    outcome, _, says = pydicom_files.XRAY[name].partition(": ")
    content = pydicom_files.files()[name]
    config = json.loads((model.model / "workspace" / "config_mdai.json").read_text())
    modality = modality_of(content)
    is_other = modality not in ("", *config.get("modalities", [modality]))

    def ask() -> list[dict[str, Any]]:
        return model(request(content), scores=[0.9, 0.2, 0.1], keep=str(tmp_path))

    if outcome == "refused" and not (is_other and says != "no image"):
        with pytest.raises(Exception, match=says.replace("no image", "no image that can be")):
            ask()
        return
    (answer,) = ask()
    if is_other:
        assert answer["type"] == "NONE" and modality in answer["note"]
        return
    assert answer["type"] == "ANNOTATION" and says in answer.get("note", "")
    assert bool(says) == ("note" in answer)
    picture = imagecodecs.png_decode((tmp_path / "image-0001.png").read_bytes())
    ds = pydicom.dcmread(BytesIO(content))
    assert picture.shape == (ds.Rows, ds.Columns)
    if ds.file_meta.TransferSyntaxUID.is_compressed or says == "small part":
        return
    values = np.array(oracle.stored_values(ds))
    bits = int(says.split()[-1]) if says else int(ds.BitsStored)
    low = -(2 ** (bits - 1)) if values.min() < 0 else 0
    expected = (values - low) / (2**bits - 1)
    if ds.PhotometricInterpretation == "MONOCHROME1":
        expected = 1 - expected
    alike(tensor(picture), expected, 0.5 / 4095 + 1e-6)


def modality_of(content: bytes) -> str:
    """The Modality of a file's header, or "" where there is none."""
    try:
        header = pydicom.dcmread(BytesIO(content), stop_before_pixels=True)
    except pydicom.errors.InvalidDicomError:
        return ""
    return str(header.get("Modality") or "")
