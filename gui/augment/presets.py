"""A preset of the augmentation as a card: the present picture under it, and its name."""

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QImage, QKeyEvent, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QStyle, QStyleOptionFocusRect, QWidget

from gui.base import theme

_PAD, _GAP, _SIDE = 5, 3, 52
_BADGE = 18
_SIGN = 16
_ARROWS = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down)


class PresetCard(QAbstractButton):
    """A button that is marked while its preset is the one set: by a frame and a tick. One that
    ``is_risky`` has a small sign of warning; why stands in its tool tip.

    A click changes nothing by itself: whoever shows the configuration marks the card.
    Signal: ``arrow_pressed`` with the ``Qt.Key`` of an arrow, to go on to another card.
    """

    arrow_pressed = Signal(object)

    def __init__(self, title: str, lines: int = 1, parent: QWidget | None = None) -> None:
        """``lines`` is how many the name may take."""
        super().__init__(parent)
        self._lines = lines
        self._image: QImage | None = None
        self._is_risky = False
        self.setText(title)
        self.setCheckable(True)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    @property
    def image(self) -> QImage | None:
        """The picture under the preset, None before there is one."""
        return self._image

    @property
    def is_risky(self) -> bool:
        """Whether the sign of warning is seen."""
        return self._is_risky

    @is_risky.setter
    def is_risky(self, value: bool) -> None:
        if value != self._is_risky:
            self._is_risky = value
            self.update()

    def show_image(self, image: QImage | None) -> None:
        """Show a square picture, or none."""
        if image is not None:
            side = round(2 * _SIDE * self.devicePixelRatioF())  # sharp, and quick to paint
            image = image.scaled(
                side,
                side,
                Qt.AspectRatioMode.KeepAspectRatio,
                Qt.TransformationMode.SmoothTransformation,
            )
        self._image = image
        self.update()

    def nextCheckState(self) -> None:
        """The configuration decides, not the click."""

    def sizeHint(self) -> QSize:
        metrics = QFontMetrics(theme.small_font())
        height = 2 * _PAD + _SIDE + _GAP + self._lines * metrics.height()
        return QSize(_SIDE + 6 * _PAD, height)

    def minimumSizeHint(self) -> QSize:
        return QSize(_SIDE + 2 * _PAD, self.sizeHint().height())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key in _ARROWS:
            self.arrow_pressed.emit(key)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.FontChange):
            self.updateGeometry()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        self._paint_ground(painter)
        picture = QRect((self.width() - _SIDE) // 2, _PAD, _SIDE, _SIDE)
        self._paint_picture(painter, picture)
        painter.setFont(theme.small_font())
        painter.setPen(self.palette().color(QPalette.ColorRole.ButtonText))
        room = QRect(1, picture.bottom() + 1 + _GAP, self.width() - 2, self.height())
        flags = Qt.AlignmentFlag.AlignHCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(room, flags, self.text())
        if self._is_risky:
            self._paint_sign(painter, picture)
        if self.isChecked():
            self._paint_badge(painter, picture)

    def _paint_ground(self, painter: QPainter) -> None:
        roles = QPalette.ColorRole
        palette = self.palette()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        chosen = self.isChecked()
        role = roles.Accent if chosen else roles.Shadow if self.underMouse() else roles.Mid
        painter.setPen(QPen(palette.color(role), 2 if chosen else 1))
        painter.setBrush(palette.color(roles.Button if self.isDown() else roles.Base))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 5, 5)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
        if self.hasFocus():
            option = QStyleOptionFocusRect()
            option.initFrom(self)
            option.rect = self.rect().adjusted(3, 3, -3, -3)
            option.backgroundColor = palette.color(roles.Base)
            self.style().drawPrimitive(
                QStyle.PrimitiveElement.PE_FrameFocusRect, option, painter, self
            )

    def _paint_picture(self, painter: QPainter, room: QRect) -> None:
        if self._image is None:
            painter.fillRect(room, self.palette().color(QPalette.ColorRole.AlternateBase))
            return
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(room, self._image)

    def _paint_sign(self, painter: QPainter, picture: QRect) -> None:
        """A sign of warning on the picture's lower corner, on a ground on which it is seen."""
        place = QRect(0, 0, _SIGN, _SIGN)
        place.moveBottomRight(picture.bottomRight())
        ground = self.palette().color(QPalette.ColorRole.Base)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawRoundedRect(place, 3, 3)
        theme.icon("warning", theme.data_color("warning")).paint(
            painter, place.adjusted(1, 1, -1, -1)
        )

    def _paint_badge(self, painter: QPainter, picture: QRect) -> None:
        """A tick in a disc, on the picture's corner."""
        place = QRect(0, 0, _BADGE, _BADGE)
        place.moveCenter(picture.topRight())
        place.moveTop(max(place.top(), 2))
        palette = self.palette()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(palette.color(QPalette.ColorRole.Base), 1.5))
        painter.setBrush(palette.color(QPalette.ColorRole.Highlight))
        painter.drawEllipse(QPointF(QRectF(place).center()), _BADGE / 2, _BADGE / 2)
        icon = theme.icon("check", palette.color(QPalette.ColorRole.HighlightedText))
        icon.paint(painter, place.adjusted(3, 3, -3, -3))
