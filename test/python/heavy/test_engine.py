"""What the engine on MONAI builds of a config, runs, and says where it can't."""

from __future__ import annotations

import itertools
import json
import pickle
import time
from pathlib import Path
from typing import Any, Callable

import nibabel
import numpy as np
import pytest
import torch
from monai.transforms import SaveImaged

import engines

NETWORK = """
class Network(torch.nn.Module):
    def forward(self, image):
        return torch.cat([90 - image, image - 90], dim=1)
"""
"""The organ is over 90: with `plain` the mask is known to the voxel."""

Json = dict[str, Any]


@pytest.fixture(scope="module")
def templates() -> engines.Templates:
    return engines.Templates()


@pytest.fixture
def build(templates: Any, tmp_path: Path) -> Callable[..., Any]:
    """build(change of the config, Python source of the network) -> the engine."""

    def make(
        change: Callable[[Json], Any] | None = None, source: str = NETWORK, **engine: Any
    ) -> Any:
        return engines.make_engine(
            templates, engines.with_network(source, tmp_path, change), **engine
        )

    return make


def voxels(result: Any) -> np.ndarray:
    return np.array(result.voxels[:, :, :, :])


def post(config: Json) -> list[Json]:
    return config["post_transforms"]


def named(members: list[Json], name: str) -> Json:
    return next(member for member in members if member.get("name") == name)


# ------------------------------------------------------------------ what is built


def test_a_mask_is_known_to_the_voxel(templates: Any, build: Any, tmp_path: Path) -> None:
    values = engines.values()
    image = engines.grid(templates, values)
    result = engines.run_one(build(), templates.inference.Item(image), tmp_path)
    assert result.voxels.shape == (*values.shape, 1)
    assert result.voxels.dtype == np.float32
    np.testing.assert_array_equal(voxels(result)[..., 0], values > 90)
    np.testing.assert_array_equal(result.affine, image.affine)
    assert result.name == "ct"


def test_the_same_again_is_the_same(templates: Any, build: Any, tmp_path: Path) -> None:
    """PyTorch optimises a TorchScript while it runs: no answer may depend on how often it ran."""
    root = engines.write_mmar(tmp_path, engines.config())
    engine = engines.make_engine(templates, root)
    item = templates.inference.Item(engines.grid(templates, engines.values()))
    first = voxels(engines.run_one(engine, item, tmp_path))
    assert 0 < first.mean() < 1
    for _ in range(5):
        np.testing.assert_array_equal(voxels(engines.run_one(engine, item, tmp_path)), first)


@pytest.mark.parametrize("signs", list(itertools.product([-1, 1], repeat=3)))
def test_one_slice_is_segmented_whichever_way_it_lies(
    templates: Any, tmp_path: Path, signs: tuple[int, ...]
) -> None:
    """With Orientationd, Spacingd, a crop and the inverse of all."""
    engine = engines.make_engine(templates, engines.write_mmar(tmp_path, engines.config()))
    values = np.repeat(np.repeat(engines.values((6, 5, 1)), 6, axis=0), 6, axis=1)
    image = engines.grid(templates, values, np.diag([*np.multiply(signs, [1.5, 1.5, 4.0]), 1.0]))
    result = engines.run_one(engine, templates.inference.Item(image), tmp_path)
    assert result.voxels.shape == (*values.shape, 1)
    np.testing.assert_array_equal(result.affine[:, [0, 1, 3]], image.affine[:, [0, 1, 3]])
    assert (voxels(result)[..., 0] == (values > 90)).mean() > 0.9


def test_many_items_come_one_by_one(templates: Any, build: Any, tmp_path: Path) -> None:
    taken: list[int] = []

    def items() -> Any:
        for number in range(3):
            taken.append(number)
            image = engines.grid(templates, engines.values() + number, name=f"ct-{number}")
            yield templates.inference.Item(image)

    for number, result in enumerate(build().run(items(), tmp_path)):
        assert taken == list(range(number + 1))
        assert result.name == f"ct-{number}"
        np.testing.assert_array_equal(voxels(result)[..., 0], engines.values() + number > 90)


