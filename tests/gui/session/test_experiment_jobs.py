"""The window's one experiment: never beside a training, stopped, gone on with; and the queue."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from core.common.messages import ThawError
from core.experiments import run as experiment_run
from core.experiments.budget import Fit
from core.experiments.experiment import CUSTOM, Experiment
from core.experiments.run import (
    ArmBegun,
    ArmEnded,
    ExperimentEvent,
    ExperimentFinished,
    ExperimentProgress,
    ExperimentStarted,
    Told,
)
from core.runs.events import EpochFinished, RunResumed, Score
from core.training.control import Control
from gui.runs import experiments as experiment_words
from gui.session.engine import EngineState
from gui.session.session import Session
from gui.session.settings import Settings
from gui.shell.window import ClosingQuestion, MainWindow
from gui.train.actions import RunActions
from tests.support.pictures import PictureFolder
from tests.support.window.fakes import SPEED

FIT = Fit(32, 2, 4, 60.0)


class FakeRun:
    """Stands in for ``experiment_run``: says that a run trains, and waits for a stop."""

    def __init__(self) -> None:
        self.begun: list[Experiment] = []
        self.may_end = threading.Event()
        self.error: ThawError | None = None
        self.had: tuple[float, ...] = ()

    def begin(self, _directory: Path, experiment: Experiment, *_more: object) -> None:
        if self.error is not None:
            raise self.error
        self.begun.append(experiment)

    def run(self, directory: Path, control: Control, _speed: object) -> Iterator[ExperimentEvent]:
        score = Score(1.0, 0.5, 10)
        yield ExperimentStarted(directory, 6, 0, 60.0)
        yield ArmBegun("fine-tuned", 1, directory / "run", 4, self.had)
        if self.had:
            yield Told("fine-tuned", 1, RunResumed(epochs=1))
        yield Told("fine-tuned", 1, EpochFinished(1, 1, score, score))
        yield ExperimentProgress(0.25, 45.0)
        while not control.stop.wait(0.01) and not self.may_end.is_set():
            pass
        if control.stop.is_set():
            yield ExperimentFinished("stopped")
            return
        yield ArmEnded("fine-tuned", 1, "finished")
        yield ExperimentFinished("finished")


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> FakeRun:
    made = FakeRun()
    monkeypatch.setattr(experiment_run, "begin", made.begin)
    monkeypatch.setattr(experiment_run, "run", made.run)
    return made


@pytest.fixture
def opened(qtbot: QtBot, session: Session, picture_folder: PictureFolder) -> Session:
    """A session with pictures and a machine that was measured."""
    with qtbot.waitSignal(session.dataset_changed):
        session.open_folder(picture_folder(classes=2, per_class=10))
    session.engine.speed = SPEED
    session.engine.state = EngineState.READY
    return session


def started(qtbot: QtBot, session: Session, kind: str = "transfer") -> None:
    jobs = session.experiments
    with qtbot.waitSignal(jobs.changed, check_params_cb=None, timeout=20_000):
        jobs.start(kind, FIT)
    qtbot.waitUntil(lambda: jobs.share > 0, timeout=60_000)


def test_while_it_runs_nothing_else_trains(qtbot: QtBot, opened: Session, fake: FakeRun) -> None:
    jobs = opened.experiments
    started(qtbot, opened)
    why = opened.why_not_trainable()
    assert why is not None
    assert why.code == "experiment_runs"
    opened.start_training()
    assert not opened.is_training
    assert opened.is_busy_training
    named = {"fine-tuned": "fine-tuned"}
    told = experiment_words.progress(jobs, named)
    assert told.startswith("fine-tuned, seed 1: epoch 2 of 4 · 0 of 6 runs done")
    with qtbot.waitSignal(jobs.running_changed):
        jobs.stop()
    assert jobs.finished == ExperimentFinished("stopped")
    assert opened.why_not_trainable() is None


def test_a_run_that_goes_on_keeps_its_earlier_epochs(
    qtbot: QtBot, opened: Session, fake: FakeRun
) -> None:
    fake.had = (0.2, 0.3)
    started(qtbot, opened)
    doing = opened.experiments.doing
    assert doing.accuracies == [0.2, 0.5], "the second, kept by no checkpoint, has come again"
    assert "epoch 3 of 4" in experiment_words.progress(opened.experiments, {})
    with qtbot.waitSignal(opened.experiments.running_changed):
        opened.experiments.stop()


def test_it_trains_what_was_planned(qtbot: QtBot, opened: Session, fake: FakeRun) -> None:
    started(qtbot, opened)
    with qtbot.waitSignal(opened.experiments.running_changed):
        fake.may_end.set()
    experiment = fake.begun[0]
    assert experiment.seeds == (0, 1)
    assert {one.recipe.dataset.image_size for one in experiment.arms} == {32}
    assert [sum(stage.epochs for stage in one.recipe.stages) for one in experiment.arms] == [4] * 3
    assert opened.experiments.runs_done == 1
    assert opened.experiments.directory is not None


def test_what_keeps_it_from_beginning_is_said(qtbot: QtBot, opened: Session, fake: FakeRun) -> None:
    fake.error = ThawError("experiment_unwritable", path="x", reason="full")
    jobs = opened.experiments
    with qtbot.waitSignals([jobs.running_changed, jobs.running_changed], timeout=60_000):
        jobs.start("transfer", FIT)
    assert jobs.error is fake.error
    assert opened.why_not_trainable() is None  # nobody has the machine any more


def test_without_pictures_there_is_nothing_to_run(session: Session, fake: FakeRun) -> None:
    session.experiments.start("transfer", FIT)
    assert not session.experiments.is_running
    assert session.experiments.fit("transfer", 10, None, None, None) is None


def test_the_queue_takes_the_present_recipe_from_any_page(
    qtbot: QtBot, opened: Session, fake: FakeRun
) -> None:
    jobs = opened.experiments
    window = QWidget()
    qtbot.addWidget(window)
    actions = RunActions(opened, window)
    actions.queue.trigger()
    opened.change("dataset.image_size", 64)
    actions.queue.trigger()
    assert [title.split(",")[1] for title, _ in jobs.queue] == [" 224 px", " 64 px"]
    assert "(2 there)" in actions.queue.text()
    fit = jobs.fit(CUSTOM, 10, None, 2, None)
    assert fit is not None
    assert fit.seeds == 2
    assert fit.seconds > 0
    with qtbot.waitSignal(jobs.changed):
        jobs.start(CUSTOM, fit)
    qtbot.waitUntil(lambda: jobs.share > 0, timeout=60_000)
    experiment = fake.begun[0]
    assert experiment.finder_steps == 0, "recipes of a queue have rates of their own"
    assert [one.recipe.dataset.image_size for one in experiment.arms] == [224, 64]
    jobs.remove(0)
    assert len(jobs.queue) == 1


def test_the_queue_is_there_at_the_next_start(qtbot: QtBot, opened: Session) -> None:
    jobs = opened.experiments
    jobs.add("first", opened.recipe)
    opened.change("dataset.image_size", 64)
    jobs.add("second", opened.recipe)
    jobs.remove(0)
    again = Session(Settings(opened.settings.folder))
    assert again.experiments.queue == [("second", opened.recipe)]
    again.close()


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("{", 0),
        ("[]", 0),
        ('{"queue": 3}', 0),
        ('{"queue": [3, {"title": "a", "recipe": {}}, {"title": "b", "recipe": {"seed": -1}}]}', 1),
    ],
)
def test_a_damaged_queue_stops_no_start(qtbot: QtBot, tmp_path: Path, text: str, left: int) -> None:
    (tmp_path / "queue.json").write_text(text)
    session = Session(Settings(tmp_path))
    assert len(session.experiments.queue) == left
    session.close()


def test_closing_the_window_asks_stops_the_experiment_and_closes(
    qtbot: QtBot, opened: Session, fake: FakeRun
) -> None:
    window = MainWindow(opened, lambda _step, _session: QWidget())
    qtbot.addWidget(window)
    window.show()
    started(qtbot, opened)
    window.close()
    assert window.isVisible()
    box = window.findChild(ClosingQuestion)
    assert box is not None
    assert box.text() == "Stop the experiment and close?"
    with qtbot.waitSignal(opened.experiments.running_changed):
        next(one for one in box.buttons() if one.text() == "Stop and close").click()
    qtbot.waitUntil(lambda: not window.isVisible())
    assert opened.experiments.finished == ExperimentFinished("stopped")
