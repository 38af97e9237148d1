"""The functional groups of Enhanced multi-frame objects (DICOM PS3.3 C.7.6.16)."""

from __future__ import annotations

from typing import Sequence

from pydicom.dataset import Dataset


def functional_group(header: Dataset, index: int, name: str) -> Dataset:
    """A functional group of a frame: its own where it has one, else the shared one.

    Returns:
        The group's item, or an empty Dataset where there is none.
    """
    items = functional_group_items(header, index, name)
    return items[0] if items else Dataset()


def functional_group_items(header: Dataset, index: int, name: str) -> Sequence[Dataset]:
    """The items of a functional group of a frame, for groups that may have several."""
    homes = [header.PerFrameFunctionalGroupsSequence[index]]
    homes.extend(header.get("SharedFunctionalGroupsSequence") or [])
    for home in homes:
        items: Sequence[Dataset] | None = home.get(name)
        if items:
            return items
    return []
