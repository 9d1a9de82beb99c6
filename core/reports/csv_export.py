"""A run's or a comparison's numbers as CSV that spreadsheets open and that comes back exactly.

UTF-8 with a byte order mark, by which Excel knows it; commas, and a point in numbers, each with
as many digits as it takes to read the same number. A text that begins like a formula gets an
apostrophe before it, so that no program runs what a folder's name says; ``read`` takes it off.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from itertools import accumulate

from core.common import files
from core.common.statistics import wilson
from core.reports.comparison import Comparison, Outcome
from core.reports.comparison_text import english
from core.reports.differences import field_name, shown, without_places
from core.runs.history import History

_MARK = b"\xef\xbb\xbf"
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "'")
EPOCH_COLUMNS = (
    *("position", "stage", "epoch"),
    *("train_loss", "train_accuracy", "train_pictures"),
    *("validation_loss", "validation_accuracy", "validation_pictures"),
    *("validation_low", "validation_high", "seconds", "seconds_so_far", "pictures_so_far", "kept"),
)
RUN_COLUMNS = (
    *("run", "dataset", "state", "epochs", "seconds", "best_position", "best_stage", "best_epoch"),
    *("validation_accuracy", "validation_correct", "validation_pictures"),
    *("validation_low", "validation_high", "validation_loss", "largest_class"),
)


def history_csv(history: History) -> bytes:
    """A row for each epoch. ``kept`` is 1 for the epoch whose weights are kept; accuracies are
    shares of 1, ``validation_low`` and ``validation_high`` their 95 % interval (Wilson)."""
    best = history.best
    seconds = accumulate(one.seconds for one in history.epochs)
    pictures = accumulate(one.train.images for one in history.epochs)
    rows = []
    for one, spent, seen in zip(history.epochs, seconds, pictures, strict=True):
        train, validation = one.train, one.validation
        interval = wilson(validation.correct, validation.images)
        rows.append(
            (
                *(history.position(one.stage, one.epoch), one.stage, one.epoch),
                *(train.loss, train.accuracy, train.images),
                *(validation.loss, validation.accuracy, validation.images),
                *(*interval, one.seconds, spent, seen, int(one is best)),
            )
        )
    return table(EPOCH_COLUMNS, rows)


def comparison_csv(comparison: Comparison) -> bytes:
    """A row for each run: how good it got, then each field in which the runs differ, in words."""
    differences = without_places(comparison.differences)
    names = [english(field_name(one.key)) for one in differences]
    rows = [
        (*_figures(one), *(english(shown(each, number)) for each in differences))
        for number, one in enumerate(comparison.outcomes)
    ]
    return table((*RUN_COLUMNS, *names), rows)


def read(data: bytes) -> list[dict[str, str]]:
    """The rows of such a table, each by column. Raises ``ValueError`` for a damaged one."""
    data = data.removeprefix(_MARK)
    header = next(csv.reader(io.StringIO(data.decode("utf-8", "surrogateescape"), newline="")))
    columns = [_plain(one) for one in header]
    return [dict(zip(columns, map(_plain, row), strict=True)) for row in files.read_table(data)]


def _figures(one: Outcome) -> tuple[object, ...]:
    run = (one.name, one.dataset, one.state, one.epochs, one.seconds)
    if one.best is None:
        return (*run, *[""] * (len(RUN_COLUMNS) - len(run) - 1), one.majority)
    score = one.best.validation
    return (
        *(*run, one.position, one.best.stage, one.best.epoch),
        *(score.accuracy, score.correct, score.images),
        *(*one.interval, score.loss, one.majority),
    )


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """Such a file of any ``rows``."""
    safe = ([_safe(cell) for cell in row] for row in rows)
    return _MARK + files.write_table([str(_safe(one)) for one in columns], safe)


def _safe(cell: object) -> object:
    if isinstance(cell, float):
        return repr(cell)
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


def _plain(cell: str) -> str:
    return cell[1:] if cell.startswith("'") else cell
