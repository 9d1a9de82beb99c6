"""Several processes that train one recipe: what they tell each other, and what they learn."""

import json
import os
import threading
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load_file

from core.common import files
from core.common.messages import ThawError
from core.runs.events import (
    BatchFinished,
    EpochFinished,
    Event,
    Notice,
    RunFinished,
    RunStarted,
    Score,
)
from core.runs.run import Run
from core.training.control import Control
from core.training.distributed import ALONE, FollowedRun, Group, SharedControl, join, shared
from core.training.setup import Setup
from core.training.torchrun import Place, place, threads_each
from core.training.train import train
from tests.support.pictures import draw_folder
from tests.support.ranks import PATIENCE, Ranks, answers
from tests.support.training import SMALLEST, events_of, new_run, small_recipe

HERE = "tests.core.training.test_distributed"

# -- a process's place among those that torchrun starts ---

STARTED = {
    "TORCHELASTIC_RUN_ID": "none",
    "RANK": "3",
    "WORLD_SIZE": "4",
    "LOCAL_RANK": "1",
    "LOCAL_WORLD_SIZE": "2",
    "TORCHELASTIC_RESTART_COUNT": "1",
}


def test_the_place_is_read_from_what_torchrun_sets() -> None:
    assert place(STARTED) == Place(rank=3, size=4, local_rank=1, local_size=2, restarts=1)
    assert not Place(rank=3, size=4).is_first
    assert Place().is_first
    assert place({}) is None
    assert place({"RANK": "0", "WORLD_SIZE": "2"}) is None, "another launcher's variables"


@given(st.integers(0, 500), st.integers(1, 9))
def test_the_parts_hold_everything_once_and_in_order(count: int, size: int) -> None:
    parts = [Place(rank, size).part(count) for rank in range(size)]
    assert [one for some in parts for one in some] == list(range(count))
    lengths = [len(one) for one in parts]
    assert max(lengths) - min(lengths) <= 1
    assert lengths == sorted(lengths, reverse=True), "the first ranks take one more"


@pytest.mark.parametrize(
    ("told", "threads"), [({}, 4), ({"OMP_NUM_THREADS": "1"}, 4), ({"OMP_NUM_THREADS": "6"}, 6)]
)
def test_the_ranks_of_a_machine_share_its_cores(told: dict[str, str], threads: int) -> None:
    assert threads_each(Place(size=2, local_size=2), 8, told) == threads
    assert threads_each(Place(size=16, local_size=16), 8, {}) == 1


# -- what ranks tell each other: real processes, over gloo ---


def test_processes_that_do_not_find_each_other_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"RANK": "0", "WORLD_SIZE": "2", "MASTER_PORT": "1"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("MASTER_ADDR", raising=False)
    with pytest.raises(ThawError) as error:
        join(Place(size=2))
    assert (error.value.code, error.value.values["size"]) == ("ranks_not_joined", 2)
    assert "MASTER_ADDR" in str(error.value)


def joined() -> Group:
    here = place()
    assert here is not None
    return join(here)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("ranks")


@pytest.fixture(scope="module")
def three(root: Path) -> list[dict[str, Any]]:
    """What each of three ranks saw: starting processes takes far longer than their work."""
    return answers(3, f"{HERE}:as_one_of_three", str(root))


def as_one_of_three(root: str) -> dict[str, Any]:
    group = joined()
    seen = {"told": tell_each_other(group), "trained": train_all(group, Path(root))}
    return {**seen, "lost": fail_last(group)}


def test_what_ranks_tell_each_other_all_get(three: list[dict[str, Any]]) -> None:
    for seen in three:
        assert seen["told"] == {
            "sums": [6.0, 0.75],
            "rows": [[1, 1], [2, 2], [2, 2]],  # in rank order, however many each has
            "none": 0,
            "bytes": "said by 0",
            "empty": "",
            "added": [[33.0, 3.0], [[3.0]]],
            "before": [False, False, False],
            "stopped": 1,
            "number": 30.0,
            "asks": [True, True],
        }


def tell_each_other(group: Group) -> dict[str, Any]:
    rank = group.rank
    added = [torch.tensor([10.0 + rank, rank]), torch.tensor([[1.0]])]
    group.add_up(added)
    return {
        "sums": group.sums(rank + 1, 0.25),
        "rows": group.gathered(torch.full((rank, 2), rank)).tolist(),
        "none": len(group.gathered(torch.empty(0, 4))),
        "bytes": group.from_first(f"said by {rank}".encode()).decode(),
        "empty": group.from_first(b"" if rank == 0 else b"unheard").decode(),
        "added": [one.tolist() for one in added],
        **_asked(group),
    }


