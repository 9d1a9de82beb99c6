"""Three ways to transfer, each a click: what the stages thaw."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from core.config import DEFAULT_STAGES, RunConfig, StageConfig, preset
from gui.widgets.choice_button import ChoiceButton


class PresetBar(QWidget):
    """A button for each preset; the one that the recipe follows is down.

    Signal: ``chosen`` with the new value of the recipe's ``stages``.
    """

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._recipe = RunConfig()
        self.buttons: dict[str, ChoiceButton] = {}
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        for name, title, hint in self._described():
            button = ChoiceButton(title, self)
            button.setCheckable(True)
            button.setToolTip(hint)
            button.clicked.connect(lambda _checked, name=name: self._choose(name))
            self.buttons[name] = button
            layout.addWidget(button)

    def _described(self) -> tuple[tuple[str, str, str], ...]:
        return (
            (
                "feature-extractor",
                self.tr("Feature extractor"),
                self.tr("One stage: only the new head trains. Fast, and enough for little data."),
            ),
            (
                "fine-tune-last",
                self.tr("Fine-tune last block"),
                self.tr("First the head, then the last block with it: more data, or other data."),
            ),
            (
                "fine-tune-all",
                self.tr("Fine-tune everything"),
                self.tr("First the head, then every block with it: slow, for much data."),
            ),
        )

    def show_recipe(self, recipe: RunConfig) -> None:
        """Press the button of what ``recipe`` does, if any."""
        self._recipe = recipe
        # whose weights it starts with is no matter of the stages
        thawing = recipe.model_copy(
            update={"model": recipe.model.model_copy(update={"weights": "imagenet"})}
        )
        shown = {"early-features": "feature-extractor"}.get(preset(thawing), preset(thawing))
        for name, button in self.buttons.items():
            button.setChecked(name == shown)

    def _choose(self, name: str) -> None:
        stages = _STAGES[name](self._recipe.model.depth)
        self.chosen.emit([stage.model_dump(mode="json") for stage in stages])
        self.show_recipe(self._recipe)  # where nothing changed, the click must not show


def _feature_extractor(_depth: int) -> tuple[StageConfig, ...]:
    return DEFAULT_STAGES[:1]


def _last(depth: int) -> tuple[StageConfig, ...]:
    return _second_thaws(depth)


def _everything(depth: int) -> tuple[StageConfig, ...]:
    return _second_thaws(*range(1, depth + 1))


def _second_thaws(*blocks: int) -> tuple[StageConfig, ...]:
    first, second = DEFAULT_STAGES
    return first, second.model_copy(update={"thawed": blocks})


_STAGES: dict[str, Callable[[int], Any]] = {
    "feature-extractor": _feature_extractor,
    "fine-tune-last": _last,
    "fine-tune-all": _everything,
}
