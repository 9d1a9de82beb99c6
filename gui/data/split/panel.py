"""The split: how many images validate and test, which stay together, and what that gives.

It holds the fields for the shares, the seed and the way to group.
"""

from collections.abc import Sequence, Set
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QPalette, QShowEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from core.common.messages import fill
from core.dataset.folder import SplitName
from core.dataset.split import ClassCount, Split, counts
from core.dataset.summary import DatasetSummary, Sample
from core.recipe import config as recipe_config
from core.recipe.config import LARGEST_HELD_OUT, DatasetConfig
from gui.base import theme
from gui.base.background import Latest
from gui.controls.inputs import QuietComboBox
from gui.controls.labels import AdviceLine, ElidedLabel
from gui.controls.layouts import ScrollColumn
from gui.controls.number_fields import NumberField
from gui.controls.setting_fields import FieldBox, limited_field
from gui.data import words as data_words
from gui.data.split import words as split_words
from gui.data.split.table import ShareBar, SplitTable
from gui.data.split.words import GroupReport
from gui.recipe import fields

GROUP = "dataset.group_by"
_SECONDS = 5.0
_LONGEST_SEPARATOR = 20


class GroupField(QWidget):
    """Signal: ``changed`` with a recipe's ``group_by`` (text or None), when a person changed
    it to one that can be read."""

    changed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown: str | None = None
        self.kinds = QuietComboBox(self)
        for row, (kind, name, sentence) in enumerate(split_words.groupings()):
            self.kinds.addItem(name, kind)
            self.kinds.setItemData(row, sentence, Qt.ItemDataRole.ToolTipRole)
        self.kinds.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.kinds.activated.connect(self._chosen)
        self.separator = QLineEdit(split_words.SEPARATORS[0], self)
        self.separator.setMaxLength(_LONGEST_SEPARATOR)
        self.separator.setAcceptDrops(False)  # a folder dropped here is for the page
        self.separator.textEdited.connect(self._typed)
        self.seconds = NumberField(
            _SECONDS,
            minimum=0,
            maximum=recipe_config.LONGEST_GAP,
            exclusive_minimum=True,
            step=1,
            parent=self,
        )
        self.seconds.setAcceptDrops(False)
        self.seconds.value_changed.connect(self._tell)
        self.sentence = QLabel(self, wordWrap=True)
        self.sentence.setFont(theme.small_font())
        self.sentence.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self.boxes = self._boxes()
        self._lay_out()
        self._show_kind()

    @property
    def group_by(self) -> str | None:
        """What the field says; None also where it cannot be read."""
        match self.kinds.currentData():
            case "prefix" if self._is_separator():
                return f"prefix:{self.separator.text()}"
            case "subfolder":
                return "subfolder"
            case "time" if self.seconds.value is not None:
                return f"time:{Decimal(repr(float(self.seconds.value))).normalize():f}"
        return None

    def show_value(self, group_by: str | None) -> None:
        """Show what is set; a separator that is half typed stays while nothing else is set."""
        if group_by == self._shown:
            return
        self._shown = group_by
        by = recipe_config.parse_group_by(group_by) if group_by is not None else None
        self.kinds.setCurrentIndex(self.kinds.findData(by.kind if by is not None else ""))
        if by is not None and by.kind == "prefix" and self.separator.text() != by.separator:
            self.separator.setText(by.separator)
        if by is not None and by.kind == "time":
            self.seconds.set_value(by.seconds)
        self._show_kind()

    def suggest(self, samples: Sequence[Sample]) -> None:
        """Have the separator ready that most of these pictures' names hold."""
        if self.kinds.currentData() != "prefix":
            self.separator.setText(split_words.likely_separator(samples))

    def start_afresh(self) -> None:
        """Forget what was half typed."""
        shown, self._shown = self._shown, ""
        self._require_separator()
        self.seconds.set_value(self.seconds.value, keep_text=False)
        self.show_value(shown)

    def set_error(self, sentence: str) -> None:
        """Mark the field, or, with "", don't."""
        for box in self.boxes:
            box.set_error(sentence)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._show_validity()

    def _chosen(self) -> None:
        self._require_separator()
        self._show_kind()
        self._tell()

    def _typed(self) -> None:
        self._show_validity()
        self._tell()

    def _tell(self) -> None:
        value = self.group_by
        if value != self._shown and (value is not None or not self.kinds.currentData()):
            self._shown = value
            self.changed.emit(value)

    def _require_separator(self) -> None:
        if not self._is_separator():
            self.separator.setText(split_words.SEPARATORS[0])

    def _is_separator(self) -> bool:
        return bool(self.separator.text()) and "/" not in self.separator.text()

    def _show_kind(self) -> None:
        row = self.kinds.currentIndex()
        kind, _name, sentence = split_words.groupings()[row]
        self.sentence.setText(sentence)
        _kinds, separator, seconds = self.boxes
        separator.setVisible(kind == "prefix")
        seconds.setVisible(kind == "time")
        self._show_validity()

    def _show_validity(self) -> None:
        valid = self._is_separator()
        palette = QPalette()
        if not valid:
            palette.setColor(QPalette.ColorRole.Base, theme.fill_color("wrong"))
        self.separator.setPalette(palette)
        words = self.boxes[1].help
        words.set_text("" if valid else self.tr("one or more signs, no “/”"))
        words.setVisible(not valid)

    def _boxes(self) -> tuple[FieldBox, FieldBox, FieldBox]:
        return (
            fields.dataset_box(GROUP, self.kinds, self),
            FieldBox(
                self.tr("Separator"),
                self.separator,
                "",
                self.tr("A group's name is what stands before it in the file name."),
                self,
            ),
            FieldBox(
                self.tr("Seconds apart"),
                self.seconds,
                "",
                self.tr("The most seconds between one photograph and the next of a group."),
                self,
            ),
        )

    def _lay_out(self) -> None:
        for box in self.boxes:
            box.help.hide()
        row = QHBoxLayout()
        row.setSpacing(12)
        for box, stretch in zip(self.boxes, (3, 1, 1), strict=True):
            row.addWidget(box, stretch)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(row)
        column.addWidget(self.sentence)


