"""The parts at the side of the Train page: score, costs, notices, and the current batch."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEvent, QRect, QSize, Qt, QTimer
from PySide6.QtGui import QHelpEvent, QPainter, QPaintEvent, QPalette, QPixmap, QShowEvent
from PySide6.QtWidgets import (
    QFrame,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QSizePolicy,
    QToolTip,
    QVBoxLayout,
    QWidget,
)

from core.common.statistics import wilson
from core.runs import history as runs_history
from core.runs.events import Notice
from core.runs.history import History
from gui.base import theme
from gui.base import words as base_words
from gui.controls.labels import FactList
from gui.controls.thumbnails import Load, Thumbnails, load_thumbnail
from gui.runs import words as run_words

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
            sentence = base_words.translate(notice.code, notice.values)
            item = QListWidgetItem(theme.icon("warning", "warning"), sentence)
            item.setFlags(Qt.ItemFlag.ItemIsEnabled)
            item.setToolTip(sentence)
            self.list.addItem(item)
        self._notices = tuple(notices)
        self._count()

    def _count(self) -> None:
        heading = self.tr("Notices (%1)").replace("%1", base_words.count(len(self._notices)))
        self.heading.setText(heading)
        self.list.setAccessibleName(heading)
        self.setVisible(bool(self._notices))


translate = QCoreApplication.translate


def run_facts(history: History, present: float, left: float | None) -> list[tuple[str, str]]:
    """Of ``history``, whose present epoch takes ``present`` seconds already and that has about
    ``left`` to go (None: not known, or it trains no more)."""
    if history.started is None:
        return []
    spent = runs_history.elapsed(history) + (present if history.finished is None else 0.0)
    told = [(translate("facts", "Elapsed"), base_words.elapsed(spent))]
    if left is not None:
        told.append((translate("facts", "Remaining"), base_words.duration(left)))
    last = history.epochs[-1] if history.epochs else None
    speed = runs_history.pictures_per_second(last) if last is not None else None
    if speed is not None:
        digits = 1 if speed < 10 else 0
        told.append((translate("facts", "Pictures per s"), base_words.number(speed, digits)))
    if last is not None and last.memory:
        told.append((translate("facts", "Most memory"), base_words.file_size(last.memory)))
    return told


def facts_tip() -> str:
    """What the figures count."""
    return translate(
        "facts",
        "Elapsed time leaves out pauses. Pictures per second: those of the last epoch, training "
        "and validation, by its seconds; with kept features they pass only the later blocks. "
        "Memory: the most that Thaw has held.",
    )


class RunFacts(QFrame):
    """Names and values; hidden where there is nothing to tell."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.setAutoFillBackground(True)
        self.setAccessibleName(self.tr("Time, speed and memory"))
        self.setToolTip(facts_tip())
        self.list = FactList()
        self.list.setFont(theme.small_font())
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 6, 12, 6)
        column.addWidget(self.list)
        self.hide()

    def show_facts(self, facts: Sequence[tuple[str, str]]) -> None:
        """Show these."""
        if dict(facts) != self.list.facts:
            self.list.show_facts(facts)
        self.setVisible(bool(facts))


class ScoreCard(QFrame):
    """One big percentage, on how many pictures, its 95 % interval, and how it was chosen."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.setAutoFillBackground(True)
        self.setAccessibleName(self.tr("Validation accuracy"))
        title = QLabel(self.tr("Validation accuracy"))
        self.share = QLabel()
        self.share.setFont(theme.figure_font())
        self.count = QLabel()
        self.interval = QLabel()
        self.origin = QLabel()
        self.gain = QLabel(wordWrap=True)
        for label in (self.origin, self.gain):
            label.setFont(theme.small_font())
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 8)
        column.setSpacing(2)
        for label in (title, self.share, self.count, self.interval, self.origin, self.gain):
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            column.addWidget(label)
        self.show_history(History())

    def show_history(self, history: History) -> None:
        """Show the epoch of ``history`` that is kept, and what its last stage gained."""
        self.gain.setText(run_words.gain(history))
        self.gain.setVisible(bool(self.gain.text()))
        best = history.best
        if best is None:
            self._say("\N{EN DASH}", "", "", self.tr("no epoch has ended yet"))
            return
        score = best.validation
        count = self.tr("%1 of %2 pictures").replace("%1", base_words.count(score.correct))
        interval = self.tr("95 % interval: {interval}")
        low, high = wilson(score.correct, score.images)
        self._say(
            base_words.percent(score.accuracy),
            count.replace("%2", base_words.count(score.images)),
            interval.replace("{interval}", base_words.interval(low, high)),
            self._origin(history).replace(
                "%1", base_words.count(history.position(best.stage, best.epoch))
            ),
        )

    def _origin(self, history: History) -> str:
        """Which epoch it is, %1, and how it was chosen."""
        is_over = history.finished is not None
        match history.chosen_by:
            case "last" if is_over:
                return self.tr("last epoch: %1,\nnot picked by its score")
            case "last":
                return self.tr("last epoch so far: %1,\nnot picked by its score")
            case "loss" if is_over:
                return self.tr("epoch of lowest loss: %1,\nchosen on these pictures")
            case "loss":
                return self.tr("lowest loss so far: epoch %1,\nchosen on these pictures")
            case "accuracy" if is_over:
                return self.tr("best epoch: %1,\nchosen on these pictures")
            case "accuracy":
                return self.tr("best epoch so far: %1,\nchosen on these pictures")
            case _:
                return self.tr("the only epoch") if is_over else self.tr("the only epoch so far")

    def _say(self, share: str, count: str, interval: str, origin: str) -> None:
        self.share.setText(share)
        self.count.setText(count)
        self.interval.setText(interval)
        self.origin.setText(origin)
        self.count.setVisible(bool(count))
        self.interval.setVisible(bool(interval))
        parts = (share, count, interval, origin, self.gain.text())
        self.setAccessibleDescription(", ".join(part for part in parts if part))
