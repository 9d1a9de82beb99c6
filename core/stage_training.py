"""One stage: its optimizer, its epochs, one optimizer step for each batch."""

import math
import threading
from collections.abc import Generator, Iterator
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
        groups = batch_groups(
            [one for one in setup.train if one not in setup.skipped],
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
        for item in self._source.batches(groups, augmenting):
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
        """One optimizer step; the loss summed over the batch, and how many were right."""
        if not self._setup.is_scaled:
            self._first_batch(batch)
        images = len(batch.positions)
        labels = self._setup.labels[list(batch.positions)]
        self._optimizer.zero_grad(set_to_none=True)
        loss, right = 0.0, 0
        with self._setup.numerics.autocast():  # around all, so that weights are cast once
            for first in range(0, images, GRADIENT_MICRO_BATCH):
                if self._stop.is_set():
                    raise Stopped
                piece = slice(first, first + GRADIENT_MICRO_BATCH)
                logits = self._setup.head(self._features(batch.features[piece]))
                part = self._setup.head.loss(logits, labels[piece])
                with full_precision():
                    (part / images).backward()  # type: ignore[no-untyped-call]
                loss += float(part.detach())
                right += int((logits.argmax(1) == labels[piece]).sum())
        self._require_finite(loss, epoch, number)
        self._optimizer.step()
        return loss, right

    def _require_finite(self, loss: float, epoch: int, batch: int) -> None:
        if not math.isfinite(loss):
            rate = f"{self._rates[0]:g}"
            place = {"stage": self._number, "epoch": epoch, "batch": batch}
            raise ThawError("not_finite", value=str(loss), rate=rate, **place)

    def _first_batch(self, batch: FeatureBatch) -> None:
        setup = self._setup
        with torch.no_grad(), setup.numerics.autocast():
            features = [
                self._features(batch.features[first : first + GRADIENT_MICRO_BATCH])
                for first in range(0, len(batch.positions), GRADIENT_MICRO_BATCH)
            ]
        setup.head.set_scale(heads.rms(torch.cat(features)))
        setup.is_scaled = True
        if batch.pictures is not None:
            self._run.replace(FIRST_BATCH, contact_sheet(batch.pictures.numpy()))

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
        picture = self._setup.pictures[item.position]
        self._setup.skipped.add(item.position)
        self._run.mark_skipped({picture.path: item.error.code})
        values = {"path": picture.path, "reason": str(item.error), "code": item.error.code}
        yield Notice("picture_skipped", values)
