"""Training: what keeping the frozen features saves, and how fast a stop is heard."""

import tempfile
import threading
from contextlib import AbstractContextManager
from pathlib import Path
from statistics import median
from time import perf_counter
from unittest import mock

from benchmarks import Row
from core.compute.cache import budget as cache_budget
from core.compute.features import source as feature_source
from core.dataset import sample as sample_files
from core.dataset.summary import scan
from core.recipe import files as recipes
from core.recipe.config import RunConfig
from core.runs.events import BatchFinished, CacheProgress, EpochFinished, Event, StageStarted
from core.runs.run import Run
from core.training.train import train

PICTURES_PER_CLASS = 12  # 96 pictures: enough for a pace, few enough to wait for
EPOCHS = 20
SAVING = 15.0
LONGEST_STOP = 1.0
STOPS = 4


def run() -> list[Row]:
    """All at 224 px, on part of the sample dataset."""
    with tempfile.TemporaryDirectory(prefix="thaw-bench-") as place:
        folder = Path(place) / "signs"
        sample_files.write(folder, per_class=PICTURES_PER_CLASS)
        return [*_savings(folder, Path(place)), *_stops(folder, Path(place))]


def _savings(folder: Path, place: Path) -> list[Row]:
    recipe = _recipe('stages=[{"epochs":4}]')
    kept = _epoch_seconds(folder, place / "kept", recipe)
    with (
        mock.patch.object(feature_source, "memory_budget", return_value=0),
        mock.patch.object(cache_budget, "budget", return_value=0),
    ):
        again = _epoch_seconds(folder, place / "again", recipe)
    ours = kept[0] + (EPOCHS - 1) * median(kept[1:])
    reference = EPOCHS * median(again)
    ratio = reference / ours
    return [
        Row(
            f"{EPOCHS} epochs of the head, beside the backbone again each epoch",
            ours,
            "s",
            f">= {SAVING:g}",
            reference,
            ratio,
            ratio >= SAVING,
        ),
        Row("an epoch of the head after the first", 1000 * median(kept[1:]), "ms", "reported"),
    ]


def _epoch_seconds(folder: Path, directory: Path, recipe: RunConfig) -> list[float]:
    run = Run.create(directory, recipe, scan(folder))
    with _nothing_kept(directory):
        return [event.seconds for event in train(recipe, run) if isinstance(event, EpochFinished)]


def _nothing_kept(directory: Path) -> AbstractContextManager[object]:
    """A run that finds nothing on disk of the runs before, nor leaves anything."""
    return mock.patch.object(cache_budget, "root", return_value=directory.with_suffix(".kept"))


def _stops(folder: Path, place: Path) -> list[Row]:
    everything = _recipe('stages=[{"epochs":2,"thawed":[1,2,3,4,5]}]', "batch_size=32")
    features, thawed = _recipe(), "everything thawed"
    return [
        _stop_row(
            f"{thawed}, before its first step", folder, place / "all", everything, StageStarted
        ),
        _stop_row(
            f"{thawed}, in its second batch", folder, place / "batch", everything, BatchFinished
        ),
        _stop_row("in the features' pass", folder, place / "pass", features, CacheProgress),
    ]


def _stop_row(what: str, folder: Path, place: Path, recipe: RunConfig, after: type[Event]) -> Row:
    """The longest of some stops, set from another thread at different moments after an event."""
    seconds = [
        _stop(folder, place / str(number), recipe, after, 0.4 + 0.37 * number)
        for number in range(STOPS)
    ]
    worst = max(seconds)
    return Row(
        f"stop, {what}: the longest of {STOPS}",
        worst,
        "s",
        f"<= {LONGEST_STOP:g} s",
        met=worst <= LONGEST_STOP,
    )


def _stop(
    folder: Path, directory: Path, recipe: RunConfig, after: type[Event], delay: float
) -> float:
    """Seconds from the asking to the end, what is kept of the run included."""
    run, stop = Run.create(directory, recipe, scan(folder)), threading.Event()
    asked: list[float] = []

    def ask() -> None:
        asked.append(perf_counter())
        stop.set()

    timer: threading.Timer | None = None
    with _nothing_kept(directory):
        for event in train(recipe, run, stop):
            if isinstance(event, after) and timer is None:
                timer = threading.Timer(delay, ask)
                timer.start()
    ended = perf_counter()
    assert timer is not None
    timer.cancel()
    timer.join()
    assert asked, "the training ended before it was to be stopped"
    return ended - asked[0]


def _recipe(*settings: str) -> RunConfig:
    return recipes.load([], settings)
