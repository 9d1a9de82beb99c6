"""What a person does with mouse and keyboard."""

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QWidget


def click(widget: QWidget, place: QPoint | None = None, *, shift: bool = False) -> None:
    """Click in the middle of ``widget``, or at ``place`` in it."""
    keys = Qt.KeyboardModifier.ShiftModifier if shift else Qt.KeyboardModifier.NoModifier
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton, keys, place or QPoint())


def press(widget: QWidget, *keys: Qt.Key, control: bool = False) -> None:
    """Press these keys one after the other, ``control`` with Ctrl."""
    held = Qt.KeyboardModifier.ControlModifier if control else Qt.KeyboardModifier.NoModifier
    for key in keys:
        QTest.keyClick(widget, key, held)


def retype(field: QWidget, words: str) -> None:
    """Type ``words`` in place of what stands in ``field``."""
    assert isinstance(field, QLineEdit)
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, words)
