"""One image of a dataset as large as fits, with what is known of it, and the way to the next.

Images are read off the window's thread.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QImage, QKeySequence, QShortcut
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from core.common.messages import ThawError
from core.dataset.folder import printable
from core.images import errors as image_errors
from core.images.load import Details, details
from gui.base import theme
from gui.base import words as base_words
from gui.base.background import Latest
from gui.controls.image_view import ZoomArea, to_qimage
from gui.controls.inputs import ChoiceButton
from gui.controls.labels import ElidedLabel, FactList
from gui.data import words as data_words
from gui.session.image_list import Entry, Picture, PictureList

_LARGEST = 2048  # pixels: more than a dialog shows, far less than a camera takes
_MOST_ACTUAL = 60e6  # pixels that are shown one by one: 240 MB of memory
_SHARE = 0.8  # of the window
_LEAST = 360
_FACTS_WIDTH = 240


@dataclass(frozen=True)
class _Loaded:
    """``image`` is upright, and ``whole`` where it has all the picture's pixels."""

    details: Details
    image: QImage | None
    whole: bool = False
    error: ThawError | None = None


class PictureDialog(QDialog):
    """Reads pictures off the window's thread."""

    def __init__(self, path: Path, words: Sequence[str], parent: QWidget | None = None) -> None:
        """``words`` are said of the picture at ``path`` above its facts, such as its class."""
        super().__init__(parent)
        self._path = path
        self._loaded: _Loaded | None = None
        self.area = ZoomArea(self)
        self.view = self.area.view
        self.words = QLabel(self, wordWrap=True)
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        self.facts = FactList(self)
        self.path = ElidedLabel("", self, Qt.TextElideMode.ElideMiddle)
        self.actual = ChoiceButton(self.tr("&Actual pixels"), self)
        self.actual.setShortcut(QKeySequence("Z"))
        self.actual.setToolTip(self.tr("One pixel of the picture is one of the screen (Z)"))
        self.actual.toggled.connect(self._zoom)
        self.area.toggle_asked.connect(self.actual.click)
        self.close_button = QPushButton(self.tr("&Close"), self)
        self.close_button.clicked.connect(self.reject)
        self.buttons = QHBoxLayout()
        self._lay_out()
        self._take_size(parent)
        self._loader = Latest(self)
        self._loader.done.connect(self._show_loaded)
        self._loader.failed.connect(self._show_error)
        self.show_picture(path, words)

    def show_picture(self, path: Path, words: Sequence[str]) -> None:
        """Show another picture; the one before stays, paled, until it is there."""
        self._path = path
        self._loaded = None
        self.show_words(words)
        self.setWindowTitle(printable(path.name))
        self.view.setAccessibleName(printable(path.name))
        self.path.set_text(printable(str(path)))
        self.view.dim = True
        self._load(whole=self.actual.isChecked())

    def show_words(self, words: Sequence[str]) -> None:
        """Say this of the picture above its facts."""
        self.words.setText(data_words.SEPARATOR.join(words))

    def _lay_out(self) -> None:
        side = QVBoxLayout()
        side.setSpacing(12)
        side.addWidget(self.words)
        side.addWidget(self.facts)
        side.addStretch(1)
        for widget in (self.words, self.facts):
            widget.setFixedWidth(_FACTS_WIDTH)
        self.words.setFont(theme.font(bold=True))
        body = QHBoxLayout()
        body.setSpacing(16)
        body.addWidget(self.area, 1)
        body.addLayout(side)
        self.buttons.addStretch(1)
        self.buttons.addWidget(self.actual)
        self.buttons.addWidget(self.close_button)
        layout = QVBoxLayout(self)
        layout.addLayout(body, 1)
        layout.addWidget(self.path)
        layout.addLayout(self.buttons)
        self.close_button.setDefault(True)

    def _take_size(self, parent: QWidget | None) -> None:
        around = parent.window().size() if parent is not None else self.screen().availableSize()
        self.setMinimumSize(_LEAST + _FACTS_WIDTH, _LEAST)
        self.resize((around * _SHARE).expandedTo(self.minimumSize()))

    def _load(self, whole: bool) -> None:
        self._loader.call(_read, self._path, whole)

    def _show_loaded(self, loaded: _Loaded) -> None:
        self._loaded = loaded
        self.view.dim = False
        self.view.placeholder = base_words.error_text(loaded.error) if loaded.error else ""
        self.area.set_image(loaded.image)
        self.facts.show_facts(data_words.image_facts(loaded.details))
        header = loaded.details.header
        small = header is not None and header.width * header.height <= _MOST_ACTUAL
        self.actual.setEnabled(loaded.image is not None and small)
        self.area.actual = self.actual.isChecked() and loaded.whole

    def _show_error(self, error: ThawError) -> None:
        self._show_loaded(_Loaded(Details(), None, error=error))

    def _zoom(self, actual: bool) -> None:
        if actual and self._loaded is not None and not self._loaded.whole:
            self._load(whole=True)
        else:
            self.area.actual = actual


