"""The classes with their counts, and a bar for each."""

from collections.abc import Sequence

from PySide6.QtCore import (
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QRectF,
    Qt,
    Signal,
)
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from core.dataset import ClassCount
from gui import data_text, theme
from gui.widgets.class_model import BAR, COUNTS_ROLE, NAME, ClassModel, Row

_BAR_WIDTH, _BAR_HEIGHT, _PAD = 76, 8, 6


class ClassTable(QTableView):
    """Sortable by every column; its first row stands for all classes.

    Signal: ``class_chosen`` with the label of the class whose row was chosen, None for all.
    """

    class_chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = ClassModel(self)
        self._chosen: int | None = None
        self.setModel(self._model)
        self.setItemDelegateForColumn(BAR, _Bars(self))
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
        self.selectionModel().currentRowChanged.connect(self._moved)

    @property
    def chosen(self) -> int | None:
        """The label of the chosen class, None for all."""
        return self._chosen

    def show_counts(self, counts: Sequence[ClassCount]) -> None:
        """Show these, a label's count at its place; other classes choose all again."""
        self._model.set_counts(counts)
        if counts and not self.currentIndex().isValid():
            self.choose(None)

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
        columns.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        columns.setSectionResizeMode(NAME, QHeaderView.ResizeMode.Stretch)
        columns.setSectionResizeMode(BAR, QHeaderView.ResizeMode.Fixed)
        self.setColumnWidth(BAR, _BAR_WIDTH)
        self.setSortingEnabled(True)
        self.sortByColumn(NAME, Qt.SortOrder.AscendingOrder)
        columns.sortIndicatorChanged.connect(lambda: self.scrollTo(self.currentIndex()))

    def _moved(self, current: QModelIndex) -> None:
        label = self._model.label(current.row()) if current.isValid() else None
        if label != self._chosen:
            self._chosen = label
            self.class_chosen.emit(label)


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
        bar = QRectF(room.left(), room.center().y() - _BAR_HEIGHT / 2, 0, _BAR_HEIGHT)
        for split in data_text.SPLITS:
            bar.setWidth(room.width() * getattr(row.count, split) / max(row.largest, 1))
            color = theme.data_color(data_text.SPLIT_COLORS[split], option.palette)
            painter.fillRect(bar, color)
            bar.moveLeft(bar.right())
