"""The entry point of an mmar2mdai bundle of a segmentation model: MD.ai's `MDAIModel`.

A request's DICOM series become NIfTI volumes, the MMAR's own inference segments them in one
process, and the masks go back onto the pixels of the instances that they came from. What the
model is stands in workspace/config_mdai.json; nothing here differs between models.
"""

from __future__ import annotations

import logging
import tempfile
from pathlib import Path
from typing import Any

from mmar2mdai_answers import MaskRows, annotation, nothing
from mmar2mdai_config import find_workspace, load_config
from mmar2mdai_dicom import Series, read_series
from mmar2mdai_errors import DeployError, SeriesRefused
from mmar2mdai_inference import run_inference
from mmar2mdai_mapping import Mapping
from mmar2mdai_nifti import Result, write_volume
from mmar2mdai_volumes import Volume, build_volumes

logger = logging.getLogger("model")


class MDAIModel:
    """What MD.ai's server makes once and asks for each request."""

    def __init__(self) -> None:
        """Read what the model is.

        Raises:
            DeployError: When the bundle can't be used; MD.ai shows it for every request.
        """
        self._config = load_config(find_workspace())
        if self._config.task != "segmentation":
            raise DeployError(f"This code segments; the model's type is {self._config.task}.")
        if len(self._config.channels) > 1:
            raise DeployError(
                f"The network takes {len(self._config.channels)} image channels "
                f"({', '.join(self._config.channels)}); this version can feed it one series only."
            )

    def predict(self, data: dict[str, Any]) -> list[dict[str, Any]]:
        """Segment the image series of a request.

        Args:
            data: MD.ai's request, of which ``files`` is used.

        Returns:
            For each class on each instance or frame where there is some of it an ANNOTATION
            with a mask of 0 and 1, ``[row][column]``; for a series without any one NONE. A
            series that can't be segmented while others can is a NONE with the reason as note.

        Raises:
            DeployError: When no series can be segmented, or the inference fails.
        """
        volumes, refused = self._volumes(data)
        try:
            with tempfile.TemporaryDirectory(prefix="mmar2mdai-") as name:
                answers = self._segment(volumes, Path(name))
        except OSError as error:
            raise DeployError(f"The request's temporary files can't be kept: {error}") from error
        return answers + [nothing(series, f"Not segmented: {why}.") for series, why in refused]

    def _volumes(self, data: dict[str, Any]) -> tuple[list[Volume], list[tuple[Series, str]]]:
        """The volumes of a request, and the series that can't be made into any.

        Raises:
            DeployError: When there is no volume at all.
        """
        volumes: list[Volume] = []
        refused: list[tuple[Series, str]] = []
        for series in read_series(data["files"]):
            if series.frames and series.passed_over:
                count, first = len(series.passed_over), series.passed_over[0]
                logger.warning("Passed over %d of series %s: %s", count, series.series_uid, first)
            try:
                volumes.extend(build_volumes(series))
            except SeriesRefused as error:
                logger.warning("Series %s is not segmented: %s", series.series_uid, error)
                refused.append((series, str(error)))
        if not volumes:
            reasons = [f"series {series.series_uid}: {why}" for series, why in refused]
            raise DeployError(
                "The request has no series that can be segmented: "
                + ("; ".join(reasons) or "none of its files is a DICOM image")
                + "."
            )
        return volumes, refused

    def _segment(self, volumes: list[Volume], folder: Path) -> list[dict[str, Any]]:
        """Run inference over volumes in an empty folder and collect the answers."""
        images = []
        (folder / "input").mkdir()
        for index, volume in enumerate(volumes):
            images.append(folder / "input" / f"series-{index + 1:04d}.nii")
            write_volume(volume, images[-1])
        results = run_inference(self._config, images, folder)
        rows = MaskRows()
        found: dict[str, list[dict[str, Any]]] = {}
        for volume, path in zip(volumes, results):
            answers = found.setdefault(volume.series.series_uid, [])
            answers.extend(self._answers(volume, path, rows))
        order = {volume.series.series_uid: volume.series for volume in volumes}
        return [
            answer for uid, series in order.items() for answer in found[uid] or [nothing(series)]
        ]

    def _answers(self, volume: Volume, path: Path, rows: MaskRows) -> list[dict[str, Any]]:
        """The annotations of one volume, slice by slice, then in the order of the classes."""
        result = Result(path, self._config)
        mapping = Mapping(volume, result.shape, result.affine, path.name)
        answers = []
        for class_, mask in result.masks():
            for index, pixels in mapping.frames(mask):
                answer = annotation(volume.frames[index], class_, rows.as_list(pixels))
                answers.append((index, class_.class_index, answer))
        answers.sort(key=lambda item: item[:2])
        return [answer for _, _, answer in answers]
