"""Asks whether a run that trains shall be stopped, so that the window can close."""

from PySide6.QtWidgets import QLabel, QMessageBox, QWidget

from gui.session.session import Session

_WIDTH = 400
_BODY = "qt_msgbox_informativelabel"  # Qt's own name of it


class ClosingQuestion(QMessageBox):
    """Says what is kept and what follows. Enter and Escape both keep the training."""

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self.setIcon(QMessageBox.Icon.Question)
        self.setWindowTitle(self.tr("Thaw"))
        self.setText(self._question(session))
        self.setInformativeText(self._what_is_kept(session))
        self._stop = self.addButton(self.tr("Stop and close"), QMessageBox.ButtonRole.AcceptRole)
        is_experiment = session.experiments.is_running
        words = self.tr("Keep it running") if is_experiment else self.tr("Keep training")
        keep = self.addButton(words, QMessageBox.ButtonRole.RejectRole)
        self.setDefaultButton(keep)
        self.setEscapeButton(keep)
        if body := self.findChild(QLabel, _BODY):  # as narrow as the question otherwise
            body.setMinimumWidth(_WIDTH)

    @property
    def closes(self) -> bool:
        """Whether the answer was to stop and close."""
        return self.clickedButton() is self._stop

    def _question(self, session: Session) -> str:
        if session.experiments.is_running:
            return self.tr("Stop the experiment and close?")
        return self.tr("Stop the training and close?")

    def _what_is_kept(self, session: Session) -> str:
        if session.experiments.is_running and not session.experiments.is_kept:
            return self.tr("The experiment is not set up yet: nothing of it will be kept.")
        if session.experiments.is_running:
            return self.tr(
                "All that was trained is kept. Under Compare, Experiments it goes on where it "
                "stopped, with the same figures as if it had never stopped."
            )
        if session.run is None:
            return self.tr("The run is not set up yet: nothing of it will be kept.")
        resume = self.tr(
            "When Thaw is opened again, it offers to resume the run where it stopped, as if it "
            "had never stopped."
        )
        if session.history.best is None:
            return resume
        return " ".join((self._epoch(session.history.chosen_by), resume))

    def _epoch(self, chosen_by: str) -> str:
        match chosen_by:
            case "accuracy":
                return self.tr("The best epoch so far is kept.")
            case "loss":
                return self.tr("The epoch of lowest loss so far is kept.")
            case "last":
                return self.tr("The last epoch that has ended is kept.")
            case _:
                return self.tr("The only epoch that has ended is kept.")
