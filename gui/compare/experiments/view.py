"""Experiments: the ready-made ones, the queue, the one that runs, and those run before."""

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QButtonGroup, QFrame, QHBoxLayout, QMessageBox, QVBoxLayout, QWidget

from core.common.messages import ThawError
from core.experiments.experiment import CUSTOM
from gui.base import words
from gui.base.background import Latest, worker_pool
from gui.compare.experiments.experiment_card import ExperimentCard
from gui.compare.experiments.experiment_list import ExperimentList
from gui.compare.experiments.experiment_queue import ExperimentQueue
from gui.compare.experiments.replay import ExperimentReplay
from gui.compare.experiments.result import ExperimentResult
from gui.compare.experiments.setup import ExperimentSetup
from gui.controls.layouts import ScrollColumn
from gui.controls.notices import NoticeBar
from gui.runs import experiments as experiment_words
from gui.runs.experiments import Listed, Opened
from gui.runs.export import ExperimentExport
from gui.session.session import Session

_CARDS_WIDTH = 320


class ExperimentsView(QWidget):
    """Renders the session's experiments; what came of one is read in the background.

    Signal: ``shown`` once an experiment was read and is on screen.
    """

    shown = Signal()

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session, self._jobs = session, session.experiments
        self._opened: Opened | None = None
        self._wanted: Path | None = None
        self._pool = worker_pool(self)
        self._list, self._open = Latest(self._pool, self), Latest(self._pool, self)
        self._throw = Latest(self._pool, self)
        self.notice = NoticeBar()
        self.cards = {
            kind: ExperimentCard(kind, experiment_words.title(kind), experiment_words.about(kind))
            for kind in experiment_words.ALL
        }
        self._group = QButtonGroup(self)
        for card in self.cards.values():
            self._group.addButton(card)
        self.queue = ExperimentQueue(self._jobs)
        self.setup = ExperimentSetup(session)
        self.result = ExperimentResult()
        self.export = ExperimentExport(self)
        self.result.set_menu(self.export)
        self.line = QFrame()
        self.line.setFrameShape(QFrame.Shape.HLine)
        self.line.setFrameShadow(QFrame.Shadow.Sunken)
        self._show_result(False)  # until there is one
        self.earlier = ExperimentList()
        self._lay_out()
        self._connect()
        self.choose("transfer")

    def _lay_out(self) -> None:
        left = ScrollColumn()
        left.setFixedWidth(_CARDS_WIDTH)
        left.column.setSpacing(6)
        for card in self.cards.values():
            left.column.addWidget(card)
        left.column.addSpacing(8)
        left.column.addWidget(self.earlier, 1)
        left.column.addStretch()
        right = ScrollColumn()
        right.column.addWidget(self.setup)
        right.column.addWidget(self.queue)
        right.column.addWidget(self.line)
        right.column.addWidget(self.result, 1)
        right.column.addStretch()  # without a result all of it stays at the top
        right.column.addStretch()  # no wider apart while there is no result
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(left)
        row.addWidget(right, 1)
        page = QVBoxLayout(self)
        page.setContentsMargins(0, 0, 0, 0)
        page.addWidget(self.notice)
        page.addLayout(row, 1)

    def _connect(self) -> None:
        self._group.buttonClicked.connect(lambda card: self.choose(card.name))
        self.result.go_on_asked.connect(self._go_on)
        self.earlier.opened.connect(self.open)
        self.earlier.played.connect(lambda place: ExperimentReplay.open_on(place, self.window()))
        self.earlier.thrown.connect(self._ask_throwing)
        self._list.done.connect(self._show_list)
        self._list.failed.connect(self._fail)
        self._open.done.connect(self._show)
        self._open.failed.connect(self._fail)
        self._throw.done.connect(self._thrown)
        self._throw.failed.connect(self._fail)
        self.export.exported.connect(self.notice.say)
        self.export.failed.connect(self._fail)
        self._jobs.advanced.connect(self._advanced)
        self._jobs.epoch_finished.connect(self._show_live)
        self._jobs.running_changed.connect(self._running_changed)
        self._jobs.queue_changed.connect(self._queue_changed)
        self._session.training_started.connect(self._offer_going_on)
        self._session.training_finished.connect(self._offer_going_on)

    # -- what is shown ----------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()

    def refresh(self) -> None:
        """Read the list of experiments again."""
        self._list.submit(experiment_words.listing())

    def choose(self, kind: str) -> None:
        """Offer an experiment to be started."""
        self.cards[kind].setChecked(True)
        self.setup.show_kind(kind)
        self._show_queue()

    def _show_queue(self) -> None:
        """Not while one runs, whose recipes it may have no more."""
        self.queue.setVisible(self.cards[CUSTOM].isChecked() and not self._jobs.is_running)

    def open(self, directory: Path) -> None:
        """Show what came of the experiment in ``directory``."""
        self._wanted = directory
        self._open.submit(experiment_words.opening(directory))

    def _show_list(self, listed: list[Listed]) -> None:
        self.earlier.show_all(listed)
        if self._opened is None and self._wanted is None and listed:
            self.open(listed[0].directory)

    def _show(self, opened: Opened) -> None:
        self._opened = opened
        experiment = opened.listed.experiment
        self.result.show_experiment(opened)
        self._show_result(True)
        self._show_live()
        self.earlier.mark(opened.listed.directory)
        self.export.set_experiment(opened.listed.directory)
        if not self._jobs.is_running or opened.listed.directory == self._jobs.directory:
            self.setup.show_running(experiment)
        self._offer_going_on()
        self.shown.emit()

    def _show_result(self, shows: bool) -> None:
        self.result.setVisible(shows)
        self.line.setVisible(shows)

    def _offer_going_on(self) -> None:
        lacks = self._opened is not None and not self._opened.listed.is_finished
        is_free = not self._jobs.is_running and not self._session.is_training
        self.result.go_on.setVisible(lacks and is_free)

    def _show_live(self) -> None:
        """The run that trains, where its experiment is the one that is shown."""
        shown = self._opened.listed.directory if self._opened is not None else None
        doing = self._jobs.doing
        arm = doing.arm if self._jobs.is_running and shown == self._jobs.directory else ""
        self.result.canvas.show_live(arm, doing.accuracies)

    def _advanced(self) -> None:
        """Read the one that runs again, where it is the one that is shown: another one that a
        person reads meanwhile stays."""
        directory = self._jobs.directory
        if directory is None or not self._jobs.is_kept:
            return
        if self._wanted in (None, directory):
            self.open(directory)
        self.refresh()

    def _running_changed(self) -> None:
        self._offer_going_on()
        self._show_queue()
        if self._jobs.is_running:
            self.notice.hide()
            self._wanted = self._jobs.directory  # asked for by its Start, or Go on
        elif not self._jobs.is_kept:  # nothing came of it
            self._wanted = self._opened.listed.directory if self._opened is not None else None
        else:
            self._advanced()

    def _queue_changed(self) -> None:
        self.choose(CUSTOM)

    def _fail(self, error: ThawError) -> None:
        self.notice.say(words.error_text(error) + ".")

    # -- what a person does -----------------------------------------------------------------

    def _go_on(self) -> None:
        if self._opened is not None:
            self._jobs.resume(self._opened.listed.directory)

    def _ask_throwing(self, directory: Path) -> None:
        box = QMessageBox(self)
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle(self.tr("Thaw"))
        box.setText(self.tr("Move this experiment and all its runs to the trash?"))
        throw = box.addButton(self.tr("Move to the trash"), QMessageBox.ButtonRole.AcceptRole)
        keep = box.addButton(self.tr("Keep it"), QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(keep)
        box.setEscapeButton(keep)
        box.finished.connect(lambda: self._answered(directory, throws=box.clickedButton() is throw))
        box.finished.connect(box.deleteLater)
        box.open()

    def _answered(self, directory: Path, *, throws: bool) -> None:
        if throws:
            self._throw.submit(experiment_words.throwing(directory))

    def _thrown(self) -> None:
        """Show the newest of those that are left."""
        self._opened = self._wanted = None
        self._show_result(False)
        self.refresh()
