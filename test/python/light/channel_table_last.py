"""Studies and which of their series are the channels; more of the half from after the rules."""

from __future__ import annotations

from channel_table import BRAIN, PROSTATE, REST, Study
from mr_presets import (
    ADC_MAP,
    EPI_SE,
    FLAIR_2D,
    FLAIR_3D,
    GADOVIST,
    MPRAGE,
    SECONDARY,
    T1_IR,
    T1_SE,
    T2_SPACE,
    T2_STAR,
    T2_TSE,
    TOF,
    at,
    b,
    bolus,
    kind,
    s,
)

WITH_DWI = "T2, ADC and DWI"

LAST: dict[str, Study] = {
    "post sense": (BRAIN, [s(1, "AX T1 SENSE"), s(2, "AX T1 POST SENSE"), *REST], [2, 1, 3, 4]),
    "t1w/o": (BRAIN, [s(1, "T1W/O GD"), s(2, "T1W/GD"), *REST], [2, 1, 3, 4]),
    "ohne short": (BRAIN, [s(1, "T1 tra o.KM"), s(2, "T1 tra m.KM"), *REST], [2, 1, 3, 4]),
    "cyrillic": (
        BRAIN,
        [
            s(1, "T1 tra"),
            s(2, "T1 tra с контрастом"),  # noqa: RUF001
            *REST,
        ],
        [2, 1, 3, 4],
    ),
    "japanese": (BRAIN, [s(1, "T1 造影前"), s(2, "T1 造影後"), *REST], [2, 1, 3, 4]),
    "dual tirm": (
        BRAIN,
        [
            s(1, "t1_se_tra"),
            s(2, "t1_se_tra_km"),
            s(3, "t2_tse_tra"),
            s(4, "t2_tirm_tra_dark-fluid"),
            s(5, "t2_tirm_cor_fs", "cor"),
        ],
        [2, 1, 3, 4],
    ),
    "two post: ax se & cor": (
        BRAIN,
        [
            s(1, "AX T1"),
            s(2, "AX T1 POST"),
            s(5, "COR T1 POST FS", "cor"),
            s(6, "SAG T1 POST", "sag"),
            *REST,
        ],
        [2, 1, 3, 4],
    ),
    "3d post sag + ax mpr": (
        BRAIN,
        [
            s(1, "SAG MPRAGE", "sag", MPRAGE),
            s(2, "SAG MPRAGE POST", "sag", MPRAGE),
            s(5, "AX MPRAGE POST MPR", SECONDARY, MPRAGE),
            s(6, "COR MPRAGE POST MPR", "cor", SECONDARY, MPRAGE),
            *REST,
        ],
        [2, 1, 3, 4],
    ),
    "fs by options": (
        BRAIN,
        [s(1, "AX T1"), s(2, "AX T1 POST"), s(5, "AX T1 POST", {"ScanOptions": "FS"}), *REST],
        [2, 1, 3, 4],
    ),
    "pre missing": (BRAIN, [s(2, "AX T1 POST"), *REST], "channel T1,"),
    "post missing word GD in T2": (BRAIN, [s(1, "AX T1"), s(5, "AX T2 GD"), *REST], "channel T1c"),
    "MRA with contrast": (
        BRAIN,
        [s(1, "AX T1"), s(2, "AX T1 C+"), s(5, "CE-MRA CAROTIDS"), s(6, "MRV POST"), *REST],
        [2, 1, 3, 4],
    ),
    "sequence name": (
        BRAIN,
        [
            s(1, "1", {"SequenceName": "*tfl3d1_16ns"}, MPRAGE),
            s(2, "2", {"SequenceName": "*tse2d1_15"}, T2_TSE),
            s(3, "3", {"SequenceName": "*spcir_242ns"}, FLAIR_3D),
            s(4, "4", {"SequenceName": "*tfl3d1_16ns"}, MPRAGE, GADOVIST),
        ],
        [4, 1, 2, 3],
    ),
    "T2 words w/ FLAIR physics TR5000 no IR": (
        BRAIN,
        [
            s(1, "AX T1"),
            s(2, "AX T1 GD"),
            s(3, "AX T2", T2_TSE),
            s(4, "AX T2 DARK FLUID", FLAIR_2D),
        ],
        [2, 1, 3, 4],
    ),
    "pd t2 names": (
        BRAIN,
        [s(1, "AX T1"), s(2, "AX T1 GD"), s(3, "AX DE PD"), s(5, "AX DE T2"), s(4, "AX FLAIR")],
        [2, 1, 5, 4],
    ),
    "whole w/ orbits": (
        BRAIN,
        [
            s(1, "AX T1"),
            s(2, "AX T1 GD"),
            s(5, "AX T1 FS GD ORBITS"),
            s(6, "COR T2 FS ORBITS", "cor"),
            *REST,
        ],
        [2, 1, 3, 4],
    ),
    "IAC": (
        BRAIN,
        [
            s(1, "AX T1 BRAIN"),
            s(2, "AX T1 POST BRAIN"),
            s(5, "AX T1 POST IAC"),
            s(6, "AX T2 IAC"),
            *REST,
        ],
        [2, 1, 3, 4],
    ),
    "vessel wall": (
        BRAIN,
        [s(1, "AX T1"), s(2, "AX T1 POST"), s(5, "AX T1 BLACK BLOOD POST"), *REST],
        [2, 1, 3, 4],
    ),
    "time only": (
        BRAIN,
        [
            s(1, "AX T1", at("0900")),
            s(2, "AX T1 POST", at("0930")),
            s(5, "AX BRAVO", at("0940")),
            *REST,
        ],
        [2, 1, 3, 4],
    ),
    "post-later unmarked sag": (
        BRAIN,
        [
            s(1, "SAG T1", "sag", at("0900")),
            s(2, "AX T1 POST", at("0930")),
            s(5, "AX T1", at("0940")),
            *REST,
        ],
        [2, 1, 3, 4],
    ),
    "series of only SAG T1 after": (
        BRAIN,
        [s(2, "AX T1 POST", at("0930")), s(5, "SAG T1", "sag", at("0940")), *REST],
        "channel T1,",
    ),
    "agent from exam start": (
        BRAIN,
        [
            s(1, "T1 SE", GADOVIST),
            s(2, "T1 SE GD", GADOVIST),
            s(3, "T2", GADOVIST),
            s(4, "FLAIR", GADOVIST),
        ],
        [2, 1, 3, 4],
    ),
    "w/o fs pair": (BRAIN, [s(1, "AX T1 W/O FS"), s(2, "AX T1 W/ FS"), *REST], "channel T1c"),
    "gd w/o fs": (
        BRAIN,
        [s(1, "AX T1 W/O FS"), s(2, "AX T1 GD W/O FS"), s(5, "AX T1 GD W/ FS"), *REST],
        [2, 1, 3, 4],
    ),
    "flair t1 GE": (
        BRAIN,
        [s(1, "AX T1 FLAIR", T1_IR), s(2, "AX T1 FLAIR GD", T1_IR), *REST],
        [2, 1, 3, 4],
    ),
    "flair 3d SAG and AX": (
        BRAIN,
        [s(1, "AX T1"), s(2, "AX T1 GD"), s(5, "SAG 3D FLAIR", "sag"), *REST],
        [2, 1, 3, 4],
    ),
    "swap T2 called T1 GD": (
        BRAIN,
        [s(1, "AX T1", T1_SE), s(2, "AX T1 GD", FLAIR_2D), *REST],
        "channel T1c",
    ),
    "T1 wrong physics in MPRAGE": (
        BRAIN,
        [s(1, "MPRAGE", T2_SPACE), s(2, "MPRAGE GD", MPRAGE), *REST],
        "channel T1,",
    ),
    "CT": (
        BRAIN,
        [s(1, "AX T1"), s(2, "AX T1 GD"), s(5, "T2 FUSION CT", {"Modality": "CT"}), *REST],
        [2, 1, 3, 4],
    ),
    "color map": (
        BRAIN,
        [s(1, "AX T1"), s(2, "AX T1 GD"), s(5, "T2 COLOR MAP"), s(6, "CBV"), *REST],
        [2, 1, 3, 4],
    ),
    "UNI T1 pair mp2rage": (
        BRAIN,
        [
            s(1, "t1_mp2rage_UNI_Images"),
            s(2, "t1_mp2rage_INV1"),
            s(3, "t2"),
            s(4, "flair"),
            s(5, "t1_mp2rage_UNI_Images_KM"),
            s(6, "t1_mp2rage_INV1_KM"),
        ],
        [5, 1, 3, 4],
    ),
    "dixon pre and post": (
        BRAIN,
        [
            s(1, "t1_vibe_dixon_in"),
            s(2, "t1_vibe_dixon_W"),
            s(5, "t1_vibe_dixon_post_in"),
            s(6, "t1_vibe_dixon_post_W"),
            s(7, "t1_vibe_dixon_post_F"),
            s(8, "t1_vibe_dixon_post_opp"),
            *REST,
        ],
        [6, 2, 3, 4],
    ),
    "b-values": (
        WITH_DWI,
        [
            s(1, "t2_tse_tra"),
            s(2, "ep2d_diff_tra_TRACEW", b(50), EPI_SE, {"AcquisitionNumber": 1}),
            s(2, "ep2d_diff_tra_TRACEW", b(400), EPI_SE, {"AcquisitionNumber": 2}),
            s(2, "ep2d_diff_tra_TRACEW", b(800), EPI_SE, {"AcquisitionNumber": 3}),
            s(3, "ep2d_diff_tra_ADC", ADC_MAP),
        ],
        [1, 3, 2],
    ),
    "b names": (
        WITH_DWI,
        [s(1, "T2 ax"), s(2, "DWI b50"), s(3, "DWI b1400"), s(4, "ADC")],
        [1, 4, 3],
    ),
    "b0 only": (WITH_DWI, [s(1, "T2 ax"), s(2, "DWI b0"), s(4, "ADC")], "channel DWI"),
    "adc calc name": (PROSTATE, [s(1, "T2 ax"), s(2, "DWI"), s(4, "ADC_calculated")], [1, 4]),
    "prostate T2 FS": (PROSTATE, [s(1, "AX T2 FS"), s(2, "AX T2"), s(4, "ADC")], [2, 4]),
    "prostate 2 T2 res": (
        PROSTATE,
        [s(1, "AX T2 3mm"), s(2, "AX T2 5mm"), s(4, "ADC")],
        "channel T2",
    ),
    "T2 pelvis big": (
        PROSTATE,
        [s(1, "AX T2 PROSTATE"), s(2, "AX T2 PELVIS"), s(4, "ADC")],
        [1, 4],
    ),
    "T2 mapping prostate": (PROSTATE, [s(1, "T2 map"), s(2, "T2 tra"), s(4, "ADC")], [2, 4]),
    "exp adc": (PROSTATE, [s(1, "T2 tra"), s(2, "Exp ADC"), s(4, "ADC")], [1, 4]),
    "bids": (
        BRAIN,
        [
            s(1, "acq-tse_T1w"),
            s(2, "acq-tse_ce-gd_T1w"),
            s(3, "acq-tse_T2w"),
            s(4, "acq-tse_FLAIR"),
            s(5, "acq-swi_T2starw"),
            s(6, "PDw"),
        ],
        [2, 1, 3, 4],
    ),
    "bids2": (
        BRAIN,
        [
            s(1, "sub-subt1_T1w"),
            s(2, "sub-subt1_ce-gd_T1w"),
            s(3, "sub-subt1_T2w"),
            s(4, "sub-subt1_FLAIR"),
            s(5, "sub-subt1_dwi"),
            s(6, "sub-subt1_task-rest_bold"),
        ],
        [2, 1, 3, 4],
    ),
    "tcga": (
        BRAIN,
        [
            s(1, "AXIAL T1"),
            s(2, "T1 AXIAL POST GD"),
            s(3, "T2 TSE AXIAL"),
            s(4, "FLAIR AXIAL RF2_150"),
            s(5, "T1 SAG"),
            s(6, "B1000 DIFFUSION"),
        ],
        [2, 1, 3, 4],
    ),
    "tcga2": (
        BRAIN,
        [
            s(1, "AX T1 SE C-"),
            s(2, "AX T1 SE C+"),
            s(3, "AX T2 FR FSE"),
            s(4, "AX FLAIR"),
            s(5, "COR T1 SE C+", "cor"),
        ],
        [2, 1, 3, 4],
    ),
    "upenn2": (
        BRAIN,
        [
            s(1, "t1_axial"),
            s(2, "t1_axial_post"),
            s(3, "t2_axial"),
            s(4, "flair_axial"),
            s(5, "dsc_perf"),
            s(6, "t1_3d_stealth_post_sag", "sag"),
        ],
        [2, 1, 3, 4],
    ),
    "rsna": (BRAIN, [s(1, "T1w"), s(2, "T1wCE"), s(3, "T2w"), s(4, "FLAIR")], [2, 1, 3, 4]),
    "brats": (BRAIN, [s(1, "t1n"), s(2, "t1c"), s(3, "t2w"), s(4, "t2f")], [2, 1, 3, 4]),
    "ivygap": (
        BRAIN,
        [
            s(1, "AX T1 PRE"),
            s(2, "AX T1 POST"),
            s(3, "AX T2"),
            s(4, "AX T2 FLAIR"),
            s(5, "AX GRE"),
            s(6, "AX T1 POST +C SUB"),
        ],
        [2, 1, 3, 4],
    ),
    "vasari": (
        BRAIN,
        [s(1, "T1 PRE"), s(2, "T1 POST MAGNEVIST"), s(3, "T2 TSE"), s(4, "FLAIR POST")],
        [2, 1, 3, 4],
    ),
    "no physics T2 haste + tse": (
        BRAIN,
        [s(1, "T1"), s(2, "T1 GD"), s(3, "T2 HASTE"), s(5, "T2 TSE"), s(4, "FLAIR")],
        [2, 1, 5, 4],
    ),
    "MPRAGE ax both + SE": (
        BRAIN,
        [s(1, "AX MPRAGE"), s(2, "AX MPRAGE GD"), s(5, "AX T1 SE GD"), *REST],
        "channel T1c",
    ),
    "contradicting agent": (
        BRAIN,
        [s(1, "AX T1 POST", {"ContrastBolusAgent": "NONE"}), s(2, "AX T1", GADOVIST), *REST],
        "channel T1",
    ),
    "bolus later": (
        BRAIN,
        [
            s(1, "AX T1 GD", bolus("1000"), at("0930")),
            s(2, "AX T1 GD", bolus("1000"), at("1010")),
            *REST,
        ],
        "channel T1,",
    ),
    "synthetic only": (
        BRAIN,
        [s(1, "T1"), s(2, "T1 GD"), s(3, "SYNTHETIC T2"), s(4, "FLAIR")],
        "channel T2",
    ),
    "registered": (
        BRAIN,
        [s(1, "T1"), s(2, "T1 GD"), s(5, "T1 GD REG", kind("DERIVED", "SECONDARY", "REG")), *REST],
        [2, 1, 3, 4],
    ),
    "TOF source called T1": (
        BRAIN,
        [s(1, "AX T1"), s(2, "AX T1 GD"), s(5, "AX 3D", TOF), *REST],
        [2, 1, 3, 4],
    ),
    "fat image by type": (
        BRAIN,
        [
            s(1, "AX T1"),
            s(2, "AX T1 GD"),
            s(5, "AX T1 GD", kind("DERIVED", "PRIMARY", "F", "F")),
            *REST,
        ],
        [2, 1, 3, 4],
    ),
    "T2* physics": (
        BRAIN,
        [s(1, "AX T1"), s(2, "AX T1 GD"), s(5, "AX T2", T2_STAR), *REST],
        [2, 1, 3, 4],
    ),
    "Ax T1 repeated": (
        BRAIN,
        [s(1, "AX T1"), s(2, "AX T1 GD"), s(5, "AX T1 GD"), *REST],
        "channel T1c",
    ),
    "T1 GD + T1 late": (
        BRAIN,
        [s(1, "AX T1"), s(2, "AX T1 GD"), s(5, "AX T1 GD 10 MIN"), *REST],
        "channel T1c",
    ),
}
