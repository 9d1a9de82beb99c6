"""What was looked at more closely, and what it brought."""

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication

from gui.data import data_text
from gui.data.findings.pairs import counted
from gui.data.findings.pairs_ import Pair

translate = QCoreApplication.translate


def duplicates(pairs: Sequence[Pair] | None, pictures: int) -> str:
    """Whether pictures were compared, and what was found."""
    if pairs is None:
        return translate("findings", "Duplicates: not looked for yet")
    if not pairs:
        return counted(
            translate("findings", "Duplicates: none"),
            translate("findings", "Duplicates: none among {pictures}"),
            pictures,
            pictures=data_text.pictures(pictures),
        )
    return counted(
        translate("findings", "Duplicates: 1 pair"),
        translate("findings", "Duplicates: {count} pairs"),
        len(pairs),
    )


def verified(done: bool) -> str:
    """Whether every file was decoded."""
    if done:
        return translate("findings", "Every file was decoded fully")
    return translate("findings", "Damage inside files: only beginnings and ends were looked at")


def ignored(count: int, shown: bool) -> str:
    """The button that shows the accepted pairs again, or hides them."""
    if not count:
        return ""
    if shown:
        return translate("findings", "Hide what is ignored")
    return counted(
        translate("findings", "1 ignored: show again"),
        translate("findings", "{count} ignored: show again"),
        count,
    )
