"""On a slow machine: the open sample at a size that shows a first point within a minute."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QWidget

from core.common.messages import fill
from core.compute.estimate import Speed
from gui.base import words as base_words
from gui.data.sample_offer import PATIENCE, SMALL, USUAL, first_point


class QuickerStart(QFrame):
    """One line with a button; hidden where the machine is quick enough.

    Signal: ``asked`` with the smaller picture size in pixels.
    """

    asked = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.words = QLabel(self)
        self.words.setWordWrap(True)
        self.button = QPushButton(self)
        self.button.clicked.connect(lambda: self.asked.emit(SMALL))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(10, 6, 6, 6)
        layout.addWidget(self.words, 1)
        layout.addWidget(self.button)
        self.hide()

    def show_speed(self, speed: Speed | None, image_size: int) -> None:
        """Offer the small size where ``image_size`` is the usual one and ``speed`` is slow."""
        slow = speed is not None and first_point(speed, USUAL) > PATIENCE
        self.setVisible(slow and image_size == USUAL)
        if speed is None or not slow:
            return
        words = self.tr("At {size} px the first point on the curves comes after {time}.")
        self.words.setText(fill(words, self._values(speed, USUAL)))
        offer = self.tr("Use {size} px: first point after {time}")
        self.button.setText(fill(offer, self._values(speed, SMALL)))

    def _values(self, speed: Speed, size: int) -> dict[str, object]:
        return {"size": size, "time": base_words.duration(first_point(speed, size))}