def _asked(group: Group) -> dict[str, Any]:
    asked = Control(threading.Event())
    control = SharedControl(group, asked)
    if group.rank == 1:
        asked.finishes_epoch = True
        asked.ends_stage = True
    before = [control.stop.is_set(), control.finishes_epoch, control.ends_stage]
    control.settle()
    asks = [control.finishes_epoch, control.ends_stage]
    rounds = 0
    while not control.stop.is_set():
        if group.rank == 2:
            asked.stop.set()
        rounds += 1
        (number,) = control.settle(10)
    return {"before": before, "stopped": rounds, "number": number, "asks": asks}


def test_a_rank_that_fails_leaves_word_why(three: list[dict[str, Any]]) -> None:
    assert [one["lost"] for one in three] == [["folder_vanished"] * 2] * 3


def fail_last(group: Group) -> list[str]:
    """The last rank ends with an error of its own; what each of them reports, twice."""
    group.wait_for_all()
    codes = []
    try:
        if group.rank == 2:
            group.fail(ThawError("folder_vanished", path="here"))
            return ["folder_vanished"] * 2
        group.add_up([torch.ones(1)])
    except ThawError as error:
        codes = [error.code]
        with pytest.raises(ThawError) as again:
            group.sums(1)
        codes.append(again.value.code)
    finally:
        group.leave()
    return codes


# -- the run of a rank that does not write it ---


@pytest.fixture
def run(folder: Path, tmp_path: Path) -> Run:
    return new_run(folder, tmp_path / "run", small_recipe("seed=7"))


@pytest.fixture
def followed(run: Run, pair: tuple[Group, Group]) -> Callable[[Path], Run]:
    """The run as the second rank has it, with the images in a folder."""

    def share(folder: Path) -> Run:
        first, second = pair
        assert shared(first, run, run.directory, run.folder) is run
        other = shared(second, None, run.directory, folder)
        assert isinstance(other, FollowedRun)
        return other

    return share


def test_every_rank_has_the_images_the_recipe_and_the_history(
    run: Run, followed: Callable[[Path], Run], tmp_path: Path
) -> None:
    run.append(RunStarted(epochs=(2, 1)))
    there = tmp_path / "there"  # on another machine
    with pytest.raises(ThawError) as caught:
        followed(there)
    assert caught.value.code == "folder_vanished"
    there.mkdir()
    other = followed(there)
    assert other.folder == there
    for name in ("pictures", "classes", "config", "environment", "history"):
        assert getattr(other, name) == getattr(run, name), name


def test_what_a_followed_run_gets_stays_in_memory(
    run: Run, followed: Callable[[Path], Run]
) -> None:
    other = followed(run.folder)
    before = {path: path.read_bytes() for path in run.directory.iterdir()}
    epoch = EpochFinished(1, 1, Score(1.0, 0.5, 4), Score(1.0, 0.5, 2))
    other.append(RunStarted(epochs=(2, 1)))
    length = other.sync_history()
    other.append(epoch)
    other.write_best([b"wei", b"ghts"], b"predictions")
    other.write_environment({"threads": 1})
    other.mark_skipped({run.used("train")[0].path: "empty_file"})
    assert other.history.epochs == [epoch]
    assert other.environment["threads"] == 1
    assert len(other.used("train")) == len(run.used("train")) - 1
    other.go_back(length, [])
    assert other.history.epochs == []
    assert other.history.started is not None
    assert other.used("train") == run.used("train")
    assert {path: path.read_bytes() for path in run.directory.iterdir()} == before


# -- whole trainings ---

