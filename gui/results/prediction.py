"""A place to drop pictures, and what the network says of them."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QCheckBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from core.common.messages import fill
from core.images import load as images
from gui.base import theme
from gui.base import words as base_words
from gui.controls.drop_area import DropArea
from gui.results.prediction_card import PredictionCard
from gui.results.prediction_jobs import PictureAnswer

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
