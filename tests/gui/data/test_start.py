"""Before images are shown: opening, reading, the sample, folders that fail or ask for classes."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from core.common import files
from core.common.messages import InputError
from core.compute.estimate import estimate
from core.dataset import sample as sample_files
from core.recipe.config import DatasetConfig, RunConfig
from gui.data import start
from gui.data.page import DataPage
from gui.data.start import StartArea
from gui.session.session import Session
from tests.support.pictures import COLORS, draw, draw_folder
from tests.support.window.acting import click
from tests.support.window.data_page import (
    PETS,
    SlowScan,
    User,
    drag,
    emitted,
    flat_folder,
    numbers,
    rows,
    split_folder,
)
from tests.support.window.datasets import SLOW
from tests.support.window.fakes import SPEED
from tests.support.wording import said


@pytest.fixture
def area(qtbot: QtBot) -> StartArea:
    made = StartArea()
    qtbot.addWidget(made)
    made.resize(968, 590)
    made.show()
    return made


@pytest.fixture
def user(qtbot: QtBot, session: Session, page: DataPage, tmp_path: Path) -> User:
    return User(qtbot, session, page, tmp_path)


def shown_names(area: StartArea, layout: int = 0) -> list[str]:
    return [entry.name for entry in area.layouts[layout].entries]


def test_a_recent_folder_opens_and_what_has_gone_can_be_removed(
    qtbot: QtBot, area: StartArea, tmp_path: Path
) -> None:
    area.show_recent([])
    assert not area.recent.isVisible()
    recent, there, gone = area.recent, tmp_path / "there", tmp_path / "gone"
    there.mkdir()
    area.show_recent([there, gone])
    qtbot.waitUntil(lambda: recent.is_missing(gone))
    place = recent.visualItemRect(recent.item(0)).center()
    assert emitted(area.folder_chosen, click, recent.viewport(), place) == [there]
    recent.setCurrentRow(0)
    assert emitted(area.folder_chosen, QTest.keyClick, recent, Qt.Key.Key_Return) == [there]
    assert recent.item(1).foreground() != recent.item(0).foreground()
    assert "folder_missing" in said(recent.item(1).toolTip())
    recent.setCurrentRow(0)
    assert emitted(area.recent_removed, QTest.keyClick, recent, Qt.Key.Key_Delete) is None
    recent.setCurrentRow(1)
    assert emitted(area.recent_removed, QTest.keyClick, recent, Qt.Key.Key_Delete) == [gone]
    assert recent.remove_button(there) is None
    assert emitted(area.recent_removed, click, recent.remove_button(gone)) == [gone]


def test_a_failure_says_why_and_draws_the_folders_own_names(qtbot: QtBot, area: StartArea) -> None:
    usual, title = shown_names(area), area.drop.accessibleName()
    folder = Path("/pictures/holiday")
    error = InputError("no_classes_flat", path=str(folder), images=40, example="beach")
    area.show_failure(error, folder, still_open="signs")
    assert area.failed.isVisible()
    assert "holiday" in area.failed.text()
    reason = area.reason.text().replace("\N{ZERO WIDTH SPACE}", "")
    assert "no_classes_flat" in said(reason)
    assert numbers(reason) == [40]
    assert area.drop.accessibleName() != title
    assert shown_names(area)[:2] == ["holiday", "beach"]
    assert shown_names(area, 1)[:3] == ["holiday", "train", "beach"]
    assert "signs" in area.back.text()
    assert emitted(area.back_asked, click, area.back) == []
    area.show_failure(InputError("one_class", path="/a/x", name="hat"), Path("/a/x"))
    assert shown_names(area)[:2] == ["x", "hat"]
    assert not area.back.isVisible()
    area.show_failure(None, None)
    assert not area.failed.isVisible()
    assert shown_names(area) == usual
    folder = Path("/" + "a" * 250)
    area.show_failure(InputError("folder_missing", path=str(folder)), folder, "b" * 200)
    qtbot.waitUntil(lambda: area.reason.height() > 3 * area.reason.fontMetrics().height())
    assert area.minimumSizeHint().width() <= 968


def test_a_folder_that_fails_leaves_the_open_one_and_recent_ones_open_or_go(user: User) -> None:
    area = user.page.start
    user.fail(user.root / "gone")
    assert area.failed.isVisible()
    assert not area.back.isVisible()
    user.open(user.draw())
    assert user.page.view == "dataset"
    assert not area.failed.isVisibleTo(area)
    user.fail(draw_folder(user.root / "holiday", classes=1, per_class=1))
    assert user.page.view == "start", "one image cannot make two classes"
    assert "holiday" in area.failed.text()
    assert "one_class" in said(area.reason.text())
    assert shown_names(area)[:2] == ["holiday", "red"]
    assert area.open.isVisible()
    assert area.sample.first.isVisible()
    assert area.recent.folders == [user.root / "pictures"]
    click(area.back)
    assert user.page.view == "dataset"
    assert user.view.title.text == "pictures"
    assert not area.reason.isVisible()
    gone, settings = user.root / "gone", user.session.settings
    settings.add_recent(gone)
    user.fail(gone)
    user.qtbot.waitUntil(lambda: area.recent.is_missing(gone))
    click(area.recent.remove_button(gone))
    assert area.recent.folders == [user.root / "pictures"] == settings.recent_folders
    with user.qtbot.waitSignal(user.session.dataset_changed):
        area.recent.itemClicked.emit(area.recent.item(0))
    assert user.page.view == "dataset"


def test_a_folder_is_asked_for_or_dropped_and_anything_else_left_to_others(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    area = user.page.start
    assert user.page.view == "start"
    assert area.drop.isVisible()
    assert area.sample.first.isVisible()
    assert not area.recent.isVisible()
    assert not area.reason.isVisible()
    for button, name in ((area.open, "pictures"), (user.view.open, "others")):
        folder = user.draw(name=name)
        monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_, f=folder: str(f))
        user.open_by(button)
        assert user.view.path.text == str(folder)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: "")
    click(user.view.open)
    assert not user.session.is_scanning
    recipe = folder / "recipe.json"
    recipe.write_text("{}")
    assert not drag(user.page, [recipe], drops=True)
    assert not drag(user.page, [folder, folder / "red"], drops=True)
    assert not user.session.is_scanning
    for name in ("pictures", "others"):
        with user.qtbot.waitSignal(user.session.dataset_changed):
            assert drag(user.page, [user.root / name], drops=True)
        assert user.view.title.text == name
        user.fail(user.root / "gone")


def test_a_slow_machine_is_offered_the_small_size_first(area: StartArea) -> None:
    for speed in (None, SPEED):
        area.show_speed(speed)
        assert numbers(area.sample.first.text()) == []
        assert not area.sample.second.isVisible()
    assert emitted(area.sample_asked, click, area.sample.first) == [None]
    area.show_speed(SLOW)
    seconds = estimate(RunConfig(), SLOW, 384, 96).first_point
    small = RunConfig(dataset=DatasetConfig(image_size=96))
    assert seconds > 60 > estimate(small, SLOW, 384, 96).first_point
    assert numbers(area.sample.first.text()) == [96, 30]
    assert numbers(area.sample.second.text()) == [224, 3]
    for button, size in ((area.sample.first, 96), (area.sample.second, 224)):
        assert emitted(area.sample_asked, click, button) == [size]
    total = sample_files.IMAGES_PER_CLASS * len(sample_files.CLASSES)
    assert total == start.TRAIN + start.VALIDATION, "its time is that of its images"
    assert total * DatasetConfig().validation_fraction == start.VALIDATION


@pytest.fixture
def sample(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A few images in place of the sample dataset, which is larger."""
    folder = draw_folder(tmp_path / "sample", classes=2, per_class=5)
    monkeypatch.setattr(sample_files, "ensure", lambda: folder)
    return folder


