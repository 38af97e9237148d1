"""Which series of a study are found for the channels of NGC's brain and prostate models.

The names are in the habit of several vendors, languages and sites. A line of a table is a study
and the numbers of the series that are right, or the channels that have to be refused and how.
"""

from __future__ import annotations

from typing import Any

import pytest

from dicom_files import request
from studies import Line, line, mr

BRAIN = "catalogue/clara_pt_brain_mri_segmentation_1"
PROSTATE = "catalogue/clara_pt_prostate_mri_segmentation_1"

AGENT = {"ContrastBolusAgent": "8 ml Gadovist"}
SCOUT = {"ImageType": ["ORIGINAL", "PRIMARY", "LOCALIZER"]}
ADC = {"ImageType": ["DERIVED", "PRIMARY", "DIFFUSION", "ADC", "ND", "NORM"]}


def picks(deployed, lines: list[Line], wanted: dict[str, str] | None = None) -> list[int]:
    """The numbers of the series that predict() would feed to the network, in its order."""
    return [int(volume.series.number) for volume in match(deployed, lines, wanted).volumes]


def match(deployed, lines: list[Line], wanted: dict[str, str] | None = None) -> Any:
    """The input that predict() would feed to the network."""
    refusals = deployed.module.Refusals("series", "segmented")
    studies = deployed.module.read_studies(
        request(*mr(lines)), deployed.mdai._modalities, refusals.others
    )
    only, *others = deployed.mdai._inputs(studies, wanted or {}, refusals)
    assert not others and not refusals
    return only


def refusal(deployed, lines: list[Line]) -> str:
    with pytest.raises(deployed.error) as caught:
        picks(deployed, lines)
    return str(caught.value)


