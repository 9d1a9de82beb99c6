"""The Compare page: the list of runs with what may be done with each, and runs side by side."""

import re
from collections.abc import Callable
from html import unescape
from pathlib import Path
from unittest.mock import Mock

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QKeySequence, QPalette
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QMessageBox, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from core.common.messages import ThawError
from core.runs import archive as runs_archive
from core.runs import list as run_list
from core.runs import places as runs_places
from core.runs.list import RunLabel
from core.runs.places import CONFIG, SUMMARY
from core.runs.run import Run
from gui.compare.page import ComparePage
from gui.compare.run_actions import NoteDialog
from gui.compare.runs import RunsView
from gui.compare.side_by_side import ComparisonView
from gui.controls.pointed_canvas import CurvePointer
from gui.runs import words as run_words
from gui.runs.chooser import ExtendDialog
from gui.runs.table import Column
from gui.session.session import Session
from gui.shell.window import MainWindow
from tests.support.pictures import draw_folder
from tests.support.runs import recorded_run
from tests.support.window.acting import click, press
from tests.support.window.fakes import open_folder, replace_training
from tests.support.wording import said

MakeRun = Callable[..., Path]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw_folder(tmp_path_factory.mktemp("dataset") / "leaves", classes=2, per_class=10)


@pytest.fixture
def make(session: Session, folder: Path, tmp_path: Path) -> MakeRun:
    """Leaves a run in the session's runs folder."""
    session.settings.runs_folder = tmp_path / "runs"

    def made(name: str, day: int = 1, **options: object) -> Path:
        created = f"2026-01-{day:02}T10:00:00+00:00"
        directory = tmp_path / "runs" / name
        return recorded_run(folder, directory, created=created, **options).directory

    return made


def show(qtbot: QtBot, session: Session) -> RunsView:
    """The list on screen, once it was read."""
    view = RunsView(session)
    qtbot.addWidget(view)
    view.resize(1000, 500)
    with qtbot.waitSignal(view.listed):
        view.show()
    return view


def names(view: RunsView) -> list[str]:
    return [str(view.model.index(row, Column.NAME).data()) for row in range(view.model.rowCount())]


def select(view: RunsView, *names: str) -> None:
    view.table.clearSelection()
    view.table.select([view._session.settings.runs_folder / name for name in names])


def dialog_of(view: QWidget, kind: type) -> QWidget:
    (found,) = [one for one in view.findChildren(kind) if one.isVisible()]
    return found


# -- the page ---------------------------------------------------------------------------------


def test_ticked_runs_stand_side_by_side(qtbot: QtBot, session: Session, make: MakeRun) -> None:
    runs = [make("a"), make("b")]
    page = ComparePage(session)
    qtbot.addWidget(page)
    assert page.tab == "runs"
    assert list(page.views) == ["runs"]  # only what is shown is made
    page.views["runs"].compare_asked.emit(runs)
    assert page.tab == "compare"
    assert page.views["compare"].directories == tuple(runs)
    page.views["compare"].runs_asked.emit()
    assert page.tab == "runs"
    qtbot.waitUntil(lambda: not page.views["compare"].is_busy)


def test_a_run_file_is_opened(qtbot: QtBot, session: Session, folder: Path, tmp_path: Path) -> None:
    run = recorded_run(folder, tmp_path / "elsewhere" / "leaf")
    archive = runs_archive.save(run.directory, tmp_path / "leaf").path
    session.settings.runs_folder = tmp_path / "runs"
    window = MainWindow(session)
    qtbot.addWidget(window)
    window.show()
    with qtbot.waitSignal(window.archives.opened):
        window.open_path(archive)
    assert window.step == "compare"
    page = window.page
    qtbot.waitUntil(lambda: len(page.views["runs"].table.selected) == 1)
    assert page.views["runs"].table.selected[0].directory == tmp_path / "runs" / "leaf"


# -- the list ---------------------------------------------------------------------------------


