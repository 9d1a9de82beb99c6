"""How the window closes: a run that trains is asked about, stopped, and waited for."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from gui.session.session import Session
from gui.shell.closing_question import ClosingQuestion

if TYPE_CHECKING:
    from gui.shell.window import MainWindow


class Closing(QObject):
    """Closes the window once nothing trains any more."""

    def __init__(self, window: "MainWindow", session: Session) -> None:
        super().__init__(window)
        self._window, self._session = window, session
        self._closes_after_run = False
        self._question: ClosingQuestion | None = None
        session.training_finished.connect(self._training_finished)
        session.experiments.running_changed.connect(self._experiment_changed)

    def may_close(self) -> bool:
        """Whether nothing trains; else it asks, unless the answer is already known."""
        if not self._session.is_busy_training:
            return True
        if not self._closes_after_run:
            self._ask()
        return False

    def after_run(self) -> None:
        """Stop the run or experiment that trains, wait for its end, and close. Doesn't ask."""
        self._closes_after_run = True
        if self._session.is_training:
            self._session.stop_training()
        elif self._session.experiments.is_running:
            self._session.experiments.stop()
        else:
            self._window.close()

    def _ask(self) -> None:
        if self._question is not None:
            self._question.raise_()
            return
        box = ClosingQuestion(self._session, self._window)
        self._question = box
        box.finished.connect(lambda: self._answered(box.closes))
        box.open()

    def _answered(self, closes: bool) -> None:
        if self._question is not None:
            self._question.deleteLater()
            self._question = None
        if closes:
            self.after_run()

    def _training_finished(self) -> None:
        if self._closes_after_run:
            self._window.unfinished.leave()
            self._window.close()

    def _experiment_changed(self) -> None:
        if self._closes_after_run and not self._session.is_busy_training:
            self._window.close()
