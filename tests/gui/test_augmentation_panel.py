"""The panel of effects by itself: switches, one slider each, what unfolds, what is added."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QScrollArea, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from core.augmentation_config import BY_NAME, EFFECTS, AugmentationConfig
from gui import presets
from gui.effect_scales import STRENGTHS
from gui.widgets.augmentation_panel import AugmentationPanel
from gui.widgets.effect_details import EffectDetails
from gui.widgets.effect_row import EffectRow
from gui.widgets.number_field import NumberField
from gui.widgets.switch import Switch
from tests.gui.augmenting import click, retype

BASIC = [effect.name for effect in EFFECTS if effect.is_basic]
OTHERS = [effect.name for effect in EFFECTS if not effect.is_basic]


class Screen:
    """The panel as a page has it, and the configuration that it changes."""

    def __init__(self) -> None:
        self.area = QScrollArea()
        self.panel = AugmentationPanel()
        self.area.setWidgetResizable(True)
        self.area.setWidget(self.panel)
        self.area.resize(360, 600)
        self.config = AugmentationConfig()
        self.panel.value_changed.connect(self._change)
        self.panel.config_chosen.connect(self.show)

    def show(self, config: AugmentationConfig) -> None:
        self.config = config
        self.panel.show_config(config)

    def set(self, **fields: Any) -> None:
        self.show(AugmentationConfig(**fields))

    def _change(self, field: str, value: object) -> None:
        self.show(AugmentationConfig.model_validate({**self.config.model_dump(), field: value}))

    def row(self, name: str) -> EffectRow:
        return self.panel.rows[name]

    def details(self, name: str) -> EffectDetails:
        row = self.row(name)
        if not row.unfold.isChecked():
            row.unfold.click()
        assert row.details is not None
        return row.details

    @property
    def shown(self) -> list[str]:
        return [name for name, row in self.panel.rows.items() if row.isVisible()]


@pytest.fixture
def screen(qtbot: QtBot) -> Screen:
    made = Screen()
    qtbot.addWidget(made.area)
    with qtbot.waitExposed(made.area):
        made.area.show()
    return made


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
    row.strength.slider.setValue(20)
    assert screen.config.rotation == (-20, 20)
    assert "uneven" not in row.strength.toolTip()


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
    assert screen.config.scale == (0.3, 1)  # as the first of the two digits said


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


def test_trivial_augment_greys_the_rows_says_why_and_goes_back(
    qtbot: QtBot, screen: Screen
) -> None:
    before = AugmentationConfig(rotation=(-33, 33), brightness=(0.5, 1.5))
    screen.show(before)
    screen.set(policy="trivial", fill_mode="edge")
    panel = screen.panel
    assert panel.policy_note.isVisible()
    assert not any(screen.row(name).isEnabled() for name in BASIC)
    assert panel.fill_field.isEnabled()
    assert not panel.add_effect.isEnabled()
    click(qtbot, panel.policy_note.button)
    assert screen.config == before.model_copy(update={"fill_mode": "edge"})
    assert not panel.policy_note.isVisible()
    assert all(screen.row(name).isEnabled() for name in BASIC)


def test_without_ranges_of_before_the_way_back_is_the_light_preset(
    qtbot: QtBot, screen: Screen
) -> None:
    screen.set(policy="trivial")
    click(qtbot, screen.panel.policy_note.button)
    assert screen.config == presets.applied("light", AugmentationConfig())


# -- advice, typing, files --------------------------------------------------------------------


def test_advice_shows_while_the_effect_is_on_and_moves_nothing(screen: Screen) -> None:
    panel, row = screen.panel, screen.row("horizontal_flip")
    panel.set_mirrored_classes(("turn-left", "turn-right"))
    assert row.advice == ""
    tops = [screen.row(name).y() for name in BASIC]
    screen.set(horizontal_flip=0.5)
    assert "turn-left / turn-right" in row.advice
    assert row.summary == "turn-left ↔ turn-right?"
    assert row.warning.isVisible()
    assert row.warning.accessibleName() == row.advice
    screen.area.grab()
    assert [screen.row(name).y() for name in BASIC] == tops
    panel.set_mirrored_classes(None)
    assert not row.warning.isVisible()


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
