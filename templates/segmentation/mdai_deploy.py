"""The entry point of an mmar2mdai bundle of a segmentation model: MD.ai's `MDAIModel`.

A request's DICOM series become volumes, the engine segments them in one run, and the masks go
back onto the pixels of the instances that they came from. A network of several image channels
gets several series of a study at once, and the masks are on the first channel's. What the model
is stands in workspace/config_mdai.json; nothing here differs between models.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any, Iterator, Sequence

import numpy as np

from mmar2mdai_answers import Answer, Subject, add_note, nothing
from mmar2mdai_channels import Input, find_inputs, read_wanted, takes_any
from mmar2mdai_class_masks import class_masks, subject_of
from mmar2mdai_config import load_config
from mmar2mdai_engine import Engine as BundleEngine
from mmar2mdai_errors import DeployError, Refused, StudyRefused
from mmar2mdai_frame import Refusals, answer_request
from mmar2mdai_images import GridImage
from mmar2mdai_inference import Engine, Item
from mmar2mdai_mask_rows import MaskRows
from mmar2mdai_modality import read_modalities
from mmar2mdai_request import Request
from mmar2mdai_resample import image_on_grid
from mmar2mdai_segmenter import Channel, read_segmenter
from mmar2mdai_studies import Study, read_studies
from mmar2mdai_volumes import Volume, image_of

logger = logging.getLogger("model")


class MDAIModel:
    """What MD.ai's server makes once and asks for each request."""

    def __init__(self) -> None:
        """Read what the model is.

        Raises:
            DeployError: When the bundle can't be used; MD.ai shows it for every request.
        """
        config = load_config()
        self._config = config.read(read_segmenter)
        self._modalities = config.read(read_modalities)
        self._engine: Engine = config.read(BundleEngine)

    def predict(self, data: dict[str, Any]) -> list[Answer]:
        """Segment the image series of a request.

        Args:
            data: MD.ai's request, of which ``files`` is used, and ``args.channels``, which names
                series for channels.

        Returns:
            For each class on each instance or frame where there is some of it an ANNOTATION
            with a mask of 0 and 1, ``[row][column]``; for a series without any one NONE. A
            series or study that can't be segmented while others can is a NONE with the reason
            as note. With several channels the series is the first channel's, and each answer's
            note says which series served as which channel.

        Raises:
            DeployError: When no series can be segmented, or the inference fails.
        """
        return answer_request(data, self._answer)

    def _answer(self, request: Request, folder: Path) -> list[Answer]:
        wanted = read_wanted(request["args"], self._config.channels)
        refusals = Refusals("series", "segmented")
        studies = read_studies(request, self._modalities, refusals.others)
        inputs = self._inputs(studies, wanted, refusals)
        answers = self._segment(inputs, folder, refusals)
        self._note_doubts(answers, inputs)
        return answers + refusals.answers()

    def _note_doubts(self, answers: list[Answer], inputs: list[Input]) -> None:
        """Say in a series' answers where its modality is not known."""
        doubts: dict[str, str] = {}
        for one in inputs:
            for volume in one.volumes:
                doubt = self._modalities.doubt(volume.series.modality)
                if doubt is not None:
                    doubts[one.volumes[0].series.series_uid] = doubt
        for answer in answers:
            if answer["series_uid"] in doubts:
                add_note(answer, doubts[answer["series_uid"]])

    def _inputs(
        self, studies: list[Study], wanted: dict[str, str], refusals: Refusals
    ) -> list[Input]:
        """What is segmented; what is not goes into ``refusals``.

        Raises:
            DeployError: When there is nothing that the network takes.
        """
        inputs: list[Input] = []
        for study in studies:
            refusals.add_files(study.unreadable, study.study_uid, self._modalities)
        every = [each for study in studies for each in study.refused]
        takes = takes_any(self._config.channels, wanted)
        if takes or not any(study.volumes for study in studies):
            for series, why in every:
                is_other = self._modalities.refusal(series.modality) is not None
                refusals.add(subject_of(series), why, is_fault=not is_other)
            inputs = [Input((volume,)) for study in studies for volume in study.volumes]
            if not inputs and not refusals.is_answer:
                raise refusals.error()
            return inputs
        for series, why in every:
            logger.warning("%s is not used: %s", subject_of(series), why)
        reasons = []
        for study in studies:
            try:
                inputs += find_inputs(self._config.channels, study, wanted)
            except StudyRefused as error:
                refusals.add(Subject(study.study_uid), str(error))
                reasons.append(str(error))
        if not inputs:
            raise StudyRefused("\n\n".join(reasons))
        return inputs

    def _segment(self, inputs: list[Input], folder: Path, refusals: Refusals) -> list[Answer]:
        """Run the network over inputs and collect the answers, series by series.

        Raises:
            DeployError: When there is an answer for none of them.
        """
        items = (
            Item(self._images(one.volumes, f"series-{number:04d}", folder))
            for number, one in enumerate(inputs, 1)
        )
        rows = MaskRows()
        found: dict[Subject, list[Answer]] = {}
        notes: dict[Subject, str | None] = {}
        errors: list[DeployError] = []
        for one, outcome in zip(inputs, self._engine.run(items, folder)):
            subject = subject_of(one.volumes[0].series)
            try:
                if isinstance(outcome, Refused):
                    raise outcome
                masks = class_masks(one.volumes[0], outcome, self._config, rows, one.note)
            except DeployError as error:
                refusals.add(subject, str(error))
                errors.append(error)
                continue
            found.setdefault(subject, []).extend(masks)
            notes[subject] = one.note
        if errors and not found:
            raise errors[0] if len(errors) == 1 else refusals.error()
        return [
            answer
            for subject, answers in found.items()
            for answer in answers or [nothing(subject, notes[subject])]
        ]

    def _images(
        self, volumes: Sequence[Volume], name: str, folder: Path
    ) -> GridImage | list[GridImage]:
        """An input's images: the first volume's, and those of the others on its grid."""
        first = image_of(volumes[0], name)
        others = [
            _on_grid(volume, channel, volumes[0], f"{name}-channel-{number}", folder)
            for number, channel, volume in zip(count(2), self._config.channels[1:], volumes[1:])
        ]
        return [first, *others] if others else first


def _on_grid(volume: Volume, channel: Channel, first: Volume, name: str, folder: Path) -> GridImage:
    """A channel's image on the first channel's grid; its slices say which it is if they fail."""
    image = image_on_grid(volume, first.grid, name, folder)

    def slices() -> Iterator[np.ndarray]:
        try:
            yield from image.slices()
        except StudyRefused as error:
            raise StudyRefused(
                f"Series {volume.series.number or volume.series.series_uid} can't be the "
                f"channel {channel.name}: {error}."
            ) from error

    return replace(image, slices=slices)
