"""The scan of a dataset folder: names and counts, image headers, and what changed since.

A scan holds facts alone. Labels and exclusions come after it, in
``core.dataset.summary.summarize``. Changes are those since a scan, or since a run used the
folder.
"""

import os
import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from core.common.messages import InputError, raise_if_stopped
from core.dataset.folder import Scanned, ScannedFile, SplitName, key_of, list_folder, printable
from core.images import load as images
from core.images.errors import ImageError
from core.images.load import MAX_MEGAPIXELS, Header, check, too_large

if TYPE_CHECKING:
    from core.dataset.scan_cache import ScanCache

_BATCH = 32  # files decoded between two looks at `stop`
_THREADS = min(8, os.cpu_count() or 1)
_REPORT_EVERY = 200

Progress = Callable[[int, int], None]
Outline = Mapping[tuple[str | None, SplitName | None], int]  # pictures by class and split
Stamp = tuple[int, int]  # size in bytes, time of the last change in nanoseconds; -1, -1: unknown


def look_through(
    folder: Path,
    *,
    stop: threading.Event | None = None,
    progress: Progress | None = None,
    outline: Callable[[Outline], None] | None = None,
    also: Collection[str] = (),
    everything: bool = False,
    verify: bool = False,
    max_megapixels: float = MAX_MEGAPIXELS,
    cache: "ScanCache | None" = None,
) -> Scanned:
    """Look through ``folder``; nothing in it is changed.

    ``outline`` gets the counts as soon as the names are known, ``progress`` then (done, total)
    pictures. Pictures outside of class folders are opened only in a flat folder, where ``also``
    names them, or if ``everything`` is asked for. ``verify`` decodes every picture; without it
    only those whose end seems missing are, and a file that ``cache`` knows is not opened as
    long as its size and time are the same. Raises ``InputError`` (folder_missing,
    folder_unreadable) and, once ``stop`` is set, ``ThawError`` (stopped).
    """
    listing = list_folder(folder, stop)
    if outline is not None:
        outline(Counter((one.class_name, one.split) for one in listing.files))
    look = _Look(listing.folder, verify, max_megapixels, cache)
    everything = everything or listing.layout == "flat"
    wanted = [everything or one.class_name is not None or one.path in also for one in listing.files]
    files = []
    total = len(listing.files)
    try:
        for done, file in enumerate(look.at_all(listing.files, wanted)):
            raise_if_stopped(stop)
            if progress is not None and done % _REPORT_EVERY == 0:
                progress(done, total)
            files.append(file)
    finally:  # what was seen until now need not be opened again
        look.keep(files, whole=len(files) == total)
    if progress is not None:
        progress(total, total)
    _require_folder(listing.folder, files)
    return replace(listing, files=tuple(files))


class _Look:
    def __init__(
        self, folder: Path, verify: bool, max_megapixels: float, cache: "ScanCache | None"
    ) -> None:
        self._folder = folder
        self._verify = verify
        self._max_megapixels = max_megapixels
        self._cache = cache
        self._kept = cache.read_all() if cache is not None else {}

    def at_all(self, files: Sequence[ScannedFile], wanted: Sequence[bool]) -> Iterator[ScannedFile]:
        if not self._verify:  # headers are Python's work, which threads would only slow down
            yield from map(self._at, files, wanted)
            return
        with ThreadPoolExecutor(_THREADS) as pool:
            for start in range(0, len(files), _BATCH):
                end = start + _BATCH
                yield from pool.map(self._at, files[start:end], wanted[start:end])

    def _at(self, one: ScannedFile, wanted: bool) -> ScannedFile:
        stamp = _stamp(self._folder / one.path)
        header, error = self._seen(one.path, stamp) if wanted else (None, None)
        return ScannedFile(one.path, one.class_name, one.split, *stamp, header, error)

    def _seen(self, path: str, stamp: Stamp) -> tuple[Header | None, ImageError | None]:
        kept = self._known(path, stamp)
        if kept is not None:
            size = kept.header and (kept.header.width, kept.header.height)
            error = too_large(*size, self._max_megapixels) if size else kept.error
            return (kept.header, None) if error is None else (None, error)
        limit = self._max_megapixels
        try:
            return check(self._folder / path, thorough=self._verify, max_megapixels=limit), None
        except ImageError as error:
            return None, error

    def _known(self, path: str, stamp: Stamp) -> ScannedFile | None:
        """What the cache knows of a file that need not be opened again."""
        kept = self._kept.get(path)
        is_same = kept is not None and (kept.size, kept.mtime) == stamp and not self._verify
        return kept if is_same else None

    def keep(self, files: Sequence[ScannedFile], *, whole: bool) -> None:
        """Let the cache know what was found; ``whole``: what is not among ``files`` has gone."""
        if self._cache is not None:
            fresh = [one for one in files if self._known(one.path, (one.size, one.mtime)) is None]
            gone = self._kept.keys() - {one.path for one in files} if whole else ()
            self._cache.write(fresh, gone)


