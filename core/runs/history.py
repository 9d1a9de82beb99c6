"""A run's history, folded from its events, and the figures and curves that follow from it.

It is the same for a live, a reloaded and a replayed run. Curves go against epochs, time or the
number of images seen; the window, files and reports all use them.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, groupby
from math import isfinite
from pathlib import Path
from typing import Literal

from core.common.statistics import wilson
from core.runs.events import (
    BatchFinished,
    CacheProgress,
    EpochFinished,
    Event,
    Notice,
    Preparing,
    RunExtended,
    RunFinished,
    RunResumed,
    RunStarted,
    StageCompared,
    StageEnded,
    StageStarted,
    from_json,
)

_KEEP = "accuracy"  # where a history doesn't tell


@dataclass
class History:
    """The events of one run by kind, in order. ``preparing`` is set until the next event;
    ``progress`` while features are computed, and None again once all are there, or the epoch or
    the run ends. ``totals`` has each stage's epochs as its recipe plans them now, ``ended`` the
    last epoch of each stage that ended before that. ``cycles`` has for a stage that was extended
    the epochs, from 0, that were planned together: at first, and with each extension."""

    preparing: Preparing | None = None
    started: RunStarted | None = None
    stages: list[StageStarted] = field(default_factory=list)
    epochs: list[EpochFinished] = field(default_factory=list)
    batches: list[BatchFinished] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    progress: CacheProgress | None = None
    finished: RunFinished | None = None
    totals: list[int] = field(default_factory=list)
    ended: dict[int, int] = field(default_factory=dict)
    cycles: dict[int, tuple[range, ...]] = field(default_factory=dict)
    compared: StageCompared | None = None

    def add(self, event: Event) -> None:
        """Fold one more event in."""
        self.preparing = event if isinstance(event, Preparing) else None
        match event:
            case RunStarted():
                self._begin(event)
            case StageStarted():
                self.stages.append(event)
            case CacheProgress():
                self.progress = None if event.done >= event.total else event
            case BatchFinished():
                self.batches.append(event)
            case EpochFinished():
                self.epochs.append(event)
                self.progress = None
            case StageEnded():
                self.ended[event.stage] = event.epoch
            case StageCompared():
                self.compared = event
            case RunExtended():
                self._extend(event)
            case RunResumed():
                self._go_back(event)
            case Notice():
                self.notices.append(event)
            case RunFinished():
                self.finished = event
                self.progress = None

    @property
    def best(self) -> EpochFinished | None:
        """The epoch whose weights are kept, over all stages: by the rule of its own stage it
        took the place of the one before it."""
        return self._best(self.epochs)

    def best_of(self, stage: int) -> EpochFinished | None:
        """The epoch of ``stage`` that is best by the stage's own rule."""
        return self._best(one for one in self.epochs if one.stage == stage)

    @property
    def chosen_by(self) -> str:
        """How ``best`` came to be it: for its validation "accuracy" or "loss"; as the "last"
        epoch, whatever its score; or "" where there was no other to choose from, or none yet."""
        if len(self.epochs) < 2 or (best := self.best) is None:
            return ""
        last, keeps = self.epochs[-1], self._keeps()
        rule = keeps.get(best.stage, _KEEP)
        if rule == "last" and best is not last:  # later ones failed by a rule of their own
            return keeps.get(last.stage, _KEEP)
        return rule

    @property
    def is_hopeless(self) -> bool:
        """Whether the last training ended so that going on would end the same way, bit for bit."""
        return self.finished is not None and self.finished.code == "not_finite"

    @property
    def planned(self) -> tuple[int, ...]:
        """Each stage's epochs as things stand: as planned, ended early, or extended."""
        return tuple(
            self.ended.get(stage, epochs) for stage, epochs in enumerate(self.totals, start=1)
        )

    def position(self, stage: int, epoch: int) -> int:
        """The count of epochs from the run's start, from 1, at ``epoch`` of ``stage``."""
        return sum(self.planned[: stage - 1]) + epoch

    def _best(self, epochs: Iterable[EpochFinished]) -> EpochFinished | None:
        best = None
        keeps = self._keeps()
        for epoch in epochs:
            if best is None or is_better(epoch, best, keeps.get(epoch.stage, _KEEP)):
                best = epoch
        return best

    def _keeps(self) -> dict[int, str]:
        """The rule of each stage that has begun."""
        return {one.stage: one.keep for one in self.stages}

    def _begin(self, event: RunStarted) -> None:
        """Forget what happened before: a run without a checkpoint to go on from starts over."""
        self.stages, self.epochs, self.batches, self.notices = [], [], [], []
        self.progress = self.finished = self.compared = None
        self.started, self.totals = event, list(event.epochs)
        ends = dict(enumerate(event.epochs, start=1))
        self.cycles = {
            stage: some for stage, some in self.cycles.items() if some[-1].stop == ends.get(stage)
        }

    def _extend(self, event: RunExtended) -> None:
        stage, known = event.stage, event.stage <= len(self.totals)
        if planned := event.planned or (self.totals[stage - 1] if known else 0):
            start = self.ended.get(stage, planned)
            before = self.cycles.get(stage, (range(planned),))
            self.cycles[stage] = (*before, range(start, start + event.epochs))
        if event.stage <= len(self.totals):
            self.totals[event.stage - 1] = self.planned[event.stage - 1] + event.epochs
        self.ended.pop(event.stage, None)
        self.finished = self.compared = None

    def _go_back(self, to: RunResumed) -> None:
        """Forget what happened after the place where the run goes on."""
        del self.epochs[to.epochs :]
        done = to.stage, to.epoch, to.batch
        self.batches = [one for one in self.batches if (one.stage, one.epoch, one.batch) <= done]
        begun = to.stage if (to.epoch, to.batch) != (1, 0) else to.stage - 1
        self.stages = [one for one in self.stages if one.stage <= begun]
        self.progress = self.finished = self.compared = None