T1C_T1_T2_FLAIR = {
    "plain English": (
        [
            line(1, "LOC", **SCOUT),
            line(2, "SAG T1", "sag"),
            line(3, "AX T1"),
            line(4, "AX T2"),
            line(5, "AX FLAIR"),
            line(6, "AX DWI"),
            line(7, "AX ADC"),
            line(8, "AX T1 POST"),
            line(9, "COR T1 POST", "cor"),
        ],
        [8, 3, 4, 5],
    ),
    "GE": (
        [
            line(1, "3-Plane Localizer", **SCOUT),
            line(2, "Sag T1 FLAIR", "sag"),
            line(3, "Ax T2 FLAIR"),
            line(4, "Ax T2 PROPELLER"),
            line(5, "Ax DWI Asset"),
            line(6, "Ax SWAN"),
            line(7, "Ax T1 FLAIR"),
            line(8, "Ax T1 FLAIR +C"),
            line(9, "Cor T1 +C", "cor"),
            line(500, "Apparent Diffusion Coefficient (mm2/s)", **ADC),
        ],
        [8, 7, 4, 3],
    ),
    "GE, three-dimensional": (
        [
            line(1, "Ax BRAVO"),
            line(2, "Sag CUBE T2 FLAIR", "sag"),
            line(3, "Ax T2 FRFSE"),
            line(4, "Ax FSPGR 3D +C"),
            line(5, "Ax T2* GRE"),
        ],
        [4, 1, 3, 2],
    ),
    "GE, one protocol's name for all": (
        [
            line(1, "Ax FLAIR", ProtocolName="T1 T2 FLAIR BRAIN GAD"),
            line(2, "Ax T2", ProtocolName="T1 T2 FLAIR BRAIN GAD"),
            line(3, "Ax T1", ProtocolName="T1 T2 FLAIR BRAIN GAD"),
            line(4, "Ax T1 +C", ProtocolName="T1 T2 FLAIR BRAIN GAD"),
        ],
        [4, 3, 2, 1],
    ),
    "Siemens, German": (
        [
            line(1, "localizer", **SCOUT),
            line(2, "t1_mprage_sag_p2_iso", "sag"),
            line(3, "t2_tse_tra_512"),
            line(4, "t2_tirm_tra_dark-fluid"),
            line(5, "ep2d_diff_3scan_trace_p2_TRACEW"),
            line(6, "ep2d_diff_3scan_trace_p2_ADC", **ADC),
            line(7, "t2_fl2d_tra_hemo"),
            line(8, "t1_mprage_sag_p2_iso_KM", "sag", **AGENT),
            line(9, "SUB_t1_mprage_sag_p2_iso_KM", "sag", **AGENT),
        ],
        [8, 2, 3, 4],
    ),
    "Siemens, reformatted": (
        [
            line(2, "t1_mprage_sag_p2_iso", "sag"),
            line(3, "t1_mprage_sag_p2_iso_MPR_tra"),
            line(4, "t2_tse_tra"),
            line(5, "t2_space_dark-fluid_sag_p2_iso", "sag"),
            line(6, "t1_mprage_tra_p2_iso_KM"),
            line(7, "t1_mprage_tra_p2_iso_KM_MPR_Tra"),
        ],
        [6, 3, 4, 5],
    ),
    "Siemens, three-dimensional": (
        [
            line(2, "t1_space_sag_p2_iso", "sag"),
            line(3, "t2_space_sag_p2_iso", "sag"),
            line(4, "t2_spc_da-fl_sag_p2_iso", "sag"),
            line(5, "t1_space_sag_p2_iso_post", "sag"),
        ],
        [5, 2, 3, 4],
    ),
    "Siemens, susceptibility and perfusion": (
        [
            line(2, "T1 TSE tra"),
            line(3, "T2 TSE tra"),
            line(4, "T2 FLAIR tra"),
            line(5, "SWI_Images"),
            line(6, "mIP_Images(SW)"),
            line(7, "ep2d_perf_p2_T2"),
            line(8, "relCBV_T1"),
            line(9, "T1 TSE tra KM"),
            line(10, "T1 TSE tra KM Subtraktion"),
        ],
        [9, 2, 3, 4],
    ),
    "Philips": (
        [
            line(101, "SURVEY", **SCOUT),
            line(201, "T1W_SE"),
            line(301, "T2W_TSE"),
            line(401, "T2W_FLAIR"),
            line(501, "DWI_SSh"),
            line(502, "dADC_DWI_SSh"),
            line(601, "T2W_FFE"),
            line(701, "VEN_BOLD_T1"),
            line(801, "T1W_3D_TFE +C", "sag"),
        ],
        [801, 201, 301, 401],
    ),
    "Philips, words after the bolus": (
        [
            line(201, "sT1W_3D_TFE"),
            line(301, "sT2W_TSE"),
            line(401, "s3D_Brain_VIEW_FLAIR", "sag"),
            line(501, "sT1W_3D_TFE_GADO"),
        ],
        [501, 201, 301, 401],
    ),
    "Canon": (
        [
            line(1000, "T1 SE"),
            line(2000, "T2 FSE"),
            line(3000, "FLAIR FSE"),
            line(4000, "T1 SE CE"),
        ],
        [4000, 1000, 2000, 3000],
    ),
    "French": (
        [
            line(2, "AX T1 SANS INJECTION"),
            line(3, "AX T2"),
            line(4, "AX FLAIR"),
            line(5, "AX T1 APRES INJECTION"),
        ],
        [5, 2, 3, 4],
    ),
    "French, gadolinium": (
        [line(2, "SAG T1", "sag"), line(3, "T2 AX"), line(4, "FLAIR AX"), line(5, "3D T1 GADO")],
        [5, 2, 3, 4],
    ),
    "Italian": (
        [
            line(2, "T1 SE assiale"),
            line(3, "T2 TSE assiale"),
            line(4, "FLAIR assiale"),
            line(5, "T1 SE assiale dopo mdc"),
        ],
        [5, 2, 3, 4],
    ),
    "Spanish": (
        [
            line(2, "AX T1 SIN CONTRASTE"),
            line(3, "AX T2"),
            line(4, "AX FLAIR"),
            line(5, "AX T1 CON CONTRASTE"),
        ],
        [5, 2, 3, 4],
    ),
    "German words": (
        [
            line(2, "T1 nativ tra"),
            line(3, "T2 tra"),
            line(4, "FLAIR tra"),
            line(5, "T1 tra nach KM"),
            line(6, "T1 cor nach KM", "cor"),
        ],
        [5, 2, 3, 4],
    ),
    "Polish and Dutch": (
        [
            line(2, "T1 tra zonder contrast"),
            line(3, "T2 tra"),
            line(4, "FLAIR tra"),
            line(5, "T1 tra +K"),
        ],
        [5, 2, 3, 4],
    ),
    "with and without in the same words": (
        [
            line(2, "T1 PRE CONTRAST"),
            line(3, "T2"),
            line(4, "T2 FLAIR"),
            line(5, "T1 POST CONTRAST"),
            line(6, "T1 POST-PRE SUBTRACTION"),
        ],
        [5, 2, 3, 4],
    ),
    "without, written short": (
        [line(2, "AX T1 W/O"), line(3, "AX T2"), line(4, "AX FLAIR"), line(5, "AX T1 GD")],
        [5, 2, 3, 4],
    ),
    "words that look like contrast": (
        [
            line(2, "T1 TSE tra posterior fossa"),
            line(3, "T2 TSE tra"),
            line(4, "FLAIR tra"),
            line(5, "T1c TSE tra"),
        ],
        [5, 2, 3, 4],
    ),
    "run together": (
        [line(2, "AXT1"), line(3, "AXT2"), line(4, "AXT2FLAIR"), line(5, "AXT1POST")],
        [5, 2, 3, 4],
    ),
    "told apart by the agent alone": (
        [line(2, "AX T1"), line(3, "AX T2"), line(4, "AX FLAIR"), line(5, "AX T1", **AGENT)],
        [5, 2, 3, 4],
    ),
    "an agent that is none": (
        [
            line(2, "AX T1", ContrastBolusAgent="NONE"),
            line(3, "AX T2", ContrastBolusAgent="NONE"),
            line(4, "AX FLAIR", ContrastBolusAgent="NONE"),
            line(5, "AX T1 +C", **AGENT),
        ],
        [5, 2, 3, 4],
    ),
    "FLAIR and T2 after contrast, too": (
        [
            line(2, "AX T1"),
            line(3, "AX T2"),
            line(4, "AX FLAIR"),
            line(5, "AX T1 POST"),
            line(6, "AX FLAIR POST"),
            line(7, "AX T2 POST"),
        ],
        [5, 2, 3, 4],
    ),
    "FLAIR after contrast only": (
        [line(2, "AX T1"), line(3, "AX T2"), line(4, "AX FLAIR POST"), line(5, "AX T1 POST")],
        [5, 2, 3, 4],
    ),
    "fat saturated, too": (
        [
            line(2, "AX T1"),
            line(3, "AX T2"),
            line(4, "AX T2 FS"),
            line(5, "AX FLAIR FS"),
            line(6, "AX T1 POST"),
            line(7, "AX T1 FAT SAT POST"),
        ],
        [6, 2, 3, 5],
    ),
    "no description but a protocol's name": (
        [
            line(2, "", ProtocolName="t1_se_tra"),
            line(3, "", ProtocolName="t2_tse_tra"),
            line(4, "", ProtocolName="flair_tra"),
            line(5, "", ProtocolName="t1_se_tra_KM"),
        ],
        [5, 2, 3, 4],
    ),
    "T2* and other things with T2 in it": (
        [
            line(2, "AX T1"),
            line(3, "AX T2 STAR"),
            line(4, "AX T2* HEMO"),
            line(5, "AX T2 GRE"),
            line(6, "T2 MAP"),
            line(7, "COR T2 STIR", "cor"),
            line(8, "COR T2", "cor"),
            line(9, "AX FLAIR"),
            line(10, "AX T1 POST"),
        ],
        [10, 2, 8, 9],
    ),
}


