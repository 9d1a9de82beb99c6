"""Stand-ins for what is slow or belongs to others: the training loop, the pages, the machine."""

import contextlib
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QLineEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from core.compute.estimate import Speed
from core.recipe.config import RunConfig
from core.runs.evaluation import Prediction, Result, write_predictions
from core.runs.events import Event, RunFinished, RunResumed
from core.runs.run import Run
from core.training.control import Control
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
