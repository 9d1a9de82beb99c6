"""A control with its name and its help."""

from PySide6.QtCore import QEvent
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from gui.base import theme
from gui.controls.checked_edit import CheckedEdit
from gui.controls.labels import ElidedLabel


class FieldBox(QWidget):
    """A control with its name above it, its unit after it and a few words of help below it.

    ``title`` is the line with the name, ``column`` the layout of all lines.
    """

    def __init__(
        self,
        name: str,
        control: QWidget,
        help_text: str,
        tooltip: str,
        parent: QWidget | None,
        unit: str = "",
    ) -> None:
        super().__init__(parent)
        self.control = control
        self._error = ""
        self.name = QLabel(name, self)
        self.name.setFont(theme.font(bold=True))
        self.name.setBuddy(control)
        self.unit = QLabel(unit, self)
        self.unit.setVisible(bool(unit))
        self.help = ElidedLabel(help_text, self)
        self.help.setFont(theme.small_font())
        self.help.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        for widget in (self.name, control):
            widget.setToolTip(tooltip)
        control.setAccessibleName(name)
        control.setAccessibleDescription(tooltip)
        if isinstance(control, CheckedEdit):
            control.set_hint(tooltip)
        self._lay_out()

    def _lay_out(self) -> None:
        self.title = QHBoxLayout()
        self.title.addWidget(self.name, 1)
        row = QHBoxLayout()
        row.setSpacing(4)
        row.addWidget(self.control, 1)
        row.addWidget(self.unit)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(2)
        self.column.addLayout(self.title)
        self.column.addLayout(row)
        self.column.addWidget(self.help)

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
