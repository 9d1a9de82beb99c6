"""A crash at every single write of a run: the run opens, goes on, and ends as if none had come."""

from pathlib import Path

import pytest

from core.runs.events import EpochFinished, RunResumed
from core.runs.run import Run
from core.training import train as training
from core.training.control import Control
from core.training.train import train
from tests.support.crashes import every_crash
from tests.support.pictures import draw_folder
from tests.support.resuming import same_result
from tests.support.training import new_run, small_recipe

# The smallest network there is, so that a hundred runs take seconds.
RECIPE = small_recipe(
    "model.weights=none",
    "model.depth=1",
    "dataset.test_fraction=0.25",
    'stages=[{"epochs":3,"keep":"accuracy"},{"epochs":1,"thawed":[1],"learning_rate":1e-3}]',
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw_folder(tmp_path_factory.mktemp("data") / "pictures", classes=2, per_class=4)


@pytest.fixture(autouse=True)
def _checkpoints_inside_epochs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "CHECKPOINT_SECONDS", 0)


def train_ending_stage_1(run: Run) -> None:
    """Train to the end; a person ends stage 1 with its second epoch."""
    control = Control()
    for event in train(run.config, run, control=control):
        done = isinstance(event, EpochFinished) and (event.stage, event.epoch) == (1, 1)
        if done or (isinstance(event, RunResumed) and (event.stage, event.epochs) == (1, 1)):
            control.next_stage()
    assert run.history.finished is not None
    assert run.history.finished.outcome == "finished", run.history.finished


@pytest.fixture(scope="module")
def whole(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    run = new_run(folder, tmp_path_factory.mktemp("runs") / "whole", RECIPE)
    train_ending_stage_1(run)
    ends = [(one.stage, one.epoch) for one in run.history.epochs]
    assert ends == [(1, 1), (1, 2), (2, 1)]
    return run


def test_a_crash_at_any_write_leaves_no_trace_in_the_result(
    folder: Path, tmp_path: Path, whole: Run
) -> None:
    run = new_run(folder, tmp_path / "run", RECIPE)
    with every_crash(run.directory, tmp_path / "crashes") as crashes:
        train_ending_stage_1(run)
    assert len(crashes.names) > 50
    for number, name in enumerate(crashes.names):
        train_ending_stage_1(Run.open(crashes[number]))
        try:
            same_result(crashes[number], whole.directory)
        except AssertionError as error:
            raise AssertionError(f"a crash before: {name}") from error
