"""The requirements of bundles for the runtime monai, as pip resolves them on Python 3.10.

uv resolves for another Python than its own. Where a machine has no network, this is left out,
loudly; with CI=true that is a failure.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import bundles

PYTHON = bundles.ROOT / "test" / "python"
SERVER = PYTHON / "server-requirements.txt"
ENGINE = bundles.ROOT / "templates" / "engines" / "monai"
BASE = ["requirements.txt", "requirements-nifti.txt"]
PARTS = sorted(path.name for path in ENGINE.glob("requirements-*.txt"))


def pins(text: str) -> dict[str, str]:
    """The exact versions in a list, by the names of the packages."""
    stripped = [line.split("#")[0].split(";")[0].strip() for line in text.splitlines()]
    pairs = [line.split("==") for line in stripped if line]
    assert all(len(pair) == 2 and "*" not in pair[1] for pair in pairs), pairs
    return {name.strip().lower().replace("_", "-"): version for name, version in pairs}


def own(names: list[str]) -> dict[str, str]:
    return pins("\n".join((ENGINE / name).read_text() for name in names))


@pytest.fixture(scope="module")
def uv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("uv")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(folder)]
    wanted = ["-r", str(PYTHON / "requirements-uv.txt")]
    done = subprocess.run([*command, *wanted], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        leave_out(f"uv can't be installed: {done.stderr.strip()[-300:]}")
    return folder / "bin" / "uv"


def leave_out(why: str) -> None:
    if os.environ.get("CI") == "true":
        pytest.fail(why)
    pytest.skip(why)


def resolve(uv: Path, names: list[str], folder: Path) -> dict[str, str]:
    """What is installed on Python 3.10 by the server's list and, behind it, these."""
    server = folder / "server.txt"
    # The server asks for no version of NumPy.
    server.write_text(
        SERVER.read_text().replace(f"numpy=={pins(SERVER.read_text())['numpy']}", "numpy")
    )
    lists = [str(server), *(str(ENGINE / name) for name in names)]
    options = ["--python-version", "3.10", "--python-platform", "x86_64-manylinux2014"]
    quiet = ["--quiet", "--no-header", "--no-annotate", "--only-binary", ":all:"]
    done = subprocess.run(
        [str(uv), "pip", "compile", *options, *quiet, *lists],
        capture_output=True,
        text=True,
        check=False,
    )
    if "No solution found" not in done.stderr and done.returncode != 0:
        leave_out(f"uv can't resolve: {done.stderr.strip()[-300:]}")
    assert done.returncode == 0, done.stderr
    return pins(done.stdout)


def test_all_are_pinned_exactly_and_none_twice():
    named = [name for part in ["requirements.txt", *PARTS] for name in own([part])]
    assert len(named) == len(set(named))
    assert {"torch", "monai", "numpy", "setuptools"} <= set(named)
    assert not {"pytorch-ignite", "fire"} & set(named)


def test_numpy_and_setuptools_are_held():
    versions = own(BASE)
    assert int(versions["numpy"].split(".")[0]) < 2
    assert int(versions["setuptools"].split(".")[0]) < 81


def test_of_the_servers_packages_only_numpy_is_named():
    server = pins(SERVER.read_text())
    assert set(own(["requirements.txt", *PARTS])) & set(server) == {"numpy"}


@pytest.mark.parametrize(
    "names", [BASE, ["requirements.txt", *PARTS]], ids=["volumes", "all parts"]
)
def test_they_resolve_behind_the_servers_list(uv, names, tmp_path):
    server = {k: v for k, v in pins(SERVER.read_text()).items() if k != "numpy"}
    found = resolve(uv, names, tmp_path)
    assert {name: found[name] for name in server} == server
    wanted = own(names)
    assert {name: found[name] for name in wanted} == wanted
    assert not {"pytorch-ignite", "fire"} & set(found)
