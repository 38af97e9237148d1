"""Studies written last, by someone who had not read the rules nor the words in them.

What comes along in them is the work of consoles and workstations: maps, differences, overlays,
contrast made by a network, ratios, repeats.
"""

from __future__ import annotations

from channel_table import BRAIN, PROSTATE, REST, Study
from channel_table_last import WITH_DWI
from mr_presets import (
    ADC_MAP,
    DERIVED,
    DIR_3D,
    DSC,
    EPI_SE,
    FLAIR_2D,
    FLAIR_3D,
    GADOVIST,
    MPRAGE,
    SECONDARY,
    SLAB,
    SWI,
    T1_FLASH,
    T1_SE,
    T1_TSE,
    T2_SPACE,
    T2_STAR,
    T2_TSE,
    TFE,
    TOF,
    VIBE,
    at,
    b,
    bolus,
    kind,
    s,
)

PRE, POST = s(1, "AX T1", T1_SE), s(2, "AX T1 POST GAD", T1_SE, GADOVIST)
CLEAR = [PRE, POST, *REST]
"""A study of which nothing is in doubt, to which others are added."""
ANSWER = [2, 1, 3, 4]

PROCESSED: dict[str, Study] = {
    "fresh: difference spelt out": (
        BRAIN,
        [*CLEAR, s(20, "T1 POST minus T1 PRE", T1_SE, GADOVIST, SECONDARY)],
        ANSWER,
    ),
    "fresh: only a difference": (
        BRAIN,
        [PRE, s(20, "AX T1 POST minus PRE", T1_SE, GADOVIST), *REST],
        "channel T1c",
    ),
    "fresh: DCE and its maps": (
        BRAIN,
        [
            *CLEAR,
            s(20, "AX T1 MAP", VIBE),
            s(21, "T1 TWIST dynamic", VIBE, GADOVIST),
            s(22, "Ktrans", VIBE, GADOVIST, SECONDARY),
            s(23, "ve T1 DCE", VIBE, GADOVIST, SECONDARY),
        ],
        ANSWER,
    ),
    "fresh: only a T1 map": (
        BRAIN,
        [s(1, "AX T1 relaxometry", VIBE), POST, *REST],
        "channel T1,",
    ),
    "fresh: DSC and its maps": (
        BRAIN,
        [
            *CLEAR,
            s(20, "ep2d_perf", DSC, GADOVIST),
            s(21, "rCBV leakage corrected", DSC, GADOVIST, SECONDARY),
            s(22, "MTT (color)", DSC, GADOVIST, SECONDARY),
            s(23, "GBP", DSC, GADOVIST, DERIVED),
        ],
        ANSWER,
    ),
    "fresh: overlay of a segmentation": (
        BRAIN,
        [*CLEAR, s(20, "AX T1 POST GAD tumor contour overlay", T1_SE, GADOVIST)],
        ANSWER,
    ),
    "fresh: contrast made by a network": (
        BRAIN,
        [PRE, s(20, "AX T1 SubtleGAD", T1_SE), *REST],
        "channel T1c",
    ),
    "fresh: enhanced is sharpened": (
        BRAIN,
        [PRE, s(20, "AX T1 SubtleMR Enhanced", T1_SE, DERIVED), POST, *REST],
        ANSWER,
    ),
    "fresh: ratio of two weightings": (
        BRAIN,
        [s(20, "T1w/T2w ratio", T1_SE), *CLEAR],
        ANSWER,
    ),
    "fresh: FLAIR times T2": (
        BRAIN,
        [PRE, POST, s(3, "AX T2", T2_TSE), s(20, "FLAIR x T2 combined", FLAIR_3D, SECONDARY)],
        "channel FLAIR",
    ),
    "fresh: fused with PET": (
        BRAIN,
        [PRE, s(20, "T1 POST fused FDG", T1_SE, GADOVIST), *REST],
        "channel T1c",
    ),
    "fresh: tracts burnt in": (
        BRAIN,
        [s(20, "T1 +C CST tractography", MPRAGE, GADOVIST), *CLEAR],
        ANSWER,
    ),
    "fresh: skull stripped only": (
        BRAIN,
        [s(1, "T1 brain extracted", T1_SE, SECONDARY), POST, *REST],
        "channel T1,",
    ),
    "fresh: synthetic beside acquired": (
        BRAIN,
        [
            *CLEAR,
            s(20, "MAGiC", {"ScanningSequence": ["SE"], "RepetitionTime": 4000.0}),
            s(21, "SyMRI T1W", SECONDARY),
            s(22, "SyMRI T2W", SECONDARY),
            s(23, "SyMRI FLAIR", SECONDARY),
        ],
        ANSWER,
    ),
    "fresh: FLAIR is synthetic": (
        BRAIN,
        [PRE, POST, s(3, "AX T2", T2_TSE), s(20, "AX FLAIR synth", SECONDARY)],
        "channel FLAIR",
    ),
    "fresh: reformat of the sagittal": (
        BRAIN,
        [
            PRE,
            s(5, "SAG T1 MPRAGE POST", "sag", MPRAGE, GADOVIST),
            s(6, "AX T1 MPRAGE POST RFMT", MPRAGE, GADOVIST, kind("DERIVED", "SECONDARY", "MPR")),
            *REST,
        ],
        [5, 1, 3, 4],
    ),
    "fresh: rotating projection": (
        BRAIN,
        [*CLEAR, s(20, "T1 POST GAD tumble", MPRAGE, GADOVIST, DERIVED)],
        ANSWER,
    ),
    "fresh: T1 rho": (
        BRAIN,
        [s(20, "AX T1 rho", TFE), POST, *REST],
        "channel T1,",
    ),
}

