"""The MMAR's inference config: its variables, its sections, and what of them is run.

That is what Clara Train's documentation says of an MMAR of 4.1 ("MMAR", "Bring your own
components"). Nothing here needs PyTorch.
"""

from __future__ import annotations

import ast
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Iterable, Literal, Mapping, get_args

from mmar2mdai_errors import DeployError

ItemForm = Literal["string", "object"]
"""Whether an item of the data list is a bare path, or an object of paths by their keys."""

Json = dict  # of strings to what JSON has

PATHS = ("DATASET_JSON", "MMAR_EVAL_OUTPUT_PATH", "MMAR_CKPT_DIR", "MMAR_CKPT", "MMAR_TORCHSCRIPT")
"""Variables whose values are relative to the MMAR."""

VARIABLE = re.compile(r"\{([A-Za-z_]\w*)\}")
DEEPEST = 8
"""How often a variable's value may name another one: a ring of them ends here."""
LONGEST = 65_536
"""Characters of a value: variables that name each other several times could grow without end."""


@dataclass(frozen=True)
class Settings:
    """``engine`` of config_mdai.json.

    Attributes:
        root: the MMAR.
        device: "cpu" or "gpu".
        timeout_seconds: that the inference of a request may take.
        file: the inference config's name, for errors.
        sections: the inference config, its variables replaced. Variables that nothing sets stay.
    """

    root: Path
    device: str
    timeout_seconds: int
    item: ItemForm
    image_key: str
    file: str
    sections: dict[str, Any]


def read_settings(raw: dict[str, Any], root: Path) -> Settings:
    """What the bundle says of the engine, with the MMAR's configs read.

    Args:
        raw: config_mdai.json.
        root: the MMAR.

    Raises:
        KeyError, TypeError, ValueError: When a key is missing, or a value can't be.
        DeployError: When a config of the MMAR is missing or broken.
    """
    engine = raw["engine"]
    if engine["item"] not in get_args(ItemForm):
        raise ValueError(f"{engine['item']!r} is not one of {', '.join(get_args(ItemForm))}")
    overrides = {name: literal(value) for name, value in engine["settings"].items()}
    config = read_json(root, engine["inference_config"])
    environment = read_json(root, engine["environment"])
    return Settings(
        root=root,
        device=raw["device"],
        timeout_seconds=int(raw["engine"]["timeout_seconds"]),
        item=engine["item"],
        image_key=engine["image_key"],
        file=engine["inference_config"],
        sections=substitute(config, gather_variables(root, config, environment, overrides)),
    )


def read_json(root: Path, name: str) -> dict[str, Any]:
    """A JSON file of the MMAR.

    Raises:
        DeployError: When it is not there, or is not an object in JSON.
    """
    try:
        content = json.loads((root / name).read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise DeployError(
            f"The MMAR's file {name} is not in {root}; pack the MMAR again."
        ) from error
    except ValueError as error:
        raise DeployError(f"The MMAR's file {name} is not JSON: {error}.") from error
    if not isinstance(content, dict):
        raise DeployError(f"The MMAR's file {name} must be a JSON object.")
    return content


# -------------------------------------------------------------- the variables


def literal(text: str) -> Any:
    """The value of a `--set K=V`: JSON's or Python's literal, else the text itself."""
    for parse in (json.loads, ast.literal_eval):
        try:
            return parse(text)
        except (ValueError, SyntaxError):
            pass
    return text


def gather_variables(
    root: Path, config: Json, environment: Json, overrides: Mapping[str, Any]
) -> dict[str, Any]:
    """The variables of a config, paths made absolute.

    Later sources win: the config's plain top-level values, environment.json, what is set.
    """
    plain = {key: value for key, value in config.items() if not isinstance(value, (dict, list))}
    variables = {**plain, **environment, **overrides}
    for name in PATHS:
        if isinstance(variables.get(name), str):
            variables[name] = str(root / variables[name])
    return variables


def substitute(value: Any, variables: Mapping[str, Any], depth: int = DEEPEST) -> Any:
    """Replaces `{NAME}` throughout.

    A string that is one variable takes its type; a variable that nothing sets stays.
    """
    if isinstance(value, dict):
        return {key: substitute(item, variables, depth) for key, item in value.items()}
    if isinstance(value, list):
        return [substitute(item, variables, depth) for item in value]
    if not isinstance(value, str) or depth == 0:
        return value
    whole = VARIABLE.fullmatch(value)
    if whole:
        if whole[1] not in variables:
            return value
        return substitute(variables[whole[1]], variables, depth - 1)
    replaced = VARIABLE.sub(lambda found: str(variables.get(found[1], found[0])), value)
    if replaced == value or len(replaced) > LONGEST:
        return value
    return substitute(replaced, variables, depth - 1)


# ------------------------------------------------------------- the components


def is_component(value: Any) -> bool:
    """Whether a part of a config says what to make, by `name` (MONAI's) or `path` (any)."""
    return isinstance(value, dict) and ("name" in value or "path" in value)


def is_enabled(component: Mapping[str, Any]) -> bool:
    """Whether a component is not switched off by ``disabled``."""
    return not component.get("disabled", False)


def class_name(component: Mapping[str, Any]) -> str:
    """The name of a component's class, without the module."""
    return str(component.get("name") or component.get("path", "")).rpartition(".")[2]


def full_path(component: Mapping[str, Any]) -> str | None:
    """Where a component's class stands, or None where only its name is given.

    That is ``path``; NVIDIA's annotation server takes it as ``name``, too.
    """
    path = component.get("path")
    name = str(component.get("name", ""))
    return str(path) if path is not None else (name if "." in name else None)


def is_custom(component: Mapping[str, Any]) -> bool:
    """Whether a component is the MMAR's own code."""
    path = full_path(component)
    return path is not None and path.split(".")[0] not in ("monai", "torch")


def arguments(component: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of a component, {} where it has none."""
    return dict(component.get("args") or {})


def unknown_variables(value: Any) -> Iterable[str]:
    """The variables that are left in values of a config; braces in code are none."""
    if isinstance(value, dict):
        for item in value.values():
            yield from unknown_variables(item)
    elif isinstance(value, list):
        for item in value:
            yield from unknown_variables(item)
    elif isinstance(value, str):
        whole = VARIABLE.fullmatch(value)
        if whole:
            yield whole[1]
