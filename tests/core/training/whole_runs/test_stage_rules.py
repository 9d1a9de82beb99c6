"""What a stage's fields do to a training that a person can see: the rates that are told, when it
ends, which epoch's weights are kept, and whose the next stage begins with."""

from collections import Counter
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from core.common.messages import sentence
from core.compute.cache import budget as cache_budget
from core.compute.features import source as feature_source
from core.recipe.config import StageConfig
from core.runs.events import (
    BatchFinished,
    EpochFinished,
    Event,
    Notice,
    RunFinished,
    StageEnded,
    StageStarted,
)
from core.runs.run import Run, extend
from core.training.control import Control
from core.training.rates import planned
from core.training.train import train
from tests.support.pictures import draw_folder
from tests.support.training import epochs_without_time, events_of, new_run, small_recipe

SMALLEST = ("model.weights=none", "model.depth=1")
# It overshoots, so that later epochs are worse, and not by chance.
WILD = '"optimizer":"sgd","learning_rate":0.5,"momentum":0.9,"weight_decay":0,"schedule":"constant"'
# The same with thawed blocks, whose numbers would soon be no numbers.
WILD_BLOCKS = '"optimizer":"adam","learning_rate":0.05,"backbone_factor":0.1,"weight_decay":0'


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw_folder(tmp_path_factory.mktemp("data") / "pictures", classes=3, per_class=6)


def trained(folder: Path, directory: Path, *settings: str) -> tuple[Run, list[Event]]:
    run = new_run(folder, directory, small_recipe(*SMALLEST, *settings))
    events = list(events_of(run))
    assert isinstance(events[-1], RunFinished)
    assert events[-1].outcome == "finished", events[-1]
    return run, events


def weights_of(run: Run) -> dict[str, torch.Tensor]:
    return load_file(run.directory / "best.safetensors")


def epochs_of(run: Run) -> list[tuple[int, int]]:
    return [(one.stage, one.epoch) for one in Run.open(run.directory).history.epochs]


@pytest.mark.parametrize("schedule", ["constant", "step", "cosine", "one-cycle"])
def test_the_rates_that_are_told_follow_the_planned_curve(
    folder: Path, tmp_path: Path, schedule: str
) -> None:
    stage = (
        f'"epochs":3,"thawed":[1],"schedule":"{schedule}","warmup_epochs":1,"decay_every":2,'
        '"learning_rate":1e-3,"backbone_factor":0.5'
    )
    run, events = trained(folder, tmp_path / "run", f"stages=[{{{stage}}}]")
    batches = [one for one in events if isinstance(one, BatchFinished)]
    curve = planned(run.config.stages[0], batches[0].batches)
    assert [one.learning_rate for one in batches] == pytest.approx([1e-3 * one for one in curve])
    assert [one.backbone_learning_rate for one in batches] == pytest.approx(
        [5e-4 * one for one in curve]
    )
    (started,) = (one for one in events if isinstance(one, StageStarted))
    assert (started.learning_rate, started.backbone_learning_rate) == (1e-3, 5e-4)
    assert Run.open(run.directory).history.batches == batches, "a replay tells the same"


def test_a_falling_rate_learns_otherwise_than_a_constant_one(folder: Path, tmp_path: Path) -> None:
    losses = []
    for number, schedule in enumerate(("constant", "cosine")):
        stage = f'"epochs":2,"learning_rate":1e-3,"schedule":"{schedule}"'
        _, events = trained(folder, tmp_path / str(number), f"stages=[{{{stage}}}]")
        losses.append([one.loss for one in events if isinstance(one, BatchFinished)])
    assert losses[0][0] == losses[1][0], "before the first step there is no difference"
    assert losses[0][-1] != losses[1][-1]


def test_a_plateau_lowers_the_rate_once_validation_stops_falling(
    folder: Path, tmp_path: Path
) -> None:
    stage = f'{WILD},"epochs":8,"schedule":"plateau","decay_every":2,"decay_factor":0.25'
    run, events = trained(folder, tmp_path / "run", f"stages=[{{{stage}}}]")
    losses = [one.validation.loss for one in run.history.epochs]
    best, waited, factor = float("inf"), 0, 1.0
    for epoch, loss in enumerate(losses, start=1):
        rates = {
            one.learning_rate
            for one in events
            if isinstance(one, BatchFinished) and one.epoch == epoch
        }
        assert rates == {0.5 * factor}
        waited = 0 if loss < best else waited + 1
        best = min(best, loss)
        if waited == 2:
            factor, waited = factor / 4, 0
    assert factor < 1, "it did lower it"


