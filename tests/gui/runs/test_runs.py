"""Past runs in the window: their table, the dialog that chooses one, the menu that exports some."""

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from core.common.messages import ThawError
from core.runs import list as run_list
from core.runs.list import ListedRun, RunLabel
from core.runs.places import BEST, SUMMARY
from core.runs.summary import BestEpoch, StagePlan
from gui.runs import export as runs_export
from gui.runs.chooser import RunChooser
from gui.runs.export import ExportMenu
from gui.runs.table import SECOND_LINE, Column, RunsModel, RunsTable
from tests.support.pictures import draw_folder
from tests.support.runs import recorded_run
from tests.support.window.acting import click, press

NBSP = "\N{NO-BREAK SPACE}"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw_folder(tmp_path_factory.mktemp("dataset"), classes=2, per_class=5)


# -- the table --------------------------------------------------------------------------------


def listed(name: str, day: int = 1, **fields: Any) -> ListedRun:
    """A finished run of a day in January."""
    values: dict[str, Any] = {
        "created": f"2026-01-{day:02}T10:00:00+00:00",
        "dataset": "leaves",
        "classes": 2,
        "preset": "fine-tune-last",
        "head": "softmax",
        "stages": (StagePlan(2, ()), StagePlan(2, (5,))),
        "epochs": 2,
        "planned_epochs": 4,
        "best": BestEpoch(1, 2, 0.75, 0.25, 200, "last"),
        "seconds": 90.0,
    }
    return ListedRun(Path("runs") / name, "finished", **{**values, **fields})


@pytest.fixture
def table(qtbot: QtBot) -> RunsTable:
    model = RunsModel()
    made = RunsTable(model)
    model.setParent(made)
    qtbot.addWidget(made)
    made.resize(1000, 300)
    made.show()
    return made


def model_of(table: RunsTable, *runs: ListedRun) -> RunsModel:
    """The table's model, once it shows ``runs``."""
    model = table.model()
    model.set_runs(runs)
    return model


def names(model: RunsModel) -> list[str]:
    return [str(model.index(row, Column.NAME).data()) for row in range(model.rowCount())]


def test_a_line_tells_how_a_run_went(table: RunsTable) -> None:
    model = model_of(table, listed("leaf"))

    def cell(column: Column) -> tuple[str, str]:
        index = model.index(0, column)
        return index.data(), index.data(SECOND_LINE)

    assert cell(Column.NAME) == ("leaf", "")
    assert cell(Column.DATASET) == ("leaves", "2 classes")
    assert cell(Column.PRESET)[1] == "2 + 2 epochs · softmax"
    assert cell(Column.EPOCHS) == ("2", "of 4")
    assert cell(Column.BEST) == (f"75.0{NBSP}%", f"69 to 80{NBSP}%, n = 200")
    assert cell(Column.TIME) == (f"1.5{NBSP}min", "")
    assert cell(Column.STATE)[0] == "finished"
    tip = model.index(0, Column.NAME).data(Qt.ItemDataRole.ToolTipRole)
    for words in ("150", "200", f"75.0{NBSP}%", "stage 1", "epoch 2"):
        assert words in tip
    assert not table.grab().isNull()
    model.set_runs([listed("leaf", seconds=9.0, planned_epochs=2)])
    assert (cell(Column.TIME)[0], cell(Column.EPOCHS)) == (f"9.0{NBSP}s", ("2", ""))
    preset = cell(Column.PRESET)[0]
    old = {"seconds": 0.0, "stages": (), "head": "", "classes": 0}
    model.set_runs([listed("leaf", **old)])
    assert cell(Column.TIME)[0] == ""
    assert cell(Column.PRESET) == (preset, "")


def test_a_damaged_run_has_its_reason_and_names_and_notes_are_no_html(table: RunsTable) -> None:
    error = ThawError("read_failed", path="runs/broken", reason="no dataset.csv")
    model = model_of(table, ListedRun(Path("runs/broken"), "damaged", error=error))
    assert model.index(0, Column.STATE).data() == "damaged"
    assert model.index(0, Column.NAME).data(SECOND_LINE) == "no dataset.csv"
    assert "no dataset.csv" in model.index(0, Column.STATE).data(Qt.ItemDataRole.ToolTipRole)
    model.toggle(0)
    assert model.ticked == []
    model.set_runs([listed("leaf", label=RunLabel('<img src="file:///x.png">', "<b>\nmore"))])
    tip = model.index(0, Column.NAME).data(Qt.ItemDataRole.ToolTipRole)
    assert "<img" not in tip
    assert "&lt;img" in tip
    assert model.index(0, Column.NAME).data(SECOND_LINE) == "<b>"


