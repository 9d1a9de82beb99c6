"""What a way to classes came to, line by line."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QWidget

from gui.base import theme
from gui.data.labels.label_notes import Note

_ICON = QSize(16, 16)


class LabelNotes(QListWidget):
    """A list of notes; what is worth a look stands first, with a sign."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("What was found"))
        self.setWordWrap(True)
        self.setIconSize(_ICON)
        self.setResizeMode(QListWidget.ResizeMode.Adjust)
        self.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSelectionMode(QListWidget.SelectionMode.SingleSelection)

    @property
    def lines(self) -> list[str]:
        """What is said."""
        return [self.item(row).text() for row in range(self.count())]

    def show_notes(self, notes: Sequence[Note]) -> None:
        """Say these, warnings first."""
        self.clear()
        self.setVisible(bool(notes))
        for note in sorted(notes, key=lambda one: not one.is_warning):
            item = QListWidgetItem(note.sentence)
            item.setIcon(theme.icon(*(("warning",) * 2 if note.is_warning else ("info",))))
            item.setToolTip(note.sentence)
            self.addItem(item)
