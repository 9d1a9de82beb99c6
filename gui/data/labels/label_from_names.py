"""Classes from the file names: which part of a name is its class, and what that gives."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from gui.base import theme
from gui.base.background import Latest, worker_pool
from gui.controls.inputs import QuietComboBox
from gui.controls.labels import ElidedLabel
from gui.controls.thumbnails import Load, load_thumbnail
from gui.data.labels import label_notes
from gui.data.labels import words as labels_words
from gui.data.labels.from_names import LabelCounts
from gui.data.labels.label_notes_ import LabelNotes
from gui.session import labelling
from gui.session.labelling import ByName, ClassRow, Given, Pictures

if TYPE_CHECKING:
    from core.dataset.labels.rules import Mark, Proposal, Rule, Side

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
        self._pool = worker_pool(self)
        self._job = Latest(self._pool, self)
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

    def show_pictures(
        self,
        pictures: Pictures,
        proposals: "Sequence[Proposal]",
        examples: Sequence[tuple[str, str]],
    ) -> None:
        """Offer ``proposals`` for ``pictures``, each with an example: a file and its class."""
        self._job.cancel()
        self._pictures = pictures
        self.own.clear()
        self.rules.blockSignals(True)
        self.rules.clear()
        for proposal, example in zip(proposals, examples, strict=True):
            self._add(proposal, example)
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
        self._job.cancel()
        self._pool.waitForDone()
        self.counts.close_thumbnails()

    def _add(self, proposal: "Proposal", example: tuple[str, str]) -> None:
        rule = proposal.rule
        told = labels_words.example(*example) if example[0] else ""
        words = (told, labels_words.classes(len(proposal.counts)))
        title = labels_words.rule_title(rule.mark, rule.side)
        item = QListWidgetItem(f"{title}\n{labels_words.joined(words)}")
        item.setData(_RULE, rule)
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
        mark, side = cast("Mark", self.own.text()), cast("Side", self.side.currentData())
        self._work_out(Rule(mark, side))

    def _work_out(self, rule: "Rule") -> None:
        self._job.submit(labelling.apply_rule(rule, self._pictures))
        self.changed.emit()

    def _show(self, found: ByName | None) -> None:
        self._found = found
        rows = found.rows if found is not None else ()
        labelled = sum(row.count for row in rows)
        self.sum.set_text(labels_words.summed_up(labelled, len(self._pictures.usable), len(rows)))
        self.counts.show_rows(self._pictures.folder, rows)
        notes = label_notes.of_names(found) if found is not None else ()
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
