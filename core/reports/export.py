"""Exports runs for other programs: HTML report, CSV, figures, TensorBoard's event files.

A single run gives its curves and epochs, several give their comparison.

CSV is UTF-8 with a byte order mark, by which Excel knows it, with commas, and with a point in
numbers, each with as many digits as it takes to read the same number. A text that begins like a
formula gets an apostrophe before it, so that no program runs what a folder's name says;
``read_csv`` takes it off.

TensorBoard's files need the optional extra ``tensorboard``. Only its writer is imported, which
needs no TensorFlow and no PyTorch.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from itertools import accumulate
from pathlib import Path
from typing import Any, Generic, Literal, ParamSpec

from core.common import files
from core.common.messages import InputError, ThawError
from core.common.statistics import wilson
from core.reports.comparison import Comparison, Outcome, compare, english
from core.reports.differences import field_name, shown, without_places
from core.reports.plots.comparison_figure import Shown
from core.runs import list as run_list
from core.runs.history import History
from core.runs.run import Run

_SUFFIX = ".thaw"  # by which files of ours are known
_LONGEST = 40  # letters of a person's name for a run


@dataclass(frozen=True)
class Scalar:
    """One point: ``step`` counts epochs from 1, or batches from 1; ``seconds`` is when, of the
    run's own time."""

    tag: str
    step: int
    value: float
    seconds: float


def write_events(run: Run, folder: Path, taken: Container[Path] = ()) -> Path:
    """Write the history of ``run`` into a folder of its own below ``folder``, none of those
    ``taken``; gives that folder.

    It is called as the run's directory, after the name that a person gave the run, which others
    may have too. What Thaw wrote there before is replaced, so that TensorBoard shows each point
    once. Times are the run's beginning and its seconds of training. Raises ``OSError``,
    ``InputError`` (export_without_epoch) and ``ThawError`` (tensorboard_missing).
    """
    writer, event, summary = _package()
    if not run.history.epochs:
        raise InputError("export_without_epoch", path=str(run.directory))
    place = _place(run, folder, taken)
    place.mkdir(parents=True, exist_ok=True)
    for earlier in place.glob(f"events.out.tfevents.*{_SUFFIX}"):
        earlier.unlink()
    began = datetime.fromisoformat(run.created).timestamp()
    file = writer(str(place), filename_suffix=_SUFFIX)
    try:
        for one in scalars(run.history):
            value = summary.Value(tag=one.tag, simple_value=one.value)
            file.add_event(
                event(wall_time=began + one.seconds, step=one.step, summary=summary(value=[value]))
            )
    finally:
        file.close()
    return place


def _place(run: Run, folder: Path, taken: Container[Path]) -> Path:
    label = run_list.read_label(run.directory).name[:_LONGEST]
    whole = f"{label}-{run.name}" if label else run.name
    name = re.sub(r"[^\w.-]+", "-", whole).strip("-.") or "run"
    place, number = folder / name, 1
    while place in taken:
        number += 1
        place = folder / f"{name}-{number}"
    return place


def scalars(history: History) -> Iterator[Scalar]:
    """Every point: of epochs, then of batches, whose times lie evenly within their epoch; those of
    an epoch that has not ended stand at the end of the last that has."""
    ends = dict(
        zip(
            ((one.stage, one.epoch) for one in history.epochs),
            accumulate(one.seconds for one in history.epochs),
            strict=True,
        )
    )
    for one in history.epochs:
        step, at = history.position(one.stage, one.epoch), ends[one.stage, one.epoch]
        for part, score in (("train", one.train), ("validation", one.validation)):
            yield Scalar(f"loss/{part}", step, score.loss, at)
            yield Scalar(f"accuracy/{part}", step, score.accuracy, at)
    lengths = {(one.stage, one.epoch): one.seconds for one in history.epochs}
    now = max(ends.values(), default=0.0)
    for step, batch in enumerate(history.batches, 1):
        key = batch.stage, batch.epoch
        left = 1 - batch.batch / max(batch.batches, batch.batch, 1)
        at = ends.get(key, now) - left * lengths.get(key, 0.0)
        yield Scalar("batch/loss", step, batch.loss, at)
        yield Scalar("batch/accuracy", step, batch.accuracy, at)
        if batch.learning_rate is not None:
            yield Scalar("rate/head", step, batch.learning_rate, at)
        if batch.backbone_learning_rate:
            yield Scalar("rate/convnet", step, batch.backbone_learning_rate, at)