def test_smoothed_labels_are_learned_from_and_plain_losses_told(
    folder: Path, tmp_path: Path
) -> None:
    still = '"epochs":1,"learning_rate":1e-9'
    plain, _ = trained(folder, tmp_path / "plain", f"stages=[{{{still}}}]")
    smoothed, _ = trained(
        folder, tmp_path / "smoothed", f'stages=[{{{still},"label_smoothing":0.5}}]'
    )
    for one, other in zip(plain.history.epochs, smoothed.history.epochs, strict=True):
        assert other.train.loss == pytest.approx(one.train.loss)
        assert other.validation.loss == pytest.approx(one.validation.loss)
    surest = []
    for number, share in enumerate((0, 0.5)):
        stage = f'"epochs":8,"learning_rate":0.1,"label_smoothing":{share}'
        run, _ = trained(folder, tmp_path / str(number), f"stages=[{{{stage}}}]")
        surest.append(run.history.epochs[-1].train.loss)
    assert surest[0] < surest[1], "nobody who learns from smoothed labels becomes as sure"


def test_a_limit_to_gradients_takes_smaller_steps(folder: Path, tmp_path: Path) -> None:
    moved = []
    for number, limit in enumerate(("null", "1e-3")):
        stage = f'"epochs":1,"thawed":[1],"learning_rate":0.01,"clip_norm":{limit}'
        run, _ = trained(folder, tmp_path / str(number), f'stages=[{{"optimizer":"sgd",{stage}}}]')
        moved.append(float(weights_of(run)["head.weight"].abs().max()))
    assert 0 < moved[1] < moved[0] / 10


STALLING = f'stages=[{{{WILD},"epochs":30,"patience":2}},{{"epochs":1}}]'


def test_a_stage_ends_when_its_patience_does_and_says_why(folder: Path, tmp_path: Path) -> None:
    run, events = trained(folder, tmp_path / "run", STALLING)
    (ended,) = (one for one in events if isinstance(one, StageEnded))
    losses = [one.validation.loss for one in run.history.epochs if one.stage == 1]
    assert ended == StageEnded(1, len(losses), "patience")
    assert 3 <= len(losses) < 30
    assert min(losses[-2:]) >= min(losses[:-2])
    (said,) = (one for one in events if isinstance(one, Notice))
    assert sentence(said.code, said.values) == (
        f"Stage 1 ends early, with epoch {len(losses)}: validation loss has not fallen since "
        f"epoch {len(losses) - 2}"
    )
    assert epochs_of(run)[-1] == (2, 1), "the next stage follows"
    assert Run.open(run.directory).history.planned == (len(losses), 1)
    assert Run.open(run.directory).is_finished


def test_patience_may_watch_accuracy(folder: Path, tmp_path: Path) -> None:
    stage = '"epochs":20,"learning_rate":1e-9,"patience":3,"watch":"accuracy"'
    run, events = trained(folder, tmp_path / "run", f"stages=[{{{stage}}}]")
    assert len(run.history.epochs) == 4, "no epoch is better than the first"
    (said,) = (one.code for one in events if isinstance(one, Notice))
    assert said == "stage_ended_accuracy"


def test_patience_that_ends_with_the_planned_end_is_not_told_of(
    folder: Path, tmp_path: Path
) -> None:
    stage = '"epochs":3,"learning_rate":1e-9,"patience":2,"watch":"accuracy"'
    run, events = trained(folder, tmp_path / "run", f"stages=[{{{stage}}}]")
    assert len(run.history.epochs) == 3
    assert not any(isinstance(one, StageEnded | Notice) for one in events)


def test_an_extended_stage_has_its_patience_anew(folder: Path, tmp_path: Path) -> None:
    stage = '"epochs":20,"learning_rate":1e-9,"patience":3,"watch":"accuracy"'
    run, _ = trained(folder, tmp_path / "run", f"stages=[{{{stage}}}]")
    extend(run, 10)
    list(events_of(run))
    assert len(run.history.epochs) == 4 + 3
    assert Run.open(run.directory).is_finished


