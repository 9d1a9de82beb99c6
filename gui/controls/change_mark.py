"""A small sign that a value is not the card's, and the way back to that."""

from PySide6.QtCore import QSize
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QToolButton, QWidget

from core.common.messages import fill
from gui.base import theme

SIDE = 15


class ChangeMark(QToolButton):
    """Seen only while there is something to put back; its place stays free else."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setIcon(theme.icon("undo", QPalette.ColorRole.Accent))
        self.setIconSize(QSize(SIDE - 3, SIDE - 3))
        self.setFixedSize(SIDE, SIDE)
        self.setAutoRaise(True)
        policy = self.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.setSizePolicy(policy)
        self.setVisible(False)

    def show_value(self, value: str | None, name: str) -> None:
        """Offer to put back the card's ``value`` of the field ``name``; None: it has that."""
        self.setVisible(value is not None)
        if value is not None:
            words = fill(self.tr("The card has {value} here: put it back"), {"value": value})
            self.setToolTip(words)
            self.setAccessibleName(f"{name}: {words}")
