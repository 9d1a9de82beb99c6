"""What happened in a run, folded from its events: live, reloaded and replayed alike."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

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
    StageEnded,
    StageStarted,
    from_json,
)

_HOPELESS = ("not_finite",)
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
        best = None
        keeps = self._keeps()
        for epoch in self.epochs:
            if best is None or is_better(epoch, best, keeps.get(epoch.stage, _KEEP)):
                best = epoch
        return best

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
        return self.finished is not None and self.finished.code in _HOPELESS

    @property
    def planned(self) -> tuple[int, ...]:
        """Each stage's epochs as things stand: as planned, ended early, or extended."""
        return tuple(
            self.ended.get(stage, epochs) for stage, epochs in enumerate(self.totals, start=1)
        )

    def position(self, stage: int, epoch: int) -> int:
        """The count of epochs from the run's start, from 1, at ``epoch`` of ``stage``."""
        return sum(self.planned[: stage - 1]) + epoch

    def _keeps(self) -> dict[int, str]:
        """The rule of each stage that has begun."""
        return {one.stage: one.keep for one in self.stages}

    def _begin(self, event: RunStarted) -> None:
        """Forget what happened before: a run without a checkpoint to go on from starts over."""
        self.stages, self.epochs, self.batches, self.notices = [], [], [], []
        self.progress = self.finished = None
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
        self.finished = None

    def _go_back(self, to: RunResumed) -> None:
        """Forget what happened after the place where the run goes on."""
        del self.epochs[to.epochs :]
        done = to.stage, to.epoch, to.batch
        self.batches = [one for one in self.batches if (one.stage, one.epoch, one.batch) <= done]
        begun = to.stage if (to.epoch, to.batch) != (1, 0) else to.stage - 1
        self.stages = [one for one in self.stages if one.stage <= begun]
        self.progress = self.finished = None


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
    events = (from_json(line) for line in text.decode("utf-8").split("\n") if line.strip())
    return fold(event for event in events if event is not None)


def whole_lines(text: bytes) -> bytes:
    """``text`` without an unfinished last line, or the zeros that a power cut can leave."""
    end = text.find(b"\0")
    text = text if end < 0 else text[:end]
    return text[: text.rfind(b"\n") + 1]
