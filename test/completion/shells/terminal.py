"""Runs a shell in a terminal of its own, types lines into it, and prints what it answers, as JSON.

terminal.py <folder> <command>..., with a JSON list of keys on stdin: the shell makes <folder>/ready
when it can be typed to, and <folder>/done when it has answered with the other files there.
"""

import fcntl
import json
import os
import pty
import select
import signal
import struct
import sys
import termios
import time

PATIENCE_S = 60
ANSWERS = ("offered", "texts", "line")


def wait_for(path: str, terminal: int) -> None:
    """Waits for a file. What the shell prints is read meanwhile: a full terminal would stop it."""
    until = time.monotonic() + PATIENCE_S
    printed = b""
    while not os.path.exists(path):
        if time.monotonic() > until:
            sys.exit(f"no {path} after {PATIENCE_S} s; the shell printed {printed!r}")
        if select.select([terminal], [], [], 0.005)[0]:
            printed += os.read(terminal, 65536)
    os.remove(path)


def taken(path: str) -> str:
    """What a file holds, which is removed; nothing where it is not there."""
    try:
        with open(path, encoding="utf8") as file:
            text = file.read()
    except FileNotFoundError:
        return ""
    os.remove(path)
    return text


def main(folder: str, *command: str) -> None:
    pid, terminal = pty.fork()
    if pid == 0:
        # Wide enough for the longest description.
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 400, 0, 0))
        os.execvp(command[0], command)
    answers = []
    try:
        wait_for(os.path.join(folder, "ready"), terminal)
        for keys in json.load(sys.stdin):
            os.write(terminal, keys.encode())
            wait_for(os.path.join(folder, "done"), terminal)
            answers.append({name: taken(os.path.join(folder, name)) for name in ANSWERS})
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    json.dump(answers, sys.stdout)


main(*sys.argv[1:])
