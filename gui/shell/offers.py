"""Offers of the window: to go on with a run that was cut off, and to download weights.

A run is cut off by a crash, the power or a closed window. Weights are offered where training
needs them and they are missing or damaged.
"""

from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QWidget

from core.common.messages import ThawError, fill
from core.dataset.folder import printable
from core.model.weights.normalization import PUBLISHED
from core.runs.run import Run
from gui.base.background import Latest
from gui.controls.notices import OfferBar
from gui.model.download import DownloadDialog
from gui.runs import words as run_words
from gui.session import training as session_training
from gui.session.session import Session
from gui.session.training import UnfinishedRun


class UnfinishedRuns(QObject):
    """Fills ``bar`` with one run after the other, the newest first, while nothing trains.

    A run that is dismissed is not offered again, neither now nor at the next start.

    Signals: ``looked`` once such runs were looked for; ``showing`` when one was asked to be
    shown.
    """

    looked = Signal()
    showing = Signal()

    def __init__(self, session: Session, bar: OfferBar) -> None:
        super().__init__(bar)
        self._session, self._bar = session, bar
        self._found: list[UnfinishedRun] = []
        self._look = Latest(self)
        self._look.done.connect(self._answer)
        self.resume_button = bar.add_button(self.tr("Resume"), self._resume)
        self.resume_button.setToolTip(self.tr("Goes on with the run as if it had never stopped"))
        self.show_button = bar.add_button(self.tr("Show"), self._show)
        self.show_button.setToolTip(self.tr("Shows how far the run came, without going on"))
        self.dismiss_button = bar.add_button(self.tr("Dismiss"), self._dismiss)
        self.dismiss_button.setToolTip(
            self.tr("Doesn't offer this run again; it stays in the runs folder")
        )
        session.run_created.connect(self._goes_on)
        for signal in (
            session.engine_changed,
            session.training_started,
            session.training_finished,
        ):
            signal.connect(self._render)

    def look(self) -> None:
        """Look for such runs, in the background."""
        settings = self._session.settings
        among = settings.runs_folder, settings.dismissed_runs, settings.left_runs
        self._look.call(session_training.unfinished, *among)

    def leave(self) -> None:
        """Offer the run that was just stopped when the window opens again."""
        session = self._session
        if session.run is not None and session.can_resume:
            session.settings.leave_run(session.run.directory)

    def _goes_on(self, run: Run) -> None:
        self._session.settings.forget_left_run(run.directory)

    def _answer(self, found: list[UnfinishedRun]) -> None:
        self._found = found
        self._render()
        self.looked.emit()

    def _render(self) -> None:
        if not self._found or self._session.is_busy_training:
            self._bar.say("")
            return
        error = self._session.engine.error
        self.resume_button.setEnabled(error is None)
        self._bar.say(self._sentence(self._found[0]))

    def _sentence(self, one: UnfinishedRun) -> str:
        values = {
            "run": printable(one.directory.name),
            "place": run_words.place(one.history),
            "more": len(self._found) - 1,
        }
        is_early = one.history.started is None
        if one.left:
            template = self.tr("The run {run} was stopped at {place} to close Thaw.")
            if is_early:
                template = self.tr(
                    "The run {run} was stopped before its first epoch to close Thaw."
                )
        else:
            template = self.tr("The run {run} stopped unexpectedly at {place}.")
            if is_early:
                template = self.tr("The run {run} stopped unexpectedly before its first epoch.")
        said = fill(template, values)
        if len(self._found) > 1:
            said += " " + fill(self.tr("({more} more)"), values)
        return said

    def _take(self) -> Path:
        directory = self._found.pop(0).directory
        self._render()
        return directory

    def _resume(self) -> None:
        self._session.resume_run(self._take())

    def _show(self) -> None:
        self._session.show_run(self._take())
        self.showing.emit()

    def _dismiss(self) -> None:
        one = self._found[0]
        directory, settings = self._take(), self._session.settings
        if one.left:
            settings.forget_left_run(directory)
        else:
            settings.dismiss_run(directory)


class WeightsOffer(QObject):
    """Offers their download, after which the training begins that was asked for."""

    def __init__(self, session: Session, window: QWidget) -> None:
        super().__init__(window)
        self._session, self._window = session, window
        self.dialog: DownloadDialog | None = None
        session.weights_missing.connect(self._offer)
        session.training_failed.connect(self._replace_damaged)

    def _replace_damaged(self, error: ThawError) -> None:
        """Offer those anew whose checksum was wrong when a run would begin with them."""
        name = self._session.recipe.model.weights
        if error.code == "weights_download_damaged" and name in PUBLISHED:
            self._offer(name, damaged=True)

    def _offer(self, name: str, damaged: bool = False) -> None:
        if self.dialog is not None:
            self.dialog.raise_()
            return
        dialog = DownloadDialog(self._session, name, self._window, damaged=damaged)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.finished.connect(self._forget)
        dialog.ready.connect(self._session.start_training)
        self.dialog = dialog
        dialog.open()

    def _forget(self) -> None:
        self.dialog = None
