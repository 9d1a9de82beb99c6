"""The runs that are compared: each one's sign and name in its colour, and how to leave it out."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QWidget

from core.common.messages import fill
from core.reports.plots import style
from gui.base import theme
from gui.base import words as base_words
from gui.controls.layouts import FlowLayout

_LONGEST = 260  # pixels of a name


class RunChips(QWidget):
    """Signal: ``removed`` with the place of the run that a person leaves out."""

    removed = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("The runs that are compared"))
        self.chips: list[RunChip] = []
        self._flow = FlowLayout(self)

    def show_names(self, names: Sequence[str]) -> None:
        """Show a chip for each of ``names``, the first in the first colour."""
        for chip in self.chips:
            self._flow.removeWidget(chip)
            chip.deleteLater()
        self.chips = [RunChip(name, number, self) for number, name in enumerate(names)]
        for number, chip in enumerate(self.chips):
            self._flow.addWidget(chip)
            chip.remove.clicked.connect(partial(self.removed.emit, number))
            chip.show()
        self.updateGeometry()


class RunChip(QFrame):
    """One run in a frame."""

    def __init__(self, name: str, number: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._number = number
        self._sign = QLabel(style.sign(number))
        self._sign.setForegroundRole(QPalette.ColorRole.WindowText)
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setAutoFillBackground(True)
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.name = QLabel(textFormat=Qt.TextFormat.PlainText)
        metrics = self.name.fontMetrics()
        self.name.setText(metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, _LONGEST))
        self.name.setToolTip(base_words.plain_tip(name) if self.name.text() != name else "")
        self.remove = QToolButton(autoRaise=True)
        self.remove.setIcon(theme.icon("close"))
        words = fill(self.tr("Leave {name} out"), {"name": name})
        self.remove.setToolTip(base_words.plain_tip(words))
        self.remove.setAccessibleName(words)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 1, 2, 1)
        row.setSpacing(6)
        row.addWidget(self._sign)
        row.addWidget(self.name)
        row.addWidget(self.remove)
        self._color()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._color()

    def _color(self) -> None:
        tint = QColor(style.color(self._number, theme.is_dark()))
        palette = self._sign.palette()
        if palette.color(QPalette.ColorRole.WindowText) != tint:
            palette.setColor(QPalette.ColorRole.WindowText, tint)
            self._sign.setPalette(palette)
