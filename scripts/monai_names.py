"""Makes src/runtimes/monai/names.ts: the components that MONAI 0.8.1 has.

Usage: python scripts/monai_names.py <folder of the package monai>

A config names a component by its class. Of a dictionary transform's three names (LoadImaged,
LoadImageD, LoadImageDict) only the first is kept.
"""

from __future__ import annotations

import ast
import sys
import textwrap
from pathlib import Path

FOLDERS = ["transforms", "inferers", "networks", "apps"]
TARGET = Path(__file__).resolve().parent.parent / "src/runtimes/monai/names.ts"
HEAD = """\
// Made by scripts/monai_names.py of the package itself: don't edit.

/**
 * Classes of MONAI 0.8.1 that a config may name, without those that need ignite. Dictionary
 * transforms have their first name only: LoadImaged, not LoadImageD and LoadImageDict.
 */
export const MONAI_NAMES: ReadonlySet<string> = new Set(
  `
"""

TAIL = """\
  `
    .trim()
    .split(/\\s+/),
);
"""


def names(package: Path) -> list[str]:
    """The names, sorted."""
    found: set[str] = set()
    for folder in FOLDERS:
        for path in sorted((package / folder).rglob("*.py")):
            if "handlers" in path.parts or path.name == "handlers.py":
                continue
            for node in ast.parse(path.read_text(encoding="utf-8")).body:
                if isinstance(node, ast.ClassDef):
                    found.add(node.name)
                elif isinstance(node, ast.Assign):
                    targets = [each.id for each in node.targets if isinstance(each, ast.Name)]
                    found.update(name for name in targets if not name.isupper())
    classes = {name for name in found if name[0].isupper()}
    return sorted(name for name in classes if first_name(name) not in classes - {name})


def first_name(name: str) -> str:
    """The first of a dictionary transform's three names; another name as it is."""
    for ending in ("Dict", "D"):
        if name.endswith(ending):
            return name[: -len(ending)] + "d"
    return name


def module(package: Path) -> str:
    """The text of names.ts."""
    lines = textwrap.wrap(" ".join(names(package)), 96, break_long_words=False)
    return HEAD + "".join(f"    {line}\n" for line in lines) + TAIL


if __name__ == "__main__":
    TARGET.write_text(module(Path(sys.argv[1])), encoding="utf-8")
