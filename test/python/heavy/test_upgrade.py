"""Inference configs of Clara 4.0: what they answered there, and what they answer on MD.ai.

Each runs twice on one volume and one network. First as it is, under MONAI 0.5.3, with that
release's own TransformInverter and SegmentationSaver (`clara_4_0.py`). Then as the packer rewrote
it, out of the bundle, under MONAI 0.8.1. Both have to write the same file.

MONAI 0.5.3 was made for PyTorch 1.4 to 1.8; what these configs use of it runs with 1.13. It is
installed beside the other packages on first use; without a way to get it the tests are skipped.
"""

from __future__ import annotations

import copy
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Iterator

import nibabel
import numpy as np
import pytest
import torch

import bundles
from bundles import ROOT

HEAVY = Path(__file__).resolve().parent
STANDIN = HEAVY.parent / "standins" / "monai"
OLD_MONAI = "0.5.3"
REAL = ROOT.parent / "shared" / "mmars" / "spleen-4.0" / "config"

Json = dict[str, Any]


# ------------------------------------------------------------------ running


@pytest.fixture(scope="session")
def old_monai() -> Path:
    """A folder with MONAI 0.5.3, to stand on PYTHONPATH."""
    folder = ROOT / ".venv-test" / f"monai-{OLD_MONAI}"
    if folder.exists():
        return folder
    unfinished = folder.with_name(f"{folder.name}-{os.getpid()}")
    pip = [sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    wanted = ["--no-deps", "--target", str(unfinished), f"monai=={OLD_MONAI}"]
    done = subprocess.run([*pip, *wanted], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        assert os.environ.get("CI") != "true", done.stderr
        pytest.skip(f"MONAI {OLD_MONAI} can't be had: {done.stderr[-300:]}")
    unfinished.rename(folder)
    return folder


def infer(mmar: Path, config: str, data: Json, out: Path, program: list[str], *paths: Path) -> Path:
    """Runs a config of an MMAR.

    Returns:
        the one file that it wrote.
    """
    settings = {**data, "MMAR_EVAL_OUTPUT_PATH": out}
    done = subprocess.run(
        [sys.executable, *program, "-m", str(mmar), "-c", config, "-e", "config/environment.json"]
        + ["--set", *(f"{key}={value}" for key, value in settings.items())],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, [*paths, STANDIN]))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    written = list(out.rglob("*.nii.gz"))
    assert len(written) == 1, written
    return written[0]


def run_4_0(mmar: Path, data: Json, out: Path, monai: Path) -> Path:
    program = [str(HEAVY / "clara_4_0.py")]
    return infer(mmar, "config/config_inference.json", data, out, program, monai)


def run_bundle(mmar: Path, data: Json, folder: Path) -> Path:
    """Packs an MMAR and runs the bundle's inference config, as the deploy code would."""
    model = bundles.pack(str(mmar), folder / "bundle", "--device", "cpu", "--force")
    facts = json.loads((model / "workspace" / "config_mdai.json").read_text())
    packed = model / "workspace" / facts["root_folder"]
    program = ["-m", "medl.apps.evaluate"]
    return infer(packed, facts["engine"]["inference_config"], data, folder / "out", program)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Json]:
    """A volume without any symmetry, its intensities smooth and on all sides of the thresholds."""
    folder = tmp_path_factory.mktemp("data")
    coarse = torch.from_numpy(np.random.default_rng(4).normal(size=(1, 1, 6, 7, 5)))
    smooth = torch.nn.functional.interpolate(coarse, size=(42, 56, 25), mode="trilinear")
    values = (smooth[0, 0].numpy() * 150 + 90).astype(np.int16)
    # Left, posterior, superior, as DICOM's volumes lie: Orientationd has something to turn.
    affine = np.diag([-0.8, -0.9, 2.5, 1.0])
    affine[:3, 3] = [40, 60, -30]
    nibabel.save(nibabel.Nifti1Image(values, affine), folder / "case_1.nii.gz")
    (folder / "list.json").write_text(json.dumps({"test": ["case_1.nii.gz"]}))
    yield {"DATASET_JSON": folder / "list.json", "DATA_ROOT": folder}


# ------------------------------------------------------------------ the configs

SPLEEN = "spleen_ct"
LIVER = "liver_tumor_ct"
REGIONS = "brain_channels"

