"""A finding's own page: pairs of duplicates side by side, or a list of files or classes.

The lists stay quick with thousands of rows: a row is made, and its thumbnails asked for, when it
is seen.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import (
    QAbstractListModel,
    QItemSelectionModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetrics,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPalette,
    QPen,
    QPixmap,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLabel,
    QListView,
    QMenu,
    QPushButton,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from core.dataset.edits import Reason
from gui.base import theme
from gui.base import words as base_words
from gui.controls.labels import ElidedLabel
from gui.controls.thumbnails import Load, Thumbnails, load_thumbnail
from gui.data import words as data_words
from gui.data.findings import pairs as findings_pairs
from gui.data.findings.cards import FILTER, Action, Rows
from gui.data.findings.pairs import Member, Pair, PairKind, merges, moves, paths_of

PAIR_ROLE = int(Qt.ItemDataRole.UserRole)
EDGE = 84  # pixels: a thumbnail's longest side
_PAD, _GAP, _RADIUS, _DOT = 8, 10, 4.0, 9
Index = QModelIndex | QPersistentModelIndex
_ROLES = QPalette.ColorRole
_Flag = QStyle.StateFlag


@dataclass(frozen=True, slots=True)
class PairTile:
    """What to paint: a picture is None while it is being made and where it is broken."""

    pair: Pair
    pictures: tuple[QPixmap | None, QPixmap | None]
    broken: tuple[bool, bool]


class PairDelegate(QStyledItemDelegate):
    """Where the two differ, in class or split, their words are bold."""

    def __init__(self, view: QWidget) -> None:
        super().__init__(view)
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        caption = QFontMetrics(theme.small_font()).lineSpacing()
        return QSize(2 * EDGE + 200, EDGE + caption + 2 * _PAD + 2)

    def halves(self, row: QRect) -> tuple[QRect, QRect]:
        """Where each of a pair is within its row."""
        width = row.width() // 2
        left = QRect(row.left(), row.top(), width, row.height())
        return left, left.translated(width, 0)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        tile: PairTile = index.data(PAIR_ROLE)
        painter.save()
        painter.setRenderHints(
            QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
        )
        selected = bool(option.state & _Flag.State_Selected)
        self._paint_back(painter, option, selected)
        palette = option.palette
        role = _ROLES.HighlightedText if selected else _ROLES.PlaceholderText
        painter.setFont(theme.small_font())
        painter.setPen(palette.color(role))
        inner = option.rect.adjusted(_PAD, _PAD - 2, -_PAD, 0)
        painter.drawText(inner, Qt.AlignmentFlag.AlignLeft, findings_pairs.likeness(tile.pair))
        for number, half in enumerate(self.halves(option.rect)):
            self._paint_half(painter, palette, half, tile, number, selected)
        painter.restore()

    def _paint_back(self, painter: QPainter, option: QStyleOptionViewItem, selected: bool) -> None:
        rect, palette = option.rect, option.palette
        highlight = palette.color(_ROLES.Highlight)
        if selected:
            painter.fillRect(rect, highlight)
        elif option.state & _Flag.State_MouseOver:
            highlight.setAlphaF(0.12)
            painter.fillRect(rect, highlight)
        painter.setPen(palette.color(_ROLES.Mid))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        if option.state & _Flag.State_HasFocus:
            role = _ROLES.HighlightedText if selected else _ROLES.Highlight
            painter.setPen(QPen(palette.color(role), 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(rect.adjusted(2, 2, -2, -3), _RADIUS, _RADIUS)

    def _paint_half(
        self,
        painter: QPainter,
        palette: QPalette,
        half: QRect,
        tile: PairTile,
        number: int,
        selected: bool,
    ) -> None:
        top = half.bottom() - _PAD - EDGE
        square = QRect(half.left() + _PAD, top, EDGE, EDGE)
        _paint_picture(painter, palette, square, tile.pictures[number], tile.broken[number])
        words = half.adjusted(_PAD + EDGE + _GAP, 0, -_PAD, 0)
        words.setTop(top)
        pair = tile.pair
        one, other = (pair.first, pair.second) if number == 0 else (pair.second, pair.first)
        _paint_words(painter, palette, words, one, other, selected)


def _paint_picture(
    painter: QPainter, palette: QPalette, square: QRect, picture: QPixmap | None, broken: bool
) -> None:
    if picture is not None:
        size = picture.size().scaled(square.size(), Qt.AspectRatioMode.KeepAspectRatio)
        target = QRect(0, 0, size.width(), size.height())
        target.moveCenter(square.center())
        painter.drawPixmap(target, picture)
        return
    shade = QColor(palette.color(_ROLES.Mid))
    shade.setAlphaF(0.25)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(shade)
    painter.drawRoundedRect(square, _RADIUS, _RADIUS)
    if broken:
        sign = QRect(0, 0, EDGE // 3, EDGE // 3)
        sign.moveCenter(square.center())
        theme.icon("warning", "warning").paint(painter, sign)


def _paint_words(
    painter: QPainter,
    palette: QPalette,
    area: QRect,
    one: Member,
    other: Member,
    selected: bool,
) -> None:
    """File name, class and split, each on its line, with a dot in the split's colour."""
    normal = palette.color(_ROLES.HighlightedText if selected else _ROLES.Text)
    color = theme.data_color(data_words.SPLIT_COLORS[one.split], palette)
    folder, _, name = base_words.one_line(one.path).rpartition("/")
    faint = palette.color(_ROLES.HighlightedText if selected else _ROLES.PlaceholderText)
    lines = (
        (name, normal, theme.font()),
        (folder, faint, theme.small_font()),
        (base_words.one_line(one.class_name), normal, _font(one.class_name != other.class_name)),
        (data_words.split_word(one.split), normal, _font(one.split != other.split)),
    )
    step = EDGE // len(lines)
    for place, (words, shade, font) in enumerate(lines):
        line = QRect(area.left(), area.top() + place * step, area.width(), step)
        if place == len(lines) - 1:
            dot = QRect(line.left(), 0, _DOT, _DOT)
            dot.moveCenter(line.center())
            dot.moveLeft(line.left())
            painter.setPen(QPen(normal, 1) if selected else Qt.PenStyle.NoPen)
            painter.setBrush(color)
            painter.drawEllipse(dot)
            line.setLeft(dot.right() + 6)
        painter.setFont(font)
        painter.setPen(shade)
        shown = QFontMetrics(font).elidedText(words, Qt.TextElideMode.ElideMiddle, line.width())
        painter.drawText(line, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)


