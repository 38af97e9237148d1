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
    """Write the table, a line for each row in their order."""
    import monai
    import torch

    lines = [
        f"| {row.model} | {row.images} | {row.values:,} | {row.differ:,} | {row.most:g} |"
        for row in rows
    ]
    torch_version = torch.__version__.partition("+")[0]
    head = "\n\n".join(PARAGRAPHS).format(monai=monai.__version__, torch=torch_version)
    path.write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")
