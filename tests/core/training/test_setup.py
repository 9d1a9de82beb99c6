"""What a training begins with: an epoch's batches, class weights, the weights it starts from."""

import hashlib
import json
import math
import shutil
from collections import Counter
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load_file

from core.common.messages import ThawError
from core.compute.loaders import picture_of, times_before
from core.model import backbone
from core.model.weights import download as weight_download
from core.model.weights.normalization import PUBLISHED, Published
from core.recipe.config import RunConfig
from core.runs import evaluation
from core.runs.events import BatchFinished, EpochFinished, Event
from core.runs.run import Run
from core.training import setup as training_setup
from core.training.distributed import ALONE, FollowedRun, Group
from core.training.setup import balanced, batch_groups, class_weights
from tests.support.resuming import go_on, stop_at
from tests.support.training import NewRuns, epochs_without_time, events_of, small_recipe, trained
from tests.support.weights import FEATURES, save, state

# -- batches ---

LABELS = st.lists(st.integers(min_value=0, max_value=4), min_size=1, max_size=60)
SEEDS = st.integers(min_value=0, max_value=2**63 - 1)
EPOCHS = st.integers(min_value=0, max_value=1000)


def keys_of(labels: list[int]) -> list[str]:
    return [f"{label}/{number}.png" for number, label in enumerate(labels)]


@given(LABELS, SEEDS, EPOCHS)
def test_classes_and_images_are_seen_equally_often(
    labels: list[int], seed: int, epoch: int
) -> None:
    chosen = balanced(range(len(labels)), labels, keys_of(labels), seed, epoch)
    assert len(chosen) == len(set(chosen)) == len(labels)
    seen = Counter(labels[picture_of(one)] for one in chosen)
    assert seen.keys() == set(labels)
    assert max(seen.values()) - min(seen.values()) <= 1
    times = Counter(map(picture_of, chosen))
    for label in set(labels):
        counts = [times[one] for one, other in enumerate(labels) if other == label]
        assert max(counts) - min(counts) <= 1
    found: dict[int, set[int]] = {}
    for one in chosen:
        found.setdefault(picture_of(one), set()).add(times_before(one))
    assert found == {image: set(range(count)) for image, count in times.items()}, "without gaps"


@given(LABELS, SEEDS, EPOCHS, st.integers(1, 9), st.randoms(use_true_random=False))
def test_batches_hold_every_position_once_however_images_are_listed(
    labels: list[int], seed: int, epoch: int, size: int, random: object
) -> None:
    keys = keys_of(labels)
    given = list(range(len(labels)))
    random.shuffle(given)  # type: ignore[attr-defined]
    chosen = balanced(range(len(labels)), labels, keys, seed, epoch)
    assert balanced(given, labels, keys, seed, epoch) == chosen
    groups = batch_groups(chosen, keys, size, seed, epoch)
    assert batch_groups(chosen[::-1], keys, size, seed, epoch) == groups
    assert sorted(one for group in groups for one in group) == sorted(chosen)
    assert [len(group) for group in groups[:-1]] == [size] * (len(groups) - 1)


def test_another_epoch_leaves_out_other_images_and_lets_another_class_have_one_more() -> None:
    def epochs(*counts: int) -> list[list[int]]:
        labels = [label for label, count in enumerate(counts) for _ in range(count)]
        keys = keys_of(labels)
        return [balanced(range(len(keys)), labels, keys, 0, epoch) for epoch in range(20)]

    images = [frozenset(map(picture_of, one)) for one in epochs(40, 4)]
    assert len(set(images)) == 20
    assert frozenset.union(*images) == set(range(44))
    in_larger = [sum(picture_of(one) < 3 for one in epoch) for epoch in epochs(3, 2)]
    assert set(in_larger) == {2, 3}


def test_repeats_of_an_image_are_spread_over_the_batches() -> None:
    labels = [0] * 30 + [1]
    keys = keys_of(labels)
    assert batch_groups(balanced([], [], [], 0, 0), [], 4, 0, 0) == []
    groups = batch_groups(balanced(range(31), labels, keys, 0, 0), keys, 4, 0, 0)
    holding = [any(picture_of(one) == 30 for one in group) for group in groups]
    assert sum(holding) > 4, "15 or 16 repeats of it in 8 batches"


# -- class weights ---


