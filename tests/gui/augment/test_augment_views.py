"""The Augment page's views, pins and the current batch: how they follow what a person does."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from core.augmentation.augment import augment
from core.images import load as images
from core.recipe.config import AugmentationConfig
from core.runs.events import BatchFinished, RunFinished, StageStarted
from gui.augment import tiles
from gui.augment.page import AugmentPage
from gui.session.session import Session
from tests.support.pictures import PictureFolder
from tests.support.window.augmenting import (
    SIZE,
    after,
    click,
    make_session,
    pixels,
    show,
    show_tiles,
)
from tests.support.window.fakes import open_folder
from tests.support.window.scripted import replace_training

TURNED = AugmentationConfig(rotation=(20, 70))


@pytest.fixture
def session(qtbot: QtBot, tmp_path: Path, picture_folder: PictureFolder) -> Session:
    session = make_session(qtbot, tmp_path / "settings", picture_folder(classes=3, per_class=5))
    session.set_augmentation(TURNED)
    return session


@pytest.fixture
def page(qtbot: QtBot, session: Session) -> AugmentPage:
    return show_tiles(qtbot, session)


def _choose(qtbot: QtBot, page: AugmentPage, view: str) -> None:
    click(qtbot, page.preview.views.switcher.buttons[view])


def test_one_of_each_class_is_the_pinned_one_or_its_first(
    qtbot: QtBot, session: Session, page: AugmentPage
) -> None:
    click(qtbot, page.preview.chooser.forward)
    after(qtbot, page)
    click(qtbot, page.preview.chooser.pin)
    pinned = page.preview.chooser.path
    classes = page.preview.views.classes
    _choose(qtbot, page, "classes")
    qtbot.waitUntil(lambda: len(classes.shown) == 3 and not classes.is_busy)
    assert [tile.caption for tile in classes.shown] == ["blue", "green", "red"]
    assert classes.shown[0].subject.key == pinned
    assert session.summary is not None
    for index, tile in enumerate(classes.shown):
        key = tile.subject.key
        picture = images.load(session.summary.folder / key, SIZE, "stretch")
        made = classes.image(index)
        assert made is not None
        wanted = augment(picture, TURNED, tiles.seed(0), 0, key, 0)
        np.testing.assert_array_equal(pixels(made), wanted)


def test_the_pictures_of_the_classes_are_there_before_their_view_is_chosen(
    qtbot: QtBot, session: Session, page: AugmentPage
) -> None:
    classes = page.preview.views.classes
    qtbot.waitUntil(lambda: len(page.preview.views.scene.classes) == 3)
    assert classes.shown == ()  # but no version is made of what nobody sees
    _choose(qtbot, page, "classes")
    assert [tile.caption for tile in classes.shown] == ["blue", "green", "red"]


def test_what_was_pinned_meanwhile_is_what_the_classes_show(
    qtbot: QtBot, session: Session, page: AugmentPage
) -> None:
    classes = page.preview.views.classes
    qtbot.waitUntil(lambda: len(page.preview.views.scene.classes) == 3)
    click(qtbot, page.preview.chooser.forward)
    after(qtbot, page)
    click(qtbot, page.preview.chooser.pin)
    _choose(qtbot, page, "classes")
    assert "blue" not in [tile.caption for tile in classes.shown]  # rather none than the old one
    qtbot.waitUntil(lambda: len(classes.shown) == 3)
    assert classes.shown[0].subject.key == page.preview.chooser.path


def test_the_view_of_the_classes_says_which_picture_cannot_be_read(
    qtbot: QtBot, session: Session, page: AugmentPage
) -> None:
    assert session.summary is not None
    assert session.split is not None
    left_out = page.preview.left_out
    broken = next(one.key for one in session.split.train if one.label == 2)
    (session.summary.folder / broken).write_bytes(b"no picture")
    session.change("dataset.image_size", SIZE + 32)  # so that all are decoded again
    _choose(qtbot, page, "classes")
    qtbot.waitUntil(left_out.isVisible)
    assert left_out.text == "“red” is left out: its picture cannot be read."
    assert broken in left_out.toolTip()
    assert len(page.preview.views.classes.shown) == 2
    _choose(qtbot, page, "versions")
    assert not left_out.isVisible()


def test_many_classes_are_decoded_only_once_they_are_looked_at(
    qtbot: QtBot, tmp_path: Path
) -> None:
    for number in range(17):
        folder = tmp_path / "many" / f"class-{number:02}"
        folder.mkdir(parents=True)
        for shade in (40, 80, 120):
            Image.new("RGB", (8, 8), (shade, 13 * number, 9)).save(folder / f"{shade}.png")
    session = make_session(qtbot, tmp_path / "many-settings", tmp_path / "many")
    page = show_tiles(qtbot, session)
    _choose(qtbot, page, "classes")
    qtbot.waitUntil(lambda: len(page.preview.views.classes.shown) == 17)
    _choose(qtbot, page, "versions")
    assert page.preview.views.scene.classes == ()
    session.close()


def test_digits_choose_the_view_wherever_the_focus_is_but_are_typed_in_a_field(
    qtbot: QtBot, session: Session, page: AugmentPage
) -> None:
    row = page.panel.rows["rotation"]
    for key, widget, view in (
        (Qt.Key.Key_2, row.strength.slider, "classes"),
        (Qt.Key.Key_3, row.switch, "compare"),
        (Qt.Key.Key_4, page.preview.chooser.forward, "strips"),
        (Qt.Key.Key_5, page.panel.presets["light"], "fills"),
        (Qt.Key.Key_1, page.preview.reshuffle, "versions"),
    ):
        widget.setFocus()
        qtbot.keyClick(widget, key)
        assert page.preview.views.view == view
        assert widget.hasFocus()
    field = row.strength.field
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, "24")
    assert page.preview.views.view == "versions"
    assert session.tried_augmentation.rotation[1] == 24
    row.switch.setFocus()
    qtbot.keyClick(row.switch, Qt.Key.Key_2, Qt.KeyboardModifier.ControlModifier)
    assert page.preview.views.view == "versions"
    # where a keyboard has its digits above Shift, as the French one
    qtbot.keyClick(row.switch, Qt.Key.Key_2, Qt.KeyboardModifier.ShiftModifier)
    assert page.preview.views.view == "classes"


def test_every_view_follows_the_settings(qtbot: QtBot, session: Session, page: AugmentPage) -> None:
    for number, view in enumerate(("classes", "compare", "strips", "fills")):
        _choose(qtbot, page, view)
        qtbot.waitUntil(lambda: len(page.preview.views.current.shown) > 0)
        before = [tile.parameters for tile in page.preview.views.current.shown]
        session.change("augmentation.rotation", [30.0 + number, 80.0])
        qtbot.waitUntil(
            lambda before=before: (
                before != [tile.parameters for tile in page.preview.views.current.shown]
            )
        )


def test_the_next_start_shows_the_view_that_was_chosen(
    qtbot: QtBot, session: Session, page: AugmentPage
) -> None:
    _choose(qtbot, page, "strips")
    assert show(qtbot, session).preview.views.view == "strips"


def test_a_click_on_a_tile_reads_it_off_until_the_page_is_left(
    qtbot: QtBot, session: Session, page: AugmentPage
) -> None:
    reading = page.preview.views.reading
    page.grid.opened.emit(4)
    assert reading.isVisible()
    assert "view 4" in reading.text
    before = reading.text
    session.change("augmentation.rotation", [90.0, 120.0])
    qtbot.waitUntil(lambda: reading.text != before)
    page.hide()
    assert not reading.isVisible()


def test_pinned_pictures_are_come_back_to_and_go_with_their_folder(
    qtbot: QtBot, session: Session, page: AugmentPage, picture_folder: PictureFolder
) -> None:
    chooser, pins = page.preview.chooser, page.preview.pins
    assert not pins.isVisible()
    click(qtbot, chooser.pin)
    qtbot.waitUntil(pins.isVisible)
    first = chooser.path
    click(qtbot, chooser.forward)
    after(qtbot, page)
    assert not chooser.pin.isChecked()
    assert chooser.path != first
    click(qtbot, pins.buttons[0])
    after(qtbot, page)
    assert chooser.path == first
    assert chooser.pin.isChecked()
    click(qtbot, chooser.pin)
    qtbot.waitUntil(lambda: not pins.isVisible())
    click(qtbot, chooser.pin)
    qtbot.waitUntil(pins.isVisible)
    open_folder(qtbot, session, picture_folder(name="other", classes=3, per_class=5))
    qtbot.waitUntil(lambda: not pins.isVisible())


def test_the_batch_of_a_running_training_stands_beside_the_preview(
    qtbot: QtBot, session: Session, page: AugmentPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    session.set_augmenting(True)
    batch, button = page.preview.batch, page.preview.show_batch
    assert not batch.isVisible()
    assert not button.isVisible()
    training = replace_training(monkeypatch)
    session.start_training()
    qtbot.waitUntil(batch.isVisible)
    assert session.split is not None
    sample = session.split.train[2]
    paths = (sample.path,)
    training.say(StageStarted(1, 2), BatchFinished(1, 1, 1, 2, 1, 1.0, 0.5, pictures=paths))
    qtbot.waitUntil(lambda: len(batch.shown) == 1 and not batch.surface.is_busy)
    assert session.summary is not None
    picture = images.load(session.summary.folder / sample.path, SIZE, "stretch")
    wanted = augment(picture, TURNED, session.recipe.seed, 0, sample.key, 0)
    made = batch.surface.image(0)
    assert made is not None
    np.testing.assert_array_equal(pixels(made), wanted)
    assert batch.shown[0].caption == session.summary.classes[sample.label]
    click(qtbot, button)
    assert not batch.isVisible()
    with qtbot.waitSignal(session.training_finished):
        training.say(RunFinished("stopped"))
    qtbot.waitUntil(lambda: not button.isVisible())
