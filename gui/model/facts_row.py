"""The line under the stages: facts of the chosen one, and the batch size, which all share."""

from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from core.recipe.config import RunConfig
from gui.controls.setting_fields import limited_field
from gui.model.model_facts import ModelFacts


class FactsRow(QWidget):
    """``facts`` at the left, ``batch_size`` with its name at the right."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.facts = ModelFacts()
        self._name = QLabel(self.tr("Batch size"))
        self.batch_size = limited_field(RunConfig, "batch_size")
        self.batch_size.setFixedWidth(self.fontMetrics().horizontalAdvance("4096") + 26)
        self.batch_size.setAccessibleName(self._name.text())
        self.batch_size.set_hint(
            self.tr("How many pictures are averaged before the weights move one step.")
        )
        self._name.setBuddy(self.batch_size)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.facts, 1)
        row.addWidget(self._name)
        row.addWidget(self.batch_size)

    def set_batch_shown(self, shown: bool) -> None:
        """Whether the batch size is there, which all settings have too."""
        self._name.setVisible(shown)
        self.batch_size.setVisible(shown)
