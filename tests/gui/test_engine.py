"""PyTorch's arrival, and what happens where it doesn't."""

import sys
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec

import pytest
from pytestqt.qtbot import QtBot

import core
from core.messages import ThawError
from gui import engine
from gui.engine import Engine, EngineState
from tests.gui.fakes import SPEED


@pytest.fixture
def arriving(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """An engine whose torch is there at once, on a machine of known speed."""
    monkeypatch.setattr(engine, "_import_torch", lambda _stop, _progress: None)
    monkeypatch.setattr(engine, "_measure", lambda _stop, _progress: SPEED)
    return Engine()


def _wait_for(qtbot: QtBot, one: Engine, state: EngineState) -> None:
    qtbot.waitUntil(lambda: one.state is state)


def test_it_loads_measures_and_is_ready(qtbot: QtBot, arriving: Engine) -> None:
    seen = []
    arriving.changed.connect(lambda: seen.append(arriving.state))
    arriving.start()
    _wait_for(qtbot, arriving, EngineState.READY)
    assert seen == [EngineState.LOADING, EngineState.MEASURING, EngineState.READY]
    assert arriving.speed == SPEED
    assert arriving.error is None


def test_starting_twice_loads_once(qtbot: QtBot, arriving: Engine) -> None:
    seen = []
    arriving.changed.connect(lambda: seen.append(arriving.state))
    arriving.start()
    arriving.start()
    _wait_for(qtbot, arriving, EngineState.READY)
    arriving.start()
    assert seen.count(EngineState.LOADING) == 1


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


class _BrokenTorch(MetaPathFinder):
    def find_spec(self, name: str, path: object, target: object = None) -> ModuleSpec | None:
        if name == "torch":
            raise OSError("libtorch_cpu.so: cannot open shared object file\nmore lines")
        return None


def test_a_broken_torch_is_one_sentence_with_cause_and_remedy(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name.split(".")[0] in ("torch", "core")]:
        if name.split(".")[0] == "torch" or "torch" in vars(sys.modules[name]):
            monkeypatch.delitem(sys.modules, name)
    for name in ("prediction", "training"):
        monkeypatch.delitem(sys.modules, f"core.{name}", raising=False)
        monkeypatch.delattr(core, name, raising=False)
    monkeypatch.setattr(sys, "meta_path", [_BrokenTorch(), *sys.meta_path])
    broken = Engine()
    broken.start()
    _wait_for(qtbot, broken, EngineState.FAILED)
    said = str(broken.error)
    assert "libtorch_cpu.so: cannot open shared object file" in said
    assert "python -m pip install" in said
    assert "\n" not in said


def test_a_broken_torch_can_be_tried_again(
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
