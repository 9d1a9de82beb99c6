"""One way to make a picture square: what it does, shown on a picture."""

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QImage, QPainter, QPaintEvent, QPalette, QPen, QPixmap
from PySide6.QtWidgets import QRadioButton, QSizePolicy, QStyle, QStyleOptionFocusRect, QWidget

from gui.base import theme

_PAD, _GAP = 8, 5
_LEAST = 110  # the side of the picture
_LINES, _MORE_LINES, _NARROW = 4, 5, 176  # of small text, and below which width it needs more
_RADIO = 14


class FitCard(QRadioButton):
    """A radio button that is a card. Cards beside each other in one parent exclude each other;
    the arrow keys choose among them."""

    def __init__(self, name: str, sentence: str, parent: QWidget | None = None) -> None:
        super().__init__(name, parent)
        self._sentence = sentence
        self._effect = ""
        self._image: QImage | None = None
        self._scaled: QPixmap | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setToolTip(sentence)
        self._describe()

    @property
    def effect(self) -> str:
        """What it does to the picture shown."""
        return self._effect

    @property
    def image(self) -> QImage | None:
        """The picture, as the network gets it."""
        return self._image

    def show_image(self, image: QImage | None) -> None:
        """Show ``image``, a square, or none yet."""
        self._image, self._scaled = image, None
        self.update()

    def show_effect(self, sentence: str) -> None:
        """Say what happens to the picture shown."""
        self._effect = sentence
        self._describe()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(_LEAST + 2 * _PAD, self._around(narrow=True) + _LEAST)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def hitButton(self, pos: QPoint) -> bool:
        return self.rect().contains(pos)

    def picture_rect(self) -> QRect:
        """Where the picture is drawn."""
        side = min(self.width() - 2 * _PAD, self.height() - self._around(self.width() < _NARROW))
        left = (self.width() - side) // 2
        return QRect(left, _PAD + self._head() + _GAP, side, side)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        self._paint_ground(painter)
        self._paint_head(painter)
        rect = self.picture_rect()
        if self._image is None:
            painter.fillRect(rect, self.palette().color(QPalette.ColorRole.AlternateBase))
        else:
            painter.drawPixmap(rect, self._pixmap(self._image, rect.size()))
        self._paint_words(painter, rect.bottom() + 1 + _GAP)
        painter.end()

    def _paint_ground(self, painter: QPainter) -> None:
        roles = QPalette.ColorRole
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        chosen, hovered = self.isChecked(), self.underMouse()
        width = 2 if chosen else 1
        role = roles.Highlight if chosen else roles.Shadow if hovered else roles.Mid
        painter.setPen(QPen(self.palette().color(role), width))
        painter.setBrush(self.palette().color(roles.Base))
        painter.drawRoundedRect(self.rect().adjusted(1, 1, -1, -1), 5, 5)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
        if self.hasFocus():
            option = QStyleOptionFocusRect()
            option.initFrom(self)
            option.rect = self.rect().adjusted(3, 3, -3, -3)
            option.backgroundColor = self.palette().color(roles.Base)
            self.style().drawPrimitive(
                QStyle.PrimitiveElement.PE_FrameFocusRect, option, painter, self
            )

    def _paint_head(self, painter: QPainter) -> None:
        roles, head = QPalette.ColorRole, self._head()
        circle = QRectF(_PAD + 1, _PAD + (head - _RADIO) / 2, _RADIO, _RADIO)
        # not the style's, which in a dark window cannot be seen on this ground
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        role = roles.Accent if self.isChecked() else roles.PlaceholderText
        painter.setPen(QPen(self.palette().color(role), 1.5))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawEllipse(circle)
        if self.isChecked():
            painter.setBrush(self.palette().color(role))
            painter.drawEllipse(circle.center(), _RADIO / 4, _RADIO / 4)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
        painter.setFont(theme.font(bold=True))
        painter.setPen(self.palette().color(roles.Text))
        left = _PAD + _RADIO + _GAP + 3
        room = QRect(left, _PAD, self.width() - left - _PAD, head)
        name = painter.fontMetrics().elidedText(
            self.text(), Qt.TextElideMode.ElideRight, room.width()
        )
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, name)

    def _paint_words(self, painter: QPainter, top: int) -> None:
        room = QRect(_PAD, top, self.width() - 2 * _PAD, self.height() - top - _PAD)
        flags = Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignHCenter
        painter.setFont(theme.small_font())
        for words, role in (
            (self._sentence, QPalette.ColorRole.PlaceholderText),
            (self._effect, QPalette.ColorRole.Text),
        ):
            painter.setPen(self.palette().color(role))
            taken = painter.drawText(room, flags, words)
            room.setTop(taken.bottom() + 2)

    def _pixmap(self, image: QImage, size: QSize) -> QPixmap:
        wanted = size * self.devicePixelRatioF()
        if self._scaled is None or self._scaled.size() != wanted:
            mode = Qt.TransformationMode.SmoothTransformation
            aspect = Qt.AspectRatioMode.IgnoreAspectRatio
            self._scaled = QPixmap.fromImage(image.scaled(wanted, aspect, mode))
        return self._scaled

    def _head(self) -> int:
        return max(QFontMetrics(theme.font(bold=True)).height(), _RADIO + 2)

    def _around(self, narrow: bool) -> int:
        """The height of all but the picture."""
        lines = _MORE_LINES if narrow else _LINES
        words = lines * QFontMetrics(theme.small_font()).lineSpacing() + 2
        return self._head() + words + 2 * _PAD + 2 * _GAP

    def _describe(self) -> None:
        self.setAccessibleDescription(f"{self._sentence} {self._effect}".strip())
