"""Forks the stand-in's processes off one that has loaded what they need: see evaluate.py.

    python3 -u -m medl.apps.warm SOCKET

Ends when its stdin does. One run follows the other, as requests do.
"""

import array
import marshal
import os
import select
import socket
import sys
import traceback

from medl.apps import network


def received(connection):
    """What evaluate.py sent: the streams' numbers here, and the rest of its state."""
    streams = array.array("i")
    head, rights, _, _ = connection.recvmsg(4, socket.CMSG_SPACE(3 * streams.itemsize))
    streams.frombytes(rights[0][2])
    size, state = int.from_bytes(head, "big"), b""
    while len(state) < size:
        piece = connection.recv(size - len(state))
        if not piece:
            raise EOFError
        state += piece
    return streams, marshal.loads(state)


def become(streams, arguments, environment, folder, path):
    """Go on as the process whose state this is, and end."""
    code = 1
    try:
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(environment)
        sys.argv[:], sys.path[:] = arguments, path
        network.main()
        code = 0
    except SystemExit as end:
        code = int(end.code or 0)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def serve(listening):
    while True:
        ready, _, _ = select.select([0, listening], [], [])
        if 0 in ready:
            return
        connection, _ = listening.accept()
        streams, state = received(connection)
        child = os.fork()
        if child == 0:
            become(streams, *state)
        for stream in streams:
            os.close(stream)
        _, status = os.waitpid(child, 0)
        if os.WIFEXITED(status):
            connection.sendall(bytes([os.WEXITSTATUS(status)]))
        connection.close()


def main():
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(sys.argv[1])
        listening.listen()
        print("ready")
        serve(listening)


if __name__ == "__main__":
    main()
