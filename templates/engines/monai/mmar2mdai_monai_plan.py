"""Which parts of an inference config make the answer, and which of its parts would change it.

Clara builds a dataset, a loader, handlers and an evaluator, and lets them run. Here only the
transforms, the network and the inferer are built. So all else has to be known to leave the answer
as it is; what is not known is refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Mapping

from mmar2mdai_errors import DeployError
from mmar2mdai_monai_config import (
    Settings,
    arguments,
    class_name,
    is_component,
    is_custom,
    is_enabled,
    unknown_variables,
)

EVALUATOR = "SupervisedEvaluator"
KNOWN_ARGUMENTS = frozenset(
    (
        "device",
        "val_data_loader",
        "network",
        "epoch_length",
        "non_blocking",
        "prepare_batch",
        "iteration_update",
        "inferer",
        "postprocessing",
        "key_val_metric",
        "additional_metrics",
        "metric_cmp_fn",
        "val_handlers",
        "amp",
        "mode",
        "event_names",
        "event_to_attr",
        "decollate",
    )
)
"""What SupervisedEvaluator of MONAI 0.8.1 takes."""

DATASETS = frozenset(
    (
        "Dataset",
        "CacheDataset",
        "SmartCacheDataset",
        "PersistentDataset",
        "CacheNTransDataset",
        "LMDBDataset",
    )
)
LOADERS = frozenset(("DataLoader", "ThreadDataLoader"))
"""Those that give an item as its transforms leave it."""

HARMLESS = frozenset(
    (
        "StatsHandler",
        "TensorBoardHandler",
        "TensorBoardStatsHandler",
        "TensorBoardImageHandler",
        "MetricsSaver",
        "MetricLogger",
        "MLFlowHandler",
        "GarbageCollector",
        "CheckpointSaver",
        "EarlyStopHandler",
        "LrScheduleHandler",
        "ParamSchedulerHandler",
        "ValidationHandler",
        "RangeHandler",
        "RangePushHandler",
        "RangePopHandler",
        "MarkHandler",
        "MeanDice",
        "ROCAUC",
        "ConfusionMatrix",
        "HausdorffDistance",
        "SurfaceDistance",
        "MeanAbsoluteError",
        "MeanSquaredError",
        "RootMeanSquaredError",
        "PeakSignalToNoiseRatio",
        "IgniteMetric",
    )
)
"""Handlers that tell of a run or keep something of it, and leave the answer as it is."""


@dataclass(frozen=True)
class Plan:
    """What is built of a config.

    Attributes:
        sections: the config, its post transforms without those that save.
        pre, post, inferer: the sections of the transforms and the inferer; None without.
        network: the section of the network.
        evaluator: the evaluator's arguments.
        collate: the loader's collate_fn, as the config has it; None for the loader's own.
        checkpoints: the arguments of each CheckpointLoader.
        image_saver: the component that saves a volume, if one does.
        scores_saver: the component that saves scores, if one does.
        needs_files: whether code that is not MONAI's may look for an image's file.
    """

    sections: Mapping[str, Any]
    pre: str
    post: str | None
    inferer: str | None
    network: str
    evaluator: Mapping[str, Any]
    collate: Any
    checkpoints: tuple[Mapping[str, Any], ...]
    image_saver: Mapping[str, Any] | None
    scores_saver: Mapping[str, Any] | None
    needs_files: bool


def make_plan(settings: Settings) -> Plan:
    """What of a config is built.

    Raises:
        DeployError: When it can't be run, or has something that may change the answer and that
            this runtime does not know.
    """
    config = PlannedConfig(settings)
    evaluator = config.component("evaluator", {EVALUATOR})
    _check_evaluator(evaluator, config)
    loader = config.component(config.reference(evaluator, "val_data_loader"), LOADERS)
    dataset = config.component(config.reference(loader, "dataset"), DATASETS)
    handlers = config.members(config.optional(evaluator, "val_handlers"))
    checkpoints, scores_saver, image_saver = _sort_handlers(handlers, config)
    pre, post = config.reference(dataset, "transform"), config.optional(evaluator, "postprocessing")
    before, after = config.members(pre), config.members(post)
    if post is not None:
        after, saver = _without_savers(after)
        image_saver = saver or image_saver
    inferer, network = config.optional(evaluator, "inferer"), config.reference(evaluator, "network")
    if (image_saver is None) == (scores_saver is None):
        raise config.error(
            "saves no result: it has neither SaveImaged nor ClassificationSaver"
            if image_saver is None
            else "saves both a volume and scores, and an answer can have only one"
        )
    sections = {**settings.sections, **({} if post is None else {post: after})}
    for name in filter(None, (pre, post, inferer, network)):
        for variable in unknown_variables(sections.get(name)):
            raise config.error(f"names the variable {{{variable}}}, which nothing sets")
    transforms = [*before, *after]
    return Plan(
        sections=sections,
        pre=pre,
        post=post,
        inferer=inferer,
        network=network,
        evaluator=evaluator,
        collate=loader.get("collate_fn"),
        checkpoints=checkpoints,
        image_saver=image_saver,
        scores_saver=scores_saver,
        needs_files=any(map(is_custom, transforms)) or "filename_or_obj" in str(transforms),
    )


class PlannedConfig:
    """The sections of an inference config, with errors that name its file."""

    def __init__(self, settings: Settings) -> None:
        self._file = settings.file
        self._sections = settings.sections

    def error(self, what: str) -> DeployError:
        """An error about the config, which begins with its name."""
        return DeployError(f"The inference config {self._file} {what}.")

    def component(self, name: str, known: frozenset[str] | set[str]) -> dict[str, Any]:
        """The arguments of a section that has to be one of some components."""
        section = self._sections.get(name)
        if not isinstance(section, dict) or not is_component(section):
            raise self.error(f"has no section {name} with a component in it")
        if class_name(section) not in known or is_custom(section):
            raise self.error(
                f"has the {name} {class_name(section)}, which this runtime can't run; it runs "
                + " and ".join(sorted(known))
            )
        return arguments(section)

    def reference(self, args: Mapping[str, Any], key: str) -> str:
        """The name of the section that an argument refers to."""
        name = self.optional(args, key)
        if name is None:
            raise self.error(f"must have a section for {key}")
        return name

    def optional(self, args: Mapping[str, Any], key: str) -> str | None:
        """The same, None where it is left out."""
        value = args.get(key)
        if value is None:
            return None
        if not isinstance(value, str) or not value.startswith("@"):
            raise self.error(f'must give {key} as "@SECTION"')
        if value[1:] not in self._sections:
            raise self.error(f"refers to {value}, and has no section of that name")
        return value[1:]

    def members(self, name: str | None) -> list[dict[str, Any]]:
        """The components of a section that are switched on."""
        section = [] if name is None else self._sections[name]
        listed = section if isinstance(section, list) else [section]
        for member in listed:
            if not is_component(member):
                raise self.error(f"has a member of {name} without name and path")
        return [member for member in listed if is_enabled(member)]


def _check_evaluator(args: Mapping[str, Any], config: PlannedConfig) -> None:
    unknown = sorted(set(args) - KNOWN_ARGUMENTS)
    if unknown:
        raise config.error(f"gives its evaluator {unknown[0]}, which MONAI 0.8.1 does not know")
    if args.get("iteration_update") is not None:
        raise config.error("replaces the evaluator's iteration_update, which this runtime can't")
    if args.get("decollate", True) is not True:
        raise config.error("sets the evaluator's decollate to false, which this runtime can't")
    if str(args.get("mode", "eval")).rpartition(".")[2].lower() != "eval":
        raise config.error(f"sets the evaluator's mode to {args['mode']}, not to eval")


def _sort_handlers(
    handlers: list[dict[str, Any]], config: PlannedConfig
) -> tuple[tuple[Mapping[str, Any], ...], dict[str, Any] | None, dict[str, Any] | None]:
    """The checkpoints that are loaded, the saver of scores, and that of volumes."""
    checkpoints, scores, images = [], [], []
    for handler in handlers:
        name = class_name(handler)
        known = None if is_custom(handler) else name
        if known == "CheckpointLoader":
            checkpoints.append(arguments(handler))
        elif known == "ClassificationSaver":
            scores.append(handler)
        elif known == "SegmentationSaver":
            images.append(handler)
        elif known not in HARMLESS:
            raise config.error(
                f"has the handler {name}, which may change the result, and this runtime does not "
                "know how"
            )
    if len(scores) > 1 or len(images) > 1:
        raise config.error("has two handlers that save the result, and an answer can have only one")
    for handler in scores:
        if arguments(handler).get("saver") is not None:
            raise config.error("has a ClassificationSaver with a saver of its own")
    return tuple(checkpoints), next(iter(scores), None), next(iter(images), None)


def _without_savers(
    transforms: list[dict[str, Any]],
) -> tuple[list[dict[str, Any]], dict[str, Any] | None]:
    """The post transforms up to the last one that saves a volume, and that one.

    What comes after it is in no file.
    """
    saves = [_is_named(transform, "SaveImage") for transform in transforms]
    last = max((place for place, found in enumerate(saves) if found), default=None)
    kept = [
        transform
        for transform in transforms[:last]
        if not _is_named(transform, "SaveImage") and not _is_named(transform, "SaveClassification")
    ]
    return kept, None if last is None else transforms[last]


def _is_named(component: Mapping[str, Any], base: str) -> bool:
    """MONAI gives each dictionary transform three names: SaveImaged, SaveImageD, SaveImageDict."""
    return class_name(component) in (f"{base}d", f"{base}D", f"{base}Dict")
