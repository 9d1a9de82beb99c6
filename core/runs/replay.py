"""Recorded runs played again: when each event comes, and the history until then.

Recordings are the runs of the runs folder and those that come with Thaw. Only what counts is
played: what a resumed run did twice, or threw away when it started over, is left out, so that all
of it together gives the history that the run has.
"""

import json
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate, chain
from pathlib import Path
from statistics import median
from typing import Literal

from core.common.messages import InputError
from core.recipe import files as recipes
from core.recipe.config import RunConfig
from core.runs import history
from core.runs import list as run_list
from core.runs.events import (
    BatchFinished,
    CacheProgress,
    EpochFinished,
    Event,
    RunExtended,
    RunFinished,
    RunResumed,
    RunStarted,
    StageEnded,
    StageStarted,
)
from core.runs.history import History
from core.runs.places import CONFIG, ENVIRONMENT, HISTORY, readable
from resources import LESSONS

# ``seconds``: each epoch takes as long as it did. ``epochs``: all of them equally long, for
# where features are kept the first one takes longer than the twenty after it.
Pace = Literal["seconds", "epochs"]

_ASKED_FOR = (RunStarted, StageEnded, RunExtended)  # what a run that starts over still rests on


@dataclass(frozen=True)
class StageMark:
    """Where a ``stage`` begins: a position on a timeline."""

    stage: int
    position: float


@dataclass(frozen=True)
class Timeline:
    """The ``events`` of one run in order, and for each its position from the run's start:
    ``seconds`` as they passed, ``epochs`` in epochs. Both ascend."""

    events: tuple[Event, ...] = ()
    seconds: tuple[float, ...] = ()
    epochs: tuple[float, ...] = ()

    def positions(self, pace: Pace) -> tuple[float, ...]:
        """Each event's position by ``pace``."""
        return self.seconds if pace == "seconds" else self.epochs

    def end(self, pace: Pace) -> float:
        """The position of the last event."""
        positions = self.positions(pace)
        return positions[-1] if positions else 0.0

    def count(self, position: float, pace: Pace) -> int:
        """How many events have come until ``position``."""
        return bisect_right(self.positions(pace), position)

    def stages(self, pace: Pace) -> tuple[StageMark, ...]:
        """Where each stage that was begun begins."""
        placed = zip(self.events, self.positions(pace), strict=True)
        return tuple(StageMark(e.stage, at) for e, at in placed if isinstance(e, StageStarted))

    def moved(self, position: float, pace: Pace, to: Pace) -> float:
        """The place at ``position`` of one pace as a position of another."""
        if pace == to:
            return position
        count = self.count(position, pace)
        known, wanted = self.positions(pace), self.positions(to)
        if count == 0 or count == len(known):
            return wanted[count - 1] if count else 0.0
        begin, step = known[count - 1], known[count] - known[count - 1]
        share = (position - begin) / step  # the next event is still to come, so there is a step
        return wanted[count - 1] + share * (wanted[count] - wanted[count - 1])


@dataclass(frozen=True)
class Speed:
    """How fast a timeline plays: all of it in ``whole`` seconds, with epochs equally long; or,
    where that is 0, ``factor`` times as fast as it was."""

    whole: float = 0.0
    factor: float = 1.0

    @property
    def pace(self) -> Pace:
        """The positions that it goes by."""
        return "epochs" if self.whole else "seconds"

    def rate(self, end: float) -> float:
        """By how much the position grows in a second, on a timeline that ends at ``end``."""
        return end / self.whole if self.whole else self.factor


SPEEDS = (
    *(Speed(whole=seconds) for seconds in (15.0, 30.0, 60.0, 120.0)),
    *(Speed(factor=factor) for factor in (1.0, 10.0, 100.0, 1000.0)),
)
USUAL_SPEED = Speed(whole=30.0)


@dataclass(frozen=True)
class Race:
    """Runs that begin together, each with its own clock; it is over when the last one is."""

    lines: tuple[Timeline, ...]

    def end(self, pace: Pace) -> float:
        """The position of the last event of all."""
        return max((one.end(pace) for one in self.lines), default=0.0)

    def stages(self, pace: Pace) -> tuple[StageMark, ...]:
        """None: they begin at another place in each run."""
        return ()

    def moved(self, position: float, pace: Pace, to: Pace) -> float:
        """The place as the run has it that took longest."""
        if not self.lines:
            return 0.0
        return max(self.lines, key=lambda one: one.end("seconds")).moved(position, pace, to)


Line = Timeline | Race  # what a clock runs along


class Playback:
    """The history of a timeline's run at one moment. ``history`` is a new object where the
    moment moved back, and grows where it moved on."""

    def __init__(self, timeline: Timeline) -> None:
        self.timeline = timeline
        self.history = History()
        self.count = 0

    def go_to(self, position: float, pace: Pace) -> History:
        """Be at ``position``."""
        count = self.timeline.count(position, pace)
        if count < self.count:
            self.history, self.count = History(), 0
        for event in self.timeline.events[self.count : count]:
            self.history.add(event)
        self.count = count
        return self.history


def read(path: Path) -> Timeline:
    """The timeline of a ``history.jsonl``. Raises ``OSError`` and, for a damaged line before the
    last, ``ValueError``; an unfinished last line is dropped."""
    return timeline(history.events_of(history.whole_lines(path.read_bytes())))


