"""How the curves of several runs are looked at."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QCheckBox, QHBoxLayout, QLabel, QToolButton, QWidget

from core.reports.plots.comparison_figure import Shown
from core.runs.history import AXES, QUANTITIES, Axis, Quantity
from gui.base import theme
from gui.controls.inputs import ChoiceButton
from gui.controls.layouts import FlowLayout

_PAD = 11


class ComparisonControls(QWidget):
    """Signals: ``changed`` when a person wants to see it in another way; see ``shown``;
    ``whole_asked`` when all of the curves are to be in view again."""

    changed = Signal()
    whole_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.axis: dict[Axis, ChoiceButton] = {}
        self.quantity: dict[Quantity, ChoiceButton] = {}
        self.validation = QCheckBox(self.tr("&Validation"))
        self.validation.setChecked(True)
        self.train = QCheckBox(self.tr("&Training"))
        self.train.setToolTip(
            self.tr("Taken while learning, on augmented pictures where augmentation is on")
        )
        self.band = QCheckBox(self.tr("95 % &interval"))
        self.band.setToolTip(
            self.tr("Of the validation accuracy, from the number of pictures (Wilson)")
        )
        words: dict[Any, str] = {
            "epochs": self.tr("Epochs"),
            "time": self.tr("Time"),
            "pictures": self.tr("Pictures seen"),
            "accuracy": self.tr("Accuracy"),
            "loss": self.tr("Loss"),
        }
        flow = FlowLayout(self)
        flow.setSpacing(14)
        flow.addWidget(self._row(self.tr("Show"), QUANTITIES, words, self.quantity))
        flow.addWidget(self._row(self.tr("against"), AXES, words, self.axis))
        for box in (self.validation, self.train, self.band):
            box.toggled.connect(self._change)
            flow.addWidget(box)
        self.whole = self._whole_button()
        flow.addWidget(self.whole)
        self.set_whole(True)

    @property
    def shown(self) -> Shown:
        """What is wanted. The interval is that of the validation accuracy alone."""
        axis = next(name for name, one in self.axis.items() if one.isChecked())
        quantity = next(name for name, one in self.quantity.items() if one.isChecked())
        validation = self.validation.isChecked()
        band = self.band.isChecked() and validation and quantity == "accuracy"
        return Shown(axis, quantity, validation, self.train.isChecked(), band)

    def set_whole(self, whole: bool) -> None:
        """Say whether all of the curves are in view."""
        self.whole.setEnabled(not whole)

    def _whole_button(self) -> QToolButton:
        button = QToolButton(autoRaise=True)
        button.setText(self.tr("&Whole curves"))
        button.setAccessibleName(self.tr("Whole curves"))
        button.setIcon(theme.icon("reset"))
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setToolTip(
            self.tr(
                "The wheel zooms: beside the axes only the values, below them only the other "
                "axis. Dragging zooms into a rectangle; where a part is shown, it moves, and with "
                "Shift or the right button it zooms further in. "
                "A double click shows the whole curves again."
            )
        )
        button.clicked.connect(self.whole_asked)
        return button

    def _row(
        self, title: str, names: Sequence[Any], words: dict[Any, str], buttons: dict[Any, Any]
    ) -> QWidget:
        holder, group = QWidget(self), QButtonGroup(self)
        row = QHBoxLayout(holder)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        label = QLabel(title)
        row.addWidget(label)
        row.addSpacing(4)
        for name in names:
            button = buttons[name] = ChoiceButton(words[name])
            room = button.fontMetrics().horizontalAdvance(words[name]) + 2 * _PAD
            button.setFixedWidth(room)
            button.clicked.connect(self._change)
            group.addButton(button)
            row.addWidget(button)
        buttons[names[0]].setChecked(True)
        holder.setAccessibleName(title)
        return holder

    def _change(self) -> None:
        if not (self.validation.isChecked() or self.train.isChecked()):
            other = self.train if self.sender() is self.validation else self.validation
            other.setChecked(True)  # which changes it once more
            return
        accuracy = self.quantity["accuracy"].isChecked()
        self.band.setEnabled(accuracy and self.validation.isChecked())
        self.changed.emit()
