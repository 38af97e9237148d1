"""Writes a made CT of an ellipsoid as DICOM: python3 scripts/demo_ct.py FOLDER."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

CT_IMAGE = "1.2.840.10008.5.1.4.1.1.2"
SHAPE = (40, 96, 96)
"""Slices, rows, columns."""
SPACING = (2.5, 1.5, 1.5)


def ellipsoid(centre: tuple[float, ...], radii: tuple[float, ...]) -> np.ndarray:
    """(slices, rows, columns): what lies in an ellipsoid; the volume goes from -1 to 1."""
    at = np.meshgrid(*[np.linspace(-1, 1, size) for size in SHAPE], indexing="ij")
    return sum(((x - c) / r) ** 2 for x, c, r in zip(at, centre, radii)) < 1


def organ() -> np.ndarray:
    """Where the organ is, which the network of the demo finds by its brightness."""
    return ellipsoid((0.1, 0.2, 0.4), (0.5, 0.25, 0.2))


def main(folder: Path) -> None:
    """Write the series, the same at each call."""
    folder.mkdir(parents=True, exist_ok=True)
    study, series, frame = (generate_uid(entropy_srcs=["mmar2mdai", name]) for name in "abc")
    body = ellipsoid((0, 0, 0), (2.0, 0.7, 0.85))
    values = np.where(body, 40, -1000) + np.where(organ(), 80, 0)
    noise = np.random.default_rng(0).normal(0, 10, SHAPE)
    for index, pixels in enumerate(np.rint(values + noise).astype("<i2")):
        uid = generate_uid(entropy_srcs=["mmar2mdai", "slice", str(index)])
        meta = FileMetaDataset()
        meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = CT_IMAGE, uid
        meta.TransferSyntaxUID = ExplicitVRLittleEndian
        ds = FileDataset("", Dataset(), file_meta=meta, preamble=b"\0" * 128)
        ds.is_little_endian, ds.is_implicit_VR = True, False
        ds.SOPClassUID, ds.SOPInstanceUID = CT_IMAGE, uid
        ds.StudyInstanceUID, ds.SeriesInstanceUID, ds.FrameOfReferenceUID = study, series, frame
        ds.PatientName, ds.PatientID = "Demo^Phantom", "DEMO"
        ds.PatientBirthDate = ds.PatientSex = ds.StudyID = ds.StudyDate = ds.StudyTime = ""
        ds.AccessionNumber = ds.ReferringPhysicianName = ""
        ds.Modality, ds.SeriesNumber, ds.SeriesDescription = "CT", 1, "Made phantom"
        ds.InstanceNumber = index + 1
        ds.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
        ds.ImagePositionPatient = [-72, -72, index * SPACING[0]]
        ds.PixelSpacing, ds.SliceThickness = [SPACING[1], SPACING[2]], SPACING[0]
        ds.RescaleSlope, ds.RescaleIntercept = 1, 0
        ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
        ds.Rows, ds.Columns = SHAPE[1:]
        ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 16, 15, 1
        ds.PixelData = pixels.tobytes()
        ds.save_as(folder / f"{index:03d}.dcm", write_like_original=False)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
