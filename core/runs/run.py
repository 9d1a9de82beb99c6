"""A run's directory: made, opened, held while it trains, extended, and summed up.

``config.json`` the recipe; ``dataset.csv`` the images of this run; ``history.jsonl`` one
event a line; ``environment.json`` what the numbers rest on; ``summary.json`` for lists of
runs; ``best.safetensors`` and ``predictions.csv`` of the best epoch; ``predictions-stage-1.csv``
and so on, of each stage's best epoch, with the test images; ``first-batch.png``;
``checkpoints`` to go on from; ``start.safetensors`` the weights that it began with, where they
came from a file; ``lock`` and ``owner.json`` while some process trains it.

Whole files are replaced atomically; the history is appended and synced.
"""

import contextlib
import json
import os
import threading
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from core.common import files
from core.common.messages import InputError
from core.dataset.folder import printable
from core.dataset.summary import DatasetSummary
from core.recipe import files as recipes
from core.recipe.config import RunConfig
from core.runs import history as runs_history
from core.runs import images as run_images
from core.runs import places
from core.runs.events import (
    EpochFinished,
    Event,
    Notice,
    RunExtended,
    RunFinished,
    StageEnded,
    from_json,
    to_json,
)
from core.runs.images import Picture, notices_of_dataset
from core.runs.places import (
    BEST,
    CHECKPOINTS,
    CONFIG,
    DATASET,
    ENVIRONMENT,
    HISTORY,
    PREDICTIONS,
    SUMMARY,
    claimed,
    readable,
    telling,
)
from core.runs.summary import RunSummary

# What is synced at once: losing one would lose an epoch, or what a person asked for.
_MILESTONES = (EpochFinished, StageEnded, RunExtended, RunFinished)


