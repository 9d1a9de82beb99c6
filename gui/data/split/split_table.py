"""What the split gives each class, in a table that any number of classes may fill."""

from collections.abc import Sequence

from PySide6.QtCore import (
    QModelIndex,
    QPersistentModelIndex,
    QRectF,
    QSize,
    QSortFilterProxyModel,
    Qt,
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

from core.dataset.split import ClassCount
from gui.data import data_text
from gui.data.split.share_bar import paint_shares
from gui.data.split.table import (
    COUNT_ROLE,
    GROUPS,
    NAME,
    SHARES,
    SORT_ROLE,
    TEST,
    TRAIN,
    SplitModel,
)

_BAR_WIDTH, _BAR_HEIGHT, _PAD = 96, 8, 6
_FEWEST_ROWS = 4
_DIGITS = "000,000"


class SplitTable(QTableView):
    """Sortable by every column; to look at only."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = SplitModel(self)
        sorted_model = QSortFilterProxyModel(self)
        sorted_model.setSourceModel(self._model)
        sorted_model.setSortRole(SORT_ROLE)
        self.setModel(sorted_model)
        self.setItemDelegateForColumn(SHARES, _Shares(self))
        self.setAccessibleName(self.tr("What each class gets"))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setAlternatingRowColors(True)
        self.setWordWrap(False)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self._set_up_headers()

    def show_counts(self, counts: Sequence[ClassCount]) -> None:
        """Show these, a label's count at its place."""
        self._model.set_counts(counts)

    def show_groups(self, groups: Sequence[int] | None) -> None:
        """Show how many groups each class has, or None where nothing is grouped."""
        self.setColumnHidden(GROUPS, groups is None)
        self._model.set_groups(groups or ())

    def sizeHint(self) -> QSize:
        return self.minimumSizeHint()

    def minimumSizeHint(self) -> QSize:
        rows = _FEWEST_ROWS * self.verticalHeader().defaultSectionSize()
        height = self.horizontalHeader().sizeHint().height() + rows + 2 * self.frameWidth()
        return QSize(200, height)

    def _set_up_headers(self) -> None:
        rows = self.verticalHeader()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setDefaultSectionSize(self.fontMetrics().height() + 7)
        rows.hide()
        columns = self.horizontalHeader()
        columns.setMinimumSectionSize(40)
        columns.setHighlightSections(False)
        # fixed: a thousand classes are not measured at each key
        columns.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        columns.setSectionResizeMode(NAME, QHeaderView.ResizeMode.Stretch)
        digits = self.fontMetrics().horizontalAdvance(_DIGITS) + 2 * _PAD
        for column in (*range(TRAIN, TEST + 1), GROUPS):
            self.setColumnWidth(column, digits)
        self.setColumnWidth(SHARES, _BAR_WIDTH)
        self.setSortingEnabled(True)
        self.sortByColumn(NAME, Qt.SortOrder.AscendingOrder)


class _Shares(QStyledItemDelegate):
    """A class's parts in their colours, the whole as wide as the column."""

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        super().paint(painter, option, index)
        room = QRectF(option.rect).adjusted(_PAD, 0, -_PAD, 0)
        bar = QRectF(room.left(), room.center().y() - _BAR_HEIGHT / 2, room.width(), _BAR_HEIGHT)
        count: ClassCount = index.data(COUNT_ROLE)
        sizes = {name: getattr(count, name) for name in data_text.SPLITS}
        paint_shares(painter, bar, sizes, option.palette)
