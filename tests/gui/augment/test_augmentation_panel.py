"""The panel of effects: what is added and removed, TrivialAugment, advice, files, the keyboard."""

from itertools import pairwise

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from core.augmentation import presets as augmentation_presets
from core.recipe.config import BY_NAME, AugmentationConfig
from gui.augment import effects
from gui.augment.effects import STRENGTHS
from gui.controls.inputs import Switch
from gui.controls.labels import ElidedLabel
from gui.controls.number_fields import NumberField
from tests.support.window.augmenting import click, retype
from tests.support.window.effects_screen import BASIC, OTHERS, Screen, show_panel


@pytest.fixture
def screen(qtbot: QtBot) -> Screen:
    return show_panel(qtbot)


# -- other effects ----------------------------------------------------------------------------


def test_other_effects_are_added_from_a_menu_by_kind(qtbot: QtBot, screen: Screen) -> None:
    menu = screen.panel.effect_menu
    assert [name for name in OTHERS if menu.offers(name)] == OTHERS
    titles = [action.text() for action in menu.actions()]
    assert titles.index("Geometric") < titles.index("Shear: slanted")
    assert titles.index("Shear: slanted") < titles.index("Photometric")
    menu.actions_by_effect["brightness"].trigger()
    assert screen.config == AugmentationConfig(brightness=(0.8, 1.2))
    assert screen.shown == [*BASIC, "brightness"]
    assert not menu.offers("brightness")
    row = screen.row("brightness")
    assert row.strength.slider.hasFocus()
    qtbot.waitUntil(lambda: not row.visibleRegion().isEmpty())


def test_what_is_on_is_shown_in_the_order_in_which_it_is_done(screen: Screen) -> None:
    screen.set(noise=(0, 5), shear=(3, 3))
    rows = [screen.row(name) for name in ("translation", "shear", "noise")]
    tops = [row.mapTo(screen.panel, row.rect().topLeft()).y() for row in rows]
    assert tops == sorted(tops)


def test_an_added_effect_stays_when_its_slider_is_drawn_to_nothing(screen: Screen) -> None:
    screen.set(blur=(0, 1))
    row = screen.row("blur")
    row.strength.slider.setValue(0)
    assert screen.config == AugmentationConfig()
    assert row.isVisible()
    row.switch.click()
    assert screen.config.blur == (0, 1.5)


def test_a_row_is_removed_and_can_be_added_again(qtbot: QtBot, screen: Screen) -> None:
    screen.set(hue=(-9, 9), rotation=(-1, 1))
    row = screen.row("hue")
    assert not screen.row("rotation").remove.isVisible()
    click(qtbot, row.remove)
    assert screen.config == AugmentationConfig(rotation=(-1, 1))
    assert not row.isVisible()
    screen.panel.effect_menu.actions_by_effect["hue"].trigger()
    assert row.isVisible()
    row.switch.click()  # off, but still there
    click(qtbot, row.remove)
    assert not row.isVisible()


def test_a_preset_leaves_only_what_it_sets(qtbot: QtBot, screen: Screen) -> None:
    screen.panel.effect_menu.actions_by_effect["noise"].trigger()
    click(qtbot, screen.panel.presets["none"])
    assert screen.shown == BASIC


def test_the_menu_is_closed_when_there_is_nothing_left(screen: Screen) -> None:
    screen.set(**{name: STRENGTHS[name].value(10) for name in OTHERS})
    assert not screen.panel.add_effect.isEnabled()
    assert sorted(screen.shown) == sorted(BY_NAME)


# -- TrivialAugment ---------------------------------------------------------------------------


def test_trivial_augment_takes_the_rows_away_says_why_and_goes_back(
    qtbot: QtBot, screen: Screen
) -> None:
    before = AugmentationConfig(rotation=(-33, 33), brightness=(0.5, 1.5))
    screen.show(before)
    screen.set(policy="trivial", fill_mode="edge")
    panel = screen.panel
    assert panel.policy_note.isVisible()
    assert not any(screen.row(name).isVisible() for name in [*BASIC, "brightness"])
    assert panel.fill_field.isEnabled()
    assert not panel.add_effect.isEnabled()
    click(qtbot, panel.policy_note.button)
    assert screen.config == before.model_copy(update={"fill_mode": "edge"})
    assert not panel.policy_note.isVisible()
    assert all(screen.row(name).isEnabled() for name in BASIC)
    assert all(screen.row(name).isVisible() for name in [*BASIC, "brightness"])


def test_nothing_moves_when_trivial_augment_comes_and_goes(screen: Screen) -> None:
    panel = screen.panel

    def places() -> list[int]:
        screen.area.grab()  # lays out
        return [one.y() for one in (panel.strip, panel.add_effect, panel.fill_field)]

    screen.set(rotation=(-33, 33))
    before = places()
    screen.set(policy="trivial")
    assert places() == before
    assert panel.policy_note.geometry().bottom() < panel.fill_field.y()
    assert panel.policy_note.y() > panel.add_effect.y()
    screen.set()
    assert places() == before


