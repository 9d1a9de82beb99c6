"""The dialog of what is kept on disk so that no later run computes it again.

It shows how much is kept of what, and clears or limits it off the window's thread.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from core.common.messages import ThawError, fill
from core.dataset.folder import printable
from gui.base import theme
from gui.base import words as base_words
from gui.base.ask import drop_icons
from gui.base.background import Latest, Work
from gui.base.words import say
from gui.controls.labels import AdviceLine
from gui.controls.number_fields import NumberField
from gui.session.session import Session

if TYPE_CHECKING:
    from core.compute.cache.budget import Kept

_PICTURES = "pictures"
translate = QCoreApplication.translate


@dataclass(frozen=True)
class KeptState:
    """All stores of records, and what they may take: ``chosen`` by a person, in bytes, or None
    where the ``budget`` follows the disk."""

    kept: Sequence["Kept"]
    budget: int
    chosen: int | None
    folder: Path

    @property
    def bytes(self) -> int:
        return sum(one.bytes for one in self.kept)


@dataclass(frozen=True)
class Row:
    """Stores that are about the same, as far as a person cares."""

    words: str
    bytes: int
    last_used: float


def looking() -> Work:
    """See what is kept: a ``KeptState``."""
    return _work(lambda: None)


def clearing() -> Work:
    """Delete all of it; a ``KeptState`` afterwards."""

    def clear() -> None:
        # Here: it brings NumPy, which the window need not wait for.
        from core.compute.cache import budget as cache_budget

        cache_budget.clear()

    return _work(clear)


def choosing(budget: int | None) -> Work:
    """Let no more than ``budget`` bytes be kept, None for what follows the disk; a
    ``KeptState`` afterwards."""

    def choose() -> None:
        # Here: it brings NumPy, which the window need not wait for.
        from core.compute.cache import budget as cache_budget

        cache_budget.choose_budget(budget)

    return _work(choose)


def rows(kept: Sequence["Kept"]) -> list[Row]:
    """What is kept, the last used first; views of one kind together."""
    groups: dict[tuple[object, ...], list[Kept]] = {}
    for one in kept:
        about = one.about
        key = (one.kind, about.get("image_size"), about.get("boundary"), "view" in about)
        groups.setdefault(key, []).append(one)
    made = [
        Row(_words(group), sum(one.bytes for one in group), max(one.last_used for one in group))
        for group in groups.values()
    ]
    return sorted(made, key=lambda one: -one.last_used)


def total(state: KeptState) -> str:
    """How much is kept, of how much may be."""
    values = {
        "kept": base_words.file_size(state.bytes),
        "budget": base_words.file_size(state.budget),
    }
    template = translate("kept", "{kept} of at most {budget} are kept.")
    if not state.bytes:
        template = translate("kept", "Nothing is kept. At most {budget} will be.")
    elif state.bytes > state.budget:
        template = translate(
            "kept",
            "{kept} are kept, more than the {budget} that may be: what was used just now stays "
            "until a later run needs the room.",
        )
    return fill(template, values)


def _words(group: Sequence["Kept"]) -> str:
    first = group[0]
    values = {
        "size": first.about.get("image_size", "?"),
        "block": first.about.get("boundary", "?"),
        "views": len({_view(one) for one in group}),
    }
    if first.kind == _PICTURES:
        return say("kept", "Pictures, decoded and fitted to {size} px", **values)
    if "boundary" not in first.about:
        return translate("kept", "Something that Thaw kept")
    words = say("kept", "Outputs of blocks 1 to {block} at {size} px", **values)
    if first.about["boundary"] == 1:
        words = say("kept", "Outputs of block 1 at {size} px", **values)
    if "view" in first.about:
        words += say("kept", ", augmented views: {views}", **values)
    return words


def _view(one: "Kept") -> str:
    """Which view of which augmentation it is."""
    return f"{one.about.get('augmentation')} {one.about.get('view')}"


def _work(act: Callable[[], None]) -> Work:
    def work(_stop: object, _progress: object) -> KeptState:
        # Here: it brings NumPy, which the window need not wait for.
        from core.compute.cache import budget as cache_budget

        try:
            act()
        except OSError as error:
            raise ThawError("file_system", reason=error) from error
        chosen = cache_budget.chosen_budget()
        return KeptState(cache_budget.usage(), cache_budget.budget(), chosen, cache_budget.root())

    return work


_WIDTH, _HEIGHT = 600, 400
_GIGABYTE = 10**9
_LARGEST = 1_000_000  # GB


class KeptDialog(QDialog):
    """Nothing in it can lose anything but time; while a run trains it may not be cleared."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._state: KeptState | None = None
        self._job = Latest(self)
        self._job.done.connect(self._show)
        self._job.failed.connect(self._fail)
        self.setWindowTitle(self.tr("Kept features"))
        self.why = _sentence(
            self.tr(
                "A frozen block's output for a picture never changes. It is kept here, so that "
                "the next run on the same pictures begins at once. Deleting it costs only time."
            )
        )
        self.total = _sentence("")
        self.total.setFont(theme.font(bold=True))
        self.place = _sentence("")
        self.place.setFont(theme.small_font())
        self.place.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.list = self._list()
        self.problem = AdviceLine()
        self.budget = NumberField(minimum=0, maximum=_LARGEST, optional=True)
        self.budget.setPlaceholderText(self.tr("automatic"))
        self.budget.set_hint(self.tr("Empty: a tenth of the free disk, at most 20 GB"))
        self.set_button = QPushButton(self.tr("Set"))
        self.clear_button = QPushButton(self.tr("Clear"))
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self._lay_out()
        self.budget.value_changed.connect(self._refresh)
        self.budget.validity_changed.connect(self._refresh)
        self.set_button.clicked.connect(self._set_budget)
        self.clear_button.clicked.connect(lambda: self._submit(clearing()))
        self.buttons.rejected.connect(self.reject)
        for signal in (session.training_started, session.training_finished):
            signal.connect(self._refresh)
        self._submit(looking())

    def _list(self) -> QTreeWidget:
        made = QTreeWidget()
        made.setHeaderLabels([self.tr("What"), self.tr("Size"), self.tr("Last used")])
        made.setRootIsDecorated(False)
        made.setUniformRowHeights(True)
        made.setAlternatingRowColors(True)
        made.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        made.setAccessibleName(self.tr("What is kept"))
        header = made.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for column in (1, 2):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        return made

    def _lay_out(self) -> None:
        label = QLabel(self.tr("Keep at &most"))
        label.setBuddy(self.budget)
        row = QHBoxLayout()
        for widget in (label, self.budget, QLabel(self.tr("GB")), self.set_button):
            row.addWidget(widget)
        row.addStretch()
        row.addWidget(self.clear_button)
        column = QVBoxLayout(self)
        for part in (self.why, self.total, self.list, self.place, self.problem):
            column.addWidget(part)
        column.addLayout(row)
        column.addWidget(self.buttons)
        self.set_button.setAutoDefault(False)
        self.clear_button.setAutoDefault(False)
        self.budget.returnPressed.connect(self.set_button.click)
        self.buttons.button(QDialogButtonBox.StandardButton.Close).setAutoDefault(False)
        drop_icons(self)
        self.resize(_WIDTH, _HEIGHT)

    # -- what is done -----------------------------------------------------------------------

    def _submit(self, work: Work) -> None:
        self._job.submit(work)
        self._refresh()

    def _set_budget(self) -> None:
        value = self.budget.value
        chosen = None if value is None else round(value * _GIGABYTE)
        self._submit(choosing(chosen))

    def _fail(self, error: ThawError) -> None:
        self.problem.show_words(base_words.error_text(error), "wrong")
        self._refresh()

    # -- what is shown ----------------------------------------------------------------------

    @property
    def is_busy(self) -> bool:
        """Whether it is looking, or deleting."""
        return self._job.is_busy

    def _show(self, state: KeptState) -> None:
        self._state = state
        self.problem.show_words("")
        self.total.setText(total(state))
        self.place.setText(printable(str(state.folder)))
        self.budget.set_value(None if state.chosen is None else state.chosen / _GIGABYTE)
        self.list.clear()
        for one in rows(state.kept):
            cells = [one.words, base_words.file_size(one.bytes), base_words.moment(one.last_used)]
            item = QTreeWidgetItem(cells)
            item.setTextAlignment(1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            self.list.addTopLevelItem(item)
        self._refresh()

    def _refresh(self) -> None:
        state, is_training = self._state, self._session.is_busy_training
        if state is None:
            self.total.setText(self.tr("Looking…"))
        is_there = state is not None and bool(state.kept)
        self.clear_button.setEnabled(is_there and not is_training and not self.is_busy)
        tip = self.tr("Deletes all that is kept; later runs compute it again")
        if is_training:
            tip = self.tr("The run that trains uses it: clear it once the run has ended")
        elif not is_there:
            tip = self.tr("Nothing is kept")
        self.clear_button.setToolTip(tip)
        chosen = state.chosen if state is not None else None
        value = self.budget.value
        is_new = (None if value is None else round(value * _GIGABYTE)) != chosen
        self.set_button.setEnabled(is_new and self.budget.is_valid and not self.is_busy)
        self.set_button.setToolTip(
            self.tr("What is more than that goes at once, the longest unused first")
        )


def _sentence(words: str) -> QLabel:
    label = QLabel(words, wordWrap=True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    return label
