"""What a user does on the Data page and where images get classes, and reads there, for tests."""

import re
import shutil
import threading
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import numpy as np
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QHeaderView, QLineEdit, QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from core.common.messages import ThawError
from core.dataset.edits import Edits
from core.dataset.folder import Scanned
from core.dataset.scan import look_through
from gui.controls.inputs import QuietComboBox
from gui.data.classes import ClassTable
from gui.data.dataset_view import DatasetView
from gui.data.findings.cards import CardKind
from gui.data.labels.from_names import LabelCounts
from gui.data.labels.view import LabelView
from gui.data.page import DataPage
from gui.session.labelling import Pictures, look
from gui.session.session import Session
from tests.support.pictures import COLORS, draw, draw_folder
from tests.support.window.acting import click
from tests.support.window.fakes import open_folder

NO_EDITS = Edits()
PETS = [f"{name}_{number}.jpg" for name in ("beagle", "siamese") for number in range(1, 5)]
PHOTOS = [f"IMG_{number}.jpg" for number in range(4001, 4009)]
# what rail, menu and bar leave of 1280 x 640, 1024 x 700 and 1280 x 800
SIZES = [(1080, 530), (968, 590), (1080, 690)]
_NONE = Qt.KeyboardModifier.NoModifier
_NUMBER = re.compile(r"(?<![\w.])\d[\d,]*(?:\.\d+)?(?!\w|\.\w)")


class SlowScan:
    """Stands for ``look_through``: says that 3 of 10 pictures are read, then waits until
    it is stopped, or may go on."""

    def __init__(self) -> None:
        self.may_go_on = threading.Event()

    def __call__(self, folder: Path, *, stop: Any, progress: Any, **_: object) -> Scanned:
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
    """As ``good_folder``, but that one picture to train on validates too: a leak."""
    folder = good_folder(root)
    shutil.copy(folder / "train" / "red" / "000.png", folder / "val" / "red" / "copy.png")
    return folder


def flat_folder(folder: Path, names: Iterable[str]) -> Path:
    """Put a tiny picture under each of ``names`` into ``folder``."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        draw(folder / name, COLORS["red"], 1)
    return folder


def write_table(file: Path, rows: Iterable[Iterable[str]]) -> Path:
    """A CSV of ``rows``, the first of which names the columns."""
    file.write_text("".join(",".join(row) + "\n" for row in rows), encoding="utf-8")
    return file


class User:
    """Does things on the Data page and reads what it shows; folders lie below ``root``."""

    def __init__(self, qtbot: QtBot, session: Session, page: DataPage, root: Path) -> None:
        self.qtbot, self.session, self.page, self.root = qtbot, session, page, root
        self.view: DatasetView = page.dataset

    def draw(self, classes: int = 2, per_class: int = 4, name: str = "pictures") -> Path:
        """A new folder of so many classes."""
        return draw_folder(self.root / name, classes, per_class)

    def open(self, folder: Path) -> None:
        """Open ``folder`` and wait until its images are there."""
        open_folder(self.qtbot, self.session, folder)

    def open_by(self, widget: QWidget) -> None:
        """Click on ``widget`` and wait until the folder that it opens is there."""
        with self.qtbot.waitSignal(self.session.dataset_changed):
            click(widget)

    def fail(self, folder: Path) -> None:
        """Open ``folder`` and wait until it turns out that it can't be used."""
        with self.qtbot.waitSignal(self.session.scan_failed):
            self.session.open_folder(folder)

    def open_flat(self, folder: Path) -> None:
        """Open ``folder``, which asks for classes, and wait until they are proposed."""
        self.fail(folder)
        settle(self.qtbot, self.page.label)

    def look_closely(self, folder: Path) -> None:
        """Open ``folder`` and wait until duplicates were looked for."""
        self.open(folder)
        self.qtbot.waitUntil(lambda: not self.session.looks.is_busy)
        assert self.session.looks.groups is not None

    # -- doing ------------------------------------------------------------------------------

    def key(self, widget: QWidget, key: Qt.Key, signal: Any) -> None:
        """Press ``key`` and wait for ``signal``."""
        with self.qtbot.waitSignal(signal):
            QTest.keyClick(widget, key)

    def show_tab(self, panel: QWidget) -> None:
        """Click on the tab of ``panel``."""
        tabs = self.view.tabs
        place = tabs.tabBar().tabRect(tabs.indexOf(panel)).center()
        QTest.mouseClick(tabs.tabBar(), Qt.MouseButton.LeftButton, pos=place)
        assert panel.isVisible()

    def press(self, kind: CardKind, code: str) -> None:
        """Press a finding's button."""
        self.show_tab(self.view.findings)
        click(self.view.findings.overview.cards[kind].button(code))

    def select(self, *paths: str) -> None:
        """Click on the images at ``paths``, all but the first with Ctrl."""
        browser, grid = self.view.browser, self.view.browser.grid
        for number, path in enumerate(paths):
            index = grid.model().index(browser.shown.index(path), 0)
            grid.scrollTo(index)
            held = Qt.KeyboardModifier.ControlModifier if number else _NONE
            place = grid.visualRect(index).center()
            QTest.mouseClick(grid.viewport(), Qt.MouseButton.LeftButton, held, place)
        assert browser.selected == sorted(paths)

    def click_row(self, row: int) -> None:
        """Click on a class, 0 for all of them."""
        table = self.view.table
        place = table.visualRect(table.model().index(row, 0)).center()
        QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)

    def rename(self, row: int, name: str) -> None:
        """Choose the class of ``row``, F2, a name, Enter."""
        self.click_row(row)
        table = self.view.table
        self.page.activateWindow()
        table.setFocus()
        self.qtbot.waitUntil(table.hasFocus)
        QTest.keyClick(table, Qt.Key.Key_F2)
        field = table.viewport().findChild(QLineEdit)
        assert isinstance(field, QLineEdit)
        field.setText(name)
        self.key(field, Qt.Key.Key_Return, table.rename_asked)

    # -- reading ----------------------------------------------------------------------------

    @property
    def sizes(self) -> list[float]:
        """Pictures, classes, then training, validation and test, as the page says them."""
        return numbers(self.view.counts.text())

    @property
    def counts(self) -> list[list[str]]:
        """The table of classes: name, training, validation, test."""
        return rows(self.view.table)

    @property
    def classes(self) -> list[str]:
        """The names in the table, without the sum on top."""
        return [row[0] for row in self.counts[1:]]

    @property
    def captions(self) -> list[str]:
        """What stands under the pictures."""
        return [item.caption for item in self.view.browser.grid.items]

    @property
    def findings(self) -> list[str]:
        """What was found, by kind."""
        overview = self.view.findings.overview
        return [kind for kind, card in overview.cards.items() if card.isVisibleTo(overview)]

    @property
    def findings_on_tab(self) -> int:
        """How many findings the tab says there are."""
        tabs = self.view.tabs
        return int(sum(numbers(tabs.tabText(tabs.indexOf(self.view.findings)))))


