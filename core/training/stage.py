"""Trains one stage: its epochs, one optimizer step for each batch, and validation.

Validation passes the images through the network as it is now, never augmented, without gradients;
so do the test images where the epoch is the one that its stage keeps, which decides nothing.
Images that cannot be read are reported, listed in ``dataset.csv`` and left out.
"""

import math
import threading
from collections.abc import Generator, Iterator, Mapping, Sequence
from functools import partial
from statistics import median
from typing import TypeVar

import torch
from torch import Tensor

from core.common.messages import ThawError
from core.common.stopwatch import Stopwatch
from core.compute.devices import is_out_of_memory
from core.compute.features.source import Computed, FeatureBatch, FeatureSource, Skipped, filled
from core.compute.loaders import Augmenting, augmenting_of, picture_of, pictures_of, times_before
from core.compute.numerics import Halved, environment, full_precision, halving, slices
from core.model.backbone import FrozenPass, Stopped
from core.recipe import vgg16
from core.recipe.config import RunConfig
from core.runs import evaluation
from core.runs.evaluation import Prediction, Result
from core.runs.events import (
    BatchFinished,
    CacheProgress,
    EpochFinished,
    Event,
    Notice,
    Score,
    StageStarted,
)
from core.runs.run import Run
from core.training import network_state
from core.training.checkpoint import Position
from core.training.distributed import Group
from core.training.learner import HeadScale, Learner, StageOptimizer
from core.training.network_file import network_parts
from core.training.rates import Progress
from core.training.setup import Setup

EPOCH_BATCHES_MEASURED = 2  # the first step warms up


