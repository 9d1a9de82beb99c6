"""A run's directory: the recipe, the pictures, the history and the best weights.

``config.json`` the recipe; ``dataset.csv`` the pictures of this run; ``history.jsonl`` one
event a line; ``environment.json`` what the numbers rest on; ``summary.json`` for lists of
runs; ``best.safetensors`` and ``predictions.csv`` of the best epoch; ``first-batch.png``.
Whole files are replaced atomically, the history is appended and synced.
"""

import csv
import io
import json
import os
import re
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from core import files, history, images, recipes
from core.config import RunConfig, preset
from core.dataset import DatasetSummary, Sample, split
from core.events import EpochFinished, Event, RunFinished, to_json
from core.folders import key_of, printable
from core.messages import InputError, ThawError
from core.statistics import wilson

CONFIG, HISTORY, DATASET = "config.json", "history.jsonl", "dataset.csv"
ENVIRONMENT, SUMMARY = "environment.json", "summary.json"
BEST, PREDICTIONS, FIRST_BATCH = "best.safetensors", "predictions.csv", "first-batch.png"
DATASET_COLUMNS = ("path", "label", "split", "status", "reason", "size", "mtime", "hash")


@dataclass(frozen=True)
class Picture:
    """One row of ``dataset.csv``: a picture that this run uses, or why it doesn't.

    ``label`` is an index into the run's classes, -1 where none applies; ``size`` in bytes,
    ``mtime`` in nanoseconds.
    """

    path: str
    label: int
    split: str
    status: str = "used"
    reason: str = ""
    size: int = 0
    mtime: int = 0
    hash: str = ""

    @property
    def key(self) -> str:
        """The path in Unicode NFC: what draws are named by."""
        return key_of(self.path)


class Run:
    """One run's directory, open for reading and, while it trains, for appending."""

    def __init__(
        self,
        directory: Path,
        config: RunConfig,
        folder: Path,
        classes: Sequence[str],
        pictures: Sequence[Picture],
    ) -> None:
        self.directory = directory
        self.config = config
        self.folder = folder
        self.classes = tuple(classes)
        self.pictures = tuple(pictures)
        self.history = history.History()
        self.created = datetime.now().astimezone().isoformat(timespec="seconds")
        self.environment: dict[str, Any] = {}

    @classmethod
    def create(
        cls,
        directory: Path,
        config: RunConfig,
        summary: DatasetSummary,
        stop: threading.Event | None = None,
    ) -> "Run":
        """Write a new run's files. Reads every picture once, for its hash.

        Raises ``InputError`` where ``directory`` holds a run or cannot be written.
        """
        if any((directory / name).exists() for name in (CONFIG, HISTORY)):
            raise InputError("run_exists", path=str(directory))
        pictures = list(_pictures(summary, config, stop))
        run = cls(directory, config, summary.folder, summary.classes, pictures)
        try:
            directory.mkdir(parents=True, exist_ok=True)
            run._replace_text(CONFIG, json.dumps(config.to_data(), indent=2) + "\n")
            run.write_dataset()
            run.write_environment({})
            (directory / HISTORY).touch()
            run._write_summary()
        except OSError as error:
            raise _unwritable(directory, error.strerror or str(error)) from None
        except ThawError as error:
            raise _unwritable(directory, str(error.values["reason"])) from None
        return run

    @classmethod
    def open(cls, directory: Path) -> "Run":
        """An existing run. Raises ``InputError`` where there is none or it is damaged."""
        if not (directory / CONFIG).is_file():
            raise InputError("run_missing", path=str(directory))
        try:
            config = recipes.make(recipes.read_file(directory / CONFIG))
            environment = json.loads((directory / ENVIRONMENT).read_text("utf-8"))
            classes = tuple(environment["classes"])
            pictures = list(_read_dataset(directory / DATASET, classes))
            run = cls(directory, config, Path(environment["folder"]), classes, pictures)
            run.environment = environment
            run.created = environment["created"]
            run.history = history.read(directory / HISTORY)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise InputError(
                "run_unreadable", path=str(directory), reason=str(error) or repr(error)
            ) from None
        return run

    @property
    def name(self) -> str:
        return self.directory.name

    def used(self, part: str) -> list[Picture]:
        """The pictures of a split (train, validation, test) that this run uses."""
        return [one for one in self.pictures if one.split == part and one.status == "used"]

    def append(self, event: Event) -> None:
        """Add one line to the history; a stage's, an epoch's and the last are synced.

        Raises ``ThawError`` (write_failed), with the half line cut off again where possible.
        """
        path = self.directory / HISTORY
        line = (to_json(event) + "\n").encode("utf-8")
        try:
            with path.open("ab") as file:
                before = file.tell()
                try:
                    file.write(line)
                    file.flush()
                except OSError:
                    file.truncate(before)
                    raise
                if isinstance(event, EpochFinished | RunFinished):
                    files.sync(file)
        except OSError as error:
            raise _write_failed(path, error) from None
        self.history.add(event)
        if isinstance(event, EpochFinished | RunFinished):
            self._write_summary()

    def write_best(self, weights: bytes, predictions: str) -> None:
        """Keep the best epoch's network and its validation predictions."""
        self.replace(BEST, weights)
        self._replace_text(PREDICTIONS, predictions)

    def write_environment(self, values: Mapping[str, Any]) -> None:
        """Record what the numbers rest on: versions, device, threads, precision."""
        self.environment = {
            **self.environment,
            **values,
            "created": self.created,
            "folder": os.fsencode(self.folder).decode("utf-8", "surrogateescape"),
            "classes": list(self.classes),
        }
        self._replace_text(ENVIRONMENT, json.dumps(self.environment, indent=2) + "\n")

    def mark_skipped(self, reasons: Mapping[str, str]) -> None:
        """Note in ``dataset.csv`` the pictures (path: code) that could not be used after all."""
        self.pictures = tuple(
            Picture(**{**vars(one), "status": "skipped", "reason": reasons[one.path]})
            if one.path in reasons
            else one
            for one in self.pictures
        )
        self.write_dataset()

    def write_dataset(self) -> None:
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(DATASET_COLUMNS)
        for one in self.pictures:
            label = self.classes[one.label] if one.label >= 0 else ""
            row = (one.path, label, one.split, one.status, one.reason)
            writer.writerow((*row, one.size, one.mtime, one.hash))
        self._replace_text(DATASET, text.getvalue())

    def replace(self, name: str, data: bytes) -> None:
        """Replace one file of the run. Raises ``ThawError`` (write_failed)."""
        try:
            files.replace(self.directory / name, data)
        except OSError as error:
            raise _write_failed(self.directory / name, error) from None

    def _replace_text(self, name: str, text: str) -> None:
        self.replace(name, text.encode("utf-8", "surrogateescape"))

    def _write_summary(self) -> None:
        done, best = self.history, self.history.best
        data: dict[str, Any] = {
            "schema": 1,
            "state": done.finished.outcome if done.finished else "running",
            "created": self.created,
            "dataset": printable(self.folder.name),
            "classes": len(self.classes),
            "preset": preset(self.config),
            "epochs": len(done.epochs),
            "planned_epochs": sum(stage.epochs for stage in self.config.stages),
            "best": None,
        }
        if best is not None:
            score = best.validation
            data["best"] = {
                "stage": best.stage,
                "epoch": best.epoch,
                "accuracy": score.accuracy,
                "loss": score.loss,
                "images": score.images,
                "interval": wilson(score.correct, score.images),
            }
        self._replace_text(SUMMARY, json.dumps(data, indent=2) + "\n")