SEED = "dataset.split_seed"
VALIDATION, TEST = "dataset.validation_fraction", "dataset.test_fraction"
_LARGEST = 0.9  # what a fraction may be at most, however small the other


class SplitFields(QWidget):
    """Fields in one row. Signal: ``changed`` with a recipe's key and its new value."""

    changed = Signal(str, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._seed = 0
        self.validation = self._number("validation_fraction", step=0.05)
        self.test = self._number("test_fraction", step=0.05)
        self.seed = self._number("split_seed", integer=True)
        self.draw = QPushButton(theme.icon("shuffle"), self.tr("Draw another"), self)
        self.draw.setToolTip(self.tr("Another seed: other pictures validate and test"))
        self.draw.clicked.connect(self._draw_another)
        for key, field in ((VALIDATION, self.validation), (TEST, self.test), (SEED, self.seed)):
            field.value_changed.connect(lambda value, key=key: self.changed.emit(key, value))
        controls = {VALIDATION: self.validation, TEST: self.test, SEED: self.seed}
        self.boxes = {key: fields.dataset_box(key, one, self) for key, one in controls.items()}
        self._lay_out()

    def show_config(self, config: DatasetConfig, own: Set[SplitName]) -> None:
        """Show ``config``; ``own`` are the splits that the folder makes itself."""
        for field, value, other in (
            (self.validation, config.validation_fraction, config.test_fraction),
            (self.test, config.test_fraction, config.validation_fraction),
        ):
            most = round(LARGEST_HELD_OUT - other, 6)  # so that some pictures train
            field.set_value(value)
            field.set_limits(field.minimum, min(_LARGEST, most))
        self._seed = config.split_seed
        self.seed.set_value(config.split_seed)
        self._explain(VALIDATION, "validation" in own, config.validation_fraction)
        self._explain(TEST, "test" in own, config.test_fraction)
        draws = not own >= {"validation", "test"}
        self._enable(SEED, draws)
        self.draw.setEnabled(draws)
        words = self.tr("same seed, same split") if draws else self.tr("nothing is drawn")
        self.boxes[SEED].help.set_text(words)
        for box in self.boxes.values():
            box.set_error("")

    def start_afresh(self) -> None:
        """Forget what was half typed, for another dataset."""
        for field in (self.validation, self.test, self.seed):
            field.set_value(field.value, keep_text=False)

    def _draw_another(self) -> None:
        # the next number: every seed draws anew, and a person finds the way back
        most = int(self.seed.maximum or 0)
        self.changed.emit(SEED, self._seed + 1 if self._seed < most else 0)

    def _explain(self, key: str, is_own: bool, share: float) -> None:
        self._enable(key, not is_own)
        if is_own:
            words = self.tr("the folder’s own")
        elif share == 0:
            words = self.tr("none set aside")
        else:
            words = fill(self.tr("{share} per class"), {"share": data_words.share(share)})
        self.boxes[key].help.set_text(words)

    def _enable(self, key: str, enabled: bool) -> None:
        self.boxes[key].control.setEnabled(enabled)
        self.boxes[key].name.setEnabled(enabled)

    def _number(self, name: str, **more: Any) -> NumberField:
        field = limited_field(DatasetConfig, name, parent=self, **more)
        field.setAcceptDrops(False)  # a folder dropped here is for the page, not text to type
        return field

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        for key, box in self.boxes.items():
            row.addWidget(box, 7 if key == SEED else 5)
        row.addWidget(self.draw, 0, Qt.AlignmentFlag.AlignVCenter)


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
        self._grouping = Latest(self)
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
        self.own.show_words(split_words.own_splits(own))
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
        self._grouping.close()
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
        given = asked.summary, asked.split, asked.group_by, known
        self._grouping.call(split_words.report, *given)

    def _show_report(self, report: GroupReport | None) -> None:
        self._slow.stop()
        self._report = report
        sentence = split_words.groups(report) if report is not None else ""
        shown = report.examples if report is not None else ()
        self.groups.show_words(sentence, "plain" if shown else "warning")
        for place, label in enumerate(self.examples):
            label.setVisible(place < len(shown))
            label.set_text(split_words.example(shown[place]) if place < len(shown) else "")
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
        sentences = split_words.warnings(self._counts, self._config, own, self._report)
        self.warnings.show_words("\n".join(sentences), "warning")

    def _show_pinned(self, count: int) -> None:
        self._by_hand.setVisible(count > 0)
        self.pinned.setText(split_words.pinned(count))

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
