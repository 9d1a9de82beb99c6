"""The rate finder in the background, and what it keeps away from a training."""

import pytest
from pytestqt.qtbot import QtBot

from core.common.messages import ThawError
from core.training.rate_curve import RateFound
from gui.session.session import Session
from tests.support.pictures import PictureFolder
from tests.support.window.fakes import FakeWakepy, open_folder, replace_training
from tests.support.window.finding import FakeFinder, replace_finder, steps


@pytest.fixture
def finder(monkeypatch: pytest.MonkeyPatch) -> FakeFinder:
    return replace_finder(monkeypatch)


@pytest.fixture
def ready(
    qtbot: QtBot, session: Session, picture_folder: PictureFolder, finder: FakeFinder
) -> Session:
    """A session whose recipe could be trained."""
    open_folder(qtbot, session, picture_folder(per_class=5))
    return session


def test_it_tells_each_step_and_the_end(
    qtbot: QtBot, ready: Session, finder: FakeFinder, wakepy: FakeWakepy
) -> None:
    ready.rates.start(1)
    assert ready.rates.is_busy
    finder.say(*steps(3))
    qtbot.waitUntil(lambda: len(ready.rates.tried) == 3)
    assert wakepy.is_awake
    finder.say(RateFound(2, 0.01, from_start=True))
    qtbot.waitUntil(lambda: not ready.rates.is_busy)
    assert ready.rates.found == RateFound(2, 0.01, from_start=True)
    assert finder.asked == [(ready.recipe, 1)]
    assert not wakepy.is_awake


def test_a_stop_is_answered_at_once_and_the_curve_stays(
    qtbot: QtBot, ready: Session, finder: FakeFinder
) -> None:
    ready.rates.start(0)
    finder.say(*steps(3))
    qtbot.waitUntil(lambda: len(ready.rates.tried) == 3)
    ready.rates.stop()
    assert not ready.rates.is_busy
    assert len(ready.rates.tried) == 3
    assert ready.rates.error is None
    qtbot.waitUntil(finder.stopped.is_set)


def test_what_went_wrong_is_kept(qtbot: QtBot, ready: Session, finder: FakeFinder) -> None:
    ready.rates.start(0)
    finder.say(ThawError("out_of_memory"))
    qtbot.waitUntil(lambda: not ready.rates.is_busy)
    assert ready.rates.error is not None
    assert ready.rates.error.code == "out_of_memory"
    ready.rates.start(0)
    assert ready.rates.error is None


def test_without_pictures_nothing_is_tried(session: Session, finder: FakeFinder) -> None:
    session.rates.start(0)
    assert not session.rates.is_busy


def test_nothing_is_tried_while_a_run_trains(
    qtbot: QtBot, ready: Session, finder: FakeFinder, monkeypatch: pytest.MonkeyPatch
) -> None:
    training = replace_training(monkeypatch)
    ready.start_training()
    ready.rates.start(0)
    assert not ready.rates.is_busy
    assert finder.asked == []
    with qtbot.waitSignal(ready.training_finished):
        training.may_finish.set()


def test_a_training_ends_it_and_waits_for_its_end(
    qtbot: QtBot, ready: Session, finder: FakeFinder, monkeypatch: pytest.MonkeyPatch
) -> None:
    training = replace_training(monkeypatch)
    training.may_finish.set()
    ready.rates.start(0)
    qtbot.waitUntil(lambda: bool(finder.asked))
    had_ended: list[bool] = []
    ready.run_created.connect(lambda _run: had_ended.append(finder.stopped.is_set()))
    with qtbot.waitSignal(ready.training_finished):
        ready.start_training()
        assert not ready.rates.is_busy
    assert had_ended == [True]


def test_weights_that_do_not_fit_are_told(qtbot: QtBot, ready: Session, finder: FakeFinder) -> None:
    ready.change("model.weights", "/nowhere/vgg16.pth")
    ready.rates.start(0)
    qtbot.waitUntil(lambda: not ready.rates.is_busy)
    assert ready.rates.error is not None
    assert ready.rates.error.code == "weights_file_missing"
    assert finder.asked == []