def test_no_item_is_no_result(build: Any, tmp_path: Path) -> None:
    assert list(build().run([], tmp_path)) == []


def test_files_are_written_for_the_mmars_own_code(
    templates: Any, build: Any, tmp_path: Path
) -> None:
    """A transform that looks at the file that the meta data names."""
    source = (
        NETWORK
        + """
from pathlib import Path
def check(data):
    assert Path(data["image_meta_dict"]["filename_or_obj"]).stat().st_size > 352
    return data
class Check:
    def __call__(self, data):
        return check(data)
"""
    )
    engine = build(lambda c: c["pre_transforms"].append({"path": "network.Check"}), source)
    values = engines.values()
    item = templates.inference.Item(engines.grid(templates, values))
    found = voxels(engines.run_one(engine, item, tmp_path))[..., 0]
    np.testing.assert_array_equal(found, values > 90)


def test_code_of_a_config_is_evaluated(templates: Any, build: Any, tmp_path: Path) -> None:
    def change(config: Json) -> None:
        config["shift"] = 20
        config["post_transforms"] = [
            {"name": "Lambdad", "args": {"keys": "pred", "func": "lambda x: x - 2 * @shift"}},
            {"name": "Lambdad", "args": {"keys": "pred", "func": "#lambda x: torch.argmax(x, 0)"}},
            {"name": "AddChanneld", "args": {"keys": "pred"}},
            {"name": "Lambdad", "args": {"keys": "pred", "func": "lambda x: x * np.float32(1)"}},
            named(post(config), "SaveImaged"),
        ]
        named(post(config), "SaveImaged")["args"]["meta_keys"] = "image_meta_dict"

    values = engines.values()
    item = templates.inference.Item(engines.grid(templates, values))
    found = voxels(engines.run_one(build(change), item, tmp_path))[..., 0]
    np.testing.assert_array_equal(found, values > 90)


def test_a_name_is_found_in_monai_apps(templates: Any, build: Any) -> None:
    components = templates.monai_components
    found = components.find_class({"name": "AddGuidanceFromPointsd"})
    assert found.__module__ == "monai.apps.deepgrow.transforms"


def test_settings_of_the_bundle_win(templates: Any, build: Any, tmp_path: Path) -> None:
    def change(config: Json) -> None:
        config["level"] = 0.5
        post(config)[2]["args"] = {"keys": "pred", "argmax": "{by_argmax}"}
        post(config)[2]["args"]["threshold"] = "{level}"

    values = engines.values()
    item = templates.inference.Item(engines.grid(templates, values))
    engine = build(change, settings={"level": "0.9", "by_argmax": "False"})
    found = voxels(engines.run_one(engine, item, tmp_path))
    assert found.shape[-1] == 2
    np.testing.assert_array_equal(found[..., 1], values > 91)  # a sigmoid of 2 x 1 is under 0.9


SAVERS: dict[str, Json] = {
    "as it is": {"resample": False},
    "where the image was": {},
    "where the image was, blended": {"mode": "bilinear", "padding_mode": "zeros"},
    "as another kind": {"output_dtype": "int16"},
    "trailing axes kept": {"squeeze_end_dims": False},
}


