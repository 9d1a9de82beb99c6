"""A place to drop images, and what the network says of each: its likeliest classes.

The network of a run's best epoch classifies them off the window's thread.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QFontMetrics,
    QGuiApplication,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QPalette,
    QShortcut,
)
from PySide6.QtWidgets import (
    QCheckBox,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from core.common import lazy
from core.common.messages import ThawError, fill
from core.dataset.folder import printable
from core.images import errors as image_errors
from core.images import load as images
from core.runs.run import Run
from gui.base import theme
from gui.base import words as base_words
from gui.base.background import Latest
from gui.controls.drop_area import DropArea
from gui.controls.image_view import PictureView
from gui.controls.labels import ElidedLabel

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from core.training.network_file import Answer, Classifier

TOP = 5
Key = tuple[Path, int, int]


@dataclass(frozen=True)
class PictureAnswer:
    """What the network says of one file: the likeliest classes first, or why it can't be read.

    ``pixels`` is the picture as the network sees it, uint8 [S, S, 3].
    """

    path: Path
    pixels: "NDArray[np.uint8] | None" = None
    answers: "tuple[Answer, ...]" = ()
    error: ThawError | None = None


@dataclass
class _Kept:
    """The last classifier, touched by the pool's only thread alone."""

    key: Key | None = None
    classifier: "Classifier | None" = None


@dataclass(frozen=True)
class _Asked:
    run: Run
    key: Key
    kept: _Kept = field(repr=False)
    flip_average: bool = False


class PredictionJobs(QObject):
    """One picture after the other; asking anew forgets what was not answered yet.

    The network of a run's best epoch is loaded once. Signals: ``answered`` with a
    ``PictureAnswer``, in the order asked; ``failed`` with a ``ThawError`` where the network
    itself can't be used; ``finished`` once nothing is left to do.
    """

    answered = Signal(object)
    failed = Signal(object)
    finished = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._latest = Latest(self)
        self._latest.done.connect(self._done)
        self._latest.failed.connect(self._failed)
        self._waiting: deque[Path] = deque()
        self._asked: _Asked | None = None
        self._kept = _Kept()

    @property
    def is_busy(self) -> bool:
        """Whether an answer is still to come."""
        return self._latest.is_busy

    def ask(
        self, run: Run, best: tuple[int, int], paths: Sequence[Path], flip_average: bool = False
    ) -> None:
        """Classify ``paths`` by the weights of ``run``, whose best (stage, epoch) is ``best``;
        ``flip_average`` takes the mean of each picture and its mirror image."""
        self._latest.cancel()
        self._asked = _Asked(run, (run.directory, *best), self._kept, flip_average)
        self._waiting = deque(paths)
        self._next()

    def forget(self) -> None:
        """Drop what was asked and the network, for example because another run begins."""
        self._latest.cancel()
        self._waiting.clear()
        self._kept = _Kept()  # a job under way keeps the old one until it ends

    def close(self) -> None:
        """Wait for the job under way, drop the others. Also done on destruction."""
        self._latest.cancel()
        self._waiting.clear()
        self._latest.wait()

    def _next(self) -> None:
        if self._asked is None or not self._waiting:
            self.finished.emit()
            return
        asked, path = self._asked, self._waiting.popleft()

        self._latest.call(_classify, asked, path)

    def _done(self, answer: PictureAnswer) -> None:
        self.answered.emit(answer)
        if not self._latest.is_busy:  # a listener may have asked for others
            self._next()

    def _failed(self, error: ThawError) -> None:
        self._waiting.clear()
        self.failed.emit(error)
        self.finished.emit()


def _classify(asked: _Asked, path: Path) -> PictureAnswer:
    """Raises ``InputError`` where the network can't be loaded."""
    classifier = _classifier(asked)
    dataset = asked.run.config.dataset
    try:
        pixels = images.load_for(dataset, path)
        answers = classifier.classify(path, TOP, asked.flip_average)
    except image_errors.ImageError as error:
        return PictureAnswer(path, error=error)
    return PictureAnswer(path, pixels, tuple(answers))


def _classifier(asked: _Asked) -> "Classifier":
    kept = asked.kept
    if kept.classifier is None or kept.key != asked.key:
        kept.classifier = None  # before the next is loaded, not after
        classifier = lazy.load("training.network_file").Classifier(asked.run)
        kept.classifier, kept.key = classifier, asked.key
    return kept.classifier