def _require_folder(folder: Path, files: Sequence[ScannedFile]) -> None:
    """A folder that went away while it was looked through is no folder of broken pictures."""
    missing = any(one.error is not None and one.error.code == "file_missing" for one in files)
    if missing and not os.path.isdir(folder):
        raise InputError("folder_missing", path=printable(str(folder)))


class Used(Protocol):
    """A picture that a run used: its path in the folder, and what the file was then."""

    @property
    def path(self) -> str: ...
    @property
    def size(self) -> int: ...
    @property
    def mtime(self) -> int: ...
    @property
    def hash(self) -> str: ...


@dataclass(frozen=True)
class Changes:
    """Pictures by their paths relative to the folder, in the order of their keys."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)


def since_scan(scanned: Scanned, stop: threading.Event | None = None) -> Changes:
    """What differs in the folder now: names, sizes and times are compared, no file is opened.

    Raises ``InputError`` (folder_missing, folder_unreadable) and ``ThawError`` (stopped).
    """
    before = {file.path: (file.size, file.mtime) for file in scanned.files}
    return _compared(before, _look(scanned.folder, stop)[1])


def since_run(
    folder: Path, pictures: Iterable[Used], stop: threading.Event | None = None
) -> Changes:
    """What differs in ``folder`` from the pictures that a run used.

    A file whose time alone changed is read: it has changed where its content hash has.
    ``added`` are pictures in class folders that the run doesn't list at all; where pictures lie
    in none, what is new cannot be told from what was left without a class. Raises as
    ``since_scan`` does.
    """
    listed = list(pictures)
    used = {one.path: one for one in listed if one.hash}
    classes, now = _look(folder, stop)
    known = {key_of(one.path) for one in listed}
    new = {path for path in classes if key_of(path) not in known}
    found = {path: stamp for path, stamp in now.items() if path in used or path in new}
    differing = _compared({path: (one.size, one.mtime) for path, one in used.items()}, found)
    changed = []
    for path in differing.changed:
        raise_if_stopped(stop)
        if now[path][0] != used[path].size or _hash(folder / path) != used[path].hash:
            changed.append(path)
    return Changes(differing.added, differing.removed, tuple(changed))


def _compared(before: Mapping[str, Stamp], now: Mapping[str, Stamp]) -> Changes:
    return Changes(
        added=_sorted(now.keys() - before.keys()),
        removed=_sorted(before.keys() - now.keys()),
        changed=_sorted(path for path in before.keys() & now.keys() if before[path] != now[path]),
    )


def _look(folder: Path, stop: threading.Event | None) -> tuple[set[str], dict[str, Stamp]]:
    """The pictures that lie in class folders, and the stamps of all."""
    classes, stamps = set(), {}
    for number, one in enumerate(list_folder(folder, stop).files):
        if number % 1000 == 0:
            raise_if_stopped(stop)
        if one.class_name is not None:
            classes.add(one.path)
        stamps[one.path] = _stamp(folder / one.path)
    return classes, stamps


def _stamp(path: Path) -> Stamp:
    try:
        status = os.stat(path)
    except (OSError, ValueError):  # opening it tells the reason
        return -1, -1
    return status.st_size, status.st_mtime_ns


def _hash(path: Path) -> str:
    try:
        return images.content_hash(images.read_bytes(path))
    except ImageError:
        return ""


def _sorted(paths: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(paths, key=lambda path: (key_of(path), path)))
