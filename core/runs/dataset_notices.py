"""What a person should know of a dataset before the first epoch: nothing is silently ignored."""

from collections.abc import Iterator

from core.dataset.folder import printable
from core.dataset.summary import SMALLEST_SIDE, DatasetSummary, ProblemCode
from core.runs.events import Notice

LISTED_FILES = 3


def of_dataset(summary: DatasetSummary) -> Iterator[Notice]:
    """What the scan left out, and what is odd about classes."""
    if summary.problems:
        listed = [f"{printable(one.path)} ({one.message})" for one in summary.problems]
        shown = ", ".join(listed[:LISTED_FILES]) + (", …" if len(listed) > LISTED_FILES else "")
        yield Notice("files_left_out", {"count": len(listed), "listed": shown})
    if summary.excluded:
        yield Notice("pictures_excluded", {"count": len(summary.excluded)})
    tiny = sum(one.code is ProblemCode.TINY_IMAGE for one in summary.warnings)
    if tiny:
        yield Notice("tiny_images", {"count": tiny, "side": SMALLEST_SIDE})
    for warning in summary.warnings:
        if warning.code is ProblemCode.TINY_IMAGE:
            continue
        values = {name: str(value) for name, value in warning.detail.items()}
        yield Notice(str(warning.code), {"path": printable(warning.path), **values})
