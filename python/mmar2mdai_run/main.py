"""The run from the order to the result."""

from __future__ import annotations

import json
import sys
from functools import partial
from typing import Any, Callable, Sequence

import numpy as np

from mmar2mdai_run import clicks, files_out, findings, measures, model, overview, page_data
from mmar2mdai_run.choose import Chosen, by_series, choose
from mmar2mdai_run.findings import StackMasks
from mmar2mdai_run.inputs import SeriesFiles, read_inputs
from mmar2mdai_run.platform_rules import problems_of
from mmar2mdai_run.protocol import Order, Reporter, RunError, read_order
from mmar2mdai_run.reference import Reference, read_label
from mmar2mdai_run.stacks import Stack, make_stacks, read_frames


def main() -> int:
    """Read the order, run it, and report; 0 if there is a result."""
    reporter = Reporter()
    try:
        reporter.result(run(read_order(sys.stdin), reporter))
    except RunError as error:
        reporter.error(error)
        return 1
    except MemoryError:
        reporter.error(RunError("machine", "There is not enough memory."))
        return 1
    except OSError as error:
        reporter.error(RunError("machine", f"{error.strerror or error} ({error.filename})."))
        return 1
    return 0


def run(order: Order, reporter: Reporter) -> dict[str, Any]:
    """Run the model over the input, and write what came of it to the order's folder.

    Raises:
        RunError: When there is nothing to run on, or the model can't be loaded.
    """
    reference = None if order.label is None else read_label(order.label)
    reporter.progress("Reading DICOM")
    series = read_inputs(order.inputs, lambda n: reporter.progress("Reading DICOM", n))
    chosen = choose(series, order.scope, order.series)
    config = json.loads((order.bundle / "workspace" / "config_mdai.json").read_text("utf-8"))
    labels = model.label_classes_of(order.classes, config["type"], order.scope)
    clicked = clicks.clicks_of(order.clicks)
    args = clicks.args_of(clicked, order.args, config)
    drawn = [[*order.annotations, *clicks.annotations_of(clicked, one, args)] for one in chosen]
    reporter.progress("Loading the model")
    loaded = model.Model(order.bundle)
    writer = _Writer(order, series, len(chosen), reference)
    requests = []
    for number, (one, own) in enumerate(zip(chosen, drawn), 1):
        reporter.progress("Running the model", number, len(chosen))
        said = loaded.ask(partial(model.request_of, one, own, labels, args))
        reporter.progress("Measuring", number, len(chosen))
        requests.append(writer.request(one, said, clicks.Drawn(own, args)))
    reporter.progress("Writing")
    return writer.finish(requests, {"load": loaded.seconds})


