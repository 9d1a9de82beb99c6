"""Datasets and finished runs that tests of training only read."""

import shutil
from pathlib import Path

import pytest

from core.runs.run import Run
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
