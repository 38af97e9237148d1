"""Runs a program in a terminal of its own and types what a user would, then prints how it ended.

On stdin stands JSON: `command`; `steps`, each with a text to wait for and the keys to type then. On
stdout comes JSON: `code`, the exit code, and `output`, all that the terminal showed.
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

PATIENCE_S = 240


def read(terminal: int) -> bytes:
    """What the program has printed since; nothing after its end."""
    if not select.select([terminal], [], [], 0.05)[0]:
        return b""
    try:
        return os.read(terminal, 65536)
    except OSError:  # Linux says so that the other side is closed
        return b""


def main() -> None:
    order = json.load(sys.stdin)
    pid, terminal = pty.fork()
    if pid == 0:
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 200, 0, 0))
        os.execvp(order["command"][0], order["command"])
    until = time.monotonic() + PATIENCE_S
    output, seen, steps = b"", 0, list(order["steps"])
    ended = 0
    while not ended:
        output += read(terminal)
        if steps and steps[0]["after"].encode() in output[seen:]:
            seen = len(output)
            os.write(terminal, steps.pop(0)["keys"].encode())
        if time.monotonic() > until:
            os.kill(pid, signal.SIGKILL)
        ended, status = os.waitpid(pid, os.WNOHANG)
    while True:
        more = read(terminal)
        if not more:
            break
        output += more
    text = output.decode("utf8", "replace")
    json.dump({"code": os.waitstatus_to_exitcode(status), "output": text}, sys.stdout)


main()
