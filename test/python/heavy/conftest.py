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
from resident import forget_components  # noqa: E402

MONAI_STANDIN = PYTHON_TESTS / "standins" / "monai"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--parity-page", help="write the table of test_parity.py to this file")


class Deployed:
    """A packed MMAR's deploy code, behind the checks that hold for every request.

    Attributes:
        model: the bundle's folder.
        results: what the engine yielded for the last request.
    """

    def __init__(self, model: Path, temporary: Path) -> None:
        self.model = model
        self.temporary = temporary
        self.mdai = bundles.load(self.model).MDAIModel()
        self.results: list[Any] = []
        self._hashes = bundles.hashes(self.model / "workspace")
        self._before = set(self.temporary.iterdir())

    def __call__(self, request: dict[str, Any]) -> list[dict[str, Any]]:
        answers = self.mdai.predict(request)
        assert set(self.temporary.iterdir()) == self._before, "temporary files are left"
        assert bundles.hashes(self.model / "workspace") == self._hashes, "the MMAR was changed"
        contract.check(answers)
        return answers


@pytest.fixture(scope="session")
def deploy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Deployed]]:
    """deploy(name in fixtures/ or absolute path, options, resident=...) -> Deployed.

    Each is packed once. With ``resident`` the network stays in this process, else each request
    runs the stand-in for Clara's entry point.
    """
    folder = tmp_path_factory.mktemp("deployed")
    packed: dict[tuple[Any, ...], Deployed] = {}

    def get(mmar: str, *options: str, resident: bool = False) -> Deployed:
        key = (mmar, resident, *options)
        if key not in packed:
            model = unpack(mmar, tmp_path_factory.mktemp("bundle"), options, resident)
            packed[key] = Deployed(model, folder / "tmp")
        return packed[key]

    with bundles.standin({}, folder):
        os.environ["PYTHONPATH"] = str(MONAI_STANDIN)
        # What MONAI imports may make its folder when it likes, for instance between requests.
        os.environ["MPLCONFIGDIR"] = str(folder / "matplotlib")
        yield get


def unpack(mmar: str, folder: Path, options: Sequence[str], resident: bool) -> Path:
    """The folder of a bundle for the CPU, of the runtime monai or of Clara's."""
    if not resident:
        return bundles.pack(mmar, folder, "--device", "cpu", *options)
    forget_components()
    return bundles.pack(mmar, folder, "--device", "cpu", "--runtime", "monai", *options)
