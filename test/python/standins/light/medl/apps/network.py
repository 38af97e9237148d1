"""What the stand-in for medl.apps.evaluate does.

It takes the same arguments, reads the same files and writes what MONAI's savers would, but in
place of the network it answers a known pattern, on a grid and in a form that the test asks for,
or fails as the test asks. The test's wishes stand in the JSON file that MMAR2MDAI_STANDIN names:

    pattern   {"levels": [v, ...]}: a voxel's label is the number of levels that it exceeds;
              {"channel_levels": [[c, v], ...]}: class n where channel c of the image exceeds v;
              {"bodies": [{"centre": [x, y, z], "radii": [a, b, c]}, ...]}: label n in the nth
              ellipsoid, RAS mm. A list gives a pattern to each image.
    grid      list of steps from the input's grid: "flip:0", "permute:2,0,1", "spacing:1,1,2",
              "crop:0" (5 voxels off the first axis, the affine as it was, as MONAI 0.8 does)
    form      "label_map", "one_hot" (background first), "channels", "probabilities" (of one_hot)
    dtype     of the file, float32 unless given
    fail      {"log": text, "code": n}, or "no_file", "garbage", "truncated", "nan", "label_9",
              "wrong_channels", "fractions"
    record    file to write what was seen to
    leave     file to write the id of a process to that goes on when this one ends
    hang      file to write the ids of two processes to that run until they are ended, this one
              and one that it starts
"""

import argparse
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

# Nothing here reads DICOM; nibabel would load pydicom and its codecs, which takes the longest.
sys.modules["pydicom"] = None

import nibabel  # noqa: E402
import numpy as np  # noqa: E402

from medl.apps import scores  # noqa: E402

VARIABLE = re.compile(r"\{([A-Za-z_]\w*)\}")


def expand(value, variables):
    if isinstance(value, dict):
        return {key: expand(item, variables) for key, item in value.items()}
    if isinstance(value, list):
        return [expand(item, variables) for item in value]
    if not isinstance(value, str):
        return value
    whole = VARIABLE.fullmatch(value)
    if whole:
        return expand(variables[whole[1]], variables)
    return VARIABLE.sub(lambda found: str(variables.get(found[1], found[0])), value)


def read_config(options):
    root = Path(options.mmar)
    config = json.loads((root / options.config).read_text())
    variables = {key: value for key, value in config.items() if not isinstance(value, (dict, list))}
    variables.update(json.loads((root / options.environment).read_text()))
    variables.update(pair.split("=", 1) for pair in options.set)
    return expand(config, variables)


def read_items(dataset):
    """The list as MONAI 0.8.1's load_decathlon_datalist reads it."""
    key, base = dataset["data_list_key"], dataset["data_file_base_dir"]
    items = json.loads(Path(dataset["data_list_file_path"]).read_text())[key]
    if key == "test":
        items = [{"image": item} for item in items]
    for item in items:
        if not isinstance(item, dict):
            raise TypeError("Every item in items must be a dict but got " + type(item).__name__)
    return [{name: placed(base, path) for name, path in item.items()} for item in items]


def placed(base, path):
    """A path, or the list of paths of an image's channels."""
    return [Path(base, one) for one in path] if isinstance(path, list) else Path(base, path)


def load(paths):
    """The channels of an image and its affine, as MONAI 0.8.1's LoadImage stacks them."""
    images = [nibabel.load(str(path)) for path in paths]
    for image in images[1:]:
        if image.shape != images[0].shape or not np.allclose(image.affine, images[0].affine):
            raise RuntimeError("affine and spatial_shape of all images should be the same")
    return [np.asarray(image.dataobj) for image in images], images[0].affine


def change_grid(data, affine, steps):
    """The input resampled by nearest neighbour, flipped and so on, and its new affine."""
    for step in steps:
        name, _, text = step.partition(":")
        values = [float(value) for value in text.split(",")]
        change = np.eye(4)
        if name == "flip":
            axis = int(values[0])
            data = np.flip(data, axis)
            change[axis, axis], change[axis, 3] = -1, data.shape[axis] - 1
        elif name == "permute":
            order = [int(value) for value in values]
            data = data.transpose(order)
            change = np.zeros((4, 4))
            change[3, 3] = 1
            for new, old in enumerate(order):
                change[old, new] = 1
        elif name == "spacing":
            zoom = np.array(values) / np.linalg.norm(affine[:3, :3], axis=0)
            size = np.round((np.array(data.shape) - 1) / zoom + 1).astype(int)
            index = [
                np.clip(np.rint(np.arange(n) * z), 0, old - 1).astype(int)
                for n, z, old in zip(size, zoom, data.shape)
            ]
            data = data[np.ix_(*index)]
            change[:3, :3] = np.diag(zoom)
        elif name == "crop":
            data = np.moveaxis(np.moveaxis(data, int(values[0]), 0)[5:], 0, int(values[0]))
        else:
            raise ValueError(step)
        affine = affine @ change
    return data, affine


