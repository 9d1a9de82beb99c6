"""The images of a dataset: found, selected and edited in the browser, and seen large."""

import os
import shutil
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import QContextMenuEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from core.dataset.folder import Scanned
from core.dataset.scan import look_through
from gui.data import words as data_words
from gui.data.classes import ClassDialog
from gui.data.images import dialog as images_dialog
from gui.data.images.browser import PictureBrowser
from gui.data.images.dialog import PictureDialog, PicturePager
from gui.session.image_list import PictureList
from tests.support.pictures import draw_folder
from tests.support.window.browsing import Browsing, messy_folder
from tests.support.window.data_page import choose, emitted, numbers
from tests.support.wording import said

Key = Qt.Key
CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
NONE, LEFT = Qt.KeyboardModifier.NoModifier, Qt.MouseButton.LeftButton


@pytest.fixture(scope="module")
def messy_scan(tmp_path_factory: pytest.TempPathFactory) -> Scanned:
    return look_through(messy_folder(tmp_path_factory.mktemp("messy") / "signs"))


@pytest.fixture(scope="module")
def plain_scan(tmp_path_factory: pytest.TempPathFactory) -> Scanned:
    return look_through(draw_folder(tmp_path_factory.mktemp("plain"), classes=2, per_class=60))


@pytest.fixture
def messy(qtbot: QtBot, messy_scan: Scanned) -> Browsing:
    return Browsing(qtbot, messy_scan)


@pytest.fixture
def plain(qtbot: QtBot, plain_scan: Scanned) -> Browsing:
    """Two classes of sixty images."""
    return Browsing(qtbot, plain_scan)


def click_tile(browser: PictureBrowser, row: int, held: Qt.KeyboardModifier = NONE) -> None:
    grid = browser.grid
    place = grid.visualRect(grid.model().index(row, 0)).center()
    QTest.mouseClick(grid.viewport(), LEFT, held, place)


def pager_of(qtbot: QtBot, browser: PictureBrowser) -> PicturePager:
    (pager,) = [one for one in browser.findChildren(PicturePager) if one.isVisible()]
    qtbot.waitUntil(pager.isActiveWindow)  # its keys are the window's
    return pager


def test_images_have_their_state_and_are_shown_by_class_and_split(
    messy: Browsing, plain: Browsing
) -> None:
    browser, filter = messy.browser, messy.browser.filter
    assert messy.captions == [
        *["green training"] * 3,
        "green training, tiny",
        *["red training"] * 3,
        "empty.jpg empty file",
        *["green validation"] * 2,
        *["red validation"] * 2,
    ]
    badges = [item.badge for item in browser.grid.items]
    assert badges == [*["train"] * 7, None, *["validation"] * 4]
    assert numbers(filter.count.text()) == [12, 12]
    assert browser.shown[0] == "train/green/000.png"
    every = filter.heading.text
    browser.show_class(1)
    assert filter.heading.text == "red"
    choose(filter.show_box, "validation")
    assert messy.captions == ["000.png validation", "001.jpg validation"]
    assert numbers(filter.count.text()) == [2, 12]
    browser.show_class(None)
    assert filter.heading.text == every
    assert len(messy.captions) == 4
    browser.show_class(1)
    filter.search.setText("0")
    browser.show_pictures(plain.scanned, plain.summary, plain.split)  # of another folder
    assert filter.heading.text == every
    assert filter.search.text() == ""
    assert numbers(filter.count.text()) == [120, 120]


