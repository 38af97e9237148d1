"""The files that Clara's inference leaves, as MONAI 0.8.1 names and fills them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Iterator, Sequence

import numpy as np

from mmar2mdai_clara_config import ScoresFile, VolumeFiles
from mmar2mdai_clara_run import Run, with_log
from mmar2mdai_errors import DeployError
from mmar2mdai_inference import ScoresResult, VolumeResult
from mmar2mdai_nifti import NiftiVolume

FILES_SHOWN = 5
"""How many of the files that are there an error names."""

SAME_PLACE = 1e-2
"""mm: affines that differ by less are the same. They are saved as 32-bit floats."""

EDGE_ON = 0.1
"""A plane whose normal has less than this along the patient's z axis can't be told by x and y."""

TEXT_SHOWN = 200
"""Characters of a line that are shown in an error."""


def read_volume(files: VolumeFiles, image: Path, run: Run) -> VolumeResult:
    """Open the result of an image.

    Args:
        image: the file that inference was given, the first of several channels.

    Raises:
        DeployError: When it is not there or can't be read, or the place of a single slice is lost.
    """
    stem = image.name.split(".")[0]
    name = (f"{stem}_{files.postfix}" if files.postfix else stem) + files.extension
    place = f"{stem}/{name}" if files.separate_folder else name
    volume = NiftiVolume(_found(run, place), name)
    if volume.axes > 2:
        return VolumeResult(name, volume, volume.affine)
    return VolumeResult(name, volume, _slice_affine(volume, NiftiVolume(image, image.name), name))


def _slice_affine(result: NiftiVolume, image: NiftiVolume, name: str) -> np.ndarray:
    """The affine of a result whose third axis was dropped, as that of a single slice is.

    MONAI's saver (squeeze_end_dims) then keeps of the affine what is x and y in the two axes that
    are left. The slice's plane is the image's, so that x and y are enough to tell where in it a
    voxel lies, unless the plane stands upright. There only a result on the image's own grid is
    known again.

    Args:
        result: of one or two axes.
        image: what inference was given.

    Returns:
        (4, 4) to RAS mm.

    Raises:
        DeployError: When the image is not one slice, or nothing tells where the result lies.
    """
    own, saved = image.affine, result.affine
    if image.shape[2] == 1 and result.axes == 2:
        kept = np.ix_((0, 1), (0, 1, 3))
        same = np.abs(saved[kept] - own[kept]).max() <= SAME_PLACE
        if same and result.shape[:3] == image.shape[:3]:
            return own
        plane = own[:3, :2]
        normal = np.cross(plane[:, 0], plane[:, 1])
        if abs(normal[2]) >= EDGE_ON * np.linalg.norm(normal):
            lift = plane @ np.linalg.inv(plane[:2])
            affine = own.copy()
            affine[:3, :2] = lift @ saved[:2, :2]
            affine[:3, 3] += lift @ (saved[:2, 3] - own[:2, 3])
            return affine
    raise DeployError(
        f"The result {name} has {result.axes} axes, and nothing tells where it lies: its saver "
        "dropped the axis of the slices (squeeze_end_dims). Set squeeze_end_dims to false in the "
        "MMAR's inference config, and pack it again."
    )


def read_scores(file: ScoresFile, images: Sequence[Path], run: Run) -> Iterator[ScoresResult]:
    """The scores of each image.

    A line is the image's path and a value per class (monai/data/csv_saver.py of 0.8.1: nothing
    is quoted, no header). Lines are found by the image's name, never by their place.

    Args:
        images: the files that inference was given, with names of their own.

    Raises:
        DeployError: When the file is not there, lacks an image, or holds what is not a number.
    """
    path = _found(run, file.file)
    rows = _rows(file, path, {image.name for image in images})
    missing = [image.name for image in images if image.name not in rows]
    if missing:
        raise DeployError(
            f"{path.name} has no line for {len(missing)} of {len(images)} images (such as "
            f"{missing[0]}); the ClassificationSaver's batch_transform must give it the image's "
            "meta data."
        )
    for image in images:
        yield rows[image.name]


def _found(run: Run, place: str) -> Path:
    """The file at a place in the run's output folder.

    Raises:
        DeployError: When it is not there, with what is.
    """
    path = run.output / place
    if path.is_file():
        return path
    there = sorted(str(p.relative_to(run.output)) for p in run.output.rglob("*") if p.is_file())
    raise DeployError(
        with_log(
            f"No result came: the inference ended with exit code 0, and there is no file {place}; "
            f"it left {', '.join(there[:FILES_SHOWN]) or 'nothing'}.",
            run.log,
        )
    )


def _rows(file: ScoresFile, path: Path, names: set[str]) -> dict[str, ScoresResult]:
    """The scores of each image by its name."""
    # The folder's name may hold the delimiter; an image's does not, nor do values a slash.
    form = re.compile(r'"?(?:.*[/\\])?([^/\\]+?)"?' + re.escape(file.delimiter) + "(.*)")
    rows: dict[str, ScoresResult] = {}
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    for number, line in enumerate(lines, 1):
        where = f"Line {number} of {path.name}"
        parts = form.fullmatch(line.strip())
        if parts is None or parts[1] not in names:
            # The first line may be a header.
            if number > 1 and line.strip():
                raise DeployError(f"{where} belongs to none of the images: {line[:TEXT_SHOWN]!r}.")
            continue
        if parts[1] in rows:
            raise DeployError(f"{path.name} has two lines for {parts[1]}.")
        rows[parts[1]] = ScoresResult(where, _values(file.delimiter, parts[2], where))
    return rows


def _values(delimiter: str, text: str, where: str) -> list[float]:
    try:
        return [float(cell.strip().strip('"')) for cell in text.split(delimiter)]
    except ValueError as error:
        shown = repr(text[:TEXT_SHOWN])
        raise DeployError(f"{where} holds a value that is not a number: {shown}.") from error
