"""The open dataset folder: what was scanned, the dataset made of it, and the jobs that read it.

The jobs run off the window's thread. ``OpenDataset.remaking`` tells what makes the dataset anew.
"""

import contextlib
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject

from core.common.messages import InputError, ThawError
from core.dataset import edits as dataset_edits
from core.dataset import sample
from core.dataset.edits import Edits
from core.dataset.folder import Scanned
from core.dataset.health import Health, report
from core.dataset.scan import look_through
from core.dataset.split import Split, check_trainable, split
from core.dataset.summary import DatasetSummary, summarize
from core.recipe.config import DatasetConfig
from gui.base.background import Latest, Progress

# Above it, making a dataset anew takes longer than the window may stand still.
LARGE = 10_000


@dataclass(frozen=True)
class Made:
    """``scanned`` with ``edits`` makes ``summary``, and that with ``config`` ``split``; ``health``
    is what there is to say about both, ``error`` what keeps them from being trained on."""

    scanned: Scanned
    edits: Edits
    config: DatasetConfig
    summary: DatasetSummary
    split: Split
    health: Health
    error: InputError | None


def make(scanned: Scanned, edits: Edits, config: DatasetConfig) -> Made:
    """The dataset of a folder. Raises ``InputError`` where ``edits`` leave none."""
    return _parted(scanned, edits, config, summarize(scanned, edits))


class OpenDataset:
    """What is open now; nothing at first, and then all of it is None."""

    def __init__(self) -> None:
        self.made: Made | None = None
        self._looked: Scanned | None = None

    @property
    def scanned(self) -> Scanned | None:
        return self.made.scanned if self.made else None

    @property
    def summary(self) -> DatasetSummary | None:
        return self.made.summary if self.made else None

    @property
    def split(self) -> Split | None:
        return self.made.split if self.made else None

    @property
    def health(self) -> Health | None:
        return self.made.health if self.made else None

    @property
    def is_large(self) -> bool:
        """Whether making it anew belongs into the background."""
        return self.made is not None and len(self.made.scanned.files) > LARGE

    def remaking(self, edits: Edits, config: DatasetConfig) -> Callable[[], Made] | None:
        """What makes the dataset as ``edits``, ``config`` and the last look say, from any thread;
        None where it already is so. It raises ``InputError`` where they leave no dataset."""
        made = self.made
        if made is None:
            return None
        scanned = self._looked or made.scanned
        if scanned is not made.scanned or made.edits != edits:
            return lambda: make(scanned, edits, config)
        if made.config == config:
            return None
        summary = made.summary
        return lambda: _parted(made.scanned, edits, config, summary)

    def look_again(self, scanned: Scanned) -> None:
        """Take ``scanned`` for the folder as it is now, if it is the one that is open."""
        if self.made is not None and self.made.scanned.folder == scanned.folder:
            self._looked = scanned

    def drop_look(self) -> Scanned | None:
        """Leave out what was looked at anew and not taken yet, and return it."""
        looked, self._looked = self._looked, None
        return looked

    def take(self, made: Made) -> bool:
        """Be ``made``; whether other pictures, or other classes, are in it than before."""
        before, self.made, self._looked = self.made, made, None
        return before is None or before.summary is not made.summary

    def unseen(self, edits: Edits) -> bool:
        """Whether ``edits`` give a class to pictures that no scan has opened yet."""
        files = self.scanned.files if self.scanned is not None else ()
        return bool(edits.labels) and any(
            file.header is None and file.error is None and file.path in edits.labels
            for file in files
        )


def _parted(scanned: Scanned, edits: Edits, config: DatasetConfig, summary: DatasetSummary) -> Made:
    parts = split(summary, config)
    health = report(summary, parts, image_size=config.image_size)
    return Made(scanned, edits, config, summary, parts, health, _error(summary, parts))


def _error(summary: DatasetSummary, parts: Split) -> InputError | None:
    try:
        check_trainable(parts, summary.classes)
    except InputError as error:
        return error
    return None


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
        self.scan = Latest(self)
        self.refresh = Latest(self, self.scan)
        self.save = Latest(self)  # in order, and behind no scan
        self.refresh_cut = False
        self._kept: dict[Path, Edits | None] = {}  # None: what is kept is set aside

    def open_folder(self, folder: Path, config: DatasetConfig, labels: Edits | None = None) -> None:
        """Scan ``folder`` and split it as ``config`` says. ``labels`` take the place of what was
        decided earlier."""

        def work(stop: threading.Event, progress: Progress) -> Opened:
            self.save.wait()  # the folder may be the one just decided about
            return _open(folder, config, stop, progress, labels)

        self._cut_refresh()
        self.scan.submit(work)

    def open_sample(self) -> None:
        """Copy the sample on first use, then scan it."""

        def work(stop: threading.Event, _progress: Progress) -> Opened:
            folder = sample.ensure()
            self.save.wait()
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
                path = dataset_edits.kept_file(folder)
                raise ThawError("edits_unwritable", path=path, reason=error) from None

        self.save.submit(work)

    def finish_saving(self) -> None:
        """Wait until what is to be kept is written."""
        self.save.wait()

    def close(self) -> None:
        """Stop and wait for the job under way; what is to be kept is written first."""
        self.scan.cancel()
        self.refresh.close()
        self.save.wait()


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
    """``core.dataset.scan.look_through``, with what is kept of ``folder`` from the last time."""
    from core.dataset.scan_cache import ScanCache  # brings SQLite, which start-up can do without

    with ScanCache.open(folder) as cache:
        return look_through(folder, cache=cache, **options)