def test_images_are_found_by_name_and_each_kind_is_counted_and_shown(messy: Browsing) -> None:
    browser = messy.browser
    QTest.keyClick(browser.grid, Key.Key_F, CTRL)
    assert QApplication.focusWidget() is browser.filter.search
    QTest.keyClicks(browser.filter.search, "002")
    assert browser.shown == ["train/green/002.png", "train/red/002.png"]
    QTest.keyClicks(browser.filter.search, "x")
    assert browser.shown == []
    assert "002x" in browser.grid.placeholder
    QTest.keyClick(browser.filter.search, Key.Key_Escape)
    assert len(browser.shown) == 12
    QTest.keyClick(browser.filter.search, Key.Key_Escape)
    assert QApplication.focusWidget() is browser.grid
    box = browser.filter.show_box
    for kind, path in (
        ("pinned", None),
        ("excluded", None),
        ("problems", "train/red/empty.jpg"),
        ("warnings", "train/green/tiny.png"),
        ("unlabelled", "loose.png"),
    ):
        place = box.findData(kind)
        enabled = box.model().index(place, 0).flags() & Qt.ItemFlag.ItemIsEnabled
        assert bool(enabled) == bool(path)
        assert numbers(box.itemText(place)) == ([1] if path else [])
        if path is None:
            continue
        browser.filter.search.setText("00")
        choose(box, kind)
        assert browser.shown == []
        browser.show_state("all")
        browser.filter.search.setText("00")
        browser.show_state(kind)  # from a finding: what is searched for does not hide it
        assert browser.shown == [path]
        (item,) = browser.grid.items
        assert item.tooltip.startswith(f"{path}\n")
        assert ("empty_file" in said(item.problem)) == (kind == "problems")


def test_a_replaced_file_is_another_image(messy: Browsing, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(messy.scanned.folder, tmp_path / "signs"))
    versions = set()
    for _ in range(2):
        messy.scanned = look_through(folder)
        messy.show()
        versions.add(messy.browser.grid.items[0].version)
        (folder / messy.browser.shown[0]).write_bytes((folder / "loose.png").read_bytes())
    assert len(versions) == 2


def test_delete_excludes_and_the_bar_offers_what_fits_the_selection(messy: Browsing) -> None:
    browser, act = messy.browser, messy.browser.picture_actions

    def offered() -> list[bool]:
        """Exclude, use again, put into a class, move: shown and enabled."""
        actions = (act.exclude, act.include, act.label, act.move.menuAction())
        assert set(actions) <= set(browser.bar.actions())
        return [one.isVisible() and one.isEnabled() for one in actions]

    assert numbers(browser.bar.words.text()) == []
    assert offered() == [False] * 4
    click_tile(browser, 0)
    click_tile(browser, 2, SHIFT)
    assert numbers(browser.bar.words.text()) == [3]
    assert offered() == [True, False, True, True]
    QTest.keyClick(browser.grid, Key.Key_Delete)
    paths = ["train/green/000.png", "train/green/001.jpg", "train/green/002.png"]
    assert messy.asked == [("excluding", paths)]
    assert messy.captions[:4] == [*["green excluded"] * 3, "green training, tiny"]
    assert [item.excluded for item in browser.grid.items[:4]] == [True, True, True, False]
    assert browser.selected == paths
    assert data_words.excluded("by_hand") in browser.grid.items[0].tooltip
    assert offered() == [False, True, True, True]
    QTest.keyClick(browser.grid, Key.Key_Delete)
    assert len(messy.asked) == 1
    act.include.trigger()
    assert messy.asked[1:] == [("including", paths)]
    act.exclude.trigger()
    assert messy.asked[2:] == [("excluding", paths)]
    click_tile(browser, 7)  # cannot be read
    assert offered() == [True, False, True, False]


def test_images_move_to_a_split_and_back_to_chance(plain: Browsing, messy: Browsing) -> None:
    browser = plain.browser
    *_, test, _line, drawn = browser.picture_actions.move.actions()
    click_tile(browser, 3)
    path = browser.selected[0]
    test.trigger()
    assert plain.captions[3] == "green test, fixed"
    browser.show_state("pinned")
    assert browser.shown == [path]
    browser.grid.selectAll()
    drawn.trigger()
    assert plain.asked == [("assigning", [path], "test"), ("assigning", [path], None)]
    own = messy.browser.picture_actions.move.actions()[-1]
    assert own.text() != drawn.text(), "where the folder has splits, they are what is undone to"


