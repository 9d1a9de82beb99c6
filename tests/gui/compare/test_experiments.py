"""The Experiments tab: cards, what fits, what came of an experiment, those run before, replay."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import Mock

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot

from core.experiments import experiment as experiments
from core.experiments.experiment import CUSTOM, Place
from core.experiments.kinds import Fit
from core.experiments.run import ExperimentFinished
from core.runs import list as run_list
from gui.base import words as base_words
from gui.compare.experiments.replay import ExperimentReplay
from gui.compare.experiments.view import ExperimentsView
from gui.runs import experiments as experiment_words
from gui.session.engine import EngineState
from gui.session.experiments import ExperimentJobs
from gui.session.session import Session
from gui.shell.window import ClosingQuestion
from tests.support.experiments import HIGH, LOW, begun, made_experiment, recorded
from tests.support.pictures import draw_folder
from tests.support.window.fakes import SPEED, open_folder

BOTH = {"frozen": [*HIGH], "thawed": [*LOW]}
CUT_OFF = {"frozen": [*HIGH], "thawed": [*LOW[:1]]}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw_folder(tmp_path_factory.mktemp("dataset"), classes=2, per_class=10)


def record(folder: Path, curves: dict[str, list[list[float]]] = BOTH, name: str = "x") -> Path:
    """An experiment on ``folder`` where they are kept."""
    return recorded(folder, experiments.folder() / name, curves)


@pytest.fixture
def view(qtbot: QtBot, session: Session) -> ExperimentsView:
    made = ExperimentsView(session)
    qtbot.addWidget(made)
    made.resize(1000, 640)
    return made


def show(qtbot: QtBot, view: ExperimentsView) -> None:
    """On screen, the newest experiment read."""
    with qtbot.waitSignal(view.shown), qtbot.waitExposed(view):
        view.show()


@contextmanager
def runs(jobs: ExperimentJobs) -> Iterator[None]:
    """It runs, without a thread that does."""
    machine = jobs._session.machine
    jobs._thread = SimpleNamespace(is_stopping=False)  # type: ignore[assignment]
    machine.claim("experiment")
    jobs.running_changed.emit()
    yield
    jobs._thread = None
    machine.release()
    jobs.running_changed.emit()


def test_what_came_of_the_newest_is_shown_and_written_as_a_file(
    qtbot: QtBot, view: ExperimentsView, folder: Path, tmp_path: Path
) -> None:
    place = record(folder)
    first, second = Place(place).read().arms
    named = first.model_copy(update={"title": "<b>bold</b>"})
    Place(place).write(Place(place).read().model_copy(update={"arms": (named, second)}))
    show(qtbot, view)
    result, item = view.result, view.result.table.item
    assert view.earlier.list.count() == 1
    assert item(0, 2).text().startswith("61.0")
    assert item(1, 3).text().startswith("4.0")
    assert "3" in result.notes.text()
    assert not result.go_on.isVisible()
    assert item(0, 0).text() == "<b>bold</b>", "names are never taken for HTML"
    assert "&lt;b&gt;bold" in item(0, 0).toolTip()
    assert result.heading.textFormat() is Qt.TextFormat.PlainText
    rows = sum(result.table.rowHeight(row) for row in range(result.table.rowCount()))
    qtbot.waitUntil(lambda: result.table.viewport().height() >= rows)
    assert result.export.isVisible()
    path = tmp_path / "report.html"
    with qtbot.waitSignal(view.export.exported, timeout=30_000):
        view.export.write(path)
    verdict = result.verdicts.text().partition(".")[0]
    assert verdict
    assert verdict.replace("<", "&lt;").replace(">", "&gt;") in path.read_text("utf-8")
    with qtbot.waitSignal(view.export.failed):
        view.export.write(tmp_path / "x.doc")
    assert "x.doc" in view.notice.text


def test_a_time_over_the_minutes_allowed_is_told_and_more_so_where_both_read_alike() -> None:
    def expected(seconds: float, fits: bool) -> str:
        fit = Fit(size=32, seeds=3, epochs=4, seconds=seconds, fits=fits)
        told = experiment_words.expected("transfer", fit, 10)
        assert base_words.duration(seconds) in told
        assert "32" in told
        return told

    fitting = expected(590, True)
    assert fitting.endswith(base_words.duration(590.0))
    little = expected(610, False).removeprefix(fitting)
    much = expected(1200, False).removeprefix(expected(1200, True))
    assert "10" in little
    assert "10" in much
    assert little != much
    one = experiment_words.expected(CUSTOM, Fit(0, 1, 0, 180.0), 10)
    assert base_words.duration(180.0) in one
    assert "1" not in one


def test_what_fits(qtbot: QtBot, session: Session, view: ExperimentsView, folder: Path) -> None:
    open_folder(qtbot, session, folder)
    session.engine.speed, session.engine.state = SPEED, EngineState.READY
    view.show()
    view.cards["flip"].click()
    setup = view.setup
    assert not view.result.isVisible()
    assert setup.mapTo(view, QPoint()).y() < 40, "all stays at the top"
    assert setup.height() <= setup.sizeHint().height() + 4
    assert setup.title.text() == experiment_words.title("flip")
    assert setup.start.isEnabled()
    session.change("model.head.kind", "nearest-mean")
    setup.refresh()
    assert not setup.start.isEnabled()
    assert "nearest-mean" in setup.start.toolTip()
    session.change("model.head.kind", "softmax")
    setup.refresh()
    offered = setup.estimate.text()
    setup.seeds.setText("2")
    setup.seeds.textEdited.emit("2")
    setup.refresh()
    assert " 2 " in setup.estimate.text() != offered
    view.cards[CUSTOM].click()
    assert not setup.minutes.isVisible()
    assert not setup.start.isEnabled()
    assert setup.status.text()
    session.experiments.add("mine", session.recipe)
    setup.refresh()
    assert view.queue.list.count() == 1
    assert setup.start.isEnabled()


def test_the_queue_is_put_in_order_and_emptied(session: Session, view: ExperimentsView) -> None:
    jobs, queue = session.experiments, view.queue
    hint = queue.hint.text()
    for title in ("1: a", "2: b", "3: c"):
        jobs.add(title, session.recipe)
    assert queue.hint.text() != hint
    assert not queue.down.isEnabled(), "what was added last is selected"
    queue.up.click()
    queue.up.click()
    assert [title for title, _ in jobs.queue] == ["3: c", "1: a", "2: b"]
    assert queue.list.currentRow() == 0
    assert not queue.up.isEnabled()
    queue.remove.click()
    assert [title for title, _ in jobs.queue] == ["1: a", "2: b"]
    assert experiment_words.next_title(jobs.queue, session.recipe).startswith("3: ")
    queue.clear.click()
    assert not jobs.queue
    assert not queue.clear.isEnabled()


def test_while_one_runs_its_name_stands_there_and_no_field(
    qtbot: QtBot, session: Session, view: ExperimentsView, folder: Path
) -> None:
    place, jobs = record(folder, CUT_OFF), session.experiments
    show(qtbot, view)
    assert view.result.go_on.isVisible()
    view.cards[CUSTOM].click()
    assert view.queue.isVisible()
    jobs.directory = place
    with runs(jobs), qtbot.waitSignal(view.shown):
        jobs.advanced.emit()
        assert not view.queue.isVisible(), "it need not hold what runs"
        view.cards["flip"].click()
        view.setup.refresh()
        assert view.setup.title.text() == experiment_words.running(CUSTOM)
        assert not view.setup.minutes.isVisible()
        assert not view.result.go_on.isVisible()
    view.setup.refresh()
    assert view.setup.title.text() == experiment_words.title("flip")
    assert view.setup.minutes.isVisible()


def test_one_that_was_stopped_before_it_lay_there_leaves_what_is_shown(
    qtbot: QtBot, session: Session, view: ExperimentsView, folder: Path
) -> None:
    there, jobs = record(folder), session.experiments
    show(qtbot, view)
    jobs.directory = there
    with runs(jobs):
        kept = ClosingQuestion(session, view).informativeText()
    jobs.directory = experiments.folder() / "never"
    with runs(jobs):
        assert ClosingQuestion(session, view).informativeText() not in (kept, "")
    qtbot.waitUntil(lambda: not view._open.is_busy)
    jobs.finished = ExperimentFinished("stopped")
    assert view.notice.text == ""
    assert view.earlier.selected == there
    never = experiment_words.ended(jobs)
    jobs.directory = there
    assert never != experiment_words.ended(jobs)


def test_what_is_read_stays(
    qtbot: QtBot, session: Session, view: ExperimentsView, folder: Path
) -> None:
    running, earlier = record(folder, name="running"), record(folder, name="earlier")
    jobs = session.experiments
    show(qtbot, view)
    jobs.directory = running
    with runs(jobs):
        with qtbot.waitSignal(view.shown):  # it was started: it is shown
            jobs.advanced.emit()
        assert view.earlier.selected == running
        with qtbot.waitSignal(view.shown):
            view.open(earlier)
        with qtbot.waitSignal(view._list.done):
            jobs.advanced.emit()
        assert view.earlier.selected == earlier
        assert not view._open.is_busy
    assert view.earlier.selected == earlier


def test_one_that_was_cut_off_can_be_continued_or_thrown_away(
    qtbot: QtBot,
    session: Session,
    view: ExperimentsView,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    place, resume, throw = record(folder, CUT_OFF), Mock(), Mock()
    monkeypatch.setattr(session.experiments, "resume", resume)
    monkeypatch.setattr(run_list, "move_to_trash", throw)
    show(qtbot, view)
    assert "4 of 6 " in view.earlier.list.item(0).text()
    view.result.go_on.click()
    resume.assert_called_once_with(place)
    view.earlier.trash.click()
    throw.assert_not_called()
    with qtbot.waitSignal(view._throw.done):
        view.findChild(QMessageBox).buttons()[0].click()
    throw.assert_called_once_with(place)


def test_it_plays_back_in_a_window_of_its_own_once_a_run_is_finished(
    qtbot: QtBot, session: Session, view: ExperimentsView, folder: Path
) -> None:
    begun(folder, experiments.folder() / "begun")
    show(qtbot, view)
    earlier = view.earlier
    assert earlier.trash.isEnabled()
    assert not earlier.replay.isEnabled()
    why_not = earlier.replay.toolTip()
    place = record(folder)
    with qtbot.waitSignal(view._list.done):
        view.refresh()
    paths = [earlier.list.item(row).data(Qt.ItemDataRole.UserRole) for row in range(2)]
    with qtbot.waitSignal(view.shown):
        earlier.list.setCurrentRow(paths.index(place))
    assert earlier.replay.toolTip() != why_not
    earlier.replay.click()
    (window,) = view.findChildren(ExperimentReplay)
    with qtbot.waitSignal(window.began):
        pass
    assert window.isVisible()


def test_all_curves_grow_together_in_their_room(qtbot: QtBot, tmp_path: Path) -> None:
    """Of two arms, the second of which takes ten times as long; paused at the beginning."""
    window = ExperimentReplay(made_experiment(tmp_path))
    qtbot.addWidget(window)
    with qtbot.waitSignal(window.began):
        window.show()
    window.player.pause()
    for number in ("2", "100", "32", "2026"):
        assert number in window.bar.detail.text
    lengths = []
    for position in (0.0, 1.0, 2.0):
        window.player.seek(position)
        lengths.append([[len(c) for c in arm.curves] for arm in window.curves.shown.arms])
    assert lengths == [[[n, n], [n, n]] for n in (0, 1, 2)]
    assert not window.shows_card
    window.player.seek(1.0)
    qtbot.waitUntil(lambda: window.curves.is_settled, timeout=20_000)
    assert window.curves._plot.figure.axes[0].get_xlim()[1] > 3
    window.player.seek(1e9)
    assert window.shows_card
    assert window.card.table.rowCount() == 2
    window.player.seek(1.0)
    assert not window.shows_card
    unreadable = ExperimentReplay(tmp_path / "gone")
    qtbot.addWidget(unreadable)
    with qtbot.waitSignal(unreadable.failed) as failed:
        unreadable.show()
    assert failed.args[0].code == "experiment_missing"
    assert not unreadable.player.is_playing
