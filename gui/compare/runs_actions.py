"""What can be done with the selected runs: one set of actions for menu, buttons and keys."""

from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from core.runs.list import ListedRun
from gui.base import theme
from gui.session.session import Session


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
