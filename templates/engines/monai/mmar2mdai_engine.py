"""The engine that runs an MMAR's inference config on MONAI itself, in this process.

The network, the transforms and the inferer are built at the start and stay. What the engine
promises stands in `mmar2mdai_inference.Engine`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mmar2mdai_monai_aiaa_plan import is_aiaa, make_aiaa_plan
from mmar2mdai_monai_config import read_settings
from mmar2mdai_monai_plan import make_plan
from mmar2mdai_resident_engine import ResidentEngine
from mmar2mdai_resident_memory import Way


class Engine(ResidentEngine):
    """Runs the MMAR's own inference config; see `mmar2mdai_inference.Engine`."""

    def __init__(self, config: dict[str, Any], root: Path) -> None:
        """Build what the config says.

        Raises:
            DeployError: When it can't be built, or the model has no GPU and needs one.
        """
        self._settings = read_settings(config, root)
        self._is_aiaa = is_aiaa(self._settings)
        self._plan = make_aiaa_plan(self._settings) if self._is_aiaa else make_plan(self._settings)
        super().__init__(self._settings.device, self._settings.timeout_seconds)
        from mmar2mdai_monai_components import add_to_path

        add_to_path(root)
        self._start()

    def _import(self) -> Any:
        from mmar2mdai_monai_aiaa import AiaaPipeline
        from mmar2mdai_monai_pipeline import Pipeline

        return AiaaPipeline if self._is_aiaa else Pipeline

    def _build(self, way: Way, network: Any) -> Any:
        return self._new_pipeline(self._plan, self._settings, way, network)
