"""Runs listed, thrown away, saved and opened off the window's thread."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from core.common.messages import ThawError
from core.runs import archive
from core.runs import list as run_list
from core.runs.archive import Saved
from gui.base.background import Work


@dataclass(frozen=True)
class Thrown:
    """What became of runs that were to go to the trash: how many went, and what kept others."""

    count: int
    errors: tuple[ThawError, ...]


def listing(folder: Path) -> Work:
    """List the runs in ``folder``: a list of ``ListedRun``."""
    return lambda stop, _progress: run_list.of_folder(folder, stop)


def looking_at(directory: Path) -> Work:
    """Look at one run again: a ``ListedRun``, or None where it has gone."""
    return lambda _stop, _progress: run_list.of_directory(directory)


def throwing(directories: Sequence[Path]) -> Work:
    """Move runs to the trash: what became of them, as ``Thrown``."""
    return lambda _stop, _progress: _thrown(directories)


def saving(directory: Path, path: Path, weights: bool) -> Work:
    """Save the run in ``directory`` as one file: a ``Saved``."""

    def work(_stop: object, _progress: object) -> Saved:
        return archive.save(directory, path, weights=weights)

    return work


def opening(path: Path, folder: Path) -> Work:
    """Open a run that was saved as one file: its new directory in ``folder``."""
    return lambda _stop, _progress: archive.open_archive(path, folder)


def _thrown(directories: Sequence[Path]) -> Thrown:
    count, errors = 0, []
    for one in directories:
        try:
            run_list.move_to_trash(one)
            count += 1
        except ThawError as error:
            errors.append(error)
    return Thrown(count, tuple(errors))
