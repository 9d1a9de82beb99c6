"""The pictures of a dataset as thumbnails: found, looked at, selected, put elsewhere."""

from collections.abc import Sequence

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import QAbstractItemView, QVBoxLayout, QWidget

from core.common.messages import fill
from core.dataset.folder import printable
from core.dataset.scan import Scanned
from core.dataset.split import Split
from core.dataset.summary import DatasetSummary
from gui.controls.image_grid import ImageGrid
from gui.controls.thumbnails import Load, load_thumbnail
from gui.data import data_text
from gui.data import words as data_words
from gui.data.class_dialog import ClassDialog
from gui.data.images.actions import PictureActions
from gui.data.images.grid_place import GridPlace
from gui.data.images.picture_filter import PictureFilter
from gui.data.images.picture_pager import PicturePager
from gui.data.images.picture_tiles import PictureTiles
from gui.data.images.selection_bar import SelectionBar
from gui.session.image_list import SHOWN, Entry, PictureList, selected

_EDGE = 104


class PictureBrowser(QWidget):
    """Shows a split dataset; a double click, Enter or Space opens a picture.

    Signals: ``opened`` with the path of a picture that is shown large now; ``exclude_asked``
    and ``include_asked`` with paths; ``label_asked`` with paths and a class, "" for that of
    their folders; ``split_asked`` with paths and a split, None for the folder's or the draw's.
    Paths are relative to the folder, with slashes, as on disk.
    """

    opened = Signal(str)
    exclude_asked = Signal(list)
    include_asked = Signal(list)
    label_asked = Signal(list, str)
    split_asked = Signal(list, object)

    def __init__(self, parent: QWidget | None = None, *, load: Load = load_thumbnail) -> None:
        super().__init__(parent)
        self._pictures: PictureList | None = None
        self._entries: Sequence[Entry] = ()
        self._class: str | None = None
        self._pager: PicturePager | None = None
        self._alone: str | None = None  # a picture that is shown large and not in the grid
        self.filter = PictureFilter(self)
        self.grid = ImageGrid(_EDGE, caption_lines=2, load=load, parent=self)
        self.grid.setAccessibleName(self.tr("Pictures"))
        self.grid.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.grid.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.picture_actions = PictureActions(self.grid)
        self.bar = SelectionBar(self.picture_actions, self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 6, 0, 0)  # below the tabs
        layout.setSpacing(6)
        layout.addWidget(self.filter)
        layout.addWidget(self.grid, 1)
        layout.addWidget(self.bar)
        self._connect()

    # -- what it shows ----------------------------------------------------------------------

    @property
    def shown(self) -> list[str]:
        """The paths of the pictures in the grid, in their order."""
        return [one.path for one in self._entries]

    @property
    def selected(self) -> list[str]:
        """The paths of the selected pictures, in their order."""
        return [self._entries[row].path for row in self.grid.selected_rows]

    def show_pictures(self, scanned: Scanned | None, summary: DatasetSummary, split: Split) -> None:
        """Show the pictures of ``summary`` as ``split`` parts them; of the same folder as
        before, the class, the selection and the place stay."""
        before = self._pictures
        self._pictures = PictureList(scanned, summary, split, before)
        self.filter.show_counts(self._pictures.counts())
        self.picture_actions.name_drawn(bool(summary.own_splits))
        same = before is not None and before.folder == self._pictures.folder
        if not same:
            self._class = None
            self._close_pager()
            self.filter.start_afresh()
        elif self._class not in summary.classes:
            self._class = None
        self._filter(stays=same)

    def show_class(self, label: int | None) -> None:
        """Show only a class's pictures, or, with None, those of all classes. ``label`` is one
        of the summary's that is shown."""
        name = None
        if label is not None and self._pictures is not None:
            name = self._pictures.classes[label]
        if name != self._class:
            self._class = name
            self._filter()

    def show_state(self, state: str) -> None:
        """Show only pictures of one kind, of ``SHOWN``: all, used, train, validation, test,
        pinned, excluded, problems, warnings, unlabelled."""
        if state not in SHOWN:
            raise ValueError(state)
        self.filter.choose(state, "")

    # -- a picture, large -------------------------------------------------------------------

    def open_picture(self, path: str) -> None:
        """Show the picture at ``path`` large, among those in the grid, or alone."""
        if self._pictures is None:
            return
        row = next((row for row, one in enumerate(self._entries) if one.path == path), -1)
        alone = self._pictures.entry(path)
        self._alone = path if row < 0 else None
        if row >= 0 or alone is not None:
            self._close_pager()
            entries = self._entries if alone is None or row >= 0 else [alone]
            self._pager = PicturePager(self._pictures, entries, max(row, 0), self)
            self._pager.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            self._pager.finished.connect(self._pager_closed)
            self._pager.moved.connect(self._follow)
            self._pager.exclude_asked.connect(self.exclude_asked)
            self._pager.include_asked.connect(self.include_asked)
            self._pager.open()
            self.opened.emit(path)

    def _open(self, row: int) -> None:
        if 0 <= row < len(self._entries):
            self.open_picture(self._entries[row].path)

    def _follow(self, path: str) -> None:
        row = next((row for row, one in enumerate(self._entries) if one.path == path), -1)
        if row >= 0:
            self.grid.select(row)

    def _close_pager(self) -> None:
        if self._pager is not None:
            self._pager.reject()

    def _pager_closed(self) -> None:
        self._pager = None

    # -- filtering --------------------------------------------------------------------------

    def _filter(self, *, stays: bool = False) -> None:
        """``stays``: these are the pictures of before, after an edit."""
        pictures = self._pictures
        if pictures is None:
            return
        label = pictures.classes.index(self._class) if self._class is not None else None
        shown = self.filter.shown
        place = GridPlace(self.grid, self._entries)
        self._entries = pictures.chosen(shown, label, self.filter.words)
        with_class = label is None and shown != "unlabelled"
        self.grid.set_items(PictureTiles(pictures, self._entries, with_class=with_class))
        place.restore(self._entries, stays=stays)
        heading = self._class or self.tr("All classes")
        if shown == "unlabelled":
            heading = data_words.shown_title(shown)
        count = data_words.counted(len(self._entries), pictures.total(shown))
        self.filter.show_found(data_words.one_line(heading), count)
        self.grid.placeholder = data_words.nothing(self.filter.words)
        self._selection_changed()
        self._refresh_pager(pictures)

    def _refresh_pager(self, pictures: PictureList) -> None:
        if self._pager is None:
            return
        alone = pictures.entry(self._alone) if self._alone is not None else None
        self._pager.take_list(pictures, [alone] if alone is not None else self._entries)

    # -- what a person does -----------------------------------------------------------------

    def _connect(self) -> None:
        self.filter.changed.connect(lambda: self._filter())
        self.filter.left.connect(lambda: self.grid.setFocus())
        find = QShortcut(QKeySequence(QKeySequence.StandardKey.Find), self)
        find.activated.connect(self.filter.begin_search)
        self.grid.opened_item.connect(self._open)
        self.grid.selection_changed.connect(self._selection_changed)
        self.grid.customContextMenuRequested.connect(self._show_menu)
        actions = self.picture_actions
        actions.opened.connect(lambda: self._open(self.grid.current_row))
        actions.exclude_asked.connect(self.exclude_asked)
        actions.include_asked.connect(self.include_asked)
        actions.label_asked.connect(self._ask_class)
        actions.own_class_asked.connect(lambda paths: self.label_asked.emit(paths, ""))
        actions.split_asked.connect(self.split_asked)
        actions.copied.connect(self._copy)

    def _selection_changed(self) -> None:
        chosen = [self._entries[row] for row in self.grid.selected_rows]
        self.picture_actions.show_selected(selected(chosen))
        self.bar.show_count(len(chosen))

    def _show_menu(self, place: QPoint) -> None:
        rows = self.grid.selected_rows
        if rows and self._pictures is not None:
            pictures = self._pictures
            relabelled = any(pictures.is_relabelled(self._entries[row]) for row in rows)
            self.picture_actions.menu(relabelled=relabelled).popup(
                self.grid.viewport().mapToGlobal(place)
            )

    def _ask_class(self, paths: list[str]) -> None:
        if self._pictures is None:
            return
        question = fill(
            self.tr("Class of {pictures}:"), {"pictures": data_text.pictures(len(paths))}
        )
        classes = self._pictures.class_counts()
        dialog = ClassDialog(question, self.tr("Put into class"), classes, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.chosen.connect(lambda name: self.label_asked.emit(paths, name))
        dialog.open()

    def _copy(self, paths: list[str]) -> None:
        if self._pictures is not None:
            folder = self._pictures.folder
            words = "\n".join(printable(str(folder / path)) for path in paths)
            QGuiApplication.clipboard().setText(words)
