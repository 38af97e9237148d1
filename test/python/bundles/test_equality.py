"""The answer is that of `python -m monai.bundle run` on the same volume, voxel by voxel."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Callable

import nibabel
import numpy as np
import pytest
import torch

import monai_bundles as zoo
from bundles import ROOT
from cases import rotation
from test_bundle_geometry import BRATS_POST, CONTRASTS, CROP, RAS, SPACING, TYPED

SHARED = ROOT.parent / "shared" / "data" / "brain"
UNET = {"_target_": "UNet", "spatial_dims": 3, "in_channels": 1, "out_channels": 3}
UNET = {**UNET, "channels": [4, 8, 16], "strides": [2, 2], "num_res_units": 1, "norm": "batch"}
SCALE = {"_target_": "ScaleIntensityRanged", "keys": "@image_key", "a_min": -57, "a_max": 164}
SCALE = {**SCALE, "b_min": 0, "b_max": 1, "clip": True}
NORMAL = {"_target_": "NormalizeIntensityd", "keys": "@image_key", "nonzero": True}
NORMAL = {**NORMAL, "channel_wise": True}

AFFINES = {
    "axial": np.array([[-0.9, 0, 0, 90], [0, -0.9, 0, 80], [0, 0, 2.5, -300], [0, 0, 0, 1.0]]),
    "coronal": np.array([[-1.1, 0, 0, 9], [0, 0, 3, 8], [0, -1.1, 0, 7], [0, 0, 0, 1.0]]),
}
OBLIQUE = np.eye(4)
OBLIQUE[:3, :3] = rotation(9, -14, 25) @ np.diag([0.9, 1.1, 2.3])
OBLIQUE[:3, 3] = [-31.25, 12.1, 700.3]
AFFINES["oblique"] = OBLIQUE
every_affine = pytest.mark.parametrize("affine", AFFINES)


def image(seed: int = 0) -> np.ndarray:
    """Blobs of several sizes, so that a network of any weights answers several classes."""
    noise = np.random.default_rng(seed).normal(40, 300, (7, 8, 6))
    blobs = torch.nn.functional.interpolate(
        torch.as_tensor(noise)[None, None], size=(44, 40, 30), mode="trilinear"
    )
    return np.rint(blobs[0, 0].numpy()).astype(np.float32)


def weights_of(definition: dict[str, Any], seed: int = 3) -> tuple[torch.nn.Module, dict[str, Any]]:
    """A network of MONAI's with random weights, and running statistics of its own."""
    import monai.networks.nets as nets

    torch.manual_seed(seed)
    args = {key: value for key, value in definition.items() if key != "_target_"}
    network = getattr(nets, definition["_target_"])(**args).eval()
    return network, network.state_dict()


def write(root: Path, content: Any, weights: Any, scripts: Any = None) -> Path:
    """A bundle with the two classes that these networks have."""
    return zoo.write_bundle(root, content, weights, scripts, zoo.metadata(("organ", "spot")))


def monai_answers(root: Path, images: list[np.ndarray], affine: np.ndarray, folder: Path) -> Any:
    """What MONAI's own program saves for a volume, or for a series for each channel."""
    data = folder / "data"
    data.mkdir()
    paths = []
    for number, values in enumerate(images):
        paths.append(str(data / f"ct-{number}.nii.gz"))
        nibabel.save(nibabel.Nifti1Image(values.astype(np.float32), affine), paths[-1])
    copy = folder / "run" / root.name
    shutil.copytree(root, copy)
    given = repr([{"image": paths if len(paths) > 1 else paths[0]}])
    run_monai(copy, "run", {"dataset#data": f"${given}", "output_dir": str(folder)})
    (saved,) = folder.rglob("*_trans.nii.gz")
    return nibabel.load(saved)


