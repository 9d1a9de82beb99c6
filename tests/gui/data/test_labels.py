"""Classes for images without class folders: from names, a table, by hand; the best way first."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QMainWindow
from pytestqt.qtbot import QtBot

from core.dataset.edits import Edits
from core.dataset.labels.rules import SEPARATOR, Rule
from core.dataset.scan import look_through
from core.dataset.summary import summarize
from gui.data.images.dialog import PictureDialog
from gui.data.labels import by_hand
from gui.data.labels.by_hand import LabelByHand, RenameDialog
from gui.data.labels.from_names import COUNT, NAME, PICTURES, LabelFromNames
from gui.data.labels.from_table import LabelFromTable
from gui.data.labels.words import rule_title
from gui.session.labelling import Pictures, find_tables
from gui.shell.menus import UndoKeys
from tests.support.window.acting import click
from tests.support.window.data_page import (
    PETS,
    PHOTOS,
    Labelling,
    counts,
    drag,
    emitted,
    flat_folder,
    green,
    looked_at,
    numbers,
    on_screen,
    settle,
    write_table,
)

# -- from file names ------------------------------------------------------------------------

DOGS = (
    *[f"great_dane_{number}.jpg" for number in range(1, 5)],
    *[f"beagle_{number}.jpg" for number in range(1, 4)],
    "poodle_1.jpg",
    "cover.jpg",
)


@pytest.fixture
def names(qtbot: QtBot) -> LabelFromNames:
    return on_screen(qtbot, LabelFromNames(load=green), 1000, 400, LabelFromNames.close_jobs)


def show_names(qtbot: QtBot, view: LabelFromNames, files: tuple[str, ...] = DOGS) -> None:
    pictures = Pictures(Path("dogs"), "dogs", files, files, {})
    looked = looked_at(pictures)
    view.show_pictures(pictures, looked.proposals)
    qtbot.waitUntil(lambda: not view.is_busy)


def type_own(qtbot: QtBot, view: LabelFromNames, separator: str) -> None:
    """A separator of one's own; with "", none any more."""
    view.own.selectAll()
    if separator:
        QTest.keyClicks(view.own, separator)
    else:
        QTest.keyClick(view.own, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: not view.is_busy)


def test_rules_are_offered_with_an_example_each(qtbot: QtBot, names: LabelFromNames) -> None:
    show_names(qtbot, names)
    rules = [names.rules.item(row).text().split("\n") for row in range(names.rules.count())]
    assert rules[0][1].startswith("great_dane_1.jpg → great_dane ")
    assert numbers(rules[0][1]) == [3]
    assert len({title for title, _example in rules}) == len(rules) > 1
    assert counts(names.counts) == {"great_dane": 4, "beagle": 3, "poodle": 1}
    assert numbers(names.sum.text) == [8, 9, 3]
    single, unnamed = names.notes.lines
    assert (numbers(single), single.endswith(": poodle")) == ([1], True)
    assert (numbers(unnamed), unnamed.endswith(": cover.jpg")) == ([1], True)
    table, model = names.counts, names.counts.model()
    marks = [model.index(row, COUNT).data(Qt.ItemDataRole.DecorationRole) for row in range(3)]
    assert [mark is not None for mark in marks] == [False, False, True]
    tips = [model.index(row, NAME).data(Qt.ItemDataRole.ToolTipRole) for row in (1, 2)]
    assert [numbers(tip) for tip in tips] == [[3], [1]]
    assert tips[1].startswith("poodle: ")
    rect = table.visualRect(model.index(0, PICTURES))
    first, shown = QPoint(rect.left() + 20, rect.center().y()), QColor(0, 255, 0)
    qtbot.waitUntil(lambda: table.viewport().grab().toImage().pixelColor(first) == shown)
    row = [title for title, _example in rules].index(rule_title(Rule(SEPARATOR)))
    names.rules.setFocus()
    for _ in range(row):
        QTest.keyClick(names.rules, Qt.Key.Key_Down)
    qtbot.waitUntil(lambda: not names.is_busy)
    assert set(counts(names.counts)) == {"great", "beagle", "poodle"}
    assert names.given.labels["great_dane_1.jpg"] == "great"