def test_a_class_is_asked_for_and_the_folders_own_given_back(messy: Browsing) -> None:
    browser, grid = messy.browser, messy.browser.grid
    own_class = browser.picture_actions.own_class

    def open_menu() -> None:
        """The context menu at the current tile, where the action is seen or not."""
        place = grid.visualRect(grid.currentIndex()).center()
        event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, place, QPoint(5, 5))
        QApplication.sendEvent(grid.viewport(), event)
        (menu,) = [one for one in grid.findChildren(QMenu) if one.isVisible()]
        assert own_class in menu.actions()
        menu.close()

    click_tile(browser, 0)
    QTest.keyClick(grid, Key.Key_C, CTRL)
    copied = QGuiApplication.clipboard().text()
    assert copied == str(messy.scanned.folder / "train" / "green" / "000.png")
    open_menu()
    assert not own_class.isVisible()
    QTest.keyClick(grid, Key.Key_F2)
    dialog = browser.findChild(ClassDialog)
    QTest.keyClicks(dialog.field, " stop  sign ")
    QTest.keyClick(dialog.field, Key.Key_Return)
    assert messy.asked == [("labelling", ["train/green/000.png"], "stop sign")]
    assert messy.captions[0] == "stop sign training"
    assert "green" in grid.items[0].tooltip.splitlines()[1], "its folder's class is told"
    open_menu()
    assert own_class.isVisible()
    own_class.trigger()
    assert messy.asked[1:] == [("labelling", ["train/green/000.png"], "")]


def test_an_edit_leaves_selection_place_and_the_chosen_class(plain: Browsing) -> None:
    browser, grid = plain.browser, plain.browser.grid
    every = browser.filter.heading.text
    grid.select(100)
    grid.select_rows([98, 99, 100], 100)
    place = grid.verticalScrollBar().value()
    assert place > 0
    paths = browser.selected
    plain.edit(plain.edits.labelling(["green/000.png"], "blue"))
    assert browser.selected == paths
    assert grid.current_row == 100
    assert grid.verticalScrollBar().value() == place
    browser.show_class(2)
    assert browser.filter.heading.text == "red"
    plain.edit(plain.edits.labelling(["green/001.jpg"], "azure"))
    assert browser.filter.heading.text == "red"
    assert len(plain.captions) == 60
    plain.edit(plain.edits.labelling(browser.shown, "rot"))
    assert browser.filter.heading.text == every
    assert len(plain.captions) == 120


def test_the_selection_follows_other_filters_and_goes_on_to_the_next(plain: Browsing) -> None:
    browser, grid = plain.browser, plain.browser.grid
    grid.select(100)
    path = browser.selected[0]
    browser.show_class(1)
    assert browser.selected == [path]
    row = browser.shown.index(path)
    assert grid.viewport().rect().contains(grid.visualRect(grid.model().index(row, 0)))
    browser.show_class(0)
    assert browser.selected == []
    assert grid.verticalScrollBar().value() == 0
    browser.show_state("train")
    third, fourth = browser.shown[2:4]
    click_tile(browser, 2)
    QTest.keyClick(browser.grid, Key.Key_Delete)
    assert third not in browser.shown
    assert browser.selected == [fourth]
    browser.grid.selectAll()
    browser.show_state("excluded")
    browser.grid.selectAll()
    QTest.keyClick(browser.grid, Key.Key_Insert)
    assert browser.shown == []
    assert browser.selected == []
    assert browser.grid.placeholder


def test_an_image_opens_and_excluding_it_there_is_seen_in_both(
    qtbot: QtBot, messy: Browsing
) -> None:
    browser, grid = messy.browser, messy.browser.grid
    click_tile(browser, 0)
    assert emitted(browser.opened, QTest.keyClick, grid, Key.Key_Space) == ["train/green/000.png"]
    pager = pager_of(qtbot, browser)
    assert numbers(pager.place.text()) == [1, 12]
    QTest.keyClick(pager, Key.Key_Right)
    assert browser.selected == ["train/green/001.jpg"]
    offer, words = pager.exclude.text(), pager.words.text()
    QTest.keyClick(pager, Key.Key_Delete)
    assert messy.captions[1] == "green excluded"
    assert pager.words.text() == f"green · {data_words.excluded('by_hand')}"
    assert pager.exclude.text() != offer
    pager.exclude.click()
    assert messy.edits.is_empty
    assert (pager.exclude.text(), pager.words.text()) == (offer, words)
    QTest.keyClick(pager, Key.Key_Escape)
    assert not pager.isVisible()


