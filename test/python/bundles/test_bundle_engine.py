"""What the engine builds of a MONAI bundle, what it never does, and what it says when it fails."""

from __future__ import annotations

import gc
import json
import logging
import time
import weakref
from pathlib import Path
from typing import Any, Callable

import numpy as np
import pytest
import torch

import monai_bundles as zoo

LEVEL = 90
NETWORK, WEIGHTS = zoo.thresholds(LEVEL)
PRE = [*zoo.load(), zoo.HU]

Json = dict[str, Any]


def values(shape: tuple[int, int, int] = (20, 18, 12)) -> np.ndarray:
    return np.random.default_rng(8).integers(-100, 300, shape).astype(np.float32)


@pytest.fixture
def bundle(tmp_path: Path) -> Callable[..., Path]:
    """bundle(change of the config, weights, scripts) -> its folder."""

    def get(
        change: Callable[[Json], Any] = lambda content: None,
        weights: Any = WEIGHTS,
        scripts: dict[str, str] | None = None,
    ) -> Path:
        content = zoo.changed(zoo.config(NETWORK, PRE), change)
        return zoo.write_bundle(tmp_path / "workspace" / "organ", content, weights, scripts)

    return get


def run(templates: Any, engine: Any, folder: Path, image: np.ndarray | None = None) -> np.ndarray:
    item = templates.inference.Item(zoo.grid(templates, values() if image is None else image))
    return zoo.voxels(zoo.run_one(engine, item, folder))


def check_answers(templates: Any, engine: Any, folder: Path) -> None:
    np.testing.assert_array_equal(run(templates, engine, folder), values() > LEVEL)


# ------------------------------------------------------------ what it builds


def test_data_lists_handlers_and_evaluator_are_never_evaluated(
    templates: Any, bundle: Any, tmp_path: Path
) -> None:
    def change(content: Json) -> None:
        for name in ("datalist", "dataset", "handlers", "checkpointloader", "initialize", "run"):
            content[name] = "$open('/there/is/no/such/file')"
        content["evaluator"]["val_handlers"] = "$1 / 0"
        content["dataloader"]["dataset"] = "$1 / 0"

    check_answers(templates, zoo.make_engine(templates, bundle(change)), tmp_path)


def test_nothing_is_saved(templates: Any, bundle: Any, tmp_path: Path) -> None:
    def change(content: Json) -> None:
        content["output_dir"] = str(tmp_path / "saved")
        post = content["postprocessing"]["transforms"]
        post[-1]["output_dir"] = str(tmp_path / "saved")
        post.append({**post[-1], "_target_": "monai.transforms.SaveImageD", "keys": "image"})

    root = bundle(change)
    before = sorted(root.rglob("*"))
    check_answers(templates, zoo.make_engine(templates, root), tmp_path)
    assert not (tmp_path / "saved").exists()
    assert sorted(root.rglob("*")) == before


def test_a_bundle_says_where_it_is_and_where_it_runs(
    templates: Any, bundle: Any, tmp_path: Path
) -> None:
    def change(content: Json) -> None:
        content["bundle_root"] = "/somewhere/else"
        content["device"] = "$torch.device('cuda:3')"
        content["imports"].append("$import json")
        content["levels"] = "$json.load(open(@bundle_root + '/levels.json'))"
        shift = {"_target_": "Lambdad", "keys": "image", "func": "$lambda x: x + @levels[0]"}
        typed = {"_target_": "EnsureTyped", "keys": "image", "device": "@device"}
        content["preprocessing"]["transforms"] += [shift, typed]

    root = bundle(change)
    (root / "levels.json").write_text("[5]")
    engine = zoo.make_engine(templates, root)
    np.testing.assert_array_equal(run(templates, engine, tmp_path), values() + 5 > LEVEL)


def test_metadata_can_be_referred_to(templates: Any, bundle: Any, tmp_path: Path) -> None:
    def change(content: Json) -> None:
        check = "$lambda x: x if @_meta_#version == '0.1.0' else None"
        content["preprocessing"]["transforms"].append(
            {"_target_": "Lambdad", "keys": "image", "func": check}
        )

    check_answers(templates, zoo.make_engine(templates, bundle(change)), tmp_path)