def test_without_any_run(qtbot: QtBot, session: Session, tmp_path: Path) -> None:
    session.settings.runs_folder = tmp_path / "none"
    view = show(qtbot, session)
    assert view.empty.isVisible()
    with qtbot.waitSignal(view.navigate) as going:
        click(view.empty.button)
    assert going.args == ["train"]


def test_runs_are_searched_starred_and_ticked(
    qtbot: QtBot, session: Session, make: MakeRun
) -> None:
    elm, oak = make("elm", 1), make("oak", 2)
    view = show(qtbot, session)
    assert names(view) == ["oak", "elm"]
    place = view.table.visualRect(view.model.index(1, Column.STAR)).center()
    click(view.table.viewport(), place)
    assert run_list.read_label(elm).star
    qtbot.waitUntil(lambda: names(view) == ["elm", "oak"])
    view.starred_first.setChecked(False)
    assert names(view) == ["oak", "elm"]
    view.starred_first.setChecked(True)
    view.table.selectAll()
    give = view.offers.star.text()
    view.offers.star.trigger()
    qtbot.waitUntil(lambda: all(view.model.run(row).label.star for row in range(2)))
    assert view.offers.star.text() != give
    assert names(view) == ["oak", "elm"]
    view.search.setText("oak")
    assert names(view) == ["oak"]
    assert view.count.text() == run_words.count(1, 2)
    view.search.clear()
    view.table.sortByColumn(Column.NAME, Qt.SortOrder.AscendingOrder)
    assert not view.compare.isEnabled()
    places = [view.compare.pos(), view.untick.pos()]
    for name in ("oak", "elm"):
        select(view, name)
        press(view.table, Qt.Key.Key_Space)
    view.content.layout().activate()
    assert [view.compare.pos(), view.untick.pos()] == places
    assert view.ticked.text() == run_words.ticked(2)
    view.search.setText("elm")  # what is not found stays ticked
    with qtbot.waitSignal(view.compare_asked) as asked:
        click(view.compare)
    assert asked.args == [[oak, elm]]
    click(view.untick)
    assert not view.compare.isEnabled()