def measured(user: User, *, slow: bool) -> None:
    """The machine's speed is known now."""
    user.session.engine.speed = SLOW if slow else SPEED
    user.session.engine_changed.emit()


@pytest.mark.parametrize(
    ("slow", "place", "before", "size"),
    [(False, "first", 224, 224), (True, "first", 224, 96), (True, "second", 96, 224)],
)
def test_the_sample_is_opened_at_the_size_that_its_button_says(
    user: User, sample: Path, slow: bool, place: str, before: int, size: int
) -> None:
    offer = user.page.start.sample
    assert not offer.second.isVisible()
    measured(user, slow=slow)
    assert offer.second.isVisible() == slow
    user.session.change("dataset.image_size", before)
    user.open_by(getattr(offer, place))
    assert user.view.path.text == str(sample)
    assert user.session.recipe.dataset.image_size == size


def test_on_a_slow_machine_the_open_sample_offers_the_small_size(user: User) -> None:
    user.open(draw_folder(files.cache_folder() / "sample" / "signs", classes=2, per_class=4))
    offer = user.view.quicker
    assert not offer.isVisible(), "nothing is known of the machine yet"
    measured(user, slow=True)
    assert offer.isVisible()
    assert numbers(offer.words.text())[0] == 224
    click(offer.button)
    assert user.session.recipe.dataset.image_size == 96
    assert not offer.isVisible()
    user.session.undo()
    assert offer.isVisible()
    user.open(user.draw())
    assert not offer.isVisible(), "for a user's own images it costs accuracy"


def test_the_small_size_is_for_the_sample(user: User, sample: Path, slow_scan: SlowScan) -> None:
    measured(user, slow=True)
    click(user.page.start.sample.first)
    slow_scan.may_go_on.set()
    user.open(user.draw())
    assert user.view.title.text == "pictures"
    assert user.session.recipe.dataset.image_size == 224


