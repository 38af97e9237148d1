"""More studies in the manner of sites: what computers add, what is done twice, prostates."""

from __future__ import annotations

from channel_table import BRAIN, PROSTATE, REST, Study
from channel_table_sites import LOCATOR, LOW_FLAIR, LOW_T1, LOW_T2, NULLED, PSIR
from mr_presets import (
    ADC_MAP,
    DERIVED,
    DIR_3D,
    EPI_SE,
    FLAIR_2D,
    FLAIR_3D,
    GADOVIST,
    MPRAGE,
    SECONDARY,
    SLAB,
    STIR_2D,
    T1_SE,
    T2_SPACE,
    T2_STAR,
    T2_TSE,
    TFE,
    TRACE,
    VIBE,
    at,
    b,
    bolus,
    kind,
    s,
)

MORE_SITES: dict[str, Study] = {
    "tissue contrast": (
        BRAIN,
        [
            s(1, "SAG MPRAGE", "sag", MPRAGE),
            s(2, "AX T1 HIGH TISSUE CONTRAST", T1_SE),
            s(3, "AX T2", T2_TSE),
            s(4, "AX FLAIR", FLAIR_2D),
        ],
        "channel T1c",
    ),
    "WO and W": (
        BRAIN,
        [s(1, "AX T1 STEALTH WO", TFE), s(2, "AX T1 STEALTH W", TFE), *REST],
        [2, 1, 3, 4],
    ),
    "PRE and POST alone": (
        BRAIN,
        [
            s(1, "AX PRE", T1_SE),
            s(2, "AX POST", T1_SE),
            s(3, "AX T2", T2_TSE),
            s(4, "AX FLAIR", FLAIR_2D),
        ],
        [2, 1, 3, 4],
    ),
    "MRI BRAIN WO/W": (
        BRAIN,
        [
            s(1, "MRI BRAIN WO/W CON AX T1", T1_SE),
            s(2, "MRI BRAIN WO/W CON AX T1 GD", T1_SE),
            s(3, "MRI BRAIN WO/W CON AX T2", T2_TSE),
            s(4, "MRI BRAIN WO/W CON AX FLAIR", FLAIR_2D),
        ],
        [2, 1, 3, 4],
    ),
    "after ablation": (
        BRAIN,
        [s(1, "AX T1 POST LITT", T1_SE), s(2, "AX T1 POST LITT GAD", T1_SE), *REST],
        [2, 1, 3, 4],
    ),
    "after a craniotomy, none with contrast": (
        BRAIN,
        [s(1, "AX T1 PRE CRANI", T1_SE), s(2, "AX T1 POST CRANI", T1_SE), *REST],
        "channel T1c",
    ),
    "before gamma knife": (
        BRAIN,
        [s(1, "T1 AX PRE-GK", TFE), s(2, "T1 AX PRE-GK +GD", TFE), *REST],
        [2, 1, 3, 4],
    ),
    "DERIVED axial reformats of PRIMARY": (
        BRAIN,
        [
            s(1, "t1_mprage_sag_p2", "sag", MPRAGE),
            s(2, "t1_mprage_sag_p2_gd", "sag", MPRAGE),
            s(5, "t1_mprage_sag_p2_gd_MPR_Tra", MPRAGE, kind("DERIVED", "PRIMARY", "MPR", "ND")),
            s(6, "t1_mprage_sag_p2_gd tra 3mm", MPRAGE, DERIVED),
            *REST,
        ],
        [2, 1, 3, 4],
    ),
    "FLAIR star": (
        BRAIN,
        [
            s(1, "SAG T1 MPRAGE", "sag", MPRAGE),
            s(2, "SAG T1 MPRAGE GD", "sag", MPRAGE),
            s(3, "AX T2", T2_TSE),
            s(4, "SAG 3D FLAIR", "sag", FLAIR_3D),
            s(5, "AX 3D T2* EPI", T2_STAR),
            s(6, "AX FLAIR*", FLAIR_3D, DERIVED),
        ],
        [2, 1, 3, 4],
    ),
    "PSIR of an MS protocol": (
        BRAIN,
        [
            s(1, "SAG MPRAGE", "sag", MPRAGE),
            s(2, "SAG MPRAGE +GD", "sag", MPRAGE),
            s(3, "AX T2", T2_TSE),
            s(4, "SAG FLAIR 3D", "sag", FLAIR_3D),
            s(5, "AX PSIR", PSIR),
            s(6, "SAG DIR", "sag", DIR_3D),
        ],
        [2, 1, 3, 4],
    ),
    "white matter nulled": (
        BRAIN,
        [
            s(1, "SAG MPRAGE", "sag", MPRAGE),
            s(2, "SAG MPRAGE GAD", "sag", MPRAGE),
            s(5, "AX FGATIR", NULLED),
            s(6, "AX WMn MPRAGE", NULLED),
            *REST,
        ],
        [2, 1, 3, 4],
    ),
    "HCP": (
        BRAIN,
        [
            s(1, "BIAS_32CH", LOCATOR),
            s(2, "T1w_MPR", "sag", MPRAGE),
            s(3, "T2w_SPC", "sag", T2_SPACE),
            s(4, "FLAIR_SPC", "sag", FLAIR_3D),
            s(5, "T1w_MPR_Gd", "sag", MPRAGE),
        ],
        [5, 2, 3, 4],
    ),
    "ADNI": (
        BRAIN,
        [
            s(1, "3 Plane Localizer", LOCATOR),
            s(2, "Accelerated SAG IR-FSPGR", "sag", MPRAGE),
            s(3, "Sagittal 3D FLAIR", "sag", FLAIR_3D),
            s(4, "Axial T2 STAR", T2_STAR),
            s(5, "Axial T2 FSE with Fat Sat", T2_TSE),
        ],
        "channel T1c",
    ),
    "deep learning beside": (
        BRAIN,
        [
            s(1, "AX T1", T1_SE),
            s(2, "AX T1 POST", T1_SE),
            s(102, "AX T1 POST_SubtleMR", T1_SE, DERIVED),
            s(103, "AX FLAIR_SubtleMR", FLAIR_2D, DERIVED),
            *REST,
        ],
        [2, 1, 3, 4],
    ),
    "reports of volumes beside": (
        BRAIN,
        [
            s(1, "SAG T1 MPRAGE", "sag", MPRAGE),
            s(2, "SAG T1 MPRAGE POST", "sag", MPRAGE),
            s(901, "NeuroQuant SAG T1 MPRAGE", "ax", MPRAGE, SECONDARY),
            s(902, "LesionQuant Overlay FLAIR", FLAIR_2D, SECONDARY),
            *REST,
        ],
        [2, 1, 3, 4],
    ),
    "synthetic T2 and FLAIR only": (
        BRAIN,
        [
            s(1, "AX T1 BRAVO", TFE),
            s(2, "AX T1 BRAVO +C", TFE),
            s(3, "MAGiC T2W", T2_TSE, DERIVED),
            s(4, "MAGiC T2W FLAIR", FLAIR_2D, DERIVED),
        ],
        "channel T2,",
    ),
    "FLAIR after contrast only": (
        BRAIN,
        [
            s(1, "AX T1", T1_SE, at("1000")),
            s(2, "AX T2", T2_TSE, at("1004")),
            s(3, "AX T1 +C", T1_SE, at("1012"), GADOVIST),
            s(4, "AX FLAIR +C", FLAIR_2D, at("1016"), GADOVIST),
        ],
        [3, 1, 2, 4],
    ),
    "a spine": (
        BRAIN,
        [
            s(1, "SAG T1 LSPINE", "sag", T1_SE),
            s(2, "SAG T2 LSPINE", "sag", T2_TSE),
            s(3, "SAG STIR LSPINE", "sag", STIR_2D),
            s(4, "SAG T1 LSPINE POST", "sag", T1_SE),
        ],
        "channel FLAIR",
    ),
    "low field": (
        BRAIN,
        [
            s(1, "SCOUT", LOCATOR),
            s(2, "SE T1 AX", LOW_T1),
            s(3, "FSE T2 AX", LOW_T2),
            s(4, "FLAIR AX", LOW_FLAIR),
            s(5, "SE T1 AX GADO", LOW_T1),
            s(6, "SE T1 COR GADO", "cor", LOW_T1),
        ],
        [5, 2, 3, 4],
    ),
    "carets and a site's prefix": (
        BRAIN,
        [
            s(1, "NEURO^TUMOR^AX T1 PRECON", T1_SE),
            s(2, "NEURO^TUMOR^AX T1 POSTCON", T1_SE),
            s(3, "NEURO^TUMOR^AX T2", T2_TSE),
            s(4, "NEURO^TUMOR^AX FLAIR", FLAIR_2D),
        ],
        [2, 1, 3, 4],
    ),
    "two after contrast, thick and thin": (
        BRAIN,
        [
            s(1, "Ax T1", T1_SE),
            s(2, "Ax T1 +C 5mm", T1_SE),
            s(5, "Ax T1 +C 1mm", TFE),
            *REST,
        ],
        "equally well",
    ),
    "orbits beside a sagittal whole": (
        BRAIN,
        [
            s(1, "SAG MPRAGE", "sag", MPRAGE),
            s(2, "SAG MPRAGE C+", "sag", MPRAGE),
            s(5, "AX T1 FS C+ ORBITS", T1_SE, SLAB),
            *REST,
        ],
        [2, 1, 3, 4],
    ),
    "no ImageType, no sequence": (
        BRAIN,
        [
            s(1, "T1 AXIAL", {"ImageType": None}),
            s(2, "T1 AXIAL + GADOLINIO", {"ImageType": None}),
            s(3, "T2 AXIAL", {"ImageType": None}),
            s(4, "FLAIR AXIAL", {"ImageType": None}),
        ],
        [2, 1, 3, 4],
    ),
    "the injection's time is the registration's": (
        BRAIN,
        [
            s(1, "AX T1", T1_SE, at("1000"), bolus("0940")),
            s(2, "AX T2", T2_TSE, at("1005"), bolus("0940")),
            s(3, "AX FLAIR", FLAIR_2D, at("1010"), bolus("0940")),
            s(4, "AX T1 POST", T1_SE, at("1020"), bolus("0940")),
        ],
        "channel T1",
    ),
    # ------------------------------------------------------------------ prostate
    "prostate, Dutch": (
        PROSTATE,
        [
            s(1, "t2_loc_sag", "sag", T2_TSE),
            s(2, "t2_tse_sag", "sag", T2_TSE),
            s(3, "t2_tse_tra", T2_TSE),
            s(4, "t2_tse_tra_snel_bij bewegen_Grappa3", T2_TSE),
            s(5, "diffusie-3Scan-4bval_fs", EPI_SE, TRACE),
            s(6, "diffusie-3Scan-4bval_fs_ADC", EPI_SE, ADC_MAP),
        ],
        [3, 6],
    ),
    "prostate, two ADC maps": (
        PROSTATE,
        [
            s(3, "t2_tse_tra_obl", T2_TSE),
            s(6, "ep2d_diff_zoomit_ADC", EPI_SE, ADC_MAP),
            s(9, "resolve_4scan_trace_ADC", EPI_SE, ADC_MAP),
        ],
        "equally well",
    ),
    "prostate, small and large field": (
        PROSTATE,
        [
            s(3, "AX T2 SMALL FOV", T2_TSE),
            s(4, "AX T2 LARGE FOV", T2_TSE),
            s(6, "ADC", EPI_SE, ADC_MAP),
        ],
        [3, 6],
    ),
    "prostate, GE's old name of the ADC": (
        PROSTATE,
        [
            s(3, "Ax T2 FRFSE", T2_TSE),
            s(5, "Ax DWI b1000", EPI_SE, b(1000)),
            s(500, "Average DC", EPI_SE, SECONDARY),
            s(501, "Isotropic image", EPI_SE, SECONDARY),
        ],
        [3, 500],
    ),
    "prostate, United Imaging": (
        PROSTATE,
        [
            s(2, "t2_fse_sag", "sag", T2_TSE),
            s(3, "t2_fse_tra_hr", T2_TSE),
            s(5, "epi_dwi_tra_b50_1400", EPI_SE, b(1400)),
            s(6, "epi_dwi_tra_b50_1400_ADC", EPI_SE, ADC_MAP),
            s(7, "t1_quick3d_tra_fs_dyn+c", VIBE),
        ],
        [3, 6],
    ),
    "prostate, wash-in beside": (
        PROSTATE,
        [
            s(3, "T2W_TSE_ax", T2_TSE),
            s(6, "dADC_SSh", EPI_SE, ADC_MAP),
            s(8, "WASH-IN", VIBE, DERIVED),
            s(9, "T2W_TSE_ax + ADC fusion", T2_TSE, DERIVED),
        ],
        [3, 6],
    ),
}