class Run:
    """One run's directory, open for reading and, while it trains, for appending.

    ``notices`` are what a person should know of the dataset before the first epoch;
    ``is_held`` whether this object's user keeps other processes from training it.
    """

    def __init__(
        self,
        directory: Path,
        config: RunConfig,
        folder: Path,
        classes: Sequence[str],
        pictures: Iterable[Picture],
        notices: Sequence[Notice] = (),
    ) -> None:
        self.directory = directory
        self.config = config
        self.folder = folder
        self.classes = tuple(classes)
        self.pictures = tuple(pictures)
        self.notices = tuple(notices)
        self.history = runs_history.History()
        self.created = datetime.now().astimezone().isoformat(timespec="seconds")
        self.environment: dict[str, Any] = {}
        self.is_held = False

    @classmethod
    def create(
        cls,
        directory: Path,
        config: RunConfig,
        summary: DatasetSummary,
        stop: threading.Event | None = None,
    ) -> "Run":
        """Write a new run's files. Reads every picture once, for its hash.

        Raises ``InputError`` where ``directory`` holds anything, lies in the dataset or cannot
        be written, and ``ThawError`` (stopped); then nothing of the run stays.
        """
        pictures = run_images.of_summary(summary, config.dataset, stop)  # read once it is claimed
        notices = list(notices_of_dataset(summary))
        return cls.create_on(directory, config, summary.folder, summary.classes, pictures, notices)

    @classmethod
    def create_on(
        cls,
        directory: Path,
        config: RunConfig,
        folder: Path,
        classes: Sequence[str],
        pictures: Iterable[Picture],
        notices: Sequence[Notice] = (),
    ) -> "Run":
        """Write a new run's files for ``pictures`` that were measured before.

        Raises ``InputError`` as ``create`` does.
        """
        with claimed(directory, folder):
            run = cls(directory, config, folder, classes, pictures, notices)
            run.write_dataset()
            run.write_environment({})
            run._write_summary()
            # the last: a directory without it is no run
            run.write_config(config)
        return run

    @classmethod
    def open(cls, directory: Path) -> "Run":
        """An existing run. Raises ``InputError`` where there is none or it is damaged."""
        if not os.path.isfile(directory / CONFIG):
            raise InputError("run_missing", path=directory)
        with readable(directory):
            config = recipes.make(recipes.read_file(directory / CONFIG))
            environment = json.loads((directory / ENVIRONMENT).read_text("utf-8"))
            classes = tuple(environment["classes"])
            pictures = list(run_images.read((directory / DATASET).read_bytes(), classes))
            run = cls(directory, config, Path(environment["folder"]), classes, pictures)
            run.environment = environment
            run.notices = tuple(Notice(**one) for one in environment.get("notices", ()))
            run.created = environment["created"]
            run.history = runs_history.read(directory / HISTORY)
        return run

    @property
    def name(self) -> str:
        return self.directory.name

    def used(self, part: str) -> list[Picture]:
        """The pictures of a split (train, validation, test) that this run uses."""
        return [one for one in self.pictures if one.split == part and one.status == "used"]

    def began_with(self, part: str) -> list[Picture]:
        """The pictures of a split that this run began with: used, or skipped since."""
        statuses = ("used", "skipped")
        return [one for one in self.pictures if one.split == part and one.status in statuses]

    @property
    def state(self) -> str:
        """How the last training ended (finished, stopped, failed), "running" while a process
        trains the run, and "interrupted" where one was killed or none has begun."""
        if places.is_held(self.directory):
            return "running"
        return self.history.finished.outcome if self.history.finished else "interrupted"

    @property
    def is_finished(self) -> bool:
        """Whether every epoch of the recipe was trained."""
        finished = self.history.finished
        return finished is not None and finished.outcome == "finished" and not self.pending_epochs

    @property
    def pending_epochs(self) -> int:
        """Epochs that the recipe's last stage was given and the history doesn't know of yet:
        a crash came between the two."""
        totals, last = self.history.totals, self.config.stages[-1].epochs
        if not totals or totals[-1] == last:
            return 0
        return last - self.history.planned[-1]

    @property
    def summary(self) -> RunSummary:
        """What lists show of the run."""
        return RunSummary.of(
            self.history,
            self.config,
            created=self.created,
            dataset=printable(self.folder.name),
            classes=len(self.classes),
        )

    def append(self, event: Event) -> None:
        """Add one line to the history; those that a resumed run rests on are synced.

        Raises ``ThawError`` (write_failed); the history then still ends with a whole line.
        """
        is_milestone = isinstance(event, _MILESTONES)
        line = (to_json(event) + "\n").encode("utf-8")
        self._add_line(line, sync=is_milestone)
        self.history.add(event)
        if is_milestone:
            self._write_summary()

    def history_bytes(self) -> bytes:
        """The history's whole lines as they are on disk. Raises ``ThawError`` (read_failed)."""
        with telling("read_failed", self.directory / HISTORY):
            return runs_history.whole_lines((self.directory / HISTORY).read_bytes())

    def sync_history(self) -> int:
        """Make the history last through a power cut; its length in bytes."""
        with telling("write_failed", self.directory / HISTORY):
            return files.sync_path(self.directory / HISTORY)

    def go_back(self, length: int, skipped: Collection[str]) -> None:
        """Be as the run was when its history was ``length`` bytes long and the pictures of the
        paths in ``skipped`` had been skipped. What a person asked for since then stays.
        """
        whole = self.history_bytes()
        later = whole[length:].splitlines(keepends=True)
        lines = [one for one in later if isinstance(from_json(one), StageEnded | RunExtended)]
        if lines != later:
            self.replace(HISTORY, whole[:length] + b"".join(lines))
        self.history = runs_history.of_lines(self.history_bytes())
        again = [one.status == "skipped" and one.path not in skipped for one in self.pictures]
        if any(again):
            self.pictures = tuple(
                replace(one, status="used", reason="") if tried else one
                for one, tried in zip(self.pictures, again, strict=True)
            )
            self.write_dataset()

    def write_best(self, weights: files.Contents, predictions: bytes) -> None:
        """Keep the best epoch's network and its validation predictions."""
        self.replace(BEST, weights)
        self.replace(PREDICTIONS, predictions)

    def write_config(self, config: RunConfig) -> None:
        """Make ``config`` the run's recipe."""
        self._replace_text(CONFIG, json.dumps(config.to_data(), indent=2) + "\n")
        self.config = config

    def write_environment(self, values: Mapping[str, Any]) -> None:
        """Record what the numbers rest on: versions, device, threads, precision; and what is to
        be known of the dataset, so that a run that starts over says it again."""
        self.environment = {
            **self.environment,
            **values,
            "created": self.created,
            "folder": os.fsencode(self.folder).decode("utf-8", "surrogateescape"),
            "classes": list(self.classes),
            "notices": [asdict(one) for one in self.notices],
        }
        self._replace_text(ENVIRONMENT, json.dumps(self.environment, indent=2) + "\n")

    def mark_skipped(self, reasons: Mapping[str, str]) -> None:
        """Note in ``dataset.csv`` the pictures (path: code) that could not be used after all."""
        self.pictures = tuple(
            replace(one, status="skipped", reason=reasons[one.path]) if one.path in reasons else one
            for one in self.pictures
        )
        self.write_dataset()

    def write_dataset(self) -> None:
        """Replace ``dataset.csv`` by the present pictures."""
        self.replace(DATASET, run_images.write(self.pictures, self.classes))

    def replace(self, name: str, data: files.Contents) -> None:
        """Replace one file of the run by ``data``. Raises ``ThawError`` (write_failed)."""
        with telling("write_failed", self.directory / name):
            files.replace(self.directory / name, data)

    def _add_line(self, line: bytes, *, sync: bool) -> None:
        with telling("write_failed", self.directory / HISTORY):
            files.append_line(self.directory / HISTORY, line, sync=sync)

    def _replace_text(self, name: str, text: str) -> None:
        self.replace(name, text.encode("utf-8", "surrogateescape"))

    def _write_summary(self) -> None:
        self.replace(SUMMARY, self.summary.to_json())


