"""A run keeps the weights that it began with: the file that they came from may go."""

import json
import shutil
from pathlib import Path

import pytest
import torch

from core.common.messages import ThawError
from core.model import backbone
from core.recipe.config import RunConfig
from core.runs.events import EpochFinished, RunFinished
from core.runs.run import Run
from core.training import setup as training_setup
from core.training.distributed import ALONE, Group
from core.training.torchrun import Place
from tests.support.pictures import PictureFolder
from tests.support.training import events_of, new_run, small_recipe
from tests.support.weights import FEATURES, save, state

ONE_BLOCK = ("model.depth=1", 'stages=[{"epochs":1,"thawed":[1]}]')


@pytest.fixture
def folder(picture_folder: PictureFolder) -> Path:
    return picture_folder()


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


def outcome(events: list[object]) -> tuple[str, str]:
    last = events[-1]
    assert isinstance(last, RunFinished)
    return last.outcome, last.code


def test_training_starts_from_the_file_and_notes_what_it_was(
    folder: Path, source: Path, tmp_path: Path
) -> None:
    run = new_run(folder, tmp_path / "run", recipe_of(source))
    assert outcome(list(events_of(run))) == ("finished", "")
    start = training_setup.decode_start((run.directory / "start.safetensors").read_bytes())
    theirs = torch.load(source, weights_only=True)
    assert torch.equal(start.tensors["2.weight"], theirs["features.2.weight"])
    assert torch.equal(start.tensors["0.weight"], theirs["features.0.weight"].flip(1))
    assert [round(one * 255, 3) for one in start.mean] == [129.186, 104.762, 93.594]
    noted = json.loads((run.directory / "environment.json").read_text("utf-8"))["weights"]
    assert noted["source"] == "mine.pth"
    assert len(noted["sha256"]) == 64
    assert str(source.parent) not in json.dumps(noted)


def test_a_run_goes_on_with_the_same_bits_when_its_source_has_gone(
    folder: Path, source: Path, tmp_path: Path
) -> None:
    longer = 'stages=[{"epochs":2,"thawed":[1]}]'
    whole = new_run(folder, tmp_path / "whole", recipe_of(source, longer))
    list(events_of(whole))
    run = new_run(folder, tmp_path / "run", recipe_of(source, longer))
    for event in (events := events_of(run)):
        if isinstance(event, EpochFinished):
            events.close()  # type: ignore[attr-defined]
            break
    source.unlink()
    again = Run.open(run.directory)
    assert outcome(list(events_of(again))) == ("finished", "")
    assert len(again.history.epochs) == 2
    best = "best.safetensors"
    assert (run.directory / best).read_bytes() == (whole.directory / best).read_bytes()


def test_a_run_that_has_not_trained_yet_needs_its_source(
    folder: Path, source: Path, tmp_path: Path
) -> None:
    run = new_run(folder, tmp_path / "run", recipe_of(source))
    source.unlink()
    assert outcome(list(events_of(run))) == ("failed", "weights_file_missing")


@pytest.mark.parametrize("damage", ["lost", "cut", "changed"])
def test_a_copy_that_was_damaged_is_made_again_from_the_same_source_alone(
    folder: Path, source: Path, tmp_path: Path, damage: str
) -> None:
    run = new_run(folder, tmp_path / "run", recipe_of(source))
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
        with pytest.raises(ThawError, match=r"cannot go on as it was") as caught:
            training_setup.start_network(run.config, run, ALONE)
        assert caught.value.code == "start_weights_gone"
        source.unlink(missing_ok=True)


@pytest.mark.parametrize("weights", ["imagenet", "none"])
def test_what_comes_with_thaw_needs_no_copy(folder: Path, tmp_path: Path, weights: str) -> None:
    run = new_run(folder, tmp_path / "run", small_recipe(*ONE_BLOCK, f"model.weights={weights}"))
    training_setup.start_network(run.config, run, ALONE)
    assert not (run.directory / "start.safetensors").exists()


def test_a_run_starts_from_another_one(folder: Path, source: Path, tmp_path: Path) -> None:
    first = new_run(folder, tmp_path / "first", recipe_of(source))
    list(events_of(first))
    trained = first.directory / "best.safetensors"
    for weights in (first.directory, trained):
        recipe = small_recipe(*ONE_BLOCK, f"model.weights={weights.as_posix()}")
        run = new_run(folder, tmp_path / f"second-{weights.name}", recipe)
        network = training_setup.start_network(recipe, run, ALONE)
        from safetensors.torch import load_file

        theirs = load_file(trained)
        state_now = network.features.state_dict()
        assert len(state_now) == 4
        for name, one in state_now.items():
            assert torch.equal(one, theirs[f"features.{name}"])
        assert [round(one * 255, 3) for one in network.mean] == [129.186, 104.762, 93.594]
    deeper = f"model.weights={trained.as_posix()}"
    with pytest.raises(ThawError, match="only the first, 1 in number"):
        training_setup.start_network(
            small_recipe(deeper), new_run(folder, tmp_path / "deeper", small_recipe(deeper)), ALONE
        )


class Rank(Group):
    """One of two ranks that pass each other what the first one says."""

    def __init__(self, rank: int, said: list[bytes]) -> None:
        self.place, self._said = Place(rank, 2, rank, 2), said

    def from_first(self, data: bytes) -> bytes:
        if self.is_first:
            self._said.append(data)
        return self._said[-1]


def test_other_ranks_need_neither_the_file_nor_the_runs_folder(
    folder: Path, source: Path, tmp_path: Path
) -> None:
    from core.training.distributed import FollowedRun

    run = new_run(folder, tmp_path / "run", recipe_of(source))
    said: list[bytes] = []
    first = training_setup.start_network(run.config, run, Rank(0, said)).state_dict()
    source.unlink()
    elsewhere = tmp_path / "elsewhere"
    theirs = FollowedRun(elsewhere, run.config, folder, run.classes, run.pictures)
    second = training_setup.start_network(run.config, theirs, Rank(1, said)).state_dict()
    assert all(torch.equal(second[name], one) for name, one in first.items())
    assert not elsewhere.exists()


def test_published_weights_are_never_downloaded_by_a_training(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from core.model.weights import download as weight_download

    def surprising(*_: object, **__: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(weight_download, "urlopen", surprising)
    monkeypatch.delenv("TORCH_HOME", raising=False)
    recipe = small_recipe(*ONE_BLOCK, "model.weights=torchvision-features")
    run = new_run(folder, tmp_path / "run", recipe)
    assert outcome(list(events_of(run))) == ("failed", "weights_not_downloaded")


def test_published_weights_are_read_with_their_own_normalisation(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import hashlib

    from core.model.weights import download as weight_download
    from core.model.weights.normalization import PUBLISHED, Published

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
    with pytest.raises(ThawError, match="checksum is wrong"):
        backbone.load("torchvision-features", 1, seed=0)
