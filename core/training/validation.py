"""What the network as it is now answers on images that it does not learn from.

They pass without augmentation and gradients. Test images are evaluated where the epoch is the one
that its stage keeps, which decides nothing.
"""

import threading
from collections.abc import Collection, Generator, Sequence
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


class Evaluator:
    """Passes images through the network of ``setup``, whose first ``boundary`` blocks' output is
    taken from ``source``. All raise ``Stopped``."""

    def __init__(
        self, setup: Setup, source: FeatureSource, boundary: int, stop: threading.Event
    ) -> None:
        self._setup, self._source, self._boundary, self._stop = setup, source, boundary, stop

    def validate(self, skipped: Collection[int]) -> Generator[Progress, None, tuple[Score, Result]]:
        """Yield the progress of computing features; return the score and every prediction.

        Images in ``skipped`` are left out. Raises ``ThawError`` (no_validation_pictures) where
        none can be read.
        """
        positions, logits, loss = yield from self._answers(self._setup.validation, skipped)
        images = len(positions)
        if not images:
            raise ThawError("no_validation_pictures")
        labels = self._setup.labels.cpu()[positions]
        correct = int((logits.argmax(1) == labels).sum())
        keys = [self._setup.keys[one] for one in positions]
        shares = self._setup.head.objective.validated(logits, labels, keys)
        result = self._result(positions, logits, shares)
        return Score(loss / images, correct / images, images), result

    def test(self, skipped: Collection[int]) -> Generator[Progress, None, Result]:
        """As ``validate``, for the test images: their predictions; none where there are none."""
        if not self._setup.test:
            return Result(self._setup.classes, ())
        positions, logits, _ = yield from self._answers(self._setup.test, skipped)
        return self._result(positions, logits, self._setup.head.probabilities(logits))

    def _result(self, positions: Sequence[int], logits: Tensor, shares: Tensor) -> Result:
        images = [self._setup.pictures[one] for one in positions]
        rows = zip(images, logits.argmax(1).tolist(), shares.tolist(), strict=True)
        predictions = (
            Prediction(image.path, image.label, answer, tuple(row)) for image, answer, row in rows
        )
        return Result(self._setup.classes, tuple(predictions))

    def _answers(
        self, positions: Sequence[int], skipped: Collection[int]
    ) -> Generator[Progress, None, tuple[list[int], Tensor, float]]:
        """The positions of all ranks' images that can be read, in order, the logits of each
        [N, classes], and their summed loss."""
        setup, group = self._setup, self._setup.group
        positions = [one for one in positions if one not in skipped]
        size = MICRO_BATCH * group.size
        groups = [positions[first : first + size] for first in range(0, len(positions), size)]
        network = FrozenPass(setup.backbone, setup.numerics.dtype, self._stop)
        answered = [torch.empty(0, dtype=torch.int64)]
        answers, loss = [torch.empty((0, len(setup.classes)))], 0.0
        for item in self._source.batches(groups):
            if not isinstance(item, FeatureBatch):
                yield item
                continue
            if self._stop.is_set():
                raise Stopped
            if item.positions:
                work = partial(self._logits, network, item)
                logits = yield from halving(work, setup.numerics, at_most=MICRO_BATCH)
                loss += float(setup.head.loss(logits, setup.labels[list(item.positions)]))
                answered.append(torch.tensor(item.positions))
                answers.append(logits.cpu())
        (loss,) = group.sums(loss)
        read, logits = group.gathered(torch.cat(answered)), group.gathered(torch.cat(answers))
        order = read.argsort()
        return read[order].tolist(), logits[order], loss

    @torch.no_grad()
    def _logits(self, network: FrozenPass, batch: FeatureBatch) -> Tensor:
        """[N, classes]: always the same shapes pass through the network, filled up and cut again,
        so that an image's logits don't depend on those beside it."""
        setup = self._setup
        size = min(MICRO_BATCH, setup.numerics.micro_batch)
        parts = []
        for first in range(0, len(batch.positions), size):
            values = setup.numerics.place(batch.features(slice(first, first + size)))
            output = network.final(filled(values, size), self._boundary, setup.backbone.depth)
            parts.append(output[: len(values)])
        logits: Tensor = setup.head(filled(torch.cat(parts), MICRO_BATCH))
        return logits[: len(batch.positions)]
