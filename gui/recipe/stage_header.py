"""The words above the ends of the stages' rows."""

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from gui.base import theme
from gui.controls import setting_fields
from gui.recipe.stage_parts import SPACE, field_widths


class StageHeader(QWidget):
    """The words above the columns of ``StageFields``."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE)
        trains, epochs, learning_rate, factor, result = field_widths()
        mark = setting_fields.MARK_SIDE
        words = (
            (self.tr("parameters"), trains),
            (self.tr("epochs"), epochs + mark),
            (self.tr("head rate"), learning_rate + mark),
            (self.tr("× for the ConvNet"), factor + mark + SPACE + result),
        )
        for word, width in words:
            label = QLabel(word, self)
            label.setFont(theme.small_font())
            label.setFixedWidth(width)
            layout.addWidget(label)
        layout.addStretch()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            for label in self.findChildren(QLabel):
                label.setFont(theme.small_font())
