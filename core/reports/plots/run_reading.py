"""What a run's curves say at one epoch."""

from bisect import bisect_right
from dataclasses import dataclass

from core.runs.events import EpochFinished
from core.runs.history import History


@dataclass(frozen=True)
class Reading:
    """An ended epoch: its ``position`` over the whole run, and the rates of its last step (None
    where the history doesn't tell; 0: frozen)."""

    position: int
    epoch: EpochFinished
    augmented: bool
    head_rate: float | None
    backbone_rate: float | None


def reading(history: History, epoch: float) -> Reading | None:
    """That of the ended epoch nearest to ``epoch``, counted over the run; None without one."""
    if not history.epochs:
        return None
    places = [history.position(one.stage, one.epoch) for one in history.epochs]
    place = min(range(len(places)), key=lambda index: abs(places[index] - epoch))
    found = history.epochs[place]
    after = bisect_right(
        history.batches, (found.stage, found.epoch), key=lambda one: (one.stage, one.epoch)
    )
    step = history.batches[after - 1] if after else None
    if step is not None and (step.stage, step.epoch) != (found.stage, found.epoch):
        step = None
    augmented = any(one.stage == found.stage and one.augmented for one in history.stages)
    return Reading(
        places[place],
        found,
        augmented,
        step.learning_rate if step else None,
        step.backbone_learning_rate if step else None,
    )
