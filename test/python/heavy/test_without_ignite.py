"""The bundle brings no pytorch-ignite: what the engine does in its place, and that it can."""

from __future__ import annotations

import ast
import copy
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Callable

import pytest
import torch
from monai.engines.utils import default_prepare_batch, engine_apply_transform

import engines

HEAVY = Path(__file__).resolve().parent


@pytest.fixture(scope="module")
def ours() -> Any:
    return engines.Templates().resident_batch


IMAGE = torch.arange(4.0).reshape(1, 1, 2, 2)
TRANSFORMS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "nothing": lambda data: data,
    "what is in both": lambda data: {**data, "image": 1, "pred": data["pred"] + 1},
    "what is new": lambda data: {**data, "pred_meta_dict": 5},
    "what only the batch has": lambda data: {**data, "image_meta_dict": {"a": 7}},
    "a key that is left out": lambda data: {"pred": data["pred"]},
}


@pytest.mark.parametrize("case", TRANSFORMS)
def test_post_transforms_change_what_they_change_in_monai(ours: Any, case: str) -> None:
    batch = {"image": 0, "image_meta_dict": {"a": 1}, "other": "x"}
    output = {"image": 2, "label": None, "pred": 3}
    expected = engine_apply_transform(copy.deepcopy(batch), copy.deepcopy(output), TRANSFORMS[case])
    assert ours.apply_to_item(batch, output, TRANSFORMS[case]) == tuple(expected)


@pytest.mark.parametrize("label", [{}, {"label": IMAGE + 1}, {"label": "a path"}])
def test_a_batch_is_prepared_as_in_monai(ours: Any, label: dict[str, Any]) -> None:
    batch = {"image": IMAGE, **label}
    expected = default_prepare_batch(batch, torch.device("cpu"))
    found = ours.default_prepare_batch(batch, torch.device("cpu"))
    assert torch.equal(found[0], expected[0])
    assert (found[1] is None) == (expected[1] is None)
    assert found[1] is None or torch.equal(found[1], expected[1])


SCRIPT = """
import sys
class NoIgnite:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("ignite", "fire", "tensorboard"):
            raise ImportError("no " + name)
sys.meta_path.insert(0, NoIgnite())
from pathlib import Path
sys.path[:0] = {paths!r}
import engines
templates = engines.Templates()
root = Path({root!r})
engine = engines.make_engine(templates, root)
item = templates.inference.Item(engines.grid(templates, engines.values()))
result = engines.run_one(engine, item, root)
print(getattr(result, "values", None) or float(result.voxels[:, :, :, 0].mean()))
assert "ignite" not in sys.modules
"""


def scores(config: dict[str, Any]) -> None:
    engines.plain(config)
    config["inferer"] = {"name": "SimpleInferer"}
    config["post_transforms"] = [
        {"name": "Lambdad", "args": {"keys": "pred", "func": "lambda x: x.mean((1, 2, 3))"}}
    ]
    config["evaluator"]["args"]["prepare_batch"] = "#monai.engines.default_prepare_batch"
    args = {"output_transform": "#monai.handlers.from_engine(['pred'])"}
    config["handlers"].append({"name": "ClassificationSaver", "args": args})


@pytest.mark.parametrize("change", [None, scores], ids=["a segmenter", "a classifier"])
def test_the_answer_is_the_same_without_it(change: Any, tmp_path: Path) -> None:
    root = engines.write_mmar(tmp_path, engines.config(change))
    templates = engines.Templates()
    engine = engines.make_engine(templates, root)
    item = templates.inference.Item(engines.grid(templates, engines.values()))
    result = engines.run_one(engine, item, tmp_path)
    expected = getattr(result, "values", None) or float(result.voxels[:, :, :, 0].mean())
    paths = [str(HEAVY), str(HEAVY.parent / "light")]
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", SCRIPT.format(paths=paths, root=str(root))],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert ast.literal_eval(done.stdout.splitlines()[-1]) == pytest.approx(expected)
    assert json.dumps(expected)
