"""A list of a recipe's values to choose one from."""

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui.controls.quiet_inputs import QuietComboBox
from gui.controls.settings_text import Choice


class ChoiceField(QuietComboBox):
    """Shows each value by its name. Signal: ``value_changed``, only when a person chose one."""

    value_changed = Signal(object)

    def __init__(self, choices: Mapping[Any, Choice], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._choices = choices
        for value, choice in choices.items():
            self.addItem(choice.name, value)
            self.setItemData(self.count() - 1, choice.words, Qt.ItemDataRole.ToolTipRole)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.activated.connect(lambda index: self.value_changed.emit(self.itemData(index)))

    @property
    def value(self) -> Any:
        """The value that is shown."""
        return self.currentData()

    @property
    def words(self) -> str:
        """What the value that is shown does."""
        return self._choices[self.value].words

    def set_value(self, value: Any) -> None:
        """Show ``value``; nothing is emitted."""
        self.setCurrentIndex(self.findData(value))

    def shown(self, value: Any) -> str:
        """The name of ``value``."""
        return self._choices[value].name
