"""Dialogs on earlier runs: choose one, or give one more epochs."""

import threading
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QInputDialog,
    QLabel,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from core.common.messages import ThawError, fill
from core.dataset.folder import printable
from core.recipe.config import RunConfig
from core.runs import list as run_list
from core.runs.list import ListedRun
from core.runs.places import BEST
from gui.base import theme
from gui.base import words as base_words
from gui.base.ask import drop_icons
from gui.base.background import Latest, Progress, Work
from gui.base.words import say
from gui.recipe import words as recipe_words
from gui.runs import words as run_words

translate = QCoreApplication.translate


def looking(folder: Path, *, with_weights: bool) -> Work:
    """Look for the runs in ``folder`` that are whole, or only those that have kept weights: a
    list of ``ListedRun``, the newest first. Raises ``InputError`` (folder_unreadable)."""

    def work(stop: threading.Event, _progress: Progress) -> list[ListedRun]:
        found = run_list.of_folder(folder, stop)
        if with_weights:
            return [one for one in found if one.best and (one.directory / BEST).is_file()]
        return [one for one in found if one.state != "damaged"]

    return work


def row(one: ListedRun) -> tuple[str, str, str, str]:
    """Its name, when it was made, how it transferred, and its accuracy, for a list."""
    template = translate("runs", "{way}, {epochs} epochs")
    if one.epochs == 1:
        template = translate("runs", "{way}, 1 epoch")
    how = fill(template, {"way": run_words.preset(one), "epochs": base_words.count(one.epochs)})
    made = base_words.since_1970(one.created)
    return run_words.name(one), base_words.moment(made) if made else "", how, _accuracy(one)


def _accuracy(one: ListedRun) -> str:
    if one.best is None:
        return translate("runs", "no epoch yet")
    values = {
        "accuracy": base_words.percent(one.best.accuracy),
        "images": base_words.count(one.best.images),
        "interval": base_words.interval(*one.best.interval),
    }
    return say("runs", "{accuracy} of {images} ({interval})", **values)


_WIDTH, _HEIGHT = 860, 380
_DIRECTORY = Qt.ItemDataRole.UserRole


class RunChooser(QDialog):
    """The runs in a folder, the newest first; one that lies elsewhere has a button of its own.

    ``for_weights``: a run whose weights are to be used; else one that is to be opened.

    Signals: ``chosen`` with the directory of a run, ``elsewhere`` when another folder is asked
    for; both close it.
    """

    chosen = Signal(object)
    elsewhere = Signal()

    def __init__(
        self, folder: Path, parent: QWidget | None = None, *, for_weights: bool = True
    ) -> None:
        super().__init__(parent)
        self._folder, self._for_weights = folder, for_weights
        self.setWindowTitle(self.tr("Earlier runs"))
        self.state = QLabel(self.tr("Looking for runs…"), wordWrap=True)
        self.state.setTextFormat(Qt.TextFormat.PlainText)
        self.list = self._list()
        self.note = QLabel(
            self.tr(
                "Accuracy of the epoch that each run kept, on its validation pictures, by which it "
                "was chosen unless it was the last or the only one; in brackets its 95 % interval."
            ),
            wordWrap=True,
        )
        self.note.setFont(theme.small_font())
        self.elsewhere_button = QPushButton(self.tr("Another folder…"))
        self.use_button = QPushButton(self.tr("Use this run") if for_weights else self.tr("&Open"))
        self.cancel_button = QPushButton(self.tr("Cancel"))
        self._lay_out()
        self.list.itemSelectionChanged.connect(self._refresh)
        self.list.itemActivated.connect(lambda _item: self._choose())
        self.use_button.clicked.connect(self._choose)
        self.elsewhere_button.clicked.connect(self._ask_elsewhere)
        self.cancel_button.clicked.connect(self.reject)
        self._refresh()
        self._job = Latest(self)
        self._job.done.connect(self._show)
        self._job.failed.connect(self._fail)
        self._job.submit(looking(folder, with_weights=for_weights))

    @property
    def is_busy(self) -> bool:
        """Whether it still looks for runs."""
        return self._job.is_busy

    def _list(self) -> QTreeWidget:
        made = QTreeWidget()
        made.setHeaderLabels(
            [self.tr("Run"), self.tr("Made"), self.tr("How"), self.tr("Validation accuracy")]
        )
        made.setRootIsDecorated(False)
        made.setUniformRowHeights(True)
        made.setAlternatingRowColors(True)
        made.setAllColumnsShowFocus(True)
        made.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        made.setAccessibleName(self.tr("Earlier runs"))
        header = made.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for column in (1, 2, 3):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        return made

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.addWidget(self.elsewhere_button)
        buttons.addStretch()
        buttons.addWidget(self.use_button)
        buttons.addWidget(self.cancel_button)
        self.use_button.setDefault(True)
        for one in (self.elsewhere_button, self.cancel_button):
            one.setAutoDefault(False)
        column = QVBoxLayout(self)
        for part in (self.state, self.list, self.note):
            column.addWidget(part)
        column.addLayout(buttons)
        self.resize(_WIDTH, _HEIGHT)

    def _show(self, runs: Sequence[ListedRun]) -> None:
        none = self.tr("There is no run in {folder}.")
        if self._for_weights:
            none = self.tr("No run in {folder} has weights.")
        words = self.tr("Runs in {folder}:") if runs else none
        self.state.setText(fill(words, {"folder": printable(str(self._folder))}))
        for run in runs:
            item = QTreeWidgetItem(row(run))
            item.setData(0, _DIRECTORY, str(run.directory))
            item.setToolTip(0, base_words.plain_tip(run_words.described(run)))
            self.list.addTopLevelItem(item)
        if (newest := self.list.topLevelItem(0)) is not None:
            self.list.setCurrentItem(newest)
            self.list.setFocus()
        self._refresh()

    def _fail(self, error: ThawError) -> None:
        self.state.setText(base_words.error_text(error))

    def _refresh(self) -> None:
        self.use_button.setEnabled(bool(self.list.selectedItems()))

    def _choose(self) -> None:
        for item in self.list.selectedItems():
            self.accept()
            self.chosen.emit(Path(item.data(0, _DIRECTORY)))

    def _ask_elsewhere(self) -> None:
        self.reject()
        self.elsewhere.emit()


_OFTEN = 10


_MOST_EPOCHS = 1000  # epochs of a stage, as a recipe allows


class ExtendDialog(QInputDialog):
    """Says which stage goes on. Signal: Qt's ``intValueSelected`` with the number of epochs."""

    def __init__(self, recipe: RunConfig, planned: int, parent: QWidget | None = None) -> None:
        """``planned`` are the epochs that its last stage has until now."""
        super().__init__(parent)
        last = recipe.stages[-1]
        template = self.tr(
            "Stage {stage} ({what}) was planned for {epochs} epochs.\n"
            "It goes on where it ended, with the same learning rates.\n\nMore epochs to train:"
        )
        blocks = recipe_words.blocks(last.thawed, recipe.model.depth)
        what = fill(self.tr("head and {blocks}"), {"blocks": blocks})
        values = {
            "stage": len(recipe.stages),
            "what": what if last.thawed else self.tr("head alone"),
            "epochs": base_words.count(planned),
        }
        self.setWindowTitle(self.tr("Train more epochs"))
        self.setInputMode(QInputDialog.InputMode.IntInput)
        self.setLabelText(fill(template, values))
        self.setIntRange(1, max(_MOST_EPOCHS - planned, 1))
        self.setIntValue(_OFTEN)
        self.setOkButtonText(self.tr("Train"))
        drop_icons(self)
