"""What is decided about the pictures: at once in the dataset, undone, kept for this folder."""

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from core.common.messages import InputError
from core.dataset import edits
from core.dataset.edits import Edits
from core.dataset.scan import Scanned, look_through
from gui.session import open_dataset
from gui.session.session import Session
from gui.session.settings import Settings
from tests.support.pictures import PictureFolder, draw_folder
from tests.support.trees import PICTURE, write
from tests.support.window.fakes import open_folder


@pytest.fixture
def session(qtbot: QtBot, tmp_path: Path) -> Iterator[Session]:
    made = Session(Settings(tmp_path / "settings"))
    yield made
    made.close()


@pytest.fixture
def folder(picture_folder: PictureFolder) -> Path:
    return picture_folder(classes=3, per_class=5)


def used(session: Session) -> int:
    assert session.summary is not None
    assert session.split is not None
    parts = session.split
    total = len(parts.train) + len(parts.validation) + len(parts.test)
    assert total == len(session.summary.samples)
    return total


def excluded(session: Session) -> list[str]:
    assert session.summary is not None
    return [one.path for one in session.summary.excluded]


def test_excluding_shows_at_once_and_can_be_undone(
    qtbot: QtBot, session: Session, folder: Path
) -> None:
    open_folder(qtbot, session, folder)
    with qtbot.waitSignals([session.pictures_edited, session.choices_changed]):
        session.edit(session.choices.edits.excluding(["red/000.png"]))
    assert (used(session), excluded(session)) == (14, ["red/000.png"])
    with qtbot.waitSignal(session.pictures_edited):
        session.undo()
    assert (used(session), excluded(session)) == (15, [])
    session.redo()
    assert used(session) == 14


def test_a_change_of_the_recipe_leaves_the_pictures_alone(
    qtbot: QtBot, session: Session, folder: Path
) -> None:
    open_folder(qtbot, session, folder)
    session.edit(session.choices.edits.excluding(["red/000.png"]))
    with qtbot.assertNotEmitted(session.pictures_edited):
        session.change("stages.0.epochs", 3)
        session.change("dataset.validation_fraction", 0.4)
        session.undo()
    assert excluded(session) == ["red/000.png"]


def test_a_decision_that_leaves_one_class_is_refused(
    qtbot: QtBot, session: Session, folder: Path
) -> None:
    open_folder(qtbot, session, folder)
    others = [
        f"{name}/{n:03}{end}"
        for name in ("green", "blue")
        for n, end in enumerate([".png", ".jpg"] * 2 + [".png"])
    ]
    with (
        qtbot.assertNotEmitted(session.choices_changed),
        pytest.raises(InputError, match="one class only"),
    ):
        session.edit(session.choices.edits.excluding(others))
    assert used(session) == 15
    assert not session.can_undo


def test_decisions_are_there_at_the_next_start(
    qtbot: QtBot, session: Session, folder: Path
) -> None:
    open_folder(qtbot, session, folder)
    session.edit(session.choices.edits.excluding(["red/000.png"]).labelling(["red/001.jpg"], "rot"))
    session.close()
    assert "red/000.png,red,,excluded,by_hand" in edits.kept_file(folder).read_text("utf-8")
    again = Session(Settings(session.settings.folder))
    open_folder(qtbot, again, folder)
    assert excluded(again) == ["red/000.png"]
    assert again.summary is not None
    assert "rot" in again.summary.classes
    assert not again.can_undo
    again.close()


def test_choices_on_disk_name_no_picture(qtbot: QtBot, session: Session, folder: Path) -> None:
    open_folder(qtbot, session, folder)
    session.edit(session.choices.edits.excluding(["red/000.png"]))
    session.close()
    kept = session.settings.choices_file(folder).read_text("utf-8")
    assert "000.png" not in kept
    assert json.loads(kept)


def test_a_table_that_cannot_be_written_is_told(
    qtbot: QtBot, session: Session, folder: Path
) -> None:
    open_folder(qtbot, session, folder)
    place = edits.kept_file(folder).parent
    place.parent.mkdir(parents=True)
    place.write_bytes(b"in the way")
    session.edit(session.choices.edits.excluding(["red/000.png"]))
    with qtbot.waitSignal(session.save_failed) as told:
        session.save_choices()
    assert "cannot be kept" in str(told.args[0])


def test_a_flat_folder_waits_for_labels(qtbot: QtBot, session: Session, tmp_path: Path) -> None:
    names = [f"{name}_{number}.png" for name in ("cat", "dog") for number in range(4)]
    flat = write(tmp_path / "flat", dict.fromkeys(names, PICTURE))
    with qtbot.waitSignal(session.scan_failed) as failed:
        session.open_folder(flat)
    assert failed.args[0].code == "no_classes_flat"
    assert session.unlabelled is not None
    with qtbot.waitSignal(session.dataset_changed):
        session.use_labels(Edits(labels={name: name[:3] for name in names}))
    assert session.unlabelled is None
    assert session.summary is not None
    assert session.summary.classes == ("cat", "dog")
    session.close()
    again = Session(Settings(session.settings.folder))
    open_folder(qtbot, again, flat)
    assert used(again) == 8
    again.close()


