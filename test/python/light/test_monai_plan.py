"""What the engine on MONAI makes of a config, before PyTorch is needed."""

from __future__ import annotations

import copy
import importlib
import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any, Callable, Dict, Iterator

import pytest

import bundles

TEMPLATES = bundles.ROOT / "templates"
CONFIG = json.loads(
    (bundles.ROOT / "fixtures" / "spleen_ct" / "config" / "config_inference.json").read_text()
)
SCORES = {
    "name": "ClassificationSaver",
    "args": {"output_transform": "#monai.handlers.from_engine(['pred'])"},
}

Json = Dict[str, Any]


class Modules:
    def __init__(self) -> None:
        self.config = self._load("mmar2mdai_monai_config")
        self.plan = self._load("mmar2mdai_monai_plan")
        self.memory = self._load("mmar2mdai_resident_memory")
        self.start = self._load("mmar2mdai_resident_start")
        self.error = self._load("mmar2mdai_errors").DeployError

    @staticmethod
    def _load(name: str) -> ModuleType:
        return importlib.import_module(name)


@pytest.fixture(scope="module")
def engine() -> Iterator[Modules]:
    """The engine's modules, from where they lie."""
    others = {name: sys.modules.pop(name) for name in list(sys.modules) if "mmar2mdai" in name}
    before = list(sys.path)
    parts = ("imaging", "engines", "engines/resident", "engines/monai")
    sys.path[:0] = [str(TEMPLATES / part) for part in parts]
    try:
        yield Modules()
    finally:
        sys.path[:] = before
        for name in [name for name in sys.modules if "mmar2mdai" in name]:
            del sys.modules[name]
        sys.modules.update(others)


@pytest.fixture
def settings(engine: Modules, tmp_path: Path) -> Callable[..., Any]:
    """settings(config, environment, what is set) as the engine reads them from an MMAR."""

    def read(config: Json, environment: Json, overrides: Json) -> Any:
        (tmp_path / "inference.json").write_text(json.dumps(config))
        (tmp_path / "environment.json").write_text(json.dumps(environment))
        raw = {
            "device": "cpu",
            "engine": {
                "inference_config": "inference.json",
                "environment": "environment.json",
                "item": "object",
                "image_key": "image",
                "settings": overrides,
                "timeout_seconds": 3600,
            },
        }
        return engine.config.read_settings(raw, tmp_path)

    return read


@pytest.fixture
def planned(engine: Modules, settings: Callable[..., Any]) -> Callable[..., Any]:
    """planned(change) -> the plan of the spleen fixture's config after a change."""

    def make(change: Callable[[Json], Any]) -> Any:
        config = copy.deepcopy(CONFIG)
        change(config)
        return engine.plan.make_plan(settings(config, {"MMAR_TORCHSCRIPT": "models/x.ts"}, {}))

    return make


# ------------------------------------------------------------------ variables


def test_what_is_set_wins_over_the_environment_and_that_over_the_config(settings) -> None:
    config = {"a": 1, "b": 1, "c": 1, "found": ["{a}", "{b}", "{c}"]}
    found = settings(config, {"b": 2, "c": 2}, {"c": "3"}).sections["found"]
    assert found == [1, 2, 3]


@pytest.mark.parametrize(
    ("text", "value"),
    [("True", True), ("true", True), ("2", 2), ("0.5", 0.5), ("a=b", "a=b"), ("cpu", "cpu")],
)
def test_what_is_set_has_a_type(settings, text: str, value: object) -> None:
    found = settings({"x": "{V}"}, {}, {"V": text}).sections["x"]
    assert found == value and type(found) is type(value)


def test_a_variable_is_replaced_within_a_text_and_through_others(settings) -> None:
    config = {"x": {"y": "a {B} c {unknown}"}}
    found = settings(config, {"B": "{C}", "C": 5}, {}).sections["x"]["y"]
    assert found == "a 5 c {unknown}"


def test_variables_that_name_each_other_end(settings) -> None:
    found = settings({"x": "{A}"}, {"A": "{B}", "B": "{A}"}, {}).sections["x"]
    assert found in ("{A}", "{B}")