def _font(bold: bool) -> QFont:
    return theme.font(bold=bold)


_NOWHERE = QModelIndex()
_Roles = Qt.ItemDataRole


class DuplicatePairs(QListView):
    """Several rows can be selected. Only rows that are seen have their thumbnails made.

    Signals: ``selected`` when other pairs are; ``opened`` with the path of the picture that was
    double-clicked, or of a row's left one where Enter was pressed.
    """

    selected = Signal()
    opened = Signal(str)

    def __init__(self, load: Load = load_thumbnail, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._thumbnails = Thumbnails(self._is_row_visible, load, self)
        # Not dataChanged: a list lays all its rows out anew then; and one picture may be in many.
        self._thumbnails.changed.connect(lambda: self.viewport().update())
        self._model = _PairModel(self._thumbnails, self)
        self._delegate = PairDelegate(self)
        self.setModel(self._model)
        self.setItemDelegate(self._delegate)
        self.setUniformItemSizes(True)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setMouseTracking(True)
        self.verticalScrollBar().setSingleStep(EDGE // 2)
        self.selectionModel().selectionChanged.connect(self.selected)

    @property
    def pairs(self) -> Sequence[Pair]:
        """What is shown."""
        return self._model.pairs

    @property
    def selected_pairs(self) -> list[Pair]:
        """Those that are selected, from top to bottom."""
        rows = sorted(index.row() for index in self.selectedIndexes())
        return [self._model.pairs[row] for row in rows]

    def show_pairs(self, pairs: Sequence[Pair], folder: Path) -> None:
        """Show ``pairs``, whose paths are below ``folder``, from where the list was scrolled."""
        if pairs == self._model.pairs and folder == self._model.folder:
            return
        place, row = self.verticalScrollBar().value(), self.currentIndex().row()
        self._thumbnails.reset(round(EDGE * self.devicePixelRatioF()))
        self._model.show(pairs, folder)
        self.verticalScrollBar().setValue(place)
        self._go_to(min(row, len(pairs) - 1))
        self.selected.emit()

    def start_afresh(self) -> None:
        """Go to the top, with nothing selected, and take the focus."""
        self.clearSelection()
        self.scrollToTop()
        self._go_to(0)
        self.setFocus()

    def close_thumbnails(self) -> None:
        """End the background work; also done when the list is destroyed."""
        self._thumbnails.close()

    def sizeHint(self) -> QSize:
        return QSize(560, 4 * (EDGE + 30))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        index = self.currentIndex()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and index.isValid():
            self.opened.emit(self._model.pairs[index.row()].first.path)
        else:
            super().keyPressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        super().mouseDoubleClickEvent(event)
        member = self._member_at(event.position().toPoint())
        if member is not None and event.button() == Qt.MouseButton.LeftButton:
            self.opened.emit(member.path)

    def _go_to(self, row: int) -> None:
        """Make ``row`` the one that the keyboard goes on from, without selecting it."""
        flags = QItemSelectionModel.SelectionFlag
        self.selectionModel().setCurrentIndex(self._model.index(row), flags.NoUpdate)

    def _member_at(self, place: QPoint) -> Member | None:
        index = self.indexAt(place)
        if not index.isValid():
            return None
        pair = self._model.pairs[index.row()]
        left, _right = self._delegate.halves(self.visualRect(index))
        return pair.first if left.contains(place) else pair.second

    def _is_row_visible(self, row: int) -> bool:
        rect = self.visualRect(self._model.index(row))
        return self.isVisible() and rect.intersects(self.viewport().rect())


class _PairModel(QAbstractListModel):
    """A row is made when it is painted, and asks for its two thumbnails then."""

    def __init__(self, thumbnails: Thumbnails, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.pairs: Sequence[Pair] = ()
        self.folder = Path()
        self._thumbnails = thumbnails

    def show(self, pairs: Sequence[Pair], folder: Path) -> None:
        self.beginResetModel()
        self.pairs, self.folder = pairs, folder
        self.endResetModel()

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self.pairs)

    def data(self, index: Index, role: int = int(_Roles.DisplayRole)) -> object:
        if not index.isValid():
            return None
        if role == PAIR_ROLE:
            return self._tile(self.pairs[index.row()], index.row())
        if role in (_Roles.DisplayRole, _Roles.AccessibleTextRole, _Roles.ToolTipRole):
            return findings_pairs.described(self.pairs[index.row()])
        return None

    def _tile(self, pair: Pair, row: int) -> PairTile:
        first, second = self._look(pair.first, row), self._look(pair.second, row)
        return PairTile(pair, (first[0], second[0]), (first[1], second[1]))

    def _look(self, one: Member, row: int) -> tuple[QPixmap | None, bool]:
        """The picture, and whether it is broken."""
        path = self.folder / one.path
        picture = self._thumbnails.get(path, row, one.mtime)
        return picture, self._thumbnails.problem(path, one.mtime) is not None


class FindingHeader(QWidget):
    """Signal: ``back_asked``."""

    back_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.back = QPushButton(theme.icon("collapse"), self.tr("All findings"), self)
        self.back.setToolTip(self.tr("Back to all findings (Esc)"))
        self.back.clicked.connect(self.back_asked)
        self.title = ElidedLabel(parent=self)
        self.title.setFont(theme.heading_font())
        self.text = QLabel(self, wordWrap=True)
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        self._top = QHBoxLayout()
        self._top.setSpacing(12)
        self._top.addWidget(self.back)
        self._top.addWidget(self.title, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addLayout(self._top)
        column.addWidget(self.text)

    def show_words(self, title: str, words: str) -> None:
        """Say what is shown below."""
        self.title.set_text(title)
        self.text.setText(words)
        self.text.setVisible(bool(words))

    def add_button(self, button: QPushButton) -> None:
        """Put ``button`` at the end of the first line."""
        self._top.addWidget(button)


_REASONS: dict[PairKind, Reason] = {
    "leaks": Reason.LEAK,
    "conflicts": Reason.LABEL_CONFLICT,
    "copies": Reason.DUPLICATE,
}


class PairReview(QWidget):
    """The buttons act on the selected pairs; where none is selected, on all.

    Signals: ``exclude_asked`` (paths, ``core.dataset.edits.Reason``), ``split_asked`` (paths,
    split), ``label_asked`` (paths, class name), ``accept_asked`` (paths), ``opened`` (path),
    ``back_asked``.
    """

    exclude_asked = Signal(list, object)
    split_asked = Signal(list, str)
    label_asked = Signal(list, str)
    accept_asked = Signal(list)
    opened = Signal(str)
    back_asked = Signal()

    def __init__(self, load: Load = load_thumbnail, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.header = FindingHeader(self)
        self.concerned = QLabel(self)
        self.concerned.setFont(theme.font(bold=True))
        self.move_over = self._button(self._move)
        self.exclude_copy = self._button(lambda: self._exclude(False))
        self.exclude = self._button(None)
        self.exclude_menu = QMenu(self)
        self.put_into = self._button(None)
        self.merge_menu = QMenu(self)
        self.keep_both = self._button(self._ignore)
        self._buttons = (
            self.move_over,
            self.put_into,
            self.exclude_copy,
            self.exclude,
            self.keep_both,
        )
        self.select_none = QPushButton(self.tr("Select none"), self)
        self.list = DuplicatePairs(load, self)
        self.select_none.clicked.connect(self.list.clearSelection)
        self.list.selected.connect(self._show_actions)
        self.list.opened.connect(self.opened)
        self.header.back_asked.connect(self.back_asked)
        self._word_buttons()
        self._lay_out()
        for button in (*self._buttons, self.select_none):
            button.hide()  # until it is known which of them are needed

    @property
    def pairs(self) -> Sequence[Pair]:
        """Those that the buttons act on."""
        return self.list.selected_pairs or self.list.pairs

    def show_pairs(self, pairs: Sequence[Pair], folder: Path) -> None:
        """Show these, of one kind and at least one, with what can be done about them."""
        kind = pairs[0].kind
        words = f"{findings_pairs.why(kind)} {findings_pairs.how_alike(pairs)}"
        self.header.show_words(findings_pairs.title(pairs), words)
        self.list.setAccessibleName(findings_pairs.title(pairs))
        self.move_over.setVisible(kind == "leaks")
        self.put_into.setVisible(kind == "conflicts")
        self.exclude_copy.setVisible(kind == "copies")
        self.exclude.setVisible(kind != "copies")
        self.keep_both.show()
        self.list.show_pairs(pairs, folder)
        self._show_actions()

    def start_afresh(self) -> None:
        """Begin at the top with nothing selected."""
        self.list.start_afresh()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.back_asked.emit()
        else:
            super().keyPressEvent(event)

    def _word_buttons(self) -> None:
        self.exclude_copy.setText(self.tr("Exclude the right one"))
        self.exclude.setText(self.tr("Exclude"))
        self.exclude.setMenu(self.exclude_menu)
        self.put_into.setText(self.tr("Put both into"))
        self.put_into.setMenu(self.merge_menu)
        self.keep_both.setText(self.tr("Ignore"))
        self.keep_both.setToolTip(self.tr("Keep both, and don’t show them again"))
        self.move_over.setToolTip(
            self.tr("The right picture joins the left one, so that nothing is checked on it")
        )

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(self.concerned)
        for button in self._buttons:
            row.addWidget(button)
        row.addStretch(1)
        self.header.add_button(self.select_none)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 10, 10, 10)
        column.setSpacing(8)
        column.addWidget(self.header)
        column.addLayout(row)
        column.addWidget(self.list, 1)

    def _button(self, act: Callable[[], None] | None) -> QPushButton:
        button = QPushButton(self)
        if act is not None:
            button.clicked.connect(act)
        return button

    def _show_actions(self) -> None:
        pairs, selected = self.pairs, bool(self.list.selected_pairs)
        if not pairs:
            return
        self.select_none.setVisible(selected)
        self.concerned.setText(findings_pairs.concerned(len(pairs), selected))
        self.move_over.setText(findings_pairs.move(pairs))
        for button in self._buttons:
            button.setAccessibleDescription(self.concerned.text())
        self._fill_menus(pairs)

    def _fill_menus(self, pairs: Sequence[Pair]) -> None:
        self.exclude_menu.clear()
        for first in (False, True):
            self._entry(
                self.exclude_menu, findings_pairs.side(pairs, first=first), self._exclude, first
            )
        if pairs[0].kind == "conflicts":
            self.exclude_menu.addAction(self.tr("Both"), self._exclude_both)
        self.merge_menu.clear()
        for first in (True, False):
            self._entry(
                self.merge_menu, findings_pairs.into(pairs, first=first), self._merge, first
            )

    def _entry(self, menu: QMenu, words: str, act: Callable[[bool], None], first: bool) -> None:
        menu.addAction(words.replace("&", "&&"), lambda: act(first))

    # -- acting -----------------------------------------------------------------------------

    def _move(self) -> None:
        for split, paths in moves(self.pairs).items():
            self.split_asked.emit(paths, split)

    def _merge(self, into_first: bool) -> None:
        for name, paths in merges(self.pairs, into_first=into_first).items():
            self.label_asked.emit(paths, name)

    def _exclude(self, first: bool) -> None:
        self._exclude_paths(paths_of(self.pairs, first=first, second=not first))

    def _exclude_both(self) -> None:
        self._exclude_paths(paths_of(self.pairs, first=True, second=True))

    def _exclude_paths(self, paths: list[str]) -> None:
        self.exclude_asked.emit(paths, _REASONS[self.list.pairs[0].kind])

    def _ignore(self) -> None:
        self.accept_asked.emit(paths_of(self.pairs, first=True, second=True))


_ICON = QSize(16, 16)


class FindingLines(QWidget):
    """Rows are made when they are seen.

    Signals: ``filter_asked`` with the state that the grid shall show; ``back_asked``.
    """

    filter_asked = Signal(str)
    back_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = ""  # what the button above asks the grid to show
        self.header = FindingHeader(self)
        self.header.back_asked.connect(self.back_asked)
        self.grid = QPushButton(theme.icon("image"), "", self)
        self.grid.clicked.connect(lambda: self.filter_asked.emit(self._state))
        self._model = _LineModel(self)
        self.list = QListView(self)
        self.list.setModel(self._model)
        self.list.setWordWrap(True)
        self.list.setIconSize(_ICON)
        self.list.setSpacing(1)
        self.list.setLayoutMode(QListView.LayoutMode.Batched)
        self.list.setResizeMode(QListView.ResizeMode.Adjust)
        self.list.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.list.activated.connect(self._activated)
        row = QHBoxLayout()
        row.addWidget(self.grid)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 10, 10, 10)
        column.setSpacing(8)
        column.addWidget(self.header)
        column.addLayout(row)
        column.addWidget(self.list, 1)

    @property
    def lines(self) -> list[str]:
        """What is listed, name and words."""
        rows = range(self._model.rowCount())
        return [str(self._model.index(row).data()) for row in rows]

    def show_rows(self, title: str, rows: Rows, grid: Action | None) -> None:
        """Show ``rows``; ``grid`` is the button above."""
        self.header.show_words(title, "")
        self.list.setAccessibleName(title)
        self.grid.setVisible(grid is not None)
        if grid is not None:
            self._state = grid.code.removeprefix(FILTER)
            self.grid.setText(grid.label)
        self._model.show(rows)

    def start_afresh(self) -> None:
        """Begin at the top."""
        self.list.scrollToTop()
        self.list.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.back_asked.emit()
        else:
            super().keyPressEvent(event)

    def _activated(self, index: QModelIndex) -> None:
        rows = self._model.rows
        state = rows.make(index.row()).state if rows is not None else ""
        if state:
            self.filter_asked.emit(state)


class _LineModel(QAbstractListModel):
    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rows: Rows | None = None

    def show(self, rows: Rows) -> None:
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() or self.rows is None else self.rows.count

    def data(self, index: Index, role: int = int(_Roles.DisplayRole)) -> object:
        if not index.isValid() or self.rows is None:
            return None
        if role in (_Roles.DisplayRole, _Roles.ToolTipRole):
            row = self.rows.make(index.row())
            return f"{row.name}\n{row.words}" if row.words else row.name
        if role == _Roles.DecorationRole:
            return theme.icon(*self.rows.make(index.row()).icon)
        return None
