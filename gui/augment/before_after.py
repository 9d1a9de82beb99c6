"""The before/after view: an image and one augmented version of it, with a movable divider."""

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QPointF, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFontMetrics,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
    QPixmap,
    QPolygonF,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from core.common.messages import fill
from gui.augment import tiles
from gui.augment.tile_surface import unused_pen
from gui.augment.tiles import Scene, Subject, Tile, version_tiles
from gui.controls.image_view import to_qimage

_MARGIN = 4
_KNOB = 11  # its radius in pixels
_STEP, _LARGE_STEP = 0.02, 0.1
_PAD = 6
_SHADE = QColor(0, 0, 0, 150)  # over any picture, behind white words
_LINE = QColor(255, 255, 255)


class DividedPicture(QWidget):
    """Left of the divider the first picture, right of it the second.

    Left and Right move the divider (with Shift further), Home and End to its ends. Signals:
    ``divider_moved`` with its place, 0 to 1; ``opened`` by Enter or a double click;
    ``turned`` (-1 or 1) by Up and Down.
    """

    divider_moved = Signal(float)
    opened = Signal()
    turned = Signal(int)

    def __init__(self, first: str, second: str, parent: QWidget | None = None) -> None:
        """``first`` and ``second`` are what the two are called, on the pictures."""
        super().__init__(parent)
        self._names = first, second
        self._images: list[QImage | None] = [None, None]
        self._scaled: list[QPixmap | None] = [None, None]
        self._divider = 0.5
        self._dragging = False
        self._unused = False
        self._message = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.SplitHCursor)
        self._tell()

    def show_images(self, first: QImage | None, second: QImage | None) -> None:
        """Show these, of one size; the divider stays."""
        for number, image in enumerate((first, second)):
            if image is not self._images[number]:
                self._images[number], self._scaled[number] = image, None
                self.update()

    @property
    def divider(self) -> float:
        """Where the divider is: 0 shows the second picture alone, 1 the first."""
        return self._divider

    @divider.setter
    def divider(self, place: float) -> None:
        place = min(max(place, 0.0), 1.0)
        if place != self._divider:
            self._divider = place
            self._tell()
            self.update()
            self.divider_moved.emit(place)

    @property
    def unused(self) -> bool:
        """Whether the second picture is marked as what training doesn't use."""
        return self._unused

    @unused.setter
    def unused(self, value: bool) -> None:
        self._unused = value
        self.update()

    @property
    def message(self) -> str:
        """What is said where there is no picture."""
        return self._message

    @message.setter
    def message(self, text: str) -> None:
        self._message = text
        self.update()

    def picture_rect(self) -> QRect:
        """Where the pictures are."""
        side = max(1, min(self.width(), self.height()) - 2 * _MARGIN)
        rect = QRect(QPoint(0, 0), QSize(side, side))
        rect.moveCenter(self.rect().center())
        return rect

    def sizeHint(self) -> QSize:
        return QSize(480, 480)

    def minimumSizeHint(self) -> QSize:
        return QSize(120, 120)

    # -- events -----------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        keys = Qt.Key
        key = keys(event.key())
        far = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        step = _LARGE_STEP if far else _STEP
        if key in (keys.Key_Left, keys.Key_Right):
            self.divider += step if key == keys.Key_Right else -step
        elif key in (keys.Key_Home, keys.Key_End):
            self.divider = float(key == keys.Key_End)
        elif key in (keys.Key_Up, keys.Key_Down):
            self.turned.emit(1 if key == keys.Key_Down else -1)
        elif key in (keys.Key_Return, keys.Key_Enter, keys.Key_Space):
            self.opened.emit()
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._dragging = True
            self._drag_to(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._dragging:
            self._drag_to(event.position())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._dragging = False

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.opened.emit()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        if self._images[0] is None:
            painter.setPen(self.palette().color(QPalette.ColorRole.PlaceholderText))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(self.rect(), flags, self._message)
            return
        whole = self.picture_rect()
        at = whole.left() + round(self._divider * whole.width())
        first, second = QRect(whole), QRect(whole)
        first.setRight(at - 1)
        second.setLeft(at)
        for number, part in enumerate((first, second)):
            pixmap = self._pixmap(number, whole.size())
            if pixmap is not None and part.width() > 0:
                painter.setClipRect(part)
                painter.drawPixmap(whole, pixmap)
                self._name(painter, number, whole, part)
        painter.setClipping(False)
        if self._unused and second.width() > 0:
            painter.setPen(unused_pen(self.palette()))
            painter.drawRect(second.adjusted(-1, -1, 0, 0))
        self._paint_divider(painter, whole, at)

    # -- inside -----------------------------------------------------------------------------

    def _drag_to(self, place: QPointF) -> None:
        whole = self.picture_rect()
        self.divider = (place.x() - whole.left()) / whole.width()

    def _pixmap(self, number: int, size: QSize) -> QPixmap | None:
        image, wanted = self._images[number], size * self.devicePixelRatioF()
        pixmap = self._scaled[number]
        if image is not None and (pixmap is None or pixmap.size() != wanted):
            smooth = Qt.TransformationMode.SmoothTransformation
            scaled = image.scaled(wanted, Qt.AspectRatioMode.IgnoreAspectRatio, smooth)
            pixmap = self._scaled[number] = QPixmap.fromImage(scaled)
        return pixmap

    def _name(self, painter: QPainter, number: int, whole: QRect, part: QRect) -> None:
        """A word in the upper corner, as long as the divider leaves room for all of it."""
        words, metrics = self._names[number], self.fontMetrics()
        box = QRect(0, 0, metrics.horizontalAdvance(words) + 2 * _PAD, metrics.height() + _PAD)
        box.moveTopLeft(whole.topLeft() + QPoint(_PAD, _PAD))
        if number:
            box.moveRight(whole.right() - _PAD)
        if not part.contains(box):
            return
        painter.fillRect(box, _SHADE)
        painter.setPen(_LINE)
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, words)

    def _paint_divider(self, painter: QPainter, whole: QRect, at: int) -> None:
        roles, middle = QPalette.ColorRole, QPointF(at, whole.center().y())
        painter.setPen(QPen(_SHADE, 4))
        painter.drawLine(at, whole.top(), at, whole.bottom())
        painter.setPen(QPen(_LINE, 2))
        painter.drawLine(at, whole.top(), at, whole.bottom())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        role = roles.Highlight if self.hasFocus() else roles.Shadow
        painter.setPen(QPen(self.palette().color(role), 3 if self.hasFocus() else 1))
        painter.setBrush(_LINE)
        painter.drawEllipse(middle, _KNOB, _KNOB)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(60, 60, 60))
        for side in (-1, 1):
            tip = [(7, 0), (3, -4), (3, 4)]
            painter.drawPolygon(QPolygonF([middle + QPointF(side * x, y) for x, y in tip]))

    def _tell(self) -> None:
        percent = round(100 * self._divider)
        words = self.tr("Divider at %1 percent").replace("%1", str(percent))
        self.setAccessibleDescription(words)


