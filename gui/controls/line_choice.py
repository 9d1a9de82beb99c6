"""A few choices, each with a few words, to choose one from."""

from collections.abc import Iterable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QGridLayout, QWidget

from gui.controls.radio import Radio
from gui.controls.radio_line import RadioLine

_GAP, _COLUMN_GAP = 5, 14  # pixels


class LineChoice(QWidget):
    """A radio button for each value, with a few words below it, filled row by row.

    A click changes nothing by itself: whoever shows the recipe shows the value.
    Signal: ``value_changed`` with the value, only when a person chose one.
    """

    value_changed = Signal(object)

    def __init__(
        self,
        lines: Iterable[tuple[str, str, str, str]],
        columns: int = 1,
        parent: QWidget | None = None,
    ) -> None:
        """``lines`` are a value, its name, the words below it, and a tool tip that says it all."""
        super().__init__(parent)
        self.lines: dict[str, RadioLine] = {}
        self._group = QButtonGroup(self)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(_GAP)
        grid.setHorizontalSpacing(_COLUMN_GAP)
        for place, (value, name, words, tip) in enumerate(lines):
            line = RadioLine(name, words, tip, self)
            line.radio.clicked.connect(lambda _on, value=value: self.value_changed.emit(value))
            self.lines[value] = line
            self._group.addButton(line.radio)
            grid.addWidget(line, place // columns, place % columns)
            grid.setColumnStretch(place % columns, 1)

    @property
    def choices(self) -> dict[str, Radio]:
        """The buttons by value."""
        return {value: line.radio for value, line in self.lines.items()}

    def set_value(self, value: str) -> None:
        """Show a value; nothing is emitted."""
        self.lines[value].radio.setChecked(True)

    def shown(self, value: str) -> str:
        """The name of a value."""
        return self.lines[value].radio.text()
