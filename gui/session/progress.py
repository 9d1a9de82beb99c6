"""How far a run is, how long it still takes, and what its epochs took.

Times come from the run's history, and from the estimate where nothing was measured yet.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from statistics import median

from core.compute.estimate import Estimate
from core.recipe.config import RunConfig
from core.runs.history import History


@dataclass(frozen=True)
class RunProgress:
    """Where a run stands. ``stage`` and ``epoch`` count from 1; ``stage`` is 0 before the
    first. ``batch`` of ``batches`` is the last one finished in this epoch, 0 before it.

    ``share`` of the whole run is done (0 to 1, by time where that was estimated);
    ``seconds_left`` is None where nothing tells it yet. ``passes_left`` counts the later epochs
    of this stage that will compute features of the frozen blocks again.
    """

    stage: int
    stages: int
    epoch: int
    epochs: int
    batch: int
    batches: int
    share: float
    seconds_left: float | None
    passes_left: int


def of_run(history: History, recipe: RunConfig, expected: Estimate | None) -> RunProgress:
    """The progress of the run of ``recipe`` that has said ``history`` so far."""
    ended = history.ended  # stages that a person ended early
    planned = [ended.get(number, stage.epochs) for number, stage in enumerate(recipe.stages, 1)]
    costs = _Costs(planned, expected)
    stage = history.stages[-1].stage if history.stages else 0
    epochs = planned[stage - 1] if stage else planned[0]
    done = sum(one.stage == stage for one in history.epochs)
    epoch = min(done + 1, epochs)
    batch, batches = _batch(history, stage, done + 1)
    within = _within(history, batch, batches)
    place = stage, len(planned), epoch, epochs, batch, batches
    if history.finished is not None:
        return RunProgress(*place, 1.0, 0.0, 0)
    left = _seconds_left(history, costs, stage, done, within)
    share = costs.share(max(stage, 1), done, within)
    passes = sum(extra > 0 for extra in costs.extra[max(stage, 1) - 1][done + 1 :])
    return RunProgress(*place, share, left, passes)


class _Costs:
    """The expected seconds of each of a run's ``planned`` epochs, or 1 for each.

    ``plain`` is one of a stage's epochs whose features are there, ``extra`` how much longer
    each of them takes.
    """

    def __init__(self, planned: Sequence[int], expected: Estimate | None) -> None:
        self.planned, self.is_known = planned, expected is not None
        self.plain = expected.epochs if expected is not None else (1.0,) * len(planned)
        self.tested = expected.tested if expected is not None else ()
        self.extra = [[0.0] * epochs for epochs in planned]
        if expected is not None:
            for mine, told in zip(self.extra, expected.extra, strict=False):
                count = min(len(mine), len(told))
                mine[:count] = told[:count]

    def later(self, stage: int) -> float:
        """What the stages after ``stage`` take, without their ``extra``, and the test pictures
        after that stage and these."""
        later = zip(self.planned[stage:], self.plain[stage:], strict=True)
        tested = sum(self.tested[max(stage - 1, 0) :])
        return sum(epochs * seconds for epochs, seconds in later) + tested

    def share(self, stage: int, done: int, within: float) -> float:
        """The share of the run that is over once ``done`` epochs of ``stage`` are, and the share
        ``within`` of the next."""
        each = [
            [plain + one for one in extra]
            for plain, extra in zip(self.plain, self.extra, strict=True)
        ]
        total = sum(map(sum, each))
        over = sum(map(sum, each[: stage - 1])) + sum(each[stage - 1][:done])
        if done < self.planned[stage - 1]:
            over += within * each[stage - 1][done]
        return min(max(over / total, 0.0), 1.0) if total else 0.0


def _batch(history: History, stage: int, epoch: int) -> tuple[int, int]:
    if history.batches:
        last = history.batches[-1]
        if (last.stage, last.epoch) == (stage, epoch):
            return last.batch, last.batches
    return 0, 0


def _within(history: History, batch: int, batches: int) -> float:
    """The share of the present epoch that is done."""
    if history.progress is not None and history.progress.total:
        return history.progress.done / history.progress.total
    return min(batch / batches, 1.0) if batches else 0.0


def _seconds_left(
    history: History, costs: _Costs, stage: int, done: int, within: float
) -> float | None:
    if not stage:
        everything = sum(map(sum, costs.extra)) + costs.later(0)
        return everything if costs.is_known else None
    if not costs.is_known and stage < len(costs.planned):
        return None
    epoch = _epoch_seconds(history, costs, stage)
    if epoch is None:
        return None
    extra = costs.extra[stage - 1]
    further = sum(extra[done + 1 :]) + sum(map(sum, costs.extra[stage:]))
    pace = _pace(history, costs, stage, done)
    later = pace * further + costs.later(stage)
    left = costs.planned[stage - 1] - done
    if left <= 0:
        return later
    if history.progress is not None and history.progress.seconds_left is not None:
        this = history.progress.seconds_left
    else:
        this = (epoch + pace * extra[done]) * (1 - within)
    return this + (left - 1) * epoch + later


def _epoch_seconds(history: History, costs: _Costs, stage: int) -> float | None:
    """What an epoch of this stage costs once its features are there: measured, or else as
    estimated."""
    epochs = [one for one in history.epochs if one.stage == stage]
    extra = costs.extra[stage - 1]
    plain = [  # the first one may have computed features all the same
        one.seconds for one, more in zip(epochs, extra, strict=False) if one.epoch > 1 and more <= 0
    ]
    if plain:
        return median(plain)
    if history.progress is not None and history.progress.epoch_seconds is not None:
        return history.progress.epoch_seconds
    if costs.is_known:
        return costs.plain[stage - 1]
    return epochs[0].seconds if epochs else None


def _pace(history: History, costs: _Costs, stage: int, done: int) -> float:
    """How long computing features takes, of what was expected: where they were on disk already,
    no time, and more than all of it on a machine that is busy."""
    took = expected = 0.0
    for number, extra in enumerate(costs.extra, start=1):
        epochs = (one for one in history.epochs if one.stage == number)
        for one, more in zip(epochs, extra, strict=False):
            if more > 0:
                took += max(one.seconds - costs.plain[number - 1], 0.0)
                expected += more
    return took / expected if expected else _present_pace(history, costs, stage, done)


def _present_pace(history: History, costs: _Costs, stage: int, done: int) -> float:
    """The same by the pass that is under way, the run's first; 1 while nothing tells it."""
    features, started, extra = history.progress, history.started, costs.extra[stage - 1]
    if features is None or features.seconds_left is None or started is None:
        return 1.0
    pictures = started.train_images + started.validation_images
    if done >= len(extra) or extra[done] <= 0 or not pictures or features.done >= features.total:
        return 1.0
    picture = features.seconds_left / (features.total - features.done)
    return picture / (extra[done] / pictures)


