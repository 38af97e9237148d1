"""config_mdai.json: what this bundle's model is, written by mmar2mdai, read once at start."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, TypeVar

from mmar2mdai_errors import DeployError

CONFIG_NAME = "config_mdai.json"
PLATFORM_WORKSPACE = Path("/workspace")
"""Where MD.ai's NVIDIA image puts the bundle's workspace folder."""

Part = TypeVar("Part")


@dataclass(frozen=True)
class BundleConfig:
    """The file's content, of which the task and the engine each read their part.

    Attributes:
        path: the file.
        content: see config_mdai.schema.json.
    """

    path: Path
    content: dict[str, Any]

    def read(self, part: Callable[[dict[str, Any], Path], Part]) -> Part:
        """What a part makes of the content and the model's folder.

        Raises:
            DeployError: When the part does, or finds a key missing or a value that can't be.
        """
        try:
            return part(self.content, self.path.parent / self.content["root_folder"])
        except (ValueError, KeyError, TypeError) as error:
            raise _unusable(self.path, error) from error


def find_workspace() -> Path:
    """The bundle's workspace: /workspace in MD.ai's image, else the folder beside .mdai.

    Raises:
        DeployError: When neither holds a config_mdai.json.
    """
    beside = Path(__file__).resolve().parent.parent / "workspace"
    for folder in (PLATFORM_WORKSPACE, beside):
        if (folder / CONFIG_NAME).is_file():
            return folder
    raise DeployError(
        f"{CONFIG_NAME} is neither in {PLATFORM_WORKSPACE} nor in {beside}; "
        "pack the MMAR again with mmar2mdai."
    )


def load_config() -> BundleConfig:
    """Find config_mdai.json and read it.

    Raises:
        DeployError: When it is not there or is not JSON.
    """
    path = find_workspace() / CONFIG_NAME
    try:
        return BundleConfig(path, json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise _unusable(path, error) from error


def one_of(value: object, words: tuple[Any, ...]) -> Any:
    """A value that has to be one of some words.

    Returns:
        The value, for a Literal of these words.

    Raises:
        ValueError: When it is another.
    """
    if value not in words:
        raise ValueError(f"{value!r} is not one of {', '.join(words)}")
    return value


def _unusable(path: Path, error: Exception) -> DeployError:
    return DeployError(
        f"{path} can't be used ({type(error).__name__}: {error}); pack the MMAR again."
    )
