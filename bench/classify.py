"""All images of a request in one run of the model, next to a run for each image.

    node scripts/python.mjs bench-classify

MD.ai's example starts Clara's inference anew for each image: PyTorch's import and the model's load
each time. Here both ways go through a packed bundle with MONAI 0.8.1 and the TorchScript of
fixtures/catalogue's chest X-ray model, which is small: what is counted is what does not depend on
the network.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "test" / "python" / "light"))

import numpy as np  # noqa: E402

import bundles  # noqa: E402
from classifiers import write_pictures  # noqa: E402
from dicom_files import request  # noqa: E402

MODEL = "catalogue/clara_pt_chest_xray_classification_1"
IMAGES = (1, 4, 16)
TURNS = 3
SIZE = (2048, 2048)


def x_rays(count: int) -> list[bytes]:
    random = np.random.default_rng(1)
    pictures = [random.integers(0, 4096, SIZE) for _ in range(count)]
    return write_pictures(pictures).contents


def seconds(model: Any, requests: list[dict[str, Any]]) -> float:
    start = time.perf_counter()
    for data in requests:
        assert model.predict(data)
    return time.perf_counter() - start


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with bundles.standin({}, folder):
            os.environ["PYTHONPATH"] = str(ROOT / "test" / "python" / "standins" / "monai")
            model = bundles.load(bundles.pack(MODEL, folder, "--device", "cpu")).MDAIModel()
            seconds(model, [request(x_rays(1))])  # the first run fills the disk's cache
            print(f"| images, {SIZE[0]} x {SIZE[1]} | one run, s | a run each, s | |")
            print("| --- | --- | --- | --- |")
            for count in IMAGES:
                files = x_rays(count)
                together, apart = [request(files)], [request([file]) for file in files]
                turns = [(seconds(model, together), seconds(model, apart)) for _ in range(TURNS)]
                one, each = (median(turn[way] for turn in turns) for way in (0, 1))
                print(f"| {count} | {one:.1f} | {each:.1f} | {each / one:.1f} times |", flush=True)


if __name__ == "__main__":
    main()
