"""The classes as a table with counts and bars, and the dialog that asks for a class.

The table's first row stands for all classes together.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import (
    QAbstractTableModel,
    QEvent,
    QItemSelectionModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRectF,
    QSortFilterProxyModel,
    QStringListModel,
    Qt,
    Signal,
)
from PySide6.QtGui import QAction, QFontMetrics, QKeyEvent, QKeySequence, QPainter, QPalette
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QLabel,
    QLineEdit,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from core.common.messages import fill
from core.dataset.folder import SplitName, natural
from core.dataset.health import FEW_PICTURES
from core.dataset.split import ClassCount
from gui.base import theme
from gui.base import words as base_words
from gui.base.ask import drop_icons
from gui.data import words as data_words
from gui.session.labelling import tidy

COUNTS_ROLE = int(Qt.ItemDataRole.UserRole)
NAME, BAR = 0, 4
_SPLIT_OF: dict[int, SplitName] = {1: "train", 2: "validation", 3: "test"}
_NOWHERE = QModelIndex()
_Roles = Qt.ItemDataRole
Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True)
class Row:
    """A line of the table; ``label`` is None for the sum of all classes. ``largest`` is the
    number of pictures that makes a full bar. ``few``: its training pictures are fewer than so
    many; 0 where they suffice."""

    label: int | None
    count: ClassCount
    largest: int
    few: int = 0


class ClassModel(QAbstractTableModel):
    """Columns: name, training, validation, test, bar. Sorting leaves the sum on top.

    Signal: ``rename_asked`` with a label and what a person typed in place of its name; the
    name here stays until other counts are shown.
    """

    rename_asked = Signal(int, str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[Row] = []
        self._order = (NAME, Qt.SortOrder.AscendingOrder)

    def set_counts(self, counts: Sequence[ClassCount], few: int = FEW_PICTURES) -> None:
        """Show these, a label's count at its place; those with fewer than ``few`` training
        pictures are marked. The same classes change in place."""
        rows = self._made(counts, few)
        names = [row.count.name for row in rows]
        if sorted(names) == sorted(row.count.name for row in self._rows):
            self._rearrange(rows)
            self.dataChanged.emit(self.index(0, 0), self.index(len(rows) - 1, BAR))
            return
        self.beginResetModel()
        self._rows = self._sorted(rows)
        self.endResetModel()

    def label(self, row: int) -> int | None:
        """The class at ``row``; None for the sum."""
        return self._rows[row].label

    def name(self, label: int) -> str:
        """What the class ``label`` is called."""
        return self._rows[self.row_of(label)].count.name

    def names(self) -> dict[str, int]:
        """The label of each class."""
        return {row.count.name: row.label for row in self._rows if row.label is not None}

    def sizes(self) -> dict[str, int]:
        """How many pictures each class has."""
        return {row.count.name: _total(row.count) for row in self._rows if row.label is not None}

    def row_of(self, label: int | None) -> int:
        """Where a class, or the sum, is now."""
        return [row.label for row in self._rows].index(label)

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else BAR + 1

    def data(self, index: Index, role: int = int(_Roles.DisplayRole)) -> object:
        if not index.isValid():
            return None
        row, column = self._rows[index.row()], index.column()
        if role == COUNTS_ROLE:
            return row
        if role == _Roles.DisplayRole or (role == _Roles.EditRole and column == NAME):
            return self._shown(row, column)
        if role == _Roles.DecorationRole and column == NAME and row.few:
            return theme.icon("warning", "warning")
        if role == _Roles.ToolTipRole:
            return self._described(row)
        if role == _Roles.AccessibleTextRole and column in (NAME, BAR):
            return self._described(row)
        if role == _Roles.TextAlignmentRole and column in _SPLIT_OF:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        if role == _Roles.FontRole and row.label is None:
            return theme.font(bold=True)
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = super().flags(index)
        renamed = index.isValid() and index.column() == NAME
        renamed = renamed and self._rows[index.row()].label is not None
        return flags | Qt.ItemFlag.ItemIsEditable if renamed else flags

    def setData(self, index: Index, value: object, role: int = int(_Roles.EditRole)) -> bool:
        row = self._rows[index.row()]
        name = tidy(str(value))
        if role == _Roles.EditRole and row.label is not None and name not in ("", row.count.name):
            self.rename_asked.emit(row.label, name)
        return False

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = int(_Roles.DisplayRole)
    ) -> object:
        if orientation != Qt.Orientation.Horizontal:
            return None
        split = _SPLIT_OF.get(section)
        if role == _Roles.DisplayRole:
            titles = (self.tr("Class"), self.tr("Train"), self.tr("Val."), self.tr("Test"))
            return (*titles, self.tr("Size"))[section]
        if role in (_Roles.ToolTipRole, _Roles.AccessibleTextRole) and split is not None:
            return data_words.split_title(split)
        if role == _Roles.ForegroundRole and split is not None:
            return theme.data_color(data_words.SPLIT_COLORS[split])
        if role == _Roles.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignLeft if split is None else Qt.AlignmentFlag.AlignHCenter
            return int(side | Qt.AlignmentFlag.AlignVCenter)
        return None

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        self._order = (column, order)
        self._rearrange(self._rows)

    def _made(self, counts: Sequence[ClassCount], few: int) -> list[Row]:
        if not counts:
            return []
        largest = max(_total(count) for count in counts)
        sums = (sum(getattr(count, split) for count in counts) for split in data_words.SPLITS)
        everything = ClassCount(self.tr("All classes"), *sums)
        whole = Row(None, everything, _total(everything))
        return [
            whole,
            *(
                Row(label, count, largest, few if count.train < few else 0)
                for label, count in enumerate(counts)
            ),
        ]

    def _sorted(self, rows: list[Row]) -> list[Row]:
        column, order = self._order
        classes = sorted(rows[1:], key=lambda row: natural(row.count.name))
        if column == NAME:
            if order == Qt.SortOrder.DescendingOrder:
                classes.reverse()
        else:
            sign = 1 if order == Qt.SortOrder.AscendingOrder else -1
            classes.sort(key=lambda row: sign * _value(row.count, column))
        return [*rows[:1], *classes]

    def _rearrange(self, rows: list[Row]) -> None:
        """Take ``rows`` in the chosen order; what is selected stays with its class."""
        self.layoutAboutToBeChanged.emit()
        old = self.persistentIndexList()
        labels = [self._rows[index.row()].label for index in old]
        self._rows = self._sorted(rows)
        places = {row.label: place for place, row in enumerate(self._rows)}
        new = [
            self.index(places[label], index.column())
            for label, index in zip(labels, old, strict=True)
        ]
        self.changePersistentIndexList(old, new)
        self.layoutChanged.emit()

    def _shown(self, row: Row, column: int) -> str:
        if column == NAME:
            return row.count.name
        split = _SPLIT_OF.get(column)
        return base_words.count(getattr(row.count, split)) if split is not None else ""

    def _described(self, row: Row) -> str:
        parts = [
            f"{data_words.split_word(split)} {base_words.count(getattr(row.count, split))}"
            for split in data_words.SPLITS
        ]
        total = base_words.pictures(_total(row.count))
        described = f"{row.count.name}: {total} ({', '.join(parts)})"
        if not row.few:
            return described
        few = self.tr("Fewer than {few} training pictures: this class is hardly learned.")
        return described + "\n" + fill(few, {"few": base_words.count(row.few)})


def _total(count: ClassCount) -> int:
    return count.train + count.validation + count.test


def _value(count: ClassCount, column: int) -> int:
    split = _SPLIT_OF.get(column)
    value: int = _total(count) if split is None else getattr(count, split)
    return value


_WIDTH, _HEIGHT = 380, 380


class ClassDialog(QDialog):
    """Signal: ``chosen`` with the class's name, once, when it was accepted.

    The list below the field holds the classes whose names have what is typed in them. A name
    that differs from a class's in capitals only is that class.
    """

    chosen = Signal(str)

    def __init__(
        self,
        question: str,
        button: str,
        classes: Mapping[str, int],
        parent: QWidget | None = None,
        *,
        may_be_new: bool = True,
    ) -> None:
        """``classes`` are those that are there, with their numbers of pictures; ``question``
        stands above the field, ``button`` is what accepting it does."""
        super().__init__(parent)
        self._classes = classes
        self._may_be_new = may_be_new
        self._folded = {name.casefold(): name for name in reversed(list(classes))}
        self.setWindowTitle(button)
        self.field = QLineEdit(self)
        self.field.setPlaceholderText(
            self.tr("A class, old or new") if may_be_new else self.tr("A class")
        )
        self.field.textChanged.connect(self._typed)
        self.field.installEventFilter(self)
        self._filter = QSortFilterProxyModel(self)
        self._filter.setSourceModel(QStringListModel(list(classes), self))
        self._filter.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.list = QListView(self)
        self.list.setModel(self._filter)
        self.list.setUniformItemSizes(True)
        self.list.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.list.setAccessibleName(self.tr("Classes"))
        self.list.clicked.connect(self._take)
        self.list.doubleClicked.connect(lambda: self.accept())
        self.note = QLabel(self)
        self.note.setTextFormat(Qt.TextFormat.PlainText)
        standard = QDialogButtonBox.StandardButton
        self.buttons = QDialogButtonBox(standard.Ok | standard.Cancel, self)
        self.buttons.button(standard.Ok).setText(button)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        label = QLabel(question, self, wordWrap=True)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setBuddy(self.field)
        column = QVBoxLayout(self)
        for widget in (label, self.field, self.list, self.note, self.buttons):
            column.addWidget(widget)
        drop_icons(self)
        self.resize(_WIDTH, _HEIGHT)
        self._typed()

    @property
    def name(self) -> str:
        """The class that is asked for, "" for none yet."""
        typed = tidy(self.field.text())
        if typed in self._classes:
            return typed
        known = self._folded.get(typed.casefold(), "")
        return known or (typed if self._may_be_new else "")

    def accept(self) -> None:
        if self.name:
            super().accept()
            self.chosen.emit(self.name)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Up and Down in the field go through the list."""
        if event.type() != QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return False
        steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}
        if event.key() not in steps or not self._filter.rowCount():
            return False
        row = self.list.currentIndex().row() + steps[Qt.Key(event.key())]
        last = self._filter.rowCount() - 1
        self._take(self._filter.index(min(max(row, 0), last), 0))
        return True

    def _take(self, index: QModelIndex) -> None:
        """Put a class of the list into the field; the list stays as it is."""
        self.list.setCurrentIndex(index)
        self.field.textChanged.disconnect(self._typed)
        self.field.setText(str(index.data()))
        self.field.textChanged.connect(self._typed)
        self._tell()

    def _typed(self) -> None:
        self._filter.setFilterFixedString(tidy(self.field.text()))
        self.list.clearSelection()
        self.list.setCurrentIndex(QModelIndex())
        self._tell()

    def _tell(self) -> None:
        name, typed = self.name, tidy(self.field.text())
        self.buttons.button(QDialogButtonBox.StandardButton.Ok).setEnabled(bool(name))
        if not typed:
            self.note.setText("")
        elif not name:
            self.note.setText(self.tr("There is no such class"))
        elif name in self._classes:
            values = {
                "name": base_words.one_line(name),
                "pictures": base_words.pictures(self._classes[name]),
            }
            self.note.setText(fill(self.tr("{name} has {pictures}"), values))
        else:
            words = self.tr("{name} is a new class")
            self.note.setText(fill(words, {"name": base_words.one_line(name)}))


