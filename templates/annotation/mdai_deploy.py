"""The entry point of an mmar2mdai bundle of a model that segments what a user points at.

MD.ai hands the annotations of a request to `MDAIModel.predict`. They become clicks in the voxels of
the volume that they lie on, and each object that is pointed at is segmented on its own:

- what an annotation covers: mmar2mdai_drawings.py
- which image and frame it lies on, and what is not used: mmar2mdai_marks.py
- which annotations are one object, and which say what is not it: mmar2mdai_targets.py
- what the network is given of them: mmar2mdai_clicks.py

The answer for a series with clicks is masks, as a segmentation's, and with several objects each
mask's note says of which one it is. For a series without clicks there is no answer, if another has
some; if none has, each gets a NONE with a note on what to draw. What the model is stands in
workspace/config_mdai.json; nothing here differs between models.
"""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any, Iterator

import numpy as np

from mmar2mdai_annotator import read_annotator, read_wishes
from mmar2mdai_answers import Answer, Subject, add_note, nothing
from mmar2mdai_class_masks import class_masks, subject_of
from mmar2mdai_clicks import NotEnough, Question, questions, what_to_draw
from mmar2mdai_config import load_config
from mmar2mdai_engine import Engine as BundleEngine
from mmar2mdai_errors import DeployError, Refused
from mmar2mdai_frame import Refusals, answer_request
from mmar2mdai_images import GridImage
from mmar2mdai_inference import Engine, Item, Outcome, VolumeResult
from mmar2mdai_marks import EVERYWHERE, Marks, find_marks
from mmar2mdai_mask_rows import MaskRows
from mmar2mdai_modality import read_modalities
from mmar2mdai_places import in_file_order
from mmar2mdai_request import Request
from mmar2mdai_studies import Study, read_studies
from mmar2mdai_targets import Labels, Target, find_targets
from mmar2mdai_volumes import Volume, image_of

logger = logging.getLogger("model")

NOTHING_FOUND = "The model found nothing at these clicks."
NOTHING_DRAWN = "Not segmented: none of the request's annotations marks an object on this series."
FROM_ONE = (
    "Frame numbers of the annotations were taken to count from 1; name args.first_frame to say "
    "what they count from."
)


@dataclass
class _Asked:
    """An object of a volume with what the network is asked for it.

    Attributes:
        masks: of all questions that were answered.
        why: it is not segmented; one text for each reason.
    """

    number: int
    target: Target
    questions: list[Question]
    masks: list[Answer] = field(default_factory=list)
    why: list[str] = field(default_factory=list)


