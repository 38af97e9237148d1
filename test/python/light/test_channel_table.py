"""The table of studies: which of their series the channels are, or that they are refused.

The first part of the table was written before the rules, the others after them.
"""

from __future__ import annotations

from typing import Any

import pytest

from channel_table import BRAIN as BRAIN_STUDY
from channel_table import FIRST
from channel_table import PROSTATE as PROSTATE_STUDY
from channel_table_fresh import FRESH
from channel_table_last import LAST, WITH_DWI
from channel_table_later import LATER
from channel_table_mean import MEAN
from channel_table_sites import SITES
from channel_table_sites_more import MORE_SITES
from test_channel_rules import BRAIN, PROSTATE, REFUSED, T1C_T1_T2_FLAIR, T2_ADC, picks

PARTS = [FIRST, LATER, LAST, SITES, MORE_SITES, MEAN, FRESH]
TABLE = {name: study for part in PARTS for name, study in part.items()}
MODELS = {BRAIN_STUDY: BRAIN, PROSTATE_STUDY: PROSTATE}
LEAST_STUDIES, LEAST_MATCHED = 150, 0.85


@pytest.fixture
def deployed(deploy, deploy_variant) -> Any:
    """deployed(what a study of the table is for) -> its bundle."""

    def with_dwi(config: dict[str, Any], _: Any) -> None:
        dwi = {"name": "DWI", "contrast": "DWI", "words": "DWI", "rules": []}
        config["input"]["channels"].append(dwi)

    def get(model: str) -> Any:
        return deploy_variant(PROSTATE, with_dwi) if model == WITH_DWI else deploy(MODELS[model])

    return get


@pytest.mark.parametrize("study", TABLE)
def test_study(deployed, study):
    model, lines, expected = TABLE[study]
    bundle = deployed(model)
    try:
        found = picks(bundle, list(lines))
    except bundle.error as error:
        assert isinstance(expected, str), str(error)
        assert expected in str(error)
    else:
        assert found == expected


def test_the_table_is_large_and_no_two_studies_are_alike():
    others = [*T1C_T1_T2_FLAIR.values(), *T2_ADC.values()]
    studies = [lines for _, lines, _ in TABLE.values()] + [lines for lines, _ in others]
    studies += [lines for _, lines, _, _ in REFUSED.values()]
    assert sum(map(len, PARTS)) == len(TABLE) >= LEAST_STUDIES
    said = [tuple(repr(one) for one in lines) for lines in studies]
    assert len(set(said)) == len(said)


def test_most_studies_that_have_an_answer_are_matched():
    """What the table expects is what `test_study` holds the rules to: no other series than the
    right ones is ever taken, and this part of the studies is matched. A study that has an answer
    which the rules don't give would stand in UNANSWERED."""
    answered = [expected for _, _, expected in TABLE.values() if not isinstance(expected, str)]
    part = len(answered) / (len(answered) + len(UNANSWERED))
    print(f"{len(TABLE)} studies: {part:.0%} of those that have an answer are matched")
    assert part >= LEAST_MATCHED


UNANSWERED = [
    "called pre, but with an agent that others lack",
    "T1 with a lone C",
    "called post, taken before the bolus",
    "prostate, T2 of two planes only",
    "MPRAGE ax both + SE",
    "Catalan",
    "fresh: calculated b",
]
"""Studies of TABLE that are refused, and in which a reader may see an answer."""