PICTURES = 24  # 18 train: batches of 8, 8 and 2, for three ranks 3 + 3 + 2 and 1 + 1 + 0
RECIPES: dict[str, list[str]] = {
    "two stages": ["batch_size=8", "model.depth=3", "stages.1.thawed=[3]"],
    "fresh augmentation": [
        "batch_size=8",
        "augmentation.rotation=20",
        "class_weights=true",
        "model.depth=3",
        'stages=[{"epochs":2,"thawed":[3],"optimizer":"sgd","learning_rate":0.05}]',
    ],
    "cached views": [
        "batch_size=5",
        "augmentation.rotation=20",
        "augmentation.cached_views=2",
        "model.weights=none",
        "model.depth=2",
        'stages=[{"epochs":2},{"epochs":1,"thawed":[1,2],"learning_rate":1e-3}]',
    ],
    "broken image": [
        "batch_size=8",
        "model.depth=3",
        'stages=[{"epochs":1},{"epochs":1,"thawed":[3]}]',
    ],
    "dropout and penalty": [
        "batch_size=8",
        "model.weights=none",
        "model.depth=2",
        'model.head={"kind":"fc","hidden":[32],"dropout":0.4,"l2":0.1}',
        'stages=[{"epochs":2,"learning_rate":0.01}]',
    ],
    "without a gradient": [
        "batch_size=8",
        "model.weights=none",
        "model.depth=2",
        "model.head.kind=nearest-mean",
        'stages=[{"epochs":1}]',
    ],
    "unequal classes": [
        "batch_size=8",
        "augmentation.rotation=20",
        "balanced_sampling=true",
        "model.weights=none",
        "model.depth=2",
        # where a penalty cancels the loss, Adam makes a whole step of what is rounding alone
        "model.head.l2=0.0",
        'stages=[{"epochs":2,"thawed":[1,2],"learning_rate":1e-3,"block_decay":0.5,"keep":"loss",'
        '"clip_norm":0.5,"label_smoothing":0.1,"schedule":"cosine","warmup_epochs":1},'
        '{"epochs":1,"learning_rate":1e-3,"start_from":"best","keep":"last"}]',
    ],
}
UNEQUAL = list(RECIPES)[-1]
OWN_CACHES = "broken image"
BREAK = ("fresh augmentation", OWN_CACHES, UNEQUAL)
LOST = [*SMALLEST, "batch_size=8", 'stages=[{"epochs":2},{"epochs":1,"thawed":[1]}]']


def train_all(group: Group, root: Path) -> dict[str, Any]:
    """Train every recipe as one rank of those that torchrun started."""
    seen = {}
    for number, name in enumerate(RECIPES):
        cache = root / f"cache-{number}-{group.rank if name == OWN_CACHES else 'all'}"
        run = run_of(name, root / f"images-{number}", root / f"run-{number}", group)
        files.cache_folder = partial(Path, cache)
        seen[name] = _seen(train(run.config, run, group=group))
    return seen


