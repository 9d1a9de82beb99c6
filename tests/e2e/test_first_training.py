"""A first visit in the real window: the sample, two stages at 32 px, the results, an image."""

import json

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from core.runs.events import EpochFinished, StageStarted
from core.runs.run import Run
from core.training.network_file import Classifier
from gui.controls.inputs import QuietComboBox
from gui.model import settings as model_settings
from gui.model.page import ModelPage
from gui.results.page import ResultsPage
from gui.session.engine import EngineState
from gui.session.session import Session
from gui.session.settings import Settings
from gui.shell import app
from gui.shell.window import MainWindow
from gui.train.page import TrainPage
from tests.support.window.garbage import garbage_collected_here

__all__ = ["garbage_collected_here"]  # for real windows: on this thread

LOADING = 120_000  # milliseconds for torch on a busy machine
TRAINING = 300_000


@pytest.fixture
def window(qtbot: QtBot) -> MainWindow:
    app.make_application()
    window = MainWindow(Session(Settings()))
    qtbot.addWidget(window)
    window.resize(1280, 800)
    window.show()
    return window


def test_from_the_sample_to_a_classified_image(qtbot: QtBot, window: MainWindow) -> None:
    session = window._session
    with qtbot.waitSignal(session.dataset_changed, timeout=LOADING):
        app.begin(window, session, app.Options(sample=True))
    assert session.summary is not None
    assert len(session.summary.classes) == 8
    assert "traffic-signs" in window.windowTitle()
    assert "Thaw" in window.windowTitle()

    _choose_32_px(qtbot, window)
    _type_epochs(qtbot, window, stage=1, epochs="3")
    _type_epochs(qtbot, window, stage=2, epochs="1")
    assert [stage.epochs for stage in session.recipe.stages] == [3, 1]
    qtbot.waitUntil(lambda: session.engine.state is EngineState.READY, timeout=LOADING)
    assert session.estimate() is not None
    with qtbot.waitSignal(session.training_finished, timeout=TRAINING):
        qtbot.mouseClick(window.run_bar.button, Qt.MouseButton.LeftButton)
        assert window.step == "train"
    _check_run(session)
    _check_pages(qtbot, window)
    session.close()


def _click_step(qtbot: QtBot, window: MainWindow, number: int) -> None:
    step = window.rail.findChildren(QAbstractButton)[number - 1]
    qtbot.mouseClick(step, Qt.MouseButton.LeftButton)


def _choose_32_px(qtbot: QtBot, window: MainWindow) -> None:
    _click_step(qtbot, window, 3)
    page = window.page
    assert isinstance(page, ModelPage)
    page.all_settings.setChecked(True)
    page.settings.setCurrentIndex(model_settings.CLASSES)
    box = page.settings.general.fields["dataset.image_size"].control
    assert isinstance(box, QuietComboBox)
    box.showPopup()
    box.view().setCurrentIndex(box.model().index(box.findText("32 px"), 0))
    qtbot.keyClick(box.view(), Qt.Key.Key_Return)
    assert window._session.recipe.dataset.image_size == 32


def _type_epochs(qtbot: QtBot, window: MainWindow, stage: int, epochs: str) -> None:
    page = window.page
    assert isinstance(page, ModelPage)
    field = page.selector.row(stage).fields.epochs
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, epochs)


def _check_run(session: Session) -> None:
    history, result = session.history, session.result
    assert history.finished is not None
    assert history.finished.outcome == "finished"
    assert [one.boundary for one in history.stages] == [5, 4]
    assert all(isinstance(one, StageStarted) and one.cached for one in history.stages)
    epochs = [(one.stage, one.epoch) for one in history.epochs]
    assert epochs == [(1, 1), (1, 2), (1, 3), (2, 1)]
    best = history.best
    assert isinstance(best, EpochFinished)
    assert best.validation.accuracy >= 0.6
    assert result is not None
    assert (result.right, result.total) == (best.validation.correct, 96)
    assert session.run is not None
    directory = session.run.directory
    written = {one.name for one in directory.iterdir()} - {"lock"}  # which some systems leave
    tables = {"predictions.csv", "predictions-stage-1.csv", "predictions-stage-2.csv"}
    facts = {"config.json", "dataset.csv", "environment.json", "history.jsonl", "summary.json"}
    assert written == {"best.safetensors", "checkpoints", "first-batch.png", *tables, *facts}
    summary = json.loads((directory / "summary.json").read_text("utf-8"))
    assert summary["state"] == "finished"
    assert summary["best"]["accuracy"] == best.validation.accuracy


def _check_pages(qtbot: QtBot, window: MainWindow) -> None:
    session = window._session
    page = window.page
    assert isinstance(page, TrainPage)
    qtbot.waitUntil(lambda: page.is_settled, timeout=LOADING)
    accuracy = f"{100 * session.result.accuracy:.1f}"
    assert accuracy in page.score.accessibleName() + _texts(page)

    _click_step(qtbot, window, 5)
    results = window.page
    assert isinstance(results, ResultsPage)
    assert accuracy in _texts(results)
    picture = session.run.folder / session.result.predictions[0].path
    expected = Classifier(Run.open(session.run.directory)).classify(picture)[0].name
    results.panel.offer([picture])
    qtbot.waitUntil(lambda: len(results.panel.cards) == 1, timeout=LOADING)
    bars = results.panel.cards[0].bars
    assert bars is not None
    assert bars.lines[0].startswith(expected)


def _texts(widget: QWidget) -> str:
    parts = [label.text() for label in widget.findChildren(QLabel) if label.isVisible()]
    parts += [button.text() for button in widget.findChildren(QPushButton)]
    return " ".join(parts).replace("\N{NO-BREAK SPACE}", " ")
