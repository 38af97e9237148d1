"""What `mmar2mdai run` takes besides the model, next to the bare call of the bundle's MDAIModel.

    node scripts/python.mjs bench-run [--quick]

Both get the same MMAR, packed once, and the same series of 512 x 512 x 32 on the disk, in turns.
The bare call is a process that imports mdai_deploy, makes the MDAIModel, reads the files and calls
predict(); `run` is the whole command, which besides looks at the model and the input, holds the
answer against the platform's rules, measures, and writes masks, DICOM SEG and the report. Seconds
of CPU are those of all processes: on a busy machine they say more than the clock.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

import resident  # bench/resident.py, which lies beside

ROOT = resident.ROOT
GOAL = 5
"""Seconds that `run` may take besides the model, for this series."""

BARE = """
import json, sys, time
from pathlib import Path

bundle, dicom = map(Path, sys.argv[1:])
sys.path[:0] = [str(bundle / ".mdai"), str(bundle)]
from mdai_deploy import MDAIModel

model = MDAIModel()
files = [
    {"content": path.read_bytes(), "content_type": "application/dicom"}
    for path in sorted(dicom.iterdir())
]
start, worked = time.perf_counter(), time.process_time()
answers = model.predict({"files": files, "annotations": [], "label_classes": [], "args": {}})
print(json.dumps([time.perf_counter() - start, time.process_time() - worked, len(answers)]))
"""


def timed(command: list[str]) -> tuple[float, float, str]:
    """Seconds of the clock and of CPU of a command and all that it starts, and its output."""
    start, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.perf_counter() - start, cpu, done.stdout


def turn(bundle: Path, dicom: Path, out: Path) -> dict[str, tuple[float, float]]:
    """Seconds of the clock and of CPU, of each."""
    clock, cpu, said = timed([sys.executable, "-c", BARE, str(bundle), str(dicom)])
    predicted, worked, answers = json.loads(said.splitlines()[-1])
    command = ["node", str(ROOT / "bin" / "mmar2mdai.js"), "run", str(bundle), str(dicom)]
    command += ["--python", sys.executable, "-o", str(out), "--force", "--json"]
    whole, all_cpu, said = timed(command)
    told = json.loads(said)["requests"][0]
    assert told["answers"] == answers > 0, told
    return {
        "`mmar2mdai run`": (whole, all_cpu),
        "the bare call, with its start": (clock, cpu),
        "of it predict()": (predicted, worked),
        "**`run` besides the bare call**": (whole - clock, all_cpu - cpu),
    }


def main() -> None:
    turns = 1 if "--quick" in sys.argv else resident.TURNS
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        mmar = resident.write_mmar(folder, resident.window(160))
        options: list[str] = ["--device", "cpu", "--runtime", "monai"]
        bundle = resident.bundles.pack(str(mmar), folder / "bundle", *options)
        dicom = folder / "dicom"
        dicom.mkdir()
        sent: dict[str, Any] = resident.ct(resident.LARGE)
        for number, file in enumerate(sent["files"]):
            (dicom / f"{number:03d}.dcm").write_bytes(file["content"])
        turn(bundle, dicom, folder / "out")  # the first one fills the disk's cache
        found = [turn(bundle, dicom, folder / "out") for _ in range(turns)]
    print(f"512 x 512 x 32, {turns} turns, {os.cpu_count()} processors")
    print("| | clock, s | CPU, s |")
    print("| --- | ---: | ---: |")
    for row in found[0]:
        clock, cpu = (median(each[row][place] for each in found) for place in (0, 1))
        print(f"| {row} | {clock:.2f} | {cpu:.2f} |")
    for place, what in enumerate(("clock", "CPU")):
        ratio = median(
            each["`mmar2mdai run`"][place] / each["the bare call, with its start"][place]
            for each in found
        )
        print(f"\nBy the {what} `run` takes {ratio:.2f} times the bare call.")
    print(f"The goal is less than {GOAL} s besides the model.")


if __name__ == "__main__":
    main()