def test_the_newest_comes_first_after_starred_ones_and_a_header_sorts(table: RunsTable) -> None:
    def best(accuracy: float) -> dict[str, Any]:
        return {"best": BestEpoch(1, 2, accuracy, 0.25, 200)}

    # earlier than the next line's, though its text is greater
    middle = listed("middle", **best(0.7), created="2026-02-01T00:30:00+02:00")
    new = listed("new", **best(0.6), created="2026-01-31T23:30:00+00:00")
    old, none = listed("old", 1, **best(0.9)), listed("none", 2, best=None)
    model = model_of(table, old, new, middle, none)
    assert names(model) == ["new", "middle", "none", "old"]
    table.sortByColumn(Column.BEST, Qt.SortOrder.DescendingOrder)
    assert names(model) == ["old", "middle", "new", "none"]
    table.sortByColumn(Column.NAME, Qt.SortOrder.AscendingOrder)
    assert names(model) == ["middle", "new", "none", "old"]
    model.set_run(listed("old", 1, **best(0.9), label=RunLabel(star=True)))
    assert names(model) == ["old", "middle", "new", "none"]
    model.set_starred_first(False)
    assert names(model) == ["middle", "new", "none", "old"]
    table.sortByColumn(Column.STATE, Qt.SortOrder.AscendingOrder)  # all alike: by the time
    assert names(model) == ["new", "middle", "none", "old"]
    for column in Column:
        for order in (Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder):
            table.sortByColumn(column, order)
            assert sorted(names(model)) == ["middle", "new", "none", "old"]


def test_words_find_runs_by_name_note_dataset_and_recipe(table: RunsTable) -> None:
    lecture = listed("one", label=RunLabel("Lecture", "rate 1e-5"))
    model = model_of(table, lecture, listed("two"))
    for words, found in (
        ("lect", ["Lecture"]),
        ("1E-5 lecture", ["Lecture"]),
        ("two", ["two"]),
        ("leaves", ["Lecture", "two"]),
        ("fine-tune", ["Lecture", "two"]),
        ("nothing", []),
    ):
        model.set_search(words)
        assert sorted(names(model)) == found
        assert model.total == 2


def test_ticks_and_the_selection_stay_with_their_runs(qtbot: QtBot, table: RunsTable) -> None:
    a, b = listed("a", 2), listed("b", 1)
    model = model_of(table, a, b)
    for run in (b, a):
        table.clearSelection()
        table.select([run.directory])
        press(table, Qt.Key.Key_Space)
    model.set_search("a")
    assert model.ticked == [b.directory, a.directory]
    model.set_search("")
    with qtbot.waitSignal(model.ticks_changed):
        model.set_runs([a])
    assert model.ticked == [a.directory]
    click(table.viewport(), table.visualRect(model.index(0, Column.TICK)).center())
    assert model.ticked == []
    with qtbot.waitSignal(table.star_asked) as asked:
        click(table.viewport(), table.visualRect(model.index(0, Column.STAR)).center())
    assert asked.args == [a.directory]
    table.select([a.directory])
    model.set_runs([listed("c", 3), a])
    assert names(model) == ["c", "a"]
    assert table.currentIndex().row() == 1
    assert [one.name for one in table.selected] == ["a"]


def test_the_arrow_of_the_order_has_room_beside_a_heading_at_the_right(table: RunsTable) -> None:
    model, columns = model_of(table, listed("leaf")), table.horizontalHeader()
    right = (Column.BEST, Column.EPOCHS, Column.TIME)

    def titles() -> list[str]:
        return [str(model.headerData(one, Qt.Orientation.Horizontal)) for one in right]

    table.sortByColumn(Column.NAME, Qt.SortOrder.DescendingOrder)
    plain = titles()
    for place, column in enumerate(right):
        table.sortByColumn(column, Qt.SortOrder.DescendingOrder)
        shown = titles()
        width = columns.fontMetrics().horizontalAdvance(shown[place])
        assert shown[place].removeprefix(plain[place]).isspace()
        assert width < columns.sectionSize(column) - 6
        assert shown[:place] + shown[place + 1 :] == plain[:place] + plain[place + 1 :]


