"""docs/geometry.md says what the cases give, and all of them are right."""

from __future__ import annotations

import pytest

import matrix
import special
from cases import CASES

pytestmark = pytest.mark.xdist_group("matrix")


@pytest.fixture(scope="module")
def marks(deploy):
    return matrix.marks(deploy("spleen_ct"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_mask_lies_on_its_own_pixels(marks, case):
    assert marks[case.name] == ["exact", "exact", "right"]


@pytest.fixture(scope="module")
def others(deploy):
    return special.outcomes(deploy("spleen_ct"))


@pytest.mark.parametrize("case", special.SPECIALS, ids=lambda case: case.name)
def test_what_is_no_plain_stack_is_right_or_refused(others, case):
    assert others[case.name].startswith(case.wanted)


def test_the_page_is_current(marks, others):
    assert matrix.PAGE.read_text(encoding="utf-8") == matrix.render(marks, others), (
        "run: node scripts/python.mjs matrix"
    )


def test_the_example_was_measured_on_as_many_series():
    assert sum(case.example for case in CASES) == 53
