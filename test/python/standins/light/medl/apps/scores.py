"""What the stand-in does for a classifier: predictions.csv, as MONAI 0.8.1's CSVSaver writes it.

The scores of an image are its first pixels in thousandths: of a picture along its first row, of
a volume along x. The test's wishes besides:

    columns   number of classes
    scores    these for every image, whatever its pixels
    sane      "sigmoid" or "softmax": whatever the pixels, as many scores as columns, in the range
              that such a network's have
    logits    the scores are (pixel - 500) / 100
    layout    "reversed" lines, with a "header", "quoted" names, "bare" names, a blank "last" line
    fail      "no_file", "no_line", "twice", "stranger", "index", "nan", "text", "columns", "range"
    keep      folder for copies of the inputs
"""

import shutil
from pathlib import Path

import imagecodecs
import nibabel
import numpy as np


def saver(config):
    for handler in config.get("handlers", []):
        if handler.get("name") == "ClassificationSaver" and not handler.get("disabled"):
            return handler["args"]
    return None


def first_pixels(image, count):
    if image.suffix == ".png":
        pixels = imagecodecs.png_decode(image.read_bytes())
        return (pixels if pixels.ndim == 2 else pixels[..., 0])[0, :count]
    return np.asarray(nibabel.load(str(image)).dataobj)[:count, 0, 0]


def write(config, items, wishes):
    lines = []
    for item in items:
        image = item["image"]
        for path in item.values():
            if "keep" in wishes:
                shutil.copy(str(path), wishes["keep"])
        if "scores" in wishes:
            values = wishes["scores"]
        else:
            values = first_pixels(image, wishes["columns"]).astype(float)
            values = (values - 500) / 100 if wishes.get("logits") else values / 1000
        if "sane" in wishes:
            values = in_range(values, wishes)
        lines.append([str(image), *[str(value) for value in values]])
    damage(lines, wishes.get("fail"))
    layout = wishes.get("layout", [])
    if "reversed" in layout:
        lines.reverse()
    if "quoted" in layout:
        lines = [['"' + line[0] + '"', *line[1:]] for line in lines]
    if "bare" in layout:
        lines = [[Path(line[0]).name, *line[1:]] for line in lines]
    if "header" in layout:
        lines.insert(0, ["image", *["class"] * wishes["columns"]])
    settings = saver(config)
    folder = Path(settings["output_dir"])
    folder.mkdir(parents=True, exist_ok=True)
    if wishes.get("fail") != "no_file":
        text = "".join(settings.get("delimiter", ",").join(line) + "\n" for line in lines)
        path = folder / settings.get("filename", "predictions.csv")
        path.write_text(text + ("\n" if "last" in layout else ""))


def in_range(values, wishes):
    padded = np.pad(values, (0, wishes["columns"] - len(values)))
    values = np.clip(np.nan_to_num(padded), 0, 1)
    if wishes["sane"] == "softmax":
        total = values.sum()
        return values / total if total else np.eye(len(values))[0]
    return values


def damage(lines, fail):
    if fail == "no_line":
        lines.pop()
    if fail == "twice":
        lines.append(lines[-1])
    if fail == "stranger":
        lines.append(["/elsewhere/other.png", *lines[0][1:]])
    if fail == "index":
        lines[:] = [[str(number), *line[1:]] for number, line in enumerate(lines)]
    if fail == "nan":
        lines[0][1] = "nan"
    if fail == "text":
        lines[0][1] = "tensor(0.5)"
    if fail == "columns":
        lines[0].append("0.5")
    if fail == "range":
        lines[0][1] = "4.2"
