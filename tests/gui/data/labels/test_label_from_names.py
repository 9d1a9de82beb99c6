"""The rule by which a file name tells the class: chosen from some, or one's own."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from gui.data.labels.from_names import COUNT, NAME, PICTURES, LabelCounts, LabelFromNames
from gui.session.labelling import Pictures
from tests.support.window.label_view import counts, green, looked_at

NAMES = (
    *[f"great_dane_{number}.jpg" for number in range(1, 5)],
    *[f"beagle_{number}.jpg" for number in range(1, 4)],
    "poodle_1.jpg",
    "cover.jpg",
)


def pictures(names: tuple[str, ...] = NAMES) -> Pictures:
    return Pictures(Path("dogs"), "dogs", names, names, {})


@pytest.fixture
def view(qtbot: QtBot) -> Iterator[LabelFromNames]:
    made = LabelFromNames(load=green)
    qtbot.addWidget(made)
    made.resize(1000, 400)
    with qtbot.waitExposed(made):
        made.show()
    yield made
    made.close_jobs()


def show(qtbot: QtBot, view: LabelFromNames, names: tuple[str, ...] = NAMES) -> None:
    looked = looked_at(pictures(names))
    view.show_pictures(pictures(names), looked.proposals, looked.examples)
    settle(qtbot, view)


def settle(qtbot: QtBot, view: LabelFromNames) -> None:
    qtbot.waitUntil(lambda: not view.is_busy)


def rules(view: LabelFromNames) -> list[str]:
    return [view.rules.item(row).text() for row in range(view.rules.count())]


def test_rules_are_offered_with_an_example_each(qtbot: QtBot, view: LabelFromNames) -> None:
    show(qtbot, view)
    first = rules(view)[0].split("\n")
    assert first == ["Before the first digit", "great_dane_1.jpg → great_dane · 3 classes"]
    assert any(rule.startswith("Before the first “_”\n") for rule in rules(view))
    assert counts(view.counts) == {"great_dane": 4, "beagle": 3, "poodle": 1}
    assert view.sum.text == "8 of 9 pictures labelled · 3 classes"
    assert view.notes.lines == [
        "1 class has one picture only: poodle",
        "1 name gives no class: cover.jpg",
    ]


def test_another_rule_gives_other_classes_at_once(qtbot: QtBot, view: LabelFromNames) -> None:
    show(qtbot, view)
    row = next(row for row, rule in enumerate(rules(view)) if rule.startswith("Before the first “"))
    view.rules.setFocus()
    for _ in range(row):
        qtbot.keyClick(view.rules, Qt.Key.Key_Down)
    settle(qtbot, view)
    assert set(counts(view.counts)) == {"great", "beagle", "poodle"}
    assert view.given.labels["great_dane_1.jpg"] == "great"


def test_a_separator_of_ones_own(qtbot: QtBot, view: LabelFromNames) -> None:
    names = ("cat~1~x.jpg", "cat~2~x.jpg", "dog~1~y.jpg", "dog~2~y.jpg")
    show(qtbot, view, names)
    qtbot.keyClicks(view.own, "~")
    settle(qtbot, view)
    assert view.rules.currentRow() == -1
    assert counts(view.counts) == {"cat": 2, "dog": 2}
    view.side.setCurrentIndex(view.side.findData("after-last"))
    view.side.activated.emit(view.side.currentIndex())
    settle(qtbot, view)
    assert counts(view.counts) == {"x": 2, "y": 2}


def test_without_the_separator_the_best_rule_is_back(qtbot: QtBot, view: LabelFromNames) -> None:
    show(qtbot, view)
    qtbot.keyClicks(view.own, "zz")
    settle(qtbot, view)
    assert counts(view.counts) == {}
    assert "9 names give no class: great_dane_1.jpg" in view.notes.lines[0]
    view.own.selectAll()
    qtbot.keyClick(view.own, Qt.Key.Key_Delete)
    settle(qtbot, view)
    assert counts(view.counts)["great_dane"] == 4


def test_names_that_tell_nothing_say_so_and_ask_for_a_separator(
    qtbot: QtBot, view: LabelFromNames
) -> None:
    show(qtbot, view, tuple(f"IMG_{number}.jpg" for number in range(20)))
    assert not view.rules.isVisible()
    assert "tell no classes" in view.heading.text()
    assert view.sum.text == "0 of 20 pictures labelled · 0 classes"
    assert view.given.labels == {}


# -- the table of counts --------------------------------------------------------------------


def cell(table: LabelCounts, row: int, column: int) -> str:
    return str(table.model().index(row, column).data())


def test_the_classes_are_sorted_by_count_or_by_name(qtbot: QtBot, view: LabelFromNames) -> None:
    names = tuple(f"c{number}_{copy}.jpg" for number in (2, 10, 1) for copy in range(number + 1))
    show(qtbot, view, names)
    qtbot.keyClicks(view.own, "_")
    settle(qtbot, view)
    table = view.counts
    assert [cell(table, row, NAME) for row in range(3)] == ["c10", "c2", "c1"]
    table.sortByColumn(NAME, Qt.SortOrder.AscendingOrder)
    assert [cell(table, row, NAME) for row in range(3)] == ["c1", "c2", "c10"]
    assert [cell(table, row, COUNT) for row in range(3)] == ["2", "3", "11"]


def test_a_class_of_one_picture_is_marked(qtbot: QtBot, view: LabelFromNames) -> None:
    show(qtbot, view)
    model = view.counts.model()
    marks = [model.index(row, COUNT).data(Qt.ItemDataRole.DecorationRole) for row in range(3)]
    assert [mark is not None for mark in marks] == [False, False, True]
    tip = model.index(2, NAME).data(Qt.ItemDataRole.ToolTipRole)
    assert tip == "poodle: 1 picture only, so nothing can check this class"


def test_a_few_pictures_of_each_class_are_shown(qtbot: QtBot, view: LabelFromNames) -> None:
    show(qtbot, view)
    table = view.counts
    rect = table.visualRect(table.model().index(0, PICTURES))

    def seen() -> QColor:
        image = table.viewport().grab().toImage()
        return image.pixelColor(rect.left() + 20, rect.center().y())

    qtbot.waitUntil(lambda: seen() == QColor(0, 255, 0))
