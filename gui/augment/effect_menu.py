"""A menu of the effects that are not shown, by what they change."""

from collections.abc import Collection

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from core.common.messages import fill
from core.recipe.config import EFFECTS
from gui.augment import effects


class EffectMenu(QMenu):
    """Geometric effects, then photometric ones, each with what it does.

    Signal: ``chosen`` with an effect's name.
    """

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.actions_by_effect: dict[str, QAction] = {}
        self._sections: dict[str, QAction] = {}
        titles = {"geometric": self.tr("Geometric"), "photometric": self.tr("Photometric")}
        for effect in EFFECTS:
            if effect.is_basic:
                continue
            if effect.kind not in self._sections:
                self._sections[effect.kind] = self.addSection(titles[effect.kind])
            words = {
                "effect": effects.name(effect.name),
                "meaning": effects.explanation(effect.name),
            }
            action = self.addAction(fill(self.tr("{effect}: {meaning}"), words))
            action.triggered.connect(
                lambda _checked=False, name=effect.name: self.chosen.emit(name)
            )
            self.actions_by_effect[effect.name] = action

    def leave_out(self, shown: Collection[str]) -> None:
        """Offer all but the effects that are ``shown`` already."""
        for name, action in self.actions_by_effect.items():
            action.setVisible(name not in shown)
        for kind, section in self._sections.items():
            section.setVisible(any(one.kind == kind and self.offers(one.name) for one in EFFECTS))

    def offers(self, name: str) -> bool:
        """Whether an effect can be chosen."""
        action = self.actions_by_effect.get(name)
        return action is not None and action.isVisible()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing left to add."""
        return not any(action.isVisible() for action in self.actions_by_effect.values())
