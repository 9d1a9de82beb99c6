"""The machine stays awake while it trains, and training never minds where it cannot."""

import sys
from types import SimpleNamespace

import pytest
from pytestqt.qtbot import QtBot

from gui.session.session import Session
from gui.session.threads import kept_awake
from tests.support.pictures import PictureFolder
from tests.support.window.fakes import FakeTraining, FakeWakepy, open_folder, replace_training


@pytest.fixture
def training(monkeypatch: pytest.MonkeyPatch) -> FakeTraining:
    return replace_training(monkeypatch)


def test_a_run_keeps_the_machine_awake_until_it_ends(
    qtbot: QtBot,
    session: Session,
    picture_folder: PictureFolder,
    training: FakeTraining,
    wakepy: FakeWakepy,
) -> None:
    open_folder(qtbot, session, picture_folder(per_class=10))
    assert not wakepy.is_awake
    session.start_training()
    qtbot.waitUntil(lambda: session.history.best is not None)
    assert wakepy.is_awake
    with qtbot.waitSignal(session.training_finished):
        training.may_finish.set()
    assert not wakepy.is_awake
    assert wakepy.times == 1


def test_a_paused_run_lets_the_machine_sleep(
    qtbot: QtBot,
    session: Session,
    picture_folder: PictureFolder,
    training: FakeTraining,
    wakepy: FakeWakepy,
) -> None:
    open_folder(qtbot, session, picture_folder(per_class=10))
    session.start_training()
    session.pause_training()
    qtbot.waitUntil(lambda: session.history.started is not None and not wakepy.is_awake)
    with qtbot.waitSignal(session.training_finished):
        session.go_on_training()
        training.may_finish.set()
    assert wakepy.times == 2
    assert not wakepy.is_awake


def _fail(**_options: object) -> None:
    raise OSError("no such service")


@pytest.mark.parametrize(
    "library",
    [None, SimpleNamespace(keep=SimpleNamespace(running=_fail))],
    ids=["missing", "failing"],
)
def test_where_the_system_cannot_be_asked_the_run_trains_all_the_same(
    qtbot: QtBot,
    session: Session,
    picture_folder: PictureFolder,
    training: FakeTraining,
    monkeypatch: pytest.MonkeyPatch,
    library: object,
) -> None:
    monkeypatch.setitem(sys.modules, "wakepy", library)
    open_folder(qtbot, session, picture_folder(per_class=10))
    training.may_finish.set()
    with qtbot.waitSignal(session.training_finished):
        session.start_training()
    assert session.result is not None


def test_what_fails_at_the_end_is_no_failure_of_the_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Mode:
        active = True

        def __enter__(self) -> "Mode":
            return self

        def __exit__(self, *_: object) -> None:
            raise OSError("the service has gone")

    library = SimpleNamespace(keep=SimpleNamespace(running=lambda **_: Mode()))
    monkeypatch.setitem(sys.modules, "wakepy", library)
    done = []
    with kept_awake():
        done.append("trained")
    assert done == ["trained"]
