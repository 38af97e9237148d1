"""An engine that shows what it is asked: stands for the network of a model that is clicked."""

from __future__ import annotations

ENGINE = '''
"""Answers with a cross of voxels at each click, less those beside it; or the box of the points.

With args of the engine's config it misbehaves: see the tests.
"""

import numpy as np

from mmar2mdai_errors import DeployError, SeriesRefused
from mmar2mdai_inference import ScoresResult, VolumeResult

ASKED = []


class Engine:
    def __init__(self, config, root):
        self.does = config["engine"].get("does", "")

    def run(self, items, folder):
        for item in items:
            ASKED.append(item)
            image = item.image
            try:
                array = image.array()
            except SeriesRefused as error:
                yield error
                continue
            if self.does == "fails":
                raise DeployError("The inference failed.")
            if self.does == "scores":
                yield ScoresResult(image.name, [1.0])
                continue
            found = np.zeros((*array.shape, 1), np.uint8)
            if self.does != "finds nothing":
                self.mark(found[..., 0], item)
            yield VolumeResult(image.name, found, image.affine)

    def mark(self, found, item):
        for i, j, k in item.extras.get("foreground", []):
            found[max(i - 1, 0) : i + 2, j, k] = 1
            found[i, max(j - 1, 0) : j + 2, k] = 1
        for i, j, k in item.extras.get("background", []):
            found[i, j, k] = 0
        for points in item.points.values():
            low, high = np.min(points, axis=0), np.max(points, axis=0) + 1
            found[tuple(slice(a, b) for a, b in zip(low, high))] = 1
'''
