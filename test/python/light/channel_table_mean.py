"""Studies made after those of the sites were mended for, to see how far the mending reaches."""

from __future__ import annotations

from channel_table import BRAIN, PROSTATE, REST, Study
from mr_presets import (
    ADC_MAP,
    DERIVED,
    EPI_SE,
    FLAIR_2D,
    FLAIR_3D,
    GADOVIST,
    MPRAGE,
    SECONDARY,
    STIR_2D,
    T1_SE,
    T2_TSE,
    TFE,
    VIBE,
    at,
    b,
    s,
)

MEAN: dict[str, Study] = {
    "Indonesian": (
        BRAIN,
        [s(1, "T1 AX tanpa kontras", T1_SE), s(2, "T1 AX dengan kontras", T1_SE), *REST],
        [2, 1, 3, 4],
    ),
    "Slovenian": (
        BRAIN,
        [s(1, "T1 tra brez kontrasta", T1_SE), s(2, "T1 tra s kontrastom", T1_SE), *REST],
        [2, 1, 3, 4],
    ),
    "Estonian": (
        BRAIN,
        [s(1, "T1 tra enne kontrasti", T1_SE), s(2, "T1 tra koos kontrastiga", T1_SE), *REST],
        [2, 1, 3, 4],
    ),
    "Catalan": (
        BRAIN,
        [s(1, "T1 ax sense contrast", T1_SE), s(2, "T1 ax amb contrast", T1_SE), *REST],
        "channel T1,",
    ),
    "Albanian, only without": (
        BRAIN,
        [s(1, "T1 SAG", "sag", T1_SE), s(2, "T1 AX pa kontrast", T1_SE), *REST],
        "channel T1c",
    ),
    "Latvian plain and a strange word": (
        BRAIN,
        [s(1, "T1 SAG", "sag", T1_SE), s(2, "T1 AX pirms kontrasta", T1_SE), *REST],
        "channel T1c",
    ),
    "Vietnamese": (
        BRAIN,
        [s(1, "T1 AX trước tiêm", T1_SE), s(2, "T1 AX sau tiêm", T1_SE), *REST],
        [2, 1, 3, 4],
    ),
    "Hungarian, before and after": (
        BRAIN,
        [s(1, "T1 tra kontraszt előtt", T1_SE), s(2, "T1 tra kontraszt után", T1_SE), *REST],
        [2, 1, 3, 4],
    ),
    "injection cancelled": (
        BRAIN,
        [s(1, "SAG T1", "sag", T1_SE), s(2, "AX T1 GAD CANCELLED", T1_SE), *REST],
        "channel T1c",
    ),
    "no IV access": (
        BRAIN,
        [s(1, "SAG T1", "sag", T1_SE), s(2, "AX T1 GAD NOT GIVEN", T1_SE), *REST],
        "channel T1c",
    ),
    "patient refused": (
        BRAIN,
        [s(1, "SAG T1", "sag", T1_SE), s(2, "AX T1 REFUSED CONTRAST", T1_SE), *REST],
        "channel T1c",
    ),
    "difference images": (
        BRAIN,
        [s(1, "AX T1", T1_SE), s(2, "AX T1 GD", T1_SE), s(5, "AX T1 GD DIFFERENCE", T1_SE), *REST],
        [2, 1, 3, 4],
    ),
    "delta T1": (
        BRAIN,
        [s(1, "AX T1", T1_SE), s(2, "SAG T1 GD", "sag", T1_SE), s(5, "DELTA T1 GD", T1_SE), *REST],
        [2, 1, 3, 4],
    ),
    "GE's projections": (
        BRAIN,
        [
            s(1, "Ax BRAVO", TFE),
            s(2, "Sag BRAVO +C", "sag", TFE),
            s(5, "PJN:Sag BRAVO +C", TFE),
            *REST,
        ],
        [2, 1, 3, 4],
    ),
    "Siemens ranges": (
        BRAIN,
        [
            s(1, "t1_mprage_sag", "sag", MPRAGE),
            s(2, "t1_mprage_sag_KM", "sag", MPRAGE),
            s(5, "t1_mprage_sag_KM <MIP Range[1]>", MPRAGE, DERIVED),
            *REST,
        ],
        [2, 1, 3, 4],
    ),
    "bias corrected beside": (
        BRAIN,
        [
            s(1, "AX T1", T1_SE),
            s(2, "AX T1 GD", T1_SE),
            s(5, "AX T1 GD skull stripped", T1_SE, SECONDARY),
            s(6, "AX T1 GD N4 bias corrected", T1_SE, DERIVED),
            *REST,
        ],
        [2, 1, 3, 4],
    ),
    "T2 of the eyes and inner ears by name": (
        BRAIN,
        [
            s(1, "AX T1", T1_SE),
            s(2, "AX T1 GD", T1_SE),
            s(3, "AX T2 BRAIN", T2_TSE),
            s(5, "AX T2 FS EYES", T2_TSE),
            s(4, "AX FLAIR", FLAIR_2D),
        ],
        [2, 1, 3, 4],
    ),
    "FLAIR of a spine beside": (
        BRAIN,
        [
            s(1, "AX T1", T1_SE),
            s(2, "AX T1 GD", T1_SE),
            s(3, "AX T2", T2_TSE),
            s(4, "SAG FLAIR", "sag", FLAIR_3D),
            s(5, "SAG T2 STIR", "sag", STIR_2D),
        ],
        [2, 1, 3, 4],
    ),
    "all post contrast": (
        BRAIN,
        [s(1, "AX T1 +C", T1_SE), s(2, "SAG T1 +C", "sag", T1_SE), *REST],
        "channel T1,",
    ),
    "the agent is filled in on T2 too": (
        BRAIN,
        [
            s(1, "AX T1", T1_SE, at("0900")),
            s(2, "AX T1", T1_SE, at("0925"), GADOVIST),
            s(3, "AX T2", T2_TSE, at("0920"), GADOVIST),
            s(4, "AX FLAIR", FLAIR_2D, at("0905")),
        ],
        [2, 1, 3, 4],
    ),
    "Gd given the day before": (
        BRAIN,
        [s(1, "AX T1 24H POST GD", T1_SE), s(2, "AX T1", T1_SE), *REST],
        [1, 2, 3, 4],
    ),
    "CE marks a coil": (
        BRAIN,
        [s(1, "AX T1 HEAD COIL", T1_SE), s(2, "AX T1 HEAD COIL GD", T1_SE), *REST],
        [2, 1, 3, 4],
    ),
    "prostate, computed high b": (
        PROSTATE,
        [
            s(3, "t2_tse_tra", T2_TSE),
            s(4, "t2_tse_tra_fs", T2_TSE),
            s(6, "dwi_tra_ADC", EPI_SE, ADC_MAP),
            s(7, "dwi_tra_cBVAL", EPI_SE, b(1400), DERIVED),
        ],
        [3, 6],
    ),
    "prostate, ADC of a bone protocol": (
        PROSTATE,
        [
            s(3, "t2_tse_tra", T2_TSE),
            s(6, "ADC PROSTATE", EPI_SE, ADC_MAP),
            s(9, "ADC WHOLE PELVIS", EPI_SE, ADC_MAP),
            s(8, "t1_vibe_tra", VIBE),
        ],
        [3, 6],
    ),
    "prostate, mean diffusivity": (
        PROSTATE,
        [
            s(3, "AX T2", T2_TSE),
            s(6, "DTI MD", EPI_SE, SECONDARY),
            s(7, "DTI FA", EPI_SE, SECONDARY),
        ],
        "channel ADC",
    ),
}
