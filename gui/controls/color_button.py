"""A button that shows a colour, and asks for another."""

from PySide6.QtCore import QEvent, QSize, Signal
from PySide6.QtGui import QColor, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtWidgets import QColorDialog, QPushButton, QWidget

Color = tuple[int, int, int]
_SWATCH = 14


class ColorButton(QPushButton):
    """A swatch and the colour's number. ``title`` is that of the dialog.

    Signal: ``color_chosen`` with (red, green, blue), 0 to 255, only when a person chose another.
    """

    color_chosen = Signal(object)

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = title
        self._color: Color = (255, 255, 255)
        self.setAutoDefault(True)
        self.setIconSize(QSize(_SWATCH, _SWATCH))
        self.clicked.connect(self._ask)
        self.show_color(self._color)

    @property
    def color(self) -> Color:
        """The one shown."""
        return self._color

    def show_color(self, color: Color) -> None:
        """Show ``color``, without a signal."""
        self._color = color
        self.setText(QColor(*color).name())
        swatch = QPixmap(_SWATCH, _SWATCH)
        swatch.fill(QColor(*color))
        painter = QPainter(swatch)
        painter.setPen(self.palette().color(QPalette.ColorRole.PlaceholderText))
        painter.drawRect(0, 0, _SWATCH - 1, _SWATCH - 1)
        painter.end()
        self.setIcon(QIcon(swatch))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "_color"):
            self.show_color(self._color)

    def _ask(self) -> None:
        chosen = QColorDialog.getColor(QColor(*self._color), self, self._title)
        color = (chosen.red(), chosen.green(), chosen.blue())
        if chosen.isValid() and color != self._color:
            self.color_chosen.emit(color)