_BAR_WIDTH, _BAR_HEIGHT, _PAD = 76, 8, 6
_LEAST_BAR = 2  # pixels: a small class is no empty one


class ClassTable(QTableView):
    """Sortable by every column; its first row stands for all classes.

    Signals: ``class_chosen`` with the label of the class whose row was chosen, None for all;
    ``rename_asked`` with a label and its new name, which may be that of another class (F2, or
    the context menu).
    """

    class_chosen = Signal(object)
    rename_asked = Signal(int, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = ClassModel(self)
        self._chosen: int | None = None
        self.setModel(self._model)
        self.setItemDelegateForColumn(NAME, _Names(self))
        self.setItemDelegateForColumn(BAR, _Bars(self))
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setAccessibleName(self.tr("Classes"))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setAlternatingRowColors(True)
        self.setWordWrap(False)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._set_up_headers()
        self._set_up_menu()
        self._model.rename_asked.connect(self.rename_asked)
        self.selectionModel().currentRowChanged.connect(self._moved)

    @property
    def chosen(self) -> int | None:
        """The label of the chosen class, None for all."""
        return self._chosen

    def show_counts(
        self,
        counts: Sequence[ClassCount],
        few: int = FEW_PICTURES,
        *,
        same_folder: bool = False,
    ) -> None:
        """Show these, a label's count at its place; classes with fewer than ``few`` training
        pictures are marked. Other classes choose all again; of the ``same_folder``, the chosen
        class stays chosen as long as it is there."""
        name = self._model.name(self._chosen) if self._chosen is not None else None
        self._model.set_counts(counts, few)
        self._fit_columns()
        if counts and not self.currentIndex().isValid():
            label = self._model.names().get(name) if same_folder and name is not None else None
            self.choose(label)

    def choose(self, label: int | None) -> None:
        """Choose a class, or all of them."""
        index = self._model.index(self._model.row_of(label), NAME)
        flags = QItemSelectionModel.SelectionFlag
        self.selectionModel().setCurrentIndex(index, flags.ClearAndSelect | flags.Rows)

    def _set_up_headers(self) -> None:
        rows = self.verticalHeader()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setDefaultSectionSize(self.fontMetrics().height() + 9)
        rows.hide()
        columns = self.horizontalHeader()
        columns.setMinimumSectionSize(40)
        columns.setHighlightSections(False)
        columns.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        columns.setSectionResizeMode(NAME, QHeaderView.ResizeMode.Stretch)
        self.setColumnWidth(BAR, _BAR_WIDTH)
        self.setSortingEnabled(True)
        self.sortByColumn(NAME, Qt.SortOrder.AscendingOrder)
        columns.sortIndicatorChanged.connect(lambda: self.scrollTo(self.currentIndex()))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._fit_columns()

    def _fit_columns(self) -> None:
        """Numbers have the room of their sum, the largest: a thousand rows aren't measured."""
        columns, metrics = self.horizontalHeader(), QFontMetrics(theme.font(bold=True))
        for column in range(NAME + 1, BAR):
            words = str(self._model.index(0, column).data() or "")
            wide = metrics.horizontalAdvance(words) + 2 * _PAD
            self.setColumnWidth(column, max(columns.sectionSizeHint(column), wide))

    def _set_up_menu(self) -> None:
        self._rename = QAction(self.tr("&Rename"), self)
        self._rename.setShortcut(QKeySequence("F2"))
        self._rename.triggered.connect(self._begin_rename)
        self._merge = QAction(self.tr("&Merge into another class…"), self)
        self._merge.triggered.connect(self._ask_merge)
        for action in (self._rename, self._merge):
            action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
            self.addAction(action)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        self._allow()

    def _begin_rename(self) -> None:
        if self._chosen is not None:
            self.edit(self._model.index(self.currentIndex().row(), NAME))

    def _ask_merge(self) -> None:
        label = self._chosen
        if label is None:
            return
        name = self._model.name(label)
        question = fill(self.tr("Merge {name} into:"), {"name": base_words.one_line(name)})
        others = {one: size for one, size in self._model.sizes().items() if one != name}
        dialog = ClassDialog(question, self.tr("Merge"), others, self, may_be_new=False)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.chosen.connect(lambda other: self.rename_asked.emit(label, other))
        dialog.open()

    def _allow(self) -> None:
        for action in (self._rename, self._merge):
            action.setEnabled(self._chosen is not None)

    def _moved(self, current: QModelIndex) -> None:
        label = self._model.label(current.row()) if current.isValid() else None
        if label != self._chosen:
            self._chosen = label
            self._allow()
            self.class_chosen.emit(label)


class _Names(QStyledItemDelegate):
    """A warning stands behind the name, so that names stay below each other."""

    def initStyleOption(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().initStyleOption(option, index)
        selected = QStyle.StateFlag.State_Selected
        if not option.icon.isNull() and option.state & selected:
            option.icon = theme.icon("warning", QPalette.ColorRole.HighlightedText)
        option.decorationPosition = QStyleOptionViewItem.Position.Right
        option.decorationAlignment = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class _Bars(QStyledItemDelegate):
    """A class's pictures beside the largest class's, each split in its colour."""

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        super().paint(painter, option, index)
        row: Row = index.data(COUNTS_ROLE)
        room = QRectF(option.rect).adjusted(_PAD, 0, -_PAD, 0)
        bar = QRectF(room.left(), round(room.center().y() - _BAR_HEIGHT / 2), 0, _BAR_HEIGHT)
        for split in data_words.SPLITS:
            count = getattr(row.count, split)
            width = round(room.width() * count / max(row.largest, 1))
            left = room.right() - bar.left()
            bar.setWidth(min(max(width, _LEAST_BAR), left) if count else 0)
            color = theme.data_color(data_words.SPLIT_COLORS[split], option.palette)
            painter.fillRect(bar, color)
            bar.moveLeft(bar.right())
