"""Stand-ins for what is slow or belongs to others: training, rate finder, pages, the machine."""

import contextlib
import queue
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QLineEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from core.common.messages import ThawError
from core.compute.estimate import Speed
from core.recipe.config import RunConfig
from core.runs.evaluation import Prediction, Result, write_predictions
from core.runs.events import (
    BatchFinished,
    CacheProgress,
    EpochFinished,
    Event,
    Preparing,
    RunFinished,
    RunResumed,
    Score,
)
from core.runs.run import Run
from core.training.control import Control
from core.training.rate_curve import RateFound, RateTried, rates
from gui.session.session import Session
from tests.support.histories import events

SPEED = Speed(
    forward=(0.004, 0.004, 0.006, 0.006, 0.002),
    training=3.0,
    decode=0.003,
    threads=2,
    micro_batch=2,
    precision="float32",
)


class FakeTraining:
    """Stands for ``core.training.train``: one epoch, then trains until it may finish.

    ``outcome`` and ``code`` are those of the last event. Of the asks for an epoch's end it
    hears "stop" at once, as if that were the end.
    """

    def __init__(self) -> None:
        self.may_finish = threading.Event()
        self.outcome, self.code = "finished", ""

    def __call__(self, config: RunConfig, run: Run, control: Control) -> Iterator[Event]:
        for event in self.first_events(config, run):
            run.append(event)
            yield event
        while not (_is_stopped(control) or self.may_finish.is_set()):
            self.may_finish.wait(0.005)
        outcome = "stopped" if _is_stopped(control) else self.outcome
        last = RunFinished(outcome, 1, 1, 2.0, self.code)  # type: ignore[arg-type]
        run.append(last)
        yield last

    def first_events(self, config: RunConfig, run: Run) -> Iterator[Event]:
        """What a run says until its first epoch has ended; one image of two is right."""
        train, validation = run.used("train"), run.used("validation")
        if run.history.epochs:
            last = run.history.epochs[-1]
            yield RunResumed(last.stage, last.epoch + 1, epochs=len(run.history.epochs))
            return
        predictions = [
            Prediction(one.path, one.label, 0, (0.75, *[0.25] * (len(run.classes) - 1)))
            for one in validation
        ]
        result = Result(run.classes, tuple(predictions))
        run.write_best(b"weights", write_predictions(result))
        yield from events(
            [result.accuracy],
            classes=run.classes,
            train=len(train),
            validation=result.total,
            planned=[stage.epochs for stage in config.stages],
            thawed=[stage.thawed for stage in config.stages],
            losses=[0.5],
            seconds=2.0,
            outcome=None,
        )


def _is_stopped(control: Control) -> bool:
    return control.stop.is_set() or control.finishes_epoch


class FakeWakepy:
    """Stands for the library that keeps the machine awake: whether it is kept so now, and how
    often it was."""

    def __init__(self) -> None:
        self.is_awake, self.times = False, 0
        self.keep = SimpleNamespace(running=self._running)

    @contextlib.contextmanager
    def _running(self, on_fail: str) -> Iterator[SimpleNamespace]:
        self.is_awake, self.times = True, self.times + 1
        yield SimpleNamespace(active=True)
        self.is_awake = False


def replace_training(monkeypatch: pytest.MonkeyPatch) -> FakeTraining:
    """Let a ``FakeTraining`` take the place of ``core.training``, and of torch with it."""
    fake = FakeTraining()
    monkeypatch.setitem(sys.modules, "core.training.train", SimpleNamespace(train=fake))
    return fake


class FakePage(QWidget):
    """A page with a text field, and a wish to go elsewhere."""

    navigate = Signal(str)

    def __init__(self, step: str, session: Session) -> None:
        super().__init__()
        self.field = QLineEdit(self)
        layout = QVBoxLayout(self)
        layout.addWidget(QLabel(step, alignment=Qt.AlignmentFlag.AlignCenter))
        layout.addWidget(self.field)


def open_folder(qtbot: QtBot, session: Session, folder: Path) -> None:
    """Open ``folder`` in ``session`` and wait until its pictures are there."""
    with qtbot.waitSignal(session.dataset_changed):
        session.open_folder(folder)


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


def script_training(monkeypatch: pytest.MonkeyPatch) -> ScriptedTraining:
    """Let a ``ScriptedTraining`` take the place of ``core.training``, and of torch with it."""
    scripted = ScriptedTraining()
    monkeypatch.setitem(sys.modules, "core.training.train", SimpleNamespace(train=scripted))
    return scripted


def _predictions(run: Run) -> bytes:
    rows = [Prediction(one.path, one.label, 0, (0.75, 0.25)) for one in run.used("validation")]
    return write_predictions(Result(run.classes, tuple(rows)))


Told = RateTried | RateFound | CacheProgress | ThawError


class FakeFinder:
    """Stands for ``core.training.rate_finder.find``: says what it is told to, until ``RateFound``,
    an error, or a stop. ``asked`` are the recipe and the stage of each call."""

    def __init__(self) -> None:
        self.asked: list[tuple[RunConfig, int]] = []
        self.stopped = threading.Event()
        self._told: queue.Queue[Told] = queue.Queue()

    def say(self, *told: Told) -> None:
        for one in told:
            self._told.put(one)

    def __call__(
        self, config: RunConfig, dataset: object, stage: int, stop: threading.Event
    ) -> Iterator[Told]:
        self.asked.append((config, stage))
        while True:
            try:
                told = self._told.get(timeout=0.005)
            except queue.Empty:
                if stop.is_set():
                    self.stopped.set()
                    raise ThawError("stopped") from None
                continue
            if isinstance(told, ThawError):
                raise told
            yield told
            if isinstance(told, RateFound):
                return


def replace_finder(monkeypatch: pytest.MonkeyPatch) -> FakeFinder:
    """Let a ``FakeFinder`` take the place of ``core.training.rate_finder``, and of torch with
    it."""
    fake = FakeFinder()
    finder = SimpleNamespace(find=fake, dataset_of=lambda recipe, summary: summary)
    monkeypatch.setitem(sys.modules, "core.training.rate_finder", finder)
    return fake


def steps(count: int = 80) -> list[RateTried]:
    """The first steps of a curve that falls in the middle and rises at the end."""
    tried = []
    for number, rate in enumerate(rates()[:count]):
        loss = 2.0 - 1.5 * min(max((number - 40) / 20, 0), 1) + max(number - 70, 0) / 5
        tried.append(RateTried(number + 1, 80, rate, loss + 0.1, loss))
    return tried
