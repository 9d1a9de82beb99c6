"""How far a run is and how long it still takes, from its history and what was estimated."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from core.config import RunConfig
from core.estimate import Estimate
from core.history import History


@dataclass(frozen=True)
class RunProgress:
    """Where a run stands. ``stage`` and ``epoch`` count from 1; ``stage`` is 0 before the
    first. ``batch`` of ``batches`` is the last one finished in this epoch, 0 before it.

    ``share`` of the whole run is done (0 to 1, by time where that was estimated);
    ``seconds_left`` is None where nothing tells it yet.
    """

    stage: int
    stages: int
    epoch: int
    epochs: int
    batch: int
    batches: int
    share: float
    seconds_left: float | None


def of_run(history: History, recipe: RunConfig, expected: Estimate | None) -> RunProgress:
    """The progress of the run of ``recipe`` that has said ``history`` so far."""
    ended = history.ended  # stages that a person ended early
    planned = [ended.get(number, stage.epochs) for number, stage in enumerate(recipe.stages, 1)]
    stage = history.stages[-1].stage if history.stages else 0
    epochs = planned[stage - 1] if stage else planned[0]
    done = sum(one.stage == stage for one in history.epochs)
    epoch = min(done + 1, epochs)
    batch, batches = _batch(history, stage, done + 1)
    within = _within(history, batch, batches)
    if history.finished is not None:
        return RunProgress(stage, len(planned), epoch, epochs, batch, batches, 1.0, 0.0)
    left = _seconds_left(history, planned, stage, done, within, expected)
    share = _share(planned, max(stage, 1), done, within, expected)
    return RunProgress(stage, len(planned), epoch, epochs, batch, batches, share, left)


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
    history: History,
    planned: Sequence[int],
    stage: int,
    done: int,
    within: float,
    expected: Estimate | None,
) -> float | None:
    if not stage:
        return expected.total if expected else None
    left = planned[stage - 1] - done
    epoch = _epoch_seconds(history, stage, expected)
    later = _later_seconds(planned, stage, expected)
    if epoch is None or later is None:
        return None
    if left <= 0:
        return later
    return _this_epoch(history, stage, epoch, within, expected) + (left - 1) * epoch + later


def _this_epoch(
    history: History, stage: int, epoch: float, within: float, expected: Estimate | None
) -> float:
    """Seconds until the present epoch ends."""
    if history.progress is not None and history.progress.seconds_left is not None:
        return history.progress.seconds_left
    computing = history.progress is not None or not history.epochs
    if computing and expected is not None:
        epoch += expected.features
    return epoch * (1 - within)


def _epoch_seconds(history: History, stage: int, expected: Estimate | None) -> float | None:
    """What one more epoch of this stage costs: measured, or else as estimated."""
    seconds = [one.seconds for one in history.epochs if one.stage == stage]
    if len(seconds) > 1:
        return median(seconds[1:])  # the first may have computed the features
    if history.progress is not None and history.progress.epoch_seconds is not None:
        return history.progress.epoch_seconds
    if expected is not None:
        return expected.epochs[stage - 1]
    return seconds[0] if seconds else None


def _later_seconds(planned: Sequence[int], stage: int, expected: Estimate | None) -> float | None:
    if stage >= len(planned):
        return 0.0
    if expected is None:
        return None
    later = zip(planned[stage:], expected.epochs[stage:], strict=True)
    return sum(epochs * seconds for epochs, seconds in later)


def _share(
    planned: Sequence[int], stage: int, done: int, within: float, expected: Estimate | None
) -> float:
    """Each epoch weighs its estimated seconds, the very first also the features'."""
    each = expected.epochs if expected else (1.0,) * len(planned)
    first = expected.features if expected else 0.0
    total = first + sum(epochs * weight for epochs, weight in zip(planned, each, strict=True))
    before = sum(
        epochs * weight
        for epochs, weight in zip(planned[: stage - 1], each[: stage - 1], strict=True)
    )
    present = each[stage - 1] * (done + within if done < planned[stage - 1] else done)
    started = first if stage > 1 or done else first * within
    return min(max((before + present + started) / total, 0.0), 1.0) if total else 0.0
