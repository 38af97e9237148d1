"""What this bundle's model is: config_mdai.json, written by mmar2mdai, read once at start."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Pattern, TypeVar

from mmar2mdai_errors import DeployError

CONFIG_NAME = "config_mdai.json"
PLATFORM_WORKSPACE = Path("/workspace")
"""Where MD.ai's NVIDIA image puts the bundle's workspace folder."""


@dataclass(frozen=True)
class ModelClass:
    """One class that is reported to MD.ai.

    ``value`` is its value in a label map, or its index on the channel axis.
    """

    class_index: int
    name: str
    value: int


@dataclass(frozen=True)
class Condition:
    """What a channel's rule asks of one attribute of a series, see config_mdai.schema.json."""

    attribute: str
    pattern: Pattern[str]
    negate: bool


@dataclass(frozen=True)
class Channel:
    """An image channel of the network.

    Attributes:
        words: what the rules look for, for a person, or None where only they say it.
        rules: alternatives in the order of preference, all conditions of one have to hold;
            none for a channel that any series fits.
    """

    name: str
    words: str | None
    rules: tuple[tuple[Condition, ...], ...]


@dataclass(frozen=True)
class OutputForm:
    """The file that inference writes for an input, see config_mdai.schema.json."""

    form: str
    postfix: str
    extension: str
    separate_folder: bool
    threshold: float


@dataclass(frozen=True)
class RunConfig:
    """What a run of inference takes, with paths absolute (``root``) or relative to ``root``."""

    task: str
    root: Path
    out_classes: int
    data_list_key: str
    device: str
    inference_config: str
    environment: str
    set_env: str | None
    item: str
    image_key: str


@dataclass(frozen=True)
class ModelConfig(RunConfig):
    """config_mdai.json of a segmentation model."""

    channels: tuple[Channel, ...]
    output: OutputForm
    classes: tuple[ModelClass, ...]


AnyConfig = TypeVar("AnyConfig", bound=RunConfig)


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


def load_config(workspace: Path) -> ModelConfig:
    """Read config_mdai.json of a segmentation model, see read_config."""
    return read_config(workspace, _parse)


def read_config(workspace: Path, parse: Callable[[dict[str, Any], Path], AnyConfig]) -> AnyConfig:
    """Read config_mdai.json and check that what it names is there.

    Args:
        parse: makes a config of the file's content and the workspace.

    Raises:
        DeployError: When the file can't be read, lacks a key, or names files that don't exist.
    """
    path = workspace / CONFIG_NAME
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        config = parse(raw, workspace)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DeployError(
            f"{path} can't be used ({type(error).__name__}: {error}); pack the MMAR again."
        ) from error
    for name in (config.inference_config, config.environment, config.set_env):
        if name is not None and not (config.root / name).is_file():
            raise DeployError(
                f"The MMAR's file {name} is not in {config.root}; pack the MMAR again."
            )
    return config


def run_fields(raw: dict[str, Any], workspace: Path) -> dict[str, Any]:
    """RunConfig's fields from config_mdai.json's content.

    Raises:
        KeyError: When one is missing.
    """
    engine = raw["engine"]
    return {
        "task": raw["type"],
        "root": workspace / raw["root_folder"],
        "out_classes": raw["out_classes"],
        "data_list_key": raw["data_list_key"],
        "device": raw["device"],
        "inference_config": engine["inference_config"],
        "environment": engine["environment"],
        "set_env": engine["set_env"],
        "item": engine["item"],
        "image_key": engine["image_key"],
    }


def _parse(raw: dict[str, Any], workspace: Path) -> ModelConfig:
    image, output, result = raw["input"], raw["output"], raw["engine"]["result"]
    return ModelConfig(
        **run_fields(raw, workspace),
        channels=tuple(_channel(channel) for channel in image["channels"]),
        output=OutputForm(
            form=output["form"],
            postfix=result["postfix"],
            extension=result["extension"],
            separate_folder=result["separate_folder"],
            threshold=output["threshold"],
        ),
        classes=tuple(
            ModelClass(class_["class_index"], class_["name"], class_["value"])
            for class_ in raw["classes"]
        ),
    )


def _channel(raw: dict[str, Any]) -> Channel:
    rules = tuple(
        tuple(_condition(raw["name"], condition) for condition in alternative)
        for alternative in raw["rules"]
    )
    return Channel(raw["name"], raw.get("words"), rules)


def _condition(channel: str, raw: dict[str, Any]) -> Condition:
    """A condition with its pattern compiled.

    Raises:
        ValueError: When the pattern is no regular expression of Python's.
    """
    try:
        pattern = re.compile(raw["pattern"], re.IGNORECASE)
    except re.error as error:
        raise ValueError(
            f"the pattern {raw['pattern']!r} of the channel {channel} is no regular expression "
            f"of Python's: {error}"
        ) from error
    return Condition(raw["attribute"], pattern, raw["negate"])
