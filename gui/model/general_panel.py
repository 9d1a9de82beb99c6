"""Fields that belong to no stage and no head, in a row."""

from collections.abc import Iterable

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from core.recipe.config import RunConfig
from gui.controls.setting_fields import (
    COLUMN_GAP,
    ChoiceField,
    Setting,
    SettingsPanel,
    limited_field,
)
from gui.recipe import fields


class GeneralPanel(SettingsPanel):
    """Those with the recipe's keys ``keys``, of ``general_text``."""

    def __init__(self, keys: Iterable[str], parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self._row = QHBoxLayout()
        self._row.setSpacing(COLUMN_GAP)
        for key in keys:
            setting = fields.general_settings()[key]
            field = self.add_control(key, setting, _control(key, setting))
            field.changed.connect(lambda value, key=key: self.changed.emit(key, value))
            self._row.addWidget(field, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(self._row)
        layout.addWidget(self.problem)
        layout.addStretch(1)

    def show_recipe(self, recipe: RunConfig, classes: int | None) -> None:
        """Show the fields of ``recipe``."""
        for key, field in self.fields.items():
            value = recipe
            for part in key.split("."):
                value = getattr(value, part)
            field.set_value(value)
        self.clear_errors()


def _control(key: str, setting: Setting) -> QWidget:
    if setting.choices:
        return ChoiceField(setting.choices)
    return limited_field(RunConfig, key)
