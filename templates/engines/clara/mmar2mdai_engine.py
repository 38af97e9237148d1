"""The engine that runs an MMAR as Clara does: by a process for each request, through files.

What it promises stands in `mmar2mdai_inference.Engine`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Iterable, Iterator

from mmar2mdai_clara_config import ScoresFile, read_engine_config
from mmar2mdai_clara_output import read_scores, read_volume
from mmar2mdai_clara_run import evaluate
from mmar2mdai_errors import Refused
from mmar2mdai_images import GridImage, Picture, towards_positive
from mmar2mdai_inference import Item, Outcome, Result
from mmar2mdai_nifti import write_nifti
from mmar2mdai_png import png


class Engine:
    """Runs the MMAR's own inference config; see `mmar2mdai_inference.Engine`."""

    def __init__(self, config: dict[str, Any], root: Path) -> None:
        self._config = read_engine_config(config, root)

    def run(self, items: Iterable[Item], folder: Path) -> Iterator[Outcome]:
        """Run inference over all items at once: the model is loaded once for them."""
        inputs = folder / "input"
        inputs.mkdir()
        written: list[Path | Refused] = []
        listed = []
        for item in items:
            try:
                paths = _write_image(item, inputs)
                listed.append(self._listed(item, paths, inputs))
                written.append(paths[0])
            except Refused as error:
                written.append(error)
        results = self._results([one for one in written if isinstance(one, Path)], listed, folder)
        for one in written:
            yield one if isinstance(one, Refused) else next(results)

    def _results(self, images: list[Path], listed: list[object], folder: Path) -> Iterator[Result]:
        """The result of each image that could be written."""
        if not images:
            return
        run = evaluate(self._config, listed, folder / "input", folder)
        result = self._config.result
        if isinstance(result, ScoresFile):
            yield from read_scores(result, images, run)
            return
        for image in images:
            yield read_volume(result, image, run)

    def _listed(self, item: Item, paths: list[Path], folder: Path) -> object:
        """An item as the data list has it, its further images written.

        Several channels of an image are a list, which MONAI's LoadImage stacks in its order; it
        names the result after the list's first file. Paths are absolute, so that they hold
        whatever the list's base is.
        """
        image = [str(path) for path in paths] if len(paths) > 1 else str(paths[0])
        others = {key: str(_write(other, folder)) for key, other in item.others.items()}
        if self._config.item == "string":
            return image
        return {self._config.image_key: image, **others}


def _write_image(item: Item, folder: Path) -> list[Path]:
    """Write the files of an item's image: one, or one for each channel."""
    if isinstance(item.image, (Picture, GridImage)):
        return [_write(item.image, folder)]
    return [_write(channel, folder) for channel in item.image]


def _write(image: Picture | GridImage, folder: Path) -> Path:
    if isinstance(image, Picture):
        path = folder / f"{image.name}.png"
        path.write_bytes(png(image.pixels))
        return path
    path = folder / f"{image.name}.nii"
    try:
        write_nifti(towards_positive(image), path)
    except Refused:
        path.unlink(missing_ok=True)
        raise
    return path
