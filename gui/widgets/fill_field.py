"""What the pixels become that a warp uncovers: one of four modes, and a colour."""

from typing import get_args

from PySide6.QtCore import Signal
from PySide6.QtGui import QColor, QIcon, QPixmap
from PySide6.QtWidgets import QButtonGroup, QColorDialog, QHBoxLayout, QPushButton, QWidget

from core.config import FillMode
from gui.widgets.choice_button import ChoiceButton

Color = tuple[int, int, int]
_SWATCH = 16


class FillField(QWidget):
    """Four buttons, of which one is down, and the colour of the constant mode.

    Signals: ``mode_chosen`` (str) and ``color_chosen`` (a tuple of three 0 to 255), only when
    a person changed it.
    """

    mode_chosen = Signal(str)
    color_chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._color: Color = (0, 0, 0)
        self.buttons = {mode: self._button(mode) for mode in get_args(FillMode)}
        self._group = QButtonGroup(self)
        self.color_button = QPushButton(self)
        self.color_button.setToolTip(self.tr("Choose the constant colour…"))
        self.color_button.clicked.connect(self._ask_color)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        for mode, button in self.buttons.items():
            self._group.addButton(button)
            layout.addWidget(button, 1)
            if mode == "constant":
                layout.addWidget(self.color_button)
        self.show_fill("reflect", self._color)

    @property
    def mode(self) -> str:
        """The mode whose button is down."""
        return next(mode for mode, button in self.buttons.items() if button.isChecked())

    def show_fill(self, mode: FillMode, color: Color) -> None:
        """Show what is set, without a signal."""
        self._color = color
        self.buttons[mode].setChecked(True)
        self.color_button.setEnabled(mode == "constant")
        swatch = QPixmap(_SWATCH, _SWATCH)
        swatch.fill(QColor(*color))
        self.color_button.setIcon(QIcon(swatch))
        name = self.tr("Constant colour: %1").replace("%1", QColor(*color).name())
        self.color_button.setAccessibleName(name)

    def _button(self, mode: FillMode) -> ChoiceButton:
        words = {
            "constant": (self.tr("Constant"), self.tr("one colour")),
            "edge": (self.tr("Edge"), self.tr("the pixels at the edge, drawn out")),
            "reflect": (self.tr("Reflect"), self.tr("the picture mirrored at its edge")),
            "wrap": (self.tr("Wrap"), self.tr("the picture again from its other side")),
        }
        name, meaning = words[mode]
        button = ChoiceButton(name, self)
        button.setToolTip(meaning)
        button.setAccessibleDescription(meaning)
        button.clicked.connect(lambda: self.mode_chosen.emit(mode))
        button.setMinimumWidth(button.fontMetrics().horizontalAdvance(name) + 12)
        return button

    def _ask_color(self) -> None:
        title = self.tr("The constant colour")
        chosen = QColorDialog.getColor(QColor(*self._color), self, title)
        if chosen.isValid():
            self.color_chosen.emit((chosen.red(), chosen.green(), chosen.blue()))
