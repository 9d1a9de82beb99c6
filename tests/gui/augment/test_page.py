"""The Augment page on a session: its tiles, views and controls, what its use costs, its files."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl, SignalInstance
from PySide6.QtGui import QDropEvent, QGuiApplication
from PySide6.QtWidgets import QFileDialog, QWidget
from pytestqt.qtbot import QtBot

from core.augmentation.augment import augment
from core.compute import estimate
from core.compute.cache import budget as cache_budget
from core.recipe.config import AugmentationConfig
from core.runs.events import BatchFinished, RunFinished, StageStarted
from gui.augment import effects, tiles
from gui.augment import presets as augment_presets
from gui.augment import words as augment_words
from gui.augment.files import AugmentActions, dropped_file
from gui.augment.page import AugmentPage
from gui.augment.price import SEPARATOR, AugmentationPrice, prices
from gui.augment.views import VIEWS
from gui.session.session import Session
from gui.session.settings import Settings
from tests.support.pictures import PictureFolder, draw
from tests.support.window.acting import retype
from tests.support.window.augmenting import (
    ALL,
    TURNED,
    after,
    click,
    expected,
    loaded,
    make_session,
    numbers,
    pixels,
    show_tiles,
    shown,
)
from tests.support.window.fakes import SPEED, open_folder, script_training
from tests.support.wording import said

KEYS = Qt.Key


@pytest.fixture
def session(qtbot: QtBot, session: Session, picture_folder: PictureFolder) -> Session:
    open_folder(qtbot, session, picture_folder(classes=3, per_class=5))
    session.change("dataset.image_size", 64)
    return session


@pytest.fixture
def page(qtbot: QtBot, session: Session) -> AugmentPage:
    return show_tiles(qtbot, session)


def choose(qtbot: QtBot, page: AugmentPage, view: str) -> None:
    click(qtbot, page.preview.views.switcher.buttons[view])


# -- the tiles --------------------------------------------------------------------------------


def test_tiles_have_the_trained_pixels(qtbot: QtBot, session: Session, page: AugmentPage) -> None:
    for mode in ("constant", "wrap"):
        fill = {"fill_mode": mode, "fill_color": (250, 10, 90)}
        session.set_augmentation(ALL.model_copy(update=fill))
        after(qtbot, page)
        for view, tile in enumerate(page.grid.tiles):
            np.testing.assert_array_equal(pixels(tile), expected(session, page, view))
    untouched = loaded(session, page.preview.chooser.path)
    np.testing.assert_array_equal(pixels(page.grid.untouched), untouched)
    session.change("dataset.image_size", 96)
    qtbot.waitUntil(lambda: [tile.width() for tile in page.grid.tiles] == [96] * 12)


def test_a_drag_is_live_and_one_step(qtbot: QtBot, session: Session, page: AugmentPage) -> None:
    start, split, first = session.tried_augmentation, session.split, page.grid.tiles
    row = page.panel.rows["translation"]
    row.strength.slider.setValue(30)
    row.strength.slider.setValue(40)
    assert session.tried_augmentation.translation == (0.4, 0.4)
    assert page.grid.tiles is first
    assert all(after(qtbot, page))
    changed = page.grid.tiles
    assert session.split is split  # nothing is split again for it
    assert not session.choices.augmenting
    click(qtbot, row.switch)
    after(qtbot, page)
    assert session.tried_augmentation.translation == (0, 0)
    session.undo()
    after(qtbot, page)
    assert (row.strength.value, row.switch.isChecked()) == (40, True)
    assert page.grid.tiles == changed
    session.undo()
    after(qtbot, page)
    assert session.tried_augmentation == start
    assert page.grid.tiles == first


def test_a_reshuffle_leaves_the_recipe_unless_views_are_cached(
    qtbot: QtBot, session: Session, page: AugmentPage
) -> None:
    choices, reshuffle = session.choices, page.preview.reshuffle
    click(qtbot, reshuffle)
    assert all(after(qtbot, page))
    wanted = expected(session, page, view=3, shuffle=1)
    np.testing.assert_array_equal(pixels(page.grid.tiles[3]), wanted)
    assert session.choices == choices
    session.set_views(3)
    qtbot.waitUntil(lambda: len(page.grid.tiles) == 3 and not page.grid.is_busy)
    assert "augmentation.seed" in reshuffle.toolTip()
    for seed in (0, 1):
        assert session.recipe.augmentation.seed == seed
        for view, tile in enumerate(page.grid.tiles):
            np.testing.assert_array_equal(pixels(tile), expected(session, page, view))
        if seed == 0:
            click(qtbot, reshuffle)
            assert all(after(qtbot, page))
    session.undo()
    assert (session.recipe.augmentation.seed, session.recipe.augmentation.cached_views) == (0, 3)
    session.set_views(0)
    qtbot.waitUntil(lambda: len(page.grid.tiles) == 12)
    assert "augmentation.seed" not in reshuffle.toolTip()


def test_a_hidden_page_catches_up(qtbot: QtBot, session: Session, page: AugmentPage) -> None:
    page.grid.opened.emit(4)
    assert page.preview.views.reading.isVisible()
    page.hide()
    assert not page.preview.views.reading.isVisible()
    session.change("augmentation.crop", 0.25)
    page.show()
    assert page.panel.rows["crop"].strength.value == 75
    qtbot.waitUntil(lambda: not page.grid.is_busy)
    np.testing.assert_array_equal(pixels(page.grid.tiles[0]), expected(session, page, view=0))
    choose(qtbot, page, "strips")
    assert AugmentPage(session).preview.views.view == "strips"  # so does the next start


# -- which image ------------------------------------------------------------------------------


def test_keys_step_through_the_class(qtbot: QtBot, session: Session, page: AugmentPage) -> None:
    chooser, card = page.preview.chooser, page.panel.presets["none"]
    qtbot.waitUntil(lambda: card.image is not None)
    on_card = card.image
    assert (chooser.classes.currentText(), numbers(chooser.place)) == ("blue", [1, 4])
    click(qtbot, chooser.forward)
    after(qtbot, page)
    assert numbers(chooser.place) == [2, 4]
    np.testing.assert_array_equal(pixels(page.grid.tiles[5]), expected(session, page, view=5))
    qtbot.waitUntil(lambda: card.image != on_card)
    for widget, key, place in (
        (page.grid, KEYS.Key_Left, 1),
        (chooser.forward, KEYS.Key_Left, 4),
        (page, KEYS.Key_Right, 1),
    ):
        widget.setFocus()
        qtbot.keyClick(widget, key)
        after(qtbot, page)
        assert numbers(chooser.place) == [place, 4]
    slider = page.panel.rows["horizontal_flip"].strength.slider
    slider.setFocus()
    qtbot.keyClick(slider, KEYS.Key_Right)
    assert session.tried_augmentation.horizontal_flip == 0.01
    after(qtbot, page)
    assert numbers(chooser.place) == [1, 4]
    box = chooser.classes
    assert [box.itemText(index) for index in range(box.count())] == ["blue", "green", "red"]
    box.setFocus()
    qtbot.keyClick(box, KEYS.Key_End)
    after(qtbot, page)
    assert numbers(chooser.place) == [1, 4]
    assert chooser.path.startswith("red/")


def test_an_unreadable_image_is_named_and_its_class_left_out(
    qtbot: QtBot, session: Session, page: AugmentPage
) -> None:
    assert session.summary is not None
    chooser, left_out = page.preview.chooser, page.preview.left_out
    gone = chooser.path
    (session.summary.folder / gone).unlink()
    session.change("dataset.image_size", 96)  # so that all are decoded again
    qtbot.waitUntil(lambda: page.grid.message != "")
    assert page.grid.message.splitlines()[0] == gone
    assert "file_missing" in said(page.grid.message)
    assert page.grid.tiles == ()
    choose(qtbot, page, "classes")
    qtbot.waitUntil(left_out.isVisible)
    assert "“blue”" in left_out.text
    assert gone in left_out.toolTip()
    assert len(page.preview.views.classes.shown) == 2
    choose(qtbot, page, "versions")
    assert not left_out.isVisible()
    click(qtbot, chooser.forward)
    qtbot.waitUntil(lambda: len(page.grid.tiles) == 12)


def test_without_a_dataset_the_page_points_to_data(
    qtbot: QtBot, tmp_path: Path, picture_folder: PictureFolder
) -> None:
    session = Session(Settings(tmp_path / "other"))
    page = AugmentPage(session)
    shown(qtbot, page)
    assert page.empty.to_data.isVisible()
    assert not page.panel.isVisible()
    with qtbot.waitSignal(page.navigate) as asked:
        click(qtbot, page.empty.to_data)
    assert asked.args == ["data"]
    open_folder(qtbot, session, picture_folder())
    qtbot.waitUntil(lambda: len(page.grid.tiles) == 12)
    assert page.panel.isVisible()
    session.close()


def test_pinned_images_are_come_back_to_and_go_with_their_folder(
    qtbot: QtBot, session: Session, page: AugmentPage, picture_folder: PictureFolder
) -> None:
    session.set_augmentation(TURNED)
    chooser, pins, classes = page.preview.chooser, page.preview.pins, page.preview.views.classes
    qtbot.waitUntil(lambda: len(page.preview.views.scene.classes) == 3)
    assert classes.shown == ()  # no version is made of what nobody sees
    assert not pins.isVisible()
    click(qtbot, chooser.forward)
    after(qtbot, page)
    click(qtbot, chooser.pin)
    pinned = chooser.path
    choose(qtbot, page, "classes")
    assert "blue" not in [tile.caption for tile in classes.shown]  # rather none than the old one
    qtbot.waitUntil(lambda: len(classes.shown) == 3 and not classes.is_busy)
    assert [tile.caption for tile in classes.shown] == ["blue", "green", "red"]
    assert classes.shown[0].subject.key == pinned
    for index, tile in enumerate(classes.shown):
        key = tile.subject.key
        wanted = augment(loaded(session, key), TURNED, tiles.seed(0), 0, key, 0)
        np.testing.assert_array_equal(pixels(classes.image(index)), wanted)
    click(qtbot, chooser.forward)
    qtbot.waitUntil(lambda: chooser.path != pinned and not chooser.pin.isChecked())
    click(qtbot, pins.buttons[0])
    qtbot.waitUntil(lambda: chooser.path == pinned and chooser.pin.isChecked())
    click(qtbot, chooser.pin)
    qtbot.waitUntil(lambda: not pins.isVisible())
    click(qtbot, chooser.pin)
    qtbot.waitUntil(pins.isVisible)
    open_folder(qtbot, session, picture_folder(name="other", classes=3, per_class=5))
    qtbot.waitUntil(lambda: not pins.isVisible())


# -- the views --------------------------------------------------------------------------------


def test_many_classes_are_decoded_once_they_are_looked_at(qtbot: QtBot, tmp_path: Path) -> None:
    for number in range(17):
        folder = tmp_path / "many" / f"class-{number:02}"
        folder.mkdir(parents=True)
        for shade in (40, 80):
            Image.new("RGB", (8, 8), (shade, 13 * number, 9)).save(folder / f"{shade}.png")
    session = make_session(qtbot, tmp_path / "other", tmp_path / "many")
    page = show_tiles(qtbot, session)
    choose(qtbot, page, "classes")
    qtbot.waitUntil(lambda: len(page.preview.views.classes.shown) == 17)
    choose(qtbot, page, "versions")
    assert page.preview.views.scene.classes == ()
    session.close()


def test_digits_choose_the_view_anywhere(qtbot: QtBot, session: Session, page: AugmentPage) -> None:
    row, preview = page.panel.rows["rotation"], page.preview
    for key, widget, view in (
        (KEYS.Key_2, row.strength.slider, "classes"),
        (KEYS.Key_5, page.panel.presets["light"], "fills"),
        (KEYS.Key_1, preview.reshuffle, "versions"),
    ):
        widget.setFocus()
        qtbot.keyClick(widget, key)
        assert preview.views.view == view
        assert widget.hasFocus()
    retype(row.strength.field, "24")
    assert preview.views.view == "versions"
    assert session.tried_augmentation.rotation[1] == 24
    row.switch.setFocus()
    qtbot.keyClick(row.switch, KEYS.Key_2, Qt.KeyboardModifier.ControlModifier)
    assert preview.views.view == "versions"
    # where a keyboard has its digits above Shift, as the French one
    qtbot.keyClick(row.switch, KEYS.Key_2, Qt.KeyboardModifier.ShiftModifier)
    assert preview.views.view == "classes"


def test_the_batch_of_a_running_training_stands_beside_the_preview(
    qtbot: QtBot, session: Session, page: AugmentPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    session.set_augmentation(TURNED)
    session.set_augmenting(True)
    batch, button = page.preview.batch, page.preview.show_batch
    assert [one.isVisible() for one in (batch, button, page.head.locked)] == [False] * 3
    training = script_training(monkeypatch)
    session.start_training()
    qtbot.waitUntil(batch.isVisible)
    assert page.head.locked.isVisible()
    assert session.split is not None
    sample = session.split.train[2]
    paths = (sample.path,)
    training.say(StageStarted(1, 2), BatchFinished(1, 1, 1, 2, 1, 1.0, 0.5, pictures=paths))
    qtbot.waitUntil(lambda: len(batch.shown) == 1 and not batch.surface.is_busy)
    assert session.summary is not None
    image = loaded(session, sample.path)
    wanted = augment(image, TURNED, session.recipe.seed, 0, sample.key, 0)
    np.testing.assert_array_equal(pixels(batch.surface.image(0)), wanted)
    assert batch.shown[0].caption == session.summary.classes[sample.label]
    click(qtbot, button)
    assert not batch.isVisible()
    with qtbot.waitSignal(session.training_finished):
        training.say(RunFinished("stopped"))
    qtbot.waitUntil(lambda: not button.isVisible())
    assert not page.head.locked.isVisible()


# -- the controls -----------------------------------------------------------------------------


def test_a_preset_clears_what_is_invalid(qtbot: QtBot, session: Session, page: AugmentPage) -> None:
    field = page.panel.rows["scale"].strength.field
    retype(field, "95")
    assert not field.is_valid
    assert session.tried_augmentation.scale == (0.9, 1.1)  # not what the first digit says
    click(qtbot, page.panel.presets["light"])
    qtbot.waitUntil(lambda: field.text() == "10")
    assert field.is_valid


def test_a_flip_between_left_and_right_is_advised_about(qtbot: QtBot, tmp_path: Path) -> None:
    for number, name in enumerate(("turn-left", "turn-right")):
        (tmp_path / "signs" / name).mkdir(parents=True)
        for image in range(3):
            draw(tmp_path / "signs" / name / f"{image}.png", (90 * number, 60, 80), image)
    session = make_session(qtbot, tmp_path / "other", tmp_path / "signs")
    page = show_tiles(qtbot, session)
    row = page.panel.rows["horizontal_flip"]
    assert row.advice == ""
    row.strength.slider.setValue(50)
    qtbot.waitUntil(lambda: row.advice == effects.flip_advice("turn-left", "turn-right")[0])
    assert session.tried_augmentation.horizontal_flip == 0.5
    session.undo()
    qtbot.waitUntil(lambda: row.advice == "")
    session.close()


def test_nothing_is_out_of_reach(qtbot: QtBot, session: Session, page: AugmentPage) -> None:
    session.change("augmentation.horizontal_flip", 0.5)
    after(qtbot, page)
    price, preview = page.head.price, page.preview
    lines = [*price.buttons.values(), *price.prices.values(), price.comparison]
    # what rail, menu and bar leave of 1280 x 640, 1024 x 700 and 1280 x 800
    for width, height in ((1080, 530), (964, 590), (1080, 690)):
        page.resize(width, height)
        page.grab()  # lays out
        assert page.size().toTuple() == (width, height)
        for widget in (*lines, preview.reshuffle, preview.chooser, preview.views.note):
            corner = widget.mapTo(page, QPoint(0, 0))
            assert page.rect().contains(widget.rect().translated(corner))
            assert widget.width() >= widget.minimumSizeHint().width()
        assert page.grid.tile_side >= 75
        assert page.panel.minimumSizeHint().width() <= page.panel.width()


def test_dropped_files_load_or_are_refused(
    session: Session, page: AugmentPage, tmp_path: Path
) -> None:
    def drop(name: str, content: object) -> None:
        (tmp_path / name).write_text(json.dumps(content))
        mime = QMimeData()
        mime.setUrls([QUrl.fromLocalFile(str(tmp_path / name))])
        left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        page.dropEvent(QDropEvent(QPointF(9, 9), Qt.DropAction.CopyAction, mime, left, none))

    recipe, head = session.recipe, page.head
    drop("recipe.json", {"batch_size": 3, "augmentation": {"horizontal_flip": 0.5}})
    assert session.tried_augmentation == AugmentationConfig(horizontal_flip=0.5)
    assert session.recipe == recipe
    assert "recipe.json" in head.confirmation.text
    choices = session.choices
    drop("wrong.json", {"augmentation": {"crop": 7}})
    assert session.choices == choices
    assert "crop" in head.messages.text
    assert head.confirmation.text == ""
    page.panel.file_actions["torchvision"].trigger()
    assert head.messages.text == ""
    assert head.confirmation.text


# -- used or not ------------------------------------------------------------------------------


def test_a_line_turns_it_on_and_off(qtbot: QtBot, session: Session, page: AugmentPage) -> None:
    price, turn_on = page.head.price, page.preview.turn_on
    assert price.buttons["off"].isChecked()
    assert page.grid.dim
    assert not page.head.state.isVisible()
    assert not page.head.cost.isVisible()
    session.engine.speed = SPEED
    session.engine_changed.emit()
    qtbot.waitUntil(lambda: price.prices["fresh"].text() != "")
    session.change("augmentation.rotation", (-30, 30))
    qtbot.waitUntil(lambda: not page.grid.dim)  # tuned: in its true colours, though not used
    assert page.grid.unused
    click(qtbot, turn_on)
    qtbot.waitUntil(lambda: not turn_on.isVisible())
    assert session.recipe.augmentation == session.tried_augmentation
    assert not session.recipe.augmentation.is_identity
    assert price.buttons["fresh"].isChecked()
    assert page.focusWidget() is price.buttons["fresh"]
    assert not page.grid.unused
    click(qtbot, price.buttons["off"])
    assert session.recipe.augmentation.is_identity
    qtbot.waitUntil(lambda: page.grid.unused)


def test_a_choice_of_way_is_one_step(qtbot: QtBot, session: Session, page: AugmentPage) -> None:
    lines = page.head.price.buttons
    click(qtbot, lines["views"])
    assert session.recipe.augmentation.cached_views == 5
    page.head.price.views.setValue(7)
    assert session.recipe.augmentation.cached_views == 7
    qtbot.waitUntil(lambda: lines["views"].isChecked() and not page.preview.turn_on.isVisible())
    assert page.preview.heading.text() == augment_words.heading(session)
    lines["fresh"].setFocus()
    qtbot.keyClick(lines["fresh"], KEYS.Key_Space)
    assert session.recipe.augmentation.cached_views == 0
    assert session.choices.augmenting
    qtbot.keyClick(lines["fresh"], KEYS.Key_Up)
    assert session.recipe.augmentation.cached_views == 7
    qtbot.keyClick(lines["views"], KEYS.Key_Up)
    assert not session.choices.augmenting
    for views in (7, 0, 7):
        session.undo()
        assert session.choices.augmenting
        assert session.recipe.augmentation.cached_views == views
    session.undo()
    assert not session.choices.augmenting
    qtbot.waitUntil(lines["off"].isChecked)


def test_on_without_effect_is_not_used(qtbot: QtBot, session: Session, page: AugmentPage) -> None:
    head = page.head
    session.set_augmentation(AugmentationConfig())
    session.set_augmenting(True)
    qtbot.waitUntil(head.state.isVisible)
    assert head.state.text() == augment_words.state(session)
    assert head.cost.text() == augment_words.cost(session) != ""
    click(qtbot, head.price.buttons["off"])
    assert not session.choices.augmenting
    session.undo()
    session.change("augmentation.crop", 0.5)
    for stage in range(2):
        session.change(f"stages.{stage}.augment", False)
    qtbot.waitUntil(lambda: page.grid.unused)
    assert not page.grid.dim


def test_each_situation_is_said_in_words_of_its_own(session: Session) -> None:
    def step(act: object, *values: object) -> tuple[str, str]:
        act(*values)  # type: ignore[operator]
        return augment_words.state(session), augment_words.cost(session)

    off, words = step(session.set_augmenting, False), augment_words.turn_on(session)
    session.engine.speed = SPEED
    assert augment_words.turn_on(session).startswith(f"{words} (")  # with the time that it adds
    used = step(session.set_augmenting, True)
    partly = step(session.change, "stages.0.augment", False)
    unused = step(session.change, "stages.1.augment", False)
    empty = step(session.set_augmentation, AugmentationConfig())
    assert off == ("", "")
    assert len({state for state, _ in (off, used, partly, unused, empty)}) == 5
    assert used[1] == partly[1] == ""
    assert len({unused[1], empty[1], ""}) == 3
    assert "1" in partly[0]
    assert not augment_words.is_used(session)


def test_the_heading_is_true_of_each_view(session: Session) -> None:
    def headings() -> list[str]:
        return [augment_words.heading(session, view) for view in VIEWS]

    off = headings()
    title = augment_presets.preset_title("light")
    assert [title in words for words in off] == [True, True, True, False, False]
    session.set_augmenting(True)
    on = headings()
    assert len(set(on)) == len(VIEWS)
    assert not set(on) & set(off)
    for views, told in ((1, []), (5, [5]), (40, [12, 40])):
        session.set_views(views)
        assert numbers(headings()[0]) == told
    session.set_augmentation(AugmentationConfig())
    assert len({*headings(), *on, *off}) > len({*on, *off})
    session.set_augmenting(False)
    assert not any(title in words for words in headings())


# -- prices -----------------------------------------------------------------------------------


@pytest.fixture
def price(qtbot: QtBot, session: Session) -> AugmentationPrice:
    session.engine.speed = SPEED
    made = AugmentationPrice()
    qtbot.addWidget(made)
    made.show()
    made.show_session(session)
    return made


def megabytes(price: AugmentationPrice, way: str) -> float:
    room = price.prices[way].text().split(SEPARATOR)[2]  # type: ignore[index]
    number, unit = room.replace("\N{NO-BREAK SPACE}", " ").split(" ")[:2]
    return float(number) * {"kB": 0.001, "MB": 1, "GB": 1000}[unit]


def test_each_line_tells_time_epochs_and_disk_once_they_are_measured(
    price: AugmentationPrice, session: Session
) -> None:
    for label in price.prices.values():
        total, epoch, disk = label.text().split(SEPARATOR)
        assert total
        assert numbers(epoch)
        assert numbers(disk)
    session.engine.speed = None
    price.show_session(session)
    assert price.isVisible()
    assert [label.text() for label in price.prices.values()] == ["", "", ""]
    for config, is_choice in ((AugmentationConfig(), False), (TURNED, True)):
        session.set_augmentation(config)
        price.show_session(session)
        assert price.isVisible() == is_choice


def test_more_views_take_more_of_the_disk(price: AugmentationPrice, session: Session) -> None:
    before = megabytes(price, "views")
    assert megabytes(price, "off") < before
    session.set_views(20)
    price.show_session(session)
    assert price.views.value() == 20
    assert megabytes(price, "views") > 2 * before
    assert price.buttons["views"].isChecked()
    fits, color = price.prices["views"].text(), price.prices["views"].palette().windowText()
    cache_budget.choose_budget(10**6)
    session.engine.speed = SPEED
    estimate._room.cache_clear()
    session.change("dataset.image_size", 224)
    assert not prices(session, 20)["views"].fits
    price.show_session(session)
    assert price.prices["views"].palette().windowText() != color
    assert len(price.prices["views"].text()) > len(fits) + 10


def test_a_click_and_the_number_ask_for_a_way_and_showing_does_not(
    qtbot: QtBot, price: AugmentationPrice, session: Session
) -> None:
    with qtbot.waitSignal(price.chosen) as chosen:
        click(qtbot, price.buttons["fresh"])
    assert chosen.args == ["fresh", 5]
    with qtbot.waitSignal(price.chosen) as chosen:
        price.views.selectAll()
        qtbot.keyClicks(price.views, "12")
        qtbot.keyClick(price.views, KEYS.Key_Return)
    assert chosen.args == ["views", 12]
    for views in (7, 0):
        session.set_views(views)
        with qtbot.assertNotEmitted(price.chosen):
            price.show_session(session)
    assert price.buttons["fresh"].isChecked()
    assert price.views.value() == 7


# -- files and code ---------------------------------------------------------------------------

OTHER = AugmentationConfig(vertical_flip=0.25, rotation=(-5, 40), fill_mode="wrap")


@pytest.fixture
def actions(qtbot: QtBot, session: Session) -> AugmentActions:
    window = QWidget()
    qtbot.addWidget(window)
    return AugmentActions(session, window)


def words_of(signal: SignalInstance) -> list[str]:
    """What it says from now on."""
    heard: list[str] = []
    signal.connect(heard.append)
    return heard


def answer(monkeypatch: pytest.MonkeyPatch, dialog: str, path: Path | str) -> list[str]:
    """Answer a file dialog; returns what it proposed."""
    proposed: list[str] = []
    monkeypatch.setattr(
        QFileDialog, dialog, lambda *given: (proposed.append(given[2]), (str(path), ""))[1]
    )
    return proposed


def test_what_is_saved_is_loaded_again_unless_the_dialog_is_cancelled(
    session: Session, actions: AugmentActions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = words_of(actions.done)
    session.set_augmentation(OTHER)
    proposed = answer(monkeypatch, "getSaveFileName", tmp_path / "mine")
    answer(monkeypatch, "getOpenFileName", tmp_path / "mine.json")
    actions.ask_save()
    assert Path(proposed[0]).name == f"{augment_presets.file_name(OTHER)}.json"
    session.set_augmentation(AugmentationConfig())
    actions.ask_load()
    assert session.tried_augmentation == OTHER
    assert not session.choices.augmenting
    assert ["mine.json" in words for words in done] == [True, True]
    session.undo()
    assert session.tried_augmentation == AugmentationConfig()
    for dialog in ("getSaveFileName", "getOpenFileName"):
        answer(monkeypatch, dialog, "")
    before = session.choices
    actions.ask_save()
    actions.ask_load()
    assert session.choices == before
    assert len(done) == 2


def test_a_place_that_cannot_be_written_is_named(
    actions: AugmentActions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer(monkeypatch, "getSaveFileName", tmp_path / "gone" / "mine.json")
    failed = words_of(actions.failed)
    actions.ask_save()
    assert str(tmp_path / "gone" / "mine.json") in failed[0]


@pytest.mark.parametrize("library", ["torchvision", "albumentations"])
def test_code_is_copied_for_the_size_of_the_images(actions: AugmentActions, library: str) -> None:
    done = words_of(actions.done)
    actions.copy_code(library)
    code = QGuiApplication.clipboard().text()
    assert f"\nfrom {library}" in f"\n{code}" or f"\nimport {library}" in f"\n{code}"
    assert "64, 64" in code
    assert library in done[0].lower()


@pytest.mark.parametrize(
    ("field", "value", "effect", "told"),
    [
        ("rotation", "[-999, 5]", "rotation", [-999, -180]),
        ("blur_probability", "3", "blur", [3, 1]),
        ("fill_mode", '"red"', "fill_mode", []),
        ("rotation", "[1 2]", "", [1]),
    ],
)
def test_a_refused_file_is_explained_in_the_words_of_the_page(
    actions: AugmentActions, tmp_path: Path, field: str, value: str, effect: str, told: list[float]
) -> None:
    (tmp_path / "odd.json").write_text(f'{{"augmentation": {{"{field}": {value}}}}}')
    failed = words_of(actions.failed)
    actions.load(tmp_path / "odd.json")
    assert ("augmentation_invalid" if effect else "file_syntax") in said(failed[0])
    reason = failed[0].partition("odd.json")[2]
    assert numbers(reason)[: len(told)] == told
    if effect:
        assert f"{effects.name(effect)} (“{field}”" in reason


def test_folders_and_other_files_are_left_to_the_window(tmp_path: Path) -> None:
    (tmp_path / "folder.json").mkdir()
    (tmp_path / "preset.json").touch()
    mime = QMimeData()
    for name, is_taken in (("folder.json", False), ("a.png", False), ("preset.json", True)):
        mime.setUrls([QUrl.fromLocalFile(str(tmp_path / name))])
        assert (dropped_file(mime) is not None) == is_taken
