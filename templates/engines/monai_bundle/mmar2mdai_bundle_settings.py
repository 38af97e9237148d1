"""``engine`` of config_mdai.json: which parts of a MONAI bundle are built. Needs no PyTorch."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Mapping, get_args

from mmar2mdai_errors import DeployError

WeightsForm = Literal["torchscript", "state_dict"]
Task = Literal["segmentation", "classification"]


@dataclass(frozen=True)
class Settings:
    """What of a bundle is built, and how.

    Attributes:
        root: the bundle.
        device: "cpu" or "gpu".
        timeout_seconds: that the inference of a request may take.
        configs: the inference configs, merged in their order; paths relative to the bundle.
        metadata: the path of metadata.json, to which configs may refer; None without.
        overrides: what replaces values of the config, by their ids.
        network: id of the network; None where the weights are one.
        preprocessing, inferer, postprocessing: ids of these; None where the config has none.
        weights: path relative to the bundle.
        weights_key: under which a checkpoint may have the network's weights, as MONAI's
            CheckpointLoader is told; what has no such key is the weights themselves.
        image_key: under which the preprocessing takes the image.
        prediction_key: under which the postprocessing leaves the result.
    """

    root: Path
    device: str
    timeout_seconds: int
    task: Task
    configs: tuple[str, ...]
    metadata: str | None
    overrides: Mapping[str, Any]
    network: str | None
    preprocessing: str | None
    inferer: str | None
    postprocessing: str | None
    weights: str
    weights_form: WeightsForm
    weights_key: str | None
    image_key: str
    prediction_key: str

    @property
    def file(self) -> str:
        """The config's name, for errors."""
        return self.configs[-1]


def read_settings(raw: dict[str, Any], root: Path) -> Settings:
    """What the bundle for MD.ai says of the engine.

    Args:
        raw: config_mdai.json.
        root: the MONAI bundle.

    Raises:
        KeyError, TypeError, ValueError: When a key is missing, or a value can't be.
        DeployError: When a file that it names is missing.
    """
    engine, weights = raw["engine"], raw["engine"]["weights"]
    for value, known in ((weights["form"], WeightsForm), (raw["type"], Task)):
        if value not in get_args(known):
            raise ValueError(f"{value!r} is not one of {', '.join(get_args(known))}")
    settings = Settings(
        root=root,
        device=raw["device"],
        timeout_seconds=int(engine["timeout_seconds"]),
        task=raw["type"],
        configs=tuple(engine["configs"]),
        metadata=engine["metadata"],
        overrides=dict(engine["overrides"]),
        network=engine["network"],
        preprocessing=engine["preprocessing"],
        inferer=engine["inferer"],
        postprocessing=engine["postprocessing"],
        weights=weights["path"],
        weights_form=weights["form"],
        weights_key=weights["key"],
        image_key=engine["image_key"],
        prediction_key=engine["prediction_key"],
    )
    if not settings.configs:
        raise ValueError("engine.configs names no config")
    if settings.network is None and settings.weights_form != "torchscript":
        raise ValueError("engine.network is null, and the weights are no TorchScript")
    for name in (*settings.configs, *filter(None, [settings.metadata]), settings.weights):
        if not (root / name).is_file():
            raise DeployError(
                f"The MONAI bundle's file {name} is not in {root}; pack the model again."
            )
    return settings
