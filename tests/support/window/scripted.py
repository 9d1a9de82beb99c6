"""A run that says what a test lets it say, one event after the other."""

import queue
import sys
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from core.recipe.config import RunConfig
from core.runs.evaluation import Prediction, Result, write_predictions
from core.runs.events import (
    BatchFinished,
    EpochFinished,
    Event,
    Preparing,
    RunFinished,
    RunStarted,
    Score,
    StageStarted,
)
from core.runs.run import Run
from core.training.control import Control

STARTED = RunStarted(
    classes=("blue", "green"),
    train_images=8,
    validation_images=180,
    majority=0.25,
    epochs=(2, 3),
    thawed=((), (5,)),
)


def epoch(stage: int, number: int, right: int, loss: float = 0.5) -> EpochFinished:
    """An epoch that gets ``right`` of 180 validation pictures right."""
    train, validation = Score(loss / 2, 0.75, 8), Score(loss, right / 180, 180)
    return EpochFinished(stage, number, train, validation, seconds=0.4)


def batches(stage: int, number: int, count: int) -> list[Event]:
    """The batches of an epoch, each with a loss of 1 and half of the pictures right."""
    return [
        BatchFinished(stage, number, batch, count, 4, 1.0, 0.5) for batch in range(1, count + 1)
    ]


def two_stages() -> list[Event]:
    """A run of two and three epochs up to the first epoch of stage 2; its second is best."""
    return [
        STARTED,
        StageStarted(1, 2),
        *batches(1, 1, 2),
        epoch(1, 1, 90, loss=1.5),
        *batches(1, 2, 2),
        epoch(1, 2, 164),
        StageStarted(2, 3, (5,)),
        *batches(2, 1, 2),
        epoch(2, 1, 150),
    ]


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