_BAR = 8
_GAP = 6
_NAME_SHARE = 0.42  # of the width, at most


class ProbabilityBars(QWidget):
    """One line for each class, the likeliest first."""

    def __init__(self, answers: "Sequence[Answer]", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lines = [
            (printable(one.name), one.probability, base_words.percent(one.probability))
            for one in answers
        ]
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(", ".join(self.lines))
        self.setToolTip("\n".join(self.lines))

    @property
    def lines(self) -> list[str]:
        """What is shown, in words."""
        return [f"{name} {percent}" for name, _share, percent in self._lines]

    def sizeHint(self) -> QSize:
        return QSize(180, len(self._lines) * self._line_height())

    def minimumSizeHint(self) -> QSize:
        return QSize(120, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        metrics = self.fontMetrics()
        percents = max(metrics.horizontalAdvance(line[2]) for line in self._lines)
        bold = QFontMetrics(theme.font(bold=True))  # the first name's
        longest = max(bold.horizontalAdvance(line[0]) + 1 for line in self._lines)
        names = min(longest, round(self.width() * _NAME_SHARE))
        left, right = names + _GAP, self.width() - percents - _GAP
        center = Qt.AlignmentFlag.AlignVCenter
        for number, (name, share, percent) in enumerate(self._lines):
            line = QRect(0, number * self._line_height(), self.width(), self._line_height())
            painter.setFont(theme.font(bold=number == 0))
            painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
            shown = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideMiddle, names)
            painter.drawText(line, Qt.AlignmentFlag.AlignLeft | center, shown)
            painter.setFont(theme.font())
            painter.drawText(line, Qt.AlignmentFlag.AlignRight | center, percent)
            self._paint_bar(painter, QRectF(left, line.center().y() - 3, right - left, _BAR), share)
        painter.end()

    def _paint_bar(self, painter: QPainter, bar: QRectF, share: float) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.palette().color(QPalette.ColorRole.Midlight))
        painter.drawRoundedRect(bar, 2, 2)
        painter.setBrush(theme.data_color("validation", self.palette()))
        painter.drawRoundedRect(QRectF(bar.left(), bar.top(), bar.width() * share, _BAR), 2, 2)

    def _line_height(self) -> int:
        return self.fontMetrics().height() + 3


_SIDE = 96


