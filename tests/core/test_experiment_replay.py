"""An experiment plays back: curves until any moment, and all of its marks at the end."""

from pathlib import Path

import pytest

from core import experiment_replay
from core.events import EpochFinished, Event, RunFinished, RunStarted, Score, to_json
from core.experiment import Arm, Experiment, Place
from core.messages import InputError
from core.run_places import HISTORY
from tests.training import small_recipe

CURVES = {
    "frozen": [(0.5, 0.6, 0.7), (0.4, 0.6, 0.8)],
    "thawed": [(0.2, 0.3, 0.9), (0.1, 0.5, 0.9)],
}
SECONDS = {"frozen": 1.0, "thawed": 10.0}


def told(curve: tuple[float, ...], seconds: float, outcome: str = "finished") -> list[Event]:
    score = Score(0.5, 0.5, 100)
    return [
        RunStarted(majority=0.1, epochs=(len(curve),)),
        *(
            EpochFinished(1, number, score, Score(0.5, one, 100), seconds)
            for number, one in enumerate(curve, start=1)
        ),
        RunFinished(outcome),  # type: ignore[arg-type]
    ]


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """Two arms, of which the second takes ten times as long, two seeds each."""
    recipe = small_recipe()
    experiment = Experiment(
        folder="sample",
        classes=("a", "b"),
        created="2026-01-01T00:00:00+00:00",
        arms=tuple(Arm(name=name, recipe=recipe) for name in CURVES),
        pairs=(("frozen", "thawed"),),
        seeds=(0, 1),
    )
    place = Place(tmp_path)
    place.write(experiment)
    for name, curves in CURVES.items():
        for seed, curve in enumerate(curves):
            place.run(name, seed).mkdir(parents=True)
            write(place.run(name, seed), told(curve, SECONDS[name]))
    return tmp_path


def write(run: Path, events: list[Event]) -> None:
    (run / HISTORY).write_text("".join(to_json(one) + "\n" for one in events), "utf-8")


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
    write(Place(directory).run("thawed", 1), told(CURVES["thawed"][1], 10.0, "stopped"))
    read = experiment_replay.read(directory)
    assert len(read.lines["thawed"]) == 1
    assert len(read.until(1.0, "epochs").arms[1].curves) == 1


def test_an_experiment_without_a_finished_run_is_refused(directory: Path) -> None:
    for name, curves in CURVES.items():
        for seed, curve in enumerate(curves):
            write(Place(directory).run(name, seed), told(curve, 1.0, "stopped"))
    with pytest.raises(InputError) as error:
        experiment_replay.read(directory)
    assert error.value.code == "experiment_unreadable"


def test_a_damaged_history_is_refused(directory: Path) -> None:
    (Place(directory).run("frozen", 0) / HISTORY).write_text("{}{\n{}\n")
    with pytest.raises(InputError) as error:
        experiment_replay.read(directory)
    assert error.value.code == "experiment_unreadable"
