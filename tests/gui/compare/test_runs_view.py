"""The list of runs: what stands in it, what is found, and what may be done with a run."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QLineEdit, QMessageBox, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from core.common.messages import ThawError
from core.runs import list as run_list
from core.runs import places as runs_places
from core.runs.list import RunLabel
from core.runs.places import SUMMARY
from gui.base.words import NBSP
from gui.compare.run_actions import NoteDialog
from gui.compare.runs import RunsView
from gui.runs import words as run_words
from gui.runs.chooser import ExtendDialog
from gui.runs.table import SECOND_LINE, Column
from gui.session.session import Session
from tests.support.made_runs import RECIPE, made_run
from tests.support.pictures import PictureFolder
from tests.support.window.fakes import open_folder, replace_training

MakeRun = Callable[..., Path]


@pytest.fixture
def make(session: Session, picture_folder: PictureFolder, tmp_path: Path) -> MakeRun:
    """Leaves a run in the session's runs folder."""
    pictures = picture_folder(per_class=5)
    session.settings.runs_folder = tmp_path / "runs"

    def one(name: str, **options: object) -> Path:
        directory = tmp_path / "runs" / name
        return made_run(pictures, directory, **options).directory  # type: ignore[arg-type]

    return one


@pytest.fixture
def show(qtbot: QtBot, session: Session) -> Callable[[], RunsView]:
    """Shows the list once it was read."""

    def made() -> RunsView:
        view = RunsView(session)
        qtbot.addWidget(view)
        view.resize(1000, 500)
        with qtbot.waitSignal(view.listed):
            view.show()
        return view

    return made


Show = Callable[[], RunsView]


def _names(view: RunsView) -> list[str]:
    return [str(view.model.index(row, Column.NAME).data()) for row in range(view.model.rowCount())]


def _cell(view: RunsView, row: int, column: Column) -> tuple[str, str]:
    index = view.model.index(row, column)
    return str(index.data()), str(index.data(SECOND_LINE))


def _select(view: RunsView, *names: str) -> None:
    view.table.clearSelection()
    view.table.select([view._session.settings.runs_folder / name for name in names])


def _dialog(view: QWidget, kind: type) -> QWidget:
    found = [one for one in view.findChildren(kind) if one.isVisible()]
    assert len(found) == 1
    return found[0]


def test_the_buttons_stay_where_they_are_while_runs_are_ticked(make: MakeRun, show: Show) -> None:
    make("one")
    view = show()
    places = [view.compare.pos(), view.untick.pos()]
    view.model.toggle(0)
    view.content.layout().activate()
    assert [view.compare.pos(), view.untick.pos()] == places


def test_without_runs_the_page_leads_to_training(
    qtbot: QtBot, session: Session, tmp_path: Path, show: Show
) -> None:
    session.settings.runs_folder = tmp_path / "none"
    view = show()
    assert view.empty.isVisible()
    with qtbot.waitSignal(view.navigate) as going:
        qtbot.mouseClick(view.empty.button, Qt.MouseButton.LeftButton)
    assert going.args == ["train"]


def test_a_line_tells_how_a_run_went(make: MakeRun, show: Show) -> None:
    make("leaf")
    view = show()
    assert _cell(view, 0, Column.NAME) == ("leaf", "")
    assert _cell(view, 0, Column.DATASET) == ("pictures", "2 classes")
    assert _cell(view, 0, Column.PRESET) == ("Fine-tune the last block", "2 + 2 epochs · softmax")
    assert _cell(view, 0, Column.EPOCHS) == ("2", "of 4")
    assert _cell(view, 0, Column.BEST) == (f"75.0{NBSP}%", f"69 to 80{NBSP}%, n = 200")
    assert _cell(view, 0, Column.TIME)[0] == f"1.5{NBSP}min"
    assert _cell(view, 0, Column.STATE)[0] == "finished"
    assert "the last one, not picked by its score" in str(
        view.model.index(0, Column.NAME).data(Qt.ItemDataRole.ToolTipRole)
    )
    assert view.count.text() == "1 run"


