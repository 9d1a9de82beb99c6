"""An experiment plays back: curves until any moment, and all of its marks at the end."""

import shutil
from pathlib import Path

import pytest

from core.common.messages import InputError
from core.experiments import replay as experiment_replay
from core.experiments.experiment import Place
from core.runs.places import HISTORY
from tests.support.made_experiments import CURVES, made_experiment, told_by, write_run


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return made_experiment(tmp_path)


def test_all_arms_grow_together_by_epochs(directory: Path) -> None:
    read = experiment_replay.read(directory)
    marks = read.until(2.0, "epochs")
    assert [arm.curves for arm in marks.arms] == [
        ((0.5, 0.6), (0.4, 0.6)),
        ((0.2, 0.3), (0.1, 0.5)),
    ]
    assert not marks.pairs  # nothing is told of what has not ended


def test_by_time_the_quicker_arm_is_ahead(directory: Path) -> None:
    read = experiment_replay.read(directory)
    frozen, thawed = read.until(10.0, "seconds").arms
    assert [len(one) for one in frozen.curves] == [3, 3]
    assert [len(one) for one in thawed.curves] == [1, 1]
    assert read.race.end("seconds") == 30.0


def test_at_the_end_all_is_told(directory: Path) -> None:
    read = experiment_replay.read(directory)
    assert read.until(3.0, "epochs") is read.marks
    assert read.marks.pairs
    assert read.epochs == 3


def test_a_place_stays_the_same_at_another_pace(directory: Path) -> None:
    race = experiment_replay.read(directory).race
    assert race.moved(1.0, "epochs", "seconds") == 10.0
    assert race.moved(10.0, "seconds", "epochs") == 1.0
    assert race.stages("epochs") == ()


def test_runs_that_did_not_finish_do_not_play(directory: Path) -> None:
    write_run(Place(directory).run("thawed", 1), told_by(CURVES["thawed"][1], 10.0, "stopped"))
    read = experiment_replay.read(directory)
    assert len(read.lines["thawed"]) == 1
    assert len(read.until(1.0, "epochs").arms[1].curves) == 1


def test_an_experiment_without_a_finished_run_is_refused(directory: Path) -> None:
    for name, curves in CURVES.items():
        for seed, curve in enumerate(curves):
            write_run(Place(directory).run(name, seed), told_by(curve, 1.0, "stopped"))
    with pytest.raises(InputError) as error:
        experiment_replay.read(directory)
    assert error.value.code == "experiment_unplayable"


def test_runs_that_were_never_begun_are_left_out(directory: Path) -> None:
    for name in CURVES:
        shutil.rmtree(Place(directory).run(name, 1))
    read = experiment_replay.read(directory)
    assert [len(one.curves) for one in read.marks.arms] == [1, 1]


def test_a_damaged_history_is_refused(directory: Path) -> None:
    (Place(directory).run("frozen", 0) / HISTORY).write_text("{}{\n{}\n")
    with pytest.raises(InputError) as error:
        experiment_replay.read(directory)
    assert error.value.code == "experiment_unreadable"
