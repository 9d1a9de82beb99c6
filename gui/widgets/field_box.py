"""A control with its name and its help."""

from PySide6.QtCore import QEvent
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from gui import theme
from gui.widgets.elided_label import ElidedLabel
from gui.widgets.number_field import NumberField


class FieldBox(QWidget):
    """A control with its name above it and a few words of help below it."""

    def __init__(
        self, name: str, control: QWidget, help_text: str, tooltip: str, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self.control = control
        self._error = ""
        self.name = QLabel(name, self)
        self.name.setFont(theme.font(bold=True))
        self.name.setBuddy(control)
        self.help = ElidedLabel(help_text, self)
        self.help.setFont(theme.small_font())
        self.help.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        for widget in (self.name, control):
            widget.setToolTip(tooltip)
        control.setAccessibleName(name)
        control.setAccessibleDescription(tooltip)
        if isinstance(control, NumberField):
            control.set_hint(tooltip)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        for part in (self.name, control, self.help):
            layout.addWidget(part)

    @property
    def error(self) -> str:
        """What is wrong with the value last chosen, "" if nothing."""
        return self._error

    def set_error(self, sentence: str) -> None:
        """Mark the field, or, with "", don't."""
        self._error = sentence
        palette = QPalette()
        if sentence:
            palette.setColor(QPalette.ColorRole.WindowText, theme.data_color("wrong"))
        self.name.setPalette(palette)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.set_error(self._error)