def test_the_newest_run_comes_first_and_a_header_sorts(make: MakeRun, show: Show) -> None:
    make("old", created="2026-01-01T10:00:00+00:00", accuracies=(0.9,))
    make("new", created="2026-02-01T10:00:00+00:00", accuracies=(0.6,))
    # earlier than the next line's, though its text is greater
    make("middle", created="2026-01-31T23:30:00-02:00", accuracies=(0.7,))
    make("none", created="2026-01-02T10:00:00+00:00", accuracies=(), outcome="stopped")
    view = show()
    assert _names(view) == ["new", "middle", "none", "old"]
    view.table.sortByColumn(Column.BEST, Qt.SortOrder.DescendingOrder)
    assert _names(view) == ["old", "middle", "new", "none"]
    view.table.sortByColumn(Column.NAME, Qt.SortOrder.AscendingOrder)
    assert _names(view) == ["middle", "new", "none", "old"]


def test_a_name_from_another_machine_is_no_html(make: MakeRun, show: Show) -> None:
    run_list.write_label(make("leaf"), RunLabel('<img src="file:///x.png">'))
    tip = show().model.index(0, Column.NAME).data(Qt.ItemDataRole.ToolTipRole)
    assert "<img" not in str(tip)
    assert "&lt;img" in str(tip)


def test_starred_runs_come_first_while_that_is_wanted(make: MakeRun, show: Show) -> None:
    make("new", created="2026-02-01T10:00:00+00:00")
    run_list.write_label(make("old", created="2026-01-01T10:00:00+00:00"), RunLabel(star=True))
    view = show()
    assert _names(view) == ["old", "new"]
    view.starred_first.setChecked(False)
    assert _names(view) == ["new", "old"]


def test_words_find_runs_by_name_note_dataset_and_recipe(
    qtbot: QtBot, make: MakeRun, show: Show
) -> None:
    run_list.write_label(make("one"), RunLabel("Lecture", "rate 1e-5"))
    make("two")
    view = show()
    for words, found in (
        ("lect", ["Lecture"]),
        ("1E-5 lecture", ["Lecture"]),
        ("two", ["two"]),
        ("pictures", ["Lecture", "two"]),
        ("last block", ["Lecture", "two"]),
        ("nothing", []),
    ):
        view.search.setText(words)
        assert sorted(_names(view)) == found
        assert view.count.text() == run_words.count(len(found), 2)


def test_a_damaged_run_is_listed_with_the_reason(make: MakeRun, show: Show) -> None:
    run = make("broken")
    (run / SUMMARY).write_text("{")
    (run / "dataset.csv").unlink()
    view = show()
    assert _cell(view, 0, Column.STATE)[0] == "damaged"
    assert "dataset.csv" in _cell(view, 0, Column.NAME)[1]
    assert "cannot be read" in str(view.model.index(0, Column.STATE).data(3))
    _select(view, "broken")
    assert not view.offers.show.isEnabled()
    assert view.offers.delete.isEnabled()
    assert view.offers.folder.isEnabled()


def test_ticked_runs_are_asked_to_be_compared(qtbot: QtBot, make: MakeRun, show: Show) -> None:
    first, second = make("a"), make("b")
    view = show()
    view.table.sortByColumn(Column.NAME, Qt.SortOrder.DescendingOrder)
    assert not view.compare.isEnabled()
    view.table.setFocus()
    for name in ("b", "a"):
        _select(view, name)
        qtbot.keyClick(view.table, Qt.Key.Key_Space)
    assert view.ticked.text() == "2 ticked"
    view.search.setText("a")  # what is not found stays ticked
    with qtbot.waitSignal(view.compare_asked) as asked:
        qtbot.mouseClick(view.compare, Qt.MouseButton.LeftButton)
    assert asked.args == [[second, first]]
    qtbot.mouseClick(view.untick, Qt.MouseButton.LeftButton)
    assert not view.compare.isEnabled()


