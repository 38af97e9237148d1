"""One run of the MMAR's own inference, in a folder of its own.

The run is Clara's: `python3 -u -m medl.apps.evaluate` in the environment that the MMAR's
set_env.sh makes, with the config that mmar2mdai derived. What differs per request goes in by
`--set`; nothing in the MMAR is written. A run's files, logs and caches are all in its folder.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Sequence

from mmar2mdai_clara_config import EngineConfig
from mmar2mdai_errors import DeployError

LOG_LINES = 30
"""How much of a failed run's log goes into the error."""

LOG_BYTES = 1_000_000
"""How much of a log is looked at, its end."""

LINE_LENGTH = 500
"""How much of each of these lines, its end."""

KILLED = (-9, 137)
"""Exit codes of a process that was ended by signal 9: Python's, and 128 + 9 by way of bash."""

SCRIPT = r"""
mmar2mdai=("$@")
mmar2mdai_mended() {
  local text
  text=$(cat "$1"; printf x)
  text=${text%x}
  text=${text#$'\xef\xbb\xbf'}
  text=${text//$'\r\n'/$'\n'}
  text=${text%$'\r'}
  printf %s "${text//BASH_SOURCE/mmar2mdai_source}"
}
if [ -n "${mmar2mdai[1]}" ] && [ -n "${mmar2mdai[2]}" ]; then
  source() {
    local mmar2mdai_outer=("${mmar2mdai_source[@]}") mmar2mdai_copy
    # Names without a slash are looked up in PATH as well.
    if [ ! -f "$1" ]; then builtin source "$@"; return; fi
    mmar2mdai_copy=$(mktemp "${mmar2mdai[2]}/XXXXXXXX") || exit 1
    mmar2mdai_mended "$1" > "$mmar2mdai_copy" || exit 1
    local mmar2mdai_source=("$1" "${mmar2mdai_outer[@]}")
    builtin source "$mmar2mdai_copy" "${@:2}"
  }
  function . { source "$@"; }
  mmar2mdai_source=("${mmar2mdai[1]}")
  mmar2mdai_mended "${mmar2mdai[1]}" > "${mmar2mdai[2]}/set_env.sh" || exit 1
  builtin source "${mmar2mdai[2]}/set_env.sh"
  unset -f source .
elif [ -n "${mmar2mdai[1]}" ]; then
  . "${mmar2mdai[1]}"
else
  export PYTHONPATH="$PYTHONPATH:/opt/nvidia"
fi
export MMAR_ROOT="${MMAR_ROOT:-${mmar2mdai[0]}}"
export PYTHONPATH="$PYTHONPATH:${mmar2mdai[0]}:${mmar2mdai[0]}/custom"
cd "${mmar2mdai[3]}" || exit 1
exec python3 -u -m medl.apps.evaluate "${mmar2mdai[@]:4}"
"""
"""Run by bash with the MMAR's root, its set_env.sh or nothing, a folder for mended copies or
nothing, the folder to run in, and the arguments of medl.apps.evaluate. Like NVIDIA's set_env.sh it
puts /opt/nvidia on the path; the root and its custom/ are put there last for the MMAR's own
components, which a config may name either way (`custom.mine.Smooth`, `mine.Smooth`).

Bash takes a carriage return for a part of the word before it. Where set_env.sh or what it may
source has some, or a byte order mark, copies without them are sourced. Such a copy finds its place
as the original does: BASH_SOURCE, to which bash lets nobody assign, is another array in it."""

MEMORY_SIGNS = ("CUDA out of memory", "CUDNN_STATUS_ALLOC_FAILED", "CUBLAS_STATUS_ALLOC_FAILED")
GPU_SIGNS = (
    "Found no NVIDIA driver",
    "No CUDA GPUs are available",
    "CUDA driver version is insufficient",
    "driver on your system is too old",
    "Torch not compiled with CUDA enabled",
    "CUDA driver initialization failed",
    "no CUDA-capable device",
    "torch.cuda.is_available() is False",
    "no kernel image is available",
    "libcuda.so.1: cannot open shared object file",
    "CUDA is not available",
    "CUDA unknown error",
    "from the 'CUDA' backend",
)
"""What PyTorch and CUDA say when there is no GPU that they can use."""


@dataclass(frozen=True)
class Run:
    """A run that ended with exit code 0: the folder of its results, and its log."""

    output: Path
    log: str


