"""The confusion matrix: which classes were taken for which, its cells and their colours."""

from PySide6.QtCore import (
    QAbstractTableModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent, QPalette, QPen, QResizeEvent
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
from core.dataset.folder import printable
from core.runs.evaluation import Result
from gui.base import theme
from gui.base import words as base_words

Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()
_FAINTEST = 0.14  # a single mistake among many pictures is still seen


class ConfusionModel(QAbstractTableModel):
    """Rows are true classes, columns predicted ones."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._result = Result((), ())

    def set_result(self, result: Result) -> None:
        """Show another result."""
        self.beginResetModel()
        self._result = result
        self.endResetModel()

    @property
    def names(self) -> list[str]:
        """The classes, for people."""
        return [printable(name) for name in self._result.classes]

    @property
    def largest(self) -> int:
        """The largest count."""
        return max((max(row) for row in self._result.confusion), default=0)

    def count(self, row: int, column: int) -> int:
        """How many pictures of class ``row`` were taken for ``column``."""
        return self._result.confusion[row][column]

    def share(self, row: int, column: int) -> float:
        """``count`` as a share of the true class's pictures."""
        total = sum(self._result.confusion[row])
        return self.count(row, column) / total if total else 0.0

    def sentence(self, row: int, column: int) -> str:
        """A cell in words."""
        values = {
            "true": self.names[row],
            "predicted": self.names[column],
            "count": base_words.count(self.count(row, column)),
            "total": base_words.count(sum(self._result.confusion[row])),
        }
        if row == column:
            return fill(self.tr("{true} recognised: {count} of {total}"), values)
        return fill(self.tr("{true} taken for {predicted}: {count} of {total}"), values)

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._result.classes)

    def columnCount(self, parent: Index = _NOWHERE) -> int:
        return self.rowCount(parent)

    def data(self, index: Index, role: int = int(Qt.ItemDataRole.DisplayRole)) -> object:
        row, column = index.row(), index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return base_words.count(self.count(row, column)) if self.count(row, column) else ""
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            return self.sentence(row, column)
        return None

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = int(Qt.ItemDataRole.DisplayRole),
    ) -> object:
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return self.names[section]
        return None


def cell_colors(share: float, is_right: bool, palette: QPalette) -> tuple[QColor, QColor]:
    """The background for a share of a row, and a text colour that is read well on it."""
    base = palette.color(QPalette.ColorRole.Base)
    if share <= 0:
        return palette.color(QPalette.ColorRole.AlternateBase), QColor(base)
    full = theme.data_color("right" if is_right else "wrong", palette)
    weight = _FAINTEST + (1 - _FAINTEST) * share
    mixed = QColor.fromRgbF(
        base.redF() + (full.redF() - base.redF()) * weight,
        base.greenF() + (full.greenF() - base.greenF()) * weight,
        base.blueF() + (full.blueF() - base.blueF()) * weight,
    )
    inks = QColor("black"), QColor("white")
    return mixed, max(inks, key=lambda ink: theme.contrast(ink, mixed))


_LEAST_WIDTH, _MOST_WIDTH = 20, 110
_MOST_HEIGHT = 44
_LEAST = QSize(260, 150)
_LONGEST_NAME, _LONGEST_TURNED = 110, 92  # pixels; the tool tip holds the whole
_PAD = 6
Cell = tuple[int, int]


