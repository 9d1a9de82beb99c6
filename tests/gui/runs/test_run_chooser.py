"""The earlier runs of this machine, in a list of which one is chosen."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from core.runs import list as run_list
from core.runs.list import RunLabel
from core.runs.places import BEST, SUMMARY
from gui.runs.chooser import RunChooser
from tests.support.window.past_runs import make_run


def opened(qtbot: QtBot, folder: Path, *, for_weights: bool = True) -> RunChooser:
    made = RunChooser(folder, for_weights=for_weights)
    qtbot.addWidget(made)
    with qtbot.waitExposed(made):
        made.show()
    qtbot.waitUntil(lambda: not made.is_busy)
    return made


def rows(chooser: RunChooser) -> list[list[str]]:
    count = chooser.list.topLevelItemCount()
    items = [chooser.list.topLevelItem(number) for number in range(count)]
    return [[item.text(column) for column in range(4)] for item in items if item is not None]


def test_runs_with_weights_are_listed_the_newest_first(qtbot: QtBot, tmp_path: Path) -> None:
    make_run(tmp_path, "old")
    make_run(tmp_path, "new", created="2026-01-03T03:04:05+00:00", preset="custom", epochs=1)
    make_run(tmp_path, "no-epoch", best=None)
    (make_run(tmp_path, "no-weights") / BEST).unlink()
    (make_run(tmp_path, "damaged") / SUMMARY).write_text("{")
    found = rows(opened(qtbot, tmp_path))
    assert [row[0] for row in found] == ["new", "old"]
    assert found[0][2] == "A way of its own, 1 epoch"
    assert found[1][2] == "Feature extractor, 20 epochs"
    assert found[1][3].replace("\N{NO-BREAK SPACE}", " ") == "87.5 % of 96 (79 to 93 %)"
    assert "26" in found[1][1]


def test_a_run_without_weights_can_be_opened_under_the_name_it_was_given(
    qtbot: QtBot, tmp_path: Path
) -> None:
    run_list.write_label(
        make_run(tmp_path, "begun", best=None, state="stopped"), RunLabel("Leaves")
    )
    (make_run(tmp_path, "damaged") / SUMMARY).write_text("{")
    found = rows(opened(qtbot, tmp_path, for_weights=False))
    assert [(row[0], row[3]) for row in found] == [("Leaves", "no epoch yet")]


def test_the_newest_is_taken_with_return_and_another_with_the_mouse(
    qtbot: QtBot, tmp_path: Path
) -> None:
    old = make_run(tmp_path, "old")
    new = make_run(tmp_path, "new", created="2026-01-03T03:04:05+00:00")
    chooser = opened(qtbot, tmp_path)
    with qtbot.waitSignal(chooser.chosen) as chosen:
        qtbot.keyClick(chooser.list, Qt.Key.Key_Return)
    assert chosen.args == [new]
    assert not chooser.isVisible()
    chooser = opened(qtbot, tmp_path)
    chooser.list.setCurrentItem(chooser.list.topLevelItem(1))
    with qtbot.waitSignal(chooser.chosen) as chosen:
        qtbot.mouseClick(chooser.use_button, Qt.MouseButton.LeftButton)
    assert chosen.args == [old]


@pytest.mark.parametrize("name", ["empty", "gone"])
def test_without_runs_another_folder_can_still_be_asked_for(
    qtbot: QtBot, tmp_path: Path, name: str
) -> None:
    (tmp_path / "empty").mkdir()
    chooser = opened(qtbot, tmp_path / name)
    assert chooser.state.text().startswith("No run in")
    assert not chooser.use_button.isEnabled()
    with qtbot.waitSignal(chooser.elsewhere):
        qtbot.mouseClick(chooser.elsewhere_button, Qt.MouseButton.LeftButton)
    assert not chooser.isVisible()
