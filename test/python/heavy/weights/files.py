"""Random files for torch.load: its own forms, others that it opens, and real ones changed."""

from __future__ import annotations

import io
import random
import struct
import tarfile
import warnings
import zipfile
from pathlib import Path
from typing import Callable, Sequence

from pickled import pickled, text4

MAGIC = bytes.fromhex("80028a0a6cfc9c46f9206aa850192e")
PROTOCOL = bytes.fromhex("80024de9032e")
SYSTEM = b"".join(
    [
        b"\x80\x02}q\x00(" + text4("protocol_version") + b"q\x01M\xe9\x03",
        text4("little_endian") + b"q\x02\x88" + text4("type_sizes") + b"q\x03}q\x04(",
        text4("short") + b"q\x05K\x02" + text4("int") + b"q\x06K\x04",
        text4("long") + b"q\x07K\x04uu.",
    ]
)
STORAGE = struct.pack("<q", 2) + b"\0\0\x80?" * 2
EMPTY = b"\x80\x02}q\x00."
NUMBER = "119547037146038801333356"
ONE_KEY = b"\x80\x02]q\x00" + text4("0") + b"q\x01a."


class Files:
    """Makes files from a seed.

    Attributes:
        real: what torch.save wrote; some files are made of these.
    """

    def __init__(self, seed: int, real: Sequence[bytes]) -> None:
        self.rng = random.Random(seed)
        self.real = real

    def make(self) -> tuple[str, bytes]:
        """One file, and the name of its kind."""
        kinds: list[tuple[float, str, Callable[[], bytes]]] = [
            (3, "old form", self.legacy),
            (3, "zip", self.zip),
            (1.2, "tar", self.tar),
            (1, "pickle", lambda: pickled(self.rng)),
            (0.7, "pickle without a mark", lambda: pickled(self.rng)[2:]),
            (2, "real one, with opcodes put in", self.planted),
            (1, "real one, with names replaced", self.replaced),
            (1.5, "old form, changed", lambda: self.changed(self.legacy())),
            (1.5, "zip, changed", lambda: self.changed(self.zip())),
            (0.6, "tar, changed", lambda: self.changed(self.tar())),
            (1.5, "real one, changed", lambda: self.changed(self.rng.choice(self.real))),
        ]
        _, name, make = self.rng.choices(kinds, [kind[0] for kind in kinds])[0]
        return name, make()

    def legacy(self) -> bytes:
        """The old form, one or more of whose five pickles are something else."""
        rng = self.rng
        parts = [MAGIC, PROTOCOL, SYSTEM, EMPTY, b"\x80\x02]q\x00."]
        other: list[Callable[[], bytes]] = [
            lambda: rng.choice(
                [
                    f"\x80\x02L{NUMBER}L\n.".encode("latin1"),
                    f"L{NUMBER}L\n.".encode(),
                    f"I{NUMBER}\n.".encode(),
                    b"\x80\x04\x8b\x0a\0\0\0" + MAGIC[4:],
                    pickled(rng),
                ]
            ),
            lambda: rng.choice([b"\x80\x02I1001\n.", pickled(rng)]),
            lambda: rng.choice([b"\x80\x02}.", pickled(rng)]),
            lambda: pickled(rng, legacy=True),
            lambda: rng.choice([ONE_KEY, pickled(rng)]),
        ]
        chosen = rng.randrange(len(parts))
        for index, make in enumerate(other):
            if (index == chosen and rng.random() < 0.5) or rng.random() < 0.12:
                parts[index] = make()
        if rng.random() < 0.7:
            parts[3] = pickled(rng, legacy=True)
        return b"".join(parts) + rng.choice([b"", STORAGE, b"x", pickled(rng)])

    def zip(self) -> bytes:
        """The zip form, and zips that readers understand differently."""
        rng = self.rng
        entries = [
            ("archive/data.pkl", pickled(rng)),
            ("archive/version", b"3\n"),
            ("archive/data/0", b"\0" * 8),
        ]
        way = rng.random()
        if way < 0.08:
            entries.insert(0, ("archive/DATA.PKL", pickled(rng)))
        elif way < 0.16:
            entries.append(("archive/data.pkl", EMPTY))
            rng.shuffle(entries)
        elif way < 0.2:
            entries.append(("other/data.pkl", EMPTY))
            rng.shuffle(entries)
        elif way < 0.24:
            entries[0] = ("archive/Data.Pkl", entries[0][1])
        elif way < 0.28:
            entries.append(("archive/extra/x.pkl", pickled(rng)))
        elif way < 0.32:
            entries = [(name.split("/", 1)[1], data) for name, data in entries]
        elif way < 0.36:
            entries = [(f"a/b/{name.split('/', 1)[1]}", data) for name, data in entries]
        elif way < 0.4:
            entries[0] = (entries[0][0], EMPTY + pickled(rng))
        method = rng.choice([zipfile.ZIP_STORED] * 3 + [zipfile.ZIP_DEFLATED])
        other = zipped([("archive/data.pkl", EMPTY), ("archive/version", b"3\n")])
        around = rng.random()
        comment = rng.choice([b"hi", other]) if around < 0.08 else b""
        behind = rng.choice([b"\0" * 5, other]) if 0.08 <= around < 0.14 else b""
        before = rng.choice([EMPTY, pickled(rng), other]) if 0.14 <= around < 0.18 else b""
        return before + zipped(entries, method, comment) + behind

    def tar(self) -> bytes:
        """PyTorch's form before 0.2, whose header may look like a pickle as well."""
        rng = self.rng
        archive = io.BytesIO()
        formats = [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT]
        none = b"\x80\x02K\x00."
        storages = rng.choice(
            [none + pickled(rng), none, pickled(rng), b"\x80\x02K\x01." + pickled(rng)]
        )
        members = [("storages", storages), ("tensors", none), ("pickle", pickled(rng))]
        if rng.random() < 0.4:
            name = rng.choice(["\x80\x02}." + "x" * rng.randrange(3), "a"])
            members.insert(0, (name, b""))
        with tarfile.open(fileobj=archive, mode="w", format=rng.choice(formats)) as tar:
            for name, data in members:
                member = tarfile.TarInfo(name)
                member.size = len(data)
                tar.addfile(member, io.BytesIO(data))
        found = bytearray(archive.getvalue())
        if rng.random() < 0.5:
            self._new_header(found)
        return bytes(found)

    def _new_header(self, tar: bytearray) -> None:
        """Writes a pickle into the first name, and the checksum in one of Python's ways."""
        if not tar.startswith(b"stor"):
            start = self.rng.choice(
                [EMPTY[:3] + b".", MAGIC + PROTOCOL + SYSTEM[:60], b"\x80\x04N."]
            )
            tar[: len(start)] = start
        total = sum(tar[:148]) + sum(tar[156:512]) + 256
        digits = b"%o" % total
        ways = [b"%06o\0 " % total, b"0o" + digits, b"\x1c" + digits, b"\x1d" + digits + b"\x1f"]
        ways += [b"+" + digits, b" " + digits, b"0_" + digits, b"\x0b" + digits, digits]
        ways += [b"\x80" + total.to_bytes(7, "big")]
        field = self.rng.choice(ways).ljust(8, self.rng.choice([b"\0", b" "]))
        tar[148:156] = field[:8]

    def changed(self, data: bytes) -> bytes:
        """Bytes changed, removed, put in, swapped, or the end cut off."""
        rng = self.rng
        found = bytearray(data)
        for _ in range(rng.choice([1, 1, 2, 3, 8])):
            if not found:
                break
            at, other = rng.randrange(len(found)), rng.randrange(len(found))
            way = rng.random()
            if way < 0.45:
                found[at] = rng.randrange(256)
            elif way < 0.6:
                del found[at : at + rng.choice([1, 1, 2, 5, 30])]
            elif way < 0.8:
                more = [pickled(rng), bytes([rng.randrange(256)]), b"ccanary\nhit\n)R", b"0", b"N"]
                found[at:at] = rng.choice(more)
            elif way < 0.9:
                found[at : at + 4], found[other : other + 4] = (
                    found[other : other + 4],
                    found[at : at + 4],
                )
            elif way < 0.95:
                del found[at:]
            else:
                found += pickled(rng)
        return bytes(found)

    def planted(self) -> bytes:
        """A real file with opcodes put where pickles begin, call and end."""
        rng = self.rng
        data = rng.choice(self.real)
        calls = [b"ccanary\nhit\n)R0", b"ccanary\nNoticed\n)\x810", b"ccanary\nhit\n"]
        calls.append(b"cos\nsystem\n" + text4("true") + b"\x85R0")
        for _ in range(rng.choice([1, 1, 2])):
            marks = [b".", b"\x80\x02", b"c", b"R", b"q"]
            at = rng.choice([*(data.find(mark) for mark in marks), rng.randrange(len(data))])
            data = data[: max(0, at)] + rng.choice(calls) + data[max(0, at) :]
        return data

    def replaced(self) -> bytes:
        """A real file with other names, filled up so that all that follows stays in its place."""
        data = self.rng.choice(self.real)
        for old in [
            b"ctorch._utils\n_rebuild_tensor_v2\n",
            b"ccollections\nOrderedDict\n",
            b"ctorch._utils\n_rebuild_parameter\n",
            b"ctorch\nFloatStorage\n",
        ]:
            filling = len(old) - len(b"ccanary\nhit\n")
            if filling % 2 == 0 and self.rng.random() < 0.7:
                data = data.replace(old, b"N0" * (filling // 2) + b"ccanary\nhit\n")
        return data


def zipped(
    entries: Sequence[tuple[str, bytes]], method: int = zipfile.ZIP_STORED, comment: bytes = b""
) -> bytes:
    archive = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of names that stand twice
        with zipfile.ZipFile(archive, "w", method) as writer:
            for name, data in entries:
                writer.writestr(name, data)
            writer.comment = comment
    return archive.getvalue()


def write_files(seed: int, count: int, real: Sequence[Path], folder: Path) -> dict[str, str]:
    """Writes files into a folder.

    Args:
        real: files that torch.save wrote; short ones are used.

    Returns:
        The kind of each file, by its path.
    """
    folder.mkdir()
    short = [path.read_bytes() for path in real if path.stat().st_size < 6000]
    files = Files(seed, short)
    kinds = {}
    for index in range(count):
        kind, data = files.make()
        path = folder / f"{index:06d}.pt"
        path.write_bytes(data)
        kinds[str(path)] = kind
    return kinds
