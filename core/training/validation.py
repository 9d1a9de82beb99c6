"""The network as it is now, on the validation pictures: never augmented, no gradients."""

import threading
from collections.abc import Generator, Iterator, Sequence
from functools import partial

import torch
from torch import Tensor

from core.common.messages import ThawError
from core.compute.features.source import Computed, FeatureBatch, FeatureSource, Skipped, filled
from core.compute.numerics import Halved, halving
from core.model.backbone import FrozenPass, Stopped
from core.model.heads import Head
from core.runs.evaluation import Prediction, Result
from core.runs.events import Notice, Score
from core.runs.images import Picture
from core.training.distributed import Group
from core.training.setup import Setup

MICRO_BATCH = 16


class Counted:
    """Sums of loss and right answers over some pictures."""

    def __init__(self) -> None:
        self.loss, self.right, self.images = 0.0, 0, 0

    def add(self, loss: float, right: int, images: int) -> None:
        self.loss += loss
        self.right += right
        self.images += images

    def gather(self, group: Group) -> None:
        """Add up those of all ranks."""
        self.loss, right, images = group.sums(self.loss, self.right, self.images)
        self.right, self.images = int(right), int(images)

    def score(self) -> Score:
        """The means; at least one picture must have been counted."""
        return Score(self.loss / self.images, self.right / self.images, self.images)


class _Answers:
    """The logits that the network gave each of ``classes``, by the pictures' positions."""

    def __init__(self, classes: int) -> None:
        self._positions = torch.empty(0, dtype=torch.int64)
        self._logits = torch.empty((0, classes))

    def add(self, positions: Sequence[int], logits: Tensor) -> None:
        self._positions = torch.cat([self._positions, torch.tensor(positions)])
        self._logits = torch.cat([self._logits, logits.cpu()])

    def gather(self, group: Group) -> None:
        """Have those of all ranks."""
        self._positions = group.gathered(self._positions)
        self._logits = group.gathered(self._logits)

    @torch.no_grad()
    def predictions(self, head: Head, pictures: Sequence[Picture]) -> Iterator[Prediction]:
        """In the order of the positions. A head whose probabilities must be calibrated is."""
        order = self._positions.argsort()
        logits = self._logits[order]
        seen = [pictures[one] for one in self._positions[order].tolist()]
        labels = torch.tensor([one.label for one in seen])
        shares = head.objective.validated(logits, labels, [one.key for one in seen])
        answers = logits.argmax(1).tolist()
        for picture, answer, row in zip(seen, answers, shares.tolist(), strict=True):
            yield Prediction(picture.path, picture.label, answer, tuple(row))


def validate(
    setup: Setup, source: FeatureSource, boundary: int, stop: threading.Event
) -> Generator[Computed | Skipped | Halved | Notice, None, tuple[Score, Result]]:
    """Yield what is computed on the way; return the score and every prediction.

    Raises ``Stopped``, and ``ThawError`` (no_validation_pictures) where none can be read.
    """
    positions = [one for one in setup.validation if one not in setup.skipped]
    size = MICRO_BATCH * setup.group.size
    groups = [positions[first : first + size] for first in range(0, len(positions), size)]
    network = setup.frozen_pass(stop)
    counted, answered = Counted(), _Answers(len(setup.classes))
    for item in source.batches(groups):
        if not isinstance(item, FeatureBatch):
            yield item
            continue
        if stop.is_set():
            raise Stopped
        if not item.positions:
            continue
        labels = setup.labels[list(item.positions)]
        work = partial(_logits, setup, network, item, boundary)
        logits = yield from halving(work, setup.numerics, at_most=MICRO_BATCH)
        with torch.no_grad():
            loss = float(setup.head.loss(logits, labels))
        counted.add(loss, int((logits.argmax(1) == labels).sum()), len(item.positions))
        answered.add(item.positions, logits)
    counted.gather(setup.group)
    if not counted.images:
        raise ThawError("no_validation_pictures")
    answered.gather(setup.group)
    predictions = tuple(answered.predictions(setup.head, setup.pictures))
    return counted.score(), Result(setup.classes, predictions)


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
