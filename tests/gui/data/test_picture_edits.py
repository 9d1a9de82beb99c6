"""What a person does to pictures becomes a step of the undo history, or one sentence."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from gui.data.actions import PictureEdits
from gui.session.session import Session
from gui.session.settings import Settings
from tests.support.pictures import PictureFolder
from tests.support.trees import PICTURE, write
from tests.support.window.fakes import open_folder


@pytest.fixture
def session(qtbot: QtBot, tmp_path: Path, picture_folder: PictureFolder) -> Iterator[Session]:
    made = Session(Settings(tmp_path / "settings"))
    folder = picture_folder(classes=3, per_class=4)
    write(folder, {"red/broken.png": b"no picture", "loose.png": PICTURE})
    open_folder(qtbot, made, folder)
    yield made
    made.close()


@pytest.fixture
def edits(session: Session) -> PictureEdits:
    return PictureEdits(session)


def classes(session: Session) -> dict[str, int]:
    assert session.summary is not None
    labels = [one.label for one in session.summary.samples]
    return {name: labels.count(label) for label, name in enumerate(session.summary.classes)}


def test_renaming_a_class_takes_its_excluded_and_broken_pictures_along(
    session: Session, edits: PictureEdits
) -> None:
    edits.exclude(["red/000.png"])
    edits.rename("red", "rot")
    assert classes(session) == {"blue": 4, "green": 4, "rot": 3}
    assert session.summary is not None
    assert [one.class_name for one in session.summary.excluded] == ["rot"]
    edits.include(["red/000.png"])
    assert classes(session)["rot"] == 4
    assert edits.of_class("red") == []


def test_merging_and_taking_it_back(session: Session, edits: PictureEdits) -> None:
    edits.rename("red", "blue")
    assert classes(session) == {"blue": 8, "green": 4}
    session.undo()
    assert classes(session) == {"blue": 4, "green": 4, "red": 4}


def test_the_folders_own_class_is_no_decision(session: Session, edits: PictureEdits) -> None:
    edits.rename("red", "rot")
    edits.rename("rot", "red")
    assert session.choices.edits.is_empty
    edits.label(["red/000.png", "blue/000.png"], "blue")
    assert dict(session.choices.edits.labels) == {"red/000.png": "blue"}


def test_a_picture_without_a_class_gets_one(
    qtbot: QtBot, session: Session, edits: PictureEdits
) -> None:
    with qtbot.waitSignals([session.pictures_edited] * 2):  # then it is opened for the first time
        edits.label(["loose.png"], "green")
    assert classes(session)["green"] == 5


def test_moving_a_leak_to_training_and_leaving_all_to_the_draw(
    session: Session, edits: PictureEdits
) -> None:
    assert session.split is not None
    validating = session.split.validation[0].path
    edits.assign([validating], "train")
    assert validating in [one.path for one in session.split.train]
    edits.unpin()
    assert validating in [one.path for one in session.split.validation]


def test_what_would_leave_one_class_is_refused(
    qtbot: QtBot, session: Session, edits: PictureEdits
) -> None:
    edits.rename("red", "blue")
    with qtbot.waitSignal(edits.refused) as told:
        edits.rename("green", "blue")
    assert "one class only (blue)" in told.args[0]
    assert classes(session) == {"blue": 8, "green": 4}


def test_duplicates_that_are_kept_are_remembered(session: Session, edits: PictureEdits) -> None:
    edits.accept(["red/000.png", "red/001.jpg"])
    assert session.choices.edits.accepted == {"red/000.png", "red/001.jpg"}
    assert classes(session)["red"] == 4
