"""Opening a dataset folder off the window's thread."""

import contextlib
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject

from core.common.messages import InputError, ThawError
from core.dataset import edits as dataset_edits
from core.dataset.edits import Edits
from core.dataset.scan import Scanned, look_through
from core.recipe.config import DatasetConfig
from gui.base.background import Latest, Progress, worker_pool
from gui.session.open_dataset_ import Made, make


@dataclass(frozen=True)
class Opened:
    """A folder looked through, and the dataset that it makes with what is decided about it.

    ``made`` is None where it is no dataset as it is, with ``error`` saying why: then labels may
    make it one, beginning with ``edits``. ``saved`` is what is kept on disk; ``set_aside`` says
    why that is not followed.
    """

    scanned: Scanned
    edits: Edits
    saved: Edits
    made: Made | None = None
    error: InputError | None = None
    set_aside: InputError | None = None


class DatasetJobs(QObject):
    """One scan at a time; asking for another folder forgets the one before.

    ``scan`` is the job: its ``done`` carries an ``Opened``, its ``told`` an ``Outline``.
    ``refresh`` looks at the open folder again and gives a ``Scanned``; ``refresh_cut`` says that
    another folder was asked for before it could. ``save`` keeps what was decided and gives
    nothing.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool = worker_pool(self)
        self._writer = worker_pool(self)  # in order, and behind no scan
        self.scan = Latest(self._pool, self)
        self.refresh = Latest(self._pool, self)
        self.save = Latest(self._writer, self)
        self.refresh_cut = False
        self._kept: dict[Path, Edits | None] = {}  # None: what is kept is set aside

    def open_folder(self, folder: Path, config: DatasetConfig, labels: Edits | None = None) -> None:
        """Scan ``folder`` and split it as ``config`` says. ``labels`` take the place of what was
        decided earlier."""

        def work(stop: threading.Event, progress: Progress) -> Opened:
            self._writer.waitForDone()  # the folder may be the one just decided about
            return _open(folder, config, stop, progress, labels)

        self._cut_refresh()
        self.scan.submit(work)

    def open_sample(self) -> None:
        """Draw the sample on first use, then scan it."""

        def work(stop: threading.Event, progress: Progress) -> Opened:
            # Here: it brings OpenCV, which start-up can do without.
            from core.dataset.sample import files as sample_files

            folder = sample_files.ensure(stop=stop, progress=progress)
            self._writer.waitForDone()
            return _open(folder, DatasetConfig(), stop, None)

        self._cut_refresh()
        self.scan.submit(work)

    def _cut_refresh(self) -> None:
        self.refresh_cut = self.refresh_cut or self.refresh.is_busy
        self.refresh.cancel()

    def look_again(self, scanned: Scanned | None, edits: Edits, max_megapixels: float) -> None:
        """Open the files of ``scanned`` again, and those that ``edits`` give a class."""
        if scanned is None:
            return

        def work(stop: threading.Event, _progress: Progress) -> Scanned:
            return look(scanned.folder, stop=stop, also=edits.labels, max_megapixels=max_megapixels)

        self.refresh_cut = False
        self.refresh.submit(work)

    def begin_with(self, opened: Opened) -> None:
        """What is decided from now on follows upon what was kept when it was ``opened``."""
        self.refresh_cut = False
        kept = opened.saved if opened.set_aside is None else None
        self._kept[opened.scanned.folder] = kept

    def keep(self, scanned: Scanned, edits: Edits) -> None:
        """Write what was decided about ``scanned`` to the dataset's table."""

        def work(_stop: threading.Event, _progress: Progress) -> None:
            folder = scanned.folder
            try:
                before = self._kept.get(folder)
                if before is None:
                    dataset_edits.set_aside(folder)
                dataset_edits.save(scanned, edits, before)
                self._kept[folder] = edits
            except OSError as error:
                path, reason = str(dataset_edits.kept_file(folder)), error.strerror
                raise ThawError("edits_unwritable", path=path, reason=reason or error) from None

        self.save.submit(work)

    def finish_saving(self) -> None:
        """Wait until what is to be kept is written."""
        self._writer.waitForDone()

    def close(self) -> None:
        """Stop and wait for the job under way; what is to be kept is written first."""
        self.scan.cancel()
        self.refresh.cancel()
        self._pool.waitForDone()
        self._writer.waitForDone()


def _open(
    folder: Path,
    config: DatasetConfig,
    stop: threading.Event,
    progress: Progress | None,
    labels: Edits | None = None,
) -> Opened:
    rows = dataset_edits.read(folder)
    also = {row.path for row in rows if row.label} | set(labels.labels if labels else ())
    scanned = look(
        folder,
        stop=stop,
        progress=progress,
        outline=progress.tell if progress is not None else None,
        also=also,
        max_megapixels=config.max_megapixels,
    )
    saved = dataset_edits.edits_of(scanned, rows)
    edits = saved if labels is None else labels
    try:
        return Opened(scanned, edits, saved, make(scanned, edits, config))
    except InputError as error:
        return _undecided(scanned, edits, saved, config, error)


def _undecided(
    scanned: Scanned, edits: Edits, saved: Edits, config: DatasetConfig, error: InputError
) -> Opened:
    """Where what was decided leaves no dataset, perhaps the folder itself is one."""
    if not edits.is_empty:
        with contextlib.suppress(InputError):
            # nothing counts as kept, so that the table stays as it is until something new is
            made = make(scanned, Edits(), config)
            return Opened(scanned, Edits(), Edits(), made, set_aside=error)
    return Opened(scanned, edits, saved, error=error)


def look(folder: Path, **options: Any) -> Scanned:
    """``core.scanning.look_through``, with what is kept of ``folder`` from the last time."""
    from core.dataset.scan_cache import ScanCache  # brings SQLite, which start-up can do without

    with ScanCache.open(folder) as cache:
        return look_through(folder, cache=cache, **options)
