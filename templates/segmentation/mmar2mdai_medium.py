"""Which volumes of a study were acquired after contrast medium was given.

By the start of the injection, by words, by the agent in the header, and by the order of
acquisition. They have to agree.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, Sequence

from mmar2mdai_contrasts import Shown
from mmar2mdai_phrases import read_name

NO_AGENT_WORDS = (
    "no none non nil n na n/a nein nao nie not - -- 0 0ml false unenhanced native "
    "nativ plain kein keine ohne sin sem sans senza without w/o wo zonder bez yok "
    "buscopan glucagon saline nacl sodium water aqua kochsalz unknown unk other"
)
"""What is filled in where no agent was given, or none is named; forms may ask for one."""
NO_AGENT = frozenset(NO_AGENT_WORDS.split())
UNITS = frozenset(["ml", "cc", "mg", "mmol"])

Verdict = Literal["yes", "no", "contradiction"]


@dataclass
class Medium:
    """Whether a volume was acquired after contrast medium.

    Attributes:
        verdict: None where nothing tells.
        why: how it is known.
        is_explicit: whether its own name or the time of injection says so.
        is_by_pair: whether only its place among the study's series says so.
    """

    verdict: Verdict | None = None
    why: str = ""
    is_explicit: bool = False
    is_by_pair: bool = False


def judge_medium(study: Sequence[Shown]) -> list[Medium]:
    """For each volume of a study whether it was acquired after contrast medium."""
    agents = [_agent(shown) for shown in study]
    # Maps are made later, and some scanners leave the agent out of them.
    tells = not all(a for a, one in zip(agents, study) if not one.out and one.kind != "ADC")
    starts = [one.acquisition.injection for one in study if one.acquisition.injection is not None]
    found = []
    for shown, agent in zip(study, agents):
        word, said = _said(shown)
        timed = _by_injection(shown, min(starts) if starts else None)
        found.append(_decide(word, said, timed, agent if tells else None, shown))
    _judge_letters(study, found)
    _judge_by_order(study, found)
    if any(agents) and not any(
        one.verdict == "yes" for one, shown in zip(found, study) if shown.kind == "T1"
    ):
        _judge_pair(study, found)
    return found


def _said(shown: Shown) -> tuple[str | None, str]:
    """What a volume's name, or the name of its protocol, says: yes, no, unclear or None."""
    for name in (shown.said, shown.protocol):
        if name is not None and name.medium is not None and name.medium != "both":
            return name.medium, name.medium_word
    return None, ""


def _agent(shown: Shown) -> str:
    """The agent that was given, "" for none."""
    agent, volume = shown.acquisition.agent.strip(), shown.acquisition.agent_volume
    if not agent or (volume is not None and volume <= 0):
        return ""
    words = re.split(r"[\s,;()\[\]]+", agent.lower().strip(" ,;()[]"))
    # A dose may stand in front: `10 ml saline`.
    name = next((word for word in words if word[:1].isalpha() and word not in UNITS), "")
    if agent.lower() in NO_AGENT or words[0] in NO_AGENT or name in NO_AGENT:
        return ""
    return "" if read_name(agent).medium == "no" else agent


def _by_injection(shown: Shown, start: float | None) -> str | None:
    """Yes if it was acquired after the injection began, no if before, None if not known."""
    begin = shown.acquisition.begin
    if start is None or begin is None:
        return None
    return "yes" if begin % 86400 >= start else "no"


def _decide(
    word: str | None, said: str, timed: str | None, agent: str | None, shown: Shown
) -> Medium:
    if timed is not None:
        if word in ("yes", "no") and word != timed:
            when = "after" if timed == "yes" else "before"
            why = f'"{said}" in its name, but acquired {when} the injection began'
            return Medium("contradiction", why)
        verdict: Verdict = "yes" if timed == "yes" else "no"
        return Medium(verdict, "by the time of the injection", True)
    if word == "unclear":
        if agent:
            return Medium("yes", f"contrast agent {agent}")
        return Medium("contradiction", f'its name does not tell ("{said}")')
    if word == "no" and agent:
        return Medium("contradiction", f'"{said}" in its name, but contrast agent {agent}')
    if word is not None:
        return Medium("yes" if word == "yes" else "no", f'"{said}" in its name', True)
    if agent:
        return Medium("yes", f"contrast agent {agent}")
    return Medium()


def _judge_letters(study: Sequence[Shown], found: list[Medium]) -> None:
    """A lone `W` has other meanings; it is "with" where another T1 is called the same and `WO`."""
    without = {
        tuple(sorted(shown.said.words))
        for shown, one in zip(study, found)
        if shown.kind == "T1" and one.verdict == "no" and "wo" in shown.said.medium_word.split()
    }
    for shown, one in zip(study, found):
        words = list(shown.said.words)
        if shown.kind != "T1" or one.verdict is not None or words.count("w") != 1:
            continue
        words.remove("w")
        if tuple(sorted(words)) in without:
            found_by = '"w" in its name, and "wo" in that of another'
            one.verdict, one.why, one.is_explicit = "yes", found_by, True


def _judge_by_order(study: Sequence[Shown], found: list[Medium]) -> None:
    """What follows a series with contrast medium has it, what precedes one without has none."""
    timed = [(shown.acquisition.begin, one) for shown, one in zip(study, found)]
    after = [begin for begin, one in timed if one.is_explicit and one.verdict == "yes" and begin]
    for shown in study:
        is_bolus = (
            shown.out.startswith(("perfusion", "a dynamic")) and "asl" not in shown.said.words
        )
        if is_bolus and shown.acquisition.begin:
            after.append(shown.acquisition.begin)
    before = [begin for begin, one in timed if one.is_explicit and one.verdict == "no" and begin]
    for begin, one in timed:
        if begin is None:
            continue
        is_after = bool(after) and begin > min(after)
        is_before = bool(before) and begin < max(before)
        if one.verdict is None and is_after != is_before:
            one.verdict = "yes" if is_after else "no"
            one.why = f"acquired {'after one with' if is_after else 'before one without'} it"
        elif one.verdict == "no" and is_after and "injection" not in one.why:
            one.verdict, one.why = "contradiction", f"{one.why}, but acquired after one with it"
        elif one.verdict == "yes" and not one.is_explicit and is_before:
            one.verdict, one.why = "contradiction", f"{one.why}, but acquired before one without it"


def _judge_pair(study: Sequence[Shown], found: list[Medium]) -> None:
    """Two T1 of one name with others acquired in between, where an agent was given to the patient:
    the first is from before it, the second from after it.
    """
    t1 = [
        (shown, one)
        for shown, one in zip(study, found)
        if shown.kind == "T1" and not shown.out and one.verdict is None
    ]
    begins = [shown.acquisition.begin for shown, _ in t1]
    if len(t1) != 2 or None in begins or t1[0][0].said.words != t1[1][0].said.words:
        return
    (first, early), (second, late) = sorted(t1, key=lambda pair: pair[0].acquisition.begin or 0)
    low, high = first.acquisition.begin or 0, second.acquisition.begin or 0
    between = [
        shown
        for shown in study
        if shown.kind not in (None, "T1") and low < (shown.acquisition.begin or 0) < high
    ]
    if between:
        early.verdict, late.verdict = "no", "yes"
        early.why, late.why = "the first of a pair", "the second of a pair, and an agent was given"
        early.is_by_pair = late.is_by_pair = True
