"""Memory and time at the limits that docs/limits.md states."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Callable

import numpy as np
import pytest

import bombs
from answers import masks
from bundles import ROOT
from conftest import Deployed
from dicom_files import Stack, request, write_series
from scenes import LEVELS, image, organ

HERE = Path(__file__).resolve().parent

REFUSED = {
    "deflated to 1 GB": ("may swell to 163.5 MiB at most", 400),
    "deflated to 1 GB, as frames": ("may swell to", 400),
    "deflated to 1 GB behind a small image": ("may swell to", 400),
    "40 files deflated to 60 MB each": ("together take more memory", 600),
    "a JPEG of 65,535 squared": ("is not the header's", 50),
    "a JPEG-LS of 65,535 squared": ("is not the header's", 50),
    "a JPEG 2000 of 30,000 squared": ("is not the header's", 50),
    "a JPEG 2000 of 65,536 tiles": ("65536 tiles", 50),
    "65,535 rows and columns, RLE": ("would take 8,191.8 MiB", 50),
    "2,000,000 elements": ("more than 250,000 elements", 400),
    "10 files of 240,000 elements": ("more than 2,000,000 data elements", 500),
    "2,000,000 items": ("more than 100,000 items", 50),
}
"""What is said of each, and how many MiB it may take at most."""

READ = {"nothing": 50, "deflated to 60 MB, the most": 600, "240,000 elements, nearly the most": 400}

LONGEST = 200
"""Seconds, on a machine that does other things as well."""


@pytest.fixture(scope="module")
def measured(deploy: Callable[..., Deployed]) -> Callable[[str], dict[str, Any]]:
    """What became of a bomb, in a process of its own."""
    folder = deploy("spleen_ct").model / ".mdai"

    def get(name: str) -> dict[str, Any]:
        command = [sys.executable, "-W", "ignore", str(HERE / "bombs.py"), name, str(folder)]
        done = subprocess.run(command, stdout=subprocess.PIPE, check=True, cwd=str(HERE))
        found: dict[str, Any] = json.loads(done.stdout)
        print(name, found)
        return found

    return get


@pytest.mark.parametrize("name", REFUSED)
def test_what_swells_is_refused_before_it_does(
    measured: Callable[[str], dict[str, Any]], name: str
) -> None:
    says, most = REFUSED[name]
    found = measured(name)
    assert any(says in why for why in found["whys"])
    assert found["peak"] - found["before"] < most
    assert found["seconds"] < LONGEST


@pytest.mark.parametrize("name", READ)
def test_what_is_within_the_limits_is_read(
    measured: Callable[[str], dict[str, Any]], name: str
) -> None:
    found = measured(name)
    assert found["whys"] == []
    assert found["peak"] - found["before"] < READ[name]
    assert found["seconds"] < LONGEST


def test_every_bomb_is_measured_and_its_limit_is_true() -> None:
    assert {*REFUSED, *READ, "99,000 items, nearly the most"} == set(bombs.BOMBS)


def test_a_good_series_beside_a_bomb_is_answered(spleen: Deployed) -> None:
    stack = Stack()
    files = write_series(image(stack.shape), stack)
    sent = request(bombs.BOMBS["deflated to 1 GB"](), files)
    answers = spleen(sent, pattern=LEVELS, form="label_map")
    np.testing.assert_array_equal(masks(answers, files, stack.shape)[0], organ(stack.shape))
    assert "may swell to" in answers[-1]["note"]


def test_the_docs_have_the_limits_of_the_code(spleen: Deployed) -> None:
    limits = importlib.import_module("mmar2mdai_limits")
    text = (ROOT / "docs" / "limits.md").read_text(encoding="utf-8")
    mib = limits.MEBIBYTE
    for words in (
        f"{limits.FREE_OF_FILE // mib} MiB and {limits.SWELL} times its size",
        f"{limits.MOST_OF_FILE // mib // 1024} GiB",
        f"{limits.FREE_OF_REQUEST // mib // 1024} GiB and {limits.SWELL} times",
        f"{limits.MOST_OF_REQUEST // mib // 1024} GiB",
        f"{limits.MOST_ELEMENTS:,}",
        f"{limits.MOST_ITEMS:,}",
        f"{limits.PARTS_OF_REQUEST:,}",
        "32,767",
        "3,600 seconds",
    ):
        assert words in text, words