def test_an_extended_cosine_falls_once_more(folder: Path, tmp_path: Path) -> None:
    stage = '"epochs":2,"learning_rate":1e-3,"schedule":"cosine"'
    run, _ = trained(folder, tmp_path / "run", f"stages=[{{{stage}}}]")
    extend(run, 3)
    events = list(events_of(run))
    told = [one.learning_rate for one in events if isinstance(one, BatchFinished)]
    longer = small_recipe(f'stages=[{{"epochs":3,{stage.partition(",")[2]}}}]').stages[0]
    assert told == pytest.approx([1e-3 * one for one in planned(longer, len(told) // 3)])


@pytest.mark.parametrize("keep", ["auto", "accuracy", "loss", "last"])
def test_the_epoch_that_the_rule_says_is_the_one_that_is_kept(
    folder: Path, tmp_path: Path, keep: str
) -> None:
    stage = f'{WILD},"epochs":5,"keep":"{keep}"'
    run, events = trained(folder, tmp_path / "run", f"stages=[{{{stage}}}]")
    scores = [one.validation for one in run.history.epochs]
    best = max(range(5), key=lambda one: (scores[one].accuracy, -scores[one].loss))
    kept = {
        "accuracy": best,
        "auto": best,  # at a constant rate
        "loss": min(range(5), key=lambda one: scores[one].loss),
        "last": 4,
    }[keep]
    history = Run.open(run.directory).history
    assert history.best is not None
    assert history.best.epoch == kept + 1
    marked = [one.epoch for one in events if isinstance(one, EpochFinished) and one.is_best]
    assert marked[-1] == kept + 1
    assert marked == list(range(1, 6)) if keep == "last" else len(marked) < 5
    short, _ = trained(
        folder, tmp_path / "short", f'stages=[{{{WILD},"epochs":{kept + 1},"keep":"last"}}]'
    )
    assert (run.directory / "best.safetensors").read_bytes() == (
        short.directory / "best.safetensors"
    ).read_bytes()


@pytest.mark.parametrize(
    ("stage", "rule"),
    [
        (StageConfig(), "last"),
        (StageConfig(schedule="one-cycle"), "last"),
        (StageConfig(schedule="constant"), "accuracy"),
        (StageConfig(schedule="step"), "accuracy"),
        (StageConfig(schedule="plateau"), "accuracy"),
        (StageConfig(patience=3), "accuracy"),
        (StageConfig(keep="loss"), "loss"),
        (StageConfig(schedule="constant", keep="last"), "last"),
    ],
)
def test_the_last_epoch_is_kept_where_the_rates_come_to_rest(stage: StageConfig, rule: str) -> None:
    assert stage.kept_by == rule


STILL = '"epochs":1,"learning_rate":1e-10,"keep":"last"'


def test_a_stage_begins_with_the_weights_that_are_asked_for(folder: Path, tmp_path: Path) -> None:
    wild = f'{WILD_BLOCKS},"epochs":5,"thawed":[1]'
    found = {}
    for name in ("last", "best"):
        stages = f'stages=[{{{wild},"keep":"loss"}},{{{STILL},"start_from":"{name}"}}]'
        run, _ = trained(folder, tmp_path / name, stages)
        *first, second = run.history.epochs
        losses = [one.validation.loss for one in first]
        assert losses.index(min(losses)) != 4, "they are not the same weights"
        found[name] = second.validation.loss, losses
    assert found["last"][0] == pytest.approx(found["last"][1][-1], rel=1e-4)
    assert found["best"][0] == pytest.approx(min(found["best"][1]), rel=1e-4)


def test_a_first_stage_has_no_best_to_begin_with(folder: Path, tmp_path: Path) -> None:
    stages = [f'stages=[{{"epochs":2,"start_from":"{one}"}}]' for one in ("last", "best")]
    runs = [trained(folder, tmp_path / str(n), one)[0] for n, one in enumerate(stages)]
    first, second = ((one.directory / "best.safetensors").read_bytes() for one in runs)
    assert first == second


# Block 1 learns what is worse, stays so for a stage, and is put back: the third and the fourth
# stage begin behind the same block, which is another one.
PUT_BACK = (
    "model.depth=2",
    'stages=[{"epochs":1},'
    '{"epochs":2,"thawed":[1],"optimizer":"sgd","learning_rate":0.05,"keep":"loss"},'
    '{"epochs":2,"thawed":[2],"learning_rate":1e-10,"keep":"loss"},'
    '{"epochs":2,"thawed":[2],"start_from":"best","learning_rate":1e-4,"keep":"last"},'
    '{"epochs":1,"start_from":"best","learning_rate":1e-4,"keep":"last"}]',
)


@pytest.mark.parametrize("views", [0, 2])
def test_features_of_blocks_that_were_put_back_are_never_stale(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, views: int
) -> None:
    settings = [*PUT_BACK]
    if views:
        settings += ["augmentation.rotation=20", f"augmentation.cached_views={views}"]
    kept, _ = trained(folder, tmp_path / "on disk", *settings)
    best = [one.is_best for one in kept.history.epochs]
    assert best[:5] == [True, False, False, False, False], "what is put back is another block 1"
    cache_budget.choose_budget(0)
    in_memory, _ = trained(folder, tmp_path / "in memory", *settings)
    monkeypatch.setattr(feature_source, "memory_budget", lambda: 0)
    nowhere, _ = trained(folder, tmp_path / "nowhere", *settings)
    for one in (in_memory, nowhere):
        assert epochs_without_time(list(one.history.epochs)) == epochs_without_time(
            list(kept.history.epochs)
        )
        for name in ("best.safetensors", "predictions.csv"):
            assert (one.directory / name).read_bytes() == (kept.directory / name).read_bytes()


def test_weights_that_are_gone_when_they_are_asked_for_end_the_run(
    folder: Path, tmp_path: Path
) -> None:
    stages = 'stages=[{"epochs":1},{"epochs":1,"start_from":"best"}]'
    run = new_run(folder, tmp_path / "run", small_recipe(*SMALLEST, stages))
    path = run.directory / "best.safetensors"
    for event in events_of(run):
        if isinstance(event, EpochFinished):
            path.write_bytes(path.read_bytes()[:100])
    last = run.history.finished
    assert last is not None
    assert (last.outcome, last.code, last.values["path"]) == ("failed", "read_failed", str(path))


@pytest.fixture
def imbalanced(tmp_path: Path) -> Path:
    """Sixteen red pictures and three green ones."""
    folder = draw_folder(tmp_path / "pictures", classes=2, per_class=16)
    for file in sorted((folder / "green").iterdir())[3:]:
        file.unlink()
    return folder


@pytest.mark.parametrize("augmented", ["augmentation.rotation=0", "augmentation.rotation=30"])
def test_each_class_is_seen_as_often_as_the_other(
    imbalanced: Path, tmp_path: Path, augmented: str
) -> None:
    settings = (augmented, "balanced_sampling=true", "batch_size=6", 'stages=[{"epochs":3}]')
    run, events = trained(imbalanced, tmp_path / "run", *settings)
    training = len(run.used("train"))
    for epoch in (1, 2, 3):
        seen: Counter[tuple[str, int]] = Counter()
        for one in events:
            if isinstance(one, BatchFinished) and one.epoch == epoch:
                repeats = one.repeats or (0,) * len(one.pictures)
                seen.update(zip(one.pictures, repeats, strict=True))
        assert sum(seen.values()) == training == run.history.epochs[epoch - 1].train.images
        assert max(seen.values()) == 1, "a picture and its repeat are one step each"
        classes = Counter(path.partition("/")[0] for path, _ in seen)
        assert abs(classes["red"] - classes["green"]) <= 1
    assert run.history.epochs[0].validation.images == len(run.used("validation"))


def test_a_person_can_still_end_a_stage_that_has_patience(folder: Path, tmp_path: Path) -> None:
    stage = '"epochs":20,"learning_rate":1e-9,"patience":5,"watch":"accuracy"'
    recipe = small_recipe(*SMALLEST, f"stages=[{{{stage}}}]")
    run, control = new_run(folder, tmp_path / "run", recipe), Control()
    ends = []
    for event in train(recipe, run, control=control):
        if isinstance(event, BatchFinished):
            control.next_stage()
        if isinstance(event, StageEnded | Notice):
            ends.append(event)
    assert ends == [StageEnded(1, 1)]
