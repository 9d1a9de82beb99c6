"""The list of 1,000 runs: from their summaries, and until the window shows it.

The reference reads each run whole, its recipe and its history, as a list without summaries would.
"""

import json
import os
import shutil
import tempfile
from pathlib import Path
from time import perf_counter

from benchmarks import Row
from core.dataset.summary import scan
from core.recipe import files as recipes
from core.runs import history
from core.runs import list as run_list
from core.runs.events import (
    BatchFinished,
    EpochFinished,
    RunFinished,
    RunStarted,
    Score,
    StageStarted,
)
from core.runs.places import CONFIG, HISTORY, SUMMARY
from core.runs.run import Run
from tests.support.pictures import draw_folder

RUNS, EPOCHS, BATCHES = 1000, 30, 12
SECONDS = 1.0


def run() -> list[Row]:
    """Seconds; the folder's files have been read before, and torch is not there."""
    with tempfile.TemporaryDirectory(prefix="thaw-bench-") as home:
        folder = Path(home) / "runs"
        make_runs(folder, RUNS)
        listed = min(_timed(lambda: run_list.of_folder(folder)) for _ in range(3))
        whole = _timed(lambda: _read_whole(folder))
        shown = min(_shown(folder, Path(home)) for _ in range(3))
    return [
        Row(
            f"{RUNS:,} runs listed, beside reading each one's recipe and history",
            listed,
            "s",
            f"<= {SECONDS:g} s",
            reference=whole,
            ratio=listed / whole,
            met=listed <= SECONDS,
        ),
        Row(
            "from the Compare page's first showing until they stand in it",
            shown,
            "s",
            f"<= {SECONDS:g} s",
            met=shown <= SECONDS,
        ),
    ]


def make_runs(folder: Path, count: int) -> None:
    """So many runs, of which every second one ended in another way, at other accuracies."""
    folder.mkdir(parents=True)
    first = _one(folder)
    summary = json.loads((first / SUMMARY).read_bytes())
    for number in range(1, count):
        place = folder / f"leaves-{number:04}"
        shutil.copytree(first, place)
        summary["state"] = ("finished", "stopped", "finished", "failed")[number % 4]
        summary["created"] = f"2026-{number % 12 + 1:02}-{number % 28 + 1:02}T10:00:00+00:00"
        summary["best"]["accuracy"] = (100 + number % 80) / 180
        (place / SUMMARY).write_text(json.dumps(summary))


def _one(folder: Path) -> Path:
    pictures = draw_folder(folder.parent / "leaves", 3, 6)
    run = Run.create(folder / "leaves-0000", recipes.load([], []), scan(pictures))
    run.append(RunStarted(run.classes, 9, 180, epochs=(20, 10), thawed=((), (5,))))
    for epoch in range(1, EPOCHS + 1):
        stage, number = (1, epoch) if epoch <= 20 else (2, epoch - 20)
        if number == 1:
            run.append(StageStarted(stage, 20 if stage == 1 else 10))
        for batch in range(1, BATCHES + 1):
            run.append(BatchFinished(stage, number, batch, BATCHES, 32, 1.0, 0.5))
        score = Score(1 / epoch, (100 + epoch) / 180, 180)
        run.append(EpochFinished(stage, number, score, score, seconds=4.0))
    run.append(RunFinished("finished", 2, 10, 130.0))
    return run.directory


def _read_whole(folder: Path) -> int:
    found = 0
    for entry in os.scandir(folder):
        recipes.make(recipes.read_file(Path(entry.path) / CONFIG))
        history.read(Path(entry.path) / HISTORY)
        found += 1
    return found


def _timed(work: object) -> float:
    started = perf_counter()
    assert callable(work)
    work()
    return perf_counter() - started


def _shown(folder: Path, home: Path) -> float:
    from PySide6.QtCore import QEventLoop

    from gui.compare.page import ComparePage
    from gui.session.session import Session
    from gui.session.settings import Settings
    from gui.shell import app as shell_app

    app = shell_app.make_application()
    settings = Settings(home / "settings")
    settings.runs_folder = folder
    session = Session(settings)
    page = ComparePage(session)
    page.resize(1080, 700)
    loop = QEventLoop()
    page.views["runs"].listed.connect(loop.quit)
    started = perf_counter()
    page.show()
    loop.exec()
    app.processEvents()
    page.grab()
    seconds = perf_counter() - started
    assert page.views["runs"].model.rowCount() == RUNS
    session.close()
    page.close()
    return seconds
