"""Stand-in for NVIDIA's `python3 -m medl.apps.evaluate`, with MONAI doing the work.

The real module exists only inside the Clara Train image. This one reads the same arguments and
runs the evaluator that the MMAR's own config describes, whole: dataset, loader, handlers, files.

    python3 -u -m medl.apps.evaluate -m ROOT -c CONFIG -e ENVIRONMENT --set K=V ...

How a config is read is the engine's of templates/engines/monai/; what is run of it is not. So
that engine's answers can be held against this one's.
"""

import argparse
import os
import sys
from pathlib import Path
from typing import Any, Dict, Iterable, List, Optional

TEMPLATES = Path(__file__).resolve().parents[6] / "templates"
for folder in ("imaging", "engines", "engines/resident", "engines/monai"):
    sys.path.append(str(TEMPLATES / folder))

import monai  # noqa: E402
import torch  # noqa: E402
from monai.data import load_decathlon_datalist  # noqa: E402

from mmar2mdai_monai_components import Sections as ConfigSections  # noqa: E402
from mmar2mdai_monai_components import find_class  # noqa: E402
from mmar2mdai_monai_config import (  # noqa: E402
    arguments,
    gather_variables,
    is_component,
    is_enabled,
    literal,
    read_json,
    substitute,
)

Json = Dict[str, Any]


class ConfigError(Exception):
    """The MMAR's configuration can't be run."""


def parse_overrides(pairs: Iterable[str]) -> Json:
    overrides = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals:
            raise ConfigError(f"--set takes KEY=VALUE, not {pair!r}")
        overrides[name] = literal(value)
    return overrides


class Sections(ConfigSections):
    """A config's sections as Clara makes them: those of the run itself, too."""

    def __init__(self, config: Json) -> None:
        super().__init__(config, on_cpu=False)
        self._config = config

    def _make(self, name: str, section: Any) -> Any:
        if name == "model":
            return self._model(section if isinstance(section, list) else [section])
        if name == "dataset":
            return self._component(section, data=read_data_list(section))
        if name == "evaluator":
            return self._component(section, device=self._device())
        return super()._make(name, section)

    def _component(self, component: Json, **more: Any) -> Any:
        """An instance; `more` are arguments that the config doesn't give, or gives as text."""
        return find_class(component)(**{**self.value(arguments(component)), **more})

    def _device(self) -> torch.device:
        return torch.device(self._config["evaluator"]["args"]["device"])

    def _model(self, members: List[Json]) -> Any:
        for member in filter(is_enabled, members):
            if "ts_path" in member:
                return torch.jit.load(member["ts_path"], map_location=self._device())
            if is_component(member):
                return self._component(member).to(self._device())
        raise ConfigError("model: no enabled member with ts_path, name or path")


def read_data_list(section: Json) -> List[Json]:
    return load_decathlon_datalist(
        section["data_list_file_path"],
        is_segmentation=True,
        data_list_key=section["data_list_key"],
        base_dir=section["data_file_base_dir"],
    )


def run(root: Path, config_path: str, environment_path: str, overrides: Json) -> None:
    config, environment = read_json(root, config_path), read_json(root, environment_path)
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
    root = Path(os.path.abspath(options.mmar))
    run(root, options.config, options.environment, parse_overrides(options.set))


if __name__ == "__main__":
    main()
