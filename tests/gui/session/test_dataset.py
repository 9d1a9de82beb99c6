"""The open folder: scanned, decided about, looked at more closely, listed."""

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from pytestqt.qtbot import QtBot

from core.dataset import duplicates, edits
from core.dataset.duplicates import Kind
from core.dataset.edits import Edits
from core.dataset.folder import Scanned
from core.dataset.scan import look_through
from core.dataset.split import Split, split
from core.dataset.summary import DatasetSummary, summarize
from core.recipe.config import DatasetConfig
from gui.session import open_dataset
from gui.session.closer_looks import CloserLooks
from gui.session.image_list import SHOWN, PictureList, selected
from gui.session.session import Session
from gui.session.settings import Settings
from tests.support.pictures import PICTURE, PictureFolder, draw_folder, write
from tests.support.window.browsing import messy_folder
from tests.support.window.data_page import good_folder, leaky_folder
from tests.support.window.fakes import open_folder


@pytest.fixture
def folder(picture_folder: PictureFolder) -> Path:
    return picture_folder(classes=3, per_class=5)


def images_of(*classes: str) -> list[str]:
    """The images of ``folder`` in these classes."""
    names = [f"{number:03}{'.png' if number % 2 == 0 else '.jpg'}" for number in range(5)]
    return [f"{one}/{name}" for one in classes for name in names]


def used(session: Session) -> int:
    parts = session.split
    total = len(parts.train) + len(parts.validation) + len(parts.test)
    assert total == len(session.summary.samples)
    return total


def excluded(session: Session) -> list[str]:
    return [one.path for one in session.summary.excluded]


def restarted(qtbot: QtBot, session: Session, folder: Path) -> Session:
    """The next start, with ``folder`` open."""
    again = Session(Settings(session.settings.folder))
    open_folder(qtbot, again, folder)
    return again


# -- opening --------------------------------------------------------------------------------


def test_opening_a_folder_finds_its_images_until_another_can_be_scanned(
    qtbot: QtBot, session: Session, folder: Path, tmp_path: Path
) -> None:
    session.open_folder(folder)
    session.cancel_scan()
    assert not session.is_scanning
    assert session.summary is None
    with qtbot.waitSignals([session.scan_started, session.dataset_changed]):
        session.open_folder(folder)
        assert session.is_scanning
    assert session.summary.classes == ("blue", "green", "red")
    assert (len(session.split.train), len(session.split.validation)) == (12, 3)
    assert not session.is_scanning
    session.change("dataset.validation_fraction", 0.6)
    assert len(session.split.validation) == 9
    with qtbot.waitSignal(session.scan_failed) as failed:
        session.open_folder(tmp_path / "gone")
    assert failed.args[0].values["path"] == str(tmp_path / "gone")
    assert session.summary.folder == folder
    with qtbot.waitSignal(session.scan_failed):
        session.change("dataset.max_megapixels", 0.001)
    assert used(session) == 15
    assert session.recipe.dataset.max_megapixels == 200, "or it would be there at the next start"


def test_the_last_folder_wins(
    qtbot: QtBot, session: Session, picture_folder: PictureFolder
) -> None:
    first, second = picture_folder(name="first"), picture_folder(name="second")
    opened = []
    session.dataset_changed.connect(lambda: opened.append(session.summary))
    with qtbot.waitSignal(session.dataset_changed):
        session.open_folder(first)
        session.open_folder(second)
    assert [one and one.name for one in opened] == ["second"]
    assert session.settings.recent_folders == [second]
    for folder in (first, second, first):
        open_folder(qtbot, session, folder)
    assert Settings(session.settings.folder).recent_folders == [first, second]


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
    assert session.summary.classes == ("cat", "dog")
    session.close()
    again = restarted(qtbot, session, flat)
    assert used(again) == 8
    again.close()


# -- decisions about images -----------------------------------------------------------------


