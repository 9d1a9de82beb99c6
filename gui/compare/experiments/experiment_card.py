"""A ready-made experiment as a card: what it is called, and what it shows."""

from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QSizePolicy, QStyle, QStyleOptionFocusRect, QWidget

from gui.base import theme
from gui.controls.inputs import ChoiceButton

_PAD, _GAP = 9, 2
_WRAP = int(Qt.TextFlag.TextWordWrap)


class ExperimentCard(ChoiceButton):
    """A button that stays down, with its name and a sentence that wraps."""

    def __init__(self, name: str, title: str, about: str, parent: QWidget | None = None) -> None:
        """``name`` is the kind's code."""
        super().__init__(title, parent)
        self.name = name
        self._about = about
        self.setAccessibleDescription(about)
        self.setToolTip(about)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def set_about(self, about: str) -> None:
        """Change the sentence."""
        self._about = about
        self.setAccessibleDescription(about)
        self.setToolTip(about)
        self.updateGeometry()
        self.update()

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        title, small = QFontMetrics(theme.font(bold=True)), QFontMetrics(theme.small_font())
        room = QRect(0, 0, width - 2 * _PAD, 1000)
        words = small.boundingRect(room, _WRAP, self._about)
        name = title.boundingRect(room, _WRAP, self.text())
        return name.height() + _GAP + words.height() + 2 * _PAD - 4

    def sizeHint(self) -> QSize:
        return QSize(280, self.heightForWidth(280))

    def minimumSizeHint(self) -> QSize:
        return QSize(180, self.heightForWidth(max(self.width(), 180)))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self.updateGeometry()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, roles, palette = QPainter(self), QPalette.ColorRole, self.palette()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        chosen = self.isChecked()
        role = roles.Accent if chosen or self.underMouse() else roles.Mid
        painter.setPen(QPen(palette.color(role), 2 if chosen else 1))
        painter.setBrush(palette.color(roles.Button if self.isDown() else roles.Base))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 5, 5)
        room = self.rect().adjusted(_PAD, _PAD - 2, -_PAD, -_PAD + 2)
        painter.setPen(palette.color(roles.Text))
        painter.setFont(theme.font(bold=True))
        title = painter.fontMetrics().boundingRect(room, _WRAP, self.text())
        painter.drawText(room, _WRAP, self.text())
        room.setTop(room.top() + title.height() + _GAP)
        painter.setFont(theme.small_font())
        painter.drawText(room, _WRAP, self._about)
        if self.hasFocus():
            option = QStyleOptionFocusRect()
            option.initFrom(self)
            option.rect = self.rect().adjusted(3, 3, -3, -3)
            self.style().drawPrimitive(
                QStyle.PrimitiveElement.PE_FrameFocusRect, option, painter, self
            )
        painter.end()