class PredictionCard(QFrame):
    """The picture as the network sees it, beside its top classes, or why it can't be read."""

    def __init__(self, answer: PictureAnswer, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.bars: ProbabilityBars | None = None
        self.problem: QLabel | None = None
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.setAutoFillBackground(True)
        name = printable(answer.path.name)
        self.name = ElidedLabel(name, mode=Qt.TextElideMode.ElideMiddle)
        words = QVBoxLayout()
        words.setSpacing(3)
        words.addWidget(self.name)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 6, 8, 6)
        row.setSpacing(10)
        if answer.error is not None:
            self.problem = self._problem(base_words.error_text(answer.error))
            words.addWidget(self.problem)
        else:
            self.bars = ProbabilityBars(answer.answers)
            words.addWidget(self.bars)
            row.addWidget(self._picture(answer), 0, Qt.AlignmentFlag.AlignTop)
        words.addStretch(1)
        row.addLayout(words, 1)
        self.setAccessibleName(name)
        self._color()

    def _picture(self, answer: PictureAnswer) -> PictureView:
        view = PictureView()
        view.setFixedSize(_SIDE, _SIDE)
        view.set_picture(answer.pixels)
        view.setAccessibleName(self.tr("The picture as the network sees it"))
        view.setToolTip(self.tr("The picture as the network sees it"))
        return view

    def _problem(self, sentence: str) -> QLabel:
        label = QLabel(sentence, wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        return label

    def _color(self) -> None:
        if self.problem is not None:
            palette = QPalette()
            palette.setColor(self.problem.foregroundRole(), theme.data_color("wrong"))
            self.problem.setPalette(palette)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._color()


MOST = 50  # pictures at a time


class PredictionPanel(QWidget):
    """Asks for picture files, by dropping, choosing or pasting; shows answers as they come.

    ``flip_average`` says how they are to be answered; turning it asks for the same pictures
    again. Signal: ``files_chosen`` with a list of paths, ``MOST`` at most.
    """

    files_chosen = Signal(list)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._folder = ""
        self._offered: list[Path] = []
        self.heading = QLabel(self.tr("Try a picture"))
        self.heading.setFont(theme.heading_font())
        self.choose_button = QPushButton(theme.icon("open"), self.tr("&Choose a picture…"))
        self.choose_button.clicked.connect(self.choose)
        self.drop_area = DropArea("", icon="image", mode="files")
        self.drop_area.dropped.connect(self.offer)
        self.drop_area.activated.connect(self.choose)
        self.flip_average = QCheckBox(self.tr("Average with the &mirror image"))
        self.flip_average.setToolTip(
            self.tr(
                "Each picture is looked at twice, as it is and mirrored, and the mean of both is "
                "shown: a little surer where left and right don't matter, in twice the time. "
                "All other figures on this page are without it."
            )
        )
        self.flip_average.clicked.connect(lambda: self.offer(self._offered))
        self.message = QLabel(wordWrap=True)
        self._cards: list[PredictionCard] = []
        paste = QShortcut(QKeySequence.StandardKey.Paste, self)
        paste.activated.connect(self.paste)
        self.set_available(True)
        self._lay_out()
        self.clear()

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.addWidget(self.heading, 1)
        row.addWidget(self.choose_button)
        inside = self.drop_area.layout()
        if inside is not None:
            inside.setContentsMargins(12, 6, 12, 2)  # the column has little height to give
        self.drop_area.setFixedHeight(self.drop_area.minimumSizeHint().height())
        self._answers = QVBoxLayout()
        self._answers.setSpacing(6)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addLayout(row)
        column.addWidget(self.drop_area)
        column.addWidget(self.flip_average)
        column.addWidget(self.message)
        column.addLayout(self._answers)
        column.addStretch(1)

    @property
    def cards(self) -> Sequence[PredictionCard]:
        """The answers so far."""
        return self._cards

    def set_available(self, available: bool) -> None:
        """Whether pictures can be taken now; while a run trains they can't."""
        title = self.tr("Drop pictures here") if available else self.tr("Try it after training")
        self.drop_area.set_title(title)
        for widget in (self.drop_area, self.choose_button, self.flip_average):
            widget.setEnabled(available)

    def choose(self) -> None:
        """Ask for files in a dialog."""
        suffixes = " ".join(f"*{suffix}" for suffix in sorted(images.IMAGE_SUFFIXES))
        kinds = fill(self.tr("Pictures ({suffixes});;All files (*)"), {"suffixes": suffixes})
        title = self.tr("Choose pictures")
        names, _ = QFileDialog.getOpenFileNames(self, title, self._folder, kinds)
        if names:
            self._folder = str(Path(names[0]).parent)
            self.offer([Path(name) for name in names])

    def paste(self) -> None:
        """Take the files that were copied in a file manager."""
        urls = QGuiApplication.clipboard().mimeData().urls()
        self.offer([path for path in map(_local, urls) if path is not None and path.is_file()])

    def offer(self, paths: Sequence[Path]) -> None:
        """Take these, where pictures can be taken now."""
        if not paths or not self.drop_area.isEnabled():
            return
        self.clear()
        self._offered = list(paths)
        taken = self._offered[:MOST]
        if len(taken) < len(paths):
            values = {"most": base_words.count(MOST), "count": base_words.count(len(paths))}
            template = self.tr("The first {most} of {count} pictures:")
            self._say(fill(template, values))
        self.files_chosen.emit(taken)

    def show_answer(self, answer: PictureAnswer) -> None:
        """Add what the network says of one picture."""
        card = PredictionCard(answer)
        self._cards.append(card)
        self._answers.addWidget(card)

    def show_working(self, working: bool) -> None:
        """Say that answers are to come, or take that back."""
        if working and not self.message.text():
            self._say(self.tr("Looking…"))
        elif not working and self.message.text() == self.tr("Looking…"):
            self._say("")

    def show_problem(self, sentence: str) -> None:
        """Say why there is no answer at all."""
        self._say(sentence)

    def clear(self) -> None:
        """Forget all answers, and what they were to."""
        self._say("")
        self._offered = []
        while self._cards:
            card = self._cards.pop()
            self._answers.removeWidget(card)
            card.hide()
            card.deleteLater()

    def _say(self, words: str) -> None:
        self.message.setText(words)
        self.message.setVisible(bool(words))


def _local(url: object) -> Path | None:
    name = url.toLocalFile()  # type: ignore[attr-defined]
    return Path(name) if name else None