def test_excluding_shows_and_can_be_undone(qtbot: QtBot, session: Session, folder: Path) -> None:
    open_folder(qtbot, session, folder)
    with qtbot.waitSignals([session.pictures_edited, session.choices_changed]):
        session.edit(session.choices.edits.excluding(["red/000.png"]))
    assert (used(session), excluded(session)) == (14, ["red/000.png"])
    with qtbot.waitSignal(session.pictures_edited):
        session.undo()
    assert (used(session), excluded(session)) == (15, [])
    session.redo()
    assert used(session) == 14
    with qtbot.assertNotEmitted(session.pictures_edited):
        session.change("stages.0.epochs", 3)
        session.change("dataset.validation_fraction", 0.4)
        session.undo()
    assert excluded(session) == ["red/000.png"]


def test_decisions_are_there_after_a_restart(qtbot: QtBot, session: Session, folder: Path) -> None:
    open_folder(qtbot, session, folder)
    session.edit(session.choices.edits.excluding(["red/000.png"]).labelling(["red/001.jpg"], "rot"))
    session.close()
    assert "red/000.png,red,,excluded,by_hand" in edits.kept_file(folder).read_text("utf-8")
    choices = session.settings.choices_file(folder).read_text("utf-8")
    assert json.loads(choices)
    assert "000.png" not in choices  # they belong to the dataset
    again = restarted(qtbot, session, folder)
    assert excluded(again) == ["red/000.png"]
    assert "rot" in again.summary.classes
    assert not again.can_undo
    again.close()


def test_an_unwritable_table_is_written_later(qtbot: QtBot, session: Session, folder: Path) -> None:
    open_folder(qtbot, session, folder)
    file = edits.kept_file(folder)
    file.parent.parent.mkdir(parents=True)
    file.parent.write_bytes(b"in the way")
    session.edit(session.choices.edits.excluding(["red/000.png"]))
    with qtbot.waitSignal(session.save_failed) as failed:
        session.save_choices()
    assert failed.args[0].code == "edits_unwritable"
    file.parent.unlink()
    session.close()
    assert b"red/000.png,red,,excluded" in file.read_bytes()


def test_a_labelled_loose_image_is_scanned_even_if_another_scan_is_cancelled_meanwhile(
    qtbot: QtBot, session: Session, folder: Path, tmp_path: Path
) -> None:
    def problems() -> list[str]:
        return [one.path for one in session.summary.problems]

    write(folder, {"loose.png": b"no picture", "lost.png": b"no picture"})
    other = draw_folder(tmp_path / "other", classes=2, per_class=3)
    open_folder(qtbot, session, folder)
    with qtbot.waitSignals([session.pictures_edited] * 2):
        session.edit(session.choices.edits.labelling(["loose.png"], "red"))
    assert problems() == ["loose.png"]
    session.edit(session.choices.edits.labelling(["lost.png"], "red"))
    with qtbot.waitSignal(session.pictures_edited):
        session.open_folder(other)
        session.cancel_scan()
    assert problems() == ["loose.png", "lost.png"]


def test_edits_without_a_dataset_are_set_aside(
    qtbot: QtBot, session: Session, folder: Path
) -> None:
    file = edits.kept_file(folder)
    edits.save(look_through(folder), Edits().excluding(images_of("red")))
    before = file.read_bytes()
    for path in images_of("green"):
        (folder / path).unlink()
    open_folder(qtbot, session, folder)
    assert session.set_aside is not None
    assert used(session) == 10
    session.close()
    assert file.read_bytes() == before
    again = restarted(qtbot, session, folder)
    again.edit(again.choices.edits.excluding(["blue/000.png"]))
    again.close()
    assert b"red/000.png,red,,used" in file.read_bytes()
    assert before in [one.read_bytes() for one in file.parent.iterdir()]


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


def test_two_windows_on_a_folder_lose_nothing(qtbot: QtBot, session: Session, folder: Path) -> None:
    other = restarted(qtbot, session, folder)
    open_folder(qtbot, session, folder)
    session.edit(session.choices.edits.excluding(["red/000.png"]))
    session.close()
    other.edit(other.choices.edits.labelling(["blue/000.png"], "green"))
    other.close()
    again = restarted(qtbot, session, folder)
    assert excluded(again) == ["red/000.png"]
    assert again.choices.edits.labels == {"blue/000.png": "green"}
    again.close()


# -- very many images -----------------------------------------------------------------------


