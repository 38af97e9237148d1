"""The two tiers of tests, for the light and the heavy ones alike.

`--tier fast` runs what is not in ../slow.json, and properties on few examples; `--tier slow` runs
the rest, and all properties on all their examples; `--tier all`, as without it, runs everything.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

TESTS = Path(__file__).resolve().parents[1]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--tier", choices=["fast", "slow", "all"], default="all", help="see slow.json")


# Before xdist, which looks for the groups of tests in the same hook.
@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        group = group_of(item)
        if group and not item.get_closest_marker("xdist_group"):
            item.add_marker(pytest.mark.xdist_group(group))
    tier = config.getoption("--tier")
    if tier == "all":
        return
    slow = tuple(json.loads((TESTS / "slow.json").read_text(encoding="utf-8"))["pytest"])
    wanted, others = [], []
    for item in items:
        (wanted if belongs(item, tier, slow) else others).append(item)
    items[:] = wanted
    if others:
        config.hook.pytest_deselected(items=others)


def belongs(item: pytest.Item, tier: str, slow: tuple[str, ...]) -> bool:
    is_slow = item.nodeid.startswith(slow)
    if tier == "fast":
        return not is_slow
    return is_slow or is_property(item)


def is_property(item: pytest.Item) -> bool:
    """Whether hypothesis makes its examples, of which the fast tier takes a part only."""
    return getattr(getattr(item, "obj", None), "is_hypothesis_test", False)


def group_of(item: Any) -> str:
    """Names the tests that share a module's fixtures: one process makes them once for all."""
    definitions = item._fixtureinfo.name2fixturedefs.values()
    shared = sorted(
        each.argname for found in definitions for each in found if each.scope == "module"
    )
    return f"{item.location[0]}:{','.join(shared)}" if shared else ""