# -- the dialog -------------------------------------------------------------------------------


def opened(qtbot: QtBot, runs: Path, *, for_weights: bool = True) -> RunChooser:
    made = RunChooser(runs, for_weights=for_weights)
    qtbot.addWidget(made)
    with qtbot.waitExposed(made):
        made.show()
    qtbot.waitUntil(lambda: not made.is_busy)
    return made


def rows(chooser: RunChooser) -> list[list[str]]:
    items = (chooser.list.topLevelItem(row) for row in range(chooser.list.topLevelItemCount()))
    return [[item.text(column) for column in range(4)] for item in items if item is not None]


def test_runs_with_weights_are_chosen(qtbot: QtBot, folder: Path, tmp_path: Path) -> None:
    old = recorded_run(folder, tmp_path / "old").directory
    one_epoch = 'stages=[{"epochs":1,"thawed":[2]}]'
    later = "2026-03-02T10:00:00+01:00"
    new = recorded_run(folder, tmp_path / "new", (0.5,), settings=[one_epoch], created=later)
    recorded_run(folder, tmp_path / "begun", (), outcome="stopped")
    (recorded_run(folder, tmp_path / "no-weights").directory / BEST).unlink()
    damaged = recorded_run(folder, tmp_path / "damaged").directory
    (damaged / SUMMARY).write_text("{")
    (damaged / "dataset.csv").unlink()
    run_list.write_label(tmp_path / "begun", RunLabel("Leaves"))
    chooser = opened(qtbot, tmp_path)
    found = rows(chooser)
    assert [row[0] for row in found] == ["new", "old"]
    assert found[0][2].endswith("1 epoch")
    assert found[1][2].endswith("2 epochs")
    for words in (f"75.0{NBSP}%", "200", f"69 to 80{NBSP}%"):
        assert words in found[1][3]
    assert "26" in found[1][1]
    with qtbot.waitSignal(chooser.chosen) as chosen:
        press(chooser.list, Qt.Key.Key_Return)
    assert chosen.args == [new.directory]
    assert not chooser.isVisible()
    chooser = opened(qtbot, tmp_path)
    chooser.list.setCurrentItem(chooser.list.topLevelItem(1))
    with qtbot.waitSignal(chooser.chosen) as chosen:
        click(chooser.use_button)
    assert chosen.args == [old]
    whole = {row[0]: row[3] for row in rows(opened(qtbot, tmp_path, for_weights=False))}
    assert set(whole) == {"new", "old", "no-weights", "Leaves"}
    assert not any(letter.isdigit() for letter in whole["Leaves"])


def test_without_runs_another_folder_is_offered(qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for folder in (tmp_path / "empty", tmp_path / "gone"):
        chooser = opened(qtbot, folder)
        assert str(folder) in chooser.state.text()
        assert not chooser.use_button.isEnabled()
        with qtbot.waitSignal(chooser.elsewhere):
            click(chooser.elsewhere_button)
        assert not chooser.isVisible()


# -- the menu ---------------------------------------------------------------------------------


def test_a_name_without_the_chosen_suffix_gets_it_and_no_name_writes_nothing(
    qtbot: QtBot, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    menu = ExportMenu()
    qtbot.addWidget(menu)
    assert not menu.menuAction().isEnabled()
    menu.set_runs([recorded_run(folder, tmp_path / "run").directory])
    assert menu.menuAction().isEnabled()
    for action, answer, kind, start in (
        (menu.entries["numbers"], "my.run", "Tables (*.csv)", b"epoch"),
        (menu.entries["figure"], "my.csv", "SVG (*.svg)", b"<?xml"),
    ):
        assert action.isEnabled()
        asked = str(tmp_path / answer), kind
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, asked=asked: asked)
        written = tmp_path / f"{answer}.{kind[-4:-1]}"
        with qtbot.waitSignal(menu.exported, timeout=20_000) as told:
            action.trigger()
        assert str(written) in told.args[0]
        assert start in written.read_bytes()[:200]
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: ("", ""))
    menu.entries["report"].trigger()
    assert not menu.is_busy
    monkeypatch.setattr(runs_export.importlib.util, "find_spec", lambda _name: None)
    menu.aboutToShow.emit()
    assert not menu.tensorboard.isEnabled()
    assert "pip" in menu.tensorboard.toolTip()