@pytest.mark.parametrize("study", T1C_T1_T2_FLAIR)
def test_brain(deploy, study):
    lines, expected = T1C_T1_T2_FLAIR[study]
    assert picks(deploy(BRAIN), lines) == expected


T2_ADC = {
    "Siemens": (
        [
            line(2, "t2_tse_sag", "sag"),
            line(3, "t2_tse_cor", "cor"),
            line(4, "t2_tse_tra"),
            line(5, "ep2d_diff_b50_400_800_tra_TRACEW"),
            line(6, "ep2d_diff_b50_400_800_tra_ADC", **ADC),
            line(7, "ep2d_diff_b50_400_800_tra_CALC_BVAL"),
            line(8, "t1_twist_tra_dyn"),
            line(9, "t1_vibe_tra_KM"),
        ],
        [4, 6],
    ),
    "Siemens, newer": (
        [line(4, "t2_tse_tra_p2"), line(6, "ep2d_diff_tra_DYNDIST_MIX_ADC_DFC", **ADC)],
        [4, 6],
    ),
    "Siemens, the image type alone": (
        [line(4, "t2_tse_tra"), line(5, "ep2d_diff_tra"), line(6, "ep2d_diff_tra", **ADC)],
        [4, 6],
    ),
    "GE": (
        [
            line(3, "Ax T2 FRFSE HR"),
            line(4, "Sag T2", "sag"),
            line(5, "Ax DWI B-1000"),
            line(500, "Apparent Diffusion Coefficient (mm2/s)"),
            line(501, "Exponential Apparent Diffusion Coefficient"),
        ],
        [3, 500],
    ),
    "GE, short": (
        [line(3, "OAX T2"), line(500, "ADC (10^-6 mm2/s)"), line(501, "eADC")],
        [3, 500],
    ),
    "Philips": (
        [
            line(301, "T2W_TSE_ax"),
            line(302, "T2W_TSE_cor", "cor"),
            line(401, "DWI_b0_1000"),
            line(402, "dADC"),
            line(403, "eADC"),
        ],
        [301, 402],
    ),
    "with a large field and fat saturation, too": (
        [line(3, "T2 ax"), line(4, "T2 ax fs pelvis"), line(5, "ADC map")],
        [3, 5],
    ),
    "single-shot, too": ([line(3, "t2_haste_tra"), line(4, "t2_tse_tra"), line(5, "ADC")], [4, 5]),
    "run together": ([line(3, "T2_ax"), line(5, "DWI_ADCmap")], [3, 5]),
}


