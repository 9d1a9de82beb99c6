"""An effect's row: its switch, its one slider, and what it unfolds to."""

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from core.recipe.config import BY_NAME, EFFECTS, AugmentationConfig
from gui.augment.effect_row import EffectDetails
from gui.augment.effects import STRENGTHS
from tests.support.window.augmenting import click, retype
from tests.support.window.effects_screen import BASIC, Screen, show_panel


@pytest.fixture
def screen(qtbot: QtBot) -> Screen:
    return show_panel(qtbot)


# -- the effects that everybody sees ----------------------------------------------------------


def test_the_courses_effects_come_first_all_off(screen: Screen) -> None:
    assert screen.shown == BASIC
    assert not any(screen.row(name).switch.isChecked() for name in BASIC)
    assert screen.panel.fill_field.isVisible()


@pytest.mark.parametrize("name", BASIC)
def test_a_switch_turns_an_effect_on_with_a_sensible_strength_and_off(
    qtbot: QtBot, screen: Screen, name: str
) -> None:
    row = screen.row(name)
    click(qtbot, row.switch)
    assert row.switch.isChecked()
    assert BY_NAME[name].is_on(screen.config)
    assert row.strength.value == STRENGTHS[name].usual
    click(qtbot, row.switch)
    assert not row.switch.isChecked()
    assert screen.config == AugmentationConfig()


def test_on_again_brings_back_all_that_was(qtbot: QtBot, screen: Screen) -> None:
    before = AugmentationConfig(rotation=(-5, 40), rotation_probability=0.3, scale=(0.5, 1))
    screen.show(before)
    click(qtbot, screen.row("rotation").switch)
    assert screen.config == AugmentationConfig(scale=(0.5, 1))
    click(qtbot, screen.row("rotation").switch)
    assert screen.config == before


def test_what_was_is_forgotten_once_the_effect_is_on_in_another_way(
    qtbot: QtBot, screen: Screen
) -> None:
    screen.set(rotation=(-40, 40))
    click(qtbot, screen.row("rotation").switch)
    screen.set(rotation=(-10, 10))
    screen.set()
    click(qtbot, screen.row("rotation").switch)
    assert screen.config.rotation == (-20, 20)


def test_a_slider_turns_its_effect_on_and_to_the_left_end_off(screen: Screen) -> None:
    row = screen.row("scale")
    row.strength.slider.setValue(25)
    assert screen.config.scale == (0.75, 1.25)
    assert row.switch.isChecked()
    assert row.summary == "× 0.75 to 1.25"
    row.strength.slider.setValue(0)
    assert screen.config == AugmentationConfig()
    assert not row.switch.isChecked()


def test_a_slider_sends_one_field_so_that_a_drag_can_be_one_step(
    qtbot: QtBot, screen: Screen
) -> None:
    for name in BASIC:
        with (
            qtbot.waitSignal(screen.panel.value_changed) as told,
            qtbot.assertNotEmitted(screen.panel.config_chosen),
        ):
            screen.row(name).strength.slider.setValue(10)
        assert told.args[0] == name


def test_a_slider_counts_where_the_effect_was_never_done(screen: Screen) -> None:
    screen.set(rotation=(-20, 20), rotation_probability=0.0)
    row = screen.row("rotation")
    assert not row.switch.isChecked()
    row.strength.slider.setValue(30)
    assert (screen.config.rotation, screen.config.rotation_probability) == ((-30, 30), 1)
    screen.set(rotation=(-25, 25), rotation_probability=0.0)
    row.switch.click()
    assert (screen.config.rotation, screen.config.rotation_probability) == ((-25, 25), 1)


def test_strengths_are_typed_with_a_point_or_a_comma(qtbot: QtBot, screen: Screen) -> None:
    retype(qtbot, screen.row("crop").strength.field, "12,5")
    assert screen.config.crop == 0.875
    assert screen.row("crop").strength.field.text() == "12,5"


def test_an_uneven_range_is_said_and_its_slider_shows_the_wider_side(screen: Screen) -> None:
    row = screen.row("rotation")
    screen.set(rotation=(-10, 30))
    assert (row.summary, row.strength.value) == ("−10° to 30°", 30)
    assert "uneven" in row.strength.toolTip()
    assert "keeps its proportions" in row.strength.toolTip()
    screen.set(rotation=(-20, 20))
    assert "uneven" not in row.strength.toolTip()


def test_a_slider_stretches_an_uneven_range_and_finds_its_shape_again_after_nothing(
    screen: Screen,
) -> None:
    screen.set(rotation=(-10, 30))
    slider = screen.row("rotation").strength.slider
    for at, ends in ((15, (-5, 15)), (0, (0, 0)), (90, (-30, 90)), (30, (-10, 30))):
        slider.setValue(at)
        assert screen.config.rotation == ends
    screen.set(rotation=(-20, 20))  # set elsewhere: there is no other shape to keep
    slider.setValue(40)
    assert screen.config.rotation == (-40, 40)


