"""A run's directory, which one process holds and nothing overwrites; all of them as a list."""

import csv
import json
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import filelock
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from send2trash import TrashPermissionError

from core.common import files
from core.common.messages import InputError, ThawError
from core.common.statistics import wilson
from core.dataset.summary import DatasetSummary, scan
from core.recipe.config import RunConfig, StageConfig
from core.runs import evaluation, history, places
from core.runs import images as run_images
from core.runs import list as run_list
from core.runs.evaluation import Prediction, Result
from core.runs.events import EpochFinished, RunFinished, Score, StageCompared, from_json
from core.runs.list import ABOUT, RunLabel, move_to_trash
from core.runs.places import HISTORY, SUMMARY
from core.runs.run import Run
from core.training.train import train
from tests.support import ROOT
from tests.support.pictures import draw_folder
from tests.support.resuming import same_result
from tests.support.runs import recorded_run
from tests.support.training import events_of, new_run, small_recipe

RECIPE = small_recipe(
    "model.weights=none",
    "model.depth=1",
    'stages=[{"epochs":2},{"epochs":2,"thawed":[1],"learning_rate":0.003}]',
)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A trained run, under names that take more than one byte."""
    folder = draw_folder(tmp_path_factory.mktemp("đỏ") / "images", classes=2, per_class=5)
    run = new_run(folder, tmp_path_factory.mktemp("runs") / "whole", RECIPE)
    for _ in train(RECIPE, run):
        pass
    return Run.open(run.directory)


@pytest.fixture(scope="module")
def scanned(whole: Run) -> DatasetSummary:
    return scan(whole.folder)


@pytest.fixture
def run(scanned: DatasetSummary, tmp_path: Path) -> Run:
    """A run that has not trained yet, on the images of ``whole``."""
    return Run.create(tmp_path / "run", small_recipe("dataset.split_seed=3"), scanned)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return draw_folder(tmp_path / "images", 2, 5)


def refused(folder: Path, directory: Path) -> str:
    """The code of why no run is created there."""
    with pytest.raises(InputError) as error:
        new_run(folder, directory, small_recipe())
    return error.value.code


def epoch(number: int, accuracy: float) -> EpochFinished:
    return EpochFinished(1, number, Score(1.0, 0.5, 8), Score(1.0, accuracy, 2))


# -- creating and opening -------------------------------------------------------------------


def test_the_recipe_and_the_images_are_on_disk_at_once(folder: Path, tmp_path: Path) -> None:
    (folder / "red" / "broken.jpg").write_bytes(b"")
    (folder / "empty").mkdir()
    run = new_run(folder, tmp_path / "deep" / "run", small_recipe("seed=5"))
    assert json.loads((run.directory / "config.json").read_text("utf-8"))["seed"] == 5
    text = (run.directory / "dataset.csv").read_text("utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    assert list(rows[0]) == list(run_images.COLUMNS)
    used = [row for row in rows if row["status"] == "used"]
    assert len(used) == 10
    assert {row["split"] for row in used} == {"train", "validation"}
    assert all(len(row["hash"]) == 32 and int(row["size"]) > 0 for row in used)
    (broken,) = (row for row in rows if row["status"] != "used")
    assert (broken["path"], broken["reason"]) == ("red/broken.jpg", "empty_file")
    told = {notice.code: str(notice.values) for notice in run.notices}
    assert "red/broken.jpg" in told["files_left_out"]
    assert "empty" in told["empty_class"]


def test_opens_as_it_was_written(folder: Path, tmp_path: Path) -> None:
    odd = 'red/a\rb\nc, "d".png'
    (folder / odd).write_bytes((folder / "red" / "000.png").read_bytes())
    run = new_run(folder, tmp_path / "run", small_recipe())
    run.append(epoch(1, 0.5))
    opened = Run.open(run.directory)
    assert (opened.config, opened.history) == (run.config, run.history)
    assert opened.pictures == run.pictures
    assert odd in [one.path for one in run.pictures]
    assert opened.classes == ("green", "red")
    assert opened.folder == run.folder


def test_neither_a_run_nor_another_file_is_ever_overwritten(
    scanned: DatasetSummary, folder: Path, run: Run, tmp_path: Path
) -> None:
    before = (run.directory / "config.json").read_bytes()
    assert refused(folder, run.directory) == "run_exists"
    assert (run.directory / "config.json").read_bytes() == before
    taken, claimed = tmp_path / "taken", tmp_path / "claimed"
    taken.mkdir()
    (taken / "dataset.csv").write_text("precious")
    assert refused(folder, taken) == "run_folder_taken"
    assert [(one.name, one.read_text()) for one in taken.iterdir()] == [("dataset.csv", "precious")]
    assert refused(folder, taken / "dataset.csv" / "run") == "run_folder_unwritable"
    for inside in (".", "red", "run"):
        assert refused(folder, folder / inside) == "run_inside_dataset"
    assert not (folder / "run").exists()
    claimed.mkdir()
    with places.claimed(claimed, scanned.folder):  # of two in one place only one begins
        assert refused(folder, claimed) == "run_folder_taken"
    stop = threading.Event()
    stop.set()
    with pytest.raises(ThawError) as error:
        Run.create(tmp_path / "stopped", small_recipe(), scanned, stop)
    assert error.value.code == "stopped"


def test_nothing_of_a_run_that_could_not_begin_stays(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, data: bytes) -> None:
        raise OSError(28, "No space left on device", str(path))

    with monkeypatch.context() as patch:
        patch.setattr(files, "replace", full)
        assert refused(folder, tmp_path / "run") == "run_folder_unwritable"
    assert not (tmp_path / "run").exists()
    new_run(folder, tmp_path / "run", small_recipe())


@pytest.mark.skipif(os.name != "posix", reason="permissions are another thing on Windows")
def test_other_people_may_read_a_run(scanned: DatasetSummary, tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        run = Run.create(tmp_path / "run", small_recipe(), scanned)
        modes = {one.stat().st_mode & 0o777 for one in run.directory.iterdir()}
    finally:
        os.umask(before)
    assert modes == {0o644}


def test_a_damaged_or_cut_file_is_named(run: Run) -> None:
    for name in ("config.json", "environment.json", "dataset.csv"):
        file = run.directory / name
        whole = file.read_bytes()
        for damage in (b"{,\xff", whole[:-40], whole + b'"'):
            file.write_bytes(damage)
            with pytest.raises(InputError) as error:
                Run.open(run.directory)
            assert error.value.code in ("run_unreadable", "config_file_unreadable")
        file.write_bytes(whole)
    with pytest.raises(InputError) as error:
        Run.open(run.directory / "nothing")
    assert error.value.code == "run_missing"


def test_new_places_are_new_and_a_name_means_a_run_in_the_default_one(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = places.new_directory("Lá bàng / leaves", tmp_path)
    first.mkdir()
    assert places.new_directory("Lá bàng / leaves", tmp_path) != first
    assert first.name.startswith("Lá-bàng-leaves-")
    place = files.runs_folder() / "mine"
    place.mkdir(parents=True)
    (place / "config.json").touch()
    (tmp_path / "mine").mkdir()  # though a folder is called so too
    monkeypatch.chdir(tmp_path)
    assert places.find("mine") == place
    assert places.find(str(place)) == place


# -- the history as it grows ----------------------------------------------------------------


def test_summary_follows_each_epoch(run: Run) -> None:
    def summary(*names: str) -> list[object]:
        data = json.loads((run.directory / SUMMARY).read_text("utf-8"))
        return [data[name] for name in names]

    assert summary("state", "best") == ["running", None]
    for number, accuracy in enumerate((0.5, 1.0, 0.5), start=1):
        run.append(epoch(number, accuracy))
    epochs, best = summary("epochs", "best")
    assert (epochs, best["epoch"]) == (3, 2)
    run.append(RunFinished("stopped"))
    assert summary("state") == ["stopped"]


def test_skipped_images_stay_listed_but_are_not_used(run: Run) -> None:
    path = run.used("train")[0].path
    run.mark_skipped({path: "truncated_image"})
    opened = Run.open(run.directory)
    assert path not in [one.path for one in opened.used("train")]
    row = next(one for one in opened.pictures if one.path == path)
    assert (row.status, row.reason) == ("skipped", "truncated_image")


def test_a_half_line_that_a_full_disk_left_is_cut_off(run: Run) -> None:
    run.append(epoch(1, 0.5))
    path = run.directory / HISTORY
    lines = path.read_bytes()
    path.write_bytes(lines + b'{"event": "EpochFin')
    run.append(RunFinished("failed"))
    assert path.read_bytes().startswith(lines)
    assert Run.open(run.directory).history == run.history


_FILLS_THE_DISK = """
import resource, signal, sys
from pathlib import Path
from core.runs.events import Notice
from core.runs.run import Run
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
run = Run.open(Path(sys.argv[1]))
size = (run.directory / "history.jsonl").stat().st_size
resource.setrlimit(resource.RLIMIT_FSIZE, (size + 20, resource.RLIM_INFINITY))
try:
    run.append(Notice("stopped", {"text": "x" * 100}))
