"""The desktop tells that a run has ended, where nobody looks at the window."""

from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtWidgets import QApplication, QMainWindow
from pytestqt.qtbot import QtBot

from core.experiments.run import ExperimentFinished
from gui.session.session import Session
from gui.shell import end_notice
from gui.shell.end_notice import EndNotice
from tests.support.pictures import PictureFolder
from tests.support.window.fakes import FakeTraining, open_folder, replace_training


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


class Window(QMainWindow):
    """One that is looked at, or not, as a test says."""

    is_looked_at = False

    def isActiveWindow(self) -> bool:
        return self.is_looked_at


@pytest.fixture
def tray(monkeypatch: pytest.MonkeyPatch) -> type[FakeTray]:
    monkeypatch.setattr(end_notice, "QSystemTrayIcon", FakeTray)
    monkeypatch.setattr(FakeTray, "shown", [])
    monkeypatch.setattr(FakeTray, "latest", None)
    return FakeTray


@pytest.fixture
def window(qtbot: QtBot, session: Session, tray: type[FakeTray]) -> Window:
    window = Window()
    qtbot.addWidget(window)
    window.show()
    EndNotice(window, session)
    return window


@pytest.fixture
def training(monkeypatch: pytest.MonkeyPatch) -> FakeTraining:
    return replace_training(monkeypatch)


def _train(qtbot: QtBot, session: Session, folder: PictureFolder, training: FakeTraining) -> None:
    open_folder(qtbot, session, folder(per_class=10))
    training.may_finish.set()
    with qtbot.waitSignal(session.training_finished):
        session.start_training()


def test_it_tells_the_run_and_its_result(
    qtbot: QtBot,
    session: Session,
    window: Window,
    tray: type[FakeTray],
    picture_folder: PictureFolder,
    training: FakeTraining,
) -> None:
    _train(qtbot, session, picture_folder, training)
    assert session.run is not None
    [(title, words)] = tray.shown
    assert title == session.run.name
    assert words.startswith("Finished: 50.0")


def test_the_icon_goes_when_the_window_is_looked_at(
    qtbot: QtBot,
    session: Session,
    window: Window,
    tray: type[FakeTray],
    picture_folder: PictureFolder,
    training: FakeTraining,
) -> None:
    _train(qtbot, session, picture_folder, training)
    icon = tray.latest
    assert icon is not None
    assert icon.visible
    QApplication.sendEvent(window, QEvent(QEvent.Type.WindowActivate))
    assert not icon.visible


def test_a_click_on_the_message_brings_the_window_back(
    qtbot: QtBot,
    session: Session,
    window: Window,
    tray: type[FakeTray],
    picture_folder: PictureFolder,
    training: FakeTraining,
) -> None:
    window.showMinimized()
    _train(qtbot, session, picture_folder, training)
    assert tray.latest is not None
    tray.latest.messageClicked.emit()
    assert not window.isMinimized()
    assert not tray.latest.visible


def test_who_looks_at_the_window_is_not_told(
    qtbot: QtBot,
    session: Session,
    window: Window,
    tray: type[FakeTray],
    picture_folder: PictureFolder,
    training: FakeTraining,
) -> None:
    window.is_looked_at = True
    _train(qtbot, session, picture_folder, training)
    assert tray.shown == []


@pytest.mark.parametrize("lacking", ["available", "messages"])
def test_where_the_desktop_shows_no_messages_nothing_happens(
    qtbot: QtBot,
    session: Session,
    window: Window,
    tray: type[FakeTray],
    picture_folder: PictureFolder,
    training: FakeTraining,
    monkeypatch: pytest.MonkeyPatch,
    lacking: str,
) -> None:
    monkeypatch.setattr(FakeTray, lacking, False)
    _train(qtbot, session, picture_folder, training)
    assert tray.latest is None


def test_an_experiment_that_nobody_watches_says_that_it_has_ended(
    session: Session, window: Window, tray: type[FakeTray], tmp_path: Path
) -> None:
    jobs = session.experiments
    jobs.directory, jobs.finished = tmp_path / "signs", ExperimentFinished("finished")
    jobs.running_changed.emit()
    assert tray.shown == [("signs", "The experiment has ended: see Compare, Experiments")]