def test_a_filter_drops_an_image_for_the_next_and_one_outside_is_shown_alone(
    qtbot: QtBot, messy: Browsing
) -> None:
    browser = messy.browser
    browser.show_state("train")
    browser.open_picture("train/green/000.png")
    pager = pager_of(qtbot, browser)
    QTest.keyClick(pager, Key.Key_Delete)
    assert pager.windowTitle() == "001.jpg"
    assert numbers(pager.place.text()) == [1, 6]
    pager.reject()
    browser.show_state("problems")
    browser.open_picture("val/red/000.png")
    pager = pager_of(qtbot, browser)
    assert numbers(pager.place.text()) == [1, 1]
    pager.exclude.click()
    assert pager.windowTitle() == "000.png"
    assert pager.picture.state == "excluded"
    pager.reject()
    assert emitted(browser.opened, browser.open_picture, "nowhere.png") is None


def open_pager(qtbot: QtBot, browsing: Browsing, shown: str, row: int) -> PicturePager:
    pictures = PictureList(browsing.scanned, browsing.summary, browsing.split)
    pager = PicturePager(pictures, pictures.chosen(shown), row)
    qtbot.addWidget(pager)
    pager.open()
    qtbot.waitUntil(pager.isActiveWindow)
    return pager


def test_the_arrows_go_through_the_list_and_stop_at_its_ends(qtbot: QtBot, messy: Browsing) -> None:
    pager = open_pager(qtbot, messy, "validation", 0)
    assert not pager.back.isEnabled()
    for key, name, place in (
        (Key.Key_Left, "val/green/000.png", 1),
        (Key.Key_Right, "val/green/001.jpg", 2),
        (Key.Key_End, "val/red/001.jpg", 4),
        (Key.Key_Right, "val/red/001.jpg", 4),
        (Key.Key_Left, "val/red/000.png", 3),
        (Key.Key_Home, "val/green/000.png", 1),
    ):
        QTest.keyClick(pager, key)
        assert (pager.picture.path, numbers(pager.place.text())) == (name, [place, 4])
        assert pager.path.text == str(messy.scanned.folder / name)
    assert emitted(pager.moved, pager.forward.click) == ["val/green/001.jpg"]
    assert pager.words.text() == "green · validation"
    qtbot.waitUntil(lambda: pager.view.has_picture)
    pager.exclude.setFocus()  # the arrows work there, too
    QTest.keyClick(pager.exclude, Key.Key_Right)
    assert numbers(pager.place.text()) == [3, 4]
    pager = open_pager(qtbot, messy, "problems", 0)
    qtbot.waitUntil(lambda: "empty_file" in said(pager.view.placeholder))
    assert pager.words.text().startswith("red · ")
    told = emitted(pager.exclude_asked, QTest.keyClick, pager, Key.Key_Delete)
    assert told == [["train/red/empty.jpg"]]
    pager.take_list(PictureList(messy.scanned, messy.summary, messy.split), [])
    assert not pager.isVisible()
    pager = open_pager(qtbot, messy, "unlabelled", 0)
    assert not pager.exclude.isEnabled()
    assert emitted(pager.exclude_asked, QTest.keyClick, pager, Key.Key_Delete) is None


def open_dialog(qtbot: QtBot, path: Path) -> PictureDialog:
    dialog = PictureDialog(path, ["hat", "training"])
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.waitUntil(lambda: bool(dialog.facts.facts) or bool(dialog.view.placeholder))
    return dialog


def write_image(path: Path, size: tuple[int, int], **options: object) -> Path:
    Image.new("RGB", size, (200, 30, 30)).save(path, **options)
    return path


