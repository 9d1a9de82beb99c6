"""Before and after: the untouched picture and one version of it, with a divider between."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QImage, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from core.common.messages import fill
from gui.augment import preview_text
from gui.augment.before_after import DividedPicture
from gui.augment.short_list import ShortList
from gui.augment.tiles import Scene, Subject, Tile, version_tiles
from gui.controls.image_view import to_qimage


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
        return preview_text.version(index + 1, len(self._tiles))

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
        self.values.show_items(preview_text.values(tile) if tile else (), preview_text.signs())
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
