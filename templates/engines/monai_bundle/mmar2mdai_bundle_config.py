"""A bundle's inference config, from which single parts are built, as MONAI's parser builds them.

MONAI evaluates an id of a config, and what it refers to, when it is asked for. So data lists,
handlers and the evaluator, which are never asked for, are never evaluated.
"""

from __future__ import annotations

from typing import Any, Iterator, Mapping

import torch
from monai.bundle import ConfigParser

from mmar2mdai_bundle_settings import Settings
from mmar2mdai_errors import DeployError
from mmar2mdai_resident_memory import Way, chain, without_cuda
from mmar2mdai_resident_weights import first_line

CODE = ("$",)
"""What a string of a config begins with that is code."""

META = "_meta_"
"""Under which id a config refers to its metadata."""

SAVERS = ("SaveImaged", "SaveImageD", "SaveImageDict", "SaveImage")
"""Transforms that write a file: what they would write is the answer."""


class Config:
    """The parts of a config for one way of running it, each built once."""

    def __init__(self, settings: Settings, way: Way, output: str) -> None:
        """Read it and change what has to be.

        Args:
            output: a folder for what the config would write; nothing of what is built writes.

        Raises:
            DeployError: When a file can't be read, or an override has no place in it.
        """
        self.file = settings.file
        try:
            content = _read(settings, *settings.configs)
            meta = {} if settings.metadata is None else _read(settings, settings.metadata)
        except Exception as error:
            raise DeployError(
                f"The MONAI bundle's config {self.file} can't be read: {first_line(error)}."
            ) from error
        content = without_cuda(content, CODE) if way.data == "cpu" else content
        self._parser = ConfigParser({**content, META: meta})
        for name, value in settings.overrides.items():
            self._set(name, value)
        self._set("bundle_root", str(settings.root))
        self._set("output_dir", output)
        self._set("device", torch.device(way.data))
        self.savers = self._switch_off_savers()

    def has(self, name: str) -> bool:
        """Whether the config has an id."""
        return name in self._parser

    def get(self, name: str) -> Any:
        """What an id stands for: an object, or a plain value.

        Raises:
            DeployError: When it can't be built; the text names the innermost id that fails.
        """
        if not self.has(name):
            raise self.error(name, "is not in it")
        try:
            return self._parser.get_parsed_content(name)
        except Exception as error:
            why = error
        place, why = self._innermost(name, why)
        raise self.error(place, f"can't be built: {_reason(why)}") from why

    def error(self, name: str, what: str) -> DeployError:
        """An error that names an id."""
        return DeployError(f"The MONAI bundle's config {self.file}: {name} {what}.")

    def set(self, name: str, value: Any) -> None:
        """Let an id be an object that is there already, for what refers to it."""
        self._set(name, value)

    def ids_of(self, class_name: str, *below: str | None) -> list[str]:
        """The ids of a class's components below some ids, in the config's order."""
        return [
            name
            for top in below
            if top is not None and self.has(top)
            for name, found in _components(self._parser[top], top)
            if _class(found) == class_name
        ]

    def _set(self, name: str, value: Any) -> None:
        try:
            self._parser[name] = value
        except Exception as error:
            raise DeployError(
                f"The MONAI bundle's config {self.file} has no place for {name}, which "
                "config_mdai.json overrides; pack the model again."
            ) from error

    def _switch_off_savers(self) -> list[str]:
        """The ids of what saves images, which is built no more."""
        everything = _components(self._parser.get(), "")
        found = [name for name, each in everything if _class(each) in SAVERS]
        for name in found:
            self._parser[name]["_disabled_"] = True
        self._parser.ref_resolver.reset()
        return found

    def _innermost(self, name: str, error: Exception) -> tuple[str, Exception]:
        """The innermost of an id, its parts and what they refer to that fails, and why."""
        resolver = self._parser.ref_resolver
        for part in resolver.find_refs_in_config(self._parser[name], resolver.normalize_id(name)):
            if self.has(part):
                try:
                    self._parser.get_parsed_content(part)
                except Exception as inner:
                    why = inner
                else:
                    continue
                return self._innermost(part, why)
        return name.replace("::", "#"), error


def _reason(error: Exception) -> str:
    """What an error is, without MONAI's own around it, which repeat the config."""
    causes = [*chain(error)]
    own = [each for each in causes if not str(each).startswith("Failed to ")]
    return first_line((own or causes)[0]).partition(" For details about installing")[0].rstrip(".")


def _read(settings: Settings, *names: str) -> dict[str, Any]:
    """The files of a bundle, merged in their order."""
    content: dict[str, Any] = ConfigParser.load_config_files([settings.root / n for n in names])
    return content


def _components(value: Any, name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """All parts of a config that say what to make, with their ids."""
    if isinstance(value, list):
        value = dict(enumerate(value))
    elif isinstance(value, dict) and "_target_" in value:
        yield name, value
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _components(item, f"{name}#{key}" if name else str(key))


def _class(component: Mapping[str, Any]) -> str:
    return str(component["_target_"]).rpartition(".")[2]