def test_after_a_reset_there_is_no_uneven_range_to_find_again(qtbot: QtBot, screen: Screen) -> None:
    row = screen.row("rotation")
    for reset in (row.reset, screen.panel.reset_all, screen.panel.presets["none"]):
        screen.set(rotation=(-10, 30), rotation_probability=0.5, shear=(5, 5))
        row.strength.slider.setValue(0)
        click(qtbot, reset)
        assert screen.config.rotation_probability == 1
        row.strength.slider.setValue(20)
        assert screen.config.rotation == (-20, 20)


def test_reset_takes_everything_of_one_effect_away(qtbot: QtBot, screen: Screen) -> None:
    screen.set(crop=0.5, crop_aspect=(0.5, 2), crop_probability=0.1, rotation=(-1, 1))
    assert screen.row("crop").reset.isEnabled()
    click(qtbot, screen.row("crop").reset)
    assert screen.config == AugmentationConfig(rotation=(-1, 1))
    assert not screen.row("crop").reset.isEnabled()


# -- unfolding --------------------------------------------------------------------------------


def test_a_row_unfolds_to_its_range_and_how_often(qtbot: QtBot, screen: Screen) -> None:
    row = screen.row("rotation")
    assert row.details is None
    click(qtbot, row.unfold)
    assert row.details is not None
    assert row.details.isVisible()
    retype(qtbot, row.details.ranges["rotation"].low_field, "-15")
    assert screen.config.rotation == (-15, 0)
    assert row.details.probability is not None
    retype(qtbot, row.details.probability.field, "40")
    assert screen.config.rotation_probability == 0.4
    assert row.summary == "−15° to 0°, in 40 %"
    click(qtbot, row.unfold)
    assert not row.details.isVisible()


def test_scale_takes_out_and_in_apart_beyond_the_slider(qtbot: QtBot, screen: Screen) -> None:
    control = screen.details("scale").ranges["scale"]
    retype(qtbot, control.high_field, "4.5")
    retype(qtbot, control.low_field, "0,3")
    assert screen.config.scale == (0.3, 4.5)
    retype(qtbot, control.high_field, "11")
    assert not control.high_field.is_valid
    assert "from 0.3 to 10" in control.high_field.toolTip()
    assert screen.config.scale == (0.3, 4.5)  # not what the first digit says


@pytest.mark.parametrize(
    ("name", "one", "both"), [("translation", "12.5", (0.125, 0.3)), ("shear", "5", (5, 30))]
)
def test_across_and_down_are_set_apart(
    qtbot: QtBot, screen: Screen, name: str, one: str, both: tuple[float, float]
) -> None:
    screen.set(**{name: STRENGTHS[name].value(30)})
    retype(qtbot, screen.details(name).pairs[0].field, one)
    assert getattr(screen.config, name) == both


def test_crop_and_erasing_unfold_to_more_than_a_strength(qtbot: QtBot, screen: Screen) -> None:
    screen.set(crop=0.5, erasing=0.5)
    aspect = screen.details("crop").ranges["crop_aspect"]
    retype(qtbot, aspect.high_field, "1.5")
    area = screen.details("erasing").ranges["erasing_area"]
    retype(qtbot, area.high_field, "40")
    assert screen.config.crop_aspect == (1, 1.5)
    assert screen.config.erasing_area == (0.02, 0.4)


def test_jpegs_qualities_are_whole_numbers(qtbot: QtBot, screen: Screen) -> None:
    screen.set(jpeg=(40, 100))
    retype(qtbot, screen.details("jpeg").ranges["jpeg"].low_field, "55")
    assert screen.config.jpeg == (55, 100)
    retype(qtbot, screen.row("jpeg").strength.field, "30")
    assert screen.config.jpeg == (70, 100)


def test_what_is_only_a_probability_has_nothing_to_unfold(screen: Screen) -> None:
    assert not screen.row("horizontal_flip").unfold.isVisible()
    assert screen.row("rotation").unfold.isVisible()


def test_every_field_of_the_configuration_can_be_reached(screen: Screen) -> None:
    reached = {"policy", "fill_mode", "fill_color"}
    for effect in EFFECTS:
        reached.update(effect.fields)
        screen.set(**{effect.name: STRENGTHS[effect.name].value(10)})
        if not EffectDetails.has_any(effect):
            continue
        details = screen.details(effect.name)
        with_controls = {effect.name, effect.probability, *details.ranges}
        assert with_controls == set(effect.fields)
        assert (details.probability is not None) == effect.has_range
    not_built = {"cached_views", "seed"}  # the seed is that of cached views
    assert reached == set(AugmentationConfig.model_fields) - not_built


def test_the_keyboard_reaches_switch_slider_and_details(qtbot: QtBot, screen: Screen) -> None:
    row = screen.row("rotation")
    row.switch.setFocus()
    qtbot.keyClick(row.switch, Qt.Key.Key_Space)
    assert screen.config.rotation == (-20, 20)
    row.strength.slider.setFocus()
    qtbot.keyClick(row.strength.slider, Qt.Key.Key_Right)
    assert screen.config.rotation == (-21, 21)
    row.unfold.setFocus()
    qtbot.keyClick(row.unfold, Qt.Key.Key_Space)
    assert row.details is not None
