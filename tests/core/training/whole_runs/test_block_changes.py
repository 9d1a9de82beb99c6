"""How far the blocks have come: exactly 0 for a frozen one, and the same whatever happened."""

import shutil
import tempfile
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file

from core.model import backbone
from core.runs.events import BatchFinished, Event, Notice, StageStarted
from core.runs.run import Run, extend
from core.training import checkpoint as checkpoints
from core.training import train as training
from core.training.network_state import BlockChanges
from tests.support.crashes import every_crash
from tests.support.pictures import draw_folder
from tests.support.resuming import go_on, same_result, stop_at
from tests.support.training import events_of, new_run, small_recipe

# Both stages move blocks, so that each of them has weights to remember.
TWO_STAGES = (
    'stages=[{"epochs":2,"thawed":[2],"learning_rate":0.003},'
    '{"epochs":2,"thawed":[1,2],"learning_rate":0.003,"schedule":"constant","warmup_epochs":0}]'
)
RECIPE = small_recipe("model.weights=none", "model.depth=2", TWO_STAGES)
ONE_BLOCK = small_recipe(
    "model.weights=none", "model.depth=1", 'stages=[{"epochs":1},{"epochs":2,"thawed":[1]}]'
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw_folder(tmp_path_factory.mktemp("data") / "pictures", classes=2, per_class=4)


@pytest.fixture(scope="module")
def whole(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The run that nothing interrupts."""
    run = new_run(folder, tmp_path_factory.mktemp("runs") / "whole", RECIPE)
    go_on(run.directory)
    return Run.open(run.directory)


def changes(run: Run) -> list[tuple[float, ...]]:
    return [one.block_changes for one in Run.open(run.directory).history.epochs]


def copies(run: Run) -> list[str]:
    return sorted(path.name for path in (run.directory / "checkpoints").glob("stage*"))


def test_a_frozen_block_has_not_moved_and_a_thawed_one_has(whole: Run) -> None:
    (first, second, third, fourth) = changes(whole)
    assert first[0] == second[0] == 0.0
    assert 0 < first[1] < 1
    assert second[1] != first[1]
    assert min(*third, *fourth) > 0, "in stage 2 both learn"


def test_the_figures_are_those_of_the_weights(folder: Path, tmp_path: Path) -> None:
    recipe = small_recipe(
        "model.weights=none",
        "model.depth=3",
        'stages=[{"epochs":3,"thawed":[2],"learning_rate":0.003,"keep":"last"}]',
    )
    run = new_run(folder, tmp_path / "run", recipe)
    go_on(run.directory)
    start = backbone.load("none", 3, recipe.seed)
    kept = load_file(run.directory / "best.safetensors")
    expected = []
    for block in (1, 2, 3):
        names = {id(one): name for name, one in start.features.named_parameters()}
        pairs = [
            (one.detach().double(), kept[f"features.{names[id(one)]}"].double())
            for one in start.block(block).parameters()
        ]
        change = sum(float((now - then).square().sum()) for then, now in pairs) ** 0.5
        expected.append(change / sum(float(then.square().sum()) for then, _ in pairs) ** 0.5)
    assert expected[0] == expected[2] == 0.0, "the weights of frozen blocks are what they were"
    found = changes(run)[-1]
    assert (found[0], found[2]) == (0.0, 0.0)
    assert found[1] == pytest.approx(expected[1], rel=1e-12)


def test_a_crash_at_any_write_changes_no_figure(folder: Path, tmp_path: Path) -> None:
    whole, run = (new_run(folder, tmp_path / name, ONE_BLOCK) for name in ("whole", "run"))
    go_on(whole.directory)
    with every_crash(run.directory, tmp_path / "crashes") as crashes:
        go_on(run.directory)
    all_of_them = range(len(crashes.names))
    half_written = [n for n in all_of_them if list(crashes[n].glob("checkpoints/.stage-2*"))]
    assert half_written, "the weights that stage 2 begins with are one of the writes"
    for number in all_of_them[half_written[0] :]:
        again = Run.open(crashes[number])
        if not again.is_finished:
            go_on(again.directory)
        same_result(again.directory, whole.directory)


def test_a_stop_inside_a_stage_changes_no_figure(folder: Path, tmp_path: Path, whole: Run) -> None:
    run = new_run(folder, tmp_path / "run", RECIPE)
    stop_at(run, lambda one: isinstance(one, BatchFinished) and (one.stage, one.batch) == (2, 1))
    go_on(run.directory)
    assert changes(run) == changes(whole)


def test_a_damaged_checkpoint_that_leads_back_into_the_stage_before_changes_no_figure(
    folder: Path, tmp_path: Path, whole: Run
) -> None:
    run = new_run(folder, tmp_path / "run", RECIPE)
    stop_at(run, lambda one: isinstance(one, StageStarted) and one.stage == 2)
    assert copies(run) == ["stage-1-start.safetensors", "stage-2-start.safetensors"]
    last = max((run.directory / "checkpoints").glob("0*"))
    last.write_bytes(last.read_bytes()[:-7])
    events = go_on(run.directory)
    assert Notice("checkpoint_damaged", {"count": 1}) in events
    assert changes(run) == changes(whole)


def test_an_extended_run_counts_from_the_first_beginning_of_its_stage(
    folder: Path, tmp_path: Path, whole: Run
) -> None:
    run = new_run(folder, tmp_path / "run", small_recipe(*_shorter()))
    go_on(run.directory)
    extend(run, 1)
    go_on(run.directory)
    assert changes(run) == changes(whole)


def _shorter() -> tuple[str, ...]:
    return "model.weights=none", "model.depth=2", TWO_STAGES, "stages.1.epochs=1"


def test_a_finished_run_keeps_the_copy_of_its_last_stage_alone(
    folder: Path, tmp_path: Path, whole: Run
) -> None:
    assert copies(whole) == ["stage-2-start.safetensors"]
    assert len(list((whole.directory / "checkpoints").iterdir())) == 2
    recipe = small_recipe("model.weights=none", "model.depth=1", 'stages=[{"epochs":1}]')
    run = new_run(folder, tmp_path / "run", recipe)
    go_on(run.directory)
    assert copies(run) == [], "nothing is copied where all is frozen"


def test_a_copy_is_no_checkpoint(folder: Path, tmp_path: Path) -> None:
    run = new_run(folder, tmp_path / "run", ONE_BLOCK)
    go_on(run.directory)
    for path in (run.directory / "checkpoints").glob("0*"):
        path.unlink()
    with pytest.raises(Exception, match="holds no checkpoint"):
        extend(run, 1)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-3] ^= 4
    path.write_bytes(data)


@pytest.mark.parametrize("harm", [Path.unlink, cut, flip])
def test_a_lost_copy_costs_the_figures_alone_and_is_said_once(
    folder: Path, tmp_path: Path, whole: Run, harm: object
) -> None:
    run = new_run(folder, tmp_path / "run", RECIPE)
    before = stop_at(run, lambda one: isinstance(one, BatchFinished) and one.stage == 2)
    assert callable(harm)
    harm(run.directory / "checkpoints" / "stage-2-start.safetensors")
    after = go_on(run.directory)
    told = [one for one in [*before, *after] if isinstance(one, Notice)]
    assert told == [Notice("stage_start_lost", {"stage": 2})]
    assert changes(run) == [*changes(whole)[:2], (), ()]
    best = "best.safetensors"
    assert (run.directory / best).read_bytes() == (whole.directory / best).read_bytes()


def test_a_run_of_an_older_version_goes_on_without_the_figures(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = new_run(folder, tmp_path / "run", ONE_BLOCK)
    with monkeypatch.context() as older:
        older.setattr(BlockChanges, "begin", lambda self: None)
        older.setattr(training, "CHECKPOINT_SECONDS", 0)
        stop_at(run, lambda one: isinstance(one, BatchFinished) and one.stage == 2)
    go_on(run.directory)
    assert changes(run) == [(0.0,), (), ()]


def test_the_memory_is_that_of_a_process_with_pytorch(whole: Run) -> None:
    peaks = [one.memory for one in whole.history.epochs]
    assert min(peaks) > 50_000_000
    assert peaks[-1] > 0.9 * peaks[0], "it is the most so far, as exactly as the system counts"


@pytest.mark.parametrize("threads", [1, 2])
def test_a_block_that_grew_by_a_tenth_has_come_a_tenth(tmp_path: Path, threads: int) -> None:
    before, network = torch.get_num_threads(), backbone.load("none", 3, 1)
    torch.set_num_threads(threads)
    try:
        moved = BlockChanges(tmp_path, network, 1, (2, 3))
        (tmp_path / "checkpoints").mkdir()
        moved.begin()
        assert moved.measure() == (0.0, 0.0, 0.0)
        with torch.no_grad():
            for one in network.block(3).parameters():
                one.mul_(1.1)
        found = moved.measure()
    finally:
        torch.set_num_threads(before)
    assert found is not None
    assert found[:2] == (0.0, 0.0)
    assert found[2] == pytest.approx(0.1, rel=1e-6)


def test_a_block_of_zeros_has_come_as_far_as_it_is_long(tmp_path: Path) -> None:
    network = backbone.load("none", 1, 1)
    weights, bias, *_ = network.block(1).parameters()
    with torch.no_grad():
        for one in network.block(1).parameters():
            one.zero_()
    moved = BlockChanges(tmp_path, network, 1, (1,))
    moved.begin()
    with torch.no_grad():
        weights[0, 0, 0, 0] = 3.0
        bias[0] = 4.0
    assert moved.measure() == (5.0,)


def test_other_blocks_than_those_that_were_kept_have_no_figures(tmp_path: Path) -> None:
    network = backbone.load("none", 2, 1)
    BlockChanges(tmp_path, network, 1, (2,)).begin()
    assert BlockChanges(tmp_path, network, 1, (1, 2)).measure() is None
    assert BlockChanges(tmp_path, network, 1, (1,)).measure() is None


@settings(max_examples=200)
@given(st.data())
def test_no_damage_gives_other_numbers(data: st.DataObject) -> None:
    tensors = {"block1.weight": torch.arange(6.0).reshape(2, 3), "block2.bias": torch.ones(2)}
    whole = b"".join(checkpoints.checked_parts({"stage": 1}, tensors))
    damaged = bytearray(whole)
    if data.draw(st.booleans(), label="a bit flips"):
        bit = data.draw(st.integers(0, len(whole) * 8 - 1))
        damaged[bit // 8] ^= 1 << bit % 8
    else:
        del damaged[data.draw(st.integers(0, len(whole) - 1), label="bytes that are left") :]
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "file"
        path.write_bytes(whole)
        _same(dict(checkpoints.stream(path)), tensors)
        path.write_bytes(damaged)
        try:
            found = dict(checkpoints.stream(path))
        except ValueError:
            return
        _same(found, tensors)


def _same(found: dict[str, np.ndarray], tensors: dict[str, torch.Tensor]) -> None:
    assert list(found) == list(tensors)
    assert all(np.array_equal(found[name], one.numpy()) for name, one in tensors.items())


def test_a_stage_that_begins_with_the_best_epoch_counts_from_there(
    folder: Path, tmp_path: Path
) -> None:
    recipe = small_recipe(
        "model.weights=none",
        "model.depth=1",
        'stages=[{"epochs":2,"thawed":[1],"learning_rate":0.01},'
        '{"epochs":2,"thawed":[1],"start_from":"best"}]',
    )
    whole, run = (new_run(folder, tmp_path / name, recipe) for name in ("whole", "run"))
    go_on(whole.directory)
    seen: list[Event] = []
    for event in events_of(run):
        seen.append(event)
        if isinstance(event, BatchFinished) and event.stage == 2:
            # as a kill leaves it, before the process can say that it ended
            shutil.copytree(run.directory, tmp_path / "killed")
            break
    go_on(tmp_path / "killed")
    assert changes(Run.open(tmp_path / "killed")) == changes(whole)
