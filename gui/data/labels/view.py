"""Pictures without class folders: three ways to say which class each belongs to."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from core.common.messages import ThawError, fill
from core.dataset.edits import Edits
from core.dataset.folder import Scanned
from gui.base import theme
from gui.base import words as base_words
from gui.base.background import Latest
from gui.controls.cards import WayCard
from gui.controls.labels import ElidedLabel
from gui.controls.thumbnails import Load, load_thumbnail
from gui.data.folder_drawing import LayoutHint
from gui.data.labels import words as labels_words
from gui.data.labels.by_hand import LabelByHand
from gui.data.labels.from_names import LabelFromNames
from gui.data.labels.from_table import LabelFromTable
from gui.session import labelling
from gui.session.labelling import ClassRow, Given, Looked, Pictures, Way

WAYS: tuple[Way, ...] = ("names", "table", "hand")
_LONGEST_NAME = 24
_SOON = 300  # milliseconds: who looks no longer need not say so


class LabelView(QWidget):
    """Shows a folder whose pictures have no classes yet; nothing in it is changed.

    Signals: ``labels_chosen`` with the ``core.dataset.edits.Edits`` to use, ``open_asked`` (another
    folder), ``back_asked`` (to the pictures that still are open).
    """

    labels_chosen = Signal(object)
    open_asked = Signal()
    back_asked = Signal()

    def __init__(self, load: Load = load_thumbnail, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pictures = Pictures(Path(), "", (), (), {})
        self._before = Edits()
        self._carried = Given()
        self._offered: Way = "names"
        self._chose = False
        self._look = Latest(self)
        self._looking = QLabel(self, alignment=Qt.AlignmentFlag.AlignCenter)
        self._soon = QTimer(self, singleShot=True, interval=_SOON)
        self.title = ElidedLabel(parent=self, mode=Qt.TextElideMode.ElideMiddle)
        self.title.setFont(theme.title_font())
        self.reason = ElidedLabel(parent=self, mode=Qt.TextElideMode.ElideMiddle)
        self.unreadable = QLabel(self)
        self.back = QPushButton(self)
        self.back.hide()
        self.open = QPushButton(theme.icon("open"), self.tr("&Open another folder…"), self)
        self.names = LabelFromNames(load, self)
        self.table = LabelFromTable(load, self)
        self.hand = LabelByHand(load, self)
        self.cards: dict[Way, WayCard] = {
            "names": WayCard("letters", self.tr("From the file &names"), self),
            "table": WayCard("table", self.tr("From a &table"), self),
            "hand": WayCard("tag", self.tr("&By hand"), self),
        }
        self._ways: dict[Way, LabelFromNames | LabelFromTable | LabelByHand] = {
            "names": self.names,
            "table": self.table,
            "hand": self.hand,
        }
        self._group = QButtonGroup(self)
        self._stack = QStackedWidget(self)
        self.hint = LayoutHint(self)
        self.status = ElidedLabel(parent=self)
        self.use = QPushButton(theme.icon("check"), self.tr("&Use these classes"), self)
        self._lay_out()
        self._connect()

    @property
    def way(self) -> Way | None:
        """The way that is shown; None while the folder is still looked at."""
        index = self._stack.currentIndex()
        return WAYS[index - 1] if index else None

    @property
    def is_still(self) -> bool:
        """Whether nothing is being looked at, read or worked out."""
        return not (self._look.is_busy or self.names.is_busy or self.table.is_busy)

    @property
    def given(self) -> Given:
        """What the way that is shown gives."""
        return self._given_by(self.way)

    def show_folder(self, scanned: Scanned, failure: str = "", edits: Edits = Edits()) -> None:  # noqa: B008
        """Ask for the classes of ``scanned``, of which ``edits`` may give some already.

        ``failure`` says why the folder alone doesn't do.
        """
        self._pictures = pictures = Pictures.of(scanned)
        self._before, self._chose = edits, False
        self.title.set_text(pictures.name)
        self.reason.set_text(failure or self.tr("These pictures lie in no class folders."))
        broken = len(pictures.paths) - len(pictures.usable)
        self.unreadable.setText(labels_words.unreadable(broken))
        self.unreadable.setVisible(bool(broken))
        self.hint.show_names(pictures.name, self.tr("cat"), self.tr("dog"))
        self._begin_by_hand(edits)
        for card in self.cards.values():
            card.set_hint("")
        self.names.show_pictures(pictures, ())
        self.table.show_pictures(pictures)
        self._show_way("hand" if edits.labels else None)
        self._looking.setText("")
        self._soon.start()
        self._look.submit(labelling.look(pictures))

    def show_back(self, name: str) -> None:
        """Offer to go back to the pictures called ``name``, or, with "", don't."""
        short = name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"
        shown = {"name": base_words.one_line(short).replace("&", "&&")}
        self.back.setText(fill(self.tr("Bac&k to {name}"), shown))
        self.back.setVisible(bool(name))

    def close_jobs(self) -> None:
        """End the background work; also done when the view is destroyed."""
        self._look.close()
        self.names.close_jobs()
        self.table.close_jobs()
        self.hand.grid.close_thumbnails()

    # -- ways -------------------------------------------------------------------------------

    def choose(self, way: Way) -> None:
        """Show ``way``, as a click on its card does; by hand goes on from the way before."""
        before = self.way
        self._chose = True
        if way == "hand" and before in ("names", "table"):
            self._carry_over(before)
        self._show_way(way)

    def _begin_by_hand(self, edits: Edits) -> None:
        pictures = self._pictures
        labels = {} if edits.only_listed else dict(pictures.known)
        labels |= {path: edits.labels[path] for path in pictures.paths if path in edits.labels}
        self._carried = Given(labels, edits.splits, edits.excluded, edits.only_listed)
        readable = {path: labels[path] for path in pictures.usable if path in labels}
        self.hand.show_pictures(pictures.folder, pictures.usable, readable)
        self.hand.offer("")

    def _carry_over(self, way: Way) -> None:
        """Go on by hand from what ``way`` gives, unless that would undo a person's own work."""
        given = self._given_by(way)
        if not given.labels or given.labels == self._carried.labels:
            return
        self._offered = way
        if self.hand.has_changes:
            self.hand.offer(labels_words.offer(way))
        else:
            self._take_over()

    def _take_over(self) -> None:
        self._carried = given = self._given_by(self._offered)
        self.hand.offer("")
        labels = {
            path: given.labels[path] for path in self._pictures.usable if path in given.labels
        }
        self.hand.take_over(labels, labels_words.taken_over(self._offered, len(labels)))

    def _given_by(self, way: Way | None) -> Given:
        if way == "names":
            return self.names.given
        if way == "table":
            return self.table.given
        if way == "hand":
            usable = frozenset(self._pictures.usable)
            others = {
                path: name for path, name in self._carried.labels.items() if path not in usable
            }
            return replace(self._carried, labels={**others, **self.hand.labels})
        return Given()

    def _looked(self, looked: Looked) -> None:
        self._hint_at(looked)
        if looked.proposals:
            first, second = list(looked.proposals[0].counts)[:2]
            self.hint.show_names(self._pictures.name, first, second)
        self.names.show_pictures(self._pictures, looked.proposals)
        self.table.show_pictures(self._pictures, looked.tables, looked.best)
        if not self._chose and self.way is None:
            self._show_way(looked.likeliest(len(self._pictures.usable)))
        self._refresh()

    def _look_failed(self, error: ThawError) -> None:
        """By hand it goes whatever the names are."""
        if self.way is None:
            self._show_way("hand")
        self.status.set_text(base_words.error_text(error))

    def _hint_at(self, looked: Looked) -> None:
        self.cards["names"].set_hint(labels_words.names_hint(looked.proposals))
        best, total = looked.best, len(self._pictures.usable)
        found = looked.tables[0].name if looked.tables else ""
        labelled = best.labelled if best is not None else 0
        self.cards["table"].set_hint(labels_words.table_hint(found, labelled, total))

    # -- showing ----------------------------------------------------------------------------

    def _show_way(self, way: Way | None) -> None:
        self._stack.setCurrentIndex(WAYS.index(way) + 1 if way is not None else 0)
        if way is not None:
            self.cards[way].setChecked(True)
        else:
            self._group.setExclusive(False)
            for card in self.cards.values():
                card.setChecked(False)
            self._group.setExclusive(True)
        self._refresh()

    def _refresh(self) -> None:
        way, total = self.way, len(self._pictures.usable)
        done, classes = self._outcome(way)
        self.cards["hand"].set_hint(labels_words.hand_hint(len(self.hand.labels), total))
        problem = self._problem(classes)
        self.use.setEnabled(not problem)
        self.use.setToolTip(problem)
        by_hand = way in ("names", "table") and self.hand.has_changes
        words = problem or labels_words.outcome(done, total, classes)
        self.status.set_text(
            labels_words.joined((words, labels_words.kept_by_hand() if by_hand else ""))
        )

    def _outcome(self, way: Way | None) -> tuple[int, int]:
        """Labelled pictures that can be read, and classes."""
        if way == "hand":
            return len(self.hand.labels), self.hand.class_count
        rows: Sequence[ClassRow] = ()
        if way == "names":
            rows = self.names.rows
        elif way == "table":
            rows = self.table.rows
        return sum(row.count for row in rows), len(rows)

    def _problem(self, classes: int) -> str:
        """Why these classes can't be used yet."""
        way = self.way
        if not self._pictures.usable:
            return self.tr("None of the pictures can be read")
        if way is None or (way == "names" and self.names.is_busy):
            return self.tr("Looking at the file names…")
        if way == "table" and self.table.is_busy:
            return self.tr("Reading the table…")
        if classes == 0:
            return self.tr("No picture has a class yet")
        if classes == 1:
            return self.tr("One class only: there must be at least two to tell apart")
        return ""

    def _use(self) -> None:
        self.labels_chosen.emit(self.given.edits(self._pictures, self._before))

    # -- making it --------------------------------------------------------------------------

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.addWidget(self.title, 1)
        top.addWidget(self.back)
        top.addWidget(self.open)
        told = QHBoxLayout()
        told.setSpacing(14)
        told.addWidget(self.reason, 1)
        told.addWidget(self.unreadable)
        cards = QHBoxLayout()
        cards.setSpacing(8)
        for card in self.cards.values():
            self._group.addButton(card)
            cards.addWidget(card, 1)
        for part in (self._looking, *self._ways.values()):
            self._stack.addWidget(part)
        bottom = QHBoxLayout()
        bottom.setSpacing(12)
        bottom.addWidget(self.hint)
        bottom.addWidget(self.status, 1)
        bottom.addWidget(self.use)
        self.use.setMinimumHeight(34)
        page = QVBoxLayout(self)
        page.setContentsMargins(16, 10, 16, 10)
        page.setSpacing(8)
        for row in (top, told, cards):
            page.addLayout(row)
        page.addWidget(self._stack, 1)
        page.addLayout(bottom)

    def _connect(self) -> None:
        self._look.done.connect(self._looked)
        self._look.failed.connect(self._look_failed)
        self._soon.timeout.connect(
            lambda: self._looking.setText(self.tr("Looking at the file names…"))
        )
        for way, card in self.cards.items():
            card.clicked.connect(lambda _=False, way=way: self.choose(way))
        for part in self._ways.values():
            part.changed.connect(self._refresh)
        self.hand.take_over_asked.connect(self._take_over)
        self.open.clicked.connect(self.open_asked)
        self.back.clicked.connect(self.back_asked)
        self.use.clicked.connect(self._use)