class Pace:
    """Counts the pictures of a stage's first pass and times the epochs that follow.

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
        """An epoch begins that has to compute so many pictures that will be kept."""
        self._watch.restart()
        self._began = self._watch.seconds
        self._done, self._total = 0, train + validation
        self._computing = 0.0

    def learned(self, batches: int) -> None:
        """One of ``batches`` batches is learned; its features, if not kept, are part of that."""
        self._learned.append(self._watch.tick("learned"))
        self._batches = batches

    def validated(self) -> None:
        """The network has been validated."""
        self._watch.tick("validated")

    def computed(self, pictures: int) -> CacheProgress | None:
        """``pictures`` more are done; None where nothing is being kept."""
        if not self._total:
            return None
        self._computing += self._watch.tick("computed")
        self._done = min(self._total, self._done + pictures)
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


def skip(setup: Setup, run: Run, found: Skipped, stop: threading.Event) -> Iterator[Notice]:
    """Leave the pictures out from now on; a notice of each, or one for many, unless the run
    has said it before it was resumed.

    Raises ``Stopped``, and ``ThawError`` (write_failed).
    """
    if not found.failed:  # but repeats of pictures that were told of before
        return
    paths = [setup.pictures[position].path for position, _ in found.failed]
    errors = [error for _, error in found.failed]
    before = setup.skipped.difference(position for position, _ in found.failed)
    alone = max(0, NOTICES_OF_ONE_PICTURE - len(before))
    if len(paths) == alone + 1:
        alone += 1  # one notice either way: let it have the name
    setup.skipped.update(position for position, _ in found.failed)
    codes = [error.code for error in errors]
    run.mark_skipped(dict(zip(paths, codes, strict=True)))
    told = list(run.history.notices)
    for path, error in list(zip(paths, errors, strict=True))[:alone]:
        values = {"path": path, "reason": str(error), "code": error.code}
        if (notice := Notice("picture_skipped", values)) not in told:
            yield notice
        if stop.is_set():
            raise Stopped
    if len(paths) > alone:
        # the first one's path tells it from another batch's of the same count
        rest = {"count": len(paths) - alone, "path": paths[alone]}
        if (notice := Notice("pictures_skipped", rest)) not in told:
            yield notice


def changed(run: Run, images: int) -> Iterator[Notice]:
    """That validation has ``images`` pictures now and had another number the epoch before."""
    epochs = run.history.epochs
    before = epochs[-1].validation.images if epochs else images
    if images != before:
        yield Notice("validation_changed", {"before": before, "after": images})


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
    def result(self, setup: Setup, *, validates: bool) -> Result:
        """In the order of the positions. ``validates``: what the head's probabilities need is
        learned from these images."""
        order = self._positions.argsort()
        logits = self._logits[order]
        seen = [setup.pictures[one] for one in self._positions[order].tolist()]
        if validates:
            labels = torch.tensor([one.label for one in seen])
            shares = setup.head.objective.validated(logits, labels, [one.key for one in seen])
        else:
            shares = setup.head.probabilities(logits)
        answers = zip(seen, logits.argmax(1).tolist(), shares.tolist(), strict=True)
        predictions = (
            Prediction(picture.path, picture.label, answer, tuple(row))
            for picture, answer, row in answers
        )
        return Result(setup.classes, tuple(predictions))


_Work = Computed | Skipped | Halved | Notice


def validate(
    setup: Setup, source: FeatureSource, boundary: int, stop: threading.Event
) -> Generator[_Work, None, tuple[Score, Result]]:
    """Yield what is computed on the way; return the score and every prediction.

    Raises ``Stopped``, and ``ThawError`` (no_validation_pictures) where none can be read.
    """
    counted, answers = yield from _answers(setup, source, boundary, setup.validation, stop)
    if not counted.images:
        raise ThawError("no_validation_pictures")
    return counted.score(), answers.result(setup, validates=True)


def evaluate_test(
    setup: Setup, source: FeatureSource, boundary: int, stop: threading.Event
) -> Generator[_Work, None, Result]:
    """Yield what is computed on the way; return the predictions of the test images by the network
    as ``validate`` has just left it; nothing where there are none. Raises ``Stopped``."""
    if not setup.test:
        return Result(setup.classes, ())
    _, answers = yield from _answers(setup, source, boundary, setup.test, stop)
    return answers.result(setup, validates=False)


def _answers(
    setup: Setup,
    source: FeatureSource,
    boundary: int,
    positions: Sequence[int],
    stop: threading.Event,
) -> Generator[_Work, None, tuple[Counted, _Answers]]:
    positions = [one for one in positions if one not in setup.skipped]
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
    answered.gather(setup.group)
    return counted, answered


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
            keep=self._stage.kept_by,
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
            self._source.missing(self._evaluated(position.epoch)),
        )
        yield from self._learn(groups, augmenting, position)
        train = position.score()
        validation, self._result = yield from self._validate()
        self._pace.validated()
        yield from changed(self._run, validation.images)
        self._require_finite(validation.loss, position)
        seconds = round(self._seconds(), 3)
        return EpochFinished(self._number, position.epoch, train, validation, seconds)

    def _evaluated(self, epoch: int) -> Sequence[int]:
        """The positions of the images that may be evaluated in ``epoch``."""
        setup = self._setup
        waits = self._stage.kept_by == "last" and epoch < self._stage.epochs
        return setup.validation if waits else setup.held_out

    def state(self) -> dict[str, Tensor]:
        """What training changed until now: weights and the optimizer's state, by name."""
        return network_state.capture(self._setup, self._optimizer.optimizer, self._number)

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Go on with an optimizer's ``state`` of this stage."""
        network_state.restore_optimizer(self._optimizer.optimizer, state)

    def _seconds(self) -> float:
        return self._before + self._pace.seconds

    def write_best(self) -> None:
        """Keep the network and its validation as they are now."""
        assert self._result is not None
        predictions = evaluation.write_predictions(self._result)
        self._run.write_best(network_parts(self._setup), predictions)

    def write_best_of_stage(self) -> Iterator[Event]:
        """Keep what the network as it is now answers on validation and test images."""
        assert self._result is not None
        setup = self._setup
        steps = evaluate_test(setup, self._source, self._plan.boundary, self._stop)
        tested = yield from self._told(steps)
        both = Result(setup.classes, self._result.predictions + tested.predictions)
        self._run.write_stage(self._number, evaluation.write_predictions(both))

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
                    dropped = self._stage.dropped_features
                    drawing = self._setup.drawing(positions[piece], epoch, dropped)
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

    def _told(self, steps: Generator[_Work, None, _Result]) -> Generator[Event, None, _Result]:
        """What ``steps`` return; what they yield on the way becomes events."""
        while True:
            try:
                item = next(steps)
            except StopIteration as end:
                result: _Result = end.value
                return result
            yield from self._other(item, counts=True)

    def _other(self, item: _Work, counts: bool) -> Iterator[Event]:
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
        yield from skip(self._setup, self._run, item, self._stop)