class MDAIModel:
    """What MD.ai's server makes once and asks for each request."""

    def __init__(self) -> None:
        """Read what the model is.

        Raises:
            DeployError: When the bundle can't be used; MD.ai shows it for every request.
        """
        config = load_config()
        self._config = config.read(read_annotator)
        self._modalities = config.read(read_modalities)
        self._engine: Engine = config.read(BundleEngine)

    def predict(self, data: dict[str, Any]) -> list[Answer]:
        """Segment what a request's annotations point at.

        Args:
            data: MD.ai's request, of which ``files``, ``annotations``, ``label_classes`` and of
                ``args`` background_labels and first_frame are used.

        Returns:
            For each object on each instance or frame where there is some of it an ANNOTATION
            with a mask of 0 and 1, ``[row][column]``. A series with annotations of which none
            gives a mask is a NONE with the reason as note.

        Raises:
            DeployError: When no series can be segmented, or the inference fails.
        """
        return answer_request(data, self._answer)

    def _answer(self, request: Request, folder: Path) -> list[Answer]:
        wishes = read_wishes(request["args"], self._config)
        refusals = Refusals("series", "segmented")
        studies = read_studies(request, self._modalities, refusals.others)
        volumes = self._volumes(studies, refusals)
        labels = Labels(request, wishes.background_labels)
        marks = find_marks(request, volumes, studies, wishes.first_frame, labels.is_background)
        asked = self._asked(volumes, marks, labels)
        self._segment(volumes, asked, folder)
        answers = self._answers(volumes, marks, asked)
        return answers + refusals.answers()

    def _volumes(self, studies: list[Study], refusals: Refusals) -> list[Volume]:
        """The volumes of a request; what is none goes into ``refusals``.

        Raises:
            DeployError: When there is nothing that the network takes.
        """
        for study in studies:
            refusals.add_files(study.unreadable, study.study_uid, self._modalities)
            for series, why in study.refused:
                is_other = self._modalities.refusal(series.modality) is not None
                refusals.add(subject_of(series), why, is_fault=not is_other)
        volumes = [volume for study in studies for volume in study.volumes]
        if not volumes and not refusals.is_answer:
            raise refusals.error()
        return volumes

    def _asked(self, volumes: list[Volume], marks: Marks, labels: Labels) -> list[_Asked]:
        """The objects of all volumes. What is not used of them goes into ``marks``."""
        asked = []
        for number, volume in enumerate(volumes):
            for target in find_targets(marks.by_volume.get(number, []), labels):
                one = _Asked(number, target, [])
                try:
                    one.questions, unused = questions(self._config.clicks, target, volume)
                except NotEnough as error:
                    one.why.append(str(error))
                else:
                    marks.told.setdefault(number, Counter()).update(unused)
                asked.append(one)
        return asked

    def _segment(self, volumes: list[Volume], asked: list[_Asked], folder: Path) -> None:
        """Ask the network, and put the masks, or why there are none, to the objects.

        Raises:
            DeployError: When there is an answer for none of them.
        """
        listed = [(one, question) for one in asked for question in one.questions]
        rows = MaskRows()
        failed: list[DeployError] = []
        answered = False
        outcomes = self._engine.run(self._items(volumes, listed), folder)
        for (one, _), outcome in zip(listed, outcomes):
            volume = volumes[one.number]
            try:
                result = self._placed(outcome, volume)
                one.masks += class_masks(volume, result, self._config.segmenter, rows, None)
                answered = True
            except DeployError as error:
                one.why.append(f"{str(error).rstrip('.')}.")
                failed.append(error)
        if failed and not answered:
            raise failed[0]

    def _items(
        self, volumes: list[Volume], listed: list[tuple[_Asked, Question]]
    ) -> Iterator[Item]:
        """What the engine is given; all questions on a volume have one image."""
        last, image = -1, None
        for one, question in listed:
            if image is None or one.number != last:
                last, image = one.number, self._image(volumes[one.number], one.number)
            yield Item(image, extras=question.extras, points=question.points)

    def _image(self, volume: Volume, number: int) -> GridImage:
        """A volume as the network sees it."""
        image = image_of(volume, f"series-{number + 1:04d}")
        if self._config.clicks.kind != "deepgrow":
            return image
        # Deepgrow's chain has no Orientationd and takes the order of the file for the patient's.
        return replace(image, affine=in_file_order(image.affine))

    def _placed(self, outcome: Outcome, volume: Volume) -> VolumeResult:
        """A result where its volume lies in the patient.

        Raises:
            DeployError: When there is none.
        """
        if isinstance(outcome, Refused):
            raise outcome
        if not isinstance(outcome, VolumeResult):
            raise DeployError(f"{outcome.name} holds scores, but the model segments.")
        if self._config.clicks.kind != "deepgrow":
            return outcome
        own = volume.grid.affine
        moved = own @ np.linalg.inv(in_file_order(own)) @ outcome.affine
        return replace(outcome, affine=moved)

    def _answers(self, volumes: list[Volume], marks: Marks, asked: list[_Asked]) -> list[Answer]:
        """The masks, and a NONE for each series that should have some and has not."""
        common = marks.told.get(EVERYWHERE, Counter())
        found: dict[Subject, list[Answer]] = {}
        reasons: dict[Subject, list[str]] = {}
        for number, volume in enumerate(volumes):
            mine = [one for one in asked if one.number == number]
            told = marks.told.get(number)
            subject = subject_of(volume.series)
            if not mine and not told:
                continue
            answers = _masks_of(mine)
            notes = self._notes(volume, number, marks)
            for answer in answers:
                for note in notes:
                    add_note(answer, note)
            found.setdefault(subject, []).extend(answers)
            reasons.setdefault(subject, []).extend([*self._why_none(mine), *notes])
        if not found:
            found = {subject_of(volume.series): [] for volume in volumes}
            reasons = {
                subject: [NOTHING_DRAWN, what_to_draw(self._config.clicks), *_told(common)]
                for subject in found
            }
        return [
            answer
            for subject, answers in found.items()
            for answer in answers or [nothing(subject, " ".join(dict.fromkeys(reasons[subject])))]
        ]

    def _why_none(self, asked: list[_Asked]) -> list[str]:
        """Why the objects of a volume have no masks, and what to do."""
        whys = [why for one in asked for why in one.why]
        hint = what_to_draw(self._config.clicks)
        if not asked:
            return [NOTHING_DRAWN, hint]
        if not whys:
            return [NOTHING_FOUND]
        hints = [] if any(one.questions for one in asked) else [hint]
        return [f"Not segmented: {whys[0]}", *whys[1:], *hints]

    def _notes(self, volume: Volume, number: int, marks: Marks) -> list[str]:
        """What each answer of a volume has to say."""
        doubt = self._modalities.doubt(volume.series.modality)
        notes = [] if doubt is None else [doubt]
        if number in marks.from_one:
            notes.append(FROM_ONE)
        told = Counter(marks.told.get(number)) + Counter(marks.told.get(EVERYWHERE))
        return [*notes, *_told(told)]


def _masks_of(asked: list[_Asked]) -> list[Answer]:
    """The masks of the objects of a volume, with what each is, and why others have none."""
    missing = []
    answers = []
    for place, one in zip(count(1), asked):
        name = f"Object {place} of {len(asked)}, {one.target.name}"
        if len(asked) > 1:
            for answer in one.masks:
                add_note(answer, f"{name}.")
        for why in dict.fromkeys(one.why):
            missing.append(f"{name}: {why}" if len(asked) > 1 else why)
        answers += one.masks
    for answer in answers:
        for note in missing:
            add_note(answer, note)
    return answers


def _told(counts: Counter[str]) -> list[str]:
    """What is not used of a volume's annotations, in one sentence."""
    if not counts:
        return []
    listed = "; ".join(f"{number} {reason}" for reason, number in sorted(counts.items()))
    return [f"Not used of the annotations: {listed}."]
