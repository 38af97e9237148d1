"""What MONAI's LoadImaged reads, given as arrays where it comes to the same.

LoadImaged finds a reader for a file, which opens it (`read`) and makes an array and a dict of
metadata of it (`get_data`). Here a further reader opens the images of a request, which are in
memory, and leaves the rest to the reader that would have read their files. So array and metadata
are what a file gives: the order of axes, the header's fields, what each reader makes of a channel.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from monai.data.image_reader import NibabelReader, PILReader
from monai.transforms import Compose, LoadImage, LoadImaged
from monai.utils import ensure_tuple

from mmar2mdai_images import GridImage, Picture, towards_positive
from mmar2mdai_inference import Item
from mmar2mdai_nifti import nifti_in_memory, write_nifti
from mmar2mdai_png import png
from mmar2mdai_resident_labels import labels_of

NIFTI, PNG = ".nii", ".png"


class MemoryReader:
    """A reader of MONAI's for images that are in memory.

    Attributes:
        images: what is to be read, by the name of the file that it would be in.
    """

    def __init__(self, behind: Any) -> None:
        """Args:
        behind: the reader whose `get_data` makes array and metadata of an image.
        """
        self.images: dict[str, Any] = {}
        self._behind = behind

    def verify_suffix(self, filename: Any) -> bool:
        """Whether all of some files are here."""
        return all(str(name) in self.images for name in ensure_tuple(filename))

    def read(self, data: Any, **_: Any) -> Any:
        """The image of a name, or those of several.

        Raises:
            KeyError: When it is not here; LoadImage then asks its next reader.
        """
        names = ensure_tuple(data)
        found = [self.images[str(name)] for name in names]
        # Newer readers of MONAI go through images and names side by side.
        self._behind.filenames = names
        return found if len(found) > 1 else found[0]

    def get_data(self, img: Any) -> Any:
        """Array and metadata."""
        return self._behind.get_data(img)


class Loading:
    """Gives a request's items to the pre transforms of a config."""

    def __init__(self, transforms: Compose, image_key: str, bare: bool, always_files: bool) -> None:
        """Args:
        image_key: under which the network has the image.
        bare: whether items of the data list are paths, which MONAI puts under "image".
        always_files: write each image to its file, whatever reads it.
        """
        self._image_key = "image" if bare else image_key
        self._transforms = list(transforms.flatten().transforms)
        self._loaders = {} if always_files else _loaders(transforms)
        self._readers: dict[tuple[int, str], MemoryReader | None] = {}
        self._modes: dict[str, Any] = {}

    def given(self, item: Item, folder: Path) -> dict[str, Any]:
        """An item as MONAI's data list has it; what it names is there until `forget`.

        Args:
            folder: where files are written, and where all of them are said to be.
        """
        image = item.image
        channels = [image] if isinstance(image, (Picture, GridImage)) else list(image)
        names = [self._give(channel, self._image_key, folder) for channel in channels]
        given = {**item.others, **labels_of(item, self._transforms)}
        others = {key: self._give(other, key, folder) for key, other in given.items()}
        return {self._image_key: names if len(names) > 1 else names[0], **others, **item.extras}

    def forget(self) -> None:
        """Drop what was given."""
        for reader in self._readers.values():
            if reader is not None:
                reader.images.clear()

    def _give(self, image: Picture | GridImage, key: str, folder: Path) -> str:
        if isinstance(image, GridImage):
            image = towards_positive(image)
        suffix = PNG if isinstance(image, Picture) else NIFTI
        path = folder / f"{image.name}{suffix}"
        reader = self._reader(key, suffix, folder)
        if reader is None:
            _write(image, path)
        elif isinstance(image, Picture):
            reader.images[str(path)] = self._pillow(image.pixels)
        else:
            reader.images[str(path)] = nifti_in_memory(image)
        return str(path)

    def _reader(self, key: str, suffix: str, folder: Path) -> MemoryReader | None:
        """What takes images of a kind in memory; None where a file has to be written."""
        loader = self._loaders.get(key)
        if loader is None:
            return None
        place = (id(loader), suffix)
        if place not in self._readers:
            behind = _reads_files(loader, suffix, folder)
            reader = None if behind is None else MemoryReader(behind)
            if reader is not None:
                loader.readers.append(reader)
            self._readers[place] = reader
        return self._readers[place]

    def _pillow(self, pixels: np.ndarray) -> Any:
        """A picture as Pillow opens a PNG of it; its releases differ in what 16 bits are."""
        from io import BytesIO

        from PIL import Image

        kind = f"{pixels.dtype} {pixels.ndim}"
        if kind not in self._modes:
            opened = Image.open(BytesIO(png(pixels[:1, :1])))
            self._modes[kind] = (opened.mode, np.asarray(opened).dtype)
        mode, dtype = self._modes[kind]
        image = Image.fromarray(np.ascontiguousarray(pixels, dtype=dtype))
        if image.mode != mode:
            image = Image.open(BytesIO(png(pixels)))
        image.format = "PNG"
        return image


def _loaders(transforms: Compose) -> dict[str, LoadImage]:
    """What loads each key: the LoadImaged with which the transforms begin."""
    found: dict[str, LoadImage] = {}
    for transform in transforms.transforms:
        if type(transform) is not LoadImaged:
            break
        for key in transform.keys:
            found.setdefault(str(key), transform._loader)
    return found


def _reads_files(loader: LoadImage, suffix: str, folder: Path) -> Any:
    """The reader with which a loader reads files of a kind, if what it does is known; else None."""
    probe = folder / f"probe{suffix}"
    _write(_probe(suffix), probe)
    try:
        reader = next(filter(lambda each: _reads(loader, each, probe), loader.readers[::-1]), None)
    finally:
        probe.unlink()
    if reader is None or type(reader) is not (PILReader if suffix == PNG else NibabelReader):
        return None
    changes = ("converter", "to_gpu")  # what a reader may do when it opens a file
    plain = not reader.kwargs and not any(getattr(reader, name, None) for name in changes)
    return reader if plain else None


def _reads(loader: LoadImage, reader: Any, probe: Path) -> bool:
    """Whether a reader is the one that a loader takes for a file, as LoadImage chooses it."""
    if loader.auto_select:
        return bool(reader.verify_suffix((str(probe),)))
    try:
        reader.read((str(probe),))
    except Exception:  # as LoadImage does: any that it raises is for the next one
        return False
    return True


def _probe(suffix: str) -> Picture | GridImage:
    if suffix == PNG:
        return Picture("probe", np.zeros((2, 3), np.uint16))
    slices = [np.zeros((3, 2), np.float32)] * 4
    return GridImage("probe", (2, 3, 4), np.eye(4), lambda: iter(slices))


def _write(image: Picture | GridImage, path: Path) -> None:
    if isinstance(image, Picture):
        path.write_bytes(png(image.pixels))
    else:
        write_nifti(image, path)
