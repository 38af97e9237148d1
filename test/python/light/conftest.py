"""Bundles, and `segment`: a request through a bundle's MDAIModel with the stand-in as network."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any, Callable

import pytest
from hypothesis import HealthCheck, settings

import bundles
import contract
import examples

COMMON = {
    "deadline": None,
    "suppress_health_check": list(HealthCheck),
    # CI fails for a change, not by chance: it tries the same examples each time. Others try more.
    "derandomize": "CI" in os.environ,
    "print_blob": True,
}
settings.register_profile("all", max_examples=examples.ALL, **COMMON)
settings.register_profile("few", max_examples=examples.FEW, **COMMON)


def pytest_configure(config: pytest.Config) -> None:
    settings.load_profile("few" if config.getoption("--tier") == "fast" else "all")


class Deployed:
    """A bundle's model behind the checks that hold for every request."""

    def __init__(self, model: Path, folder: Path) -> None:
        self.model = model
        self.folder = folder
        self.module = bundles.load(model)
        self.error = sys.modules["mmar2mdai_errors"].DeployError
        self.mdai = self.module.MDAIModel()
        self._hashes = bundles.hashes(model / "workspace")

    def __call__(self, request: dict[str, Any], **wishes: Any) -> list[dict[str, Any]]:
        """predict(), with the answer's form and what is left behind checked."""
        (self.folder / "standin.json").write_text(json.dumps(wishes))
        try:
            answers = self.mdai.predict(request)
        finally:
            assert not list((self.folder / "tmp").iterdir()), "temporary files are left"
            assert bundles.hashes(self.model / "workspace") == self._hashes, "the MMAR was changed"
        contract.check(answers)
        return answers


@pytest.fixture(scope="session", autouse=True)
def deploy(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """deploy(name in fixtures/ or an absolute path, options) -> Deployed, each packed once.

    It is there before any other fixture: one that puts the stand-in elsewhere for its module takes
    away what was begun after it.
    """
    folder = tmp_path_factory.mktemp("deployed")
    packed: dict[tuple[str, ...], Deployed] = {}

    def get(*wanted: str) -> Deployed:
        if wanted not in packed:
            name, *options = wanted
            bundle = tmp_path_factory.mktemp("bundle")
            packed[wanted] = Deployed(bundles.pack(name, bundle, *options), folder)
        return packed[wanted]

    with bundles.standin({}, folder, warm=True):
        yield get


@pytest.fixture
def deploy_variant(deploy: Callable[[str], Deployed], tmp_path: Path) -> Callable[..., Deployed]:
    """deploy_variant(fixture name, edit) -> Deployed, see bundles.variant."""

    def get(name: str, edit: Callable[[dict[str, Any], Path], None]) -> Deployed:
        packed = deploy(name)
        return Deployed(bundles.variant(packed.model, tmp_path / "variant", edit), packed.folder)

    return get


@pytest.fixture
def spleen(deploy: Callable[[str], Deployed]) -> Deployed:
    """A label map of one class."""
    return deploy("spleen_ct")


@pytest.fixture
def liver(deploy: Callable[[str], Deployed]) -> Deployed:
    """One-hot channels of two classes and a background."""
    return deploy("liver_tumor_ct")


@pytest.fixture
def brain(deploy: Callable[[str], Deployed]) -> Deployed:
    """Three channels that overlap, without a background."""
    return deploy("brain_channels")
