"""The keys of labelling by hand, wherever in it the focus is."""

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QLineEdit, QWidget

_Keys = QKeySequence.StandardKey
_CLEARING = (Qt.Key.Key_Delete, Qt.Key.Key_Backspace)
_PLAIN = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier


class LabelKeys(QObject):
    """Hears keys before the widgets do, and before the window, whose undo is the recipe's.

    Signals: ``undo`` and ``redo``; and from the pictures ``typed`` with a printable character
    and ``cleared`` for Delete.
    """

    undo = Signal()
    redo = Signal()
    typed = Signal(str)
    cleared = Signal()

    def __init__(self, pictures: QWidget, others: list[QWidget], parent: QObject) -> None:
        super().__init__(parent)
        self._pictures = pictures
        for widget in (pictures, *others):
            widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if not isinstance(event, QKeyEvent):
            return False
        if event.type() not in (QEvent.Type.KeyPress, QEvent.Type.ShortcutOverride):
            return False
        if isinstance(watched, QLineEdit) and watched.isUndoAvailable():
            return False  # what is being typed there has an undo of its own
        if event.matches(_Keys.Undo) or event.matches(_Keys.Redo):
            event.accept()
            if event.type() == QEvent.Type.KeyPress:
                (self.undo if event.matches(_Keys.Undo) else self.redo).emit()
            return True
        is_press = event.type() == QEvent.Type.KeyPress
        return watched is self._pictures and is_press and self._in_pictures(event)

    def _in_pictures(self, event: QKeyEvent) -> bool:
        if event.modifiers() & ~_PLAIN:
            return False
        if event.key() in _CLEARING:
            self.cleared.emit()
            return True
        typed = event.text()
        if typed.strip() and typed.isprintable():
            self.typed.emit(typed)
            return True
        return False