def test_a_run_gets_a_name_and_a_note_and_its_recipe_is_chosen_again(
    qtbot: QtBot, session: Session, make: MakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = make("leaf")
    view = show(qtbot, session)
    select(view, "leaf")
    press(view.table, Qt.Key.Key_F2)
    editor = view.table.findChild(QLineEdit)
    assert editor.text() == "leaf"
    editor.setText("Oak")
    press(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: names(view) == ["Oak"])
    assert run.is_dir(), "its folder stays as it is"
    assert view.table.selected[0].directory == run
    view.archives.ask_save(run)
    box = dialog_of(view, QMessageBox)
    assert "Oak" in box.text()
    box.reject()
    view.offers.note.trigger()
    edit = dialog_of(view, NoteDialog).edit
    QTest.keyClicks(edit, "flip off")
    press(edit, Qt.Key.Key_Return)
    QTest.keyClicks(edit, "and more")
    press(edit, Qt.Key.Key_Tab)  # to the buttons, whose first keeps it
    assert not edit.hasFocus()
    press(edit, Qt.Key.Key_Return, control=True)
    qtbot.waitUntil(lambda: view.model.run(0).label.note == "flip off\nand more")
    view.offers.recipe.trigger()
    assert session.recipe == Run.open(run).config
    assert "Oak" in view.notice.text
    session.undo()
    assert session.recipe != Run.open(run).config
    full = Mock(side_effect=ThawError("run_label_unwritable", path="leaf", reason="disk full"))
    monkeypatch.setattr(run_list, "write_label", full)
    view.work.star([view.model.run(0)])
    assert "disk full" in view.notice.text
    texts = [one.text() for one in view.offers.menu().actions() if one.text()]
    keys = [QKeySequence.mnemonic(text).toString() for text in texts]
    assert "" not in keys
    assert len(keys) == len(set(keys)), "each key of the menu means one thing"


def test_what_is_deleted_is_named_first_and_goes_to_the_trash(
    qtbot: QtBot, session: Session, make: MakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone, new = make("old", 1), make("new", 2)
    trash: list[Path] = []

    def throw(path: Path) -> None:
        if path == new:
            raise OSError(18, "no trash on this disk")
        trash.append(path)
        path.rename(path.parent.parent / "trash")

    monkeypatch.setattr("send2trash.send2trash", throw)
    view = show(qtbot, session)
    select(view, "old")
    press(view.table, Qt.Key.Key_Delete)
    box = dialog_of(view, QMessageBox)
    assert " old " in box.text()
    assert trash == []
    accept = QMessageBox.ButtonRole.AcceptRole
    buttons = box.findChildren(QPushButton)
    with qtbot.waitSignal(view.listed):
        next(one for one in buttons if box.buttonRole(one) == accept).click()
    assert trash == [gone]
    assert names(view) == ["new"]
    with qtbot.waitSignal(view.listed):
        view.work.throw([new])
    assert "no trash on this disk" in view.notice.text
    assert names(view) == ["new"]


def test_a_run_that_another_process_trains_or_that_is_damaged_offers_little(
    qtbot: QtBot, session: Session, make: MakeRun
) -> None:
    broken, run = make("broken"), make("leaf", day=2, outcome=None)
    (broken / SUMMARY).write_text("{")
    (broken / "dataset.csv").unlink()
    with runs_places.held(run):
        view = show(qtbot, session)
        assert [view.model.run(row).state for row in range(2)] == ["running", "damaged"]
        offers = view.offers
        select(view, "leaf")
        for action in (offers.delete, offers.resume, offers.extend, offers.save):
            assert not action.isEnabled()
            assert action.toolTip()
    select(view, "broken")
    assert not offers.show.isEnabled()
    assert offers.delete.isEnabled()
    assert offers.folder.isEnabled()


def test_showing_and_extending(qtbot: QtBot, session: Session, make: MakeRun) -> None:
    run = make("leaf")
    view = show(qtbot, session)
    select(view, "leaf")
    pages: list[str] = []
    view.navigate.connect(pages.append)
    with qtbot.waitSignal(session.run_shown):
        press(view.table, Qt.Key.Key_Return)
    assert pages == ["results"]
    assert session.run.directory == run
    with qtbot.waitSignal(session.run_shown):
        view.offers.extend.trigger()
    dialog = dialog_of(view, ExtendDialog)
    assert "2" in dialog.labelText()
    dialog.reject()


def test_a_run_that_is_resumed_or_started_is_listed_as_training(
    qtbot: QtBot, session: Session, make: MakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    training = replace_training(monkeypatch)
    open_folder(qtbot, session, Run.open(make("leaf", outcome="stopped")).folder)
    view = show(qtbot, session)

    def state() -> str:
        """How the list says that its first run stands."""
        return str(view.model.index(0, Column.STATE).data())

    select(view, "leaf")
    assert view.offers.resume.isEnabled()
    with qtbot.waitSignal(session.run_created):
        view.offers.resume.trigger()
    qtbot.waitUntil(lambda: view.model.run(0).state == "running")
    during = state()
    with qtbot.waitSignal(session.training_finished):
        training.may_finish.set()
    qtbot.waitUntil(lambda: view.model.run(0).state == "finished")
    assert state() != during
    training.may_finish.clear()
    with qtbot.waitSignal(session.event_received):
        session.start_training()
    qtbot.waitUntil(lambda: view.model.rowCount() == 2)
    assert view.table.selected[0].name == "leaf"
    qtbot.waitUntil(lambda: view.model.run(0).epochs == 1)
    with qtbot.waitSignal(session.training_finished):
        training.may_finish.set()


def test_saving_and_opening_a_file(
    qtbot: QtBot, session: Session, make: MakeRun, tmp_path: Path
) -> None:
    run, file = make("leaf"), tmp_path / "leaf.thaw.zip"
    view = show(qtbot, session)
    with qtbot.waitSignal(view.archives.saved):
        view.archives.save(run, file, weights=False)
    assert file.name in view.notice.text
    with qtbot.waitSignal(view.archives.opened):
        view.archives.open(file)
    qtbot.waitUntil(lambda: view.model.rowCount() == 2)
    assert [one.directory.name for one in view.table.selected] == ["leaf-2"]
    (tmp_path / "bad.thaw.zip").write_bytes(b"PK nothing")
    with qtbot.waitSignal(view.archives.failed):
        view.archives.open(tmp_path / "bad.thaw.zip")
    assert "archive_no_zip" in said(view.notice.text)


# -- side by side -----------------------------------------------------------------------------


@pytest.fixture
def runs(folder: Path, tmp_path: Path) -> list[Run]:
    """One run that recognised all of ten images, one eight fewer, and one on another split."""
    half = "dataset.validation_fraction=0.5"
    bad = [False] * 8
    return [
        recorded_run(
            folder, tmp_path / name, (first, 1.0), settings=(half, *more), right=right, seconds=1.5
        )
        for name, first, more, right in (
            ("good", 0.5, (), ()),
            ("bad", 0.25, ("seed=7",), bad),
            ("other", 0.5, ("dataset.split_seed=3",), ()),
        )
    ]


@pytest.fixture
def view(qtbot: QtBot, session: Session) -> ComparisonView:
    made = ComparisonView(session)
    qtbot.addWidget(made)
    made.resize(1000, 620)
    with qtbot.waitExposed(made):
        made.show()
    return made


def compare(qtbot: QtBot, view: ComparisonView, runs: list[Run]) -> None:
    with qtbot.waitSignal(view.compared, timeout=20_000):
        view.show_runs([one.directory for one in runs])


def drawn(qtbot: QtBot, view: ComparisonView, runs: list[Run]) -> tuple[CurvePointer, QPoint]:
    """The pointer over the curves of ``runs``, and where their second epoch is."""
    compare(qtbot, view, runs)
    qtbot.waitUntil(lambda: view.canvas.is_settled, timeout=60_000)
    return view.canvas.pointer, QPoint(round(view.canvas.figure.viewport.pixel_of(2)), 60)


def read(view: ComparisonView) -> str:
    """What the card beside the pointer says."""
    label, card = view.canvas.readout.label, view.canvas.readout
    told = re.sub("<[^>]+>", " ", unescape(label.text())) if card.isVisible() else ""
    return " ".join(told.split())


def test_two_runs_are_compared_and_written_as_a_file(
    qtbot: QtBot, view: ComparisonView, runs: list[Run], tmp_path: Path
) -> None:
    assert view.empty.isVisible()
    assert view.empty.sentence.text()
    view.controls.band.click()  # no curve is there yet
    with qtbot.waitSignal(view.runs_asked):
        click(view.empty.button)
    compare(qtbot, view, runs[:2])
    assert not view.empty.isVisible()
    assert [row[0] for row in view.results.rows] == ["good", "bad"]
    assert view.results.rows[1][1].startswith("20.0")
    assert view.results.rows[1][4] == "2 of 10"
    assert "compare_beyond" in said(view.verdicts.text())
    assert "good" in view.verdicts.text()
    assert "0.0078" in view.verdicts.text()
    assert view.cautions.text()
    assert view.differences.rows == [["seed", "0", "7"]]
    file = tmp_path / "comparison.csv"
    with qtbot.waitSignal(view.export_menu.exported, timeout=20_000):
        view.export_menu.write(file)
    assert b"good" in file.read_bytes()
    written = view.notice.text
    assert str(file) in written
    with qtbot.waitSignal(view.export_menu.failed, timeout=20_000):
        view.export_menu.write(file / "below.csv")
    assert view.notice.text not in (written, "")


def test_curves_follow_the_controls_and_are_read_at_a_point(
    qtbot: QtBot, view: ComparisonView, runs: list[Run]
) -> None:
    pointer, second = drawn(qtbot, view, runs[:2])
    controls, lines = view.controls, view.canvas.figure.lines
    assert list(lines[0, "validation"].get_xdata()) == [1, 2]
    assert list(lines[0, "validation"].get_ydata()) == [50, 100]
    qtbot.mouseMove(pointer, second)
    for words in ("Epoch 2 ", "good 100.0 % of 10", "72 to 100 %", "bad 20.0 %"):
        assert words in read(view)
    before = read(view)
    controls.train.click()
    qtbot.waitUntil(lambda: len(read(view)) > len(before))
    card, palette = view.canvas.readout, view.palette()
    palette.setColor(QPalette.ColorRole.ToolTipBase, QColor("#123456"))
    view.setPalette(palette)
    assert card.palette().color(QPalette.ColorRole.ToolTipBase) == QColor("#123456")
    qtbot.mouseMove(pointer, QPoint(2, 2))
    assert read(view) == ""
    click(controls.axis["time"])
    click(controls.quantity["loss"])
    qtbot.waitUntil(lambda: view.canvas.is_settled)
    lines = view.canvas.figure.lines
    assert list(lines[0, "validation"].get_xdata()) == [1.5, 3.0]
    assert list(lines[1, "train"].get_ydata()) == [0.5, 0.5]
    assert not controls.band.isEnabled()
    press(pointer, Qt.Key.Key_Right)
    for words in ("3.0 s ", "good loss 0", "epoch 2"):
        assert words in read(view)
    press(pointer, Qt.Key.Key_Left)
    assert "1.5 s: good" in pointer.accessibleDescription().replace("\xa0", " ")
    controls.validation.click()
    controls.train.click()  # one of the two always stays
    assert (controls.shown.validation, controls.shown.train) == (True, False)


def test_a_part_of_the_curves_is_looked_at_until_it_lies_elsewhere(
    qtbot: QtBot, view: ComparisonView, runs: list[Run], folder: Path, tmp_path: Path
) -> None:
    pointer, _ = drawn(qtbot, view, runs[:2])
    figure = view.canvas.figure
    assert not view.controls.whole.isEnabled()
    press(pointer, Qt.Key.Key_Plus)
    assert view.controls.whole.isEnabled()
    seen = figure.axes.get_xlim()
    assert seen[1] - seen[0] < 2
    view.controls.train.click()
    qtbot.waitUntil(lambda: (0, "train") in figure.lines)
    assert figure.axes.get_xlim() == seen
    click(view.controls.whole)
    assert view.canvas.is_whole
    press(pointer, Qt.Key.Key_Plus)
    click(view.controls.axis["pictures"])
    assert view.canvas.is_whole
    assert not view.controls.whole.isEnabled()
    longer = recorded_run(folder, tmp_path / "longer", [0.5] * 99)
    drawn(qtbot, view, [longer, runs[1]])
    click(view.controls.axis["time"])
    qtbot.waitUntil(lambda: view.canvas.is_settled)
    press(pointer, Qt.Key.Key_Plus)
    compare(qtbot, view, runs[:2])
    assert view.canvas.is_whole, "minutes are seconds now, and the first has none of that part"


def test_a_comparison_is_read_again_and_runs_left_out(
    qtbot: QtBot, view: ComparisonView, runs: list[Run]
) -> None:
    compare(qtbot, view, runs)
    three = view.verdicts.text()
    with qtbot.waitSignal(view.compared, timeout=20_000):
        click(view.chips.chips[2].remove)
    assert view.directories == (runs[0].directory, runs[1].directory)
    assert "other" in three
    assert "other" not in view.verdicts.text()
    compare(qtbot, view, runs)
    view.hide()
    run_list.write_label(runs[0].directory, RunLabel("with flips"))
    (runs[2].directory / CONFIG).unlink()
    with qtbot.waitSignal(view.compared, timeout=20_000):
        view.show()
    assert [row[0] for row in view.results.rows] == ["with flips", "bad"]
    assert str(runs[2].directory) in view.notice.text
    compare(qtbot, view, runs[:2])
    with qtbot.waitSignal(view.compared, timeout=20_000):
        click(view.chips.chips[0].remove)
    assert not view.details.isVisible()
    assert view.notice.text
    click(view.chips.chips[0].remove)
    assert view.empty.isVisible()
