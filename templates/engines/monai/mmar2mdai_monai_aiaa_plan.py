"""Which parts of a config of NVIDIA's annotation server, config_aiaa.json, make the answer."""

from __future__ import annotations

from dataclasses import dataclass

from mmar2mdai_monai_config import Settings, arguments, is_custom, unknown_variables
from mmar2mdai_monai_plan import Plan, PlannedConfig

PRE, POST, NETWORK, INFERER = "pre_transforms", "post_transforms", "model", "inferer"
"""The sections that are built; the server knew the network without one."""


@dataclass(frozen=True)
class AiaaPlan(Plan):
    """What is built of such a config.

    Attributes:
        input: the key of what the network takes.
        output: the key under which its answer is put.
        result: the key of what is saved.
    """

    input: str
    output: str
    result: str


def is_aiaa(settings: Settings) -> bool:
    """Whether a config is the annotation server's: it has no evaluator."""
    return "evaluator" not in settings.sections and "inference" in settings.sections


def make_aiaa_plan(settings: Settings) -> AiaaPlan:
    """What of a config is built.

    Of ``inference`` and ``writer`` only the keys count: what they name is the server's own.

    Raises:
        DeployError: When a section is missing.
    """
    config, sections = PlannedConfig(settings), settings.sections
    inference, writer = sections["inference"], sections.get("writer")
    inference = inference if isinstance(inference, dict) else {}
    output = str(inference.get("output", "pred"))
    saved = arguments(writer).get("image") if isinstance(writer, dict) else None
    for needed in (PRE, NETWORK):
        if needed not in sections:
            raise config.error(f"has no section {needed}")
    post, inferer = (name if name in sections else None for name in (POST, INFERER))
    for name in filter(None, (PRE, NETWORK, post, inferer)):
        for variable in unknown_variables(sections[name]):
            raise config.error(f"names the variable {{{variable}}}, which nothing sets")
    transforms = [*config.members(PRE), *config.members(post)]
    return AiaaPlan(
        sections=sections,
        pre=PRE,
        post=post,
        inferer=inferer,
        network=NETWORK,
        evaluator={},
        collate=None,
        checkpoints=(),
        image_saver=None,
        scores_saver=None,
        needs_files=any(map(is_custom, transforms)),
        input=str(inference.get("input", "image")),
        output=output,
        result=str(saved or output),
    )
