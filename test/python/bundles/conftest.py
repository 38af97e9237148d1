"""MONAI bundles with MONAI 1.5 and PyTorch behind them; helpers of the other tests."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any, Callable, Iterator

import pytest

PYTHON_TESTS = Path(__file__).resolve().parents[1]
sys.path += [str(PYTHON_TESTS / "light"), str(PYTHON_TESTS / "heavy")]

import bundles  # noqa: E402
import contract  # noqa: E402
import monai_bundles  # noqa: E402


class Deployed:
    """A bundle's deploy code, behind the checks that hold for every request.

    Attributes:
        model: the folder of the bundle for MD.ai.
    """

    def __init__(self, model: Path, temporary: Path) -> None:
        self.model = model
        self.temporary = temporary
        self.mdai = bundles.load(model).MDAIModel()
        self._hashes = bundles.hashes(model / "workspace")
        self._before = set(temporary.iterdir())

    def __call__(self, request: dict[str, Any]) -> list[dict[str, Any]]:
        answers: list[dict[str, Any]] = self.mdai.predict(request)
        assert set(self.temporary.iterdir()) == self._before, "temporary files are left"
        assert bundles.hashes(self.model / "workspace") == self._hashes, "the bundle was changed"
        contract.check(answers)
        return answers


@pytest.fixture(scope="session")
def deploy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Deployed]]:
    """deploy(a MONAI bundle's folder, options of pack, overrides=more of them) -> Deployed."""
    folder = tmp_path_factory.mktemp("deployed")

    def get(root: Path, *options: str, overrides: Any = None) -> Deployed:
        model = monai_bundles.unpacked(root, tmp_path_factory.mktemp("bundle"), *options)
        if overrides is not None:
            path = model / "workspace" / "config_mdai.json"
            described = json.loads(path.read_text())
            described["engine"]["overrides"].update(overrides)
            path.write_text(json.dumps(described))
        return Deployed(model, folder / "tmp")

    with bundles.standin({}, folder):
        # What MONAI imports may make its folder when it likes, for instance between requests.
        os.environ["MPLCONFIGDIR"] = str(folder / "matplotlib")
        yield get


@pytest.fixture(scope="module")
def templates() -> Any:
    """The engine's modules, from where they lie."""
    return monai_bundles.Templates()