_FAR = 10_000  # pixels: higher than any text


class ShortList(QLabel):
    """As many items, commas between them, as ``lines`` lines have room for, and how many more
    there are; then the tool tip holds all of them. Always as high as that many lines."""

    def __init__(self, lines: int = 2, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._items: tuple[str, ...] = ()
        self._note = ""
        self.setWordWrap(True)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self.setFixedHeight(lines * QFontMetrics(self.font()).lineSpacing() + 1)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    @property
    def items(self) -> tuple[str, ...]:
        """All of them, however many are seen."""
        return self._items

    def show_items(self, items: Sequence[str], note: str = "") -> None:
        """Show these; ``note`` is more for the tool tip."""
        if (tuple(items), note) != (self._items, self._note):
            self._items, self._note = tuple(items), note
            self.setAccessibleName(", ".join(items))
            self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        count = len(self._items)
        shown = next((some for some in range(count, 1, -1) if self._has_room(some)), min(count, 1))
        self.setText(self._words(shown))
        listed = [*self._items] if shown < count else []
        self.setToolTip("\n".join([*listed, *([self._note] if self._note and count else [])]))

    def _has_room(self, count: int) -> bool:
        room, wraps = QRect(0, 0, self.width(), _FAR), int(Qt.TextFlag.TextWordWrap)
        needed = self.fontMetrics().boundingRect(room, wraps, self._words(count))
        return needed.height() <= self.height()

    def _words(self, count: int) -> str:
        words, left = ", ".join(self._items[:count]), len(self._items) - count
        if not left:
            return words
        return fill(self.tr("{items} and {count} more"), {"items": words, "count": left})


class PreviewCompare(QWidget):
    """Which version is compared can be stepped through; it stays as settings change.

    Signals as ``TileSurface`` has them: ``opened`` (index), ``rendered``.
    """

    opened = Signal(int)
    rendered = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tiles: tuple[Tile, ...] = ()
        self._current = 0
        self._subject: Subject | None = None
        self._untouched: QImage | None = None
        self._made: tuple[object, ...] | None = None
        self._image: QImage | None = None
        self.divided = DividedPicture(self.tr("untouched"), self.tr("augmented"), self)
        self.divided.setAccessibleName(self.tr("The untouched picture and a version of it"))
        self.divided.turned.connect(self._turn)
        self.divided.opened.connect(lambda: self.opened.emit(self._current))
        self.back = self._button(Qt.ArrowType.LeftArrow, self.tr("Previous version (Up)"), -1)
        self.forward = self._button(Qt.ArrowType.RightArrow, self.tr("Next version (Down)"), 1)
        self.number = QLabel(self)
        self.values = ShortList(parent=self)
        self.read = QPushButton(self.tr("Read o&ff…"), self)
        self.read.setToolTip(self.tr("The values drawn for it, at the network’s resolution"))
        self.read.clicked.connect(lambda: self.opened.emit(self._current))
        row = QHBoxLayout()
        for widget in (self.back, self.number, self.forward):
            row.addWidget(widget)
        row.addStretch(1)
        row.addWidget(self.read)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(self.divided, 1)
        layout.addLayout(row)
        layout.addWidget(self.values)

    def show_scene(self, scene: Scene) -> None:
        """Show the picture looked at and the current one of its versions."""
        if scene.subject is not self._subject:
            self._subject = scene.subject
            self._untouched = to_qimage(scene.subject.picture) if scene.subject else None
        self._tiles = tuple(version_tiles(scene))
        if self._tiles:
            self._current = min(self._current, len(self._tiles) - 1)
        self._render()

    @property
    def shown(self) -> tuple[Tile, ...]:
        """The versions that can be compared."""
        return self._tiles

    def name_of(self, index: int) -> str:
        """What a version is called where it is read off."""
        return tiles.version(index + 1, len(self._tiles))

    @property
    def current(self) -> int:
        """The index of the version that is compared."""
        return self._current

    @current.setter
    def current(self, index: int) -> None:
        self._current = index % max(1, len(self._tiles))
        self._render()

    @property
    def augmented(self) -> QImage | None:
        """The version that is compared, at the network's size."""
        return self._image

    @property
    def is_busy(self) -> bool:
        """Whether an older picture is shown than is asked for: never, once it is seen."""
        return False

    @property
    def unused(self) -> bool:
        """Whether the version is marked as what training doesn't use."""
        return self.divided.unused

    @unused.setter
    def unused(self, value: bool) -> None:
        self.divided.unused = value

    @property
    def message(self) -> str:
        """What is said where there is no picture."""
        return self.divided.message

    @message.setter
    def message(self, text: str) -> None:
        self.divided.message = text

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._render()

    def _render(self) -> None:
        if not self.isVisible():
            return
        tile = self._tiles[self._current] if self._tiles else None
        for widget in (self.back, self.forward, self.read):
            widget.setEnabled(tile is not None)
        words = {"number": self._current + 1, "count": len(self._tiles)}
        self.number.setText(fill(self.tr("version {number} of {count}"), words) if tile else "")
        self.values.show_items(tiles.tile_values(tile) if tile else (), tiles.tile_signs())
        content = tile.content if tile else None
        if content != self._made:
            self._made = content
            self._image = to_qimage(tile.pixels()) if tile else None
        self.divided.show_images(self._untouched, self._image)
        self.rendered.emit()

    def _turn(self, by: int) -> None:
        self.current += by

    def _button(self, arrow: Qt.ArrowType, name: str, step: int) -> QToolButton:
        button = QToolButton(self)
        button.setArrowType(arrow)
        button.setToolTip(name)
        button.setAccessibleName(name)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.clicked.connect(lambda: self._turn(step))
        return button