def test_a_separator_of_ones_own_makes_other_classes(qtbot: QtBot, names: LabelFromNames) -> None:
    files = tuple(f"c{number}_{copy}.jpg" for number in (2, 10, 1) for copy in range(number + 1))
    show_names(qtbot, names, files)
    type_own(qtbot, names, "_")
    table = names.counts

    def column(column: int) -> list[str]:
        return [str(table.model().index(row, column).data()) for row in range(3)]

    assert column(NAME) == ["c10", "c2", "c1"]
    table.sortByColumn(NAME, Qt.SortOrder.AscendingOrder)
    assert column(NAME) == ["c1", "c2", "c10"]
    assert column(COUNT) == ["2", "3", "11"]
    show_names(qtbot, names)
    usual = names.heading.text()
    type_own(qtbot, names, "_")
    assert names.rules.currentRow() == -1
    assert counts(names.counts) == {"great": 4, "beagle": 3, "poodle": 1}
    names.side.setCurrentIndex(names.side.findData("after-last"))
    names.side.activated.emit(names.side.currentIndex())
    qtbot.waitUntil(lambda: not names.is_busy)
    assert counts(names.counts) == {"1": 3, "2": 2, "3": 2, "4": 1}
    type_own(qtbot, names, "zz")
    assert counts(names.counts) == {}
    (note,) = names.notes.lines
    assert numbers(note)[0] == 9
    assert "great_dane_1.jpg" in note
    type_own(qtbot, names, "")
    assert counts(names.counts)["great_dane"] == 4, "the best rule is back"
    show_names(qtbot, names, tuple(f"IMG_{number}.jpg" for number in range(20)))
    assert not names.rules.isVisible(), "the names tell nothing: it asks for a separator"
    assert names.heading.text() != usual
    assert numbers(names.sum.text) == [0, 20, 0]
    assert names.given.labels == {}


# -- from a table ---------------------------------------------------------------------------

FILES = tuple(f"{number:04x}.jpg" for number in range(10))
ROWS = [
    ("id", "breed", "part"),
    *((name[:-4], "ab"[int(name[3], 16) % 2], "train") for name in FILES),
]


@pytest.fixture
def table(qtbot: QtBot) -> LabelFromTable:
    return on_screen(qtbot, LabelFromTable(load=green), 1000, 420, LabelFromTable.close_jobs)


def show_table(view: LabelFromTable, folder: Path, rows: Sequence[Sequence[str]] = ()) -> None:
    """Show images of ``folder``, which need not be there, with a table of ``rows``."""
    if rows:
        write_table(folder / "labels.csv", rows)
    pictures = Pictures(folder, folder.name, FILES, FILES, {})
    looked = looked_at(pictures)
    view.show_pictures(pictures, looked.tables, looked.best)


def notes_with(view: LabelFromTable, words: str) -> list[list[float]]:
    """The numbers in each note that has ``words``."""
    return [numbers(line) for line in view.notes.lines if words in line]


def test_tables_in_the_folder_are_found_the_best_first(tmp_path: Path) -> None:
    write_table(tmp_path / "a.csv", [("x", "y"), ("1", "2")])
    write_table(tmp_path / "labels.csv", ROWS)
    (tmp_path / "notes.txt").write_text("Pictures of dogs,\nby me\n")
    (tmp_path / "sub").mkdir()
    write_table(tmp_path / "sub" / "more.tsv", [("x", "y"), ("1", "2")])
    (tmp_path / ".hidden.csv").touch()
    (tmp_path / "~$open.xlsx").touch()
    looked = looked_at(Pictures(tmp_path, "p", FILES, FILES, {}))
    assert [path.name for path in looked.tables] == ["labels.csv", "a.csv", "more.tsv"]
    assert looked.best.labelled == 10
    assert find_tables(tmp_path / "gone") == []


