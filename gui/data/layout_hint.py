"""A small button that shows how a folder with classes of its own looks."""

from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QLabel, QMenu, QPushButton, QVBoxLayout, QWidget, QWidgetAction

from gui.data.folder_drawing import Entry, FolderDrawing


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
