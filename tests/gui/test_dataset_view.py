"""What the Data page shows of an open dataset: classes, pictures, the recipe's part of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot

from gui.pages.data import DataPage
from gui.session import Session
from gui.settings import Settings
from gui.widgets.picture_dialog import PictureDialog
from tests.gui.data_page import (
    captions,
    choose,
    click,
    click_row,
    counts,
    retype,
    split_folder,
)
from tests.gui.fakes import open_folder, replace_training
from tests.gui.test_start_area import SLOW
from tests.pictures import PictureFolder

# what rail, menu and bar leave of 1280 x 640, 1024 x 700 and 1280 x 800
SIZES = [(1080, 530), (968, 590), (1080, 690)]


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


# -- classes and pictures -------------------------------------------------------------------


def test_a_click_on_a_class_shows_its_pictures_only(
    qtbot: QtBot, session: Session, page: DataPage, picture_folder: PictureFolder
) -> None:
    open_folder(qtbot, session, picture_folder(classes=3, per_class=5))
    click_row(qtbot, page, 2)
    browser = page.dataset.browser
    assert browser.heading.text == "green"
    assert browser.count.text() == "5 of 15 pictures"
    assert [caption.split("\n")[0] for caption in captions(page)] == [
        "000.png",
        "001.jpg",
        "002.png",
        "003.jpg",
        "004.png",
    ]
    assert sorted(caption.split("\n")[1] for caption in captions(page)) == [
        *["training"] * 4,
        "validation",
    ]
    click_row(qtbot, page, 0)
    assert browser.count.text() == "15 of 15 pictures"
    assert {caption.split("\n")[0] for caption in captions(page)} == {"blue", "green", "red"}


def test_the_grid_can_show_one_split_only(
    qtbot: QtBot, session: Session, page: DataPage, tmp_path: Path
) -> None:
    open_folder(qtbot, session, split_folder(tmp_path / "signs"))
    choose(qtbot, page.dataset.browser.splits, "Validation")
    assert captions(page) == ["green\nvalidation"] * 2 + ["red\nvalidation"] * 2
    assert {item.badge for item in page.dataset.browser.grid.items} == {"validation"}
    click_row(qtbot, page, 1)
    assert page.dataset.browser.count.text() == "2 of 12 pictures"
    choose(qtbot, page.dataset.browser.splits, "Test")
    assert captions(page) == ["000.png\ntest"]


def test_another_dataset_starts_with_all_its_classes(
    qtbot: QtBot, session: Session, page: DataPage, picture_folder: PictureFolder
) -> None:
    open_folder(qtbot, session, picture_folder(classes=3))
    click_row(qtbot, page, 3)
    open_folder(qtbot, session, picture_folder(classes=2, name="others"))
    assert page.dataset.browser.heading.text == "All classes"
    assert len(captions(page)) == 8


@pytest.mark.parametrize("way", ["double click", "Enter"])
def test_a_picture_can_be_seen_large(
    qtbot: QtBot, session: Session, page: DataPage, picture_folder: PictureFolder, way: str
) -> None:
    folder = picture_folder(per_class=5)
    open_folder(qtbot, session, folder)
    grid = page.dataset.browser.grid
    place = grid.visualRect(grid.model().index(1, 0)).center()
    qtbot.mouseClick(grid.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert page.findChild(PictureDialog) is None
    if way == "Enter":
        qtbot.keyClick(grid, Qt.Key.Key_Return)
    else:
        qtbot.mouseDClick(grid.viewport(), Qt.MouseButton.LeftButton, pos=place)
    dialog = page.findChild(PictureDialog)
    assert isinstance(dialog, PictureDialog)
    qtbot.waitUntil(lambda: dialog.view.has_picture)
    assert dialog.path.text == str(folder / "green" / "001.jpg")
    name, split, size = dialog.facts.text().split(" · ")
    assert name == "green"
    assert split == captions(page)[1].split("\n")[1]
    assert size == "40 × 30 pixels"
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()


# -- the recipe's part ----------------------------------------------------------------------


def test_another_validation_share_changes_the_counts_at_once(
    qtbot: QtBot, session: Session, page: DataPage, picture_folder: PictureFolder
) -> None:
    open_folder(qtbot, session, picture_folder(classes=2, per_class=10))
    click_row(qtbot, page, 1)
    retype(qtbot, page.dataset.fields.validation, "0,5")
    assert session.recipe.dataset.validation_fraction == 0.5
    assert page.dataset.counts.text() == "20 pictures · 2 classes · split 10 / 10 / 0"
    assert counts(page)[1] == ["green", "5", "5", "0"]
    assert "50\N{NO-BREAK SPACE}%" in page.dataset.layout_found.text
    words = [caption.split("\n")[1] for caption in captions(page)]
    assert words.count("validation") == 5
    session.undo()
    assert counts(page)[1] == ["green", "8", "2", "0"]
    assert page.dataset.fields.validation.text() == "0.2"
    assert page.dataset.browser.heading.text == "green"


def test_a_share_that_leaves_nothing_to_train_on_is_marked_and_not_set(
    qtbot: QtBot, session: Session, page: DataPage, picture_folder: PictureFolder
) -> None:
    open_folder(qtbot, session, picture_folder(per_class=10))
    retype(qtbot, page.dataset.fields.validation, "0.5")
    field = page.dataset.fields.test
    retype(qtbot, field, "0.5")
    assert not field.is_valid
    assert field.text() == "0.5"
    assert "to 0.45" in field.toolTip()
    assert session.recipe.dataset.test_fraction == 0
    retype(qtbot, field, "0.4")
    assert field.is_valid
    assert page.dataset.counts.text() == "20 pictures · 2 classes · split 2 / 10 / 8"


def test_what_the_recipe_refuses_is_said_at_the_field(
    qtbot: QtBot, session: Session, page: DataPage, picture_folder: PictureFolder
) -> None:
    open_folder(qtbot, session, picture_folder(per_class=10))
    fields = page.dataset.fields
    fields.changed.emit("dataset.test_fraction", 0.9)
    assert session.recipe.dataset.test_fraction == 0
    assert fields.problem.isVisible()
    assert fields.problem.text().startswith("Test share is 0.9: it must be at most 0.75")
    assert fields.boxes["dataset.test_fraction"].error
    retype(qtbot, fields.test, "0.1")
    assert not fields.problem.isVisible()
    assert not fields.boxes["dataset.test_fraction"].error


def test_the_split_seed_decides_who_validates(
    qtbot: QtBot, session: Session, page: DataPage, picture_folder: PictureFolder
) -> None:
    open_folder(qtbot, session, picture_folder(per_class=20))
    before = captions(page)
    retype(qtbot, page.dataset.fields.seed, "7")
    assert session.recipe.dataset.split_seed == 7
    assert captions(page) != before
    assert page.dataset.counts.text().endswith("split 32 / 8 / 0")


def test_the_fit_is_chosen_and_explained(
    qtbot: QtBot, session: Session, page: DataPage, picture_folder: PictureFolder
) -> None:
    open_folder(qtbot, session, picture_folder())
    fields = page.dataset.fields
    sentences = {fields.boxes["dataset.fit"].help.text}
    for item, value in (("Crop", "crop"), ("Pad", "pad")):
        choose(qtbot, fields.fit, item)
        assert session.recipe.dataset.fit == value
        sentences.add(fields.boxes["dataset.fit"].help.text)
    assert len(sentences) == 3


def test_the_picture_size_is_shown_and_leads_to_where_it_is_set(
    qtbot: QtBot, session: Session, page: DataPage, picture_folder: PictureFolder
) -> None:
    open_folder(qtbot, session, picture_folder())
    session.change("dataset.image_size", 128)
    assert page.dataset.fields.picture_size.text() == "128 px"
    with qtbot.waitSignal(page.navigate) as asked:
        click(qtbot, page.dataset.fields.picture_size)
    assert asked.args == ["model"]


def test_a_change_elsewhere_leaves_the_place_in_the_pictures(
    qtbot: QtBot, session: Session, page: DataPage, picture_folder: PictureFolder
) -> None:
    open_folder(qtbot, session, picture_folder(per_class=60))
    grid = page.dataset.browser.grid
    grid.select(100)
    place = grid.verticalScrollBar().value()
    assert place > 0
    session.change("stages.0.epochs", 3)
    assert (grid.current_row, grid.verticalScrollBar().value()) == (100, place)
    session.change("dataset.split_seed", 3)
    assert (grid.current_row, grid.verticalScrollBar().value()) == (100, place)


def test_what_was_half_typed_does_not_stay_for_another_folder(
    qtbot: QtBot, session: Session, page: DataPage, picture_folder: PictureFolder
) -> None:
    open_folder(qtbot, session, picture_folder())
    retype(qtbot, page.dataset.fields.seed, "x")
    assert not page.dataset.fields.seed.is_valid
    open_folder(qtbot, session, picture_folder(name="others"))
    assert page.dataset.fields.seed.text() == "0"
    assert page.dataset.fields.seed.is_valid


def test_while_a_run_trains_the_page_says_that_it_is_locked(
    qtbot: QtBot,
    session: Session,
    page: DataPage,
    picture_folder: PictureFolder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    training = replace_training(monkeypatch)
    open_folder(qtbot, session, picture_folder(per_class=10))
    assert not page.dataset.locked.isVisible()
    with qtbot.waitSignal(session.training_started):
        session.start_training()
    assert page.dataset.locked.isVisible()
    retype(qtbot, page.dataset.fields.validation, "0.5")
    assert page.dataset.counts.text().endswith("split 10 / 10 / 0")
    assert session.running_recipe is not None
    assert session.running_recipe.dataset.validation_fraction == 0.2
    with qtbot.waitSignal(session.training_finished):
        training.may_finish.set()
    assert not page.dataset.locked.isVisible()


# -- room -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_everything_is_within_reach(
    qtbot: QtBot,
    session: Session,
    page: DataPage,
    tmp_path: Path,
    picture_folder: PictureFolder,
    width: int,
    height: int,
) -> None:
    session.engine.speed = SLOW
    folder = picture_folder()
    (folder / "red" / "zero.jpg").write_bytes(b"")
    with qtbot.waitSignal(session.scan_failed):
        session.open_folder(tmp_path / "a folder with quite a long name that is not there")
    page.resize(width, height)
    qtbot.waitUntil(lambda: page.start.width() == width)
    _assert_whole(page.start, QPushButton)
    open_folder(qtbot, session, folder)
    page.dataset.locked.show()
    qtbot.waitUntil(lambda: page.dataset.width() == width)
    _assert_whole(page.dataset, QPushButton)
    view = page.dataset
    for part in (view.table, view.problems, view.browser.grid, *view.fields.boxes.values()):
        assert part.visibleRegion().boundingRect() == part.rect()
    for box in view.fields.boxes.values():
        assert not box.help.is_elided
    assert view.browser.grid.height() > 200
    assert view.table.height() > 120


def _assert_whole(view: QWidget, kind: type[QWidget]) -> None:
    shown = [part for part in view.findChildren(kind) if part.isVisible()]
    assert shown
    for part in shown:
        assert part.visibleRegion().boundingRect() == part.rect()
        assert part.width() >= part.minimumSizeHint().width()
