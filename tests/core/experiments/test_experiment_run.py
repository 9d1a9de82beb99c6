"""A small experiment really run: stopped, killed, gone on with, always with the same figures."""

import contextlib
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

from core.common.messages import InputError
from core.dataset.summary import scan
from core.experiments import run as experiment_run
from core.experiments.experiment import PICTURES, Place, earlier
from core.experiments.marks import of_place
from core.experiments.run import (
    ArmBegun,
    ArmEnded,
    ExperimentEvent,
    ExperimentFinished,
    ExperimentProgress,
    RateChosen,
    RateSearched,
    Told,
)
from core.runs.events import BatchFinished, EpochFinished
from core.runs.run import Run
from core.training.control import Control
from core.training.rate_curve import RateTried
from tests.support import ROOT
from tests.support.experiments import SPEED, begun, figures, small_experiment
from tests.support.pictures import PictureFolder, draw_folder

ONE_SEED = (3,)


@pytest.fixture
def folder(picture_folder: PictureFolder) -> Path:
    return picture_folder(classes=2, per_class=10)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An experiment of one seed, run without an interruption, on pictures like ``folder``'s."""
    home = tmp_path_factory.mktemp("whole")
    place = begun(draw_folder(home / "pictures", 2, 10), home / "x", seeds=ONE_SEED)
    done(place)
    return place


def done(directory: Path) -> list[ExperimentEvent]:
    return list(experiment_run.run(directory, speed=SPEED))


def stopped_at(directory: Path, kind: type, told: type | None = None) -> list[ExperimentEvent]:
    """Ask for a stop when an event of ``kind`` first comes, or one that a run says."""
    control, events = Control(), list[ExperimentEvent]()
    for event in experiment_run.run(directory, control, SPEED):
        events.append(event)
        inner = event.event if isinstance(event, Told) else None
        if isinstance(event, kind) and (told is None or isinstance(inner, told)):
            control.stop.set()
    return events


def test_rates_are_chosen_then_every_seed_of_every_arm_is_trained(
    folder: Path, tmp_path: Path
) -> None:
    place = begun(folder, tmp_path / "x")
    events = done(place)
    assert events[-1] == ExperimentFinished("finished")
    kinds = [type(one) for one in events if isinstance(one, RateChosen | ArmBegun | ArmEnded)]
    assert kinds == [RateChosen] * 2 + [ArmBegun, ArmEnded] * 4
    tried = [one for one in events if isinstance(one, Told) and isinstance(one.event, RateTried)]
    assert {arm: sum(one.arm == arm for one in tried) for arm in ("frozen", "thawed")} == {
        "frozen": 6,
        "thawed": 6,
    }
    shares = [one.share for one in events if isinstance(one, ExperimentProgress)]
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1)
    experiment = Place(place).read()
    runs = {path.name: Run.open(path) for path in (place / "runs").iterdir()}
    assert set(runs) == {"frozen-0", "frozen-1", "thawed-0", "thawed-1"}
    for chosen in experiment.rates:
        assert runs[f"{chosen.arm}-1"].config.stages[0].learning_rate == chosen.rate
    tables = {path.read_bytes() for path in place.glob("runs/*/dataset.csv")}
    assert tables == {(place / PICTURES).read_bytes()}, "all have the same pictures"
    marks = of_place(Place(place), experiment)
    assert [len(one.curves) for one in marks.arms] == [2, 2]


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        (RateSearched, None),
        (Told, RateTried),
        (RateChosen, None),
        (ArmBegun, None),
        (Told, BatchFinished),
        (Told, EpochFinished),
        (ArmEnded, None),
    ],
)
def test_a_stop_is_heard_and_going_on_gives_the_same_figures(
    folder: Path, tmp_path: Path, whole: Path, kind: type, told: type | None
) -> None:
    cut = begun(folder, tmp_path / "cut", seeds=ONE_SEED)
    events = stopped_at(cut, kind, told)
    assert events[-1] == ExperimentFinished("stopped")
    assert done(cut)[-1] == ExperimentFinished("finished")
    assert figures(cut) == figures(whole)
    assert Place(cut).read().rates == Place(whole).read().rates


def test_a_run_that_goes_on_counts_the_epochs_that_it_had(folder: Path, tmp_path: Path) -> None:
    place = begun(folder, tmp_path / "x", seeds=(0,))
    (had,) = (
        one.event.validation.accuracy
        for one in stopped_at(place, Told, EpochFinished)
        if isinstance(one, Told) and isinstance(one.event, EpochFinished)
    )
    events = done(place)
    begins = [one for one in events if isinstance(one, ArmBegun)]
    assert [one.accuracies for one in begins] == [(had,), ()]
    shares = [one.share for one in events if isinstance(one, ExperimentProgress)]
    assert shares == sorted(shares)
    assert max(shares) == pytest.approx(1)


