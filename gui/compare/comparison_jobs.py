"""Runs read off the window's thread, to be put side by side."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from core.common.messages import ThawError
from core.reports.comparison import Comparison, compare, names_of
from core.runs.run import Run
from gui.base.background import Work


@dataclass(frozen=True)
class ReadRuns:
    """The ``runs`` that could be read, and their ``names``; what was wrong with each other one;
    and the ``comparison``, None of less than two."""

    runs: tuple[Run, ...]
    names: tuple[str, ...]
    failed: tuple[ThawError, ...]
    comparison: Comparison | None


def reading(directories: Sequence[Path]) -> Work:
    """Read the runs in ``directories``: a ``ReadRuns``."""
    return lambda _stop, _progress: _read(directories)


def _read(directories: Sequence[Path]) -> ReadRuns:
    runs: list[Run] = []
    failed: list[ThawError] = []
    for directory in directories:
        try:
            runs.append(Run.open(directory))
        except ThawError as error:
            failed.append(error)
    comparison = compare(runs) if len(runs) > 1 else None
    return ReadRuns(tuple(runs), tuple(names_of(runs)), tuple(failed), comparison)
