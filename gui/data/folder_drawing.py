"""A small drawing of folders within folders, and a button that opens one as a hint."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QLineF, QRect, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import (
    QLabel,
    QMenu,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
    QWidgetAction,
)

from gui.base import theme

_INDENT, _ICON, _GAP = 22, 16, 6
_LETTERS = 12  # of a long name there is room for at least so many


@dataclass(frozen=True)
class Entry:
    """A line of the drawing: ``depth`` 0 is the folder itself; a picture has no entries."""

    depth: int
    name: str
    is_picture: bool = False


class FolderDrawing(QWidget):
    """Shows entries as a tree; names that don't fit are shortened."""

    def __init__(self, entries: Sequence[Entry] = (), parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._entries: Sequence[Entry] = ()
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.set_entries(entries)

    @property
    def entries(self) -> Sequence[Entry]:
        """What is drawn."""
        return self._entries

    def set_entries(self, entries: Sequence[Entry]) -> None:
        """Draw other entries."""
        self._entries = entries
        tree = "\n".join(f"{'  ' * entry.depth}{entry.name}" for entry in entries)
        self.setAccessibleDescription(tree)
        self.setToolTip(tree)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        advance = self.fontMetrics().horizontalAdvance
        widths = [self._text_left(one) + advance(one.name) for one in self._entries]
        return QSize(max(widths, default=0) + 2, len(self._entries) * self._line())

    def minimumSizeHint(self) -> QSize:
        least = _LETTERS * self.fontMetrics().averageCharWidth()
        widest = max((self._text_left(one) for one in self._entries), default=0) + least
        hint = self.sizeHint()
        return QSize(min(widest, hint.width()), hint.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        parents: dict[int, int] = {}
        for row, entry in enumerate(self._entries):
            parents[entry.depth] = row
            if entry.depth:
                self._paint_branch(painter, entry.depth, parents[entry.depth - 1], row)
            self._paint_entry(painter, entry, row)

    def _paint_branch(self, painter: QPainter, depth: int, parent: int, row: int) -> None:
        x = (depth - 1) * _INDENT + _ICON / 2
        middle = row * self._line() + self._line() / 2
        top = parent * self._line() + (self._line() + _ICON) / 2
        color = self.palette().color(QPalette.ColorRole.PlaceholderText)
        color.setAlphaF(0.6)
        painter.setPen(QPen(color, 1))
        painter.drawLine(QLineF(x, top, x, middle))
        painter.drawLine(QLineF(x, middle, depth * _INDENT - 2, middle))

    def _paint_entry(self, painter: QPainter, entry: Entry, row: int) -> None:
        top, left = row * self._line(), entry.depth * _INDENT
        color = QPalette.ColorRole.PlaceholderText
        place = QRect(left, top + (self._line() - _ICON) // 2, _ICON, _ICON)
        theme.icon("image" if entry.is_picture else "folder", color).paint(painter, place)
        room = QRect(self._text_left(entry), top, self.width(), self._line())
        room.setRight(self.width())
        role = color if entry.is_picture else QPalette.ColorRole.WindowText
        painter.setPen(self.palette().color(role))
        shown = self.fontMetrics().elidedText(
            entry.name, Qt.TextElideMode.ElideMiddle, room.width()
        )
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, shown)

    def _text_left(self, entry: Entry) -> int:
        return entry.depth * _INDENT + _ICON + _GAP

    def _line(self) -> int:
        return max(self.fontMetrics().height(), _ICON) + 3


class LayoutHint(QPushButton):
    """Opens a drawing of one subfolder per class, in the folder's own names."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setText(self.tr("Another way: one subfolder per class"))
        self.setToolTip(self.tr("The folder is then understood without any of this"))
        self.drawing = FolderDrawing()
        self.drawing.setAccessibleName(self.text())
        words = QLabel(self.tr("Move the pictures, then open the folder again:"))
        words.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        holder = QWidget()
        column = QVBoxLayout(holder)
        column.setContentsMargins(14, 10, 14, 12)
        column.setSpacing(8)
        column.addWidget(words)
        column.addWidget(self.drawing)
        menu = QMenu(self)
        action = QWidgetAction(menu)
        action.setDefaultWidget(holder)
        menu.addAction(action)
        self.setMenu(menu)

    def show_names(self, folder: str, first: str, second: str) -> None:
        """Draw ``folder`` with two classes."""
        pictures = self.tr("pictures")
        self.drawing.set_entries(
            [
                Entry(0, folder),
                Entry(1, first),
                Entry(2, pictures, is_picture=True),
                Entry(1, second),
                Entry(2, pictures, is_picture=True),
            ]
        )
