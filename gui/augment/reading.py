"""One tile read off: at the network's own resolution, with the values drawn for it."""

from collections.abc import Sequence

from PySide6.QtCore import QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QGuiApplication,
    QIcon,
    QImage,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QPalette,
    QShortcut,
    QShowEvent,
)
from PySide6.QtWidgets import (
    QButtonGroup,
    QDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from core.common.messages import fill
from gui.augment import tiles as augment_tiles
from gui.augment.tiles import Tile
from gui.base import theme
from gui.controls.image_view import to_qimage
from gui.controls.inputs import ChoiceButton

ZOOMS = (1, 2)
_WORDS_WIDTH = 250
_LEAST_HEIGHT = 420
_AROUND = QSize(84, 100)  # margins, spacing, the row of buttons
_FRAME = 2  # so that no scroll bar comes for a pixel
_COPIED_MILLISECONDS = 2500


class TileReading(QDialog):
    """Stays open beside the window and follows its settings; Left and Right go to other tiles.

    Signal: ``moved`` with the index of the tile that is read now.
    """

    moved = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tiles: tuple[Tile, ...] = ()
        self._names: tuple[str, ...] = ()
        self._index = 0
        self._made: tuple[object, ...] | None = None
        self.setWindowTitle(self.tr("Read off"))
        self.untouched = _Pixels(self.tr("untouched"), self)
        self.augmented = _Pixels(self.tr("augmented"), self)
        self.number = QLabel(self)
        self.number.setFont(theme.heading_font())
        self.values = self._words(QPalette.ColorRole.WindowText)
        self.values.setToolTip(augment_tiles.tile_signs())
        self.place = self._words(QPalette.ColorRole.PlaceholderText)
        self.back = self._step(Qt.ArrowType.LeftArrow, self.tr("Previous tile (Left)"), -1)
        self.forward = self._step(Qt.ArrowType.RightArrow, self.tr("Next tile (Right)"), 1)
        self.zooms = self._zoom_buttons()
        self.copy = QPushButton(self)
        self.copy.clicked.connect(self._copy)
        self._copied = QTimer(self, singleShot=True, interval=_COPIED_MILLISECONDS)
        self._copied.timeout.connect(self._offer_copy)
        self._offer_copy()
        self.copy.setMinimumWidth(self.copy.sizeHint().width())
        self.close_button = QPushButton(self.tr("C&lose"), self)
        self.close_button.clicked.connect(self.reject)
        self._lay_out()
        for key, by in ((Qt.Key.Key_Left, -1), (Qt.Key.Key_Right, 1)):
            QShortcut(QKeySequence(key), self).activated.connect(lambda by=by: self.step(by))
        self.zoom = 1

    def show_tiles(
        self, tiles: Sequence[Tile], index: int | None = None, names: Sequence[str] = ()
    ) -> None:
        """Read the tile at ``index``; without one go on with the tile that is read, if it is
        still there. ``names`` are what the tiles are called where they were clicked."""
        key = self._tiles[self._index].key if self._tiles else None
        self._tiles, self._names = tuple(tiles), tuple(names)
        keys = [tile.key for tile in self._tiles]
        if index is None:
            index = keys.index(key) if key in keys else min(self._index, len(keys) - 1)
        self._index = max(0, index)
        self._show()

    @property
    def index(self) -> int:
        """Which tile is read."""
        return self._index

    @property
    def zoom(self) -> int:
        """How many of the screen's pixels a picture's pixel is wide."""
        return self.augmented.zoom

    @zoom.setter
    def zoom(self, zoom: int) -> None:
        self.zooms[zoom].setChecked(True)
        for one in (self.untouched, self.augmented):
            one.zoom = zoom
        self._fit()

    @property
    def text(self) -> str:
        """What is copied."""
        return augment_tiles.report(self._tiles[self._index]) if self._tiles else ""

    def step(self, by: int) -> None:
        """Go ``by`` tiles further; the first follows the last."""
        if self._tiles:
            self._index = (self._index + by) % len(self._tiles)
            self._show()
            self.moved.emit(self._index)

    # -- making it --------------------------------------------------------------------------

    def _lay_out(self) -> None:
        pictures = QWidget(self)
        grid = QGridLayout(pictures)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(12)
        areas = []
        for column, one in enumerate((self.untouched, self.augmented)):
            name = QLabel(one.accessibleName(), pictures)
            grid.addWidget(name, 0, column)
            areas.append(_scrolling(one))
            areas[-1].setWidgetResizable(False)
            grid.addWidget(areas[-1], 1, column)
            grid.setColumnStretch(column, 1)
        grid.setRowStretch(1, 1)
        _together(*areas)
        told = QWidget(self)
        words = QVBoxLayout(told)
        words.setContentsMargins(0, 0, 6, 0)
        words.setSpacing(10)
        for label in (self.number, self.values, self.place):
            words.addWidget(label)
        words.addStretch(1)
        side = QVBoxLayout()
        side.addWidget(_scrolling(told, _WORDS_WIDTH), 1)
        side.addWidget(self.copy, 0, Qt.AlignmentFlag.AlignLeft)
        body = QHBoxLayout()
        body.setSpacing(20)
        body.addWidget(pictures, 1)
        body.addLayout(side)
        row = QHBoxLayout()
        row.addWidget(self.back)
        row.addWidget(self.forward)
        row.addSpacing(16)
        for button in self.zooms.values():
            row.addWidget(button)
        row.addStretch(1)
        row.addWidget(self.close_button)
        layout = QVBoxLayout(self)
        layout.setSpacing(12)
        layout.addLayout(body, 1)
        layout.addLayout(row)
        self.close_button.setDefault(True)

    def _words(self, role: QPalette.ColorRole) -> QLabel:
        label = QLabel(self, wordWrap=True)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        label.setForegroundRole(role)
        return label

    def _step(self, arrow: Qt.ArrowType, name: str, by: int) -> QToolButton:
        button = QToolButton(self)
        button.setArrowType(arrow)
        button.setToolTip(name)
        button.setAccessibleName(name)
        button.clicked.connect(lambda: self.step(by))
        return button

    def _zoom_buttons(self) -> dict[int, ChoiceButton]:
        group = QButtonGroup(self)
        buttons = {}
        for zoom in ZOOMS:
            words = self.tr("&1:1") if zoom == 1 else self.tr("×&%1").replace("%1", str(zoom))
            button = buttons[zoom] = ChoiceButton(words, self)
            button.setAutoDefault(False)
            tip = self.tr("A pixel of the picture is %1 of the screen’s wide")
            button.setToolTip(tip.replace("%1", str(zoom)))
            button.clicked.connect(lambda _on=False, zoom=zoom: setattr(self, "zoom", zoom))
            group.addButton(button)
        return buttons

    # -- showing ----------------------------------------------------------------------------

    def _show(self) -> None:
        tile = self._tiles[self._index] if self._tiles else None
        for button in (self.back, self.forward):
            button.setEnabled(len(self._tiles) > 1)
        self.copy.setEnabled(tile is not None)
        if tile is None:
            self.reject()
            return
        self.number.setText(self._names[self._index] if self._names else self._numbered(tile))
        self.values.setText("\n".join(augment_tiles.tile_values(tile)))
        self.place.setText(augment_tiles.origin(tile))
        self._copied.stop()
        self._offer_copy()
        if tile.content != self._made:
            self._made = tile.content
            before = self.augmented.image.size()
            self.untouched.show_image(to_qimage(tile.subject.picture))
            self.augmented.show_image(to_qimage(tile.pixels()))
            if self.augmented.image.size() != before:
                self._fit()

    def _numbered(self, tile: Tile) -> str:
        words = {"number": self._index + 1, "count": len(self._tiles)}
        number = fill(self.tr("Tile {number} of {count}"), words)
        return f"{number}: {tile.caption}" if tile.caption else number

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.text)
        self.copy.setIcon(theme.icon("check"))
        self.copy.setText(self.tr("Copied"))
        QAccessible.updateAccessibility(QAccessibleEvent(self.copy, QAccessible.Event.NameChanged))
        self._copied.start()

    def _offer_copy(self) -> None:
        self.copy.setIcon(QIcon())
        self.copy.setText(self.tr("&Copy values"))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._fit()

    def _fit(self) -> None:
        """As large as both pictures need, where the screen has the room, and all on the screen."""
        picture = self.augmented.size() + QSize(_FRAME, _FRAME)
        words = QSize(_WORDS_WIDTH, self.fontMetrics().height())
        need = QSize(2 * picture.width() + words.width(), picture.height() + words.height())
        screen = self.screen().availableGeometry()
        border = self.frameGeometry().size() - self.size()
        most = (screen.size() - border).expandedTo(self.minimumSizeHint())
        least = QSize(2 * _WORDS_WIDTH, _LEAST_HEIGHT)
        self.resize((need + _AROUND).expandedTo(least).boundedTo(most))
        if not self.isVisible():
            return  # it gets its place when it is shown
        frame = QRect(self.pos(), self.size() + border)
        self.move(
            max(screen.left(), min(frame.left(), screen.right() - frame.width() + 1)),
            max(screen.top(), min(frame.top(), screen.bottom() - frame.height() + 1)),
        )


