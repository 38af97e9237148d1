"""The resident engine's answers are those of the MMAR's own run by process, voxel by voxel.

Each MMAR is packed twice. Once as for Clara, whose run is a process: MONAI 0.8.1 with the data
set, loader, evaluator, handlers and SaveImaged of the MMAR's own config, through files. And once
with the engine that keeps the network. Both answer the same request; what their engines gave, and
what MD.ai would get, is compared.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Iterator, Sequence

import nibabel
import numpy as np
import pytest
import torch

from bundles import ROOT
from cases import CASES
from classifiers import write_pictures
from dicom_files import Stack, request, write_series
from parity_page import write_page
from phantom import organ_depth, ramp, stack_for, steps
from studies import line, write_line
from test_geometry import write

CATALOGUE = ROOT / "fixtures" / "catalogue"
SHARED = ROOT.parent / "shared"
SAMPLES = ["spleen_ct", "liver_tumor_ct", "brain_channels", "lung_resampled"]
CLASSIFIERS = ["clara_pt_chest_xray_classification_1", "clara_pt_covid19_3d_ct_classification_1"]
SEVERAL_CHANNELS = {
    "clara_pt_brain_mri_segmentation_1": ["t1_tse_tra_KM", "t1_tse_tra", "t2_tse_tra", "t2_flair"],
    "clara_pt_prostate_mri_segmentation_1": ["t2_tse_tra", "ep2d_diff_tra_ADC"],
}
SCORES_DIFFER = 1e-6
AFFINES_DIFFER = 1e-4


@dataclass(frozen=True)
class Row:
    """One line of the table: what was asked, and how far the answers are apart."""

    model: str
    images: str
    values: int
    differ: int
    most: float


class Recorder:
    """Hands a task's request to its engine, and keeps what it yields."""

    def __init__(self, engine: Any) -> None:
        self._engine = engine
        self.results: list[Any] = []

    def run(self, items: Any, folder: Path) -> Iterator[Any]:
        for result in self._engine.run(items, folder):
            self.results.append(kept(result))
            yield result


def kept(result: Any) -> tuple[np.ndarray, np.ndarray | None]:
    """The values of a result, and its affine: its file may be gone afterwards."""
    if hasattr(result, "values"):
        return np.array(result.values), None
    return np.array(result.voxels[:, :, :, :]), result.affine


def answered(deployed: Any, data: dict[str, Any]) -> tuple[list[Any], list[dict[str, Any]]]:
    mdai = deployed.mdai
    engine = mdai._engine
    mdai._engine = Recorder(engine)
    try:
        answers = deployed(data)
        return mdai._engine.results, answers
    finally:
        mdai._engine = engine


@pytest.fixture(scope="module")
def table(request: pytest.FixtureRequest) -> Iterator[list[Row]]:
    rows: list[Row] = []
    yield rows
    page = request.config.getoption("--parity-page")
    if page:
        write_page(Path(page), rows)


@pytest.fixture
def compare(deploy: Callable[..., Any], table: list[Row]) -> Callable[..., Row]:
    """compare(mmar, request, what the images are): both runtimes answer, and alike."""

    def both(mmar: str, data: dict[str, Any], images: str, *options: str) -> Row:
        expected, before = answered(deploy(mmar, *options), data)
        found, after = answered(deploy(mmar, *options, resident=True), data)
        assert len(found) == len(expected) > 0
        values = differ = 0
        most = 0.0
        for (one, one_affine), (other, other_affine) in zip(found, expected):
            assert one.shape == other.shape
            if one_affine is not None:
                np.testing.assert_allclose(one_affine, other_affine, atol=AFFINES_DIFFER)
            apart = np.abs(one.astype(float) - other.astype(float))
            values, differ = values + one.size, differ + int((apart > 0).sum())
            most = max(most, float(apart.max()))
        row = Row(Path(mmar).name, images, values, differ, most)
        table.append(row)
        scores = expected[0][1] is None
        if scores:
            assert most <= SCORES_DIFFER
            before, after = without_probabilities(before), without_probabilities(after)
        else:
            assert differ == 0, f"{differ} of {values} values differ, by {most} at most"
            # An answer that is empty or full would say little.
            assert any(len(np.unique(one)) > 1 for one, _ in found)
        assert after == before
        return row

    return both


def without_probabilities(answers: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{k: v for k, v in answer.items() if k != "probability"} for answer in answers]


# ------------------------------------------------------------------ the images


def three_series() -> dict[str, Any]:
    """Axial, coronal from behind, oblique; values on all sides of every threshold."""
    names = ["axial", "coronal", "oblique"]
    chosen = [next(case for case in CASES if case.name.startswith(name)) for name in names]
    files = []
    for case in chosen:
        stack = stack_for(case)
        depth = organ_depth(stack)
        values = np.rint(np.clip(80 * depth, -1200, 1000)).astype(np.int16)
        files.append(write(case, stack, values))
    return request(*files)


def all_geometries(fixture: str) -> dict[str, Any]:
    """The images of test_geometry.py, one series for each case."""
    scale = {"spleen_ct": 1.5, "lung_resampled": 2.5}.get(fixture, 1.0)

    def image(stack: Stack) -> np.ndarray:
        if fixture == "spleen_ct":
            return ramp(organ_depth(stack, scale), 90, 8)
        if fixture == "lung_resampled":
            return ramp(organ_depth(stack, scale), -400, -20)
        levels = {"liver_tumor_ct": (20, 110, 230), "brain_channels": (50, 300, 600, 900)}
        return steps(stack, *levels[fixture])

    stacks = {case.name: stack_for(case, scale) for case in CASES}
    return request(*(write(case, stacks[case.name], image(stacks[case.name])) for case in CASES))


