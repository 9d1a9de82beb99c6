"""What asks for a file with weights, for a run, and for a download."""

from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QDialog, QFileDialog, QWidget

from core.common.messages import fill
from gui.model.download import DownloadDialog
from gui.model.weights_words import SUFFIXES
from gui.runs.chooser import RunChooser
from gui.session.session import Session


class WeightsDialogs(QObject):
    """One dialog at a time, over ``parent``: ``shown``, None where there is none.

    Signals: ``found`` with the path of a file or a run; ``downloaded``.
    """

    found = Signal(object)
    downloaded = Signal()

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self._session, self._over = session, parent
        self.shown: QDialog | None = None

    def ask_file(self) -> None:
        """Ask for a file with weights."""
        patterns = " ".join(f"*{suffix}" for suffix in SUFFIXES)
        kinds = fill(self.tr("Weights ({patterns})"), {"patterns": patterns})
        title, folder = self.tr("Weights of VGG16"), self._session.settings.browse_folder
        self._ask(QFileDialog(self._over, title, str(folder), kinds))

    def ask_run(self) -> None:
        """Ask for an earlier run of this machine, or for one in another folder."""
        dialog = RunChooser(self._session.settings.runs_folder, self._over)
        dialog.chosen.connect(self.found)
        dialog.elsewhere.connect(self._ask_run_folder)
        self._open(dialog)

    def ask_download(self, name: str) -> None:
        """Ask whether to download the published weights ``name``."""
        dialog = DownloadDialog(self._session, name, self._over)
        dialog.ready.connect(self.downloaded)
        self._open(dialog)

    def _ask_run_folder(self) -> None:
        folder = self._session.settings.runs_folder
        dialog = QFileDialog(self._over, self.tr("A run of Thaw"), str(folder))
        self._ask(dialog, QFileDialog.FileMode.Directory)

    def _ask(
        self, dialog: QFileDialog, mode: QFileDialog.FileMode = QFileDialog.FileMode.ExistingFile
    ) -> None:
        dialog.setFileMode(mode)
        dialog.fileSelected.connect(lambda name: self.found.emit(Path(name)))
        self._open(dialog)

    def _open(self, dialog: QDialog) -> None:
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.finished.connect(self._forget)
        self.shown = dialog
        dialog.open()

    def _forget(self) -> None:
        self.shown = None
