"""Checkpoints, and runs that ended anywhere, at any write: they go on as if they never had."""

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors import safe_open
from safetensors.torch import load, save

from core.common import files
from core.common.messages import InputError
from core.model import tensor_file
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
from core.runs.history import History, fold
from core.runs.run import Run, extend
from core.training import checkpoint as checkpoints
from core.training import learner
from core.training import train as training
from core.training.checkpoint import Checkpoint, Position, encode, newest, read, write
from core.training.control import Control
from core.training.rates import planned
from core.training.setup import batch_groups
from core.training.train import train
from tests.support.pictures import PictureFolder
from tests.support.resuming import every_crash, go_on, same_result, stop_at
from tests.support.training import (
    SMALLEST,
    TWO_STAGES,
    NewRuns,
    epochs_without_time,
    events_of,
    trained,
)

# -- checkpoints ---

HISTORY = b'{"event": "RunStarted"}\n{"event": "StageStarted", "stage": 1}\n'


def some(epoch: int = 1, history_bytes: int = len(HISTORY)) -> Checkpoint:
    counts = {"groups": 3, "batches": 2, "images": 9}
    skipped = {"skipped": {7, 1, 8}, "cut_without": {7}}
    position = Position(2, epoch, epochs=4, loss=0.1, **counts, **skipped)
    tensors = {
        "block5.0.weight": torch.full((2, 2, 3, 3), float(epoch)),
        "head.weight": torch.arange(6.0).reshape(2, 3),
        "optimizer.0.step": torch.tensor(3.0),
    }
    return Checkpoint(position, history_bytes, 12.5, tensors)


def test_a_checkpoint_comes_back_as_it_was(tmp_path: Path) -> None:
    write(tmp_path, some(), sync=True)
    found, damaged = newest(tmp_path, HISTORY)
    assert found is not None
    assert found.position == some().position
    assert (found.history_bytes, found.seconds) == (len(HISTORY), 12.5)
    assert found.tensors.keys() == some().tensors.keys()
    assert all(torch.equal(found.tensors[name], one) for name, one in some().tensors.items())
    assert damaged == []
    (path,) = (tmp_path / "checkpoints").iterdir()
    with safe_open(path, framework="pt") as file:
        assert list(file.metadata()) == ["thaw"]
        assert json.loads(file.metadata()["thaw"])["schema"] == 1
    assert path.read_bytes() == encode(some()), "equal states are equal bytes"


def test_the_last_two_are_kept(tmp_path: Path) -> None:
    for epoch in range(1, 5):
        write(tmp_path, some(epoch), sync=False)
    names = sorted(path.name for path in (tmp_path / "checkpoints").iterdir())
    assert names == ["000003.safetensors", "000004.safetensors"]
    checkpoints.prune(tmp_path, 1)
    found, _ = newest(tmp_path, HISTORY)
    assert found is not None
    assert found.position.epoch == 4


@settings(max_examples=150)
@given(st.data())
def test_no_damage_goes_unseen(data: st.DataObject) -> None:
    whole = encode(some())
    damaged = bytearray(whole)
    if data.draw(st.booleans(), label="a bit flips"):
        bit = data.draw(st.integers(0, len(whole) * 8 - 1))
        damaged[bit // 8] ^= 1 << bit % 8
    else:
        del damaged[data.draw(st.integers(0, len(whole) - 1), label="bytes that are left") :]
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "000001.safetensors"
        path.write_bytes(damaged)
        with pytest.raises(ValueError):  # noqa: PT011 - whatever the text says
            read(path)
        with pytest.raises(ValueError):  # noqa: PT011
            checkpoints.decode(bytes(damaged))


@pytest.mark.parametrize(
    ("end", "history_bytes"), [(-1, len(HISTORY)), (None, len(HISTORY) + 1), (None, 1)]
)
def test_one_that_is_cut_short_or_without_its_history_does_not_count(
    tmp_path: Path, end: int | None, history_bytes: int
) -> None:
    write(tmp_path, some(1), sync=False)
    write(tmp_path, some(2, history_bytes), sync=False)
    last = max((tmp_path / "checkpoints").iterdir())
    last.write_bytes(last.read_bytes()[:end])
    found, damaged = newest(tmp_path, HISTORY)
    assert found is not None
    assert found.position.epoch == 1
    assert damaged == [last]


def test_what_a_killed_write_left_is_no_checkpoint_and_can_be_removed(tmp_path: Path) -> None:
    assert newest(tmp_path, HISTORY) == (None, [])
    write(tmp_path, some(), sync=False)
    left = tmp_path / "checkpoints" / ".000002.safetensors.1234abcd.tmp"
    left.write_bytes(encode(some(2))[:50])
    found, damaged = newest(tmp_path, HISTORY)
    assert found is not None
    assert damaged == []
    files.remove_leftovers(tmp_path / "checkpoints")
    assert not left.exists()


@pytest.mark.parametrize("sync", [True, False])
def test_only_a_synced_write_syncs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sync: bool
) -> None:
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", synced.append)
    write(tmp_path, some(), sync=sync)
    assert bool(synced) == sync


