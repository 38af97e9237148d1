"""DICOM series made in memory: where the slices lie, and files of many kinds.

The geometry here is written by the definition in DICOM PS3.3 C.7.6.2.1.1 and knows nothing of
the deploy code: `Stack.points` is what the tests compare against.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from io import BytesIO
from typing import Any, Callable, Iterable, Sequence

import numpy as np
import pydicom.uid
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.sequence import Sequence as Items
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, generate_uid

CT_IMAGE = "1.2.840.10008.5.1.4.1.1.2"
MR_IMAGE = "1.2.840.10008.5.1.4.1.1.4"
ENHANCED_CT = "1.2.840.10008.5.1.4.1.1.2.1"
ENHANCED_MR = "1.2.840.10008.5.1.4.1.1.4.1"

Change = Callable[[Dataset, int], None]


@dataclass(frozen=True)
class Stack:
    """Slices of one size and direction.

    Attributes:
        shape: slices, rows, columns.
        right, down: ImageOrientationPatient's two halves, LPS.
        first: ImagePositionPatient of the first slice, mm.
        step: from one slice's position to the next, mm; not along the normal under tilt.
        row_step, column_step: PixelSpacing.
    """

    shape: tuple[int, int, int] = (6, 14, 17)
    right: tuple[float, ...] = (1.0, 0.0, 0.0)
    down: tuple[float, ...] = (0.0, 1.0, 0.0)
    first: tuple[float, ...] = (-41.5, -63.25, 120.0)
    step: tuple[float, ...] = (0.0, 0.0, 2.5)
    row_step: float = 1.3
    column_step: float = 0.9

    def position(self, index: float) -> np.ndarray:
        return np.array(self.first) + index * np.array(self.step)

    def points(self) -> np.ndarray:
        """(slices, rows, columns, 3): centres of the pixels, LPS mm."""
        slices, rows, columns = self.shape
        right = np.array(self.right) * self.column_step
        down = np.array(self.down) * self.row_step
        place = np.stack([self.position(index) for index in range(slices)])
        return (
            place[:, None, None]
            + np.arange(rows)[None, :, None, None] * down
            + np.arange(columns)[None, None, :, None] * right
        )

    def centre(self) -> np.ndarray:
        """(3,) the middle of the stack, LPS mm."""
        slices, rows, columns = self.shape
        return (
            self.position((slices - 1) / 2)
            + (rows - 1) / 2 * self.row_step * np.array(self.down)
            + (columns - 1) / 2 * self.column_step * np.array(self.right)
        )


@dataclass(frozen=True)
class Pixels:
    """How stored values are written.

    A value v of the modality (Hounsfield units) is stored as (v - intercept) / slope.
    """

    allocated: int = 16
    stored: int = 16
    signed: bool = True
    slope: float = 1.0
    intercept: float = 0.0

    def encode(self, values: np.ndarray) -> np.ndarray:
        raw = np.rint((values - self.intercept) / self.slope).astype(np.int64)
        low, high = (
            (0, 2**self.stored)
            if not self.signed
            else (
                -(2 ** (self.stored - 1)),
                2 ** (self.stored - 1),
            )
        )
        assert raw.min() >= low and raw.max() < high, "the value needs more bits"
        kind = f"{'i' if self.signed else 'u'}{self.allocated // 8}"
        return raw.astype(kind)


@dataclass
class Files:
    """A series as files.

    Attributes:
        uids: SOP Instance UID of each slice, in the stack's order.
        contents: the file of each instance.
    """

    study_uid: str
    series_uid: str
    uids: list[str] = field(default_factory=list)
    contents: list[bytes] = field(default_factory=list)


def encoded(ds: Dataset) -> bytes:
    """A dataset as a DICOM file."""
    buffer = BytesIO()
    ds.save_as(buffer, write_like_original=False)
    return buffer.getvalue()


def request(*parts: Files | bytes | Iterable[bytes]) -> dict[str, Any]:
    """MD.ai's request for these files."""
    contents: list[bytes] = []
    for part in parts:
        if isinstance(part, Files):
            contents += part.contents
        elif isinstance(part, bytes):
            contents.append(part)
        else:
            contents += part
    files = [{"content": content, "content_type": "application/dicom"} for content in contents]
    return {"files": files, "annotations": [], "label_classes": [], "args": {}}


