"""What the network as it is now answers on images that it does not learn from.

They pass without augmentation and gradients. Test images are evaluated where the epoch is the one
that its stage keeps, which decides nothing.
"""

import threading
from collections.abc import Generator, Sequence
from functools import partial

import torch
from torch import Tensor

from core.common.messages import ThawError
from core.compute.features.source import Computed, FeatureBatch, FeatureSource, Skipped, filled
from core.compute.numerics import Halved, halving
from core.model.backbone import FrozenPass, Stopped
from core.runs.evaluation import Prediction, Result
from core.runs.events import Notice, Score
from core.training.setup import Setup

MICRO_BATCH = 16

Progress = Computed | Skipped | Halved | Notice  # what computing features reports on the way


class _Answers:
    """The logits that the network gave some images, by their positions, and their summed loss."""

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self._positions = [torch.empty(0, dtype=torch.int64)]
        self._logits = [torch.empty((0, len(setup.classes)))]
        self._loss = 0.0

    def add(self, positions: Sequence[int], logits: Tensor) -> None:
        labels = self._setup.labels[list(positions)]
        with torch.no_grad():
            self._loss += float(self._setup.head.loss(logits, labels))
        self._positions.append(torch.tensor(positions))
        self._logits.append(logits.cpu())

    def gather(self) -> None:
        """Have the answers of all ranks, in the order of the positions."""
        group = self._setup.group
        (self._loss,) = group.sums(self._loss)
        positions = group.gathered(torch.cat(self._positions))
        logits = group.gathered(torch.cat(self._logits))
        order = positions.argsort()
        self._positions, self._logits = [positions[order]], [logits[order]]

    def score(self) -> Score:
        """Mean loss and accuracy. Raises ``ThawError`` (no_validation_pictures)."""
        (positions,), (logits,) = self._positions, self._logits
        images = len(positions)
        if not images:
            raise ThawError("no_validation_pictures")
        labels = self._setup.labels.cpu()[positions]
        correct = int((logits.argmax(1) == labels).sum())
        return Score(self._loss / images, correct / images, images)

    @torch.no_grad()
    def result(self, *, fit: bool) -> Result:
        """Every prediction. ``fit``: what the head's probabilities need is fitted to these."""
        (positions,), (logits,), head = self._positions, self._logits, self._setup.head
        images = [self._setup.pictures[one] for one in positions.tolist()]
        if fit:
            labels = torch.tensor([one.label for one in images])
            shares = head.objective.validated(logits, labels, [one.key for one in images])
        else:
            shares = head.probabilities(logits)
        rows = zip(images, logits.argmax(1).tolist(), shares.tolist(), strict=True)
        predictions = (
            Prediction(image.path, image.label, answer, tuple(row)) for image, answer, row in rows
        )
        return Result(self._setup.classes, tuple(predictions))


def validate(
    setup: Setup,
    source: FeatureSource,
    boundary: int,
    skipped: set[int],
    stop: threading.Event,
) -> Generator[Progress, None, tuple[Score, Result]]:
    """Yield the progress of computing features; return the score and every prediction.

    Images in ``skipped`` are left out. Raises ``Stopped``, and ``ThawError``
    (no_validation_pictures) where none can be read.
    """
    answers = yield from _answers(setup, source, boundary, setup.validation, skipped, stop)
    return answers.score(), answers.result(fit=True)


def evaluate_test(
    setup: Setup,
    source: FeatureSource,
    boundary: int,
    skipped: set[int],
    stop: threading.Event,
) -> Generator[Progress, None, Result]:
    """As ``validate``, for the test images: their predictions; none where there are no images."""
    if not setup.test:
        return Result(setup.classes, ())
    answers = yield from _answers(setup, source, boundary, setup.test, skipped, stop)
    return answers.result(fit=False)


def _answers(
    setup: Setup,
    source: FeatureSource,
    boundary: int,
    positions: Sequence[int],
    skipped: set[int],
    stop: threading.Event,
) -> Generator[Progress, None, _Answers]:
    positions = [one for one in positions if one not in skipped]
    size = MICRO_BATCH * setup.group.size
    groups = [positions[first : first + size] for first in range(0, len(positions), size)]
    network = setup.frozen_pass(stop)
    answers = _Answers(setup)
    for item in source.batches(groups):
        if not isinstance(item, FeatureBatch):
            yield item
            continue
        if stop.is_set():
            raise Stopped
        if item.positions:
            work = partial(_logits, setup, network, item, boundary)
            logits = yield from halving(work, setup.numerics, at_most=MICRO_BATCH)
            answers.add(item.positions, logits)
    answers.gather()
    return answers


@torch.no_grad()
def _logits(setup: Setup, network: FrozenPass, batch: FeatureBatch, boundary: int) -> Tensor:
    """[N, classes]: always the same shapes pass through the network, filled up and cut again,
    so that an image's logits don't depend on those beside it."""
    size = min(MICRO_BATCH, setup.numerics.micro_batch)
    parts = []
    for first in range(0, len(batch.positions), size):
        values = setup.numerics.place(batch.features(slice(first, first + size)))
        output = network.final(filled(values, size), boundary, setup.backbone.depth)
        parts.append(output[: len(values)])
    logits: Tensor = setup.head(filled(torch.cat(parts), MICRO_BATCH))
    return logits[: len(batch.positions)]