def is_better(epoch: EpochFinished, than: EpochFinished, keep: str = "accuracy") -> bool:
    """Whether ``epoch``, the later one, takes the place of ``than`` as the best, by the rule
    ``keep`` of its stage: higher validation accuracy, then lower loss; lower loss; always."""
    mine, other = epoch.validation, than.validation
    match keep:
        case "last":
            return True
        case "loss":
            return mine.loss < other.loss
        case _:
            return (mine.accuracy, -mine.loss) > (other.accuracy, -other.loss)


def choice(chosen_by: str) -> str:
    """The code of the sentence for ``History.chosen_by``."""
    return f"kept_{chosen_by or 'only'}"


def fold(events: Iterable[Event]) -> History:
    """The history of ``events``."""
    history = History()
    for event in events:
        history.add(event)
    return history


def read(path: Path) -> History:
    """The history in a ``history.jsonl`` file; empty where there is none.

    An unfinished last line, which a crash leaves, is dropped. Raises ``OSError`` and, for a
    damaged line before the last, ``ValueError``.
    """
    try:
        return of_lines(whole_lines(path.read_bytes()))
    except FileNotFoundError:
        return History()


def of_lines(text: bytes) -> History:
    """The history in whole lines. Raises ``ValueError`` for a damaged one."""
    return fold(events_of(text))


def events_of(text: bytes) -> Iterator[Event]:
    """The events in whole lines. Raises ``ValueError`` for a damaged one."""
    for line in text.decode("utf-8").split("\n"):
        if line.strip() and (event := from_json(line)) is not None:
            yield event


def whole_lines(text: bytes) -> bytes:
    """``text`` without an unfinished last line, or the zeros that a power cut can leave."""
    end = text.find(b"\0")
    text = text if end < 0 else text[:end]
    return text[: text.rfind(b"\n") + 1]


EPOCHS_ABOVE = 3  # so many in a row make a rise of the validation loss more than chance


@dataclass(frozen=True)
class Overfitting:
    """A stage learned its training pictures by heart from some epoch on.

    All are epochs counted over the run, from 1. It is known at ``epoch``. ``best`` is the one
    whose weights the run keeps, by its own rule. ``lowest`` is the one of the stage's lowest
    validation loss, and every epoch from ``first`` to ``last``, those that follow it, has a
    higher one: the gap.
    """

    epoch: int
    best: int
    lowest: int
    first: int
    last: int


def overfitting(history: History) -> Overfitting | None:
    """Where the run overfits first, or None.

    The rule: validation loss has been above its lowest of the stage for three epochs in a row,
    and the training loss is lower after them than it was before them. What a later epoch of the
    run makes up for, by a validation loss that is as low again, is none.
    """
    best = history.best
    losses = [one.validation.loss for one in history.epochs]
    before = 0
    for _, stage in groupby(history.epochs, key=lambda one: one.stage):
        epochs = list(stage)
        gap, known = _gap(epochs)
        low = before + gap.start - 1
        before += len(epochs)
        if known is None or best is None or min(losses[low + 1 :]) <= losses[low]:
            continue
        places = [history.position(epochs[0].stage, epochs[one].epoch) for one in (known, *gap)]
        lowest = history.position(epochs[0].stage, epochs[gap.start - 1].epoch)
        kept = history.position(best.stage, best.epoch)
        return Overfitting(places[0], kept, lowest, places[1], places[-1])
    return None


