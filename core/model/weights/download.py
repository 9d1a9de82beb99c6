"""torchvision's published weights, downloaded once into the cache folder, and checked.

With urllib: torch.hub can be neither stopped nor resumed and has no timeout, pooch knows only
whole checksums, and of torchvision's the first digits are published.
"""

import contextlib
import hashlib
import os
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import filelock

from core.common import files
from core.common.messages import ThawError
from core.model.weights.download_stream import Stream
from core.model.weights.published_weights import PUBLISHED, Published

BASE = "https://download.pytorch.org/models"
MEGABYTE = 10**6
_SPARE = 50 * MEGABYTE  # left free on the disk
_LOOKED_AFTER = 0.2  # seconds


@dataclass(frozen=True)
class DownloadProgress:
    """How many of a file's ``total`` bytes are there."""

    done: int
    total: int


def place(name: str) -> Path:
    """Where the weights ``name`` are kept once they are downloaded."""
    return files.cache_folder() / "weights" / PUBLISHED[name].file


def find(name: str) -> Path | None:
    """The file of the weights ``name``: downloaded by Thaw, or by torchvision before."""
    candidates = place(name), _torch_hub() / PUBLISHED[name].file
    return next((one for one in candidates if one.is_file()), None)


def verified(name: str) -> Path:
    """The file of the weights ``name``, its checksum right.

    Raises ``ThawError`` (weights_not_downloaded, weights_download_damaged).
    """
    path = find(name)
    if path is None:
        raise missing(name)
    try:
        is_right = _is_right(path, PUBLISHED[name])
    except OSError as error:
        reason = error.strerror or str(error)
        raise ThawError("weights_file_unreadable", path=str(path), reason=reason) from None
    if not is_right:
        raise ThawError("weights_download_damaged", path=str(path))
    return path


def missing(name: str) -> ThawError:
    """What to say where the weights ``name`` are not there."""
    size = f"{PUBLISHED[name].bytes / MEGABYTE:.0f}"
    return ThawError("weights_not_downloaded", name=name, megabytes=size)


def host() -> str:
    """Whom the weights are downloaded from."""
    return urlsplit(BASE).netloc


def download(name: str, stop: threading.Event | None = None) -> Iterator[DownloadProgress]:
    """Download the weights ``name``; at the end they are in their ``place``, whole and right.

    What an earlier try brought is gone on with. Yields several times a second. Raises
    ``ThawError``: stopped within a second of ``stop`` being set, and where the network, the disk
    or what comes is not as it should be (download_*). Then nothing stands in the place, and what
    can be gone on with beside it.
    """
    stop = stop or threading.Event()
    target = place(name)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.ExitStack() as stack:
            yield from _until_alone(target, name, stop, stack)
            if not target.is_file():
                yield from _completed(target, name, stop)
    except OSError as error:
        reason = error.strerror or str(error)
        raise ThawError(
            "download_unwritable", name=name, path=str(target.parent), reason=reason
        ) from None


def discard(name: str) -> None:
    """Delete what a download of ``name`` that was given up has brought; not while another
    process downloads the same. Nothing is raised: at worst it stays."""
    target = place(name)
    lock = filelock.FileLock(f"{target}.lock", timeout=0)
    with contextlib.suppress(OSError, filelock.Timeout), lock:
        _part(target).unlink(missing_ok=True)


def _torch_hub() -> Path:
    """Where torchvision keeps what it downloads."""
    cache = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    home = os.environ.get("TORCH_HOME") or os.path.join(cache, "torch")
    return Path(os.path.expanduser(home), "hub", "checkpoints")


def _until_alone(
    target: Path, name: str, stop: threading.Event, stack: contextlib.ExitStack
) -> Iterator[DownloadProgress]:
    """Wait for another process that downloads the same."""
    lock = filelock.FileLock(f"{target}.lock")
    while True:
        with contextlib.suppress(filelock.Timeout):
            lock.acquire(timeout=_LOOKED_AFTER)
            stack.callback(lock.release)
            return
        _look(stop)
        yield DownloadProgress(_size(_part(target)), PUBLISHED[name].bytes)


def _completed(target: Path, name: str, stop: threading.Event) -> Iterator[DownloadProgress]:
    """Get what is missing; where that and what was there make no right file, all of it."""
    part = _part(target)
    for _ in range(2):
        before = _size(part)
        yield from _received(part, before, name, stop)
        if _is_right(part, PUBLISHED[name]):
            part.replace(target)
            files.sync_folder(target.parent)
            return
        part.unlink()
        if not before:
            break
    raise ThawError("download_wrong", name=name, host=host())


def _received(
    part: Path, before: int, name: str, stop: threading.Event
) -> Iterator[DownloadProgress]:
    url = f"{BASE}/{PUBLISHED[name].file}"
    with contextlib.ExitStack() as stack:
        stream = stack.enter_context(Stream(name, url, before))
        start, told = stream.begin(stop)
        total = told or PUBLISHED[name].bytes
        if abs(total - PUBLISHED[name].bytes) > MEGABYTE:  # such as the page of a hotel's network
            raise ThawError("download_wrong", name=name, host=host())
        _check_room(part.parent, total - start, name)
        file = stack.enter_context(part.open("ab"))
        file.truncate(start)
        done = start
        yield DownloadProgress(done, total)
        for chunk in stream.chunks(stop):
            file.write(chunk)
            done += len(chunk)
            yield DownloadProgress(done, total)
        files.sync_file(file)


def _check_room(folder: Path, needed: int, name: str) -> None:
    free = shutil.disk_usage(folder).free
    if free < needed + _SPARE:
        sizes = {"megabytes": f"{needed / MEGABYTE:.0f}", "free": f"{free / MEGABYTE:.0f}"}
        raise ThawError("download_no_room", name=name, path=str(folder), **sizes)


def _is_right(path: Path, published: Published) -> bool:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest().startswith(published.checksum)


def _look(stop: threading.Event) -> None:
    if stop.is_set():
        raise ThawError("stopped")


def _part(target: Path) -> Path:
    return target.with_name(target.name + ".part")


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
