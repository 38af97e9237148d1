"""The studies whose author had not seen the rules: matched, or refused where nothing tells."""

from __future__ import annotations

from typing import Any

import pytest

from channel_table import BRAIN as BRAIN_STUDY
from channel_table_blind import SETS, read_studies
from test_channel_rules import BRAIN, PROSTATE, match, picks

STUDIES = read_studies()
REFUSED = ["mean: contrast dose in text of t2", "second: danish short"]
"""Studies that are refused, and in which a reader sees an answer."""

LEAST_MATCHED = 0.85
HOW_MANY = {"ordinary": 82, "mean": 68, "second": 61}


def found_in(deploy: Any, name: str) -> list[int] | None:
    """The numbers of the series that are taken, None for a refusal."""
    study = STUDIES[name]
    bundle = deploy(BRAIN if study.model == BRAIN_STUDY else PROSTATE)
    try:
        return picks(bundle, list(study.lines))
    except bundle.error:
        return None


@pytest.mark.parametrize("name", STUDIES)
def test_study(deploy, name):
    study, found = STUDIES[name], found_in(deploy, name)
    if found is None:
        assert study.expected is None or study.may_be_refused or name in REFUSED
    else:
        assert found == study.expected
        assert name not in REFUSED


def test_all_studies_are_read_and_most_with_an_answer_are_matched():
    sets = [name.split(": ")[0] for name in STUDIES]
    assert {part: sets.count(part) for part in SETS} == HOW_MANY
    clear = [study for study in STUDIES.values() if study.expected and not study.may_be_refused]
    assert len(clear) - len(REFUSED) >= LEAST_MATCHED * len(clear)


@pytest.mark.parametrize(
    "name, is_said",
    [
        ("mean: agent on all, no words no start", True),
        ("mean: agent on all, no words, start time", False),
        ("ordinary: t1 ax both same, agent only", False),
    ],
)
def test_the_note_says_where_only_the_order_tells(deploy, name, is_said):
    found = match(deploy(BRAIN), list(STUDIES[name].lines))
    said = 'Only the order of two T1 tells that series 12 "T1 AX" is from after contrast medium.'
    assert (said in found.note) == is_said