def new_directory(folder: str, parent: Path | None = None) -> Path:
    """A place that holds nothing yet for a run on the dataset called ``folder``."""
    parent = parent or files.runs_folder()
    plain = re.sub(r"[^\w.-]+", "-", folder).strip("-.") or "run"
    stem = f"{plain}-{datetime.now():%Y-%m-%d-%H%M%S}"
    place, number = parent / stem, 1
    while place.exists():
        number += 1
        place = parent / f"{stem}-{number}"
    return place


def find(name: str) -> Path:
    """The directory that RUN on a command line means: a path, or a name in the default place."""
    path = Path(name)
    if path.exists() or path.is_absolute():
        return path
    named = files.runs_folder() / name
    return named if named.exists() else path


def _pictures(
    summary: DatasetSummary, config: RunConfig, stop: threading.Event | None
) -> Iterable[Picture]:
    parts = split(summary, config.dataset)
    for part, samples in (
        ("train", parts.train),
        ("validation", parts.validation),
        ("test", parts.test),
    ):
        for sample in samples:
            if stop is not None and stop.is_set():
                raise ThawError("stopped")
            yield _measured(summary.folder, sample, part)
    for problem in summary.problems:
        yield Picture(problem.path, -1, "", "problem", str(problem.code))


def _measured(folder: Path, sample: Sample, part: str) -> Picture:
    path = folder / sample.path
    try:
        status = path.stat()
        digest = images.content_hash(path.read_bytes())
    except OSError:  # the loader will say why, when it is this picture's turn
        return Picture(sample.path, sample.label, part)
    return Picture(
        sample.path,
        sample.label,
        part,
        size=status.st_size,
        mtime=status.st_mtime_ns,
        hash=digest,
    )


def _read_dataset(path: Path, classes: Sequence[str]) -> Iterable[Picture]:
    numbers = {name: number for number, name in enumerate(classes)}
    text = path.read_bytes().decode("utf-8", "surrogateescape")
    rows = csv.DictReader(io.StringIO(text, newline=""))
    if not set(DATASET_COLUMNS) <= set(rows.fieldnames or ()):
        raise ValueError(f"{DATASET} lacks columns")
    for row in rows:
        yield Picture(
            row["path"],
            numbers.get(row["label"], -1),
            row["split"],
            row["status"],
            row["reason"],
            int(row["size"]),
            int(row["mtime"]),
            row["hash"],
        )


def _unwritable(directory: Path, reason: str) -> InputError:
    return InputError("run_folder_unwritable", path=str(directory), reason=reason)


def _write_failed(path: Path, error: OSError) -> ThawError:
    return ThawError("write_failed", path=str(path), reason=error.strerror or str(error))
