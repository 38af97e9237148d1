"""The run of the MMAR's inference: what it is given, how it fails, and what it leaves."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import numpy as np
import pytest

import bundles
from answers import masks
from dicom_files import Stack, request, write_series
from scenes import LEVELS, image, organ

STACK = Stack()
WISHES = {"pattern": LEVELS, "form": "label_map"}


@pytest.fixture(scope="module")
def files():
    return write_series(image(STACK.shape), STACK)


def assert_right(answers, files) -> None:
    np.testing.assert_array_equal(masks(answers, files, STACK.shape)[0], organ(STACK.shape))


def failure(deployed, files, **wishes) -> str:
    with pytest.raises(deployed.error) as caught:
        deployed(request(files), **WISHES, **wishes)
    return str(caught.value)


@pytest.fixture
def seen(tmp_path):
    """seen(deployed, files) -> what the stand-in recorded of its run."""

    def run(deployed, *files):
        record = tmp_path / "record.json"
        answers = deployed(request(*files), **WISHES, record=str(record))
        for one in files:
            assert_right(answers, one)
        return json.loads(record.read_text())

    return run


# ------------------------------------------------------------------ what it is given


def test_the_arguments_are_clara_s(spleen, files, seen):
    record = seen(spleen, files)
    root = str(spleen.model / "workspace" / "spleen_ct")
    config = json.loads((spleen.model / "workspace" / "config_mdai.json").read_text())["engine"]
    start = ["-m", root, "-c", config["inference_config"], "-e", config["environment"], "--set"]
    arguments = record["arguments"]
    assert arguments[: len(start)] == start
    given = dict(pair.split("=", 1) for pair in arguments[len(start) :])
    per_request = {"DATASET_JSON", "DATA_ROOT", "MMAR_EVAL_OUTPUT_PATH"}
    assert set(given) == {*per_request, "multi_gpu", "print_conf"}
    assert given["multi_gpu"] == "False"
    assert given["print_conf"] == "True"
    for name in ("DATASET_JSON", "DATA_ROOT", "MMAR_EVAL_OUTPUT_PATH"):
        assert given[name].startswith(str(spleen.folder / "tmp"))


def test_the_bundles_own_settings_are_passed(deploy_variant, files, seen):
    def edit(config, root):
        config["engine"]["settings"] = {"use_gpu": "False", "NAME": "a b=c"}

    arguments = seen(deploy_variant("spleen_ct", edit), files)["arguments"]
    assert "use_gpu=False" in arguments
    assert "NAME=a b=c" in arguments
    assert "print_conf=True" not in arguments


def test_all_series_are_one_run(spleen, seen):
    record = seen(spleen, *[write_series(image(STACK.shape), STACK) for _ in range(3)])
    stems = [Path(path).name for path in record["images"]]
    assert stems == ["series-0001.nii", "series-0002.nii", "series-0003.nii"]


def test_all_that_a_run_may_write_is_in_its_folder(spleen, files, seen):
    record = seen(spleen, files)
    environment, temporary = record["environment"], str(spleen.folder / "tmp") + os.sep
    for name in ("HOME", "TMPDIR", "XDG_CACHE_HOME", "MPLCONFIGDIR", "TORCH_HOME"):
        assert environment[name].startswith(temporary)
    assert environment["PYTHONDONTWRITEBYTECODE"] == "1"
    assert record["folder"].startswith(temporary)


def test_the_mmars_environment_is_set(spleen, files, seen, monkeypatch):
    monkeypatch.setenv("MMAR_ROOT", "/another/mmar")
    record = seen(spleen, files)
    root = spleen.model / "workspace" / "spleen_ct"
    assert Path(record["environment"]["MMAR_ROOT"]) == root
    assert "/opt/nvidia" in record["path"]
    # For the MMAR's own components, with or without `custom.`; last, so that they shadow nothing.
    path = record["environment"]["PYTHONPATH"].split(":")
    assert path[-2:] == [str(root), str(root / "custom")]


def test_an_mmar_without_set_env(deploy_variant, files, seen, monkeypatch):
    monkeypatch.setenv("MMAR_ROOT", "/another/mmar")

    def edit(config, root):
        config["engine"]["set_env"] = None
        (root / "commands" / "set_env.sh").unlink()

    bare = deploy_variant("spleen_ct", edit)
    record = seen(bare, files)
    assert "/opt/nvidia" in record["path"]
    assert Path(record["environment"]["MMAR_ROOT"]) == bare.model / "workspace" / "spleen_ct"


def test_a_set_env_that_does_what_it_likes(deploy_variant, files, seen):
    def edit(config, root):
        (root / "commands" / "set_env.sh").write_text(
            "export OF_MY_OWN='a b'\nroot=/elsewhere work=/\nset -- x y\nshift\ncd /\nfalse\n"
        )

    record = seen(deploy_variant("spleen_ct", edit), files)
    assert record["environment"]["OF_MY_OWN"] == "a b"
    assert record["folder"] != "/"


def test_paths_with_spaces_and_quotes(spleen, files, tmp_path, monkeypatch):
    odd = tmp_path / "it's $HOME \"; a `path`"
    (odd / "bundle").mkdir(parents=True)
    model = bundles.variant(spleen.model, odd / "bundle", lambda config, root: None)
    module = bundles.load(model)
    with bundles.standin({}, odd):
        (odd / "standin.json").write_text(json.dumps(WISHES))
        answers = module.MDAIModel().predict(request(files))
    assert_right(answers, files)


@pytest.mark.parametrize("name, bare", [("spleen_ct", True), ("liver_tumor_ct", False)])
def test_items_of_the_list_have_the_mmars_form(deploy, files, name, bare, tmp_path):
    """The stand-in reads the list as MONAI 0.8.1 does: bare paths only where it is "test"."""
    deployed = deploy(name)
    form, levels = ("label_map", [200]) if bare else ("one_hot", [200, 330])
    record = tmp_path / "record.json"
    deployed(request(files), pattern={"levels": levels}, form=form, record=str(record))
    assert len(json.loads(record.read_text())["images"]) == 1


def test_the_derived_config_needs_no_shared_memory(spleen, files, seen):
    loader = seen(spleen, files)["config"]["dataloader"]["args"]
    assert (loader["batch_size"], loader["num_workers"]) == (1, 0)


# ------------------------------------------------------------------ how it fails


def test_a_failed_run_carries_the_end_of_its_log(spleen, files):
    log = "\n".join(f"line {number}" for number in range(100)) + "\nValueError: the cause"
    text = failure(spleen, files, fail={"log": log, "code": 3})
    assert text.startswith("The inference failed (exit code 3).\n")
    assert text.endswith("line 99\nValueError: the cause")
    assert "line 71" in text and "line 70" not in text
    assert_right(spleen(request(files), **WISHES), files)


GPU = "The inference found no GPU that it can use: give the model a GPU on MD.ai"
LOGS = {
    "RuntimeError: Found no NVIDIA driver on your system. Please check": GPU,
    "RuntimeError: No CUDA GPUs are available": GPU,
    "AssertionError: Torch not compiled with CUDA enabled": GPU,
    "Attempting to deserialize object on a CUDA device but torch.cuda.is_available() is False": GPU,
    "RuntimeError: CUDA out of memory. Tried to allocate 2.00 GiB": "The GPU's memory is too small",
    "python3: Error while finding module specification: No module named 'medl'": "NVIDIA's medl",
}


@pytest.mark.parametrize("log", LOGS)
def test_what_is_wrong_is_said_in_a_sentence(spleen, files, log):
    text = failure(spleen, files, fail={"log": log, "code": 1})
    assert text.startswith(LOGS[log])
    assert log in text


def test_a_cpu_bundle_that_asks_for_cuda(deploy_variant, files):
    def edit(config, root):
        config["device"] = "cpu"

    text = failure(
        deploy_variant("spleen_ct", edit),
        files,
        fail={"log": "No CUDA GPUs are available", "code": 1},
    )
    assert "packed with --device cpu, but its config still asks for CUDA" in text


def test_a_killed_run(spleen, files):
    assert "killed" in failure(spleen, files, fail={"log": "", "code": 137})


def gone(process: int) -> bool:
    """Whether a process has ended; one that nobody waited for has, too."""
    try:
        state = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return True
    return state in "ZX"


def all_gone(processes: list[int]) -> bool:
    """Whether processes end; the system takes a moment for each that is killed."""
    deadline = time.monotonic() + 10
    while not all(map(gone, processes)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return all(map(gone, processes))


def test_a_run_that_takes_too_long_is_ended_with_its_children(
    deploy_variant, files, tmp_path, monkeypatch
):
    def edit(config, root):
        config["engine"]["timeout_seconds"] = 3

    deployed, ids = deploy_variant("spleen_ct", edit), tmp_path / "ids"
    # A process of its own, not one that is forked off another.
    monkeypatch.delenv("MMAR2MDAI_STANDIN_SOCKET")
    start = time.monotonic()
    text = failure(deployed, files, hang=str(ids))
    assert time.monotonic() - start < 30
    assert text.startswith("The inference was ended because it took more than 3 seconds: ")
    assert "--inference-timeout" in text and text.endswith("stand-in: 1 images")
    processes = [int(part) for part in ids.read_text().split()]
    assert len(processes) == 2 and all_gone(processes)
    assert_right(deployed(request(files), **WISHES), files)


def test_what_a_run_leaves_running_is_ended(spleen, files, tmp_path, monkeypatch):
    monkeypatch.delenv("MMAR2MDAI_STANDIN_SOCKET")
    left = tmp_path / "left"
    assert_right(spleen(request(files), **WISHES, leave=str(left)), files)
    assert all_gone([int(left.read_text())])


@pytest.mark.parametrize("option, seconds", [((), 3600), (("--inference-timeout", "90"), 90)])
def test_the_time_limit_is_in_the_bundle(deploy, option, seconds):
    model = deploy("spleen_ct", *option).model
    config = json.loads((model / "workspace" / "config_mdai.json").read_text())
    assert config["engine"]["timeout_seconds"] == seconds


def test_the_end_of_a_long_log_is_enough(spleen, files):
    log = "no memory is taken for this\n" * 200_000 + "ValueError: the cause"
    assert failure(spleen, files, fail={"log": log, "code": 3}).endswith("ValueError: the cause")


def test_without_medl_the_reason_is_said(spleen, files, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "")
    assert failure(spleen, files).startswith("NVIDIA's medl is not there")


def test_no_room_for_temporary_files(spleen, files, monkeypatch):
    def full(image, path):
        raise OSError(28, "No space left on device")

    monkeypatch.setitem(spleen.mdai._engine.run.__globals__, "write_nifti", full)
    assert "temporary files can't be kept: [Errno 28] No space left" in failure(spleen, files)


def test_no_stale_result_of_an_earlier_request(spleen, files):
    assert_right(spleen(request(files), **WISHES), files)
    assert "exit code 0, and there is no file" in failure(spleen, files, fail="no_file")
    assert_right(spleen(request(files), **WISHES), files)


# ------------------------------------------------------------------ the start


def start(deploy_variant, edit) -> str:
    with pytest.raises(Exception) as caught:
        deploy_variant("spleen_ct", edit)
    assert type(caught.value).__name__ == "DeployError"
    return str(caught.value)


def test_another_task_is_refused(deploy_variant):
    def edit(config, root):
        config["type"] = "classification"

    assert "type is classification" in start(deploy_variant, edit)


@pytest.mark.parametrize("key", ["inference_config", "environment", "set_env"])
def test_a_file_that_the_config_names_and_is_not_there(deploy_variant, key):
    def edit(config, root):
        (root / config["engine"][key]).unlink()

    assert "is not in" in start(deploy_variant, edit)


def test_a_config_that_lacks_a_key(deploy_variant):
    def edit(config, root):
        del config["output"]["form"]

    assert "config_mdai.json can't be used (KeyError: 'form')" in start(deploy_variant, edit)


def test_no_config_at_all(deploy_variant, monkeypatch):
    def edit(config, root):
        pass

    deployed = deploy_variant("spleen_ct", edit)
    (deployed.model / "workspace" / "config_mdai.json").unlink()
    with pytest.raises(deployed.error, match="is neither in"):
        deployed.module.MDAIModel()


def test_the_platforms_workspace_comes_first(deploy_variant, files, tmp_path, monkeypatch):
    """MD.ai's image has the workspace at /workspace, and the bundle as a whole elsewhere."""
    deployed = deploy_variant("spleen_ct", lambda config, root: None)
    platform = tmp_path / "workspace"
    (deployed.model / "workspace").rename(platform)
    monkeypatch.setattr("mmar2mdai_config.PLATFORM_WORKSPACE", platform)
    (deployed.folder / "standin.json").write_text(json.dumps(WISHES))
    assert_right(deployed.module.MDAIModel().predict(request(files)), files)