@pytest.mark.parametrize("same_grid", [True, False])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("case", SAVERS)
def test_a_result_is_what_save_imaged_writes(
    templates: Any, tmp_path: Path, case: str, channels: int, same_grid: bool
) -> None:
    args = {"keys": "pred", "meta_keys": "meta", "output_dir": str(tmp_path), **SAVERS[case]}
    affine = np.diag([-1.5, 1.0, 2.0, 1.0])
    original = affine if same_grid else np.diag([-1.0, -1.0, 2.5, 1.0])
    meta = {
        "filename_or_obj": "ct.nii",
        "affine": torch.from_numpy(affine),
        "original_affine": torch.from_numpy(original),
        "spatial_shape": torch.tensor([8, 9, 7]),
    }
    pred = 100 * torch.rand((channels, 8, 9, 7), generator=torch.manual_seed(2))
    SaveImaged(**args)({"pred": pred, "meta": meta})
    written = nibabel.load(tmp_path / "ct" / "ct_trans.nii.gz")
    expected = np.asarray(written.dataobj)
    sections = templates.monai_components.Sections({}, on_cpu=True)
    saver = templates.monai_result.VolumeSaver({"name": "SaveImaged", "args": args}, sections)
    result = saver.result([{"meta": meta}], [{"pred": pred}], "ct", tmp_path)
    assert voxels(result).dtype == expected.dtype
    np.testing.assert_array_equal(voxels(result), expected.reshape(result.voxels.shape))
    np.testing.assert_allclose(result.affine, written.affine, atol=1e-6)


def test_the_kind_of_the_saved_values_is_kept(templates: Any, build: Any, tmp_path: Path) -> None:
    engine = build(lambda c: named(post(c), "SaveImaged")["args"].update(output_dtype="uint8"))
    item = templates.inference.Item(engines.grid(templates, engines.values()))
    assert engines.run_one(engine, item, tmp_path).voxels.dtype == np.uint8


def test_a_segmentation_saver_is_honoured(templates: Any, build: Any, tmp_path: Path) -> None:
    def change(config: Json) -> None:
        post(config).remove(named(post(config), "SaveImaged"))
        args = {
            "batch_transform": "#monai.handlers.from_engine(['image_meta_dict'])",
            "output_transform": "lambda x: [1 - item['pred'] for item in x]",
        }
        config["handlers"].append({"name": "SegmentationSaver", "args": args})

    values = engines.values()
    item = templates.inference.Item(engines.grid(templates, values))
    found = voxels(engines.run_one(build(change), item, tmp_path))[..., 0]
    np.testing.assert_array_equal(found, values <= 90)


def test_a_list_of_one_image_is_that_image(templates: Any, build: Any, tmp_path: Path) -> None:
    """Transforms that cut patches leave a list, also of one."""
    crop = {"name": "Lambda", "args": {"func": "lambda x: [x]"}}
    engine = build(lambda config: config["pre_transforms"].append(crop))
    values = engines.values()
    item = templates.inference.Item(engines.grid(templates, values))
    found = voxels(engines.run_one(engine, item, tmp_path))[..., 0]
    np.testing.assert_array_equal(found, values > 90)


# ------------------------------------------------------------------ checkpoints

FILLED = """
class Network(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("level", torch.full((1,), 1e9))

    def forward(self, image):
        return torch.cat([self.level - image, image - self.level], dim=1)
"""
STATE = {"level": torch.full((1,), 90.0)}


@pytest.mark.parametrize("content", [STATE, {"model": STATE}], ids=["bare", "model"])
@pytest.mark.parametrize("handler", [True, False])
def test_weights_come_from_the_checkpoint(
    templates: Any, tmp_path: Path, content: Any, handler: bool
) -> None:
    loader = {"name": "CheckpointLoader", "args": {"load_path": "{MMAR_CKPT}"}}
    loader["args"]["load_dict"] = {"model": "@model"}

    def change(config: Json) -> None:
        if handler:
            config["model"] = dict(engines.MODEL)
            config["handlers"].append(loader)

    root = engines.with_network(FILLED, tmp_path, change)
    torch.save(content, str(root / "models" / "model.pt"))
    values = engines.values()
    item = templates.inference.Item(engines.grid(templates, values))
    engine = engines.make_engine(templates, root)
    found = voxels(engines.run_one(engine, item, tmp_path))[..., 0]
    np.testing.assert_array_equal(found, values > 90)


