"""MMARs of a Windows checkout: shell scripts and configs with CRLF, or a byte order mark."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Callable

import numpy as np
import pytest

import bundles
from answers import masks
from conftest import Deployed
from dicom_files import Files, Stack, request, write_series
from scenes import LEVELS, image, organ

STACK = Stack()
WISHES = {"pattern": LEVELS, "form": "label_map"}
BOM = "\ufeff"

FIXTURE = """#!/usr/bin/env bash
MMAR_ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
export MMAR_ROOT
export PYTHONPATH="${PYTHONPATH}:/opt/nvidia"
"""
NVIDIAS = """#!/usr/bin/env bash

export PYTHONPATH="$PYTHONPATH:/opt/nvidia"
DIR="$( cd "$( dirname "${BASH_SOURCE[0]}" )" >/dev/null 2>&1 && pwd )"
export MMAR_ROOT=${DIR}/..
"""
PLAIN = """export PYTHONPATH=$PYTHONPATH:/opt/nvidia
export MMAR_ROOT=$(readlink -f "$(dirname "$BASH_SOURCE")/..")
if [ -n "$MMAR_ROOT" ]; then
  case "$0" in
    nothing) exit 7 ;;
  esac
fi
return 0
exit 8"""
FORMS = {"the fixture's": FIXTURE, "NVIDIA's": NVIDIAS, "plain": PLAIN}

WAYS: dict[str, Callable[[str], str]] = {
    "LF": lambda text: text,
    "CRLF": lambda text: text.replace("\n", "\r\n"),
    "BOM": lambda text: BOM + text,
    "BOM and CRLF": lambda text: BOM + text.replace("\n", "\r\n"),
    "CRLF, and a lone CR at the end": lambda text: text.replace("\n", "\r\n") + "\r",
}


@pytest.fixture(scope="module")
def files() -> Files:
    return write_series(image(STACK.shape), STACK)


@pytest.fixture
def seen(deploy_variant: Any, files: Files, tmp_path: Path) -> Callable[..., dict[str, Any]]:
    """seen(scripts) -> what the stand-in recorded where these lie in the MMAR's commands/."""

    def run(scripts: dict[str, str]) -> dict[str, Any]:
        def edit(config: dict[str, Any], root: Path) -> None:
            for name, text in scripts.items():
                (root / "commands" / name).write_bytes(text.encode())

        model: Deployed = deploy_variant("spleen_ct", edit)
        before = bundles.hashes(model.model)
        record = tmp_path / "record.json"
        answers = model(request(files), **WISHES, record=str(record))
        np.testing.assert_array_equal(masks(answers, files, STACK.shape)[0], organ(STACK.shape))
        assert bundles.hashes(model.model) == before
        found: dict[str, Any] = json.loads(record.read_text())
        root = model.model / "workspace" / "spleen_ct"
        assert Path(found["environment"]["MMAR_ROOT"]).resolve() == root.resolve()
        assert "\r" not in found["environment"]["MMAR_ROOT"]
        path = found["environment"]["PYTHONPATH"].split(":")
        assert path[-3:] == ["/opt/nvidia", str(root), str(root / "custom")]
        assert "\r" not in found["environment"]["PYTHONPATH"]
        return found

    return run


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("way", WAYS)
def test_set_env_does_the_same(seen: Callable[..., dict[str, Any]], form: str, way: str) -> None:
    found = seen({"set_env.sh": WAYS[way](FORMS[form])})
    root = found["environment"]["MMAR_ROOT"]
    assert root.endswith("/commands/..") == (form == "NVIDIA's")


OUTER = """DIR="$( cd "$( dirname "${BASH_SOURCE[0]}" )" && pwd )"
export MMAR_ROOT="$DIR/.."
source "$DIR/more.sh" "an argument"
. "$DIR/more.sh" another
export PYTHONPATH="$PYTHONPATH:/opt/nvidia"
"""
MORE = """export TOLD="$TOLD${#BASH_SOURCE[@]} ${BASH_SOURCE[0]##*/} ${BASH_SOURCE[1]##*/} $1;"
export OUTSIDE=1
return 3
export OUTSIDE=2
"""


@pytest.mark.parametrize(
    "outer, inner", [("LF", "LF"), ("CRLF", "CRLF"), ("LF", "CRLF"), ("CRLF", "LF"), ("BOM", "BOM")]
)
def test_what_set_env_sources_is_read_the_same_way(
    seen: Callable[..., dict[str, Any]], outer: str, inner: str
) -> None:
    found = seen({"set_env.sh": WAYS[outer](OUTER), "more.sh": WAYS[inner](MORE)})
    environment = found["environment"]
    told = [f"2 more.sh set_env.sh {argument};" for argument in ("an argument", "another")]
    assert environment["TOLD"] == "".join(told)
    assert environment["OUTSIDE"] == "1"


def test_configs_with_crlf(deploy_variant: Any, files: Files) -> None:
    def edit(config: dict[str, Any], root: Path) -> None:
        for path in (root / "config").glob("*.json"):
            path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))

    model: Deployed = deploy_variant("spleen_ct", edit)
    answers = model(request(files), **WISHES)
    np.testing.assert_array_equal(masks(answers, files, STACK.shape)[0], organ(STACK.shape))
