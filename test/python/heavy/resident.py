"""Bundles whose network stays in the process: the engine of templates/engines/monai/."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

from bundles import ROOT

ENGINE = ROOT / "templates" / "engines" / "monai"


def make_resident(model: Path) -> None:
    """Give an unpacked bundle of Clara's runtime the engine that runs MONAI itself."""
    code = model / ".mdai"
    for path in code.glob("mmar2mdai_clara_*.py"):
        path.unlink()
    for path in ENGINE.glob("*.py"):
        shutil.copy(str(path), str(code))
    file = model / "workspace" / "config_mdai.json"
    config = json.loads(file.read_text(encoding="utf-8"))
    kept = ("inference_config", "environment", "item", "image_key", "settings")
    config["engine"] = {"name": "monai", **{key: config["engine"][key] for key in kept}}
    file.write_text(json.dumps(config), encoding="utf-8")


def forget_components() -> None:
    """Let the next MMAR's own components be imported, though another's have their names."""
    folders = [path for path in sys.path if "/workspace/" in path]
    for folder in folders:
        sys.path.remove(folder)
    for name, module in list(sys.modules.items()):
        if "/workspace/" in (getattr(module, "__file__", None) or ""):
            del sys.modules[name]
