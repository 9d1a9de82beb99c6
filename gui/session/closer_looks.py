"""What takes longer than a scan: duplicates, a full decode of every file, a changed folder."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QObject, Signal

from core.common.messages import ThawError
from core.dataset import scan as dataset_scan
from core.dataset.folder import Scanned
from core.dataset.split import Split
from core.dataset.summary import DatasetSummary, Sample
from core.runs.run import Run
from gui.base.background import Latest, Progress
from gui.session.open_dataset import look

if TYPE_CHECKING:
    from core.dataset.duplicates import Group
    from core.dataset.scan_cache import Fingerprint

Kind = Literal["duplicates", "verify"]
Prints = Mapping[str, "Fingerprint"]
_State = tuple[str, int, int]  # path, size in bytes, time of the last change


class CloserLooks(QObject):
    """Looks at the open folder in the background, one kind at a time.

    Signals: ``changed`` when ``groups``, ``verified`` or ``running`` did; ``progressed`` with
    (kind, done, total); ``failed`` with a ``ThawError``; ``verified_files`` with a ``Scanned``
    in which every file was decoded; ``folder_changed`` and ``run_changed`` with
    ``core.dataset.scan.Changes``, none where all is as it was; ``run_pictures_gone`` with a
    ``ThawError`` where the folder of a run's pictures cannot be read.
    """

    changed = Signal()
    progressed = Signal(str, int, int)
    failed = Signal(object)
    verified_files = Signal(object)
    folder_changed = Signal(object)
    run_changed = Signal(object)
    run_pictures_gone = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.groups: tuple[Group, ...] | None = None
        self.verified = False
        self.running: Kind | None = None
        self._prints: Prints | None = None
        self._printed: frozenset[_State] = frozenset()  # with those that had no fingerprint
        self._gray: frozenset[str] = frozenset()
        self._open: tuple[DatasetSummary, Split] | None = None
        self._prints_job = Latest(self)
        self._groups_job = Latest(self, self._prints_job)
        self._verify_job = Latest(self, self._prints_job)
        self._folder_job = Latest(self, self._prints_job)
        self._run_job = Latest(self, self._prints_job)
        self._connect()

    @property
    def gray(self) -> frozenset[str]:
        """The paths of pictures that are known to have no colours."""
        return self._gray

    @property
    def is_busy(self) -> bool:
        """Whether every picture is being looked at."""
        return self.running is not None

    def forget(self) -> None:
        """Another folder is open: nothing is known of it."""
        self.cancel()
        self._folder_job.cancel()
        self._groups_job.cancel()
        self.groups, self.verified, self._prints = None, False, None
        self._gray, self._printed = frozenset(), frozenset()
        self._open = None
        self.changed.emit()

    def find_duplicates(self, summary: DatasetSummary, split: Split, max_megapixels: float) -> None:
        """Look for pictures that are there twice, exactly or nearly."""
        self.cancel()
        self.running = "duplicates"
        self._open = opened = summary, split

        def work(stop: threading.Event, progress: Progress) -> "_Found":
            return _find(opened, {}, frozenset(), max_megapixels, stop, progress)

        self._prints_job.submit(work)
        self.changed.emit()

    def rescope(self, summary: DatasetSummary, split: Split) -> None:
        """Pictures, classes or splits have changed: what is a leak, and what a conflict, may
        have too."""
        self._open = opened = summary, split
        prints, printed = self._prints, self._printed
        if prints is None:
            return  # nobody asked, or the look under way is followed by this one

        def work(stop: threading.Event, _progress: Progress) -> "_Found":
            return _find(opened, prints, printed, _limit(summary), stop)

        self._groups_job.submit(work)

    def verify(self, scanned: Scanned, max_megapixels: float) -> None:
        """Decode every picture fully."""
        self.cancel()
        self.running = "verify"
        also = {file.path for file in scanned.files if file.header or file.error}

        def work(stop: threading.Event, progress: Progress) -> Scanned:
            return look(
                scanned.folder,
                stop=stop,
                progress=progress,
                also=also,
                verify=True,
                max_megapixels=max_megapixels,
            )

        self._verify_job.submit(work)
        self.changed.emit()

    def check_folder(self, scanned: Scanned) -> None:
        """See whether the folder still is as it was scanned."""
        if not self._folder_job.is_busy:
            self._folder_job.submit(lambda stop, _progress: dataset_scan.since_scan(scanned, stop))

    def check_run(self, run: Run) -> None:
        """See whether the pictures that ``run`` used still are as it used them."""
        if not self._run_job.is_busy:
            folder, pictures = run.folder, run.pictures
            self._run_job.submit(lambda stop, _: dataset_scan.since_run(folder, pictures, stop))

    def cancel(self) -> None:
        """Stop looking; what was known before stays."""
        self._prints_job.cancel()
        self._verify_job.cancel()
        if self.running is not None:
            self.running = None
            self.changed.emit()

    def close(self) -> None:
        """Stop and wait for the job under way."""
        jobs = self._prints_job, self._groups_job, self._verify_job, self._folder_job
        for job in (*jobs, self._run_job):
            job.cancel()
        self._prints_job.wait()

    def _connect(self) -> None:
        self._prints_job.done.connect(self._found)
        self._prints_job.failed.connect(self._failed)
        self._prints_job.progressed.connect(
            lambda done, total: self.progressed.emit("duplicates", done, total)
        )
        self._groups_job.done.connect(self._take)
        self._groups_job.failed.connect(self.failed)
        self._verify_job.done.connect(self._verified)
        self._verify_job.failed.connect(self._failed)
        self._verify_job.progressed.connect(
            lambda done, total: self.progressed.emit("verify", done, total)
        )
        self._folder_job.done.connect(self.folder_changed)
        self._folder_job.failed.connect(self.failed)
        self._run_job.done.connect(self.run_changed)
        self._run_job.failed.connect(self.run_pictures_gone)

    def _found(self, found: "_Found") -> None:
        self.running = None
        self._take(found)
        if self._open is not None and self._open is not found.of:  # changed in the meantime
            self.rescope(*self._open)

    def _take(self, found: "_Found") -> None:
        self._prints, self._printed, self.groups = found.prints, found.printed, found.groups
        self._gray = frozenset(path for path, one in found.prints.items() if one.gray)
        self.changed.emit()

    def _verified(self, scanned: Scanned) -> None:
        self.running, self.verified = None, True
        self.verified_files.emit(scanned)
        self.changed.emit()

    def _failed(self, error: ThawError) -> None:
        self.running = None
        self.changed.emit()
        if error.code != "stopped":
            self.failed.emit(error)


@dataclass(frozen=True, eq=False)
class _Found:
    """``groups`` are those among the pictures ``of``; ``printed`` are all looked at."""

    of: tuple[DatasetSummary, Split]
    prints: "Prints"
    printed: frozenset[_State]
    groups: "tuple[Group, ...]"


def _find(
    of: tuple[DatasetSummary, Split],
    known: Prints,
    printed: frozenset[_State],
    max_megapixels: float,
    stop: threading.Event,
    progress: Progress | None = None,
) -> _Found:
    """``known`` are the fingerprints of the pictures ``printed``."""
    # Here: they bring NumPy, which start-up can do without.
    from core.dataset import duplicates

    summary, split = of
    new = [one for one in summary.samples if _state(one) not in printed]
    prints = known
    if new:
        changed = {one.path for one in new}
        prints = {
            **{path: one for path, one in known.items() if path not in changed},
            **duplicates.fingerprints(
                summary.folder, new, stop=stop, progress=progress, max_megapixels=max_megapixels
            ),
        }
    samples = (*split.train, *split.validation, *split.test)
    groups = duplicates.find(samples, prints, stop=stop)
    return _Found(of, prints, printed | {_state(one) for one in new}, groups)


def _state(sample: Sample) -> _State:
    return sample.path, sample.size, sample.mtime


def _limit(summary: DatasetSummary) -> float:
    """The megapixels of the largest picture: it was let in."""
    headers = (one.header for one in summary.samples if one.header is not None)
    return max((one.width * one.height / 1e6 for one in headers), default=0.0)