def test_a_generator_that_is_closed_leaves_all_as_a_stop_does(
    folder: Path, tmp_path: Path, whole: Path
) -> None:
    place = begun(folder, tmp_path / "x", seeds=ONE_SEED)
    with contextlib.closing(experiment_run.run(place, speed=SPEED)) as events:
        for event in events:
            if isinstance(event, Told) and isinstance(event.event, EpochFinished):
                break
    done(place)
    assert figures(place) == figures(whole)


KILLED = """
import os, sys
from pathlib import Path
from core.experiments import run as experiment_run
from tests.support.experiments import SPEED
left = int(sys.argv[2])
for event in experiment_run.run(Path(sys.argv[1]), speed=SPEED):
    left -= 1
    if not left:
        os.kill(os.getpid(), 9)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is POSIX's")
def test_after_kill_9_the_figures_are_the_same(folder: Path, tmp_path: Path, whole: Path) -> None:
    cut = begun(folder, tmp_path / "cut", seeds=ONE_SEED)
    command = [sys.executable, "-c", KILLED, str(cut), "40"]
    assert subprocess.run(command, cwd=ROOT, check=False).returncode == -9
    assert len(list((cut / "runs").iterdir())) == 1, "it was killed inside a run"
    assert done(cut)[-1] == ExperimentFinished("finished")
    assert figures(cut) == figures(whole)


def test_what_is_done_is_not_done_again(whole: Path) -> None:
    again = done(whole)
    assert [type(one).__name__ for one in again] == ["ExperimentStarted", "ExperimentFinished"]


def test_a_folder_that_a_crash_left_half_made_is_made_anew(folder: Path, tmp_path: Path) -> None:
    place = begun(folder, tmp_path / "x", seeds=(0,))
    half = place / "runs" / "frozen-0"
    half.mkdir(parents=True)
    (half / "history.jsonl").write_text("")
    assert done(place)[-1] == ExperimentFinished("finished")


def test_arms_learn_from_their_share_and_validate_on_the_same(folder: Path, tmp_path: Path) -> None:
    experiment = small_experiment(folder, seeds=(0,), finder_steps=0)
    frozen, few = experiment.arms
    dataset = few.recipe.dataset.model_copy(update={"train_fraction": 0.25})
    few = few.model_copy(update={"recipe": few.recipe.model_copy(update={"dataset": dataset})})
    place = begun(folder, tmp_path / "x", seeds=(0,), finder_steps=0, arms=(frozen, few))
    events = done(place)
    assert not any(isinstance(one, RateChosen) for one in events), "the recipes' own rates"
    whole, less = (Run.open(place / "runs" / name) for name in ("frozen-0", "thawed-0"))
    assert [len(one.used("train")) for one in (whole, less)] == [16, 4]
    assert whole.used("validation") == less.used("validation")
    unused = [one for one in less.pictures if one.status == "unused"]
    assert {one.reason for one in unused} == {"train_fraction"}
    assert len(unused) == 12


def test_arms_must_divide_their_pictures_alike(folder: Path) -> None:
    experiment = small_experiment(folder)
    first, second = experiment.arms
    dataset = second.recipe.dataset.model_copy(update={"split_seed": 1})
    recipe = second.recipe.model_copy(update={"dataset": dataset})
    with pytest.raises(ValidationError) as caught:
        small_experiment(folder, arms=(first, second.model_copy(update={"recipe": recipe})))
    assert caught.value.errors()[0]["ctx"]["at"] == "arms.1.recipe.dataset.split_seed"


def test_an_experiment_is_found_again(folder: Path, tmp_path: Path) -> None:
    place = begun(folder, tmp_path / "experiments" / "x")
    (tmp_path / "experiments" / "damaged").mkdir()
    (tmp_path / "experiments" / "damaged" / "experiment.json").write_text("{")
    assert [one for one, _ in earlier(tmp_path / "experiments")] == [place]
    with pytest.raises(InputError, match="already holds"):
        begun(folder, place)
    with pytest.raises(InputError, match="no experiment"):
        Place(tmp_path).read()
    with pytest.raises(InputError, match="no experiment"):
        list(experiment_run.run(tmp_path, speed=SPEED))


def test_any_name_of_a_folder_is_kept(folder: Path, tmp_path: Path) -> None:
    named = {"folder": "pictures\udcff", "classes": ("a\udcfe", "b")}
    experiment = small_experiment(folder).model_copy(update=named)
    Place(tmp_path / "x").begin(experiment, [])
    assert Place(tmp_path / "x").read() == experiment


def test_nothing_is_written_where_nothing_can_be_trained(
    picture_folder: PictureFolder, tmp_path: Path
) -> None:
    folder = picture_folder(classes=2, per_class=1)
    with pytest.raises(InputError, match="validation"):
        experiment_run.begin(tmp_path / "x", small_experiment(folder), scan(folder))
    assert not (tmp_path / "x").exists()