def answer_classes(channels, affine, pattern):
    """One bool volume for each class; a later one lies over an earlier one in a label map."""
    data = channels[0]
    if "channel_levels" in pattern:
        return [channels[channel] > level for channel, level in pattern["channel_levels"]]
    if "levels" in pattern:
        return [data > level for level in pattern["levels"]]
    index = np.meshgrid(*[np.arange(n) for n in data.shape], indexing="ij", sparse=True)
    world = [sum(n * i for n, i in zip(row[:3], index)) + row[3] for row in affine[:3]]
    return [
        sum(((w - c) / r) ** 2 for w, c, r in zip(world, body["centre"], body["radii"])) <= 1
        for body in pattern["bodies"]
    ]


def as_form(classes, form):
    """What is saved: (x, y, z) or (x, y, z, channels)."""
    if form == "channels":
        return np.stack(classes, -1).astype(np.float32)
    labels = np.zeros(classes[0].shape, np.int16)
    for number, mask in enumerate(classes, 1):
        labels[mask] = number
    if form == "label_map":
        return labels
    one_hot = np.stack([labels == number for number in range(len(classes) + 1)], -1)
    if form == "one_hot":
        return one_hot.astype(np.float32)
    spread = 0.6 * one_hot + 0.4 / one_hot.shape[-1]
    return spread.astype(np.float32)


def saver_settings(config):
    for transform in config["post_transforms"]:
        if transform.get("name") == "SaveImaged" and not transform.get("disabled"):
            return transform["args"]
    raise ValueError("no SaveImaged")


def result_path(image, settings):
    """As MONAI 0.8.1's create_file_basename names it."""
    stem, extension = os.path.splitext(image.name)
    if extension == ".gz":
        stem = os.path.splitext(stem)[0]
    folder = Path(settings["output_dir"])
    if settings.get("separate_folder", True):
        folder = folder / stem
    folder.mkdir(parents=True, exist_ok=True)
    postfix = settings.get("output_postfix", "trans")
    name = stem + "_" + postfix if postfix else stem
    return folder / (name + settings.get("output_ext", ".nii.gz"))


def save(path, data, affine, wishes, squeeze):
    fail = wishes.get("fail")
    if fail == "no_file":
        return
    data = data.astype(wishes.get("dtype", "float32"))
    if fail == "nan":
        data[0, 0, 0] = np.nan
    if fail == "label_9":
        data[0, 0, 0] = 9
    if fail == "fractions":
        data = data * 0.4
    if fail == "wrong_channels":
        data = np.stack([data] * 5, -1)
    if data.ndim == 3:
        data = data[..., None]
    while squeeze and data.ndim > 1 and data.shape[-1] == 1:
        data = data[..., 0]
    nibabel.save(nibabel.Nifti1Image(data, affine), str(path))
    if fail == "garbage":
        path.write_bytes(b"this is no image")
    if fail == "truncated":
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def hang(ids):
    sleeping = subprocess.Popen(["sleep", "600"])
    ids.write_text(f"{os.getpid()} {sleeping.pid}")
    sys.stdout.flush()
    time.sleep(600)


def main():
    parser = argparse.ArgumentParser(prog="medl.apps.evaluate")
    parser.add_argument("-m", dest="mmar", required=True)
    parser.add_argument("-c", dest="config", required=True)
    parser.add_argument("-e", dest="environment", required=True)
    parser.add_argument("--set", nargs="*", default=[])
    options = parser.parse_args()
    wishes = json.loads(Path(os.environ["MMAR2MDAI_STANDIN"]).read_text())
    config = read_config(options)
    items = read_items(config["dataset"])
    images = [path for item in items for path in item.values()]
    if "record" in wishes:
        seen = {
            "arguments": sys.argv[1:],
            "environment": dict(os.environ),
            "folder": os.getcwd(),
            "path": sys.path,
            "config": config,
            "images": [
                [str(path) for path in image] if isinstance(image, list) else str(image)
                for image in images
            ],
        }
        Path(wishes["record"]).write_text(json.dumps(seen))
    Path(os.environ["HOME"], "cache").write_text("left by a library")
    print(f"stand-in: {len(images)} images")
    if "leave" in wishes:
        sleeping = subprocess.Popen(["sleep", "600"])
        Path(wishes["leave"]).write_text(str(sleeping.pid))
    if "hang" in wishes:
        hang(Path(wishes["hang"]))
    fail = wishes.get("fail")
    if isinstance(fail, dict):
        print(fail["log"], file=sys.stderr)
        sys.exit(fail["code"])
    if scores.saver(config) is not None:
        scores.write(config, items, wishes)
        return
    settings = saver_settings(config)
    for number, image in enumerate(images):
        paths = image if isinstance(image, list) else [image]
        channels, original = load(paths)
        for path in paths if "keep_input" in wishes else []:
            nibabel.save(nibabel.load(str(path)), str(Path(wishes["keep_input"]) / path.name))
        changed = [change_grid(data, original, wishes.get("grid", [])) for data in channels]
        channels, affine = [data for data, _ in changed], changed[0][1]
        pattern = wishes["pattern"]
        pattern = pattern[number] if isinstance(pattern, list) else pattern
        answer = as_form(answer_classes(channels, affine, pattern), wishes["form"])
        path = result_path(paths[0], settings)
        save(path, answer, affine, wishes, settings.get("squeeze_end_dims", True))
