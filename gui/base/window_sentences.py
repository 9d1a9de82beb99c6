"""Sentences of the window's own where the command line tells what to type."""

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication

_BUILT_IN = QT_TRANSLATE_NOOP("window", "The built-in weights need no network.")
_SENTENCES: dict[str, object] = {
    "weights_missing": QT_TRANSLATE_NOOP(
        "window",
        "The file of the built-in weights, {path}, is missing. Install Thaw again, or choose "
        "other weights on the Model page.",
    ),
    "weights_damaged": QT_TRANSLATE_NOOP(
        "window",
        "The file of the built-in weights, {path}, is damaged ({reason}). Install Thaw again, or "
        "choose other weights on the Model page.",
    ),
    "weights_too_shallow": QT_TRANSLATE_NOOP(
        "window",
        "{path} holds {found} of VGG16’s five blocks, and the recipe keeps {depth}: keep {found} "
        "or fewer.",
    ),
    "weights_normalization_missing": QT_TRANSLATE_NOOP(
        "window",
        "{path} doesn’t say what its pictures were normalised by, and with the wrong numbers its "
        "features are worth little: choose it on the Model page, among the weights.",
    ),
    "weights_normalization_differs": QT_TRANSLATE_NOOP(
        "window",
        "{path} says that its pictures were normalised by {said}, the recipe says {chosen}: choose "
        "the file again on the Model page to follow it.",
    ),
    "weights_not_downloaded": QT_TRANSLATE_NOOP(
        "window", "The weights {name} ({megabytes} MB) have not been downloaded yet."
    ),
}
# What a download may end with; the built-in weights are offered beside each.
_DOWNLOADS: dict[str, object] = {
    "download_unreachable": QT_TRANSLATE_NOOP(
        "window", "The download is not possible: {host} was not reached ({reason})."
    ),
    "download_refused": QT_TRANSLATE_NOOP(
        "window", "The download is not possible: {url} answers with {status}."
    ),
    "download_cut": QT_TRANSLATE_NOOP(
        "window",
        "The download broke off after {done} of {total} MB. Another try goes on from there.",
    ),
    "download_wrong": QT_TRANSLATE_NOOP(
        "window",
        "What {host} sent is not what torchvision publishes: its checksum is wrong, and it was "
        "deleted.",
    ),
    "download_no_room": QT_TRANSLATE_NOOP(
        "window", "{megabytes} MB are needed in {path}, where {free} MB are free. Make room."
    ),
    "download_unwritable": QT_TRANSLATE_NOOP(
        "window", "The weights cannot be kept in {path}: {reason}."
    ),
}


def own(code: str) -> str | None:
    """The template that the window has for one of core's codes, translated; None where core's is
    right."""
    if code in _DOWNLOADS:
        return f"{_translated(_DOWNLOADS[code])} {_translated(_BUILT_IN)}"
    return _translated(_SENTENCES[code]) if code in _SENTENCES else None


def _translated(words: object) -> str:
    return QCoreApplication.translate("window", str(words))
