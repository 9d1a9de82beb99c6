"""What a person should know about a run that goes on all the same."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QFrame, QLabel, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from core.runs.events import Notice
from gui.base import theme, words


class NoticeList(QWidget):
    """The notices of a run, counted in the heading; scrolls where there are many,
    and is hidden where there is none."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._notices: tuple[Notice, ...] = ()
        self.heading = QLabel()
        self.list = QListWidget()
        self.list.setWordWrap(True)
        self.list.setIconSize(QSize(16, 16))
        self.list.setFrameShape(QFrame.Shape.StyledPanel)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        self.list.setSelectionMode(QListWidget.SelectionMode.NoSelection)
        self.list.setResizeMode(QListWidget.ResizeMode.Adjust)
        self.list.setMinimumHeight(3 * self.fontMetrics().lineSpacing() + 8)
        self.heading.setBuddy(self.list)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.heading)
        column.addWidget(self.list, 1)
        self._count()

    def sizeHint(self) -> QSize:
        return QSize(200, self.minimumSizeHint().height())

    def show_notices(self, notices: Sequence[Notice]) -> None:
        """Show these, the latest last; those already shown stay as they are."""
        shown = len(self._notices)
        if tuple(notices[:shown]) != self._notices:
            self.list.clear()
            shown = 0
        for notice in notices[shown:]:
            sentence = words.translate(notice.code, notice.values)
            item = QListWidgetItem(theme.icon("warning", "warning"), sentence)
            item.setFlags(Qt.ItemFlag.ItemIsEnabled)
            item.setToolTip(sentence)
            self.list.addItem(item)
        self._notices = tuple(notices)
        self._count()

    def _count(self) -> None:
        heading = self.tr("Notices (%1)").replace("%1", words.count(len(self._notices)))
        self.heading.setText(heading)
        self.list.setAccessibleName(heading)
        self.setVisible(bool(self._notices))
