"""Where a network runs, and what is tried when its memory is too small."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Iterator, Sequence

CUDA = re.compile(r"cuda(?::\d+)?")
QUOTED_CUDA = re.compile(r"(['\"])cuda(?::\d+)?\1")

GPU_SIGNS = (
    "CUDA out of memory",
    "CUDA error: out of memory",
    "CUDNN_STATUS_ALLOC_FAILED",
    "CUBLAS_STATUS_ALLOC_FAILED",
)
"""What PyTorch and CUDA say when the GPU's memory is used up."""

CPU_SIGNS = ("can't allocate memory", "not enough memory", "Cannot allocate memory")
"""What PyTorch and the system say when the machine's memory is."""


@dataclass(frozen=True)
class Way:
    """One way to run a network.

    Attributes:
        network: the device on which it is.
        data: the device on which images and results are; a window of them at a time goes to the
            network's.
        why: what to log when it is taken.
    """

    network: str
    data: str
    why: str = ""


ON_CPU = Way("cpu", "cpu")
ON_GPU = (
    Way("cuda", "cuda"),
    Way("cuda", "cpu", "the results of its windows are gathered on the CPU"),
    Way("cpu", "cpu", "the network runs on the CPU, which takes much longer"),
)
"""What is tried one after the other, as long as memory runs out."""


def ways(device: str) -> Sequence[Way]:
    """How a model is run that was packed for a device, "cpu" or "gpu"."""
    return ON_GPU if device == "gpu" else (ON_CPU,)


def gpu_is_full(error: BaseException) -> bool:
    """Whether an error, or one that it came from, says that the GPU's memory is used up."""
    return any(sign in str(each) for each in chain(error) for sign in GPU_SIGNS)


def machine_is_full(error: BaseException) -> bool:
    """Whether an error, or one that it came from, says that the machine's memory is used up."""
    return any(
        isinstance(each, MemoryError) or any(sign in str(each) for sign in CPU_SIGNS)
        for each in chain(error)
    )


def chain(error: BaseException) -> Iterator[BaseException]:
    """An error, what it came from, what that came from."""
    seen: list[BaseException] = []
    each: BaseException | None = error
    while each is not None and each not in seen:
        yield each
        seen.append(each)
        each = each.__cause__ or (None if each.__suppress_context__ else each.__context__)


def without_cuda(value: Any, code: tuple[str, ...]) -> Any:
    """A part of a config with the CPU wherever it names a GPU.

    Args:
        code: what a string begins with that is code: in it only the quoted names are replaced.
    """
    if isinstance(value, dict):
        return {key: without_cuda(item, code) for key, item in value.items()}
    if isinstance(value, list):
        return [without_cuda(item, code) for item in value]
    if not isinstance(value, str):
        return value
    if CUDA.fullmatch(value):
        return "cpu"
    return QUOTED_CUDA.sub(r"\1cpu\1", value) if value.startswith(code) else value
