"""The engine that runs a MONAI bundle's inference config, in this process.

Of the config only the network, the transforms and the inferer are built, once, and stay. What the
engine promises stands in `mmar2mdai_inference.Engine`.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from mmar2mdai_bundle_settings import read_settings
from mmar2mdai_resident_engine import ResidentEngine
from mmar2mdai_resident_memory import Way


class Engine(ResidentEngine):
    """Runs the bundle's own inference config; see `mmar2mdai_inference.Engine`."""

    def __init__(self, config: dict[str, Any], root: Path) -> None:
        """Build what the config says.

        Raises:
            DeployError: When it can't be built, or the model has no GPU and needs one.
        """
        self._settings = read_settings(config, root)
        super().__init__(self._settings.device, self._settings.timeout_seconds)
        _add_to_path(root)
        self._start()

    def _import(self) -> Any:
        from mmar2mdai_bundle_pipeline import Pipeline

        return Pipeline

    def _build(self, way: Way, network: Any) -> Any:
        return self._new_pipeline(self._settings, way, network)


def _add_to_path(root: Path) -> None:
    """Let the bundle's own modules (``scripts``) be imported, from where MONAI finds them.

    Their bytecode is not written: nothing is written in the bundle.
    """
    sys.dont_write_bytecode = True
    if str(root) not in sys.path:
        sys.path.insert(1, str(root))