def weighted(folder: Path, directory: Path, stage: str, *settings: str) -> tuple[Run, list[Event]]:
    stages = f'stages=[{{"optimizer":"sgd","weight_decay":0,{stage}}}]'
    half = "dataset.validation_fraction=0.5"
    return trained(folder, directory, "model.depth=3", stages, half, "batch_size=16", *settings)


def test_every_class_counts_alike_and_an_image_one_in_the_mean() -> None:
    labels = torch.tensor([0, 0, 0, 0, 0, 0, 1, 1, 3])
    weights = class_weights(labels, 4)
    assert weights.tolist() == [0.5, 1.5, 1.0, 3.0], "9 images of 3 classes that have some"
    assert weights[labels].mean().item() == 1
    assert [weights[one].item() * (labels == one).sum().item() for one in (0, 1, 3)] == [3, 3, 3]
    assert class_weights(torch.tensor([0, 1, 1, 0]), 2).tolist() == [1, 1], "as without weights"


def test_a_small_class_is_recognised_sooner(unequal: Path, tmp_path: Path) -> None:
    def recalls(name: str, *settings: str) -> list[float]:
        run, _ = weighted(unequal, tmp_path / name, '"epochs":1,"learning_rate":1e-4', *settings)
        return [one.right / one.total for one in evaluation.of_run(run).per_class]

    assert recalls("plain") == [0, 1], "green, red: as yet all is called red"
    assert recalls("weighted", "class_weights=true") == [1, 1]


def test_reported_losses_stay_plain_means(unequal: Path, tmp_path: Path) -> None:
    still = '"epochs":2,"learning_rate":1e-9'
    _, plain = weighted(unequal, tmp_path / "plain", still)
    _, events = weighted(unequal, tmp_path / "weighted", still, "class_weights=true")
    losses = [one.loss for one in events if isinstance(one, BatchFinished)]
    assert losses == pytest.approx([math.log(2)] * 2)
    for one, other in zip(epochs_without_time(plain), epochs_without_time(events), strict=True):
        assert other["train"].loss == pytest.approx(one["train"].loss)
        assert other["validation"].loss == pytest.approx(one["validation"].loss)


# -- the weights that a run starts from ---