def test_it_shows_the_image_with_its_words_and_facts(qtbot: QtBot, tmp_path: Path) -> None:
    path = write_image(tmp_path / "mũ.png", (300, 20))
    os.utime(path, (0, 0))
    dialog = open_dialog(qtbot, path)
    assert dialog.view.has_picture
    assert dialog.words.text() == "hat · training"
    size, format, colours, file, _changed = dialog.facts.facts.values()
    assert (numbers(size), format, colours) == ([300, 20], "PNG", "RGB")
    assert numbers(file) == [path.stat().st_size]
    assert dialog.path.text == str(path)
    assert dialog.windowTitle() == "mũ.png"
    exif = Image.Exif()
    exif[0x0112], exif[0x010F], exif[0x0110] = 6, "Canon", "Canon EOS 5D"
    exif.get_ifd(0x8769)[0x9003] = "2021:07:14 09:05:00"
    dialog.show_picture(write_image(tmp_path / "a.jpg", (60, 40), exif=exif), ["shoe"])
    assert dialog.view.dim
    assert dialog.words.text() == "shoe"
    qtbot.waitUntil(lambda: not dialog.view.dim)
    size, *_, taken, camera, turned = dialog.facts.facts.values()
    assert numbers(size) == [40, 60]
    assert "9:05" in taken
    assert camera == "Canon EOS 5D"
    assert "90°" in turned
    assert dialog.view.image_size == QSize(40, 60)
    assert dialog.windowTitle() == "a.jpg"


def test_an_image_that_is_gone_or_damaged_says_so(qtbot: QtBot, tmp_path: Path) -> None:
    dialog = open_dialog(qtbot, tmp_path / "gone.png")
    assert "file_missing" in said(dialog.view.placeholder)
    assert not dialog.view.has_picture
    assert not dialog.actual.isEnabled()
    path = write_image(tmp_path / "a.jpg", (200, 100))
    path.write_bytes(path.read_bytes()[:700])
    dialog = open_dialog(qtbot, path)
    assert "truncated_image" in said(dialog.view.placeholder)
    size, *_ = dialog.facts.facts.values()
    assert numbers(size) == [200, 100], "its facts are there all the same"


def test_pixel_by_pixel_dragged_about_and_back(qtbot: QtBot, tmp_path: Path) -> None:
    dialog = open_dialog(qtbot, write_image(tmp_path / "a.png", (1500, 900)))
    qtbot.waitUntil(dialog.isActiveWindow)
    bar, start = dialog.area.horizontalScrollBar(), QPoint(700, 450)
    for toggle in (
        lambda: QTest.mouseClick(dialog.actual, LEFT),
        lambda: QTest.keyClick(dialog, Key.Key_Z),
        lambda: QTest.mouseDClick(dialog.view, LEFT),
    ):
        assert dialog.view.width() < 1500
        toggle()
        qtbot.waitUntil(lambda: dialog.view.size() == QSize(1500, 900))
        assert abs(bar.value() - bar.maximum() // 2) < 20 < bar.maximum()
        before = bar.value()
        QTest.mousePress(dialog.view, LEFT, pos=start)
        QTest.mouseMove(dialog.view, start - QPoint(40, 0))
        QTest.mouseRelease(dialog.view, LEFT, pos=start)
        assert bar.value() == before + 40
        toggle()
        qtbot.waitUntil(lambda: dialog.view.size() == dialog.area.viewport().size())


def test_all_pixels_are_read_only_when_wanted(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(images_dialog, "_LARGEST", 100)
    path = write_image(tmp_path / "a.png", (300, 150))
    dialog = open_dialog(qtbot, path)
    assert dialog.view.image_size == QSize(100, 50)
    dialog.actual.click()
    qtbot.waitUntil(lambda: dialog.view.image_size == QSize(300, 150))
    assert dialog.view.size() == QSize(300, 150)
    monkeypatch.setattr(images_dialog, "_MOST_ACTUAL", 1000)
    dialog = open_dialog(qtbot, path)
    assert dialog.view.has_picture
    assert not dialog.actual.isEnabled()
