"""How many of VGG16's blocks are kept."""

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from core.common.messages import fill
from core.recipe import vgg16
from gui.base import theme
from gui.controls.inputs import ChoiceButton
from gui.model import weights_words

_GAP = 4  # pixels


class DepthField(QWidget):
    """A button for the first 1 to 5 blocks, and what so many are good for.

    A click changes nothing by itself: whoever shows the recipe shows the depth.
    Signal: ``value_changed`` with the depth, only when a person chose one.
    """

    value_changed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._texts = weights_words.depths()
        self.choices: dict[int, ChoiceButton] = {}
        self._group = QButtonGroup(self)
        row = QHBoxLayout()
        row.setSpacing(_GAP)
        for depth in range(1, vgg16.BLOCK_COUNT + 1):
            row.addWidget(self._button(depth))
        self.words = QLabel(self)
        self.words.setWordWrap(True)
        self.words.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        self.hint = QLabel(weights_words.settings()["depth"].help, self)
        self.hint.setWordWrap(True)
        self.hint.setFont(theme.small_font())
        self.hint.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(_GAP)
        column.addLayout(row)
        column.addWidget(self.words)
        column.addWidget(self.hint)
        self.set_most(vgg16.BLOCK_COUNT)

    def set_value(self, value: Any) -> None:
        """Show a depth; nothing is emitted."""
        self.choices[value].setChecked(True)
        self.words.setText(self._texts[value])

    def set_most(self, depth: int) -> None:
        """Let no more than ``depth`` blocks be chosen: the weights have no others."""
        for number, button in self.choices.items():
            button.setEnabled(number <= depth or button.isChecked())  # what is set must be seen
            lacks = self.tr("The file holds the first {depth} blocks only")
            tip = self._texts[number] if number <= depth else fill(lacks, {"depth": depth})
            button.setToolTip(tip)

    def shown(self, value: Any) -> str:
        """A depth in words."""
        if value == vgg16.BLOCK_COUNT:
            return fill(self.tr("all {depth}"), {"depth": value})
        return fill(self.tr("the first {depth}"), {"depth": value})

    def _button(self, depth: int) -> ChoiceButton:
        button = ChoiceButton(str(depth), self)
        button.setMinimumWidth(1)
        button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        button.setAccessibleName(self.shown(depth))
        button.setAccessibleDescription(self._texts[depth])
        button.clicked.connect(lambda _on: self.value_changed.emit(depth))
        self.choices[depth] = button
        self._group.addButton(button)
        return button
