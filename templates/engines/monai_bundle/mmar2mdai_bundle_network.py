"""The network of a bundle: a TorchScript, or what its config builds, with a state dict."""

from __future__ import annotations

import torch

from mmar2mdai_bundle_config import Config
from mmar2mdai_bundle_settings import Settings
from mmar2mdai_errors import DeployError
from mmar2mdai_resident_weights import first_line, load_checkpoint, load_script


def load_network(settings: Settings, config: Config, device: torch.device) -> torch.nn.Module:
    """The network with its weights, ready for inference.

    Args:
        device: where it is put.

    Raises:
        DeployError: When it can't be built or loaded.
    """
    path = settings.root / settings.weights
    if settings.weights_form == "torchscript":
        return load_script(path, device).eval()
    assert settings.network is not None
    network = config.get(settings.network)
    if not isinstance(network, torch.nn.Module):
        raise config.error(settings.network, f"is a {type(network).__name__}, not a network")
    checkpoint, key = load_checkpoint(path), settings.weights_key
    has_key = isinstance(checkpoint, dict) and key in checkpoint
    try:
        network.load_state_dict(checkpoint[key] if has_key else checkpoint)
    except Exception as error:
        raise DeployError(
            f"The checkpoint {path.name} is not of {settings.network} in the MONAI bundle's config "
            f"{config.file}: {first_line(error)}."
        ) from error
    return network.to(device).eval()