def test_a_loose_picture_given_a_class_is_looked_at(
    qtbot: QtBot, session: Session, folder: Path
) -> None:
    write(folder, {"loose.png": b"no picture"})
    open_folder(qtbot, session, folder)
    with qtbot.waitSignals([session.pictures_edited] * 2):
        session.edit(session.choices.edits.labelling(["loose.png"], "red"))
    assert session.summary is not None
    assert [one.path for one in session.summary.problems] == ["loose.png"]


def test_a_smaller_limit_makes_large_pictures_problems(
    qtbot: QtBot, session: Session, tmp_path: Path
) -> None:
    folder = draw_folder(tmp_path / "few", classes=2, per_class=3)
    open_folder(qtbot, session, folder)
    with qtbot.waitSignal(session.scan_failed) as failed:
        session.change("dataset.max_megapixels", 0.001)
    assert "None of the 6 pictures" in str(failed.args[0])
    assert used(session) == 6  # and what left nothing is not there at the next start
    assert session.recipe.dataset.max_megapixels == 200
    with qtbot.waitSignal(session.pictures_edited):
        session.change("dataset.max_megapixels", 0.0015)
    assert used(session) == 6


def test_decisions_that_leave_no_dataset_any_more_are_set_aside(
    qtbot: QtBot, session: Session, folder: Path
) -> None:
    open_folder(qtbot, session, folder)
    reds = [f"red/{n:03}{end}" for n, end in enumerate([".png", ".jpg"] * 2 + [".png"])]
    greens = [path.replace("red", "green") for path in reds]
    session.edit(session.choices.edits.excluding(reds))
    session.save_choices()
    session.close()
    for path in greens:
        (folder / path).unlink()
    before = edits.kept_file(folder).read_bytes()
    again = Session(Settings(session.settings.folder))
    open_folder(qtbot, again, folder)
    assert again.set_aside is not None
    assert used(again) == 10
    again.close()
    assert edits.kept_file(folder).read_bytes() == before


def test_a_changed_folder_says_what_changed(qtbot: QtBot, session: Session, folder: Path) -> None:
    open_folder(qtbot, session, folder)
    write(folder, {"red/new.png": PICTURE})
    with qtbot.waitSignal(session.looks.folder_changed) as told:
        session.check_folder()
    assert told.args[0].added == ("red/new.png",)


