"""How a run came out: its words, its accuracy with interval and baseline, and skipped images."""

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QLabel,
    QListWidget,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from core.common.messages import SENTENCES, fill
from core.common.statistics import wilson
from core.dataset.folder import printable
from core.runs.history import History
from gui.base import theme
from gui.base import words as base_words
from gui.recipe import words as recipe_words
from gui.runs import words as run_words
from gui.session.session import Session

translate = QCoreApplication.translate


def headline(session: Session) -> str:
    """How the run ended, or that it goes on; "" before it has said anything."""
    history = session.history
    if session.is_training and history.finished is None:
        return translate("results", "Training is under way: this is the epoch kept so far.")
    finished = history.finished
    values: dict[str, object] = {
        "done": base_words.count(len(history.epochs)),
        "planned": base_words.count(_planned(history)),
    }
    if finished is None:
        template = translate(
            "results",
            "Stopped unexpectedly after {done} of {planned} epochs; this is the kept one.",
        )
        return fill(template, values) if history.started is not None else ""
    values["time"] = base_words.elapsed(finished.seconds)
    if finished.outcome == "stopped":
        template = translate(
            "results", "Stopped after {done} of {planned} epochs; this is the kept one."
        )
    elif finished.outcome == "failed":
        values["sentence"] = base_words.translate(finished.code or "unexpected", finished.values)
        template = translate("results", "Failed after {done} of {planned} epochs: {sentence}.")
    else:
        template = translate("results", "Finished: {done} of {planned} epochs in {time}.")
    return fill(template, values)


def recipe(session: Session) -> str:
    """What was trained on what."""
    run, started = session.run, session.history.started
    if run is None or started is None:
        return ""
    counts = started.train_images, started.validation_images
    return recipe_words.sentence(printable(run.folder.name), *counts, run.config)


def recipe_changed(session: Session) -> str:
    """That something else is chosen by now, "" where nothing is."""
    run = session.run
    if run is None or session.recipe == run.config:
        return ""
    return translate("results", "The recipe has been changed since.")


def origin(history: History) -> str:
    """Which epoch is shown and how it was chosen, "" where none has ended."""
    best = history.best
    if best is None:
        return ""
    values = {
        "stage": best.stage,
        "epoch": best.epoch,
        "epochs": base_words.count(len(history.epochs)),
    }
    return fill(_origin(history.chosen_by, is_over=history.finished is not None), values)


def _origin(chosen_by: str, *, is_over: bool) -> str:
    if not chosen_by:
        return translate("results", "Stage {stage}, epoch {epoch}: the only epoch.")
    if chosen_by == "last":
        return translate(
            "results",
            "Stage {stage}, epoch {epoch}: the last of {epochs} epochs, not picked by its score.",
        )
    if chosen_by == "loss" and is_over:
        return translate(
            "results",
            "Stage {stage}, epoch {epoch}: the lowest loss of {epochs} epochs, chosen on these "
            "same pictures, so a little optimistic.",
        )
    if chosen_by == "loss":
        return translate(
            "results",
            "Stage {stage}, epoch {epoch}: the lowest loss of {epochs} epochs so far, chosen on "
            "these same pictures, so a little optimistic.",
        )
    if is_over:
        return translate(
            "results",
            "Stage {stage}, epoch {epoch}: the best of {epochs} epochs, chosen on these same "
            "pictures, so a little optimistic.",
        )
    return translate(
        "results",
        "Stage {stage}, epoch {epoch}: the best of {epochs} epochs so far, chosen on these "
        "same pictures, so a little optimistic.",
    )


def untouched(history: History) -> str:
    """That test pictures were left alone, "" where there are none."""
    count = history.started.test_images if history.started is not None else 0
    if not count:
        return ""
    template = translate("results", "Test pictures that no choice has looked at: {count}.")
    return fill(template, {"count": base_words.count(count)})


def skipped(session: Session) -> list[str]:
    """A line for each picture that the run could not use: at the scan, then while training."""
    lines = []
    details = _scan_details(session)
    for picture in session.run.pictures if session.run is not None else ():
        if picture.status == "problem":
            values = {**_UNKNOWN, **details.get(picture.path, {})}
            reason = (picture.reason, values)
            lines.append(_skipped(printable(picture.path), reason))
    for notice in session.history.notices:
        if notice.code in ("picture_skipped", "pictures_skipped"):
            lines.append(base_words.translate(notice.code, notice.values))
    return lines


_UNKNOWN: dict[str, object] = dict.fromkeys(("reason", "megapixels", "limit"), "…")


def _skipped(path: str, reason: tuple[str, dict[str, object]]) -> str:
    known = reason if reason[0] in SENTENCES else reason[0]
    return base_words.translate("picture_skipped", {"path": path, "reason": known})


def _scan_details(session: Session) -> dict[str, dict[str, object]]:
    """The values of the scan's problems, which a run's own list doesn't hold."""
    summary, run = session.summary, session.run
    if summary is None or run is None or summary.folder != run.folder:
        return {}
    return {problem.path: dict(problem.detail) for problem in summary.problems}