def run_monai(root: Path, entry: str, overrides: dict[str, str]) -> None:
    """`python -m monai.bundle run` in a bundle's folder."""
    run = [sys.executable, "-W", "ignore", "-m", "monai.bundle", "run", entry]
    run += ["--config_file", str(root / "configs" / "inference.json")]
    run += ["--meta_file", str(root / "configs" / "metadata.json"), "--logging_file", "False"]
    for name, value in {"bundle_root": str(root), **overrides}.items():
        run += [f"--{name}", value]
    env = {**os.environ, "PYTHONPATH": str(root), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(run, cwd=root, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]


def check_same(
    templates: Any,
    root: Path,
    images: list[np.ndarray],
    affine: np.ndarray,
    folder: Path,
    packs: bool = True,
    windows_as_they_are: bool = False,
) -> np.ndarray:
    """The engine's answer is what MONAI saves: values, and place.

    Args:
        windows_as_they_are: run as many windows at once as the config says, and not one: the last
            bits of a convolution depend on it.
    """
    torch.set_num_threads(1)
    expected = monai_answers(root, images, affine, folder)
    if packs:
        packed = folder / "packed"
        packed.mkdir()
        workspace = zoo.unpacked(root, packed) / "workspace"
        described = json.loads((workspace / "config_mdai.json").read_text())
        if windows_as_they_are:
            del described["engine"]["overrides"]["inferer#sw_batch_size"]
        engine = zoo.make_engine(templates, workspace / described["root_folder"], described)
    else:
        place = folder / "workspace" / root.name
        shutil.copytree(root, place)
        engine = zoo.make_engine(templates, place)
    grids = [zoo.grid(templates, each, affine, f"ct-{n}") for n, each in enumerate(images)]
    item = templates.inference.Item(grids if len(grids) > 1 else grids[0])
    result = zoo.run_one(engine, item, folder)
    found = zoo.voxels(result)
    np.testing.assert_allclose(result.affine, expected.affine, atol=1e-3)
    values = np.asarray(expected.dataobj)
    assert found.shape == values.shape
    np.testing.assert_array_equal(found, values)
    assert len(np.unique(found)) > 1, "an empty or full answer says little"
    return found


@every_affine
def test_ct_as_spleen_ct_segmentation(templates: Any, tmp_path: Path, affine: str) -> None:
    content = zoo.config(UNET, [*zoo.load(), RAS, SPACING, SCALE, TYPED])
    root = write(tmp_path / "spleen", content, weights_of(UNET)[1])
    check_same(templates, root, [image()], AFFINES[affine], tmp_path)


@every_affine
def test_crop_in_front_of_the_network(templates: Any, tmp_path: Path, affine: str) -> None:
    """Compose gives a list of one after a crop."""
    crop = {**CROP, "select_fn": "$lambda x: x > 0"}
    content = zoo.config(UNET, [*zoo.load(), RAS, SPACING, SCALE, crop, TYPED])
    root = write(tmp_path / "crop", content, {"model": weights_of(UNET)[1]})
    check_same(templates, root, [image()], AFFINES[affine], tmp_path)


@every_affine
def test_a_torchscript_by_its_path_in_the_config(
    templates: Any, tmp_path: Path, affine: str
) -> None:
    load = "$torch.jit.load(@bundle_root + '/models/model.ts', map_location=@device)"
    content = zoo.config(load, [*zoo.load(), RAS, SPACING, SCALE, TYPED], initialize=[])
    content["network"] = "$@network_def.to(@device).eval()"
    network = torch.jit.script(weights_of(UNET)[0])
    root = write(tmp_path / "script", content, network)
    check_same(templates, root, [image()], AFFINES[affine], tmp_path)


@every_affine
@pytest.mark.parametrize("resample", [True, False])
def test_a_result_that_only_the_saver_brings_back(
    templates: Any, tmp_path: Path, affine: str, resample: bool
) -> None:
    post = zoo.compose([zoo.ARGMAX, {**zoo.SAVE, "resample": resample}])
    pre = [*zoo.load(), RAS, SPACING, SCALE, TYPED]
    content = zoo.config(UNET, pre, postprocessing=post)
    root = write(tmp_path / "saved", content, weights_of(UNET)[1])
    check_same(templates, root, [image()], AFFINES[affine], tmp_path, packs=False)


@every_affine
def test_mr_of_four_channels_as_brats_mri_segmentation(
    templates: Any, tmp_path: Path, affine: str
) -> None:
    network = {"_target_": "SegResNet", "blocks_down": [1, 1], "blocks_up": [1], "in_channels": 4}
    network = {**network, "init_filters": 8, "out_channels": 3, "dropout_prob": 0.2}
    pre = [{"_target_": "LoadImaged", "keys": "@image_key", "image_only": False}, NORMAL]
    content = zoo.config(network, pre, postprocessing=zoo.compose(BRATS_POST))
    told = zoo.metadata(("whole tumor", "enhancing tumor"), list(CONTRASTS), "MR")
    root = zoo.write_bundle(tmp_path / "brats", content, weights_of(network)[1], told=told)
    images = [image(seed) for seed in range(4)]
    found = check_same(templates, root, images, AFFINES[affine], tmp_path)
    assert set(np.unique(found)) <= {0, 1, 2, 4}


@every_affine
def test_slices_as_ventricular_short_axis_3label(
    templates: Any, tmp_path: Path, affine: str
) -> None:
    network = {**UNET, "spatial_dims": 2}
    inferer = {"_target_": "SliceInferer", "roi_size": [64, 64], "spatial_dim": 2}
    scale = {"_target_": "ScaleIntensityd", "keys": "@image_key"}
    content = zoo.config(network, [*zoo.load(image_only=False), scale, TYPED], inferer=inferer)
    root = write(tmp_path / "slices", content, weights_of(network)[1])
    check_same(templates, root, [image()], AFFINES[affine], tmp_path)


def test_the_reader_of_itk(templates: Any, tmp_path: Path) -> None:
    """It reads the image's file: what it makes of one is not known here."""
    pre = [*zoo.load(reader="ITKReader"), RAS, SPACING, SCALE, TYPED]
    root = write(tmp_path / "itk", zoo.config(UNET, pre), weights_of(UNET)[1])
    check_same(templates, root, [image()], AFFINES["axial"], tmp_path)


def test_a_transform_of_the_bundles_own(templates: Any, tmp_path: Path) -> None:
    source = "class Twice:\n    def __call__(self, data):\n"
    source += "        return {**data, 'image': 2 * data['image']}\n"
    pre = [*zoo.load(), RAS, SPACING, SCALE, {"_target_": "scripts.own.Twice"}, TYPED]
    content = zoo.config(UNET, pre)
    root = write(tmp_path / "own", content, weights_of(UNET)[1], {"own": source})
    check_same(templates, root, [image()], AFFINES["axial"], tmp_path)


@pytest.mark.skipif(not SHARED.is_dir(), reason="../shared is not here")
def test_real_weights_on_a_real_t1(templates: Any, tmp_path: Path) -> None:
    """Within MONAI 1.5.2 equal; and nearly what MONAI 0.8.1 gave for the same network's MMAR."""
    scan = nibabel.load(SHARED / "scan" / "t1_defaced.nii.gz")
    root = tmp_path / "brain"
    shutil.copytree(SHARED / "bundle", root, copy_function=shutil.copyfile)
    image = np.asarray(scan.dataobj)
    found = check_same(templates, root, [image], scan.affine, tmp_path, windows_as_they_are=True)
    before = np.asarray(nibabel.load(SHARED / "scan" / "t1_defaced_expected.nii.gz").dataobj)
    assert (found != before).sum() < 2000


def test_more_than_one_config_is_merged_in_their_order(templates: Any, tmp_path: Path) -> None:
    content = zoo.config(UNET, [*zoo.load(), RAS, SPACING, SCALE, TYPED])
    root = write(
        tmp_path / "workspace" / "merged", {**content, "inferer": None}, weights_of(UNET)[1]
    )
    second = {"inferer": content["inferer"], "inferer#overlap": 0.5}
    (root / "configs" / "inferer.yaml").write_text(json.dumps(second))
    described = zoo.mdai_config(root, configs=["configs/inference.json", "configs/inferer.yaml"])
    engine = zoo.make_engine(templates, root, described)
    assert engine._pipeline._inferer.overlap == 0.5


def test_the_answer_does_not_depend_on_what_was_asked_before(
    templates: Any, tmp_path: Path, deploy: Callable[..., Any]
) -> None:
    content = zoo.config(UNET, [*zoo.load(), RAS, SPACING, SCALE, TYPED])
    root = write(tmp_path / "workspace" / "twice", content, weights_of(UNET)[1])
    engine = zoo.make_engine(templates, root)
    item = templates.inference.Item(zoo.grid(templates, image(), AFFINES["oblique"]))
    other = templates.inference.Item(zoo.grid(templates, image(5)[:30], AFFINES["coronal"], "b"))
    first = zoo.voxels(zoo.run_one(engine, item, tmp_path))
    zoo.run_one(engine, other, tmp_path)
    np.testing.assert_array_equal(zoo.voxels(zoo.run_one(engine, item, tmp_path)), first)
