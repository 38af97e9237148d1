"""What generated pickles import to be noticed: each thing done with it is written down."""

from __future__ import annotations

from typing import Any

DONE: list[str] = []


def hit(*args: Any, **_: Any) -> Any:
    DONE.append("called")
    return args[0] if args else 1


def cls(*_: Any, **__: Any) -> Any:
    DONE.append("asked for a class")
    return dict


class Noticed:
    def __new__(cls, *_: Any, **__: Any) -> Noticed:
        DONE.append("made")
        return object.__new__(cls)

    def __init__(self, *_: Any, **__: Any) -> None:
        DONE.append("initialized")

    def __setstate__(self, _: Any) -> None:
        DONE.append("given a state")

    def append(self, _: Any) -> None:
        DONE.append("appended to")

    def extend(self, _: Any) -> None:
        DONE.append("extended")

    def add(self, _: Any) -> None:
        DONE.append("added to")

    def __setitem__(self, _: Any, __: Any) -> None:
        DONE.append("item set")

    def __call__(self, *_: Any, **__: Any) -> None:
        DONE.append("object called")


class Watching(type):
    def __setattr__(cls, name: str, value: Any) -> None:
        DONE.append("class changed")
        type.__setattr__(cls, name, value)


class Watched(metaclass=Watching):
    pass