except Exception as error:
    print(error.code)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="RLIMIT_FSIZE stands for a full disk")
def test_a_disk_that_fills_within_a_line_leaves_whole_lines(run: Run) -> None:
    run.append(epoch(1, 0.5))
    command = [sys.executable, "-c", _FILLS_THE_DISK, str(run.directory)]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "write_failed"
    run.append(RunFinished("failed"))
    assert Run.open(run.directory).history == run.history


# -- a history that ends anywhere, as a crash leaves it -------------------------------------

MANY = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(scope="module")
def copy(whole: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return shutil.copytree(whole.directory, tmp_path_factory.mktemp("copies") / "run")


def expected(text: bytes) -> history.History:
    """Only what came whole, line by line."""
    lines = [one for one in text.splitlines(keepends=True) if one.endswith(b"\n")]
    return history.fold(event for one in lines if (event := from_json(one)) is not None)


@MANY
@given(st.data())
def test_a_history_cut_at_any_byte_opens_up_to_its_last_whole_line(
    whole: Run, copy: Path, data: st.DataObject
) -> None:
    text = whole.history_bytes()
    cut = data.draw(st.integers(0, len(text)), label="bytes that are left")
    zeros = data.draw(st.sampled_from([0, 1, 511, 4096]), label="zeros that a power cut left")
    (copy / HISTORY).write_bytes(text[:cut] + b"\0" * zeros)
    found = Run.open(copy)
    assert found.history == expected(text[:cut])
    lines = text[:cut].count(b"\n")
    assert found.history_bytes() == b"".join(text.splitlines(keepends=True)[:lines])
    ended = any(b'"RunFinished"' in one for one in text[:cut].splitlines()[:lines])
    assert found.state == ("finished" if ended else "interrupted")
    # and it is listed, with its summary or without
    has_summary = data.draw(st.booleans(), label="with a summary")
    if has_summary:
        shutil.copy(whole.directory / SUMMARY, copy)
    else:
        (copy / SUMMARY).unlink(missing_ok=True)
    (listed,) = run_list.of_folder(copy.parent)
    assert listed.error is None
    assert listed.epochs == (4 if has_summary else len(found.history.epochs))


@pytest.mark.parametrize(("epochs", "more"), [(0, 30), (1, 0), (3, 30)])
def test_it_goes_on_to_the_same_result(whole: Run, tmp_path: Path, epochs: int, more: int) -> None:
    """After so many epochs and ``more`` bytes of the next line."""
    run = shutil.copytree(whole.directory, tmp_path / "run")
    lines = whole.history_bytes().splitlines(keepends=True)
    ends = [at for at, one in enumerate(lines, start=1) if b'"EpochFinished"' in one]
    end = len(b"".join(lines[: [1, *ends][epochs]]))
    (run / HISTORY).write_bytes(whole.history_bytes()[: end + more])
    again = Run.open(run)
    for _ in train(again.config, again):
        pass
    same_result(run, whole.directory)


# -- one process holds a run ----------------------------------------------------------------

HOLD = (
    "import sys; from pathlib import Path; from core.runs import places\n"
    "with places.held(Path(sys.argv[1])):\n"
    "    print('held', flush=True); sys.stdin.read()"
)


def test_a_second_process_gets_to_know_which_one_holds_it(tmp_path: Path) -> None:
    with places.held(tmp_path):
        assert places.is_held(tmp_path)
        with pytest.raises(InputError) as error, places.held(tmp_path):
            pass
    assert (error.value.code, error.value.values["pid"]) == ("run_in_use", str(os.getpid()))
    assert not places.is_held(tmp_path)
    assert not (tmp_path / "owner.json").exists()


def test_asking_at_the_same_moment_keeps_nobody_from_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asking = filelock.FileLock(tmp_path / "lock")
    asking.acquire()
    monkeypatch.setattr("time.sleep", lambda _: asking.release())
    with places.held(tmp_path):
        assert not asking.is_locked


def test_what_a_killed_process_held_is_free_again(tmp_path: Path) -> None:
    command, pipe = [sys.executable, "-c", HOLD, str(tmp_path)], subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe) as holder:
        assert holder.stdout.readline().strip() == b"held"
        with pytest.raises(InputError) as error, places.held(tmp_path):
            pass
        assert error.value.values["pid"] == str(holder.pid)
        holder.kill()
        holder.wait()
    assert (tmp_path / "owner.json").exists(), "nobody was left to take it away"
    with places.held(tmp_path):
        assert json.loads((tmp_path / "owner.json").read_bytes())["pid"] == os.getpid()