def timeline(events: Iterable[Event]) -> Timeline:
    """When each event that counts came."""
    pieces = list(_epochs(counting(events)))
    lengths = _lengths(pieces)
    together: list[Event] = []
    seconds: list[float] = []
    epochs: list[float] = []
    began = 0.0
    for number, (piece, length) in enumerate(zip(pieces, lengths, strict=True)):
        shares = _shares(piece)
        together += piece
        seconds += [began + length * share for share in shares]
        epochs += [number + share for share in shares]
        began += length
    return Timeline(tuple(together), tuple(seconds), tuple(epochs))


# -- what counts --------------------------------------------------------------------------------


def counting(events: Iterable[Event]) -> list[Event]:
    """The events, each an object of its own, that a run's history rests on: folded, they give the
    same history, which only grows on the way."""
    told = list(events)
    whole = history.fold(told)
    lists = whole.stages, whole.epochs, whole.batches, whole.notices
    stays = {id(one) for one in (*chain(*lists), whole.compared, whole.finished)}
    kept: list[Event] = []
    is_told_anew = False  # what is told while features are computed
    for event in reversed(told):
        if isinstance(event, RunStarted | RunResumed | EpochFinished | RunFinished):
            is_told_anew = id(event) not in stays
        is_progress = isinstance(event, CacheProgress) and not is_told_anew
        if is_progress or id(event) in stays or isinstance(event, _ASKED_FOR):
            kept.append(event)
    return kept[::-1]


# -- when it came -------------------------------------------------------------------------------


def _epochs(events: Sequence[Event]) -> Iterable[list[Event]]:
    """``events`` in pieces that each end with an epoch's end; the last one may not."""
    piece: list[Event] = []
    for event in events:
        piece.append(event)
        if isinstance(event, EpochFinished):
            yield piece
            piece = []
    if piece:
        yield piece


def _lengths(pieces: Sequence[Sequence[Event]]) -> list[float]:
    """The seconds of each epoch. One that was broken off has none: it is given those that epochs
    of its stage usually took, else what the run's end tells."""
    ends = [one for piece in pieces for one in piece[-1:] if isinstance(one, EpochFinished)]
    lengths = [max(one.seconds, 0.0) for one in ends]
    if len(ends) < len(pieces):
        lengths.append(_broken_off(pieces[-1], ends, sum(lengths)))
    return lengths


def _broken_off(piece: Sequence[Event], ends: Sequence[EpochFinished], before: float) -> float:
    batches = [one for one in piece if isinstance(one, BatchFinished)]
    if not batches and not any(isinstance(one, CacheProgress) for one in piece):
        return 0.0
    stage = batches[-1].stage if batches else 0
    usual = [one.seconds for one in ends if one.stage == stage]
    told = [one.seconds for one in piece if isinstance(one, RunFinished)]
    if usual:
        return max(median(usual), 0.0)
    return max(told[-1] - before, 0.0) if told else 1.0


def _shares(piece: Sequence[Event]) -> list[float]:
    """Where in its epoch each event is: what takes time comes evenly, all else with it."""
    lasting = (CacheProgress, BatchFinished, EpochFinished)
    counts = list(accumulate(isinstance(event, lasting) for event in piece))
    end = _end(piece)
    return [end * count / max(counts[-1], 1) for count in counts]


def _end(piece: Sequence[Event]) -> float:
    """How much of its epoch there is: of one that was broken off, the batches that it had."""
    for event in reversed(piece):
        match event:
            case EpochFinished():
                return 1.0
            case BatchFinished():
                return event.batch / (max(event.batches, event.batch) + 1)
            case CacheProgress():
                return min(event.done / max(event.total, 1), 1.0) / 2
            case _:
                pass
    return 0.0


TWO_STAGES = LESSONS / "two-stages"  # a run: the head, then block 5 with it
TRANSFER = LESSONS / "transfer"  # an experiment: transfer against scratch


@dataclass(frozen=True)
class Recording:
    """What a run in ``directory`` has told, and when. ``name`` is what a person calls it,
    ``created`` ISO 8601, ``folder`` where its pictures were."""

    directory: Path
    name: str
    created: str
    folder: Path
    recipe: RunConfig
    timeline: Timeline

    @property
    def is_lesson(self) -> bool:
        """Whether it comes with Thaw."""
        return self.directory == TWO_STAGES


def read_recording(directory: Path) -> Recording:
    """The run in ``directory``, which needs no more than recipe, environment and history.

    Raises ``InputError`` where there is none, it is damaged, or has told nothing yet.
    """
    if not (directory / CONFIG).is_file():
        raise InputError("run_missing", path=directory)
    with readable(directory):
        recipe = recipes.make(recipes.read_file(directory / CONFIG))
        environment = json.loads((directory / ENVIRONMENT).read_bytes())
        line = read(directory / HISTORY)
        if not line.events:
            raise ValueError(f"{HISTORY} is empty")
        created, folder = str(environment["created"]), Path(environment["folder"])
    name = run_list.read_label(directory).name or directory.name
    return Recording(directory, name, created, folder, recipe, line)
