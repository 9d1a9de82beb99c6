"""A field for one number that reads what people write, in every locale."""

import math
import re
from decimal import Decimal

from PySide6.QtCore import QEvent, QLocale, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QKeySequence, QPalette
from PySide6.QtWidgets import QLineEdit, QWidget

from gui import theme

Number = float | int
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.IGNORECASE)
_WHOLE = re.compile(r"[+-]?\d+")
# Focus goes for a while only: to a menu, to another window.
_COMES_BACK = (Qt.FocusReason.PopupFocusReason, Qt.FocusReason.ActiveWindowFocusReason)
_SCIENTIFIC_BELOW, _SCIENTIFIC_FROM = Decimal("1e-3"), Decimal("1e7")


class NumberField(QLineEdit):
    """A line edit whose ``value`` is a float, an int if ``integer``, or None if ``optional``.

    A point and a comma both are the decimal sign, whatever the locale: 1.000 and 1,000 are
    one, and two signs can't be read. ``1e-4`` is read too, but a whole number is digits only.
    Text that can't be read, or lies outside ``minimum`` and ``maximum``, is marked, its tooltip
    says what is allowed, and the value is again what it was before the typing began, whatever
    the first of its digits said. On leaving the field that value takes the text's place. Up and
    Down change it by ``step``.

    Signals: ``value_changed`` with the new value, only when a person changed it, at each key;
    ``validity_changed`` when the text becomes readable or stops being so.
    """

    value_changed = Signal(object)
    validity_changed = Signal(bool)
    _valid = True  # events come before __init__ is through

    def __init__(
        self,
        value: Number | None = None,
        *,
        integer: bool = False,
        minimum: Number | None = None,
        maximum: Number | None = None,
        exclusive_minimum: bool = False,
        optional: bool = False,
        default: Number | None = None,
        step: Number | None = None,
        parent: QWidget | None = None,
    ) -> None:
        """``default`` is what an empty field stands for, shown in grey if ``optional``.
        ``step`` is 1 for whole numbers and otherwise none."""
        super().__init__(parent)
        self.integer = integer
        self.minimum = minimum
        self.maximum = maximum
        self.exclusive_minimum = exclusive_minimum
        self.optional = optional
        self.step: Number | None = 1 if integer and step is None else step
        self._value: Number | None = None
        self._settled: Number | None = None  # the value before what is being typed
        self._hint = ""
        self._mark = self.addAction(
            theme.icon("warning", "wrong"), QLineEdit.ActionPosition.TrailingPosition
        )
        self._mark.setVisible(False)
        self.set_default(default)
        self.set_value(value)
        self.textEdited.connect(self._read)
        self.editingFinished.connect(self._settle)

    @property
    def value(self) -> Number | None:
        """What can be read, or else was there before it was typed."""
        return self._value

    @property
    def is_valid(self) -> bool:
        """Whether ``value`` is what the text says."""
        return self._valid

    def set_value(self, value: Number | None, *, keep_text: bool = True) -> None:
        """Show ``value``; nothing is emitted. With ``keep_text``, text that already means it
        stays as it was typed, and so does unreadable text while ``value`` is the known one."""
        if value is not None:
            value = int(value) if self.integer else float(value)
        says_it = self._parsed() == (True, value)
        if keep_text and value == self._value and (says_it or not self._valid):
            return
        self._value = self._settled = value
        if not (keep_text and says_it):
            self._show_value()
        self._set_valid(True)

    def set_limits(self, minimum: Number | None, maximum: Number | None) -> None:
        """Change what is allowed. Marked text that is allowed now becomes the value, with
        a signal; a value that no longer is stays until a person changes it."""
        self.minimum, self.maximum = minimum, maximum
        if not self._valid:
            self._read()

    def set_default(self, default: Number | None) -> None:
        """Change what an empty field stands for."""
        if default is None:
            self.setPlaceholderText("")
        else:
            self.setPlaceholderText(self.tr("%1 (default)").replace("%1", shortest(default)))

    def set_hint(self, text: str) -> None:
        """The tooltip while the text is readable."""
        self._hint = text
        if self._valid:
            self.setToolTip(text)

    def allowed(self) -> str:
        """What may be typed, for a person."""
        kind = (
            self.tr("a whole number") if self.integer else self.tr("a number such as 0.1 or 1e-4")
        )
        low = "" if self.minimum is None else shown_number(self.minimum)
        high = "" if self.maximum is None else shown_number(self.maximum)
        if low and high and not self.exclusive_minimum:
            limits = self.tr("from %1 to %2")
        elif low and high:
            limits = self.tr("more than %1, at most %2")
        elif low:
            limits = self.tr("more than %1") if self.exclusive_minimum else self.tr("at least %1")
        else:
            limits = self.tr("at most %2") if high else ""
        parts = [kind, limits.replace("%1", low).replace("%2", high)]
        if self.optional:
            parts.append(self.tr("or empty"))
        return self.tr("Allowed: %1").replace("%1", ", ".join(part for part in parts if part))

    def sizeHint(self) -> QSize:
        hint = super().sizeHint()
        widest = max(len(self.placeholderText()), 8) + 1
        hint.setWidth(self.fontMetrics().averageCharWidth() * widest + hint.height())
        return hint

    def minimumSizeHint(self) -> QSize:
        hint = super().minimumSizeHint()
        hint.setWidth(self.fontMetrics().averageCharWidth() * 6 + hint.height())
        return hint

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
            self._settle()  # another number is begun
        directions = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1}
        direction = directions.get(Qt.Key(event.key()))
        if direction and self.step is not None and self._valid and not self.isReadOnly():
            self._move(direction)
        else:
            super().keyPressEvent(event)

    def _move(self, direction: int) -> None:
        start = self.minimum or 0 if self._value is None else self._value
        moved = _exact(start) + direction * _exact(self.step or 0)
        if self._is_allowed(moved):
            self.setText(shown_number(int(moved) if self.integer else float(moved)))
            self._read()
            self._settle()

    def _read(self) -> None:
        readable, value = self._parsed()
        before, self._value = self._value, value if readable else self._settled
        self._set_valid(readable)
        if self._value != before:
            self.value_changed.emit(self._value)

    def _settle(self) -> None:
        if self._valid:
            self._settled = self._value

    def _show_value(self) -> None:
        self.setText("" if self._value is None else shown_number(self._value))

    def _parsed(self) -> tuple[bool, Number | None]:
        text = self.text().strip().replace("\N{MINUS SIGN}", "-")
        if not text:
            return self.optional, None
        value: Number | None
        if self.integer:
            value = int(text) if _WHOLE.fullmatch(text) and len(text) < 30 else None
        else:
            value = _float(text.replace(QLocale().decimalPoint(), ".").replace(",", "."))
        if value is None or not self._is_allowed(_exact(value)):
            return False, None
        return True, value

    def _is_allowed(self, value: Decimal) -> bool:
        if self.minimum is not None:
            low = _exact(self.minimum)
            if value < low or (self.exclusive_minimum and value == low):
                return False
        return self.maximum is None or value <= _exact(self.maximum)

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


