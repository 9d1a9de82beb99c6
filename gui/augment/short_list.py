"""What belongs together in a sentence, wrapped onto a few lines."""

from collections.abc import Sequence

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QFontMetrics, QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from core.common.messages import fill

_FAR = 10_000  # pixels: higher than any text


class ShortList(QLabel):
    """As many items, commas between them, as ``lines`` lines have room for, and how many more
    there are; then the tool tip holds all of them. Always as high as that many lines."""

    def __init__(self, lines: int = 2, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._items: tuple[str, ...] = ()
        self._note = ""
        self.setWordWrap(True)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self.setFixedHeight(lines * QFontMetrics(self.font()).lineSpacing() + 1)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    @property
    def items(self) -> tuple[str, ...]:
        """All of them, however many are seen."""
        return self._items

    def show_items(self, items: Sequence[str], note: str = "") -> None:
        """Show these; ``note`` is more for the tool tip."""
        if (tuple(items), note) != (self._items, self._note):
            self._items, self._note = tuple(items), note
            self.setAccessibleName(", ".join(items))
            self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        count = len(self._items)
        shown = next((some for some in range(count, 1, -1) if self._has_room(some)), min(count, 1))
        self.setText(self._words(shown))
        listed = [*self._items] if shown < count else []
        self.setToolTip("\n".join([*listed, *([self._note] if self._note and count else [])]))

    def _has_room(self, count: int) -> bool:
        room, wraps = QRect(0, 0, self.width(), _FAR), int(Qt.TextFlag.TextWordWrap)
        needed = self.fontMetrics().boundingRect(room, wraps, self._words(count))
        return needed.height() <= self.height()

    def _words(self, count: int) -> str:
        words, left = ", ".join(self._items[:count]), len(self._items) - count
        if not left:
            return words
        return fill(self.tr("{items} and {count} more"), {"items": words, "count": left})
