"""The runs of this machine of which one can be chosen, read off the window's thread."""

import threading
from pathlib import Path

from PySide6.QtCore import QCoreApplication

from core.common.messages import fill
from core.runs import list as run_list
from core.runs.list import ListedRun
from core.runs.places import BEST
from gui.base import words
from gui.base.background import Progress, Work
from gui.runs import words as run_words

translate = QCoreApplication.translate


def looking(folder: Path, *, with_weights: bool) -> Work:
    """Look for the runs in ``folder`` that are whole, or only those that have kept weights: a
    list of ``ListedRun``, the newest first. Raises ``InputError`` (folder_unreadable)."""

    def work(stop: threading.Event, _progress: Progress) -> list[ListedRun]:
        found = run_list.of_folder(folder, stop)
        if with_weights:
            return [one for one in found if one.best and (one.directory / BEST).is_file()]
        return [one for one in found if one.state != "damaged"]

    return work


def row(one: ListedRun) -> tuple[str, str, str, str]:
    """Its name, when it was made, how it transferred, and its accuracy, for a list."""
    template = translate("runs", "{way}, {epochs} epochs")
    if one.epochs == 1:
        template = translate("runs", "{way}, 1 epoch")
    how = fill(template, {"way": run_words.preset(one), "epochs": words.count(one.epochs)})
    made = words.since_1970(one.created)
    return run_words.name(one), words.moment(made) if made else "", how, _accuracy(one)


def _accuracy(one: ListedRun) -> str:
    if one.best is None:
        return translate("runs", "no epoch yet")
    template = translate("runs", "{accuracy} of {images} ({interval})")
    values = {
        "accuracy": words.percent(one.best.accuracy),
        "images": words.count(one.best.images),
        "interval": words.interval(*one.best.interval),
    }
    return fill(template, values)
