"""A run as TensorBoard's event files, by its own package (the optional extra ``tensorboard``).

Its writer alone is imported, which needs no TensorFlow and no PyTorch.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from pathlib import Path
from typing import Any

from core.common.messages import InputError, ThawError
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


def write(run: Run, folder: Path, taken: Container[Path] = ()) -> Path:
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