INVERTER: Json = {
    "output_keys": ["pred"],
    "batch_keys": "image",
    "postfix": "inverted",
    "nearest_interp": False,
}
RAS: Json = {"name": "Orientationd", "args": {"keys": "image", "axcodes": "RAS"}}
ARGMAX = "lambda x: __import__('monai').transforms.AsDiscrete(argmax=True)"
SOFTMAX: Json = {"name": "Activationsd", "args": {"keys": "pred", "softmax": True}}


def config(
    output: str,
    post: list[Json],
    inverter: Json | None = INVERTER,
    turn: bool = False,
    **saver: Any,
) -> Json:
    """What of an inference config of Clara 4.0 the cases differ in."""
    handlers = []
    if inverter is not None:
        handlers.append({"name": "TransformInverter", "args": inverter})
    args = {
        "output_dir": "{MMAR_EVAL_OUTPUT_PATH}",
        "resample": False,
        "batch_transform": "lambda x: x['image_meta_dict']",
        "output_transform": output,
        **saver,
    }
    handlers.append({"name": "SegmentationSaver", "args": args})
    return {"handlers": handlers, "post_transforms": post, "turn": turn}


def discrete(**args: Any) -> Json:
    return {"name": "AsDiscreted", "args": {"keys": "pred", **args}}


CASES = {
    "probabilities, argmax": (
        SPLEEN,
        config(f"{ARGMAX}(x['pred_inverted'][0][None].detach().cpu())", [SOFTMAX]),
    ),
    "one-hot inverted, then argmax of three": (
        LIVER,
        config(
            "lambda x: torch.argmax(x['pred_inverted'][0][None], dim=1, keepdim=True)",
            [SOFTMAX, discrete(argmax=True, to_onehot=True, n_classes=3)],
        ),
    ),
    "one-hot written": (
        LIVER,
        config(
            f"{ARGMAX[:-1]}, to_onehot=True, n_classes=3)(x['pred_inverted'][0][None])", [SOFTMAX]
        ),
    ),
    "turned, with the inverted metadata, item by item": (
        LIVER,
        config(
            "lambda x: [i.argmax(0, keepdim=True) for i in x['pred_inverted']]",
            [SOFTMAX],
            turn=True,
            batch_transform="lambda x: x['pred_inverted_meta_dict']",
            output_postfix="organs",
        ),
    ),
    "a threshold on one channel": (
        SPLEEN,
        config("lambda x: (x['pred_inverted'][0][None][:, 1:2] > 0.5).float()", [SOFTMAX]),
    ),
    "overlapping channels, nearest": (
        REGIONS,
        config(
            "lambda x: [i for i in x['pred_inverted']]",
            [
                {"name": "Activationsd", "args": {"keys": "pred", "sigmoid": True}},
                discrete(threshold_values=True, logit_thresh=0.5),
            ],
            inverter={**INVERTER, "nearest_interp": True},
        ),
    ),
    "post_func of the inverter": (
        SPLEEN,
        config(
            "lambda x: x['pred_inverted']",
            [SOFTMAX],
            inverter={**INVERTER, "post_func": "lambda x: x.argmax(0, keepdim=True).float()"},
        ),
    ),
    "not inverted, resampled by the saver": (
        LIVER,
        config(
            "lambda x: x['pred']",
            [SOFTMAX, discrete(argmax=True)],
            inverter=None,
            turn=True,
            resample=True,
        ),
    ),
}


def write_mmar(folder: Path, fixture: str, case: Json) -> Path:
    """An MMAR of Clara 4.0 with the network of a fixture."""
    mmar = folder / "mmar_4_0"
    shutil.copytree(ROOT / "fixtures" / fixture, mmar)
    new = json.loads((mmar / "config" / "config_inference.json").read_text())
    case = copy.deepcopy(case)
    turn = [RAS] if case.pop("turn") else []
    dropped = {"Orientationd", "Spacingd"}
    if not any(handler["name"] == "TransformInverter" for handler in case["handlers"]):
        # What is cropped and not inverted is refused: its mask would be shifted.
        dropped.add("CropForegroundd")
    kept = [t for t in new["pre_transforms"] if t["name"] not in dropped]
    spacing = {"keys": ["image"], "pixdim": [1.5, 1.5, 2.0], "mode": ["bilinear"]}
    spacing["align_corners"] = [True]
    old = {
        "multi_gpu": False,
        "amp": False,
        "model": {"ts_path": "{MMAR_TORCHSCRIPT}"},
        "pre_transforms": kept[:2] + turn + [{"name": "Spacingd", "args": spacing}] + kept[2:],
        "dataset": {**new["dataset"], "data_list_key": "test"},
        "dataloader": {
            "name": "DataLoader",
            "args": {"batch_size": 1, "shuffle": False, "num_workers": 0},
        },
        "inferer": new["inferer"],
        "evaluator": {"name": "SupervisedEvaluator"},
        **case,
    }
    del old["dataset"]["args"]
    (mmar / "config" / "config_inference.json").write_text(json.dumps(old, indent=2))
    return mmar


