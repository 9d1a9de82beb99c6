"""The Data page on a session: ways to open pictures, reading them, and what goes wrong."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from core import files, sample_data
from core.messages import ThawError
from core.scanning import Scanned, look_through
from gui.pages.data import DataPage
from gui.session import Session
from gui.settings import Settings
from tests.gui.data_page import captions, click, counts, drag, retype, split_folder
from tests.gui.fakes import SPEED, open_folder
from tests.gui.test_start_area import SLOW
from tests.pictures import COLORS, PictureFolder, draw, draw_folder


@pytest.fixture
def session(qtbot: QtBot, tmp_path: Path) -> Iterator[Session]:
    made = Session(Settings(tmp_path / "settings"))
    yield made
    made.close()


@pytest.fixture
def page(qtbot: QtBot, session: Session) -> DataPage:
    made = DataPage(session)
    qtbot.addWidget(made)
    made.resize(1080, 530)
    with qtbot.waitExposed(made):
        made.show()
    return made


class SlowScan:
    """Stands for ``look_through``: says that 3 of 10 pictures are read, then waits until
    it is stopped, or may go on."""

    def __init__(self) -> None:
        self.may_go_on = threading.Event()

    def __call__(
        self,
        folder: Path,
        *,
        stop: threading.Event,
        progress: Callable[[int, int], None],
        **_: object,
    ) -> Scanned:
        progress(3, 10)
        while not (stop.is_set() or self.may_go_on.is_set()):
            self.may_go_on.wait(0.005)
        if stop.is_set():
            raise ThawError("stopped")
        return look_through(folder)


@pytest.fixture
def slow_scan(monkeypatch: pytest.MonkeyPatch) -> Iterator[SlowScan]:
    made = SlowScan()
    monkeypatch.setattr("gui.dataset_jobs.look_through", made)
    yield made
    made.may_go_on.set()


@pytest.fixture
def sample(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A few pictures in place of the sample dataset, which takes seconds to draw."""
    folder = draw_folder(tmp_path / "sample", classes=2, per_class=5)
    monkeypatch.setattr(sample_data, "ensure", lambda **_: folder)
    return folder


# -- opening --------------------------------------------------------------------------------


def test_without_a_dataset_there_are_the_ways_to_one(page: DataPage, tmp_path: Path) -> None:
    assert page.view == "start"
    assert page.start.drop.isVisible()
    assert page.start.open.isVisible()
    assert page.start.sample.first.isVisible()
    assert not page.start.recent.isVisible()
    assert not page.start.reason.isVisible()


def test_a_folder_of_classes_is_shown_with_its_counts(
    qtbot: QtBot, session: Session, page: DataPage, picture_folder: PictureFolder
) -> None:
    folder = picture_folder(classes=3, per_class=5)
    open_folder(qtbot, session, folder)
    view = page.dataset
    assert page.view == "dataset"
    assert view.title.text == "pictures"
    assert view.path.text == str(folder)
    assert view.counts.text() == "15 pictures · 3 classes · split 12 / 3 / 0"
    assert view.layout_found.text == (
        "One folder per class; validation drawn from each class, 20\N{NO-BREAK SPACE}%"
    )
    assert counts(page) == [
        ["All classes", "12", "3", "0"],
        ["blue", "4", "1", "0"],
        ["green", "4", "1", "0"],
        ["red", "4", "1", "0"],
    ]
    assert len(captions(page)) == 15
    assert not view.problems.isVisible()


def test_a_folder_with_splits_keeps_them(
    qtbot: QtBot, session: Session, page: DataPage, tmp_path: Path
) -> None:
    open_folder(qtbot, session, split_folder(tmp_path / "signs"))
    view = page.dataset
    assert view.counts.text() == "12 pictures · 2 classes · split 6 / 4 / 2"
    assert view.layout_found.text == "Train, validation and test folders"
    assert counts(page)[1:] == [["green", "3", "2", "1"], ["red", "3", "2", "1"]]
    for field in (view.fields.validation, view.fields.test, view.fields.seed):
        assert not field.isEnabled()
    assert view.fields.boxes["dataset.validation_fraction"].help.text == "the folder has its own"


def test_train_and_validation_folders_leave_the_test_share_open(
    qtbot: QtBot, session: Session, page: DataPage, tmp_path: Path
) -> None:
    for split in ("train", "validation"):
        draw_folder(tmp_path / "signs" / split, classes=2, per_class=4)
    open_folder(qtbot, session, tmp_path / "signs")
    fields = page.dataset.fields
    assert not fields.validation.isEnabled()
    assert fields.test.isEnabled()
    assert fields.seed.isEnabled()
    assert page.dataset.layout_found.text == "Train and validation folders"
    retype(qtbot, fields.test, "0,25")
    assert page.dataset.counts.text() == "16 pictures · 2 classes · split 6 / 8 / 2"
    assert page.dataset.layout_found.text == (
        "Train and validation folders; test drawn from each class, 25\N{NO-BREAK SPACE}%"
    )


