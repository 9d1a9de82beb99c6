"""The images of a dataset as thumbnails: searched, filtered, selected, opened and edited.

``GridPlace`` keeps selection, focus and scroll position while the shown images change.
"""

from collections.abc import Mapping, Sequence
from typing import overload

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import (
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QPalette,
    QShortcut,
    QStandardItemModel,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QSizePolicy,
    QToolBar,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from core.common.messages import fill
from core.dataset.folder import Scanned, printable
from core.dataset.split import Split
from core.dataset.summary import DatasetSummary
from gui.base import theme
from gui.base import words as base_words
from gui.controls.image_grid import GridItem, ImageGrid
from gui.controls.inputs import QuietComboBox
from gui.controls.labels import ElidedLabel
from gui.controls.thumbnails import Load, load_thumbnail
from gui.data import words as data_words
from gui.data.classes import ClassDialog
from gui.data.images.actions import PictureActions
from gui.data.images.dialog import PicturePager
from gui.session.image_list import SHOWN, Entry, PictureList, selected


class GridPlace:
    """Selection, focus and scroll position, by the pictures there and not by their numbers."""

    def __init__(self, grid: ImageGrid, entries: Sequence[Entry]) -> None:
        """Of ``grid`` while it shows ``entries``."""
        self._grid = grid
        self._rows = grid.selected_rows
        self._selected = {entries[row].path for row in self._rows}
        row, top = grid.current_row, grid.rows_between(0, 0)
        self._current = entries[row].path if 0 <= row < len(entries) else None
        self._top = entries[top[0]].path if top else None
        self._offset = grid.verticalScrollBar().value()

    def restore(self, entries: Sequence[Entry], *, stays: bool) -> None:
        """Go there again among ``entries``.

        ``stays``: these are the pictures of before, after an edit: the view does not move, and
        where all that was selected has gone, what stands in its place is selected, so that the
        keyboard goes on from there. Else the view goes to what stays selected, or to the top.
        """
        wanted = {self._top, self._current, *self._selected}
        rows = {one.path: row for row, one in enumerate(entries) if one.path in wanted}
        chosen = sorted(rows[path] for path in self._selected if path in rows)
        current = rows.get(self._current, -1) if self._current is not None else -1
        if stays and self._rows and not chosen and entries:
            current = min(self._rows[0], len(entries) - 1)
            chosen = [current]
        if chosen:
            self._grid.select_rows(chosen, current if current >= 0 else chosen[0])
        if stays:
            self._scroll(rows.get(self._top, -1) if self._top is not None else -1)
        elif chosen:
            self._grid.scrollTo(self._grid.model().index(chosen[0], 0))
        else:
            self._grid.scrollToTop()

    def _scroll(self, top: int) -> None:
        height = self._grid.cell_size.height()
        offset = self._offset
        if top >= 0:
            offset = top // self._grid.columns * height + self._offset % height
        self._grid.verticalScrollBar().setValue(offset)


_LETTERS, _FEWEST_LETTERS = 12, 8
_GROUPS = ("train", "pinned")  # a line above each


class PictureFilter(QWidget):
    """Signals: ``changed`` when a person, or ``choose``, asks for other pictures; ``left`` when
    Escape, Enter or Down leaves the search."""

    changed = Signal()
    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._quiet = False
        self.heading = ElidedLabel(parent=self)
        self.heading.setFont(theme.font(bold=True))
        self.count = QLabel(self)
        self.search = _Search(self)
        self.search.textChanged.connect(self._tell)
        self.search.left.connect(self.left)
        self.show_box = QuietComboBox(self)
        self.show_box.setAccessibleName(self.tr("Which pictures"))
        self.show_box.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.show_box.setMinimumContentsLength(_LETTERS)
        for shown in SHOWN:
            if shown in _GROUPS:
                self.show_box.insertSeparator(self.show_box.count())
            self.show_box.addItem(data_words.shown_title(shown), shown)
        self.show_box.currentIndexChanged.connect(self._tell)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.heading, 1)
        row.addWidget(self.count)
        row.addWidget(self.search)
        row.addWidget(self.show_box)

    @property
    def shown(self) -> str:
        """What the list of kinds says, of ``SHOWN``."""
        return str(self.show_box.currentData())

    @property
    def words(self) -> str:
        """What is searched for."""
        return self.search.text().strip()

    def choose(self, shown: str, words: str | None = None) -> None:
        """Ask for these, and for ``words`` in the file's name where they are given."""
        before = self.shown, self.words
        self._take(shown, words)
        if (self.shown, self.words) != before:
            self.changed.emit()

    def start_afresh(self) -> None:
        """Ask for all pictures again, and tell nobody."""
        self._take("all", "")

    def show_found(self, heading: str, count: str) -> None:
        """Say whose pictures these are, and how many."""
        self.heading.set_text(heading)
        self.count.setText(count)

    def show_counts(self, counts: Mapping[str, int]) -> None:
        """Say how many there are of what is out of the ordinary; none can't be chosen."""
        model = self.show_box.model()
        assert isinstance(model, QStandardItemModel)
        for shown, count in counts.items():
            item = model.item(self.show_box.findData(shown))
            item.setText(data_words.shown_title(shown, count or None))
            item.setEnabled(count > 0)

    def begin_search(self) -> None:
        """Go to the search."""
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def _take(self, shown: str, words: str | None) -> None:
        self._quiet = True
        self.show_box.setCurrentIndex(self.show_box.findData(shown))
        if words is not None:
            self.search.setText(words)
        self._quiet = False

    def _tell(self) -> None:
        if not self._quiet:
            self.changed.emit()


