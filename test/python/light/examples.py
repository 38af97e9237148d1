"""How many examples a property is tried on: all of them, or in the fast tier a part."""

from __future__ import annotations

from hypothesis import settings

ALL, FEW = 40, 10
"""Examples of a property that says no number, in full and in the fast tier."""


def at_most(count: int) -> int:
    """max_examples of a property that is tried on ``count`` examples in full."""
    return max(1, count * settings.default.max_examples // ALL)


def few_or_all(few: int, every: int) -> int:
    """max_examples of a property with a number of its own for each tier."""
    return few if settings.default.max_examples < ALL else every