def shortest(value: Number) -> str:
    """The fewest characters that read back as ``value``: "224", "0.05", "1e-4", "2,5" where
    the locale has a decimal comma."""
    exact = _exact(value)
    if exact == 0:
        return "0"
    if isinstance(value, int) or (exact == int(exact) and abs(exact) < _SCIENTIFIC_FROM):
        return str(int(exact))
    if _SCIENTIFIC_BELOW <= abs(exact) < _SCIENTIFIC_FROM:
        text = format(exact, "f")
    else:
        sign, digits, _ = exact.normalize().as_tuple()
        mantissa = "".join(map(str, digits))
        point = f".{mantissa[1:]}" if mantissa[1:] else ""
        text = f"{'-' if sign else ''}{mantissa[0]}{point}e{exact.adjusted()}"
    return text.replace(".", ",") if QLocale().decimalPoint() == "," else text


def shown_number(value: Number) -> str:
    """``shortest`` with a true minus sign before the number; a power of ten keeps its hyphen,
    because that is how programs write it."""
    text = shortest(value)
    return "\N{MINUS SIGN}" + text[1:] if text.startswith("-") else text


def _exact(value: Number) -> Decimal:
    return Decimal(repr(value))


def _float(text: str) -> float | None:
    if not _NUMBER.fullmatch(text):
        return None
    value = float(text)
    return value if math.isfinite(value) else None