def test_a_folder_that_cannot_be_written_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(filelock.FileLock, "acquire", refuse)
    with pytest.raises(InputError) as error, places.held(tmp_path):
        pass
    assert error.value.code == "run_folder_unwritable"


def test_a_training_holds_its_run_until_it_ends(whole: Run, tmp_path: Path) -> None:
    run = new_run(whole.folder, tmp_path / "runs" / "run", RECIPE)
    assert run_list.interrupted(tmp_path / "runs") == [run.directory]
    events = events_of(run)
    next(events)
    assert Run.open(run.directory).state == "running"
    assert run_list.interrupted(tmp_path / "runs") == []
    lines = (run.directory / HISTORY).read_bytes()
    with pytest.raises(InputError):
        next(events_of(Run.open(run.directory)))
    assert (run.directory / HISTORY).read_bytes() == lines
    events.close()
    assert Run.open(run.directory).state == "stopped"


def test_only_runs_that_were_killed_are_offered_the_newest_first(tmp_path: Path) -> None:
    about = {"dataset": "leaves", "preset": "custom", "epochs": 3, "planned_epochs": 30}
    for day, (name, state) in enumerate(
        {"old": "running", "done": "finished", "stopped": "stopped", "new": "running"}.items()
    ):
        (tmp_path / name).mkdir()
        data = {**about, "state": state, "created": f"2030-01-0{day + 1}T10:00:00+00:00"}
        (tmp_path / name / SUMMARY).write_text(json.dumps(data))
    (tmp_path / "damaged").mkdir()
    (tmp_path / "damaged" / SUMMARY).write_bytes(b"{")
    found = run_list.interrupted(tmp_path)
    assert [one.name for one in found] == ["new", "old"]
    assert run_list.interrupted(tmp_path / "nothing") == []