class Bomb:
    def __reduce__(self) -> Any:
        return (open, ("/tmp/mmar2mdai-was-here", "w"))


def test_a_checkpoint_runs_no_code(templates: Any, tmp_path: Path) -> None:
    root = engines.with_network(FILLED, tmp_path)
    with (root / "models" / "model.pt").open("wb") as file:
        pickle.dump({"model": STATE, "bomb": Bomb()}, file)
    with pytest.raises(templates.errors.DeployError, match="can't be loaded as weights alone"):
        engines.make_engine(templates, root)
    assert not Path("/tmp/mmar2mdai-was-here").exists()


# ------------------------------------------------------------------ faults at the start


def truncated(root: Path) -> None:
    path = root / "models" / "model.ts"
    path.write_bytes(path.read_bytes()[:2000])


def script(config: Json) -> None:
    config["model"] = {"ts_path": "{MMAR_TORCHSCRIPT}"}


AT_THE_START: dict[str, tuple[Any, Any, str]] = {
    "no such component": (
        lambda c: c["pre_transforms"].append({"name": "Smoothd"}),
        None,
        "The inference config's component Smoothd is not in MONAI 0.8.1.",
    ),
    "no such module": (
        lambda c: c["pre_transforms"].append({"path": "nowhere.Smoothd"}),
        None,
        "The inference config's component nowhere.Smoothd can't be imported: ModuleNotFoundError",
    ),
    "arguments that it does not take": (
        lambda c: c["inferer"]["args"].update(window=3),
        None,
        "The inference config's component SlidingWindowInferer can't be made: TypeError: ",
    ),
    "a reference to nothing": (
        lambda c: c["post_transforms"][1]["args"].update(transform="@nothing"),
        None,
        "The inference config refers to @nothing, and has no such section.",
    ),
    "code that fails": (
        lambda c: c["post_transforms"][0]["args"].update(keys="#nothing.here"),
        None,
        "The inference config's expression 'nothing.here' fails: NameError",
    ),
    "training's randomness": (
        lambda c: c["pre_transforms"].append({"name": "RandFlipd", "args": {"keys": "image"}}),
        None,
        "The inference config has the transform RandFlipd, which changes images at random",
    ),
    "a picture as result": (
        lambda c: named(post(c), "SaveImaged")["args"].update(output_ext=".png"),
        None,
        "The inference config saves its result as .png",
    ),
    "no network": (
        lambda c: c.update(model=[{"ckpt_path": "{MMAR_CKPT}"}]),
        None,
        "section model names no network",
    ),
    "no weights": (
        lambda c: c.update(model=dict(engines.MODEL)),
        None,
        "The inference config's model has no weights",
    ),
    "no checkpoint": (
        None,
        lambda root: (root / "models" / "model.pt").unlink(),
        "The checkpoint model.pt is not in ",
    ),
    "another network's checkpoint": (
        None,
        lambda root: torch.save({"model": {"a": torch.zeros(1)}}, str(root / "models/model.pt")),
        "The checkpoint model.pt is not of the inference config's network: RuntimeError",
    ),
    "no TorchScript": (
        script,
        lambda root: (root / "models" / "model.ts").unlink(),
        "The TorchScript model.ts is not in ",
    ),
    "half a TorchScript": (
        script,
        truncated,
        "The TorchScript model.ts can't be loaded by PyTorch 1.13",
    ),
    "no JSON": (
        None,
        lambda root: (root / "config" / "inference.json").write_text("{"),
        "The MMAR's file config/inference.json is not JSON",
    ),
}


@pytest.mark.parametrize("case", AT_THE_START)
def test_a_fault_at_the_start_is_one_sentence(templates: Any, tmp_path: Path, case: str) -> None:
    change, edit, said = AT_THE_START[case]
    root = engines.with_network(NETWORK, tmp_path, change)
    if edit is not None:
        edit(root)
    with pytest.raises(templates.errors.DeployError) as raised:
        engines.make_engine(templates, root)
    text = str(raised.value)
    assert said in text and text.endswith(".") and "\n" not in text


