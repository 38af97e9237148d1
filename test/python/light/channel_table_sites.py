"""Studies in the manner of sites of many countries and vendors, written after all of the rules.

Most have the values that their scanners write, and the series that come along: localizers,
reformats, reports, repeats.
"""

from __future__ import annotations

from channel_table import BRAIN, REST, Study
from mr_presets import (
    EPI_SE,
    FLAIR_2D,
    FLAIR_3D,
    GADOVIST,
    MPRAGE,
    SLAB,
    SWI,
    T1_FLASH,
    T1_IR,
    T1_SE,
    T1_SPACE,
    T1_TSE,
    T2_SPACE,
    T2_TSE,
    TFE,
    TOF,
    at,
    s,
)

LOW_T1 = {"ScanningSequence": ["SE"], "RepetitionTime": 420.0, "EchoTime": 22.0, "FlipAngle": 90.0}
LOW_T2 = {"ScanningSequence": ["SE"], "RepetitionTime": 4200.0, "EchoTime": 117.0}
LOW_FLAIR = {"ScanningSequence": ["IR"], "RepetitionTime": 7000.0, "EchoTime": 105.0}
LOW_FLAIR["InversionTime"] = 1750.0
PSIR = {"ScanningSequence": ["SE", "IR"], "RepetitionTime": 3600.0, "EchoTime": 11.0}
PSIR["InversionTime"] = 400.0
NULLED = {"ScanningSequence": ["GR", "IR"], "RepetitionTime": 3000.0, "EchoTime": 3.2}
NULLED["InversionTime"] = 410.0
LOCATOR = {"ScanningSequence": ["GR"], "RepetitionTime": 5.0, "EchoTime": 1.7, "FlipAngle": 30.0}

