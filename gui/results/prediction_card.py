"""What the network says of one picture."""

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from core.dataset.folder import printable
from gui.base import theme
from gui.base import words as base_words
from gui.controls.image_view import PictureView
from gui.controls.labels import ElidedLabel
from gui.results.prediction_jobs import PictureAnswer
from gui.results.probability_bars import ProbabilityBars

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
