"""The bundle's requirements beside the server's, for Python 3.8 as in MD.ai's NVIDIA image."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pydicom
import pytest

import bundles

SERVER = bundles.ROOT / "test" / "python" / "server-requirements.txt"
IMAGE_HAS = {"numpy", "packaging", "setuptools"}
"""What the Clara image has besides the server's: PyTorch and MONAI need them."""


def lines(path: Path) -> list[str]:
    stripped = [line.split("#")[0].strip() for line in path.read_text().splitlines()]
    return [line for line in stripped if line]


def pins(path: Path) -> dict[str, str]:
    pairs = [line.split("==") for line in lines(path)]
    return {name.lower(): version for name, version in pairs}


def resolve(*arguments: str) -> dict[str, str]:
    """What pip would install on an empty Python 3.8, without installing it."""
    options = ["--dry-run", "--ignore-installed", "--quiet", "--report", "-"]
    options += ["--python-version", "3.8", "--only-binary=:all:", "--target", "unused"]
    options += ["--retries", "10", "--timeout", "60"]
    done = subprocess.run(
        [sys.executable, "-m", "pip", "install", *options, *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout[done.stdout.index("{") :])
    found = [item["metadata"] for item in report["install"]]
    return {item["name"].lower().replace("_", "-"): item["version"] for item in found}


@pytest.fixture(scope="module")
def bundled(deploy) -> Path:
    return deploy("spleen_ct").model / ".mdai" / "requirements.txt"


def test_all_are_pinned_exactly(bundled):
    assert all(line.count("==") == 1 and "*" not in line for line in lines(bundled))


def test_none_of_the_servers_packages_is_named(bundled):
    assert not set(pins(bundled)) & set(pins(SERVER))


def test_none_of_the_servers_pins_moves(bundled):
    server = resolve("-r", str(SERVER))
    for name, version in pins(SERVER).items():
        assert server[name] == version
    both = resolve("-r", str(SERVER), "-r", str(bundled))
    assert {name: both[name] for name in server} == server
    assert set(both) - set(server) == set(pins(bundled)) | {"packaging", "setuptools"}


def test_nothing_is_installed_that_the_image_has(bundled):
    """As the image does it: the bundle's list comes second, onto what is there."""
    alone = resolve("-r", str(bundled), "-c", str(SERVER))
    assert set(alone) == set(pins(bundled)) | IMAGE_HAS


def test_the_suite_runs_under_the_servers_versions():
    installed = json.loads(
        subprocess.run(
            [sys.executable, "-m", "pip", "list", "--format=json", "--disable-pip-version-check"],
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        ).stdout
    )
    versions = {item["name"].lower(): item["version"] for item in installed}
    names = ["numpy", "pydicom", "pylibjpeg", "pylibjpeg-libjpeg", "pylibjpeg-openjpeg"]
    if sys.version_info < (3, 11):
        names.append("pylibjpeg-rle")
    server = pins(SERVER)
    assert {name: versions[name] for name in names} == {name: server[name] for name in names}
    assert pydicom.__version__ == server["pydicom"]
