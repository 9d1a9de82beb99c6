"""Prices that know what earlier runs have kept."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from core.common.messages import ThawError
from core.compute.cache import budget as cache_budget
from core.compute.feature_plan import Key
from core.compute.features import store as feature_store
from core.recipe.config import RunConfig
from gui.augment import price
from gui.session.engine import EngineState
from gui.session.session import Session
from tests.support.pictures import PictureFolder
from tests.support.window.fakes import SPEED, FakeTraining, open_folder, replace_training

ALL = {(Key(5, 0), "train"): 32, (Key(5, 0), "validation"): 8}


class Disk:
    """Stands for ``core.compute.features.store``: what is there, and who has asked."""

    def __init__(self) -> None:
        self.there: dict[Any, int] = ALL
        self.asked: list[RunConfig] = []
        self.known: list[Mapping[str, Any]] = []

    def held(self, config: RunConfig, _parts: object, known: Mapping[str, Any]) -> dict[Any, int]:
        self.asked.append(config)
        self.known.append(known)
        return self.there


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    made = Disk()
    monkeypatch.setattr(feature_store, "held", made.held)
    return made


@pytest.fixture
def ready(qtbot: QtBot, session: Session, picture_folder: PictureFolder, disk: Disk) -> Session:
    """A session whose machine is measured, with 40 pictures; nothing was asked yet."""
    open_folder(qtbot, session, picture_folder(per_class=20))
    session.change("stages", [{"epochs": 4}])
    session.engine.speed, session.engine.state = SPEED, EngineState.READY
    return session


def test_a_time_is_told_at_once_and_again_once_it_is_known_what_is_kept(
    qtbot: QtBot, ready: Session
) -> None:
    cold = ready.estimate()
    assert cold is not None
    assert cold.features > 0
    with qtbot.waitSignal(ready.engine_changed):
        pass
    warm = ready.estimate()
    assert warm is not None
    assert warm.features == 0
    assert warm.total < cold.total


def test_the_prices_of_augmentation_know_it_too(qtbot: QtBot, ready: Session, disk: Disk) -> None:
    ready.change("augmentation.rotation", [-10.0, 10.0])
    with qtbot.waitSignal(ready.engine_changed):
        cold = price.prices(ready, 5)
    warm = price.prices(ready, 5)
    assert warm["off"].words != cold["off"].words
    assert len(disk.asked) == len({*disk.asked}) == 2, "plain pictures, and views"


def test_what_is_known_is_not_looked_up_again(qtbot: QtBot, ready: Session, disk: Disk) -> None:
    with qtbot.waitSignal(ready.engine_changed):
        ready.estimate()
    ready.change("stages.0.learning_rate", 0.01)  # another head's rate finds the same
    ready.estimate()
    assert not ready.held.is_busy
    assert len(disk.asked) == 1


def test_another_run_or_another_store_is_a_reason_to_look_again(
    qtbot: QtBot, ready: Session, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    training = replace_training(monkeypatch)
    disk.there = {}
    ready.estimate()
    qtbot.waitUntil(lambda: not ready.held.is_busy)
    assert list(disk.known) == [{}], "no run has told what the pictures hold"
    train(qtbot, ready, training)
    disk.there = ALL
    with qtbot.waitSignal(ready.engine_changed):
        ready.estimate()
    assert len(disk.known[-1]) == 40
    cache_budget.root().mkdir(parents=True)
    disk.there = {}
    with qtbot.waitSignal(ready.engine_changed):
        assert ready.estimate().features == 0
    assert ready.estimate().features > 0


def test_nothing_is_looked_up_while_a_run_trains_or_the_machine_is_measured(
    qtbot: QtBot, ready: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    training = replace_training(monkeypatch)
    ready.engine.state = EngineState.MEASURING
    ready.estimate()
    assert not ready.held.is_busy
    ready.engine.state = EngineState.READY
    ready.estimate()
    assert ready.held.is_busy
    with qtbot.waitSignal(ready.run_created):
        ready.start_training()
    ready.estimate()
    assert not ready.held.is_busy
    with qtbot.waitSignal(ready.training_finished):
        training.may_finish.set()


def test_another_folder_forgets_what_was_known(
    qtbot: QtBot, ready: Session, picture_folder: PictureFolder
) -> None:
    with qtbot.waitSignal(ready.engine_changed):
        ready.estimate()
    open_folder(qtbot, ready, picture_folder(per_class=20, name="other"))
    ready.change("stages", [{"epochs": 4}])
    assert ready.estimate().features > 0


def test_what_cannot_be_looked_up_leaves_the_price_of_all(
    qtbot: QtBot, ready: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(*_: object) -> None:
        raise ThawError("weights_missing", path="vgg16.safetensors")

    monkeypatch.setattr(feature_store, "held", missing)
    before = ready.estimate()
    qtbot.waitUntil(lambda: not ready.held.is_busy)
    assert ready.estimate() == before


def train(qtbot: QtBot, session: Session, training: FakeTraining) -> None:
    training.may_finish.set()
    with qtbot.waitSignal(session.training_finished):
        session.start_training()


def test_a_runs_folder_that_is_not_there_is_no_hindrance(
    qtbot: QtBot, ready: Session, tmp_path: Path, disk: Disk
) -> None:
    assert not ready.settings.runs_folder.exists()
    with qtbot.waitSignal(ready.engine_changed):
        ready.estimate()
    assert disk.known == [{}]