ACQUIRED: dict[str, Study] = {
    "fresh: localizers with weightings": (
        BRAIN,
        [s(20, "3-pl T2 SSFSE loc", T2_TSE, SLAB), s(21, "Survey T1", T1_FLASH, SLAB), *CLEAR],
        ANSWER,
    ),
    "fresh: the first one moved": (
        BRAIN,
        [*CLEAR, s(20, "AX T2 motion degraded", T2_TSE)],
        ANSWER,
    ),
    "fresh: magnitude and phase": (
        BRAIN,
        [
            *CLEAR[1:],
            s(1, "t1_tse_tra", T1_TSE),
            s(20, "t1_tse_tra", T1_TSE, kind("ORIGINAL", "PRIMARY", "P", "ND")),
        ],
        ANSWER,
    ),
    "fresh: flow study": (
        BRAIN,
        [
            *CLEAR,
            s(20, "AX T1 CSF flow venc 10 mag", VIBE),
            s(21, "AX T1 CSF flow venc 10 vel", VIBE, kind("ORIGINAL", "PRIMARY", "VELOCITY MAP")),
        ],
        ANSWER,
    ),
    "fresh: T2 of the inner ear": (
        BRAIN,
        [*CLEAR, s(20, "AX T2 SPACE IAC", T2_SPACE, SLAB)],
        ANSWER,
    ),
    "fresh: spectroscopy": (
        BRAIN,
        [
            *CLEAR,
            s(20, "svs_se_30", {"ScanningSequence": ["SE"], "RepetitionTime": 2000.0}),
            s(21, "CSI T2 reference", T2_TSE, SLAB),
        ],
        ANSWER,
    ),
    "fresh: fMRI": (
        BRAIN,
        [
            *CLEAR,
            s(20, "T2 BOLD finger tapping", DSC),
            s(21, "gre_field_mapping", T2_STAR),
            s(22, "t-map R hand on T1", SECONDARY),
        ],
        ANSWER,
    ),
    "fresh: vessel wall": (
        BRAIN,
        [*CLEAR, s(20, "AX T1 vessel wall POST GAD", T1_TSE, GADOVIST, SLAB)],
        ANSWER,
    ),
    "fresh: haemorrhage, no T2": (
        BRAIN,
        [PRE, POST, s(20, "AX T2 hemo", T2_STAR), s(4, "AX FLAIR", FLAIR_2D)],
        "channel T2",
    ),
    "fresh: enhanced T1 only": (
        BRAIN,
        [POST, s(5, "COR T1 POST GAD", "cor", T1_SE, GADOVIST), *REST],
        "channel T1,",
    ),
    "fresh: late enhancement as well": (
        BRAIN,
        [PRE, s(2, "AX T1 GD 2 min", T1_SE, GADOVIST), s(5, "AX T1 GD 20 min", T1_SE, GADOVIST)]
        + REST,
        "channel T1c",
    ),
    "fresh: neuromelanin for T1": (
        BRAIN,
        [s(20, "AX T1 neuromelanin", T1_TSE, SLAB), *CLEAR],
        ANSWER,
    ),
    "fresh: magnetisation transfer": (
        BRAIN,
        [s(20, "AX T1 MT ON", T1_FLASH), POST, *REST],
        "channel T1,",
    ),
    "fresh: prostate with DCE": (
        PROSTATE,
        [
            s(1, "T2W_TSE_ax", T2_TSE),
            s(2, "T2W_TSE_cor", "cor", T2_TSE),
            s(3, "dDWI 0 800 sDWI", EPI_SE, b(800)),
            s(4, "dADC 0 800", EPI_SE, ADC_MAP),
            s(5, "eTHRIVE dyn", VIBE, GADOVIST),
            s(6, "T2 map", T2_TSE, SECONDARY),
        ],
        [1, 4],
    ),
    "fresh: exponential ADC only": (
        PROSTATE,
        [s(1, "T2 ax", T2_TSE), s(2, "DWI b1000", EPI_SE, b(1000)), s(4, "exp ADC", EPI_SE)],
        "channel ADC",
    ),
    "fresh: calculated b": (
        WITH_DWI,
        [
            s(1, "t2_tse_tra", T2_TSE),
            s(2, "ep2d_diff_tra", EPI_SE, b(800)),
            s(3, "ep2d_diff_tra_ADC", EPI_SE, ADC_MAP),
            s(4, "ADC fit error", EPI_SE, DERIVED),
        ],
        "channel ADC",
    ),
}


