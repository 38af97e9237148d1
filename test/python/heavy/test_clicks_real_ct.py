"""Clicks on the spleen of a real CT, with the sizes that NVIDIA's Deepgrow has.

Runs where ../shared lies beside the project, as test_real_ct.py.
"""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pytest

import bundles
import click_configs
import clicked
from answers import masks
from clicked import click, mark
from conftest import Deployed
from dicom_files import Files, request, write_series
from resident import forget_components
from test_real_ct import IMAGE, LABEL, axial_stack, slices_of

pytestmark = pytest.mark.skipif(not IMAGE.is_file(), reason="../shared is not here")


@pytest.fixture(scope="module")
def ct() -> tuple[Files, np.ndarray]:
    """The series, its files in no order, and (slices, rows, columns) bool of the spleen."""
    image = nibabel.load(IMAGE)
    files = write_series(slices_of(image), axial_stack(image))
    random.Random(3).shuffle(files.contents)
    return files, slices_of(nibabel.load(LABEL)) > 0


def ask(
    folder: Path, clicks: dict[str, Any], chain: dict[str, Any], network: str, *asked: Any
) -> list[list[dict[str, Any]]]:
    """The answers to each list of annotations, of which the first has the files."""
    files, *requests = asked
    with bundles.standin({}, folder):
        model = clicked.make_bundle(folder, clicked.config_of(clicks), inference=chain)
        click_configs.write_network(model, network)
        forget_components()
        deployed = Deployed(model, folder / "tmp")
        return [deployed({**request(files), "annotations": listed}) for listed in requests]


def middle(label: np.ndarray) -> tuple[int, int]:
    """A row and column of the organ on a slice, near its middle."""
    places = np.argwhere(label)
    near = np.abs(places - places.mean(axis=0)).sum(axis=1)
    row, column = places[near.argmin()]
    return int(row), int(column)


def test_deepgrow_2d_grows_from_a_click_on_each_slice(
    ct: tuple[Files, np.ndarray], tmp_path: Path
) -> None:
    files, label = ct
    slices = [int(z) for z in np.flatnonzero(label.any(axis=(1, 2)))]
    places = [(z, *middle(label[z])) for z in slices]
    chain = click_configs.deepgrow(2, (256, 256), (256, 256))
    (answers,) = ask(
        tmp_path,
        clicked.DEEPGROW_2D,
        chain,
        click_configs.MARKS_CLICKS,
        files,
        [click(files, place) for place in places],
    )
    found = masks(answers, files, label.shape)[0]
    assert np.flatnonzero(found.any(axis=(1, 2))).tolist() == slices
    for place in places:
        centre = np.argwhere(found[place[0]]).mean(axis=0)
        assert np.abs(centre - place[1:]).max() <= 1


def test_deepgrow_3d_grows_from_one_click(ct: tuple[Files, np.ndarray], tmp_path: Path) -> None:
    files, label = ct
    z = int(np.median(np.argwhere(label)[:, 0]))
    place = (z, *middle(label[z]))
    chain = click_configs.deepgrow(3, (128, 192, 192), (192, 192))
    (answers,) = ask(
        tmp_path,
        clicked.DEEPGROW,
        chain,
        click_configs.MARKS_CLICKS,
        files,
        [click(files, place)],
    )
    found = masks(answers, files, label.shape)[0]
    assert np.abs(np.argwhere(found).mean(axis=0) - place).max() <= 1


def test_the_spleen_drawn_on_slices_is_its_six_points(
    ct: tuple[Files, np.ndarray], tmp_path: Path
) -> None:
    files, label = ct
    places = np.argwhere(label)
    ends = []
    for axis in range(3):
        for value in (places[:, axis].min(), places[:, axis].max()):
            tied = places[places[:, axis] == value]
            near = np.abs(tied - tied.mean(axis=0)).sum(axis=1)
            ends.append(tuple(int(part) for part in tied[near.argmin()]))
    drawn = [
        mark(files, z, {"mask": label[z].astype(int).tolist()})
        for z in range(len(label))
        if label[z].any()
    ]
    points, areas = ask(
        tmp_path,
        clicked.EXTREME_POINTS,
        click_configs.extreme_points(margin=20),
        click_configs.MARKS_EXTREMES,
        files,
        [click(files, end) for end in ends],
        drawn,
    )
    assert points == areas
    found = masks(points, files, label.shape)[0]
    assert all(found[end] for end in ends)
