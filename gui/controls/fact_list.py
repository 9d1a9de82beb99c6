"""Names and values below each other."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

_GAP = 10


class FactList(QWidget):
    """Two columns of text; the values can be marked and copied."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: list[tuple[QLabel, QLabel]] = []
        self._facts: Sequence[tuple[str, str]] = ()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(_GAP)
        self._grid.setColumnStretch(1, 1)

    @property
    def facts(self) -> dict[str, str]:
        """What is shown."""
        return dict(self._facts)

    def show_facts(self, facts: Sequence[tuple[str, str]]) -> None:
        """Show these (name, value) in place of what was shown."""
        self._facts = facts
        while len(self._rows) < len(facts):
            self._rows.append(self._new_row(len(self._rows)))
        for number, row in enumerate(self._rows):
            for label in row:
                label.setVisible(number < len(facts))
        for (name, value), (first, second) in zip(facts, self._rows, strict=False):
            first.setText(name)
            second.setText(value)
            second.setAccessibleName(name)

    def _new_row(self, number: int) -> tuple[QLabel, QLabel]:
        name, value = QLabel(self), QLabel(self, wordWrap=True)
        name.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        for column, label in enumerate((name, value)):
            label.setTextFormat(Qt.TextFormat.PlainText)
            self._grid.addWidget(label, number, column, Qt.AlignmentFlag.AlignTop)
        return name, value