def test_a_click_on_its_box_ticks_a_run_and_one_on_its_star_stars_it(
    qtbot: QtBot, make: MakeRun, show: Show
) -> None:
    run = make("leaf")
    view = show()
    for column in (Column.TICK, Column.STAR):
        place = view.table.visualRect(view.model.index(0, column)).center()
        qtbot.mouseClick(view.table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert view.model.ticked == [run]
    assert run_list.read_label(run).star
    qtbot.waitUntil(lambda: view.model.run(0).label.star)


def test_a_new_name_leaves_the_folder_as_it_is(qtbot: QtBot, make: MakeRun, show: Show) -> None:
    run = make("leaf")
    view = show()
    _select(view, "leaf")
    qtbot.keyClick(view.table, Qt.Key.Key_F2)
    editor = view.table.findChild(QLineEdit)
    assert editor is not None
    assert editor.text() == "leaf"
    editor.setText("Best so far")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: _names(view) == ["Best so far"])
    assert _cell(view, 0, Column.NAME) == ("Best so far", "leaf")
    assert run.is_dir()
    assert view.table.selected[0].directory == run


def test_a_note_stands_under_the_name(qtbot: QtBot, make: MakeRun, show: Show) -> None:
    make("leaf")
    view = show()
    _select(view, "leaf")
    view.offers.note.trigger()
    dialog = _dialog(view, NoteDialog)
    assert isinstance(dialog, NoteDialog)
    qtbot.keyClicks(dialog.edit, "flip off")
    qtbot.keyClick(dialog.edit, Qt.Key.Key_Return)
    qtbot.keyClicks(dialog.edit, "and more")
    qtbot.keyClick(dialog.edit, Qt.Key.Key_Tab)  # to the buttons, whose first keeps it
    assert not dialog.edit.hasFocus()
    qtbot.keyClick(dialog.edit, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: _cell(view, 0, Column.NAME) == ("leaf", "flip off"))


