"""A folder is being read: its classes at once, how far, and a way out."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from core.common.messages import fill
from core.dataset.folder import natural
from core.dataset.scan import Outline
from core.dataset.split import ClassCount
from gui.base import theme
from gui.base import words as base_words
from gui.controls.labels import ElidedLabel
from gui.data import words
from gui.data.classes import ClassTable

_WIDTH, _TABLE_HEIGHT = 460, 320


class ScanProgress(QWidget):
    """Signal: ``cancelled`` when a person doesn't want to wait."""

    cancelled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.heading = ElidedLabel(parent=self, mode=Qt.TextElideMode.ElideMiddle)
        self.heading.setFont(theme.heading_font())
        self.bar = QProgressBar(self, textVisible=False)
        self.bar.setAccessibleName(self.tr("Progress of reading the folder"))
        self.count = QLabel(self)
        self.cancel = QPushButton(theme.icon("close"), self.tr("&Cancel"), self)
        self.cancel.clicked.connect(self.cancelled)
        self.names = ElidedLabel(parent=self)
        self.table = ClassTable(self)  # to be read, nothing in it can be chosen yet
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.table.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.table.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.later = QLabel(self.tr("Counted by their names; now each file is looked at."), self)
        self.later.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self._lay_out()
        self.start("")

    def start(self, heading: str) -> None:
        """Show ``heading`` above a bar that doesn't know yet how long it takes."""
        self.heading.set_text(heading)
        self.bar.setRange(0, 0)
        self.count.clear()
        for widget in (self.names, self.table, self.later):
            widget.hide()

    def show_outline(self, outline: Outline) -> None:
        """Show the classes and counts that the names alone tell."""
        counts = _counts(outline)
        pictures = base_words.pictures(sum(outline.values()))
        classes = fill(self.tr("{count} classes"), {"count": base_words.count(len(counts))})
        if not counts:
            classes = self.tr("no class folders")
        elif len(counts) == 1:
            classes = self.tr("1 class")
        self.names.set_text(words.SEPARATOR.join((pictures, classes)))
        self.table.show_counts(counts)
        self.table.clearSelection()
        self.table.setFixedHeight(self._table_height())
        self.names.show()
        for widget in (self.table, self.later):
            widget.setVisible(bool(counts))

    def show_progress(self, done: int, total: int) -> None:
        """Show that ``done`` of ``total`` pictures have been read."""
        self.bar.setRange(0, max(total, 1))
        self.bar.setValue(done)
        values = {"done": base_words.count(done), "total": base_words.count(total)}
        self.count.setText(fill(self.tr("{done} of {total} pictures"), values))

    def _table_height(self) -> int:
        """All classes, or as many as there is room for."""
        table = self.table
        rows = table.verticalHeader().length() + table.horizontalHeader().sizeHint().height()
        return min(rows + 2 * table.frameWidth(), _TABLE_HEIGHT)

    def _lay_out(self) -> None:
        below = QHBoxLayout()
        below.addWidget(self.count, 1)
        below.addWidget(self.cancel)
        block = QWidget(self)
        block.setFixedWidth(_WIDTH)
        column = QVBoxLayout(block)
        column.setSpacing(8)
        column.addWidget(self.heading)
        column.addWidget(self.bar)
        column.addLayout(below)
        column.addWidget(self.names)
        column.addWidget(self.table)
        column.addWidget(self.later)
        layout = QVBoxLayout(self)
        layout.addWidget(block, 0, Qt.AlignmentFlag.AlignCenter)


def _counts(outline: Outline) -> list[ClassCount]:
    """The classes in natural order; a folder that is in no split is to train on."""
    names = sorted({name for name, _ in outline if name is not None}, key=natural)
    return [
        ClassCount(
            name,
            outline.get((name, None), 0) + outline.get((name, "train"), 0),
            outline.get((name, "validation"), 0),
            outline.get((name, "test"), 0),
        )
        for name in names
    ]
