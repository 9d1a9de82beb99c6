"""A run moved to the system's trash, from which it can be taken back."""

from pathlib import Path

from core.common.messages import InputError, ThawError
from core.runs import run_lock


def move_to_trash(directory: Path) -> None:
    """Move the run in ``directory`` there. It is never deleted for good.

    Raises ``InputError`` (run_in_use) while some process trains it, run_missing, and ``ThawError``
    (run_trash_failed), and then it stays.
    """
    from send2trash import send2trash

    if not directory.is_dir():
        raise InputError("run_missing", path=str(directory))
    if run_lock.is_held(directory):
        raise InputError("run_in_use", path=str(directory), pid=run_lock.owner(directory))
    try:
        send2trash(directory)
    except OSError as error:  # what the library raises is one too
        reason = error.strerror or str(error)
        raise ThawError("run_trash_failed", path=str(directory), reason=reason) from None
