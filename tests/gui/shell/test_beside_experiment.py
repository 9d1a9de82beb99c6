"""While an experiment runs nothing else computes, and each control says why."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from core.runs import list as run_list
from gui.compare.page import ComparePage
from gui.compare.run_actions import RunsActions
from gui.controls.notices import OfferBar
from gui.results.page import ResultsPage
from gui.session.session import Session
from gui.shell import rail
from gui.shell.offers import UnfinishedRuns
from gui.shell.window import MainWindow
from gui.train.actions import RunActions
from gui.train.page import TrainPage
from tests.support.made_runs import made_run
from tests.support.pictures import PictureFolder


@pytest.fixture
def running(session: Session) -> Iterator[Session]:
    """A session whose experiment runs, without a thread that does."""
    jobs = session.experiments
    jobs._thread = SimpleNamespace(is_stopping=False)  # type: ignore[assignment]
    session.machine.claim("experiment")
    jobs.running_changed.emit()
    yield session
    jobs._thread = None
    session.machine.release()
    jobs.running_changed.emit()


@pytest.fixture
def stopped(picture_folder: PictureFolder, tmp_path: Path) -> Path:
    """A run that could go on."""
    made = made_run(picture_folder(per_class=5), tmp_path / "runs" / "leaf", outcome="stopped")
    return made.directory


def test_no_run_is_resumed_from_the_list_beside_an_experiment(
    qtbot: QtBot, session: Session, stopped: Path, running: Session
) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    offers, run = RunsActions(session, parent), run_list.of_directory(stopped)
    assert run is not None
    offers.show_selected([run])
    for action in (offers.resume, offers.extend):
        assert not action.isEnabled()
        assert "experiment runs" in action.toolTip()
    assert offers.replay.isEnabled()


def test_the_controls_of_a_run_name_the_experiment(
    qtbot: QtBot, session: Session, stopped: Path, running: Session
) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    with qtbot.waitSignal(session.run_shown):
        session.show_run(stopped)
    actions = RunActions(session, window)
    for action in (actions.go, actions.stop, actions.extend):
        assert not action.isEnabled()
        assert "experiment runs" in action.toolTip()


def test_a_run_that_was_cut_off_is_offered_once_the_experiment_has_ended(
    qtbot: QtBot, session: Session, picture_folder: PictureFolder, tmp_path: Path
) -> None:
    session.settings.runs_folder = tmp_path / "runs"
    made_run(picture_folder(per_class=5), tmp_path / "runs" / "leaf", outcome="")
    bar = OfferBar()
    qtbot.addWidget(bar)
    offer, jobs = UnfinishedRuns(session, bar), session.experiments
    jobs._thread = SimpleNamespace(is_stopping=False)  # type: ignore[assignment]
    session.machine.claim("experiment")
    with qtbot.waitSignal(offer.looked):
        offer.look()
    assert bar.isHidden()
    jobs._thread = None
    session.machine.release()
    jobs.running_changed.emit()
    assert not bar.isHidden()


def test_the_train_page_leads_to_the_experiment(
    qtbot: QtBot, session: Session, running: Session
) -> None:
    window = MainWindow(session)
    qtbot.addWidget(window)
    with qtbot.waitExposed(window):
        window.show()
    window.show_step("train")
    page = window.page
    assert isinstance(page, TrainPage)
    assert page.experiment.isVisible()
    assert "experiment trains" in page.experiment.words.text()
    assert "experiment runs" in rail.step_status("compare", session).line
    page.experiment.button.click()
    assert isinstance(window.page, ComparePage)
    assert (window.step, window.page.tab) == ("compare", "experiments")
    session.experiments._thread = None
    session.machine.release()
    session.experiments.running_changed.emit()
    assert not page.experiment.isVisibleTo(page)


def test_no_picture_is_classified_beside_an_experiment(
    qtbot: QtBot, session: Session, stopped: Path, running: Session
) -> None:
    page = ResultsPage(session)
    qtbot.addWidget(page)
    with qtbot.waitExposed(page):
        page.show()
    with qtbot.waitSignal(session.run_shown):
        session.show_run(stopped)
    page.refresh()
    assert not page.panel.choose_button.isEnabled()
    session.experiments._thread = None
    session.machine.release()
    session.experiments.running_changed.emit()
    assert page.panel.choose_button.isEnabled()
