"""A sentence that may be a warning."""

from typing import Literal

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QWidget

from gui.base import theme

Kind = Literal["plain", "warning", "wrong"]
_ICON = 16


class AdviceLine(QWidget):
    """Wraps its sentence; hidden while there is none. A warning has an icon and its colour."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._kind: Kind = "plain"
        self._icon = QLabel(self)
        self._label = QLabel(self, wordWrap=True)
        self._label.setTextFormat(Qt.TextFormat.PlainText)
        self._label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        layout.addWidget(self._label, 1)
        self.show_words("")

    @property
    def text(self) -> str:
        """The sentence."""
        return self._label.text()

    @property
    def kind(self) -> Kind:
        """Whether it is a warning."""
        return self._kind

    def show_words(self, sentence: str, kind: Kind = "plain") -> None:
        """Say ``sentence``; with "" the line is hidden."""
        self._kind = kind
        self._label.setText(sentence)
        self.setAccessibleName(sentence)
        self.setVisible(bool(sentence))
        self._color()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._color()

    def _color(self) -> None:
        palette = QPalette()
        self._icon.setVisible(self._kind != "plain")
        if self._kind != "plain":
            color = theme.data_color(self._kind)
            palette.setColor(QPalette.ColorRole.WindowText, color)
            self._icon.setPixmap(theme.icon("warning", color).pixmap(_ICON, _ICON))
        self._label.setPalette(palette)
