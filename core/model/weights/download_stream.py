"""A file of the network, chunk by chunk, which can be let go of at any moment.

A thread of its own waits for the network: looking up a name, connecting and reading may each take
long, and whoever downloads must be able to stop at once.
"""

import queue
import threading
from collections.abc import Iterator
from http.client import HTTPException
from types import TracebackType
from typing import Self
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from core.common.messages import ThawError

PATIENCE = 30.0  # seconds that the network may be silent
_CHUNK = 1 << 18  # bytes
_AHEAD = 16  # chunks
_LOOKED_AFTER = 0.1  # seconds
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
                message = self._messages.get(timeout=_LOOKED_AFTER)
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
                self._messages.put(message, timeout=_LOOKED_AFTER)
                return
            except queue.Full:
                continue