def _planned(history: History) -> int:
    return sum(history.planned) or len(history.epochs)


_HEIGHT = 18
_TRACK = 6


class AccuracyScale(QWidget):
    """A band for the interval, a dot for the accuracy, a tick for the largest class.

    It repeats what the figures beside it say, so screen readers pass it by.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._values: tuple[float, float, float, float] | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_values(self, accuracy: float, low: float, high: float, majority: float) -> None:
        """Shares of 1."""
        self._values = accuracy, low, high, majority
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(160, _HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._values is None:
            return
        accuracy, low, high, majority = self._values
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        middle = self.height() / 2
        track = QRectF(0, middle - _TRACK / 2, self.width(), _TRACK)
        painter.setBrush(self.palette().color(QPalette.ColorRole.Midlight))
        painter.drawRoundedRect(track, _TRACK / 2, _TRACK / 2)
        color = theme.data_color("validation", self.palette())
        band = theme.data_color("validation", self.palette())
        band.setAlphaF(0.4)
        painter.setBrush(band)
        painter.drawRect(QRectF(self._x(low), track.top(), self._x(high) - self._x(low), _TRACK))
        painter.setPen(QPen(theme.data_color("baseline", self.palette()), 2))
        painter.drawLine(QPointF(self._x(majority), 1), QPointF(self._x(majority), _HEIGHT - 1))
        painter.setPen(QPen(self.palette().color(QPalette.ColorRole.Base), 1.5))
        painter.setBrush(color)
        painter.drawEllipse(QPointF(self._x(accuracy), middle), 5.5, 5.5)
        painter.end()

    def _x(self, share: float) -> float:
        return 6 + share * (self.width() - 12)


_BOTTOM = Qt.AlignmentFlag.AlignBottom


class ResultScore(QFrame):
    """One big percentage; beside it on how many pictures and the interval; below what guessing
    would give, how the epoch was chosen, and what the last stage gained over the head alone."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.setAutoFillBackground(True)
        self.title = QLabel()
        self.share = QLabel()
        self.share.setFont(theme.figure_font())
        self.count = QLabel()
        self.interval = QLabel()
        self.majority = QLabel(wordWrap=True)
        self.origin = QLabel(wordWrap=True)
        self.gain = QLabel(wordWrap=True)
        self.untouched = QLabel(wordWrap=True)
        self.scale = AccuracyScale()
        for label in (self.majority, self.origin, self.gain, self.untouched):
            label.setFont(theme.small_font())
        for label in self._labels():
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._lay_out()

    def _labels(self) -> tuple[QLabel, ...]:
        figures = self.title, self.share, self.count, self.interval
        return (*figures, self.majority, self.origin, self.gain, self.untouched)

    def _lay_out(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(12, 8, 12, 8)
        grid.setHorizontalSpacing(14)
        grid.setVerticalSpacing(2)
        grid.setColumnStretch(1, 1)
        grid.addWidget(self.title, 0, 0, 1, 2)
        grid.addWidget(self.share, 1, 0, 2, 1)
        grid.addWidget(self.count, 1, 1, _BOTTOM)
        grid.addWidget(self.interval, 2, 1)
        below = (self.scale, self.majority, self.origin, self.gain, self.untouched)
        for row, widget in enumerate(below, start=3):
            grid.addWidget(widget, row, 0, 1, 2)

    def show_history(self, history: History) -> None:
        """Show the best epoch of ``history``, which must have one."""
        best = history.best
        if best is None:
            raise ValueError("no epoch has ended")
        score = best.validation
        low, high = wilson(score.correct, score.images)
        majority = history.started.majority if history.started is not None else 0.0
        title = self.tr("Validation accuracy")
        if history.finished is None:
            title = self.tr("Validation accuracy so far")
        counts = {"right": base_words.count(score.correct), "total": base_words.count(score.images)}
        self.title.setText(title)
        self.share.setText(base_words.percent(score.accuracy))
        self.count.setText(fill(self.tr("{right} of {total} pictures"), counts))
        interval = {"interval": base_words.interval(low, high)}
        self.interval.setText(fill(self.tr("95 % interval: {interval}"), interval))
        guess = {"share": base_words.percent(majority)}
        self.majority.setText(fill(self.tr("Always guessing the largest class: {share}"), guess))
        self.origin.setText(origin(history))
        self.gain.setText(run_words.gain(history))
        self.gain.setVisible(bool(self.gain.text()))
        self.untouched.setText(untouched(history))
        self.untouched.setVisible(bool(self.untouched.text()))
        self.scale.show_values(score.accuracy, low, high, majority)
        self.setAccessibleName(title)
        parts = (label.text() for label in self._labels()[1:])
        self.setAccessibleDescription(", ".join(part for part in parts if part))


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
            heading = fill(template, {"count": base_words.count(len(lines))})
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
