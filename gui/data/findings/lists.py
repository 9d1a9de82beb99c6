"""Pairs of one kind, and what can be done with all of them or with those that are selected."""

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QPushButton, QVBoxLayout, QWidget

from core.dataset.edits import Reason
from gui.base import theme
from gui.controls.thumbnails import Load, load_thumbnail
from gui.data.findings import pairs as findings_pairs
from gui.data.findings.duplicate_pairs import DuplicatePairs
from gui.data.findings.finding_header import FindingHeader
from gui.data.findings.pairs_ import Pair, PairKind, merges, moves, paths_of

_REASONS: dict[PairKind, Reason] = {
    "leaks": Reason.LEAK,
    "conflicts": Reason.LABEL_CONFLICT,
    "copies": Reason.DUPLICATE,
}


class PairReview(QWidget):
    """The buttons act on the selected pairs; where none is selected, on all.

    Signals: ``exclude_asked`` (paths, ``core.edits.Reason``), ``split_asked`` (paths, split),
    ``label_asked`` (paths, class name), ``accept_asked`` (paths), ``opened`` (path),
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
