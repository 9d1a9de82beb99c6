"""A server on this machine that sends a file, or does one of the things that servers do instead."""

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from core.model.weights import download as weight_download
from core.model.weights.normalization import PUBLISHED, Published


class Server(ThreadingHTTPServer):
    """Sends ``contents`` under any name.

    ``mode``: "whole", "no ranges" (always from the start), "no length", "cut" (closes after half
    of what it has to send), "stuck" (says nothing more after half, until ``let_go``), "silent"
    (never answers, until ``let_go``), or a status code. ``asked`` has each request's range.
    """

    daemon_threads = True

    def __init__(self, contents: bytes) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.contents, self.mode = contents, "whole"
        self.asked: list[str] = []
        self.let_go = threading.Event()
        self._thread = threading.Thread(target=self.serve_forever, args=(0.01,))

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def __enter__(self) -> "Server":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.let_go.set()
        self.shutdown()
        self.server_close()
        self._thread.join()

    def handle_error(self, *_: object) -> None:
        """Whoever stops a download closes the connection: no word of that."""


@contextmanager
def publishing(patch: pytest.MonkeyPatch, name: str, contents: bytes) -> Iterator[Server]:
    """A server whose ``contents`` are the published weights ``name``; nothing else is asked."""
    digits = hashlib.sha256(contents).hexdigest()[:8]
    normal = PUBLISHED[name].normalization
    small = Published(f"vgg16-{digits}.pth", len(contents), normal)
    patch.setitem(PUBLISHED, name, small)
    patch.setenv("no_proxy", "127.0.0.1")
    patch.delenv("TORCH_HOME", raising=False)
    with Server(contents) as one:
        patch.setattr(weight_download, "BASE", one.base)
        yield one


class _Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        server = self.server
        asked = self.headers.get("Range", "")
        server.asked.append(asked)
        self.close_connection = True
        if server.mode == "silent":
            server.let_go.wait()
            return
        if server.mode.isdecimal():
            self.send_error(int(server.mode))
            return
        start = int(asked[6:-1]) if asked and server.mode != "no ranges" else 0
        if asked and start >= len(server.contents):
            self.send_error(416)
            return
        self._send(server.contents[start:], 206 if start else 200)

    def _send(self, contents: bytes, status: int) -> None:
        mode = self.server.mode
        self.send_response(status)
        if mode != "no length":
            self.send_header("Content-Length", str(len(contents)))
        self.end_headers()
        half = mode in ("cut", "stuck")
        self.wfile.write(contents[: len(contents) // 2] if half else contents)
        self.wfile.flush()
        if mode == "stuck":
            self.server.let_go.wait()

    def log_message(self, *_: Any) -> None:
        """Not to stderr."""