def pair(without: str, with_agent: str, t2: str = "T2 tra", flair: str = "FLAIR tra") -> Study:
    """A brain whose T1 differ by their names only."""
    return (
        BRAIN,
        [
            s(1, without, T1_SE),
            s(2, with_agent, T1_SE),
            s(3, t2, T2_TSE),
            s(4, flair, FLAIR_2D),
        ],
        ANSWER,
    )


LANGUAGES: dict[str, Study] = {
    "fresh: Portuguese": pair("AX T1 sem gadolínio", "AX T1 pós gadolínio"),
    "fresh: Polish": pair("T1 tra przed kontrastem", "T1 tra po kontraście"),
    "fresh: Turkish": pair("T1 AX kontrastsız", "T1 AX kontrastlı"),  # noqa: RUF001
    "fresh: Dutch": pair("T1 tra blanco", "T1 tra na gado"),
    "fresh: Czech": pair("T1 tra nativně", "T1 tra po k.l."),
    "fresh: Hungarian": pair("T1 natív", "T1 kontrasztos"),
    "fresh: Swedish": pair("T1 tra utan kontrast", "T1 tra med kontrast"),
    "fresh: Finnish": pair("T1 ax ilman tehostetta", "T1 ax tehosteella"),
    "fresh: Japanese": pair("T1強調 単純", "T1強調 造影後"),
    "fresh: Chinese": pair("T1 平扫", "T1 增强"),
    "fresh: Korean": pair("T1 조영전", "T1 조영후"),
    "fresh: Romanian": pair("T1 ax nativ", "T1 ax cu contrast"),
    "fresh: Italian": pair("T1 ass basale", "T1 ass dopo mdc"),
    "fresh: Vietnamese": pair("T1 trước tiêm", "T1 sau tiêm"),
    "fresh: French, no injection": (
        BRAIN,
        [s(1, "T1 ax non injecté", T1_SE), s(2, "T1 ax soustraction injecté", T1_SE), *REST],
        "channel T1c",
    ),
    "fresh: German difference": (
        BRAIN,
        [s(1, "T1 tra nativ", T1_SE), s(2, "T1 tra KM Differenzbild", T1_SE, GADOVIST), *REST],
        "channel T1c",
    ),
}

