"""The entry point of an mmar2mdai bundle of a classification model: MD.ai's `MDAIModel`.

A request's images become the pictures or volumes that the network takes; the engine scores all
of them in one run, and what exceeds its threshold is reported for the instance (pictures) or the
series (volumes). What the model is stands in workspace/config_mdai.json; nothing here differs
between models.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Iterator

from mmar2mdai_answers import Answer, Subject, add_note, finding, nothing
from mmar2mdai_classifier import ClassifierConfig, PictureInput, read_classifier, thresholds
from mmar2mdai_config import load_config
from mmar2mdai_engine import Engine as BundleEngine
from mmar2mdai_errors import Refused
from mmar2mdai_frame import Refusals, answer_request
from mmar2mdai_images import GridImage
from mmar2mdai_inference import Engine, Item
from mmar2mdai_instances import Images, read_images
from mmar2mdai_lungs import mask_of
from mmar2mdai_modality import Modalities, read_modalities
from mmar2mdai_objects import modality_of
from mmar2mdai_pictures import make_picture
from mmar2mdai_request import Request, dicom_files
from mmar2mdai_scores import NoProbability, probabilities
from mmar2mdai_series import read_series
from mmar2mdai_volumes import Volume, build_volumes, image_of

DOUBT = (
    "The scores of another image of the request are no probabilities, so that these may be none "
    "either: pack the MMAR again with the right --scores."
)
"""The note on what is in the range of probabilities beside what is not."""


class MDAIModel:
    """What MD.ai's server makes once and asks for each request."""

    def __init__(self) -> None:
        """Read what the model is.

        Raises:
            DeployError: When the bundle can't be used; MD.ai shows it for every request.
        """
        config = load_config()
        self._config = config.read(read_classifier)
        self._modalities = config.read(read_modalities)
        self._engine: Engine = config.read(BundleEngine)

    def predict(self, data: dict[str, Any]) -> list[Answer]:
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
        return answer_request(data, self._answer)

    def _answer(self, request: Request, folder: Path) -> list[Answer]:
        limits = thresholds(self._config, request["args"])
        inputs = Inputs(self._config, self._modalities, request)
        # The engine takes the items one by one, and only then it is known which there are.
        outcomes = list(self._engine.run(inputs.items(), folder))
        found: dict[Subject, list[float]] = {}
        doubts: list[str] = []
        for subject, outcome in zip(inputs.subjects, outcomes):
            try:
                if isinstance(outcome, Refused):
                    raise outcome
                values = probabilities(outcome, self._config)
            except Refused as error:
                inputs.refusals.add(subject, str(error))
                doubts = [DOUBT] if isinstance(error, NoProbability) else doubts
                continue
            # Of several volumes of a series, say its phases, any may show the finding.
            found[subject] = [max(pair) for pair in zip(values, found.get(subject, values))]
        if not found and not inputs.refusals.is_answer:
            raise inputs.refusals.error()
        answers = []
        for subject, values in found.items():
            for answer in self._findings(subject, values, limits):
                for note in [*inputs.notes.get(subject, ()), *doubts]:
                    add_note(answer, note)
                answers.append(answer)
        return answers + inputs.refusals.answers()

    def _findings(
        self, subject: Subject, values: list[float], limits: dict[int, float]
    ) -> list[Answer]:
        """The annotations of one subject in the order of the classes, or NONE."""
        found = [
            finding(subject, class_.class_index, values[class_.column])
            for class_ in self._config.classes
            if class_.class_index in limits and values[class_.column] > limits[class_.class_index]
        ]
        return found or [nothing(subject)]


class Inputs:
    """What of a request the network is given, one after the other.

    Attributes:
        subjects: whom each item that was given belongs to; several may be of one.
        refusals: who has no item, and why.
        notes: what a subject's answers have to say besides.
    """

    def __init__(self, config: ClassifierConfig, modalities: Modalities, request: Request) -> None:
        self.subjects: list[Subject] = []
        self.refusals = Refusals("image", "classified")
        self.notes: dict[Subject, list[str]] = {}
        self._config = config
        self._modalities = modalities
        self._request = request

    def items(self) -> Iterator[Item]:
        """The items, each made when it is asked for: pictures take much memory."""
        wanted = self._config.picture
        if wanted is None:
            yield from self._volumes()
        else:
            yield from self._pictures(wanted)

    def _pictures(self, wanted: PictureInput) -> Iterator[Item]:
        """Each image of the request."""
        read = read_images(dicom_files(self._request), lambda instance, header: modality_of(header))
        self.refusals.others += read.others
        self.refusals.add_files(read.unreadable, _any_study(read), self._modalities)
        for instance, modality in read.images:
            subject = Subject(instance.study_uid, instance.series_uid, instance.instance_uid)
            if not self._takes(subject, modality):
                continue
            with self.refusals.of(subject):
                picture, notes = make_picture(instance, wanted, self._name("image"))
                for note in notes:
                    self._note(subject, note)
                self.subjects.append(subject)
                yield Item(picture)

    def _volumes(self) -> Iterator[Item]:
        """Each volume of the request's series, with its lung mask where the network wants one."""
        read = read_series(dicom_files(self._request))
        self.refusals.others += read.others
        study_uid = read.series[0].study_uid if read.series else ""
        self.refusals.add_files(read.unreadable, study_uid, self._modalities)
        for series in read.series:
            subject = Subject(series.study_uid, series.series_uid)
            if not self._takes(subject, series.modality):
                continue
            with self.refusals.of(subject):
                for volume in build_volumes(series):
                    item = Item(image_of(volume, self._name("image")), self._masks(volume))
                    self.subjects.append(subject)
                    yield item
                self.refusals.add_files(series.unreadable, series.study_uid, self._modalities)

    def _takes(self, subject: Subject, modality: str) -> bool:
        """Whether the model is for images of a modality. Why not, or what is in doubt, is kept."""
        why, doubt = self._modalities.refusal(modality), self._modalities.doubt(modality)
        if why is not None:
            self.refusals.add(subject, why, is_fault=False)
        if doubt is not None:
            self._note(subject, doubt)
        return why is None

    def _note(self, subject: Subject, text: str) -> None:
        notes = self.notes.setdefault(subject, [])
        if text not in notes:
            notes.append(text)

    def _masks(self, volume: Volume) -> dict[str, GridImage]:
        mask = self._config.mask
        if mask is None:
            return {}
        made = mask_of(volume, self._name("mask"), self._request, mask.builtin)
        for note in made.notes:
            self._note(Subject(volume.series.study_uid, volume.series.series_uid), note)
        return {mask.key: made.image}

    def _name(self, what: str) -> str:
        """A name for the next item's image."""
        return f"{what}-{len(self.subjects) + 1:04d}"


def _any_study(read: Images[Any]) -> str:
    """A study of the request, "" where none is known."""
    known = [instance.study_uid for instance, _ in read.images]
    return next(iter(known + [one.study_uid for one in read.unreadable if one.study_uid]), "")