def test_what_is_deleted_is_named_first_and_goes_to_the_trash(
    qtbot: QtBot, make: MakeRun, show: Show, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = make("old", created="2026-01-01T10:00:00+00:00")
    make("new", created="2026-02-01T10:00:00+00:00")
    trash: list[Path] = []

    def throw(path: Path) -> None:
        trash.append(path)
        path.rename(path.parent.parent / "trash")

    monkeypatch.setattr("send2trash.send2trash", throw)
    view = show()
    _select(view, "old")
    qtbot.keyClick(view.table, Qt.Key.Key_Delete)
    box = _dialog(view, QMessageBox)
    assert isinstance(box, QMessageBox)
    assert box.text() == "Move the run old to the trash?"
    assert trash == []
    button = next(one for one in box.findChildren(QPushButton) if "Move" in one.text())
    with qtbot.waitSignal(view.listed):
        button.click()
    assert trash == [gone]
    assert _names(view) == ["new"]


def test_a_run_that_another_process_trains_can_be_neither_deleted_nor_resumed(
    make: MakeRun, show: Show
) -> None:
    run = make("leaf", outcome="")
    with runs_places.held(run):
        view = show()
        assert _cell(view, 0, Column.STATE)[0] == "training now"
        _select(view, "leaf")
        for action in (
            view.offers.delete,
            view.offers.resume,
            view.offers.extend,
            view.offers.save,
        ):
            assert not action.isEnabled()
            assert action.toolTip()


def test_one_that_cannot_go_to_the_trash_stays_and_is_said(
    qtbot: QtBot, make: MakeRun, show: Show, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = make("leaf")

    def refuse(path: Path) -> None:
        raise OSError(18, "no trash on this disk")

    monkeypatch.setattr("send2trash.send2trash", refuse)
    view = show()
    with qtbot.waitSignal(view.listed):
        view.work.throw([run])
    assert "no trash on this disk" in view.notice.text
    assert _names(view) == ["leaf"]


def test_its_recipe_is_chosen_again(session: Session, make: MakeRun, show: Show) -> None:
    make("leaf")
    assert session.recipe != RECIPE
    view = show()
    _select(view, "leaf")
    view.offers.recipe.trigger()
    assert session.recipe == RECIPE
    assert "leaf" in view.notice.text
    session.undo()
    assert session.recipe != RECIPE


def test_a_run_is_shown_with_its_results(
    qtbot: QtBot, session: Session, make: MakeRun, show: Show
) -> None:
    run = make("leaf")
    view = show()
    _select(view, "leaf")
    pages: list[str] = []
    view.navigate.connect(pages.append)
    with qtbot.waitSignal(session.run_shown):
        qtbot.keyClick(view.table, Qt.Key.Key_Return)
    assert pages == ["results"]
    assert session.run is not None
    assert session.run.directory == run


def test_a_run_goes_on_and_is_listed_as_training(
    qtbot: QtBot,
    session: Session,
    make: MakeRun,
    show: Show,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    training = replace_training(monkeypatch)
    make("leaf", outcome="stopped")
    view = show()
    _select(view, "leaf")
    assert view.offers.resume.isEnabled()
    with qtbot.waitSignal(session.run_created):
        view.offers.resume.trigger()
    qtbot.waitUntil(lambda: _cell(view, 0, Column.STATE)[0] == "training now")
    with qtbot.waitSignal(session.training_finished):
        training.may_finish.set()
    qtbot.waitUntil(lambda: _cell(view, 0, Column.STATE)[0] == "finished")


def test_more_epochs_are_asked_for_once_the_run_is_shown(
    qtbot: QtBot, session: Session, make: MakeRun, show: Show
) -> None:
    make("leaf")
    view = show()
    _select(view, "leaf")
    with qtbot.waitSignal(session.run_shown):
        view.offers.extend.trigger()
    dialog = _dialog(view, ExtendDialog)
    assert isinstance(dialog, ExtendDialog)
    assert "Stage 2" in dialog.labelText()
    dialog.reject()


def test_a_training_that_begins_joins_the_list(
    qtbot: QtBot,
    session: Session,
    make: MakeRun,
    show: Show,
    picture_folder: PictureFolder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    training = replace_training(monkeypatch)
    make("leaf")
    open_folder(qtbot, session, picture_folder(per_class=5, name="others"))
    view = show()
    _select(view, "leaf")
    with qtbot.waitSignal(session.event_received):
        session.start_training()
    qtbot.waitUntil(lambda: view.model.rowCount() == 2)
    assert view.table.selected[0].name == "leaf"
    qtbot.waitUntil(lambda: _cell(view, 0, Column.EPOCHS)[0] == "1")
    training.may_finish.set()
    qtbot.waitUntil(lambda: not session.is_training)


def test_a_run_is_saved_as_one_file_and_opened_again(
    qtbot: QtBot, session: Session, make: MakeRun, show: Show, tmp_path: Path
) -> None:
    run = make("leaf")
    view = show()
    file = tmp_path / "leaf.thaw.zip"
    with qtbot.waitSignal(view.archives.saved):
        view.archives.save(run, file, weights=False)
    assert "without pictures" in view.notice.text
    with qtbot.waitSignal(view.archives.opened):
        view.archives.open(file)
    qtbot.waitUntil(lambda: view.model.rowCount() == 2)
    assert [one.directory.name for one in view.table.selected] == ["leaf-2"]


def test_the_question_before_saving_calls_the_run_by_its_name(make: MakeRun, show: Show) -> None:
    run = make("leaf")
    run_list.write_label(run, RunLabel(name="An oak's leaves"))
    view = show()
    view.archives.ask_save(run)
    box = _dialog(view, QMessageBox)
    assert isinstance(box, QMessageBox)
    assert "An oak's leaves" in box.text()
    box.reject()


def test_the_arrow_of_the_order_has_room_beside_a_heading_at_the_right(
    make: MakeRun, show: Show
) -> None:
    make("leaf")
    view = show()
    columns = view.table.horizontalHeader()
    heading = {Column.BEST: "Accuracy", Column.EPOCHS: "Epochs", Column.TIME: "Time"}
    for column, title in heading.items():
        view.table.sortByColumn(column, Qt.SortOrder.DescendingOrder)
        shown = view.model.headerData(column, Qt.Orientation.Horizontal)
        room = columns.fontMetrics().horizontalAdvance(str(shown).removeprefix(title))
        assert room > 8
        assert columns.fontMetrics().horizontalAdvance(str(shown)) < columns.sectionSize(column) - 6
        others = [one for one in heading if one != column]
        assert [view.model.headerData(one, Qt.Orientation.Horizontal) for one in others] == [
            heading[one] for one in others
        ]


def test_a_file_that_is_no_run_is_said(
    qtbot: QtBot, make: MakeRun, show: Show, tmp_path: Path
) -> None:
    make("leaf")
    view = show()
    (tmp_path / "bad.thaw.zip").write_bytes(b"PK nothing")
    with qtbot.waitSignal(view.archives.failed):
        view.archives.open(tmp_path / "bad.thaw.zip")
    assert "is no zip file" in view.notice.text


def test_a_label_that_cannot_be_kept_is_said(
    make: MakeRun, show: Show, monkeypatch: pytest.MonkeyPatch
) -> None:
    make("leaf")
    view = show()

    def full(directory: Path, label: RunLabel) -> RunLabel:
        raise ThawError("run_label_unwritable", path=str(directory), reason="disk full")

    monkeypatch.setattr(run_list, "write_label", full)
    view.work.star([view.model.run(0)])
    assert "disk full" in view.notice.text


def test_several_runs_get_a_star_at_once(qtbot: QtBot, make: MakeRun, show: Show) -> None:
    for name in ("a", "b", "c"):
        make(name)
    view = show()
    view.table.selectAll()
    view.offers.star.trigger()
    qtbot.waitUntil(lambda: all(view.model.run(row).label.star for row in range(3)))
    assert "away" in view.offers.star.text()


def test_a_selection_stays_with_its_run_when_others_come(
    qtbot: QtBot, make: MakeRun, show: Show
) -> None:
    make("b", created="2026-01-02T10:00:00+00:00")
    view = show()
    flags = QItemSelectionModel.SelectionFlag
    index = view.model.index(0, Column.NAME)
    view.table.selectionModel().setCurrentIndex(index, flags.ClearAndSelect | flags.Rows)
    make("c", created="2026-01-03T10:00:00+00:00")
    with qtbot.waitSignal(view.listed):
        view.refresh()
    assert _names(view) == ["c", "b"]
    assert view.table.currentIndex().row() == 1
    assert [one.name for one in view.table.selected] == ["b"]


def test_an_old_summary_leaves_cells_empty(make: MakeRun, show: Show) -> None:
    file = make("leaf") / SUMMARY
    data = json.loads(file.read_bytes())
    for name in ("seconds", "stages", "head", "classes"):
        del data[name]
    file.write_text(json.dumps(data))
    view = show()
    assert _cell(view, 0, Column.TIME)[0] == ""
    assert _cell(view, 0, Column.PRESET) == ("Fine-tune the last block", "")


def test_each_key_of_the_menu_means_one_thing(qtbot: QtBot, make: MakeRun, show: Show) -> None:
    make("leaf")
    view = show()
    _select(view, "leaf")
    names = [one.text() for one in view.offers.menu().actions() if one.text()]
    keys = [QKeySequence.mnemonic(name).toString() for name in names]
    assert "" not in keys
    assert len(keys) == len(set(keys))
