"""What is done with runs of the list: shown, gone on with, named, thrown away."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QMessageBox, QWidget

from core.common.messages import ThawError, fill
from core.dataset.folder import printable
from core.runs import list as run_list
from core.runs.list import ListedRun, RunLabel
from core.runs.places import CONFIG
from core.runs.run import Run
from gui.base import words
from gui.base.ask import drop_icons
from gui.base.background import Latest, worker_pool
from gui.compare.note_dialog import NoteDialog
from gui.recipe import files as recipe_files
from gui.runs import files as runs_files
from gui.runs import words as run_words
from gui.runs.files import Thrown
from gui.session.session import Session
from gui.train.actions import ExtendDialog


class RunsWork(QObject):
    """Asks where something could be lost, and does it.

    Signals: ``changed`` with the directory of a run that is no longer as it was; ``gone`` once
    runs were thrown away; ``said`` with a sentence for a person; ``navigate`` with a page's name.
    """

    changed = Signal(object)
    gone = Signal()
    said = Signal(str)
    navigate = Signal(str)

    def __init__(self, session: Session, window: QWidget) -> None:
        super().__init__(window)
        self._session, self._window = session, window
        self._extending: Path | None = None
        self._pool = worker_pool(self)
        self._throw = Latest(self._pool, self)
        self._throw.done.connect(self._thrown)
        self._throw.failed.connect(self.fail)
        session.run_shown.connect(self._shown)
        session.training_failed.connect(self._failed)

    def fail(self, error: ThawError) -> None:
        """Say what went wrong."""
        self.said.emit(words.error_text(error) + ".")

    # -- looking at it, going on with it ----------------------------------------------------

    def show(self, run: ListedRun) -> None:
        """Show its results, or its curves where it has none or trains."""
        if not self._session.is_training:
            self._session.show_run(run.directory)
        has_results = run.best is not None and not self._session.is_training
        self.navigate.emit("results" if has_results else "train")

    def resume(self, run: ListedRun) -> None:
        """Go on with it."""
        self._session.resume_run(run.directory)

    def extend(self, run: ListedRun) -> None:
        """Show it, then ask for how many more epochs it shall train."""
        self._extending = run.directory
        self._session.show_run(run.directory)

    def take_recipe(self, run: ListedRun) -> None:
        """Choose its recipe for what is open."""
        path = run.directory / CONFIG
        try:
            self._session.set_recipe(recipe_files.load(path, self._session.recipe))
        except ThawError as error:
            self.said.emit(recipe_files.explained(path, error))
        else:
            template = self.tr("The recipe of {name} is chosen now. Undo brings yours back.")
            self.said.emit(fill(template, {"name": run_words.name(run)}))

    def open_folder(self, run: ListedRun) -> None:
        """Open its folder in the system's file manager."""
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(run.directory))):
            template = self.tr("No program opens folders here. The folder is {path}")
            self.said.emit(fill(template, {"path": printable(str(run.directory))}))

    def _shown(self, run: Run) -> None:
        wanted, self._extending = self._extending, None
        if wanted != run.directory:
            return
        planned = run.history.planned
        epochs = planned[-1] if planned else run.config.stages[-1].epochs
        dialog = ExtendDialog(run.config, epochs, self._window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.intValueSelected.connect(self._session.extend_run)
        dialog.open()

    def _failed(self, error: ThawError) -> None:
        if self._extending is not None:
            self._extending = None
            self.fail(error)

    # -- what a person says of it -----------------------------------------------------------

    def rename(self, run: ListedRun, name: str) -> None:
        """Call it ``name``; its directory's own name is none."""
        kept = "" if name == run.directory.name else name
        self._label(run, replace(run.label, name=kept))

    def star(self, runs: Sequence[ListedRun]) -> None:
        """Give all of them a star, or take it away where all have one."""
        starred = not all(run.label.star for run in runs)
        for run in runs:
            self._label(run, replace(run.label, star=starred))

    def ask_note(self, run: ListedRun) -> None:
        """Ask for what is to be remembered of it."""
        dialog = NoteDialog(run_words.name(run), run.label.note, self._window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.noted.connect(lambda note: self._label(run, replace(run.label, note=note)))
        dialog.open()

    def _label(self, run: ListedRun, label: RunLabel) -> None:
        try:
            run_list.write_label(run.directory, label)
        except ThawError as error:
            self.fail(error)
        self.changed.emit(run.directory)

    # -- throwing away ----------------------------------------------------------------------

    def ask_delete(self, runs: Sequence[ListedRun]) -> None:
        """Say what would go to the trash, and let it go there if that is wanted."""
        directories = [run.directory for run in runs]
        asked, more = run_words.deleting(runs)
        box = QMessageBox(self._window)
        box.setWindowTitle(self.tr("Move to the trash"))
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setText(asked)
        box.setInformativeText(more)
        move = box.addButton(self.tr("Move to the trash"), QMessageBox.ButtonRole.AcceptRole)
        box.addButton(QMessageBox.StandardButton.Cancel)
        box.setDefaultButton(QMessageBox.StandardButton.Cancel)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        drop_icons(box)
        move.clicked.connect(lambda: self.throw(directories))
        box.open()

    def throw(self, directories: Sequence[Path]) -> None:
        """Move the runs in these to the trash, without asking."""
        self._throw.submit(runs_files.throwing(directories))

    def _thrown(self, thrown: Thrown) -> None:
        if thrown.errors:
            self.fail(thrown.errors[0])
        self.gone.emit()
