"""Whatever torch.load executes is refused; what people save is not."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path

import pytest
import torch

import bundles
import differential
from real_files import monai_networks

# Another Python, with another PyTorch.
OTHER = os.environ.get("MMAR2MDAI_TORCH_PYTHON")
COUNT = 400
# Less would mean that files are not made any more: 1.13 makes 230, 2.13 makes 250.
FEWEST_REAL = 200

pythons = pytest.mark.parametrize(
    "python",
    [
        pytest.param(sys.executable, id="this PyTorch"),
        pytest.param(
            OTHER,
            id="another PyTorch",
            marks=pytest.mark.skipif(OTHER is None, reason="MMAR2MDAI_TORCH_PYTHON is not set"),
        ),
    ],
)


@pytest.fixture
def real(python: str, tmp_path: Path) -> list[str]:
    return differential.real_files(python, tmp_path / "real")


@pythons
def test_what_is_executed_is_refused_and_what_people_save_is_not(
    python: str, real: list[str], tmp_path: Path
) -> None:
    assert len(real) > FEWEST_REAL
    found = differential.scan(real, tmp_path, as_weights=True)
    assert {path: said for path, said in found.items() if said} == {}
    outcome = differential.compare(python, 20, COUNT, real, tmp_path)
    assert outcome.missed == []
    # The test would be worth nothing if little were executed, or all were refused.
    assert outcome.counts["executed"] > COUNT / 8
    assert outcome.counts["refused"] < COUNT


@pythons
def test_torch_scripts_with_effects_are_refused_by_name(python: str, tmp_path: Path) -> None:
    out = differential.run(
        python, "scripts_with_effects.py", str(tmp_path / "scripts"), folder=tmp_path
    )
    effects = json.loads(out)
    found = differential.scan(list(effects), tmp_path)
    assert len(effects) == 5
    for path, effect in effects.items():
        assert len(found[path]) == 1, path
        assert found[path][0].startswith("script-operator: "), path
        assert effect in found[path][0]


@pytest.mark.parametrize("name", ["UNet", "SegResNet"])
def test_a_whole_network_of_monai_is_an_error_that_says_what_to_save(
    name: str, tmp_path: Path
) -> None:
    mmar = tmp_path / "mmar"
    shutil.copytree(bundles.ROOT / "fixtures" / "spleen_ct", mmar)
    weights = mmar / "models" / "model.pt"
    make, _ = monai_networks()[name]
    torch.save(make(), str(weights))
    code, text = bundles.run("inspect", str(mmar))
    assert code == 1
    assert "pickle-unknown" in text
    assert "torch.save(network.state_dict(), path)" in text
    trusted: list[str] = []
    # What a trusted name gives may be looked up further, as the value of an enum is.
    for _ in range(2):
        code, text = bundles.run("inspect", "--json", str(mmar), *trusted)
        for found in json.loads(text)["findings"]:
            if found["code"] == "pickle-unknown":
                assert found["args"]["more"] == 0
                trusted += [part for full in found["args"]["names"] for part in ("--trust", full)]
    code, text = bundles.run("inspect", str(mmar), *trusted)
    assert code == 0, text
    torch.save(make().state_dict(), str(weights))
    assert bundles.run("inspect", str(mmar))[0] == 0
