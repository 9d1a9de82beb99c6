"""The preview with all its views: the buttons that switch them, and the share of fill below."""

from PySide6.QtCore import QRect, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QPalette, QShowEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QLabel,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from core.common.messages import fill
from core.recipe.config import EFFECTS, AugmentationConfig
from gui.augment import tiles
from gui.augment.before_after import PreviewCompare
from gui.augment.reading import TileReading
from gui.augment.tile_surface import ScrolledSurface, TileScroll
from gui.augment.tile_views import PreviewClasses, PreviewFills, PreviewGrid, PreviewStrips
from gui.augment.tiles import Scene
from gui.controls.inputs import ChoiceButton
from gui.controls.labels import ElidedLabel

# Milliseconds: the tiles are painted first, and a sum over many draws takes some of them.
_PAUSE = 30


class FillShareLabel(QLabel):
    """Follows the settings a little after the tiles do."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._config = AugmentationConfig()
        self._counted: object = None
        self._share = 0.0
        self._timer = QTimer(self, singleShot=True, interval=_PAUSE)
        self._timer.timeout.connect(self._count)
        self.setTextFormat(Qt.TextFormat.RichText)
        self.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.setToolTip(
            self.tr("What a warp uncovers, on average over many draws: its pixels are made up")
        )
        self.setContentsMargins(0, 0, 3, 0)
        self._show()

    @property
    def share(self) -> float:
        """The share that is shown, 0 to 1."""
        return self._share

    def show_config(self, config: AugmentationConfig) -> None:
        """Count for these settings as soon as there is time."""
        self._config = config
        if self.isVisible() and not self._timer.isActive() and self._counted != _what(config):
            self._timer.start()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.show_config(self._config)

    def _count(self) -> None:
        # Here: it brings NumPy, which start-up can do without.
        from core.augmentation.augment import fill_share_of

        config, self._counted = self._config, _what(self._config)
        self._share = fill_share_of(config)
        self._show()

    def _show(self) -> None:
        self.setText(tiles.typical_fill(self._share))


def _what(config: AugmentationConfig) -> tuple[object, ...]:
    """What the number depends on."""
    names = [name for one in EFFECTS if one.kind == "geometric" for name in one.fields]
    return config.policy, *(getattr(config, name) for name in names)


VIEWS = ("versions", "classes", "compare", "strips", "fills")
_PAD = 11


class ViewSwitcher(QWidget):
    """Signal: ``chosen`` with the name of the view that a person wants."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.buttons: dict[str, ChoiceButton] = {}
        self._group = QButtonGroup(self)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        for number, name in enumerate(VIEWS):
            button = self.buttons[name] = self._button(name, number + 1)
            self._group.addButton(button, number)
            layout.addWidget(button)
        self.setAccessibleName(self.tr("View"))
        self.show_view(VIEWS[0])

    @property
    def view(self) -> str:
        """The view whose button is down."""
        return VIEWS[self._group.checkedId()]

    def show_view(self, name: str) -> None:
        """Let the button of ``name`` be down, without a signal."""
        self.buttons[name].setChecked(True)

    def choose_by_key(self, event: QKeyEvent) -> bool:
        """Choose the view that a digit stands for; False for another key."""
        number = event.key() - Qt.Key.Key_1
        modifiers = Qt.KeyboardModifier
        # Shift may be held: French and Czech keyboards have their digits there.
        others = modifiers.ControlModifier | modifiers.AltModifier | modifiers.MetaModifier
        if event.modifiers() & others or not 0 <= number < len(VIEWS):
            return False
        self.show_view(VIEWS[number])
        self.chosen.emit(VIEWS[number])
        return True

    def _button(self, name: str, number: int) -> ChoiceButton:
        words, meaning = {
            "versions": (
                self.tr("Versions"),
                self.tr("Versions of one picture beside it"),
            ),
            "classes": (self.tr("Classes"), self.tr("One picture of each class")),
            "compare": (
                self.tr("Before/after"),
                self.tr("One version over the picture, with a divider"),
            ),
            "strips": (
                self.tr("Strips"),
                self.tr("Each effect alone, from one end of its range to the other"),
            ),
            "fills": (
                self.tr("Fill modes"),
                self.tr("The same draws in each of the four fill modes"),
            ),
        }[name]
        button = ChoiceButton(words, self)
        tip = fill(self.tr("{meaning} ({key})"), {"meaning": meaning, "key": number})
        button.setToolTip(tip)
        button.setAccessibleDescription(meaning)
        button.setFixedWidth(button.fontMetrics().horizontalAdvance(words) + 2 * _PAD)
        button.clicked.connect(lambda: self.chosen.emit(name))
        return button


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
