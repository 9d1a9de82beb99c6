"""Sentences of the window's own where the command line tells what to type."""

from PySide6.QtCore import QCoreApplication

translate = QCoreApplication.translate


def own(code: str) -> str | None:
    """The template that the window has for one of core's codes; None where core's is right."""
    return _sentences().get(code)


def _sentences() -> dict[str, str]:
    built_in = " " + translate("window", "The built-in weights need no network.")
    return {
        "weights_missing": translate(
            "window",
            "The file of the built-in weights {path} is missing. Install Thaw again, or choose "
            "other weights on the Model page.",
        ),
        "weights_damaged": translate(
            "window",
            "The file of the built-in weights {path} is damaged. Install Thaw again, or choose "
            "other weights on the Model page.",
        ),
        "weights_too_shallow": translate(
            "window",
            "{path} holds {found} of VGG16’s five blocks, and the recipe keeps {depth}: keep "
            "{found} or fewer.",
        ),
        "weights_normalization_missing": translate(
            "window",
            "{path} doesn’t say what its pictures were normalised by, and with the wrong numbers "
            "its features are worth little: choose it on the Model page, among the weights.",
        ),
        "weights_normalization_differs": translate(
            "window",
            "{path} says that its pictures were normalised by {said}, the recipe says {chosen}: "
            "choose the file again on the Model page to follow it.",
        ),
        "weights_not_downloaded": translate(
            "window", "The weights {name} ({megabytes} MB) have not been downloaded yet."
        ),
        "download_unreachable": translate(
            "window", "The download is not possible: {host} was not reached ({reason})."
        )
        + built_in,
        "download_refused": translate(
            "window", "The download is not possible: {url} answers with {status}."
        )
        + built_in,
        "download_cut": translate(
            "window",
            "The download broke off after {done} of {total} MB. Another try goes on from there.",
        )
        + built_in,
        "download_wrong": translate(
            "window",
            "What {host} sent is not what torchvision publishes: its checksum is wrong, and it "
            "was deleted.",
        )
        + built_in,
        "download_no_room": translate(
            "window", "{megabytes} MB are needed in {path}, where {free} MB are free. Make room."
        )
        + built_in,
        "download_unwritable": translate(
            "window", "The weights cannot be kept in {path}: {reason}."
        )
        + built_in,
    }
