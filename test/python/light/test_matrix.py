"""docs/geometry.md says what the cases give, and all of them are right."""

from __future__ import annotations

import pytest

import matrix
from cases import CASES


@pytest.fixture(scope="module")
def marks(deploy):
    return matrix.marks(deploy("spleen_ct"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_mask_lies_on_its_own_pixels(marks, case):
    assert marks[case.name] == ["exact", "exact", "right"]


def test_the_page_is_current(marks):
    assert matrix.PAGE.read_text(encoding="utf-8") == matrix.render(marks), (
        "run: node scripts/python.mjs matrix"
    )


def test_the_example_was_measured_on_as_many_series():
    assert sum(case.example for case in CASES) == 53
