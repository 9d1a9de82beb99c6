"""Exports runs for other programs: HTML report, CSV, figures, TensorBoard's event files.

A single run gives its curves and epochs, several give their comparison.

CSV is UTF-8 with a byte order mark, by which Excel knows it, with commas, and with a point in
numbers, each with as many digits as it takes to read the same number. A text that begins like a
formula gets an apostrophe before it, so that no program runs what a folder's name says.

TensorBoard's files need the optional extra ``tensorboard``. Only its writer is imported, which
needs no TensorFlow and no PyTorch.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from itertools import accumulate
from pathlib import Path
from typing import Any, Literal

from core.common import files
from core.common.messages import InputError, ThawError
from core.common.statistics import wilson
from core.reports.comparison import Comparison, Outcome, compare, difference_rows, without_places
from core.reports.html import report
from core.reports.plots.comparison_figure import Shown
from core.reports.plots.files import as_file, of_run, of_runs
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
    now, ended = 0.0, {}
    for one in history.epochs:
        now += one.seconds
        ended[one.stage, one.epoch] = now, one.seconds
        step = history.position(one.stage, one.epoch)
        for part, score in (("train", one.train), ("validation", one.validation)):
            yield Scalar(f"loss/{part}", step, score.loss, now)
            yield Scalar(f"accuracy/{part}", step, score.accuracy, now)
    for step, batch in enumerate(history.batches, 1):
        end, length = ended.get((batch.stage, batch.epoch), (now, 0.0))
        at = end - (1 - batch.batch / max(batch.batches, batch.batch, 1)) * length
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
    differences = difference_rows(without_places(comparison.differences))
    rows = [
        (*_figures(one), *(each[number] for each in differences))
        for number, one in enumerate(comparison.outcomes, 1)
    ]
    return table((*RUN_COLUMNS, *(name for name, *_ in differences)), rows)


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


What = Literal["report", "numbers", "figure"]
FORMATS: Mapping[str, What] = {
    "html": "report",
    "csv": "numbers",
    "png": "figure",
    "svg": "figure",
    "pdf": "figure",
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
    put(path, _contents(runs, kind_of(path), shown or Shown()))


def _contents(runs: Sequence[Run], kind: str, shown: Shown) -> bytes:
    match kind:
        case "html":
            return report(runs)
        case "csv" if len(runs) == 1:
            return history_csv(runs[0].history)
        case "csv":
            return comparison_csv(compare(runs))
        case _ if len(runs) == 1:
            return as_file(partial(of_run, runs[0].history), kind)
    return as_file(partial(of_runs, runs, replace(shown, legend=True)), kind)


def put(path: Path, data: bytes) -> None:
    """Write a file that a person asked for. Raises ``ThawError`` (export_unwritable)."""
    try:
        files.replace(path, data)
    except OSError as error:
        raise unwritable(path, error) from None


def write_tensorboard(runs: Sequence[Run], folder: Path) -> list[Path]:
    """Write each run's history below ``folder``, in a folder of its own; gives these folders.

    A folder is called as the run's directory, after the name that a person gave the run, which
    others may have too. What Thaw wrote there before is replaced, so that TensorBoard shows each
    point once. Times are the run's beginning and its seconds of training. Raises ``InputError``
    (export_without_epoch) and ``ThawError`` (tensorboard_missing, export_unwritable).
    """
    writer, event, summary = _package()
    places: list[Path] = []
    try:
        for run in runs:
            if not run.history.epochs:
                raise InputError("export_without_epoch", path=str(run.directory))
            places.append(_place(run, folder, places))
            places[-1].mkdir(parents=True, exist_ok=True)
            for earlier in places[-1].glob(f"events.out.tfevents.*{_SUFFIX}"):
                earlier.unlink()
            began = datetime.fromisoformat(run.created).timestamp()
            with contextlib.closing(writer(str(places[-1]), filename_suffix=_SUFFIX)) as file:
                for one in scalars(run.history):
                    value = summary.Value(tag=one.tag, simple_value=one.value)
                    told, at = summary(value=[value]), began + one.seconds
                    file.add_event(event(wall_time=at, step=one.step, summary=told))
    except OSError as error:
        raise unwritable(folder, error) from None
    return places


def unwritable(path: Path, error: OSError) -> ThawError:
    """``error`` in words."""
    return ThawError("export_unwritable", path=path, reason=error)
