"""What the pictures were normalised by that a file's weights learned from."""

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from core.common.messages import fill
from core.model.weights.normalization import NAMED
from core.recipe.config import Normalization, NormalizationName
from gui.base import theme
from gui.controls.inputs import QuietComboBox
from gui.controls.number_fields import NumberField
from gui.controls.setting_fields import limited_field
from gui.model import weights_words
from gui.model.weights_words import OWN

_PARTS = ("mean", "std")
_ORDERS = ("rgb", "bgr")
_CHANNELS = 3
_GAP, _LEAST = 4, 110  # pixels
_DIGITS = 6  # more than any picture has
# what a recipe has: a name, numbers as plain values, or nothing yet
Value = NormalizationName | Mapping[str, Any] | Normalization | None


class NormalizationField(QWidget):
    """A list of the usual ones, and the numbers of one's own; a guess is only ever offered.

    Signal: ``value_changed`` with a name or with plain numbers, only when a person chose one;
    of one's own numbers once all of them are there.
    """

    value_changed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._texts = weights_words.normalizations()
        self._suggestion: NormalizationName | Normalization | None = None
        self._shown: str | None = None
        self.list = QuietComboBox(self)
        for value, choice in self._texts.items():
            self.list.addItem(choice.name, value)
            self.list.setItemData(self.list.count() - 1, choice.words, Qt.ItemDataRole.ToolTipRole)
        self.list.setPlaceholderText(self.tr("choose…"))
        self.list.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.list.setMinimumWidth(_LEAST)
        self.offer = QPushButton(self)
        self.words = QLabel(self)
        self.words.setFont(theme.small_font())
        self.words.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self.words.setWordWrap(True)
        self.numbers = {
            part: [limited_field(Normalization, part) for _ in range(_CHANNELS)] for part in _PARTS
        }
        self.order = QuietComboBox(self)
        for order in _ORDERS:
            self.order.addItem(order.upper(), order)
        self.order.setToolTip(self.tr("The order of the channels as the file’s first layer has it"))
        self.order.setAccessibleName(self.tr("Order of the channels"))
        self._own = self._number_grid()
        self._lay_out()
        self.list.activated.connect(self._chosen)
        self.order.activated.connect(lambda _index: self._tell_own())
        self.offer.clicked.connect(self._take_suggestion)
        self.set_value(None)

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(_GAP)
        row.addWidget(self.list, 1)
        row.addWidget(self.offer)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(_GAP)
        column.addLayout(row)
        column.addWidget(self.words)
        column.addWidget(self._own)

    def _number_grid(self) -> QWidget:
        grid_widget = QWidget(self)
        grid = QGridLayout(grid_widget)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(_GAP)
        channels = (self.tr("red"), self.tr("green"), self.tr("blue"))
        names = {"mean": self.tr("mean"), "std": self.tr("std")}
        for column, channel in enumerate(channels, 1):
            label = QLabel(channel)
            label.setFont(theme.small_font())
            grid.addWidget(label, 0, column)
            grid.setColumnStretch(column, 1)
        for row, (part, fields) in enumerate(self.numbers.items(), 1):
            grid.addWidget(QLabel(names[part]), row, 0)
            for column, field in enumerate(fields, 1):
                self._prepare(field, f"{names[part]}, {channels[column - 1]}")
                grid.addWidget(field, row, column)
        grid.addWidget(self.order, 1, _CHANNELS + 1)
        return grid_widget

    def _prepare(self, field: NumberField, name: str) -> None:
        field.setAccessibleName(name)
        field.set_hint(f"{name}. {field.allowed()}")
        field.setMinimumWidth(1)
        field.value_changed.connect(lambda _value: self._tell_own())

    # -- what is shown ----------------------------------------------------------------------

    def set_value(self, value: Value) -> None:
        """Show a value; nothing is emitted. While numbers are being typed, no value yet leaves
        them there."""
        if value is None and self.list.currentData() == OWN:
            return
        if isinstance(value, str) or value is None:
            self._select(value)
        else:
            self._show_numbers(Normalization.model_validate(value))
            self._select(OWN)

    def clear(self) -> None:
        """Show no value, and forget what was typed: another file is chosen."""
        self.list.setCurrentIndex(-1)
        for fields in self.numbers.values():
            for field in fields:
                field.set_value(None, keep_text=False)
        self.order.setCurrentIndex(0)
        self._select(None)

    def suggest(self, value: NormalizationName | Normalization | None) -> None:
        """Offer a guess, or don't."""
        named = (name for name, one in NAMED.items() if one == value)
        self._suggestion = next(named, value)
        self._show_offer()

    def shown(self, value: Value) -> str:
        """A value in words."""
        if value is None:
            return self.tr("nothing")
        if isinstance(value, str):
            return self._texts[value].name
        return weights_words.normalization_text(Normalization.model_validate(value))

    def _select(self, name: str | None) -> None:
        self._shown = name
        self.list.setCurrentIndex(-1 if name is None else self.list.findData(name))
        self.words.setText("" if name is None else self._texts[name].words)
        self.words.setVisible(name is not None)
        self._own.setVisible(name == OWN)
        self._show_offer()

    def _show_offer(self) -> None:
        suggestion = self._suggestion
        self.offer.setVisible(suggestion is not None and self._shown is None)
        words, values = self.tr("Use the suggested numbers"), {"name": self.shown(suggestion)}
        if isinstance(suggestion, str):
            words = self.tr("Use “{name}”")
        self.offer.setText(fill(words, values))
        tip = self.tr("A guess from the names in the file: {name}. Make sure that it is right")
        self.offer.setToolTip(fill(tip, values))

    def _show_numbers(self, normal: Normalization) -> None:
        for part, fields in self.numbers.items():
            for field, value in zip(fields, getattr(normal, part), strict=True):
                field.set_value(float(f"{value:.{_DIGITS}g}"))
        self.order.setCurrentIndex(_ORDERS.index(normal.order))

    # -- what a person does -----------------------------------------------------------------

    def _take_suggestion(self) -> None:
        value = self._suggestion
        if isinstance(value, Normalization):
            self.value_changed.emit(value.model_dump(mode="json"))
        else:
            self.value_changed.emit(value)

    def _chosen(self, index: int) -> None:
        before, value = self._shown, self.list.itemData(index)
        self._select(value)
        if value == OWN:
            if before in NAMED:
                self._show_numbers(NAMED[before])  # to begin with
            self.numbers["mean"][0].setFocus()
            self._tell_own()
        else:
            self.value_changed.emit(value)

    def _tell_own(self) -> None:
        parts = {part: [field.value for field in fields] for part, fields in self.numbers.items()}
        if all(value is not None for values in parts.values() for value in values):
            self.value_changed.emit({**parts, "order": self.order.currentData()})
