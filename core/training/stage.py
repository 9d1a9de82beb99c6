"""Trains one stage, epoch by epoch: ``training_step`` for each batch, then validation.

Around the step stands what it need not know: resuming inside an epoch, images that cannot be
read (reported, listed in ``dataset.csv`` and left out), memory that runs out, and the pace.
"""

import threading
from collections.abc import Generator, Iterator, Mapping, Sequence
from functools import partial
from math import isfinite
from statistics import median
from typing import TypeVar

from torch import Tensor

from core.common.messages import ThawError
from core.common.stopwatch import Stopwatch
from core.compute.features.source import Computed, FeatureBatch, FeatureSource, Skipped
from core.compute.loaders import augmenting_of, picture_of, pictures_of, times_before
from core.compute.numerics import Halved, environment, halving
from core.model.backbone import Stopped
from core.runs import evaluation
from core.runs.evaluation import Result
from core.runs.events import (
    BatchFinished,
    CacheProgress,
    EpochFinished,
    Event,
    Notice,
    StageStarted,
)
from core.runs.run import Run
from core.training import network_state
from core.training.checkpoint import Position
from core.training.learner import HeadScale, Item, Learner, StageOptimizer, StepOutOfMemory
from core.training.rates import Progress, factor
from core.training.setup import Setup
from core.training.step import Batch, NotFinite, one_pass_step, training_step
from core.training.validation import Evaluator

EPOCH_BATCHES_MEASURED = 2  # the first step warms up


class Pace:
    """Counts the images of a stage's first pass and times the epochs that follow.

    Each of ``computed``, ``learned`` and ``validated`` ends what was done since the last.
    """

    def __init__(self, stage: int, watch: Stopwatch) -> None:
        self._stage, self._watch = stage, watch
        self._began = 0.0
        self._done = self._total = 0
        self._computing = 0.0
        self._learned: list[float] = []
        self._batches = 0

    @property
    def seconds(self) -> float:
        """What this epoch took, without sleeps and pauses, until the last thing that ended."""
        return self._watch.seconds - self._began

    def begin(self, train: int, validation: int) -> None:
        """An epoch begins that has to compute so many images that will be cached."""
        self._watch.restart()
        self._began = self._watch.seconds
        self._done, self._total = 0, train + validation
        self._computing = 0.0

    def learned(self, batches: int) -> None:
        """One of ``batches`` batches is learned; its features, if not cached, are part of that."""
        self._learned.append(self._watch.tick("learned"))
        self._batches = batches

    def validated(self) -> None:
        """The network has been validated."""
        self._watch.tick("validated")

    def computed(self, images: int) -> CacheProgress | None:
        """``images`` more are done; None where nothing is being cached."""
        if not self._total:
            return None
        self._computing += self._watch.tick("computed")
        self._done = min(self._total, self._done + images)
        left = self._computing / self._done * (self._total - self._done)
        return CacheProgress(
            self._stage, self._done, self._total, round(left, 1), self._epoch_seconds()
        )

    def _epoch_seconds(self) -> float | None:
        steps = self._learned[1:]
        if len(steps) < EPOCH_BATCHES_MEASURED:
            return None
        return round(median(steps) * self._batches, 2)


NOTICES_OF_ONE_PICTURE = 20  # a run; after them, one for all that a batch lost


def skip(
    setup: Setup, run: Run, skipped: set[int], found: Skipped, stop: threading.Event
) -> Iterator[Notice]:
    """Add the images that were found unreadable to ``skipped``; a notice of each, or one for
    many, unless the run has said it before it was resumed.

    Raises ``Stopped``, and ``ThawError`` (write_failed).
    """
    if not found.failed:  # but repeats of images that were reported before
        return
    before = skipped.difference(position for position, _ in found.failed)
    alone = max(0, NOTICES_OF_ONE_PICTURE - len(before))
    if len(found.failed) == alone + 1:
        alone += 1  # one notice either way: let it have the name
    skipped.update(position for position, _ in found.failed)
    errors = {setup.pictures[position].path: error for position, error in found.failed}
    run.mark_skipped({path: error.code for path, error in errors.items()})
    reported = list(run.history.notices)
    for path, error in list(errors.items())[:alone]:
        values = {"path": path, "reason": str(error), "code": error.code}
        if (notice := Notice("picture_skipped", values)) not in reported:
            yield notice
        if stop.is_set():
            raise Stopped
    if len(errors) > alone:
        # the first one's path tells it from another batch's of the same count
        rest = {"count": len(errors) - alone, "path": list(errors)[alone]}
        if (notice := Notice("pictures_skipped", rest)) not in reported:
            yield notice


