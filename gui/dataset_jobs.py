"""Opening a dataset folder off the window's thread."""

import contextlib
import threading
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, QThreadPool

from core import dataset_table
from core.dataset import DatasetSummary, summarize
from core.edits import Edits
from core.images import MAX_MEGAPIXELS
from core.messages import InputError, ThawError
from core.scanning import Scanned, look_through
from gui.background import Latest, Progress


@dataclass(frozen=True)
class Opened:
    """A folder looked through, and what is decided about it; ``saved`` is what of that is kept.

    ``error`` says why it is no dataset as it is: then labels may make it one. ``set_aside``
    says why what was decided earlier is not followed.
    """

    scanned: Scanned
    edits: Edits
    saved: Edits
    summary: DatasetSummary | None = None
    error: InputError | None = None
    set_aside: InputError | None = None


class DatasetJobs(QObject):
    """One scan at a time; asking for another folder forgets the one before.

    ``scan`` is the job: its ``done`` carries an ``Opened``, its ``told`` an ``Outline``.
    ``refresh`` looks at the open folder again and gives a ``Scanned``; ``save`` keeps what was
    decided and gives nothing.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool = QThreadPool(self, maxThreadCount=1)
        self._writer = QThreadPool(self, maxThreadCount=1)  # in order, and behind no scan
        self.scan = Latest(self._pool, self)
        self.refresh = Latest(self._pool, self)
        self.save = Latest(self._writer, self)

    def open_folder(self, folder: Path, max_megapixels: float, labels: Edits | None = None) -> None:
        """Scan ``folder``; pictures larger than ``max_megapixels`` are problems. ``labels``
        take the place of what was decided earlier."""

        def work(stop: threading.Event, progress: Progress) -> Opened:
            return _open(folder, max_megapixels, stop, progress, labels)

        self.refresh.cancel()
        self.scan.submit(work)

    def open_sample(self) -> None:
        """Draw the sample on first use, then scan it."""

        def work(stop: threading.Event, progress: Progress) -> Opened:
            from core import sample_data  # brings OpenCV, which start-up can do without

            folder = sample_data.ensure(stop=stop, progress=progress)
            return _open(folder, MAX_MEGAPIXELS, stop, None)

        self.refresh.cancel()
        self.scan.submit(work)

    def look_again(self, scanned: Scanned | None, edits: Edits, max_megapixels: float) -> None:
        """Open the files of ``scanned`` again, and those that ``edits`` give a class."""
        if scanned is None:
            return

        def work(stop: threading.Event, _progress: Progress) -> Scanned:
            return look_through(
                scanned.folder, stop=stop, also=edits.labels, max_megapixels=max_megapixels
            )

        self.refresh.submit(work)

    def keep(self, scanned: Scanned, edits: Edits) -> None:
        """Write what was decided about ``scanned`` to the dataset's table."""

        def work(_stop: threading.Event, _progress: Progress) -> None:
            try:
                dataset_table.save(scanned, edits)
            except OSError as error:
                path, reason = str(dataset_table.kept_file(scanned.folder)), error.strerror
                raise ThawError("edits_unwritable", path=path, reason=reason or error) from None

        self.save.submit(work)

    def close(self) -> None:
        """Stop and wait for the job under way; what is to be kept is written first."""
        self.scan.cancel()
        self.refresh.cancel()
        self._pool.waitForDone()
        self._writer.waitForDone()


def _open(
    folder: Path,
    max_megapixels: float,
    stop: threading.Event,
    progress: Progress | None,
    labels: Edits | None = None,
) -> Opened:
    rows = dataset_table.read(folder)
    also = {row.path for row in rows if row.label} | set(labels.labels if labels else ())
    scanned = look_through(
        folder,
        stop=stop,
        progress=progress,
        outline=progress.tell if progress is not None else None,
        also=also,
        max_megapixels=max_megapixels,
    )
    saved = dataset_table.edits_of(scanned, rows)
    edits = saved if labels is None else labels
    try:
        return Opened(scanned, edits, saved, summarize(scanned, edits))
    except InputError as error:
        return _undecided(scanned, edits, saved, error)


def _undecided(scanned: Scanned, edits: Edits, saved: Edits, error: InputError) -> Opened:
    """Where what was decided leaves no dataset, perhaps the folder itself is one."""
    if not edits.is_empty:
        with contextlib.suppress(InputError):
            # nothing counts as kept, so that the table stays as it is until something new is
            return Opened(scanned, Edits(), Edits(), summarize(scanned), set_aside=error)
    return Opened(scanned, edits, saved, error=error)