def _read(path: Path, whole: bool) -> _Loaded:
    """The picture, upright; ``whole`` asks for all its pixels."""
    from core.images import load as images

    found = details(path)
    if found.header is None:
        return _Loaded(found, None, error=found.error)
    longest = max(found.header.upright)
    whole = longest <= _LARGEST or (
        whole and found.header.width * found.header.height <= _MOST_ACTUAL
    )
    try:
        if whole:
            picture = images.decode(images.read_bytes(path))
        else:
            picture = images.thumbnail(path, _LARGEST)
    except image_errors.ImageError as error:
        return _Loaded(found, None, error=error)
    return _Loaded(found, to_qimage(picture), whole)


class PicturePager(PictureDialog):
    """Signals: ``moved`` with the path that is shown now; ``exclude_asked`` and
    ``include_asked`` with it in a list."""

    moved = Signal(str)
    exclude_asked = Signal(list)
    include_asked = Signal(list)

    def __init__(
        self,
        pictures: PictureList,
        entries: Sequence[Entry],
        row: int,
        parent: QWidget | None = None,
    ) -> None:
        """Begins at ``row`` of ``entries``, which are of ``pictures``."""
        picture = pictures.picture(entries[row])
        super().__init__(pictures.folder / picture.path, data_words.image_words(picture), parent)
        self._pictures, self._entries, self._row = pictures, entries, row
        self.back = QPushButton(theme.icon("collapse"), "", self)
        self.forward = QPushButton(theme.icon("expand"), "", self)
        self.place = QLabel(self)
        self.exclude = QPushButton(self)
        for button, words, step in (
            (self.back, self.tr("Previous picture (Left)"), -1),
            (self.forward, self.tr("Next picture (Right)"), 1),
        ):
            button.setToolTip(words)
            button.setAccessibleName(words)
            button.clicked.connect(lambda _=False, by=step: self.step(by))
        self._key("Left", lambda: self.step(-1))
        self._key("Right", lambda: self.step(1))
        self._key("Home", lambda: self.go(0))
        self._key("End", lambda: self.go(len(self._entries) - 1))
        self._key("Del", lambda: self._ask("used", "problems"))
        self.exclude.clicked.connect(lambda: self._ask("used", "problems", "excluded"))
        for place, widget in enumerate((self.back, self.place, self.forward)):
            self.buttons.insertWidget(place, widget)
        self.buttons.insertWidget(self.buttons.indexOf(self.actual), self.exclude)
        for button in (self.back, self.forward, self.exclude, self.actual):
            button.setAutoDefault(False)
        self._show_place()

    @property
    def picture(self) -> Picture:
        """What is known of the picture that is shown."""
        return self._pictures.picture(self._entries[self._row])

    def step(self, by: int) -> None:
        """Go so many pictures on, or back."""
        self.go(self._row + by)

    def go(self, row: int) -> None:
        """Go to a place in the list, where there is one."""
        if 0 <= row < len(self._entries) and row != self._row:
            self._row = row
            self._show_row()

    def take_list(self, pictures: PictureList, entries: Sequence[Entry]) -> None:
        """Go on in another list: at the same picture, or at that in its place; without one,
        the dialog closes."""
        path = self.picture.path
        rows = (row for row, entry in enumerate(entries) if entry.path == path)
        row = next(rows, min(self._row, len(entries) - 1))
        if row < 0:
            self.reject()
            return
        self._pictures, self._entries, self._row = pictures, entries, row
        if self.picture.path == path:
            self.show_words(data_words.image_words(self.picture))
            self._show_place()
        else:
            self._show_row()

    def _show_row(self) -> None:
        picture = self.picture
        self.show_picture(self._pictures.folder / picture.path, data_words.image_words(picture))
        self._show_place()
        self.moved.emit(picture.path)

    def _show_place(self) -> None:
        total, state = len(self._entries), self.picture.state
        self.place.setText(data_words.place(self._row + 1, total))
        self.back.setEnabled(self._row > 0)
        self.forward.setEnabled(self._row < total - 1)
        out = state == "excluded"
        self.exclude.setText(self.tr("&Use again") if out else self.tr("E&xclude"))
        self.exclude.setIcon(theme.icon("plus" if out else "minus"))
        self.exclude.setEnabled(state != "unlabelled")

    def _ask(self, *states: str) -> None:
        picture = self.picture
        if picture.state in states:
            signal = self.include_asked if picture.state == "excluded" else self.exclude_asked
            signal.emit([picture.path])

    def _key(self, key: str, do: Callable[[], None]) -> None:
        """Works wherever the focus is: a button would take the arrows to its neighbours."""
        shortcut = QShortcut(QKeySequence(key), self)
        shortcut.activated.connect(do)
