"""The ways to transfer that are needed less often, in a panel that opens at a button."""

from collections.abc import Callable

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QToolButton, QVBoxLayout, QWidget

from gui.model.cards import TransferCard
from gui.recipe.words import Cost

OTHERS = ("early-features", "gradual-thawing", "from-scratch")
_WIDTH = 430  # pixels
Costs = Callable[[str], Cost]


class MorePresets(QToolButton):
    """Opens the cards of ``OTHERS`` below itself.

    Signals: ``about_to_open``; ``chosen`` with a preset's name and its number of epochs.
    """

    about_to_open = Signal()
    chosen = Signal(str, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setText(self.tr("More presets"))
        self.setToolTip(self.tr("Other ways to transfer, each with the data that it suits"))
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        self.setArrowType(Qt.ArrowType.NoArrow)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.panel = _Panel(self, Qt.WindowType.Popup)
        self.panel.setFrameShape(QFrame.Shape.StyledPanel)
        self.cards = {name: TransferCard(name, self.panel) for name in OTHERS}
        layout = QVBoxLayout(self.panel)
        layout.setContentsMargins(8, 8, 8, 8)
        for card in self.cards.values():
            card.setFixedSize(_WIDTH, card.height_at(_WIDTH))
            card.chosen.connect(self._choose)
            layout.addWidget(card)
        self.clicked.connect(self.open)

    def show_followed(self, name: str) -> None:
        """Mark the preset that the recipe follows."""
        for one, card in self.cards.items():
            card.setChecked(one == name)

    def show_costs(self, costs: Costs) -> None:
        """Say what each costs."""
        for name, card in self.cards.items():
            card.show_cost(costs(name))

    def open(self) -> None:
        """Show the cards; the first one has the focus."""
        self.about_to_open.emit()
        self.panel.adjustSize()
        corner = self.mapToGlobal(QPoint(self.width(), self.height() + 2))
        room = self.screen().availableGeometry()
        left = max(corner.x() - self.panel.width(), room.left())
        self.panel.move(left, corner.y())
        self.panel.show()
        next(iter(self.cards.values())).setFocus(Qt.FocusReason.PopupFocusReason)

    def _choose(self, name: str, every: int) -> None:
        self.panel.hide()
        self.chosen.emit(name, every)


class _Panel(QFrame):
    """Goes at Escape, as a menu does."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.hide()
        else:
            super().keyPressEvent(event)
