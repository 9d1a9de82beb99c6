"""Classes from the file names: which part of a name is its class, and what that gives.

The table of counts and the list of notes also serve classes from a table.
"""

import operator
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QPainter, QPalette, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from gui.base import theme
from gui.base import words as base_words
from gui.base.background import Latest
from gui.controls.inputs import QuietComboBox
from gui.controls.labels import ElidedLabel
from gui.controls.thumbnails import Load, Thumbnails, load_thumbnail
from gui.data.labels import words as labels_words
from gui.data.labels.words import Note
from gui.session import labelling
from gui.session.labelling import ByName, ClassRow, Given, Pictures

if TYPE_CHECKING:
    from core.dataset.labels.rules import Proposal, Rule

NAME, COUNT, PICTURES = 0, 1, 2
_EDGE, _GAP = 44, 4
_ROW_ROLE = int(Qt.ItemDataRole.UserRole)
_NOWHERE = QModelIndex()
_Roles = Qt.ItemDataRole
_Index = QModelIndex | QPersistentModelIndex


class LabelCounts(QTableView):
    """Sortable by name and by count; a class of one picture is marked."""

    def __init__(self, load: Load = load_thumbnail, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._thumbnails = Thumbnails(self._is_row_visible, load, self)
        self._model = _Model(self)
        self._folder = Path()
        self.setModel(self._model)
        self.setItemDelegateForColumn(PICTURES, _Strip(self, self._picture))
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
        self._thumbnails.changed.connect(self._redraw)

    @property
    def rows(self) -> Sequence[ClassRow]:
        """The classes, in the order in which they are shown."""
        return self._model.rows

    def show_rows(self, folder: Path, rows: Sequence[ClassRow]) -> None:
        """Show these classes, in natural order, of pictures in ``folder``."""
        self._folder = folder
        self._thumbnails.reset(round(_EDGE * self.devicePixelRatioF()))
        self._model.show(rows)

    def close_thumbnails(self) -> None:
        """End the background work; also done when the table is destroyed."""
        self._thumbnails.close()

    def _set_up_headers(self) -> None:
        rows = self.verticalHeader()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setDefaultSectionSize(_EDGE + 2 * _GAP)
        rows.hide()
        columns = self.horizontalHeader()
        columns.setHighlightSections(False)
        columns.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        columns.setSectionResizeMode(PICTURES, QHeaderView.ResizeMode.Stretch)
        advance = self.fontMetrics().horizontalAdvance
        self.setColumnWidth(NAME, advance("m" * 14))
        self.setColumnWidth(COUNT, advance(self.tr("Pictures")) + 30)
        self.setSortingEnabled(True)
        self.sortByColumn(COUNT, Qt.SortOrder.DescendingOrder)

    def _picture(self, path: str, row: int) -> QPixmap | None:
        return self._thumbnails.get(self._folder / path, row)

    def _is_row_visible(self, row: int) -> bool:
        rect = self.visualRect(self._model.index(row, PICTURES))
        return self.isVisible() and rect.intersects(self.viewport().rect())

    def _redraw(self, row: int) -> None:
        self.viewport().update(self.visualRect(self._model.index(row, PICTURES)))


class _Model(QAbstractTableModel):
    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rows: Sequence[ClassRow] = ()
        self._by_name: Sequence[ClassRow] = ()
        self._order = (COUNT, Qt.SortOrder.DescendingOrder)

    def show(self, rows: Sequence[ClassRow]) -> None:
        self._by_name = rows
        self._sort_rows()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        self._order = (column, order)
        self._sort_rows()

    def _sort_rows(self) -> None:
        column, order = self._order
        down = order == Qt.SortOrder.DescendingOrder
        self.beginResetModel()
        if column == COUNT:
            key = operator.attrgetter("count")
            self.rows = sorted(self._by_name, key=key, reverse=down)
        else:
            self.rows = self._by_name[::-1] if down else self._by_name
        self.endResetModel()

    def rowCount(self, parent: _Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: _Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else PICTURES + 1

    def data(self, index: _Index, role: int = int(_Roles.DisplayRole)) -> object:
        if not index.isValid():
            return None
        row, column = self.rows[index.row()], index.column()
        if role == _ROW_ROLE:
            return row
        if role == _Roles.DisplayRole:
            return (base_words.one_line(row.name), base_words.count(row.count), "")[column]
        if role in (_Roles.ToolTipRole, _Roles.AccessibleTextRole):
            return labels_words.class_row(row.name, row.count)
        if role == _Roles.DecorationRole and column == COUNT and row.count == 1:
            return theme.icon("warning", "warning")
        if role == _Roles.TextAlignmentRole and column == COUNT:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = int(_Roles.DisplayRole)
    ) -> object:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == _Roles.DisplayRole:
            return (self.tr("Class"), self.tr("Pictures"), self.tr("For example"))[section]
        if role == _Roles.TextAlignmentRole:
            return int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        return None


class _Strip(QStyledItemDelegate):
    """As many of a class's pictures as there is room for."""

    def __init__(self, view: QWidget, picture: Callable[[str, int], QPixmap | None]) -> None:
        super().__init__(view)
        self._picture = picture

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return QSize(4 * (_EDGE + _GAP), _EDGE + 2 * _GAP)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        super().paint(painter, option, index)
        row: ClassRow = index.data(_ROW_ROLE)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        room = option.rect.adjusted(_GAP, 0, 0, 0)
        square = QRect(0, 0, _EDGE, _EDGE)
        square.moveCenter(room.center())
        square.moveLeft(room.left())
        for path in row.paths:
            if square.right() > room.right():
                break
            self._paint_one(painter, option, square, self._picture(path, index.row()))
            square.translate(_EDGE + _GAP, 0)
        painter.restore()

    def _paint_one(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        square: QRect,
        picture: QPixmap | None,
    ) -> None:
        if picture is None:
            shade = QColor(option.palette.color(QPalette.ColorRole.Mid))
            shade.setAlphaF(0.25)
            painter.fillRect(square, shade)
            return
        size = picture.size().scaled(square.size(), Qt.AspectRatioMode.KeepAspectRatio)
        target = QRect(0, 0, size.width(), size.height())
        target.moveCenter(square.center())
        painter.drawPixmap(target, picture)


_ICON = QSize(16, 16)


class LabelNotes(QListWidget):
    """A list of notes; what is worth a look stands first, with a sign."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("What was found"))
        self.setWordWrap(True)
        self.setIconSize(_ICON)
        self.setResizeMode(QListWidget.ResizeMode.Adjust)
        self.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSelectionMode(QListWidget.SelectionMode.SingleSelection)

    @property
    def lines(self) -> list[str]:
        """What is said."""
        return [self.item(row).text() for row in range(self.count())]

    def show_notes(self, notes: Sequence[Note]) -> None:
        """Say these, warnings first."""
        self.clear()
        self.setVisible(bool(notes))
        for note in sorted(notes, key=lambda one: not one.is_warning):
            item = QListWidgetItem(note.sentence)
            item.setIcon(theme.icon(*(("warning",) * 2 if note.is_warning else ("info",))))
            item.setToolTip(note.sentence)
            self.addItem(item)


_LEFT_WIDTH, _FIELD_WIDTH, _LONGEST = 330, 56, 20
_RULE = int(Qt.ItemDataRole.UserRole)


class LabelFromNames(QWidget):
    """Rules to choose from, or a separator of one's own. Signal: ``changed`` when another rule
    was worked out."""

    changed = Signal()

    def __init__(self, load: Load = load_thumbnail, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pictures = Pictures(Path(), "", (), (), {})
        self._found: ByName | None = None
        self._job = Latest(self)
        self.heading = QLabel(self, wordWrap=True)
        self.heading.setFont(theme.font(bold=True))
        self.rules = QListWidget(self)
        self.rules.setAccessibleName(self.tr("Which part of the name is the class"))
        self.rules.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.rules.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.rules.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        self.side = QuietComboBox(self)
        self.side.setAccessibleName(self.tr("Which side of your own separator"))
        for value, words in labels_words.sides():
            self.side.addItem(words, value)
        self.own = QLineEdit(self)
        self.own.setMaxLength(_LONGEST)
        self.own.setFixedWidth(_FIELD_WIDTH)
        self.own.setAccessibleName(self.tr("Your own separator"))
        self.own.setToolTip(self.tr("Your own separator: one character or several"))
        self.sum = ElidedLabel(parent=self)
        self.sum.setFont(theme.font(bold=True))
        self.counts = LabelCounts(load, self)
        self.notes = LabelNotes(self)
        self._lay_out()
        self.rules.currentRowChanged.connect(self._rule_chosen)
        self.own.textEdited.connect(lambda: self._own_typed())
        self.side.activated.connect(lambda: self._own_typed())
        self._job.done.connect(self._show)

    @property
    def given(self) -> Given:
        """The classes that the chosen rule gives."""
        return Given(self._found.labels) if self._found is not None else Given()

    @property
    def rows(self) -> Sequence[ClassRow]:
        """The classes that the rule gives."""
        return self._found.rows if self._found is not None else ()

    @property
    def is_busy(self) -> bool:
        """Whether a rule is being worked out."""
        return self._job.is_busy

    def show_pictures(self, pictures: Pictures, proposals: "Sequence[Proposal]") -> None:
        """Offer ``proposals`` for ``pictures``, each with an example: a file and its class."""
        self._job.cancel()
        self._pictures = pictures
        self.own.clear()
        self.rules.blockSignals(True)
        self.rules.clear()
        for proposal in proposals:
            self._add(proposal)
        self.rules.setCurrentRow(-1)
        self.rules.blockSignals(False)
        self.rules.setVisible(bool(proposals))
        rows = len(proposals) * self._row_height() + 2 * self.rules.frameWidth()
        self.rules.setMaximumHeight(rows)
        self.heading.setText(labels_words.names_heading(bool(proposals)))
        self._show(None)
        if proposals:
            self.rules.setCurrentRow(0)

    def close_jobs(self) -> None:
        """End the background work; also done when the view is destroyed."""
        self._job.close()
        self.counts.close_thumbnails()

    def _add(self, proposal: "Proposal") -> None:
        words = (labels_words.proposed(proposal), labels_words.classes(len(proposal.counts)))
        title = labels_words.rule_title(proposal.rule)
        item = QListWidgetItem(f"{title}\n{labels_words.joined(words)}")
        item.setData(_RULE, proposal.rule)
        item.setToolTip(item.text())
        item.setSizeHint(QSize(0, self._row_height()))
        self.rules.addItem(item)

    def _row_height(self) -> int:
        return 2 * self.fontMetrics().lineSpacing() + 8

    def _rule_chosen(self, row: int) -> None:
        if row >= 0:
            self.own.clear()
            self._work_out(self.rules.item(row).data(_RULE))

    def _own_typed(self) -> None:
        from core.dataset.labels.rules import Rule

        if not self.own.text():
            if self.rules.currentRow() < 0 and self.rules.count():
                self.rules.setCurrentRow(0)
            return
        self.rules.blockSignals(True)
        self.rules.setCurrentRow(-1)
        self.rules.blockSignals(False)
        self._work_out(Rule(re.escape(self.own.text()), self.side.currentData()))

    def _work_out(self, rule: "Rule") -> None:
        self._job.submit(labelling.apply_rule(rule, self._pictures))
        self.changed.emit()

    def _show(self, found: ByName | None) -> None:
        self._found = found
        rows = found.rows if found is not None else ()
        labelled = sum(row.count for row in rows)
        self.sum.set_text(labels_words.summed_up(labelled, len(self._pictures.usable), len(rows)))
        self.counts.show_rows(self._pictures.folder, rows)
        notes = labels_words.notes_of_names(found) if found is not None else ()
        self.notes.show_notes(notes)
        self.notes.setVisible(bool(notes))
        self.changed.emit()

    def _lay_out(self) -> None:
        left = QVBoxLayout()
        left.setSpacing(6)
        own = QHBoxLayout()
        own.setSpacing(6)
        own_name = QLabel(self.tr("&Separator"), self)
        own_name.setBuddy(self.own)
        own.addWidget(own_name)
        own.addWidget(self.own)
        own.addWidget(self.side, 1)
        left.addWidget(self.heading)
        left.addWidget(self.rules, 3)
        left.addLayout(own)
        left.addWidget(self.notes, 2)
        left.addStretch(0)
        side = QWidget(self)
        side.setLayout(left)
        side.setFixedWidth(_LEFT_WIDTH)
        left.setContentsMargins(0, 0, 0, 0)
        right = QVBoxLayout()
        right.setSpacing(6)
        right.addWidget(self.sum)
        right.addWidget(self.counts, 1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(14)
        row.addWidget(side)
        row.addLayout(right, 1)
