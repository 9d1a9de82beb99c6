"""A field for one number that reads what people write, in every locale."""

import math
import re
from decimal import Decimal
from typing import Any

from PySide6.QtCore import QLocale, QSize, Qt
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QStyle, QStyleOptionFrame, QWidget

from gui.controls.checked_edit import CheckedEdit

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
