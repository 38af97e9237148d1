"""Time and memory of the deploy code, all but the inference, next to a plain read of the files.

    node scripts/python.mjs bench

Each line is a process of its own. The request (the files as bytes) is in memory before the clock
starts, as on MD.ai; the network is the light tests' stand-in, and its time is taken off.
"""

from __future__ import annotations

import gc
import json
import subprocess
import sys
import tempfile
import time
from io import BytesIO
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "test" / "python" / "light"))

import numpy as np  # noqa: E402
import pydicom  # noqa: E402

import bundles  # noqa: E402
from dicom_files import Stack, request, write_series  # noqa: E402

SCENES: dict[str, dict[str, Any]] = {
    "300 slices, 1 class, label map on the input's grid": {
        "slices": 300,
        "fixture": "spleen_ct",
        "form": "label_map",
        "classes": 1,
        "grid": [],
    },
    "300 slices, 1 class, label map on 1.5 x 1.5 x 2 mm": {
        "slices": 300,
        "fixture": "spleen_ct",
        "form": "label_map",
        "classes": 1,
        "grid": ["spacing:1.5,1.5,2"],
    },
    "600 slices, 2 classes and the background, one-hot": {
        "slices": 600,
        "fixture": "liver_tumor_ct",
        "form": "one_hot",
        "classes": 2,
        "grid": [],
    },
    "600 slices, 3 classes, overlapping channels": {
        "slices": 600,
        "fixture": "brain_channels",
        "form": "channels",
        "classes": 3,
        "grid": [],
    },
}
LIMITS = "our part: under 10 s for 300 slices, under 2 GB for 600 slices with 3 classes"


def series(slices: int) -> dict[str, Any]:
    """A request of one axial CT series, 512 x 512."""
    stack = Stack((slices, 512, 512), first=(-200, -200, -100), step=(0, 0, 1.0))
    stack = Stack(stack.shape, stack.right, stack.down, stack.first, stack.step, 0.78, 0.78)
    noise = np.random.default_rng(1).integers(-1000, 1000, (512, 512))
    values = np.broadcast_to(noise.astype(np.int16), stack.shape)
    return request(write_series(values, stack))


def organs(count: int, slices: int) -> dict[str, Any]:
    """Bodies of the size of a trunk's organs, on nearly all slices."""
    made = []
    for index in range(count):
        centre = [0.0 + 15 * index, 0.0 - 10 * index, slices / 2 - 100]
        radii = [90.0 - 15 * index, 70.0, slices * 0.49]
        made.append({"centre": centre, "radii": radii})
    return {"bodies": made}


def memory(name: str) -> float:
    """This process's memory now (VmRSS) or at most since `forget_peak` (VmHWM), GB."""
    status = Path("/proc/self/status").read_text()
    return int(status.split(name + ":")[1].split()[0]) / 2**20


def forget_peak() -> float:
    """Begin a new measure of the most memory; making the files took more than they take.

    Returns:
        What is in use now, GB: Python, its packages and the request.
    """
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5")
    return memory("VmRSS")


def plain_read(slices: int) -> dict[str, float]:
    sent = series(slices)
    before, start = forget_peak(), time.perf_counter()
    arrays = [pydicom.dcmread(BytesIO(file["content"])).pixel_array for file in sent["files"]]
    assert len(arrays) == slices
    return {"seconds": time.perf_counter() - start, "request": before, "peak": memory("VmHWM")}


def deploy(scene: dict[str, Any]) -> dict[str, float]:
    wishes = {
        "pattern": organs(scene["classes"], scene["slices"]),
        "form": scene["form"],
        "grid": scene["grid"],
    }
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with bundles.standin(wishes, folder):
            module = bundles.load(bundles.pack(scene["fixture"], folder))
            spent = time_children()
            model, sent = module.MDAIModel(), series(scene["slices"])
            before, start = forget_peak(), time.perf_counter()
            answers = model.predict(sent)
            seconds = time.perf_counter() - start - sum(spent)
    masks = sum(answer["type"] == "ANNOTATION" for answer in answers)
    return {"seconds": seconds, "request": before, "peak": memory("VmHWM"), "masks": masks}


def time_children() -> list[float]:
    """A list to which the seconds of every child process are added."""
    spent: list[float] = []
    run = subprocess.run

    def timed(*args: Any, **options: Any) -> Any:
        start = time.perf_counter()
        try:
            return run(*args, **options)
        finally:
            spent.append(time.perf_counter() - start)

    subprocess.run = timed
    return spent


def measure(*arguments: str) -> dict[str, float]:
    output = subprocess.run(
        [sys.executable, __file__, *arguments], stdout=subprocess.PIPE, check=True
    ).stdout
    return json.loads(output.splitlines()[-1])


def main() -> None:
    print("| | seconds | of a plain read | peak memory, GB | before |")
    print("| --- | --- | --- | --- | --- |")
    plain = {}
    for slices in sorted({scene["slices"] for scene in SCENES.values()}):
        plain[slices] = found = measure("read", str(slices))
        row(f"pydicom reads {slices} slices of 512 x 512", found, found)
    for name, scene in SCENES.items():
        found = measure("deploy", name)
        row(f"{name}: {found['masks']} masks", found, plain[scene["slices"]])
    print("\nBefore: with the request in memory. Peak: this process, the network's is another.")
    print(f"Limits of {LIMITS}.")


def row(name: str, found: dict[str, float], plain: dict[str, float]) -> None:
    cells = [
        name,
        f"{found['seconds']:.1f}",
        f"{found['seconds'] / plain['seconds']:.1f}",
        f"{found['peak']:.2f}",
        f"{found['request']:.2f}",
    ]
    print("| " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["read"]:
        print(json.dumps(plain_read(int(sys.argv[2]))))
    elif sys.argv[1:2] == ["deploy"]:
        print(json.dumps(deploy(SCENES[sys.argv[2]])))
    else:
        main()
