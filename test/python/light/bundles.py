"""Bundles packed from fixtures, and their deploy code as MD.ai's server loads it."""

from __future__ import annotations

import atexit
import hashlib
import importlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, Callable, Iterator

ROOT = Path(__file__).resolve().parents[3]
STANDIN = ROOT / "test" / "python" / "standins" / "light"
PROGRAM = Path(__file__).resolve().parent / "program.mjs"
QUIET = ["--quiet"]


@lru_cache(maxsize=None)
def program() -> subprocess.Popen[str]:
    """A process that runs the packer's command lines; it ends when this process does."""
    assert (ROOT / "dist" / "cli.js").is_file(), "the packer is not built: npm run build"
    return subprocess.Popen(
        ["node", str(PROGRAM)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def run(*arguments: str) -> tuple[int, str]:
    """Run a command line of the packer.

    Returns:
        Its exit code, and what it wrote to stdout and stderr.
    """
    running = program()
    assert running.stdin is not None and running.stdout is not None
    running.stdin.write(json.dumps(arguments) + "\n")
    running.stdin.flush()
    code, text = json.loads(running.stdout.readline())
    return code, text


@lru_cache(maxsize=None)
def warm_standin() -> str:
    """The socket of a process that the stand-in's are forked off; it ends when this one does."""
    place = str(Path(tempfile.mkdtemp(prefix="standin-")) / "socket")
    atexit.register(shutil.rmtree, str(Path(place).parent))
    running = subprocess.Popen(
        [sys.executable, "-u", "-m", "medl.apps.warm", place],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(STANDIN)},
    )
    atexit.register(running.communicate)
    assert running.stdout is not None
    assert running.stdout.readline() == b"ready\n"
    return place


def pack(fixture: str, folder: Path, *options: str) -> Path:
    """Pack fixtures/<fixture> into ``folder`` and unpack the bundle there.

    Many tests of channels and geometry send series of another modality than the fixture's model is
    for: one for MRI, or with channels of the test's own, takes any here, unless the options say
    which.

    Returns:
        The bundle's model folder, which MD.ai calls lib.
    """
    folder.mkdir(parents=True, exist_ok=True)
    archive = folder / f"{Path(fixture).name}.mdai.zip"
    has_channels = "--channel" in options or _is_for_mri(ROOT / "fixtures" / fixture)
    if "--modality" not in options and has_channels:
        options = (*options, "--modality", "any")
    code, text = run("pack", str(ROOT / "fixtures" / fixture), "-o", str(archive), *QUIET, *options)
    assert code == 0, text
    with zipfile.ZipFile(str(archive)) as bundle:
        bundle.extractall(str(folder))
    return folder / "model"


def _is_for_mri(mmar: Path) -> bool:
    """Whether an MMAR's name or its data list says MRI, by the names that the fixtures have."""
    data_list = mmar / "config" / "dataset_0.json"
    listed = json.loads(data_list.read_text()).get("modality", {}) if data_list.exists() else {}
    return "mri" in mmar.name or not {"CT", "X-ray"}.issuperset(listed.values())


def variant(model: Path, folder: Path, edit: Callable[[dict[str, Any], Path], None]) -> Path:
    """A copy of an unpacked bundle that is changed by hand, for forms that no fixture has.

    Args:
        edit: called with config_mdai.json's content, to change, and the MMAR's folder.
    """
    copy = folder / "model"
    shutil.copytree(str(model), str(copy))
    path = copy / "workspace" / "config_mdai.json"
    config = json.loads(path.read_text())
    edit(config, copy / "workspace" / config["root_folder"])
    path.write_text(json.dumps(config))
    return copy


def hashes(folder: Path) -> dict[str, str]:
    """SHA-256 of every file below a folder."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def load(model: Path) -> Any:
    """The bundle's mdai_deploy module, imported as the server does: lib and lib/.mdai first."""
    for name in [name for name in sys.modules if name.startswith(("mmar2mdai_", "mdai_deploy"))]:
        del sys.modules[name]
    for path in [path for path in sys.path if path.endswith(".mdai")]:
        sys.path.remove(path)
    sys.path[:0] = [str(model), str(model / ".mdai")]
    importlib.invalidate_caches()
    module = importlib.import_module("mdai_deploy")
    sys.path.remove(str(model))
    place_workspace(model.parent / "there is no platform here")
    return module


def place_workspace(folder: Path) -> None:
    """Let the loaded deploy code look in ``folder`` for /workspace, which this machine may have."""
    name = "PLATFORM_WORKSPACE"
    loaded = [module for key, module in sys.modules.items() if key.startswith("mmar2mdai_")]
    modules = [module for module in loaded if hasattr(module, name)]
    assert modules, f"no module of the deploy code has {name}"
    for module in modules:
        setattr(module, name, folder)


@contextmanager
def standin(wishes: dict[str, Any], folder: Path, warm: bool = False) -> Iterator[dict[str, Any]]:
    """An environment in which inference is the stand-in, and the temporary folder is our own.

    Args:
        wishes: what the stand-in is to do; may be changed while it is in use by `wish`.
        warm: fork its processes off one that has loaded what they need, which saves the most of
            their time.
    """
    socket = {"MMAR2MDAI_STANDIN_SOCKET": warm_standin()} if warm else {}
    file, temporary = folder / "standin.json", folder / "tmp"
    temporary.mkdir(exist_ok=True)
    file.write_text(json.dumps(wishes))
    before = dict(os.environ)
    os.environ.update(
        MMAR2MDAI_STANDIN=str(file),
        **socket,
        PYTHONPATH=str(STANDIN),
        PATH=os.pathsep.join([str(Path(sys.executable).parent), before["PATH"]]),
        TMPDIR=str(temporary),
    )
    known, tempfile.tempdir = tempfile.tempdir, None
    try:
        yield wishes
    finally:
        tempfile.tempdir = known
        os.environ.clear()
        os.environ.update(before)