def _together(one: QScrollArea, other: QScrollArea) -> None:
    """Let each show the part of its picture that the other shows of its own."""
    for first, second in ((one, other), (other, one)):
        for bar in (QScrollArea.horizontalScrollBar, QScrollArea.verticalScrollBar):
            bar(first).valueChanged.connect(bar(second).setValue)


def _scrolling(widget: QWidget, width: int = 0) -> QScrollArea:
    area = QScrollArea()
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setWidgetResizable(True)
    area.setWidget(widget)
    if width:
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFixedWidth(width + area.verticalScrollBar().sizeHint().width())
    return area


class _Pixels(QWidget):
    """A picture pixel by pixel, each ``zoom`` of the screen's own wide."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._image = QImage()
        self._zoom = 1
        self.setAccessibleName(name)

    @property
    def image(self) -> QImage:
        """The picture at the network's size."""
        return self._image

    @property
    def zoom(self) -> int:
        """How many of the screen's pixels one of the picture's is wide."""
        return self._zoom

    @zoom.setter
    def zoom(self, zoom: int) -> None:
        self._zoom = zoom
        self._fit()

    def show_image(self, image: QImage) -> None:
        """Show ``image``."""
        self._image = image
        self._fit()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.drawImage(QRect(0, 0, self.width(), self.height()), self._image)

    def _fit(self) -> None:
        self.setFixedSize(self._image.size() * self._zoom / self.devicePixelRatioF())