def new_dataset(
    sop_class: str, study: str, series: str, syntax: str = ExplicitVRLittleEndian
) -> FileDataset:
    """An object with its identifiers and nothing else."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = sop_class
    meta.MediaStorageSOPInstanceUID = generate_uid()
    meta.TransferSyntaxUID = syntax
    ds = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    ds.is_little_endian = syntax != ExplicitVRBigEndian
    ds.is_implicit_VR = syntax == pydicom.uid.ImplicitVRLittleEndian
    ds.SOPClassUID = sop_class
    ds.SOPInstanceUID = meta.MediaStorageSOPInstanceUID
    ds.StudyInstanceUID, ds.SeriesInstanceUID = study, series
    ds.PatientName, ds.PatientID = "Test^Phantom", "PHANTOM"
    return ds


def decimals(values: Iterable[float]) -> list[str]:
    """Decimal Strings: at most 16 characters each."""
    return [f"{value:.10g}"[:16] for value in values]


def set_pixels(ds: Dataset, stored: np.ndarray, pixels: Pixels) -> None:
    """Image Pixel Module for (rows, columns) or (frames, rows, columns) stored values."""
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
    ds.Rows, ds.Columns = stored.shape[-2:]
    ds.BitsAllocated, ds.BitsStored = pixels.allocated, pixels.stored
    ds.HighBit, ds.PixelRepresentation = pixels.stored - 1, int(pixels.signed)
    order = "<" if ds.is_little_endian else ">"
    data = stored.astype(stored.dtype.newbyteorder(order)).tobytes()
    ds.PixelData = data + b"\0" * (len(data) % 2)
    ds["PixelData"].VR = "OW" if pixels.allocated > 8 else "OB"


def write_series(
    values: np.ndarray,
    stack: Stack,
    pixels: Pixels | None = None,
    *,
    study: str | None = None,
    series: str | None = None,
    syntax: str = ExplicitVRLittleEndian,
    change: Change | None = None,
) -> Files:
    """A CT series of single-frame instances.

    Args:
        values: (slices, rows, columns) modality values.
        change: called with each dataset and its index before it is written.
    """
    assert values.shape == stack.shape
    pixels = pixels or Pixels()
    files = Files(study or generate_uid(), series or generate_uid())
    for index, stored in enumerate(pixels.encode(values)):
        ds = new_dataset(CT_IMAGE, files.study_uid, files.series_uid, syntax)
        ds.Modality, ds.ImageType = "CT", ["ORIGINAL", "PRIMARY", "AXIAL"]
        ds.InstanceNumber = index + 1
        ds.ImageOrientationPatient = decimals([*stack.right, *stack.down])
        ds.ImagePositionPatient = decimals(stack.position(index))
        ds.PixelSpacing = decimals([stack.row_step, stack.column_step])
        ds.SliceThickness = decimals([np.linalg.norm(stack.step)])[0]
        ds.RescaleSlope, ds.RescaleIntercept = decimals([pixels.slope, pixels.intercept])
        set_pixels(ds, stored, pixels)
        if change is not None:
            change(ds, index)
        files.uids.append(str(ds.SOPInstanceUID))
        files.contents.append(encoded(ds))
    return files


def write_enhanced(
    values: np.ndarray,
    stack: Stack,
    pixels: Pixels | None = None,
    *,
    order: Sequence[int] | None = None,
    sop_class: str = ENHANCED_CT,
    slopes: Sequence[float] | None = None,
    change: Change | None = None,
) -> Files:
    """An Enhanced multi-frame instance (PS3.3 C.7.6.16).

    Args:
        values: (slices, rows, columns) modality values.
        order: the slice of each frame.
        slopes: rescale slope of each slice, in the stack's order.
        change: called with each item of the per-frame functional groups and its slice.
    """
    pixels = pixels or Pixels()
    files = Files(generate_uid(), generate_uid())
    order = list(range(len(values)) if order is None else order)
    slopes = [pixels.slope] * len(values) if slopes is None else slopes
    ds = new_dataset(sop_class, files.study_uid, files.series_uid)
    ds.Modality = "CT" if sop_class == ENHANCED_CT else "MR"
    ds.ImageType = ["ORIGINAL", "PRIMARY", "VOLUME", "NONE"]
    ds.NumberOfFrames = len(order)
    shared = Dataset()
    shared.PlaneOrientationSequence = Items([Dataset()])
    shared.PlaneOrientationSequence[0].ImageOrientationPatient = decimals(
        [*stack.right, *stack.down]
    )
    shared.PixelMeasuresSequence = Items([Dataset()])
    measures = shared.PixelMeasuresSequence[0]
    measures.PixelSpacing = decimals([stack.row_step, stack.column_step])
    measures.SliceThickness = decimals([np.linalg.norm(stack.step)])[0]
    ds.SharedFunctionalGroupsSequence = Items([shared])
    groups, stored = [], []
    for index in order:
        item, place, transform = Dataset(), Dataset(), Dataset()
        place.ImagePositionPatient = decimals(stack.position(index))
        item.PlanePositionSequence = Items([place])
        transform.RescaleSlope, transform.RescaleIntercept = decimals(
            [slopes[index], pixels.intercept]
        )
        transform.RescaleType = "US"
        item.PixelValueTransformationSequence = Items([transform])
        if change is not None:
            change(item, index)
        groups.append(item)
        stored.append(replace(pixels, slope=slopes[index]).encode(values[index]))
    ds.PerFrameFunctionalGroupsSequence = Items(groups)
    set_pixels(ds, np.stack(stored), pixels)
    files.uids = [str(ds.SOPInstanceUID)] * len(order)
    files.contents = [encoded(ds)]
    return files
