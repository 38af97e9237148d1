"""The modalities that a model takes, and what is said of an image of another."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Modalities:
    """``modalities`` of config_mdai.json.

    Attributes:
        names: DICOM's terms (CT, MR, DX); none where the model takes any.
    """

    names: tuple[str, ...]

    def refusal(self, modality: str) -> str | None:
        """Why an image is not given to the model, or None where it is.

        Args:
            modality: of the image; "" where it is not known, which is no reason.
        """
        if not self.names or modality in ("", *self.names):
            return None
        what = "OT (other)" if modality == "OT" else modality
        return f"its modality is {what}, and the model takes {self._listed()}"

    def doubt(self, modality: str) -> str | None:
        """What the answer for an image that is given to the model has to say, or None."""
        if not self.names or modality:
            return None
        return (
            "Its modality is not known, as neither Modality nor the SOP class says it; "
            f"the model takes {self._listed()}."
        )

    def _listed(self) -> str:
        *others, last = self.names
        return f"{', '.join(others)} or {last}" if others else last


def read_modalities(raw: dict[str, Any], root: Path) -> Modalities:
    """What config_mdai.json's content says of modalities; it may say nothing.

    Raises:
        TypeError: When it can't be used.
    """
    try:
        return Modalities(tuple(str(name) for name in raw["modalities"]))
    except KeyError:
        return Modalities(())
