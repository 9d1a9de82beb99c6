"""Who validates and tests, and which pictures stay together: what is chosen, and what it gives."""

import threading
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QPalette, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from core.dataset.split import ClassCount, Split, counts
from core.dataset.summary import DatasetSummary
from core.recipe.config import DatasetConfig
from gui.base import theme
from gui.base.background import Latest, Progress, worker_pool
from gui.controls.labels import AdviceLine, ElidedLabel
from gui.controls.layouts import ScrollColumn
from gui.data.split import group_report, words
from gui.data.split.group_field import GroupField
from gui.data.split.group_report import GroupReport
from gui.data.split.share_bar import ShareBar
from gui.data.split.split_fields import SplitFields
from gui.data.split.split_table import SplitTable

GROUP = "dataset.group_by"
_EXAMPLES = 3
_SOON = 150  # milliseconds: an answer by then replaces the old one without a flicker


@dataclass(frozen=True, eq=False)
class _Asked:
    """What groups are counted for."""

    summary: DatasetSummary
    split: Split
    group_by: str | None

    def has_groups_of(self, other: "_Asked") -> bool:
        return self.summary is other.summary and self.group_by == other.group_by

    def is_same(self, other: "_Asked") -> bool:
        return self.has_groups_of(other) and self.split is other.split


