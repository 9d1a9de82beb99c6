"""All findings on one page: what was looked at, a card for each, and the figures."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from gui.controls.layouts import ScrollColumn
from gui.data.findings.finding_card import FindingCard
from gui.data.findings.finding_check import FindingCheck
from gui.data.findings.finding_figures import FindingFigures
from gui.data.findings.findings import CARD_KINDS, Card, CardKind


class FindingsOverview(QWidget):
    """The cards keep their place and their buttons while findings come and go.

    Signal: ``acted`` with a card's kind and the code of the action that was chosen.
    """

    acted = Signal(str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.duplicates = FindingCheck(self.tr("Look for duplicates"), self)
        self.verify = FindingCheck(self.tr("Verify all files"), self)
        self.cards: dict[CardKind, FindingCard] = {}
        self.figures = FindingFigures(self)
        self._scroll = ScrollColumn(self)
        line = QFrame(self)
        line.setFrameShape(QFrame.Shape.HLine)
        line.setFrameShadow(QFrame.Shadow.Sunken)
        checks = QVBoxLayout()
        checks.setContentsMargins(12, 10, 12, 6)
        checks.setSpacing(4)
        checks.addWidget(self.duplicates)
        checks.addWidget(self.verify)
        page = QVBoxLayout(self)
        page.setContentsMargins(0, 0, 0, 0)
        page.setSpacing(0)
        page.addLayout(checks)
        page.addWidget(line)
        page.addWidget(self._scroll, 1)
        for kind in CARD_KINDS:
            self._add_card(kind)
        self._scroll.column.addWidget(self.figures)
        self._scroll.column.addStretch(1)

    def show_cards(self, cards: Sequence[Card]) -> None:
        """Show these, at most one of each kind, in the order of ``CARD_KINDS``."""
        shown = {card.kind: card for card in cards}
        for kind, widget in self.cards.items():
            widget.show_card(shown.get(kind))

    def go_to(self, kind: CardKind | None) -> None:
        """Scroll to a card and give its first button the focus; without one, to the top."""
        card = self.cards[kind] if kind is not None else None
        if card is None or card.isHidden():
            self._scroll.verticalScrollBar().setValue(0)
            return
        self._scroll.ensureWidgetVisible(card)
        if card.buttons:
            card.buttons[0].setFocus()

    def _add_card(self, kind: CardKind) -> None:
        card = FindingCard(self)
        card.acted.connect(lambda code: self.acted.emit(kind, code))
        self._scroll.column.addWidget(card)
        self.cards[kind] = card
