"""Deleting a run: to the trash, and never one that trains."""

from pathlib import Path

import pytest

from core.common.messages import ThawError
from core.runs import places
from core.runs.list import move_to_trash


@pytest.fixture
def run(home: Path) -> Path:
    made = home / "runs" / "run"
    made.mkdir(parents=True)
    (made / "config.json").write_text("{}")
    return made


def test_a_run_can_be_taken_back(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    thrown: list[Path] = []

    def throw(path: Path) -> None:
        thrown.append(path)
        path.rename(path.with_name("trash"))

    monkeypatch.setattr("send2trash.send2trash", throw)
    move_to_trash(run)
    assert thrown == [run]
    assert not run.exists()


def test_a_run_that_trains_stays(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("send2trash.send2trash", lambda path: pytest.fail("it was thrown away"))
    with places.held(run), pytest.raises(ThawError) as error:
        move_to_trash(run)
    assert error.value.code == "run_in_use"


def test_without_a_trash_the_run_stays(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from send2trash import TrashPermissionError

    def refuse(path: Path) -> None:
        raise TrashPermissionError(str(path))

    monkeypatch.setattr("send2trash.send2trash", refuse)
    with pytest.raises(ThawError) as error:
        move_to_trash(run)
    assert error.value.code == "run_trash_failed"
    assert run.exists()
    with pytest.raises(ThawError, match="There is no run"):
        move_to_trash(run.with_name("another"))
