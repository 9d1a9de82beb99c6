"""What the window says of a folder that is not what it was."""

from PySide6.QtCore import QCoreApplication

from core.common.messages import ThawError, fill
from core.dataset.folder import printable
from core.dataset.scan import Changes
from gui.base import words as base_words
from gui.data import data_text

_NAMED = 3
translate = QCoreApplication.translate


def changed_since_scan(changes: Changes) -> str:
    """ "The folder has changed since it was read: 2 pictures added (cat/1.jpg, cat/2.jpg)."; ""
    where it hasn't."""
    return _sentence(
        translate("folder", "The folder has changed since it was read: {what}."), changes
    )


def changed_since_run(changes: Changes) -> str:
    """The same of the pictures that a run used."""
    return _sentence(
        translate("folder", "The pictures have changed since this run: {what}."), changes
    )


def pictures_gone(error: ThawError) -> str:
    """That a run's pictures cannot be shown, and why."""
    words = translate(
        "folder",
        "The pictures of this run are not here ({reason}). Its figures are what it kept; the "
        "pictures themselves are seen once their folder is there.",
    )
    return fill(words, {"reason": base_words.error_text(error)})


def set_aside(error: ThawError | None) -> str:
    """Why what was decided earlier is not followed; "" where it is."""
    if error is None:
        return ""
    words = translate(
        "folder",
        "What was decided about these pictures earlier leaves nothing to train on ({reason}), so "
        "the folder is shown as it is.",
    )
    return fill(words, {"reason": base_words.error_text(error)})


def _sentence(template: str, changes: Changes) -> str:
    added = translate("folder", "{pictures} added")
    removed = translate("folder", "{pictures} removed")
    changed = translate("folder", "{pictures} changed")
    parts = [
        _part(words, paths)
        for words, paths in (
            (added, changes.added),
            (removed, changes.removed),
            (changed, changes.changed),
        )
        if paths
    ]
    return fill(template, {"what": "; ".join(parts)}) if parts else ""


def _part(template: str, paths: tuple[str, ...]) -> str:
    named = ", ".join(" ".join(printable(path).splitlines()) for path in paths[:_NAMED])
    named += ", …" if len(paths) > _NAMED else ""
    return fill(template, {"pictures": data_text.pictures(len(paths))}) + f" ({named})"