class _Writer:
    """Writes the files of the results, and collects what the report says of them."""

    def __init__(
        self,
        order: Order,
        series: Sequence[SeriesFiles],
        requests: int,
        reference: Reference | None,
    ) -> None:
        self._order = order
        self._reference = reference
        self._series = {one.series_uid: one for one in series}
        self._classes = findings.classes_of(order.classes)
        self._requests = max(1, requests)
        self._stems = 0
        self._shown: list[overview.Block] = []
        self._seen: set[int] = set()
        self._answers = (order.out / "answer.json").open("w", encoding="utf-8")
        self._masks = order.out / "masks"
        self._page = order.out / "page"
        self._masks.mkdir()
        self._page.mkdir()

    def request(self, chosen: Chosen, said: model.Answered, drawn: clicks.Drawn) -> dict[str, Any]:
        """What the report says of a request, with what was drawn on it."""
        refused = [] if said.error else problems_of(said.answers)
        self._write_answer(said.answers if said.error is None and not refused else None)
        summary: dict[str, Any] = {
            "title": chosen.title,
            "error": said.error,
            "seconds": round(said.seconds, 3),
            "refused": refused[:50],
            "answers": len(said.answers) if isinstance(said.answers, list) else 0,
            "notes": [],
            "scores": [],
            "series": [],
            "warnings": [],
        }
        answers = said.answers if said.error is None and not refused else []
        uids = {answer.get("series_uid") for answer in answers}
        uids = set() if None in uids else uids
        stacks, owners, unread = self._stacks(chosen, uids)
        known = {one.index for one in self._classes}
        sorted_, scored, notes, wrong = findings.sort_answers(answers, stacks, known)
        summary["notes"] = notes
        summary["warnings"] = _first(wrong) + unread
        summary["scores"] = [
            {**one.where, "class_index": one.class_index, "probability": one.probability}
            for one in scored
        ]
        for found in sorted_:
            found.points = drawn.on(found.stack)
        masked = [index for index, found in enumerate(sorted_) if found.masks]
        pointed = [index for index, found in enumerate(sorted_) if found.points]
        shown = masked or pointed or list(range(min(len(sorted_), 1)))
        for index in shown:
            described = self._stack(sorted_[index], owners[index], len(shown))
            if (said.answers and not refused and not scored and not notes) or masked:
                described["warnings"] += findings.looks_wrong(sorted_[index], self._classes)
            summary["series"].append(described)
        return summary

    def finish(self, requests: list[dict[str, Any]], seconds: dict[str, float]) -> dict[str, Any]:
        """Write what is about all requests, and give the result as a whole."""
        with self._answers as stream:
            stream.write("]\n" if stream.tell() else "[]\n")
        files = ["answer.json"]
        if self._shown:
            seen = [one for one in self._classes if one.index in self._seen]
            overview.write_overview(self._shown, seen, self._order.out / "overview.png")
            files.append("overview.png")
        return {
            "requests": requests,
            "classes": [
                {"class_index": c.index, "name": c.name, "colour": files_out.colour_of(c.index)}
                for c in self._classes
            ],
            "files": files,
            "seconds": seconds,
            "memory": model.peak_memory(),
            "versions": model.versions(),
        }

    def _write_answer(self, answer: Any) -> None:
        """One request's answer, as it comes: those of a whole study have no room in memory."""
        stream = self._answers
        stream.write(",\n" if stream.tell() else "[")
        if answer is None:
            stream.write("null")
            return
        for number, one in enumerate(answer):
            stream.write("," if number else "[")
            stream.write(json.dumps(one, separators=(",", ":"), default=str))
        stream.write("]" if answer else "[]")

    def _stacks(
        self, chosen: Chosen, uids: set[Any]
    ) -> tuple[list[Stack], list[SeriesFiles], list[str]]:
        """The stacks of the series that the answer is about, with whose they are, and what can't be
        read.
        """
        stacks: list[Stack] = []
        owners: list[SeriesFiles] = []
        unread: list[str] = []
        for uid, files in by_series(chosen.files).items():
            if uids and uid not in uids:
                continue
            frames = []
            for file in files:
                try:
                    frames += read_frames(file) if file.is_image else []
                except Exception as error:  # noqa: BLE001  pydicom raises of many kinds
                    unread.append(f"{file.name} can't be shown: {error}")
            made = make_stacks(frames)
            stacks += made
            owners += [self._series[uid]] * len(made)
        return stacks, owners, unread[:5]

    def _stack(self, found: StackMasks, owner: SeriesFiles, shown: int) -> dict[str, Any]:
        """Write a stack's files; what the report says of it.

        Args:
            shown: stacks of this request, which share the room that the report has.
        """
        stem = f"{self._stems + 1:02d}-{_file_name(owner)}"
        self._stems += 1
        if len(self._shown) < overview.MOST_STACKS:
            self._shown.append((owner.title, overview.tiles_of(found, owner.modality)))
            self._seen.update(found.masks)
        parts = self._requests * shown
        most, most_bytes = self._order.limit // parts, self._order.page_bytes // parts
        page = page_data.write_stack(found, owner.modality, stem, self._page, most, most_bytes)
        described: dict[str, Any] = {
            "title": owner.title,
            "series_uid": owner.series_uid,
            "modality": owner.modality,
            "shape": list(found.stack.shape),
            "affine": found.stack.affine.round(6).tolist(),
            "regular": found.stack.regular,
            "placed": found.stack.placed,
            "page": page,
            "points": clicks.described(found.points),
            "images": clicks.numbers_of(found.stack, owner.files),
            "classes": [
                {
                    "class_index": index,
                    **measures.measure(mask, found.stack),
                }
                for index, mask in sorted(found.masks.items())
                if mask.any()
            ],
            "files": [],
            "warnings": [],
        }
        if found.masks and found.stack.placed:
            described["files"] = self._mask_files(found, owner, stem, described["warnings"])
        if self._reference is not None and not found.stack.placed:
            described["warnings"].append(
                "It can't be compared with the reference: its headers don't say where it lies."
            )
        elif self._reference is not None:
            described["label"] = self._compare(
                found, self._reference, stem, page, described["warnings"]
            )
        return described

    def _mask_files(
        self, found: StackMasks, owner: SeriesFiles, stem: str, warnings: list[str]
    ) -> list[str]:
        names = files_out.write_nifti(found, self._classes, stem, self._masks)
        try:
            seg = f"{stem}.seg.dcm"
            path = self._masks / seg
            files_out.write_seg(found, self._classes, owner.files, self._order.name, path)
            names.append(seg)
        except Exception as error:  # noqa: BLE001  highdicom and pydicom raise of many kinds
            warnings.append(f"No DICOM SEG was written: {error}")
        return [f"masks/{name}" for name in names]

    def _compare(
        self, found: StackMasks, reference: Reference, stem: str, page: Any, warnings: list[str]
    ) -> list[Any]:
        """How near each class is to the reference, with a layer for the page."""
        labels, affine = reference
        wanted = measures.on_grid(labels, affine, found.stack.shape, found.stack.affine)
        if labels.any() and not wanted.any():
            warnings.append("Nothing of the reference lies within this series.")
        compared = []
        for one in self._classes:
            value = one.index + 1 if one.value is None else one.value
            truth = wanted == value
            mask = found.masks.get(one.index, np.zeros(found.stack.shape, bool))
            if not truth.any() and not mask.any():
                continue
            numbers = measures.compare(mask, truth, found.stack.affine)
            name = f"{stem}-difference-{one.index}.nii.gz"
            layer = np.zeros(found.stack.shape, np.uint8)
            layer[mask & truth], layer[mask & ~truth], layer[truth & ~mask] = 1, 2, 3
            page_data.write_layer(layer, found, page["step"], self._page / name)
            compared.append({"class_index": one.index, "value": value, "file": name, **numbers})
        return compared


MOST_SAID = 10
"""Warnings of one kind that are said one by one."""


def _first(warnings: list[str]) -> list[str]:
    """The first ones, and how many more there are."""
    more = len(warnings) - MOST_SAID
    return warnings if more <= 0 else [*warnings[:MOST_SAID], f"And {more} more of this kind."]


def _file_name(series: SeriesFiles) -> str:
    keep: Callable[[str], bool] = lambda letter: letter.isascii() and letter.isalnum()  # noqa: E731
    words = "".join(c if keep(c) else "-" for c in series.description or series.number or "series")
    return "-".join(part for part in words.lower().split("-") if part)[:40] or "series"