# ------------------------------------------------------------------ the tests


def check_same(mmar: Path, data: Json, folder: Path, monai: Path) -> np.ndarray:
    """Both runs write the same voxels, on the same grid, under the same name."""
    before = run_4_0(mmar, data, folder / "before", monai)
    after = run_bundle(mmar, data, folder)
    assert after.name == before.name
    old, new = nibabel.load(before), nibabel.load(after)
    values = np.asarray(new.dataobj)
    # The bundle's saver keeps the axis of a single channel.
    assert values.shape == (old.shape if len(old.shape) == 4 else (*old.shape, 1))
    assert np.array_equal(values.reshape(old.shape), np.asarray(old.dataobj))
    assert np.allclose(new.affine, old.affine, atol=1e-5)
    image = nibabel.load(data["DATA_ROOT"] / "case_1.nii.gz")
    assert values.shape[:3] == image.shape
    assert np.allclose(new.affine, image.affine, atol=1e-5)
    # An answer that is empty or full would say little.
    assert 0.01 < (values > 0.5).mean() < 0.95
    return values.reshape(old.shape)


@pytest.mark.parametrize("case", CASES)
def test_a_rewritten_config_answers_what_it_answered_under_4_0(
    case: str, data: Json, tmp_path: Path, old_monai: Path
) -> None:
    fixture, differs = CASES[case]
    check_same(write_mmar(tmp_path, fixture, differs), data, tmp_path, old_monai)


@pytest.mark.skipif(not REAL.exists(), reason="NGC's spleen configs are not here")
def test_ngcs_spleen_config_answers_what_it_answered_under_4_0(
    data: Json, tmp_path: Path, old_monai: Path
) -> None:
    mmar = tmp_path / "spleen_4_0"
    shutil.copytree(ROOT / "fixtures" / SPLEEN, mmar)
    for name in ("config_inference.json", "environment.json"):
        shutil.copyfile(REAL / name, mmar / "config" / name)
    found = check_same(mmar, data, tmp_path, old_monai)
    image = np.asarray(nibabel.load(data["DATA_ROOT"] / "case_1.nii.gz").dataobj)
    # The network is a threshold at 90; what differs lies on the surface, by interpolation.
    assert (found != (image > 90)).mean() < 0.05


def test_what_4_0_turned_once_too_often_is_right_now(
    data: Json, tmp_path: Path, old_monai: Path
) -> None:
    """SegmentationSaver of MONAI 0.5 turns by the metadata of the image, which is still turned."""
    case = config(f"{ARGMAX}(x['pred_inverted'][0][None])", [SOFTMAX], turn=True)
    mmar = write_mmar(tmp_path, SPLEEN, case)
    before = run_4_0(mmar, data, tmp_path / "before", old_monai)
    after = run_bundle(mmar, data, tmp_path)
    old, new = (np.asarray(nibabel.load(path).dataobj) for path in (before, after))
    # The bundle's saver keeps the axis of a single channel.
    assert new.shape == (*old.shape, 1)
    new = new[..., 0]
    assert np.array_equal(new, old[::-1, ::-1])
    image = np.asarray(nibabel.load(data["DATA_ROOT"] / "case_1.nii.gz").dataobj)
    assert (new != (image > 90)).mean() < 0.05 < (old != (image > 90)).mean()


def test_a_validation_config_infers_as_the_inference_config(data: Json, tmp_path: Path) -> None:
    mmar = tmp_path / "validated"
    shutil.copytree(ROOT / "fixtures" / SPLEEN, mmar)
    own = run_bundle(mmar, data, tmp_path / "own")
    (mmar / "config" / "config_inference.json").unlink()
    made = run_bundle(mmar, data, tmp_path / "made")
    values = np.asarray(nibabel.load(made).dataobj)
    assert np.array_equal(values, np.asarray(nibabel.load(own).dataobj))
    assert 0.05 < values.mean() < 0.95
