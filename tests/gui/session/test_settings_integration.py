"""What a person has set is there on the next start."""

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from core.recipe.config import RunConfig
from gui.session.session import Session
from gui.session.settings import Settings
from tests.support.pictures import PictureFolder
from tests.support.window.fakes import open_folder


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "settings"


def _changed(qtbot: QtBot, place: Path, folder: Path) -> Session:
    session = Session(Settings(place))
    open_folder(qtbot, session, folder)
    session.change("stages.0.epochs", 3)
    session.change("augmentation.rotation", 45)
    session.set_augmenting(True)
    return session


def _assert_restored(session: Session) -> None:
    assert session.recipe.stages[0].epochs == 3
    assert session.recipe.augmentation.rotation == (-45, 45)
    assert session.choices.augmenting


def test_choices_are_there_after_a_restart(
    qtbot: QtBot, place: Path, picture_folder: PictureFolder
) -> None:
    folder = picture_folder()
    _changed(qtbot, place, folder).close()
    again = Session(Settings(place))
    open_folder(qtbot, again, folder)
    _assert_restored(again)
    assert not again.can_undo


def test_choices_are_there_after_a_crash(
    qtbot: QtBot, place: Path, picture_folder: PictureFolder
) -> None:
    folder = picture_folder()
    crashed = _changed(qtbot, place, folder)
    kept = crashed.settings.choices_file(folder)
    qtbot.waitUntil(kept.exists)
    again = Session(Settings(place))
    open_folder(qtbot, again, folder)
    _assert_restored(again)


def test_an_undone_change_stays_undone(
    qtbot: QtBot, place: Path, picture_folder: PictureFolder
) -> None:
    folder = picture_folder()
    session = _changed(qtbot, place, folder)
    while session.can_undo:
        session.undo()
    session.close()
    again = Session(Settings(place))
    open_folder(qtbot, again, folder)
    assert again.recipe == RunConfig()


@pytest.mark.parametrize(
    "damage", ["{", '{"choices": {}}', '{"choices": {"recipe": {"future": 1}, "tried": {}}}']
)
def test_damaged_choices_give_the_defaults(
    qtbot: QtBot, place: Path, picture_folder: PictureFolder, damage: str
) -> None:
    folder = picture_folder()
    session = _changed(qtbot, place, folder)
    session.close()
    session.settings.choices_file(folder).write_text(damage)
    again = Session(Settings(place))
    open_folder(qtbot, again, folder)
    assert again.recipe == RunConfig()


def test_a_settings_folder_that_cannot_be_written_costs_nothing_but_the_memory(
    qtbot: QtBot, place: Path, picture_folder: PictureFolder
) -> None:
    place.write_text("in the way")
    session = _changed(qtbot, place, picture_folder())
    session.close()
    _assert_restored(session)


def test_the_folder_opened_last_is_the_first_recent_one(
    qtbot: QtBot, place: Path, picture_folder: PictureFolder
) -> None:
    first, second = picture_folder(name="first"), picture_folder(name="second")
    session = Session(Settings(place))
    for folder in (first, second, first):
        open_folder(qtbot, session, folder)
    session.close()
    assert Settings(place).recent_folders == [first, second]