@pytest.fixture
def slow_scan(monkeypatch: pytest.MonkeyPatch) -> Iterator[SlowScan]:
    made = SlowScan()
    monkeypatch.setattr("gui.session.open_dataset.look_through", made)
    yield made
    made.may_go_on.set()


def test_a_scan_shows_how_far_it_is_and_can_be_called_off(user: User, slow_scan: SlowScan) -> None:
    scan, page = user.page.scan, user.page
    for view in ("start", "dataset"):
        user.session.open_folder(user.draw(name=f"others of {view}"))
        user.qtbot.waitUntil(lambda: page.view == "scan")
        assert f"others of {view}" in scan.heading.text
        user.qtbot.waitUntil(lambda: numbers(scan.count.text()) == [3, 10])
        assert (scan.bar.value(), scan.bar.maximum()) == (3, 10)
        click(scan.cancel)
        assert not user.session.is_scanning
        assert page.view == view
        assert (user.view.title.text == "pictures") == (view == "dataset")
        if view == "start":
            slow_scan.may_go_on.set()
            user.open(user.draw())
            slow_scan.may_go_on.clear()


def test_counts_are_there_before_any_file_is_read(user: User, gate: threading.Event) -> None:
    scan, outlined = user.page.scan, user.session.scan_outlined
    with user.qtbot.waitSignal(outlined):
        user.session.open_folder(split_folder(user.root / "signs"))
    assert user.page.view == "scan"
    assert numbers(scan.names.text) == [12, 2]
    assert rows(scan.table)[0][1:] == ["6", "4", "2"]
    assert rows(scan.table)[1:] == [["green", "3", "2", "1"], ["red", "3", "2", "1"]]
    assert scan.table.isVisible()
    assert not scan.table.selectionModel().hasSelection()
    with user.qtbot.waitSignal(user.session.dataset_changed):
        gate.set()
    assert user.page.view == "dataset"
    assert len(user.captions) == 12
    gate.clear()
    user.session.open_folder(user.root / "gone")
    assert not scan.table.isVisibleTo(scan), "the folder before has nothing to do with this"
    with user.qtbot.waitSignal(outlined):
        user.session.open_folder(flat_folder(user.root / "flat", PETS))
    assert numbers(scan.names.text) == [8]
    assert not scan.table.isVisibleTo(scan)
    gate.set()


def test_reload_finds_what_is_new_and_forgets_what_was_wrong(user: User) -> None:
    folder = user.draw(per_class=4)
    (folder / "red" / "zero.jpg").write_bytes(b"")
    (folder / "empty").mkdir()
    (folder / "README.txt").write_text("read me")
    user.open(folder)
    assert user.findings == ["problems", "warnings", "few_training", "few_validation"]
    assert user.findings_on_tab == 4
    (folder / "red" / "zero.jpg").unlink()
    draw(folder / "red" / "new.png", COLORS["red"], seed=99)
    draw_folder(folder / "empty", classes=1, per_class=3)
    user.open_by(user.view.reload)
    assert user.sizes[:2] == [12, 3]
    assert user.classes == ["empty", "green", "red"]
    assert "problems" not in user.findings


def test_a_flat_folder_asks_for_classes_opens_with_them_and_asks_again(user: User) -> None:
    user.open_flat(flat_folder(user.root / "pets", PETS))
    page, view = user.page, user.page.label
    assert page.view == "label"
    assert view.title.text == "pets"
    assert "no_classes_flat" in said(view.reason.text)
    assert not view.back.isVisible()
    user.open_by(view.use)
    assert page.view == "dataset"
    pets = [["beagle", "3", "1", "0"], ["siamese", "3", "1", "0"]]
    assert user.counts[1:] == pets
    assert len(user.captions) == 8
    click(user.view.label)
    assert page.view == "label"
    click(view.back)
    assert (page.view, user.counts[1:]) == ("dataset", pets)
    click(user.view.label)
    user.open_by(view.use)
    assert (page.view, user.counts[1:]) == ("dataset", pets)


def test_one_class_folder_around_all_asks_too_and_another_folder_ends_it(user: User) -> None:
    folder, page = flat_folder(user.root / "animals" / "pets", PETS).parent, user.page
    user.open_flat(folder)
    assert page.view == "label"
    assert "one_class" in said(page.label.reason.text)
    user.fail(user.root / "gone")
    assert page.view == "start"
    assert "gone" in page.start.failed.text()
    user.open_flat(folder)
    user.open(user.draw())
    assert page.view == "dataset"
    user.open_flat(folder)
    assert "pictures" in page.label.back.text()
    click(page.label.back)
    assert (page.view, user.view.title.text) == ("dataset", "pictures")
    user.session.change("dataset.split_seed", 3)
    assert page.view == "dataset"
    user.open_flat(folder)
    user.open_by(page.label.use)
    assert page.view == "dataset"
    assert len(user.classes) == 2