def _package() -> tuple[Any, Any, Any]:
    """TensorBoard's writer, event and summary. Raises ``ThawError`` (tensorboard_missing)."""
    try:
        from tensorboard.compat.proto.event_pb2 import Event
        from tensorboard.compat.proto.summary_pb2 import Summary
        from tensorboard.summary.writer.event_file_writer import EventFileWriter
    except ImportError:
        raise ThawError("tensorboard_missing") from None
    return EventFileWriter, Event, Summary


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


def read_csv(data: bytes) -> list[dict[str, str]]:
    """The rows of such a CSV file, each by column. Raises ``ValueError`` for a damaged one."""
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
    """A CSV file of any ``rows``."""
    safe = ([_safe(cell) for cell in row] for row in rows)
    return _MARK + files.write_table([str(_safe(one)) for one in columns], safe)


def _safe(cell: object) -> object:
    if isinstance(cell, float):
        return repr(cell)
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


def _plain(cell: str) -> str:
    return cell[1:] if cell.startswith("'") else cell


What = Literal["report", "numbers", "figure"]
_Shown = ParamSpec("_Shown")


@dataclass(frozen=True)
class Format(Generic[_Shown]):
    """A kind of file, known by its ``suffix``: what it holds, and the function that makes it."""

    suffix: str
    what: What
    contents: Callable[_Shown, bytes]


def _report(runs: Sequence[Run], _shown: Shown) -> bytes:
    from core.reports.html import report

    return report(runs)


def _numbers(runs: Sequence[Run], _shown: Shown) -> bytes:
    return history_csv(runs[0].history) if len(runs) == 1 else comparison_csv(compare(runs))


def _figure(kind: str, runs: Sequence[Run], shown: Shown) -> bytes:
    from core.reports.plots.files import as_file, of_run, of_runs

    if len(runs) == 1:
        return as_file(partial(of_run, runs[0].history), kind)
    return as_file(partial(of_runs, runs, replace(shown, legend=True)), kind)


FIGURES = ("png", "svg", "pdf")
FORMATS: Mapping[str, Format[[Sequence[Run], Shown]]] = {
    one.suffix: one
    for one in (
        Format("html", "report", _report),
        Format("csv", "numbers", _numbers),
        *(Format(kind, "figure", partial(_figure, kind)) for kind in FIGURES),
    )
}


def kind_of(path: Path) -> str:
    """What ``path`` is to hold, by its suffix. Raises ``InputError`` (export_kind_unknown)."""
    kind = path.suffix.lower().removeprefix(".")
    if kind not in FORMATS:
        known = ", ".join(f".{one}" for one in FORMATS)
        raise InputError("export_kind_unknown", path=str(path), known=known)
    return kind


def write(runs: Sequence[Run], path: Path, shown: Shown | None = None) -> None:
    """Write ``runs`` to ``path``: what, its suffix says (``FORMATS``). ``shown`` is how a figure of
    several is looked at.

    Raises ``InputError`` (export_kind_unknown) and ``ThawError`` (export_unwritable).
    """
    put(path, FORMATS[kind_of(path)].contents(runs, shown or Shown()))


def put(path: Path, data: bytes) -> None:
    """Write a file that a person asked for. Raises ``ThawError`` (export_unwritable)."""
    try:
        files.replace(path, data)
    except OSError as error:
        raise unwritable(path, error) from None


def write_tensorboard(runs: Sequence[Run], folder: Path) -> list[Path]:
    """Write each run's events below ``folder``, in a folder of its own; gives these folders.

    Raises ``ThawError`` (tensorboard_missing, export_unwritable).
    """

    places: list[Path] = []
    try:
        for run in runs:
            places.append(write_events(run, folder, places))
    except OSError as error:
        raise unwritable(folder, error) from None
    return places


def unwritable(path: Path, error: OSError) -> ThawError:
    """``error`` in words."""
    return ThawError("export_unwritable", path=str(path), reason=error.strerror or str(error))
