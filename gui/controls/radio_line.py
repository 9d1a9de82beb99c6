"""A radio button with a few words below it."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QMouseEvent, QPalette
from PySide6.QtWidgets import QHBoxLayout, QStyle, QVBoxLayout, QWidget

from gui.base import theme
from gui.controls.labels import ElidedLabel
from gui.controls.radio import Radio


class RadioLine(QWidget):
    """One of several choices; a click on its words chooses it too. ``tip`` says more."""

    def __init__(self, name: str, words: str, tip: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.radio = Radio(name, self)
        self.words = ElidedLabel(words, self)
        self.words.setFont(theme.small_font())
        self.words.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.radio)
        row = QHBoxLayout()
        metric = QStyle.PixelMetric
        for part in (metric.PM_ExclusiveIndicatorWidth, metric.PM_RadioButtonLabelSpacing):
            row.addSpacing(self.style().pixelMetric(part, None, self.radio))
        row.setSpacing(0)
        row.addWidget(self.words)
        column.addLayout(row)
        self.setToolTip(tip)
        self.radio.setAccessibleDescription(tip)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.radio.setFocus(Qt.FocusReason.MouseFocusReason)
            self.radio.click()
