"""The grid makes thumbnails of what is seen, and of nothing else."""

import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QToolTip
from pytestqt.qtbot import QtBot

from core.common.messages import ThawError
from gui.controls import thumbnails
from gui.controls.image_grid import GridItem, ImageGrid

WAIT = 5000


class Loader:
    """Makes green thumbnails and notes of which paths; waits while ``gate`` is closed."""

    def __init__(self) -> None:
        self.asked: list[int] = []
        self.gate = threading.Event()
        self.gate.set()
        self.started = threading.Semaphore(0)

    def __call__(self, path: Path, edge: int) -> np.ndarray:
        self.asked.append(int(path.stem))
        self.started.release()
        self.gate.wait(10)
        if "damaged" in path.parts:
            raise ThawError("empty_file")
        if "odd" in path.parts:
            raise RuntimeError("unforeseen")
        return np.full((edge, edge // 2, 3), (0, 255, 0), np.uint8)


@pytest.fixture
def loader() -> Iterator[Loader]:
    loader = Loader()
    yield loader
    loader.gate.set()


@pytest.fixture
def grid(qtbot: QtBot, loader: Loader) -> Iterator[ImageGrid]:
    grid = ImageGrid(64, load=loader)
    qtbot.addWidget(grid)
    grid.resize(420, 300)
    grid.show()
    qtbot.waitExposed(grid)
    yield grid
    loader.gate.set()
    grid.close_thumbnails()


def files(count: int, folder: str = "fine") -> list[GridItem]:
    return [GridItem(Path(folder) / f"{row}.png", f"picture {row}") for row in range(count)]


def center_of(grid: ImageGrid, row: int) -> QPoint:
    return grid.visualRect(grid.model().index(row, 0)).center()


def color_of(grid: ImageGrid, row: int) -> QColor:
    point = center_of(grid, row) - QPoint(0, 10)
    return grid.viewport().grab().toImage().pixelColor(point)


def visible(grid: ImageGrid) -> list[int]:
    rows = range(len(grid.items))
    inside = grid.viewport().rect()
    return [row for row in rows if inside.intersects(grid.visualRect(grid.model().index(row, 0)))]


def test_thumbnails_appear(qtbot: QtBot, grid: ImageGrid) -> None:
    grid.set_items(files(3))
    for row in range(3):
        qtbot.waitUntil(lambda row=row: color_of(grid, row) == QColor(0, 255, 0), timeout=WAIT)


def test_only_what_is_seen_is_made(qtbot: QtBot, grid: ImageGrid, loader: Loader) -> None:
    grid.set_items(files(1000))
    shown = visible(grid)
    assert 0 < len(shown) < 30
    qtbot.waitUntil(lambda: sorted(loader.asked) == shown, timeout=WAIT)


def test_scrolled_past_is_never_made(qtbot: QtBot, grid: ImageGrid, loader: Loader) -> None:
    loader.gate.clear()
    grid.set_items(files(1000))
    qtbot.waitUntil(lambda: len(loader.asked) == thumbnails.THREADS, timeout=WAIT)
    grid.select(999)
    grid.grab()
    loader.gate.set()
    qtbot.waitUntil(lambda: color_of(grid, 999) == QColor(0, 255, 0), timeout=WAIT)
    seen_first = [row for row in loader.asked if row < 900]
    assert len(seen_first) <= 2 * thumbnails.THREADS


def test_seen_again_is_not_made_again(qtbot: QtBot, grid: ImageGrid, loader: Loader) -> None:
    grid.set_items(files(1000))
    qtbot.waitUntil(lambda: color_of(grid, 0) == QColor(0, 255, 0), timeout=WAIT)
    grid.select(999)
    qtbot.waitUntil(lambda: color_of(grid, 999) == QColor(0, 255, 0), timeout=WAIT)
    grid.scrollToTop()
    assert color_of(grid, 0) == QColor(0, 255, 0)
    assert loader.asked.count(0) == 1


def test_memory_is_bounded(
    qtbot: QtBot, grid: ImageGrid, loader: Loader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(thumbnails, "CACHE_BYTES", 30 * 64 * 32 * 4)
    grid.set_items(files(1000))
    qtbot.waitUntil(lambda: color_of(grid, 0) == QColor(0, 255, 0), timeout=WAIT)
    for row in range(30, 120, 6):
        grid.select(row)
        qtbot.waitUntil(lambda row=row: color_of(grid, row) == QColor(0, 255, 0), timeout=WAIT)
    grid.scrollToTop()
    qtbot.waitUntil(lambda: color_of(grid, 0) == QColor(0, 255, 0), timeout=WAIT)
    assert loader.asked.count(0) == 2


@pytest.mark.parametrize(("folder", "reason"), [("damaged", "empty"), ("odd", "unforeseen")])
def test_an_unreadable_picture_is_marked_with_its_reason(
    qtbot: QtBot, grid: ImageGrid, loader: Loader, folder: str, reason: str
) -> None:
    loader.gate.clear()
    grid.set_items(files(1, folder))
    waiting = grid.viewport().grab().toImage()
    loader.gate.set()
    index = grid.model().index(0, 0)
    qtbot.waitUntil(lambda: reason in index.data(Qt.ItemDataRole.ToolTipRole), timeout=WAIT)
    assert grid.viewport().grab().toImage() != waiting
    assert loader.asked == [0]


def test_late_thumbnails_of_other_items_are_dropped(
    qtbot: QtBot, grid: ImageGrid, loader: Loader
) -> None:
    loader.gate.clear()
    grid.set_items(files(1, "damaged"))
    qtbot.waitUntil(lambda: loader.asked == [0], timeout=WAIT)
    red = QImage(8, 8, QImage.Format.Format_RGB888)
    red.fill(QColor("red"))
    grid.set_items([GridItem(image=red, caption="red")])
    loader.gate.set()
    grid.close_thumbnails()
    qtbot.wait(0)
    assert color_of(grid, 0) == QColor("red")
    assert grid.model().index(0, 0).data(Qt.ItemDataRole.ToolTipRole) == "red"


def test_images_change_in_place(qtbot: QtBot, grid: ImageGrid) -> None:
    def tiles(color: str) -> list[GridItem]:
        image = QImage(8, 8, QImage.Format.Format_RGB888)
        image.fill(QColor(color))
        return [GridItem(image=image, caption=color)] * 12

    grid.set_items(tiles("red"))
    grid.select(3)
    grid.set_items(tiles("blue"))
    assert grid.current_row == 3
    assert color_of(grid, 0) == QColor("blue")
    grid.set_items(files(2))
    assert grid.current_row == -1


def test_a_click_and_the_keyboard_choose(qtbot: QtBot, grid: ImageGrid) -> None:
    grid.set_items(files(20))
    with qtbot.waitSignal(grid.activated_item) as told:
        qtbot.mouseClick(grid.viewport(), Qt.MouseButton.LeftButton, pos=center_of(grid, 2))
    assert told.args == [2]
    for key in (Qt.Key.Key_Return, Qt.Key.Key_Space):
        qtbot.keyClick(grid, Qt.Key.Key_Right)
        with qtbot.waitSignal(grid.activated_item) as told:
            qtbot.keyClick(grid, key)
        assert told.args == [grid.current_row]
    assert grid.current_row == 4


def test_selecting_says_nothing(qtbot: QtBot, grid: ImageGrid) -> None:
    grid.set_items(files(500))
    with qtbot.assertNotEmitted(grid.activated_item):
        grid.select(400)
    assert grid.current_row == 400
    assert 400 in visible(grid)


@pytest.mark.parametrize("count", [20, 500])
@pytest.mark.parametrize("width", [300, 421, 777])
def test_columns_fill_the_width(qtbot: QtBot, grid: ImageGrid, count: int, width: int) -> None:
    grid.set_items(files(count))
    grid.resize(width, 600)

    def spare() -> int:
        first_row = [row for row in range(20) if center_of(grid, row).y() < 100]
        last = grid.visualRect(grid.model().index(first_row[-1], 0))
        return grid.viewport().width() - last.right() - len(first_row)

    qtbot.waitUntil(lambda: abs(spare()) <= 20, timeout=WAIT)
    assert grid.horizontalScrollBar().maximum() == 0


def test_a_badge_is_drawn_over_the_picture(qtbot: QtBot, grid: ImageGrid) -> None:
    image = QImage(8, 8, QImage.Format.Format_RGB888)
    image.fill(QColor("white"))
    grid.set_items([GridItem(image=image, caption="stop")])
    plain = grid.viewport().grab().toImage()
    grid.set_items([GridItem(image=image, caption="stop", badge="wrong")])
    assert grid.viewport().grab().toImage() != plain


def test_another_size_makes_other_thumbnails(qtbot: QtBot, grid: ImageGrid, loader: Loader) -> None:
    grid.set_items(files(1))
    qtbot.waitUntil(lambda: color_of(grid, 0) == QColor(0, 255, 0), timeout=WAIT)
    before = grid.visualRect(grid.model().index(0, 0)).height()
    grid.thumbnail_size = 128
    qtbot.waitUntil(lambda: loader.asked == [0, 0], timeout=WAIT)
    qtbot.waitUntil(
        lambda: grid.visualRect(grid.model().index(0, 0)).height() == before + 64, timeout=WAIT
    )


def test_it_may_be_destroyed_in_the_middle_of_a_job(qtbot: QtBot, loader: Loader) -> None:
    loader.gate.clear()
    grid = ImageGrid(64, load=loader)
    grid.resize(420, 300)
    grid.set_items(files(100))
    grid.show()
    qtbot.waitUntil(lambda: len(loader.asked) > 0, timeout=WAIT)
    threading.Timer(0.05, loader.gate.set).start()
    with qtbot.waitSignal(grid.destroyed, timeout=WAIT):
        grid.deleteLater()
    done = len(loader.asked)
    qtbot.wait(0)
    assert len(loader.asked) == done <= 2 * thumbnails.THREADS


def test_real_files_by_the_core(qtbot: QtBot, tmp_path: Path) -> None:
    from PIL import Image

    Image.new("RGB", (300, 200), (0, 0, 255)).save(tmp_path / "blue.png")
    (tmp_path / "empty.png").touch()
    grid = ImageGrid(64)
    qtbot.addWidget(grid)
    grid.resize(420, 300)
    grid.set_items([GridItem(tmp_path / name, name) for name in ("blue.png", "empty.png")])
    grid.show()
    qtbot.waitUntil(lambda: color_of(grid, 0) == QColor(0, 0, 255), timeout=WAIT)
    empty = grid.model().index(1, 0)
    qtbot.waitUntil(lambda: "empty" in empty.data(Qt.ItemDataRole.ToolTipRole), timeout=WAIT)
    grid.close_thumbnails()
    QToolTip.hideText()
