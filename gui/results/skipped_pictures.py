"""How many pictures were skipped; opened, which and why."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QListWidget, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from core.common.messages import fill
from gui.base import words

_ROWS = 5


class SkippedPictures(QWidget):
    """A line that opens a list below it; hidden where nothing was skipped."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.button = QToolButton(self, autoRaise=True)
        self.button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.button.clicked.connect(self._toggle)
        self.list = QListWidget(self)
        self.list.setWordWrap(True)
        self.list.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setResizeMode(QListWidget.ResizeMode.Adjust)
        self.list.setFixedHeight(_ROWS * self.fontMetrics().lineSpacing() + 8)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self.button)
        column.addWidget(self.list)
        self._open(False)
        self.hide()

    def show_lines(self, lines: Sequence[str]) -> None:
        """Count and list these."""
        heading = self.tr("1 picture was skipped")
        if len(lines) != 1:
            template = self.tr("{count} pictures were skipped")
            heading = fill(template, {"count": words.count(len(lines))})
        self.button.setText(heading)
        self.list.setAccessibleName(heading)
        if [self.list.item(row).text() for row in range(self.list.count())] != list(lines):
            self.list.clear()
            self.list.addItems(list(lines))
        self.setVisible(bool(lines))

    def _toggle(self) -> None:
        self._open(self.list.isHidden())

    def _open(self, opened: bool) -> None:
        arrow = Qt.ArrowType.DownArrow if opened else Qt.ArrowType.RightArrow
        self.button.setArrowType(arrow)
        self.list.setVisible(opened)
