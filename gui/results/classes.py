"""How many pictures of each class were recognised."""

from collections.abc import Sequence

from PySide6.QtCore import (
    QAbstractTableModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QPainter, QPalette
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QSizePolicy,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from core.common.messages import fill
from core.dataset.folder import printable
from core.runs.evaluation import ClassResult
from gui.base import theme
from gui.base import words as base_words

NAME, RIGHT = 0, 1
RESULT_ROLE = int(Qt.ItemDataRole.UserRole)
_LEAST_ROWS, _MOST_ROWS = 5, 20
_BAR = 8
Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()


class ClassResults(QTableView):
    """A row for each class with a bar and "11 of 12"; a click on a heading sorts by it, the
    worst class first where it is that of the counts."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = _Model(self)
        self.setModel(self._model)
        self.setItemDelegateForColumn(RIGHT, _BarDelegate(self))
        self.setAccessibleName(self.tr("Right pictures of each class"))
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setVerticalScrollMode(QTableView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.verticalHeader().hide()
        self.verticalHeader().setMinimumSectionSize(1)
        header = self.horizontalHeader()
        header.setSectionResizeMode(NAME, QHeaderView.ResizeMode.Interactive)
        header.setStretchLastSection(True)
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSortIndicator(NAME, Qt.SortOrder.AscendingOrder)
        self.setSortingEnabled(True)
        self._fit_rows()

    def show_results(self, results: Sequence[ClassResult]) -> None:
        """Show these, in the order that was last chosen."""
        self._model.set_results(results)
        self._model.sort(self.horizontalHeader().sortIndicatorSection(), self._order())
        widths = [self.fontMetrics().horizontalAdvance(printable(one.name)) for one in results]
        self.setColumnWidth(NAME, min(max(widths, default=60) + 16, 150))
        self._limit()

    def sort_by(self, column: int) -> None:
        """Sort by ``NAME`` or, the worst first, by ``RIGHT``."""
        self.sortByColumn(column, Qt.SortOrder.AscendingOrder)

    @property
    def is_worst_first(self) -> bool:
        """Whether the class with the least share of right pictures comes first."""
        section = self.horizontalHeader().sortIndicatorSection()
        return section == RIGHT and self._order() == Qt.SortOrder.AscendingOrder

    @property
    def rows(self) -> list[tuple[str, str]]:
        """What is shown, from above: each class and its counts."""
        cells = ((self._model.index(row, NAME), self._model.index(row, RIGHT)) for row in self._all)
        return [(str(name.data()), str(right.data())) for name, right in cells]

    @property
    def _all(self) -> range:
        return range(self._model.rowCount())

    def _order(self) -> Qt.SortOrder:
        return self.horizontalHeader().sortIndicatorOrder()

    def sizeHint(self) -> QSize:
        return QSize(260, self._height(_MOST_ROWS))

    def minimumSizeHint(self) -> QSize:
        return QSize(200, self._height(_LEAST_ROWS))

    def _limit(self) -> None:
        self.setMaximumHeight(self._height(self._model.rowCount()))
        self.updateGeometry()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._fit_rows()

    def _fit_rows(self) -> None:
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 5)
        self._limit()

    def _height(self, rows: int) -> int:
        shown = min(max(self._model.rowCount(), 1), rows)
        inner = shown * self.verticalHeader().defaultSectionSize()
        return inner + self.horizontalHeader().sizeHint().height() + 2 * self.frameWidth()


class _Model(QAbstractTableModel):
    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._in_order: tuple[ClassResult, ...] = ()
        self._shown: tuple[ClassResult, ...] = ()

    def set_results(self, results: Sequence[ClassResult]) -> None:
        self.beginResetModel()
        self._in_order = self._shown = tuple(results)
        self.endResetModel()

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._shown)

    def columnCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else 2

    def data(self, index: Index, role: int = int(Qt.ItemDataRole.DisplayRole)) -> object:
        one = self._shown[index.row()]
        words = printable(one.name) if index.column() == NAME else self._counts(one)
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return words
        if role == Qt.ItemDataRole.ToolTipRole:
            share = f" ({base_words.percent(one.right / one.total)})" if one.total else ""
            return f"{printable(one.name)}: {self._counts(one)}{share}"
        return one if role == RESULT_ROLE else None

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = int(Qt.ItemDataRole.DisplayRole),
    ) -> object:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self.tr("Class") if section == NAME else self.tr("Right")
        if role == Qt.ItemDataRole.ToolTipRole:
            sorting = self.tr("Sort by class"), self.tr("Sort by share, the worst first")
            return sorting[section]
        return None

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        self.layoutAboutToBeChanged.emit()
        shown = list(self._in_order)
        backwards = order == Qt.SortOrder.DescendingOrder
        if column == RIGHT:
            checked = [one for one in shown if one.total]
            checked.sort(key=lambda one: one.right / one.total, reverse=backwards)
            shown = checked + [one for one in shown if not one.total]
        elif backwards:
            shown.reverse()
        self._shown = tuple(shown)
        self.layoutChanged.emit()

    def _counts(self, one: ClassResult) -> str:
        if not one.total:
            return self.tr("not checked")
        values = {"right": base_words.count(one.right), "total": base_words.count(one.total)}
        return fill(self.tr("{right} of {total}"), values)


class _BarDelegate(QStyledItemDelegate):
    """The counts at the right, and before them a bar of the share that is right."""

    def __init__(self, view: QTableView) -> None:
        super().__init__(view)
        self._view = view

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        one: ClassResult = index.data(RESULT_ROLE)
        palette, roles = option.palette, QPalette.ColorRole
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        room = QRectF(option.rect).adjusted(4, 0, -8, 0)
        counts = self._counts_width(option, index)
        painter.setPen(palette.color(roles.Text if one.total else roles.PlaceholderText))
        flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(room, int(flags), str(index.data()))
        bar = QRectF(room.left(), room.center().y() - _BAR / 2, room.width() - counts - 10, _BAR)
        if one.total and bar.width() > 4:
            painter.setPen(Qt.PenStyle.NoPen)
            if one.right < one.total:
                painter.setBrush(theme.data_color("wrong", palette))
                painter.drawRoundedRect(bar, 2, 2)
            painter.setBrush(theme.data_color("right", palette))
            share = bar.width() * one.right / one.total
            painter.drawRoundedRect(QRectF(bar.left(), bar.top(), share, _BAR), 2, 2)
        if index == self._view.currentIndex() and self._view.hasFocus():
            painter.setPen(palette.color(roles.Highlight))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(QRectF(option.rect).adjusted(0.5, 0.5, -0.5, -0.5))
        painter.restore()

    def _counts_width(self, option: QStyleOptionViewItem, index: Index) -> int:
        """The widest of all, so that the bars are equally long."""
        model = index.model()
        cells = (str(model.index(row, RIGHT).data()) for row in range(model.rowCount()))
        return max(option.fontMetrics.horizontalAdvance(words) for words in cells)
