"""Datasets and finished runs that tests of training only read."""

import shutil
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from core.runs.run import Run
from core.training.distributed import Group
from tests.support.pictures import draw_folder
from tests.support.training import TWO_STAGES, NewRuns, trained


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two classes of four images: six train, two validate."""
    return draw_folder(tmp_path_factory.mktemp("data") / "images", classes=2, per_class=4)


@pytest.fixture(scope="session")
def colors(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three classes of eight images: 18 train, six validate."""
    return draw_folder(tmp_path_factory.mktemp("data") / "images", classes=3, per_class=8)


@pytest.fixture(scope="session")
def unequal(colors: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight red images and four green ones."""
    folder = tmp_path_factory.mktemp("data") / "images"
    for name, count in (("red", 8), ("green", 4)):
        (folder / name).mkdir(parents=True)
        for file in sorted((colors / name).iterdir())[:count]:
            shutil.copy(file, folder / name)
    return folder


@pytest.fixture
def own(folder: Path, tmp_path: Path) -> Path:
    """A copy of ``folder`` that a test may harm."""
    return Path(shutil.copytree(folder, tmp_path / "images"))


@pytest.fixture(scope="session")
def whole(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run of the smallest network in two stages that nothing disturbed."""
    run, events = trained(folder, tmp_path_factory.mktemp("runs") / "whole", *TWO_STAGES)
    assert events[-1].outcome == "finished"
    return run


@pytest.fixture
def copied(whole: Run, tmp_path: Path) -> Run:
    """A copy of ``whole`` to change."""
    return Run.open(Path(shutil.copytree(whole.directory, tmp_path / "run")))


@pytest.fixture
def make(folder: Path, tmp_path: Path) -> NewRuns:
    """Runs of this test alone, on ``folder`` where it names no other."""
    return NewRuns(folder, tmp_path / "runs")


@dataclass(frozen=True)
class _Rank(Group):
    said: list[bytes] = field(default_factory=list)

    def from_first(self, data: bytes) -> bytes:
        if not self.is_first:
            return self.said.pop(0)
        self.said.append(data)
        return data


@pytest.fixture
def pair() -> tuple[Group, Group]:
    """Two ranks in one process: the second hears what the first has said."""
    said: list[bytes] = []
    return _Rank(0, 2, said=said), _Rank(1, 2, said=said)
