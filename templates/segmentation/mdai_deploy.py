"""The entry point of an mmar2mdai bundle of a segmentation model: MD.ai's `MDAIModel`.

A request's DICOM series become NIfTI volumes, the MMAR's own inference segments them in one
process, and the masks go back onto the pixels of the instances that they came from. A network
of several image channels gets several series of a study at once, and the masks are on the first
channel's. What the model is stands in workspace/config_mdai.json; nothing here differs between
models.
"""

from __future__ import annotations

import logging
import tempfile
from pathlib import Path
from typing import Any

from mmar2mdai_answers import MaskRows, annotation, nothing, nothing_of_study
from mmar2mdai_channels import Input, Study, find_inputs, takes_any
from mmar2mdai_config import find_workspace, load_config
from mmar2mdai_dicom import read_series
from mmar2mdai_errors import DeployError, SeriesRefused, StudyRefused
from mmar2mdai_inference import run_inference
from mmar2mdai_mapping import Mapping
from mmar2mdai_nifti import Result, write_volume
from mmar2mdai_resample import write_on_grid
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

    def predict(self, data: dict[str, Any]) -> list[dict[str, Any]]:
        """Segment the image series of a request.

        Args:
            data: MD.ai's request, of which ``files`` is used.

        Returns:
            For each class on each instance or frame where there is some of it an ANNOTATION
            with a mask of 0 and 1, ``[row][column]``; for a series without any one NONE. A
            series or study that can't be segmented while others can is a NONE with the reason
            as note. With several channels the series is the first channel's.

        Raises:
            DeployError: When no series can be segmented, or the inference fails.
        """
        inputs, notes = self._inputs(self._studies(data))
        try:
            with tempfile.TemporaryDirectory(prefix="mmar2mdai-") as name:
                answers = self._segment(inputs, Path(name))
        except OSError as error:
            raise DeployError(f"The request's temporary files can't be kept: {error}") from error
        return answers + notes

    def _studies(self, data: dict[str, Any]) -> list[Study]:
        """The volumes of a request, and the series that can't be made into any, by studies.

        Raises:
            DeployError: When there is no volume at all.
        """
        studies: dict[str, Study] = {}
        for series in read_series(data["files"]):
            if series.frames and series.passed_over:
                count, first = len(series.passed_over), series.passed_over[0]
                logger.warning("Passed over %d of series %s: %s", count, series.series_uid, first)
            study = studies.setdefault(series.study_uid, Study(series.study_uid))
            try:
                study.volumes.extend(build_volumes(series))
            except SeriesRefused as error:
                logger.warning("Series %s is not segmented: %s", series.series_uid, error)
                study.refused.append((series, str(error)))
        if not any(study.volumes for study in studies.values()):
            refused = [each for study in studies.values() for each in study.refused]
            reasons = [f"series {series.series_uid}: {why}" for series, why in refused]
            raise DeployError(
                "The request has no series that can be segmented: "
                + ("; ".join(reasons) or "none of its files is a DICOM image")
                + "."
            )
        return list(studies.values())

    def _inputs(self, studies: list[Study]) -> tuple[list[Input], list[dict[str, Any]]]:
        """What is segmented, and the answers for what is not.

        Raises:
            StudyRefused: When no study has what the network takes.
        """
        inputs: list[Input] = []
        if takes_any(self._config.channels):
            inputs += [(volume,) for study in studies for volume in study.volumes]
            refused = [each for study in studies for each in study.refused]
            return inputs, [nothing(series, f"Not segmented: {why}.") for series, why in refused]
        notes, reasons = [], []
        for study in studies:
            try:
                inputs += find_inputs(self._config.channels, study)
            except StudyRefused as error:
                logger.warning("Study %s is not segmented: %s", study.study_uid, error)
                notes.append(nothing_of_study(study.study_uid, f"Not segmented: {error}"))
                reasons.append(str(error))
        if not inputs:
            raise StudyRefused("\n\n".join(reasons))
        return inputs, notes

    def _segment(self, inputs: list[Input], folder: Path) -> list[dict[str, Any]]:
        """Run inference over inputs in an empty folder and collect the answers."""
        (folder / "input").mkdir()
        images = [
            self._write(volumes, folder / "input", index + 1)
            for index, volumes in enumerate(inputs)
        ]
        volumes = [channels[0] for channels in inputs]
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

    def _write(self, volumes: Input, folder: Path, number: int) -> list[Path]:
        """Write the files of an input: the first volume's, and the others' on its grid.

        Raises:
            StudyRefused: When a volume lies elsewhere than the first.
        """
        paths = [folder / f"series-{number:04d}.nii"]
        write_volume(volumes[0], paths[0])
        for channel, volume in zip(self._config.channels[1:], volumes[1:]):
            paths.append(folder / f"series-{number:04d}-channel-{len(paths) + 1}.nii")
            try:
                write_on_grid(volume, volumes[0].grid, paths[-1])
            except StudyRefused as error:
                raise StudyRefused(
                    f"Series {volume.series.number or volume.series.series_uid} can't be the "
                    f"channel {channel.name}: {error}."
                ) from error
        return paths

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
