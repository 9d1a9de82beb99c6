"""The recipes that wait to be compared."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from gui.base import theme, words
from gui.session.experiments import ExperimentJobs

_HEIGHT = 110


class ExperimentQueue(QWidget):
    """A list of titles; one can be moved or taken out, and all of them."""

    def __init__(self, jobs: ExperimentJobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self.hint = QLabel(wordWrap=True)
        self.hint.setFont(theme.small_font())
        self.list = QListWidget()
        self.list.setAccessibleName(self.tr("Recipes of the queue"))
        self.list.setFixedHeight(_HEIGHT)
        self.list.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.up = QPushButton(theme.icon("up"), self.tr("Up"))
        self.down = QPushButton(theme.icon("down"), self.tr("Down"))
        self.remove = QPushButton(theme.icon("minus"), self.tr("Take out"))
        self.clear = QPushButton(theme.icon("close"), self.tr("Empty"))
        self.clear.setToolTip(self.tr("Takes all recipes out of the queue"))
        self._lay_out()
        self.up.clicked.connect(lambda: self._move(-1))
        self.down.clicked.connect(lambda: self._move(1))
        self.remove.clicked.connect(lambda: jobs.remove(self.list.currentRow()))
        self.clear.clicked.connect(jobs.clear)
        self.list.currentRowChanged.connect(self._offer)
        jobs.queue_changed.connect(self.refresh)
        self.refresh()

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        for button in (self.up, self.down, self.remove, self.clear):
            buttons.addWidget(button)
        buttons.addStretch()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.hint)
        column.addWidget(self.list)
        column.addLayout(buttons)

    def refresh(self) -> None:
        """Show the queue as it is: what was selected stays so, what was added becomes so."""
        before, row = self.list.count(), self.list.currentRow()
        self.list.clear()
        for title, _recipe in self._jobs.queue:
            item = QListWidgetItem(title)
            item.setToolTip(words.plain_tip(title))
            self.list.addItem(item)
        last = self.list.count() - 1
        self.list.setCurrentRow(last if last >= before else min(row, last))
        self.hint.setText(
            self.tr("Each is set against the first, and all divide the pictures as the first does.")
            if last > 0
            else self.tr("“Add to queue” in the Run menu puts the chosen recipe in.")
        )
        self._offer()

    def _move(self, by: int) -> None:
        row = self.list.currentRow()
        self._jobs.move(row, row + by)
        self.list.setCurrentRow(row + by)

    def _offer(self) -> None:
        row, last = self.list.currentRow(), self.list.count() - 1
        self.up.setEnabled(row > 0)
        self.down.setEnabled(0 <= row < last)
        self.remove.setEnabled(row >= 0)
        self.clear.setEnabled(last >= 0)