@pytest.mark.parametrize("study", T2_ADC)
def test_prostate(deploy, study):
    lines, expected = T2_ADC[study]
    assert picks(deploy(PROSTATE), lines) == expected


COMPLETE = [line(2, "AX T1"), line(3, "AX T2"), line(4, "AX FLAIR"), line(5, "AX T1 POST")]

REFUSED = {
    "no contrast medium": (
        BRAIN,
        COMPLETE[:3],
        ["No series fits the channel T1c"],
        ["channel T1,", "channel T2,", "channel FLAIR,"],
    ),
    "after contrast medium only": (
        BRAIN,
        [line(2, "AX T1", **AGENT), *COMPLETE[1:3]],
        ["No series fits the channel T1,"],
        ["channel T1c,"],
    ),
    "two after contrast medium": (
        BRAIN,
        [*COMPLETE, line(6, "AX MPRAGE +C")],
        [
            '2 images fit the channel T1c equally well, and it takes one: series 5 "AX T1 POST", '
            'series 6 "AX MPRAGE +C".'
        ],
        ["No series"],
    ),
    "two of the same name": (
        BRAIN,
        [*COMPLETE, line(6, "AX T2")],
        ['2 images fit the channel T2 equally well, and it takes one: series 3 "AX T2", series 6'],
        ["No series"],
    ),
    "two things wrong": (
        BRAIN,
        [*COMPLETE[1:], line(6, "AX T1 GD")],
        ["No series fits the channel T1,", "2 images fit the channel T1c equally"],
        ["channel T2,"],
    ),
    "T2* is no T2": (
        BRAIN,
        [COMPLETE[0], line(3, "AX T2*"), *COMPLETE[2:]],
        ["No series fits the channel T2,"],
        [],
    ),
    "two ADC": (
        PROSTATE,
        [line(2, "T2 tra"), line(3, "ADC b50-800"), line(4, "ADC b50-1400")],
        ["2 images fit the channel ADC"],
        ["No series"],
    ),
    "diffusion without ADC": (
        PROSTATE,
        [line(2, "T2 tra"), line(3, "DWI b800")],
        ["No series fits the channel ADC"],
        ["channel T2,"],
    ),
    "a CT of the same region": (
        PROSTATE,
        [line(2, "Pelvis 3 mm soft tissue"), line(3, "Pelvis 3 mm bone")],
        ["No series fits the channel T2", "No series fits the channel ADC"],
        [],
    ),
}


