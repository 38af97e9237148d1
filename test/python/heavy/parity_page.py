"""docs/runtime-monai-parity.md, of the rows that test_parity.py measured."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Sequence

COMMAND = "node scripts/python.mjs heavy -n 0 -k parity --parity-page docs/runtime-monai-parity.md"
PARAGRAPHS = (
    "# The runtime `monai` beside the run by process",
    f"<!-- Made by test/python/heavy/test_parity.py: {COMMAND} -->",
    "Each MMAR answered the same request twice on the CPU: by a process that runs the MMAR's whole "
    "config through files, with its own data set, loader, evaluator, handlers and SaveImaged; and "
    "by the engine that keeps the network in memory (`templates/engines/monai/`). Both run MONAI "
    "{monai} and PyTorch {torch}. Compared are all values that the config would save, voxel by "
    "voxel or class by class, and the answers to MD.ai.",
    "The weights are those of [the fixtures](../fixtures/README.md), but for `brain_meshnet`, "
    "whose network is trained on scans of heads; `spleen_8` is a real CT. No GPU was there.",
    "| MMAR | images | values | differ | by at most |\n| --- | --- | ---: | ---: | ---: |",
)


def write_page(path: Path, rows: Sequence[Any]) -> None:
    """Write the table. Rows of the page that were not measured again stay, in their places."""
    import monai
    import torch

    lines = {} if not path.is_file() else dict(map(keyed, rows_of(path.read_text("utf-8"))))
    for row in rows:
        cells = (row.model, row.images, f"{row.values:,}", f"{row.differ:,}", f"{row.most:g}")
        lines.update([keyed(f"| {' | '.join(cells)} |")])
    head = "\n\n".join(PARAGRAPHS).format(monai=monai.__version__, torch=torch.__version__)
    path.write_text("\n".join([head, *lines.values()]) + "\n", encoding="utf-8")


def rows_of(page: str) -> list[str]:
    """The lines of a page's table that are measured."""
    lines = [line for line in page.splitlines() if line.startswith("| ")]
    return [line for line in lines if not line.startswith(("| MMAR", "| ---"))]


def keyed(line: str) -> tuple[str, str]:
    """A line with what it is of: the MMAR and the images."""
    return " | ".join(line.split(" | ")[:2]), line
