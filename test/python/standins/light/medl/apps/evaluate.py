"""Stand-in for NVIDIA's `python3 -m medl.apps.evaluate` that needs no MONAI: see network.py.

Loading NumPy and nibabel takes longer than most tests do. Where MMAR2MDAI_STANDIN_SOCKET names a
socket, a process that has them (warm.py) forks one that goes on in this one's place, with its
arguments, environment, folder, path of modules and streams; this one ends as that one ends.
"""

import os
import sys


def main():
    place = os.environ.get("MMAR2MDAI_STANDIN_SOCKET")
    if place is None:
        from medl.apps import network

        network.main()
        return
    # Not `array` and `socket` of the library, which take as long to load as all the rest here.
    import _socket
    import marshal

    connection = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
    connection.connect(place)
    state = marshal.dumps((sys.argv, dict(os.environ), os.getcwd(), sys.path))
    streams = b"".join(number.to_bytes(4, sys.byteorder) for number in (0, 1, 2))
    rights = [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, streams)]
    connection.sendmsg([len(state).to_bytes(4, "big")], rights)
    connection.sendall(state)
    # Nothing comes where the other one was killed.
    answer = connection.recv(1)
    os._exit(answer[0] if answer else 137)


if __name__ == "__main__":
    main()
