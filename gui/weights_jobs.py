"""Files with weights looked at, and published ones downloaded, off the window's thread."""

import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from core import heavy, weight_download
from core.messages import ThawError
from gui.background import Progress, Work

if TYPE_CHECKING:
    from core.weight_files import WeightFile


@dataclass(frozen=True)
class LookedAt:
    """What was found in the file, or the run, at ``path``, or why it can't be used."""

    path: Path
    found: "WeightFile | None" = None
    error: ThawError | None = None


def looking(path: Path) -> Work:
    """Look at the file, or the run, at ``path``: a ``LookedAt``. Waits for PyTorch."""

    def work(_stop: threading.Event, _progress: Progress) -> LookedAt:
        try:
            return LookedAt(path, heavy.load("weight_files").look(path))
        except ThawError as error:
            return LookedAt(path, error=error)

    return work


def downloading(name: str, leave: threading.Event, discard: threading.Event) -> Work:
    """Download the weights ``name``, telling (done, total) bytes, until ``leave`` is set; then
    what has come is deleted where ``discard`` is set, and else gone on with another time.

    Raises ``ThawError``.
    """

    def work(_stop: threading.Event, progress: Progress) -> None:
        try:
            for one in weight_download.download(name, leave):
                progress(one.done, one.total)
        except ThawError as error:
            if error.code == "stopped" and discard.is_set():
                weight_download.discard(name)
            raise

    return work
