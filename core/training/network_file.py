"""A run's best network (``best.safetensors``) as a classifier for new images.

``contact_sheet`` makes the image of the run's first batch.
"""

import math
import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor

from core.common.messages import InputError
from core.compute.features.source import SHEET_PICTURES
from core.images import load as images
from core.model import tensor_file
from core.model.backbone import FrozenPass, assembled
from core.model.heads import head as heads
from core.model.weights.file import StartWeights
from core.recipe import vgg16
from core.runs.places import BEST, readable
from core.runs.run import Run

_COLUMNS = 8


def contact_sheet(pictures: np.ndarray) -> bytes:
    """A PNG of uint8 pictures [N, S, S, 3] side by side; of more than 64, the first 64."""
    pictures = pictures[:SHEET_PICTURES]
    count, size = len(pictures), pictures.shape[1]
    rows = math.ceil(count / _COLUMNS)
    sheet = np.full((rows * size, min(count, _COLUMNS) * size, 3), 255, np.uint8)
    for number, picture in enumerate(pictures):
        top, left = number // _COLUMNS * size, number % _COLUMNS * size
        sheet[top : top + size, left : left + size] = picture
    done, data = cv2.imencode(".png", cv2.cvtColor(sheet, cv2.COLOR_RGB2BGR))
    assert done
    return data.tobytes()


@dataclass(frozen=True)
class Answer:
    """A class and its probability; what that means is said by the head's objective
    (``core.model.heads.objective``): one-vs-rest's do not sum to one."""

    name: str
    probability: float


class Classifier:
    """The network of a ``best.safetensors``, ready to classify pictures.

    It computes in the run's own number format, so that it answers what validation measured.
    """

    def __init__(self, run: Run) -> None:
        """Raises ``InputError`` where the run has no finished epoch or a damaged file."""
        path = run.directory / BEST
        if not os.path.isfile(path):
            raise InputError("run_without_weights", path=str(run.directory))
        with readable(run.directory):
            data, tensors = tensor_file.read(path)
            self.classes: tuple[str, ...] = tuple(data["classes"])
            self._size, self._fit = data["image_size"], data["fit"]
            self._background = tuple(data.get("background_color", images.WHITE))
            self._max_megapixels = run.config.dataset.max_megapixels
            features = tensor_file.below("features.", tensors)
            mean, std = tuple(data["mean"]), tuple(data["std"])
            self._backbone = assembled(StartWeights(features, mean, std, data["depth"]))
            shape = vgg16.feature_shape(self._backbone.depth, self._size)
            head = tensor_file.below("head.", tensors)
            self._head = heads.described(data, head, shape, len(self.classes))
        mixed = run.environment.get("precision") == "bfloat16"
        self._frozen = FrozenPass(
            self._backbone, torch.bfloat16 if mixed else torch.float32, threading.Event()
        )

    def classify(self, path: Path, top: int = 5, flip_average: bool = False) -> list[Answer]:
        """The ``top`` classes of one picture file, the likeliest first.

        ``flip_average`` as in ``classify_pixels``. Raises ``ImageError`` where it cannot be read.
        """
        pixels = images.load(
            path,
            self._size,
            self._fit,
            background=self._background,
            max_megapixels=self._max_megapixels,
        )
        return self.classify_pixels(torch.from_numpy(pixels)[None], flip_average)[0][:top]

    @torch.no_grad()
    def classify_pixels(self, pictures: Tensor, flip_average: bool = False) -> list[list[Answer]]:
        """All classes of uint8 pictures [N, S, S, 3] of the network's size, likeliest first.

        ``flip_average`` gives the mean of each picture's probabilities and its mirror image's,
        which is a little surer where left and right don't matter, in twice the time. What
        validation measured is without it.
        """
        seen = [self._answer(pictures)]
        if flip_average:
            seen.append(self._answer(pictures.flip(2)))
        logits, shares = (torch.stack(both).mean(0) for both in zip(*seen, strict=True))
        rows = zip(logits.tolist(), shares.tolist(), strict=True)
        return [self._ranked(*row) for row in rows]

    def _answer(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        """Logits and probabilities [N, classes]."""
        features = self._frozen.final(self._backbone.normalise(pictures), 0, self._backbone.depth)
        logits: Tensor = self._head(features)
        return logits, self._head.probabilities(logits)

    def _ranked(self, logits: Sequence[float], shares: Sequence[float]) -> list[Answer]:
        answers = map(Answer, self.classes, shares)
        # two sigmoids may both have been rounded to one
        order = sorted(
            zip(answers, logits, strict=True), key=lambda pair: (-pair[0].probability, -pair[1])
        )
        return [answer for answer, _ in order]
