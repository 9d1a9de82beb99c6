"""Images: one shown whole, thumbnails of what is seen, and the grid as a view."""

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QAbstractItemView, QToolTip
from pytestqt.qtbot import QtBot

from core.common.messages import ThawError
from gui.controls import thumbnails
from gui.controls.image_grid import GridItem, ImageGrid
from gui.controls.image_view import PictureView, to_qimage
from gui.controls.thumbnails import Thumbnails

KEYS, LEFT = Qt.Key, Qt.MouseButton.LeftButton
CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
GREEN, RED = QColor(0, 255, 0), QColor("red")


def plain(color: str | QColor) -> QImage:
    image = QImage(8, 8, QImage.Format.Format_RGB888)
    image.fill(QColor(color))
    return image


# -- an image ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "part",
    [np.s_[:], np.s_[::2], np.s_[:, 1:4], np.s_[:, ::-1]],
    ids=["all", "rows", "cut", "turned"],
)
def test_an_image_has_the_pixels_of_any_part_of_an_array_and_is_a_copy(part: Any) -> None:
    whole = np.random.default_rng(0).integers(0, 256, (6, 9, 3), np.uint8)
    before = whole[part].copy()
    image = to_qimage(whole[part])
    whole[:] = 0
    height, width, _ = before.shape
    assert (image.width(), image.height()) == (width, height)
    shown = [[image.pixelColor(x, y).getRgb()[:3] for x in range(width)] for y in range(height)]
    np.testing.assert_array_equal(shown, before)


@pytest.mark.parametrize("shape", [(4, 4), (4, 4, 4), (0, 4, 3), (4, 4, 3)])
def test_other_arrays_are_refused(shape: tuple[int, ...]) -> None:
    kind = np.float32 if shape == (4, 4, 3) else np.uint8
    with pytest.raises(ValueError, match="uint8"):
        to_qimage(np.zeros(shape, kind))


@pytest.fixture
def view(qtbot: QtBot) -> PictureView:
    made = PictureView()
    qtbot.addWidget(made)
    made.resize(200, 200)
    made.show()
    return made


def test_an_image_fits_in_its_proportions_and_colors_unless_dimmed(view: PictureView) -> None:
    def center() -> QColor:
        return view.grab().toImage().pixelColor(view.picture_rect().center())

    view.set_picture(np.full((40, 80, 3), (255, 0, 0), np.uint8))
    assert (view.picture_rect().size().toTuple(), center()) == ((200, 100), RED)
    view.resize(100, 300)
    assert (view.picture_rect().size().toTuple(), center()) == ((100, 50), RED)
    view.dim = True
    assert center().green() > 100
    view.dim = False
    assert center() == RED


def test_a_caption_takes_room_and_a_missing_image_has_words(view: PictureView) -> None:
    assert not view.has_picture
    empty = view.grab().toImage()
    view.placeholder = "Choose"
    said = view.grab().toImage()
    assert said != empty
    view.set_image(QImage(10, 10, QImage.Format.Format_RGB888))
    assert view.has_picture
    view.set_picture(None)
    assert view.grab().toImage() == said
    view.set_picture(np.full((80, 80, 3), 255, np.uint8))
    before = view.grab().toImage()
    view.caption = "untouched"
    assert view.picture_rect().height() < 200
    assert view.accessibleName() == "untouched"
    assert view.grab().toImage() != before


# -- thumbnails -------------------------------------------------------------------------------

A, B, C = Path("a.png"), Path("b.png"), Path("c.png")


