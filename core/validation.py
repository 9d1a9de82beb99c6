"""The network as it is now, on the validation pictures: never augmented, no gradients."""

import threading
from collections.abc import Generator, Sequence
from functools import partial

import torch
from torch import Tensor

from core.backbone import FrozenPass, Stopped
from core.evaluation import Prediction, Result
from core.events import Score
from core.features import Computed, FeatureBatch, FeatureSource, Skipped, filled
from core.messages import ThawError
from core.micro_batches import Halved, halving
from core.training_setup import Setup

MICRO_BATCH = 16


class Counted:
    """Sums of loss and right answers over some pictures."""

    def __init__(self) -> None:
        self.loss, self.right, self.images = 0.0, 0, 0

    def add(self, loss: float, right: int, images: int) -> None:
        self.loss += loss
        self.right += right
        self.images += images

    def score(self) -> Score:
        """The means; at least one picture must have been counted."""
        return Score(self.loss / self.images, self.right / self.images, self.images)


def validate(
    setup: Setup, source: FeatureSource, boundary: int, stop: threading.Event
) -> Generator[Computed | Skipped | Halved, None, tuple[Score, Result]]:
    """Yield what is computed on the way; return the score and every prediction.

    Raises ``Stopped``, and ``ThawError`` (no_validation_pictures) where none can be read.
    """
    positions = [one for one in setup.validation if one not in setup.skipped]
    groups = [
        positions[first : first + MICRO_BATCH] for first in range(0, len(positions), MICRO_BATCH)
    ]
    network = setup.frozen_pass(stop)
    counted, predictions = Counted(), []
    for item in source.batches(groups):
        if not isinstance(item, FeatureBatch):
            yield item
            continue
        if stop.is_set():
            raise Stopped
        labels = setup.labels[list(item.positions)]
        work = partial(_logits, setup, network, item, boundary)
        logits = yield from halving(work, setup.numerics, "micro_batch", MICRO_BATCH)
        with torch.no_grad():
            loss = float(setup.head.loss(logits, labels))
            shares = setup.head.probabilities(logits).tolist()
        answers = logits.argmax(1)
        counted.add(loss, int((answers == labels).sum()), len(item.positions))
        predictions += _predictions(setup, item.positions, answers.tolist(), shares)
    if not predictions:
        raise ThawError("no_validation_pictures")
    return counted.score(), Result(setup.classes, tuple(predictions))


@torch.no_grad()
def _logits(setup: Setup, network: FrozenPass, batch: FeatureBatch, boundary: int) -> Tensor:
    """[N, classes]: always the same shapes pass through the network, filled up and cut again,
    so that a picture's logits don't depend on those beside it."""
    size = min(MICRO_BATCH, setup.numerics.micro_batch)
    parts = []
    for first in range(0, len(batch.positions), size):
        values = setup.numerics.place(batch.features(slice(first, first + size)))
        output = network.final(filled(values, size), boundary, setup.backbone.depth)
        parts.append(output[: len(values)])
    logits: Tensor = setup.head(filled(torch.cat(parts), MICRO_BATCH))
    return logits[: len(batch.positions)]


def _predictions(
    setup: Setup,
    positions: Sequence[int],
    answers: Sequence[int],
    shares: Sequence[Sequence[float]],
) -> list[Prediction]:
    pictures = [setup.pictures[position] for position in positions]
    return [
        Prediction(picture.path, picture.label, answer, tuple(row))
        for picture, answer, row in zip(pictures, answers, shares, strict=True)
    ]
