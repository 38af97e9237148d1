"""How an X-ray picture lies, against the convention of its view.

A chest lies with the patient's left at the viewer's right, whichever way it was exposed; a class
may be named after a side. Devices that store a picture otherwise say so in PatientOrientation,
and viewers turn it.

Sources: DICOM PS3.3 C.7.6.1.1.1 (Patient Orientation), C.8.11.5.1.1 (View Position), C.8.11.7
(mammography); IHE Mammography Image, 4.16 (chest walls back to back, axilla and outer side up).
For lateral views there is no convention on the side that the patient faces.
"""

from __future__ import annotations

import numpy as np
from pydicom.dataset import Dataset

OPPOSITE = {"L": "R", "R": "L", "A": "P", "P": "A", "F": "H", "H": "F"}

FRONTAL = ("L", "F")
FRONTAL_VIEWS = ("PA", "AP")
LATERAL_VIEWS = ("LL", "RL")

BREASTS = {
    **{view: {"R": ("P", "L"), "L": ("A", "R")} for view in ("CC", "XCC", "XCCL", "XCCM")},
    **{view: {"R": ("P", "F"), "L": ("A", "F")} for view in ("MLO", "ML", "LM", "LMO")},
}
"""Directions of the rows and columns by ViewPosition and side."""

MEANINGS = {
    "posteroanterior": "PA",
    "anteroposterior": "AP",
    "leftlateral": "LL",
    "rightlateral": "RL",
    "craniocaudal": "CC",
    "mediolateraloblique": "MLO",
    "mediolateral": "ML",
    "lateromedial": "LM",
    "lateromedialoblique": "LMO",
}
"""Views by the meaning of their code (PS3.16 CID 4010 and 4014), letters only."""

LIMBS = (
    *("hand", "wrist", "finger", "thumb", "forearm", "radius", "ulna", "elbow", "arm", "humerus"),
    *("foot", "ankle", "toe", "heel", "calcaneus", "leg", "tibia", "fibula", "knee", "patella"),
    *("femur", "thigh", "extremity"),
)
"""Parts of the body that are shown either way up: a hand's fingers are its feet's side."""


def laid_out(pixels: np.ndarray, header: Dataset) -> tuple[np.ndarray, str | None]:
    """A picture as the convention of its view has it, where both are known.

    Args:
        pixels: (rows, columns).

    Returns:
        The picture, and what was done to it or is in doubt.
    """
    given = _directions(header)
    if given is None:
        return pixels, None
    row, column = given
    view = _view(header)
    shown = f"Its PatientOrientation is {row}\\{column}"
    wanted = _convention(header, view)
    if wanted is None:
        is_frontal = {row, column} <= set("LRFH") and not _is_limb(header)
        if view is None and is_frontal and given != FRONTAL:
            return pixels, f"{shown} and its view is not known: it may be mirrored or turned."
        return pixels, None
    if given == wanted:
        return pixels, None
    if view in LATERAL_VIEWS:
        turned = _with_feet_down(pixels, row, column)
        return turned, f"{shown}: it was turned so that feet are down."
    mirrored = _turned(pixels, given, wanted)
    if mirrored is None:
        return pixels, f"{shown}, which can't be for the view {view}: it stays as it is."
    convention = f"the convention of the view {view} ({wanted[0]}\\{wanted[1]})"
    return mirrored, f"{shown}, against {convention}: it was turned."


def _directions(header: Dataset) -> tuple[str, str] | None:
    """The main directions of rows and columns, or None where they are not known."""
    value = header.get("PatientOrientation")
    if header.get("AnatomicalOrientationType") == "QUADRUPED" or isinstance(value, str):
        return None
    letters = [str(part).strip().upper()[:1] for part in value or []]
    if len(letters) != 2 or any(letter not in OPPOSITE for letter in letters):
        return None
    row, column = letters
    return None if column in (row, OPPOSITE[row]) else (row, column)


def _view(header: Dataset) -> str | None:
    """The view by its name, else by the meaning of its code."""
    name = str(header.get("ViewPosition") or "").strip().upper()
    if name:
        return name
    for code in header.get("ViewCodeSequence") or []:
        meaning = str(code.get("CodeMeaning") or "").lower()
        return MEANINGS.get("".join(letter for letter in meaning if letter.isalpha()))
    return None


def _convention(header: Dataset, view: str | None) -> tuple[str, str] | None:
    """The directions of rows and columns that a view has by convention."""
    if view is None or _is_limb(header):
        return None
    if view in FRONTAL_VIEWS:
        return FRONTAL
    if view in LATERAL_VIEWS:
        given = _directions(header)
        if given is None or not set(given) <= set("APFH"):
            return None
        return _upright(*given)
    side = str(header.get("ImageLaterality") or header.get("Laterality") or "").upper()
    return BREASTS[view].get(side) if view in BREASTS else None


def _is_limb(header: Dataset) -> bool:
    parts = [str(header.get("BodyPartExamined") or "")]
    parts += [str(code.get("CodeMeaning")) for code in header.get("AnatomicRegionSequence") or []]
    words = " ".join(parts).lower().replace("_", " ").split()
    return any(word.rstrip("s") in LIMBS for word in words)


def _upright(row: str, column: str) -> tuple[str, str]:
    """The directions after turning, not mirroring, a picture so that feet are down."""
    while column != "F":
        row, column = column, OPPOSITE[row]
    return row, column


def _with_feet_down(pixels: np.ndarray, row: str, column: str) -> np.ndarray:
    while column != "F":
        # A quarter turned to the left, what ran down runs to the right.
        pixels, row, column = np.rot90(pixels), column, OPPOSITE[row]
    return pixels


def _turned(
    pixels: np.ndarray, given: tuple[str, str], wanted: tuple[str, str]
) -> np.ndarray | None:
    """A picture with other directions, or None where these are of another plane."""
    row, column = given
    if row not in (wanted[0], OPPOSITE[wanted[0]]):
        pixels, row, column = pixels.T, column, row
    for axis, (now, then) in enumerate(((column, wanted[1]), (row, wanted[0]))):
        if now == OPPOSITE[then]:
            pixels = np.flip(pixels, axis)
        elif now != then:
            return None
    return pixels
