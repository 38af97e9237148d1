"""What has to be settled before PyTorch and MONAI are imported: where they may write.

On MD.ai the code lies where nothing may be written, and its user has no home. Only the temporary
folder is sure.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

CACHES = {
    "MPLCONFIGDIR": "matplotlib",
    "TORCH_HOME": "torch",
    "TORCH_EXTENSIONS_DIR": "torch_extensions",
    "PYTORCH_KERNEL_CACHE_PATH": "kernels",
    "CUDA_CACHE_PATH": "cuda",
    "NUMBA_CACHE_DIR": "numba",
    "XDG_CACHE_HOME": "cache",
    "XDG_CONFIG_HOME": "config",
}
"""Variables by which libraries are told where their caches are, and a folder for each."""


def place_caches() -> None:
    """Send the caches of libraries to the temporary folder, where no other place is set.

    The libraries make the folders when they need them.
    """
    folder = Path(tempfile.gettempdir()) / f"mmar2mdai-cache-{os.getpid()}"
    for variable, name in CACHES.items():
        os.environ.setdefault(variable, str(folder / name))