def test_the_button_asks_for_a_folder_and_opens_it(
    qtbot: QtBot,
    session: Session,
    page: DataPage,
    picture_folder: PictureFolder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = picture_folder()
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(folder))
    with qtbot.waitSignal(session.dataset_changed):
        click(qtbot, page.start.open)
    assert page.dataset.path.text == str(folder)
    other = picture_folder(name="others")
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(other))
    with qtbot.waitSignal(session.dataset_changed):
        click(qtbot, page.dataset.open)
    assert page.dataset.path.text == str(other)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: "")
    click(qtbot, page.dataset.open)
    assert not session.is_scanning


def test_a_dropped_folder_is_opened(
    qtbot: QtBot, session: Session, page: DataPage, picture_folder: PictureFolder
) -> None:
    with qtbot.waitSignal(session.dataset_changed):
        assert drag(page, [picture_folder()], drops=True)
    assert page.dataset.title.text == "pictures"
    with qtbot.waitSignal(session.dataset_changed):
        assert drag(page, [picture_folder(name="others")], drops=True)
    assert page.dataset.title.text == "others"


def test_anything_but_one_folder_is_left_to_others(
    session: Session, page: DataPage, picture_folder: PictureFolder
) -> None:
    folder = picture_folder()
    recipe = folder / "recipe.json"
    recipe.write_text("{}")
    assert not drag(page, [recipe], drops=True)
    assert not drag(page, [folder, folder / "red"], drops=True)
    assert not session.is_scanning


