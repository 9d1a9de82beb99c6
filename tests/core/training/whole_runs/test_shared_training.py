"""Several processes that train one recipe: what they learn is what one process learns."""

import json
import os
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from core.common import files
from core.runs.events import BatchFinished, EpochFinished, Event, Notice, RunFinished
from core.runs.run import Run
from tests.support.pictures import draw_folder
from tests.support.ranks import PATIENCE, Ranks, answers
from tests.support.training import events_of, new_run, small_recipe

PICTURES = 24  # 18 train: batches of 8, 8 and 2, for three ranks 3 + 3 + 2 and 1 + 1 + 0
RECIPES: dict[str, list[str]] = {
    "a head, then a thawed block": ["batch_size=8"],
    "fresh augmentation": [
        "batch_size=8",
        "augmentation.rotation=20",
        "class_weights=true",
        'stages=[{"epochs":2,"thawed":[5],"optimizer":"sgd","learning_rate":0.05}]',
    ],
    "kept views, everything thawed": [
        "batch_size=5",
        "augmentation.rotation=20",
        "augmentation.cached_views=2",
        "model.weights=none",
        "model.depth=2",
        'stages=[{"epochs":2},{"epochs":1,"thawed":[1,2],"learning_rate":1e-3}]',
    ],
    "a picture that breaks": ["batch_size=8", "stages.0.epochs=1"],
    "dropout and a penalty": [
        "batch_size=8",
        "model.weights=none",
        "model.depth=2",
        'model.head={"kind":"fc","hidden":[32],"dropout":0.4,"l2":0.1}',
        'stages=[{"epochs":2,"learning_rate":0.01}]',
    ],
    "unequal classes, seen equally often, and weights put back": [
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
OWN_CACHES = "a picture that breaks"
BREAK = ("fresh augmentation", "a picture that breaks", UNEQUAL)
LOST = "a head, then a thawed block"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("ranks")


@pytest.fixture(scope="module")
def ranks(place: Path) -> list[dict[str, Any]]:
    """What each of three ranks saw of all recipes."""
    return answers(3, "tests.core.training.whole_runs.test_shared_training:train_all", str(place))


def train_all(given: str) -> dict[str, Any]:
    """Train every recipe as one rank of those that torchrun started."""
    from core.training.distributed import join
    from core.training.torchrun import place
    from core.training.train import train

    here = place()
    assert here is not None
    group = join(here)
    root, seen = Path(given), {}
    for number, name in enumerate(RECIPES):
        cache = root / f"cache-{number}-{here.rank if name == OWN_CACHES else 'all'}"
        run = run_of(name, root / f"pictures-{number}", root / f"run-{number}", group)
        files.cache_folder = partial(Path, cache)
        seen[name] = _seen(train(run.config, run, group=group))
    group.wait_for_all()
    group.leave()
    return seen


def run_of(name: str, folder: Path, directory: Path, group: Any) -> Run:
    """The run of a recipe as a rank of ``group`` has it."""
    from core.training.distributed import shared

    run = None
    if group.is_first:
        if not folder.exists():
            draw_folder(folder, 3, PICTURES // 3)
            for path in sorted((folder / "blue").iterdir())[3:] if name == UNEQUAL else ():
                path.unlink()
        run = new_run(folder, directory, small_recipe(*RECIPES[name]))
        for part in ("train", "validation") if name in BREAK else ():
            path = folder / run.used(part)[0 if name == UNEQUAL else -1].path
            path.write_bytes(path.read_bytes()[:200])
    return shared(group, run, directory, folder)


def _seen(events: Any) -> dict[str, Any]:
    told: list[Event] = list(events)
    return {
        "epochs": [asdict(one) for one in told if isinstance(one, EpochFinished)],
        "notices": [[one.code, one.values.get("path")] for one in told if isinstance(one, Notice)],
        "end": told[-1].outcome if isinstance(told[-1], RunFinished) else "",
        "code": told[-1].code if isinstance(told[-1], RunFinished) else "",
    }


@pytest.mark.parametrize("name", RECIPES)
def test_ranks_learn_what_one_process_learns(
    place: Path, ranks: list[dict[str, Any]], tmp_path: Path, name: str
) -> None:
    from core.training.distributed import ALONE

    run = run_of(name, tmp_path / "pictures", tmp_path / "run", ALONE)
    alone = _seen(events_of(run))
    for rank, seen in enumerate(one[name] for one in ranks):
        assert seen["end"] == alone["end"] == "finished"
        for epoch, other in zip(seen["epochs"], alone["epochs"], strict=True):
            for part in ("train", "validation"):
                assert epoch[part] == pytest.approx(other[part], rel=1e-4), part
            assert epoch["is_best"] == other["is_best"]
            changes = () if rank else pytest.approx(other["block_changes"], rel=0.01)
            assert tuple(epoch["block_changes"]) == changes
        assert sorted(seen["notices"]) == sorted(alone["notices"])
    _assert_same_run(place / f"run-{list(RECIPES).index(name)}", run)


def test_kept_features_are_computed_once_by_all_ranks_together(
    place: Path, ranks: list[dict[str, Any]]
) -> None:
    head, views = (list(RECIPES).index(one) for one in list(RECIPES)[:3:2])
    assert sorted(_records(place / f"cache-{head}-all")) == [PICTURES] * 2, "blocks 4 and 5"
    assert sorted(_records(place / f"cache-{views}-all")) == [6, 18, 18]


def test_ranks_without_a_common_folder_send_each_other_what_they_computed(
    place: Path, ranks: list[dict[str, Any]]
) -> None:
    number = list(RECIPES).index(OWN_CACHES)
    for rank in range(3):
        assert _records(place / f"cache-{number}-{rank}") == [PICTURES - 2] * 2


def _records(cache: Path) -> list[int]:
    """How many features each folder of a cache holds."""
    counts = []
    for about in (cache / "kept").glob("features-*/about.json"):
        size = json.loads(about.read_text("utf-8"))["record_bytes"]
        counts.append(sum(one.stat().st_size for one in about.parent.glob("*.data")) // size)
    return counts


@pytest.fixture(scope="module")
def left(place: Path) -> dict[str, Any]:
    """What the first rank of two saw, whose other one asks, stops and is lost."""
    given = str(place / "two")
    with Ranks(
        2, "tests.core.training.whole_runs.test_shared_training:steer_and_lose_one", given
    ) as ranks:
        output, errors = ranks.processes[0].communicate(timeout=PATIENCE)
    assert output, errors
    seen: dict[str, Any] = json.loads(output.splitlines()[-1])
    return seen


def steer_and_lose_one(given: str) -> dict[str, Any]:
    """The second rank ends a stage early, then stops a training, and is killed in another one."""
    import torch

    from core.training.control import Control
    from core.training.distributed import join
    from core.training.torchrun import place
    from core.training.train import train

    here = place()
    assert here is not None
    group, root = join(here), Path(given)
    run, control = run_of(LOST, root / "pictures", root / "stopped", group), Control()
    told = []
    for event in train(run.config, run, control=control, group=group):
        told.append(event)
        if isinstance(event, BatchFinished) and not here.is_first:
            control.next_stage()
            if event.stage == 2:
                control.stop.set()
    batches = torch.tensor([sum(isinstance(one, BatchFinished) for one in told)])
    answer = {"told": [type(one).__name__ for one in told], "outcome": told[-1].outcome}
    answer["batches"] = group.gathered(batches).tolist()
    run = run_of(LOST, root / "pictures", root / "lost", group)
    for event in train(run.config, run, group=group):
        if isinstance(event, EpochFinished) and not here.is_first:
            os.kill(os.getpid(), 9)
    return {**answer, "lost": [event.outcome, event.code]}


def test_what_any_rank_is_asked_all_do_at_the_same_batch(left: dict[str, Any]) -> None:
    told = [one for one in left["told"] if one != "CacheProgress"]
    assert told == [
        *("RunStarted", "StageStarted", *["BatchFinished"] * 3, "StageEnded", "EpochFinished"),
        *("StageStarted", "BatchFinished", "RunFinished"),
    ]
    assert left["outcome"] == "stopped"
    assert left["batches"] == [4, 4]


def test_a_lost_rank_ends_the_run_which_then_goes_on_from_its_last_checkpoint(
    left: dict[str, Any], place: Path, tmp_path: Path
) -> None:
    from core.training.distributed import ALONE

    assert left["lost"] == ["failed", "rank_lost"]
    run = Run.open(place / "two" / "lost")
    assert run.state == "failed"
    assert 1 <= len(run.history.epochs) < 3
    seen = _seen(events_of(run))
    whole = run_of(LOST, tmp_path / "pictures", tmp_path / "run", ALONE)
    alone = _seen(events_of(whole))
    assert seen["end"] == "finished"
    assert len(run.history.epochs) == len(alone["epochs"])
    for epoch, other in zip(run.history.epochs, alone["epochs"], strict=True):
        assert asdict(epoch.validation) == pytest.approx(other["validation"], rel=1e-3)


def _assert_same_run(directory: Path, alone: Run) -> None:
    """The first rank wrote what one process writes."""
    import torch
    from safetensors.torch import load_file

    run = Run.open(directory)
    assert run.state == "finished"
    assert (directory / "first-batch.png").read_bytes() == (
        alone.directory / "first-batch.png"
    ).read_bytes()
    ours, theirs = (load_file(one / "best.safetensors") for one in (directory, alone.directory))
    assert ours.keys() == theirs.keys()
    for tensor_name, tensor in theirs.items():
        assert torch.allclose(ours[tensor_name], tensor, rtol=1e-3, atol=1e-4), tensor_name
    ours_told, theirs_told = (
        [line.split(",")[:3] for line in (one / "predictions.csv").read_text("utf-8").splitlines()]
        for one in (directory, alone.directory)
    )
    assert ours_told == theirs_told
