"""What the split gives each class, as a sortable table, and all of them as one bar."""

from collections.abc import Sequence

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    QSortFilterProxyModel,
    Qt,
)
from PySide6.QtGui import QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QSizePolicy,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from core.dataset.folder import SplitName, printable
from core.dataset.split import ClassCount, Split
from gui.base import theme
from gui.base import words as base_words
from gui.data import words as data_words
from gui.data.split import words as split_words

COUNT_ROLE, SORT_ROLE = int(Qt.ItemDataRole.UserRole), int(Qt.ItemDataRole.UserRole) + 1
NAME, TRAIN, VALIDATION, TEST, SHARES, GROUPS = range(6)
_SPLIT_OF: dict[int, SplitName] = {TRAIN: "train", VALIDATION: "validation", TEST: "test"}
_NOWHERE = QModelIndex()
_Roles = Qt.ItemDataRole
Index = QModelIndex | QPersistentModelIndex


class SplitModel(QAbstractTableModel):
    """Columns: name, training, validation, test, their shares as a bar, groups."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._counts: Sequence[ClassCount] = ()
        self._groups: Sequence[int] = ()

    def set_counts(self, counts: Sequence[ClassCount]) -> None:
        """Show these, a label's count at its place. The same classes change in place."""
        same = [one.name for one in counts] == [one.name for one in self._counts]
        if same:
            self._counts = counts
            self._tell(NAME, SHARES)
            return
        self.beginResetModel()
        self._counts, self._groups = counts, ()
        self.endResetModel()

    def set_groups(self, groups: Sequence[int]) -> None:
        """Show how many groups each class has, a label's number at its place."""
        self._groups = groups
        self._tell(GROUPS, GROUPS)

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._counts)

    def columnCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else GROUPS + 1

    def data(self, index: Index, role: int = int(_Roles.DisplayRole)) -> object:
        if not index.isValid():
            return None
        label, column = index.row(), index.column()
        count = self._counts[label]
        match role:
            case _Roles.DisplayRole:
                return self._shown(label, column)
            case int() if role == SORT_ROLE:
                return self._sorted_by(label, column)
            case int() if role == COUNT_ROLE:
                return count
            case _Roles.DecorationRole if column == NAME and split_words.class_warning(count):
                return theme.icon("warning", "warning")
            case _Roles.ToolTipRole:
                return self._described(count)
            case _Roles.AccessibleTextRole if column in (NAME, SHARES):
                return self._described(count)
            case _Roles.TextAlignmentRole if column in _SPLIT_OF or column == GROUPS:
                return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = int(_Roles.DisplayRole)
    ) -> object:
        if orientation != Qt.Orientation.Horizontal:
            return None
        split = _SPLIT_OF.get(section)
        if role == _Roles.DisplayRole:
            return (
                self.tr("Class"),
                self.tr("Train"),
                self.tr("Val."),
                self.tr("Test"),
                self.tr("Shares"),
                self.tr("Groups"),
            )[section]
        if role in (_Roles.ToolTipRole, _Roles.AccessibleTextRole):
            if section == GROUPS:
                return self.tr("Groups and single pictures, each of which stays whole")
            return data_words.split_title(split) if split is not None else None
        if role == _Roles.ForegroundRole and split is not None:
            return theme.data_color(data_words.SPLIT_COLORS[split])
        if role == _Roles.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignLeft if split is None else Qt.AlignmentFlag.AlignHCenter
            return int(side | Qt.AlignmentFlag.AlignVCenter)
        return None

    def _tell(self, first: int, last: int) -> None:
        if self._counts:
            bottom = self.index(len(self._counts) - 1, last)
            self.dataChanged.emit(self.index(0, first), bottom)

    def _shown(self, label: int, column: int) -> str:
        if column == NAME:
            return printable(self._counts[label].name)
        if column == GROUPS:
            return base_words.count(self._groups[label]) if self._groups else ""
        split = _SPLIT_OF.get(column)
        return base_words.count(getattr(self._counts[label], split)) if split is not None else ""

    def _sorted_by(self, label: int, column: int) -> float:
        count = self._counts[label]
        if column == NAME:  # the classes come in their natural order
            return label
        if column == GROUPS:
            return self._groups[label] if self._groups else 0
        if column == SHARES:
            return count.validation / max(count.train + count.validation + count.test, 1)
        return float(getattr(count, _SPLIT_OF[column]))

    def _described(self, count: ClassCount) -> str:
        total = max(count.train + count.validation + count.test, 1)
        parts = []
        for name in data_words.SPLITS:
            size = getattr(count, name)
            share = base_words.percent(size / total, digits=0)
            parts.append(f"{data_words.split_word(name)} {base_words.count(size)} ({share})")
        warning = split_words.class_warning(count)
        lines = [f"{printable(count.name)}: {', '.join(parts)}", warning]
        return "\n".join(filter(None, lines))


_BAR, _GAP, _SWATCH = 14, 5, 9


class ShareBar(QWidget):
    """One bar in three colours, and below it each part's pictures and share in words."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._sizes: dict[SplitName, int] = dict.fromkeys(data_words.SPLITS, 0)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    @property
    def words(self) -> list[str]:
        """What is said below the bar."""
        total = sum(self._sizes.values())
        return [
            f"{data_words.split_title(name)} {base_words.count(size)} "
            f"({base_words.percent(size / max(total, 1), digits=0)})"
            for name, size in self._sizes.items()
        ]

    def show_split(self, split: Split) -> None:
        """Show how many pictures each part of ``split`` has."""
        self._sizes = {name: len(getattr(split, name)) for name in data_words.SPLITS}
        self.setAccessibleName(", ".join(self.words))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(300, _BAR + _GAP + self.fontMetrics().height())

    def minimumSizeHint(self) -> QSize:
        return QSize(120, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint_shares(painter, QRectF(0, 0, self.width(), _BAR), self._sizes, self.palette())
        left = 0
        for name, words in zip(self._sizes, self.words, strict=True):
            height = self.fontMetrics().height()
            line = QRect(left, _BAR + _GAP, self.width() - left, height)
            swatch = QRect(left, line.center().y() - _SWATCH // 2 + 1, _SWATCH, _SWATCH)
            color = theme.data_color(data_words.SPLIT_COLORS[name], self.palette())
            painter.fillRect(swatch, color)
            painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
            line.setLeft(left + _SWATCH + _GAP)
            painter.drawText(line, Qt.AlignmentFlag.AlignVCenter, words)
            left = line.left() + self.fontMetrics().horizontalAdvance(words) + 3 * _GAP
        painter.end()


def paint_shares(
    painter: QPainter, bar: QRectF, sizes: dict[SplitName, int], palette: QPalette
) -> None:
    """Fill ``bar`` with each part's colour, as wide as its share of the sum."""
    total = sum(sizes.values())
    painter.fillRect(bar, palette.color(QPalette.ColorRole.Midlight))
    part = QRectF(bar)
    for name, size in sizes.items():
        part.setWidth(bar.width() * size / max(total, 1))
        painter.fillRect(part, theme.data_color(data_words.SPLIT_COLORS[name], palette))
        part.moveLeft(part.right())


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
        sizes = {name: getattr(count, name) for name in data_words.SPLITS}
        paint_shares(painter, bar, sizes, option.palette)