SITES: dict[str, Study] = {
    "United Imaging": (
        BRAIN,
        [
            s(1, "scout", LOCATOR),
            s(2, "t2_fse_tra", T2_TSE),
            s(3, "t2_fse_tra_flair_fs", FLAIR_2D),
            s(4, "t1_gre_fsp_3d_sag", "sag", TFE),
            s(5, "epi_dwi_tra_b1000", EPI_SE),
            s(6, "t1_gre_fsp_3d_sag_CE", "sag", TFE),
        ],
        [6, 4, 2, 3],
    ),
    "GE in China": (
        BRAIN,
        [
            s(2, "OAx T1 FLAIR", T1_IR),
            s(3, "OAx T2 PROPELLER", T2_TSE),
            s(4, "OAx T2 FLAIR", FLAIR_2D),
            s(7, "OAx T1 FLAIR+C", T1_IR),
            s(8, "OSag T1 FLAIR+C", "sag", T1_IR),
            s(9, "OCor T1 FLAIR+C", "cor", T1_IR),
        ],
        [7, 2, 3, 4],
    ),
    "Siemens, FLASH": (
        BRAIN,
        [
            s(2, "t1_fl2d_tra", T1_FLASH),
            s(3, "t2_tse_tra_p2", T2_TSE),
            s(4, "t2_tirm_tra_darkfl p2", FLAIR_2D),
            s(9, "t1_fl2d_tra +c", T1_FLASH),
            s(10, "t1_fl2d_cor +c", "cor", T1_FLASH),
        ],
        [9, 2, 3, 4],
    ),
    "Siemens, dark fluid T1": (
        BRAIN,
        [
            s(2, "t1_tirm_tra_dark-fluid", T1_IR),
            s(3, "t2_tse_tra_320", T2_TSE),
            s(4, "t2_tirm_tra_dark-fluid_320", FLAIR_2D),
            s(9, "t1_tirm_tra_dark-fluid KM", T1_IR),
        ],
        [9, 2, 3, 4],
    ),
    "MPRAGE and SPACE after contrast": (
        BRAIN,
        [
            s(2, "t1_mprage_sag_iso p2", "sag", MPRAGE),
            s(3, "t2_spc_sag_iso", "sag", T2_SPACE),
            s(4, "t2_spc_ir_sag_iso dark-fl", "sag", FLAIR_3D),
            s(9, "t1_mprage_sag_iso p2 KM", "sag", MPRAGE),
            s(10, "t1_spc_sag_fs_iso KM", "sag", T1_SPACE),
        ],
        [9, 2, 3, 4],
    ),
    "Philips, WIP and SENSE": (
        BRAIN,
        [
            s(101, "WIP SURVEY SENSE", LOCATOR),
            s(201, "WIP T2W_TSE SENSE", T2_TSE),
            s(301, "WIP FLAIR_longTR SENSE", FLAIR_2D),
            s(401, "WIP T1W_3D_TFE SENSE", TFE),
            s(901, "WIP T1W_3D_TFE_GD SENSE", TFE),
        ],
        [901, 401, 201, 301],
    ),
    "Philips, BrainVIEW and a Smartbrain": (
        BRAIN,
        [
            s(101, "Smartbrain_head SHC", LOCATOR),
            s(201, "3D_BrainVIEW_FLAIR_SHC", "sag", FLAIR_3D),
            s(301, "3D_BrainVIEW_T2_SHC", "sag", T2_SPACE),
            s(401, "s3DI_MC_HR", TOF),
            s(501, "3D TFE SHC", "sag", TFE),
            s(601, "3D TFE SHC GADO", "sag", TFE),
        ],
        [601, 501, 301, 201],
    ),
    "Philips, T1W_IR_TSE": (
        BRAIN,
        [
            s(201, "T1W_IR_TSE", T1_IR),
            s(301, "T2W_TSE_DRIVE", T2_TSE),
            s(401, "FLAIR_SPIR", FLAIR_2D),
            s(501, "T1W_IR_TSE_Gd", T1_IR),
        ],
        [501, 201, 301, 401],
    ),
    "Finnish": (
        BRAIN,
        [
            s(1, "T1 tra ilman tehostetta", T1_SE),
            s(2, "T1 tra tehosteella", T1_SE),
            s(3, "T2 tra", T2_TSE),
            s(4, "FLAIR tra", FLAIR_2D),
        ],
        [2, 1, 3, 4],
    ),
    "Hungarian": (
        BRAIN,
        [s(1, "T1 tra natív", T1_SE), s(2, "T1 tra kontrasztos", T1_SE), *REST],
        [2, 1, 3, 4],
    ),
    "Czech": (
        BRAIN,
        [s(1, "T1 TRA", T1_SE), s(2, "T1 TRA po k.l.", T1_SE), *REST],
        [2, 1, 3, 4],
    ),
    "Czech, postkontrastně": (
        BRAIN,
        [s(1, "T1 SE TRA NATIVNĚ", T1_SE), s(2, "T1 SE TRA POSTKONTRASTNĚ", T1_SE), *REST],
        [2, 1, 3, 4],
    ),
    "Croatian": (
        BRAIN,
        [s(1, "T1 ax nativno", T1_SE), s(2, "T1 ax postkontrastno", T1_SE), *REST],
        [2, 1, 3, 4],
    ),
    "Romanian": (
        BRAIN,
        [s(1, "T1 AX NATIV", T1_TSE), s(2, "T1 AX CU SDC", T1_TSE), *REST],
        [2, 1, 3, 4],
    ),
    "Romanian, fără": (
        BRAIN,
        [s(1, "T1 AX fără contrast", T1_TSE), s(2, "T1 AX după contrast", T1_TSE), *REST],
        [2, 1, 3, 4],
    ),
    "French, PDC": (
        BRAIN,
        [s(1, "AX T1 SANS PDC", T1_SE), s(2, "AX T1 AVEC PDC", T1_SE), *REST],
        [2, 1, 3, 4],
    ),
    "Spanish, CIV": (
        BRAIN,
        [s(1, "AX T1 SIN CIV", T1_SE), s(2, "AX T1 CON CIV", T1_SE), *REST],
        [2, 1, 3, 4],
    ),
    "Greek": (
        BRAIN,
        [s(1, "T1 AX", T1_SE), s(2, "T1 AX ΜΕΤΑ ΣΚΙΑΓΡΑΦΙΚΟ", T1_SE), *REST],  # noqa: RUF001
        [2, 1, 3, 4],
    ),
    "Korean site in English": (
        BRAIN,
        [
            s(3, "T1 ax", T1_SE),
            s(4, "T2 ax", T2_TSE),
            s(5, "FLAIR ax", FLAIR_2D),
            s(8, "CE T1 ax", T1_SE),
            s(9, "CE T1 cor", "cor", T1_SE),
            s(10, "CE FLAIR ax", FLAIR_2D),
        ],
        [8, 3, 4, 5],
    ),
    "descriptions removed, protocols kept": (
        BRAIN,
        [
            s(1, "", {"ProtocolName": "AX T1"}, T1_SE),
            s(2, "", {"ProtocolName": "AX T2"}, T2_TSE),
            s(3, "", {"ProtocolName": "AX FLAIR"}, FLAIR_2D),
            s(4, "", {"ProtocolName": "AX T1 +C"}, T1_SE),
        ],
        [4, 1, 2, 3],
    ),
    "no names, the agent is left": (
        BRAIN,
        [
            s(1, "", T2_TSE),
            s(2, "", FLAIR_2D),
            s(3, "", TFE),
            s(4, "", SWI),
            s(5, "", TFE, GADOVIST),
        ],
        [5, 3, 1, 2],
    ),
    "no names and no agent": (
        BRAIN,
        [s(1, "", T2_TSE), s(2, "", FLAIR_2D), s(3, "", T1_SE), s(4, "", T1_SE)],
        "channel T1c",
    ),
    "one word for all names": (
        BRAIN,
        [
            s(1, "ANONYMIZED", T1_SE),
            s(2, "ANONYMIZED", T2_TSE),
            s(3, "ANONYMIZED", FLAIR_2D),
            s(4, "ANONYMIZED", EPI_SE),
            s(5, "ANONYMIZED", T1_SE, GADOVIST),
        ],
        [5, 1, 2, 3],
    ),
    "sent twice": (
        BRAIN,
        [
            s(1, "AX T1", T1_SE, at("0901")),
            s(8, "AX T1 POST", T1_SE, at("0930")),
            s(808, "AX T1 POST", T1_SE, at("0930")),
            *REST,
        ],
        "equally well",
    ),
    "GE's localizer": (
        BRAIN,
        [
            s(1, "3-pl T2* FGRE S", LOCATOR),
            s(2, "Ax T1 FSE", T1_TSE),
            s(3, "Ax T2 FSE", T2_TSE),
            s(4, "Ax T2 FLAIR", FLAIR_2D),
            s(5, "3-pl T1 FGRE C+", LOCATOR, SLAB),
            s(6, "Ax T1 FSE C+", T1_TSE),
        ],
        [6, 2, 3, 4],
    ),
    "post FLAIR T1": (
        BRAIN,
        [
            s(2, "AX FLAIR T1 PRE GD", T1_IR),
            s(3, "AX FSE T2 PRE GD", T2_TSE),
            s(4, "AX FLAIR PRE GD", FLAIR_2D),
            s(7, "AX FLAIR T1 POST GD", T1_IR),
            s(8, "AX FLAIR POST GD", FLAIR_2D),
        ],
        [7, 2, 3, 4],
    ),
    "an agent on all by a form, names tell": (
        BRAIN,
        [
            s(2, "AX T1 PRE", T1_SE, {"ContrastBolusAgent": "Gadavist"}),
            s(3, "AX T2", T2_TSE, {"ContrastBolusAgent": "Gadavist"}),
            s(4, "AX FLAIR", FLAIR_2D, {"ContrastBolusAgent": "Gadavist"}),
            s(5, "AX T1", T1_SE, {"ContrastBolusAgent": "Gadavist"}, at("0940")),
            s(6, "AX T1 POST", T1_SE, {"ContrastBolusAgent": "Gadavist"}, at("0945")),
        ],
        [6, 2, 3, 4],
    ),
    "the agent was filled in too early": (
        BRAIN,
        [
            s(2, "AX T1 PRE", T1_SE, GADOVIST),
            s(3, "AX T2", T2_TSE),
            s(4, "AX FLAIR", FLAIR_2D),
            s(6, "AX T1 POST", T1_SE, GADOVIST),
        ],
        "channel T1,",
    ),
    "a child's, all fat suppressed": (
        BRAIN,
        [
            s(2, "AX SPGR T1", TFE),
            s(3, "AX T2 FAT SAT", T2_TSE),
            s(4, "AX FLAIR FAT SAT", FLAIR_2D),
            s(6, "AX SPGR T1 W/CONTRAST", TFE),
        ],
        [6, 2, 3, 4],
    ),
    "nothing before contrast": (
        BRAIN,
        [s(1, "SAG 3D FLAIR", "sag", FLAIR_3D), s(2, "AX T2", T2_TSE), s(3, "AX T1 GAD", T1_SE)],
        "channel T1,",
    ),
    "portable, gray and white contrast": (
        BRAIN,
        [
            s(1, "T1 (STD) AXI", LOW_T1),
            s(2, "T1 (Gray/White Contrast) AXI", LOW_T1),
            s(3, "T2 AXI", LOW_T2),
            s(4, "FLAIR AXI", LOW_FLAIR),
        ],
        "channel T1c",
    ),
}
