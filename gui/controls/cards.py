"""A card to choose one way of several: its name, and in small what it promises."""

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPaintEvent, QPalette
from PySide6.QtWidgets import (
    QSizePolicy,
    QStyle,
    QStyleOptionButton,
    QStyleOptionFocusRect,
    QStylePainter,
    QWidget,
)

from gui.base import theme
from gui.controls.inputs import ChoiceButton

_PAD, _ICON, _GAP = 12, 22, 10


class WayCard(ChoiceButton):
    """A button that stays down, with an icon and two lines."""

    def __init__(self, icon: str, title: str, parent: QWidget | None = None) -> None:
        super().__init__(title, parent)
        self._icon = icon
        self._hint = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    @property
    def hint(self) -> str:
        """The small line."""
        return self._hint

    def set_hint(self, hint: str) -> None:
        """Change the small line."""
        if hint != self._hint:
            self._hint = hint
            self.setAccessibleDescription(hint)
            self.setToolTip(hint)
            self.update()

    def sizeHint(self) -> QSize:
        title, small = QFontMetrics(theme.font(bold=True)), QFontMetrics(theme.small_font())
        words = self.text().replace("&", "")
        width = title.horizontalAdvance(words) + 2 * _PAD + _ICON + _GAP
        return QSize(max(width, 180), title.height() + small.height() + 14)

    def minimumSizeHint(self) -> QSize:
        return QSize(140, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QStylePainter(self)
        option = QStyleOptionButton()
        self.initStyleOption(option)
        painter.drawControl(QStyle.ControlElement.CE_PushButtonBevel, option)
        roles = QPalette.ColorRole
        room = self.rect().adjusted(_PAD, 6, -_PAD, -6)
        color = option.palette.color(roles.ButtonText)
        place = QRect(room.left(), room.center().y() - _ICON // 2 + 1, _ICON, _ICON)
        theme.icon(self._icon, color).paint(painter, place)
        room.setLeft(place.right() + _GAP)
        painter.setPen(color)
        painter.setFont(theme.font(bold=True))
        line = QRect(room.left(), room.top(), room.width(), painter.fontMetrics().height())
        painter.drawText(line, Qt.TextFlag.TextShowMnemonic, self.text())
        painter.setFont(theme.small_font())
        metrics = painter.fontMetrics()
        line = QRect(room.left(), line.bottom() + 2, room.width(), metrics.height())
        hint = metrics.elidedText(self._hint, Qt.TextElideMode.ElideMiddle, line.width())
        painter.drawText(line, Qt.AlignmentFlag.AlignLeft, hint)
        if option.state & QStyle.StateFlag.State_HasFocus:
            focus = QStyleOptionFocusRect()
            focus.initFrom(self)
            focus.rect = self.rect().adjusted(3, 3, -3, -3)
            painter.drawPrimitive(QStyle.PrimitiveElement.PE_FrameFocusRect, focus)
