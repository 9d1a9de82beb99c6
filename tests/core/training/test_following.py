"""The run of a rank that does not write it: it knows everything and touches nothing."""

from pathlib import Path

import pytest

from core.common.messages import ThawError
from core.runs.events import EpochFinished, RunStarted, Score
from core.runs.run import Run
from core.training.distributed import FollowedRun, Group, shared
from core.training.torchrun import Place
from tests.support.pictures import PictureFolder
from tests.support.training import new_run, small_recipe


class Second(Group):
    """The second rank of two, which hears what the first one said."""

    place = Place(rank=1, size=2)

    def __init__(self) -> None:
        self.said: list[bytes] = []

    def from_first(self, data: bytes) -> bytes:
        return self.said.pop(0)


class First(Group):
    """The first rank, which says it."""

    place = Place(rank=0, size=2)

    def __init__(self, second: Second) -> None:
        self._second = second

    def from_first(self, data: bytes) -> bytes:
        self._second.said.append(data)
        return data


@pytest.fixture
def run(picture_folder: PictureFolder, tmp_path: Path) -> Run:
    return new_run(picture_folder(), tmp_path / "run", small_recipe("seed=7"))


def followed(run: Run, folder: Path) -> Run:
    second = Second()
    assert shared(First(second), run, run.directory, run.folder) is run
    return shared(second, None, run.directory, folder)


def test_every_rank_has_the_pictures_the_recipe_and_the_history(run: Run) -> None:
    run.append(RunStarted(epochs=(2, 1)))
    other = followed(run, run.folder)
    assert isinstance(other, FollowedRun)
    assert other.pictures == run.pictures
    assert other.classes == run.classes
    assert other.config == run.config
    assert other.environment == run.environment
    assert other.history == run.history


def test_the_pictures_may_lie_elsewhere_on_another_machine(run: Run, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    assert followed(run, tmp_path / "there").folder == tmp_path / "there"
    with pytest.raises(ThawError) as caught:
        followed(run, tmp_path / "nowhere")
    assert caught.value.code == "folder_vanished"


def test_what_it_is_told_stays_in_memory(run: Run) -> None:
    other = followed(run, run.folder)
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
