"""Ctrl+Z in a text field: the field's own undo first, the recipe's where it has none."""

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QLineEdit, QWidget


class UndoKeys(QObject):
    """Keeps a focused text field from swallowing undo and redo that it cannot use itself.

    A ``QLineEdit`` claims those keys whether or not it has anything to undo, so the window's
    shortcuts would never hear them. The filter sits on the focused field only.
    """

    def __init__(self, app: QApplication, parent: QObject) -> None:
        super().__init__(parent)
        self._watched: list[QWidget] = []
        app.focusChanged.connect(self._focus_moved)

    def _focus_moved(self, _old: QWidget | None, new: QWidget | None) -> None:
        for widget in self._watched:
            widget.removeEventFilter(self)
        self._watched = []
        if isinstance(new, QLineEdit | QAbstractSpinBox):
            parent = new.parentWidget()
            self._watched = [new, parent] if isinstance(parent, QAbstractSpinBox) else [new]
        for widget in self._watched:
            widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() != QEvent.Type.ShortcutOverride or not isinstance(event, QKeyEvent):
            return False
        field = QApplication.focusWidget()
        if isinstance(field, QAbstractSpinBox):
            field = field.lineEdit()
        if not isinstance(field, QLineEdit):
            return False
        keys = QKeySequence.StandardKey
        wasted = (event.matches(keys.Undo) and not field.isUndoAvailable()) or (
            event.matches(keys.Redo) and not field.isRedoAvailable()
        )
        if wasted:
            event.ignore()
        return wasted