def test_a_recent_folder_is_opened_and_a_missing_one_can_be_removed(
    qtbot: QtBot, session: Session, picture_folder: PictureFolder, tmp_path: Path
) -> None:
    session.settings.add_recent(tmp_path / "gone")
    session.settings.add_recent(picture_folder())
    page = DataPage(session)
    qtbot.addWidget(page)
    page.show()
    recent = page.start.recent
    qtbot.waitUntil(lambda: recent.is_missing(tmp_path / "gone"))
    button = recent.remove_button(tmp_path / "gone")
    assert button is not None
    click(qtbot, button)
    assert recent.folders == [tmp_path / "pictures"] == session.settings.recent_folders
    place = recent.visualItemRect(recent.item(0)).center()
    with qtbot.waitSignal(session.dataset_changed):
        qtbot.mouseClick(recent.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert page.view == "dataset"


# -- the sample -----------------------------------------------------------------------------


def test_the_sample_is_opened_as_it_is(
    qtbot: QtBot, session: Session, page: DataPage, sample: Path
) -> None:
    session.engine.speed = SPEED
    session.engine_changed.emit()
    assert not page.start.sample.second.isVisible()
    with qtbot.waitSignal(session.dataset_changed):
        click(qtbot, page.start.sample.first)
    assert page.dataset.path.text == str(sample)
    assert session.recipe.dataset.image_size == 224


def test_on_a_slow_machine_the_sample_can_be_opened_small(
    qtbot: QtBot, session: Session, page: DataPage, sample: Path
) -> None:
    assert not page.start.sample.second.isVisible()
    session.engine.speed = SLOW
    session.engine_changed.emit()
    assert page.start.sample.second.isVisible()
    with qtbot.waitSignal(session.dataset_changed):
        click(qtbot, page.start.sample.first)
    assert session.recipe.dataset.image_size == 96
    assert page.dataset.fields.picture_size.text() == "96 px"


def test_on_a_slow_machine_the_open_sample_offers_the_small_size(
    qtbot: QtBot, session: Session, page: DataPage
) -> None:
    folder = draw_folder(files.cache_folder() / "sample" / "signs", classes=2, per_class=4)
    with qtbot.waitSignal(session.dataset_changed):
        session.open_folder(folder)
    offer = page.dataset.quicker
    assert not offer.isVisible(), "nothing is known of the machine yet"
    session.engine.speed = SLOW
    session.engine_changed.emit()
    assert offer.isVisible()
    assert "224 px" in offer.words.text()
    click(qtbot, offer.button)
    assert session.recipe.dataset.image_size == 96
    assert not offer.isVisible()
    session.undo()
    assert offer.isVisible()


def test_a_persons_own_pictures_get_no_such_offer(
    qtbot: QtBot, session: Session, page: DataPage, picture_folder: PictureFolder
) -> None:
    session.engine.speed = SLOW
    with qtbot.waitSignal(session.dataset_changed):
        session.open_folder(picture_folder())
    assert not page.dataset.quicker.isVisible()


def test_on_a_slow_machine_the_usual_size_is_what_its_button_says(
    qtbot: QtBot, session: Session, page: DataPage, sample: Path
) -> None:
    session.engine.speed = SLOW
    session.change("dataset.image_size", 96)
    with qtbot.waitSignal(session.dataset_changed):
        click(qtbot, page.start.sample.second)
    assert session.recipe.dataset.image_size == 224


def test_the_small_size_is_for_the_sample_only(
    qtbot: QtBot,
    session: Session,
    page: DataPage,
    sample: Path,
    slow_scan: SlowScan,
    picture_folder: PictureFolder,
) -> None:
    session.engine.speed = SLOW
    session.engine_changed.emit()
    click(qtbot, page.start.sample.first)
    slow_scan.may_go_on.set()
    open_folder(qtbot, session, picture_folder())
    assert page.dataset.title.text == "pictures"
    assert session.recipe.dataset.image_size == 224


# -- reading --------------------------------------------------------------------------------


def test_a_scan_shows_how_far_it_is_and_can_be_called_off(
    qtbot: QtBot,
    session: Session,
    page: DataPage,
    slow_scan: SlowScan,
    picture_folder: PictureFolder,
) -> None:
    session.open_folder(picture_folder())
    assert page.view == "scan"
    assert page.scan.heading.text == "Reading pictures…"
    qtbot.waitUntil(lambda: page.scan.count.text() == "3 of 10 pictures")
    assert (page.scan.bar.value(), page.scan.bar.maximum()) == (3, 10)
    click(qtbot, page.scan.cancel)
    assert not session.is_scanning
    assert page.view == "start"


def test_a_scan_called_off_leaves_the_open_pictures(
    qtbot: QtBot,
    session: Session,
    page: DataPage,
    picture_folder: PictureFolder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    open_folder(qtbot, session, picture_folder())
    slow = SlowScan()
    monkeypatch.setattr("gui.dataset_jobs.look_through", slow)
    session.open_folder(picture_folder(name="others"))
    qtbot.waitUntil(lambda: page.view == "scan")
    click(qtbot, page.scan.cancel)
    assert page.view == "dataset"
    assert page.dataset.title.text == "pictures"
    assert session.summary is not None
    assert session.summary.name == "pictures"


def test_reload_finds_what_is_new(
    qtbot: QtBot, session: Session, page: DataPage, picture_folder: PictureFolder
) -> None:
    folder = picture_folder(per_class=4)
    open_folder(qtbot, session, folder)
    draw(folder / "red" / "new.png", COLORS["red"], seed=99)
    draw_folder(folder / "more", classes=1, per_class=3)
    with qtbot.waitSignal(session.dataset_changed):
        click(qtbot, page.dataset.reload)
    assert page.dataset.counts.text().startswith("12 pictures · 3 classes")
    assert [row[0] for row in counts(page)] == ["All classes", "green", "more", "red"]


# -- what goes wrong ------------------------------------------------------------------------


def test_a_folder_that_fails_says_why_and_leaves_the_open_one(
    qtbot: QtBot, session: Session, page: DataPage, picture_folder: PictureFolder, tmp_path: Path
) -> None:
    open_folder(qtbot, session, picture_folder())
    flat = tmp_path / "holiday"
    flat.mkdir()
    for number in range(3):
        draw(flat / f"beach_{number}.png", COLORS["blue"], number)
    with qtbot.waitSignal(session.scan_failed):
        session.open_folder(flat)
    assert page.view == "start"
    assert page.start.failed.text() == "holiday cannot be used"
    assert "3 pictures but no class folders" in page.start.reason.text()
    names = [entry.name for entry in page.start.layouts[0].entries]
    assert names[:2] == ["holiday", "beach"]
    assert page.start.open.isVisible()
    assert page.start.sample.first.isVisible()
    assert page.start.recent.folders == [tmp_path / "pictures"]
    click(qtbot, page.start.back)
    assert page.view == "dataset"
    assert page.dataset.title.text == "pictures"
    assert not page.start.reason.isVisible()


def test_a_first_folder_that_fails_can_be_followed_by_a_good_one(
    qtbot: QtBot, session: Session, page: DataPage, picture_folder: PictureFolder, tmp_path: Path
) -> None:
    with qtbot.waitSignal(session.scan_failed):
        session.open_folder(tmp_path / "gone")
    assert page.start.failed.isVisible()
    assert not page.start.back.isVisible()
    open_folder(qtbot, session, picture_folder())
    assert page.view == "dataset"
    assert not page.start.failed.isVisibleTo(page.start)


def test_files_that_cannot_be_used_are_listed_with_the_reason(
    qtbot: QtBot, session: Session, page: DataPage, picture_folder: PictureFolder
) -> None:
    folder = picture_folder(per_class=4)
    (folder / "red" / "zero.jpg").write_bytes(b"")
    (folder / "green" / "words.png").write_text("no picture")
    (folder / "empty").mkdir()
    (folder / "README.txt").write_text("about these pictures")
    open_folder(qtbot, session, folder)
    problems = page.dataset.problems
    assert problems.isVisible()
    assert problems.heading.text == "2 files cannot be used · 1 warning"
    assert problems.ignored.text == "1 other file ignored"
    assert "red/zero.jpg\nthe file is empty" in problems.lines
    assert "green/words.png\nnot a picture, whatever its name says" in problems.lines
    assert problems.lines[2].startswith("empty\nThe class empty holds no readable picture")
    (folder / "red" / "zero.jpg").unlink()
    (folder / "green" / "words.png").unlink()
    (folder / "empty").rmdir()
    (folder / "README.txt").unlink()
    with qtbot.waitSignal(session.dataset_changed):
        click(qtbot, page.dataset.reload)
    assert not problems.isVisible()
