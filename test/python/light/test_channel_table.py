"""The table of studies: which of their series the channels are, or that they are refused."""

from __future__ import annotations

from typing import Any

import pytest

from channel_table import FIRST
from dicom_files import request
from studies import mr
from test_channel_rules import BRAIN, PROSTATE

TABLE = {**FIRST}
MODELS = {"brain": BRAIN, "prostate": PROSTATE}


def outcome(deploy: Any, study: str) -> list[int] | str:
    """The numbers of the series that the network would get, or the text of the refusal."""
    model, lines, _ = TABLE[study]
    deployed = deploy(MODELS[model])
    studies = deployed.module._studies(request(*mr(lines)))
    try:
        ((only,), _) = deployed.mdai._inputs(studies, {})
    except deployed.error as error:
        return str(error)
    return [int(volume.series.number) for volume in only.volumes]


@pytest.mark.parametrize("study", TABLE)
def test_study(deploy, study):
    expected = TABLE[study][2]
    found = outcome(deploy, study)
    if isinstance(expected, str):
        assert isinstance(found, str), f"matched {found}, but should be refused"
        assert expected in found
    else:
        assert found == expected
