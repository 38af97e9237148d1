"""Packs and runs every bundle of a checkout of Project-MONAI/model-zoo, and writes the table.

    node scripts/python.mjs model-zoo CHECKOUT [--page FILE] [--monais FOLDER] [--only NAME]

Weights are not in the Model Zoo's repository, so each bundle gets random ones: its network is
built from its own config, and its state dict saved where the config wants it. What is packed then
is run behind its own MDAIModel on a small study that fits it.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Sequence

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
PROGRAM = ROOT / "bin" / "mmar2mdai.js"
LONGEST = 1800
"""Seconds for each step of a bundle."""


@dataclass
class Row:
    """What came of one bundle.

    Attributes:
        verdict: "runs", "packs" or "refused".
        reason: why it is refused or does not run, or what came of the run.
    """

    name: str
    verdict: str
    classes: str
    channels: str
    reason: str


def child(step: str, *args: str, path: Sequence[str] = ()) -> tuple[int, str]:
    """Run a step of zoo_steps.py in a process of its own: its exit code and last line."""
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(path), "TQDM_DISABLE": "1"}
    command = [sys.executable, "-W", "ignore", str(HERE / "zoo_steps.py"), step, *args]
    try:
        done = subprocess.run(
            command, env=env, capture_output=True, text=True, timeout=LONGEST, check=False
        )
    except subprocess.TimeoutExpired:
        return 1, f"it took more than {LONGEST} s"
    lines = [line for line in (done.stdout or done.stderr).splitlines() if line.strip()]
    return done.returncode, lines[-1] if lines else ""


def program(*args: str) -> tuple[int, dict[str, Any]]:
    """A command of mmar2mdai with --json."""
    done = subprocess.run(
        ["node", str(PROGRAM), *args, "--json"], capture_output=True, text=True, check=False
    )
    try:
        return done.returncode, json.loads(done.stdout)
    except ValueError:
        return done.returncode, {"findings": [], "text": done.stderr.strip()}


def try_bundle(bundle: Path, folder: Path, monais: Path | None) -> Row:
    """Give a bundle weights, pack it, and run it."""
    copy = folder / bundle.name
    shutil.copytree(bundle, copy)
    _, weights = child("weights", str(copy))
    archive = folder / "bundle.zip"
    code, told = packed_with_trust(copy, archive)
    errors = [each for each in told.get("findings", []) if each.get("severity") == "error"]
    if code != 0 or not archive.is_file():
        first = errors[0] if errors else {"message": told.get("text", weights)}
        return Row(bundle.name, "refused", "", "", text_of(first))
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(folder)
    model = folder / "model"
    described = json.loads((model / "workspace" / "config_mdai.json").read_text())
    path, used = own_monai(model, monais)
    start = time.monotonic()
    code, said = child("run", str(model), path=path)
    seconds = time.monotonic() - start
    row = Row(bundle.name, "runs", classes(described), channels(described), "")
    if code != 0:
        row.verdict, row.reason = "packs", said
    else:
        row.reason = f"{said}, {seconds:.0f} s, MONAI {used}"
    if code != 0 and weights:
        row.reason += f" ({weights})"
    return row


def packed_with_trust(bundle: Path, archive: Path) -> tuple[int, dict[str, Any]]:
    """Pack a bundle; what its expressions import or call is trusted."""
    options = ["-o", str(archive), "--device", "cpu"]
    code, told = program("pack", str(bundle), *options)
    names = {
        str(each["args"]["name"])
        for each in told.get("findings", [])
        if each["code"] == "expression-untrusted"
    }
    if not names:
        return code, told
    trust = [word for name in sorted(names) for word in ("--trust", name)]
    return program("pack", str(bundle), *options, *trust)


def own_monai(model: Path, monais: Path | None) -> tuple[list[str], str]:
    """Where the MONAI lies that a bundle's requirements ask for, and which one is used."""
    requirements = (model / ".mdai" / "requirements.txt").read_text()
    found = re.search(r"^monai==([\d.]+)", requirements, re.MULTILINE)
    version = found[1] if found else ""
    if monais is not None and (monais / version).is_dir():
        return [str(monais / version)], version
    import monai

    here = str(monai.__version__)
    return [], here if here == version else f"{here} instead of {version}"


def classes(described: dict[str, Any]) -> str:
    names = [each["name"] for each in described["classes"]]
    shown = ", ".join(names[:6])
    return shown if len(names) <= 6 else f"{len(names)}: {shown}, ..."


def channels(described: dict[str, Any]) -> str:
    found = described["input"].get("channels")
    if found is None:
        return str(described["input"]["form"])
    return ", ".join(each["name"] for each in found)


def text_of(finding: dict[str, Any]) -> str:
    return " ".join(str(finding.get("message", "")).split()).replace("|", "\\|")


def page(rows: Sequence[Row]) -> str:
    """The table in Markdown."""
    count = {verdict: sum(row.verdict == verdict for row in rows) for verdict in ("runs", "packs")}
    lines = [
        "# MONAI's model zoo",
        "",
        "<!-- Made by test/python/bundles/model_zoo.py: node scripts/python.mjs model-zoo -->",
        "",
        "What becomes of each bundle of Project-MONAI/model-zoo (state of October 2024). Its",
        "repository has no weights, so each network gets random ones, built from the bundle's own",
        "config: this says whether a bundle packs and runs, not what it finds.",
        "",
        "- *runs*: it packs, and its `MDAIModel` answers a small study that fits it with what",
        "  MD.ai takes: masks of the instances' size, or scores. The time is that of a busy",
        "  machine with two cores, from the start of Python to the answer.",
        "- *packs*: it packs, and does not run there.",
        "- *refused*: it does not pack, for the reason that is given.",
        "",
        f"Of {len(rows)} bundles {count['runs']} run, {count['packs']} more pack.",
        "",
        "| bundle | verdict | classes | channels | |",
        "| --- | --- | --- | --- | --- |",
        *[
            f"| {row.name} | {row.verdict} | {row.classes} | {row.channels} | {row.reason} |"
            for row in rows
        ],
    ]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Try the bundles one after the other, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkout", type=Path, help="of Project-MONAI/model-zoo")
    parser.add_argument("--page", type=Path, help="where the table is written")
    parser.add_argument("--monais", type=Path, help="folders of MONAIs, named by their versions")
    parser.add_argument("--only", action="append", help="bundles to try, all by default")
    args = parser.parse_args()
    rows = []
    for metadata in sorted(args.checkout.glob("models/*/configs/metadata.json")):
        bundle = metadata.parents[1]
        if args.only and bundle.name not in args.only:
            continue
        with tempfile.TemporaryDirectory() as folder:
            row = try_bundle(bundle, Path(folder), args.monais)
        print(f"{row.name}: {row.verdict}. {row.classes}. {row.channels}. {row.reason}", flush=True)
        rows.append(row)
    if args.page is not None:
        args.page.write_text(page(rows), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
