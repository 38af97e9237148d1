"""Bundles packed from fixtures, and their deploy code as MD.ai's server loads it."""

from __future__ import annotations

import hashlib
import importlib
import json
import os
import shutil
import subprocess
import sys
import zipfile
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Iterator

ROOT = Path(__file__).resolve().parents[3]
STANDIN = ROOT / "test" / "python" / "standins" / "light"


def pack(fixture: str, folder: Path, *options: str) -> Path:
    """Pack fixtures/<fixture> into ``folder`` and unpack the bundle there.

    Returns:
        The bundle's model folder, which MD.ai calls lib.
    """
    if not (ROOT / "dist" / "cli.js").is_file():
        return _by_hand(fixture, folder)
    archive = folder / f"{fixture}.mdai.zip"
    command = ["node", str(ROOT / "bin" / "mmar2mdai.js"), "pack", str(ROOT / "fixtures" / fixture)]
    done = subprocess.run(
        [*command, "-o", str(archive), "--quiet", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    with zipfile.ZipFile(str(archive)) as bundle:
        bundle.extractall(str(folder))
    return folder / "model"


def _by_hand(fixture: str, folder: Path) -> Path:
    model = folder / "model"
    root = model / "workspace" / fixture
    shutil.copytree(str(ROOT / "fixtures" / fixture), str(root))
    shutil.copytree(str(ROOT / "templates" / "common"), str(model / ".mdai"))
    for path in (ROOT / "templates" / "segmentation").iterdir():
        if path.is_file():
            shutil.copy(str(path), str(model / ".mdai"))
    key, item, out, form, postfix, names = {
        "spleen_ct": ("test", "string", 2, "label_map", "trans", ["spleen"]),
        "liver_tumor_ct": ("testing", "object", 3, "one_hot", "seg", ["liver", "tumour"]),
        "brain_channels": ("validation", "object", 3, "channels", "trans", ["TC", "WT", "ET"]),
    }[fixture]
    config = json.loads((root / "config" / "config_inference.json").read_text())
    config["dataset"]["data_list_key"] = key
    derived = "config/config_inference.mdai.json"
    (root / derived).write_text(json.dumps(config))
    first = 0 if form == "channels" else 1
    classes = [
        {"class_index": index, "name": name, "value": index + first}
        for index, name in enumerate(names)
    ]
    what = {
        "type": "segmentation",
        "root_folder": fixture,
        "out_classes": out,
        "data_list_key": key,
        "schema": 1,
        "device": "gpu",
        "mmar": {
            "inference_config": derived,
            "environment": "config/environment.json",
            "set_env": "commands/set_env.sh",
        },
        "input": {"item": item, "image_key": "image", "channels": [{"name": "image"}]},
        "output": {
            "form": form,
            "postfix": postfix,
            "extension": ".nii.gz",
            "separate_folder": True,
            "threshold": 0.5,
        },
        "classes": classes,
    }
    (model / "workspace" / "config_mdai.json").write_text(json.dumps(what))
    return model


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
    return module


@contextmanager
def standin(wishes: dict[str, Any], folder: Path) -> Iterator[dict[str, Any]]:
    """An environment in which inference is the stand-in, and the temporary folder is our own.

    Args:
        wishes: what the stand-in is to do; may be changed while it is in use by `wish`.
    """
    file, temporary = folder / "standin.json", folder / "tmp"
    temporary.mkdir(exist_ok=True)
    file.write_text(json.dumps(wishes))
    before = dict(os.environ)
    os.environ.update(
        MMAR2MDAI_STANDIN=str(file),
        PYTHONPATH=str(STANDIN),
        PATH=os.pathsep.join([str(Path(sys.executable).parent), before["PATH"]]),
        TMPDIR=str(temporary),
    )
    import tempfile

    known, tempfile.tempdir = tempfile.tempdir, None
    try:
        yield wishes
    finally:
        tempfile.tempdir = known
        os.environ.clear()
        os.environ.update(before)
