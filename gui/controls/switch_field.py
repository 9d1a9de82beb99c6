"""A switch for one of a recipe's values that are true or false."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from gui.controls.inputs import Switch


class SwitchField(Switch):
    """Signal: ``value_changed``, only when a person turned it on or off."""

    value_changed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self.clicked.connect(lambda on: self.value_changed.emit(on))

    @property
    def value(self) -> bool:
        """Whether it is on."""
        return self.isChecked()

    def set_value(self, value: bool) -> None:
        """Turn it on or off; nothing is emitted."""
        self.setChecked(value)

    def shown(self, value: bool) -> str:
        """ "on" or "off"."""
        return self.tr("on") if value else self.tr("off")
