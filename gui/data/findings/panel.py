"""The health report: what was looked at, a card for each finding, and the figures.

A closer look that takes a while is offered, under way, or tells what it found. Each list behind a
card has a page of its own.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from core.common.messages import fill
from core.dataset.health import Health, report
from core.dataset.split import Split
from core.dataset.summary import DatasetSummary
from core.recipe.config import RunConfig
from gui.base import theme
from gui.base import words as base_words
from gui.controls.labels import ElidedLabel
from gui.controls.layouts import ScrollColumn
from gui.controls.thumbnails import Load, load_thumbnail
from gui.data.findings import cards as findings_cards
from gui.data.findings.cards import (
    CARD_KINDS,
    FILTER,
    FIT,
    INCLUDE,
    REVIEW,
    UNWEIGHT,
    WEIGHT,
    Action,
    Card,
    CardKind,
    Level,
    Looked,
    rows,
)
from gui.data.findings.figures import FindingFigures
from gui.data.findings.lists import FindingLines, PairReview
from gui.data.findings.pairs import PAIR_KINDS, Pair, is_accepted, pairs_of

if TYPE_CHECKING:
    from core.dataset.duplicates import Group

_CARD_ICON = 18
# the icon and its data colour
_SIGNS: dict[Level, tuple[str, str]] = {
    "wrong": ("warning", "wrong"),
    "warning": ("warning", "warning"),
    "note": ("info", "baseline"),
    "right": ("check", "right"),
}


class FindingCard(QFrame):
    """Keeps its buttons while its words change, and with them the focus.

    Signal: ``acted`` with the code of the action that was chosen.
    """

    acted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._card: Card | None = None
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.setAutoFillBackground(True)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self._icon = QLabel(self)
        self.title = _words(self)
        self.title.setFont(theme.font(bold=True))
        self.text = _words(self)
        self.buttons: list[QPushButton] = []
        self._column = QVBoxLayout()
        self._column.setSpacing(4)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self.title)
        words.addWidget(self.text)
        words.addStretch(1)
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 8, 10, 8)
        row.setSpacing(10)
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)
        row.addLayout(self._column)
        self.hide()

    @property
    def card(self) -> Card | None:
        """What is shown, None while hidden."""
        return self._card

    def show_card(self, card: Card | None) -> None:
        """Show ``card``; with None the whole is hidden."""
        if card != self._card:
            self._card = card
            if card is not None:
                self.title.setText(card.title)
                self.text.setText(card.text)
                self.text.setVisible(bool(card.text))
                self.setAccessibleName(card.title)
                self._show_actions(card)
                self._color()
        self.setVisible(card is not None)

    def button(self, code: str) -> QPushButton:
        """The button of an action. Raises ``KeyError``."""
        actions = self._card.actions if self._card is not None else ()
        for action, button in zip(actions, self.buttons, strict=False):
            if action.code == code:
                return button
        raise KeyError(code)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._color()

    def _show_actions(self, card: Card) -> None:
        while len(self.buttons) < len(card.actions):
            self._add_button()
        for number, button in enumerate(self.buttons):
            shown = number < len(card.actions)
            button.setVisible(shown)
            if shown:
                action: Action = card.actions[number]
                button.setText(action.label)
                button.setToolTip(action.tooltip)
                button.setAccessibleDescription(card.title)

    def _add_button(self) -> None:
        number = len(self.buttons)
        button = QPushButton(self)
        button.clicked.connect(lambda: self._act(number))
        self.buttons.append(button)
        self._column.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)

    def _act(self, number: int) -> None:
        if self._card is not None:
            self.acted.emit(self._card.actions[number].code)

    def _color(self) -> None:
        if self._card is not None:
            name, color = _SIGNS[self._card.level]
            icon = theme.icon(name, theme.data_color(color))
            self._icon.setPixmap(icon.pixmap(_CARD_ICON, _CARD_ICON))


def _words(parent: QWidget) -> QLabel:
    label = QLabel(parent, wordWrap=True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
    return label


_CHECK_ICON, _BAR = 16, 150


class FindingCheck(QWidget):
    """One line. Signals: ``asked``, ``cancelled``, ``extra_asked`` (the button behind the
    words)."""

    asked = Signal()
    cancelled = Signal()
    extra_asked = Signal()

    def __init__(self, offer: str, parent: QWidget | None = None) -> None:
        """``offer`` is what the button says."""
        super().__init__(parent)
        self._offer = offer
        self._done = False
        self._running = False
        self._icon = QLabel(self)
        self.words = ElidedLabel(parent=self)
        self.extra = QPushButton(self)
        self.extra.clicked.connect(self.extra_asked)
        self.extra.hide()
        self.start = QPushButton(offer, self)
        self.start.clicked.connect(self.asked)
        self.bar = QProgressBar(self, textVisible=False)
        self.bar.setFixedWidth(_BAR)
        self.count = QLabel(self)
        self.cancel = QPushButton(theme.icon("close"), self.tr("Cancel"), self)
        self.cancel.clicked.connect(self.cancelled)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self._icon)
        row.addWidget(self.words, 1)
        for widget in (self.extra, self.bar, self.count, self.cancel, self.start):
            row.addWidget(widget)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._arrange()

    @property
    def is_running(self) -> bool:
        """Whether the look is under way."""
        return self._running

    def show_state(self, words: str, done: bool) -> None:
        """Say ``words``; ``done``: this was looked at, and the button goes."""
        self._done = done
        self.words.set_text(words)
        self.bar.setAccessibleName(words)
        self._arrange()

    def show_estimate(self, seconds: float | None) -> None:
        """Say in the button how long it takes, if that is known."""
        label = self._offer
        if seconds is not None:
            values = {"offer": self._offer, "time": base_words.duration(seconds)}
            label = fill(self.tr("{offer} ({time})"), values)
        self.start.setText(label)

    def show_extra(self, label: str) -> None:
        """Show a button behind the words, none for ""."""
        self.extra.setText(label)
        self.extra.setVisible(bool(label))

    def show_running(self, running: bool) -> None:
        """Show a bar in the button's place, or the button again."""
        if running and not self._running:
            self.bar.setRange(0, 0)
            self.count.clear()
        had_focus = self.start.hasFocus() or self.cancel.hasFocus()
        self._running = running
        self._arrange()
        if had_focus:
            (self.cancel if running else self.start).setFocus()

    def show_progress(self, done: int, total: int) -> None:
        """Show that ``done`` of ``total`` pictures were looked at; 0 of 0 is no known total."""
        self.show_running(True)
        self.bar.setRange(0, total)
        self.bar.setValue(done)
        values = {"done": base_words.count(done), "total": base_words.count(total)}
        self.count.setText(fill(self.tr("{done} of {total}"), values) if total else "")

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._arrange()

    def _arrange(self) -> None:
        for widget in (self.bar, self.count, self.cancel):
            widget.setVisible(self._running)
        self.start.setVisible(not (self._running or self._done))
        name, color = ("check", "right") if self._done else ("minus", "baseline")
        pixmap = theme.icon(name, theme.data_color(color)).pixmap(_CHECK_ICON, _CHECK_ICON)
        self._icon.setPixmap(pixmap)
        self._icon.setAlignment(Qt.AlignmentFlag.AlignCenter)


