"""A run that reports what a test lets it, one event after the other."""

import queue
import sys
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from core.recipe.config import RunConfig
from core.runs.evaluation import Prediction, Result, write_predictions
from core.runs.events import BatchFinished, EpochFinished, Event, Preparing, RunFinished, Score
from core.runs.run import Run
from core.training.control import Control
from tests.support.histories import events

VALIDATION = 180


def two_stages() -> list[Event]:
    """A run of two and three epochs up to the first epoch of stage 2; its second is best."""
    return events(
        (90 / VALIDATION, 164 / VALIDATION),
        (150 / VALIDATION,),
        classes=("blue", "green"),
        validation=VALIDATION,
        planned=(2, 3),
        losses=(1.5, 0.5, 0.5),
        seconds=0.4,
        batches=2,
        outcome=None,
    )


STARTED = two_stages()[0]


def epoch(stage: int, number: int, right: int, loss: float = 0.5) -> EpochFinished:
    """An epoch of such a run that gets ``right`` of its validation images right."""
    train, validation = Score(0.5, 0.5, 8), Score(loss, right / VALIDATION, VALIDATION)
    return EpochFinished(stage, number, train, validation, seconds=0.4)


def batches(stage: int, number: int, count: int) -> list[Event]:
    """All batches of an epoch."""
    return [BatchFinished(stage, number, batch, count) for batch in range(1, count + 1)]


class ScriptedTraining:
    """Stands for ``core.training.train``; ``say`` makes it yield. ``control`` is the
    running run's own."""

    def __init__(self) -> None:
        self.control: Control | None = None
        self._events: queue.SimpleQueue[Event] = queue.SimpleQueue()

    def __call__(self, config: RunConfig, run: Run, control: Control) -> Iterator[Event]:
        self.control = control
        while True:
            event = self._events.get()
            if isinstance(event, RunFinished) and run.history.best is not None:
                run.write_best(b"weights", _predictions(run))
            if not isinstance(event, Preparing):
                run.append(event)
            yield event
            if isinstance(event, RunFinished):
                return

    def say(self, *events: Event) -> None:
        """Let the run yield these."""
        for event in events:
            self._events.put(event)


def replace_training(monkeypatch: pytest.MonkeyPatch) -> ScriptedTraining:
    """Let a ``ScriptedTraining`` take the place of ``core.training``, and of torch with it."""
    scripted = ScriptedTraining()
    monkeypatch.setitem(sys.modules, "core.training.train", SimpleNamespace(train=scripted))
    return scripted


def _predictions(run: Run) -> bytes:
    rows = [Prediction(one.path, one.label, 0, (0.75, 0.25)) for one in run.used("validation")]
    return write_predictions(Result(run.classes, tuple(rows)))
