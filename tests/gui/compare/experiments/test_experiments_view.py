"""The Experiments tab: cards, what fits, what came of an experiment, those run before."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot

from core.experiments import experiment as experiments
from core.experiments.budget import Fit
from core.experiments.experiment import CUSTOM, Place
from core.experiments.run import ExperimentFinished
from core.runs import list as run_list
from gui.base.words import NBSP
from gui.compare.experiments.replay import ExperimentReplay
from gui.compare.experiments.view import ExperimentsView
from gui.runs import experiments as experiment_words
from gui.session.engine import EngineState
from gui.session.experiments import ExperimentJobs
from gui.session.session import Session
from gui.shell.window import ClosingQuestion
from tests.support.experiments import HIGH, LOW, begun, recorded
from tests.support.pictures import PictureFolder
from tests.support.window.fakes import SPEED


@pytest.fixture
def folder(picture_folder: PictureFolder) -> Path:
    return picture_folder(classes=2, per_class=10)


def made(qtbot: QtBot, session: Session) -> ExperimentsView:
    view = ExperimentsView(session)
    qtbot.addWidget(view)
    view.resize(1000, 640)
    return view


def shown(qtbot: QtBot, view: ExperimentsView) -> None:
    """On screen, the newest experiment read."""
    with qtbot.waitSignal(view.shown), qtbot.waitExposed(view):
        view.show()


def cell(view: ExperimentsView, row: int, column: int) -> str:
    item = view.result.table.item(row, column)
    return item.text() if item is not None else ""


def test_what_came_of_the_newest_is_shown(qtbot: QtBot, session: Session, folder: Path) -> None:
    recorded(folder, experiments.folder() / "x", {"frozen": [*HIGH], "thawed": [*LOW]})
    view = made(qtbot, session)
    shown(qtbot, view)
    assert view.earlier.list.count() == 1
    told = view.result.verdicts.text()
    assert told.startswith("Frozen starts higher than thawed.")
    assert cell(view, 0, 2).startswith("61.0")
    assert cell(view, 1, 3).startswith("4.0")
    assert "95 % intervals of the mean over 3 seeds" in view.result.notes.text()
    assert not view.result.go_on.isVisible()


def test_the_fields_lie_at_the_top_where_nothing_was_run_yet(
    qtbot: QtBot, session: Session
) -> None:
    view = made(qtbot, session)
    with qtbot.waitExposed(view):
        view.show()
    setup = view.setup
    assert setup.height() <= setup.sizeHint().height()
    assert setup.estimate.y() < view.height() / 3


@pytest.mark.parametrize(
    ("seconds", "fits", "told"),
    [
        (590, True, "about 10 min"),
        (610, False, "about 10 min, a little more than the 10 minutes"),
        (1200, False, "about 20 min, more than the 10 minutes"),
    ],
)
def test_a_time_that_reads_like_the_minutes_allowed_is_a_little_more(
    seconds: float, fits: bool, told: str
) -> None:
    fit = Fit(size=32, seeds=3, epochs=4, seconds=seconds, fits=fits)
    assert experiment_words.expected("transfer", fit, 10).replace(NBSP, " ").endswith(told)


def test_one_seed_of_a_queue_is_no_plural() -> None:
    told = experiment_words.expected(CUSTOM, Fit(0, 1, 0, 180.0), 10)
    assert told.replace(NBSP, " ") == "One seed: about 3 min"


def test_it_plays_back_in_a_window_of_its_own(qtbot: QtBot, session: Session, folder: Path) -> None:
    recorded(folder, experiments.folder() / "x", {"frozen": [*HIGH], "thawed": [*LOW]})
    view = made(qtbot, session)
    shown(qtbot, view)
    view.earlier.list.setCurrentRow(0)
    view.earlier.replay.click()
    (window,) = view.findChildren(ExperimentReplay)
    with qtbot.waitSignal(window.began):
        pass
    assert window.isVisible()


def test_one_that_was_cut_off_can_go_on(
    qtbot: QtBot, session: Session, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = recorded(folder, experiments.folder() / "x", {"frozen": [*HIGH], "thawed": [*LOW[:1]]})
    resumed: list[Path] = []
    monkeypatch.setattr(session.experiments, "resume", resumed.append)
    view = made(qtbot, session)
    shown(qtbot, view)
    item = view.earlier.list.item(0)
    assert "4 of 6 runs done" in item.text()
    view.result.go_on.click()
    assert resumed == [place]


def test_a_card_offers_its_experiment_with_what_fits(
    qtbot: QtBot, session: Session, folder: Path
) -> None:
    with qtbot.waitSignal(session.dataset_changed):
        session.open_folder(folder)
    session.engine.speed, session.engine.state = SPEED, EngineState.READY
    view = made(qtbot, session)
    view.show()
    view.cards["flip"].click()
    assert view.setup.title.text() == "Flip on against off"
    assert view.setup.start.isEnabled()
    assert "3 seeds each" in view.setup.estimate.text() or "5 seeds" in view.setup.estimate.text()
    view.setup.seeds.setText("2")
    view.setup.seeds.textEdited.emit("2")
    view.setup.refresh()
    assert "2 seeds each" in view.setup.estimate.text()
    view.cards[CUSTOM].click()
    assert not view.setup.minutes.isVisible()
    assert not view.setup.start.isEnabled()
    assert "queue is empty" in view.setup.status.text()
    session.experiments.add("mine", session.recipe)
    view.setup.refresh()
    assert view.queue.list.count() == 1
    assert view.setup.start.isEnabled()


def test_the_queue_is_put_in_order_and_emptied(qtbot: QtBot, session: Session) -> None:
    view, jobs = made(qtbot, session), session.experiments
    for title in ("1: a", "2: b", "3: c"):
        jobs.add(title, session.recipe)
    assert "set against the first" in view.queue.hint.text()
    assert not view.queue.down.isEnabled(), "what was added last is selected"
    view.queue.up.click()
    view.queue.up.click()
    assert [title for title, _ in jobs.queue] == ["3: c", "1: a", "2: b"]
    assert view.queue.list.currentRow() == 0
    assert not view.queue.up.isEnabled()
    view.queue.remove.click()
    assert [title for title, _ in jobs.queue] == ["1: a", "2: b"]
    assert experiment_words.next_title(jobs.queue, session.recipe).startswith("3: ")
    view.queue.clear.click()
    assert not jobs.queue
    assert not view.queue.clear.isEnabled()


def test_while_one_runs_its_name_stands_there_and_no_field(
    qtbot: QtBot, session: Session, folder: Path
) -> None:
    place = recorded(folder, experiments.folder() / "x", {"frozen": [*HIGH], "thawed": [*LOW[:1]]})
    view, jobs = made(qtbot, session), session.experiments
    shown(qtbot, view)
    assert view.result.go_on.isVisible()
    view.cards[CUSTOM].click()
    assert view.queue.isVisible()
    jobs.directory = place
    with runs(jobs), qtbot.waitSignal(view.shown):
        jobs.advanced.emit()
        assert not view.queue.isVisible(), "it need not hold what runs"
        view.cards["flip"].click()
        view.setup.refresh()
        assert view.setup.title.text() == "Running: Recipes of the queue"
        assert not view.setup.minutes.isVisible()
        assert not view.result.go_on.isVisible()
    view.setup.refresh()
    assert view.setup.title.text() == "Flip on against off"
    assert view.setup.minutes.isVisible()


def test_one_without_a_finished_run_does_not_play(
    qtbot: QtBot, session: Session, folder: Path
) -> None:
    begun(folder, experiments.folder() / "x")
    view = made(qtbot, session)
    shown(qtbot, view)
    assert view.earlier.trash.isEnabled()
    assert not view.earlier.replay.isEnabled()
    assert "nothing to play yet" in view.earlier.replay.toolTip()


@pytest.mark.parametrize("width", [900, 1400])
def test_the_figure_keeps_its_shape_and_the_table_its_rows(
    qtbot: QtBot, session: Session, folder: Path, width: int
) -> None:
    recorded(folder, experiments.folder() / "x", {"frozen": [*HIGH], "thawed": [*LOW]})
    view = made(qtbot, session)
    view.resize(width, 640)
    shown(qtbot, view)
    canvas, table = view.result.canvas, view.result.table
    assert 0.4 <= canvas.height() / canvas.width() <= 0.6
    rows = sum(table.rowHeight(row) for row in range(table.rowCount()))
    assert table.viewport().height() >= rows


def test_an_earlier_one_that_is_read_stays(qtbot: QtBot, session: Session, folder: Path) -> None:
    curves = {"frozen": [*HIGH], "thawed": [*LOW]}
    running = recorded(folder, experiments.folder() / "running", curves)
    earlier = recorded(folder, experiments.folder() / "earlier", curves)
    view, jobs = made(qtbot, session), session.experiments
    shown(qtbot, view)
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


def test_one_that_was_stopped_before_it_lay_there_leaves_the_card(
    qtbot: QtBot, session: Session, folder: Path
) -> None:
    there = recorded(folder, experiments.folder() / "x", {"frozen": [*HIGH], "thawed": [*LOW]})
    view, jobs = made(qtbot, session), session.experiments
    shown(qtbot, view)
    jobs.directory = experiments.folder() / "never"
    with runs(jobs):
        assert "nothing of it will be kept" in ClosingQuestion(session, view).informativeText()
    jobs.finished = ExperimentFinished("stopped")
    assert not view._open.is_busy
    assert view.notice.text == ""
    assert view.earlier.selected == there
    assert experiment_words.ended(jobs) == "The experiment was stopped before it had begun"


def test_without_a_result_all_stays_at_the_top(qtbot: QtBot, session: Session) -> None:
    view = made(qtbot, session)
    with qtbot.waitExposed(view), qtbot.waitSignal(view._list.done):
        view.show()
    assert not view.result.isVisible()
    setup = view.setup
    assert setup.height() <= setup.sizeHint().height() + 4
    assert setup.mapTo(view, QPoint()).y() < 40


def test_what_is_shown_is_written_as_a_file(
    qtbot: QtBot, session: Session, folder: Path, tmp_path: Path
) -> None:
    recorded(folder, experiments.folder() / "x", {"frozen": [*HIGH], "thawed": [*LOW]})
    view = made(qtbot, session)
    shown(qtbot, view)
    assert view.result.export.isVisible()
    path = tmp_path / "report.html"
    with qtbot.waitSignal(view.export.exported, timeout=30_000):
        view.export.write(path)
    assert "Frozen starts higher than thawed." in path.read_text("utf-8")
    with qtbot.waitSignal(view.export.failed):
        view.export.write(tmp_path / "x.doc")
    assert "x.doc" in view.notice.text


def test_names_are_never_taken_for_html(qtbot: QtBot, session: Session, folder: Path) -> None:
    place = recorded(folder, experiments.folder() / "x", {"frozen": [*HIGH], "thawed": [*LOW]})
    experiment = Place(place).read()
    first, second = experiment.arms
    named = first.model_copy(update={"title": "<b>bold</b>"})
    Place(place).write(experiment.model_copy(update={"arms": (named, second)}))
    view = made(qtbot, session)
    shown(qtbot, view)
    item = view.result.table.item(0, 0)
    assert item is not None
    assert item.text() == "<b>bold</b>"
    assert "&lt;b&gt;bold" in item.toolTip()
    assert view.result.heading.textFormat() is Qt.TextFormat.PlainText


def test_trash_asks_first(
    qtbot: QtBot, session: Session, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = recorded(folder, experiments.folder() / "x", {"frozen": [*HIGH], "thawed": [*LOW]})
    thrown: list[Path] = []
    monkeypatch.setattr(run_list, "move_to_trash", thrown.append)
    view = made(qtbot, session)
    shown(qtbot, view)
    view.earlier.trash.click()
    box = view.findChild(QMessageBox)
    assert box is not None
    assert not thrown
    with qtbot.waitSignal(view._throw.done):
        box.buttons()[0].click()
    assert thrown == [place]