def test_columns_guessed_and_chosen(qtbot: QtBot, table: LabelFromTable, tmp_path: Path) -> None:
    show_table(table, tmp_path, ROWS)
    assert [button.text() for button in table.found] == ["labels.csv"]
    assert table.found[0].isChecked()
    columns, model = table.columns, table.preview.model()
    boxes = columns.path, columns.label, columns.split

    def roles() -> list[str]:
        """The columns' tool tips: what each is taken for."""
        horizontal = Qt.Orientation.Horizontal
        tips = (model.headerData(one, horizontal, Qt.ItemDataRole.ToolTipRole) for one in range(3))
        return [str(tip) for tip in tips]

    guessed = roles()
    assert [box.currentText() for box in boxes] == ["id", "breed", "part"]
    assert [model.index(0, column).data() for column in range(3)] == ["0000", "a", "train"]
    assert model.rowCount() == 10
    assert numbers(table.sum.text) == [10, 10, 2]
    assert counts(table.counts) == {"a": 5, "b": 5}
    given = table.given
    assert given.only_listed
    assert given.labels["0001.jpg"] == "b"
    assert set(given.splits.values()) == {"train"}
    for box, row in ((columns.split, 0), (columns.label, columns.label.findText("part"))):
        box.setCurrentIndex(row)
        qtbot.waitUntil(lambda: not table.is_busy)
    assert counts(table.counts) == {"train": 10}
    assert table.given.splits == {}
    columns.path.setCurrentIndex(columns.path.findText("breed"))
    qtbot.waitUntil(lambda: not table.is_busy)
    assert table.given.labels == {}
    assert numbers(table.sum.text) == [0, 10, 0]
    assert roles()[1] == guessed[0].replace("id", "breed")


def test_a_table_can_be_chosen_or_dropped_and_an_unreadable_one_says_why(
    qtbot: QtBot, table: LabelFromTable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def settled() -> None:
        qtbot.waitUntil(lambda: not table.is_busy)

    show_table(table, tmp_path)
    assert table.drop.isVisible()
    assert not table.preview.isVisible()
    assert table.given.labels == {}
    file = write_table(tmp_path / "elsewhere.csv", ROWS)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(file), ""))
    click(table.choose)
    settled()
    assert table.preview.isVisible()
    assert table.file.text == str(file)
    assert len(table.given.labels) == 10
    show_table(table, tmp_path / "elsewhere")
    assert table.given.labels == {}
    assert not drag(table, [tmp_path], drops=False), "a folder is the page's"
    assert drag(table, [file], drops=True)
    settled()
    assert len(table.given.labels) == 10
    file.unlink()
    show_table(table, tmp_path, ROWS)
    damaged = tmp_path / "damaged.xlsx"
    damaged.write_bytes(b"PK\x03\x04 and nothing more")
    table.open_file(damaged)
    settled()
    assert str(damaged) in table.message.text
    assert table.message.isVisible()
    assert table.found[0].isChecked()
    assert len(table.given.labels) == 10
    click(table.found[0])
    settled()
    assert not table.message.isVisible()


