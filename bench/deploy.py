"""Time and memory of the deploy code, all but the inference, next to a plain read of the files.

    node scripts/python.mjs bench

Each line is a process of its own. The request (the files as bytes) is in memory before the clock
starts, as on MD.ai. With an engine that runs a process, the network is the light tests' stand-in,
and its time is taken off; what is written and read for it counts. With one that stays in memory
the answer is there already, and only the image is made for it. Seconds are those of the clock, and
of CPU, of which the multiples are: on a busy machine they say more.
"""

from __future__ import annotations

import gc
import importlib
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
    "300 slices, 1 class, label map on the input's grid, in memory": {
        "slices": 300,
        "fixture": "spleen_ct",
        "classes": 1,
        "zooms": [1.0, 1.0, 1.0],
    },
    "300 slices, 1 class, label map on 1.5 x 1.5 x 2 mm, in memory": {
        "slices": 300,
        "fixture": "spleen_ct",
        "classes": 1,
        "zooms": [1.5 / 0.78, 1.5 / 0.78, 2.0],
    },
    "600 slices, 3 classes, overlapping channels, in memory": {
        "slices": 600,
        "fixture": "brain_channels",
        "classes": 3,
        "zooms": [1.0, 1.0, 1.0],
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
    before, start, worked = forget_peak(), time.perf_counter(), time.process_time()
    arrays = [pydicom.dcmread(BytesIO(file["content"])).pixel_array for file in sent["files"]]
    assert len(arrays) == slices
    seconds, cpu = time.perf_counter() - start, time.process_time() - worked
    return {"seconds": seconds, "cpu": cpu, "request": before, "peak": memory("VmHWM")}


class InMemory:
    """An engine whose answer for a series of `series` is there before it is asked.

    It holds as little as it can of its own: what is measured is the memory that ours takes.
    """

    def __init__(self, scene: dict[str, Any]) -> None:
        self._zooms = np.array(scene["zooms"])
        classes, full = scene["classes"], np.array([512, 512, scene["slices"]])
        shape = np.ceil(full / self._zooms).astype(int)
        self._voxels = np.zeros((classes, *shape[::-1]), np.uint8).transpose(3, 2, 1, 0)
        for number in range(classes):
            radii = np.array([115.0 - 20 * number, 90.0, scene["slices"] * 0.49]) / self._zooms
            x, y, z = np.indices(shape, sparse=True)
            middle = (shape - 1) / 2
            places = zip((x, y, z), middle, radii)
            inside = sum(((at - centre) / radius) ** 2 for at, centre, radius in places) < 1
            self._voxels[..., number] = inside

    def run(self, items: Any, folder: Path) -> Any:
        result = importlib.import_module("mmar2mdai_inference").VolumeResult
        for item in items:
            images = [item.image] if hasattr(item.image, "array") else item.image
            for image in images:
                image.array()
            move = np.diag([*self._zooms, 1.0])
            move[:3, 3] = (self._zooms - 1) / 2
            yield result("answer", self._voxels, images[0].affine @ move)


def deploy_in_memory(scene: dict[str, Any]) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with bundles.standin({}, folder):
            options = ["--modality", "any"]
            module = bundles.load(bundles.pack(scene["fixture"], folder, *options))
            model, sent = module.MDAIModel(), series(scene["slices"])
            model._engine = InMemory(scene)
            return measured(model, sent, [])


def deploy(scene: dict[str, Any]) -> dict[str, float]:
    if "zooms" in scene:
        return deploy_in_memory(scene)
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
            return measured(model, sent, spent)


def measured(model: Any, sent: dict[str, Any], spent: list[float]) -> dict[str, float]:
    """What a request takes.

    Args:
        spent: gets the seconds that are not ours.
    """
    before, start, worked = forget_peak(), time.perf_counter(), time.process_time()
    answers = model.predict(sent)
    seconds, cpu = time.perf_counter() - start - sum(spent), time.process_time() - worked
    masks = sum(answer["type"] == "ANNOTATION" for answer in answers)
    peak = memory("VmHWM")
    return {"seconds": seconds, "cpu": cpu, "request": before, "peak": peak, "masks": masks}


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
    print("| | seconds | CPU, s | of a plain read | peak memory, GB | before |")
    print("| --- | --- | --- | --- | --- | --- |")
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
        f"{found['seconds']:.2f}",
        f"{found['cpu']:.2f}",
        f"{found['cpu'] / plain['cpu']:.1f}",
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
