"""One finding: what it is, why it matters, and buttons that do something about it."""

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from gui.base import theme
from gui.data.findings.findings import Action, Card, Level

_ICON = 18
# the icon and its data colour
_SIGNS: dict[Level, tuple[str, str]] = {
    "wrong": ("warning", "wrong"),
    "warning": ("warning", "warning"),
    "note": ("info", "baseline"),
    "right": ("check", "right"),
}


class FindingCard(QFrame):
    """Keeps its buttons while its words change, and with them the focus.

    Signal: ``acted`` with the code of the action that was chosen.
    """

    acted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._card: Card | None = None
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.setAutoFillBackground(True)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self._icon = QLabel(self)
        self.title = _words(self)
        self.title.setFont(theme.font(bold=True))
        self.text = _words(self)
        self.buttons: list[QPushButton] = []
        self._column = QVBoxLayout()
        self._column.setSpacing(4)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self.title)
        words.addWidget(self.text)
        words.addStretch(1)
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 8, 10, 8)
        row.setSpacing(10)
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)
        row.addLayout(self._column)
        self.hide()

    @property
    def card(self) -> Card | None:
        """What is shown, None while hidden."""
        return self._card

    def show_card(self, card: Card | None) -> None:
        """Show ``card``; with None the whole is hidden."""
        if card != self._card:
            self._card = card
            if card is not None:
                self.title.setText(card.title)
                self.text.setText(card.text)
                self.text.setVisible(bool(card.text))
                self.setAccessibleName(card.title)
                self._show_actions(card)
                self._color()
        self.setVisible(card is not None)

    def button(self, code: str) -> QPushButton:
        """The button of an action. Raises ``KeyError``."""
        actions = self._card.actions if self._card is not None else ()
        for action, button in zip(actions, self.buttons, strict=False):
            if action.code == code:
                return button
        raise KeyError(code)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._color()

    def _show_actions(self, card: Card) -> None:
        while len(self.buttons) < len(card.actions):
            self._add_button()
        for number, button in enumerate(self.buttons):
            shown = number < len(card.actions)
            button.setVisible(shown)
            if shown:
                action: Action = card.actions[number]
                button.setText(action.label)
                button.setToolTip(action.tooltip)
                button.setAccessibleDescription(card.title)

    def _add_button(self) -> None:
        number = len(self.buttons)
        button = QPushButton(self)
        button.clicked.connect(lambda: self._act(number))
        self.buttons.append(button)
        self._column.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)

    def _act(self, number: int) -> None:
        if self._card is not None:
            self.acted.emit(self._card.actions[number].code)

    def _color(self) -> None:
        if self._card is not None:
            name, color = _SIGNS[self._card.level]
            icon = theme.icon(name, theme.data_color(color))
            self._icon.setPixmap(icon.pixmap(_ICON, _ICON))


def _words(parent: QWidget) -> QLabel:
    label = QLabel(parent, wordWrap=True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
    return label