class SplitPanel(QWidget):
    """Fields, and at once what they give: in all, by class, by group.

    Signals: ``changed`` with a recipe's key and its new value; ``filter_asked`` with "pinned"
    where a person wants to see the pictures that were assigned by hand; ``unpin_asked`` where
    the draw shall have them all. Groups are counted in the background, while the panel is seen;
    ``close`` ends that work.
    """

    changed = Signal(str, object)
    filter_asked = Signal(str)
    unpin_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._summary: DatasetSummary | None = None
        self._split: Split | None = None
        self._config = DatasetConfig()
        self._counts: list[ClassCount] = []
        self._counted: Split | None = None
        self._report: GroupReport | None = None
        self._asked: _Asked | None = None
        self._pool = worker_pool(self)
        self._grouping = Latest(self._pool, self)
        self._slow = QTimer(self, singleShot=True, interval=_SOON)
        self.own = AdviceLine(self)
        self.fields = SplitFields(self)
        self.group = GroupField(self)
        self.groups = AdviceLine(self)
        self.examples = [ElidedLabel(parent=self) for _ in range(_EXAMPLES)]
        self.problem = AdviceLine(self)
        self._by_hand = QWidget(self)
        self.pinned = QLabel(self, wordWrap=True)
        self.show_pinned = QPushButton(self.tr("Show"), self)
        self.unpin = QPushButton(self.tr("Leave all to the draw"), self)
        self.bar = ShareBar(self)
        self.warnings = AdviceLine(self)
        self.table = SplitTable(self)
        self._lay_out()
        self._connect()

    def show_dataset(self, summary: DatasetSummary, split: Split, config: DatasetConfig) -> None:
        """Show ``summary`` parted into ``split``, as ``config`` asks for it."""
        if summary is not self._summary:
            self._summary = summary
            self._show_pinned(sum(one.pinned for one in summary.samples))
            self.group.suggest(summary.samples)
        self._split, self._config = split, config
        own = summary.own_splits
        self.own.show_words(words.own_splits(own))
        self.fields.show_config(config, own)
        self.group.show_value(config.group_by)
        self.group.setEnabled(not own >= {"validation", "test"})
        self.group.set_error("")
        self.problem.show_words("")
        self._refresh()

    def start_afresh(self) -> None:
        """Forget what was half typed, for another dataset."""
        self.fields.start_afresh()
        self.group.start_afresh()

    def field_name(self, key: str) -> str:
        """What the panel calls the field of ``key``; the key itself if it has none here."""
        if key == GROUP:
            return self.group.boxes[0].name.text()
        boxes = self.fields.boxes
        return boxes[key].name.text() if key in boxes else key

    def show_error(self, key: str, sentence: str) -> None:
        """Mark the field of ``key`` with what is wrong."""
        if key == GROUP:
            self.group.set_error(sentence)
        elif key in self.fields.boxes:
            self.fields.boxes[key].set_error(sentence)
        self.problem.show_words(sentence, "wrong")

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._refresh()

    def close(self) -> bool:
        """End the background work, too."""
        self._grouping.cancel()
        self._pool.waitForDone()
        return super().close()

    @property
    def is_counting(self) -> bool:
        """Whether groups are being counted."""
        return self._grouping.is_busy

    # -- what it gives ----------------------------------------------------------------------

    def _refresh(self) -> None:
        """Show what is chosen now, if anybody sees it."""
        if self._summary is None or self._split is None or not self.isVisible():
            return
        if self._split is not self._counted:
            self._counted = self._split
            self._counts = counts(self._split, self._summary.classes)
            self.bar.show_split(self._split)
            self.table.show_counts(self._counts)
        self._count_groups(_Asked(self._summary, self._split, self._config.group_by))
        self._show_warnings()

    def _count_groups(self, asked: _Asked) -> None:
        before, self._asked = self._asked, asked
        if before is not None and asked.is_same(before):
            return
        regroups = before is None or not asked.has_groups_of(before)
        known = self._report.groups if self._report is not None and not regroups else None
        if asked.group_by is None:
            self._grouping.cancel()
            self._show_report(None)
            return
        if regroups:
            self._report = None
            self._slow.start()
        make = partial(group_report.report, asked.summary, asked.split, asked.group_by, known)

        def work(_stop: threading.Event, _progress: Progress) -> GroupReport:
            return make()

        self._grouping.submit(work)

    def _show_report(self, report: GroupReport | None) -> None:
        self._slow.stop()
        self._report = report
        sentence = words.groups(report) if report is not None else ""
        shown = report.examples if report is not None else ()
        self.groups.show_words(sentence, "plain" if shown else "warning")
        for place, label in enumerate(self.examples):
            label.setVisible(place < len(shown))
            label.set_text(words.example(shown[place]) if place < len(shown) else "")
        self.table.show_groups(report.of if report is not None and report.facts.count else None)
        self._show_warnings()

    def _wait_for_report(self) -> None:
        self.groups.show_words(self.tr("Counting the groups…"))
        for label in self.examples:
            label.hide()

    def _show_warnings(self) -> None:
        if self._summary is None:
            return
        own = self._summary.own_splits
        sentences = words.warnings(self._counts, self._config, own, self._report)
        self.warnings.show_words("\n".join(sentences), "warning")

    def _show_pinned(self, count: int) -> None:
        self._by_hand.setVisible(count > 0)
        self.pinned.setText(words.pinned(count))

    # -- making it --------------------------------------------------------------------------

    def _lay_out(self) -> None:
        for label in self.examples:
            label.setFont(theme.small_font())
            label.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self.show_pinned.setToolTip(self.tr("The pictures that were assigned by hand"))
        self.unpin.setToolTip(self.tr("Forget which pictures were assigned by hand"))
        by_hand = QHBoxLayout(self._by_hand)
        by_hand.setContentsMargins(0, 0, 0, 0)
        by_hand.addWidget(self.pinned, 1)
        by_hand.addWidget(self.show_pinned)
        by_hand.addWidget(self.unpin)
        facts = QVBoxLayout()
        facts.setSpacing(2)
        for line in (self.groups, *self.examples):
            facts.addWidget(line)
        inside = ScrollColumn(self)
        above: tuple[QWidget, ...] = (self.own, self.fields, self.group)
        for widget in above:
            inside.column.addWidget(widget)
        inside.column.addLayout(facts)
        below: tuple[QWidget, ...] = (self.problem, self._by_hand, self.bar, self.warnings)
        for widget in below:
            inside.column.addWidget(widget)
        inside.column.addWidget(self.table, 1)
        page = QVBoxLayout(self)
        page.setContentsMargins(0, 0, 0, 0)
        page.addWidget(inside)
        self._by_hand.hide()
        self._show_report(None)

    def _connect(self) -> None:
        self.fields.changed.connect(self.changed)
        self.group.changed.connect(lambda value: self.changed.emit(GROUP, value))
        self.show_pinned.clicked.connect(lambda: self.filter_asked.emit("pinned"))
        self.unpin.clicked.connect(self.unpin_asked)
        self._slow.timeout.connect(self._wait_for_report)
        self._grouping.done.connect(self._show_report)