_Work = Computed | Skipped | Halved | Notice
_Result = TypeVar("_Result")
SHOWN_PICTURES = 6


class StageTrainer:
    """One stage's optimizer and its epochs. ``position`` moves on with each step."""

    def __init__(
        self,
        run: Run,
        setup: Setup,
        source: FeatureSource,
        number: int,
        position: Position,
        stop: threading.Event,
        watch: Stopwatch,
    ) -> None:
        self._run, self._setup, self._source = run, setup, source
        self._number, self._position, self._stop = number, position, stop
        self._stage, self._plan = setup.config.stages[number - 1], setup.plans[number - 1]
        self._pace = Pace(number, watch)
        setup.backbone.freeze_except(self._stage.thawed)
        self._learner = Learner(setup.backbone, setup.head, self._plan.boundary)
        self._evaluator = Evaluator(setup, source, self._plan.boundary, stop)
        self._scale = HeadScale(setup, run, source, self._learner, stop)
        self._optimizer = StageOptimizer(setup, number)
        source.begin_stage(number)
        self._weights = setup.loss_weights(position.skipped)
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
            keep=self._stage.kept_by,
        )

    def epoch(self) -> Generator[Event, None, EpochFinished]:
        """The rest of the pass over the training images, and its validation."""
        position, setup = self._position, self._setup
        self._before = position.seconds
        position.begin_epoch()
        self._weights = setup.loss_weights(position.cut_without)
        groups = setup.batches(position.epochs, position.cut_without)
        yield from self._learn(groups)
        train = position.score()
        steps = self._evaluator.validate(position.skipped)
        validation, self._result = yield from self._reporting(steps)
        self._pace.validated()
        before = self._run.history.epochs[-1:]
        if before and before[0].validation.images != validation.images:
            counts = {"before": before[0].validation.images, "after": validation.images}
            yield Notice("validation_changed", counts)
        if not isfinite(validation.loss):
            raise self._diverged(validation.loss, position.batches)
        seconds = round(self._before + self._pace.seconds, 3)
        return EpochFinished(self._number, position.epoch, train, validation, seconds)

    def begun(
        self,
        groups: Sequence[Sequence[int]],
        over_run: int,
        rest: Sequence[Sequence[int]] | None = None,
        evaluated: Sequence[int] = (),
    ) -> Iterator[Item]:
        """Begin an epoch, counted over the run from 0: the features of its ``groups``, or what is
        left of them, one by one, and between them items for ``report``.

        ``evaluated`` are the positions whose features it will need at its end.
        """
        augmenting = augmenting_of(self._setup.config, self._plan, over_run)
        train = self._source.missing(pictures_of(groups), augmenting)
        self._pace.begin(train, self._source.missing(evaluated))
        batches = self._source.batches(groups if rest is None else rest, augmenting)
        return self._scale.after(batches, augmenting)

    def step(
        self, item: FeatureBatch, over_run: int, factor: float
    ) -> Generator[Event, None, tuple[float, int]]:
        """One optimizer step at the stage's learning rates times ``factor``; its summed loss and
        how many images were correct. Raises ``NotFinite`` and ``StepOutOfMemory``."""
        setup, stage, images = self._setup, self._stage, list(item.pictures)

        def features(piece: slice) -> Tensor:
            if self._stop.is_set():
                raise Stopped
            return setup.numerics.place(item.features(piece))

        batch = Batch(
            features,
            lambda piece: setup.drawing(item.positions[piece], over_run, stage.dropped_features),
            setup.labels[images],
            None if self._weights is None else self._weights[images],
            len(item.whole),
        )
        network, numerics, group = self._learner, setup.numerics, setup.group
        work = partial(one_pass_step, network, batch, numerics, group)
        if setup.head.has_gradient:
            self._optimizer.scale(factor)
            work = partial(
                training_step,
                network,
                self._optimizer,
                batch,
                numerics,
                stage.label_smoothing,
                stage.clip_norm,
                group,
            )
        steps = halving(work, setup.numerics, self._plan.boundary, len(images))
        return (yield from self._reporting(steps))

    def state(self) -> dict[str, Tensor]:
        """What training changed until now: weights and the optimizer's state, by name."""
        return network_state.capture(self._setup, self._optimizer.optimizer, self._number)

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Go on with an optimizer's ``state`` of this stage."""
        network_state.restore_optimizer(self._optimizer.optimizer, state)

    def write_best(self) -> None:
        """Keep the network and its validation as they are now."""
        assert self._result is not None
        predictions = evaluation.write_predictions(self._result)
        self._run.write_best(network_state.best_parts(self._setup), predictions)

    def predictions(self) -> Generator[Event, None, bytes]:
        """What the network as it is now answers on validation and test images, as the file."""
        assert self._result is not None
        tested = yield from self._reporting(self._evaluator.test(self._position.skipped))
        both = Result(self._setup.classes, self._result.predictions + tested.predictions)
        return evaluation.write_predictions(both)

    def _evaluated(self, epoch: int) -> Sequence[int]:
        """The positions of the images that may be evaluated in ``epoch``."""
        waits = self._stage.kept_by == "last" and epoch < self._stage.epochs
        return self._setup.validation if waits else self._setup.held_out

    def _learn(self, groups: Sequence[Sequence[int]]) -> Iterator[Event]:
        position, history = self._position, self._run.history
        group_of = {one: number for number, group in enumerate(groups) for one in group}
        losses = [one.validation.loss for one in history.epochs if one.stage == self._number]
        cycles = history.cycles.get(self._number, ())
        evaluated = self._evaluated(position.epoch)
        for item in self.begun(groups, position.epochs, self._rest(groups), evaluated):
            if not isinstance(item, FeatureBatch):
                yield from self.report(item)
                continue
            number = group_of[item.whole[0]]
            done = Progress(position.epoch - 1, number, len(groups), losses, cycles)
            rate = factor(self._stage, done)
            try:
                loss, correct = yield from self.step(item, position.epochs, rate)
            except NotFinite as error:
                raise self._diverged(error.loss, position.batches + 1) from None
            except StepOutOfMemory:
                # some weights may have changed and others not, so no further checkpoint is written
                place = {"stage": self._number, "epoch": position.epoch}
                batch = position.batches + 1
                raise ThawError("out_of_memory_step", batch=batch, **place) from None
            self._pace.learned(len(groups))
            position.learned(number + 1, loss, correct, len(item.whole))
            position.seconds = self._before + self._pace.seconds
            yield self._batch_finished(item, len(groups), loss, correct)
        if not position.images:
            raise ThawError("no_training_pictures", path=str(self._run.folder))

    def _rest(self, groups: Sequence[Sequence[int]]) -> Sequence[Sequence[int]]:
        """The batches that are left of the epoch, without repeats of the images that those
        before turned out to lack."""
        done = self._position.groups
        gone = self._position.skipped.intersection(pictures_of(groups[:done]))
        return [[one for one in group if picture_of(one) not in gone] for group in groups[done:]]

    def _batch_finished(
        self, item: FeatureBatch, batches: int, loss: float, correct: int
    ) -> BatchFinished:
        images, shown = len(item.whole), item.whole[:SHOWN_PICTURES]
        repeats = tuple(map(times_before, shown))
        head_rate, backbone_rate = self._optimizer.rates
        return BatchFinished(
            stage=self._number,
            epoch=self._position.epoch,
            batch=self._position.batches,
            batches=batches,
            images=images,
            loss=loss / images,
            accuracy=correct / images,
            pictures=tuple(self._setup.pictures[picture_of(one)].path for one in shown),
            repeats=repeats if any(repeats) else (),
            learning_rate=head_rate if self._setup.head.has_gradient else None,
            backbone_learning_rate=backbone_rate,
        )

    def _diverged(self, loss: float, batch: int) -> ThawError:
        """The rate that is reported is the one that a person sets, whatever the schedule made of
        it."""
        rate = f"{self._optimizer.planned_rates[0]:g}"
        place = {"stage": self._number, "epoch": self._position.epoch}
        return ThawError("not_finite", value=str(loss), rate=rate, batch=batch, **place)

    def _reporting(self, steps: Generator[_Work, None, _Result]) -> Generator[Event, None, _Result]:
        """What ``steps`` return; what they yield on the way becomes events."""
        while True:
            try:
                item = next(steps)
            except StopIteration as end:
                result: _Result = end.value
                return result
            yield from self.report(item, is_training=False)

    def report(self, item: _Work, is_training: bool = True) -> Iterator[Event]:
        """An item that is no batch, as events: progress, images that could not be read, less
        memory. Progress with training images counts where they will be cached."""
        setup, run = self._setup, self._run
        match item:
            case Notice():
                if item not in run.history.notices:  # a resumed run has reported it before
                    yield item
            case Halved():  # the run's environment says what it goes on with
                run.write_environment(environment(setup.numerics, setup.group.size))
                yield Notice("micro_batch_halved", {"pictures": item.pictures})
            case Computed():
                counts = not (is_training and self._plan.is_fresh)
                progress = self._pace.computed(item.pictures) if counts else None
                if progress is not None:
                    yield progress
            case Skipped():
                yield from skip(setup, run, self._position.skipped, item, self._stop)
