"""Asks for what is to be remembered of a run."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QLabel,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from core.common.messages import fill
from gui.base.ask import drop_icons

_SIZE = (420, 240)


class NoteDialog(QDialog):
    """Tab leaves the text, and Ctrl+Return keeps it. Signal: ``noted`` with the new text."""

    noted = Signal(str)

    def __init__(self, name: str, note: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Note"))
        self.edit = QPlainTextEdit(note)
        self.edit.setTabChangesFocus(True)
        label = QLabel(fill(self.tr("Note on {name}:"), {"name": name}))
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setBuddy(self.edit)
        self.edit.setAccessibleName(label.text())
        buttons = QDialogButtonBox.StandardButton
        self.box = QDialogButtonBox(buttons.Ok | buttons.Cancel)
        self.box.accepted.connect(self.accept)
        self.box.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        for part in (label, self.edit, self.box):
            column.addWidget(part)
        self.resize(*_SIZE)
        drop_icons(self)
        self.accepted.connect(lambda: self.noted.emit(self.edit.toPlainText()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        is_return = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if is_return and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.accept()
        else:
            super().keyPressEvent(event)
