"""Experiments: the ready-made ones, their budget, really run, stopped, killed, played back."""

import contextlib
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from core.common.messages import SENTENCES, InputError, ThawError
from core.dataset.summary import scan
from core.experiments import export as experiment_export
from core.experiments import run as experiment_run
from core.experiments.experiment import PICTURES, Arm, ChosenRate, Experiment, Place, earlier
from core.experiments.kinds import KINDS, expected, fitted, made
from core.experiments.marks import Marks, of_histories, of_place, read_recording
from core.experiments.run import (
    ArmBegun,
    ArmEnded,
    ExperimentEvent,
    ExperimentFinished,
    ExperimentProgress,
    ExperimentStarted,
    Progress,
    RateSearched,
    Told,
    done_runs,
)
from core.recipe import files as recipes
from core.recipe.config import RunConfig, StageConfig
from core.recipe.presets import preset
from core.runs.events import BatchFinished, EpochFinished, RunFinished, Score
from core.runs.places import HISTORY
from core.runs.run import Run
from core.training.control import Control
from core.training.rate_curve import RateTried
from core.training.rates import planned
from tests.support import ROOT
from tests.support.experiments import (
    CURVES,
    HIGH,
    LOW,
    SPEED,
    begun,
    figures,
    history,
    made_experiment,
    recorded,
    small_experiment,
)
from tests.support.histories import events, write
from tests.support.pictures import draw_folder
from tests.support.runs import read_csv
from tests.support.training import small_recipe


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two classes of ten images, which no test changes."""
    return draw_folder(tmp_path_factory.mktemp("experiments") / "images", 2, 10)


# -- the ready-made ones --------------------------------------------------------------------


def arms(kind: str, *settings: str, epochs: int = 9) -> dict[str, Arm]:
    made = KINDS[kind].arms(small_recipe(*settings), epochs)
    return {one.name: one for one in made}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_fair_and_has_words(kind: str) -> None:
    made = arms(kind, "model.weights=none" if kind == "tuning" else "seed=3")
    for one in made.values():
        again = recipes.make(one.recipe.to_data())
        assert again == one.recipe, "a recipe that a person could write"
        assert sum(stage.epochs for stage in one.recipe.stages) == 9
        assert one.recipe.dataset.image_size == 32
        assert f"experiment_arm_{one.name}" in SENTENCES
    pairs, about = KINDS[kind].pairs, {"folder": "images", "classes": ("a", "b"), "created": ""}
    assert {name for pair in pairs for name in pair} <= set(made)
    assert {f"experiment_{kind}", f"experiment_{kind}_about"} <= set(SENTENCES)
    Experiment(kind=kind, arms=tuple(made.values()), pairs=pairs, seeds=(0,), **about)


def test_a_head_without_a_gradient_is_refused_and_not_exchanged(folder: Path) -> None:
    nearest = recipes.changed(RunConfig(), "model.head.kind", "nearest-mean")
    with pytest.raises(InputError) as error:
        made("tuning", nearest, scan(folder), 3, 9)
    assert error.value.code == "experiment_without_gradient"


def test_transfer_sets_pretrained_against_random_weights() -> None:
    features, tuned, scratch = (one.recipe for one in arms("transfer").values())
    names = ["feature-extractor", "fine-tune-all", "from-scratch"]
    assert [preset(one) for one in (features, tuned, scratch)] == names
    assert (scratch.model.weights, scratch.stages[0].backbone_factor) == ("none", 1)
    assert [stage.epochs for stage in tuned.stages] == [6, 3]


def test_augmentation_is_shown_on_all_pictures_and_on_a_tenth() -> None:
    made = arms("augmentation")
    assert [one.recipe.dataset.train_fraction for one in made.values()] == [1, 1, 0.1, 0.1]
    assert [one.recipe.augmentation.is_identity for one in made.values()] == [False, True] * 2
    assert made["plain-tenth"].rates_of == "augmented-tenth"
    own = arms("augmentation", "augmentation.rotation=7")["augmented-all"].recipe.augmentation
    assert own.rotation == (-7, 7), "what a person chose is what is tried"
    assert own.scale == (1, 1)


def test_two_arms_differ_only_in_the_backbones_rate_or_only_in_the_first_stage() -> None:
    small, large = arms("convnet-rate").values()
    default = StageConfig().backbone_factor
    assert [one.recipe.stages[1].backbone_factor for one in (small, large)] == [default, 1.0]
    assert large.rates_of == "small-rate"
    frozen, thawed = (one.recipe.stages for one in arms("first-stage").values())
    assert frozen[1] == thawed[1]
    assert (frozen[0].thawed, thawed[0].thawed) == ((), (1, 2, 3, 4, 5))
    assert arms("first-stage")["thawed-first"].rates_of == "frozen-first"
    assert planned(frozen[0]) == planned(thawed[0]), "the schedule of the head alone"
    assert frozen[0].dropped_features == thawed[0].dropped_features


def test_random_weights_have_a_rate_that_they_bear_where_none_is_found() -> None:
    for optimizer, rate in (("adamw", 1e-4), ("adam", 1e-4), ("sgd", None)):
        made = arms("transfer", f"stages.0.optimizer={optimizer}")["from-scratch"]
        assert made.recipe.stages[0].learning_rate == rate


def test_a_short_fine_tuning_leaves_epochs_for_an_end_level() -> None:
    for epochs, stages in ((4, [2, 2]), (6, [3, 3]), (10, [7, 3])):
        made = arms("tuning", epochs=epochs)["fine-tuned"].recipe
        assert [one.epochs for one in made.stages] == stages


# -- what fits into some minutes ------------------------------------------------------------

COUNTS = 384, 96, 0


def config(size: int = 224) -> RunConfig:
    return recipes.load([], [f"dataset.image_size={size}"])


@settings(max_examples=8)
@given(minutes=st.floats(0.5, 600))
def test_what_fits_is_within_the_minutes(minutes: float) -> None:
    fit = fitted("transfer", config(), minutes, SPEED, COUNTS)
    assert fit.fits == (fit.seconds <= minutes * 60)
    if not fit.fits:
        assert (fit.size, fit.seeds, fit.epochs) == (32, 1, 4), "the smallest there is"


def test_more_minutes_give_larger_images_up_to_the_recipes_and_what_a_person_gives_stays() -> None:
    sizes = [fitted("transfer", config(), minutes, SPEED, COUNTS).size for minutes in (10, 60, 600)]
    assert sizes == sorted(sizes)
    assert sizes[0] < sizes[-1]
    assert fitted("flip", config(64), 100_000, SPEED, COUNTS).size == 64
    fit = fitted("transfer", config(), 1, SPEED, COUNTS, size=96, seeds=4, epochs=7)
    assert (fit.size, fit.seeds, fit.epochs) == (96, 4, 7)
    assert not fit.fits
    assert fit.seconds > 60


def test_the_finder_and_every_seed_count() -> None:
    arms = KINDS["convnet-rate"].arms(config(32), 6)
    found = expected(arms, (7, 8, 9), SPEED, COUNTS, 60)
    names = [one.name for one in arms]
    runs = [(name, seed) for name in names for seed in (7, 8, 9)]
    assert set(found) == {(names[0], None), *runs}, "the second takes the rates of the first"
    assert found[names[0], 8] < found[names[0], 7], "frozen blocks' outputs are there by then"
    assert found[names[0], 8] == found[names[0], 9]
    assert set(expected(arms, (7, 8, 9), SPEED, COUNTS, 0)) == set(runs)


# -- really run -----------------------------------------------------------------------------


def done(directory: Path) -> list[ExperimentEvent]:
    return list(experiment_run.run(directory, speed=SPEED))


@pytest.fixture(scope="module")
def whole(folder: Path) -> tuple[Path, list[ExperimentEvent]]:
    """An experiment that was run without an interruption, and its events."""
    place = begun(folder, folder.parent / "whole")
    return place, done(place)


def stopped_at(directory: Path, kind: type, told: type | None = None) -> list[ExperimentEvent]:
    """Ask for a stop when an event of ``kind`` first comes, or one that a run says."""
    control, events = Control(), list[ExperimentEvent]()
    for event in experiment_run.run(directory, control, SPEED):
        events.append(event)
        inner = event.event if isinstance(event, Told) else None
        if isinstance(event, kind) and (told is None or isinstance(inner, told)):
            control.stop.set()
    return events


def shares_of(events: list[ExperimentEvent]) -> list[float]:
    shares = [one.share for one in events if isinstance(one, ExperimentProgress)]
    assert shares == sorted(shares)
    return shares


def test_rates_are_chosen_then_every_seed_of_every_arm_is_trained(
    whole: tuple[Path, list[ExperimentEvent]],
) -> None:
    place, events = whole
    assert events[-1] == ExperimentFinished("finished")
    kinds = [type(one) for one in events if isinstance(one, ChosenRate | ArmBegun | ArmEnded)]
    assert kinds == [ChosenRate] * 2 + [ArmBegun, ArmEnded] * 4
    tried = [one for one in events if isinstance(one, Told) and isinstance(one.event, RateTried)]
    assert [one.arm for one in tried] == ["frozen"] * 6 + ["thawed"] * 6
    assert shares_of(events)[-1] == pytest.approx(1)
    experiment = Place(place).read()
    runs = {path.name: Run.open(path) for path in (place / "runs").iterdir()}
    assert set(runs) == {"frozen-0", "frozen-1", "thawed-0", "thawed-1"}
    for chosen in experiment.rates:
        assert runs[f"{chosen.arm}-1"].config.stages[0].learning_rate == chosen.rate
    tables = {path.read_bytes() for path in place.glob("runs/*/dataset.csv")}
    assert tables == {(place / PICTURES).read_bytes()}, "all have the same pictures"
    marks = of_place(Place(place), experiment)
    assert [len(one.curves) for one in marks.arms] == [2, 2]
    kinds = [type(one) for one in done(place)]
    assert kinds == [ExperimentStarted, ExperimentFinished], "what is done is not done again"


def test_a_stop_is_heard_anywhere_and_going_on_gives_the_same_figures(
    folder: Path, tmp_path: Path, whole: tuple[Path, list[ExperimentEvent]]
) -> None:
    cut = begun(folder, tmp_path / "cut")
    had: list[float] = []
    for kind, told, runs in (
        (RateSearched, None, 0),
        (Told, RateTried, 0),
        (ChosenRate, None, 0),
        (ArmBegun, None, 1),
        (Told, BatchFinished, 1),
        (Told, EpochFinished, 1),
        (ArmEnded, None, 2),
    ):
        events = stopped_at(cut, kind, told)
        assert events[-1] == ExperimentFinished("stopped"), kind
        assert len(list(cut.glob("runs/*"))) == runs
        assert max(shares_of(events), default=0) < 1
        # a run that goes on counts the epochs that it had
        begins = [one for one in events if isinstance(one, ArmBegun)]
        assert [one.accuracies for one in begins] == [tuple(had)] * bool(runs)
        had += [
            one.event.validation.accuracy
            for one in events
            if isinstance(one, Told) and isinstance(one.event, EpochFinished)
        ]
    # one that is closed leaves all as a stop does
    with contextlib.closing(experiment_run.run(cut, speed=SPEED)) as running:
        for event in running:
            if isinstance(event, Told) and isinstance(event.event, EpochFinished):
                break
    events = done(cut)
    assert events[-1] == ExperimentFinished("finished")
    assert max(shares_of(events)) == pytest.approx(1)
    assert figures(cut) == figures(whole[0])
    assert Place(cut).read().rates == Place(whole[0]).read().rates


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
def test_after_kill_9_the_figures_are_the_same(
    folder: Path, tmp_path: Path, whole: tuple[Path, list[ExperimentEvent]]
) -> None:
    cut = begun(folder, tmp_path / "cut")
    command = [sys.executable, "-c", KILLED, str(cut), "32"]
    assert subprocess.run(command, cwd=ROOT, check=False).returncode == -9
    assert len(list((cut / "runs").iterdir())) == 1, "it was killed inside a run"
    assert done(cut)[-1] == ExperimentFinished("finished")
    assert figures(cut) == figures(whole[0])


def test_arms_learn_from_their_share_and_validate_on_the_same(folder: Path, tmp_path: Path) -> None:
    experiment = small_experiment(folder, seeds=(0,), finder_steps=0)
    frozen, few = experiment.arms
    recipe = recipes.changed(few.recipe, "dataset.train_fraction", 0.25)
    few = few.model_copy(update={"recipe": recipe})
    place = begun(folder, tmp_path / "x", seeds=(0,), finder_steps=0, arms=(frozen, few))
    half = place / "runs" / "frozen-0"  # as a crash leaves it
    half.mkdir(parents=True)
    (half / "history.jsonl").write_text("")
    events = done(place)
    assert events[-1] == ExperimentFinished("finished")
    assert not any(isinstance(one, ChosenRate) for one in events), "the recipes' own rates"
    whole, less = (Run.open(place / "runs" / name) for name in ("frozen-0", "thawed-0"))
    assert [len(one.used("train")) for one in (whole, less)] == [16, 4]
    assert whole.used("validation") == less.used("validation")
    unused = [one for one in less.pictures if one.status == "unused"]
    assert {one.reason for one in unused} == {"train_fraction"}
    assert len(unused) == 12


def test_arms_must_divide_their_images_alike(folder: Path) -> None:
    first, second = small_experiment(folder).arms
    recipe = recipes.changed(second.recipe, "dataset.split_seed", 1)
    with pytest.raises(ValidationError) as caught:
        small_experiment(folder, arms=(first, second.model_copy(update={"recipe": recipe})))
    assert caught.value.errors()[0]["ctx"]["at"] == "arms.1.recipe.dataset.split_seed"


def test_an_experiment_is_found_again_and_begins_where_it_can_be_trained(
    folder: Path, tmp_path: Path
) -> None:
    place = begun(folder, tmp_path / "experiments" / "x")
    (tmp_path / "experiments" / "damaged").mkdir()
    (tmp_path / "experiments" / "damaged" / "experiment.json").write_text("{")
    assert [one for one, _ in earlier(tmp_path / "experiments")] == [place]
    few = draw_folder(tmp_path / "few", 2, 1)
    for refused, code in (
        (lambda: begun(folder, place), "experiment_exists"),
        (Place(tmp_path).read, "experiment_missing"),
        (lambda: done(tmp_path), "experiment_missing"),
        (lambda: begun(few, tmp_path / "new"), "no_validation_pictures"),
    ):
        with pytest.raises(InputError) as error:
            refused()
        assert error.value.code == code
    assert not (tmp_path / "new").exists()
    named = {"folder": "pictures\udcff", "classes": ("a\udcfe", "b")}
    experiment = small_experiment(folder).model_copy(update=named)
    Place(tmp_path / "new").begin(experiment, [])
    assert Place(tmp_path / "new").read() == experiment, "any name of a folder is kept"


# -- how far it is --------------------------------------------------------------------------


def pieces(place: Place, seconds: float) -> dict[tuple[str, int | None], float]:
    """So many seconds for each search and each run."""
    experiment = place.read()
    searches = [None] if experiment.finder_steps else []
    return {
        (arm.name, seed): seconds
        for arm in experiment.arms
        for seed in (*searches, *experiment.seeds)
    }


@pytest.fixture
def place(folder: Path, tmp_path: Path) -> Place:
    """Of two arms with three seeds, all were run; they need no rates."""
    curves = [one[:2] for one in HIGH]  # as many epochs as the recipes have
    place = Place(recorded(folder, tmp_path / "x", {"frozen": curves, "thawed": curves}))
    place.write(place.read().model_copy(update={"finder_steps": 0}))
    return place


def test_a_seed_that_diverged_is_done_but_not_one_that_failed_otherwise(place: Place) -> None:
    Run.open(place.run("thawed", 2)).append(RunFinished("failed", code="not_finite"))
    assert done_runs(place.directory, place.read()) == 6
    progress = Progress(place, place.read(), pieces(place, 10.0))
    assert (progress.runs_done, progress.seconds_left) == (6, 0)
    Run.open(place.run("thawed", 2)).append(RunFinished("failed", code="write_failed"))
    assert done_runs(place.directory, place.read()) == 5


def test_a_quick_first_piece_is_not_taken_for_the_pace_of_the_rest(
    folder: Path, tmp_path: Path
) -> None:
    place = Place(recorded(folder, tmp_path / "x", {"frozen": [], "thawed": [*LOW]}))
    progress = Progress(place, place.read(), pieces(place, 100.0))
    before = progress.seconds_left
    share, left = progress.after(ChosenRate(arm="frozen", stage=1, rate=0.01))
    assert share > 0
    assert before / 3 < left < before - 100


def test_epochs_that_come_again_after_a_crash_count_once(folder: Path, tmp_path: Path) -> None:
    place = Place(begun(folder, tmp_path / "x"))
    assert done_runs(place.directory, place.read()) == 0
    expected = pieces(place, 10.0)
    progress = Progress(place, place.read(), expected)
    for epoch in (1, 2, 1):
        told = EpochFinished(1, epoch, Score(1.0, 0.5, 8), Score(1.0, 0.5, 4), seconds=1.0)
        share, _ = progress.after(Told("frozen", 0, told))
    assert share == pytest.approx(10 / 2 / sum(expected.values()))


# -- played back ----------------------------------------------------------------------------


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return made_experiment(tmp_path)


def stop(directory: Path, arm: str, seed: int) -> None:
    write(Place(directory).run(arm, seed), events(CURVES[arm][seed], outcome="stopped"))


def test_arms_grow_together_by_epochs_and_the_quicker_is_ahead_by_time(directory: Path) -> None:
    read = read_recording(directory)
    assert (read.epochs, read.race.end("seconds")) == (3, 30.0)
    marks = read.until(2.0, "epochs")
    assert [arm.curves for arm in marks.arms] == [
        ((0.5, 0.6), (0.4, 0.6)),
        ((0.2, 0.3), (0.1, 0.5)),
    ]
    assert not marks.pairs, "nothing is told of what has not ended"
    counts = [[len(one) for one in arm.curves] for arm in read.until(10.0, "seconds").arms]
    assert counts == [[3, 3], [1, 1]]
    assert read.until(3.0, "epochs") is read.marks
    assert read.marks.pairs
    assert read.race.moved(1.0, "epochs", "seconds") == 10.0
    assert read.race.moved(10.0, "seconds", "epochs") == 1.0
    assert read.race.stages("epochs") == ()


def test_runs_that_did_not_finish_or_were_never_begun_do_not_play(directory: Path) -> None:
    stop(directory, "thawed", 1)
    shutil.rmtree(Place(directory).run("frozen", 1))
    read = read_recording(directory)
    assert len(read.lines["thawed"]) == 1
    assert [len(one.curves) for one in read.until(1.0, "epochs").arms] == [1, 1]


def test_what_cannot_be_played_is_refused(directory: Path) -> None:
    damaged = Place(directory).run("frozen", 0) / HISTORY
    whole = damaged.read_bytes()
    damaged.write_text("{}{\n{}\n")
    with pytest.raises(InputError) as error:
        read_recording(directory)
    assert error.value.code == "experiment_unreadable"
    damaged.write_bytes(whole)
    for arm, seed in (("frozen", 0), ("frozen", 1), ("thawed", 0), ("thawed", 1)):
        stop(directory, arm, seed)
    with pytest.raises(InputError) as error:
        read_recording(directory)
    assert error.value.code == "experiment_unplayable"


# -- files ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def found() -> Marks:
    frozen, thawed = ([history(one) for one in some] for some in (HIGH, LOW))
    return of_histories({"frozen": frozen, "thawed": thawed}, [("frozen", "thawed")])


@pytest.fixture(scope="module")
def named(folder: Path) -> Experiment:
    """One whose first arm has a name that is markup and a formula."""
    experiment = small_experiment(folder)
    first, second = experiment.arms
    odd = first.model_copy(update={"title": "<b>$a"})
    return experiment.model_copy(update={"arms": (odd, second)})


def test_the_report_is_one_file_with_card_and_figure(named: Experiment, found: Marks) -> None:
    page = experiment_export.experiment_report(named, found).decode("utf-8")
    assert "“&lt;b&gt;$a”" in page, "a name that is more than words stands in quotes"
    assert "<b>$a" not in page
    assert page.count("<svg") == 1
    assert "61.0 % (58.5 – 63.5 %)" in page
    assert "http-equiv" not in page
    assert "<script" not in page


def test_the_numbers_come_back_exactly(named: Experiment, found: Marks) -> None:
    first, second = read_csv(experiment_export.marks_csv(named, found))
    arm = found.arm("frozen")
    assert first["arm"] == "<b>$a"
    assert float(first["start_mean"]) == arm.start.mean
    assert (float(first["end_low"]), first["end_band"]) == (arm.end.low, "interval")
    assert float(second["epochs_to_target_mean"]) == 4
    assert (first["seeds"], first["validation_pictures"]) == ("3", "100")


def test_the_suffix_says_what_is_written(named: Experiment, found: Marks, tmp_path: Path) -> None:
    for suffix, begins in {"html": b"<!doctype", "csv": b"\xef\xbb\xbf", "png": b"\x89PNG"}.items():
        path = tmp_path / f"result.{suffix}"
        experiment_export.write(named, found, path)
        assert path.read_bytes().startswith(begins)
    with pytest.raises(InputError) as unknown:
        experiment_export.write(named, found, tmp_path / "x.doc")
    assert "doc" in str(unknown.value)
    with pytest.raises(ThawError) as error:
        experiment_export.write(named, found, tmp_path / "nowhere" / "x.csv")
    assert "nowhere" in str(error.value)
