"""Which sample is looked at: the next one, any one, or the one that tells most."""

import random
from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QToolButton, QVBoxLayout, QWidget

from core.common.messages import fill
from core.dataset.folder import printable
from core.dataset.summary import Sample
from gui.base import theme, words
from gui.controls.labels import ElidedLabel
from gui.data import data_text
from gui.data.fit_facts import FitFacts


class SampleChooser(QWidget):
    """The name of a sample and buttons to others. Signal: ``chosen`` with a ``Sample``, when
    it is another one than before."""

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._samples: Sequence[Sample] = ()
        self._facts = FitFacts()
        self._place = 0
        self._size = ""
        self._random = random.Random()  # decides what is looked at, never what is trained
        self.name = ElidedLabel(parent=self, mode=Qt.TextElideMode.ElideMiddle)
        self.name.setFont(theme.font(bold=True))
        self.words = ElidedLabel(parent=self)
        self.words.setFont(theme.small_font())
        self.words.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self.back = self._arrow(Qt.ArrowType.LeftArrow, self.tr("Previous picture"), -1)
        self.forward = self._arrow(Qt.ArrowType.RightArrow, self.tr("Next picture"), 1)
        self.any = QPushButton(theme.icon("shuffle"), self.tr("Random"), self)
        self.any.setToolTip(self.tr("A picture drawn at random"))
        self.any.clicked.connect(self._draw)
        self.oblong = QPushButton(self.tr("Most oblong"), self)
        self.oblong.setToolTip(self.tr("The picture of which a crop loses most"))
        self.oblong.clicked.connect(self._show_oblong)
        self.transparent = QPushButton(self.tr("Transparent"), self)
        self.transparent.setToolTip(self.tr("The next picture that may be transparent"))
        self.transparent.clicked.connect(self._show_transparent)
        self._lay_out()
        self._show()

    @property
    def sample(self) -> Sample | None:
        """The one that is looked at."""
        return self._samples[self._place] if self._samples else None

    def show_samples(self, samples: Sequence[Sample], facts: FitFacts) -> None:
        """Choose among ``samples``, of which ``facts`` tells; the one looked at stays if it is
        among them."""
        before = self.sample
        self._samples, self._facts, self._place = samples, facts, 0
        if before is not None:
            self._place = self._find(before.path) or 0
        self._go(self._place, anew=True)

    def choose(self, path: str) -> None:
        """Look at the sample at ``path``, if there is one."""
        place = self._find(path)
        if place is not None:
            self._go(place)

    def show_size(self, width: int, height: int) -> None:
        """Say how large the picture is, in pixels."""
        size = {"width": words.count(width), "height": words.count(height)}
        self._size = fill(self.tr("{width} × {height} px"), size)
        self._show()

    def _find(self, path: str) -> int | None:
        return next((place for place, one in enumerate(self._samples) if one.path == path), None)

    def _go(self, place: int, *, anew: bool = False) -> None:
        if not self._samples or (place == self._place and not anew):
            self._show()
            return
        self._place, self._size = place, ""
        self._show()
        self.chosen.emit(self._samples[place])

    def _step(self, by: int) -> None:
        if self._samples:
            self._go((self._place + by) % len(self._samples))

    def _draw(self) -> None:
        if len(self._samples) > 1:  # another one than this
            self._step(self._random.randrange(1, len(self._samples)))

    def _show_oblong(self) -> None:
        if self._facts.most_oblong is not None:
            self._go(self._facts.most_oblong)

    def _show_transparent(self) -> None:
        places = self._facts.transparent
        if places:
            self._go(next((one for one in places if one > self._place), places[0]))

    def _show(self) -> None:
        sample, count = self.sample, len(self._samples)
        self.name.set_text(printable(sample.path) if sample is not None else "")
        values = {"number": words.count(self._place + 1), "count": words.count(count)}
        place = fill(self.tr("picture {number} of {count}"), values) if count else ""
        self.words.set_text(data_text.SEPARATOR.join(filter(None, (self._size, place))))
        for button in (self.back, self.forward, self.any):
            button.setEnabled(count > 1)
        self.oblong.setEnabled(self._facts.most_oblong is not None and self._facts.loss.mean > 0)
        self.transparent.setVisible(bool(self._facts.transparent))

    def _arrow(self, arrow: Qt.ArrowType, name: str, step: int) -> QToolButton:
        button = QToolButton(self)
        button.setArrowType(arrow)
        button.setToolTip(name)
        button.setAccessibleName(name)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.clicked.connect(lambda: self._step(step))
        return button

    def _lay_out(self) -> None:
        steps = QHBoxLayout()
        steps.setSpacing(4)
        for button in (self.back, self.forward, self.any):
            steps.addWidget(button)
        steps.addStretch(1)
        tells = QHBoxLayout()
        tells.setSpacing(4)
        for wide in (self.oblong, self.transparent):
            wide.setMinimumWidth(wide.fontMetrics().horizontalAdvance(wide.text()) + 14)
            tells.addWidget(wide)
        tells.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(5)
        for label in (self.name, self.words):
            column.addWidget(label)
        column.addLayout(steps)
        column.addLayout(tells)
        column.addStretch(1)