class _Search(QLineEdit):
    """Escape clears it, then leaves it."""

    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setPlaceholderText(self.tr("Find a name"))
        self.setAccessibleName(self.tr("Find pictures by file name"))
        self.setToolTip(self.tr("Find pictures by file name (Ctrl+F)"))
        self.setClearButtonEnabled(True)
        letter = self.fontMetrics().averageCharWidth()
        self.setMinimumWidth(_FEWEST_LETTERS * letter)
        self.setMaximumWidth(2 * _LETTERS * letter)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        keys = Qt.Key
        if event.key() == keys.Key_Escape and self.text():
            self.clear()
        elif event.key() in (keys.Key_Escape, keys.Key_Return, keys.Key_Enter, keys.Key_Down):
            self.left.emit()
        else:
            super().keyPressEvent(event)


class PictureTiles(Sequence[GridItem]):
    """Makes an item when it is looked at: there may be a hundred thousand."""

    def __init__(
        self, pictures: PictureList, entries: Sequence[Entry], *, with_class: bool
    ) -> None:
        self._pictures = pictures
        self._entries = entries
        self._with_class = with_class

    def __len__(self) -> int:
        return len(self._entries)

    @overload
    def __getitem__(self, index: int) -> GridItem: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[GridItem]: ...
    def __getitem__(self, index: int | slice) -> GridItem | Sequence[GridItem]:
        if isinstance(index, slice):
            return [self._item(entry) for entry in self._entries[index]]
        return self._item(self._entries[index])

    def _item(self, entry: Entry) -> GridItem:
        picture = self._pictures.picture(entry)
        used = picture.state == "used" and picture.split is not None
        return GridItem(
            path=self._pictures.folder / picture.path,
            caption=data_words.caption(picture, with_class=self._with_class),
            tooltip=data_words.tooltip(picture),
            badge=data_words.SPLIT_COLORS[picture.split or "train"] if used else None,
            version=picture.version,
            excluded=picture.state == "excluded",
            problem=data_words.problem(picture) if picture.state == "problems" else "",
        )


_ICON = QSize(16, 16)


class SelectionBar(QToolBar):
    """A slim row that is always there, so that no tile moves when one is selected; what finds
    no room is behind the arrow at its end."""

    def __init__(self, actions: PictureActions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._actions = actions
        self.setIconSize(_ICON)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setAccessibleName(self.tr("Selected pictures"))
        self.words = QLabel(self)
        self.words.setMargin(4)
        self._words = self.addWidget(self.words)
        gap = QWidget(self)
        gap.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._gap = self.addWidget(gap)
        self._buttons = [actions.exclude, actions.include, actions.label, actions.move.menuAction()]
        self.addActions(self._buttons)
        move = self.widgetForAction(actions.move.menuAction())
        if isinstance(move, QToolButton):
            # with room for its arrow, which the other modes draw below the words
            move.setPopupMode(QToolButton.ToolButtonPopupMode.MenuButtonPopup)
            move.clicked.connect(move.showMenu)
        self.show_count(0)

    def show_count(self, count: int) -> None:
        """Say how many are selected; the buttons follow their actions."""
        self.words.setText(data_words.selected(count))
        role = QPalette.ColorRole.WindowText if count else QPalette.ColorRole.PlaceholderText
        self.words.setForegroundRole(role)


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
        self.filter.show_found(base_words.one_line(heading), count)
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
            self.tr("Class of {pictures}:"), {"pictures": base_words.pictures(len(paths))}
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
