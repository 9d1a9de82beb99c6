"""Runs as files for other programs: a report, numbers, a figure, TensorBoard's events.

One run or several: of one its curves and epochs are written, of several their comparison.
"""

from collections.abc import Sequence
from pathlib import Path

from core.common import files
from core.common.messages import InputError, ThawError
from core.reports.plots.comparison_figure import Shown
from core.runs.run import Run

FIGURES = ("png", "svg", "pdf")
KINDS = ("html", "csv", *FIGURES)


def kind_of(path: Path) -> str:
    """What ``path`` is to hold, by its suffix. Raises ``InputError`` (export_kind_unknown)."""
    kind = path.suffix.lower().removeprefix(".")
    if kind not in KINDS:
        known = ", ".join(f".{one}" for one in KINDS)
        raise InputError("export_kind_unknown", path=str(path), known=known)
    return kind


def write(runs: Sequence[Run], path: Path, shown: Shown | None = None) -> None:
    """Write ``runs`` to ``path``: what, its suffix says (``KINDS``). ``shown`` is how a figure of
    several is looked at.

    Raises ``InputError`` (export_kind_unknown) and ``ThawError`` (export_unwritable).
    """
    put(path, contents(runs, kind_of(path), shown))


def put(path: Path, data: bytes) -> None:
    """Write a file that a person asked for. Raises ``ThawError`` (export_unwritable)."""
    try:
        files.replace(path, data)
    except OSError as error:
        raise unwritable(path, error) from None


def contents(runs: Sequence[Run], kind: str, shown: Shown | None = None) -> bytes:
    """What a file of ``kind``, one of ``KINDS``, holds of ``runs``."""
    if kind == "html":
        from core.reports.report import report

        return report(runs)
    if kind == "csv":
        from core.reports import csv_export
        from core.reports.comparison import compare

        if len(runs) == 1:
            return csv_export.history_csv(runs[0].history)
        return csv_export.comparison_csv(compare(runs))
    from core.reports.plots.files import figure_file

    return figure_file(runs, kind, shown or Shown())


def write_tensorboard(runs: Sequence[Run], folder: Path) -> list[Path]:
    """Write each run's events below ``folder``, in a folder of its own; gives these folders.

    Raises ``ThawError`` (tensorboard_missing, export_unwritable).
    """
    from core.reports import export as run_export

    places: list[Path] = []
    try:
        for run in runs:
            places.append(run_export.write(run, folder, places))
    except OSError as error:
        raise unwritable(folder, error) from None
    return places


def unwritable(path: Path, error: OSError) -> ThawError:
    """``error`` in words."""
    return ThawError("export_unwritable", path=str(path), reason=error.strerror or str(error))
