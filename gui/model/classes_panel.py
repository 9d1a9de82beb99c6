"""How training counts classes of unequal size."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from core.dataset.health import Balance
from core.recipe.config import RunConfig
from gui.base import theme
from gui.controls.labels import ElidedLabel
from gui.controls.setting_fields import COLUMN_GAP, LINE_GAP, SettingsPanel
from gui.model import classes_text


class ClassesPanel(SettingsPanel):
    """Class weights or balanced sampling, and how unequal the dataset's classes are."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        for name, setting in classes_text.settings().items():
            self.add_field(RunConfig, name, setting)
        self.imbalance = ElidedLabel("", self)
        self.note = QLabel(classes_text.one_of_two(), self)
        self.note.setTextFormat(Qt.TextFormat.PlainText)
        self.note.setWordWrap(True)
        self.note.setFont(theme.small_font())
        self.note.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self._lay_out()
        self.show_balance(None)

    def show_recipe(self, recipe: RunConfig, classes: int | None) -> None:
        """Show ``recipe``; the one that is on lets the other be turned on no more."""
        values = {name: bool(getattr(recipe, name)) for name in self.fields}
        for name, field in self.fields.items():
            field.set_value(values[name])
            other = next(one for one in self.fields if one != name)
            why = classes_text.beside(self.field_name(other))
            field.set_used(values[name] or not values[other], why)
        self.clear_errors()

    def show_balance(self, balance: Balance | None) -> None:
        """Show the largest and the smallest class, as ``core.health.balance`` finds them in a
        dataset; None while there is none."""
        self.imbalance.set_text(*classes_text.imbalance(balance))
        self.imbalance.setVisible(balance is not None)

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(COLUMN_GAP)
        for field in self.fields.values():
            row.addWidget(field, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(LINE_GAP)
        layout.addWidget(self.imbalance)
        layout.addLayout(row)
        layout.addWidget(self.note)
        layout.addWidget(self.problem)
        layout.addStretch(1)
