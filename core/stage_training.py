"""One stage: its optimizer, its epochs, one optimizer step for each batch."""

import math
import threading
from collections.abc import Generator, Iterator, Sequence
from time import perf_counter

import torch
from torch import Tensor

from core import evaluation, heads
from core.backbone import Stopped
from core.config import RunConfig
from core.evaluation import Result
from core.events import BatchFinished, EpochFinished, Event, Notice, Score, StageStarted
from core.features import Computed, FeatureBatch, FeatureSource, Skipped
from core.learning_rates import rates
from core.loaders import Augmenting
from core.messages import ThawError
from core.numerics import GRADIENT_MICRO_BATCH, full_precision
from core.pace import Pace
from core.run_files import contact_sheet, network_bytes
from core.runs import FIRST_BATCH, Run
from core.training_setup import Setup, batch_groups, optimizer
from core.validation import Counted, validate

SHOWN_PICTURES = 6
# The head's scale rests on at least so many pictures: one alone is off by 26 % (standard
# deviation, clothing-mini at 64 px), 32 by 5 %, and they are there after seconds.
SCALE_PICTURES = 32
NOTICES_OF_ONE_PICTURE = 20  # a run; after them, one for all that a batch lost


class StageTrainer:
    """One stage's optimizer and its epochs."""

    def __init__(
        self,
        config: RunConfig,
        run: Run,
        setup: Setup,
        source: FeatureSource,
        number: int,
        stop: threading.Event,
    ) -> None:
        self._config, self._run, self._setup, self._source = config, run, setup, source
        self._number, self._stop = number, stop
        self._stage, self._plan = config.stages[number - 1], setup.plans[number - 1]
        self._rates = rates(config, number - 1)
        self._pace = Pace(number)
        setup.backbone.freeze_except(self._stage.thawed)
        self._optimizer = optimizer(setup, self._stage, *self._rates)
        source.begin_stage(number)
        self._weights: Tensor | None = None
        self._result: Result | None = None

    def started(self) -> StageStarted:
        setup, plan = self._setup, self._plan
        trainable = [*setup.head.parameters()]
        trainable += [one for one in setup.backbone.parameters() if one.requires_grad]
        return StageStarted(
            stage=self._number,
            epochs=self._stage.epochs,
            thawed=self._stage.thawed,
            augmented=plan.augmented,
            boundary=plan.boundary,
            cached=bool(plan.boundary) and not plan.augmented,
            trainable_parameters=sum(one.numel() for one in trainable),
            learning_rate=self._rates[0],
            backbone_learning_rate=self._rates[1],
        )

    def epoch(self, epoch: int, over_run: int) -> Generator[Event, None, EpochFinished]:
        """One pass over the training pictures and its validation."""
        started = perf_counter()
        self._pace.begin(
            0 if self._plan.augmented else self._source.missing(self._setup.train),
            self._source.missing(self._setup.validation),
        )
        train = yield from self._learn(epoch, over_run)
        validation, self._result = yield from self._validate()
        yield from self._changed(validation.images)
        self._require_finite(validation.loss, epoch, -(-train.images // self._config.batch_size))
        seconds = perf_counter() - started
        return EpochFinished(self._number, epoch, train, validation, round(seconds, 3))

    def write_best(self) -> None:
        """Keep the network and its validation as they are now."""
        assert self._result is not None
        predictions = evaluation.write_predictions(self._result)
        self._run.write_best(network_bytes(self._setup), predictions)

    def _learn(self, epoch: int, over_run: int) -> Generator[Event, None, Score]:
        setup, config = self._setup, self._config
        self._weights = setup.loss_weights()
        groups = batch_groups(
            setup.trained(),
            [one.key for one in setup.pictures],
            config.batch_size,
            config.seed,
            over_run,
        )
        augmenting = None
        if self._plan.augmented:
            augmenting = Augmenting(config.augmentation, config.seed, over_run)
        counted = Counted()
        number = 0
        for item in self._scaled(self._source.batches(groups, augmenting)):
            if isinstance(item, FeatureBatch):
                number += 1
                began = perf_counter()
                loss, right = self._step(item, epoch, number)
                self._pace.learned(perf_counter() - began, len(groups))
                counted.add(loss, right, len(item.positions))
                yield self._batch_finished(item, epoch, number, len(groups), loss, right)
            else:
                yield from self._other(item, counts=not self._plan.augmented)
        if not counted.images:
            raise ThawError("no_training_pictures", path=str(self._run.folder))
        return counted.score()

    def _batch_finished(
        self, batch: FeatureBatch, epoch: int, number: int, groups: int, loss: float, right: int
    ) -> BatchFinished:
        images = len(batch.positions)
        shown = tuple(self._setup.pictures[one].path for one in batch.positions[:SHOWN_PICTURES])
        return BatchFinished(
            self._number, epoch, number, groups, images, loss / images, right / images, shown
        )

    def _step(self, batch: FeatureBatch, epoch: int, number: int) -> tuple[float, int]:
        """One optimizer step; the loss summed over the batch, and how many were right.

        The loss that is told is never weighted: it is validation's, and that of other runs.
        """
        images, positions = len(batch.positions), list(batch.positions)
        labels = self._setup.labels[positions]
        weights = None if self._weights is None else self._weights[positions]
        self._optimizer.zero_grad(set_to_none=True)
        loss, right = 0.0, 0
        with self._setup.numerics.autocast():  # around all, so that weights are cast once
            for piece in _pieces(batch):
                if self._stop.is_set():
                    raise Stopped
                logits = self._setup.head(self._features(batch.features(piece)))
                plain = part = self._setup.head.loss(logits, labels[piece])
                if weights is not None:
                    part = self._setup.head.loss(logits, labels[piece], weights[piece])
                with full_precision():
                    (part / images).backward()  # type: ignore[no-untyped-call]
                loss += float(plain.detach())
                right += int((logits.argmax(1) == labels[piece]).sum())
        self._require_finite(loss, epoch, number)
        self._optimizer.step()
        return loss, right

    def _require_finite(self, loss: float, epoch: int, batch: int) -> None:
        if not math.isfinite(loss):
            rate = f"{self._rates[0]:g}"
            place = {"stage": self._number, "epoch": epoch, "batch": batch}
            raise ThawError("not_finite", value=str(loss), rate=rate, **place)

    def _scaled(
        self, items: Iterator[FeatureBatch | Computed | Skipped]
    ) -> Iterator[FeatureBatch | Computed | Skipped]:
        """``items``, the run's first batches held back until they give the head its scale."""
        held: list[FeatureBatch] = []
        for item in items:
            if self._setup.is_scaled or not isinstance(item, FeatureBatch):
                yield item
                continue
            held.append(item)
            if sum(len(one.positions) for one in held) >= SCALE_PICTURES:
                self._measure_scale(held)
                yield from held
                held = []
        if held:
            self._measure_scale(held)
            yield from held

    def _measure_scale(self, batches: Sequence[FeatureBatch]) -> None:
        setup = self._setup
        squares, pictures = 0.0, 0
        with torch.no_grad(), setup.numerics.autocast():
            for batch in batches:
                for piece in _pieces(batch):
                    if self._stop.is_set():
                        raise Stopped
                    features = self._features(batch.features(piece))
                    squares += heads.rms(features) ** 2 * len(features)
                    pictures += len(features)
        setup.head.set_scale(math.sqrt(squares / pictures))
        setup.is_scaled = True
        if batches[0].pictures:
            sheet = contact_sheet(torch.stack(batches[0].pictures).numpy())
            self._run.replace(FIRST_BATCH, sheet)

    def _features(self, values: Tensor) -> Tensor:
        if self._plan.boundary == self._setup.backbone.depth:
            return values
        features: Tensor = self._setup.backbone(values, self._plan.boundary)
        return features

    def _validate(self) -> Generator[Event, None, tuple[Score, Result]]:
        steps = validate(self._setup, self._source, self._plan.boundary, self._stop)
        while True:
            try:
                item = next(steps)
            except StopIteration as end:
                answer: tuple[Score, Result] = end.value
                return answer
            yield from self._other(item, counts=True)

    def _other(self, item: Computed | Skipped, counts: bool) -> Iterator[Event]:
        """Progress of the frozen blocks, or a picture that could not be read."""
        if isinstance(item, Computed):
            progress = self._pace.computed(item.pictures) if counts else None
            if progress is not None:
                yield progress
            return
        yield from self._skip(item)

    def _skip(self, item: Skipped) -> Iterator[Notice]:
        setup = self._setup
        paths = [setup.pictures[position].path for position, _ in item.failed]
        errors = [error for _, error in item.failed]
        alone = max(0, NOTICES_OF_ONE_PICTURE - len(setup.skipped))
        if len(paths) == alone + 1:
            alone += 1  # one notice either way: let it have the name
        setup.skipped.update(position for position, _ in item.failed)
        codes = [error.code for error in errors]
        self._run.mark_skipped(dict(zip(paths, codes, strict=True)))
        for path, error in list(zip(paths, errors, strict=True))[:alone]:
            values = {"path": path, "reason": str(error), "code": error.code}
            yield Notice("picture_skipped", values)
            if self._stop.is_set():
                raise Stopped
        if len(paths) > alone:
            yield Notice("pictures_skipped", {"count": len(paths) - alone})

    def _changed(self, images: int) -> Iterator[Notice]:
        """That the validation pictures are no longer those of the epoch before."""
        epochs = self._run.history.epochs
        before = epochs[-1].validation.images if epochs else images
        if images != before:
            yield Notice("validation_changed", {"before": before, "after": images})


def _pieces(batch: FeatureBatch) -> Iterator[slice]:
    for first in range(0, len(batch.positions), GRADIENT_MICRO_BATCH):
        yield slice(first, first + GRADIENT_MICRO_BATCH)