@pytest.mark.parametrize("study", REFUSED)
def test_what_can_not_be_told_is_refused(deploy, study):
    mmar, lines, said, unsaid = REFUSED[study]
    text = refusal(deploy(mmar), lines)
    for part in said:
        assert part in text
    for part in unsaid:
        assert part not in text


# ------------------------------------------------------------------ rules of the user's

LONG = [
    *COMPLETE,
    line(
        8,
        "COR T2",
        "cor",
        ImageType=["ORIGINAL", "PRIMARY", "M", "SE"],
        SequenceName="*tse2d1_15",
        ProtocolName="knee",
        DiffusionBValue=50.0,
    ),
    line(9, "SAG MPRAGE +C", "sag", **AGENT),
]
"""Without rules of the user's 5, 2, 3, 4."""

OWN = {
    "pattern": (["T1c=SeriesDescription:~mprage.*c$"], [9, 2, 3, 4]),
    "exact text, without case": (["T1c=seriesdescription:sag mprage +c"], [9, 2, 3, 4]),
    "several conditions": (["T1c=SeriesDescription:~t1|mprage & Plane:sagittal"], [9, 2, 3, 4]),
    "negated": (
        ["T2=SeriesDescription:~t2 & SeriesDescription:!~flair & Plane:!axial"],
        [5, 2, 8, 4],
    ),
    "negated exact text": (
        ["T1c=SeriesDescription:~\\+c|post & SeriesDescription:!AX T1 POST"],
        [9, 2, 3, 4],
    ),
    "an alternative for later": (
        ["FLAIR=SeriesDescription:~no such", "FLAIR=SeriesDescription:~flair"],
        [5, 2, 3, 4],
    ),
    "two channels": (["t1C=SeriesDescription:SAG MPRAGE +C", "T2=Plane:coronal"], [9, 2, 8, 4]),
    "image type": (["T2=ImageType:ORIGINAL\\PRIMARY\\M\\SE"], [5, 2, 8, 4]),
    "part of the image type": (["T2=ImageType:~\\\\SE$"], [5, 2, 8, 4]),
    "sequence": (["T2=SequenceName:*tse2d1_15"], [5, 2, 8, 4]),
    "protocol": (["T2=ProtocolName:~^KNEE"], [5, 2, 8, 4]),
    "b-value": (["T2=DiffusionBValue:50"], [5, 2, 8, 4]),
    "agent": (["T1c=ContrastBolusAgent:~gadovist"], [9, 2, 3, 4]),
}


def options(rules: list[str]) -> list[str]:
    return [part for rule in rules for part in ("--channel", rule)]


def test_the_study_for_rules_of_the_users(deploy):
    assert picks(deploy(BRAIN), LONG) == [5, 2, 3, 4]


@pytest.mark.parametrize("rules", OWN)
def test_rules_of_the_users(deploy, rules):
    given, expected = OWN[rules]
    assert picks(deploy(BRAIN, *options(given)), LONG) == expected


def test_one_series_can_not_serve_two_channels(deploy):
    own = deploy(BRAIN, *options(["T1=SeriesDescription:~post"]))
    text = refusal(own, COMPLETE)
    assert (
        'series 5 "AX T1 POST" is the only one that fits the channels T1c and T1, and can\'t '
        "serve both." in text
    )


def test_what_is_looked_for_is_said_in_words(deploy):
    rules = [
        "T2=SeriesDescription:pelvis (t2) & Plane:!sagittal",
        "T2=ImageType:~\\\\T2W & SeriesDescription:!~fs",
    ]
    text = refusal(deploy(PROSTATE, *options(rules)), [line(3, "AX T2"), line(4, "ADC")])
    assert (
        'No series fits the channel T2, which looks for SeriesDescription "pelvis (t2)", Plane '
        'not "sagittal"; or ImageType with /\\\\T2W/, SeriesDescription without /fs/.' in text
    )


def test_known_rules_have_words_of_their_own(deploy):
    text = refusal(deploy(PROSTATE), [line(3, "AX T2"), line(4, "DWI")])
    assert (
        "No series fits the channel ADC, which looks for an ADC map (called ADC or apparent "
        "diffusion, or ADC in ImageType), not an exponential one." in text
    )