ONE_BLOCK = ("model.depth=1", 'stages=[{"epochs":1,"thawed":[1]}]')


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A file with the first block: other numbers than come with Thaw, blue first."""
    generator = torch.Generator().manual_seed(0)
    kept = {
        name: torch.randn(one.shape, generator=generator) / 30
        for name, one in state(FEATURES[:2]).items()
    }
    return save(tmp_path / "mine.pth", kept)


def recipe_of(source: Path, *settings: str) -> RunConfig:
    own = f"model.weights={source.as_posix()}", "model.normalization=vggface"
    return small_recipe(*ONE_BLOCK, *own, *settings)


def outcome(run: Run) -> tuple[str, str]:
    *_, last = events_of(run)
    return last.outcome, last.code


def test_training_starts_from_the_file_and_notes_what_it_was(make: NewRuns, source: Path) -> None:
    run = make.new(recipe_of(source))
    assert outcome(run) == ("finished", "")
    start = training_setup.decode_start((run.directory / "start.safetensors").read_bytes())
    theirs = torch.load(source, weights_only=True)
    assert torch.equal(start.tensors["2.weight"], theirs["features.2.weight"])
    assert torch.equal(start.tensors["0.weight"], theirs["features.0.weight"].flip(1))
    assert [round(one * 255, 3) for one in start.mean] == [129.186, 104.762, 93.594]
    noted = json.loads((run.directory / "environment.json").read_text("utf-8"))["weights"]
    assert noted["source"] == "mine.pth"
    assert len(noted["sha256"]) == 64
    assert str(source.parent) not in json.dumps(noted)


def test_a_run_goes_on_when_its_source_has_gone(make: NewRuns, source: Path) -> None:
    recipe = recipe_of(source, 'stages=[{"epochs":2,"thawed":[1]}]')
    whole, run, late = (make.new(recipe) for name in ("whole", "run", "late"))
    go_on(whole.directory)
    stop_at(run, lambda event: isinstance(event, EpochFinished))
    source.unlink()
    go_on(run.directory)
    assert len(Run.open(run.directory).history.epochs) == 2
    best = "best.safetensors"
    assert (run.directory / best).read_bytes() == (whole.directory / best).read_bytes()
    assert outcome(late) == ("failed", "weights_file_missing"), "it has not begun yet"


@pytest.mark.parametrize("damage", ["lost", "cut", "changed"])
def test_a_damaged_copy_is_made_again_from_the_same_source(
    make: NewRuns, source: Path, damage: str
) -> None:
    run = make.new(recipe_of(source))
    before = training_setup.start_network(run.config, run, ALONE).state_dict()
    copy = run.directory / "start.safetensors"
    whole = copy.read_bytes()

    def spoil() -> None:
        if damage == "lost":
            copy.unlink()
        else:
            copy.write_bytes(whole[:-9] if damage == "cut" else whole[:-1] + b"?")

    spoil()
    after = training_setup.start_network(run.config, run, ALONE).state_dict()
    assert all(torch.equal(after[name], one) for name, one in before.items())
    assert copy.read_bytes() == whole
    spoil()
    other = torch.load(source, weights_only=True)
    save(source, {name: one * 2 for name, one in other.items()})
    for _ in range(2):
        with pytest.raises(ThawError) as caught:
            training_setup.start_network(run.config, run, ALONE)
        assert caught.value.code == "start_weights_gone"
        source.unlink(missing_ok=True)


def test_built_in_weights_need_no_copy(make: NewRuns) -> None:
    for weights in ("imagenet", "none"):
        run = make.new(*ONE_BLOCK, f"model.weights={weights}")
        training_setup.start_network(run.config, run, ALONE)
        assert not (run.directory / "start.safetensors").exists()


def test_a_run_starts_from_another_one(make: NewRuns, source: Path) -> None:
    first = make.new(recipe_of(source))
    assert outcome(first) == ("finished", "")
    best = first.directory / "best.safetensors"
    theirs = load_file(best)
    for weights in (first.directory, best):
        run = make.new(*ONE_BLOCK, f"model.weights={weights.as_posix()}")
        network = training_setup.start_network(run.config, run, ALONE)
        state_now = network.features.state_dict()
        assert len(state_now) == 4
        for name, one in state_now.items():
            assert torch.equal(one, theirs[f"features.{name}"])
        assert [round(one * 255, 3) for one in network.mean] == [129.186, 104.762, 93.594]
    deeper = small_recipe(f"model.weights={best.as_posix()}")
    with pytest.raises(ThawError) as caught:
        training_setup.start_network(deeper, make.new(deeper), ALONE)
    assert (caught.value.code, caught.value.values["found"]) == ("weights_too_shallow", 1)


def test_other_ranks_need_neither_the_file_nor_the_runs_folder(
    make: NewRuns, folder: Path, source: Path, tmp_path: Path, pair: tuple[Group, Group]
) -> None:
    run = make.new(recipe_of(source))
    first = training_setup.start_network(run.config, run, pair[0]).state_dict()
    source.unlink()
    elsewhere = tmp_path / "elsewhere"
    theirs = FollowedRun(elsewhere, run.config, folder, run.classes, run.pictures)
    second = training_setup.start_network(run.config, theirs, pair[1]).state_dict()
    assert all(torch.equal(second[name], one) for name, one in first.items())
    assert not elsewhere.exists()


def test_a_training_downloads_no_weights(make: NewRuns, monkeypatch: pytest.MonkeyPatch) -> None:
    def surprising(*_: object, **__: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(weight_download, "urlopen", surprising)
    monkeypatch.delenv("TORCH_HOME", raising=False)
    assert outcome(make.new(*ONE_BLOCK, "model.weights=torchvision-features")) == (
        "failed",
        "weights_not_downloaded",
    )


def test_published_weights_have_their_normalisation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = {**state(), "classifier.0.weight": torch.full((4, 4), float("nan"))}
    data = save(tmp_path / "a.pth", kept).read_bytes()
    normal = PUBLISHED["torchvision-features"].normalization
    file = f"vgg16-{hashlib.sha256(data).hexdigest()[:8]}.pth"
    monkeypatch.setitem(PUBLISHED, "torchvision-features", Published(file, 0.1, normal))
    place = weight_download.place("torchvision-features")
    place.parent.mkdir(parents=True)
    shutil.copy(tmp_path / "a.pth", place)
    network = backbone.load("torchvision-features", 1, seed=0)
    assert (network.mean, network.std) == (normal.mean, normal.std)
    place.write_bytes(data[:-1] + b"?")
    with pytest.raises(ThawError) as caught:
        backbone.load("torchvision-features", 1, seed=0)
    assert caught.value.code == "weights_download_damaged"
