"""Steps of model_zoo.py that need a process of their own: a bundle's modules, a bundle's MONAI.

zoo_steps.py weights BUNDLE    random weights, where the bundle's config wants them
zoo_steps.py run MODEL         a small study through the deploy code of an unpacked bundle
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any, Iterator

HERE = Path(__file__).resolve().parent
sys.path += [str(HERE), str(HERE.parent / "light")]

UNKNOWN = re.compile(r"unexpected keyword argument '(\w+)'")
SERIES = {
    "T1c": "t1_tse_tra_KM",
    "T1": "t1_tse_tra",
    "T2": "t2_tse_tra",
    "FLAIR": "t2_flair_tra",
    "ADC": "ep2d_diff_tra_ADC",
}


# -------------------------------------------------------------- the weights


def give_weights(root: Path) -> str:
    """Save random weights; what went wrong."""
    import torch
    from monai.bundle import ConfigParser

    files = sorted((root / "configs").glob("inference.*"))
    if not files:
        return "it has no config called inference"
    sys.path.insert(1, str(root))
    torch.manual_seed(0)
    for _ in range(8):
        parser = ConfigParser(ConfigParser.load_config_files([files[0]]))
        parser["bundle_root"], parser["device"] = str(root), torch.device("cpu")
        for name in removed:
            del parser["network_def"][name]
        prepare(parser, root)
        try:
            network = parser.get_parsed_content("network_def")
            break
        except Exception as error:
            reason: BaseException = error
            while reason.__cause__ is not None:
                reason = reason.__cause__
            found = UNKNOWN.search(str(reason))
            if found is None or found[1] not in parser["network_def"]:
                return f"{type(reason).__name__}: {str(reason).splitlines()[0]}"
            removed.append(found[1])  # the weights are the same without it
    state = network.state_dict()
    loads = [name for name, each in components(parser.get(), "") if each == "CheckpointLoader"]
    for name in loads:
        path = Path(parser.get_parsed_content(f"{name}#load_path"))
        path.parent.mkdir(exist_ok=True)
        torch.save(state, str(path))
    return "" if loads else "its config loads no checkpoint"


removed: list[str] = []


def prepare(parser: Any, root: Path) -> None:
    """What a network needs before it can be built: nothing is fetched, no GPU is here."""
    import torch

    network = parser.get("network_def")
    if isinstance(network, dict) and network.get("pretrained"):
        network["pretrained"] = False
    space = parser.get("dints_space")
    if space is None:
        return
    space["device"] = torch.device("cpu")
    path = Path(parser.get_parsed_content("arch_ckpt_path"))
    blocks, depths = space["num_blocks"], space["num_depths"]
    choices = 3 * depths - 2
    generator = torch.Generator().manual_seed(0)
    code = {
        "node_a": torch.ones(blocks + 1, depths),
        "arch_code_a": torch.ones(blocks, choices),
        "arch_code_c": torch.randint(0, 4, (blocks, choices), generator=generator),
    }
    path.parent.mkdir(exist_ok=True)
    torch.save({key: value.numpy() for key, value in code.items()}, str(path))
    parser["arch_ckpt"] = {key: value.numpy() for key, value in code.items()}


def components(value: Any, name: str) -> Iterator[tuple[str, str]]:
    """The ids of a config's components, and their classes."""
    if isinstance(value, dict) and isinstance(value.get("_target_"), str):
        yield name, value["_target_"].rpartition(".")[2]
    if isinstance(value, list):
        value = dict(enumerate(value))
    if isinstance(value, dict):
        for key, item in value.items():
            yield from components(item, f"{name}#{key}" if name else str(key))


# ------------------------------------------------------------------ the run


def run(model: Path) -> str:
    """What came of a study."""
    import json

    import bundles
    import contract

    described = json.loads((model / "workspace" / "config_mdai.json").read_text())
    request, shapes = study(described)
    deployed = bundles.load(model).MDAIModel()
    answers = deployed.predict(request)
    contract.check(answers)
    if described["type"] == "classification":
        found = {answer["class_index"]: answer["probability"] for answer in answers}
        assert found, f"no class was found: {answers}"
        return f"{_classes(len(answers))}, probabilities {sorted(found.values())[-1]:.2f} at most"
    masks = [answer for answer in answers if answer.get("data")]
    for answer in masks:
        rows = answer["data"]["mask"]
        assert (len(rows), len(rows[0])) == shapes[answer["instance_uid"]], "a mask of another size"
    notes = {answer.get("note") for answer in answers if answer["type"] == "NONE"}
    if not masks:
        return f"no mask: {'; '.join(str(note) for note in notes)}"
    reported = {answer["class_index"] for answer in masks}
    instances = {answer["instance_uid"] for answer in masks}
    return f"{len(masks)} masks of {_classes(len(reported))} on {len(instances)} instances"


def _classes(count: int) -> str:
    return "1 class" if count == 1 else f"{count} classes"


def study(described: dict[str, Any]) -> tuple[dict[str, Any], dict[str, tuple[int, int]]]:
    """A small study that fits, and the size of each instance."""
    import numpy as np
    from pydicom.uid import generate_uid

    from classifiers import write_pictures
    from dicom_files import Stack, request, write_series
    from studies import line, write_line

    rng = np.random.default_rng(0)
    # About 48 mm in each direction, and sizes that networks can halve four times.
    stack = Stack((32, 48, 48), first=(-24, -24, -24), step=(0, 0, 1.5), row_step=1, column_step=1)
    hills = rng.normal(60, 150, (4, 6, 6)).repeat(8, 0).repeat(8, 1).repeat(8, 2)
    if described["type"] == "classification":
        pictures = [rng.integers(0, 4000, (120, 90))]

        def change(ds: Any, index: int) -> None:
            ds.Modality = "MG"
            ds.SOPClassUID = "1.2.840.10008.5.1.4.1.1.1.2"
            ds.ImageLaterality, ds.ViewPosition = "L", "CC"

        files = [write_pictures(pictures, change=change)]
        sizes = (120, 90)
    else:
        sizes = stack.shape[1:]
        modalities = described.get("modalities") or ["CT"]
        wanted = described["input"]["channels"]
        if "CT" in modalities and len(wanted) == 1:
            files = [write_series(hills.astype(np.int16), stack)]
        else:
            uid = generate_uid()
            files = []
            for number, channel in enumerate(wanted, 3):
                called = SERIES.get(channel.get("contrast") or channel["name"], "t2_tse_tra")
                values = np.abs(hills + 40 * number).astype(np.int16)
                files.append(write_line(line(number, called), uid, generate_uid(), stack, values))
    shapes = {uid: sizes for each in files for uid in each.uids}
    return request(*files), shapes


if __name__ == "__main__":
    step, place = sys.argv[1], Path(sys.argv[2]).resolve()
    if step == "weights":
        print(give_weights(place))
    else:
        try:
            print(run(place))
        except Exception as problem:
            print(f"{type(problem).__name__}: {problem}".splitlines()[0])
            sys.exit(1)
