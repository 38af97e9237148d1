"""From what the network makes of a volume to masks on its instances and frames."""

from __future__ import annotations

from mmar2mdai_answers import Answer, Subject, mask
from mmar2mdai_frames import Frame
from mmar2mdai_inference import Result
from mmar2mdai_mapping import Mapping
from mmar2mdai_mask_rows import MaskRows
from mmar2mdai_segmentation import Segmentation
from mmar2mdai_segmenter import SegmenterConfig
from mmar2mdai_series import Series
from mmar2mdai_volumes import Volume


def class_masks(
    volume: Volume, result: Result, config: SegmenterConfig, rows: MaskRows, note: str | None
) -> list[Answer]:
    """The annotations of one volume, slice by slice, then in the order of the classes.

    Args:
        note: for each of them, or None.

    Raises:
        DeployError: When the result is not the model's, or does not cover the volume.
    """
    segmentation = Segmentation(result, config)
    mapping = Mapping(volume, segmentation.shape, segmentation.affine, segmentation.name)
    answers = []
    for class_, voxels in segmentation.masks():
        for index, pixels in mapping.frames(voxels):
            place = _place(volume.frames[index])
            answer = mask(place, class_.class_index, rows.as_list(pixels), note)
            answers.append((index, class_.class_index, answer))
    answers.sort(key=lambda item: item[:2])
    return [answer for _, _, answer in answers]


def subject_of(series: Series) -> Subject:
    """A series, as answers name it."""
    return Subject(series.study_uid, series.series_uid)


def _place(frame: Frame) -> Subject:
    instance = frame.instance
    return Subject(instance.study_uid, instance.series_uid, instance.instance_uid, frame.number)
