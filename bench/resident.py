"""A request's time: the network that stays in the process, next to a process for each request.

    node scripts/python.mjs bench-resident [--quick]

Both bundles are of one MMAR and answer the same request on the CPU, in turns; MONAI 0.8.1 and
PyTorch do the inference of both. The networks are small: what is counted is what does not depend
on them, beside the transforms and the windows. Seconds of CPU are those that processors worked: on
a busy machine they say more than the clock.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any, Callable

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "test" / "python" / "light"))

import numpy as np  # noqa: E402

import bundles  # noqa: E402
from dicom_files import Stack, request, write_series  # noqa: E402

TURNS = 5
SMALL = (20, 32, 40)
LARGE = (32, 512, 512)
"""(slices, rows, columns)"""

Json = dict[str, Any]


def window(size: int) -> Callable[[Json], None]:
    def change(config: Json) -> None:
        config["inferer"]["args"]["roi_size"] = [size, size, size]

    return change


SCENES: list[tuple[str, str, tuple[int, int, int], Callable[[Json], None]]] = [
    ("40 x 32 x 20", "32 x 32 x 32", SMALL, window(32)),
    ("40 x 32 x 20", "160 x 160 x 160", SMALL, window(160)),
    ("512 x 512 x 32", "160 x 160 x 160", LARGE, window(160)),
]
GOALS = (10, 6, 4)


def write_mmar(folder: Path, change: Callable[[Json], None]) -> Path:
    """The spleen fixture, which has the transforms of NVIDIA's spleen config, with a window."""
    mmar = folder / "spleen_ct"
    shutil.copytree(ROOT / "fixtures" / "spleen_ct", mmar)
    path = mmar / "config" / "config_inference.json"
    config = json.loads(path.read_text())
    change(config)
    path.write_text(json.dumps(config))
    return mmar


def ct(shape: tuple[int, int, int]) -> Json:
    """A trunk of noise in air, 0.8 mm pixels and slices of 5 mm."""
    stack = Stack(shape, first=(-200, -200, -100), step=(0, 0, 5.0), row_step=0.8, column_step=0.8)
    _, rows, columns = np.indices(shape, sparse=True)
    inside = ((rows / shape[1] - 0.5) / 0.4) ** 2 + ((columns / shape[2] - 0.5) / 0.45) ** 2 < 1
    noise = np.random.default_rng(1).integers(0, 180, shape)
    return request(write_series(np.where(inside, noise, -1000).astype(np.int16), stack))


def timed(model: Any, data: Json) -> tuple[float, float]:
    """Seconds of a request, and of CPU, those of its processes with it."""
    start, before = time.perf_counter(), sum(os.times()[:4])
    assert model.predict(data)
    return time.perf_counter() - start, sum(os.times()[:4]) - before


def import_all() -> None:
    """So that the start of each model is its own part only; what this takes is told."""
    start = time.perf_counter()
    import monai.transforms
    import torch

    seconds = time.perf_counter() - start
    print(f"PyTorch {torch.__version__}, MONAI {monai.__version__}: imported in {seconds:.1f} s\n")


def main() -> None:
    quick = "--quick" in sys.argv
    import_all()
    print("| voxels | window | | a process each, s | resident, s | | goal | start, s |")
    print("| --- | --- | --- | ---: | ---: | --- | --- | ---: |")
    for (voxels, roi, shape, change), goal in zip(SCENES, GOALS):
        with tempfile.TemporaryDirectory() as name, bundles.standin({}, Path(name)):
            folder = Path(name)
            os.environ["PYTHONPATH"] = str(ROOT / "test" / "python" / "standins" / "monai")
            mmar = write_mmar(folder, change)
            packed = bundles.pack(str(mmar), folder / "process", "--device", "cpu")
            kept = bundles.pack(
                str(mmar), folder / "resident", "--device", "cpu", "--runtime", "monai"
            )
            process = bundles.load(packed).MDAIModel()
            start = time.perf_counter()
            resident = bundles.load(kept).MDAIModel()
            start = time.perf_counter() - start
            data = ct(shape)
            timed(process, data), timed(resident, data)  # the first run fills the disk's cache
            turns = [
                (timed(process, data), timed(resident, data)) for _ in range(1 if quick else TURNS)
            ]
        for place, what in enumerate(("clock", "CPU")):
            apart, stays = (median(turn[way][place] for turn in turns) for way in (0, 1))
            cells = [
                voxels,
                roi,
                what,
                f"{apart:.2f}",
                f"{stays:.2f}",
                f"{apart / stays:.1f} times",
            ]
            print("| " + " | ".join([*cells, f"{goal} times", f"{start:.1f}"]) + " |", flush=True)


if __name__ == "__main__":
    main()
