"""The window's answer where a training would need weights that are not there, or are damaged."""

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QWidget

from core.common.messages import ThawError
from core.model.weights.normalization import PUBLISHED
from gui.model.download import DownloadDialog
from gui.session.session import Session


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
