"""A card with what the run costs: time, speed, memory."""

from collections.abc import Sequence

from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from gui.base import theme
from gui.controls.labels import FactList
from gui.train import run_facts_text


class RunFacts(QFrame):
    """Names and values; hidden where there is nothing to tell."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.setAutoFillBackground(True)
        self.setAccessibleName(self.tr("Time, speed and memory"))
        self.setToolTip(run_facts_text.tip())
        self.list = FactList()
        self.list.setFont(theme.small_font())
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 6, 12, 6)
        column.addWidget(self.list)
        self.hide()

    def show_facts(self, facts: Sequence[tuple[str, str]]) -> None:
        """Show these."""
        if dict(facts) != self.list.facts:
            self.list.show_facts(facts)
        self.setVisible(bool(facts))