class Loader:
    """Makes thumbnails of ``color`` and notes of which paths; waits while ``gate`` is closed."""

    def __init__(self) -> None:
        self.asked: list[Path] = []
        self.color = (0, 255, 0)
        self.gate = threading.Event()
        self.gate.set()

    def __call__(self, path: Path, edge: int) -> np.ndarray:
        self.asked.append(path)
        self.gate.wait(10)
        if "damaged" in path.parts:
            raise ThawError("empty_file")
        if "odd" in path.parts:
            raise RuntimeError("unforeseen")
        return np.full((edge, edge // 2, 3), self.color, np.uint8)


@pytest.fixture
def loader() -> Iterator[Loader]:
    loader = Loader()
    yield loader
    loader.gate.set()


@pytest.fixture
def store(loader: Loader) -> Iterator[Thumbnails]:
    made = Thumbnails(lambda row: True, loader)
    made.reset(8)
    yield made
    loader.gate.set()
    made.close()


def test_the_thumbnail_seen_longest_ago_goes_first(
    qtbot: QtBot, store: Thumbnails, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(thumbnails, "CACHE_BYTES", 2 * 8 * 4 * 4)
    for row, path in enumerate((A, B)):
        with qtbot.waitSignal(store.changed) as told:
            assert store.get(path, row) is None
        assert told.args == [row]
    assert store.get(A, 0) is not None
    with qtbot.waitSignal(store.changed):
        store.get(C, 2)
    assert {path for path in (A, C) if store.get(path, 0) is not None} == {A, C}
    assert store.get(B, 1) is None


def test_a_replaced_file_is_made_again(qtbot: QtBot, store: Thumbnails, loader: Loader) -> None:
    for version, shade in ((1, 10), (2, 200)):
        loader.color = (shade, 0, 0)
        with qtbot.waitSignal(store.changed):
            assert store.get(A, 0, version) is None
        pixmap = store.get(A, 0, version)
        assert pixmap is not None
        assert pixmap.toImage().pixelColor(0, 0).red() == shade
    assert store.get(A, 0, 1) is not None


def test_nothing_is_made_twice_for_a_reset_nor_after_closing(
    qtbot: QtBot, store: Thumbnails, loader: Loader
) -> None:
    loader.gate.clear()
    store.get(A, 0)
    store.reset(8)
    store.get(A, 7)
    with qtbot.waitSignal(store.changed) as told:
        loader.gate.set()
    assert told.args == [7]
    assert store.get(A, 7) is not None
    store.close()
    assert store.get(B, 0) is None  # nor will it be made
    store._pool.waitForDone()
    assert loader.asked == [A]


# -- a grid of files --------------------------------------------------------------------------


@pytest.fixture
def grid(qtbot: QtBot, loader: Loader) -> Iterator[ImageGrid]:
    grid = ImageGrid(64, load=loader)
    qtbot.addWidget(grid)
    grid.resize(420, 300)
    with qtbot.waitExposed(grid):
        grid.show()
    yield grid
    loader.gate.set()
    grid.close_thumbnails()


def files(count: int, folder: str = "fine") -> list[GridItem]:
    return [GridItem(Path(folder) / f"{row}.png", f"image {row}") for row in range(count)]


def rows(loader: Loader) -> list[int]:
    return [int(path.stem) for path in loader.asked]


def center(grid: ImageGrid, row: int) -> QPoint:
    return grid.visualRect(grid.model().index(row, 0)).center()


def color_of(grid: ImageGrid, row: int) -> QColor:
    return grid.viewport().grab().toImage().pixelColor(center(grid, row) - QPoint(0, 10))


def wait_for(qtbot: QtBot, grid: ImageGrid, row: int, color: QColor = GREEN) -> None:
    qtbot.waitUntil(lambda: color_of(grid, row) == color)


def tip(grid: ImageGrid, row: int) -> str:
    return str(grid.model().index(row, 0).data(Qt.ItemDataRole.ToolTipRole))


def visible(grid: ImageGrid) -> list[int]:
    inside, index = grid.viewport().rect(), grid.model().index
    return [
        row for row in range(len(grid.items)) if inside.intersects(grid.visualRect(index(row, 0)))
    ]


def test_only_what_is_seen_is_made_once(qtbot: QtBot, grid: ImageGrid, loader: Loader) -> None:
    grid.set_items(files(1000))
    shown = visible(grid)
    assert 0 < len(shown) < 30
    qtbot.waitUntil(lambda: sorted(rows(loader)) == shown)
    wait_for(qtbot, grid, 0)
    grid.select(999)
    wait_for(qtbot, grid, 999)
    grid.scrollToTop()
    assert color_of(grid, 0) == GREEN
    assert rows(loader).count(0) == 1


def test_scrolled_past_is_never_made(qtbot: QtBot, grid: ImageGrid, loader: Loader) -> None:
    loader.gate.clear()
    grid.set_items(files(1000))
    qtbot.waitUntil(lambda: len(loader.asked) == thumbnails.THREADS)
    grid.select(999)
    grid.grab()
    loader.gate.set()
    wait_for(qtbot, grid, 999)
    assert len([row for row in rows(loader) if row < 900]) <= 2 * thumbnails.THREADS


@pytest.mark.parametrize(("folder", "reason"), [("damaged", "empty"), ("odd", "unforeseen")])
def test_an_unreadable_image_is_marked_with_its_reason(
    qtbot: QtBot, grid: ImageGrid, loader: Loader, folder: str, reason: str
) -> None:
    loader.gate.clear()
    grid.set_items(files(1, folder))
    waiting = grid.viewport().grab().toImage()
    loader.gate.set()
    qtbot.waitUntil(lambda: reason in tip(grid, 0))
    assert grid.viewport().grab().toImage() != waiting
    assert rows(loader) == [0]


def test_late_thumbnails_are_dropped(qtbot: QtBot, grid: ImageGrid, loader: Loader) -> None:
    loader.gate.clear()
    grid.set_items(files(1, "damaged"))
    qtbot.waitUntil(lambda: rows(loader) == [0])
    grid.set_items([GridItem(image=plain(RED), caption="red")])
    loader.gate.set()
    grid.close_thumbnails()
    qtbot.wait(0)
    assert color_of(grid, 0) == RED
    assert tip(grid, 0) == "red"


def test_another_size_makes_other_thumbnails(qtbot: QtBot, grid: ImageGrid, loader: Loader) -> None:
    grid.set_items(files(1))
    wait_for(qtbot, grid, 0)
    index = grid.model().index(0, 0)
    before = grid.visualRect(index).height()
    grid.thumbnail_size = 128
    qtbot.waitUntil(lambda: rows(loader) == [0, 0])
    qtbot.waitUntil(lambda: grid.visualRect(index).height() == before + 64)


def test_a_grid_may_be_destroyed_in_the_middle_of_a_job(qtbot: QtBot, loader: Loader) -> None:
    loader.gate.clear()
    grid = ImageGrid(64, load=loader)
    grid.resize(420, 300)
    grid.set_items(files(100))
    grid.show()
    qtbot.waitUntil(lambda: len(loader.asked) > 0)
    threading.Timer(0.05, loader.gate.set).start()
    with qtbot.waitSignal(grid.destroyed):
        grid.deleteLater()
    done = len(loader.asked)
    qtbot.wait(0)
    assert len(loader.asked) == done <= 2 * thumbnails.THREADS


def test_real_files_are_read_by_the_core(qtbot: QtBot, tmp_path: Path) -> None:
    Image.new("RGB", (300, 200), (0, 0, 255)).save(tmp_path / "blue.png")
    (tmp_path / "empty.png").touch()
    grid = ImageGrid(64)
    qtbot.addWidget(grid)
    grid.resize(420, 300)
    grid.set_items([GridItem(tmp_path / name, name) for name in ("blue.png", "empty.png")])
    grid.show()
    wait_for(qtbot, grid, 0, QColor("blue"))
    qtbot.waitUntil(lambda: tip(grid, 1) != "empty.png")
    grid.close_thumbnails()
    QToolTip.hideText()


# -- the grid as a view -----------------------------------------------------------------------


class Tiles(Sequence[GridItem]):
    """Counts how many items were looked at."""

    def __init__(self, count: int) -> None:
        self.count, self.looked_at = count, 0
        self.image = plain("white")

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, index: int) -> GridItem:  # type: ignore[override]
        if index >= self.count:
            raise IndexError(index)
        self.looked_at += 1
        image = self.image if index else None  # else they would all be looked at: in place
        return GridItem(image=image, caption=str(index))


@pytest.fixture
def tiles(qtbot: QtBot) -> ImageGrid:
    """Four columns; a little more than three lines are seen."""
    made = ImageGrid(64)
    qtbot.addWidget(made)
    made.resize(4 * 84 + 30, 360)
    made.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
    with qtbot.waitExposed(made):
        made.show()
    made.set_items(Tiles(42))
    assert made.columns == 4
    return made


def click(
    qtbot: QtBot,
    grid: ImageGrid,
    row: int,
    held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
) -> None:
    qtbot.mouseClick(grid.viewport(), LEFT, held, center(grid, row))


def drag(qtbot: QtBot, grid: ImageGrid, start: QPoint, end: QPoint) -> None:
    qtbot.mousePress(grid.viewport(), LEFT, pos=start)
    for step in range(1, 5):
        qtbot.mouseMove(grid.viewport(), start + (end - start) * step / 4)
    qtbot.mouseRelease(grid.viewport(), LEFT, pos=end)


def test_the_last_tile_ends_the_scrolling_and_only_what_is_seen_is_looked_at(
    tiles: ImageGrid,
) -> None:
    tiles.scrollToBottom()
    last = tiles.visualRect(tiles.model().index(41, 0))
    assert last.bottom() == tiles.viewport().height() - 1
    tiles.set_items(Tiles(3))
    assert tiles.verticalScrollBar().maximum() == 0
    many = Tiles(100_000)
    tiles.set_items(many)
    for place in (0, tiles.verticalScrollBar().maximum(), 40_000):
        tiles.verticalScrollBar().setValue(place)
        tiles.grab()
    tiles.selectAll()
    tiles.resize(500, 400)
    tiles.grab()
    assert tiles.selected_count == 100_000
    assert many.looked_at < 300


def test_the_keyboard_moves_from_the_first_tile_on(qtbot: QtBot, tiles: ImageGrid) -> None:
    qtbot.keyClick(tiles, KEYS.Key_Down)
    assert tiles.current_row == 0
    for start, key, end in (
        (5, KEYS.Key_Right, 6),
        (7, KEYS.Key_Right, 8),
        (0, KEYS.Key_Left, 0),
        (5, KEYS.Key_Down, 9),
        (5, KEYS.Key_Up, 1),
        (2, KEYS.Key_Up, 2),
        (39, KEYS.Key_Down, 41),
        (41, KEYS.Key_Down, 41),
        (6, KEYS.Key_PageDown, 18),
        (38, KEYS.Key_PageDown, 41),
        (18, KEYS.Key_PageUp, 6),
        (9, KEYS.Key_PageUp, 1),
        (9, KEYS.Key_Home, 0),
        (9, KEYS.Key_End, 41),
    ):
        tiles.select(start)
        qtbot.keyClick(tiles, key)
        assert (tiles.current_row, tiles.selected_rows) == (end, [end])
        assert tiles.viewport().rect().contains(center(tiles, end))
    tiles.set_items(())
    qtbot.keyClick(tiles, KEYS.Key_Down)
    assert tiles.current_row == -1


def test_shift_selects_from_one_to_the_other_and_ctrl_adds(qtbot: QtBot, tiles: ImageGrid) -> None:
    click(qtbot, tiles, 2)
    click(qtbot, tiles, 9, SHIFT)
    assert tiles.selected_rows == list(range(2, 10))
    click(qtbot, tiles, 5, CTRL)
    click(qtbot, tiles, 11, CTRL)
    assert tiles.selected_rows == [2, 3, 4, 6, 7, 8, 9, 11]
    click(qtbot, tiles, 6)
    assert tiles.selected_rows == [6]
    for key, held, selected in (
        (KEYS.Key_Down, SHIFT, range(6, 11)),
        (KEYS.Key_Left, SHIFT, range(6, 10)),
        (KEYS.Key_End, SHIFT, range(6, 42)),
        (KEYS.Key_A, CTRL, range(42)),
    ):
        qtbot.keyClick(tiles, key, held)
        assert tiles.selected_rows == list(selected)
    tiles.scrollToBottom()
    beside = center(tiles, 41) + QPoint(tiles.cell_size.width(), 0)
    qtbot.mouseClick(tiles.viewport(), LEFT, pos=beside)
    assert tiles.selected_rows == []


def test_a_rubber_band_selects_what_it_touches_and_is_seen(qtbot: QtBot, tiles: ImageGrid) -> None:
    drag(qtbot, tiles, center(tiles, 1), center(tiles, 10))
    assert tiles.selected_rows == [1, 2, 5, 6, 9, 10]
    drag(qtbot, tiles, center(tiles, 11), center(tiles, 4))
    assert tiles.selected_rows == list(range(4, 12))
    view = tiles.viewport()
    drag(qtbot, tiles, center(tiles, 0), center(tiles, 5))
    done = view.grab().toImage()
    qtbot.mousePress(view, LEFT, pos=center(tiles, 0))
    qtbot.mouseMove(view, center(tiles, 1))
    qtbot.mouseMove(view, center(tiles, 5))
    assert view.grab().toImage() != done
    qtbot.mouseRelease(view, LEFT, pos=center(tiles, 5))
    assert view.grab().toImage() == done


def test_rows_are_selected_without_moving_the_view(qtbot: QtBot, tiles: ImageGrid) -> None:
    with qtbot.waitSignal(tiles.selection_changed):
        tiles.select_rows([1, 2, 3, 20, 40], current=40)
    assert tiles.selected_rows == [1, 2, 3, 20, 40]
    assert (tiles.current_row, tiles.verticalScrollBar().value()) == (40, 0)
    tiles.select_rows([])
    assert (tiles.selected_rows, tiles.current_row) == ([], -1)
    with qtbot.assertNotEmitted(tiles.activated_item):
        tiles.select(40)
    assert tiles.current_row == 40
    assert 40 in visible(tiles)


def test_a_click_and_the_keyboard_choose_and_open(qtbot: QtBot, tiles: ImageGrid) -> None:
    with qtbot.waitSignal(tiles.activated_item) as told:
        click(qtbot, tiles, 2)
    assert told.args == [2]
    with qtbot.waitSignal(tiles.opened_item) as told:
        qtbot.mouseDClick(tiles.viewport(), LEFT, pos=center(tiles, 2))
    assert told.args == [2]
    for key in (KEYS.Key_Return, KEYS.Key_Enter, KEYS.Key_Space):
        tiles.select(7)
        qtbot.keyClick(tiles, KEYS.Key_Right)
        with qtbot.waitSignal(tiles.activated_item) as told, qtbot.waitSignal(tiles.opened_item):
            qtbot.keyClick(tiles, key)
        assert told.args == [8]
    with qtbot.assertNotEmitted(tiles.opened_item):
        qtbot.keyClick(tiles, KEYS.Key_Space, CTRL)
    assert tiles.selected_rows == []


def test_a_badge_and_what_the_mouse_is_over_are_seen(qtbot: QtBot, tiles: ImageGrid) -> None:
    looks = []
    for badge in ("", "wrong"):
        tiles.set_items([GridItem(image=plain("white"), caption="stop", badge=badge)] * 8)
        for row in (1, 6):
            qtbot.mouseMove(tiles.viewport(), center(tiles, row))
            looks.append(tiles.viewport().grab().toImage())
    assert all(looks.count(look) == 1 for look in looks)


def test_an_excluded_image_is_pale_and_struck_through(tiles: ImageGrid) -> None:
    image = plain(RED)
    tiles.set_items([GridItem(image=image, caption="a"), GridItem(image=image, excluded=True)])
    shown = tiles.viewport().grab().toImage()
    beside = QPoint(12, -26)  # from the middle of the cell, off the strike
    assert shown.pixelColor(center(tiles, 0) + beside) == RED
    assert shown.pixelColor(center(tiles, 1) + beside).green() > 100
    across = [shown.pixelColor(center(tiles, 1) + QPoint(step, -8)) for step in range(-30, 30)]
    assert min(color.lightness() for color in across) < 80


def test_images_change_in_place_and_a_known_problem_needs_no_file(tiles: ImageGrid) -> None:
    tiles.set_items([GridItem(image=plain("red"), caption="red")] * 12)
    tiles.select(3)
    tiles.set_items([GridItem(image=plain("blue"), caption="blue")] * 12)
    assert tiles.current_row == 3
    assert color_of(tiles, 0) == QColor("blue")
    tiles.set_items([GridItem(Path("gone.png"), "gone.png", problem="empty")] * 2)
    assert tiles.current_row == -1
    tiles.grab()
    assert tip(tiles, 0) == "gone.png\nempty"