def test_what_does_not_fit_is_counted_with_examples(table: LabelFromTable, tmp_path: Path) -> None:
    rows = [
        ("file", "class", "split"),
        *((name, "cat", "train") for name in FILES[:3]),
        (FILES[3], "cat", "holdout"),
        (FILES[3], "dog", "train"),
        (FILES[4], "Dog", "valid"),
        (FILES[5], "", "test"),
        (FILES[6], "dog", "test"),
        ("gone.jpg", "dog", "test"),
        ("lost.jpg", "dog", "test"),
    ]
    show_table(table, tmp_path, rows)
    assert numbers(table.sum.text) == [6, 10, 3]
    assert notes_with(table, ": 0003.jpg (cat, dog)") == [[1]]
    assert notes_with(table, ": holdout") == [[1]]
    assert notes_with(table, ": 0007.jpg, 0008.jpg, 0009.jpg") == [[3]]
    assert notes_with(table, ": 0005.jpg") == [[1]]
    assert notes_with(table, ": gone.jpg, lost.jpg") == [[2]]
    assert notes_with(table, "“") == [[]]  # two classes that differ by a capital letter
    told = [numbers(line) for line in table.notes.lines]
    assert len(told) == 9
    assert [4, 1, 1] in told  # to train on, to validate, to test
    assert [2] in told[-2:]  # classes of one image
    show_table(table, tmp_path, ROWS[:3])
    assert notes_with(table, ": 0002.jpg, 0003.jpg, 0004.jpg, 0005.jpg, 0006.jpg ") == [[8, 3]]
    file = tmp_path / "labels.csv"
    file.write_bytes(f"file;class\n{FILES[0]};café\n{FILES[1]};bar\n".encode("cp1252"))
    show_table(table, tmp_path)
    assert set(counts(table.counts)) == {"café", "bar"}
    assert len(notes_with(table, "cp1252")) == 1
    rows = [
        ("path", "label", "split", "status", "reason"),
        (FILES[0], "cat", "train", "used", ""),
        (FILES[1], "cat", "train", "excluded", "leak"),
        (FILES[2], "dog", "test", "excluded", ""),
    ]
    show_table(table, tmp_path, rows)
    assert table.given.excluded == {FILES[1]: "leak", FILES[2]: "by_hand"}
    assert [2] in [numbers(line) for line in table.notes.lines]


# -- by hand --------------------------------------------------------------------------------

IMAGES = [f"IMG_{number}.jpg" for number in range(6)]
Key = Qt.Key
SHIFT, CTRL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def hand(qtbot: QtBot) -> LabelByHand:
    made = LabelByHand(load=green)
    made.show_pictures(Path("images"), IMAGES)
    on_screen(qtbot, made, 900, 500, lambda one: one.grid.close_thumbnails())
    made.grid.setFocus()
    return made


def tiles(hand: LabelByHand) -> list[str]:
    """What stands under the images."""
    return [item.caption.replace("\n", " ").strip() for item in hand.grid.items]


def buttons(hand: LabelByHand) -> list[str]:
    """Key and class of what can be clicked."""
    shown = [one for one in hand.classes.buttons if one.isVisible()]
    return [f"{one.key} {one.name}".strip() for one in shown]


def give(hand: LabelByHand, rows: list[int], name: str) -> None:
    hand.grid.select_rows(rows)
    hand.give(name)


def test_select_type_enter_and_what_is_labelled_leaves_the_list(
    qtbot: QtBot, hand: LabelByHand
) -> None:
    assert numbers(hand.filter.currentText()) == [6]
    for key in (Key.Key_Home, Key.Key_Right):
        QTest.keyClick(hand.grid, key)
    QTest.keyClick(hand.grid, Key.Key_Right, SHIFT)
    assert numbers(hand.classes.selected.text()) == [2]
    with qtbot.waitSignal(hand.changed):
        QTest.keyClicks(hand.grid, "c")
        assert hand.classes.field.hasFocus()
        QTest.keyClicks(hand.classes.field, "at")
        QTest.keyClick(hand.classes.field, Key.Key_Return)
    assert hand.labels == {"IMG_1.jpg": "cat", "IMG_2.jpg": "cat"}
    assert numbers(hand.done.text()) == [2, 6]
    assert hand.classes.field.text() == ""
    assert hand.grid.hasFocus()
    assert tiles(hand) == ["IMG_0.jpg", "IMG_3.jpg", "IMG_4.jpg", "IMG_5.jpg"]
    assert hand.selected == ["IMG_3.jpg"]
    assert hand.classes.hint.text.endswith(" → cat")
    assert numbers(hand.classes.hint.text) == [2]
    for _ in range(3):
        QTest.keyClick(hand.grid, Key.Key_1)
    assert hand.labels == dict.fromkeys(IMAGES[1:], "cat")
    assert hand.selected == ["IMG_0.jpg"]
    QTest.keyClick(hand.grid, Key.Key_1)
    assert tiles(hand) == []
    assert numbers(hand.classes.selected.text()) == []