def _gap(epochs: Sequence[EpochFinished]) -> tuple[range, int | None]:
    """The epochs of a stage after its (last) lowest validation loss, and where the rule is met."""
    low = min(range(len(epochs)), key=lambda one: (epochs[one].validation.loss, -one))
    gap = range(low + 1, len(epochs))
    for place in gap[EPOCHS_ABOVE - 1 :]:
        if epochs[place].train.loss < epochs[place - EPOCHS_ABOVE].train.loss:
            return gap, place
    return gap, None


class RunningMean:
    """The exponential mean of the values so far.

    Corrected for beginning at 0, as Adam's moments are (Kingma and Ba, arXiv:1412.6980, section
    3) and TensorBoard's curves.
    """

    def __init__(self) -> None:
        self._mean = 0.0
        self._share = 0.0  # how much of the mean is of values, and not of its beginning

    def add(self, value: float, keep: float) -> float:
        """The mean with ``value``; ``keep``, from 0 (the value itself) to below 1, is what it
        keeps of what was before. Infinite values and NaN stay as they are and count for nothing.
        """
        if not isfinite(value):
            return value
        self._mean = keep * self._mean + (1 - keep) * value
        self._share = keep * self._share + (1 - keep)
        return self._mean / self._share


def smoothed(values: Sequence[float], weight: float) -> list[float]:
    """The ``RunningMean`` at each of ``values``, one weight for all. Raises ``ValueError`` for a
    weight that is not from 0 to below 1."""
    if not 0 <= weight < 1:
        raise ValueError(f"a weight is from 0 to below 1, not {weight}")
    mean = RunningMean()
    return [mean.add(value, weight) for value in values]


def pictures_per_second(epoch: EpochFinished) -> float | None:
    """Pictures that were learned from or validated, by the seconds of both.

    Those whose features are kept count like any other, though they pass fewer blocks. None
    where the history tells no seconds.
    """
    pictures = epoch.train.images + epoch.validation.images
    return pictures / epoch.seconds if epoch.seconds > 0 else None


def elapsed(history: History) -> float:
    """The seconds that the run took, without pauses and sleeps: all of it where it has ended,
    at least its whole epochs."""
    ended = history.finished.seconds if history.finished is not None else 0.0
    return max(ended, sum(one.seconds for one in history.epochs))


Axis = Literal["epochs", "time", "pictures"]
Quantity = Literal["accuracy", "loss"]
AXES: tuple[Axis, ...] = ("epochs", "time", "pictures")
QUANTITIES: tuple[Quantity, ...] = ("accuracy", "loss")


@dataclass(frozen=True)
class Series:
    """A point for each epoch. ``x`` is where the epoch ended: its count from the run's start,
    seconds of training without pauses, or how many pictures had been learned from, repeats too.

    Accuracies are shares of 1; ``low`` and ``high`` are the validation accuracy's 95 % interval
    (Wilson), () of losses. ``train_images`` and ``validation_images`` are how many pictures each
    point is of. ``best`` is the place of the epoch whose weights are kept, if any,
    and ``chosen_by`` is ``History.chosen_by``.
    """

    x: tuple[float, ...] = ()
    train: tuple[float, ...] = ()
    validation: tuple[float, ...] = ()
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()
    best: int | None = None
    chosen_by: str = ""
    train_images: tuple[int, ...] = ()
    validation_images: tuple[int, ...] = ()


def series(history: History, axis: Axis, quantity: Quantity) -> Series:
    """The points of ``history``."""
    epochs, best = history.epochs, history.best
    bands = [wilson(one.validation.correct, one.validation.images) for one in epochs]
    is_accuracy = quantity == "accuracy"
    return Series(
        _places(history, axis),
        tuple(getattr(one.train, quantity) for one in epochs),
        tuple(getattr(one.validation, quantity) for one in epochs),
        tuple(low for low, _ in bands) if is_accuracy else (),
        tuple(high for _, high in bands) if is_accuracy else (),
        epochs.index(best) if best is not None else None,
        history.chosen_by,
        tuple(one.train.images for one in epochs),
        tuple(one.validation.images for one in epochs),
    )


def _places(history: History, axis: Axis) -> tuple[float, ...]:
    match axis:
        case "epochs":
            return tuple(float(history.position(one.stage, one.epoch)) for one in history.epochs)
        case "time":
            return tuple(accumulate(one.seconds for one in history.epochs))
        case "pictures":
            return tuple(accumulate(float(one.train.images) for one in history.epochs))
