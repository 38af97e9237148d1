"""Makes a virtual environment in its place, or finds it made.

    make_venv.py FOLDER OPTIONS INSTALLS

OPTIONS is a JSON list of options of venv, INSTALLS one of lists of arguments of `pip install`.

Two runs at once make it once: the second waits. One that was interrupted leaves no marker, and the
next begins anew. The lock is the kernel's, which ends with the last process that holds it; pip
holds it, too, so that nobody clears the folder under a pip whose starter was killed.
"""

import fcntl
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import List, Sequence

MARKER = "complete"
"""A file that is there once all is installed."""


def make(folder: Path, options: Sequence[str], installs: Sequence[Sequence[str]]) -> None:
    """Makes the environment unless it is there, whole.

    Raises:
        subprocess.CalledProcessError: When venv or pip fails; its output is in it.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with open(f"{folder}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if (folder / MARKER).exists():
            return
        if folder.exists():
            shutil.rmtree(str(folder))
        run([sys.executable, "-m", "venv", *options, str(folder)], lock.fileno())
        for install in installs:
            pip = [str(folder / "bin" / "python"), "-m", "pip", "install", *install]
            run(pip, lock.fileno())
        (folder / MARKER).touch()


def run(command: List[str], lock: int) -> None:
    """Runs a step, which keeps the lock until it ends."""
    subprocess.run(
        command, pass_fds=[lock], check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )


def main() -> int:
    """Makes what the arguments say, and prints what a step that failed said."""
    folder, options, installs = sys.argv[1:]
    try:
        make(Path(folder), json.loads(options), json.loads(installs))
    except subprocess.CalledProcessError as error:
        print(f"{' '.join(error.cmd)} failed:\n{error.output.decode(errors='replace')}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
