"""Opening a dataset folder off the window's thread."""

import threading
from pathlib import Path

from PySide6.QtCore import QObject, QThreadPool

from core.dataset import DatasetSummary, scan
from gui.background import Latest, Progress


class DatasetJobs(QObject):
    """One scan at a time; asking for another folder forgets the one before.

    ``scan`` is the job: its ``done`` carries a ``DatasetSummary``.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool = QThreadPool(self, maxThreadCount=1)
        self.scan = Latest(self._pool, self)

    def open_folder(self, folder: Path) -> None:
        """Scan ``folder``."""

        def work(stop: threading.Event, progress: Progress) -> DatasetSummary:
            return scan(folder, stop=stop, progress=progress)

        self.scan.submit(work)

    def open_sample(self) -> None:
        """Draw the sample on first use, then scan it."""

        def work(stop: threading.Event, progress: Progress) -> DatasetSummary:
            from core import sample_data  # brings OpenCV, which start-up can do without

            return scan(sample_data.ensure(stop=stop, progress=progress), stop=stop)

        self.scan.submit(work)

    def close(self) -> None:
        """Stop and wait for the job under way."""
        self.scan.cancel()
        self._pool.waitForDone()
