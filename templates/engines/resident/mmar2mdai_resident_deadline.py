"""How long the inference of a request may take, where nothing can end it from outside.

The network stays in the server's own process. It is called for one window, or one image, after
the other; from the deadline on it is called no more.
"""

from __future__ import annotations

import time
from typing import Any

import torch

from mmar2mdai_errors import DeployError


class TooLate(DeployError):
    """The inference has taken longer than it may."""


class LimitedNetwork(torch.nn.Module):  # type: ignore[misc]  # PyTorch is not there to be checked
    """A network that is called up to a deadline; PyTorch has no hooks on a TorchScript.

    Attributes:
        deadline: on the monotonic clock.
    """

    def __init__(self, network: torch.nn.Module, seconds: int) -> None:
        """Begin without a deadline.

        Args:
            network: what is called; whatever else is asked of this is its.
            seconds: that a request may take, for the error.
        """
        super().__init__()
        self.network = network
        self.deadline = float("inf")
        self._seconds = seconds

    def __getattr__(self, name: str) -> Any:
        """What this has, else what the network has."""
        try:
            return super().__getattr__(name)
        except AttributeError:
            return getattr(super().__getattr__("network"), name)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Call the network.

        Raises:
            TooLate: After the deadline.
        """
        if time.monotonic() > self.deadline:
            raise TooLate(
                f"The inference was ended because it took more than {self._seconds:,} seconds: "
                "choose a faster machine on MD.ai, or pack the model again with a larger "
                "--inference-timeout."
            )
        return self.network(*args, **kwargs)
