"""Downloads torchvision's published weights once into the cache folder, and checks them.

A download can be stopped at any moment and resumed. A thread of its own waits for the network,
because looking up a name, connecting and reading may each take long. urllib is used because
torch.hub can neither stop nor resume and has no timeout, and pooch checks only whole checksums:
of torchvision's, only the first digits are published.

``check`` tells before a run's folder is made whether a run with a recipe's weights can begin.
"""

import contextlib
import hashlib
import os
import queue
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import filelock

from core.common import files, lazy
from core.common.messages import ThawError
from core.model.weights.normalization import PUBLISHED, Published, settle
from core.recipe.config import PUBLISHED_WEIGHTS, ModelConfig

PATIENCE = 30.0  # seconds that the network may be silent
_CHUNK = 1 << 18  # bytes
_AHEAD = 16  # chunks
_STREAM_LOOKED_AFTER = 0.1  # seconds
_COMPLETE = 416  # the answer to being asked for what comes after the end
_MEGABYTE = 10**6

# Where it begins and how many bytes the whole file has; a chunk; the end; or what went wrong.
_Message = tuple[int, int] | bytes | None | ThawError


class Stream:
    """What ``url`` has beyond the first ``start`` bytes of the file ``name``.

    Proxies are the system's, as urllib finds them.
    """

    def __init__(self, name: str, url: str, start: int) -> None:
        self._name, self._url, self._start = name, url, start
        self._messages: queue.Queue[_Message] = queue.Queue(_AHEAD)
        self._is_left = threading.Event()
        self._thread = threading.Thread(target=self._run, name="download", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._is_left.set()  # the thread ends by itself, at the latest when patience does

    def begin(self, stop: threading.Event) -> tuple[int, int]:
        """Where what comes begins, 0 if it cannot be gone on with, and the whole file's bytes, 0
        if it is not told.

        Raises ``ThawError`` (stopped, download_unreachable, download_refused).
        """
        message = self._next(stop)
        assert isinstance(message, tuple)
        return message

    def chunks(self, stop: threading.Event) -> Iterator[bytes]:
        """All that comes after ``begin``. Raises ``ThawError`` (stopped, download_cut)."""
        while isinstance(message := self._next(stop), bytes):
            yield message

    def _next(self, stop: threading.Event) -> _Message:
        while not stop.is_set():
            try:
                message = self._messages.get(timeout=_STREAM_LOOKED_AFTER)
            except queue.Empty:
                continue
            if isinstance(message, ThawError):
                raise message
            return message
        raise ThawError("stopped")

    def _run(self) -> None:
        try:
            self._read()
        except HTTPError as error:
            with error:
                values = {"name": self._name, "url": self._url}
                self._put(ThawError("download_refused", **values, status=error.code))
        except (OSError, HTTPException, ValueError) as error:
            cause = error.reason if isinstance(error, URLError) else error
            reason = getattr(cause, "strerror", None) or str(cause) or type(cause).__name__
            host = urlsplit(self._url).netloc
            self._put(ThawError("download_unreachable", name=self._name, host=host, reason=reason))

    def _read(self) -> None:
        headers = {"User-Agent": "thaw"}
        if self._start:
            headers["Range"] = f"bytes={self._start}-"
        try:
            response = urlopen(Request(self._url, headers=headers), timeout=PATIENCE)
        except HTTPError as error:
            if error.code != _COMPLETE or not self._start:
                raise
            with error:
                self._put((self._start, self._start))
                self._put(None)
            return
        with response:
            start = self._start if response.status == 206 else 0
            length = int(response.headers.get("Content-Length") or 0)
            total = start + length if length else 0
            self._put((start, total))
            done = start
            try:
                while not self._is_left.is_set() and (chunk := response.read1(_CHUNK)):
                    done += len(chunk)
                    self._put(chunk)
            except (OSError, HTTPException):
                pass  # told by what is missing
        self._put(None if done == total or not total else self._cut(done, total))

    def _cut(self, done: int, total: int) -> ThawError:
        sizes = {"done": f"{done / _MEGABYTE:.1f}", "total": f"{total / _MEGABYTE:.1f}"}
        return ThawError("download_cut", name=self._name, **sizes)

    def _put(self, message: _Message) -> None:
        while not self._is_left.is_set():
            try:
                self._messages.put(message, timeout=_STREAM_LOOKED_AFTER)
                return
            except queue.Full:
                continue


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


def is_missing(model: ModelConfig) -> bool:
    """Whether the weights have to be downloaded first. Opens no file."""
    return model.weights in PUBLISHED_WEIGHTS and find(model.weights) is None


def check(model: ModelConfig) -> None:
    """See that the weights are there and are VGG16's, and what they are normalised by.

    Of a file only the shapes are looked at. Raises ``InputError``, and ``ThawError``
    (weights_not_downloaded, weights_download_damaged, torch_missing).
    """
    if model.is_file:
        found = lazy.load("model.weights.file").look(Path(model.weights), model.depth)
        settle(found.path, found.stated, model.normalization)
    elif model.weights in PUBLISHED_WEIGHTS:
        verified(model.weights)
