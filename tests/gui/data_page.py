"""What a person does on the Data page and reads there, for its tests."""

from pathlib import Path

from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from gui.pages.data import DataPage
from gui.widgets.number_field import NumberField
from gui.widgets.quiet_inputs import QuietComboBox
from tests.pictures import draw_folder


def split_folder(root: Path) -> Path:
    """Three and two pictures of each class to train and to validate on, one to test."""
    for split, count in (("train", 3), ("val", 2), ("test", 1)):
        draw_folder(root / split, classes=2, per_class=count)
    return root


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
    """The table: name, training, validation, test."""
    model = page.dataset.table.model()
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
