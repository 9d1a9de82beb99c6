"""Experiments that were run before: shown, gone on with, thrown away."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from core.dataset.folder import printable
from gui.base import theme, words
from gui.runs import experiments as experiment_words
from gui.runs.experiments import Listed

_DIRECTORY = Qt.ItemDataRole.UserRole
_HAS_RUNS = Qt.ItemDataRole.UserRole + 1
_HEIGHT = 170


class ExperimentList(QWidget):
    """Signals: ``opened`` with the directory of one that is to be shown, ``played`` with that of
    one to be played back, ``thrown`` with that of one that is to go to the trash."""

    opened = Signal(object)
    played = Signal(object)
    thrown = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.heading = QLabel(self.tr("Earlier experiments"))
        self.heading.setFont(theme.font(bold=True))
        self.list = QListWidget()
        self.list.setMinimumHeight(_HEIGHT)
        self.list.setAccessibleName(self.heading.text())
        self.list.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.list.setWordWrap(True)
        self.list.setSpacing(2)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.itemActivated.connect(self._show)
        self.list.itemSelectionChanged.connect(self._show_selected)
        self.replay = QPushButton(theme.icon("train"), self.tr("Replay"))
        self.replay.clicked.connect(self._play)
        self.trash = QPushButton(theme.icon("close"), self.tr("Move to the trash"))
        self.trash.clicked.connect(self._throw)
        row = QHBoxLayout()
        row.addStretch()
        row.addWidget(self.replay)
        row.addWidget(self.trash)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.heading)
        column.addWidget(self.list, 1)
        column.addLayout(row)
        self.show_all(())

    @property
    def selected(self) -> Path | None:
        """The directory of the one that is selected."""
        items = self.list.selectedItems()
        return items[0].data(_DIRECTORY) if items else None

    def show_all(self, listed: Sequence[Listed]) -> None:
        """Show these; what is selected stays so."""
        before = self.selected
        self.list.blockSignals(True)
        self.list.clear()
        for one in listed:
            kind = experiment_words.title(one.experiment.kind)
            folder = printable(Path(one.experiment.folder).name)
            told = experiment_words.how_far(one)
            item = QListWidgetItem(f"{kind}: {folder}\n{told}")
            item.setData(_DIRECTORY, one.directory)
            item.setData(_HAS_RUNS, one.done > 0)
            item.setToolTip(words.plain_tip(f"{item.text()}\n{printable(str(one.directory))}"))
            self.list.addItem(item)
            item.setSelected(one.directory == before)
        self.list.blockSignals(False)
        self.setVisible(bool(listed))
        self._offer()

    def mark(self, directory: Path) -> None:
        """Mark the one that is shown; nothing is emitted."""
        self.list.blockSignals(True)
        for row in range(self.list.count()):
            item = self.list.item(row)
            if item.data(_DIRECTORY) == directory:
                self.list.setCurrentItem(item)
        self.list.blockSignals(False)
        self._offer()

    def _offer(self) -> None:
        items = self.list.selectedItems()
        plays = bool(items) and bool(items[0].data(_HAS_RUNS))
        self.trash.setEnabled(bool(items))
        self.replay.setEnabled(plays)
        self.replay.setToolTip(
            self.tr("Plays it back: all its curves grow together")
            if plays or not items
            else self.tr("No run of it is finished: there is nothing to play yet")
        )

    def _play(self) -> None:
        if self.selected is not None:
            self.played.emit(self.selected)

    def _show(self, item: QListWidgetItem) -> None:
        self.opened.emit(item.data(_DIRECTORY))

    def _show_selected(self) -> None:
        self._offer()
        if self.selected is not None:
            self.opened.emit(self.selected)

    def _throw(self) -> None:
        if self.selected is not None:
            self.thrown.emit(self.selected)