def evaluate(config: EngineConfig, items: Sequence[object], images: Path, folder: Path) -> Run:
    """Run the MMAR's inference over the items of a data list, in one process.

    Args:
        items: in the MMAR's own form; paths are absolute, so that they hold whatever the base.
        images: the folder of the items' files.
        folder: the run's list, log, caches and results are put there.

    Raises:
        DeployError: When the run fails or takes too long, with the end of its log.
    """
    data_list, output = folder / "dataset.json", folder / "output"
    work, log = folder / "work", folder / "inference.log"
    for path in (output, work):
        path.mkdir()
    data_list.write_text(json.dumps({config.data_list_key: list(items)}), encoding="utf-8")
    command = ["bash", "-c", SCRIPT, "mmar2mdai", str(config.root)]
    set_env = config.root / config.set_env if config.set_env else None
    command += [str(set_env or ""), _mending_folder(set_env, folder), str(work)]
    command += ["-m", str(config.root), "-c", config.inference_config, "-e", config.environment]
    command += ["--set", *(f"{name}={value}" for name, value in config.settings.items())]
    command += [f"DATASET_JSON={data_list}", f"DATA_ROOT={images}"]
    command += [f"MMAR_EVAL_OUTPUT_PATH={output}", "multi_gpu=False"]
    code = _wait(command, log, _environment(folder), config.timeout_seconds)
    text = _end_of(log)
    if code is None:
        seconds = f"{config.timeout_seconds:,}"
        raise DeployError(
            with_log(
                f"The inference was ended because it took more than {seconds} seconds: choose a "
                "faster machine on MD.ai, or pack the MMAR again with a larger "
                "--inference-timeout.",
                text,
            )
        )
    if code != 0:
        raise DeployError(with_log(_failure(code, text, config), text))
    return Run(output, text)


def _wait(
    command: Sequence[str], log: Path, environment: dict[str, str], seconds: int
) -> int | None:
    """Run a command in a process group of its own, of which nothing is left afterwards.

    Returns:
        Its exit code, or None when it took longer.

    Raises:
        DeployError: When it can't be started.
    """
    with log.open("wb") as log_file:
        try:
            running = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log_file,
                stderr=subprocess.STDOUT,
                env=environment,
                start_new_session=True,
            )
        except OSError as error:
            raise DeployError(f"The inference can't be started: {error}") from error
    try:
        return running.wait(seconds)
    except subprocess.TimeoutExpired:
        return None
    finally:
        # Also after it ended by itself: what it left behind may still write to the folder.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(running.pid, signal.SIGKILL)
        running.wait()


def _end_of(log: Path) -> str:
    """The end of a log, which may be of any length."""
    with log.open("rb") as file:
        file.seek(max(log.stat().st_size - LOG_BYTES, 0))
        return file.read().decode("utf-8", errors="replace")


BOM = b"\xef\xbb\xbf"


def _mending_folder(set_env: Path | None, folder: Path) -> str:
    """A new folder for copies of the MMAR's scripts that bash can read; "" where it needs none."""
    scripts = [] if set_env is None else [set_env, *set_env.parent.glob("*.sh")]
    contents = (path.read_bytes() for path in scripts if path.is_file())
    if not any(b"\r\n" in text or text.startswith(BOM) for text in contents):
        return ""
    mended = folder / "scripts"
    mended.mkdir()
    return str(mended)


def _environment(folder: Path) -> dict[str, str]:
    """The child's environment: this process's, with all that it may write in ``folder``.

    The user that MD.ai's image runs as has no home, and nothing may be left of a request.
    """
    home, temporary = folder / "home", folder / "tmp"
    for path in (home, temporary):
        path.mkdir()
    places = {
        "HOME": home,
        "TMPDIR": temporary,
        "XDG_CACHE_HOME": home / ".cache",
        "XDG_CONFIG_HOME": home / ".config",
        "XDG_DATA_HOME": home / ".local" / "share",
        "MPLCONFIGDIR": home / ".config" / "matplotlib",
        "TORCH_HOME": home / ".cache" / "torch",
        "TORCH_EXTENSIONS_DIR": home / ".cache" / "torch_extensions",
        "CUDA_CACHE_PATH": home / ".nv" / "ComputeCache",
        "NUMBA_CACHE_DIR": home / ".cache" / "numba",
    }
    environment = dict(os.environ)
    # Another MMAR's root, say of the container's start, is not this one's.
    environment.pop("MMAR_ROOT", None)
    environment.update({name: str(path) for name, path in places.items()})
    # The MMAR's own components are imported from where nothing may be written.
    environment["PYTHONDONTWRITEBYTECODE"] = "1"
    return environment


def _failure(code: int, log: str, config: EngineConfig) -> str:
    """One sentence on why the run failed."""
    if any(sign in log for sign in MEMORY_SIGNS):
        return (
            "The GPU's memory is too small for this model and series: choose a larger GPU on "
            "MD.ai, or a smaller roi_size in the MMAR's inference config."
        )
    if any(sign in log for sign in GPU_SIGNS):
        hint = (
            "give the model a GPU on MD.ai, or pack it with --device cpu"
            if config.device == "gpu"
            else "it was packed with --device cpu, but its config still asks for CUDA"
        )
        return f"The inference found no GPU that it can use: {hint}."
    if code in KILLED:
        return "The inference was killed, most likely because the machine ran out of memory."
    if "No module named 'medl'" in log or "No module named medl" in log:
        return "NVIDIA's medl is not there: the bundle has to run in the Clara Train 4.1 image."
    return f"The inference failed (exit code {code})."


def with_log(sentence: str, log: str) -> str:
    """A sentence on a run, with the end of its log."""
    lines = [line.rstrip() for line in log.splitlines() if line.strip()]
    if not lines:
        return f"{sentence} Its log is empty."
    end = "\n".join(line[-LINE_LENGTH:] for line in lines[-LOG_LINES:])
    return f"{sentence}\nThe end of its log:\n{end}"
