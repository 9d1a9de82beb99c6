"""Which column of a table names the picture, its class and its split."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from gui.base import theme
from gui.controls.inputs import QuietComboBox
from gui.data.labels import words

if TYPE_CHECKING:
    from core.dataset.labels.tables import Columns


class ColumnChoice(QWidget):
    """Three lists of columns. Signal: ``chosen`` with the ``Columns`` that a person wants."""

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._columns: Columns | None = None
        self.path, self.label, self.split = (QuietComboBox(self) for _ in range(3))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        for name, box in (
            (self.tr("Picture"), self.path),
            (self.tr("Class"), self.label),
            (self.tr("Split"), self.split),
        ):
            row.addLayout(_titled(name, box), 1)
            box.currentIndexChanged.connect(lambda: self._choose())

    @property
    def uses(self) -> Mapping[int, str]:
        """What columns, by number, are used for, in words."""
        if self._columns is None:
            return {}
        uses = {self._columns.path: self.tr("picture"), self._columns.label: self.tr("class")}
        if self._columns.split is not None:
            uses[self._columns.split] = self.tr("split")
        return uses

    def show_columns(self, names: Sequence[str], columns: "Columns") -> None:
        """Offer the columns called ``names``, with ``columns`` chosen."""
        self._columns = columns
        for box, number in (
            (self.path, columns.path),
            (self.label, columns.label),
            (self.split, columns.split),
        ):
            box.blockSignals(True)
            box.clear()
            if box is self.split:
                box.addItem(self.tr("(none)"), None)
            for other, name in enumerate(names):
                box.addItem(words.one_line(name), other)
            box.setCurrentIndex(0 if number is None else box.findData(number))
            box.blockSignals(False)

    def _choose(self) -> None:
        if self._columns is None:
            return
        self._columns = replace(
            self._columns,
            path=self.path.currentData(),
            label=self.label.currentData(),
            split=self.split.currentData(),
        )
        self.chosen.emit(self._columns)


def _titled(name: str, box: QuietComboBox) -> QVBoxLayout:
    box.setAccessibleName(name)
    box.setMinimumContentsLength(6)
    box.setSizeAdjustPolicy(box.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    title = QLabel(name, box.parentWidget())
    title.setFont(theme.font(bold=True))
    title.setBuddy(box)
    pair = QVBoxLayout()
    pair.setSpacing(2)
    pair.addWidget(title)
    pair.addWidget(box)
    return pair
