"""The contact sheet: slices with their masks, as one PNG for an e-mail or a CI summary."""

from __future__ import annotations

from pathlib import Path
from typing import List, Sequence, Tuple

import numpy as np

from mmar2mdai_run.clicks import COLOURS, marks_of
from mmar2mdai_run.files_out import colour_of
from mmar2mdai_run.findings import ModelClass, StackMasks
from mmar2mdai_run.page_data import levels_for

TILE = 220
"""Pixels of a tile's longer side."""

ACROSS = 4
ROWS = 2
MARGIN = 6
CAPTION = 18
BACKGROUND = (18, 20, 24)
INK = (225, 228, 232)
OPACITY = 0.45

MOST_STACKS = 12
"""Stacks that have a place on the sheet; the report has all."""

Block = Tuple[str, List[Tuple[str, np.ndarray]]]
"""A stack's title and its tiles: captions, and (rows, columns, 3) uint8."""


def write_overview(blocks: Sequence[Block], classes: Sequence[ModelClass], path: Path) -> None:
    """Write the contact sheet.

    Args:
        blocks: of each stack the title and the tiles.
        classes: those that are seen, for the legend.
        path: the PNG file.
    """
    from PIL import Image, ImageDraw

    width = ACROSS * (TILE + MARGIN) + MARGIN
    heights = [
        CAPTION + -(-len(tiles) // ACROSS) * (TILE + CAPTION + MARGIN) + MARGIN
        for _, tiles in blocks
    ]
    sheet = Image.new("RGB", (width, sum(heights) + CAPTION + MARGIN), BACKGROUND)
    draw = ImageDraw.Draw(sheet)
    top = MARGIN
    for (title, tiles), height in zip(blocks, heights):
        draw.text((MARGIN, top), _plain(title), INK)
        for number, (caption, pixels) in enumerate(tiles):
            x = MARGIN + number % ACROSS * (TILE + MARGIN)
            y = top + CAPTION + number // ACROSS * (TILE + CAPTION + MARGIN)
            tile = Image.fromarray(pixels)
            scale = TILE / max(tile.size)
            tile = tile.resize([max(1, round(side * scale)) for side in tile.size])
            sheet.paste(tile, (x + (TILE - tile.width) // 2, y + (TILE - tile.height) // 2))
            draw.text((x, y + TILE), caption, INK)
        top += height
    x = MARGIN
    for one in classes:
        draw.rectangle((x, top + 2, x + 10, top + 12), colour_of(one.index))
        draw.text((x + 15, top), _plain(one.name), INK)
        x += 30 + int(draw.textlength(_plain(one.name)))
    sheet.save(path, optimize=True)


def _plain(text: str) -> str:
    """What Pillow's own font has; it knows Latin letters only."""
    return text.encode("latin-1", "replace").decode("latin-1")


def tiles_of(found: StackMasks, modality: str) -> list[tuple[str, np.ndarray]]:
    """Captions and RGB pixels of slices through the masks, or through the whole volume."""
    stack = found.stack
    level = levels_for(stack, modality)
    _, low, high = level.windows[0]
    with_mask = np.zeros(len(stack.frames), bool)
    for mask in found.masks.values():
        with_mask |= mask.any(axis=(0, 1))
    clicked = np.unique([point.place[2] for point in found.points]).astype(int)
    where = np.flatnonzero(with_mask) if with_mask.any() else np.arange(len(stack.frames))
    where = where if with_mask.any() or not clicked.size else clicked
    chosen = where[np.unique(np.linspace(0, len(where) - 1, ACROSS * ROWS).round().astype(int))]
    if 0 < clicked.size <= ACROSS and not np.isin(clicked, chosen).all():
        room = np.linspace(0, len(where) - 1, ACROSS * ROWS - clicked.size).round().astype(int)
        chosen = np.union1d(where[np.unique(room)], clicked)
    tiles = []
    for at in chosen:
        grey = np.clip((stack.frames[at].values - low) / (high - low), 0, 1) * 255
        grey = np.nan_to_num(grey)
        pixels = np.repeat(grey[:, :, np.newaxis], 3, axis=2)
        for index, mask in sorted(found.masks.items()):
            inside = mask[:, :, at].T
            pixels[inside] = (1 - OPACITY) * pixels[inside] + OPACITY * np.array(colour_of(index))
        here = [point for point in found.points if point.place[2] == at]
        marks = marks_of(here, stack.shape, 1, int(at))[:, :, 0].T
        for value, colour in enumerate(COLOURS, 1):
            pixels[np.equal(marks, value)] = colour
        square = _square_pixels(pixels.astype(np.uint8), stack.frames[at].spacing)
        tiles.append((f"slice {at + 1} of {len(stack.frames)}", square))
    return tiles


def _square_pixels(pixels: np.ndarray, spacing: tuple[float, float]) -> np.ndarray:
    """A slice with the proportions that it has in the patient."""
    from PIL import Image

    rows, columns = pixels.shape[:2]
    down, right = spacing
    if abs(down / right - 1) < 0.01:
        return pixels
    unit = min(down, right)
    size = (max(1, round(columns * right / unit)), max(1, round(rows * down / unit)))
    return np.asarray(Image.fromarray(pixels).resize(size))
