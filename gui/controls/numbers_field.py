"""A field for a short list of whole numbers, such as the widths of layers."""

import re
from collections.abc import Sequence
from typing import Any

from PySide6.QtWidgets import QWidget

from core.common.messages import fill
from gui.controls.checked_edit import CheckedEdit
from gui.controls.number_fields import shown_number

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
