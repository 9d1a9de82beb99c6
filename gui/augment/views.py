"""The views of the augmentation, of which one is seen and made."""

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPalette
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from gui.augment.fill_share_label import FillShareLabel
from gui.augment.preview_classes import PreviewClasses
from gui.augment.preview_compare import PreviewCompare
from gui.augment.preview_fills import PreviewFills
from gui.augment.preview_strips import PreviewStrips
from gui.augment.reading import TileReading
from gui.augment.tile_scroll import ScrolledSurface, TileScroll
from gui.augment.tile_views import PreviewGrid
from gui.augment.tiles import Scene
from gui.augment.view_switcher import VIEWS, ViewSwitcher
from gui.controls.labels import ElidedLabel

View = PreviewGrid | PreviewClasses | PreviewCompare | PreviewStrips | PreviewFills


class PreviewViews(QWidget):
    """Shows a ``Scene`` in the chosen view, under a row of buttons; a click on a tile, or Enter,
    reads it off.

    ``unused`` marks what training doesn't use; ``note`` is a line below. Signals:
    ``view_chosen`` with a view's name when a person chose it; ``stepped`` (-1 or 1) when a
    person asks for another picture.
    """

    view_chosen = Signal(str)
    stepped = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._scene = Scene()
        self._message = ""
        self.switcher = ViewSwitcher(self)
        self.share = FillShareLabel(self)
        self.note = ElidedLabel(parent=self)
        self.note.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self.grid = PreviewGrid()
        self.classes = PreviewClasses()
        self.compare = PreviewCompare()
        self.strips = PreviewStrips()
        self.fills = PreviewFills()
        self._views: dict[str, View] = {
            "versions": self.grid,
            "classes": self.classes,
            "compare": self.compare,
            "strips": self.strips,
            "fills": self.fills,
        }
        self.stack = QStackedWidget(self)
        for name in VIEWS:
            view = self._views[name]
            self.stack.addWidget(TileScroll(view) if isinstance(view, ScrolledSurface) else view)
            view.opened.connect(self._read)
        self.reading = TileReading(self)
        self.reading.moved.connect(self._follow)
        self._lay_out()
        self._name()
        self.grid.stepped.connect(self.stepped)
        self.switcher.chosen.connect(self._choose)
        self._say()

    def show_scene(self, scene: Scene) -> None:
        """Show ``scene``; what is not seen is not made."""
        self._scene = scene
        self.share.show_config(scene.config)
        self._render()

    @property
    def scene(self) -> Scene:
        """What is shown."""
        return self._scene

    @property
    def view(self) -> str:
        """The name of the view that is seen, one of ``VIEWS``."""
        return self.switcher.view

    @view.setter
    def view(self, name: str) -> None:
        if name in VIEWS:
            self.switcher.show_view(name)
            self.stack.setCurrentIndex(VIEWS.index(name))
            self._render()

    @property
    def current(self) -> View:
        """The view that is seen."""
        return self._views[self.view]

    @property
    def unused(self) -> bool:
        """Whether the tiles are marked as what training doesn't use; their colours stay true."""
        return self.grid.unused

    @unused.setter
    def unused(self, value: bool) -> None:
        for view in self._views.values():
            view.unused = value

    @property
    def message(self) -> str:
        """What is said where there is no picture."""
        return self._message

    @message.setter
    def message(self, text: str) -> None:
        self._message = text
        self._say()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self.switcher.choose_by_key(event):
            super().keyPressEvent(event)

    # -- inside -----------------------------------------------------------------------------

    def _lay_out(self) -> None:
        foot = QHBoxLayout()
        foot.setSpacing(12)
        foot.addWidget(self.note, 1)
        foot.addWidget(self.share)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.switcher, 0, Qt.AlignmentFlag.AlignLeft)
        layout.addWidget(self.stack, 1)
        layout.addLayout(foot)

    def _name(self) -> None:
        names = {
            "versions": self.tr("The untouched picture, and its augmented versions beside it"),
            "classes": self.tr("An augmented picture of each class"),
            "compare": self.tr("The untouched picture and a version of it"),
            "strips": self.tr("Each effect from one end of its range to the other"),
            "fills": self.tr("The same draws in each fill mode"),
        }
        for name, view in self._views.items():
            view.setAccessibleName(names[name])

    def _choose(self, name: str) -> None:
        focused = self.stack.isAncestorOf(self.window().focusWidget() or self)
        self.view = name
        if focused:  # the digit was typed into the view that has gone
            self._focused_in(self.current).setFocus()
        self.view_chosen.emit(name)

    def _focused_in(self, view: View) -> QWidget:
        return view.divided if isinstance(view, PreviewCompare) else view

    def _render(self) -> None:
        self._say()
        self.current.show_scene(self._scene)
        if self.reading.isVisible():
            self.reading.show_tiles(self.current.shown, names=self._names())

    def _say(self) -> None:
        there = self._scene.subject is not None
        self.grid.message = self.compare.message = self._message
        self.classes.message = self._message
        self.strips.message = (
            self.tr("No effect is on. Each one that is shows here from end to end.")
            if there
            else self._message
        )
        self.fills.message = (
            self.tr("These settings uncover nothing, so there is nothing to fill.")
            if there
            else self._message
        )

    def _read(self, index: int) -> None:
        if index < len(self.current.shown):
            self.reading.show_tiles(self.current.shown, index, self._names())
            self.reading.show()
            self.reading.raise_()
            self.reading.activateWindow()

    def _names(self) -> list[str]:
        return [self.current.name_of(index) for index in range(len(self.current.shown))]

    def _follow(self, index: int) -> None:
        view = self.current
        view.current = index
        if isinstance(view, ScrolledSurface):
            view.current_moved.emit(QRect(view.places()[index]))
