"""Downloads torchvision's published weights once into the cache folder, and checks them.

A download can be stopped at any moment and resumed. urllib is used because torch.hub can neither
stop nor resume and has no timeout, and pooch checks only whole checksums: of torchvision's, only
the first digits are published.

``check`` tells before a run's folder is made whether a run with a recipe's weights can begin.
"""

import contextlib
import hashlib
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, wait
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from typing import Any, TypeVar
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import filelock

from core.common import files, lazy
from core.common.messages import ThawError
from core.model.weights.normalization import PUBLISHED, Published, settle
from core.recipe.config import PUBLISHED_WEIGHTS, ModelConfig

BASE = "https://download.pytorch.org/models"
PATIENCE = 30.0  # seconds that the network may be silent
MEGABYTE = 10**6
_CHUNK = 1 << 18  # bytes
_COMPLETE = 416  # the answer to being asked for what comes after the end
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
    return next(_present(name), None)


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
        raise ThawError("weights_file_unreadable", path=path, reason=error) from None
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
    """Download the weights ``name`` into their ``place``, unless they are here, whole and right.

    An earlier try is continued; a damaged file is replaced. Yields several times a second. Raises
    ``ThawError``: stopped within a second of ``stop`` being set, and download_* where the network,
    the disk or what comes is not as it should be. Then the place is as it was, and what can be
    continued is beside it.
    """
    stop = stop or threading.Event()
    target = place(name)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.ExitStack() as stack:
            yield from _until_alone(target, name, stop, stack)
            if not any(_is_right(one, PUBLISHED[name]) for one in _present(name)):
                yield from _completed(target, name, stop)
    except OSError as error:
        path = target.parent
        raise ThawError("download_unwritable", name=name, path=path, reason=error) from None


def discard(name: str) -> None:
    """Delete what a download of ``name`` that was given up has brought; not while another
    process downloads the same. Nothing is raised: at worst it stays."""
    target = place(name)
    lock = filelock.FileLock(f"{target}.lock", timeout=0)
    with contextlib.suppress(OSError, filelock.Timeout), lock:
        _part(target).unlink(missing_ok=True)


def _present(name: str) -> Iterator[Path]:
    """The files of the weights ``name`` on this machine: ours, then torchvision's."""
    cache = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    home = os.environ.get("TORCH_HOME") or os.path.join(cache, "torch")
    hub = Path(os.path.expanduser(home), "hub", "checkpoints")
    return (one for one in (place(name), hub / PUBLISHED[name].file) if one.is_file())


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
    """Append to ``part`` what it lacks after its first ``before`` bytes."""
    response = _answer(name, before, stop)
    if response is None:  # there is nothing after them
        return
    with contextlib.ExitStack() as stack:
        # Closing waits for a read that was left, which may take as long as our patience.
        closing = threading.Thread(target=response.close, name="download", daemon=True)
        stack.callback(closing.start)
        done = before if response.status == 206 else 0
        length = int(response.headers.get("Content-Length") or 0)
        total = done + length or PUBLISHED[name].bytes
        if abs(total - PUBLISHED[name].bytes) > MEGABYTE:  # such as the page of a hotel's network
            raise ThawError("download_wrong", name=name, host=host())
        _check_room(part.parent, total - done, name)
        file = stack.enter_context(part.open("ab"))
        file.truncate(done)
        yield DownloadProgress(done, total)
        for chunk in _chunks(response, stop):
            file.write(chunk)
            done += len(chunk)
            yield DownloadProgress(done, total)
        files.sync_file(file)
    if length and done < total:
        sizes = {"done": f"{done / MEGABYTE:.1f}", "total": f"{total / MEGABYTE:.1f}"}
        raise ThawError("download_cut", name=name, **sizes)


def _answer(name: str, start: int, stop: threading.Event) -> HTTPResponse | None:
    """What comes after the first ``start`` bytes of a file, or all of it; None after its end."""
    url = f"{BASE}/{PUBLISHED[name].file}"
    headers = {"User-Agent": "thaw", **({"Range": f"bytes={start}-"} if start else {})}
    try:
        request = Request(url, headers=headers)
        response: HTTPResponse = _unless(stop, lambda: urlopen(request, timeout=PATIENCE))
        return response
    except HTTPError as error:
        with error:
            if error.code == _COMPLETE and start:
                return None
            raise ThawError("download_refused", name=name, url=url, status=error.code) from None
    except (OSError, HTTPException, ValueError) as error:
        cause = error.reason if isinstance(error, URLError) else error
        reason = getattr(cause, "strerror", None) or str(cause) or type(cause).__name__
        raise ThawError("download_unreachable", name=name, host=host(), reason=reason) from None


def _chunks(response: HTTPResponse, stop: threading.Event) -> Iterator[bytes]:
    """What comes until the end, or until the connection breaks."""
    with contextlib.suppress(OSError, HTTPException):
        while chunk := _unless(stop, lambda: response.read1(_CHUNK)):
            yield chunk


_Result = TypeVar("_Result")


def _unless(stop: threading.Event, call: Callable[[], _Result]) -> _Result:
    """What ``call`` returns, which waits for the network: looking up a name, connecting and
    reading may each take as long as our patience. So it has a thread of its own, which is left
    where ``stop`` is set meanwhile; an answer that still comes is closed. Raises what ``call``
    raises, and ``ThawError`` (stopped)."""
    result: Future[_Result] = Future()

    def settle_it() -> None:
        try:
            result.set_result(call())
        except Exception as error:
            result.set_exception(error)

    _look(stop)
    threading.Thread(target=settle_it, name="download", daemon=True).start()
    while not result.done():
        if stop.is_set():
            result.add_done_callback(_close)
        _look(stop)
        wait([result], _LOOKED_AFTER)
    return result.result()


def _close(done: Future[Any]) -> None:
    answer = done.exception() or done.result()  # an HTTPError is an answer too
    if hasattr(answer, "close"):
        answer.close()


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
