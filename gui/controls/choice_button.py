"""A button that stays down, and shows it in light and dark alike."""

from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QPushButton, QStyleOptionButton, QWidget

_ROLES = QPalette.ColorRole


class ChoiceButton(QPushButton):
    """A checkable button in the highlight's colour while it is down: Fusion only darkens it,
    which in a dark window cannot be seen."""

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.setCheckable(True)

    def initStyleOption(self, option: QStyleOptionButton) -> None:
        super().initStyleOption(option)
        if self.isChecked():
            palette = QPalette(option.palette)
            palette.setColor(_ROLES.Button, palette.color(_ROLES.Highlight))
            palette.setColor(_ROLES.ButtonText, palette.color(_ROLES.HighlightedText))
            option.palette = palette