def test_every_file_can_be_decoded(qtbot: QtBot, session: Session, folder: Path) -> None:
    damaged = bytearray(PICTURE)
    damaged[PICTURE.index(b"IDAT") + 5] ^= 0xFF
    write(folder, {"red/damaged.png": bytes(damaged)})
    open_folder(qtbot, session, folder)
    assert used(session) == 16
    with qtbot.waitSignal(session.pictures_edited):
        session.verify_files()
        assert session.looks.is_busy
    assert used(session) == 15
    assert session.looks.verified
    assert not session.looks.is_busy


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a few pictures be as many as belong into the background."""
    monkeypatch.setattr(open_dataset, "LARGE", 5)


@pytest.mark.usefixtures("large")
def test_very_many_pictures_follow_a_little_later(
    qtbot: QtBot, session: Session, folder: Path
) -> None:
    open_folder(qtbot, session, folder)
    with qtbot.waitSignal(session.pictures_edited):
        session.edit(session.choices.edits.excluding(["red/000.png"]))
        assert excluded(session) == []
    assert excluded(session) == ["red/000.png"]
    assert session.split is not None
    with qtbot.waitSignals([session.choices_changed] * 2):
        session.change("dataset.validation_fraction", 0.6)
    assert len(session.split.validation) == 8


@pytest.mark.usefixtures("large")
def test_a_refusal_that_comes_later_takes_the_step_back(
    qtbot: QtBot, session: Session, folder: Path
) -> None:
    open_folder(qtbot, session, folder)
    others = [one.path for one in session.summary.samples if one.label] if session.summary else []
    with qtbot.waitSignal(session.edit_refused) as told:
        session.edit(session.choices.edits.excluding(others))
    assert "one class only" in str(told.args[0])
    assert used(session) == 15
    assert session.choices.edits.is_empty
    assert not session.can_undo
    assert not session.can_redo


@pytest.mark.usefixtures("large")
def test_training_waits_for_what_was_decided_last(
    qtbot: QtBot, session: Session, folder: Path
) -> None:
    open_folder(qtbot, session, folder)
    session.edit(session.choices.edits.excluding(["red/000.png"]))
    session.finish_remaking()
    assert excluded(session) == ["red/000.png"]


@pytest.mark.usefixtures("large")
def test_a_new_look_at_very_many_pictures_keeps_what_was_decided_meanwhile(
    qtbot: QtBot, session: Session, folder: Path
) -> None:
    open_folder(qtbot, session, folder)
    write(folder, {"red/new.png": PICTURE})
    session.edit(session.choices.edits.excluding(["red/000.png"]))
    with qtbot.waitSignal(session.pictures_edited):
        session.looks.verified_files.emit(look_through(folder))
    assert excluded(session) == ["red/000.png"]
    assert used(session) == 15


@pytest.mark.usefixtures("large")
def test_a_new_look_that_leaves_nothing_takes_no_step_back(
    qtbot: QtBot, session: Session, folder: Path
) -> None:
    open_folder(qtbot, session, folder)
    with qtbot.waitSignal(session.pictures_edited):
        session.edit(session.choices.edits.excluding(["red/000.png"]))
    assert session.scanned is not None
    with qtbot.waitSignal(session.scan_failed):
        session.looks.verified_files.emit(replace(session.scanned, files=()))
    assert list(session.choices.edits.excluded) == ["red/000.png"]
    with qtbot.waitSignal(session.pictures_edited):
        session.edit(session.choices.edits.excluding(["red/001.jpg"]))
    assert used(session) == 13


@pytest.mark.usefixtures("large")
def test_a_step_on_top_of_one_that_is_refused_later_is_taken_back_too(
    qtbot: QtBot, session: Session, folder: Path
) -> None:
    open_folder(qtbot, session, folder)
    others = [one.path for one in session.summary.samples if one.label] if session.summary else []
    session.edit(session.choices.edits.excluding(others))
    session.edit(session.choices.edits.excluding([]).assigning(["red/000.png"], "test"))
    qtbot.waitUntil(lambda: not session.can_undo)
    assert session.choices.edits.is_empty
    session.edit(session.choices.edits.excluding(others))
    session.edit(session.choices.edits.assigning(["red/000.png"], "test"))
    session.finish_remaking()
    assert session.choices.edits.is_empty
    assert used(session) == 15


def test_opening_the_folder_again_waits_for_what_is_being_written(
    qtbot: QtBot, session: Session, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    was_read = threading.Event()
    save, read = edits.save, edits.read

    def slow_save(scanned: Scanned, *values: Edits) -> None:
        was_read.wait(0.2)
        save(scanned, *values)

    def told_read(place: Path) -> tuple[edits.Row, ...]:
        rows = read(place)
        was_read.set()
        return rows

    open_folder(qtbot, session, folder)
    monkeypatch.setattr(edits, "save", slow_save)
    monkeypatch.setattr(edits, "read", told_read)
    session.edit(session.choices.edits.excluding(["red/000.png"]))
    open_folder(qtbot, session, folder)
    assert excluded(session) == ["red/000.png"]


def test_what_could_not_be_kept_is_kept_when_there_is_room_again(
    qtbot: QtBot, session: Session, folder: Path
) -> None:
    open_folder(qtbot, session, folder)
    file = edits.kept_file(folder)
    file.parent.parent.mkdir(parents=True)
    file.parent.write_bytes(b"in the way")
    session.edit(session.choices.edits.excluding(["red/000.png"]))
    with qtbot.waitSignal(session.save_failed):
        session.save_choices()
    file.parent.unlink()
    session.close()
    assert b"red/000.png,red,,excluded" in file.read_bytes()


def test_two_windows_on_one_folder_lose_nothing(
    qtbot: QtBot, session: Session, folder: Path
) -> None:
    other = Session(Settings(session.settings.folder))
    open_folder(qtbot, session, folder)
    open_folder(qtbot, other, folder)
    session.edit(session.choices.edits.excluding(["red/000.png"]))
    session.close()
    other.edit(other.choices.edits.labelling(["blue/000.png"], "green"))
    other.close()
    again = Session(Settings(session.settings.folder))
    open_folder(qtbot, again, folder)
    assert excluded(again) == ["red/000.png"]
    assert again.choices.edits.labels == {"blue/000.png": "green"}
    again.close()


def test_decisions_that_are_set_aside_are_not_written_over(
    qtbot: QtBot, session: Session, folder: Path
) -> None:
    reds = [f"red/{n:03}{end}" for n, end in enumerate([".png", ".jpg"] * 2 + [".png"])]
    edits.save(look_through(folder), Edits().excluding(reds))
    before = edits.kept_file(folder).read_bytes()
    for path in reds:
        (folder / path.replace("red", "green")).unlink()
    open_folder(qtbot, session, folder)
    assert session.set_aside is not None
    session.edit(session.choices.edits.excluding(["blue/000.png"]))
    session.close()
    kept = edits.kept_file(folder)
    assert b"red/000.png,red,,used" in kept.read_bytes()
    assert before in [one.read_bytes() for one in kept.parent.iterdir()]


def test_a_scan_that_is_cancelled_leaves_no_picture_unseen(
    qtbot: QtBot, session: Session, folder: Path, tmp_path: Path
) -> None:
    write(folder, {"loose.png": b"no picture"})
    other = draw_folder(tmp_path / "other", classes=2, per_class=3)
    open_folder(qtbot, session, folder)
    session.edit(session.choices.edits.labelling(["loose.png"], "red"))
    with qtbot.waitSignal(session.pictures_edited):
        session.open_folder(other)
        session.cancel_scan()
    assert session.summary is not None
    assert [one.path for one in session.summary.problems] == ["loose.png"]
