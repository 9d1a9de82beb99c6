"""Trains what Thaw's lessons play back, and keeps what a replay needs of it.

``python -m tools.record_lessons FOLDER`` trains in FOLDER, for some minutes to an hour, and
replaces ``resources/lessons``; what FOLDER holds already is not trained again.
"""

import argparse
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from core.cli import main as cli
from core.cli.options import OK
from core.runs import replay as run_replay
from core.runs.events import BatchFinished, Event, to_json
from core.runs.places import CONFIG, ENVIRONMENT, HISTORY, SUMMARY
from core.runs.replay import TRANSFER, TWO_STAGES

EXPERIMENT, RUNS = "experiment.json", "runs"
SAMPLE = "sample"  # in place of the folder in which it was


def train(folder: Path) -> None:
    """Copy the sample into ``folder`` and train what is missing there."""
    sample = str(folder / SAMPLE)
    commands = {
        SAMPLE: ["sample", sample],
        TWO_STAGES.name: [
            *("train", sample, "--run", str(folder / TWO_STAGES.name)),
            *("--set", "dataset.image_size=64", "--set", "threads=1"),
        ],
        TRANSFER.name: [
            *("experiment", sample, "--out", str(folder / TRANSFER.name), "--kind", "transfer"),
            *("--size", "64", "--seeds", "3", "--epochs", "10", "--set", "threads=1"),
            *("--set", "dataset.train_fraction=0.5"),
        ],
    }
    for name, command in commands.items():
        if not (folder / name).exists() and cli.main(command) != OK:
            raise SystemExit(f"{' '.join(command)} failed")


def keep(folder: Path) -> None:
    """Take from ``folder`` what is played."""
    _keep_run(folder / TWO_STAGES.name, TWO_STAGES, lambda event: event)
    shutil.rmtree(TRANSFER, ignore_errors=True)
    TRANSFER.mkdir(parents=True)
    _keep_json(folder / TRANSFER.name / EXPERIMENT, TRANSFER / EXPERIMENT)
    for run in sorted((folder / TRANSFER.name / RUNS).iterdir()):
        _keep_run(run, TRANSFER / RUNS / run.name, without_pictures)


def _keep_run(run: Path, place: Path, change: Callable[[Event], Event]) -> None:
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    for name in (CONFIG, SUMMARY, ENVIRONMENT):
        _keep_json(run / name, place / name)
    events = run_replay.read(run / HISTORY).events
    lines = "".join(to_json(change(event)) + "\n" for event in events)
    (place / HISTORY).write_text(lines, "utf-8", newline="\n")


def _keep_json(file: Path, place: Path) -> None:
    data = json.loads(file.read_bytes())
    if "folder" in data:
        data["folder"] = SAMPLE
    place.write_text(json.dumps(data, indent=2) + "\n", "utf-8", newline="\n")


def without_pictures(event: Event) -> Event:
    """Nobody sees which pictures a batch of an experiment held; they are most of its size."""
    return replace(event, pictures=()) if isinstance(event, BatchFinished) else event


def main() -> None:
    """Train, and keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="where to train, or where was trained")
    folder: Path = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    train(folder)
    keep(folder)


if __name__ == "__main__":
    main()
