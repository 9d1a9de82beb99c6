"""Finding pictures, selecting some, and what is then asked for."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction, QContextMenuEvent, QGuiApplication
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from gui.data.classes import ClassDialog
from gui.data.images.browser import PictureBrowser
from gui.data.images.dialog import PicturePager
from tests.support.pictures import draw_folder
from tests.support.window.browsing import Browsing, messy_folder

_Keys = Qt.Key
CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
Open = Callable[[Path], Browsing]


@pytest.fixture
def open_browser(qtbot: QtBot) -> Iterator[Open]:
    made: list[Browsing] = []

    def begin(folder: Path) -> Browsing:
        browsing = Browsing(folder)
        made.append(browsing)
        qtbot.addWidget(browsing.browser)
        browsing.browser.resize(615, 420)
        with qtbot.waitExposed(browsing.browser):
            browsing.browser.show()
        browsing.browser.grid.setFocus()
        return browsing

    yield begin
    for one in made:
        one.browser.grid.close_thumbnails()


@pytest.fixture
def messy(open_browser: Open, tmp_path: Path) -> Browsing:
    return open_browser(messy_folder(tmp_path / "signs"))


@pytest.fixture
def plain(open_browser: Open, tmp_path: Path) -> Browsing:
    """Two classes of sixty pictures."""
    return open_browser(draw_folder(tmp_path / "plain", classes=2, per_class=60))


def choose(qtbot: QtBot, browser: PictureBrowser, title: str) -> None:
    """Take an item of the list of kinds with the keyboard."""
    box = browser.filter.show_box
    index = next(row for row in range(box.count()) if box.itemText(row).startswith(title))
    box.showPopup()
    box.view().setCurrentIndex(box.model().index(index, 0))
    qtbot.keyClick(box.view(), _Keys.Key_Return)


def click(
    qtbot: QtBot,
    browser: PictureBrowser,
    row: int,
    held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
) -> None:
    grid = browser.grid
    place = grid.visualRect(grid.model().index(row, 0)).center()
    qtbot.mouseClick(grid.viewport(), Qt.MouseButton.LeftButton, held, place)


def enabled(browser: PictureBrowser) -> set[str]:
    """What the bar offers, without its marks."""
    shown = [one for one in browser.bar.actions() if one.isVisible() and one.isEnabled()]
    return {one.text().replace("&", "").rstrip("…") for one in shown if one.text()}


def move_to(browser: PictureBrowser, title: str) -> None:
    menu = browser.picture_actions.move
    next(one for one in menu.actions() if one.text().replace("&", "") == title).trigger()


# -- what is shown --------------------------------------------------------------------------


def test_all_pictures_with_their_state(messy: Browsing) -> None:
    assert messy.captions == [
        *["green training"] * 3,
        "green training, tiny",
        *["red training"] * 3,
        "empty.jpg empty file",
        *["green validation"] * 2,
        *["red validation"] * 2,
    ]
    assert messy.browser.filter.count.text() == "12 of 12 pictures"
    assert messy.browser.filter.heading.text == "All classes"
    assert messy.browser.shown[0] == "train/green/000.png"


def test_a_class_and_a_split_together(qtbot: QtBot, messy: Browsing) -> None:
    browser = messy.browser
    browser.show_class(1)
    assert browser.filter.heading.text == "red"
    choose(qtbot, browser, "Validation")
    assert messy.captions == ["000.png validation", "001.jpg validation"]
    assert browser.filter.count.text() == "2 of 12 pictures"
    browser.show_class(None)
    assert len(messy.captions) == 4


def test_each_kind_is_counted_and_an_empty_one_cannot_be_chosen(messy: Browsing) -> None:
    box = messy.browser.filter.show_box
    shown = [box.itemText(row) for row in range(box.count()) if box.itemText(row)]
    assert shown[-5:] == [
        "Split set by hand",
        "Excluded",
        "Cannot be read (1)",
        "Tiny (1)",
        "Without a class (1)",
    ]
    empty = box.model().index(box.findText("Excluded"), 0)
    assert not empty.flags() & Qt.ItemFlag.ItemIsEnabled


@pytest.mark.parametrize(
    ("title", "captions"),
    [
        ("Cannot be read", ["empty.jpg empty file"]),
        ("Tiny", ["green training, tiny"]),
        ("Without a class", ["loose.png no class"]),
    ],
)
def test_what_is_out_of_the_ordinary(
    qtbot: QtBot, messy: Browsing, title: str, captions: list[str]
) -> None:
    choose(qtbot, messy.browser, title)
    assert messy.captions == captions


def test_what_cannot_be_read_says_why_and_is_not_tried(messy: Browsing) -> None:
    messy.browser.show_state("problems")
    (item,) = messy.browser.grid.items
    assert item.problem == "the file is empty"
    assert item.tooltip.startswith("train/red/empty.jpg\nred · ")


def test_a_finding_s_pictures_can_be_shown(messy: Browsing) -> None:
    messy.browser.filter.search.setText("tiny")
    messy.browser.show_state("problems")
    assert messy.captions == ["empty.jpg empty file"]
    with pytest.raises(ValueError, match="nonsense"):
        messy.browser.show_state("nonsense")


def test_typing_a_name_finds_it(qtbot: QtBot, messy: Browsing) -> None:
    browser = messy.browser
    qtbot.keyClick(browser.grid, _Keys.Key_F, CTRL)
    assert QApplication.focusWidget() is browser.filter.search
    qtbot.keyClicks(browser.filter.search, "002")
    assert browser.shown == ["train/green/002.png", "train/red/002.png"]
    qtbot.keyClicks(browser.filter.search, "x")
    assert browser.shown == []
    assert "002x" in browser.grid.placeholder
    qtbot.keyClick(browser.filter.search, _Keys.Key_Escape)
    assert len(browser.shown) == 12
    qtbot.keyClick(browser.filter.search, _Keys.Key_Escape)
    assert QApplication.focusWidget() is browser.grid


def test_another_folder_starts_afresh(qtbot: QtBot, messy: Browsing, tmp_path: Path) -> None:
    messy.browser.show_class(1)
    messy.browser.filter.search.setText("0")
    messy.browser.show_state("validation")
    other = Browsing(draw_folder(tmp_path / "others", classes=3, per_class=2))
    qtbot.addWidget(other.browser)
    messy.browser.show_pictures(other.scanned, other.summary, other.split)
    assert messy.browser.filter.heading.text == "All classes"
    assert messy.browser.filter.search.text() == ""
    assert messy.browser.filter.count.text() == "6 of 6 pictures"


def test_a_replaced_file_is_another_picture(messy: Browsing) -> None:
    before = messy.browser.grid.items[0].version
    path = messy.scanned.folder / "train" / "green" / "000.png"
    path.write_bytes((messy.scanned.folder / "loose.png").read_bytes())
    again = Browsing(messy.scanned.folder)
    messy.browser.show_pictures(again.scanned, again.summary, again.split)
    assert messy.browser.grid.items[0].version != before
    again.browser.grid.close_thumbnails()


# -- what a person does ---------------------------------------------------------------------


def test_delete_excludes_what_is_selected_and_it_looks_so(qtbot: QtBot, messy: Browsing) -> None:
    browser = messy.browser
    click(qtbot, browser, 0)
    click(qtbot, browser, 2, SHIFT)
    qtbot.keyClick(browser.grid, _Keys.Key_Delete)
    paths = ["train/green/000.png", "train/green/001.jpg", "train/green/002.png"]
    assert messy.asked == [("exclude", paths)]
    assert messy.captions[:4] == [*["green excluded"] * 3, "green training, tiny"]
    assert [item.excluded for item in browser.grid.items[:4]] == [True, True, True, False]
    assert browser.selected == paths
    assert "excluded by hand" in browser.grid.items[0].tooltip
    qtbot.keyClick(browser.grid, _Keys.Key_Delete)
    assert len(messy.asked) == 1


def test_the_bar_says_and_offers_what_fits_the_selection(qtbot: QtBot, messy: Browsing) -> None:
    browser = messy.browser
    assert browser.bar.words.text().startswith("Click, Shift+click")
    assert enabled(browser) == set()
    click(qtbot, browser, 1)
    click(qtbot, browser, 4, CTRL)
    assert browser.bar.words.text() == "2 selected"
    assert enabled(browser) == {"Exclude", "Put into class", "Move to"}
    browser.picture_actions.exclude.trigger()
    assert enabled(browser) == {"Use again", "Put into class", "Move to"}
    browser.picture_actions.include.trigger()
    assert messy.asked[-1] == ("include", ["train/green/001.jpg", "train/red/000.png"])
    assert enabled(browser) == {"Exclude", "Put into class", "Move to"}
    click(qtbot, browser, 7)
    assert enabled(browser) == {"Exclude", "Put into class"}


def test_pictures_move_to_a_split_and_back_to_chance(qtbot: QtBot, plain: Browsing) -> None:
    browser = plain.browser
    click(qtbot, browser, 3)
    path = browser.selected[0]
    move_to(browser, "Test")
    assert plain.captions[3] == "green test, fixed"
    browser.show_state("pinned")
    assert browser.shown == [path]
    browser.grid.selectAll()
    move_to(browser, "As drawn")
    assert plain.asked == [("split", [path], "test"), ("split", [path], None)]


def test_own_splits_are_the_folder_s(messy: Browsing) -> None:
    titles = [one.text().replace("&", "") for one in messy.browser.picture_actions.move.actions()]
    assert titles[-1] == "As in the folder"


def test_a_class_is_asked_for_and_a_new_one_made(qtbot: QtBot, messy: Browsing) -> None:
    browser = messy.browser
    click(qtbot, browser, 0)
    qtbot.keyClick(browser.grid, _Keys.Key_F2)
    dialog = browser.findChild(ClassDialog)
    assert isinstance(dialog, ClassDialog)
    qtbot.keyClicks(dialog.field, " stop  sign ")
    qtbot.keyClick(dialog.field, _Keys.Key_Return)
    assert messy.asked == [("label", ["train/green/000.png"], "stop sign")]
    assert messy.captions[0] == "stop sign training"
    assert "its folder is green" in browser.grid.items[0].tooltip


def test_pictures_go_back_to_the_class_of_their_folder(qtbot: QtBot, messy: Browsing) -> None:
    browser = messy.browser
    click(qtbot, browser, 0)
    assert not own_class(browser).isVisible()
    messy.edit(messy.edits.labelling(["train/green/000.png"], "red"))
    assert own_class(browser).isVisible()
    own_class(browser).trigger()
    assert messy.asked == [("label", ["train/green/000.png"], "")]


def own_class(browser: PictureBrowser) -> QAction:
    """The action in the context menu, opened at the current tile."""
    grid = browser.grid
    place = grid.visualRect(grid.currentIndex()).center()
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, place, QPoint(5, 5))
    QApplication.sendEvent(grid.viewport(), event)
    (menu,) = [one for one in grid.findChildren(QMenu) if one.isVisible()]
    (found,) = [one for one in menu.actions() if "folder" in one.text()]
    menu.close()
    return found


def test_paths_are_copied(qtbot: QtBot, messy: Browsing) -> None:
    click(qtbot, messy.browser, 0)
    qtbot.keyClick(messy.browser.grid, _Keys.Key_C, CTRL)
    copied = QGuiApplication.clipboard().text()
    assert copied == str(messy.scanned.folder / "train" / "green" / "000.png")


# -- the place in the pictures --------------------------------------------------------------


def test_an_edit_leaves_selection_and_place(plain: Browsing) -> None:
    grid = plain.browser.grid
    grid.select(100)
    grid.select_rows([98, 99, 100], 100)
    place = grid.verticalScrollBar().value()
    assert place > 0
    paths = plain.browser.selected
    plain.edit(plain.edits.labelling(["green/000.png"], "blue"))
    assert plain.browser.selected == paths
    assert grid.current_row == 100
    assert grid.verticalScrollBar().value() == place


def test_a_new_class_leaves_the_chosen_one(plain: Browsing) -> None:
    plain.browser.show_class(1)
    assert plain.browser.filter.heading.text == "red"
    plain.edit(plain.edits.labelling(["green/000.png"], "blue"))
    assert plain.browser.filter.heading.text == "red"
    assert len(plain.captions) == 60
    everything = [f"red/{number:03}{('.png', '.jpg')[number % 2]}" for number in range(60)]
    plain.edit(plain.edits.labelling(everything, "rot"))
    assert plain.browser.filter.heading.text == "All classes"
    assert len(plain.captions) == 120


def test_where_the_selected_pictures_go_the_next_one_is_selected(
    qtbot: QtBot, plain: Browsing
) -> None:
    browser = plain.browser
    browser.show_state("train")
    third, fourth = browser.shown[2:4]
    click(qtbot, browser, 2)
    qtbot.keyClick(browser.grid, _Keys.Key_Delete)
    assert third not in browser.shown
    assert browser.selected == [fourth]
    browser.grid.selectAll()
    browser.show_state("excluded")
    browser.grid.selectAll()
    qtbot.keyClick(browser.grid, _Keys.Key_Insert)
    assert browser.shown == []
    assert browser.selected == []
    assert browser.grid.placeholder == "No pictures here"


def test_another_filter_goes_to_what_stays_selected_or_to_the_top(plain: Browsing) -> None:
    browser, bar = plain.browser, plain.browser.grid.verticalScrollBar()
    browser.grid.select(100)
    path = browser.selected[0]
    browser.show_class(1)
    assert browser.selected == [path]
    row = browser.shown.index(path)
    grid = browser.grid
    assert grid.viewport().rect().contains(grid.visualRect(grid.model().index(row, 0)))
    browser.show_class(0)
    assert browser.selected == []
    assert bar.value() == 0


# -- a picture, large -----------------------------------------------------------------------


@pytest.mark.parametrize("way", ["double click", "Enter", "Space"])
def test_a_picture_opens(qtbot: QtBot, messy: Browsing, way: str) -> None:
    browser = messy.browser
    click(qtbot, browser, 1)
    with qtbot.waitSignal(browser.opened) as told:
        if way == "double click":
            place = browser.grid.visualRect(browser.grid.model().index(1, 0)).center()
            qtbot.mouseDClick(browser.grid.viewport(), Qt.MouseButton.LeftButton, pos=place)
        else:
            qtbot.keyClick(browser.grid, {"Enter": _Keys.Key_Return}.get(way, _Keys.Key_Space))
    assert told.args == ["train/green/001.jpg"]
    pager = pager_of(qtbot, browser)
    assert pager.place.text() == "2 of 12"
    qtbot.keyClick(pager, _Keys.Key_Right)
    assert browser.selected == ["train/green/002.png"]
    qtbot.keyClick(pager, _Keys.Key_Escape)
    assert not pager.isVisible()


def test_excluding_in_the_large_view_is_seen_in_both(qtbot: QtBot, messy: Browsing) -> None:
    browser = messy.browser
    browser.open_picture("train/green/001.jpg")
    pager = pager_of(qtbot, browser)
    qtbot.keyClick(pager, _Keys.Key_Delete)
    assert messy.captions[1] == "green excluded"
    assert pager.words.text() == "green · excluded by hand"
    assert pager.exclude.text() == "&Use again"
    pager.exclude.click()
    assert messy.edits.is_empty
    pager.reject()


def test_a_picture_that_a_filter_drops_gives_way_to_the_next(qtbot: QtBot, messy: Browsing) -> None:
    browser = messy.browser
    browser.show_state("train")
    browser.open_picture("train/green/000.png")
    pager = pager_of(qtbot, browser)
    qtbot.keyClick(pager, _Keys.Key_Delete)
    assert pager.windowTitle() == "001.jpg"
    assert pager.place.text() == "1 of 6"
    pager.reject()


def test_a_picture_outside_of_the_filter_is_shown_alone(qtbot: QtBot, messy: Browsing) -> None:
    browser = messy.browser
    browser.show_state("problems")
    browser.open_picture("val/red/000.png")
    pager = pager_of(qtbot, browser)
    assert pager.place.text() == "1 of 1"
    pager.exclude.click()
    assert pager.windowTitle() == "000.png"
    assert pager.exclude.text() == "&Use again"
    pager.reject()
    with qtbot.assertNotEmitted(browser.opened):
        browser.open_picture("nowhere.png")


def pager_of(qtbot: QtBot, browser: PictureBrowser) -> PicturePager:
    (pager,) = [one for one in browser.findChildren(PicturePager) if one.isVisible()]
    qtbot.waitUntil(pager.isActiveWindow)  # its keys are the window's
    return pager


# -- room -----------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [420, 615])
def test_everything_has_room(qtbot: QtBot, messy: Browsing, width: int) -> None:
    browser = messy.browser
    browser.resize(width, 400)
    browser.grid.select_rows([0, 1], 0)
    qtbot.waitUntil(lambda: browser.grid.width() == width)
    shown = (browser.filter.count, browser.filter.search, browser.filter.show_box, browser.bar)
    for part in shown:
        assert part.visibleRegion().boundingRect() == part.rect()
    assert browser.grid.height() > 250
