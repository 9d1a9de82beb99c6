"""What a person does on the Data page and reads there, for its tests."""

import shutil
import threading
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QHeaderView, QLineEdit, QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from core.common.messages import ThawError
from core.dataset.scan import Scanned, look_through
from gui.controls.inputs import QuietComboBox
from gui.controls.number_fields import NumberField
from gui.data.classes import ClassTable
from gui.data.page import DataPage
from gui.session.session import Session
from tests.support.pictures import COLORS, draw, draw_folder
from tests.support.window.fakes import open_folder

# what rail, menu and bar leave of 1280 x 640, 1024 x 700 and 1280 x 800
SIZES = [(1080, 530), (968, 590), (1080, 690)]
LEAK = "1 validation picture is in training too"


class SlowScan:
    """Stands for ``look_through``: says that 3 of 10 pictures are read, then waits until
    it is stopped, or may go on."""

    def __init__(self) -> None:
        self.may_go_on = threading.Event()

    def __call__(
        self,
        folder: Path,
        *,
        stop: threading.Event,
        progress: Callable[[int, int], None],
        **_: object,
    ) -> Scanned:
        progress(3, 10)
        while not (stop.is_set() or self.may_go_on.is_set()):
            self.may_go_on.wait(0.005)
        if stop.is_set():
            raise ThawError("stopped")
        return look_through(folder)


def split_folder(root: Path) -> Path:
    """Three and two pictures of each class to train and to validate on, one to test."""
    for split, count in (("train", 3), ("val", 2), ("test", 1)):
        draw_folder(root / split, classes=2, per_class=count)
    return root


def good_folder(root: Path, name: str = "signs") -> Path:
    """Train and validation folders of two classes, large enough and with no picture twice."""
    for split, first, count in (("train", 0, 10), ("val", 10, 5)):
        for color in ("red", "green"):
            folder = root / name / split / color
            folder.mkdir(parents=True)
            for number in range(first, first + count):
                draw(folder / f"{number:03}.png", COLORS[color], number)
    return root / name


def leaky_folder(root: Path) -> Path:
    """As ``good_folder``, but that one picture to train on validates too: ``LEAK``."""
    folder = good_folder(root)
    shutil.copy(folder / "train" / "red" / "000.png", folder / "val" / "red" / "copy.png")
    return folder


def look_closely(qtbot: QtBot, session: Session, folder: Path) -> None:
    """Open ``folder`` and wait until duplicates were looked for."""
    open_folder(qtbot, session, folder)
    qtbot.waitUntil(lambda: not session.looks.is_busy)
    assert session.looks.groups is not None


def show_tab(qtbot: QtBot, page: DataPage, panel: QWidget) -> None:
    """Click on the tab of ``panel``."""
    tabs = page.dataset.tabs
    place = tabs.tabBar().tabRect(tabs.indexOf(panel)).center()
    qtbot.mouseClick(tabs.tabBar(), Qt.MouseButton.LeftButton, pos=place)
    assert panel.isVisible()


def findings_title(page: DataPage) -> str:
    tabs = page.dataset.tabs
    return tabs.tabText(tabs.indexOf(page.dataset.findings)).replace("&", "")


def findings(page: DataPage) -> list[str]:
    """The titles of what was found."""
    overview = page.dataset.findings.overview
    return [one.title.text() for one in overview.cards.values() if one.isVisibleTo(overview)]


def press(qtbot: QtBot, page: DataPage, kind: str, code: str) -> None:
    """Press a finding's button."""
    show_tab(qtbot, page, page.dataset.findings)
    click(qtbot, page.dataset.findings.overview.cards[kind].button(code))  # type: ignore[index]


def select(qtbot: QtBot, page: DataPage, *paths: str) -> None:
    """Click on the pictures at ``paths``, all but the first with Ctrl."""
    grid, browser = page.dataset.browser.grid, page.dataset.browser
    for number, path in enumerate(paths):
        index = grid.model().index(browser.shown.index(path), 0)
        grid.scrollTo(index)
        keys = Qt.KeyboardModifier.ControlModifier if number else Qt.KeyboardModifier.NoModifier
        place = grid.visualRect(index).center()
        qtbot.mouseClick(grid.viewport(), Qt.MouseButton.LeftButton, keys, place)
    assert browser.selected == sorted(paths)


def rename(qtbot: QtBot, page: DataPage, row: int, name: str) -> None:
    """Choose the class of ``row``, F2, a name, Enter."""
    click_row(qtbot, page, row)
    table = page.dataset.table
    page.activateWindow()
    table.setFocus()
    qtbot.waitUntil(table.hasFocus)
    qtbot.keyClick(table, Qt.Key.Key_F2)
    field = table.viewport().findChild(QLineEdit)
    assert isinstance(field, QLineEdit)
    field.setText(name)
    with qtbot.waitSignal(table.rename_asked):
        qtbot.keyClick(field, Qt.Key.Key_Return)


def assert_whole(view: QWidget, kind: type[QWidget]) -> None:
    """Each visible ``kind`` in ``view`` can be seen whole, some after scrolling down."""
    parts = (part for part in view.findChildren(kind) if not isinstance(part, QHeaderView))
    shown = [part for part in parts if part.isVisible()]
    assert shown
    for part in shown:
        for area in view.findChildren(QScrollArea):
            if (inside := area.widget()) is not None and inside.isAncestorOf(part):
                area.ensureWidgetVisible(part)
                assert area.horizontalScrollBar().maximum() == 0, area
        assert part.visibleRegion().boundingRect() == part.rect(), part
        assert part.width() >= part.minimumSizeHint().width(), part


def click(qtbot: QtBot, widget: QWidget) -> None:
    qtbot.mouseClick(widget, Qt.MouseButton.LeftButton)


def retype(qtbot: QtBot, field: NumberField, typed: str) -> None:
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, typed)


def choose(qtbot: QtBot, box: QuietComboBox, item: str) -> None:
    """Open the list, go to ``item``, take it with the keyboard."""
    assert box.findText(item) >= 0
    box.showPopup()
    view = box.view()
    view.setCurrentIndex(box.model().index(box.findText(item), 0))
    qtbot.keyClick(view, Qt.Key.Key_Return)


def click_row(qtbot: QtBot, page: DataPage, row: int) -> None:
    table = page.dataset.table
    place = table.visualRect(table.model().index(row, 0)).center()
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)


def counts(page: DataPage) -> list[list[str]]:
    """The table of classes: name, training, validation, test."""
    return rows(page.dataset.table)


def rows(table: ClassTable) -> list[list[str]]:
    model = table.model()
    return [
        [str(model.index(row, column).data()) for column in range(4)]
        for row in range(model.rowCount())
    ]


def captions(page: DataPage) -> list[str]:
    return [item.caption for item in page.dataset.browser.grid.items]


def drag(page: DataPage, paths: list[Path], *, drops: bool) -> bool:
    """Drag ``paths`` over the page, and drop them there; whether the page takes them."""
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    action, button = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    none = Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(9, 9), action, mime, button, none)
    enter.ignore()
    QApplication.sendEvent(page, enter)
    if drops:
        QApplication.sendEvent(page, QDropEvent(QPointF(9, 9), action, mime, button, none))
    return enter.isAccepted()
