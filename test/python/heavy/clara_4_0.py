"""Runs an inference config of Clara Train 4.0, with the MONAI of its time doing the work.

    python clara_4_0.py -m ROOT -c CONFIG -e ENVIRONMENT --set K=V ...

Clara 4.0 was built on MONAI 0.5; the test gives 0.5.3 on PYTHONPATH. The sections are not wired
to each other in such a config: what the evaluator, the data set, the data loader and
TransformInverter need is passed to them here, as Clara Train 4.0 did by itself.

The stand-in for medl.apps.evaluate, which reads variables and components, has to be on
PYTHONPATH as well.
"""

import sys
from typing import Any, List, Optional

import ignite

# MONAI 0.5 wants pytorch-ignite 0.4.4 and nothing else; Python 3.11 can't import that one, and
# what the evaluator uses of it has not changed.
ignite.__version__ = "0.4.4"

import monai  # noqa: E402
from medl.apps import evaluate  # noqa: E402


class Sections(evaluate.Sections):
    """Sections without references: each gets what it needs."""

    def _make(self, name: str, section: Any) -> Any:
        if name == "dataset":
            data = evaluate.read_data_list(section)
            return self._component(section, data=data, transform=self.get("pre_transforms"))
        if name == "dataloader":
            return self._component(section, dataset=self.get("dataset"))
        if name == "handlers":
            return [self._handler(member) for member in section if evaluate.is_enabled(member)]
        if name == "evaluator":
            return self._component(
                section,
                device=self._device(),
                val_data_loader=self.get("dataloader"),
                network=self.get("model"),
                inferer=self.get("inferer"),
                post_transform=self.get("post_transforms"),
                val_handlers=self.get("handlers"),
                amp=self._config.get("amp", False),
            )
        return super()._make(name, section)

    def _handler(self, member: evaluate.Json) -> Any:
        if member["name"] != "TransformInverter":
            return self._component(member)
        return self._component(
            member, transform=self.get("pre_transforms"), loader=self.get("dataloader")
        )

    def _device(self) -> Any:
        return evaluate.torch.device("cpu")


def main(arguments: Optional[List[str]] = None) -> None:
    assert monai.__version__.startswith("0.5."), monai.__version__
    evaluate.Sections = Sections
    evaluate.main(arguments)


if __name__ == "__main__":
    main(sys.argv[1:])