# -- predictions ----------------------------------------------------------------------------

CLASSES = ("left", "right", 'a "quoted", name')


def result(*answers: tuple[int, int, float]) -> Result:
    predictions = []
    for number, (label, predicted, confidence) in enumerate(answers):
        shares = [(1 - confidence) / 2] * 3
        shares[predicted] = confidence
        predictions.append(Prediction(f"p{number}.jpg", label, predicted, tuple(shares)))
    return Result(CLASSES, tuple(predictions))


def test_counts_intervals_confusion_and_mistakes_the_most_confident_first() -> None:
    found = result((0, 0, 0.9), (0, 1, 0.6), (1, 1, 0.8), (1, 0, 0.7), (2, 2, 0.5))
    assert (found.right, found.total, found.accuracy) == (3, 5, 0.6)
    assert found.interval == wilson(3, 5)
    assert found.confusion == ((1, 1, 0), (1, 1, 0), (0, 0, 1))
    per_class = [(one.name, one.right, one.total) for one in found.per_class]
    assert per_class == [("left", 1, 2), ("right", 1, 2), (CLASSES[2], 1, 1)]
    assert result().accuracy == 0.0
    assert [one.confidence for one in found.wrong] == [0.7, 0.6]


ANSWER = st.tuples(st.integers(0, 2), st.integers(0, 2), st.floats(0.34, 1.0))


@settings(max_examples=30)
@given(st.lists(ANSWER, min_size=1, max_size=20))
def test_the_file_gives_back_the_result(
    tmp_path_factory: pytest.TempPathFactory, answers: list[tuple[int, int, float]]
) -> None:
    found = result(*answers)
    path = tmp_path_factory.mktemp("results") / "predictions.csv"
    path.write_bytes(evaluation.write_predictions(found))
    read = evaluation.read_predictions(path, CLASSES)
    assert read.confusion == found.confusion
    assert [one.path for one in read.predictions] == [one.path for one in found.predictions]
    for one, other in zip(read.predictions, found.predictions, strict=True):
        assert one.probabilities == pytest.approx(other.probabilities, rel=1e-5)


