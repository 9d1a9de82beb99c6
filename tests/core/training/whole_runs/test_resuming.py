"""A run that ended anywhere goes on to the very result of one that never did."""

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from core.common.messages import InputError
from core.runs.events import (
    BatchFinished,
    EpochFinished,
    Event,
    Notice,
    RunFinished,
    RunResumed,
    RunStarted,
    StageEnded,
    StageStarted,
)
from core.runs.history import fold
from core.runs.run import Run, extend
from core.training import checkpoint as checkpoints
from core.training import learner
from core.training import train as training
from core.training.control import Control
from core.training.setup import batch_groups
from core.training.train import train
from tests.support.crashes import every_crash
from tests.support.pictures import PictureFolder
from tests.support.resuming import go_on, same_result, stop_at
from tests.support.training import events_of, new_run, small_recipe

# Block 2 thaws, then block 3 on features that stage 1 has changed, then the head alone.
STAGES = (
    'stages=[{"epochs":2,"thawed":[2],"learning_rate":0.003},'
    '{"epochs":2,"thawed":[3],"optimizer":"sgd"},{"epochs":1,"optimizer":"rmsprop"}]'
)
SETTINGS = ("model.depth=3", "augmentation.rotation=10", "class_weights=true", STAGES)
SMALLEST = ("model.weights=none", "model.depth=1")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from tests.support.pictures import draw_folder

    return draw_folder(tmp_path_factory.mktemp("data") / "pictures", classes=2, per_class=5)


