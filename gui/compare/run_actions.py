"""What can be done with the runs of the list: the actions, the work behind them, and the note."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Qt, QUrl, Signal
from PySide6.QtGui import QAction, QDesktopServices, QKeyEvent
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QLabel,
    QMenu,
    QMessageBox,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from core.common.messages import ThawError, fill
from core.dataset.folder import printable
from core.runs import list as run_list
from core.runs.list import ListedRun, RunLabel
from core.runs.places import CONFIG
from core.runs.run import Run
from gui.base import theme
from gui.base import words as base_words
from gui.base.ask import drop_icons
from gui.base.background import Latest
from gui.recipe import files as recipe_files
from gui.runs import files as runs_files
from gui.runs import words as run_words
from gui.runs.chooser import ExtendDialog
from gui.runs.files import Thrown
from gui.session.session import Session

_SIZE = (420, 240)


class NoteDialog(QDialog):
    """Tab leaves the text, and Ctrl+Return keeps it. Signal: ``noted`` with the new text."""

    noted = Signal(str)

    def __init__(self, name: str, note: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Note"))
        self.edit = QPlainTextEdit(note)
        self.edit.setTabChangesFocus(True)
        label = QLabel(fill(self.tr("Note on {name}:"), {"name": name}))
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setBuddy(self.edit)
        self.edit.setAccessibleName(label.text())
        buttons = QDialogButtonBox.StandardButton
        self.box = QDialogButtonBox(buttons.Ok | buttons.Cancel)
        self.box.accepted.connect(self.accept)
        self.box.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        for part in (label, self.edit, self.box):
            column.addWidget(part)
        self.resize(*_SIZE)
        drop_icons(self)
        self.accepted.connect(lambda: self.noted.emit(self.edit.toPlainText()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        is_return = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if is_return and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.accept()
        else:
            super().keyPressEvent(event)


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
        self._throw = Latest(self)
        self._throw.done.connect(self._thrown)
        self._throw.failed.connect(self.fail)
        session.run_shown.connect(self._shown)
        session.training_failed.connect(self._failed)

    def fail(self, error: ThawError) -> None:
        """Say what went wrong."""
        self.said.emit(base_words.error_text(error) + ".")

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
        self._throw.call(runs_files.throw, directories)

    def _thrown(self, thrown: Thrown) -> None:
        if thrown.errors:
            self.fail(thrown.errors[0])
        self.gone.emit()


class RunsActions(QObject):
    """Fits itself to what is selected; each tool tip says what an action does, or why it can't.

    Signals: ``asked`` with an action's name ("show", "resume", "extend", "recipe", "replay",
    "rename", "note", "star", "save", "folder", "delete").
    """

    asked = Signal(str)

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self._session, self._view = session, parent
        self._runs: list[ListedRun] = []
        self.show = self._action("show", self.tr("&Show"), "results")
        self.resume = self._action("resume", self.tr("R&esume"), "train")
        self.extend = self._action("extend", self.tr("&Train more epochs…"), "plus")
        self.recipe = self._action("recipe", self.tr("&Use this recipe again"), "reset")
        self.replay = self._action("replay", self.tr("Re&play"), "train")
        self.rename = self._action("rename", self.tr("Re&name\tF2"))
        self.note = self._action("note", self.tr("N&ote…"))
        self.star = self._action("star", "", "star")
        self.save = self._action("save", self.tr("Save as one &file…"), "save")
        self.folder = self._action("folder", self.tr("Open &its folder"), "folder")
        self.delete = self._action("delete", self.tr("&Move to the trash…\tDel"))
        self.more = QMenu(parent)
        self.more.setToolTipsVisible(True)
        self.more.addAction(self.replay)
        self.more.addSeparator()
        self.more.addActions([self.rename, self.note, self.star])
        self.more.addSeparator()
        self.more.addActions([self.save, self.folder])
        self.more.addSeparator()
        self.more.addAction(self.delete)
        self.show_selected(())

    @property
    def main(self) -> tuple[QAction, ...]:
        """Those that have buttons of their own."""
        return self.show, self.resume, self.extend, self.recipe

    def show_selected(self, runs: Sequence[ListedRun]) -> None:
        """Offer what can be done with these."""
        self._runs = list(runs)
        self.refresh()

    def menu(self) -> QMenu:
        """A context menu of all of them, for which the caller cares."""
        menu = QMenu(self._view)
        menu.setToolTipsVisible(True)
        menu.addActions(list(self.main))
        menu.addSeparator()
        menu.addActions(self.more.actions())
        return menu

    def refresh(self) -> None:
        """Render the session's present state."""
        one = self._runs[0] if len(self._runs) == 1 else None
        self._offer(self.show, self.tr("Its curves and results"), self._why_not_shown(one))
        tip = self.tr("Plays it back, as if it trained again")
        self._offer(self.replay, tip, self._why_not_played(one))
        tip = self.tr("Goes on with the run as if it had never stopped")
        self._offer(self.resume, tip, self._why_not_resumed(one))
        tip = self.tr("Gives its last stage more epochs, and trains them")
        self._offer(self.extend, tip, self._why_not_extended(one))
        tip = self.tr("Chooses its recipe for the pictures that are open; undo brings yours back")
        self._offer(self.recipe, tip, self._why_not_whole(one))
        for action in (self.rename, self.note, self.folder):
            self._offer(action, "", self._why_not_one(one))
        is_starred = bool(self._runs) and all(run.label.star for run in self._runs)
        self.star.setText(self.tr("Ta&ke the star away") if is_starred else self.tr("Gi&ve a star"))
        self.star.setIcon(theme.icon("star" if is_starred else "starred"))
        self.star.setEnabled(bool(self._runs))
        tip = self.tr("Everything but the pictures, to be opened on another machine")
        self._offer(self.save, tip, self._why_not_saved(one))
        trains = any(run.state == "running" for run in self._runs)
        why = self.tr("A run that trains cannot be deleted") if trains else ""
        self._offer(self.delete, "", why or ("" if self._runs else self._why_not_one(None)))

    def _why_not_one(self, one: ListedRun | None) -> str:
        return "" if one is not None else self.tr("Select one run")

    def _why_not_whole(self, one: ListedRun | None) -> str:
        if one is not None and one.state == "damaged":
            return self.tr("The run is damaged")
        return self._why_not_one(one)

    def _why_not_saved(self, one: ListedRun | None) -> str:
        if one is not None and one.state == "running":
            return self.tr("It can be saved once it has ended")
        return self._why_not_whole(one)

    def _why_not_shown(self, one: ListedRun | None) -> str:
        present = self._session.run.directory if self._session.run is not None else None
        if one is not None and self._session.is_training and present != one.directory:
            return self.tr("Another run trains: this one can be shown once that has ended")
        return self._why_not_whole(one)

    def _why_not_played(self, one: ListedRun | None) -> str:
        if one is not None and not self._session.can_replay:
            return self.tr("A run trains: its curves are shown")
        if one is not None and one.state != "damaged" and not one.epochs:
            return self.tr("No epoch of it has ended yet")
        return self._why_not_whole(one)

    def _why_not_trained(self, one: ListedRun | None) -> str:
        if (why := self._why_not_whole(one)) or one is None:
            return why
        if one.state == "running":
            return self.tr("It trains already")
        if self._session.is_training:
            return self.tr("Another run trains now")
        if self._session.experiments.is_running:
            return self.tr("An experiment runs now")
        if self._session.engine.error is not None:
            return self.tr("PyTorch cannot be loaded")
        return ""

    def _why_not_resumed(self, one: ListedRun | None) -> str:
        why = self._why_not_trained(one)
        if not why and one is not None and not one.can_resume:
            return self.tr("It is finished; it can be given more epochs")
        return why

    def _why_not_extended(self, one: ListedRun | None) -> str:
        why = self._why_not_trained(one)
        if not why and one is not None and not one.epochs:
            return self.tr("No epoch of it has ended yet")
        return why

    def _offer(self, action: QAction, tip: str, why_not: str) -> None:
        action.setEnabled(not why_not)
        action.setToolTip(why_not or tip or action.text().partition("\t")[0].replace("&", ""))

    def _action(self, name: str, words: str, icon: str = "") -> QAction:
        action = QAction(words, self)
        if icon:
            action.setIcon(theme.icon(icon))
        action.triggered.connect(lambda: self.asked.emit(name))
        return action
