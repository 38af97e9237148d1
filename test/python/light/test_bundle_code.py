"""The modules in templates/: what may import what, and which of them a bundle ships."""

from __future__ import annotations

import ast
import importlib.util
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Dict

import pytest

import bundles

TEMPLATES = bundles.ROOT / "templates"
TASKS = ["segmentation", "classification", "annotation"]
RUNTIMES = ["clara", "monai"]
LEAST = {"clara": 16, "monai": 16, "monai_bundle": 1}
"""How many fixtures there are for each engine, at least."""

SHARED = ["platform", "imaging", "engines"]
OWN = {
    "clara": ["engines/clara"],
    "monai": ["engines/monai", "engines/resident"],
    "monai_bundle": ["engines/monai_bundle", "engines/resident"],
}
"""The folders of each engine, besides those that all have."""

BESIDE = {"annotation": ["segmentation"]}
"""Tasks whose modules a task may import, all but their entry."""

RUNS = {
    "clara": ["segmentation", "classification"],
    "monai": TASKS,
    "monai_bundle": ["segmentation", "classification"],
}
"""The tasks of each engine: clicks are MONAI's alone."""

MAY_IMPORT = {
    "imaging": ["imaging"],
    "platform": ["platform", "imaging"],
    "engines": ["engines", "imaging"],
    **{f"engines/{engine}": [*own, "engines", "imaging"] for engine, own in OWN.items()},
    "engines/resident": ["engines/resident", "engines", "imaging"],
    **{task: [task, *BESIDE.get(task, []), *SHARED] for task in TASKS},
}
"""Folders of templates/, and those whose modules theirs may import. Engines don't know of MD.ai."""

ENGINE = "mmar2mdai_engine"
"""The one module of an engine that tasks may import."""

PACKAGES = {"numpy", "pydicom", "nibabel", "scipy"}
"""What is imported besides our own modules and the standard library."""

ENGINE_PACKAGES = {
    "engines/monai": {"torch", "monai"},
    "engines/monai_bundle": {"torch", "monai"},
    "engines/resident": {"torch", "monai", "PIL"},
}
"""What an engine imports besides. These are not here: the heavy tests import its modules."""


def imports(source: bytes) -> set[str]:
    """The modules that a module imports, in functions too."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found.update(alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.module is not None and node.level == 0
            found.add(node.module.split(".")[0])
    return found


def modules(*folders: str) -> dict[str, Path]:
    paths = [path for folder in folders for path in sorted((TEMPLATES / folder).glob("*.py"))]
    others = {name for folder in folders for name in BESIDE.get(folder, [])}
    entries = {TEMPLATES / name / "mdai_deploy.py" for name in others}
    paths = [path for path in paths if path not in entries]
    found = {path.stem: path for path in paths}
    assert len(found) == len(paths), "two modules have one name"
    return found


def folders_of(task: str) -> list[str]:
    """Where the modules of a task's bundle are, but for the engine's own."""
    return [task, *BESIDE.get(task, []), *SHARED]


def task_of(files: dict[str, bytes]) -> str:
    """The task of a bundle's code."""
    for task, module in (("classification", "classifier"), ("annotation", "annotator")):
        if f"mmar2mdai_{module}.py" in files:
            return task
    return "segmentation"


Packed = Dict[str, Dict[str, bytes]]


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Packed]:
    """By engine: the Python files of every fixture's bundle that can be packed, by their names."""
    found: dict[str, Packed] = {engine: {} for engine in OWN}
    for runtime in RUNTIMES:
        pack_all(runtime, tmp_path_factory.mktemp(runtime), found)
    return found


def pack_all(runtime: str, folder: Path, found: dict[str, Packed]) -> None:
    fixtures = str(bundles.ROOT / "fixtures")
    bundles.run("batch", "--no-cache", fixtures, "-o", str(folder), "--runtime", runtime)
    for path in sorted(folder.glob("*.zip")):
        with zipfile.ZipFile(str(path)) as bundle:
            config = json.loads(bundle.read("model/workspace/config_mdai.json"))
            names = [name for name in bundle.namelist() if name.startswith("model/.mdai/")]
            files = {Path(name).name: bundle.read(name) for name in names if name.endswith(".py")}
        engine = config["engine"]["name"].replace("-", "_")
        found[engine][path.name.split(".")[0]] = files


