"""Masks as files that other programs open: NIfTI and DICOM SEG."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Sequence

import numpy as np

from mmar2mdai_run.findings import ModelClass, StackMasks
from mmar2mdai_run.inputs import DicomFile

PALETTE = (
    (230, 75, 60),
    (70, 160, 235),
    (90, 195, 100),
    (245, 180, 50),
    (165, 105, 215),
    (60, 200, 190),
    (235, 120, 180),
    (150, 150, 60),
)
"""Colours of the classes, by class index; they begin again after the last."""


def colour_of(class_index: int) -> tuple[int, int, int]:
    """A class's red, green and blue, from 0 to 255."""
    return PALETTE[class_index % len(PALETTE)]


def layers_of(found: StackMasks) -> list[tuple[np.ndarray, dict[int, int]]]:
    """Label maps of the classes' masks, as few as hold them without one hiding another.

    Returns:
        For each an (columns, rows, frames) uint8 array of values from 1, and the value of each
        class index in it.
    """
    layers: list[tuple[np.ndarray, dict[int, int]]] = []
    for index, mask in sorted(found.masks.items()):
        for labels, values in layers:
            if len(values) < 255 and not labels[mask].any():
                break
        else:
            labels, values = np.zeros(found.stack.shape, np.uint8), {}
            layers.append((labels, values))
        values[index] = len(values) + 1
        labels[mask] = values[index]
    return layers


def write_nifti(
    found: StackMasks, classes: Sequence[ModelClass], stem: str, folder: Path
) -> list[str]:
    """Write a stack's masks: one label map, or a file for each class where classes overlap.

    The values of the label map are the model's own (``value`` of config_mdai.json), or the class
    index and one where it has none.

    Returns:
        The names of the files.
    """
    import nibabel

    values = {one.index: one.index + 1 if one.value is None else one.value for one in classes}
    if not values:
        return []
    overlap = len(layers_of(found)) > 1 or 0 in values.values()
    names = []
    if not overlap:
        labels = np.zeros(found.stack.shape, np.uint8 if max(values.values()) < 256 else np.uint16)
        for index, mask in found.masks.items():
            labels[mask] = values.get(index, index + 1)
        nibabel.save(_image(labels, found), folder / f"{stem}.nii.gz")
        return [f"{stem}.nii.gz"]
    for one in classes:
        if one.index in found.masks:
            name = f"{stem}-{one.index}.nii.gz"
            mask = found.masks[one.index].astype(np.uint8)
            nibabel.save(_image(mask, found), folder / name)
            names.append(name)
    return names


def _image(voxels: np.ndarray, found: StackMasks) -> object:
    import nibabel

    image = nibabel.Nifti1Image(voxels, found.stack.affine)
    # What the numbers mean: scanner coordinates in mm.
    image.set_sform(found.stack.affine, code=1)
    image.set_qform(found.stack.affine, code=1)
    image.header.set_xyzt_units("mm")
    return image


def write_seg(
    found: StackMasks,
    classes: Sequence[ModelClass],
    files: Sequence[DicomFile],
    model: str,
    path: Path,
) -> None:
    """Write a stack's masks as a DICOM Segmentation object that refers to its images.

    Args:
        files: of the series; those whose instances the stack has are its sources.
        model: the name that stands in it as the algorithm's.

    Raises:
        Exception: Of any kind where highdicom can't make it of these images.
    """
    import highdicom
    import pydicom
    from pydicom.sr.codedict import codes

    wanted = [frame.key for frame in found.stack.frames]
    by_uid = {
        file.instance_uid: pydicom.dcmread(io.BytesIO(file.read()), stop_before_pixels=True)
        for file in files
        if file.instance_uid in {uid for uid, _ in wanted}
    }
    several = wanted[0][1] is not None
    sources = [by_uid[wanted[0][0]]] if several else [by_uid[uid] for uid, _ in wanted]
    present = [one for one in classes if one.index in found.masks]
    masks = [found.masks[one.index].transpose(2, 1, 0) for one in present]
    pixels = np.stack(masks, axis=-1).astype(np.uint8)
    if several:
        pixels = _in_frame_order(pixels, wanted, int(sources[0].NumberOfFrames))
    described = [
        highdicom.seg.SegmentDescription(
            segment_number=number,
            segment_label=one.name[:64],
            segmented_property_category=codes.SCT.Tissue,
            segmented_property_type=codes.SCT.Tissue,
            algorithm_type=highdicom.seg.SegmentAlgorithmTypeValues.AUTOMATIC,
            algorithm_identification=highdicom.AlgorithmIdentificationSequence(
                name=model[:64], family=codes.DCM.ArtificialIntelligence, version="1"
            ),
            tracking_uid=highdicom.UID(),
            tracking_id=one.name[:64],
        )
        for number, one in enumerate(present, 1)
    ]
    segmentation = highdicom.seg.Segmentation(
        source_images=sources,
        pixel_array=pixels,
        segmentation_type=highdicom.seg.SegmentationTypeValues.BINARY,
        segment_descriptions=described,
        series_instance_uid=highdicom.UID(),
        series_number=9000,
        sop_instance_uid=highdicom.UID(),
        instance_number=1,
        manufacturer="mmar2mdai",
        manufacturer_model_name=model[:64],
        software_versions="mmar2mdai",
        device_serial_number="0",
        series_description=f"{model} (mmar2mdai run)"[:64],
    )
    segmentation.save_as(path)


def _in_frame_order(
    pixels: np.ndarray, keys: Sequence[tuple[str, int | None]], frames: int
) -> np.ndarray:
    """A stack's masks as the frames of a multi-frame object; others stay empty."""
    whole = np.zeros((frames, *pixels.shape[1:]), pixels.dtype)
    for at, (_, number) in enumerate(keys):
        if number is not None:
            whole[number - 1] = pixels[at]
    return whole
