"""The window's answer where a training would need weights that are not there."""

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QWidget

from gui.session import Session
from gui.widgets.download_dialog import DownloadDialog


class WeightsOffer(QObject):
    """Offers their download, after which the training begins that was asked for."""

    def __init__(self, session: Session, window: QWidget) -> None:
        super().__init__(window)
        self._session, self._window = session, window
        self.dialog: DownloadDialog | None = None
        session.weights_missing.connect(self._offer)

    def _offer(self, name: str) -> None:
        if self.dialog is not None:
            self.dialog.raise_()
            return
        dialog = DownloadDialog(self._session, name, self._window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.finished.connect(self._forget)
        dialog.ready.connect(self._session.start_training)
        self.dialog = dialog
        dialog.open()

    def _forget(self) -> None:
        self.dialog = None
