"""The panel of augmentation's controls as a page has it, for its tests."""

from typing import Any

from PySide6.QtWidgets import QScrollArea
from pytestqt.qtbot import QtBot

from core.recipe.config import EFFECTS, AugmentationConfig
from gui.augment.effect_row import EffectDetails, EffectRow
from gui.augment.panel import AugmentationPanel

BASIC = [effect.name for effect in EFFECTS if effect.is_basic]
OTHERS = [effect.name for effect in EFFECTS if not effect.is_basic]


class Screen:
    """The panel as a page has it, and the configuration that it changes."""

    def __init__(self) -> None:
        self.area = QScrollArea()
        self.panel = AugmentationPanel()
        self.area.setWidgetResizable(True)
        self.area.setWidget(self.panel)
        self.area.resize(360, 600)
        self.config = AugmentationConfig()
        self.panel.value_changed.connect(self._change)
        self.panel.config_chosen.connect(self.show)

    def show(self, config: AugmentationConfig) -> None:
        self.config = config
        self.panel.show_config(config)

    def set(self, **fields: Any) -> None:
        self.show(AugmentationConfig(**fields))

    def _change(self, field: str, value: object) -> None:
        self.show(AugmentationConfig.model_validate({**self.config.model_dump(), field: value}))

    def row(self, name: str) -> EffectRow:
        return self.panel.rows[name]

    def details(self, name: str) -> EffectDetails:
        row = self.row(name)
        if not row.unfold.isChecked():
            row.unfold.click()
        assert row.details is not None
        return row.details

    @property
    def shown(self) -> list[str]:
        return [name for name, row in self.panel.rows.items() if row.isVisible()]


def show_panel(qtbot: QtBot) -> Screen:
    made = Screen()
    qtbot.addWidget(made.area)
    with qtbot.waitExposed(made.area):
        made.area.show()
    return made
