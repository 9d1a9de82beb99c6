"""The sample dataset, offered at the size that this machine is quick enough for."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QFrame, QLabel, QPushButton, QVBoxLayout, QWidget

from core.common.messages import fill
from core.compute.estimate import Speed, estimate
from core.recipe.config import DatasetConfig, RunConfig
from gui.base import theme
from gui.base import words as base_words

TRAIN, VALIDATION = 384, 96  # the sample's pictures, split by default
SMALL, USUAL = 96, DatasetConfig().image_size
PATIENCE = 60.0  # seconds until the first point
_EXACT_BELOW = 57.5  # from here on a duration itself says "about"


def first_point(speed: Speed, size: int) -> float:
    """Seconds until the default recipe's first epoch on the sample is on the curve."""
    recipe = RunConfig(dataset=DatasetConfig(image_size=size))
    return estimate(recipe, speed, TRAIN, VALIDATION).first_point


class SampleOffer(QFrame):
    """One button; on a machine measured as slow two, the small size first.

    Signal: ``asked`` with the picture size in pixels, None where no size was named.
    """

    asked = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._is_slow = False
        self.setFrameShape(QFrame.Shape.StyledPanel)
        heading = QLabel(self.tr("No pictures at hand?"), self)
        heading.setFont(theme.font(bold=True))
        words = QLabel(self.tr("The sample: 480 pictures of 8 kinds of traffic sign."), self)
        words.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        words.setWordWrap(True)
        self.first = QPushButton(theme.icon("sample"), "", self)
        self.second = QPushButton(self)
        self.first.clicked.connect(lambda: self.asked.emit(SMALL if self._is_slow else None))
        self.second.clicked.connect(lambda: self.asked.emit(USUAL))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 10, 14, 12)
        layout.setSpacing(6)
        for part in (heading, words):
            layout.addWidget(part)
        for button in (self.first, self.second):
            layout.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
        self.show_speed(None)

    def show_speed(self, speed: Speed | None) -> None:
        """Offer what suits a machine of ``speed``; None while that isn't known."""
        self._is_slow = speed is not None and first_point(speed, USUAL) > PATIENCE
        self.second.setVisible(self._is_slow)
        if speed is None or not self._is_slow:
            self.first.setText(self.tr("&Try the sample"))
            return
        first = self.tr("&Try the sample at {size} px: first point after {time}")
        self.first.setText(fill(first, _values(self, speed, SMALL)))
        self.second.setText(fill(self.tr("At {size} px: {time}"), _values(self, speed, USUAL)))


def _values(owner: QWidget, speed: Speed, size: int) -> dict[str, object]:
    seconds = first_point(speed, size)
    time = base_words.duration(seconds)
    if seconds < _EXACT_BELOW:
        time = fill(owner.tr("about {time}"), {"time": time})
    return {"size": size, "time": time}
