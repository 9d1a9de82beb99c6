"""What the window offers or refuses: unfinished runs, weights, a message at the end of a run."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtWidgets import QApplication, QMainWindow, QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from core.common.messages import ThawError
from core.experiments.run import ExperimentFinished
from core.model.weights import download as weight_download
from core.recipe.config import RunConfig, StageConfig
from core.runs import list as run_list
from core.runs import places
from core.runs.events import RunFinished
from core.runs.run import Run
from gui.compare.run_actions import RunsActions
from gui.results import score
from gui.results.page import ResultsPage
from gui.session.session import Session
from gui.shell import end_notice, rail
from gui.shell.end_notice import EndNotice
from gui.shell.offers import WeightsOffer
from gui.shell.window import MainWindow
from gui.train.actions import RunActions
from tests.support.download_server import Server, publishing
from tests.support.pictures import PictureFolder
from tests.support.runs import recorded_run
from tests.support.weights import save, shapes_of, state
from tests.support.window.acting import click
from tests.support.window.fakes import FakePage, FakeTraining

# -- unfinished runs ------------------------------------------------------------------------

CutOff = Callable[..., Path]
RECIPE = RunConfig(stages=(StageConfig(epochs=20), StageConfig(epochs=3, thawed=(5,))))


@pytest.fixture
def cut_off(session: Session, picture_folder: PictureFolder, tmp_path: Path) -> CutOff:
    """Leaves a run as one that was killed does, after six epochs of its first stage."""
    folder = picture_folder(per_class=5)
    session.settings.runs_folder = tmp_path / "runs"

    def make(name: str, created: str = "2026-01-01T10:00:00+00:00") -> Path:
        directory = tmp_path / "runs" / name
        options = {"recipe": RECIPE, "created": created, "outcome": None}
        return recorded_run(folder, directory, (0.5,) * 6, **options).directory

    return make


@pytest.fixture
def window(qtbot: QtBot, session: Session) -> MainWindow:
    made = MainWindow(session, FakePage)
    qtbot.addWidget(made)
    with qtbot.waitExposed(made):
        made.show()
    return made


def _offered(qtbot: QtBot, window: MainWindow) -> str:
    """What is offered after a look for unfinished runs."""
    with qtbot.waitSignal(window.unfinished.looked):
        window.unfinished.look()
    assert window.offer.isVisible() == bool(window.offer.text)
    return window.offer.text


def test_a_run_is_offered_until_dismissed(
    qtbot: QtBot, window: MainWindow, cut_off: CutOff
) -> None:
    assert _offered(qtbot, window) == ""
    older = cut_off("older", created="2025-01-01T10:00:00+00:00")
    text = _offered(qtbot, window)
    assert "older" in text
    assert "epoch 7 of 20" in text
    cut_off("newer", created="2026-01-01T10:00:00+00:00")
    text = _offered(qtbot, window)
    assert "newer" in text
    assert text.endswith("(1 more)")
    click(window.unfinished.dismiss_button)
    assert "older" in window.offer.text
    click(window.unfinished.dismiss_button)
    assert window.offer.text == ""
    assert _offered(qtbot, window) == ""
    assert older.is_dir()


@pytest.mark.parametrize("history", [b"", b"no JSON\n{}\n"], ids=["no epoch", "unreadable"])
def test_a_run_without_an_epoch_is_offered_and_an_unreadable_one_is_not(
    qtbot: QtBot, window: MainWindow, cut_off: CutOff, history: bytes
) -> None:
    (cut_off("cats") / "history.jsonl").write_bytes(history)
    text = _offered(qtbot, window)
    assert ("cats" in text) == (history == b"")
    assert "20" not in text


def test_resume_goes_on_with_it(
    qtbot: QtBot, window: MainWindow, session: Session, cut_off: CutOff, training: FakeTraining
) -> None:
    directory = cut_off("cats")
    _offered(qtbot, window)
    with qtbot.waitSignal(session.run_created):
        click(window.unfinished.resume_button)
    assert session.run.directory == directory
    assert len(session.history.epochs) == 6
    assert window.step == "train"
    assert not window.offer.isVisible()
    with qtbot.waitSignal(session.training_finished):
        training.may_finish.set()


def test_without_torch_it_can_be_shown_but_not_resumed(
    qtbot: QtBot, window: MainWindow, session: Session, cut_off: CutOff
) -> None:
    directory = cut_off("cats")
    session.engine.error = ThawError("torch_missing", reason="no file")
    _offered(qtbot, window)
    assert not window.unfinished.resume_button.isEnabled()
    with qtbot.waitSignal(session.run_shown):
        click(window.unfinished.show_button)
    assert session.run.directory == directory
    assert not session.is_training
    assert session.can_resume
    assert window.step == "train"
    assert window.offer.text == ""
    assert "6 of 23" in score.headline(session)


def test_a_run_of_another_process_is_not_offered(
    qtbot: QtBot, window: MainWindow, session: Session, cut_off: CutOff, training: FakeTraining
) -> None:
    directory = cut_off("cats")
    with places.held(directory):
        assert _offered(qtbot, window) == ""
    assert "cats" in _offered(qtbot, window)
    with places.held(directory), qtbot.waitSignal(session.training_failed) as failed:
        click(window.unfinished.resume_button)  # which took it meanwhile
    assert str(os.getpid()) in str(failed.args[0])
    assert window.step == "train"
    assert window.messages.text == ""  # the Train page says it
    assert session.run is None


def test_a_run_that_closing_the_window_stopped_is_offered_the_next_time(
    qtbot: QtBot, window: MainWindow, opened: Session, training: FakeTraining
) -> None:
    with qtbot.waitSignal(opened.event_received):
        opened.start_training()
    with qtbot.waitSignal(opened.training_finished):
        window.close_after_run()  # as an interrupt does
    assert window.findChild(QMessageBox) is None
    assert not window.isVisible()
    again = MainWindow(opened, FakePage)
    qtbot.addWidget(again)
    again.show()
    text = _offered(qtbot, again)
    assert opened.run.name in text
    assert "epoch 2 of 20" in text


@pytest.mark.parametrize("ends", ["resumed", "finished", "dismissed", "forgotten", "shown"])
def test_a_stopped_run_is_offered_as_long_as_only_closing_stopped_it(
    qtbot: QtBot,
    window: MainWindow,
    session: Session,
    cut_off: CutOff,
    training: FakeTraining,
    ends: str,
) -> None:
    left = cut_off("cats")
    Run.open(left).append(RunFinished("stopped", 1, 6))
    session.settings.leave_run(left)
    assert "epoch 7 of 20" in _offered(qtbot, window)
    match ends:
        case "resumed":
            with qtbot.waitSignal(session.run_created):
                click(window.unfinished.resume_button)
            with qtbot.waitSignal(session.training_finished):
                session.stop_training()  # by a person
        case "finished":
            Run.open(left).append(RunFinished("finished", 1, 6))
        case "dismissed":
            click(window.unfinished.dismiss_button)
        case "forgotten":
            session.settings.forget_left_run(left)
        case _:
            with qtbot.waitSignal(session.run_shown):
                click(window.unfinished.show_button)
    assert ("cats" in _offered(qtbot, window)) == (ends == "shown")


# -- weights --------------------------------------------------------------------------------

NAME = "torchvision-features"


@pytest.fixture
def ready(opened: Session, training: FakeTraining) -> Session:
    """A session whose runs end at once."""
    training.may_finish.set()
    return opened


@pytest.fixture
def offer(qtbot: QtBot, ready: Session) -> WeightsOffer:
    """What opens where weights are missing."""
    window = QWidget()
    qtbot.addWidget(window)
    window.show()
    ready.change("model.weights", NAME)
    return WeightsOffer(ready, window)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    with publishing(monkeypatch, NAME, b"weights" * 1000) as one:
        yield one


def test_training_waits_for_the_download_of_missing_or_damaged_weights(
    qtbot: QtBot, ready: Session, offer: WeightsOffer, server: Server
) -> None:
    with qtbot.assertNotEmitted(ready.training_started):
        ready.start_training()
        ready.start_training()
        missing = offer.dialog.why.text()
        offer.dialog.reject()
    assert offer.dialog is None
    ready.start_training()
    with qtbot.waitSignal(ready.training_finished):
        click(offer.dialog.built_in_button)
    assert ready.run.config.model.weights == "imagenet"
    assert server.asked == []
    ready.change("model.weights", NAME)
    damaged = weight_download.place(NAME)
    damaged.parent.mkdir(parents=True, exist_ok=True)
    damaged.write_bytes(b"cut sho")
    with qtbot.waitSignal(ready.training_finished):
        ready.start_training()
    assert offer.dialog.why.text() != missing
    with qtbot.waitSignals([ready.run_created, ready.training_finished]):
        click(offer.dialog.download_button)
    assert offer.dialog is None
    assert damaged.read_bytes() == server.contents
    assert ready.run.config.model.weights == NAME


def test_an_unusable_file_is_refused_before_there_is_a_run(
    qtbot: QtBot, ready: Session, tmp_path: Path
) -> None:
    files = [
        (tmp_path / "gone.pth", "weights_file_missing"),
        (save(tmp_path / "resnet.pth", shapes_of("resnet18")), "weights_not_vgg16"),
        (save(tmp_path / "mine.pth", state()), "weights_normalization_missing"),
    ]
    errors: list[ThawError] = []
    ready.training_failed.connect(errors.append)
    for file, _ in files:
        ready.change("model.weights", str(file))
        with qtbot.waitSignal(ready.training_finished):
            ready.start_training(tmp_path / "run")
        assert not (tmp_path / "run").exists()
        assert ready.run is None
    assert [one.code for one in errors] == [code for _, code in files]
    ready.change("model", {**ready.recipe.model.model_dump(mode="json"), "normalization": "unit"})
    with qtbot.waitSignal(ready.training_finished):
        ready.start_training(tmp_path / "run")
    assert ready.run is not None


# -- the end of a run -----------------------------------------------------------------------


class FakeTray(QObject):
    """Stands for ``QSystemTrayIcon``: the messages that were shown."""

    messageClicked = Signal()  # noqa: N815
    activated = Signal()
    available, messages = True, True
    shown: list[tuple[str, str]] = []  # noqa: RUF012
    latest: "FakeTray | None" = None

    def __init__(self, _icon: object, parent: QObject) -> None:
        super().__init__(parent)
        self.visible = False
        FakeTray.latest = self

    @classmethod
    def isSystemTrayAvailable(cls) -> bool:
        return cls.available

    @classmethod
    def supportsMessages(cls) -> bool:
        return cls.messages

    def show(self) -> None:
        self.visible = True

    def hide(self) -> None:
        self.visible = False

    def showMessage(self, title: str, words: str) -> None:
        self.shown.append((title, words))


@pytest.fixture
def noticed(qtbot: QtBot, session: Session, monkeypatch: pytest.MonkeyPatch) -> QMainWindow:
    """A window whose ends are told, and that nobody looks at."""
    monkeypatch.setattr(end_notice, "QSystemTrayIcon", FakeTray)
    monkeypatch.setattr(FakeTray, "shown", [])
    monkeypatch.setattr(FakeTray, "latest", None)
    window = QMainWindow()
    qtbot.addWidget(window)
    window.show()
    monkeypatch.setattr(window, "isActiveWindow", lambda: False)
    EndNotice(window, session)
    return window


def _train(qtbot: QtBot, session: Session) -> None:
    with qtbot.waitSignal(session.training_finished):
        session.start_training()


@pytest.mark.parametrize("by", ["window", "message"])
def test_a_message_names_the_run_and_its_result_until_somebody_looks(
    qtbot: QtBot, ready: Session, noticed: QMainWindow, by: str
) -> None:
    noticed.showMinimized()
    _train(qtbot, ready)
    [(title, words)] = FakeTray.shown
    assert title == ready.run.name
    assert "50.0" in words
    icon = FakeTray.latest
    assert icon.visible
    if by == "window":
        QApplication.sendEvent(noticed, QEvent(QEvent.Type.WindowActivate))
    else:
        icon.messageClicked.emit()
        assert not noticed.isMinimized()
    assert not icon.visible


@pytest.mark.parametrize("lacking", ["available", "messages", "need"])
def test_no_message_is_shown_without_a_desktop_or_a_need(
    qtbot: QtBot,
    ready: Session,
    noticed: QMainWindow,
    monkeypatch: pytest.MonkeyPatch,
    lacking: str,
) -> None:
    if lacking == "need":
        monkeypatch.setattr(noticed, "isActiveWindow", lambda: True)
    else:
        monkeypatch.setattr(FakeTray, lacking, False)
    _train(qtbot, ready)
    assert FakeTray.latest is None


def test_the_end_of_an_experiment_has_a_message_too(
    session: Session, noticed: QMainWindow, tmp_path: Path
) -> None:
    jobs = session.experiments
    jobs.directory, jobs.finished = tmp_path / "signs", ExperimentFinished("finished")
    jobs.running_changed.emit()
    [(title, words)] = FakeTray.shown
    assert title == "signs"
    assert words


# -- beside an experiment -------------------------------------------------------------------


def _experiment(session: Session, *, runs: bool) -> None:
    """Let an experiment run in ``session``, without a thread that does, or end."""
    jobs = session.experiments
    if runs:
        jobs._thread = SimpleNamespace(is_stopping=False)
        session.machine.claim("experiment")
    else:
        jobs._thread = None
        session.machine.release()
    jobs.running_changed.emit()


@pytest.fixture
def running(session: Session) -> Iterator[Session]:
    """A session whose experiment runs."""
    _experiment(session, runs=True)
    yield session
    _experiment(session, runs=False)


def test_no_run_resumes_and_nothing_is_classified_beside_an_experiment(
    qtbot: QtBot, running: Session, picture_folder: PictureFolder, tmp_path: Path
) -> None:
    folder = picture_folder(per_class=5)
    stopped = recorded_run(folder, tmp_path / "leaf", outcome="stopped").directory
    page = ResultsPage(running)
    qtbot.addWidget(page)
    with qtbot.waitExposed(page):
        page.show()
    listed, run = RunsActions(running, page), run_list.of_directory(stopped)
    listed.show_selected([run])
    with qtbot.waitSignal(running.run_shown):
        running.show_run(stopped)
    shown = RunActions(running, page)
    for action in (listed.resume, listed.extend, shown.go, shown.stop, shown.extend):
        assert not action.isEnabled()
        assert "experiment" in action.toolTip()
    assert listed.replay.isEnabled()
    page.refresh()
    assert not page.panel.choose_button.isEnabled()
    _experiment(running, runs=False)
    assert page.panel.choose_button.isEnabled()


def test_the_train_page_leads_to_the_experiment_after_which_an_unfinished_run_is_offered(
    qtbot: QtBot, running: Session, cut_off: CutOff
) -> None:
    cut_off("leaf")
    window = MainWindow(running)
    qtbot.addWidget(window)
    with qtbot.waitExposed(window):
        window.show()
    assert _offered(qtbot, window) == ""
    window.show_step("train")
    page = window.page
    assert page.experiment.isVisible()
    line = rail.step_status("compare", running).line
    page.experiment.button.click()
    assert (window.step, window.page.tab) == ("compare", "experiments")
    _experiment(running, runs=False)
    assert not page.experiment.isVisibleTo(page)
    assert rail.step_status("compare", running).line != line
    assert "leaf" in window.offer.text
