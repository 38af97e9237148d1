"""Stand-in for NVIDIA's `python3 -m medl.apps.evaluate`, with MONAI doing the work.

The real module exists only inside the Clara Train image. This one reads the same
arguments and the MMAR's own configs (Clara Train 4.1 documentation, "MMAR" and
"Bring your own components") and runs the evaluator that they describe:

    python3 -u -m medl.apps.evaluate -m ROOT -c CONFIG -e ENVIRONMENT --set K=V ...

It runs TorchScript models, and networks that a CheckpointLoader fills; metrics and
multi-GPU are left out, since inference uses neither.
"""

import argparse
import ast
import importlib
import json
import os
import re
from typing import Any, Dict, Iterable, List, Optional

import monai  # noqa: F401  "#monai.handlers..." expressions name it
import torch
from monai.data import load_decathlon_datalist
from monai.transforms import Compose

MODULES = (
    "monai.transforms",
    "monai.data",
    "monai.inferers",
    "monai.handlers",
    "monai.engines",
    "monai.networks.nets",
)
PATHS = ("DATASET_JSON", "MMAR_EVAL_OUTPUT_PATH", "MMAR_CKPT_DIR", "MMAR_CKPT", "MMAR_TORCHSCRIPT")
VARIABLE = re.compile(r"\{([A-Za-z_]\w*)\}")
REFERENCE = re.compile(r"@([A-Za-z_]\w*)")

Json = Dict[str, Any]


class ConfigError(Exception):
    """The MMAR's configuration can't be run."""


# -------------------------------------------------------------- the variables


def read_json(path: str) -> Json:
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def literal(text: str) -> Any:
    """The value of a `--set K=V`: JSON's or Python's literal, else the text itself."""
    for parse in (json.loads, ast.literal_eval):
        try:
            return parse(text)
        except (ValueError, SyntaxError):
            pass
    return text


def parse_overrides(pairs: Iterable[str]) -> Json:
    overrides = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals:
            raise ConfigError(f"--set takes KEY=VALUE, not {pair!r}")
        overrides[name] = literal(value)
    return overrides


def gather_variables(root: str, config: Json, environment: Json, overrides: Json) -> Json:
    """Later sources win: the config's plain top-level values, environment, --set."""
    plain = {key: value for key, value in config.items() if not isinstance(value, (dict, list))}
    variables = {**plain, **environment, **overrides}
    for name in PATHS:
        if name in variables:
            variables[name] = os.path.join(root, variables[name])
    return variables


def substitute(value: Any, variables: Json) -> Any:
    """Replaces `{NAME}` throughout; a string that is one variable takes its type."""
    if isinstance(value, dict):
        return {key: substitute(item, variables) for key, item in value.items()}
    if isinstance(value, list):
        return [substitute(item, variables) for item in value]
    if not isinstance(value, str):
        return value
    whole = VARIABLE.fullmatch(value)
    if whole:
        if whole[1] not in variables:
            raise ConfigError(f"no variable {whole[1]!r} in the config, the environment or --set")
        return substitute(variables[whole[1]], variables)
    return VARIABLE.sub(lambda found: str(variables.get(found[1], found[0])), value)


# ------------------------------------------------------------- the components


def find_class(component: Json) -> Any:
    """The class that `name` (MONAI) or `path` (anywhere on sys.path) says."""
    if "path" in component:
        module, _, name = component["path"].rpartition(".")
        return getattr(importlib.import_module(module), name)
    for module in MODULES:
        found = getattr(importlib.import_module(module), component["name"], None)
        if found is not None:
            return found
    raise ConfigError(f"MONAI {monai.__version__} has no component {component['name']!r}")


def is_component(value: Any) -> bool:
    return isinstance(value, dict) and ("name" in value or "path" in value)


def is_enabled(component: Json) -> bool:
    return not component.get("disabled", False)


class Sections:
    """Builds the sections of a config on first use; each is built once.

    Once, because Invertd finds the transforms to invert by their identity.
    """

    def __init__(self, config: Json) -> None:
        self.config = config
        self.built: Json = {}

    def get(self, name: str) -> Any:
        if name not in self.config:
            raise ConfigError(f"@{name}: the config has no section of that name")
        if name not in self.built:
            self.built[name] = self._build(name, self.config[name])
        return self.built[name]

    def _build(self, name: str, section: Any) -> Any:
        if name == "model":
            return self._model(section if isinstance(section, list) else [section])
        if name == "dataset":
            return self._component(section, data=read_data_list(section))
        if name == "evaluator":
            return self._component(section, device=self._device())
        if isinstance(section, list):
            built = [self._component(member) for member in section if is_enabled(member)]
            return Compose(built) if name.endswith("transforms") else built
        return self._component(section) if is_component(section) else section

    def _component(self, component: Json, **more: Any) -> Any:
        """An instance; `more` are arguments that the config doesn't give, or gives as text."""
        return find_class(component)(**{**self._value(component.get("args", {})), **more})

    def _device(self) -> torch.device:
        return torch.device(self.config["evaluator"]["args"]["device"])

    def _model(self, members: List[Json]) -> Any:
        for member in filter(is_enabled, members):
            if "ts_path" in member:
                return torch.jit.load(member["ts_path"], map_location=self._device())
            if is_component(member):
                return self._component(member).to(self._device())
        raise ConfigError("model: no enabled member with ts_path, name or path")

    def _value(self, value: Any) -> Any:
        """Arguments: `@section`, `#expression` and `lambda ...` become objects."""
        if isinstance(value, dict):
            return {key: self._value(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self._value(item) for item in value]
        if not isinstance(value, str):
            return value
        if value.startswith("@"):
            return self.get(value[1:])
        if value.startswith("#"):
            return self._evaluate(value[1:])
        if value.startswith("lambda "):
            return self._evaluate(value)
        return value

    def _evaluate(self, expression: str) -> Any:
        names = {name: self.get(name) for name in REFERENCE.findall(expression)}
        return eval(REFERENCE.sub(r"\1", expression), {**globals(), **names})


def read_data_list(section: Json) -> List[Json]:
    return load_decathlon_datalist(
        section["data_list_file_path"],
        is_segmentation=True,
        data_list_key=section["data_list_key"],
        base_dir=section["data_file_base_dir"],
    )


# --------------------------------------------------------------------- the run


def run(root: str, config_path: str, environment_path: str, overrides: Json) -> None:
    config = read_json(os.path.join(root, config_path))
    environment = read_json(os.path.join(root, environment_path))
    variables = gather_variables(root, config, environment, overrides)
    sections = Sections(substitute(config, variables))
    print(f"medl stand-in: MONAI {monai.__version__}, PyTorch {torch.__version__}")
    sections.get("evaluator").run()


def main(arguments: Optional[List[str]] = None) -> None:
    parser = argparse.ArgumentParser(prog="medl.apps.evaluate")
    parser.add_argument("-m", "--mmar", required=True)
    parser.add_argument("-c", "--config", required=True)
    parser.add_argument("-e", "--environment", required=True)
    parser.add_argument("--set", nargs="*", default=[], metavar="KEY=VALUE")
    options = parser.parse_args(arguments)
    run(options.mmar, options.config, options.environment, parse_overrides(options.set))


if __name__ == "__main__":
    main()