def test_a_gpu_that_is_not_there_is_told(templates: Any, tmp_path: Path) -> None:
    root = engines.with_network(NETWORK, tmp_path)
    raw = {**engines.raw(), "device": "gpu"}
    with pytest.raises(templates.errors.DeployError, match="no GPU that it can use: give"):
        templates.engine.Engine(raw, root)


# ------------------------------------------------------------------ faults of a request

RAISES = """
class Network(torch.nn.Module):
    def forward(self, image):
        if image.max() > 1000:
            raise ValueError("brighter than this network knows\\nand more lines")
        if image.min() < -1000:
            return image / 0 * torch.zeros_like(image)
        return torch.cat([90 - image, image - 90], dim=1)
"""
SCRIPTED = """
def forward(self, image: Tensor) -> Tensor:
    if float(image.max()) > 1000:
        raise RuntimeError("brighter than this network knows")
    return torch.cat([90 - image, image - 90], dim=1)
"""

TWICE = "lambda x: [x] if x['image'].max() < 999 else [x, x]"

OF_A_REQUEST: dict[str, tuple[Any, Any, str]] = {
    "the network raises": (
        None,
        lambda values: values + 2000,
        "The inference of ct failed: ValueError: brighter than this network knows.",
    ),
    "the network answers with NaN": (
        None,
        lambda values: values * 0 - 2000,
        "The network's answer for ct holds values that are not numbers.",
    ),
    "a transform raises": (
        lambda c: c["pre_transforms"].append(
            {
                "name": "Lambdad",
                "args": {"keys": "image", "func": "lambda x: x if x.max() < 1000 else x['a']"},
            }
        ),
        lambda values: values + 2000,
        "The inference of ct failed in the transform Lambda",
    ),
    "two images of one": (
        lambda c: c["pre_transforms"].append(
            {
                "name": "Lambda",
                "args": {"func": "lambda x: [x] if x['image'].max() < 999 else [x, x]"},
            }
        ),
        lambda values: values + 2000,
        "The inference config's pre transforms make 2 images of one",
    ),
}


@pytest.mark.parametrize("case", OF_A_REQUEST)
def test_a_request_that_fails_is_told_and_the_next_is_answered(
    templates: Any, build: Any, tmp_path: Path, case: str
) -> None:
    change, spoil, said = OF_A_REQUEST[case]
    engine, values = build(change, RAISES), engines.values()
    bad = templates.inference.Item(engines.grid(templates, spoil(values)))
    good = templates.inference.Item(engines.grid(templates, values))
    for _ in range(2):
        with pytest.raises(templates.errors.DeployError) as raised:
            outcome = engines.run_one(engine, bad, tmp_path)
            if isinstance(outcome, templates.errors.Refused):  # of this image alone
                raise outcome
        text = str(raised.value)
        assert said in text and text.endswith(".") and "\n" not in text
        found = voxels(engines.run_one(engine, good, tmp_path))[..., 0]
        np.testing.assert_array_equal(found, values > 90)


SLOW = """
import time
class Network(torch.nn.Module):
    def forward(self, image):
        time.sleep(0.4 if image.max() > 1000 else 0)
        return torch.cat([90 - image, image - 90], dim=1)
"""


