"""What a series' name says: which contrast, with or without contrast medium, what speaks against.

A name is read word by word; a preposition (`post`, `without`) counts for the noun that it stands
before, so that `POST WITHOUT FS` is after contrast medium, and `POST FOSSA` is not.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

import mmar2mdai_vocabulary as vocabulary
from mmar2mdai_notations import has_other_script, rewritten

Medium = Literal["yes", "no", "both", "unclear"]
"""Whether a text says that contrast medium was given. both: as in `W/WO`, which tells nothing of
the one series; unclear: words that contradict one another."""

CORE = re.compile(r"(t1w?i?(?!\d)|t2w?i?(?!\d)|flair|mprage|mp2rage)")
LEAST_PART = 2
LEAST_B = 50


@dataclass(frozen=True)
class Said:
    """What a name says.

    Attributes:
        kinds: the keys of vocabulary.KINDS whose words it has.
        medium: whether contrast medium was given, None if nothing is said of it.
        medium_word: the words that say so.
        out: why it is not a plain image of the anatomy, as (what, word) each.
        against: how much speaks against it, see vocabulary.SECOND, and by which words.
        dixon: which image of a Dixon set it is, if it is one.
        inversion: 1 or 2 for one of MP2RAGE's two inversions.
        b_values: the b-values that it names.
        words: those that are no names for contrast medium, to compare two names by.
        once: the same without words such as "repeat".
        odd: those that may make it another kind of image: not known, or of a preparation.
    """

    kinds: frozenset[str]
    medium: Medium | None = None
    medium_word: str = ""
    out: tuple[tuple[str, str], ...] = ()
    against: int = 0
    against_words: tuple[str, ...] = ()
    dixon: str | None = None
    inversion: int | None = None
    b_values: tuple[float, ...] = ()
    words: tuple[str, ...] = field(default=())
    once: tuple[str, ...] = field(default=())
    odd: frozenset[str] = frozenset()


@lru_cache(maxsize=512)
def read_name(text: str) -> Said:
    """Read the name of a series."""
    words = _words(text)
    tags = [(word, _tags(word)) for word in words]
    every = {tag for _, own in tags for tag in own}
    kinds = frozenset(every & set(vocabulary.KINDS))
    medium, why = _medium(tags)
    if medium is None and has_other_script(text):
        medium, why = "unclear", "letters that are not Latin"
    is_dixon = any("dixon set" in own for _, own in tags)
    dixon = _dixon(words) if is_dixon else _dixon_prefix(text)
    before = [frozenset(), *(own for _, own in tags)]
    counted = [pair for pair, last in zip(tags, before) if "without" not in last]
    out = [(tag, word) for word, own in counted for tag in own if tag in vocabulary.OUT]
    against = [(tag, word) for word, own in counted for tag in own if tag in WEIGHTS]
    compared = [(word, own) for word, own in tags if not own & MEDIUM_TAGS and word.isalnum()]
    inversion = [word for word in words if re.fullmatch(r"inv[12]\w?", word)]
    return Said(
        kinds=kinds,
        medium=medium,
        medium_word=why,
        out=tuple(out),
        against=sum(int(tag) for tag, _ in set(against)),
        against_words=tuple(word for _, word in against),
        dixon=dixon,
        inversion=int(inversion[0][3]) if inversion else None,
        b_values=_b_values(words),
        words=tuple(word for word, _ in compared),
        once=tuple(word for word, own in compared if "again" not in own),
        odd=frozenset(word for word, own in counted if _is_odd(word, own)),
    )


def _is_odd(word: str, own: frozenset[str]) -> bool:
    is_unknown = not own and word.isalpha() and len(word) > LEAST_PART
    return word in PREPARED or (is_unknown and word not in HARMLESS)


def _words(text: str) -> list[str]:
    """The words of a name, those that are run together parted."""
    words = re.findall(r"[a-z0-9]+", rewritten(text))
    return [part for word in words for part in _parts(word)]


def _parts(word: str) -> list[str]:
    """A word, or the words that are run together in it."""
    if _tags(word) or word.isdigit() or re.fullmatch(r"b\d+", word):
        return [word]
    broken = _broken(word)
    if broken is not None and any(_tags(part) - {"neutral"} for part in broken):
        return broken
    pieces = [piece for piece in CORE.split(word) if piece]
    if len(pieces) == 1:
        return [word]
    return [part for piece in pieces for part in (_broken(piece) or [piece])]


def _broken(word: str) -> list[str] | None:
    """The fewest words of the vocabulary, and numbers, that a word consists of."""
    best: list[list[str] | None] = [[]] + [None] * len(word)
    for end in range(1, len(word) + 1):
        for begin in range(end):
            before, part = best[begin], word[begin:end]
            if before is None or not (part.isdigit() or _may_be_part(part)):
                continue
            known = best[end]
            if known is None or len(before) + 1 < len(known):
                best[end] = [*before, part]
    return best[len(word)]


def _may_be_part(part: str) -> bool:
    tags = EXACT.get(part, frozenset())
    if tags & set(PREPOSITIONS):
        return part in RUN_TOGETHER
    return len(part) >= LEAST_PART and bool(tags)


def _tags(word: str) -> frozenset[str]:
    """What a word means; nothing for one that is not known."""
    if word in EXACT:
        return EXACT[word]
    for prefix, tags in PREFIXES:
        if word.startswith(prefix):
            return tags
    return frozenset()


def _medium(tags: list[tuple[str, frozenset[str]]]) -> tuple[Medium | None, str]:
    """Whether contrast medium was given, by what each preposition is bound to."""
    found: list[tuple[bool, str]] = []
    waiting: tuple[str, str] | None = None
    both = False

    def stands_alone() -> None:
        if waiting is not None and waiting[1] not in BOUND_ONLY and waiting[0] != "both":
            found.append((waiting[0] in ("after", "with"), waiting[1]))

    for (word, own), (before, known) in zip(tags, [("", frozenset()), *tags]):
        is_unknown = before.isalpha() and not known
        may_bind = len(before) <= LEAST_PART or word.startswith(vocabulary.NOUNS)
        if "agent" in own and waiting is None and is_unknown and may_bind:
            return "unclear", f"{before} {word}"  # it may be a preposition, or say which contrast
        if "both" in own:
            waiting, both = ("both", word), True
            continue
        if "unclear" in own:
            return "unclear", word
        preposition = next((tag for tag in PREPOSITIONS if tag in own), None)
        if "agent" in own and waiting is not None and waiting[0] == "both":
            waiting = None
        elif "agent" in own:
            given = waiting is None or waiting[0] in ("after", "with")
            found.append((given, word if waiting is None else f"{waiting[1]} {word}"))
            waiting = None
        elif own & {"enhanced", "plain"}:
            stands_alone()
            found.append(("enhanced" in own, word))
            waiting = None
        elif "none" in own:
            if found and waiting is None:
                found[-1] = (False, f"{found[-1][1]} {word}")
        elif preposition is not None:
            stands_alone()
            waiting = (preposition, word)
        elif waiting is None or "filler" in own or word.isdigit():
            continue
        elif own & BINDABLE[waiting[0]] or (not own and waiting[0] in ("without", "with")):
            waiting = None
        elif "fat" in own:
            if waiting[0] in ("before", "after"):
                stands_alone()
            waiting = None
        elif not own and len(word) > LEAST_PART:
            # `post` and a word that is not known: what it is bound to is not known.
            return "unclear", f"{waiting[1]} {word}"
        else:
            stands_alone()
            waiting = None
    stands_alone()
    if not found:
        return ("both", "with and without") if both else (None, "")
    words = ", ".join(dict.fromkeys(word for _, word in found))
    if len({given for given, _ in found}) > 1:
        return "unclear", words
    return ("yes" if found[0][0] else "no"), words


def _b_values(words: list[str]) -> tuple[float, ...]:
    """The b-values of a name: `b50_400_800` has three."""
    values: list[float] = []
    for word in words:
        if re.fullmatch(r"b\d+", word):
            values.append(float(word[1:]))
        elif values and word.isdigit() and int(word) >= LEAST_B:
            values.append(float(word))
    return tuple(values)


def _dixon(words: list[str]) -> str | None:
    for word in reversed(words):
        for image, names in vocabulary.DIXON.items():
            if word in names.split():
                return image
    return None


def _dixon_prefix(text: str) -> str | None:
    """GE names the images of a set in front: `WATER: Ax T1`."""
    named = re.match(r"\s*(water|fat|in ?phase|out ?phase)\s*:", text.lower())
    if named is None:
        return None
    return {"w": "water", "f": "fat", "i": "in phase", "o": "opposed phase"}[named[1][0]]


def _read_vocabulary() -> tuple[dict[str, frozenset[str]], list[tuple[str, frozenset[str]]]]:
    exact: dict[str, set[str]] = {}
    prefixes: dict[str, set[str]] = {}
    groups = [
        *vocabulary.KINDS.items(),
        *vocabulary.OUT.items(),
        *((str(weight), words) for weight, words in vocabulary.SECOND.items()),
        *vocabulary.MEDIUM.items(),
        ("fat", vocabulary.FAT),
        ("event", vocabulary.EVENTS),
        ("technique", vocabulary.TECHNIQUES),
        ("filler", vocabulary.FILLERS),
        ("neutral", vocabulary.NEUTRAL),
        ("dixon set", vocabulary.DIXON_SETS),
        ("both", "bothmedium"),
        ("again", vocabulary.AGAIN),
    ]
    for tag, words in groups:
        for word in words.split():
            into, key = (prefixes, word[:-1]) if word.endswith("*") else (exact, word)
            into.setdefault(key, set()).add(tag)
    longest = sorted(prefixes.items(), key=lambda item: -len(item[0]))
    return (
        {word: frozenset(tags) for word, tags in exact.items()},
        [(word, frozenset(tags)) for word, tags in longest],
    )


BINDABLE = {
    "without": frozenset(["event", "technique"]),
    "with": frozenset(["event", "technique"]),
    "before": frozenset(["event"]),
    "after": frozenset(["event"]),
    "both": frozenset(),
}
"""Nouns besides those for contrast medium and fat that a preposition may be bound to."""

PREPOSITIONS = ("without", "before", "after", "with")
MEDIUM_TAGS = frozenset(["agent", "enhanced", "plain", "both", "none", "unclear", *PREPOSITIONS])
RUN_TOGETHER = frozenset(vocabulary.RUN_TOGETHER.split())
BOUND_ONLY = frozenset(vocabulary.ONLY_BOUND.split())
HARMLESS = frozenset(vocabulary.HARMLESS.split())
PREPARED = frozenset(vocabulary.PREPARED.split())
EXACT, PREFIXES = _read_vocabulary()
WEIGHTS = frozenset(str(weight) for weight in vocabulary.SECOND)