def test_among_all_images_classes_are_given_by_number_and_by_click(
    hand: LabelByHand,
) -> None:
    hand.filter.setCurrentIndex(0)
    give(hand, [0, 4], "dog")
    assert hand.selected == ["IMG_0.jpg", "IMG_4.jpg"], "they stay in the list"
    assert tiles(hand)[:2] == ["IMG_0.jpg dog", "IMG_1.jpg"]
    assert [item.badge for item in hand.grid.items][:2] == ["right", None]
    give(hand, [1], "cat")
    assert buttons(hand) == ["1 dog", "2 cat"]
    hand.grid.select_rows([2], 2)
    QTest.keyClick(hand.grid, Key.Key_2)
    assert hand.labels["IMG_2.jpg"] == "cat"
    hand.grid.select_rows([3], 3)
    click(hand.classes.buttons[0])
    assert hand.labels["IMG_3.jpg"] == "dog"
    assert hand.grid.hasFocus()
    spoken = hand.classes.buttons[0].accessibleName()
    assert (spoken.startswith("dog"), numbers(spoken)) == (True, [3, 1])


def test_a_class_needs_a_selection_may_be_a_number_and_is_known_in_any_capitals(
    hand: LabelByHand,
) -> None:
    usual, field = hand.classes.hint.text, hand.classes.field
    QTest.keyClicks(field, "cat")
    assert not hand.classes.give.isEnabled()
    assert emitted(hand.changed, QTest.keyClick, field, Key.Key_Return) is None
    assert hand.classes.hint.text not in ("", usual), "nothing is selected"
    assert field.text() == "cat"
    field.clear()
    hand.grid.select_rows([0], 0)
    QTest.keyClicks(hand.grid, "7")
    assert field.text() == "7"
    QTest.keyClick(field, Key.Key_Return)
    hand.grid.select_rows([0], 0)
    QTest.keyClicks(hand.grid, "7")
    assert hand.labels == {"IMG_0.jpg": "7", "IMG_1.jpg": "7"}
    give(hand, [0], "Lá bàng")
    give(hand, [0], "lá  bàng ")
    assert [hand.labels[name] for name in IMAGES[2:4]] == ["Lá bàng"] * 2


def test_a_class_is_taken_away_from_some_or_all_its_images(hand: LabelByHand) -> None:
    hand.filter.setCurrentIndex(0)
    give(hand, [0, 1, 2, 3], "cat")
    for row, key in enumerate((Key.Key_Delete, Key.Key_Backspace)):
        hand.grid.select_rows([row], row)
        QTest.keyClick(hand.grid, key)
    assert hand.labels == dict.fromkeys(IMAGES[2:4], "cat")
    assert numbers(hand.classes.hint.text) == [1]
    hand.classes.buttons[0].menu().actions()[2].trigger()
    assert hand.labels == {}
    assert numbers(hand.classes.heading.text()) == []
    assert buttons(hand) == []


