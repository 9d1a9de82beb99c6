"""Buttons and switches seen in light and dark, and inputs that leave the wheel to the page.

The quiet spin box, slider and list take the mouse wheel only while they have the focus: scrolling
down a page must never change a value that passes under the pointer.
"""

from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QPainter, QPaintEvent, QPalette, QPen, QPixmap, QWheelEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QColorDialog,
    QComboBox,
    QPushButton,
    QRadioButton,
    QSlider,
    QSpinBox,
    QStyle,
    QStyleOptionButton,
    QStyleOptionFocusRect,
    QWidget,
)

_GAP = 8
_PADDING = 3


class Switch(QCheckBox):
    """Works as a check box does, for mouse, keyboard and screen reader."""

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def sizeHint(self) -> QSize:
        track = self._track().size()
        label = self.fontMetrics().size(Qt.TextFlag.TextShowMnemonic, self.text())
        height = max(track.height(), label.height()) + 2 * _PADDING
        return QSize(track.width() + _GAP + label.width() + 3 * _PADDING, height)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def hitButton(self, position: QPoint) -> bool:
        return self.rect().contains(position)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_track(painter, self._track())
        area = self.rect().adjusted(self._track().right() + _GAP, 0, 0, 0)
        self.style().drawItemText(
            painter,
            area,
            Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextShowMnemonic,
            self.palette(),
            self.isEnabled(),
            self.text(),
            QPalette.ColorRole.WindowText,
        )
        if self.hasFocus():
            option = QStyleOptionFocusRect()
            option.initFrom(self)
            self.style().drawPrimitive(
                QStyle.PrimitiveElement.PE_FrameFocusRect, option, painter, self
            )

    def _track(self) -> QRect:
        height = self.fontMetrics().height() + 2
        rect = QRect(_PADDING, 0, round(height * 1.9), height)
        rect.moveTop((self.height() - height) // 2)
        return rect

    def _paint_track(self, painter: QPainter, track: QRect) -> None:
        roles = QPalette.ColorRole
        palette = self.palette()
        fill = palette.color(roles.Highlight if self.isChecked() else roles.Base)
        rim = palette.color(roles.Highlight if self.isChecked() else roles.PlaceholderText)
        knob = palette.color(roles.HighlightedText if self.isChecked() else roles.PlaceholderText)
        if not self.isEnabled():
            painter.setOpacity(0.5)
        painter.setPen(QPen(rim, 1.5))
        painter.setBrush(fill)
        outline = QRectF(track).adjusted(1, 1, -1, -1)
        painter.drawRoundedRect(outline, outline.height() / 2, outline.height() / 2)
        side = outline.height() - 6
        left = outline.right() - side - 3 if self.isChecked() else outline.left() + 3
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(knob)
        painter.drawEllipse(QRectF(left, outline.top() + 3, side, side))
        painter.setOpacity(1.0)


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


class QuietSpinBox(QSpinBox):
    """A spin box that the wheel changes only while it has the focus."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class QuietSlider(QSlider):
    """A slider, horizontal by default, that the wheel moves only while it has the focus."""

    def __init__(
        self,
        orientation: Qt.Orientation = Qt.Orientation.Horizontal,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(orientation, parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class QuietComboBox(QComboBox):
    """A list to choose from that the wheel changes only while it has the focus."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class Radio(QRadioButton):
    """Works as a radio button does, for mouse, keyboard and screen reader."""

    def hitButton(self, position: QPoint) -> bool:
        return self.rect().contains(position)

    def paintEvent(self, event: QPaintEvent) -> None:
        option = QStyleOptionButton()
        self.initStyleOption(option)
        elements = QStyle.SubElement
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ring = self.style().subElementRect(elements.SE_RadioButtonIndicator, option, self)
        self._paint_ring(painter, QRectF(ring).adjusted(1, 1, -1, -1))
        self.style().drawItemText(
            painter,
            self.style().subElementRect(elements.SE_RadioButtonContents, option, self),
            Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextShowMnemonic,
            self.palette(),
            self.isEnabled(),
            self.text(),
            self.foregroundRole(),
        )
        if self.hasFocus():
            focus = QStyleOptionFocusRect()
            focus.initFrom(self)
            focus.rect = self.style().subElementRect(elements.SE_RadioButtonFocusRect, option, self)
            self.style().drawPrimitive(
                QStyle.PrimitiveElement.PE_FrameFocusRect, focus, painter, self
            )

    def _paint_ring(self, painter: QPainter, ring: QRectF) -> None:
        palette = self.palette()
        chosen = palette.highlight().color()
        rim = chosen if self.isChecked() else palette.placeholderText().color()
        painter.setPen(QPen(rim, 1.5))
        painter.setBrush(chosen if self.isChecked() else palette.base().color())
        painter.drawEllipse(ring)
        if self.isChecked():
            inset = ring.width() * 0.3
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(palette.highlightedText())
            painter.drawEllipse(ring.adjusted(inset, inset, -inset, -inset))


class SwitchField(Switch):
    """Signal: ``value_changed``, only when a person turned it on or off."""

    value_changed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self.clicked.connect(lambda on: self.value_changed.emit(on))

    @property
    def value(self) -> bool:
        """Whether it is on."""
        return self.isChecked()

    def set_value(self, value: bool) -> None:
        """Turn it on or off; nothing is emitted."""
        self.setChecked(value)

    def shown(self, value: bool) -> str:
        """ "on" or "off"."""
        return self.tr("on") if value else self.tr("off")
