"""Pictures that training finds unreadable: told of, listed in ``dataset.csv``, left out."""

import threading
from collections.abc import Iterator

from core.compute.features.source import Skipped
from core.model.backbone import Stopped
from core.runs.events import Notice
from core.runs.run import Run
from core.training.setup import Setup

NOTICES_OF_ONE_PICTURE = 20  # a run; after them, one for all that a batch lost


def skip(setup: Setup, run: Run, found: Skipped, stop: threading.Event) -> Iterator[Notice]:
    """Leave the pictures out from now on; a notice of each, or one for many, unless the run
    has said it before it was resumed.

    Raises ``Stopped``, and ``ThawError`` (write_failed).
    """
    if not found.failed:  # but repeats of pictures that were told of before
        return
    paths = [setup.pictures[position].path for position, _ in found.failed]
    errors = [error for _, error in found.failed]
    before = setup.skipped.difference(position for position, _ in found.failed)
    alone = max(0, NOTICES_OF_ONE_PICTURE - len(before))
    if len(paths) == alone + 1:
        alone += 1  # one notice either way: let it have the name
    setup.skipped.update(position for position, _ in found.failed)
    codes = [error.code for error in errors]
    run.mark_skipped(dict(zip(paths, codes, strict=True)))
    told = list(run.history.notices)
    for path, error in list(zip(paths, errors, strict=True))[:alone]:
        values = {"path": path, "reason": str(error), "code": error.code}
        if (notice := Notice("picture_skipped", values)) not in told:
            yield notice
        if stop.is_set():
            raise Stopped
    if len(paths) > alone:
        # the first one's path tells it from another batch's of the same count
        rest = {"count": len(paths) - alone, "path": paths[alone]}
        if (notice := Notice("pictures_skipped", rest)) not in told:
            yield notice


def changed(run: Run, images: int) -> Iterator[Notice]:
    """That validation has ``images`` pictures now and had another number the epoch before."""
    epochs = run.history.epochs
    before = epochs[-1].validation.images if epochs else images
    if images != before:
        yield Notice("validation_changed", {"before": before, "after": images})