def channels(names: Sequence[str]) -> dict[str, Any]:
    """A study with a series for each channel, on grids of their own."""
    study, base = "1.2.826.0.1.3680043.8.498.7", np.random.default_rng(3)
    files = []
    for number, name in enumerate(names):
        stack = Stack(
            (24, 44, 40),
            first=(-31.0 - number, -22, 7),
            step=(0, 0, 2.1),
            row_step=1.1,
            column_step=1.2,
        )
        coarse = torch.from_numpy(base.normal(size=(1, 1, 5, 6, 7)))
        smooth = torch.nn.functional.interpolate(coarse, size=stack.shape, mode="trilinear")
        values = np.rint(np.clip(500 + 350 * smooth[0, 0].numpy(), 1, 1500)).astype(np.int16)
        uid = f"{study}.{number + 1}"
        files.append(write_line(line(number + 1, name), study, uid, stack, values))
    return request(*files)


def packed_rows() -> list[str]:
    """The catalogue's MMARs that docs/catalogue.md says are packed."""
    page = (ROOT / "docs" / "catalogue.md").read_text()
    rows = [row.split("|")[1:] for row in page.splitlines() if row.startswith("| clara_pt")]
    names = {row[0].strip() for row in rows if row[2].strip() == "packs"}
    folders = sorted(path.name for path in CATALOGUE.iterdir())
    found = [name for name in folders if name.rpartition("_")[0] in names]
    assert len(found) == len(names)
    return found


ANNOTATORS = [name for name in packed_rows() if "_annotation_" in name]
"""They find nothing without clicks: test_clicks.py compares them."""

SEGMENTERS = [name for name in packed_rows() if name not in {*CLASSIFIERS, *ANNOTATORS}]


# ------------------------------------------------------------------ the tests


@pytest.mark.parametrize("fixture", SAMPLES)
def test_all_geometries(compare: Callable[..., Row], fixture: str) -> None:
    compare(fixture, all_geometries(fixture), f"{len(CASES)} series, one for each geometry")


@pytest.mark.parametrize("name", SEGMENTERS)
def test_the_catalogues_segmenters(compare: Callable[..., Row], name: str) -> None:
    if name in SEVERAL_CHANNELS:
        names = SEVERAL_CHANNELS[name]
        compare(str(CATALOGUE / name), channels(names), f"a study of {len(names)} series")
        return
    compare(str(CATALOGUE / name), three_series(), "3 series: axial, coronal, oblique")


def test_x_rays(compare: Callable[..., Row]) -> None:
    random = np.random.default_rng(5)
    shapes = [(256, 256), (512, 512), (300, 411), (64, 1000)]
    levels = [400, 1500, 2600, 3900]
    pictures = [random.integers(0, level, shape) for level, shape in zip(levels, shapes)]
    data = request(write_pictures(pictures))
    compare(str(CATALOGUE / CLASSIFIERS[0]), data, "4 X-rays of 12 bits, of 4 sizes")


def test_a_ct_with_a_lung_mask(compare: Callable[..., Row]) -> None:
    from test_classification import masks

    stack = Stack(shape=(40, 48, 52), row_step=7.0, column_step=7.0, step=(0.0, 0.0, 8.0))
    inside = np.zeros(stack.shape, bool)
    inside[14:26, 17:31, 20:34] = True
    values = np.random.default_rng(6).integers(-1500, 100, stack.shape).astype(np.int16)
    files = write_series(values, stack)
    data = {**request(files), "annotations": masks(files, inside)}
    compare(str(CATALOGUE / CLASSIFIERS[1]), data, "a CT with the lungs' mask in the request")


@pytest.mark.skipif(not SHARED.is_dir(), reason="../shared is not here")
def test_the_real_ct(compare: Callable[..., Row], tmp_path: Path) -> None:
    """NGC's spleen config of Clara 4.1 on a CT of 512 x 512 x 32, sent as an axial series."""
    from test_real_ct import CONFIGS, IMAGE, axial_stack, slices_of

    mmar = tmp_path / "clara_pt_spleen_ct_segmentation_1"
    mmar.mkdir()
    shutil.copytree(CONFIGS, mmar / "config", copy_function=shutil.copyfile)
    for name in ("commands", "models", "docs"):
        shutil.copytree(ROOT / "fixtures" / "spleen_ct" / name, mmar / name)
    image = nibabel.load(IMAGE)
    data = request(write_series(slices_of(image), axial_stack(image)))
    compare(str(mmar), data, "the CT spleen_8 of the Medical Segmentation Decathlon")


@pytest.mark.skipif(not SHARED.is_dir(), reason="../shared is not here")
def test_the_real_network_on_the_real_t1(compare: Callable[..., Row], tmp_path: Path) -> None:
    """MeshNet with its trained weights on a T1 of 256 x 256 x 176."""
    import zipfile

    brain = SHARED / "data" / "brain"
    mmar = tmp_path / "brain_meshnet"
    shutil.copytree(brain / "mmar", mmar)
    with zipfile.ZipFile(brain / "scan" / "t1_sagittal_dicom.zip") as archive:
        names = [name for name in archive.namelist() if not name.endswith("/")]
        contents = [archive.read(name) for name in sorted(names)]
    data = {
        "files": [{"content": each, "content_type": "application/dicom"} for each in contents],
        "annotations": [],
        "label_classes": [],
        "args": {},
    }
    compare(str(mmar), data, "a sagittal T1 of 256 x 256 x 176, trained weights")


def test_every_row_of_the_catalogue_that_packs_is_compared() -> None:
    assert {*SEGMENTERS, *CLASSIFIERS, *ANNOTATORS} == set(packed_rows())