def test_overrides_are_applied(templates: Any, bundle: Any, tmp_path: Path) -> None:
    root = bundle()
    overrides = {
        "inferer#sw_batch_size": 3,
        "postprocessing#transforms#1#nearest_interp": True,
        "postprocessing#transforms#2": {**zoo.ARGMAX, "_disabled_": True},
        "preprocessing#transforms#0#_disabled_": False,
        "device": "$torch.device('cuda')",
        "more": {"new": 1},
    }
    engine = zoo.make_engine(templates, root, zoo.mdai_config(root, overrides=overrides))
    pipeline = engine._pipeline
    assert pipeline._inferer.sw_batch_size == 3
    names = [type(each).__name__ for each in pipeline._post.transforms]
    assert names == ["Activationsd", "Invertd"]
    assert list(pipeline._post.transforms[1].nearest_interp) == [True]
    image = zoo.grid(templates, values())
    result = zoo.run_one(engine, templates.inference.Item(image), tmp_path)
    assert result.voxels.shape == (20, 18, 12, 2)
    np.testing.assert_array_equal(result.voxels[:, :, :, 1] > 0.5, values() > LEVEL)


def test_transforms_in_lists_of_their_own(templates: Any, bundle: Any, tmp_path: Path) -> None:
    def change(content: Json) -> None:
        content["first"] = content["preprocessing"]["transforms"][:1]
        content["rest"] = content["preprocessing"]["transforms"][1:]
        content["preprocessing"]["transforms"] = "$@first + @rest"
        content["after"] = content["postprocessing"]["transforms"]
        content["postprocessing"]["transforms"] = "$@after"

    check_answers(templates, zoo.make_engine(templates, bundle(change)), tmp_path)


def test_a_config_without_inferer_and_postprocessing(
    templates: Any, bundle: Any, tmp_path: Path
) -> None:
    root = bundle()
    described = zoo.mdai_config(root, inferer=None, postprocessing=None)
    engine = zoo.make_engine(templates, root, described)
    item = templates.inference.Item(zoo.grid(templates, values()))
    result = zoo.run_one(engine, item, tmp_path)
    np.testing.assert_array_equal(result.voxels[:, :, :, 1] > 0, values() > LEVEL)
    np.testing.assert_array_equal(result.affine, item.image.affine)


def test_a_torchscript_behind_a_simple_inferer(templates: Any, bundle: Any, tmp_path: Path) -> None:
    """TorchScript gives plain tensors: what lies on the image's grid is where the image is."""
    network = torch.nn.Conv3d(1, 2, 1)
    network.load_state_dict(WEIGHTS)

    def change(content: Json) -> None:
        content["inferer"] = {"_target_": "SimpleInferer"}

    root = bundle(change, torch.jit.script(network))
    check_answers(templates, zoo.make_engine(templates, root), tmp_path)


def test_weights_under_a_key(templates: Any, bundle: Any, tmp_path: Path) -> None:
    root = bundle(weights={"net": WEIGHTS, "epoch": 5})
    weights = {"path": "models/model.pt", "form": "state_dict", "key": "net"}
    engine = zoo.make_engine(templates, root, zoo.mdai_config(root, weights=weights))
    check_answers(templates, engine, tmp_path)


def test_weights_without_the_key(templates: Any, bundle: Any, tmp_path: Path) -> None:
    """As MONAI's CheckpointLoader takes them."""
    root = bundle()
    weights = {"path": "models/model.pt", "form": "state_dict", "key": "model"}
    engine = zoo.make_engine(templates, root, zoo.mdai_config(root, weights=weights))
    check_answers(templates, engine, tmp_path)


def test_own_code_is_imported_without_a_trace(templates: Any, bundle: Any, tmp_path: Path) -> None:
    source = "class Twice:\n    def __call__(self, data):\n"
    source += "        return {**data, 'image': 2 * data['image']}\n"

    def change(content: Json) -> None:
        content["preprocessing"]["transforms"].append({"_target_": "scripts.own.Twice"})

    root = bundle(change, scripts={"own": source})
    before = sorted(root.rglob("*"))
    engine = zoo.make_engine(templates, root)
    np.testing.assert_array_equal(run(templates, engine, tmp_path), 2 * values() > LEVEL)
    assert sorted(root.rglob("*")) == before


def test_mixed_precision_is_the_evaluators(templates: Any, bundle: Any, tmp_path: Path) -> None:
    def change(content: Json) -> None:
        content["evaluator"]["amp"] = "$@device.type == 'cpu'"

    engine = zoo.make_engine(templates, bundle(change))
    assert engine._pipeline._amp is False  # there is no GPU
    way = templates.resident_memory.Way("meta", "cpu")
    other = engine._new_pipeline(engine._settings, way, engine._pipeline.network)
    assert other._amp is True
    assert other._inferer.device == torch.device("cpu")
    assert other._inferer.sw_device == torch.device("meta")


# ------------------------------------------------------------- what it says


