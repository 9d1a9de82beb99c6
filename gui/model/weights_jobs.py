"""Files with weights looked at, and published ones downloaded, off the window's thread."""

import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from core.common import lazy
from core.common.messages import ThawError
from core.model.weights import download as weight_download
from gui.base.background import Progress, Work

if TYPE_CHECKING:
    from core.model.weights.file import WeightFile


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
            return LookedAt(path, lazy.load("model.weights.file").look(path))
        except ThawError as error:
            return LookedAt(path, error=error)

    return work


def downloading(name: str, leave: threading.Event, discard: threading.Event) -> Work:
    """Download the weights ``name``, telling (done, total) bytes, until ``leave`` is set; then
    what has come is deleted where ``discard`` is set, and else gone on with another time. A
    damaged file gives way; one that is right is not downloaded again.

    Raises ``ThawError``.
    """

    def work(_stop: threading.Event, progress: Progress) -> None:
        if weight_download.find(name) is not None and _is_right(name):
            return
        try:
            for one in weight_download.download(name, leave):
                progress(one.done, one.total)
        except ThawError as error:
            if error.code == "stopped" and discard.is_set():
                weight_download.discard(name)
            raise

    return work


def _is_right(name: str) -> bool:
    """Whether the weights that are there are as published; else Thaw's own file of them is
    deleted, so that they can come again. Torchvision's stays: ours is found before it."""
    try:
        weight_download.verified(name)
    except ThawError as error:
        if error.code != "weights_download_damaged":
            raise
    else:
        return True
    damaged = weight_download.place(name)
    try:
        damaged.unlink(missing_ok=True)
    except OSError as error:
        reason = error.strerror or str(error)
        raise ThawError(
            "download_unwritable", name=name, path=str(damaged.parent), reason=reason
        ) from None
    return False
