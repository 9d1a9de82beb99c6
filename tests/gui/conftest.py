"""Windows and jobs of one test must not die in a worker thread of the next."""

import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from core.dataset import scan as dataset_scan
from core.images import load as images
from core.images.load import Header
from gui.base import theme
from gui.data.page import DataPage
from gui.session.session import Session
from gui.session.settings import Settings
from tests.support.pictures import PictureFolder
from tests.support.window.fakes import FakeTraining, FakeWakepy, open_folder, replace_training
from tests.support.window.garbage import garbage_collected_here

__all__ = ["garbage_collected_here"]


@pytest.fixture(autouse=True)
def wakepy(monkeypatch: pytest.MonkeyPatch) -> FakeWakepy:
    """No test asks the system to stay awake."""
    fake = FakeWakepy()
    monkeypatch.setitem(sys.modules, "wakepy", fake)
    return fake


@pytest.fixture
def app(qapp: QApplication) -> Iterator[QApplication]:
    """The application, whose theme a test may change."""
    yield qapp
    theme.apply(qapp, "system")


@pytest.fixture
def session(qtbot: QtBot, tmp_path: Path) -> Iterator[Session]:
    """One with settings of its own; modules that need another one define it."""
    made = Session(Settings(tmp_path / "settings"))
    yield made
    if made.is_training:  # a test that failed half-way must not take all others along
        with qtbot.waitSignal(made.training_finished):
            made.stop_training()
    if made.experiments.is_running:
        with qtbot.waitSignal(made.experiments.running_changed):
            made.experiments.stop()
    made.close()


training = pytest.fixture(replace_training)


@pytest.fixture
def opened(
    qtbot: QtBot, session: Session, picture_folder: PictureFolder, training: FakeTraining
) -> Session:
    """A session with 20 images, whose recipe can be trained."""
    open_folder(qtbot, session, picture_folder(per_class=10, name="signs"))
    return session


@pytest.fixture
def page(qtbot: QtBot, session: Session) -> DataPage:
    """The Data page, as large as in a window of 1280 x 640; other modules define theirs."""
    made = DataPage(session)
    qtbot.addWidget(made)
    made.resize(1080, 530)
    with qtbot.waitExposed(made):
        made.show()
    return made


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """While it is not set, no file's header is read."""
    made, check = threading.Event(), images.check

    def check_later(path: Path, **options: bool | float) -> Header:
        made.wait()
        return check(path, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(dataset_scan, "check", check_later)
    yield made
    made.set()