@pytest.mark.parametrize("engine", OWN)
def test_a_bundle_ships_what_its_code_imports_and_nothing_else(packed, engine):
    assert len(packed[engine]) >= LEAST[engine], "fixtures are not packed"
    for name, files in packed[engine].items():
        imported, waiting = {"mdai_deploy.py"}, ["mdai_deploy.py"]
        while waiting:
            for module in imports(files[waiting.pop()]):
                file = f"{module}.py"
                if module.startswith("mmar2mdai_") and file not in imported:
                    assert file in files, f"{name} lacks {file}"
                    imported.add(file)
                    waiting.append(file)
        assert set(files) == imported, f"{name} ships what nothing imports"


@pytest.mark.parametrize("engine", OWN)
def test_what_a_bundle_ships_is_the_templates(packed, engine):
    for name, files in packed[engine].items():
        sources = modules(*folders_of(task_of(files)), *OWN[engine])
        for file, content in files.items():
            assert content == sources[Path(file).stem].read_bytes(), f"{name}: {file}"
    shipped = {file for files in packed[engine].values() for file in files}
    # No fixture is a MONAI bundle that classifies: what only such a one ships is in others.
    every_task = [] if engine == "monai_bundle" else [*RUNS[engine], *SHARED]
    folders = [*every_task, *OWN[engine]]
    everything = {path.name for folder in folders for path in (TEMPLATES / folder).glob("*.py")}
    assert shipped >= everything, "a module is in no bundle"


@pytest.mark.parametrize("engine", RUNTIMES)
def test_a_bundle_of_pictures_has_no_code_for_masks_on_slices(packed, engine):
    files = packed[engine]["clara_pt_chest_xray_classification_1"]
    for part in ("channels", "mapping", "mask_rows", "resample", "segmentation", "segmenter"):
        assert f"mmar2mdai_{part}.py" not in files


@pytest.mark.parametrize("folder", MAY_IMPORT)
def test_a_folder_imports_only_what_it_may(folder):
    known = (
        {*modules(*MAY_IMPORT[folder]), ENGINE}
        if folder in TASKS
        else {*modules(*MAY_IMPORT[folder])}
    )
    for name, path in modules(folder).items():
        assert name == "mdai_deploy" or name.startswith("mmar2mdai_")
        for imported in imports(path.read_bytes()):
            if imported.startswith(("mmar2mdai_", "mdai_")):
                assert imported in known, f"{path} imports {imported}"
            else:
                known_packages = PACKAGES | ENGINE_PACKAGES.get(folder, set())
                assert imported in known_packages or is_standard(imported), f"{path}: {imported}"


def is_standard(name: str) -> bool:
    """Whether a module comes with Python."""
    if name in sys.builtin_module_names:
        return True
    spec = importlib.util.find_spec(name)
    return spec is not None and "site-packages" not in str(spec.origin)


@pytest.mark.parametrize("engine", OWN)
@pytest.mark.parametrize("task", TASKS)
def test_each_module_can_be_imported_where_it_lies(task, engine):
    folders = [*folders_of(task), *OWN[engine]]
    path = [str(TEMPLATES / folder) for folder in folders]
    absent = ENGINE_PACKAGES.get(f"engines/{engine}", set())
    names = [name for name, file in modules(*folders).items() if not needs(file, absent)]
    command = [sys.executable, "-B", "-c", IMPORT_EACH, json.dumps(path), *names]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def needs(path: Path, packages: set[str]) -> bool:
    """Whether a module, or one beside it that it imports, imports some packages at once."""
    at_once = [
        node.module or "" if isinstance(node, ast.ImportFrom) else node.names[0].name
        for node in ast.parse(path.read_bytes()).body
        if isinstance(node, (ast.Import, ast.ImportFrom))
    ]
    found = {name.split(".")[0] for name in at_once}
    beside = [file for file in path.parent.glob("*.py") if file.stem in found]
    return bool(found & packages) or any(needs(file, packages) for file in beside)


IMPORT_EACH = """
import importlib, json, os, sys
import nibabel, numpy, pydicom, scipy.ndimage
sys.path[:0] = json.loads(sys.argv[1])
failed = False
for name in sys.argv[2:]:
    child = os.fork()
    if child == 0:
        importlib.import_module(name)
        os._exit(0)
    failed |= os.waitpid(child, 0)[1] != 0
sys.exit(failed)
"""
"""Imports each of our modules into a process of its own, which has the packages already."""


def test_no_module_is_long():
    for folder in MAY_IMPORT:
        for path in modules(folder).values():
            assert len(path.read_text().splitlines()) <= 300, path