def test_inference_that_takes_too_long_is_ended(templates: Any, build: Any, tmp_path: Path) -> None:
    engine = build(None, SLOW, timeout_seconds=1)
    values = np.zeros((64, 48, 16), np.float32)
    # Windows of 16 voxels each way, of which one takes 0.4 seconds.
    bad = templates.inference.Item(engines.grid(templates, values + 2000))
    start = time.monotonic()
    with pytest.raises(templates.errors.DeployError) as raised:
        engines.run_one(engine, bad, tmp_path)
    assert time.monotonic() - start < 3
    assert str(raised.value).startswith(
        "The inference was ended because it took more than 1 seconds: "
    )
    assert "--inference-timeout" in str(raised.value)
    good = templates.inference.Item(engines.grid(templates, engines.values()))
    found = voxels(engines.run_one(engine, good, tmp_path))[..., 0]
    np.testing.assert_array_equal(found, engines.values() > 90)


def test_a_torchscript_that_raises_is_told(templates: Any, tmp_path: Path) -> None:
    def change(config: Json) -> None:
        engines.plain(config)
        script(config)

    root = engines.write_mmar(tmp_path, engines.config(change))
    engines.script(SCRIPTED, root / "models" / "model.ts")
    engine = engines.make_engine(templates, root)
    bad = templates.inference.Item(engines.grid(templates, engines.values() + 2000))
    with pytest.raises(templates.errors.DeployError, match="brighter than this network knows") as e:
        engines.run_one(engine, bad, tmp_path)
    assert "\n" not in str(e.value)
    good = templates.inference.Item(engines.grid(templates, engines.values()))
    found = voxels(engines.run_one(engine, good, tmp_path))[..., 0]
    np.testing.assert_array_equal(found, engines.values() > 90)


def test_a_frame_that_can_not_be_decoded_leaves_its_item_out(
    templates: Any, build: Any, tmp_path: Path
) -> None:
    """What its image raised is the outcome, word for word; the items beside it are run."""

    def slices() -> Any:
        yield np.zeros((3, 2), np.float32)
        raise templates.errors.SeriesRefused("frame 2 is broken")

    image = templates.images.GridImage("ct", (2, 3, 4), np.eye(4), slices)
    bad = templates.inference.Item(image)
    first, last = (
        templates.inference.Item(engines.grid(templates, engines.values(), name=name))
        for name in ("first", "last")
    )
    before, refused, after = build().run([first, bad, last], tmp_path)
    assert type(refused) is templates.errors.SeriesRefused
    assert str(refused) == "frame 2 is broken"
    np.testing.assert_array_equal(voxels(before), voxels(after))
    assert voxels(before).any()


def test_a_wrong_number_of_input_channels_is_told(templates: Any, tmp_path: Path) -> None:
    root = engines.write_mmar(tmp_path, engines.config())
    engine = engines.make_engine(templates, root, item="object")
    images = [engines.grid(templates, engines.values(), name=f"c{n}") for n in range(3)]
    with pytest.raises(templates.errors.DeployError, match="to have 1 channels, but got 3") as e:
        engines.run_one(engine, templates.inference.Item(images), tmp_path)
    assert "\n" not in str(e.value)


def test_the_config_of_a_classifier_gives_scores(templates: Any, tmp_path: Path) -> None:
    def change(config: Json) -> None:
        config["post_transforms"] = [
            {"name": "Activationsd", "args": {"keys": "pred", "softmax": True}}
        ]
        config["inferer"] = {"name": "SimpleInferer"}
        args = {"output_transform": "#monai.handlers.from_engine(['pred'])"}
        config["handlers"].append({"name": "ClassificationSaver", "args": args})

    source = """
class Network(torch.nn.Module):
    def forward(self, image):
        return torch.stack([image.mean(), image.mean() * 0], dim=0)[None]
"""
    root = engines.with_network(source, tmp_path, change)
    engine = engines.make_engine(templates, root)
    item = templates.inference.Item(engines.grid(templates, engines.values() / 100))
    result = engines.run_one(engine, item, tmp_path)
    mean = engines.values().mean() / 100
    assert result.values[0] == pytest.approx(1 / (1 + np.exp(-mean)), abs=1e-5)
    assert all(type(value) is float for value in result.values)
    assert json.dumps(result.values)
