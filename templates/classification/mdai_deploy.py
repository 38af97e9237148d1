"""The entry point of an mmar2mdai bundle of a classification model: MD.ai's `MDAIModel`.

A request's images become what the MMAR's loader reads, PNG or NIfTI; its own inference scores all
of them in one process, and what exceeds its threshold is reported for the instance (pictures) or
the series (volumes). What the model is stands in workspace/config_mdai.json; nothing here differs
between models.
"""

from __future__ import annotations

import logging
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmar2mdai_classifier import load_classifier, thresholds
from mmar2mdai_config import find_workspace
from mmar2mdai_dicom import read_images, read_series
from mmar2mdai_errors import DeployError, SeriesRefused
from mmar2mdai_inference import evaluate
from mmar2mdai_pictures import write_picture
from mmar2mdai_scores import read_scores

logger = logging.getLogger("model")


@dataclass(frozen=True)
class Subject:
    """What an answer is about: a series, or an instance of it."""

    study_uid: str
    series_uid: str
    instance_uid: str | None

    def answer(self, kind: str, **more: Any) -> dict[str, Any]:
        """An answer of a kind of MD.ai's about it, without the keys that have no value."""
        keys = {"type": kind, "study_uid": self.study_uid, "series_uid": self.series_uid}
        if self.instance_uid is not None:
            keys["instance_uid"] = self.instance_uid
        return {**keys, **more}


@dataclass(frozen=True)
class Inputs:
    """What was written for inference.

    Attributes:
        subjects: whom each image belongs to; several images may be of one.
        items: of the data list, one for each image.
        refused: who has no image, and why.
    """

    subjects: list[Subject]
    images: list[Path]
    items: list[object]
    refused: list[tuple[Subject, str]]


class MDAIModel:
    """What MD.ai's server makes once and asks for each request."""

    def __init__(self) -> None:
        """Read what the model is.

        Raises:
            DeployError: When the bundle can't be used; MD.ai shows it for every request.
        """
        self._config = load_classifier(find_workspace())

    def predict(self, data: dict[str, Any]) -> list[dict[str, Any]]:
        """Classify the images of a request.

        Args:
            data: MD.ai's request, of which ``files``, ``args`` and, for lung masks,
                ``annotations`` and ``label_classes`` are used.

        Returns:
            For each class over its threshold an ANNOTATION with its probability; for an image or
            series without any one NONE. What can't be classified while others can is a NONE with
            the reason as note.

        Raises:
            DeployError: When nothing can be classified, the request's threshold is none, or the
                inference fails.
        """
        limits = thresholds(self._config, data.get("args"))
        try:
            with tempfile.TemporaryDirectory(prefix="mmar2mdai-") as name:
                return self._classify(data, limits, Path(name))
        except OSError as error:
            raise DeployError(f"The request's temporary files can't be kept: {error}") from error

    def _classify(
        self, data: dict[str, Any], limits: dict[int, float], folder: Path
    ) -> list[dict[str, Any]]:
        """Classify in an empty folder."""
        (folder / "input").mkdir()
        write = self._write_volumes if self._config.form == "nifti" else self._write_pictures
        inputs = write(data, folder / "input")
        for subject, why in inputs.refused:
            logger.warning("%s is not classified: %s", subject.instance_uid or subject, why)
        if not inputs.images:
            reasons = [f"{s.instance_uid or s.series_uid}: {why}" for s, why in inputs.refused]
            raise DeployError(
                "The request has no image that can be classified: "
                + ("; ".join(reasons) or "none of its files is a DICOM image")
                + "."
            )
        run = evaluate(self._config, inputs.items, folder / "input", folder)
        found: dict[Subject, list[float]] = {}
        scores = read_scores(self._config, inputs.images, run)
        for subject, values in zip(inputs.subjects, scores):
            # Of several volumes of a series, say its phases, any may show the finding.
            found[subject] = [max(pair) for pair in zip(values, found.get(subject, values))]
        answers = [a for s, values in found.items() for a in self._answers(s, values, limits)]
        return answers + [
            subject.answer("NONE", note=f"Not classified: {why}.")
            for subject, why in inputs.refused
        ]

    def _answers(
        self, subject: Subject, values: list[float], limits: dict[int, float]
    ) -> list[dict[str, Any]]:
        """The annotations of one subject in the order of the classes, or NONE."""
        found = [
            subject.answer(
                "ANNOTATION",
                class_index=class_.class_index,
                probability=values[class_.column],
            )
            for class_ in self._config.classes
            if class_.class_index in limits and values[class_.column] > limits[class_.class_index]
        ]
        return found or [subject.answer("NONE")]

    def _write_pictures(self, data: dict[str, Any], folder: Path) -> Inputs:
        """Each image of the request as PNG."""
        inputs = Inputs([], [], [], [])
        for instance, _ in read_images(data["files"]):
            subject = Subject(instance.study_uid, instance.series_uid, instance.instance_uid)
            path = folder / f"image-{len(inputs.images) + 1:04d}.png"
            try:
                write_picture(instance, self._config.form, self._config.window, path)
            except DeployError as error:
                inputs.refused.append((subject, str(error).rstrip(".")))
                continue
            self._add(inputs, subject, path, {})
        return inputs

    def _write_volumes(self, data: dict[str, Any], folder: Path) -> Inputs:
        """Each series of the request as NIfTI, with its lung mask where the network wants one."""
        from mmar2mdai_nifti import write_volume
        from mmar2mdai_volumes import build_volumes

        inputs = Inputs([], [], [], [])
        for series in read_series(data["files"]):
            subject = Subject(series.study_uid, series.series_uid, None)
            try:
                for volume in build_volumes(series):
                    path = folder / f"image-{len(inputs.images) + 1:04d}.nii"
                    masks = self._write_mask(volume, path, data)
                    write_volume(volume, path)
                    self._add(inputs, subject, path, masks)
            except SeriesRefused as error:
                inputs.refused.append((subject, str(error)))
        return inputs

    def _write_mask(self, volume: Any, image: Path, data: dict[str, Any]) -> dict[str, str]:
        if self._config.mask is None:
            return {}
        from mmar2mdai_masks import write_mask

        path = image.with_name(image.name.replace("image-", "mask-"))
        write_mask(volume, path, data, self._config.mask.builtin)
        return {self._config.mask.key: str(path)}

    def _add(self, inputs: Inputs, subject: Subject, path: Path, more: dict[str, str]) -> None:
        bare = self._config.item == "string"
        inputs.subjects.append(subject)
        inputs.images.append(path)
        inputs.items.append(str(path) if bare else {self._config.image_key: str(path), **more})