class FindingsOverview(QWidget):
    """The cards keep their place and their buttons while findings come and go.

    Signal: ``acted`` with a card's kind and the code of the action that was chosen.
    """

    acted = Signal(str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.duplicates = FindingCheck(self.tr("Look for duplicates"), self)
        self.verify = FindingCheck(self.tr("Verify all files"), self)
        self.cards: dict[CardKind, FindingCard] = {}
        self.figures = FindingFigures(self)
        self._scroll = ScrollColumn(self)
        line = QFrame(self)
        line.setFrameShape(QFrame.Shape.HLine)
        line.setFrameShadow(QFrame.Shadow.Sunken)
        checks = QVBoxLayout()
        checks.setContentsMargins(12, 10, 12, 6)
        checks.setSpacing(4)
        checks.addWidget(self.duplicates)
        checks.addWidget(self.verify)
        page = QVBoxLayout(self)
        page.setContentsMargins(0, 0, 0, 0)
        page.setSpacing(0)
        page.addLayout(checks)
        page.addWidget(line)
        page.addWidget(self._scroll, 1)
        for kind in CARD_KINDS:
            self._add_card(kind)
        self._scroll.column.addWidget(self.figures)
        self._scroll.column.addStretch(1)

    def show_cards(self, cards: Sequence[Card]) -> None:
        """Show these, at most one of each kind, in the order of ``CARD_KINDS``."""
        shown = {card.kind: card for card in cards}
        for kind, widget in self.cards.items():
            widget.show_card(shown.get(kind))

    def go_to(self, kind: CardKind | None) -> None:
        """Scroll to a card and give its first button the focus; without one, to the top."""
        card = self.cards[kind] if kind is not None else None
        if card is None or card.isHidden():
            self._scroll.verticalScrollBar().setValue(0)
            return
        self._scroll.ensureWidgetVisible(card)
        if card.buttons:
            card.buttons[0].setFocus()

    def _add_card(self, kind: CardKind) -> None:
        card = FindingCard(self)
        card.acted.connect(lambda code: self.acted.emit(kind, code))
        self._scroll.column.addWidget(card)
        self.cards[kind] = card


Look = Literal["duplicates", "verify"]
WEIGHTS = "class_weights"
_NOBODY: frozenset[str] = frozenset()


class FindingsPanel(QStackedWidget):
    """All findings; each list of pairs, files or classes has a page of its own.

    Signals:
        exclude_asked, include_asked: paths to leave out (with a ``core.dataset.edits.Reason``), or
        not split_asked, label_asked: paths, and the split or class that they belong to
        accept_asked: paths whose duplicates are kept changed: a recipe's key and its new value
        duplicates_asked, verify_asked: look closer; cancel_asked: stop it ("duplicates" or
            "verify")
        fit_asked: show how pictures become square
        filter_asked: show in the grid "problems", "unlabelled", "warnings", "excluded" or
            "class:<label>"
        opened: the path of a picture to be shown large
        count_changed: the number of findings
    """

    exclude_asked = Signal(list, object)
    include_asked = Signal(list)
    split_asked = Signal(list, str)
    label_asked = Signal(list, str)
    accept_asked = Signal(list)
    changed = Signal(str, object)
    duplicates_asked = Signal()
    verify_asked = Signal()
    cancel_asked = Signal(str)
    fit_asked = Signal()
    filter_asked = Signal(str)
    opened = Signal(str)
    count_changed = Signal(int)

    def __init__(self, load: Load = load_thumbnail, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._looked: Looked | None = None
        self._groups: Sequence[Group] | None = None
        self._accepted = self._gray = _NOBODY
        self._shows_accepted = False
        self._pairs: Sequence[Pair] | None = None  # the accepted ones among them
        self._cards: dict[CardKind, Card] = {}
        self._reviewed: CardKind | None = None
        self._count = 0
        self.overview = FindingsOverview(self)
        self.pairs = PairReview(load, self)
        self.lines = FindingLines(self)
        for page in (self.overview, self.pairs, self.lines):
            self.addWidget(page)
        self._connect()

    @property
    def findings_count(self) -> int:
        """How many findings ask for something to be done."""
        return self._count

    # -- what is known ----------------------------------------------------------------------

    def show_dataset(
        self,
        summary: DatasetSummary,
        split: Split,
        config: RunConfig,
        health: Health | None = None,
        unlabelled: int = 0,
    ) -> None:
        """Show what is found in ``summary``, parted into ``split``, for the recipe ``config``.

        Another folder's duplicates and verification are forgotten. ``health`` is its
        ``core.dataset.health.report``, made here where it is not given. ``unlabelled`` pictures
        have no class; the summary counts them among what it ignores.
        """
        if self._looked is not None and self._looked.summary.folder != summary.folder:
            self._start_afresh()
        old = self._looked
        same = old is not None and old.summary is summary and old.split is split
        same_size = old is not None and old.config.dataset.image_size == config.dataset.image_size
        if health is None and old is not None and same and same_size:
            health = old.health
        if health is None:
            health = self._report(summary, split, config)
        verified = old is not None and old.verified
        self._looked = Looked(summary, split, config, health, None, verified, unlabelled)
        if not same:
            self._pair_up()
        self._render()

    def show_duplicates(
        self,
        groups: Sequence["Group"] | None,
        accepted: frozenset[str] = _NOBODY,
        gray: frozenset[str] = _NOBODY,
    ) -> None:
        """Show ``groups``; None: duplicates weren't looked for yet. Pairs of ``accepted`` paths
        are hidden and counted. ``gray`` are paths whose pixels are known to have no colour."""
        self._end("duplicates")
        regrouped = groups is not self._groups
        if not regrouped and (accepted, gray) == (self._accepted, self._gray):
            return
        looked, recolored = self._looked, gray != self._gray
        self._groups, self._accepted, self._gray = groups, accepted, gray
        if regrouped:
            self._pair_up()
        if recolored and looked is not None:
            health = self._report(looked.summary, looked.split, looked.config)
            self._looked = replace(looked, health=health)
        self._render()

    def show_verified(self, verified: bool) -> None:
        """Show whether every file was decoded."""
        self._end("verify")
        if self._looked is not None and self._looked.verified != verified:
            self._looked = replace(self._looked, verified=verified)
            self._render()

    def show_running(self, look: Look | None) -> None:
        """Show that a closer look has begun, or, with None, that none is under way."""
        for name, check in self._checks.items():
            check.show_running(look == name)
        self._offer_looks()

    def show_progress(self, look: Look, done: int, total: int) -> None:
        """Show that ``done`` of ``total`` pictures were looked at."""
        self.show_running(look)
        self._checks[look].show_progress(done, total)

    def show_estimates(self, duplicates: float | None, verify: float | None) -> None:
        """Say in the buttons how many seconds they take; None where it isn't known."""
        self.overview.duplicates.show_estimate(duplicates)
        self.overview.verify.show_estimate(verify)

    # -- pages ------------------------------------------------------------------------------

    def review(self, kind: CardKind) -> None:
        """Show the pairs or the list behind a finding, if there is that finding."""
        self._reviewed = kind
        self._show_reviewed()
        if self._reviewed is not None:
            page = self.pairs if kind in PAIR_KINDS else self.lines
            self.setCurrentWidget(page)
            page.start_afresh()

    def show_overview(self) -> None:
        """Go back to all findings, to the one that was looked at."""
        kind, self._reviewed = self._reviewed, None
        self.setCurrentWidget(self.overview)
        self.overview.go_to(kind)

    def _start_afresh(self) -> None:
        self._looked = self._groups = self._pairs = self._reviewed = None
        self._accepted = self._gray = _NOBODY
        self._shows_accepted = False
        self.setCurrentWidget(self.overview)
        self.overview.go_to(None)

    def _render(self) -> None:
        if self._looked is None:
            return
        shown, hidden = self._parted()
        looked = self._looked = replace(self._looked, pairs=shown)
        cards = findings_cards.cards(looked)
        self._cards = {card.kind: card for card in cards}
        summary, duplicates = looked.summary, self.overview.duplicates
        words = findings_cards.duplicates(shown, len(summary.samples))
        duplicates.show_state(words, done=shown is not None)
        duplicates.show_extra(findings_cards.ignored(hidden, self._shows_accepted))
        self.overview.verify.show_state(findings_cards.verified(looked.verified), looked.verified)
        self.overview.show_cards(cards)
        size = looked.config.dataset.image_size
        others = summary.ignored - looked.unlabelled
        self.overview.figures.show_health(looked.health, size, others)
        self._show_reviewed()
        self._tell_count(sum(card.counts for card in cards))

    def _show_reviewed(self) -> None:
        kind, looked = self._reviewed, self._looked
        if kind is None or looked is None:
            return
        if kind not in self._cards:  # all of it was dealt with
            self.show_overview()
        elif kind in PAIR_KINDS:
            self.pairs.show_pairs(looked.of_kind(kind), looked.summary.folder)
        else:
            card = self._cards[kind]
            grid = next((one for one in card.actions if one.code.startswith(FILTER)), None)
            self.lines.show_rows(card.title, rows(kind, looked), grid)

    def _tell_count(self, count: int) -> None:
        if count != self._count:
            self._count = count
            self.count_changed.emit(count)

    def _end(self, look: Look) -> None:
        self._checks[look].show_running(False)
        self._offer_looks()

    def _offer_looks(self) -> None:
        """One look at a time."""
        busy = any(check.is_running for check in self._checks.values())
        for check in self._checks.values():
            check.start.setEnabled(not busy)

    # -- duplicates -------------------------------------------------------------------------

    def _pair_up(self) -> None:
        self._pairs = None
        if self._groups is not None and self._looked is not None:
            self._pairs = pairs_of(self._groups, self._looked.summary, self._looked.split)

    def _parted(self) -> tuple[list[Pair] | None, int]:
        """The pairs to be shown, and how many a person chose to ignore."""
        if self._pairs is None:
            return None, 0
        kept = [pair for pair in self._pairs if not is_accepted(pair, self._accepted)]
        hidden = len(self._pairs) - len(kept)
        return (list(self._pairs) if self._shows_accepted else kept), hidden

    def _toggle_accepted(self) -> None:
        self._shows_accepted = not self._shows_accepted
        self._render()

    def _accept(self, paths: list[str]) -> None:
        self._shows_accepted = False
        self._render()
        self.accept_asked.emit(paths)

    def _report(self, summary: DatasetSummary, split: Split, config: RunConfig) -> Health:
        return report(summary, split, image_size=config.dataset.image_size, gray=self._gray)

    # -- acting -----------------------------------------------------------------------------

    def _connect(self) -> None:
        overview, pairs = self.overview, self.pairs
        self._checks = {"duplicates": overview.duplicates, "verify": overview.verify}
        overview.duplicates.asked.connect(self.duplicates_asked)
        overview.verify.asked.connect(self.verify_asked)
        for name, check in self._checks.items():
            check.cancelled.connect(lambda name=name: self.cancel_asked.emit(name))
        overview.duplicates.extra_asked.connect(self._toggle_accepted)
        overview.acted.connect(self._act)
        pairs.exclude_asked.connect(self.exclude_asked)
        pairs.split_asked.connect(self.split_asked)
        pairs.label_asked.connect(self.label_asked)
        pairs.accept_asked.connect(self._accept)
        pairs.opened.connect(self.opened)
        pairs.back_asked.connect(self.show_overview)
        self.lines.filter_asked.connect(self.filter_asked)
        self.lines.back_asked.connect(self.show_overview)

    def _act(self, kind: CardKind, code: str) -> None:
        if code == REVIEW:
            self.review(kind)
        elif code == FIT:
            self.fit_asked.emit()
        elif code in (WEIGHT, UNWEIGHT):
            self.changed.emit(WEIGHTS, code == WEIGHT)
        elif code == INCLUDE and self._looked is not None:
            self.include_asked.emit([one.path for one in self._looked.summary.excluded])
        elif code.startswith(FILTER):
            self.filter_asked.emit(code.removeprefix(FILTER))
