"""One stage: its optimizer, its epochs, one optimizer step for each batch."""

import math
import threading
from collections.abc import Generator, Iterator, Mapping, Sequence
from functools import partial
from typing import TypeVar

import torch
from torch import Tensor

from core.common.messages import ThawError
from core.common.stopwatch import Stopwatch
from core.compute.devices import is_out_of_memory
from core.compute.features.source import Computed, FeatureBatch, FeatureSource, Skipped
from core.compute.loaders import Augmenting, augmenting_of, picture_of, pictures_of, times_before
from core.compute.numerics import Halved, environment, full_precision, halving, slices
from core.model.backbone import Stopped
from core.recipe import vgg16
from core.recipe.config import RunConfig
from core.runs import evaluation
from core.runs.evaluation import Result
from core.runs.events import BatchFinished, EpochFinished, Event, Notice, Score, StageStarted
from core.runs.run import Run
from core.training import network_state_, skipping
from core.training.learner import HeadScale
from core.training.learner_ import Learner
from core.training.pace import Pace
from core.training.position import Position
from core.training.rates import Progress
from core.training.run_files import network_parts
from core.training.setup import Setup
from core.training.stage_optimizer import StageOptimizer
from core.training.validation import validate

_Result = TypeVar("_Result")
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
        watch: Stopwatch,
    ) -> None:
        self._config, self._run, self._setup, self._source = config, run, setup, source
        self._number, self._stop = number, stop
        self._stage, self._plan = config.stages[number - 1], setup.plans[number - 1]
        self._pace = Pace(number, watch)
        setup.backbone.freeze_except(self._stage.thawed)
        self._learner = Learner(setup.backbone, setup.head, self._plan.boundary)
        self._replica = setup.group.replicate(self._learner)
        self._scale = HeadScale(setup, run, source, self._learner, stop)
        self._optimizer = StageOptimizer(config, setup, number)
        source.begin_stage(number)
        self._weights: Tensor | None = None
        self._result: Result | None = None
        self._before = 0.0

    def started(self) -> StageStarted:
        plan, (head_rate, backbone_rate) = self._plan, self._optimizer.planned_rates
        return StageStarted(
            stage=self._number,
            epochs=self._stage.epochs,
            thawed=self._stage.thawed,
            augmented=plan.augmented,
            boundary=plan.boundary,
            cached=bool(plan.boundary) and not plan.is_fresh,
            trainable_parameters=sum(one.numel() for one in self._optimizer.trainable),
            learning_rate=head_rate,
            backbone_learning_rate=backbone_rate,
            keep=self._stage.keep,
        )

    def epoch(self, position: Position) -> Generator[Event, None, EpochFinished]:
        """The pass over the training pictures that ``position`` stands in, and its validation.

        ``position`` moves on with each step.
        """
        self._before = position.seconds
        groups = self._groups(position)
        augmenting = augmenting_of(self._config, self._plan, position.epochs)
        self._pace.begin(
            self._source.missing(pictures_of(groups), augmenting),
            self._source.missing(self._setup.validation),
        )
        yield from self._learn(groups, augmenting, position)
        train = position.score()
        validation, self._result = yield from self._validate()
        self._pace.validated()
        yield from skipping.changed(self._run, validation.images)
        self._require_finite(validation.loss, position)
        seconds = round(self._seconds(), 3)
        return EpochFinished(self._number, position.epoch, train, validation, seconds)

    def state(self) -> dict[str, Tensor]:
        """What training changed until now: weights and the optimizer's state, by name."""
        return network_state_.capture(self._setup, self._optimizer.optimizer, self._number)

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Go on with an optimizer's ``state`` of this stage."""
        network_state_.restore_optimizer(self._optimizer.optimizer, state)

    def _seconds(self) -> float:
        return self._before + self._pace.seconds

    def write_best(self) -> None:
        """Keep the network and its validation as they are now."""
        assert self._result is not None
        predictions = evaluation.write_predictions(self._result)
        self._run.write_best(network_parts(self._setup), predictions)

    def _learn(
        self, groups: Sequence[Sequence[int]], augmenting: Augmenting | None, position: Position
    ) -> Iterator[Event]:
        group_of = {one: number for number, group in enumerate(groups) for one in group}
        history = self._run.history
        losses = [one.validation.loss for one in history.epochs if one.stage == self._number]
        cycles = history.cycles.get(self._number, ())
        rest = self._rest(groups, position)
        for item in self._scale.after(self._source.batches(rest, augmenting), augmenting):
            if isinstance(item, FeatureBatch):
                group, epochs = group_of[item.whole[0]], position.epoch - 1
                self._optimizer.begin_step(Progress(epochs, group, len(groups), losses, cycles))
                loss, right = yield from self._step(item, position)
                self._pace.learned(len(groups))
                position.learned(group + 1, loss, right, len(item.whole))
                position.seconds = self._seconds()
                yield self._batch_finished(item, position, len(groups), loss, right)
            else:
                yield from self._other(item, counts=not self._plan.is_fresh)
        if not position.images:
            raise ThawError("no_training_pictures", path=str(self._run.folder))

    def _groups(self, position: Position) -> list[Sequence[int]]:
        """The epoch's batches. They, and the weights of the classes, rest on the pictures that
        were in the run when the epoch began, though more may have been skipped in it since."""
        setup = self._setup
        skipped_since = set(setup.skipped)
        if position.groups:
            setup.skipped = set(position.skipped)
        position.skipped = set(setup.skipped)
        self._weights = setup.loss_weights()
        groups = setup.batches(position.epochs)
        setup.skipped = skipped_since
        return groups

    def _rest(self, groups: Sequence[Sequence[int]], position: Position) -> Sequence[Sequence[int]]:
        """The batches that are left of the epoch, without repeats of the pictures that those
        before turned out to lack."""
        gone = self._setup.skipped.intersection(pictures_of(groups[: position.groups]))
        rest = groups[position.groups :]
        return [[one for one in group if picture_of(one) not in gone] for group in rest]

    def _batch_finished(
        self, batch: FeatureBatch, position: Position, groups: int, loss: float, right: int
    ) -> BatchFinished:
        images, shown = len(batch.whole), batch.whole[:SHOWN_PICTURES]
        repeats = tuple(map(times_before, shown))
        head_rate, backbone_rate = self._optimizer.rates
        return BatchFinished(
            stage=self._number,
            epoch=position.epoch,
            batch=position.batches,
            batches=groups,
            images=images,
            loss=loss / images,
            accuracy=right / images,
            pictures=tuple(self._setup.pictures[picture_of(one)].path for one in shown),
            repeats=repeats if any(repeats) else (),
            learning_rate=head_rate,
            backbone_learning_rate=backbone_rate,
        )

    def _step(
        self, batch: FeatureBatch, position: Position
    ) -> Generator[Event, None, tuple[float, int]]:
        """One optimizer step; the loss summed over the batch, and how many were right."""
        work = partial(self._gradient, batch, position.epochs)
        numerics, images = self._setup.numerics, len(batch.positions)
        steps = halving(work, numerics, self._plan.boundary, images)
        mine = yield from self._told(steps)
        loss, right = self._setup.group.sums(*mine)
        self._require_finite(loss, position, batches=1)
        self._change_weights(position)
        return loss, int(right)

    def _change_weights(self, position: Position) -> None:
        try:
            self._optimizer.step()
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            # some weights may have changed and others not, so no further checkpoint is written
            place = {"stage": self._number, "epoch": position.epoch}
            batch = position.batches + 1
            raise ThawError("out_of_memory_step", batch=batch, **place) from None

    def _halved(self, item: Halved) -> Notice:
        """Memory ran out: the run's environment says what it went on with."""
        self._run.write_environment(environment(self._setup.numerics, self._setup.group.size))
        return Notice("micro_batch_halved", {"pictures": item.pictures})

    def _gradient(self, batch: FeatureBatch, epoch: int) -> tuple[float, int]:
        """A batch's gradient; its summed loss, and how many were right. ``epoch`` is the run's.

        The loss that is told has neither weights nor smoothing: it is validation's, and that of
        other runs.
        """
        positions, group = list(batch.positions), self._setup.group
        share = len(batch.whole) / group.size  # the ranks' gradients are averaged
        pictures, smoothing = list(batch.pictures), self._stage.label_smoothing
        labels = self._setup.labels[pictures]
        weights = None if self._weights is None else self._weights[pictures]
        self._optimizer.optimizer.zero_grad(set_to_none=True)
        losses, right = [], []  # read at the end: an accelerator need not wait for each
        numerics, head = self._setup.numerics, self._setup.head
        pieces = list(slices(len(batch.positions), numerics.at_once(self._plan.boundary)))
        with numerics.autocast():  # around all, so that weights are cast once
            for number, piece in enumerate(pieces, 1):
                if self._stop.is_set():
                    raise Stopped
                values = numerics.place(batch.features(piece))
                with group.passing(self._replica, is_last=number == len(pieces)):
                    drawing = self._setup.drawing(positions[piece], epoch)
                    logits = self._replica(values, drawing)
                    plain = part = head.loss(logits, labels[piece])
                    if weights is not None or smoothing:
                        counts = None if weights is None else weights[piece]
                        part = head.loss(logits, labels[piece], counts, smoothing)
                    with full_precision(numerics.device):
                        (part / share).backward()  # type: ignore[no-untyped-call]
                losses.append(plain.detach())
                right.append((logits.argmax(1) == labels[piece]).sum())
            if not pieces:
                self._pass_nothing()
        head.add_penalty()
        return sum(map(float, losses)), sum(map(int, right))

    def _pass_nothing(self) -> None:
        """Take part in the ranks' sum of gradients with zeros."""
        size, numerics = self._config.dataset.image_size, self._setup.numerics
        shape = vgg16.feature_shape(self._plan.boundary, size)
        values = numerics.place(torch.zeros((1, *shape), dtype=numerics.dtype))
        with self._setup.group.passing(self._replica, is_last=True):
            logits = self._replica(values)
            with full_precision(numerics.device):
                (0 * logits.sum()).backward()

    def _require_finite(self, loss: float, position: Position, batches: int = 0) -> None:
        """``batches`` of the epoch come on top of those that ``position`` counts.

        The rate that is told is the one that a person sets, whatever the schedule made of it.
        """
        if not math.isfinite(loss):
            rate = f"{self._optimizer.planned_rates[0]:g}"
            place = {"stage": self._number, "epoch": position.epoch}
            batch = position.batches + batches
            raise ThawError("not_finite", value=str(loss), rate=rate, batch=batch, **place)

    def _validate(self) -> Generator[Event, None, tuple[Score, Result]]:
        steps = validate(self._setup, self._source, self._plan.boundary, self._stop)
        return (yield from self._told(steps))

    def _told(
        self, steps: Generator[Computed | Skipped | Halved | Notice, None, _Result]
    ) -> Generator[Event, None, _Result]:
        """What ``steps`` return; what they yield on the way becomes events."""
        while True:
            try:
                item = next(steps)
            except StopIteration as end:
                result: _Result = end.value
                return result
            yield from self._other(item, counts=True)

    def _other(self, item: Computed | Skipped | Halved | Notice, counts: bool) -> Iterator[Event]:
        """Progress of the frozen blocks, a picture that could not be read, or less memory."""
        if isinstance(item, Notice):
            if item not in self._run.history.notices:  # a run that is resumed has said it before
                yield item
            return
        if isinstance(item, Halved):
            yield self._halved(item)
            return
        if isinstance(item, Computed):
            progress = self._pace.computed(item.pictures) if counts else None
            if progress is not None:
                yield progress
            return
        self._source.store.leave_out(position for position, _ in item.failed)
        yield from skipping.skip(self._setup, self._run, item, self._stop)
