"""The network: a TorchScript, or a class of MONAI's or the MMAR's with its checkpoint."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Mapping

import torch

from mmar2mdai_errors import DeployError
from mmar2mdai_monai_components import Sections
from mmar2mdai_monai_config import is_component, is_enabled
from mmar2mdai_monai_plan import Plan
from mmar2mdai_resident_weights import first_line, load_checkpoint, load_script

MODEL = "model"
"""Under which key a Clara checkpoint has the network's weights."""


def load_network(plan: Plan, root: Path, device: torch.device) -> torch.nn.Module:
    """The network with its weights, ready for inference.

    Args:
        root: the MMAR, to which relative paths belong.
        device: where it is put.

    Raises:
        DeployError: When its section names none, or a file of it can't be loaded.
    """
    section = plan.sections[plan.network]
    listed = section if isinstance(section, list) else [section]
    members = [member for member in listed if isinstance(member, dict) and is_enabled(member)]
    scripts = [root / member["ts_path"] for member in members if "ts_path" in member]
    if scripts:
        network = load_script(scripts[0], device)
    else:
        network = _make_network(members, plan, root, device)
    return network.eval()


def _make_network(
    members: list[dict[str, Any]], plan: Plan, root: Path, device: torch.device
) -> torch.nn.Module:
    components = [member for member in members if is_component(member)]
    if not components:
        raise DeployError(
            f"The inference config's section {plan.network} names no network: none of its members "
            "that are switched on has ts_path, name or path."
        )
    sections = Sections({**plan.sections, plan.network: components[0]}, device.type == "cpu")
    network = sections.get(plan.network)
    if not isinstance(network, torch.nn.Module):
        raise DeployError(
            f"The inference config's {plan.network} is a {type(network).__name__}, not a network."
        )
    loads = [
        {"load_path": member["ckpt_path"], "load_dict": {MODEL: network}}
        for member in members
        if "ckpt_path" in member
    ] + [sections.value(dict(checkpoint)) for checkpoint in plan.checkpoints]
    if not loads:
        raise DeployError(
            f"The inference config's {plan.network} has no weights: it names neither a "
            "TorchScript nor a checkpoint, and no CheckpointLoader is among its handlers."
        )
    for load in loads:
        _load_checkpoint(load, network, root)
    return network.to(device)


def _load_checkpoint(load: Mapping[str, Any], network: torch.nn.Module, root: Path) -> None:
    """Do what MONAI's CheckpointLoader does, without running code that is in the file.

    Args:
        load: the arguments of CheckpointLoader.
    """
    path = root / load["load_path"]
    checkpoint = load_checkpoint(path)
    wanted = load.get("load_dict") or {MODEL: network}
    first = next(iter(wanted))
    if len(wanted) == 1 and first not in checkpoint:
        checkpoint = {first: checkpoint}
    try:
        for key, target in wanted.items():
            _fill(target, checkpoint[key], load)
    except Exception as error:
        raise DeployError(
            f"The checkpoint {path.name} is not of the inference config's network: "
            f"{first_line(error)}."
        ) from error


def _fill(target: Any, state: Mapping[str, Any], load: Mapping[str, Any]) -> None:
    strict = load.get("strict", True)
    if not load.get("strict_shape", True):
        from monai.networks import copy_model_state

        strict, state = False, copy_model_state(target, state, inplace=False)[0]
    target.load_state_dict(state, strict=strict)