@contextlib.contextmanager
def opened(directory: Path) -> Iterator[Run]:
    """The run in ``directory``, as it is when no other process can change it any more.

    Raises ``InputError`` as ``places.held`` and ``Run.open`` do.
    """
    with places.held(directory):
        run = Run.open(directory)
        with _marked(run):
            yield run


@contextlib.contextmanager
def held(run: Run) -> Iterator[None]:
    """``places.held`` for this run, unless whoever opened it holds it already."""
    if run.is_held:
        yield
        return
    with places.held(run.directory), _marked(run):
        yield


@contextlib.contextmanager
def _marked(run: Run) -> Iterator[None]:
    run.is_held = True
    try:
        yield
    finally:
        run.is_held = False


def extend(run: Run, epochs: int) -> None:
    """Give the last stage of ``run`` so many more epochs; training it again then does them.

    Raises ``InputError`` where the recipe cannot hold so many, another process uses the run or
    there is nothing to go on from, and ``ThawError`` (write_failed).
    """
    with held(run):
        current = Run.open(run.directory)
        if current.history.epochs and not any((run.directory / CHECKPOINTS).glob("[0-9]*.*")):
            raise InputError("run_without_checkpoint", path=run.directory)
        number = len(current.config.stages)
        # by the history: one that a crash cut short, which nobody was told of, gives way to this
        planned = current.history.planned or [one.epochs for one in current.config.stages]
        key = f"stages.{number - 1}.epochs"
        longer = recipes.changed(current.config, key, planned[-1] + epochs)
        # the recipe first: where a crash comes between the two, the next training sees that the
        # history knows of fewer epochs, and the other way round nothing would tell
        current.write_config(longer)
        if current.history.started is not None:  # else the recipe alone says how many there are
            current.append(RunExtended(number, epochs, current.history.totals[-1]))
        with contextlib.suppress(OSError):  # of an epoch that will not be the kept one any more
            (run.directory / places.stage_predictions(number)).unlink()
    run.config, run.history = current.config, current.history


def settle(run: Run) -> None:
    """Let the history know of an extension that a crash cut short."""
    if run.pending_epochs:
        before = run.history.totals[-1]
        run.append(RunExtended(len(run.config.stages), run.pending_epochs, before))