# -- files of tensors ---


def test_parts_are_the_bytes_that_safetensors_writes() -> None:
    about = {"classes": ["đỏ", 'a"b\\c', "x\n"]}
    tensors = {
        "head.weight": torch.arange(35.0).reshape(5, 7),
        "features.10.weight": torch.rand(4, 3, 3, 3).to(memory_format=torch.channels_last),
        "features.2.bias": torch.zeros(0),
        "a scalar": torch.tensor(2.0),
        "learned": torch.nn.Parameter(torch.ones(3)),
    }
    whole = {name: one.detach().contiguous() for name, one in tensors.items()}
    saved = save(whole, {"thaw": json.dumps(about, sort_keys=True)})
    assert b"".join(tensor_file.parts(about, tensors)) == saved
    other = {"a": torch.tensor([1, 2]), "b": torch.tensor([0.5], dtype=torch.float64)}
    found = load(b"".join(tensor_file.parts({}, other)))
    assert {name: one.tolist() for name, one in found.items()} == {"a": [1, 2], "b": [0.5]}


def test_a_tensor_that_lies_as_in_the_file_is_not_copied() -> None:
    wide = torch.zeros(3, 4)
    *_, part = tensor_file.parts({}, {"wide": wide})
    wide[0, 0] = 1.0
    assert bytes(part)[:4] == wide.numpy().tobytes()[:4]


# -- stops ---

# Every field at once: stage 2 learns behind a block that stage 1 changed, and runs out of
# patience; stage 3 begins with what was best.
STAGES = (
    'stages=[{"epochs":2,"thawed":[1,2],"optimizer":"sgd","learning_rate":0.01,"momentum":0.8,'
    '"block_decay":0.5,"schedule":"one-cycle","clip_norm":1,"label_smoothing":0.1,"keep":"loss"},'
    '{"epochs":9,"optimizer":"adam","learning_rate":0.05,"thawed":[2],"schedule":"plateau",'
    '"decay_every":1,"decay_factor":0.9,"patience":1,"keep":"loss"},'
    '{"epochs":2,"thawed":[1],"learning_rate":0.001,"schedule":"cosine","warmup_epochs":0.5,'
    '"start_from":"best","keep":"last"},{"epochs":1,"optimizer":"rmsprop"}]'
)
SETTINGS = (
    "model.depth=2",
    "augmentation.rotation=10",
    "balanced_sampling=true",
    "batch_size=5",
    STAGES,
)


