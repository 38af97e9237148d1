"""The files of pydicom's own tests, which its wheel brings, and what becomes of each.

A column is what a kind of bundle answers, alone in a request. An image of a modality that the
bundle is not for is a NONE that says so, whatever stands in the column.
"""

from __future__ import annotations

from pathlib import Path

import pydicom.data

ROOT = Path(pydicom.data.__file__).parent / "test_files"

TINY = "dicomdirtests/TINY_ALPHA/PT000000/ST000000/SE000000/IM0000"
"""Headers of CT images without pixels, numbered by 36 digits."""

TINY_NUMBERS = [f"0{digit}" for digit in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"] + [
    f"1{digit}" for digit in "0123456789ABCD"
]


def files() -> dict[str, bytes]:
    """Every file of pydicom's tests but Python's own, by its path."""
    paths = (path for path in ROOT.rglob("*") if path.is_file())
    return {
        path.relative_to(ROOT).as_posix(): path.read_bytes()
        for path in paths
        if path.suffix not in (".py", ".pyc")
    }


XRAY = {
    **dict.fromkeys((TINY + number for number in TINY_NUMBERS), "refused: no image"),
    "693_J2KI.dcm": "classified",
    "CT_small.dcm": "classified: use 12",
    "ExplVR_BigEnd.dcm": "refused: colour image",
    "ExplVR_BigEndNoMeta.dcm": "refused: is not readable DICOM",
    "ExplVR_LitEndNoMeta.dcm": "refused: is not readable DICOM",
    "GDCMJ2K_TextGBR.dcm": "refused: colour image",
    "J2K_pixelrep_mismatch.dcm": "classified: have a sign",
    "JPEG-lossy.dcm": "refused: can't be decoded",
    "JPEG2000-embedded-sequence-delimiter.dcm": "refused: can't be decoded",
    "JPEG2000.dcm": "classified: use 10",
    "JPGExtended.dcm": "classified: small part",
    "MR_small.dcm": "classified: use 12",
    "MR_small_RLE.dcm": "classified: use 12",
    "MR_small_bigendian.dcm": "classified: use 12",
    "MR_small_expb.dcm": "classified: use 12",
    "MR_small_implicit.dcm": "classified: use 12",
    "MR_small_jp2klossless.dcm": "classified: use 12",
    "MR_small_jpeg_ls_lossless.dcm": "classified: use 12",
    "MR_small_padded.dcm": "classified: use 12",
    "MR_truncated.dcm": "refused: can't be decoded",
    "README.txt": "refused: is not readable DICOM",
    "SC_jpeg_no_color_transform.dcm": "refused: colour image",
    "SC_jpeg_no_color_transform_2.dcm": "refused: colour image",
    "SC_rgb_dcmtk_+eb+cr.dcm": "refused: colour image",
    "SC_rgb_dcmtk_+eb+cy+n1.dcm": "refused: colour image",
    "SC_rgb_dcmtk_+eb+cy+n2.dcm": "refused: colour image",
    "SC_rgb_dcmtk_+eb+cy+np.dcm": "refused: colour image",
    "SC_rgb_dcmtk_+eb+cy+s2.dcm": "refused: colour image",
    "SC_rgb_dcmtk_+eb+cy+s4.dcm": "refused: colour image",
    "SC_rgb_gdcm_KY.dcm": "refused: colour image",
    "SC_rgb_jpeg.dcm": "refused: colour image",
    "SC_rgb_jpeg_app14_dcmd.dcm": "refused: colour image",
    "SC_rgb_jpeg_dcmd.dcm": "refused: colour image",
    "SC_rgb_jpeg_dcmtk.dcm": "refused: colour image",
    "SC_rgb_jpeg_gdcm.dcm": "refused: colour image",
    "SC_rgb_jpeg_lossy_gdcm.dcm": "refused: colour image",
    "SC_rgb_rle.dcm": "refused: colour image",
    "SC_rgb_rle_16bit.dcm": "refused: colour image",
    "SC_rgb_rle_16bit_2frame.dcm": "refused: 2 frames",
    "SC_rgb_rle_2frame.dcm": "refused: 2 frames",
    "SC_rgb_rle_32bit.dcm": "refused: colour image",
    "SC_rgb_rle_32bit_2frame.dcm": "refused: 2 frames",
    "SC_rgb_small_odd.dcm": "refused: colour image",
    "SC_rgb_small_odd_jpeg.dcm": "refused: colour image",
    "SC_ybr_full_422_uncompressed.dcm": "refused: colour image",
    "UN_sequence.dcm": "refused: no image",
    "badVR.dcm": "refused: no image",
    "dicomdirtests/77654033/CR1/6154": "classified",
    "dicomdirtests/77654033/CR2/6247": "classified",
    "dicomdirtests/77654033/CR3/6278": "classified",
    "dicomdirtests/77654033/CT2/17106": "classified: use 12",
    "dicomdirtests/77654033/CT2/17136": "classified: use 12",
    "dicomdirtests/77654033/CT2/17166": "classified: use 12",
    "dicomdirtests/77654033/CT2/17196": "classified: use 12",
    "dicomdirtests/98892001/CT2N/6293": "classified: use 12",
    "dicomdirtests/98892001/CT2N/6924": "classified: use 12",
    "dicomdirtests/98892001/CT5N/2062": "classified: use 12",
    "dicomdirtests/98892001/CT5N/2392": "classified: use 12",
    "dicomdirtests/98892001/CT5N/2693": "classified: use 12",
    "dicomdirtests/98892001/CT5N/3023": "classified: use 12",
    "dicomdirtests/98892001/CT5N/3353": "classified: use 12",
    "dicomdirtests/98892003/MR1/15820": "classified: use 10",
    "dicomdirtests/98892003/MR1/4919": "classified: use 10",
    "dicomdirtests/98892003/MR1/5641": "classified: use 10",
    "dicomdirtests/98892003/MR2/15970": "classified: use 10",
    "dicomdirtests/98892003/MR2/4950": "classified: use 10",
    "dicomdirtests/98892003/MR2/4981": "classified: use 10",
    "dicomdirtests/98892003/MR2/5011": "classified: use 10",
    "dicomdirtests/98892003/MR2/6273": "classified: use 10",
    "dicomdirtests/98892003/MR2/6605": "classified: use 10",
    "dicomdirtests/98892003/MR2/6935": "classified: use 10",
    "dicomdirtests/98892003/MR700/4467": "classified: use 8",
    "dicomdirtests/98892003/MR700/4528": "classified: use 10",
    "dicomdirtests/98892003/MR700/4558": "classified: use 10",
    "dicomdirtests/98892003/MR700/4588": "classified: use 8",
    "dicomdirtests/98892003/MR700/4618": "classified: use 8",
    "dicomdirtests/98892003/MR700/4648": "classified: use 8",
    "dicomdirtests/98892003/MR700/4678": "classified: use 8",
    "dicomdirtests/DICOMDIR": "refused: no image",
    "dicomdirtests/DICOMDIR-bigEnd": "refused: no image",
    "dicomdirtests/DICOMDIR-empty.dcm": "refused: no image",
    "dicomdirtests/DICOMDIR-implicit": "refused: no image",
    "dicomdirtests/DICOMDIR-nooffset": "refused: no image",
    "dicomdirtests/DICOMDIR-nopatient": "refused: no image",
    "dicomdirtests/DICOMDIR-reordered": "refused: no image",
    "dicomdirtests/README.txt": "refused: is not readable DICOM",
    "dicomdirtests/TINY_ALPHA/DICOMDIR": "refused: no image",
    "dicomdirtests/TINY_ALPHA/README": "refused: is not readable DICOM",
    "empty_charset_LEI.dcm": "refused: no image",
    "image_dfl.dcm": "classified",
    "liver_1frame.dcm": "refused: no image",
    "liver_expb_1frame.dcm": "refused: no image",
    "meta_missing_tsyntax.dcm": "refused: no image",
    "nested_priv_SQ.dcm": "refused: no image",
    "no_meta.dcm": "refused: is not readable DICOM",
    "no_meta_group_length.dcm": "refused: no image",
    "priv_SQ.dcm": "refused: no image",
    "reportsi.dcm": "refused: no image",
    "reportsi_with_empty_number_tags.dcm": "refused: no image",
    "rtdose.dcm": "refused: no image",
    "rtdose_1frame.dcm": "refused: no image",
    "rtdose_expb.dcm": "refused: no image",
    "rtdose_expb_1frame.dcm": "refused: no image",
    "rtdose_rle.dcm": "refused: no image",
    "rtdose_rle_1frame.dcm": "refused: no image",
    "rtplan.dcm": "refused: no image",
    "rtplan.dump": "refused: is not readable DICOM",
    "rtplan_truncated.dcm": "refused: no image",
    "rtstruct.dcm": "refused: is not readable DICOM",
    "rtstruct.dump": "refused: is not readable DICOM",
    "test-SR.dcm": "refused: no image",
    "test1.json": "refused: is not readable DICOM",
    "test_PN.json": "refused: is not readable DICOM",
    "waveform_ecg.dcm": "refused: no image",
    "zipMR.gz": "refused: is not readable DICOM",
}
"""A network of single pictures whose range is 0 to 4095: "classified" and what its note says, or
"refused" and what the error says."""