@dataclass(frozen=True)
class MeasuredEpochs:
    """Seconds of later epochs of a run's stages, each by what its time depends on."""

    seconds: dict[Hashable, float]

    @classmethod
    def of_run(cls, recipe: RunConfig, history: History) -> "MeasuredEpochs":
        """What the run of ``recipe`` that said ``history`` has shown so far."""
        taken: dict[int, list[float]] = {}
        for epoch in history.epochs:
            taken.setdefault(epoch.stage, []).append(epoch.seconds)
        return cls(
            {
                _kind(recipe, stage - 1): median(seconds[1:])
                for stage, seconds in taken.items()
                if len(seconds) > 1  # the first may have computed features
            }
        )

    def seconds_of(self, recipe: RunConfig, index: int) -> float | None:
        """Those of an epoch of ``recipe.stages[index]``; None where no stage like it was seen."""
        return self.seconds.get(_kind(recipe, index)) if self.seconds else None

    def refined(self, expected: Estimate, recipe: RunConfig) -> Estimate:
        """``expected`` of ``recipe`` with the seconds that were seen in place of those that were
        expected."""
        if not self.seconds:
            return expected
        known = [self.seconds_of(recipe, index) for index in range(len(recipe.stages))]
        pairs = zip(known, expected.epochs, strict=True)
        epochs = tuple(guess if seen is None else seen for seen, guess in pairs)
        stages = zip(recipe.stages, epochs, expected.epochs, strict=True)
        more = sum(stage.epochs * (now - before) for stage, now, before in stages)
        return replace(expected, epochs=epochs, total=max(expected.total + more, 0.0))


def _kind(recipe: RunConfig, index: int) -> Hashable:
    """What the time of an epoch depends on, beside the pictures."""
    stage = recipe.stages[index]
    same = ("batch_size", "precision", "device", "threads", "micro_batch")
    views = recipe.augmentation.cached_views if recipe.augments(stage) else None
    return (
        *(getattr(recipe, name) for name in same),
        recipe.dataset.image_size,
        recipe.model.depth,
        recipe.model.head,
        stage.thawed,
        stage.optimizer,
        views,
    )
