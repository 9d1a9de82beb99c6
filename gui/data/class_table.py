"""The classes with their counts, and a bar for each."""

from collections.abc import Sequence

from PySide6.QtCore import (
    QEvent,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QRectF,
    Qt,
    Signal,
)
from PySide6.QtGui import QAction, QFontMetrics, QKeySequence, QPainter, QPalette
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from core.common.messages import fill
from core.dataset.health import FEW_PICTURES
from core.dataset.split import ClassCount
from gui.base import theme
from gui.data import data_text
from gui.data import words as data_words
from gui.data.class_dialog import ClassDialog
from gui.data.classes import BAR, COUNTS_ROLE, NAME, ClassModel, Row

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
        question = fill(self.tr("Merge {name} into:"), {"name": data_words.one_line(name)})
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
        for split in data_text.SPLITS:
            count = getattr(row.count, split)
            width = round(room.width() * count / max(row.largest, 1))
            left = room.right() - bar.left()
            bar.setWidth(min(max(width, _LEAST_BAR), left) if count else 0)
            color = theme.data_color(data_text.SPLIT_COLORS[split], option.palette)
            painter.fillRect(bar, color)
            bar.moveLeft(bar.right())