def test_without_ranges_of_before_the_way_back_is_the_light_preset(
    qtbot: QtBot, screen: Screen
) -> None:
    screen.set(policy="trivial")
    click(qtbot, screen.panel.policy_note.button)
    assert screen.config == augmentation_presets.applied("light", AugmentationConfig())


# -- advice, typing, files --------------------------------------------------------------------


def test_advice_shows_while_the_effect_is_on_and_moves_nothing(screen: Screen) -> None:
    panel, row = screen.panel, screen.row("horizontal_flip")
    panel.set_advice("horizontal_flip", *effects.flip_advice("turn-left", "turn-right"))
    assert row.advice == ""
    tops = [screen.row(name).y() for name in BASIC]
    screen.set(horizontal_flip=0.5)
    assert "turn-left / turn-right" in row.advice
    assert row.summary == "turn-left ↔ turn-right?"
    assert row.warning.isVisible()
    assert row.warning.accessibleDescription() == row.advice
    screen.area.grab()
    assert [screen.row(name).y() for name in BASIC] == tops
    panel.set_advice("horizontal_flip", "")
    assert not row.warning.isVisible()


def test_brief_advice_names_both_classes_in_what_room_there_is(screen: Screen) -> None:
    names = ("speed limit for lorries", "speed limit for cars and lorries")
    screen.set(horizontal_flip=0.5)
    sentence = "38 of 40 pictures look like another class when flipped."
    screen.panel.set_advice("horizontal_flip", sentence, " → ".join(names), names)
    label = screen.row("horizontal_flip").findChild(ElidedLabel)
    assert label is not None
    first, second = label.shown_text.split(" → ")
    assert first.startswith("s")
    assert second.startswith("s")
    assert label.toolTip() == sentence


def test_any_effect_can_be_advised_about(screen: Screen) -> None:
    screen.set(rotation=(-180, 180), hue=(-90, 90))
    screen.panel.set_advice("rotation", "A 6 may become a 9", "6 ↔ 9?")
    screen.panel.set_advice("hue", "A red one may become a green one")
    assert screen.row("rotation").summary == "6 ↔ 9?"
    assert screen.row("hue").advice == "A red one may become a green one"


def test_what_was_half_typed_can_be_forgotten(qtbot: QtBot, screen: Screen) -> None:
    field = screen.row("rotation").strength.field
    retype(qtbot, field, "999")
    assert not field.is_valid
    screen.panel.forget_typed()
    assert field.is_valid
    assert all(one.is_valid for one in screen.panel.findChildren(NumberField))


@pytest.mark.parametrize("kind", ["torchvision", "albumentations"])
def test_the_menu_asks_for_code(qtbot: QtBot, screen: Screen, kind: str) -> None:
    with qtbot.waitSignal(screen.panel.code_asked) as asked:
        screen.panel.file_actions[kind].trigger()
    assert asked.args == [kind]


def test_the_menu_asks_to_save_and_to_load(qtbot: QtBot, screen: Screen) -> None:
    with qtbot.waitSignals([screen.panel.save_asked, screen.panel.load_asked]):
        screen.panel.file_actions["save"].trigger()
        screen.panel.file_actions["load"].trigger()


def test_showing_says_nothing(qtbot: QtBot, screen: Screen) -> None:
    panel = screen.panel
    screen.details("rotation")
    with qtbot.assertNotEmitted(panel.value_changed), qtbot.assertNotEmitted(panel.config_chosen):
        panel.show_config(AugmentationConfig(rotation=(-5, 9), crop=0.3, blur=(1, 2)))
        panel.set_picture(np.zeros((8, 8, 3), np.uint8), "a")


def test_tab_goes_down_the_panel(qtbot: QtBot, screen: Screen) -> None:
    screen.set(noise=(0, 3), shear=(3, 3))  # the later one's row is not always made first
    screen.details("rotation")
    first = widget = screen.panel.files
    first.setFocus()
    passed: list[QWidget] = []
    while len(passed) < 100 and (not passed or widget is not first):
        passed.append(widget)
        qtbot.keyClick(widget, Qt.Key.Key_Tab)
        widget = QApplication.focusWidget()
    assert screen.row("noise").strength.field in passed
    bottoms = [
        one.mapTo(screen.panel, one.rect().bottomLeft()).y()
        for one in passed
        if not isinstance(one, QToolButton | Switch)  # which stand in one line, not as high
    ]
    assert all(below >= above - 3 for above, below in pairwise(bottoms))


@pytest.mark.parametrize("width", [340, 360])
def test_nothing_is_cut_off(screen: Screen, width: int) -> None:
    screen.set(**{name: STRENGTHS[name].value(20) for name in BY_NAME})
    for name in ("rotation", "crop", "erasing", "translation"):
        screen.details(name)
    screen.area.setFixedWidth(width + screen.area.verticalScrollBar().sizeHint().width())
    screen.area.grab()
    assert screen.panel.minimumSizeHint().width() <= width
    for field in screen.panel.findChildren(NumberField):
        if field.isVisible():
            right = field.mapTo(screen.panel, field.rect().topRight()).x()
            assert right <= screen.panel.width()
