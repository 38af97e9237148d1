"""Loads files with torch.load, each in a process of its own, and tells what they did meanwhile.

    python load_files.py LIST OUT

LIST is a file with a JSON array of paths. OUT becomes a JSON object: by path, whether it was
loaded, what was done with the canaries and what Python's audit hook heard of, and the error's name.
It is run by any Python that has PyTorch; in an empty folder, as files may write what they like.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
import warnings
from typing import Any

import numpy  # noqa: F401
import torch
import torch.optim.swa_utils

import canary

EVENTS = {
    "os.system",
    "subprocess.Popen",
    "os.exec",
    "os.posix_spawn",
    "os.remove",
    "os.rename",
    "os.mkdir",
    "os.rmdir",
    "os.chmod",
    "os.putenv",
    "shutil.rmtree",
    "socket.connect",
    "pty.spawn",
    "ctypes.dlopen",
    "code.__new__",
}
SECONDS = 8
MOST_MEMORY = 3 << 30
MOST_WRITTEN = 1 << 26
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT


def opens_to_write(arguments: Any) -> bool:
    path, mode, flags = arguments
    if not isinstance(path, (str, bytes)):
        return False
    return any(letter in str(mode) for letter in "wax+") or bool((flags or 0) & WRITES)


def load(path: str) -> list[Any]:
    """Loads a file in this process, which ends then."""
    heard: set[str] = set()
    listening = True

    def hook(event: str, arguments: Any) -> None:
        if listening and (event in EVENTS or (event == "open" and opens_to_write(arguments))):
            heard.add(event)

    sys.addaudithook(hook)
    options = {} if torch.__version__.startswith("1.") else {"weights_only": False}
    error = ""
    try:
        torch.load(path, map_location="cpu", **options)
    except BaseException as raised:  # whatever a pickle raises
        error = type(raised).__name__
    listening = False
    return [error == "", sorted({*canary.DONE, *heard}), error]


def in_a_fork(path: str) -> list[Any]:
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        nothing = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nothing, stream)
        signal.alarm(SECONDS)
        resource.setrlimit(resource.RLIMIT_DATA, (MOST_MEMORY, MOST_MEMORY))
        resource.setrlimit(resource.RLIMIT_FSIZE, (MOST_WRITTEN, MOST_WRITTEN))
        os.write(writer, json.dumps(load(path)).encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as answer:
        found = answer.read()
    os.waitpid(child, 0)
    return json.loads(found) if found else [False, [], "died"]


def main() -> None:
    warnings.simplefilter("ignore")
    with open(sys.argv[1], encoding="utf-8") as file:
        paths = json.load(file)
    found = {path: in_a_fork(path) for path in paths}
    with open(sys.argv[2], "w", encoding="utf-8") as file:
        json.dump(found, file)


if __name__ == "__main__":
    main()
