"""The recordings that come with Thaw: whole, small, and without anything private."""

import json
import re
from pathlib import Path

import pytest

from core.dataset.sample.files import CLASSES
from core.experiments import replay as experiment_replay
from core.runs import replay as run_replay
from core.runs.events import EpochFinished
from core.runs.history import fold, read
from core.runs.places import HISTORY, SUMMARY
from core.runs.replay import TRANSFER, TWO_STAGES
from resources import LESSONS

MOST_BYTES = 1_000_000
FILES = sorted(one for one in LESSONS.rglob("*") if one.is_file())
RUNS = sorted(path.parent for path in LESSONS.rglob(HISTORY))


def test_all_of_it_is_small() -> None:
    assert 0 < sum(one.stat().st_size for one in FILES) < MOST_BYTES


@pytest.mark.parametrize("run", RUNS, ids=[one.name for one in RUNS])
def test_each_run_is_whole(run: Path) -> None:
    one = run_replay.read_recording(run)
    history = fold(one.timeline.events)
    assert history == read(run / HISTORY)
    assert history.started is not None
    assert set(history.started.classes) == set(CLASSES)
    assert history.finished is not None
    assert history.finished.outcome == "finished"
    assert len(history.epochs) == sum(history.planned)
    assert history.planned == tuple(stage.epochs for stage in one.recipe.stages)
    summary = json.loads((run / SUMMARY).read_bytes())
    assert history.best is not None
    assert summary["best"]["accuracy"] == history.best.validation.accuracy


def test_the_run_has_two_stages_and_shows_what_is_frozen() -> None:
    one = run_replay.read_recording(TWO_STAGES)
    assert one.is_lesson
    ends = [e for e in one.timeline.events if isinstance(e, EpochFinished)]
    assert {e.stage for e in ends} == {1, 2}
    for end in ends:
        frozen, last = end.block_changes[:4], end.block_changes[4]
        assert frozen == (0.0,) * 4
        assert (last > 0) == (end.stage == 2)
        assert end.memory > 0


def test_the_experiment_sets_transfer_against_scratch() -> None:
    one = experiment_replay.read(TRANSFER)
    names = {arm.name for arm in one.marks.arms}
    assert names == {"feature-extractor", "fine-tuned", "from-scratch"}
    assert all(len(arm.curves) == len(one.experiment.seeds) == 3 for arm in one.marks.arms)
    assert one.until(one.race.end("epochs"), "epochs") == one.marks


@pytest.mark.parametrize("file", FILES, ids=[str(one.relative_to(LESSONS)) for one in FILES])
def test_nothing_of_whoever_recorded_it_is_in_it(file: Path) -> None:
    words = file.read_text("utf-8")
    assert not re.search(r"/(home|root|tmp|work|Users)/|[A-Z]:\\\\", words)
    if file.suffix == ".json" and "folder" in (data := json.loads(words)):
        assert data["folder"] == "sample"
