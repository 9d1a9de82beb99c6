"""The images of a dataset: found, selected and edited in the browser, and seen large."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import QAction, QContextMenuEvent, QGuiApplication
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from core.dataset.scan import Scanned, look_through
from gui.data.classes import ClassDialog
from gui.data.images import dialog as images_dialog
from gui.data.images.browser import PictureBrowser
from gui.data.images.dialog import PictureDialog, PicturePager
from gui.session.image_list import PictureList
from tests.support.pictures import draw_folder
from tests.support.window.browsing import Browsing, messy_folder
from tests.support.window.data_page import choose, numbers
from tests.support.wording import said

_Keys = Qt.Key
CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
LEFT = Qt.MouseButton.LeftButton
Open = Callable[[Scanned], Browsing]


@pytest.fixture(scope="module")
def messy_scan(tmp_path_factory: pytest.TempPathFactory) -> Scanned:
    return look_through(messy_folder(tmp_path_factory.mktemp("messy") / "signs"))


@pytest.fixture(scope="module")
def plain_scan(tmp_path_factory: pytest.TempPathFactory) -> Scanned:
    return look_through(draw_folder(tmp_path_factory.mktemp("plain"), classes=2, per_class=60))


@pytest.fixture
def open_browser(qtbot: QtBot) -> Iterator[Open]:
    made: list[Browsing] = []

    def begin(scanned: Scanned) -> Browsing:
        browsing = Browsing(scanned)
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
def messy(open_browser: Open, messy_scan: Scanned) -> Browsing:
    return open_browser(messy_scan)


@pytest.fixture
def plain(open_browser: Open, plain_scan: Scanned) -> Browsing:
    """Two classes of sixty images."""
    return open_browser(plain_scan)


def click(
    qtbot: QtBot,
    browser: PictureBrowser,
    row: int,
    held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
) -> None:
    grid = browser.grid
    place = grid.visualRect(grid.model().index(row, 0)).center()
    qtbot.mouseClick(grid.viewport(), LEFT, held, place)


def pager_of(qtbot: QtBot, browser: PictureBrowser) -> PicturePager:
    (pager,) = [one for one in browser.findChildren(PicturePager) if one.isVisible()]
    qtbot.waitUntil(pager.isActiveWindow)  # its keys are the window's
    return pager


# -- what is shown --------------------------------------------------------------------------


def test_all_images_with_their_state(messy: Browsing) -> None:
    browser = messy.browser
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
    assert numbers(browser.filter.count.text()) == [12, 12]
    assert browser.shown[0] == "train/green/000.png"


def test_a_class_and_a_split_together(qtbot: QtBot, messy: Browsing) -> None:
    browser = messy.browser
    every = browser.filter.heading.text
    browser.show_class(1)
    assert browser.filter.heading.text == "red"
    choose(qtbot, browser.filter.show_box, "validation")
    assert messy.captions == ["000.png validation", "001.jpg validation"]
    assert numbers(browser.filter.count.text()) == [2, 12]
    browser.show_class(None)
    assert browser.filter.heading.text == every
    assert len(messy.captions) == 4


def test_each_kind_is_counted_and_an_empty_one_cannot_be_chosen(messy: Browsing) -> None:
    box = messy.browser.filter.show_box
    kinds = ("pinned", "excluded", "problems", "warnings", "unlabelled")
    places = [box.findData(kind) for kind in kinds]
    assert [numbers(box.itemText(place)) for place in places] == [[], [], [1], [1], [1]]
    enabled = [
        bool(box.model().index(place, 0).flags() & Qt.ItemFlag.ItemIsEnabled) for place in places
    ]
    assert enabled == [False, False, True, True, True]


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("problems", "train/red/empty.jpg"),
        ("warnings", "train/green/tiny.png"),
        ("unlabelled", "loose.png"),
    ],
)
def test_what_is_out_of_the_ordinary(qtbot: QtBot, messy: Browsing, kind: str, path: str) -> None:
    browser = messy.browser
    choose(qtbot, browser.filter.show_box, kind)
    assert browser.shown == [path]
    browser.filter.search.setText("00")
    assert browser.shown == []
    browser.show_state("all")
    browser.show_state(kind)  # from a finding: what is searched for does not hide it
    assert browser.shown == [path]
    (item,) = browser.grid.items
    assert item.tooltip.startswith(f"{path}\n")
    assert ("empty_file" in said(item.problem)) == (kind == "problems")
    with pytest.raises(ValueError, match="nonsense"):
        browser.show_state("nonsense")


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


def test_another_folder_starts_afresh(
    qtbot: QtBot, messy: Browsing, plain_scan: Scanned, tmp_path: Path
) -> None:
    browser, every = messy.browser, messy.browser.filter.heading.text
    browser.show_class(1)
    browser.filter.search.setText("0")
    browser.show_state("validation")
    other = Browsing(plain_scan)
    qtbot.addWidget(other.browser)
    browser.show_pictures(other.scanned, other.summary, other.split)
    assert browser.filter.heading.text == every
    assert browser.filter.search.text() == ""
    assert numbers(browser.filter.count.text()) == [120, 120]
    # the same one with a replaced file: another image
    folder = Path(shutil.copytree(messy.scanned.folder, tmp_path / "signs"))
    versions = []
    for _ in range(2):
        again = Browsing(look_through(folder))
        qtbot.addWidget(again.browser)
        browser.show_pictures(again.scanned, again.summary, again.split)
        versions.append(browser.grid.items[0].version)
        (folder / browser.shown[0]).write_bytes((folder / "loose.png").read_bytes())
    assert versions[0] != versions[1]


# -- what a user does -----------------------------------------------------------------------


def test_delete_excludes_what_is_selected_and_it_looks_so(qtbot: QtBot, messy: Browsing) -> None:
    browser = messy.browser
    click(qtbot, browser, 0)
    click(qtbot, browser, 2, SHIFT)
    before = browser.grid.items[0].tooltip
    qtbot.keyClick(browser.grid, _Keys.Key_Delete)
    paths = ["train/green/000.png", "train/green/001.jpg", "train/green/002.png"]
    assert messy.asked == [("exclude", paths)]
    assert messy.captions[:4] == [*["green excluded"] * 3, "green training, tiny"]
    assert [item.excluded for item in browser.grid.items[:4]] == [True, True, True, False]
    assert browser.selected == paths
    assert browser.grid.items[0].tooltip != before
    qtbot.keyClick(browser.grid, _Keys.Key_Delete)
    assert len(messy.asked) == 1


def test_the_bar_says_and_offers_what_fits_the_selection(qtbot: QtBot, messy: Browsing) -> None:
    browser, act = messy.browser, messy.browser.picture_actions

    def offered() -> list[bool]:
        """Exclude, use again, put into a class, move: shown and enabled."""
        actions = (act.exclude, act.include, act.label, act.move.menuAction())
        assert set(actions) <= set(browser.bar.actions())
        return [one.isVisible() and one.isEnabled() for one in actions]

    assert numbers(browser.bar.words.text()) == []
    assert offered() == [False] * 4
    click(qtbot, browser, 1)
    click(qtbot, browser, 4, CTRL)
    assert numbers(browser.bar.words.text()) == [2]
    assert offered() == [True, False, True, True]
    act.exclude.trigger()
    assert offered() == [False, True, True, True]
    act.include.trigger()
    assert messy.asked[-1] == ("include", ["train/green/001.jpg", "train/red/000.png"])
    assert offered() == [True, False, True, True]
    click(qtbot, browser, 7)  # cannot be read
    assert offered() == [True, False, True, False]


def test_images_move_to_a_split_and_back_to_chance(
    qtbot: QtBot, plain: Browsing, messy: Browsing
) -> None:
    browser = plain.browser
    *_, test, _line, drawn = browser.picture_actions.move.actions()
    click(qtbot, browser, 3)
    path = browser.selected[0]
    test.trigger()
    assert plain.captions[3] == "green test, fixed"
    browser.show_state("pinned")
    assert browser.shown == [path]
    browser.grid.selectAll()
    drawn.trigger()
    assert plain.asked == [("split", [path], "test"), ("split", [path], None)]
    own = messy.browser.picture_actions.move.actions()[-1]
    assert own.text() != drawn.text(), "where the folder has splits, they are what is undone to"


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
    assert "green" in browser.grid.items[0].tooltip.splitlines()[1], "its folder's class is told"


def test_images_go_back_to_the_class_of_their_folder(qtbot: QtBot, messy: Browsing) -> None:
    browser = messy.browser

    def own_class() -> QAction:
        """The action in the context menu, opened at the current tile."""
        grid = browser.grid
        place = grid.visualRect(grid.currentIndex()).center()
        event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, place, QPoint(5, 5))
        QApplication.sendEvent(grid.viewport(), event)
        (menu,) = [one for one in grid.findChildren(QMenu) if one.isVisible()]
        assert browser.picture_actions.own_class in menu.actions()
        menu.close()
        return browser.picture_actions.own_class

    click(qtbot, browser, 0)
    assert not own_class().isVisible()
    messy.edit(messy.edits.labelling(["train/green/000.png"], "red"))
    assert own_class().isVisible()
    own_class().trigger()
    assert messy.asked == [("label", ["train/green/000.png"], "")]


def test_paths_are_copied(qtbot: QtBot, messy: Browsing) -> None:
    click(qtbot, messy.browser, 0)
    qtbot.keyClick(messy.browser.grid, _Keys.Key_C, CTRL)
    copied = QGuiApplication.clipboard().text()
    assert copied == str(messy.scanned.folder / "train" / "green" / "000.png")


# -- the place in the images ----------------------------------------------------------------


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
    browser, every = plain.browser, plain.browser.filter.heading.text
    browser.show_class(1)
    assert browser.filter.heading.text == "red"
    plain.edit(plain.edits.labelling(["green/000.png"], "blue"))
    assert browser.filter.heading.text == "red"
    assert len(plain.captions) == 60
    plain.edit(plain.edits.labelling(browser.shown, "rot"))
    assert browser.filter.heading.text == every
    assert len(plain.captions) == 120


def test_where_the_selected_images_go_the_next_one_is_selected(
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
    assert browser.grid.placeholder


def test_another_filter_goes_to_what_stays_selected_or_to_the_top(plain: Browsing) -> None:
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


# -- an image, large, from the browser ------------------------------------------------------


@pytest.mark.parametrize("key", [None, _Keys.Key_Return, _Keys.Key_Space])
def test_an_image_opens_by_double_click_and_key(
    qtbot: QtBot, messy: Browsing, key: Qt.Key | None
) -> None:
    browser = messy.browser
    click(qtbot, browser, 1)
    with qtbot.waitSignal(browser.opened) as told:
        if key is None:
            place = browser.grid.visualRect(browser.grid.model().index(1, 0)).center()
            qtbot.mouseDClick(browser.grid.viewport(), LEFT, pos=place)
        else:
            qtbot.keyClick(browser.grid, key)
    assert told.args == ["train/green/001.jpg"]
    pager = pager_of(qtbot, browser)
    assert numbers(pager.place.text()) == [2, 12]
    qtbot.keyClick(pager, _Keys.Key_Right)
    assert browser.selected == ["train/green/002.png"]
    qtbot.keyClick(pager, _Keys.Key_Escape)
    assert not pager.isVisible()


def test_excluding_in_the_large_view_is_seen_in_both(qtbot: QtBot, messy: Browsing) -> None:
    browser = messy.browser
    browser.open_picture("train/green/001.jpg")
    pager = pager_of(qtbot, browser)
    offer, words = pager.exclude.text(), pager.words.text()
    qtbot.keyClick(pager, _Keys.Key_Delete)
    assert messy.captions[1] == "green excluded"
    assert pager.words.text() != words
    assert pager.exclude.text() != offer
    pager.exclude.click()
    assert messy.edits.is_empty
    assert (pager.exclude.text(), pager.words.text()) == (offer, words)
    pager.reject()


def test_an_image_that_a_filter_drops_gives_way_to_the_next(qtbot: QtBot, messy: Browsing) -> None:
    browser = messy.browser
    browser.show_state("train")
    browser.open_picture("train/green/000.png")
    pager = pager_of(qtbot, browser)
    qtbot.keyClick(pager, _Keys.Key_Delete)
    assert pager.windowTitle() == "001.jpg"
    assert numbers(pager.place.text()) == [1, 6]
    pager.reject()


def test_an_image_outside_of_the_filter_is_shown_alone(qtbot: QtBot, messy: Browsing) -> None:
    browser = messy.browser
    browser.show_state("problems")
    browser.open_picture("val/red/000.png")
    pager = pager_of(qtbot, browser)
    assert numbers(pager.place.text()) == [1, 1]
    pager.exclude.click()
    assert pager.windowTitle() == "000.png"
    assert pager.picture.state == "excluded"
    pager.reject()
    with qtbot.assertNotEmitted(browser.opened):
        browser.open_picture("nowhere.png")


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


# -- from one image to the next -------------------------------------------------------------


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
        (_Keys.Key_Left, "val/green/000.png", 1),
        (_Keys.Key_Right, "val/green/001.jpg", 2),
        (_Keys.Key_End, "val/red/001.jpg", 4),
        (_Keys.Key_Right, "val/red/001.jpg", 4),
        (_Keys.Key_Left, "val/red/000.png", 3),
        (_Keys.Key_Home, "val/green/000.png", 1),
    ):
        qtbot.keyClick(pager, key)
        assert (pager.picture.path, numbers(pager.place.text())) == (name, [place, 4])
        assert pager.path.text == str(messy.scanned.folder / name)
    with qtbot.waitSignal(pager.moved) as told:
        pager.forward.click()
    assert told.args == ["val/green/001.jpg"]
    assert pager.words.text() == "green · validation"
    qtbot.waitUntil(lambda: pager.view.has_picture)
    pager.exclude.setFocus()  # the arrows work there, too
    qtbot.keyClick(pager.exclude, _Keys.Key_Right)
    assert numbers(pager.place.text()) == [3, 4]


def test_what_is_wrong_with_a_file_is_shown_until_the_list_is_empty(
    qtbot: QtBot, messy: Browsing
) -> None:
    pager = open_pager(qtbot, messy, "problems", 0)
    qtbot.waitUntil(lambda: "empty_file" in said(pager.view.placeholder))
    assert pager.words.text().startswith("red · ")
    with qtbot.waitSignal(pager.exclude_asked) as told:
        qtbot.keyClick(pager, _Keys.Key_Delete)
    assert told.args == [["train/red/empty.jpg"]]
    pager.take_list(PictureList(messy.scanned, messy.summary, messy.split), [])
    assert not pager.isVisible()


def test_an_image_without_a_class_cannot_be_excluded(qtbot: QtBot, messy: Browsing) -> None:
    pager = open_pager(qtbot, messy, "unlabelled", 0)
    assert not pager.exclude.isEnabled()
    with qtbot.assertNotEmitted(pager.exclude_asked):
        qtbot.keyClick(pager, _Keys.Key_Delete)


# -- one image ------------------------------------------------------------------------------


def open_dialog(qtbot: QtBot, path: Path) -> PictureDialog:
    dialog = PictureDialog(path, ["hat", "training"])
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.waitUntil(lambda: bool(dialog.facts.facts) or bool(dialog.view.placeholder))
    return dialog


def write_image(path: Path, size: tuple[int, int], **options: object) -> Path:
    Image.new("RGB", size, (200, 30, 30)).save(path, **options)
    return path


def facts(dialog: PictureDialog) -> list[str]:
    """Size, format, colours, file size, when it changed, and what more there is."""
    return list(dialog.facts.facts.values())


def test_it_shows_the_image_with_its_words_and_facts(qtbot: QtBot, tmp_path: Path) -> None:
    path = write_image(tmp_path / "mũ.png", (300, 20))
    dialog = open_dialog(qtbot, path)
    assert dialog.view.has_picture
    assert dialog.words.text() == "hat · training"
    size, format, colours, file, _changed = facts(dialog)
    assert (numbers(size), format, colours) == ([300, 20], "PNG", "RGB")
    assert numbers(file) == [path.stat().st_size]
    assert dialog.path.text == str(path)
    assert dialog.windowTitle() == "mũ.png"


def test_camera_time_and_orientation_are_told(qtbot: QtBot, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x010F], exif[0x0110] = 6, "Canon", "Canon EOS 5D"
    exif.get_ifd(0x8769)[0x9003] = "2021:07:14 09:05:00"
    dialog = open_dialog(qtbot, write_image(tmp_path / "a.jpg", (60, 40), exif=exif))
    size, *_, taken, camera, turned = facts(dialog)
    assert numbers(size) == [40, 60]
    assert "9:05" in taken
    assert camera == "Canon EOS 5D"
    assert "90°" in turned
    assert dialog.view.image_size == QSize(40, 60)


def test_an_image_that_is_gone_or_damaged_says_so(qtbot: QtBot, tmp_path: Path) -> None:
    dialog = open_dialog(qtbot, tmp_path / "gone.png")
    assert "file_missing" in said(dialog.view.placeholder)
    assert not dialog.view.has_picture
    assert not dialog.actual.isEnabled()
    path = write_image(tmp_path / "a.jpg", (200, 100))
    path.write_bytes(path.read_bytes()[:700])
    dialog = open_dialog(qtbot, path)
    assert "truncated_image" in said(dialog.view.placeholder)
    assert numbers(facts(dialog)[0]) == [200, 100], "its facts are there all the same"


def test_another_image_takes_its_place(qtbot: QtBot, tmp_path: Path) -> None:
    os.utime(write_image(tmp_path / "a.png", (30, 20)), (0, 0))
    dialog = open_dialog(qtbot, tmp_path / "a.png")
    dialog.show_picture(write_image(tmp_path / "b.png", (50, 40)), ["shoe"])
    assert dialog.view.dim
    assert dialog.words.text() == "shoe"
    qtbot.waitUntil(lambda: numbers(facts(dialog)[0]) == [50, 40])
    assert not dialog.view.dim
    assert dialog.windowTitle() == "b.png"


def test_pixel_by_pixel_dragged_about_and_back(qtbot: QtBot, tmp_path: Path) -> None:
    dialog = open_dialog(qtbot, write_image(tmp_path / "a.png", (1500, 900)))
    qtbot.waitUntil(dialog.isActiveWindow)
    bar, start = dialog.area.horizontalScrollBar(), QPoint(700, 450)
    for toggle in (
        lambda: qtbot.mouseClick(dialog.actual, LEFT),
        lambda: qtbot.keyClick(dialog, _Keys.Key_Z),
        lambda: qtbot.mouseDClick(dialog.view, LEFT),
    ):
        assert dialog.view.width() < 1500
        toggle()
        qtbot.waitUntil(lambda: dialog.view.size() == QSize(1500, 900))
        assert abs(bar.value() - bar.maximum() // 2) < 20 < bar.maximum()
        before = bar.value()
        qtbot.mousePress(dialog.view, LEFT, pos=start)
        qtbot.mouseMove(dialog.view, start - QPoint(40, 0))
        qtbot.mouseRelease(dialog.view, LEFT, pos=start)
        assert bar.value() == before + 40
        toggle()
        qtbot.waitUntil(lambda: dialog.view.size() == dialog.area.viewport().size())


def test_all_pixels_are_read_only_when_they_are_wanted_and_memory_holds_them(
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