class ConfusionMatrix(QTableView):
    """Rows are true classes, columns what they were taken for; scrolls under fixed names.

    Signal: ``cell_chosen`` with the (true, predicted) indices of a mistake that a person clicks
    or presses Enter or Space on; with None for any other cell, a second time, or Escape.
    """

    cell_chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = ConfusionModel(self)
        self._chosen: Cell | None = None
        self._columns = _Names(Qt.Orientation.Horizontal, self)
        self._rows = _Names(Qt.Orientation.Vertical, self)
        self.setHorizontalHeader(self._columns)
        self.setVerticalHeader(self._rows)
        self.setModel(self._model)
        self.setItemDelegate(_CellDelegate(self, self._model))
        self._corner = _Corner(self)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(False)
        self.setShowGrid(False)
        self.setHorizontalScrollMode(QTableView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollMode(QTableView.ScrollMode.ScrollPerPixel)
        self.setAccessibleName(self.tr("Confusion matrix"))
        self.clicked.connect(lambda index: self._choose((index.row(), index.column())))

    @property
    def chosen(self) -> Cell | None:
        """The mistake that was chosen."""
        return self._chosen

    def show_result(self, result: Result) -> None:
        """Show another result, with no cell chosen."""
        self._chosen = None
        self._model.set_result(result)
        values = {
            "classes": base_words.count(len(result.classes)),
            "wrong": base_words.count(len(result.wrong)),
        }
        template = self.tr(
            "{classes} classes, {wrong} mistakes. Rows are true classes, columns predicted ones. "
            "Enter on a mistake lists its pictures."
        )
        self.setAccessibleDescription(fill(template, values))
        self._fit()

    def clear_choice(self) -> None:
        """Choose no cell, without a signal."""
        self._chosen = None
        self.viewport().update()

    def sentence(self, cell: Cell) -> str:
        """A cell in words: "turn-left taken for turn-right: 3 of 12"."""
        return self._model.sentence(*cell)

    def _choose(self, cell: Cell) -> None:
        is_mistake = cell[0] != cell[1] and self._model.count(*cell) > 0
        self._chosen = cell if is_mistake and cell != self._chosen else None
        self.viewport().update()
        self.cell_chosen.emit(self._chosen)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        current = self.currentIndex()
        if event.key() == Qt.Key.Key_Escape and self._chosen is not None:
            self.clear_choice()
            self.cell_chosen.emit(None)
        elif event.key() in _PRESSED and current.isValid():
            self._choose((current.row(), current.column()))
        else:
            super().keyPressEvent(event)

    # -- sizes ------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        return QSize(480, 320)

    def minimumSizeHint(self) -> QSize:
        return _LEAST

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._fit()

    def _fit(self) -> None:
        """Fill the room with the cells, as far as they stay readable and no larger than helps."""
        count = self._model.rowCount()
        if not count:
            return
        metrics, frame = self.fontMetrics(), 2 * self.frameWidth()
        largest = metrics.horizontalAdvance(base_words.count(self._model.largest))
        least = QSize(max(_LEAST_WIDTH, largest + 4), metrics.height() + 3)
        bar = self.style().pixelMetric(QStyle.PixelMetric.PM_ScrollBarExtent, None, self)
        columns, rows = self._columns, self._rows
        most = columns.sizeHint().height() + count * _MOST_HEIGHT + bar + frame
        self.setMaximumHeight(max(most, _LEAST.height()))
        room = self.width() - frame - rows.sizeHint().width()
        upright = max(map(metrics.horizontalAdvance, self._model.names)) + _PAD
        for _ in range(2):  # a scroll bar, where one is needed, takes room from the other side
            width = min(max(room // count, least.width()), _MOST_WIDTH)
            columns.turn(upright > width)
            height_room = self.height() - frame - columns.sizeHint().height()
            if width * count > room:
                height_room -= bar
            height = min(max(height_room // count, least.height()), _MOST_HEIGHT)
            if height * count <= height_room:
                break
            room = self.width() - frame - rows.sizeHint().width() - bar
        columns.setDefaultSectionSize(width)
        rows.setDefaultSectionSize(height)
        self.updateGeometries()
        self._corner.setGeometry(
            self.frameWidth(), self.frameWidth(), rows.width(), columns.height()
        )


class _Names(QHeaderView):
    """The classes along one side, turned upwards where the columns are narrow."""

    def __init__(self, orientation: Qt.Orientation, parent: QWidget) -> None:
        super().__init__(orientation, parent)
        self._is_turned = False
        self.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.setMinimumSectionSize(1)

    def turn(self, is_turned: bool) -> None:
        self._is_turned = is_turned

    def sizeHint(self) -> QSize:
        model, metrics = self.model(), self.fontMetrics()
        names = getattr(model, "names", [])
        longest = max(map(metrics.horizontalAdvance, names), default=0)
        longest_shown = _LONGEST_TURNED if self._is_turned else _LONGEST_NAME
        length = min(longest, longest_shown) + 2 * _PAD
        line = metrics.height() + _PAD
        if self.orientation() == Qt.Orientation.Vertical:
            return QSize(max(length, metrics.horizontalAdvance(_axes(self)) + 2 * _PAD), line)
        return QSize(line, length if self._is_turned else line)

    def paintSection(self, painter: QPainter, rect: QRect, section: int) -> None:
        painter.save()
        painter.fillRect(rect, self.palette().color(QPalette.ColorRole.Base))
        painter.setPen(self.palette().color(QPalette.ColorRole.Text))
        is_flat = self.orientation() == Qt.Orientation.Vertical or not self._is_turned
        length = (rect.width() if is_flat else rect.height()) - _PAD
        name = str(self.model().headerData(section, self.orientation()))
        shown = self.fontMetrics().elidedText(name, Qt.TextElideMode.ElideMiddle, length)
        if is_flat:
            place = rect.adjusted(_PAD // 2, 0, -_PAD // 2, 0)
            is_row = self.orientation() == Qt.Orientation.Vertical
            side = Qt.AlignmentFlag.AlignRight if is_row else Qt.AlignmentFlag.AlignHCenter
            painter.drawText(place, side | Qt.AlignmentFlag.AlignVCenter, shown)
        else:
            painter.translate(rect.left(), rect.bottom() - _PAD // 2)
            painter.rotate(-90)
            upward = QRect(0, 0, rect.height() - _PAD // 2, rect.width())
            flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(upward, flags, shown)
        painter.restore()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        beyond = self.viewport().rect()  # the style gives this part another colour
        if self.orientation() == Qt.Orientation.Vertical:
            beyond.setTop(self.length() - self.offset())
        else:
            beyond.setLeft(self.length() - self.offset())
        painter = QPainter(self.viewport())
        painter.fillRect(beyond, self.palette().color(QPalette.ColorRole.Base))
        painter.end()


class _Corner(QWidget):
    """Says which side is which."""

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self.palette().color(QPalette.ColorRole.Base))
        painter.setPen(self.palette().color(QPalette.ColorRole.PlaceholderText))
        place = self.rect().adjusted(_PAD // 2, 2, -_PAD // 2, -2)
        flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignBottom
        painter.drawText(place, flags, _axes(self))
        painter.end()


class _CellDelegate(QStyledItemDelegate):
    def __init__(self, view: ConfusionMatrix, model: ConfusionModel) -> None:
        super().__init__(view)
        self._view, self._model = view, model

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        view, row, column = self._view, index.row(), index.column()
        share = self._model.share(row, column)
        fill_color, ink = cell_colors(share, row == column, option.palette)
        painter.save()
        painter.fillRect(option.rect.adjusted(0, 0, -1, -1), fill_color)
        painter.setPen(ink)
        painter.drawText(option.rect, Qt.AlignmentFlag.AlignCenter, str(index.data()))
        is_chosen = view.chosen == (row, column)
        if is_chosen or (index == view.currentIndex() and view.hasFocus()):
            color = option.palette.color(QPalette.ColorRole.Text)
            line = Qt.PenStyle.SolidLine if is_chosen else Qt.PenStyle.DotLine
            painter.setPen(QPen(color, 2, line, Qt.PenCapStyle.SquareCap))
            painter.drawRect(option.rect.adjusted(1, 1, -2, -2))
        painter.restore()


_PRESSED = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)


def _axes(widget: QWidget) -> str:
    return widget.tr("true ↓  taken for →")
