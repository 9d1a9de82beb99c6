"""The large picture, with the way to those before and after it in a list."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QLabel, QPushButton, QWidget

from gui.base import theme
from gui.data import words as data_words
from gui.data.images.dialog import PictureDialog
from gui.session.image_list import Entry, Picture, PictureList


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
        super().__init__(pictures.folder / picture.path, data_words.words(picture), parent)
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
            self.show_words(data_words.words(self.picture))
            self._show_place()
        else:
            self._show_row()

    def _show_row(self) -> None:
        picture = self.picture
        self.show_picture(self._pictures.folder / picture.path, data_words.words(picture))
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
