"""A line edit whose text means a value, and that marks text which means none."""

from typing import Any

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QKeySequence, QPalette
from PySide6.QtWidgets import QLineEdit, QWidget

from gui.base import theme

# Focus goes for a while only: to a menu, to another window.
_COMES_BACK = (Qt.FocusReason.PopupFocusReason, Qt.FocusReason.ActiveWindowFocusReason)


class CheckedEdit(QLineEdit):
    """What fields for typed values share; each kind says how text is read and written.

    Text that can't be read is marked, its tooltip says what is allowed, and the value is again
    what it was before the typing began, whatever the first of its signs said. On leaving the
    field that value takes the text's place.

    Signals: ``value_changed`` with the new value, only when a person changed it, at each key;
    ``validity_changed`` when the text becomes readable or stops being so.
    """

    value_changed = Signal(object)
    validity_changed = Signal(bool)
    _valid = True  # events come before __init__ is through

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._value: Any = None
        self._settled: Any = None  # the value before what is being typed
        self._hint = ""
        self._mark = self.addAction(
            theme.icon("warning", "wrong"), QLineEdit.ActionPosition.TrailingPosition
        )
        self._mark.setVisible(False)
        self.textEdited.connect(self._read)
        self.editingFinished.connect(self._settle)

    def parsed(self) -> tuple[bool, Any]:
        """Whether the text can be read, and the value that it means."""
        raise NotImplementedError

    def shown(self, value: Any) -> str:
        """``value`` as text that is read as ``value``."""
        raise NotImplementedError

    def limits(self) -> str:
        """The range alone, in a few words for a person; "" if there is none."""
        raise NotImplementedError

    def allowed(self) -> str:
        """What may be typed, for a person."""
        raise NotImplementedError

    @property
    def value(self) -> Any:
        """What can be read, or else was there before it was typed."""
        return self._value

    @property
    def is_valid(self) -> bool:
        """Whether ``value`` is what the text says."""
        return self._valid

    def set_value(self, value: Any, *, keep_text: bool = True) -> None:
        """Show ``value``; nothing is emitted. With ``keep_text``, text that already means it
        stays as it was typed, and so does unreadable text while ``value`` is the known one."""
        says_it = self.parsed() == (True, value)
        if keep_text and value == self._value and (says_it or not self._valid):
            return
        self._value = self._settled = value
        if not (keep_text and says_it):
            self._show_value()
        self._set_valid(True)

    def set_hint(self, text: str) -> None:
        """The tooltip while the text is readable."""
        self._hint = text
        if self._valid:
            self.setToolTip(text)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            undo = event.matches(QKeySequence.StandardKey.Undo)
            redo = event.matches(QKeySequence.StandardKey.Redo)
            if self._valid and (undo or redo):
                event.ignore()  # each readable text already is a step of the recipe's history
                return False
        return super().event(event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and not self._valid:
            self._show_validity()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if not self._valid and event.reason() not in _COMES_BACK:
            self._show_value()
            self._set_valid(True)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self.selectedText() == self.text():
            self._settle()  # another value is begun
        super().keyPressEvent(event)

    def _read(self) -> None:
        readable, value = self.parsed()
        before, self._value = self._value, value if readable else self._settled
        self._set_valid(readable)
        if self._value != before:
            self.value_changed.emit(self._value)

    def _settle(self) -> None:
        if self._valid:
            self._settled = self._value

    def _show_value(self) -> None:
        self.setText("" if self._value is None else self.shown(self._value))

    def _set_valid(self, valid: bool) -> None:
        changed = valid != self._valid
        self._valid = valid
        self._show_validity()
        if changed:
            self.validity_changed.emit(valid)

    def _show_validity(self) -> None:
        message = "" if self._valid else self.allowed()
        self._mark.setVisible(not self._valid)
        self._mark.setToolTip(message)
        self.setToolTip(message or self._hint)
        self.setAccessibleDescription(message or self._hint)
        palette = QPalette()
        if not self._valid:
            palette.setColor(QPalette.ColorRole.Text, theme.data_color("wrong"))
            palette.setColor(QPalette.ColorRole.Base, theme.fill_color("wrong"))
        self.setPalette(palette)
