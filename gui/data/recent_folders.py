"""The folders opened last: a click opens one; those that have gone are pale."""

import os
import threading
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QBrush, QKeyEvent, QPalette
from PySide6.QtWidgets import QHBoxLayout, QListWidget, QListWidgetItem, QToolButton, QWidget

from core.common.messages import fill
from core.dataset.folder import printable
from gui.base import theme
from gui.base.background import Latest, Progress, worker_pool

_FOLDER = int(Qt.ItemDataRole.UserRole)
_ICON = QSize(18, 18)


class RecentFolders(QListWidget):
    """A list of folders. Whether each still exists is asked on another thread, because a
    network drive that has gone can take seconds to say so.

    Signals: ``opened`` and ``removed`` with a folder. Enter opens, Delete removes one that
    has gone.
    """

    opened = Signal(object)
    removed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._missing: frozenset[Path] = frozenset()
        self._pool = worker_pool(self)
        self._look = Latest(self._pool, self)
        self._look.done.connect(self._mark_missing)
        self.setAccessibleName(self.tr("Recent folders"))
        self.setIconSize(_ICON)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        self.itemClicked.connect(self._open)

    @property
    def folders(self) -> list[Path]:
        """What is listed."""
        return [self.item(row).data(_FOLDER) for row in range(self.count())]

    def show_folders(self, folders: Sequence[Path]) -> None:
        """List these, the latest first."""
        if list(folders) != self.folders:
            self.clear()
            for folder in folders:
                self._add(folder)
            self._missing = frozenset()
            self.setMaximumHeight(len(folders) * self._row_height() + 2 * self.frameWidth())
        paths = tuple(folders)

        def work(_stop: threading.Event, _progress: Progress) -> frozenset[Path]:
            return frozenset(path for path in paths if not os.path.isdir(path))

        self._look.submit(work)

    def is_missing(self, folder: Path) -> bool:
        """Whether ``folder`` is shown as gone."""
        return folder in self._missing

    def remove_button(self, folder: Path) -> QToolButton | None:
        """The button that removes a folder that has gone."""
        widget = self.itemWidget(self.item(self.folders.index(folder)))
        return widget.findChild(QToolButton) if widget is not None else None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        item = self.currentItem()
        if item is not None and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._open(item)
        elif item is not None and event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            if item.data(_FOLDER) in self._missing:
                self.removed.emit(item.data(_FOLDER))
        else:
            super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._pale()

    def _add(self, folder: Path) -> None:
        path = " ".join(printable(str(folder)).splitlines())
        name = printable(folder.name) or path
        item = QListWidgetItem(theme.icon("folder"), f"{name}\n{path}")
        item.setData(_FOLDER, folder)
        item.setToolTip(path)
        item.setSizeHint(QSize(0, self._row_height()))
        self.addItem(item)

    def _row_height(self) -> int:
        return 2 * self.fontMetrics().lineSpacing() + 8

    def _open(self, item: QListWidgetItem) -> None:
        self.opened.emit(item.data(_FOLDER))

    def _mark_missing(self, missing: frozenset[Path]) -> None:
        self._missing = missing
        for row in range(self.count()):
            item = self.item(row)
            gone = item.data(_FOLDER) in missing
            path = printable(str(item.data(_FOLDER)))
            sentence = fill(self.tr("There is no folder {path}"), {"path": path})
            item.setToolTip(sentence if gone else path)
            if gone and self.itemWidget(item) is None:
                self.setItemWidget(item, self._remover(item))
            elif not gone:
                self.removeItemWidget(item)
        self._pale()

    def _pale(self) -> None:
        pale = self.palette().color(QPalette.ColorGroup.Disabled, QPalette.ColorRole.Text)
        for row in range(self.count()):
            item = self.item(row)
            gone = item.data(_FOLDER) in self._missing
            item.setForeground(QBrush(pale) if gone else QBrush())

    def _remover(self, item: QListWidgetItem) -> QWidget:
        folder: Path = item.data(_FOLDER)
        button = QToolButton(autoRaise=True)
        button.setIcon(theme.icon("close"))
        words = self.tr("Remove from the list (Delete)")
        button.setToolTip(words)
        button.setAccessibleName(f"{words}: {printable(folder.name)}")
        button.clicked.connect(lambda: self.removed.emit(folder))
        button.setAutoFillBackground(True)  # a long path goes on beneath it
        button.setBackgroundRole(QPalette.ColorRole.Base)
        holder = QWidget()
        row = QHBoxLayout(holder)
        row.setContentsMargins(0, 0, 2, 0)
        row.addStretch(1)
        row.addWidget(button)
        return holder