def test_paths_of_variables_are_the_mmars(settings, tmp_path: Path) -> None:
    environment = {"MMAR_TORCHSCRIPT": "models/model.ts", "MMAR_CKPT": "/else/model.pt"}
    found = settings({"x": ["{MMAR_TORCHSCRIPT}", "{MMAR_CKPT}"]}, environment, {}).sections["x"]
    assert found == [str(tmp_path / "models/model.ts"), "/else/model.pt"]


def test_a_config_with_a_byte_order_mark_is_read(engine: Modules, tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text('\ufeff{"a": 1}', encoding="utf-8")
    assert engine.config.read_json(tmp_path, "x.json") == {"a": 1}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "The MMAR's file x.json is not in "),
        ("{", "The MMAR's file x.json is not JSON: "),
        ("[1]", "The MMAR's file x.json must be a JSON object."),
    ],
)
def test_a_config_that_is_none_is_told(engine, tmp_path: Path, content: Any, said: str) -> None:
    if content is not None:
        (tmp_path / "x.json").write_text(content)
    with pytest.raises(engine.error, match=said):
        engine.config.read_json(tmp_path, "x.json")


# ------------------------------------------------------------------ the plan


def test_the_sections_are_those_that_the_config_refers_to(planned) -> None:
    def rename(config: Json) -> None:
        config["before"] = config.pop("pre_transforms")
        config["dataset"]["args"]["transform"] = "@before"
        config["net"] = config.pop("model")
        config["evaluator"]["args"]["network"] = "@net"

    plan = planned(rename)
    assert (plan.pre, plan.post, plan.inferer, plan.network) == (
        "before",
        "post_transforms",
        "inferer",
        "net",
    )


def test_what_saves_is_left_out_with_all_after_it(planned) -> None:
    def more(config: Json) -> None:
        saver = {"name": "SaveImageD", "args": {"keys": "image"}}
        after = {"name": "AsDiscreted", "args": {"keys": "pred", "threshold": 9}}
        config["post_transforms"] = [saver, *config["post_transforms"], after]

    plan = planned(more)
    names = [member["name"] for member in plan.sections["post_transforms"]]
    assert names == ["Activationsd", "Invertd", "AsDiscreted"]
    assert plan.image_saver["args"]["keys"] == "pred"


def test_components_that_are_disabled_are_left_out(planned) -> None:
    def disable(config: Json) -> None:
        config["handlers"].append({"name": "Unknown", "disabled": True})
        config["post_transforms"][1]["disabled"] = True

    names = [member["name"] for member in planned(disable).sections["post_transforms"]]
    assert names == ["Activationsd", "AsDiscreted"]


def test_files_are_written_where_other_code_may_look_for_them(planned) -> None:
    assert not planned(lambda config: None).needs_files
    assert planned(
        lambda config: config["pre_transforms"].append({"path": "mine.Smooth"})
    ).needs_files
    assert not planned(
        lambda config: config["pre_transforms"].append({"path": "monai.transforms.Identityd"})
    ).needs_files


def args(config: Json, section: str = "evaluator") -> Json:
    return config[section]["args"]