NAMELESS: dict[str, Study] = {
    "fresh: no names, an agent": (
        BRAIN,
        [
            s(11, "", T1_SE),
            s(12, "", T2_TSE),
            s(13, "", FLAIR_2D),
            s(14, "", T2_STAR),
            s(15, "", T1_SE, GADOVIST),
        ],
        [15, 11, 12, 13],
    ),
    "fresh: numbered, a bolus": (
        BRAIN,
        [
            s(1, "Series 1", MPRAGE, bolus("1015"), at("1000")),
            s(2, "Series 2", T2_TSE, at("1005"), bolus("1015")),
            s(3, "Series 3", FLAIR_3D, at("1010"), bolus("1015")),
            s(4, "Series 4", MPRAGE, at("1020"), bolus("1015")),
        ],
        [4, 1, 2, 3],
    ),
    "fresh: no names, DIR and angiography": (
        BRAIN,
        [
            s(1, "", MPRAGE),
            s(2, "", T2_SPACE),
            s(3, "", FLAIR_3D),
            s(4, "", DIR_3D),
            s(5, "", TOF, SLAB),
            s(6, "", SWI),
            s(7, "", MPRAGE, GADOVIST),
        ],
        [7, 1, 2, 3],
    ),
    "fresh: no names, no agent": (
        BRAIN,
        [s(1, "", T1_SE), s(2, "", T2_TSE), s(3, "", FLAIR_2D), s(4, "", T1_SE)],
        "channel T1",
    ),
    "fresh: no names, a difference": (
        BRAIN,
        [
            s(1, "", T1_SE),
            s(2, "", T2_TSE),
            s(3, "", FLAIR_2D),
            s(4, "", T1_SE, GADOVIST, kind("DERIVED", "PRIMARY", "M", "SUB")),
        ],
        "channel T1c",
    ),
    "fresh: no names, a T1 map": (
        BRAIN,
        [
            s(1, "", VIBE, kind("DERIVED", "PRIMARY", "T1", "T1 MAP")),
            s(2, "", T2_TSE),
            s(3, "", FLAIR_2D),
            s(4, "", VIBE, GADOVIST),
        ],
        "channel T1,",
    ),
    "fresh: hidden prostate": (
        PROSTATE,
        [
            s(1, "ANON", T2_TSE),
            s(2, "ANON", EPI_SE, b(50)),
            s(3, "ANON", EPI_SE, ADC_MAP),
            s(4, "ANON", VIBE, GADOVIST),
        ],
        [1, 3],
    ),
}

MTC = {"SequenceVariant": ["SK", "MTC"]}

UNEXPLAINED: dict[str, Study] = {
    "unexplained: a word": (
        BRAIN,
        [s(1, "AX T1 zebra", T1_SE), POST, *REST],
        "alone in the study has zebra",
    ),
    "unexplained: a word in FLAIR": (
        BRAIN,
        [PRE, POST, s(3, "AX T2", T2_TSE), s(4, "AX FLAIR mismatchomics", FLAIR_2D)],
        "channel FLAIR, but it may also be",
    ),
    "unexplained: a word of several volumes of one series": (
        WITH_DWI,
        [
            s(1, "T2 ax"),
            s(2, "DWI kurtosis", b(50), EPI_SE, {"AcquisitionNumber": 1}),
            s(2, "DWI kurtosis", b(800), EPI_SE, {"AcquisitionNumber": 2}),
            s(4, "ADC"),
        ],
        "alone in the study has kurtosis",
    ),
    "unexplained: a site's own word": (
        BRAIN,
        [
            s(1, "zebra AX T1", T1_SE),
            s(2, "zebra AX T1 GAD", T1_SE),
            s(3, "zebra AX T2", T2_TSE),
            s(4, "zebra AX FLAIR", FLAIR_2D),
        ],
        ANSWER,
    ),
    "unexplained: a word, beside one without": (
        BRAIN,
        [s(5, "AX T1 zebra", T1_SE), *CLEAR],
        ANSWER,
    ),
    "unexplained: only the header tells of transfer": (
        BRAIN,
        [s(1, "AX T1", T1_SE, MTC), POST, *REST],
        "has magnetisation transfer",
    ),
    "unexplained: both of a pair with transfer": (
        BRAIN,
        [s(1, "AX T1 MTC", T1_SE, MTC), s(2, "AX T1 MTC GAD", T1_SE, MTC), *REST],
        ANSWER,
    ),
    "unexplained: transfer after contrast medium": (
        BRAIN,
        [PRE, s(2, "AX T1 MTC GAD", T1_SE, MTC), *REST],
        ANSWER,
    ),
    "unexplained: without transfer": (BRAIN, [s(1, "AX T1 no MT", T1_SE), POST, *REST], ANSWER),
}
"""Written with the rule that doubts a word which one series has alone and nothing explains."""

FRESH: dict[str, Study] = {**PROCESSED, **ACQUIRED, **LANGUAGES, **NAMELESS, **UNEXPLAINED}