def test_majority_is_the_class_that_training_holds_most_of_and_no_epoch_has_no_result(
    run: Run,
) -> None:
    assert evaluation.majority([0, 1, 1], [0, 0, 0, 1]) == 0.25
    assert evaluation.majority([], [0]) == 0.0
    with pytest.raises(InputError) as error:
        evaluation.of_run(run)
    assert error.value.code == "run_without_weights"


@pytest.mark.parametrize(
    ("share", "answered"),
    [(0.4, "test"), (0.0, "validation"), (0.4, "validation")],
    ids=["tested", "none", "unanswered"],
)
def test_stages_are_compared_image_by_image(tmp_path: Path, share: float, answered: str) -> None:
    images = draw_folder(tmp_path / "images", 2, 20)
    stages = 'stages=[{"epochs":1},{"epochs":1},{"epochs":1,"thawed":[5]}]'
    held_out = ("dataset.validation_fraction=0.4", f"dataset.test_fraction={share}")
    run = recorded_run(
        images, tmp_path / "run", (0.5,), (0.5,), (0.5,), settings=(stages, *held_out)
    )
    asked = run.used(answered)
    pairs = [(True, True)] * 5 + [(True, False)] + [(False, True)] * 2 + [(False, False)] * 8
    assert len(asked) == len(pairs)
    for number, place in ((2, 0), (3, 1)):
        right = dict(zip((one.path for one in asked), (pair[place] for pair in pairs), strict=True))
        answers = [
            Prediction(one.path, one.label, one.label ^ (not right.get(one.path)), (0.5, 0.5))
            for one in [*run.used("validation"), *run.used("test")]
            if one.split in ("validation", answered) or number == 2
        ]
        data = evaluation.write_predictions(Result(run.classes, tuple(answers)))
        run.replace(places.stage_predictions(number), data)
    assert evaluation.compared(run) == StageCompared(3, 2, answered, 5, 1, 2, 8)
    (run.directory / places.stage_predictions(2)).write_bytes(b"damaged")
    assert evaluation.compared(run) is None


# -- the list of runs -----------------------------------------------------------------------

TWO_STAGES = RunConfig(stages=(StageConfig(epochs=2), StageConfig(epochs=2, thawed=(5,))))


@pytest.fixture(scope="module")
def made(whole: Run) -> Path:
    folder, later = whole.folder.parent / "made", "2026-03-02T10:00:00+01:00"
    recorded_run(whole.folder, folder / "done", recipe=TWO_STAGES)
    recorded_run(
        whole.folder, folder / "cut", (0.6,), recipe=TWO_STAGES, outcome=None, created=later
    )
    return folder


@pytest.fixture
def listed(made: Path, tmp_path: Path) -> Path:
    """A folder with a run that finished and a newer one that was killed."""
    return shutil.copytree(made, tmp_path / "runs")


def test_every_run_shows_how_it_went(listed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "read", lambda path: pytest.fail(f"{path} was read"))
    cut, done = run_list.of_folder(listed)
    assert (cut.name, cut.state) == ("cut", "interrupted")
    assert (done.name, done.state) == ("done", "finished")
    assert (done.dataset, done.classes, done.preset) == ("images", 2, "fine-tune-last")
    assert [(one.epochs, one.thawed) for one in done.stages] == [(2, ()), (2, (5,))]
    assert (done.epochs, done.planned_epochs, done.seconds) == (2, 4, 60.0)
    assert cut.seconds == 30.0
    assert (done.best.epoch, done.best.accuracy, done.best.images) == (2, 0.75, 200)
    assert done.best.interval == wilson(150, 200)


@pytest.mark.parametrize(
    ("keep", "accuracies", "chosen_by", "earlier"),
    [
        ("last", (0.75, 0.5), "last", "accuracy"),
        ("loss", (0.5, 0.75), "loss", "accuracy"),
        ("accuracy", (0.5,), "", "accuracy"),
    ],
)
def test_the_list_says_how_an_epoch_was_kept(
    whole: Run, tmp_path: Path, keep: Any, accuracies: Any, chosen_by: str, earlier: str
) -> None:
    recipe = RunConfig(stages=(StageConfig(epochs=2, keep=keep),))
    run = recorded_run(whole.folder, tmp_path / "run", accuracies, recipe=recipe).directory
    assert run_list.of_directory(run).best.chosen_by == chosen_by
    data = json.loads((run / SUMMARY).read_bytes())
    del data["best"]["chosen_by"]  # as versions before have it
    (run / SUMMARY).write_text(json.dumps(data))
    assert run_list.of_directory(run).best.chosen_by == earlier


