"""What the Data page shows of an open dataset: classes, pictures, the recipe's part of it."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from gui.data.images.dialog import PictureDialog
from gui.data.page import DataPage
from gui.session.session import Session
from tests.support.pictures import PictureFolder
from tests.support.window.data_page import (
    captions,
    choose,
    click,
    click_row,
    counts,
    good_folder,
    press,
    retype,
    select,
    show_tab,
    split_folder,
)
from tests.support.window.fakes import open_folder, replace_training

# -- classes and pictures -------------------------------------------------------------------


def test_a_click_on_a_class_shows_its_pictures_only(
    qtbot: QtBot, session: Session, page: DataPage, picture_folder: PictureFolder
) -> None:
    open_folder(qtbot, session, picture_folder(classes=3, per_class=5))
    click_row(qtbot, page, 2)
    found = page.dataset.browser.filter
    assert found.heading.text == "green"
    assert found.count.text() == "5 of 15 pictures"
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
    assert found.count.text() == "15 of 15 pictures"
    assert {caption.split("\n")[0] for caption in captions(page)} == {"blue", "green", "red"}


def test_the_grid_can_show_one_split_only(
    qtbot: QtBot, session: Session, page: DataPage, tmp_path: Path
) -> None:
    open_folder(qtbot, session, split_folder(tmp_path / "signs"))
    found = page.dataset.browser.filter
    choose(qtbot, found.show_box, "Validation")
    assert captions(page) == ["green\nvalidation"] * 2 + ["red\nvalidation"] * 2
    assert {item.badge for item in page.dataset.browser.grid.items} == {"validation"}
    click_row(qtbot, page, 1)
    assert found.count.text() == "2 of 12 pictures"
    choose(qtbot, found.show_box, "Test")
    assert captions(page) == ["000.png\ntest"]


@pytest.mark.parametrize("classes", [2, 3])
def test_another_dataset_starts_with_all_its_classes(
    qtbot: QtBot, session: Session, page: DataPage, picture_folder: PictureFolder, classes: int
) -> None:
    open_folder(qtbot, session, picture_folder(classes=3))
    click_row(qtbot, page, 3)
    open_folder(qtbot, session, picture_folder(classes=classes, name="others"))
    assert page.dataset.table.chosen is None
    assert page.dataset.browser.filter.heading.text == "All classes"
    assert len(captions(page)) == 4 * classes


@pytest.mark.parametrize("way", ["double click", "Enter"])
def test_a_picture_can_be_seen_large(
    qtbot: QtBot, session: Session, page: DataPage, picture_folder: PictureFolder, way: str
) -> None:
    folder = picture_folder(per_class=5)
    open_folder(qtbot, session, folder)
    grid = page.dataset.browser.grid
    select(qtbot, page, "green/001.jpg")
    assert page.findChild(PictureDialog) is None
    if way == "Enter":
        qtbot.keyClick(grid, Qt.Key.Key_Return)
    else:
        place = grid.visualRect(grid.model().index(1, 0)).center()
        qtbot.mouseDClick(grid.viewport(), Qt.MouseButton.LeftButton, pos=place)
    dialog = page.findChild(PictureDialog)
    assert isinstance(dialog, PictureDialog)
    qtbot.waitUntil(lambda: dialog.view.has_picture)
    assert dialog.path.text == str(folder / "green" / "001.jpg")
    assert captions(page)[1].split("\n")[1] in dialog.words.text()
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()


def test_a_class_of_few_pictures_is_shown_from_its_finding(
    qtbot: QtBot, session: Session, page: DataPage, tmp_path: Path
) -> None:
    folder = good_folder(tmp_path)
    for number in range(3):
        (folder / "train" / "red" / f"00{number}.png").unlink()
    open_folder(qtbot, session, folder)
    press(qtbot, page, "few_training", "filter:class:1")
    assert page.dataset.browser.grid.hasFocus()
    assert page.dataset.table.chosen == 1
    assert page.dataset.browser.filter.heading.text == "red"
    assert len(captions(page)) == 12


def test_a_click_on_a_tab_puts_the_cursor_into_no_field(
    qtbot: QtBot, session: Session, page: DataPage, tmp_path: Path
) -> None:
    open_folder(qtbot, session, good_folder(tmp_path))
    view = page.dataset
    select(qtbot, page, "train/red/000.png")
    for panel in (view.split, view.fit, view.findings, view.browser):
        show_tab(qtbot, page, panel)
        assert view.tabs.tabBar().hasFocus()


# -- the recipe's part ----------------------------------------------------------------------


def test_another_validation_share_changes_the_counts_at_once(
    qtbot: QtBot, session: Session, page: DataPage, picture_folder: PictureFolder
) -> None:
    open_folder(qtbot, session, picture_folder(classes=2, per_class=10))
    click_row(qtbot, page, 1)
    fields = page.dataset.split.fields
    show_tab(qtbot, page, page.dataset.split)
    retype(qtbot, fields.validation, "0,5")
    assert session.recipe.dataset.validation_fraction == 0.5
    assert page.dataset.counts.text() == "20 pictures · 2 classes · split 10 / 10 / 0"
    assert counts(page)[1] == ["green", "5", "5", "0"]
    assert "50\N{NO-BREAK SPACE}%" in page.dataset.layout_found.text
    words = [caption.split("\n")[1] for caption in captions(page)]
    assert words.count("validation") == 5
    session.undo()
    assert counts(page)[1] == ["green", "8", "2", "0"]
    assert fields.validation.text() == "0.2"
    assert page.dataset.browser.filter.heading.text == "green"


def test_a_share_that_leaves_nothing_to_train_on_is_marked_and_not_set(
    qtbot: QtBot, session: Session, page: DataPage, picture_folder: PictureFolder
) -> None:
    open_folder(qtbot, session, picture_folder(per_class=10))
    show_tab(qtbot, page, page.dataset.split)
    retype(qtbot, page.dataset.split.fields.validation, "0.5")
    field = page.dataset.split.fields.test
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
    panel = page.dataset.split
    show_tab(qtbot, page, panel)
    panel.changed.emit("dataset.test_fraction", 0.9)
    assert session.recipe.dataset.test_fraction == 0
    assert panel.problem.isVisible()
    assert panel.problem.text.startswith("Test share is 0.9: it must be at most 0.75")
    assert panel.fields.boxes["dataset.test_fraction"].error
    retype(qtbot, panel.fields.test, "0.1")
    assert not panel.problem.isVisible()
    assert not panel.fields.boxes["dataset.test_fraction"].error


def test_the_split_seed_decides_who_validates(
    qtbot: QtBot, session: Session, page: DataPage, picture_folder: PictureFolder
) -> None:
    open_folder(qtbot, session, picture_folder(per_class=20))
    before = captions(page)
    show_tab(qtbot, page, page.dataset.split)
    retype(qtbot, page.dataset.split.fields.seed, "7")
    assert session.recipe.dataset.split_seed == 7
    assert captions(page) != before
    assert page.dataset.counts.text().endswith("split 32 / 8 / 0")


def test_the_fit_is_chosen_by_its_picture(
    qtbot: QtBot, session: Session, page: DataPage, picture_folder: PictureFolder
) -> None:
    open_folder(qtbot, session, picture_folder())
    panel = page.dataset.fit
    show_tab(qtbot, page, panel)
    qtbot.waitUntil(lambda: not panel.is_waiting)
    assert panel.original.has_picture
    click(qtbot, panel.cards["crop"])
    assert session.recipe.dataset.fit == "crop"
    assert panel.cards["crop"].isChecked()
    session.undo()
    assert panel.cards["stretch"].isChecked()


def test_the_picture_size_is_shown_and_leads_to_where_it_is_set(
    qtbot: QtBot, session: Session, page: DataPage, picture_folder: PictureFolder
) -> None:
    open_folder(qtbot, session, picture_folder())
    show_tab(qtbot, page, page.dataset.fit)
    session.change("dataset.image_size", 128)
    button = page.dataset.fit.fields.picture_size
    assert button.text() == "128 px"
    with qtbot.waitSignal(page.navigate) as asked:
        click(qtbot, button)
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
    seed = page.dataset.split.fields.seed
    show_tab(qtbot, page, page.dataset.split)
    retype(qtbot, seed, "x")
    assert not seed.is_valid
    open_folder(qtbot, session, picture_folder(name="others"))
    assert seed.text() == "0"
    assert seed.is_valid


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
    show_tab(qtbot, page, page.dataset.split)
    retype(qtbot, page.dataset.split.fields.validation, "0.5")
    assert page.dataset.counts.text().endswith("split 10 / 10 / 0")
    assert session.running_recipe is not None
    assert session.running_recipe.dataset.validation_fraction == 0.2
    with qtbot.waitSignal(session.training_finished):
        training.may_finish.set()
    assert not page.dataset.locked.isVisible()
