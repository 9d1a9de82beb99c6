"""One effect of the augmentation: its name, what its numbers mean, its controls, its reset."""

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from core.messages import fill
from gui import theme
from gui.widgets.elided_label import ElidedLabel

_ICON = 16


class EffectRow(QWidget):
    """A line with name, unit and range, and the controls below it.

    Signal: ``reset_asked`` when a person wants the effect to do nothing.
    """

    reset_asked = Signal()

    def __init__(self, title: str, meaning: str, parent: QWidget | None = None) -> None:
        """``meaning`` says the unit and the range of the numbers."""
        super().__init__(parent)
        self._title = QLabel(title, self)
        self._title.setFont(theme.font(bold=True))
        self._meaning = ElidedLabel(meaning, self)
        self._meaning.setFont(theme.small_font())
        self._meaning.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self.reset = QToolButton(self, autoRaise=True)
        self.reset.setIcon(theme.icon("reset"))
        self.reset.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        name = fill(self.tr("Reset: {effect}"), {"effect": title})
        self.reset.setToolTip(name)
        self.reset.setAccessibleName(name)
        self.reset.clicked.connect(self.reset_asked)
        self._advice = QLabel(self, wordWrap=True)
        self._advice.setTextFormat(Qt.TextFormat.PlainText)  # it may name classes
        self._advice_icon = QLabel(self)
        self._lay_out()
        self.set_advice("")

    @property
    def advice(self) -> str:
        """The advice shown, "" for none."""
        return self._advice.text()

    def set_advice(self, text: str) -> None:
        """Show a word of advice below the controls, or "" for none."""
        self._advice.setText(text)
        for label in (self._advice_icon, self._advice):
            label.setVisible(bool(text))
        self._color_advice()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._color_advice()

    def add(self, control: QWidget, label: str = "") -> None:
        """Put one more line of controls, behind a short ``label`` where there are several."""
        line = QHBoxLayout()
        if label:
            line.addWidget(QLabel(label, self))
        line.addWidget(control, 1)
        self._controls.addLayout(line)

    def set_changed(self, changed: bool) -> None:
        """Whether there is anything to reset."""
        self.reset.setEnabled(changed)

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(8)
        top.addWidget(self._title)
        top.addWidget(self._meaning, 1)
        top.addWidget(self.reset)
        self._controls = QVBoxLayout()
        self._controls.setSpacing(2)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(top)
        layout.addLayout(self._controls)
        advice = QHBoxLayout()
        advice.setSpacing(6)
        advice.addWidget(self._advice_icon, 0, Qt.AlignmentFlag.AlignTop)
        advice.addWidget(self._advice, 1)
        layout.addLayout(advice)

    def _color_advice(self) -> None:
        color = theme.data_color("warning")
        palette = QPalette()
        palette.setColor(QPalette.ColorRole.WindowText, color)
        self._advice.setPalette(palette)
        self._advice_icon.setPixmap(theme.icon("warning", color).pixmap(_ICON, _ICON))
