"""How Clara's own entry point is run: ``engine`` of config_mdai.json."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from mmar2mdai_errors import DeployError

ItemForm = Literal["string", "object"]
"""Whether an item of the data list is a bare path, or an object of paths by their keys."""


@dataclass(frozen=True)
class VolumeFiles:
    """The files that MONAI's SaveImaged writes, one for each item.

    That is {stem}/{stem}_{postfix}{extension} below the output folder for an image {stem}.nii,
    without the first folder where ``separate_folder`` is false.
    """

    postfix: str
    extension: str
    separate_folder: bool


@dataclass(frozen=True)
class ScoresFile:
    """The file that MONAI's ClassificationSaver writes, with a line for each item."""

    file: str
    delimiter: str


@dataclass(frozen=True)
class EngineConfig:
    """What a run of Clara's takes. The paths are relative to ``root``, the MMAR.

    Attributes:
        settings: what is passed by ``--set`` for every request.
        timeout_seconds: after which a run is ended.
    """

    root: Path
    device: str
    data_list_key: str
    inference_config: str
    environment: str
    set_env: str | None
    item: ItemForm
    image_key: str
    settings: dict[str, str]
    timeout_seconds: int
    result: VolumeFiles | ScoresFile


def read_engine_config(raw: dict[str, Any], root: Path) -> EngineConfig:
    """What a run of Clara's takes, from config_mdai.json's content.

    Raises:
        KeyError, TypeError, ValueError: When a key is missing, or a value can't be.
        DeployError: When a file that is named is not in the MMAR.
    """
    engine = raw["engine"]
    if engine["item"] not in get_args(ItemForm):
        raise ValueError(f"{engine['item']!r} is not one of {', '.join(get_args(ItemForm))}")
    config = EngineConfig(
        root=root,
        device=raw["device"],
        data_list_key=raw["data_list_key"],
        inference_config=engine["inference_config"],
        environment=engine["environment"],
        set_env=engine["set_env"],
        item=engine["item"],
        image_key=engine["image_key"],
        settings=dict(engine["settings"]),
        timeout_seconds=int(engine["timeout_seconds"]),
        result=_result(engine["result"]),
    )
    for name in (config.inference_config, config.environment, config.set_env):
        if name is not None and not (root / name).is_file():
            raise DeployError(f"The MMAR's file {name} is not in {root}; pack the MMAR again.")
    return config


def _result(raw: dict[str, Any]) -> VolumeFiles | ScoresFile:
    if "file" in raw:
        return ScoresFile(raw["file"], raw["delimiter"])
    return VolumeFiles(raw["postfix"], raw["extension"], raw["separate_folder"])