def test_more_classes_than_keys_or_buttons(
    hand: LabelByHand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(by_hand, "MOST_BUTTONS", 12)
    names = [f"image {number}" for number in range(20)]
    hand.show_pictures(Path("p"), names, {name: f"class {name[6:]}" for name in names})
    assert buttons(hand)[:9] == [f"{number + 1} class {number}" for number in range(9)]
    assert buttons(hand)[9:] == ["class 9", "class 10", "class 11"]
    assert numbers(hand.classes.more.text) == [8]
    assert numbers(hand.classes.heading.text()) == [20]


def test_one_class_only_can_be_looked_at_and_an_image_large(hand: LabelByHand) -> None:
    hand.filter.setCurrentIndex(0)
    give(hand, [1, 3], "cat")
    hand.classes.buttons[0].menu().actions()[1].trigger()
    assert tiles(hand) == ["IMG_1.jpg cat", "IMG_3.jpg cat"]
    assert hand.filter.currentText().startswith("cat ")
    assert numbers(hand.filter.currentText()) == [2]
    hand.filter.setCurrentIndex(2)  # with a class
    assert numbers(hand.filter.currentText()) == [2]
    hand.rename("cat", "lion")
    assert tiles(hand) == ["IMG_1.jpg lion", "IMG_3.jpg lion"]
    hand.grid.select_rows([1], 1)
    QTest.keyClick(hand.grid, Key.Key_Return)
    dialog = hand.findChild(PictureDialog)
    assert dialog.path.text == str(Path("images") / "IMG_3.jpg")
    assert dialog.words.text()
    QTest.keyClick(dialog, Key.Key_Escape)


def test_a_class_is_renamed_or_merged_in_a_dialog(hand: LabelByHand) -> None:
    hand.filter.setCurrentIndex(0)
    for row, name in enumerate(("dog", "cat", "kitten")):
        give(hand, [row], name)
    hand.classes.buttons[2].menu().actions()[0].trigger()
    dialog = hand.findChild(RenameDialog)
    dialog.setTextValue("kitty")
    renamed = dialog.okButtonText(), dialog.labelText()
    dialog.setTextValue("cat")
    assert dialog.okButtonText() != renamed[0]
    assert dialog.labelText() != renamed[1]
    assert dialog.labelText().index("kitten") < dialog.labelText().index("cat")
    dialog.accept()
    assert buttons(hand) == ["1 dog", "2 cat"]
    assert hand.labels["IMG_2.jpg"] == "cat"
    hand.undo()
    assert buttons(hand) == ["1 dog", "2 cat", "3 kitten"]


def test_undo_is_of_the_classes_wherever_the_focus_is(qtbot: QtBot, hand: LabelByHand) -> None:
    """The window's own undo, which is the recipe's, does not hear it."""
    window = QMainWindow()
    qtbot.addWidget(window)
    keys = UndoKeys(QApplication.instance(), window)  # type: ignore[arg-type]
    recipe_undone: list[bool] = []
    undo = window.addAction("Undo")
    undo.setShortcut("Ctrl+Z")
    undo.triggered.connect(recipe_undone.append)
    window.setCentralWidget(hand)
    with qtbot.waitActive(window):
        window.show()
        window.activateWindow()
    give(hand, [0], "cat")
    give(hand, [0], "dog")
    hand.classes.field.setFocus()
    QTest.keyClicks(hand.classes.field, "dog")
    QTest.keyClick(hand.classes.field, Key.Key_Z, CTRL)
    assert hand.classes.field.text() == "", "what is being typed is undone first"
    assert len(hand.labels) == 2
    for widget in (hand.grid, hand.classes.field):
        widget.setFocus()
        QTest.keyClick(widget, Key.Key_Z, CTRL)
    assert hand.labels == {}
    assert not hand.classes.undo.isEnabled()
    click(hand.classes.redo)
    assert hand.labels == {"IMG_0.jpg": "cat"}
    hand.filter.setFocus()
    QTest.keyClick(hand.filter, Key.Key_Z, CTRL)
    assert hand.labels == {}
    assert not recipe_undone
    window.takeCentralWidget()
    keys.deleteLater()


# -- the way to begin with ------------------------------------------------------------------


@pytest.fixture
def user(qtbot: QtBot, tmp_path: Path) -> Labelling:
    return Labelling(qtbot, tmp_path)


def test_a_table_of_the_images_comes_first_then_telling_names(user: Labelling) -> None:
    folder, view = flat_folder(user.root / "pets", PETS), user.view
    write_table(folder / "others.csv", [("file", "breed"), ("x.jpg", "a"), ("y.jpg", "b")])
    before = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    scanned = user.show(folder)
    assert view.way == "names", "the table is of other images"
    assert (view.title.text, view.reason.text) == ("pets", "why")
    assert user.cards["names"].isChecked()
    assert user.cards["names"].hint == "beagle_1.jpg → beagle"
    assert user.cards["table"].hint == "others.csv"
    assert numbers(view.status.text) == [2, 8]
    assert [entry.name for entry in view.hint.drawing.entries][:2] == ["pets", "beagle"]
    summary = summarize(scanned, user.used())
    assert summary.classes == ("beagle", "siamese")
    assert len(summary.samples) == 8
    after = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    assert after == before, "nothing in the folder is changed"
    labels = {name: "ab"[number % 2] for number, name in enumerate(PETS[:6])}
    write_table(folder / "breeds.csv", [("file", "breed"), *labels.items()])
    user.show(folder)
    assert user.view.way == "table"
    assert user.cards["table"].hint.startswith("breeds.csv: ")
    assert numbers(user.cards["table"].hint) == [6, 8]
    assert numbers(user.view.status.text) == [2, 6, 2]
    edits = user.used()
    assert edits.only_listed
    assert edits.labels == labels


def test_names_that_tell_nothing_and_classes_given_before_lead_to_the_hand(
    user: Labelling,
) -> None:
    user.open(PHOTOS)
    assert user.view.way == "hand"
    problems = []
    for rows, name in (([0, 1], "beach"), ([0], "town")):
        assert not user.view.use.isEnabled()
        problems.append(user.view.status.text)
        user.give(rows, name)
    assert len({*problems, user.view.status.text}) == 3
    beach = dict.fromkeys(["IMG_4001.jpg", "IMG_4002.jpg"], "beach")
    assert user.used().labels == {**beach, "IMG_4003.jpg": "town"}
    before = Edits(labels={PETS[0]: "dog"}, excluded={PETS[1]: "by_hand"})
    user.open(PETS, "others", before)
    assert user.view.way == "hand"
    assert user.hand.labels == {PETS[0]: "dog"}
    user.hand.filter.setCurrentIndex(0)
    user.give([7], "cat")
    edits = user.used()
    assert edits.labels == {PETS[0]: "dog", PETS[7]: "cat"}
    assert edits.excluded == {PETS[1]: "by_hand"}


def test_a_user_who_chose_a_way_is_not_taken_elsewhere(user: Labelling) -> None:
    view = user.view
    view.show_folder(look_through(flat_folder(user.root / "pets", PETS)), "why")
    click(user.cards["hand"])
    settle(user.qtbot, view)
    assert view.way == "hand"
    assert user.hand.labels == {}
    assert view.names.rules.count()
    telling = user.cards["names"].hint
    user.give([0], "dog")
    user.show(flat_folder(user.root / "holiday", PHOTOS))
    assert view.title.text == "holiday"
    assert user.hand.labels == {}
    assert not user.hand.classes.undo.isEnabled()
    assert user.cards["names"].hint not in ("", telling)
    user.show(user.root / "pets")
    assert not view.back.isVisible()
    view.show_back("signs & more")
    assert view.back.text().endswith(" signs && more")
    assert emitted(view.back_asked, click, view.back) == []
    assert emitted(view.open_asked, click, view.open) == []
    user.cards["names"].setFocus()
    for way, following in (("names", "table"), ("table", "hand")):
        QTest.keyClick(user.cards[way], Qt.Key.Key_Right)
        user.qtbot.waitUntil(lambda way=following: view.way == way)


def test_classes_from_names_or_a_table_are_corrected_by_hand(user: Labelling) -> None:
    user.open(PETS)
    view, before = user.view, user.view.status.text
    click(user.cards["hand"])
    assert len(user.hand.labels) == 8
    user.give([0], "siamese")
    assert view.status.text == before
    assert user.used().labels["beagle_1.jpg"] == "siamese"
    click(user.cards["names"])
    assert view.status.text.startswith(before)
    assert view.status.text != before, "it tells of the changes by hand"
    assert view.given.labels["beagle_1.jpg"] == "beagle"
    click(user.cards["hand"])
    assert user.hand.labels["beagle_1.jpg"] == "siamese"
    assert not user.hand.offered.isVisible()
    folder = flat_folder(user.root / "pets", PETS)
    parts = ["train", "valid", "train", "test"] * 2
    rows = [(name, name[0], part) for name, part in zip(PETS, parts, strict=True)]
    write_table(folder / "t.csv", [("file", "class", "split"), *rows])
    scanned = user.show(folder)
    click(user.cards["hand"])
    user.hand.rename("b", "dog")
    summary = summarize(scanned, user.used())
    assert summary.classes == ("dog", "s")
    assert summary.own_splits == {"train", "validation", "test"}


def test_other_classes_are_offered_where_taking_them_would_lose_work(user: Labelling) -> None:
    user.open(PHOTOS)
    user.give([0], "beach")
    click(user.cards["names"])
    QTest.keyClicks(user.view.names.own, "_400")
    settle(user.qtbot, user.view)
    click(user.cards["hand"])
    assert user.hand.labels == {"IMG_4001.jpg": "beach"}
    assert user.hand.offered.isVisible()
    click(user.hand.take_over_button)
    assert set(user.hand.labels.values()) == {"IMG"}
    assert not user.hand.offered.isVisible()
    user.hand.undo()
    assert user.hand.labels == {"IMG_4001.jpg": "beach"}


def test_folders_give_the_classes_and_splits_that_they_can(user: Labelling) -> None:
    scanned = user.open([f"images/{name}" for name in PETS])
    assert user.view.way == "names", "one folder around all images is no class"
    assert summarize(scanned, user.used()).classes == ("beagle", "siamese")
    click(user.cards["hand"])
    user.hand.remove("siamese")
    user.give([0], "puppy")
    summary = summarize(scanned, user.used())
    assert summary.classes == ("beagle", "puppy")
    assert summary.ignored == 4
    scanned = user.open(["hat/1.jpg", "hat/2.jpg", *PHOTOS], "mixed")
    assert user.view.way == "hand"
    assert user.hand.labels == {"hat/1.jpg": "hat", "hat/2.jpg": "hat"}
    user.hand.filter.setCurrentIndex(1)
    user.give(range(len(PHOTOS)), "shoe")
    edits = user.used()
    assert edits.labels == dict.fromkeys(PHOTOS, "shoe")
    assert not edits.only_listed
    assert summarize(scanned, edits).classes == ("hat", "shoe")
    parts = [f"{part}/{name}" for part in ("train", "val") for name in PETS]
    scanned = user.open(parts, "splits")
    assert user.view.way == "names"
    summary = summarize(scanned, user.used())
    assert summary.own_splits == {"train", "validation"}
    assert len(summary.samples) == 16


def test_files_that_cannot_be_read_are_counted_apart(user: Labelling) -> None:
    folder = flat_folder(user.root / "pets", PETS)
    (folder / "siamese_9.jpg").write_bytes(b"")
    scanned = user.show(folder)
    assert numbers(user.view.unreadable.text()) == [1]
    assert counts(user.view.names.counts) == {"beagle": 4, "siamese": 4}
    click(user.cards["hand"])
    assert len(user.hand.grid.items) == 8
    problems = summarize(scanned, user.used()).problems
    assert [problem.path for problem in problems] == ["siamese_9.jpg"]
    unlabelled = user.view.status.text
    for name in PETS:
        (folder / name).write_bytes(b"")
    user.show(folder)
    assert not user.view.use.isEnabled()
    assert user.view.status.text != unlabelled
