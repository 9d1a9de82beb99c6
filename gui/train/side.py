"""The pictures that the network just learned from."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, QRect, QSize, Qt, QTimer
from PySide6.QtGui import QHelpEvent, QPainter, QPaintEvent, QPixmap, QShowEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from gui.controls.thumbnails import Load, Thumbnails, load_thumbnail

SHOWN = 6
_COLUMNS = 3
_GAP = 4
_LARGEST, _SMALLEST = 76, 40
_PAUSE_MILLISECONDS = 500


class CurrentBatch(QWidget):
    """A few thumbnails, made on another thread; at most two batches a second are shown.

    A batch replaces the one before once all of its thumbnails are there, so nothing flickers.
    """

    def __init__(self, load: Load = load_thumbnail, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._next: tuple[Path, ...] = ()
        self._coming: tuple[Path, ...] = ()
        self._shown: tuple[Path, ...] = ()
        self._pixmaps: list[QPixmap | None] = []
        self._thumbnails = Thumbnails(lambda row: row < len(self._coming), load, self)
        self._thumbnails.changed.connect(self._show_if_complete)
        self._pause = QTimer(self, singleShot=True, interval=_PAUSE_MILLISECONDS)
        self._pause.timeout.connect(self._begin)
        self._edge = 0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Maximum)
        self.setAccessibleName(self.tr("Pictures being trained"))

    @property
    def shown(self) -> tuple[Path, ...]:
        """The pictures on screen."""
        return self._shown

    def show_pictures(self, paths: Sequence[Path]) -> None:
        """Show these as soon as their turn comes; a later call overtakes an earlier one."""
        self._next = tuple(paths[:SHOWN])
        if not self._next:
            self._coming = self._shown = ()
            self._pixmaps = []
            self.setAccessibleDescription("")
            self.update()
        elif not self._pause.isActive() and not self._coming:
            self._begin()

    def sizeHint(self) -> QSize:
        return QSize(_COLUMNS * (_LARGEST + _GAP) - _GAP, 2 * _LARGEST + _GAP)

    def minimumSizeHint(self) -> QSize:
        return QSize(_COLUMNS * (_SMALLEST + _GAP) - _GAP, _LARGEST)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self._pause.isActive() and not self._coming:
            self._begin()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        for number in range(self._room()):
            place = self._place(number)
            pixmap = self._pixmaps[number] if number < len(self._pixmaps) else None
            if pixmap is None:
                painter.setPen(self.palette().mid().color())
                painter.drawRect(place.adjusted(0, 0, -1, -1))
                continue
            size = pixmap.size().scaled(place.size(), Qt.AspectRatioMode.KeepAspectRatio)
            target = QRect(place.topLeft(), size)
            target.moveCenter(place.center())
            painter.drawPixmap(target, pixmap)
        painter.end()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent):
            seen = range(min(len(self._shown), self._room()))
            hit = [number for number in seen if self._place(number).contains(event.pos())]
            QToolTip.showText(event.globalPos(), str(self._shown[hit[0]]) if hit else "", self)
            return True
        return super().event(event)

    def _room(self) -> int:
        """How many pictures are seen: one row of them where there is no height for two."""
        return SHOWN if self.height() >= 2 * _SMALLEST + _GAP else _COLUMNS

    def _place(self, number: int) -> QRect:
        rows = self._room() // _COLUMNS
        high = (self.height() - (rows - 1) * _GAP) // rows
        wide = (self.width() - (_COLUMNS - 1) * _GAP) // _COLUMNS
        edge = min(max(min(wide, high), _SMALLEST), _LARGEST)
        row, column = divmod(number, _COLUMNS)
        return QRect(column * (edge + _GAP), row * (edge + _GAP), edge, edge)

    def _begin(self) -> None:
        if not self._next or not self.isVisible():
            return
        edge = round(_LARGEST * self.devicePixelRatioF())
        if edge != self._edge:
            self._edge = edge
            self._thumbnails.reset(edge)
        self._coming, self._next = self._next, ()
        self._show_if_complete()

    def _show_if_complete(self) -> None:
        if not self._coming:
            return
        pixmaps = [self._thumbnails.get(path, row) for row, path in enumerate(self._coming)]
        pairs = zip(self._coming, pixmaps, strict=True)
        if any(one is None and self._thumbnails.problem(path) is None for path, one in pairs):
            return
        self._shown, self._pixmaps, self._coming = self._coming, pixmaps, ()
        self.setAccessibleDescription(", ".join(path.name for path in self._shown))
        self.update()
        self._pause.start()
