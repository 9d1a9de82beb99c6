"""Line edits whose text means a value: one number, or a short list of whole numbers.

They read what people write in every locale, and mark text that means no value.
"""

import math
import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from PySide6.QtCore import QEvent, QLocale, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QKeySequence, QPalette, QResizeEvent
from PySide6.QtWidgets import QLineEdit, QStyle, QStyleOptionFrame, QWidget

from core.common.messages import fill
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


Number = float | int
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.IGNORECASE)
_MARGIN = 2  # pixels that Qt leaves beside the text
_WHOLE = re.compile(r"[+-]?\d+")
_SCIENTIFIC_BELOW, _SCIENTIFIC_FROM = Decimal("1e-3"), Decimal("1e7")


class NumberField(CheckedEdit):
    """A line edit whose ``value`` is a float, an int if ``integer``, or None if ``optional``.

    A point and a comma both are the decimal sign, whatever the locale: 1.000 and 1,000 are
    one, and two signs can't be read. ``1e-4`` is read too, but a whole number is digits only.
    What lies outside ``minimum`` and ``maximum`` can't be read either. Up and Down change the
    value by ``step``.
    """

    def __init__(
        self,
        value: Number | None = None,
        *,
        integer: bool = False,
        minimum: Number | None = None,
        maximum: Number | None = None,
        exclusive_minimum: bool = False,
        exclusive_maximum: bool = False,
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
        self.exclusive_maximum = exclusive_maximum
        self.optional = optional
        self.step: Number | None = 1 if integer and step is None else step
        self.set_default(default)
        self.set_value(value)

    @property
    def value(self) -> Number | None:
        """What can be read, or else was there before it was typed."""
        return self._value

    def set_value(self, value: Number | None, *, keep_text: bool = True) -> None:
        if value is not None:
            value = int(value) if self.integer else float(value)
        super().set_value(value, keep_text=keep_text)

    def set_limits(self, minimum: Number | None, maximum: Number | None) -> None:
        """Change what is allowed. Marked text that is allowed now becomes the value, with
        a signal; a value that no longer is stays until a person changes it."""
        self.minimum, self.maximum = minimum, maximum
        if not self._valid:
            self._read()

    def set_default(self, default: Number | None) -> None:
        """Change what an empty field stands for; where there is room for its number only, that
        is all that is shown."""
        self._default = "" if default is None else shortest(default)
        self._empty = self.tr("%1 (default)").replace("%1", self._default) if self._default else ""
        self.setPlaceholderText(self._empty)
        self._fit_default()

    def _fit_default(self) -> None:
        if self._default and self.placeholderText() in (self._default, self._empty):
            option = QStyleOptionFrame()
            self.initStyleOption(option)
            element = QStyle.SubElement.SE_LineEditContents
            room = self.style().subElementRect(element, option, self).width() - 2 * _MARGIN
            fits = self.fontMetrics().horizontalAdvance(self._empty) <= room
            self.setPlaceholderText(self._empty if fits else self._default)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_default()

    def limits(self) -> str:
        low = "" if self.minimum is None else shown_number(self.minimum)
        high = "" if self.maximum is None else shown_number(self.maximum)
        more, less = self.exclusive_minimum, self.exclusive_maximum
        if low and high and not (more or less):
            words = self.tr("from %1 to %2")
        else:
            above = self.tr("more than %1") if more else self.tr("at least %1")
            below = self.tr("less than %2") if less else self.tr("at most %2")
            words = ", ".join([above] * bool(low) + [below] * bool(high))
        return words.replace("%1", low).replace("%2", high)

    def allowed(self) -> str:
        kind = (
            self.tr("a whole number") if self.integer else self.tr("a number such as 0.1 or 1e-4")
        )
        parts = [kind, self.limits()]
        if self.optional:
            parts.append(self.tr("or empty"))
        return self.tr("Allowed: %1").replace("%1", ", ".join(part for part in parts if part))

    def shown(self, value: Number) -> str:
        return shown_number(value)

    def sizeHint(self) -> QSize:
        hint = super().sizeHint()
        widest = max(len(self.placeholderText()), len(self._empty), 8) + 1
        hint.setWidth(self.fontMetrics().averageCharWidth() * widest + hint.height())
        return hint

    def minimumSizeHint(self) -> QSize:
        hint = super().minimumSizeHint()
        hint.setWidth(self.fontMetrics().averageCharWidth() * 6 + hint.height())
        return hint

    def keyPressEvent(self, event: QKeyEvent) -> None:
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

    def parsed(self) -> tuple[bool, Any]:
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
        if self.maximum is not None:
            high = _exact(self.maximum)
            return value < high or (value == high and not self.exclusive_maximum)
        return True


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


def rounded(value: float, digits: int) -> str:
    """``value`` with so many digits, none of them needless: "2e-5", "0.001"."""
    return shortest(float(f"{value:.{digits}g}"))


def _exact(value: Number) -> Decimal:
    return Decimal(repr(value))


def _float(text: str) -> float | None:
    if not _NUMBER.fullmatch(text):
        return None
    value = float(text)
    return value if math.isfinite(value) else None


_BETWEEN = re.compile(r"[\s,;]+")
_LONGEST = 12  # digits


class NumbersField(CheckedEdit):
    """A line edit whose ``value`` is a list of ints, or None while it is empty.

    Commas, semicolons and spaces all stand between numbers. An empty field means whatever
    ``set_default`` says; the list without any number is written "none".
    """

    def __init__(
        self,
        *,
        minimum: int = 0,
        maximum: int = 10**_LONGEST,
        most: int = 100,
        may_be_none: bool = True,
        parent: QWidget | None = None,
    ) -> None:
        """``most`` is how many numbers there may be, from ``minimum`` to ``maximum``; with
        ``may_be_none`` there may be none of them."""
        super().__init__(parent)
        self.minimum, self.maximum, self.most = minimum, maximum, most
        self.may_be_none = may_be_none

    @property
    def value(self) -> list[int] | None:
        """What can be read, or else was there before it was typed."""
        return self._value

    def set_value(self, value: Sequence[int] | None, *, keep_text: bool = True) -> None:
        super().set_value(None if value is None else list(value), keep_text=keep_text)

    def set_default(self, default: Sequence[int]) -> None:
        """Change what an empty field stands for."""
        words = self.tr("{numbers} (default)")
        self.setPlaceholderText(fill(words, {"numbers": self.shown(default)}))

    def limits(self) -> str:
        words = self.tr("{most} numbers from {low} to {high} at most")
        values = {
            "most": self.most,
            "low": shown_number(self.minimum),
            "high": shown_number(self.maximum),
        }
        return fill(words, values)

    def allowed(self) -> str:
        words = self.tr("Allowed: whole numbers with commas between them, {limits}, or empty")
        if self.may_be_none:
            words = self.tr(
                "Allowed: whole numbers with commas between them, {limits}, or “{none}”, or empty"
            )
        return fill(words, {"limits": self.limits(), "none": self._none()})

    def shown(self, value: Sequence[int]) -> str:
        return ", ".join(map(str, value)) or self._none()

    def parsed(self) -> tuple[bool, Any]:
        text = self.text().strip()
        if not text:
            return True, None
        if text.casefold() == self._none().casefold():
            return self.may_be_none, []
        parts = _BETWEEN.split(text.strip(" ,;"))
        if not all(part.isdecimal() and len(part) <= _LONGEST for part in parts):
            return False, None
        numbers = [int(part) for part in parts]
        in_range = all(self.minimum <= one <= self.maximum for one in numbers)
        return in_range and len(numbers) <= self.most, numbers

    def _none(self) -> str:
        return self.tr("none")