@pytest.fixture(scope="module")
def whole(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The run that nothing interrupts."""
    run = new_run(folder, tmp_path_factory.mktemp("runs") / "whole", small_recipe(*SETTINGS))
    assert list(events_of(run))[-1].outcome == "finished"
    return run


@pytest.mark.parametrize(
    "place",
    [
        pytest.param(lambda one: isinstance(one, RunStarted), id="before anything"),
        pytest.param(
            lambda one: isinstance(one, BatchFinished) and (one.epoch, one.batch) == (1, 1),
            id="inside the first epoch",
        ),
        pytest.param(
            lambda one: isinstance(one, BatchFinished) and (one.epoch, one.batch) == (2, 2),
            id="before validation",
        ),
        pytest.param(lambda one: isinstance(one, EpochFinished), id="after an epoch"),
        pytest.param(
            lambda one: isinstance(one, StageStarted) and one.stage == 2, id="between stages"
        ),
        pytest.param(
            lambda one: isinstance(one, BatchFinished) and one.stage == 2, id="in stage 2"
        ),
        pytest.param(
            lambda one: isinstance(one, EpochFinished) and one.stage == 3, id="at the end"
        ),
    ],
)
def test_a_stopped_run_goes_on_as_if_it_never_had(
    folder: Path, tmp_path: Path, whole: Run, place: Callable[[Event], bool]
) -> None:
    run = new_run(folder, tmp_path / "run", small_recipe(*SETTINGS))
    before = stop_at(run, place)
    events = go_on(run.directory)
    same_result(run.directory, whole.directory)
    learned = any(isinstance(one, BatchFinished) for one in before)
    assert isinstance(events[0], RunResumed if learned else RunStarted)
    assert len(list((run.directory / "checkpoints").iterdir())) == 1
    live = fold([*before, *events])
    found = Run.open(run.directory).history
    assert live.epochs == found.epochs, "a window that saw it all shows what is on disk"
    assert [one.stage for one in live.stages] == [one.stage for one in found.stages] == [1, 2, 3]
    keys = [(one.stage, one.epoch, one.batch) for one in found.batches]
    assert keys == sorted(set(keys))
    assert len(keys) == len(whole.history.batches)


def test_a_checkpoint_inside_an_epoch_counts_too(
    folder: Path, tmp_path: Path, whole: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "CHECKPOINT_SECONDS", 0)
    run = new_run(folder, tmp_path / "run", small_recipe(*SETTINGS))
    events = events_of(run)
    while not (isinstance(event := next(events), BatchFinished) and event.epoch == 2):
        pass
    # as a kill leaves it: the generator never gets to say that it ended
    monkeypatch.setattr(training.TrainingLoop, "stopped", lambda self: None)
    events.close()
    resumed = go_on(run.directory)
    assert resumed[0] == RunResumed(1, 2, 1, 1)
    same_result(run.directory, whole.directory)


def test_a_damaged_checkpoint_costs_only_what_came_after_the_one_before(
    folder: Path, tmp_path: Path, whole: Run
) -> None:
    run = new_run(folder, tmp_path / "run", small_recipe(*SETTINGS))
    stop_at(run, lambda one: isinstance(one, EpochFinished) and one.stage == 2)
    _, last = sorted((run.directory / "checkpoints").glob("0*"))
    data = bytearray(last.read_bytes())
    data[-1] ^= 1
    last.write_bytes(data)
    events = go_on(run.directory)
    assert events[0] == RunResumed(1, 3, 0, 2)
    assert Notice("checkpoint_damaged", {"count": 1}) in events
    same_result(run.directory, whole.directory)


def test_a_checkpoint_of_a_newer_version_is_left_for_that_version(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = new_run(folder, tmp_path / "run", small_recipe(*SMALLEST, 'stages=[{"epochs":2}]'))
    with monkeypatch.context() as newer:
        newer.setattr(checkpoints, "SCHEMA", checkpoints.SCHEMA + 1)
        stop_at(run, lambda one: isinstance(one, EpochFinished))
    (path,) = (run.directory / "checkpoints").iterdir()
    before = path.read_bytes()
    *_, last = events_of(Run.open(run.directory))
    assert isinstance(last, RunFinished)
    assert (last.outcome, last.code, last.values) == (
        "failed",
        "checkpoint_newer",
        {"path": str(path)},
    )
    assert path.read_bytes() == before
    monkeypatch.setattr(checkpoints, "SCHEMA", checkpoints.SCHEMA + 1)
    assert go_on(run.directory)[0] == RunResumed(1, 2, 0, 1)


def test_without_any_good_checkpoint_the_run_starts_over_and_says_so(
    folder: Path, tmp_path: Path, whole: Run
) -> None:
    run = new_run(folder, tmp_path / "run", small_recipe(*SETTINGS))
    stop_at(run, lambda one: isinstance(one, EpochFinished))
    for path in (run.directory / "checkpoints").iterdir():
        path.write_bytes(path.read_bytes()[:-7])
    events = go_on(run.directory)
    assert isinstance(events[0], RunStarted)
    assert Notice("run_starts_over") in events
    same_result(run.directory, whole.directory)


def test_a_history_that_a_power_cut_shortened_takes_the_checkpoint_with_it(
    folder: Path, tmp_path: Path, whole: Run
) -> None:
    run = new_run(folder, tmp_path / "run", small_recipe(*SETTINGS))
    stop_at(run, lambda one: isinstance(one, BatchFinished) and one.stage == 2)
    history = run.directory / "history.jsonl"
    lines = history.read_bytes().splitlines(keepends=True)
    history.write_bytes(b"".join(lines[:-3]) + b"\0" * 100)
    go_on(run.directory)
    same_result(run.directory, whole.directory)


def test_a_skipped_picture_stays_out(tmp_path: Path, picture_folder: PictureFolder) -> None:
    own = picture_folder(classes=2, per_class=5)
    recipe = small_recipe(*SETTINGS)
    run, whole = (new_run(own, tmp_path / name, recipe) for name in ("run", "whole"))
    broken = run.used("train")[0].path
    (own / broken).write_bytes(b"\xff\xd8 no picture")
    list(events_of(whole))
    stop_at(run, lambda one: isinstance(one, BatchFinished) and one.stage == 1)
    go_on(run.directory)
    same_result(run.directory, whole.directory)
    statuses = {one.path: one.status for one in Run.open(run.directory).pictures}
    assert statuses[broken] == "skipped"


def test_a_stop_in_the_validation_that_lost_a_picture_changes_no_bit(
    tmp_path: Path, picture_folder: PictureFolder
) -> None:
    # more pictures than validation takes at once, so that one less would shift its batches
    own = picture_folder(classes=2, per_class=60)
    recipe = small_recipe(*SMALLEST, "dataset.validation_fraction=0.6", 'stages=[{"epochs":2}]')
    run, whole = (new_run(own, tmp_path / name, recipe) for name in ("run", "whole"))
    broken = run.used("validation")[3].path
    (own / broken).write_bytes(b"no picture")
    list(events_of(whole))
    before = stop_at(run, lambda one: isinstance(one, Notice) and one.code == "picture_skipped")
    assert not any(isinstance(one, EpochFinished) for one in before)
    go_on(run.directory)
    same_result(run.directory, whole.directory)
    found = Run.open(run.directory)
    assert [one.code for one in found.history.notices].count("picture_skipped") == 1
    assert {one.path: one.status for one in found.pictures}[broken] == "skipped"


def lose(run: Run, part: str, positions: Sequence[int]) -> None:
    pictures = run.used(part)
    for one in positions:
        (run.folder / pictures[one].path).unlink()


def same_tale(run: Run, whole: Run, at: Callable[[Notice], bool]) -> None:
    """A stop at that notice and going on leave the notices that there would have been."""
    told = stop_at(run, lambda one: isinstance(one, Notice) and at(one))
    assert any(isinstance(one, Notice) and at(one) for one in told)
    go_on(run.directory)
    assert Run.open(run.directory).history.notices == whole.history.notices
    same_result(run.directory, whole.directory)


def test_what_a_validation_lost_is_counted_once_wherever_a_stop_comes(
    tmp_path: Path, picture_folder: PictureFolder
) -> None:
    own = picture_folder(classes=2, per_class=60)
    recipe = small_recipe(*SMALLEST, "dataset.validation_fraction=0.6", 'stages=[{"epochs":1}]')
    run, other, whole = (new_run(own, tmp_path / name, recipe) for name in ("1", "2", "whole"))
    lose(whole, "validation", range(64))
    list(events_of(whole))
    counts = [one for one in whole.history.notices if one.code == "pictures_skipped"]
    assert [one.values["count"] for one in counts] == [12, 16, 16], "of three batches"
    same_tale(run, whole, lambda one: one == counts[1])
    same_tale(other, whole, lambda one: one == counts[2])


def test_what_a_batch_lost_is_counted_once_though_a_stop_comes_before_its_step(
    tmp_path: Path, picture_folder: PictureFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(learner, "SCALE_PICTURES", 2)
    own = picture_folder(classes=2, per_class=40)
    recipe = small_recipe(*SMALLEST, "batch_size=30", 'stages=[{"epochs":1}]')
    run, whole = (new_run(own, tmp_path / name, recipe) for name in ("run", "whole"))
    keys = [one.key for one in run.used("train")]
    _, second, *_ = batch_groups(range(len(keys)), keys, 30, recipe.seed, 0)
    lose(whole, "train", second[:25])
    list(events_of(whole))
    same_tale(run, whole, lambda one: one.code == "pictures_skipped")


def test_next_stage_ends_the_stage_and_a_resumed_run_ends_it_there_too(
    folder: Path, tmp_path: Path
) -> None:
    recipe = small_recipe(*SMALLEST, 'stages=[{"epochs":5},{"epochs":1,"thawed":[1]}]')

    def asked(directory: Path, until: type[Event]) -> Run:
        run, control = new_run(folder, directory, recipe), Control()
        events = train(recipe, run, control=control)
        for event in events:
            if isinstance(event, EpochFinished) and (event.stage, event.epoch) == (1, 1):
                control.next_stage()
            if isinstance(event, until):
                break
        events.close()
        return run

    whole = asked(tmp_path / "whole", RunFinished)
    ends = [(one.stage, one.epoch) for one in whole.history.epochs]
    assert ends == [(1, 1), (1, 2), (2, 1)]
    assert whole.history.planned == (2, 1)
    assert whole.history.finished.outcome == "finished"
    # closed after StageEnded: the epoch it ends has no line yet
    run = asked(tmp_path / "run", StageEnded)
    assert [(one.stage, one.epoch) for one in Run.open(run.directory).history.epochs] == [(1, 1)]
    go_on(run.directory)
    same_result(run.directory, whole.directory)


def test_finish_epoch_stops_once_the_epoch_is_kept(
    folder: Path, tmp_path: Path, whole: Run
) -> None:
    recipe = small_recipe(*SETTINGS)
    run, control = new_run(folder, tmp_path / "run", recipe), Control()
    for event in train(recipe, run, control=control):
        if isinstance(event, BatchFinished):
            control.finish_epoch()
    assert run.history.finished.outcome == "stopped"
    assert len(run.history.epochs) == 1
    go_on(run.directory)
    same_result(run.directory, whole.directory)


def test_an_extended_run_is_one_that_was_planned_longer(folder: Path, tmp_path: Path) -> None:
    steady = ("stages.1.schedule=constant", "stages.1.warmup_epochs=0")
    short = new_run(folder, tmp_path / "short", small_recipe("stages.1.epochs=1", *steady))
    long = new_run(folder, tmp_path / "long", small_recipe("stages.1.epochs=3", *steady))
    list(events_of(long))
    list(events_of(short))
    extend(short, 2)
    assert short.config == long.config
    assert short.state == "interrupted", "it has epochs to train"
    go_on(short.directory)
    same_result(short.directory, long.directory)
    assert Run.open(short.directory).history.planned == (2, 3)


def test_an_extension_that_a_crash_cut_short_is_made_whole(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = new_run(folder, tmp_path / "run", small_recipe("stages.0.epochs=1"))
    list(events_of(run))
    with monkeypatch.context() as patch:
        patch.setattr(Run, "append", _killed)
        with pytest.raises(KeyboardInterrupt):
            extend(run, 1)
    go_on(run.directory)
    found = Run.open(run.directory).history
    assert [(one.stage, one.epoch) for one in found.epochs] == [(1, 1), (2, 1), (2, 2)]
    assert found.planned == (1, 2)


def test_an_extension_that_is_asked_again_after_a_crash_counts_once(
    folder: Path, tmp_path: Path
) -> None:
    run = new_run(folder, tmp_path / "run", small_recipe(*SMALLEST, 'stages=[{"epochs":1}]'))
    list(events_of(run))
    with every_crash(run.directory, tmp_path / "crashes") as crashes:
        extend(run, 2)
    opened = [Run.open(crashes[number]) for number in range(len(crashes.names))]
    cut_short = [one for one in opened if one.history.planned == (1,)]
    assert {one.config.stages[0].epochs for one in cut_short} == {1, 3}
    for one in cut_short:
        extend(one, 2)
        assert one.config.stages[0].epochs == 3
        assert Run.open(one.directory).history.planned == (3,)


def test_a_run_that_never_began_is_extended_by_its_recipe_alone(
    folder: Path, tmp_path: Path
) -> None:
    run = new_run(folder, tmp_path / "run", small_recipe(*SMALLEST, 'stages=[{"epochs":1}]'))
    with every_crash(run.directory, tmp_path / "crashes") as crashes:
        extend(run, 2)
    for number in range(len(crashes.names)):
        assert Run.open(crashes[number]).history_bytes() == b"", "one write, so nothing half done"
    go_on(run.directory)
    assert Run.open(run.directory).history.planned == (3,)


def _killed(*_: object) -> None:
    raise KeyboardInterrupt


def test_a_run_without_checkpoints_is_not_trained_all_over_to_extend_it(
    folder: Path, tmp_path: Path
) -> None:
    run = new_run(folder, tmp_path / "run", small_recipe("stages.0.epochs=1"))
    list(events_of(run))
    shutil.rmtree(run.directory / "checkpoints")
    with pytest.raises(InputError) as error:
        extend(run, 1)
    assert error.value.code == "run_without_checkpoint"
    assert Run.open(run.directory).is_finished


def test_a_recipe_holds_only_so_many_epochs(folder: Path, tmp_path: Path) -> None:
    run = new_run(folder, tmp_path / "run", small_recipe())
    with pytest.raises(InputError):
        extend(run, 1000)
    assert Run.open(run.directory).config == run.config


def test_kept_views_go_on_with_the_epochs_that_were_really_done(
    folder: Path, tmp_path: Path
) -> None:
    settings = ("model.depth=2", "augmentation.rotation=20", "augmentation.cached_views=3")
    recipe = small_recipe(
        *settings, 'stages=[{"epochs":5,"schedule":"constant"},{"epochs":3,"thawed":[2]}]'
    )

    def ended_early(directory: Path, stops: bool) -> Run:
        run, control = new_run(folder, directory, recipe), Control()
        for event in train(recipe, run, control=control):
            if isinstance(event, BatchFinished) and event.stage == 1:
                control.next_stage()  # with its first epoch
            if stops and isinstance(event, BatchFinished) and (event.stage, event.epoch) == (2, 2):
                control.stop.set()
        return run

    whole = ended_early(tmp_path / "whole", stops=False)
    planned = new_run(
        folder,
        tmp_path / "planned",
        small_recipe(
            *settings, 'stages=[{"epochs":1,"schedule":"constant"},{"epochs":3,"thawed":[2]}]'
        ),
    )
    list(events_of(planned))
    same_result(whole.directory, planned.directory)
    run = ended_early(tmp_path / "run", stops=True)
    go_on(run.directory)
    same_result(run.directory, whole.directory)