def test_a_run_that_some_process_holds_is_running(listed: Path) -> None:
    with places.held(listed / "cut"), places.held(listed / "done"):
        assert [one.state for one in run_list.of_folder(listed)] == ["running", "running"]
    assert [one.state for one in run_list.of_folder(listed)] == ["interrupted", "finished"]


def test_a_lost_summary_is_made_again_from_the_run(listed: Path) -> None:
    run, before = listed / "done", run_list.of_directory(listed / "done")
    data = json.loads((run / SUMMARY).read_bytes())
    for name in ("seconds", "stages", "head", "classes"):  # an earlier version never held them
        del data[name]
    (run / SUMMARY).write_text(json.dumps(data))
    done = run_list.of_directory(run)
    assert (done.state, done.seconds, done.stages) == ("finished", 0.0, ())
    assert done.best is not None
    for damage in (b"", b"{", b"[]", b'{"state": "finished"}', b"\xff" * 9):
        (run / SUMMARY).write_bytes(damage)
        assert run_list.of_directory(run) == before
    (run / SUMMARY).unlink()
    assert run_list.of_directory(run) == before
    for lost in ("environment.json", "config.json"):
        (run / SUMMARY).unlink(missing_ok=True)
        (run / lost).rename(run / "lost")
        damaged = next(one for one in run_list.of_folder(listed) if one.name == "done")
        assert (damaged.state, lost in str(damaged.error)) == ("damaged", True)
        (run / "lost").rename(run / lost)


def test_other_folders_are_no_runs(listed: Path) -> None:
    (listed / "notes").mkdir()
    (listed / "begun").mkdir()
    (listed / "begun" / "history.jsonl").touch()
    (listed / "experiments" / "one" / "runs").mkdir(parents=True)
    (listed / "a file.txt").touch()
    assert [one.name for one in run_list.of_folder(listed)] == ["cut", "done"]
    assert run_list.of_folder(listed / "nowhere") == []


def test_a_label_comes_back(tmp_path: Path) -> None:
    assert run_list.read_label(tmp_path) == RunLabel()
    label = RunLabel("Müller’s  best\nrun ", "first line\nsecond", star=True)
    kept = run_list.write_label(tmp_path, label)
    assert kept == RunLabel("Müller’s best run", "first line\nsecond", star=True)
    assert run_list.read_label(tmp_path) == kept
    assert [one.name for one in tmp_path.iterdir()] == [ABOUT]
    (tmp_path / ABOUT).write_text('{"name": "old", "colour": "red"}')
    run_list.write_label(tmp_path, RunLabel("new"))
    assert json.loads((tmp_path / ABOUT).read_bytes())["colour"] == "red", "of a later version"
    for damage in (b"", b"{", b"[1]", b'{"name": 5, "note": null, "star": "yes"}'):
        (tmp_path / ABOUT).write_bytes(damage)
        assert run_list.read_label(tmp_path) == RunLabel()


def test_a_full_disk_leaves_the_old_label(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    run_list.write_label(tmp_path, RunLabel("old"))
    monkeypatch.setattr(files, "sync_file", full)
    with pytest.raises(ThawError) as error:
        run_list.write_label(tmp_path, RunLabel("new"))
    assert "No space left" in str(error.value)
    assert run_list.read_label(tmp_path) == RunLabel("old")


def test_a_run_goes_to_the_trash_unless_it_is_running_or_there_is_none(
    listed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path) -> None:
        raise TrashPermissionError(str(path))

    def refused() -> str:
        with pytest.raises(ThawError) as error:
            move_to_trash(run)
        return error.value.code

    run = listed / "done"
    monkeypatch.setattr("send2trash.send2trash", refuse)
    assert refused() == "run_trash_failed"
    monkeypatch.setattr("send2trash.send2trash", lambda path: path.rename(listed / "trash"))
    with places.held(run):
        assert refused() == "run_in_use"
    assert run.exists()
    move_to_trash(run)
    assert not run.exists()
    assert (listed / "trash" / "config.json").exists()
    assert refused() == "run_missing"