BROKEN: dict[str, tuple[Callable[[Json], Any], str]] = {
    "an argument that is not known": (
        lambda c: c["preprocessing"]["transforms"][2].update(much=1),
        r"inference\.json: preprocessing#transforms#2 can't be built: TypeError: .*much",
    ),
    "a class that is not there": (
        lambda c: c["postprocessing"]["transforms"][2].update(_target_="Nosuchd"),
        r"postprocessing#transforms#2 can't be built: .*Nosuchd",
    ),
    "an expression that fails": (
        lambda c: c["preprocessing"]["transforms"][2].update(a_min="$1 / 0"),
        r"preprocessing#transforms#2#a_min can't be built: ZeroDivisionError: division by zero",
    ),
    "a package that is not there": (
        lambda c: c["preprocessing"]["transforms"][2].update(a_min="$pd.read_csv('x')"),
        r"preprocessing#transforms#2#a_min can't be built: .*a_package_that_is_not_here'\)\.$",
    ),
    "a reference to nothing": (
        lambda c: c["inferer"].update(overlap="@nothing"),
        r"inferer can't be built: ValueError: .*@nothing",
    ),
    "a network that can't be built": (
        lambda c: c["network_def"].update(img_size=[96, 96, 96]),
        r"network_def can't be built: TypeError: .*img_size",
    ),
    "no network": (
        lambda c: c.update(network="$[1]"),
        r"network is a list, not a network",
    ),
    "a section that is not there": (
        lambda c: c.pop("inferer"),
        r"inferer is not in it",
    ),
    "other weights": (
        lambda c: c["network_def"].update(out_channels=4),
        r"The checkpoint model\.pt is not of network in .*: RuntimeError: .*size mismatch",
    ),
    "a transform at random": (
        lambda c: c["preprocessing"]["transforms"].append(
            {"_target_": "RandFlipd", "keys": "image"}
        ),
        r"has the transform RandFlipd, which changes images at random",
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_what_can_not_be_built_is_told_by_its_id(templates: Any, bundle: Any, case: str) -> None:
    change, told = BROKEN[case]
    with pytest.raises(templates.errors.DeployError, match=told) as raised:
        zoo.make_engine(templates, bundle(change))
    assert "\n" not in str(raised.value)


def test_a_config_that_is_no_json_is_told(templates: Any, bundle: Any) -> None:
    root = bundle()
    path = root / "configs" / "inference.json"
    path.write_text(path.read_text().replace('"inferer":', '"inferer"'))
    told = r"inference\.json can't be read: JSONDecodeError: .* line \d+"
    with pytest.raises(templates.errors.DeployError, match=told):
        zoo.make_engine(templates, root)


def test_an_override_that_has_no_place_is_told(templates: Any, bundle: Any) -> None:
    root = bundle()
    described = zoo.mdai_config(root, overrides={"inferer#more#deep": 1})
    with pytest.raises(templates.errors.DeployError, match="has no place for inferer#more#deep"):
        zoo.make_engine(templates, root, described)


@pytest.mark.parametrize("name", ["configs/inference.json", "models/model.pt"])
def test_a_missing_file_is_told(templates: Any, bundle: Any, name: str) -> None:
    root = bundle()
    (root / name).unlink()
    with pytest.raises(templates.errors.DeployError, match=f"file {name} is not in"):
        zoo.make_engine(templates, root)


def test_a_pickle_that_is_more_than_weights_is_not_loaded(templates: Any, bundle: Any) -> None:
    root = bundle(weights={"model": torch.nn.Conv3d(1, 2, 1)})
    with pytest.raises(templates.errors.DeployError, match="can't be loaded as weights alone"):
        zoo.make_engine(templates, root)


def test_a_transform_that_fails_is_told_by_its_id(
    templates: Any, bundle: Any, tmp_path: Path
) -> None:
    def change(content: Json) -> None:
        fails = {"_target_": "Lambdad", "keys": "image", "func": "$lambda x: x[{}]"}
        content["preprocessing"]["transforms"].append(fails)

    engine = zoo.make_engine(templates, bundle(change))
    told = r"of ct failed in the transform Lambdad \(preprocessing#transforms#3\): "
    with pytest.raises(templates.errors.DeployError, match=told) as raised:
        run(templates, engine, tmp_path)
    assert "\n" not in str(raised.value)


def test_a_prediction_that_is_gone_is_told(templates: Any, bundle: Any, tmp_path: Path) -> None:
    root = bundle()
    described = zoo.mdai_config(root, prediction_key="segmentation")
    engine = zoo.make_engine(templates, root, described)
    with pytest.raises(templates.errors.DeployError, match="leaves no segmentation after"):
        run(templates, engine, tmp_path)


def test_several_images_of_one_are_told(templates: Any, bundle: Any, tmp_path: Path) -> None:
    def change(content: Json) -> None:
        twice = {"_target_": "Lambda", "func": "$lambda data: [data, data]"}
        content["preprocessing"]["transforms"].append(twice)

    engine = zoo.make_engine(templates, bundle(change))
    with pytest.raises(templates.errors.DeployError, match="make 2 images of one"):
        run(templates, engine, tmp_path)


def test_an_answer_that_is_no_number_is_told(templates: Any, bundle: Any, tmp_path: Path) -> None:
    broken = {**WEIGHTS, "bias": torch.full((2,), float("nan"))}
    engine = zoo.make_engine(templates, bundle(weights=broken))
    item = templates.inference.Item(zoo.grid(templates, values()))
    outcome = zoo.run_one(engine, item, tmp_path)  # of this image: the others are run
    assert isinstance(outcome, templates.errors.Refused)
    assert "values that are not numbers" in str(outcome)


# ------------------------------------------------- time, memory, what is kept

SLOW = """
import time
import torch

class Network(torch.nn.Module):
    seconds = 0.0
    left = 0

    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(1))

    def forward(self, image):
        cls = type(self)
        time.sleep(cls.seconds)
        if cls.left:
            cls.left -= 1
            raise torch.cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
        return torch.cat([90 - image, image - 90], dim=1)
"""


@pytest.fixture
def own(templates: Any, bundle: Any) -> Callable[..., tuple[Any, Any]]:
    """own(keys of engine) -> the engine of a bundle with SLOW as its network, and its class."""

    def get(**more: Any) -> tuple[Any, Any]:
        def change(content: Json) -> None:
            content["network_def"] = {"_target_": "scripts.slow.Network"}
            content["inferer"]["roi_size"] = [8, 8, 8]

        root = bundle(change, {"weight": torch.zeros(1)}, {"slow": SLOW})
        engine = zoo.make_engine(templates, root, zoo.mdai_config(root, **more))
        return engine, type(engine._pipeline.network)

    return get


def test_an_inference_that_takes_too_long_is_ended(
    templates: Any, own: Any, tmp_path: Path
) -> None:
    engine, network = own(timeout_seconds=1)
    network.seconds = 0.4
    start = time.monotonic()
    with pytest.raises(templates.errors.DeployError, match="took more than 1 seconds"):
        run(templates, engine, tmp_path)
    assert time.monotonic() - start < 5
    network.seconds = 0.0
    check_answers(templates, engine, tmp_path)


@pytest.mark.parametrize("failures", [1, 2])
def test_a_gpu_that_is_too_small_is_told_and_gone_round(
    templates: Any, own: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture, failures: int
) -> None:
    engine, network = own()
    way = templates.resident_memory.Way
    engine._ways = [way("cpu", "cpu", each.why) for each in templates.resident_memory.ON_GPU]
    network.left = failures
    with caplog.at_level(logging.WARNING, "model"):
        check_answers(templates, engine, tmp_path)
    said = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    expected = ["the results of its windows are gathered on the CPU"]
    expected.append("the network runs on the CPU, which takes much longer")
    assert said == [f"The GPU's memory is too small: {why}." for why in expected[:failures]]


def test_a_model_for_a_gpu_needs_one(templates: Any, bundle: Any) -> None:
    root = bundle()
    with pytest.raises(templates.errors.DeployError, match="found no GPU that it can use"):
        zoo.make_engine(templates, root, zoo.mdai_config(root, device="gpu"))


def test_nothing_of_a_request_is_kept(templates: Any, own: Any, tmp_path: Path) -> None:
    engine, network = own()
    way = templates.resident_memory.Way
    engine._ways = [way("cpu", "cpu", each.why) for each in templates.resident_memory.ON_GPU]
    for failures in (0, 1, 3):
        image = values()
        seen = weakref.ref(image)
        volume = zoo.grid(templates, image)
        parts = [weakref.ref(part) for part in volume.slices()]
        network.left = failures
        try:
            result = zoo.run_one(engine, templates.inference.Item(volume), tmp_path)
            del result
        except templates.errors.DeployError:
            assert failures == 3
        del image, volume
        gc.collect()
        assert seen() is None
        assert all(part() is None for part in parts)
    tensors = [each for each in gc.get_objects() if isinstance(each, torch.Tensor)]
    assert not [each for each in tensors if each.numel() >= values().size]


def test_config_mdai_is_checked(templates: Any, bundle: Any) -> None:
    root = bundle()
    for key, value in (("network", None), ("configs", [])):
        with pytest.raises(ValueError):
            zoo.make_engine(templates, root, zoo.mdai_config(root, **{key: value}))
    broken = json.loads(json.dumps(zoo.mdai_config(root)))
    broken["engine"]["weights"]["form"] = "pickle"
    with pytest.raises(ValueError, match="'pickle' is not one of"):
        zoo.make_engine(templates, root, broken)
