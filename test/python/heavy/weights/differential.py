"""What torch.load does with generated files, beside what mmar2mdai says of them.

    python differential.py [--count 6000] [--seed 1] [--torch PYTHON]

PYTHON is one that has the PyTorch to test against, besides the one that makes the real files.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Sequence

from files import write_files

HERE = Path(__file__).resolve().parent
ONE_THREAD = {**os.environ, "OMP_NUM_THREADS": "1"}


@dataclass
class Outcome:
    """What came of some files.

    Attributes:
        counts: files, executed, refused, loaded, and loaded harmlessly but refused.
        missed: executed, but not refused.
    """

    counts: Counter = field(default_factory=Counter)
    missed: list[str] = field(default_factory=list)


def run(python: str, script: str, *arguments: str, folder: Path) -> str:
    done = subprocess.run(
        [python, str(HERE / script), *arguments],
        cwd=folder,
        env=ONE_THREAD,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return done.stdout


def scan(paths: Sequence[str], folder: Path, as_weights: bool = False) -> dict[str, list[str]]:
    """What is found in files: code and message of each finding, by path."""
    listed = folder / "scanned.json"
    listed.write_text(json.dumps(list(paths)))
    more = ["weights"] if as_weights else []
    return json.loads(run("node", "scan.mjs", str(listed), *more, folder=folder))


def load(python: str, paths: Sequence[str], folder: Path) -> dict[str, list[Any]]:
    """What torch.load does with files: whether it loads, what was done, the error's class."""
    listed, found, empty = folder / "loaded.json", folder / "done.json", folder / "empty"
    listed.write_text(json.dumps(list(paths)))
    empty.mkdir(exist_ok=True)
    run(python, "load_files.py", str(listed), str(found), folder=empty)
    return json.loads(found.read_text())


def real_files(python: str, folder: Path) -> list[str]:
    run(python, "real_files.py", str(folder), folder=folder.parent)
    return json.loads((folder / "made.json").read_text())


def compare(python: str, seed: int, count: int, real: Sequence[str], folder: Path) -> Outcome:
    """Loads files that are made of a seed, and scans them."""
    kinds = write_files(seed, count, [Path(path) for path in real], folder / "generated")
    found = scan(list(kinds), folder)
    outcome = Outcome()
    for path, (is_loaded, done, error) in load(python, list(kinds), folder).items():
        counts = outcome.counts
        counts["files"] += 1
        counts["executed"] += bool(done)
        counts["refused"] += bool(found[path])
        counts["loaded"] += is_loaded
        counts["loaded harmlessly, but refused"] += is_loaded and not done and bool(found[path])
        if done and not found[path]:
            outcome.missed.append(f"{path} ({kinds[path]}): {done}, {error or 'loaded'}")
    return outcome


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=6000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--torch", default=sys.executable)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        real = real_files(options.torch, folder / "real")
        alarms = {path: said for path, said in scan(real, folder, as_weights=True).items() if said}
        print(f"{len(real)} real files, {len(alarms)} refused", *alarms.items(), sep="\n  ")
        outcome = compare(options.torch, options.seed, options.count, real, folder)
    print(dict(outcome.counts), f"missed: {len(outcome.missed)}", *outcome.missed, sep="\n")
    return 1 if alarms or outcome.missed else 0


if __name__ == "__main__":
    sys.exit(main())
