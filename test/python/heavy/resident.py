"""What is left in this process by an MMAR whose network ran in it."""

from __future__ import annotations

import sys


def forget_components() -> None:
    """Let the next MMAR's own components be imported, though another's have their names."""
    folders = [path for path in sys.path if "/workspace/" in path]
    for folder in folders:
        sys.path.remove(folder)
    for name, module in list(sys.modules.items()):
        if "/workspace/" in (getattr(module, "__file__", None) or ""):
            del sys.modules[name]