def run_of(name: str, folder: Path, directory: Path, group: Group) -> Run:
    """The run of a recipe as a rank of ``group`` has it."""
    run = None
    if group.is_first:
        if not folder.exists():
            draw_folder(folder, 3, PICTURES // 3)
            for path in sorted((folder / "blue").iterdir())[3:] if name == UNEQUAL else ():
                path.unlink()
        run = new_run(folder, directory, small_recipe(*RECIPES.get(name, LOST)))
        for split in ("train", "validation") if name in BREAK else ():
            path = folder / run.used(split)[0 if name == UNEQUAL else -1].path
            path.write_bytes(path.read_bytes()[:200])
    found = shared(group, run, directory, folder)
    assert found is not None
    return found


def _seen(events: Any) -> dict[str, Any]:
    told: list[Event] = list(events)
    return {
        "epochs": [asdict(one) for one in told if isinstance(one, EpochFinished)],
        "notices": [[one.code, one.values.get("path")] for one in told if isinstance(one, Notice)],
        "end": told[-1].outcome if isinstance(told[-1], RunFinished) else "",
    }


@pytest.mark.parametrize("name", RECIPES)
def test_ranks_learn_what_one_process_learns(
    root: Path, three: list[dict[str, Any]], tmp_path: Path, name: str
) -> None:
    run = run_of(name, tmp_path / "images", tmp_path / "run", ALONE)
    alone = _seen(events_of(run))
    for rank, seen in enumerate(one["trained"][name] for one in three):
        assert seen["end"] == alone["end"] == "finished"
        for epoch, other in zip(seen["epochs"], alone["epochs"], strict=True):
            for split in ("train", "validation"):
                assert epoch[split] == pytest.approx(other[split], rel=1e-4), split
            assert epoch["is_best"] == other["is_best"]
            changes = () if rank else pytest.approx(other["block_changes"], rel=0.01)
            assert tuple(epoch["block_changes"]) == changes
        assert sorted(seen["notices"]) == sorted(alone["notices"])
    theirs = root / f"run-{list(RECIPES).index(name)}"  # which the first rank wrote
    assert Run.open(theirs).state == "finished"
    both = theirs, run.directory
    sheets = [(one / "first-batch.png").read_bytes() for one in both]
    assert sheets[0] == sheets[1]
    ours, theirs = (load_file(one / "best.safetensors") for one in both)
    assert ours.keys() == theirs.keys()
    for name, tensor in theirs.items():
        assert torch.allclose(ours[name], tensor, rtol=1e-3, atol=1e-4), name
    tables = [(one / "predictions.csv").read_text("utf-8").splitlines() for one in both]
    rows = [[line.split(",")[:3] for line in table] for table in tables]
    assert rows[0] == rows[1]


@pytest.mark.usefixtures("three")
def test_ranks_compute_cached_features_together(root: Path) -> None:
    head, views = (list(RECIPES).index(one) for one in list(RECIPES)[:3:2])
    assert sorted(_records(root / f"cache-{head}-all")) == [PICTURES] * 2, "blocks 2 and 3"
    assert sorted(_records(root / f"cache-{views}-all")) == [6, 18, 18]


@pytest.mark.usefixtures("three")
def test_ranks_without_a_common_cache_compute_what_they_need(root: Path) -> None:
    number = list(RECIPES).index(OWN_CACHES)
    for rank in range(3):
        counts = _records(root / f"cache-{number}-{rank}")
        assert len(counts) == 2
        assert all(0 < count < PICTURES - 2 for count in counts), "a part of each of two epochs"


def _records(cache: Path) -> list[int]:
    """How many features each folder of a cache holds."""
    counts = []
    for about in (cache / "kept").glob("features-*/about.json"):
        size = json.loads(about.read_text("utf-8"))["record_bytes"]
        counts.append(sum(one.stat().st_size for one in about.parent.glob("*.data")) // size)
    return counts


@pytest.fixture(scope="module")
def left(root: Path) -> dict[str, Any]:
    """What the first rank of two saw, whose other one asks, stops and is lost."""
    with Ranks(2, f"{HERE}:steer_and_lose_one", str(root / "two")) as ranks:
        output, errors = ranks.processes[0].communicate(timeout=PATIENCE)
    assert output, errors
    seen: dict[str, Any] = json.loads(output.splitlines()[-1])
    return seen


def steer_and_lose_one(given: str) -> dict[str, Any]:
    """The second rank ends a stage early, then stops a training, and is killed in a step of
    another one."""
    group, root = joined(), Path(given)
    run, control = run_of("lost", root / "images", root / "stopped", group), Control()
    told = []
    for event in train(run.config, run, control=control, group=group):
        told.append(event)
        if isinstance(event, BatchFinished) and not group.is_first:
            control.ends_stage = True
            if event.stage == 2:
                control.stop.set()
    batches = torch.tensor([sum(isinstance(one, BatchFinished) for one in told)])
    answer = {"told": [type(one).__name__ for one in told], "outcome": told[-1].outcome}
    answer["batches"] = group.gathered(batches).tolist()
    run = run_of("lost", root / "images", root / "lost", group)
    for event in train(run.config, run, group=group):
        if isinstance(event, EpochFinished) and not group.is_first:
            Setup.drawing = lambda *_: os.kill(os.getpid(), 9)  # type: ignore[method-assign]
    with pytest.raises(ThawError) as again:
        group.sums(1)
    return {**answer, "lost": [event.outcome, event.code, again.value.code]}


def test_what_any_rank_is_asked_all_do_at_the_same_batch(left: dict[str, Any]) -> None:
    told = [one for one in left["told"] if one != "CacheProgress"]
    assert told == [
        *("RunStarted", "StageStarted", *["BatchFinished"] * 3, "StageEnded", "EpochFinished"),
        *("StageStarted", "BatchFinished", "RunFinished"),
    ]
    assert left["outcome"] == "stopped"
    assert left["batches"] == [4, 4]


def test_a_lost_rank_ends_the_run_which_then_goes_on_from_its_last_checkpoint(
    left: dict[str, Any], root: Path, tmp_path: Path
) -> None:
    assert left["lost"] == ["failed", "rank_lost", "rank_lost"]
    run = Run.open(root / "two" / "lost")
    assert run.state == "failed"
    assert 1 <= len(run.history.epochs) < 3
    assert _seen(events_of(run))["end"] == "finished"
    alone = _seen(events_of(run_of("lost", tmp_path / "images", tmp_path / "run", ALONE)))
    for epoch, other in zip(run.history.epochs, alone["epochs"], strict=True):
        assert asdict(epoch.validation) == pytest.approx(other["validation"], rel=1e-3)
