"""PyTorch's arrival, the measurement of the machine, and the times estimated from it."""

import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

import core.training
from core.common.messages import ThawError
from core.compute import estimate
from core.dataset.scan import Scanned, look_through
from core.recipe.config import RunConfig
from gui.session import engine, open_dataset
from gui.session.engine import Engine, EngineState
from gui.session.session import Session
from gui.session.settings import Settings
from tests.support.pictures import PictureFolder
from tests.support.window.fakes import SPEED, open_folder, replace_training


@pytest.fixture
def arriving(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """An engine whose torch is there at once, on a machine of known speed."""
    monkeypatch.setattr(engine, "_import_torch", lambda _stop, _progress: None)
    monkeypatch.setattr(engine, "_measure", lambda _stop, _progress: SPEED)
    return Engine()


def _wait_for(qtbot: QtBot, one: Engine, state: EngineState) -> None:
    qtbot.waitUntil(lambda: one.state is state)


def test_it_loads_and_measures_once_and_is_ready(qtbot: QtBot, arriving: Engine) -> None:
    seen = []
    arriving.changed.connect(lambda: seen.append(arriving.state))
    arriving.start()
    arriving.start()
    _wait_for(qtbot, arriving, EngineState.READY)
    arriving.start()
    assert seen == [EngineState.LOADING, EngineState.MEASURING, EngineState.READY]
    assert arriving.speed == SPEED
    assert arriving.error is None


def test_without_a_measurement_it_is_ready_all_the_same(
    qtbot: QtBot, arriving: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_stop: object, _progress: object) -> None:
        raise ThawError("out_of_memory")

    monkeypatch.setattr(engine, "_measure", fail)
    arriving.start()
    _wait_for(qtbot, arriving, EngineState.READY)
    assert arriving.speed is None
    assert arriving.error is None


def test_until_it_has_measured_the_last_starts_measurement_counts(
    qtbot: QtBot, arriving: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    earlier = replace(SPEED, training=4.0)
    monkeypatch.setattr(engine, "_import_torch", lambda _stop, _progress: earlier)
    seen = []
    arriving.changed.connect(lambda: seen.append(arriving.speed))
    arriving.start()
    _wait_for(qtbot, arriving, EngineState.READY)
    assert seen == [None, earlier, SPEED]


def test_a_busy_machine_is_measured_again_later(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = [replace(SPEED, training=9.0, quiet=False), SPEED]
    monkeypatch.setattr(engine, "_AGAIN_MILLISECONDS", 1)
    monkeypatch.setattr(engine, "_import_torch", lambda _stop, _progress: None)
    monkeypatch.setattr(engine, "_measure", lambda _stop, _progress: answers.pop(0))
    one, seen = Engine(), []
    one.changed.connect(lambda: seen.append((one.state, one.speed and one.speed.quiet)))
    one.start()
    qtbot.waitUntil(lambda: one.speed == SPEED)
    ready = EngineState.READY
    assert seen[2:] == [(ready, False), (ready, True)], "it stays ready meanwhile"
    assert answers == []


# -- beside other work ----------------------------------------------------------------------


class _Measuring:
    """Measures until it may finish, and counts how often it began."""

    def __init__(self) -> None:
        self.may_finish = threading.Event()
        self.began = 0

    def __call__(self, stop: threading.Event, _progress: object) -> object:
        self.began += 1
        while not self.may_finish.wait(0.005):
            if stop.is_set():
                raise ThawError("stopped")
        return SPEED


@pytest.fixture
def measuring(arriving: Engine, monkeypatch: pytest.MonkeyPatch) -> _Measuring:
    measuring = _Measuring()
    monkeypatch.setattr(engine, "_measure", measuring)
    return measuring


@pytest.fixture
def session(measuring: _Measuring, tmp_path: Path) -> Iterator[Session]:
    session = Session(Settings(tmp_path / "settings"))
    yield session
    session.close()


def test_it_measures_once_the_pictures_are_read(
    qtbot: QtBot,
    session: Session,
    measuring: _Measuring,
    picture_folder: PictureFolder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    measuring.may_finish.set()
    may_read = threading.Event()

    def slow_scan(folder: Path, stop: threading.Event, **_: object) -> Scanned:
        while not (may_read.wait(0.005) or stop.is_set()):
            pass
        return look_through(folder, stop=stop)

    monkeypatch.setattr(open_dataset, "look_through", slow_scan)
    session.engine.start()
    session.open_folder(picture_folder())
    _wait_for(qtbot, session.engine, EngineState.MEASURING)
    assert measuring.began == 0
    may_read.set()
    _wait_for(qtbot, session.engine, EngineState.READY)
    assert measuring.began == 1
    assert session.estimate() is not None


@pytest.mark.parametrize("called_off", [True, False])
def test_a_scan_that_gives_no_pictures_lets_it_measure(
    qtbot: QtBot, session: Session, measuring: _Measuring, tmp_path: Path, called_off: bool
) -> None:
    measuring.may_finish.set()
    session.open_folder(tmp_path / "gone")
    session.engine.start()
    if called_off:
        session.cancel_scan()
    _wait_for(qtbot, session.engine, EngineState.READY)
    assert session.engine.speed == SPEED


def test_a_folder_opened_while_it_measures_makes_it_begin_again(
    qtbot: QtBot, session: Session, measuring: _Measuring, picture_folder: PictureFolder
) -> None:
    session.engine.start()
    qtbot.waitUntil(lambda: measuring.began == 1)
    open_folder(qtbot, session, picture_folder())
    qtbot.waitUntil(lambda: measuring.began == 2)
    measuring.may_finish.set()
    _wait_for(qtbot, session.engine, EngineState.READY)
    assert session.engine.speed == SPEED
    open_folder(qtbot, session, picture_folder(name="another"))
    assert measuring.began == 2, "once measured it is known"


def test_it_does_not_measure_while_a_run_trains(
    qtbot: QtBot,
    session: Session,
    measuring: _Measuring,
    picture_folder: PictureFolder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    training = replace_training(monkeypatch)
    measuring.may_finish.set()
    open_folder(qtbot, session, picture_folder(per_class=10))
    session.start_training()
    session.engine.start()
    _wait_for(qtbot, session.engine, EngineState.MEASURING)
    qtbot.waitUntil(lambda: session.history.best is not None)
    assert measuring.began == 0
    training.may_finish.set()
    _wait_for(qtbot, session.engine, EngineState.READY)
    assert measuring.began == 1


# -- a broken torch -------------------------------------------------------------------------


class _BrokenTorch(MetaPathFinder):
    def find_spec(self, name: str, path: object, target: object = None) -> ModuleSpec | None:
        if name == "torch":
            raise OSError("libtorch_cpu.so: cannot open shared object file\nmore lines")
        return None


def test_a_broken_torch_is_one_clear_error(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.split(".")[0] in ("torch", "core")]:
        if name.split(".")[0] == "torch" or "torch" in vars(sys.modules[name]):
            monkeypatch.delitem(sys.modules, name)
    for name in ("network_file", "train"):
        monkeypatch.delitem(sys.modules, f"core.training.{name}", raising=False)
        monkeypatch.delattr(core.training, name, raising=False)
    monkeypatch.setattr(sys, "meta_path", [_BrokenTorch(), *sys.meta_path])
    broken = Engine()
    broken.start()
    _wait_for(qtbot, broken, EngineState.FAILED)
    assert broken.error is not None
    assert broken.error.code == "torch_missing"
    reason = broken.error.values["reason"]
    assert reason == "libtorch_cpu.so: cannot open shared object file"


def test_broken_torch_is_retried(
    qtbot: QtBot, arriving: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_stop: object, _progress: object) -> None:
        raise ThawError("torch_missing", reason="gone")

    with monkeypatch.context() as patch:
        patch.setattr(engine, "_import_torch", fail)
        arriving.start()
        _wait_for(qtbot, arriving, EngineState.FAILED)
    arriving.start()
    _wait_for(qtbot, arriving, EngineState.READY)
    assert arriving.error is None


# -- estimates ------------------------------------------------------------------------------


@pytest.fixture
def measured(
    qtbot: QtBot, session: Session, picture_folder: PictureFolder, measuring: _Measuring
) -> Session:
    """A session with 40 images on a machine of known speed."""
    open_folder(qtbot, session, picture_folder(per_class=20))
    assert session.estimate() is None
    session.engine.speed = SPEED
    return session


def _total(session: Session, recipe: RunConfig | None = None) -> float:
    expected = session.estimate(recipe)
    assert expected is not None
    return expected.total


def test_cached_views_are_estimated_between_none_and_new_ones(measured: Session) -> None:
    augmented = _total(measured, measured.with_augmentation(True))
    measured.set_views(0)
    fresh = _total(measured)
    measured.set_views(2)
    cached = _total(measured)
    measured.set_views(None)
    off = _total(measured)
    assert off < cached < fresh
    assert augmented > 2 * off > 0


def test_a_slider_estimates_nothing_again(
    measured: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured.set_augmenting(True)
    monkeypatch.setattr("gui.session.session.monotonic", lambda: 0.0)
    before = measured.estimate()
    monkeypatch.setattr(estimate, "estimate", None)  # whoever asks it fails
    measured.change("augmentation.rotation", [-40.0, 40.0])
    assert measured.estimate() == before
