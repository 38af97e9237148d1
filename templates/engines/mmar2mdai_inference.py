"""What a run of the network takes and gives, whatever runs it.

Each folder in engines/ is one way to run it. It has a module ``mmar2mdai_engine`` with a class
``Engine`` that does what `Engine` here promises, and a bundle has exactly one. A task imports it
by that name and knows no more of it; an engine knows nothing of MD.ai, nor what results mean.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Iterable, Iterator, Mapping, Protocol, Sequence, Union

import numpy as np

from mmar2mdai_errors import Refused
from mmar2mdai_images import GridImage, Picture


@dataclass(frozen=True)
class Item:
    """One input of the network.

    Attributes:
        image: a volume or picture, or a volume for each channel, all of one shape and affine.
            Which key the network has it under is the engine's to know.
        others: what the network takes besides, by its keys, on the image's grid.
        extras: values that its config's transforms take as they are, by their keys. A place in
            the image is its voxel [i, j, k] in the image's array.
        points: labels of which only some voxels are known, by their keys: the voxels that are 1.
    """

    image: Picture | GridImage | Sequence[GridImage]
    others: Mapping[str, GridImage] = field(default_factory=dict)
    extras: Mapping[str, object] = field(default_factory=dict)
    points: Mapping[str, Sequence[Sequence[int]]] = field(default_factory=dict)


class Voxels(Protocol):
    """An array of (x, y, z, channels): NumPy's, or what reads a file as it is indexed.

    Indexing may raise DeployError where it reads.
    """

    @property
    def shape(self) -> tuple[int, ...]:
        """Four sizes; the last is 1 for a single channel and for a label map."""

    def __getitem__(self, place: Any) -> np.ndarray:
        """What stands at a place, as NumPy indexes it, which names all four axes."""


@dataclass(frozen=True)
class VolumeResult:
    """What the network makes of an item, as a volume.

    Attributes:
        name: what to call it in an error.
        voxels: (x, y, z, channels) as the model's own post-processing leaves them, numbers of
            any kind. No threshold is applied, and no class is picked, that it does not.
        affine: (4, 4) from [x, y, z, 1] to RAS mm. The grid need not be the item's.
    """

    name: str
    voxels: Voxels
    affine: np.ndarray


@dataclass(frozen=True)
class ScoresResult:
    """What the network makes of an item, as a score for each class.

    Attributes:
        name: what to call it in an error.
        values: as the model's own post-processing leaves them: probabilities or logits.
    """

    name: str
    values: Sequence[float]


Result = Union[VolumeResult, ScoresResult]

Outcome = Union[VolumeResult, ScoresResult, Refused]
"""What comes of an item: a result, or why its image could not be read."""


class Engine(Protocol):
    """Runs the network.

    It is made once, at the start; what it then loads may stay in memory. A network that wants
    arrays takes ``GridImage.array()`` and ``Picture.pixels``, one that wants files writes them.
    """

    def __init__(self, config: dict[str, Any], root: Path) -> None:
        """Read what the model is.

        Args:
            config: config_mdai.json; ``engine`` in it is the engine's own, ``out_classes``,
                ``data_list_key`` and ``device`` are everyone's.
            root: the model's folder. Nothing is written there.

        Raises:
            KeyError, TypeError, ValueError: When the config can't be used.
            DeployError: When a file that it names can't.
        """

    def run(self, items: Iterable[Item], folder: Path) -> Iterator[Outcome]:
        """Run the network over items.

        Args:
            items: taken in order, each once. What the iterator raises goes through; Refused,
                raised by an item's image as its slices are read, is that item's outcome, and
                the others are run.
            folder: an empty folder for files. The caller removes it once the results are read.

        Yields:
            The outcome of each item, in their order; an engine may take all items before it
            yields the first one, or one at a time. Without items it does nothing.

        Raises:
            DeployError: When the run fails, with what helps to find out why.
        """
