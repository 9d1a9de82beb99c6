"""What the pixels become that a warp uncovers: one of four modes, and a colour."""

from typing import get_args

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtWidgets import (
    QButtonGroup,
    QColorDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from core.common.messages import fill
from core.recipe.config import AugmentationConfig, FillMode
from gui.augment import effects
from gui.base import theme
from gui.controls.inputs import ChoiceButton

Color = tuple[int, int, int]
_SWATCH = 16
_NOTHING = AugmentationConfig()


class FillField(QWidget):
    """Four buttons, of which one is down, and the colour of the constant mode.

    Signals: ``mode_chosen`` (str) and ``color_chosen`` (a tuple of three 0 to 255, of the
    constant mode whichever was set), only when a person changed it; ``reset_asked``.
    """

    mode_chosen = Signal(str)
    color_chosen = Signal(object)
    reset_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._color: Color = (0, 0, 0)
        self.buttons = {mode: self._button(mode) for mode in get_args(FillMode)}
        self._group = QButtonGroup(self)
        self.color_button = QPushButton(self)
        self.color_button.setToolTip(self.tr("Fill with one colour, and choose which…"))
        self.color_button.clicked.connect(self._ask_color)
        self.reset = QToolButton(self, autoRaise=True)
        self.reset.setIcon(theme.icon("reset"))
        self.reset.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        name = fill(self.tr("Reset: {effect}"), {"effect": effects.name("fill_mode")})
        self.reset.setToolTip(name)
        self.reset.setAccessibleName(name)
        self.reset.clicked.connect(self.reset_asked)
        self._lay_out()
        self.show_fill("reflect", self._color)

    def _lay_out(self) -> None:
        title = QLabel(effects.name("fill_mode"), self)
        title.setFont(theme.font(bold=True))
        meaning = QLabel(effects.explanation("fill_mode"), self)
        meaning.setFont(theme.small_font())
        meaning.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(title)
        head.addWidget(meaning, 1)
        head.addWidget(self.reset)
        line = QHBoxLayout()
        line.setSpacing(4)
        for mode, button in self.buttons.items():
            self._group.addButton(button)
            line.addWidget(button, 1)
            if mode == "constant":
                line.addWidget(self.color_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addLayout(head)
        layout.addLayout(line)

    @property
    def mode(self) -> str:
        """The mode whose button is down."""
        return next(mode for mode, button in self.buttons.items() if button.isChecked())

    @property
    def tab_order(self) -> list[QWidget]:
        """All that takes the focus, in the order in which Tab should go through it."""
        constant, *others = self.buttons.values()
        return [self.reset, constant, self.color_button, *others]

    def show_fill(self, mode: FillMode, color: Color) -> None:
        """Show what is set, without a signal."""
        self._color = color
        self.reset.setEnabled((mode, color) != (_NOTHING.fill_mode, _NOTHING.fill_color))
        self.buttons[mode].setChecked(True)
        self.color_button.setIcon(QIcon(self._swatch()))
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

    def _swatch(self) -> QPixmap:
        """With an edge, so that black is seen in a dark window and white in a light one."""
        swatch = QPixmap(_SWATCH, _SWATCH)
        swatch.fill(QColor(*self._color))
        painter = QPainter(swatch)
        painter.setPen(self.palette().color(QPalette.ColorRole.PlaceholderText))
        painter.drawRect(0, 0, _SWATCH - 1, _SWATCH - 1)
        painter.end()
        return swatch

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.color_button.setIcon(QIcon(self._swatch()))

    def _ask_color(self) -> None:
        title = self.tr("The constant colour")
        chosen = QColorDialog.getColor(QColor(*self._color), self, title)
        if chosen.isValid():
            self.color_chosen.emit((chosen.red(), chosen.green(), chosen.blue()))