@pytest.fixture(scope="module")
def complete(unequal: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The run that nothing interrupts."""
    run, _ = trained(unequal, tmp_path_factory.mktemp("runs") / "whole", *SETTINGS)
    assert run.history.ended.keys() == {2}, "patience ran out in the second stage alone"
    assert any(one.repeats for one in run.history.batches)
    before = [one for one in run.history.epochs if one.stage < 3]
    assert not before[-1].is_best, "what the third stage begins with is not the last"
    return run


def rates(history: History) -> list[tuple[int, int, int, float | None, float | None]]:
    return [
        (one.stage, one.epoch, one.batch, one.learning_rate, one.backbone_learning_rate)
        for one in history.batches
    ]


def at_batch(stage: int, epoch: int, batch: int) -> Callable[[Event], bool]:
    return lambda one: (
        isinstance(one, BatchFinished)
        and (one.stage, one.epoch, one.batch) == (stage, epoch, batch)
    )


def at(kind: type[Event], stage: int = 1) -> Callable[[Event], bool]:
    return lambda one: isinstance(one, kind) and getattr(one, "stage", 1) == stage


PLACES = {
    "before anything": at(RunStarted),
    "first epoch": at_batch(1, 1, 1),
    "in the middle of a cycle": at_batch(1, 2, 1),
    "before validation": at_batch(1, 2, 2),
    "after an epoch": at(EpochFinished),
    "between stages": at(StageStarted, 2),
    "while patience runs out": at_batch(2, 2, 1),
    "as patience ran out": at(StageEnded, 2),
    "as weights were put back": at(StageStarted, 3),
    "while it warms up": at(BatchFinished, 3),
    "after a newer best": at(EpochFinished, 3),
    "at the end": at(EpochFinished, 4),
}


def test_a_stopped_run_goes_on_as_if_it_never_had(
    make: NewRuns, unequal: Path, complete: Run
) -> None:
    """One run, stopped at each place in turn."""
    run, live = make.new(complete.config, on=unequal), list[Event]()
    expected = complete.history
    for name, place in PLACES.items():
        learned = any(isinstance(one, BatchFinished) for one in live)
        seen = stop_at(Run.open(run.directory), place)
        assert any(map(place, seen)), name
        assert isinstance(seen[0], RunResumed if learned else RunStarted), name
        assert isinstance(seen[-1], RunFinished)
        assert seen[-1].outcome == ("finished" if name == "at the end" else "stopped"), name
        live += seen
        rest = seen[[place(one) for one in seen].index(True) + 1 :]
        # a stage's end is told before the epoch that it comes with
        ended = sum(isinstance(one, EpochFinished) for one in rest)
        assert ended == (name == "as patience ran out"), name
        kept = any(isinstance(one, EpochFinished) for one in live)
        assert (run.directory / "best.safetensors").exists() == kept
        found = Run.open(run.directory).history
        epochs = epochs_without_time(list(found.epochs))
        assert epochs == epochs_without_time(expected.epochs[: len(epochs)]), name
        assert rates(found) == rates(expected)[: len(rates(found))], name
    live += go_on(run.directory)
    same_result(run.directory, complete.directory)
    assert len(list((run.directory / "checkpoints").iterdir())) == 1
    found, shown = Run.open(run.directory).history, fold(live)
    assert (shown.epochs, shown.ended, shown.best) == (found.epochs, found.ended, found.best)
    assert [one.stage for one in shown.stages] == [one.stage for one in found.stages]
    assert (rates(found), found.ended) == (rates(expected), expected.ended)


def test_in_bfloat16_with_two_threads_too(make: NewRuns, request: pytest.FixtureRequest) -> None:
    """As people really train; where a processor has no bfloat16, torch emulates it."""
    request.addfinalizer(partial(torch.set_num_threads, torch.get_num_threads()))
    stages = 'stages=[{"epochs":2,"thawed":[1],"learning_rate":0.001},{"epochs":1}]'
    exact = ("precision=bfloat16", "threads=2", "augmentation.rotation=10")
    whole, _ = make.trained(*SMALLEST, *exact, stages)
    assert torch.get_num_threads() == 2
    assert whole.environment["precision"] == "bfloat16"
    run = make.new(whole.config)
    stop_at(run, at_batch(1, 1, 1))
    resumed = stop_at(Run.open(run.directory), at(EpochFinished))
    assert resumed[0] == RunResumed(1, 1, 1, 0)
    assert go_on(run.directory)[0] == RunResumed(1, 2, 0, 1)
    same_result(run.directory, whole.directory)


def test_a_pass_without_a_gradient_goes_on_too(make: NewRuns) -> None:
    head = ("model.head.kind=nearest-mean", "batch_size=2", 'stages=[{"epochs":1}]')
    whole, _ = make.trained(*SMALLEST, *head)
    run = make.new(whole.config)
    stop_at(run, at_batch(1, 1, 1))
    assert go_on(run.directory)[0] == RunResumed(1, 1, 1, 0)
    same_result(run.directory, whole.directory)


def test_next_stage_ends_it_also_in_a_resumed_run(make: NewRuns) -> None:
    def asked(until: type[Event]) -> Run:
        run, control = make.new(*TWO_STAGES, "stages.0.epochs=5"), Control()
        events = train(run.config, run, control=control)
        for event in events:
            if isinstance(event, EpochFinished) and (event.stage, event.epoch) == (1, 1):
                control.ends_stage = True
            if isinstance(event, until):
                break
        events.close()
        return run

    whole = asked(RunFinished)
    assert [(one.stage, one.epoch) for one in whole.history.epochs] == [(1, 1), (1, 2), (2, 1)]
    assert whole.history.planned == (2, 1)
    assert Run.open(whole.directory).is_finished
    # closed after StageEnded: the epoch it ends has no line yet
    run = asked(StageEnded)
    assert [(one.stage, one.epoch) for one in Run.open(run.directory).history.epochs] == [(1, 1)]
    go_on(run.directory)
    same_result(run.directory, whole.directory)


def test_finish_epoch_stops_once_the_epoch_is_kept(make: NewRuns, whole: Run) -> None:
    run, control = make.new(whole.config), Control()
    for event in train(run.config, run, control=control):
        if isinstance(event, BatchFinished):
            control.finishes_epoch = True
    assert run.history.finished is not None
    assert run.history.finished.outcome == "stopped"
    assert len(run.history.epochs) == 1
    go_on(run.directory)
    same_result(run.directory, whole.directory)


def test_cached_views_go_on_with_the_epochs_done(make: NewRuns) -> None:
    views = (*SMALLEST, "augmentation.rotation=20", "augmentation.cached_views=3")
    stages = 'stages=[{"epochs":5,"schedule":"constant"},{"epochs":3,"thawed":[1]}]'

    def ended_early(stops: bool) -> Run:
        run, control = make.new(*views, stages), Control()
        for event in train(run.config, run, control=control):
            if isinstance(event, BatchFinished) and event.stage == 1:
                control.ends_stage = True  # with its first epoch
            if stops and isinstance(event, BatchFinished) and (event.stage, event.epoch) == (2, 2):
                control.stop.set()
        return run

    whole = ended_early(stops=False)
    planned, _ = make.trained(*views, stages, "stages.0.epochs=1")
    same_result(whole.directory, planned.directory)
    run = ended_early(stops=True)
    go_on(run.directory)
    same_result(run.directory, whole.directory)


# -- crashes ---

# Patience ends the first stage. The second begins with what was best, and its epoch takes that
# place: a crash after that must not make it begin with itself. A person ends it early.
SWEPT = (
    *SMALLEST,
    "dataset.test_fraction=0.25",
    "balanced_sampling=true",
    'stages=[{"epochs":6,"optimizer":"adam","learning_rate":0.5,"keep":"loss",'
    '"patience":1,"schedule":"cosine"},{"epochs":3,"thawed":[1],"start_from":"best",'
    '"keep":"last","learning_rate":0.01,"schedule":"one-cycle"}]',
)


def train_ending_stage_2(run: Run) -> list[Event]:
    """Train to the end; a person ends stage 2 with its first epoch."""
    control, events = Control(), list[Event]()
    for event in train(run.config, run, control=control):
        events.append(event)
        if getattr(event, "stage", 0) == 2:
            control.ends_stage = True
    assert run.history.finished is not None
    assert run.history.finished.outcome == "finished", run.history.finished
    return events


def test_a_crash_at_any_write_leaves_no_trace_in_the_result(
    make: NewRuns, unequal: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "CHECKPOINT_SECONDS", 0)  # one after each batch
    run = make.new(*SWEPT, on=unequal)
    with every_crash(run.directory, tmp_path / "crashes") as crashes:
        train_ending_stage_2(run)
    history = Run.open(run.directory).history
    first = [one for one in history.epochs if one.stage == 1]
    assert not first[-1].is_best
    assert history.ended == {1: len(first), 2: 1}
    assert history.compared is not None
    assert history.epochs[-1].block_changes > (0,)
    everywhere = range(len(crashes.names))
    assert any(list(crashes[n].glob("checkpoints/.stage-2*")) for n in everywhere)
    assert len(crashes.names) > 50
    begun = set()
    for number, name in enumerate(crashes.names):
        begun.add(train_ending_stage_2(Run.open(crashes[number]))[0])
        try:
            same_result(crashes[number], run.directory)
        except AssertionError as error:
            raise AssertionError(f"a crash before: {name}") from error
    assert RunResumed(1, 2, 1, 1) in begun, "a checkpoint in an epoch counts"


# -- damage ---


MOVING = (*TWO_STAGES, "stages.0.thawed=[1]", "stages.0.epochs=2")


def test_a_damaged_checkpoint_costs_only_what_came_after_the_one_before(make: NewRuns) -> None:
    """Here it leads back into the stage before."""
    run = make.new(*MOVING)
    whole, _ = make.trained(*MOVING)
    stop_at(run, at_batch(2, 1, 1))
    _, last = sorted((run.directory / "checkpoints").glob("0*"))
    data = bytearray(last.read_bytes())
    data[-1] ^= 1
    last.write_bytes(data)
    copies = [f"stage-{stage}-start.safetensors" for stage in (1, 2)]
    assert sorted(path.name for path in last.parent.glob("stage*")) == copies
    events = go_on(run.directory)
    assert events[0] == RunResumed(1, 3, 0, 2)
    assert Notice("checkpoint_damaged", {"count": 1}) in events
    same_result(run.directory, whole.directory)


def test_a_checkpoint_of_a_newer_version_is_left_for_that_version(
    make: NewRuns, whole: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = make.new(whole.config)
    with monkeypatch.context() as newer:
        newer.setattr(checkpoints, "SCHEMA", checkpoints.SCHEMA + 1)
        stop_at(run, at(EpochFinished))
    (path,) = (run.directory / "checkpoints").iterdir()
    before = path.read_bytes()
    *_, last = events_of(Run.open(run.directory))
    assert (last.outcome, last.code) == ("failed", "checkpoint_newer")
    assert last.values == {"path": str(path)}
    assert path.read_bytes() == before
    path.write_bytes(before[:-1] + bytes([before[-1] ^ 1]))
    assert newest(run.directory, run.history_bytes()) == (None, [path]), "damaged too"
    path.write_bytes(before)
    monkeypatch.setattr(checkpoints, "SCHEMA", checkpoints.SCHEMA + 1)
    assert go_on(run.directory)[0] == RunResumed(1, 2, 0, 1)


def test_without_a_good_checkpoint_the_run_starts_over_and_says_so(
    make: NewRuns, whole: Run
) -> None:
    run = make.new(whole.config)
    stop_at(run, at(EpochFinished))
    for path in (run.directory / "checkpoints").iterdir():
        path.write_bytes(path.read_bytes()[:-7])
    events = go_on(run.directory)
    assert isinstance(events[0], RunStarted)
    assert Notice("run_starts_over") in events
    same_result(run.directory, whole.directory)


def test_a_history_cut_by_a_power_cut_takes_the_checkpoint_with_it(
    make: NewRuns, whole: Run
) -> None:
    run = make.new(whole.config)
    stop_at(run, at(BatchFinished, 2))
    history = run.directory / "history.jsonl"
    lines = history.read_bytes().splitlines(keepends=True)
    history.write_bytes(b"".join(lines[:-3]) + b"\0" * 100)
    go_on(run.directory)
    same_result(run.directory, whole.directory)


# -- images that are lost ---


def test_a_skipped_image_stays_out_of_batches_and_class_weights(make: NewRuns, own: Path) -> None:
    run, whole = (make.new(*TWO_STAGES, "class_weights=true", on=own) for name in ("run", "whole"))
    broken = run.used("train")[0].path
    (own / broken).write_bytes(b"\xff\xd8 no image")
    list(events_of(whole))
    stop_at(run, at(BatchFinished))
    go_on(run.directory)
    same_result(run.directory, whole.directory)
    statuses = {one.path: one.status for one in Run.open(run.directory).pictures}
    assert statuses[broken] == "skipped"


def test_a_broken_image_stays_out_of_later_batches(
    make: NewRuns, unequal: Path, tmp_path: Path
) -> None:
    own = Path(shutil.copytree(unequal, tmp_path / "images"))
    min((own / "green").iterdir()).unlink()  # so that the others come twice an epoch
    stages = 'stages=[{"epochs":2,"thawed":[1],"learning_rate":0.001}]'
    run, whole = (
        make.new(*SMALLEST, "balanced_sampling=true", "augmentation.rotation=10", stages, on=own)
        for name in ("run", "whole")
    )
    broken = own / next(one.path for one in run.used("train") if one.path.startswith("green"))
    data = broken.read_bytes()
    broken.write_bytes(b"\x89PNG no image")
    list(events_of(whole))
    told: list[Event] = []

    def has_lost_it(event: Event) -> bool:
        told.append(event)
        return isinstance(event, BatchFinished) and any(isinstance(one, Notice) for one in told)

    stop_at(run, has_lost_it)
    broken.write_bytes(data)  # it comes back, but the run has gone on without
    go_on(run.directory)
    same_result(run.directory, whole.directory)
    images = [one.train.images for one in whole.history.epochs]
    assert images[0] == images[1] - 1 == len(whole.used("train")) - 1


def lose(run: Run, part: str, positions: Sequence[int]) -> None:
    used = run.used(part)
    for one in positions:
        (run.folder / used[one].path).unlink()


def same_notices(run: Run, whole: Run, place: Callable[[Notice], bool]) -> None:
    """A stop at that notice ends them, and going on leaves those that there would have been."""
    told = stop_at(run, lambda one: isinstance(one, Notice) and place(one))
    assert [place(one) for one in told if isinstance(one, Notice)][-1]
    go_on(run.directory)
    opened, expected = (Run.open(one.directory) for one in (run, whole))
    assert opened.history.notices == expected.history.notices
    assert opened.pictures == expected.pictures
    same_result(run.directory, whole.directory)


# More images than validation takes at once, so that one less would shift its batches.
MANY = (*SMALLEST, "dataset.validation_fraction=0.6")


def test_a_stop_in_a_lossy_validation_changes_no_bit(
    make: NewRuns, picture_folder: PictureFolder
) -> None:
    own = picture_folder(classes=2, per_class=30)
    run, whole = (make.new(*MANY, 'stages=[{"epochs":2}]', on=own) for name in ("run", "whole"))
    lose(run, "validation", [3])
    list(events_of(whole))
    same_notices(run, whole, lambda one: one.code == "picture_skipped")
    assert [one.code for one in whole.history.notices] == ["picture_skipped"], "of both epochs"
    assert sum(one.status == "skipped" for one in whole.pictures) == 1


def test_what_a_validation_lost_is_counted_once(
    make: NewRuns, picture_folder: PictureFolder
) -> None:
    own = picture_folder(classes=2, per_class=60)
    run, other, whole = (
        make.new(*MANY, 'stages=[{"epochs":1}]', on=own) for name in ("1", "2", "whole")
    )
    lose(whole, "validation", range(64))
    list(events_of(whole))
    counts = [one for one in whole.history.notices if one.code == "pictures_skipped"]
    assert [one.values["count"] for one in counts] == [12, 16, 16], "of three batches"
    same_notices(run, whole, lambda one: one == counts[1])
    same_notices(other, whole, lambda one: one == counts[2])


def test_what_a_batch_lost_is_counted_once(
    make: NewRuns, picture_folder: PictureFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(learner, "SCALE_PICTURES", 2)
    own = picture_folder(classes=2, per_class=40)
    run, other, whole = (
        make.new(*SMALLEST, "batch_size=30", 'stages=[{"epochs":1}]', on=own)
        for name in ("1", "2", "whole")
    )
    keys = [one.key for one in run.used("train")]
    _, second, *_ = batch_groups(range(len(keys)), keys, 30, run.config.seed, 0)
    lose(whole, "train", second[:25])
    list(events_of(whole))
    same_notices(run, whole, lambda one: one == whole.history.notices[0])
    same_notices(other, whole, lambda one: one.code == "pictures_skipped")


# -- extensions ---

ONE_EPOCH = (*SMALLEST, 'stages=[{"epochs":1}]')
EXTENDED = (
    *SMALLEST,
    'stages=[{"epochs":1},{"epochs":2,"schedule":"cosine","learning_rate":0.01}]',
)


def test_an_extended_run_is_one_that_was_planned_longer(make: NewRuns) -> None:
    steady = (*TWO_STAGES, "stages.1.schedule=constant", "stages.1.warmup_epochs=0")
    short, _ = make.trained(*steady, "stages.1.epochs=1")
    long, _ = make.trained(*steady, "stages.1.epochs=3")
    extend(short, 2)
    assert short.config == long.config
    assert short.state == "interrupted", "it has epochs to train"
    go_on(short.directory)
    same_result(short.directory, long.directory)
    assert Run.open(short.directory).history.planned == (3, 3)


def test_a_resumed_extension_keeps_its_schedule(make: NewRuns) -> None:
    whole, again, stopped = (make.new(*EXTENDED) for name in "abc")
    for run in (whole, again, stopped):
        go_on(run.directory)
        extend(run, 2)
    for path in (again.directory / "checkpoints").iterdir():
        path.write_bytes(path.read_bytes()[:-7])
    stop_at(stopped, lambda one: isinstance(one, BatchFinished) and one.epoch == 4)
    for run in (whole, again, stopped):
        go_on(run.directory)
        same_result(run.directory, whole.directory)
        assert rates(Run.open(run.directory).history) == rates(Run.open(whole.directory).history)
    later = [one for one in Run.open(whole.directory).history.batches if one.epoch > 2]
    curve = planned(whole.config.stages[1].model_copy(update={"epochs": 2}), len(later) // 2)
    told = [one.learning_rate for one in later]
    assert told == pytest.approx([0.01 * one for one in curve]), "the cosine falls once more"


def test_an_extension_that_a_crash_cut_short_counts_once(make: NewRuns, tmp_path: Path) -> None:
    run, _ = make.trained(*ONE_EPOCH)
    with every_crash(run.directory, tmp_path / "crashes") as crashes:
        extend(run, 2)
    opened = [Run.open(crashes[number]) for number in range(len(crashes.names))]
    cut_short = [one for one in opened if one.history.planned == (1,)]
    assert {one.config.stages[0].epochs for one in cut_short} == {1, 3}
    last = Path(shutil.copytree(cut_short[-1].directory, tmp_path / "not asked again"))
    go_on(last)
    assert len(Run.open(last).history.epochs) == 3
    assert Run.open(last).history.planned == (3,)
    for one in cut_short:
        extend(one, 2)
        assert one.config.stages[0].epochs == 3
        assert Run.open(one.directory).history.planned == (3,)


def test_a_run_that_never_began_is_extended_by_its_recipe(make: NewRuns, tmp_path: Path) -> None:
    run = make.new(*ONE_EPOCH)
    with every_crash(run.directory, tmp_path / "crashes") as crashes:
        extend(run, 2)
    for number in range(len(crashes.names)):
        assert Run.open(crashes[number]).history_bytes() == b"", "one write, so nothing half done"
    go_on(run.directory)
    assert Run.open(run.directory).history.planned == (3,)


def test_what_cannot_be_extended_stays_as_it_is(copied: Run) -> None:
    with pytest.raises(InputError):
        extend(copied, 1000)
    assert Run.open(copied.directory).config == copied.config
    for path in (copied.directory / "checkpoints").glob("0*"):
        path.unlink()
    assert list((copied.directory / "checkpoints").iterdir()), "a stage's start is no checkpoint"
    with pytest.raises(InputError) as error:
        extend(copied, 1)
    assert error.value.code == "run_without_checkpoint"
    assert Run.open(copied.directory).is_finished