REFUSED = {
    "no evaluator": (
        lambda config: config.pop("evaluator"),
        "has no section evaluator with a component in it",
    ),
    "another evaluator": (
        lambda config: config["evaluator"].update(name="EnsembleEvaluator"),
        "has the evaluator EnsembleEvaluator, which this runtime can't run; it runs Supervised",
    ),
    "the user's evaluator": (
        lambda config: config["evaluator"].update(path="mine.SupervisedEvaluator"),
        "has the evaluator SupervisedEvaluator, which",
    ),
    "an argument that MONAI has not": (
        lambda config: args(config).update(post_transform="@post_transforms"),
        "gives its evaluator post_transform, which MONAI 0.8.1 does not know",
    ),
    "an iteration of its own": (
        lambda config: args(config).update(iteration_update="#print"),
        "replaces the evaluator's iteration_update",
    ),
    "no decollation": (
        lambda config: args(config).update(decollate=False),
        "sets the evaluator's decollate to false",
    ),
    "a network in training": (
        lambda config: args(config).update(mode="train"),
        "sets the evaluator's mode to train, not to eval",
    ),
    "a reference to nothing": (
        lambda config: args(config).update(inferer="@nothing"),
        "refers to @nothing, and has no section of that name",
    ),
    "no reference": (
        lambda config: args(config).update(inferer="inferer"),
        'must give inferer as "@SECTION"',
    ),
    "no network": (
        lambda config: args(config).pop("network"),
        "must have a section for network",
    ),
    "another data set": (
        lambda config: config["dataset"].update(name="GridPatchDataset"),
        "has the dataset GridPatchDataset, which this runtime can't run",
    ),
    "an unknown handler": (
        lambda config: config["handlers"].append({"name": "PostProcessing", "args": {}}),
        "has the handler PostProcessing, which may change the result",
    ),
    "a handler of the user's": (
        lambda config: config["handlers"].append({"path": "mine.StatsHandler"}),
        "has the handler StatsHandler, which may change the result",
    ),
    "no saver": (
        lambda config: config["post_transforms"].pop(),
        "saves no result: it has neither SaveImaged nor ClassificationSaver",
    ),
    "both savers": (
        lambda config: config["handlers"].append(SCORES),
        "saves both a volume and scores",
    ),
    "two savers": (
        lambda config: config["handlers"].extend([SCORES, SCORES]),
        "has two handlers that save the result",
    ),
    "a saver of the user's": (
        lambda config: config["handlers"].append(
            {"name": "ClassificationSaver", "args": {"saver": "#x"}}
        ),
        "has a ClassificationSaver with a saver of its own",
    ),
    "a member without a name": (
        lambda config: config["pre_transforms"].append({"args": {}}),
        "has a member of pre_transforms without name and path",
    ),
    "a variable that nothing sets": (
        lambda config: args(config, "inferer").update(overlap="{OVERLAP}"),
        "names the variable {OVERLAP}, which nothing sets",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_may_change_the_answer_is_refused(engine, planned, case: str) -> None:
    change, said = REFUSED[case]
    with pytest.raises(engine.error) as raised:
        planned(change)
    text = str(raised.value)
    assert text.startswith("The inference config inference.json ") and said in text
    assert text.endswith(".") and "\n" not in text


def test_a_classifier_has_its_scores_saved(planned) -> None:
    def classify(config: Json) -> None:
        config["post_transforms"] = config["post_transforms"][:1]
        config["handlers"].append(SCORES)

    plan = planned(classify)
    assert plan.image_saver is None and plan.scores_saver["name"] == "ClassificationSaver"


def test_what_loads_a_checkpoint_is_honoured(planned) -> None:
    loader = {"name": "CheckpointLoader", "args": {"load_path": "x.pt"}}
    plan = planned(lambda config: config["handlers"].append(loader))
    assert plan.checkpoints == ({"load_path": "x.pt"},)


# ------------------------------------------------------------------ memory, caches


@pytest.mark.parametrize(
    ("text", "gpu", "machine"),
    [
        ("CUDA out of memory. Tried to allocate 2.00 GiB (GPU 0)", True, False),
        ("cuDNN error: CUDNN_STATUS_ALLOC_FAILED", True, False),
        ("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes", False, True),
        ("expected scalar type Half", False, False),
    ],
)
def test_an_error_of_memory_is_known(engine, text: str, gpu: bool, machine: bool) -> None:
    try:
        try:
            raise RuntimeError(text)
        except RuntimeError as error:
            raise RuntimeError("applying transform x") from error
    except RuntimeError as error:
        assert engine.memory.gpu_is_full(error) is gpu
        assert engine.memory.machine_is_full(error) is machine
    assert engine.memory.machine_is_full(MemoryError())


def test_a_gpu_has_three_ways_and_the_cpu_one(engine) -> None:
    def places(device: str) -> list[Any]:
        return [(way.network, way.data) for way in engine.memory.ways(device)]

    assert places("gpu") == [("cuda", "cuda"), ("cuda", "cpu"), ("cpu", "cpu")]
    assert places("cpu") == [("cpu", "cpu")]


def test_caches_are_in_the_temporary_folder_unless_they_have_a_place(
    engine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import os
    import tempfile

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    for name in engine.start.CACHES:
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    monkeypatch.setenv("TORCH_HOME", "/else")
    engine.start.place_caches()
    assert os.environ["TORCH_HOME"] == "/else"
    others = [os.environ[name] for name in engine.start.CACHES if name != "TORCH_HOME"]
    assert all(other.startswith(str(tmp_path)) for other in others)
    assert not list(tmp_path.iterdir()), "a folder is made before it is needed"
