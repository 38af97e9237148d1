"""Bundles with MONAI and PyTorch behind them. The helpers are those of the light tests."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any, Callable, Iterator, Sequence

import pytest

PYTHON_TESTS = Path(__file__).resolve().parents[1]
sys.path.append(str(PYTHON_TESTS / "light"))

import bundles  # noqa: E402
import contract  # noqa: E402

MONAI_STANDIN = PYTHON_TESTS / "standins" / "monai"


class Deployed:
    """A packed MMAR's deploy code, behind the checks that hold for every request."""

    def __init__(self, mmar: str, folder: Path, temporary: Path, options: Sequence[str]) -> None:
        self.model = bundles.pack(mmar, folder, "--device", "cpu", *options)
        self.temporary = temporary
        self.mdai = bundles.load(self.model).MDAIModel()
        self._hashes = bundles.hashes(self.model / "workspace")

    def __call__(self, request: dict[str, Any]) -> list[dict[str, Any]]:
        answers = self.mdai.predict(request)
        assert not list(self.temporary.iterdir()), "temporary files are left"
        assert bundles.hashes(self.model / "workspace") == self._hashes, "the MMAR was changed"
        contract.check(answers)
        return answers


@pytest.fixture(scope="session")
def deploy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Deployed]]:
    """deploy(name in fixtures/ or absolute path, options) -> Deployed, each packed once."""
    folder = tmp_path_factory.mktemp("deployed")
    packed: dict[tuple[str, ...], Deployed] = {}

    def get(mmar: str, *options: str) -> Deployed:
        key = (mmar, *options)
        if key not in packed:
            bundle = tmp_path_factory.mktemp("bundle")
            packed[key] = Deployed(mmar, bundle, folder / "tmp", options)
        return packed[key]

    with bundles.standin({}, folder):
        os.environ["PYTHONPATH"] = str(MONAI_STANDIN)
        yield get