@pytest.fixture
def large(qtbot: QtBot, session: Session, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Session:
    """With ``folder`` open, as many images as belong into the background."""
    monkeypatch.setattr(open_dataset, "LARGE", 5)
    open_folder(qtbot, session, folder)
    return session


def test_decisions_about_many_images_follow_a_little_later(qtbot: QtBot, large: Session) -> None:
    with qtbot.waitSignal(large.pictures_edited):
        large.edit(large.choices.edits.excluding(["red/000.png"]))
        assert excluded(large) == []
    assert excluded(large) == ["red/000.png"]
    with qtbot.waitSignals([large.choices_changed] * 2):
        large.change("dataset.validation_fraction", 0.6)
    assert len(large.split.validation) == 8
    large.edit(large.choices.edits.excluding(["red/001.jpg"]))
    large.finish_remaking()  # as training does
    assert excluded(large) == ["red/000.png", "red/001.jpg"]


def test_a_refusal_that_comes_later_takes_the_step_back_and_those_on_top(
    qtbot: QtBot, large: Session
) -> None:
    others = images_of("green", "red")
    with qtbot.waitSignal(large.edit_refused) as refused:
        large.edit(large.choices.edits.excluding(others))
    assert refused.args[0].code == "one_class"
    assert used(large) == 15
    assert large.choices.edits.is_empty
    assert not large.can_undo
    assert not large.can_redo
    large.edit(large.choices.edits.excluding(others))
    large.edit(large.choices.edits.excluding([]).assigning(["red/000.png"], "test"))
    qtbot.waitUntil(lambda: not large.can_undo)
    assert large.choices.edits.is_empty
    large.edit(large.choices.edits.excluding(others))
    large.edit(large.choices.edits.assigning(["red/000.png"], "test"))
    large.finish_remaking()
    assert large.choices.edits.is_empty
    assert used(large) == 15


def test_a_new_look_keeps_decisions_made_meanwhile_even_if_it_leaves_nothing(
    qtbot: QtBot, large: Session, folder: Path
) -> None:
    write(folder, {"red/new.png": PICTURE})
    large.edit(large.choices.edits.excluding(["red/000.png"]))
    with qtbot.waitSignal(large.pictures_edited):
        large.looks.verified_files.emit(look_through(folder))
    assert excluded(large) == ["red/000.png"]
    assert used(large) == 15
    with qtbot.waitSignal(large.scan_failed):
        large.looks.verified_files.emit(replace(large.scanned, files=()))
    assert list(large.choices.edits.excluded) == ["red/000.png"]
    with qtbot.waitSignal(large.pictures_edited):
        large.edit(large.choices.edits.excluding(["red/001.jpg"]))
    assert used(large) == 14


# -- closer looks ---------------------------------------------------------------------------

LIMIT = 200.0
COPIES = [("train/red/000.png", "val/red/copy.png")]
COPY = COPIES[0][1]


@pytest.fixture
def looks(qtbot: QtBot) -> Iterator[CloserLooks]:
    made = CloserLooks()
    yield made
    made.close()


@pytest.fixture
def leaky(tmp_path: Path) -> Path:
    return leaky_folder(tmp_path)


def held(monkeypatch: pytest.MonkeyPatch, name: str) -> tuple[threading.Event, threading.Event]:
    """A function of ``duplicates`` that waits: set when it began; to set when it may go on."""
    begun, gate, function = threading.Event(), threading.Event(), getattr(duplicates, name)

    def later(*values: Any, **options: Any) -> object:
        begun.set()
        gate.wait()
        return function(*values, **options)

    monkeypatch.setattr(duplicates, name, later)
    return begun, gate


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """While it is not set, no image gets its fingerprint."""
    _, made = held(monkeypatch, "fingerprint")
    yield made
    made.set()


def dataset(folder: Path, edits: Edits = Edits()) -> tuple[DatasetSummary, Split]:  # noqa: B008
    summary = summarize(look_through(folder), edits)
    return summary, split(summary, DatasetConfig())


def copies(looks: CloserLooks) -> list[tuple[str, ...]]:
    """The files that are there twice."""
    return [one.paths for one in looks.groups or () if one.kind == Kind.EXACT]


def find(qtbot: QtBot, looks: CloserLooks, folder: Path, edits: Edits = Edits()) -> None:  # noqa: B008
    looks.find_duplicates(*dataset(folder, edits), LIMIT)
    qtbot.waitUntil(lambda: not looks.is_busy)


def test_duplicates_follow_changed_images(qtbot: QtBot, looks: CloserLooks, leaky: Path) -> None:
    assert looks.groups is None
    find(qtbot, looks, leaky, Edits().excluding([COPY]))
    assert copies(looks) == []
    assert looks.gray == frozenset()
    with qtbot.waitSignal(looks.changed):  # an excluded image comes back
        looks.rescope(*dataset(leaky))
    assert copies(looks) == COPIES
    Image.effect_noise((40, 40), 90).save(leaky / COPY)
    with qtbot.waitSignal(looks.changed):
        looks.rescope(*dataset(leaky))
    assert copies(looks) == []


def test_one_look_ends_the_other_and_closing_the_last(
    qtbot: QtBot, looks: CloserLooks, leaky: Path, gate: threading.Event
) -> None:
    looks.find_duplicates(*dataset(leaky), LIMIT)
    looks.verify(look_through(leaky), LIMIT)
    assert looks.running == "verify"
    with qtbot.waitSignal(looks.verified_files):
        gate.set()
    assert looks.verified
    assert looks.groups is None, "that look was ended"
    gate.clear()
    looks.find_duplicates(*dataset(leaky), LIMIT)
    threading.Timer(0, gate.set).start()
    looks.close()
    assert looks.groups is None


def test_a_cancelled_look_reports_nothing_and_a_change_is_looked_at_after_the_next(
    qtbot: QtBot, looks: CloserLooks, leaky: Path, gate: threading.Event
) -> None:
    looks.find_duplicates(*dataset(leaky), LIMIT)
    with qtbot.waitSignal(looks.changed):
        looks.cancel()
    assert not looks.is_busy
    with qtbot.assertNotEmitted(looks.failed), qtbot.waitSignal(looks.folder_changed):
        gate.set()
        looks.check_folder(look_through(leaky))  # behind it, so that it has ended by then
    assert looks.groups is None
    gate.clear()
    looks.find_duplicates(*dataset(leaky, Edits().excluding([COPY])), LIMIT)
    looks.rescope(*dataset(leaky))
    gate.set()
    qtbot.waitUntil(lambda: copies(looks) == COPIES)


def test_another_folder_does_not_get_what_was_found_in_the_one_before(
    qtbot: QtBot, looks: CloserLooks, leaky: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    find(qtbot, looks, leaky)
    begun, gate = held(monkeypatch, "find")
    looks.rescope(*dataset(leaky))
    qtbot.waitUntil(begun.is_set)
    looks.forget()
    gate.set()
    with qtbot.waitSignal(looks.folder_changed):
        looks.check_folder(look_through(leaky))
    assert looks.groups is None


def test_a_failed_look_is_reported(
    qtbot: QtBot, looks: CloserLooks, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(duplicates, "fingerprints", fail)
    with qtbot.waitSignal(looks.failed) as failed:
        looks.find_duplicates(*dataset(good_folder(tmp_path)), LIMIT)
    assert "disk full" in str(failed.args[0])
    assert not looks.is_busy


# -- the list of images ---------------------------------------------------------------------

EDITS = (
    Edits()
    .excluding(["train/red/001.jpg"], "duplicate")
    .labelling(["val/red/000.png"], "green")
    .assigning(["train/green/000.png"], "test")
)


@pytest.fixture(scope="module")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> Scanned:
    return look_through(messy_folder(tmp_path_factory.mktemp("signs")))


def listed(scanned: Scanned, edits: Edits = EDITS, *, is_known: bool = True) -> PictureList:
    summary = summarize(scanned, edits)
    return PictureList(scanned if is_known else None, summary, split(summary, DatasetConfig()))


@pytest.fixture(scope="module")
def images(scanned: Scanned) -> PictureList:
    return listed(scanned)


def paths(images: PictureList, shown: str, label: int | None = None, words: str = "") -> list[str]:
    return [one.path for one in images.chosen(shown, label, words)]


GREEN = [f"train/green/{name}" for name in ("000.png", "001.jpg", "002.png", "tiny.png")]
RED = [f"train/red/{name}" for name in ("000.png", "001.jpg", "002.png", "empty.jpg")]
VALIDATION = [f"val/{name}" for name in ("green/000.png", "green/001.jpg", "red/000.png")]
VALIDATION.append("val/red/001.jpg")


@pytest.mark.parametrize(
    ("shown", "label", "words", "expected"),
    [
        ("all", None, "", GREEN + RED + VALIDATION),  # in the order of the folder
        ("validation", None, "", VALIDATION),
        ("test", None, "", [GREEN[0]]),
        ("pinned", None, "", [GREEN[0]]),
        ("excluded", None, "", [RED[1]]),
        ("problems", None, "", [RED[3]]),
        ("warnings", None, "", [GREEN[3]]),
        ("unlabelled", None, "", ["loose.png"]),
        ("all", 1, "", [*RED, VALIDATION[3]]),  # with its excluded and damaged ones
        ("validation", 0, "", VALIDATION[:3]),
        ("unlabelled", 1, "", ["loose.png"]),
        ("all", None, " TINY ", [GREEN[3]]),
        ("all", None, "green", []),  # file names only
        ("all", 0, "00", GREEN[:3] + VALIDATION[:3]),
    ],
)
def test_a_filter_shows_its_own(
    images: PictureList, shown: str, label: int | None, words: str, expected: list[str]
) -> None:
    assert paths(images, shown, label, words) == expected


def test_used_and_unused_images_make_all(scanned: Scanned, images: PictureList) -> None:
    parts = [*paths(images, "used"), *paths(images, "excluded"), *paths(images, "problems")]
    assert sorted(parts) == sorted(paths(images, "all"))
    used = [path for part in ("train", "validation", "test") for path in paths(images, part)]
    assert sorted(used) == sorted(paths(images, "used"))
    counts = images.counts()
    assert counts == dict.fromkeys(("pinned", "excluded", "problems", "warnings", "unlabelled"), 1)
    assert set(counts) < set(SHOWN)
    assert images.classes == ("green", "red")
    assert images.class_counts() == {"green": 7, "red": 3}
    without_scan = listed(scanned, is_known=False)
    assert len(paths(without_scan, "all")) == 12
    assert paths(without_scan, "unlabelled") == []


def test_a_search_knows_letters_however_they_are_put_together(tmp_path: Path) -> None:
    root = messy_folder(tmp_path)
    (root / "train" / "red" / "000.png").rename(root / "train" / "red" / "la\u0301 ba\u0300ng.png")
    assert len(paths(listed(look_through(root), Edits()), "all", None, "L\u00c1 B\u00c0NG")) == 1


def test_an_image_has_what_is_known_of_it(images: PictureList) -> None:
    def found(path: str) -> Any:
        return images.picture(images.entry(path))

    used = found("train/green/000.png")
    assert (used.state, used.class_name, used.split, used.pinned) == ("used", "green", "test", True)
    out = found("train/red/001.jpg")
    assert (out.state, out.class_name, out.reason) == ("excluded", "red", "duplicate")
    moved = found("val/red/000.png")
    assert (moved.class_name, moved.own_class) == ("green", "red")
    relabelled = ("val/red/000.png", "val/red/001.jpg")
    assert [images.is_relabelled(images.entry(one)) for one in relabelled] == [True, False]
    broken = found("train/red/empty.jpg")
    assert (broken.state, broken.class_name) == ("problems", "red")
    assert broken.problem.code == "empty_file"
    assert found("train/green/tiny.png").problem.code == "tiny_image"
    assert (found("loose.png").state, found("loose.png").class_name) == ("unlabelled", None)
    assert images.entry("nowhere.png") is None
    assert len({found(path).version for path in paths(images, "all")}) > 1


def test_each_selected_image_is_offered_what_fits_it(images: PictureList) -> None:
    entries = images.chosen("all", 1) + images.chosen("unlabelled")
    found = selected(entries)
    assert found.all == [one.path for one in entries]
    assert found.to_include == ["train/red/001.jpg"]
    assert "train/red/empty.jpg" in found.to_exclude
    assert "train/red/001.jpg" not in found.to_exclude
    assert "loose.png" not in found.to_exclude + found.to_move
    assert "train/red/001.jpg" in found.to_move