def drag(widget: QWidget, paths: list[Path], *, drops: bool) -> bool:
    """Drag ``paths`` over ``widget``, and drop them there; whether it takes them."""
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    action, button = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    enter = QDragEnterEvent(QPoint(9, 9), action, mime, button, _NONE)
    enter.ignore()
    QApplication.sendEvent(widget, enter)
    if drops:
        QApplication.sendEvent(widget, QDropEvent(QPointF(9, 9), action, mime, button, _NONE))
    return enter.isAccepted()


def numbers(text: str) -> list[float]:
    """The numbers in ``text``, which says something, but for those in names as ``cat_1.jpg``."""
    assert text.strip()
    return [float(one.replace(",", "")) for one in _NUMBER.findall(text)]


def rows(table: ClassTable) -> list[list[str]]:
    """A table of classes: name, training, validation, test."""
    model = table.model()
    return [
        [str(model.index(row, column).data()) for column in range(4)]
        for row in range(model.rowCount())
    ]


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


def choose(box: QuietComboBox, data: object) -> None:
    """Open the list, go to the item that stands for ``data``, take it with the keyboard."""
    assert box.findData(data) >= 0
    box.showPopup()
    view = box.view()
    view.setCurrentIndex(box.model().index(box.findData(data), 0))
    QTest.keyClick(view, Qt.Key.Key_Return)


def emitted(
    signal: Any, act: Callable[..., object], *values: object, **options: object
) -> list[object] | None:
    """What ``signal`` says when ``act`` is called with these; None where it is silent."""
    heard: list[list[object]] = []

    def hear(*args: object) -> None:
        heard.append(list(args))

    signal.connect(hear)
    act(*values, **options)
    QApplication.processEvents()  # what an editor commits is queued
    signal.disconnect(hear)
    assert len(heard) <= 1
    return heard[0] if heard else None


def looked_at(pictures: Pictures) -> Any:
    """What names and tables promise for ``pictures``."""
    return look(pictures)(threading.Event(), Mock())


def green(path: Path, edge: int) -> np.ndarray:
    """A thumbnail, whatever the file."""
    return np.full((edge, edge, 3), (0, 255, 0), np.uint8)


def on_screen(qtbot: QtBot, widget: Any, width: int, height: int, before_close: Any) -> Any:
    """``widget``, shown in this size until the test ends; ``before_close`` is called then."""
    qtbot.addWidget(widget, before_close_func=before_close)
    widget.resize(width, height)
    with qtbot.waitExposed(widget):
        widget.show()
    return widget


class Labelling:
    """A labelling view on screen, and what a user does there; folders lie below ``root``."""

    def __init__(self, qtbot: QtBot, root: Path) -> None:
        self.qtbot, self.root = qtbot, root
        self.view = on_screen(qtbot, LabelView(load=green), 1050, 640, LabelView.close_jobs)
        self.cards, self.hand = self.view.cards, self.view.hand

    def open(self, names: Iterable[str], name: str = "pets", edits: Edits = NO_EDITS) -> Scanned:
        """Show a folder of images called ``names`` and wait until the view has looked at it."""
        return self.show(flat_folder(self.root / name, names), edits)

    def show(self, folder: Path, edits: Edits = NO_EDITS) -> Scanned:
        """Show ``folder`` and wait until the view has looked at it."""
        scanned = look_through(folder)
        self.view.show_folder(scanned, "why", edits)
        settle(self.qtbot, self.view)
        return scanned

    def used(self) -> Any:
        """What the view gives when the user agrees."""
        with self.qtbot.waitSignal(self.view.labels_chosen) as told:
            self.view.use.click()
        return told.args[0]

    def give(self, rows: Iterable[int], name: str) -> None:
        """A class by hand, to the images in these places."""
        self.hand.grid.select_rows(rows)
        self.hand.give(name)


def settle(qtbot: QtBot, view: LabelView) -> None:
    """Wait until nothing is looked at, read or worked out any more."""
    qtbot.waitUntil(lambda: view.is_still and view.way is not None)


def counts(table: LabelCounts) -> Mapping[str, int]:
    return {row.name: row.count for row in table.rows}
