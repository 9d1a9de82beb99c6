"""The ways to transfer side by side: three cards, and a fourth where the recipe follows another."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from core.recipe.presets import PRESETS
from gui.model.cards import TransferCard
from gui.model.more_presets import OTHERS, Costs

FIRST = ("feature-extractor", "fine-tune-last", "fine-tune-all")
_GAP = 8


class PresetCards(QWidget):
    """Signals: ``chosen`` with a preset's name and its number of epochs; ``every_changed`` with
    that of the preset that is followed; ``put_back`` when all that differs from the followed one
    is to go back."""

    chosen = Signal(str, int)
    every_changed = Signal(int)
    put_back = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.cards = {name: TransferCard(name, self) for name in (*FIRST, *OTHERS)}
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(_GAP)
        for name, card in self.cards.items():
            layout.addWidget(card, 1)
            card.setVisible(name in FIRST)
            card.chosen.connect(self.chosen)
            card.put_back.connect(self.put_back)
            card.every_changed.connect(self._change_every)

    @property
    def followed(self) -> str:
        """The name of the preset whose card is marked."""
        return next((name for name, card in self.cards.items() if card.isChecked()), "")

    def show_followed(self, name: str, changes: Sequence[str], every: int) -> None:
        """Mark the preset ``name``, of which ``changes`` are the fields that differ."""
        others = {one: card for one, card in self.cards.items() if one in OTHERS}
        moved = any(card.isHidden() == (one == name) for one, card in others.items())
        for one, card in self.cards.items():
            card.setChecked(one == name)
            card.show_changes(changes if one == name else ())
        self.cards[name].show_every(every)
        for one, card in others.items():
            card.setVisible(one == name)
        if moved:
            self._take_height()

    def show_costs(self, costs: Costs) -> None:
        """Say what each one costs that is seen."""
        for name, card in self.cards.items():
            if not card.isHidden():
                card.show_cost(costs(name))

    def hasHeightForWidth(self) -> bool:
        """No: it gives itself its height, and a page that scrolls would else not get lower than
        it wishes to be."""
        return False

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._take_height()

    def _take_height(self) -> None:
        seen = [card for card in self.cards.values() if not card.isHidden()]
        width = (self.width() - _GAP * (len(seen) - 1)) // len(seen)
        height = max(card.height_at(width) for card in seen)
        for card in self.cards.values():
            card.setFixedHeight(height)
        self.setFixedHeight(height)

    def _change_every(self, every: int) -> None:
        if PRESETS[self.followed].parameters:
            self.every_changed.emit(every)
