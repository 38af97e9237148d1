"""Studies and which of their series are the channels; the first half, from before the rules.

A study is (what is needed, its series, the numbers of the right ones or what the refusal says).
"""

from __future__ import annotations

from typing import Sequence, Tuple, Union

from mr_presets import (
    ADC_MAP,
    DIR_3D,
    EPI_SE,
    FLAIR_2D,
    FLAIR_3D,
    GADOVIST,
    MPRAGE,
    PD_TSE,
    SECONDARY,
    STIR_2D,
    SWI,
    T1_SE,
    T2_SPACE,
    T2_TSE,
    VIBE,
    at,
    b,
    bolus,
    kind,
    s,
)
from studies import Line

BRAIN, PROSTATE = "brain", "prostate"
Study = Tuple[str, Sequence[Line], Union[Sequence[int], str]]

REST = [s(3, "AX T2", T2_TSE), s(4, "AX FLAIR", FLAIR_2D)]
"""The T2 and FLAIR of studies whose T1 are what is hard."""

FIRST: dict[str, Study] = {
    # ---------------------------------------------- the words that a negation binds
    "post without fat saturation": (
        BRAIN,
        [s(1, "AX T1 PRE WITHOUT FS"), s(2, "AX T1 POST WITHOUT FS"), *REST],
        [2, 1, 3, 4],
    ),
    "Spanish: sin FS": (BRAIN, [s(1, "T1 AX"), s(2, "T1 AX GD SIN FS"), *REST], [2, 1, 3, 4]),
    "contrast before an operation": (
        BRAIN,
        [s(1, "3D T1 PRE OP"), s(2, "3D T1 +C PRE OP"), *REST],
        [2, 1, 3, 4],
    ),
    "w o, blanks for slashes": (
        BRAIN,
        [s(1, "AX T1 W O CONTRAST"), s(2, "AX T1 W CONTRAST"), *REST],
        [2, 1, 3, 4],
    ),
    "prae KM": (BRAIN, [s(1, "T1 tra prae KM"), s(2, "T1 tra post KM"), *REST], [2, 1, 3, 4]),
    "the posterior fossa": (
        BRAIN,
        [s(1, "T1 SE AX POST FOSSA"), s(2, "T1 SE AX GD"), *REST],
        [2, 1, 3, 4],
    ),
    "posterior fossa and nothing with contrast": (
        BRAIN,
        [s(1, "T1 SE AX"), s(2, "T1 SE SAG POST FOSSA", "sag"), *REST],
        "channel T1c",
    ),
    "W/ and W/O": (BRAIN, [s(1, "AX T1 W/O"), s(2, "AX T1 W/"), *REST], [2, 1, 3, 4]),
    "WITH and WITHOUT": (
        BRAIN,
        [s(1, "T1 AXIAL WITHOUT"), s(2, "T1 AXIAL WITH"), *REST],
        [2, 1, 3, 4],
    ),
    "post-operative T1 without contrast": (
        BRAIN,
        [s(1, "AX T1 POST OP"), s(2, "AX T1 POST OP GAD"), *REST],
        [2, 1, 3, 4],
    ),
    "post-op only": (
        BRAIN,
        [s(1, "AX T1 POST-OP"), s(2, "SAG T1 POSTOP", "sag"), *REST],
        "channel T1c",
    ),
    # ---------------------------------------------- languages
    "Portuguese": (
        BRAIN,
        [s(1, "AX T1 SEM CONTRASTE"), s(2, "AX T1 PÓS CONTRASTE"), *REST],
        [2, 1, 3, 4],
    ),
    "Portuguese, short": (BRAIN, [s(1, "T1 AX PRE"), s(2, "T1 AX POS GD"), *REST], [2, 1, 3, 4]),
    "Turkish": (
        BRAIN,
        [
            s(1, "T1 TSE AKSIYEL KONTRASTSIZ"),
            s(2, "T1 TSE AKSIYEL KONTRASTLI"),
            s(3, "T2 TSE AKSIYEL"),
            s(4, "FLAIR AKSIYEL"),
        ],
        [2, 1, 3, 4],
    ),
    "Turkish, before and after": (
        BRAIN,
        [s(1, "T1 AKS KONTRAST ONCESI"), s(2, "T1 AKS KONTRAST SONRASI"), *REST],
        [2, 1, 3, 4],
    ),
    "Polish": (
        BRAIN,
        [s(1, "T1 TRA BEZ KONTRASTU"), s(2, "T1 TRA PO KONTRASCIE"), *REST],
        [2, 1, 3, 4],
    ),
    "Polish, with": (BRAIN, [s(1, "T1 bez k"), s(2, "T1 z kontrastem"), *REST], [2, 1, 3, 4]),
    "Dutch": (
        BRAIN,
        [s(1, "T1 TRA BLANCO"), s(2, "T1 TRA NA GADOLINIUM"), *REST],
        [2, 1, 3, 4],
    ),
    "Dutch, with": (
        BRAIN,
        [s(1, "T1 tra zonder contrast"), s(2, "T1 tra met contrast"), *REST],
        [2, 1, 3, 4],
    ),
    "Spanish, letters": (
        BRAIN,
        [s(1, "T1 AX S/C"), s(2, "T1 AX C/C"), s(3, "T2 AX"), s(4, "FLAIR AX")],
        [2, 1, 3, 4],
    ),
    "Swedish": (
        BRAIN,
        [s(1, "T1 ax utan kontrast"), s(2, "T1 ax med kontrast"), *REST],
        [2, 1, 3, 4],
    ),
    # ---------------------------------------------- agents and times
    "the agent's own name": (
        BRAIN,
        [s(1, "AX T1"), s(2, "AX T1 DOTAREM"), *REST],
        [2, 1, 3, 4],
    ),
    "an agent on all, its start time tells": (
        BRAIN,
        [
            s(1, "AX T1", T1_SE, bolus("0930"), at("0910")),
            s(2, "AX T1", T1_SE, bolus("0930"), at("0940")),
            s(3, "AX T2", T2_TSE, bolus("0930"), at("0915")),
            s(4, "AX FLAIR", FLAIR_2D, bolus("0930"), at("0920")),
        ],
        [2, 1, 3, 4],
    ),
    "an agent on all and nothing that tells": (
        BRAIN,
        [
            s(1, "AX T1", T1_SE, GADOVIST),
            s(2, "AX T1", T1_SE, GADOVIST),
            s(3, "AX T2", T2_TSE, GADOVIST),
            s(4, "AX FLAIR", FLAIR_2D, GADOVIST),
        ],
        "channel T1",
    ),
    "called post, taken before the bolus": (
        BRAIN,
        [
            s(1, "AX T1", T1_SE, at("0905")),
            s(2, "AX T1 POST", T1_SE, bolus("0930"), at("0910")),
            *REST,
        ],
        "channel T1c",
    ),
    "the plain one was taken after the other": (
        BRAIN,
        [s(1, "AX T1", T1_SE, at("1015")), s(2, "AX T1 GD", T1_SE, at("0950")), *REST],
        "channel T1,",
    ),
    # ---------------------------------------------- physics
    "names and physics the wrong way round": (
        BRAIN,
        [
            s(1, "AX T1", T2_TSE),
            s(2, "AX T1 GD", T1_SE),
            s(3, "AX T2", T1_SE),
            s(4, "AX FLAIR", FLAIR_2D),
        ],
        "channel T1,",
    ),
    "a FLAIR called T2 FLR": (
        BRAIN,
        [s(1, "AX T1"), s(2, "AX T1 GD"), s(3, "AX T2"), s(4, "AX T2 FLR")],
        [2, 1, 3, 4],
    ),
    "a FLAIR called T2, told by its inversion": (
        BRAIN,
        [
            s(1, "AX T1", T1_SE),
            s(2, "AX T1 GD", T1_SE),
            s(3, "AX T2", T2_TSE),
            s(4, "AX T2", FLAIR_2D),
        ],
        [2, 1, 3, 4],
    ),
    "nothing but physics": (
        BRAIN,
        [
            s(1, "Series 1", T1_SE),
            s(2, "Series 2", T1_SE, GADOVIST),
            s(3, "Series 3", T2_TSE),
            s(4, "Series 4", FLAIR_2D),
        ],
        [2, 1, 3, 4],
    ),
    "DIR besides FLAIR": (
        BRAIN,
        [
            s(1, "T1 MPRAGE SAG", "sag", MPRAGE),
            s(2, "T1 MPRAGE SAG GD", "sag", MPRAGE),
            s(3, "T2 SPACE SAG", "sag", T2_SPACE),
            s(4, "FLAIR SPACE SAG", "sag", FLAIR_3D),
            s(5, "DIR SPACE SAG", "sag", DIR_3D),
        ],
        [2, 1, 3, 4],
    ),
    "a dual echo's two volumes": (
        BRAIN,
        [
            s(1, "AX T1", T1_SE),
            s(2, "AX T1 +C", T1_SE),
            s(3, "AX PD/T2", PD_TSE, {"EchoNumbers": 1, "AcquisitionNumber": 1}),
            s(3, "AX PD/T2", T2_TSE, {"EchoNumbers": 2, "AcquisitionNumber": 1}),
            s(4, "AX FLAIR", FLAIR_2D),
        ],
        [2, 1, 3, 4],
    ),
    "a STIR is no T2": (
        BRAIN,
        [s(1, "AX T1"), s(2, "AX T1 +C"), s(3, "AX T2", STIR_2D), s(4, "AX FLAIR")],
        "channel T2",
    ),
    # ---------------------------------------------- derived
    "a subtraction by its image type": (
        BRAIN,
        [
            s(1, "AX T1"),
            s(2, "AX T1 GD"),
            s(5, "AX T1 GD", kind("DERIVED", "PRIMARY", "SUBTRACT", "NONE")),
            *REST,
        ],
        [2, 1, 3, 4],
    ),
    "only a MIP with contrast": (
        BRAIN,
        [s(1, "AX T1"), s(2, "AX T1 GD MIP"), *REST],
        "channel T1c",
    ),
    "a projection by its image type": (
        BRAIN,
        [
            s(1, "AX T1"),
            s(2, "AX T1 GD", kind("DERIVED", "PRIMARY", "PROJECTION IMAGE", "MIP")),
            *REST,
        ],
        "channel T1c",
    ),
    "subjects of BIDS are no subtractions": (
        BRAIN,
        [
            s(1, "sub-01_ses-pre_T1w"),
            s(2, "sub-01_ses-pre_ce-gadolinium_T1w"),
            s(3, "sub-01_ses-pre_T2w"),
            s(4, "sub-01_ses-pre_FLAIR"),
        ],
        [2, 1, 3, 4],
    ),
    "ReproIn": (
        BRAIN,
        [
            s(1, "anat-scout_ses-01"),
            s(2, "anat-T1w_acq-MPRAGE", "sag"),
            s(3, "anat-T2w_acq-space", "sag"),
            s(4, "anat-FLAIR", "sag"),
            s(5, "dwi_dir-AP"),
            s(6, "func-bold_task-rest"),
            s(7, "anat-T1w_acq-MPRAGE_ce-gad", "sag"),
        ],
        [7, 2, 3, 4],
    ),
    # ---------------------------------------------- sets
    "MP2RAGE": (
        BRAIN,
        [
            s(1, "t1_mp2rage_sag_p3_iso_INV1", "sag"),
            s(2, "t1_mp2rage_sag_p3_iso_INV2", "sag"),
            s(3, "t1_mp2rage_sag_p3_iso_T1_Images", "sag"),
            s(4, "t1_mp2rage_sag_p3_iso_UNI_Images", "sag"),
            s(5, "t2_space_sag", "sag"),
            s(6, "flair_space_sag", "sag"),
            s(7, "t1_mprage_sag_KM", "sag"),
        ],
        [7, 4, 5, 6],
    ),
    "Dixon": (
        BRAIN,
        [
            s(1, "t1_tse_tra"),
            s(2, "t2_tse_tra"),
            s(3, "t2_flair_tra"),
            s(4, "t1_vibe_dixon_tra_KM_in"),
            s(5, "t1_vibe_dixon_tra_KM_opp"),
            s(6, "t1_vibe_dixon_tra_KM_W"),
            s(7, "t1_vibe_dixon_tra_KM_F"),
        ],
        [6, 1, 2, 3],
    ),
    # ---------------------------------------------- public sets
    "TCGA": (
        BRAIN,
        [
            s(1, "3 PLANE LOC"),
            s(2, "AX T1 PRE GD"),
            s(3, "AXIAL FLAIR"),
            s(4, "AX FSE T2"),
            s(5, "DIFFUSION"),
            s(6, "AX T1 POST GD"),
            s(7, "COR T1 POST GD", "cor"),
            s(8, "PERFUSION"),
        ],
        [6, 2, 4, 3],
    ),
    "UPENN": (
        BRAIN,
        [
            s(2, "t1axial-pre"),
            s(3, "T2axial"),
            s(4, "flair-axial"),
            s(5, "t1axial-stealth-post"),
            s(6, "dti-axial"),
            s(7, "perf-axial"),
        ],
        [5, 2, 3, 4],
    ),
    "Canon, physics beside": (
        BRAIN,
        [
            s(1000, "Ax T1W SE", T1_SE),
            s(2000, "Ax T2W FASE", T2_TSE),
            s(3000, "Ax FLAIR FASE", FLAIR_2D),
            s(4000, "Ax T1W SE CE", T1_SE, GADOVIST),
            s(5000, "Ax FSBB", SWI),
        ],
        [4000, 1000, 2000, 3000],
    ),
    # ---------------------------------------------- prostate
    "prostate with DWI of several b": (
        PROSTATE,
        [
            s(1, "t2_tse_tra", T2_TSE),
            s(2, "t2_tse_cor", "cor", T2_TSE),
            s(3, "ep2d_diff_tra", EPI_SE, b(50), {"AcquisitionNumber": 1}),
            s(3, "ep2d_diff_tra", EPI_SE, b(800), {"AcquisitionNumber": 2}),
            s(4, "ep2d_diff_tra_ADC", EPI_SE, ADC_MAP),
            s(5, "t1_vibe_dyn_tra", VIBE, GADOVIST),
        ],
        [1, 4],
    ),
    "prostate, eADC only": (
        PROSTATE,
        [s(1, "T2 AX", T2_TSE), s(2, "eADC", SECONDARY)],
        "channel ADC",
    ),
}
