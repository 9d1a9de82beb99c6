"""The panel: effects in numbers, words and rows, presets, TrivialAugment, advice, the keyboard."""

from itertools import combinations, pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication, QColorDialog, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from core.augmentation import presets as augmentation_presets
from core.augmentation.effects.all import RECORDS
from core.augmentation.presets import NAMES, PRESETS
from core.recipe.config import BY_NAME, EFFECTS, AugmentationConfig
from gui.augment import effects
from gui.augment import presets as augment_presets
from gui.augment.effect_row import EffectDetails
from gui.augment.presets import PresetStrip
from gui.controls.inputs import Switch
from gui.controls.labels import ElidedLabel
from tests.support.window.acting import retype
from tests.support.window.augmenting import BASIC, Screen, click, numbers, shown

NOTHING = AugmentationConfig()
STRENGTHS = {name: record.slider for name, record in RECORDS.items()}
RANGES = {field: scale for one in RECORDS.values() for field, scale in one.ranges.items()}
OTHERS = [effect.name for effect in EFFECTS if not effect.is_basic]


@pytest.fixture
def screen(qtbot: QtBot) -> Screen:
    made = Screen()
    shown(qtbot, made.area, 360, 600)
    return made


def set_to(field: str, value: Any) -> AugmentationConfig:
    return AugmentationConfig.model_validate({field: value})


# -- numbers ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("effect", "strength", "value"),
    [
        ("horizontal_flip", 50, 0.5),
        ("rotation", 20, (-20, 20)),
        ("scale", 20, (0.8, 1.2)),
        ("crop", 20, 0.8),
        ("translation", 7, (0.07, 0.07)),
        ("blur", 1.5, (0, 1.5)),
        ("jpeg", 60, (40, 100)),
    ],
)
def test_one_strength_sets_a_range(effect: str, strength: float, value: Any) -> None:
    scale = STRENGTHS[effect]
    assert scale.value(strength) == value
    assert scale.strength(value) == strength
    assert getattr(set_to(effect, scale.value(strength)), effect) == value


@given(effect=st.sampled_from(list(BY_NAME)), share=st.floats(0, 1))
def test_every_place_of_the_slider_is_a_range_and_comes_back(effect: str, share: float) -> None:
    scale = STRENGTHS[effect]
    strength = round(round(share * scale.most / scale.step) * scale.step, 6)
    value = getattr(set_to(effect, scale.value(strength)), effect)
    assert scale.strength(value) == strength
    assert scale.is_even(value)


@pytest.mark.parametrize("effect", BY_NAME)
def test_a_slider_goes_from_nothing_to_the_most_that_a_recipe_takes(effect: str) -> None:
    scale = STRENGTHS[effect]
    assert scale.strength(getattr(NOTHING, effect)) == 0
    assert scale.value(0) == getattr(NOTHING, effect)
    assert BY_NAME[effect].is_on(set_to(effect, scale.value(scale.usual)))
    assert 0 < scale.usual <= scale.most
    set_to(effect, scale.value(scale.typed or scale.most))


@pytest.mark.parametrize("field", RANGES)
def test_what_may_be_typed_is_what_a_recipe_takes(field: str) -> None:
    scale = RANGES[field]
    low, high = scale.limits
    set_to(field, (scale.value(low), scale.value(high)))
    for beyond in (low - scale.step, high + scale.step):
        with pytest.raises(ValidationError):
            set_to(field, (scale.value(beyond), scale.value(beyond)))


@pytest.mark.parametrize(
    ("field", "value", "strength", "stretched"),
    [
        ("rotation", (-10, 30), 15, (-5, 15)),
        ("scale", (0.6, 1.1), 20, (0.8, 1.05)),
        ("translation", (0.1, 0.25), 50, (0.2, 0.5)),
        ("noise", (6, 12), 4, (2, 4)),
        ("jpeg", (40, 90), 30, (70, 95)),
        ("rotation", (-10, 30), 0, (0, 0)),
        ("crop", 0.5, 20, 0.8),
        ("shear", (0, 0), 5, (5, 5)),
    ],
)
def test_a_stretched_range_keeps_its_proportions(
    field: str, value: object, strength: float, stretched: object
) -> None:
    assert STRENGTHS[field].stretched(value, strength) == stretched
    assert set_to(field, stretched)


@given(st.data(), st.sampled_from(["rotation", "scale", "shear", "blur", "jpeg", "translation"]))
def test_what_a_slider_stretches_is_always_allowed(data: st.DataObject, field: str) -> None:
    scale = STRENGTHS[field]
    span = sorted((scale.origin, *scale.value(scale.most)))
    ends = sorted(data.draw(st.floats(span[0], span[-1])) for _ in "lh")
    value = tuple(round(end) if scale.whole else end for end in ends)
    strength = data.draw(st.integers(0, int(scale.most)))
    stretched = scale.stretched(value, strength)
    assert getattr(set_to(field, stretched), field) == stretched


# -- words ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("effect", "fields", "told"),
    [
        ("rotation", {"rotation": (-10, 10), "rotation_probability": 0.3}, [-10, 10, 30]),
        ("scale", {"scale": (0.8, 1.2)}, [0.8, 1.2]),
        ("crop", {"crop": 0.8}, [80]),
        ("crop", {"crop": 0.8, "crop_aspect": (0.75, 1.5)}, [80, 0.75, 1.5, 1]),
        ("translation", {"translation": (0.1, 0.1)}, [10]),
        ("translation", {"translation": (0.1, 0.05)}, [10, 5]),
        ("shear", {"shear": (10, 10)}, [10]),
        ("shear", {"shear": (10, 0)}, [10, 0]),
        ("jpeg", {"jpeg": (40, 100)}, [40, 100]),
        ("erasing", {"erasing": 0.5}, [2, 20]),
        ("horizontal_flip", {"horizontal_flip": 0.5}, []),
        ("rotation", {}, []),
    ],
)
def test_a_summary_says_what_is_set(effect: str, fields: dict[str, Any], told: list[float]) -> None:
    words = effects.summary(effect, AugmentationConfig(**fields))
    assert numbers(words) == told
    assert (words == effects.explanation(effect)) == (not told)


def test_every_effect_has_words_of_its_own() -> None:
    for words in (effects.name, effects.explanation):
        assert len({words(effect) for effect in BY_NAME} - {""}) == len(BY_NAME)
    for effect in BY_NAME:
        config = set_to(effect, STRENGTHS[effect].value(STRENGTHS[effect].usual))
        words = effects.strength(effect) + effects.summary(effect, config)
        assert effects.strength(effect)
        assert "{" not in words


# -- the row: switch and slider ---------------------------------------------------------------


def test_switch_and_slider_turn_an_effect_on_and_off(qtbot: QtBot, screen: Screen) -> None:
    assert screen.shown == BASIC
    for name in BASIC:
        row = screen.row(name)
        assert not row.switch.isChecked()
        click(qtbot, row.switch)
        assert row.switch.isChecked()
        assert BY_NAME[name].is_on(screen.config)
        assert row.strength.value == STRENGTHS[name].usual
        click(qtbot, row.switch)
        assert not row.switch.isChecked()
        assert screen.config == NOTHING
        with (
            qtbot.waitSignal(screen.panel.value_changed) as told,
            qtbot.assertNotEmitted(screen.panel.config_chosen),
        ):
            row.strength.slider.setValue(10)
        assert told.args == [name, STRENGTHS[name].value(10)]  # one field: a drag is one step
        assert row.switch.isChecked()
        row.strength.slider.setValue(0)
        assert not row.switch.isChecked()
        assert screen.config == NOTHING


def test_on_again_brings_back_what_was_last_on(qtbot: QtBot, screen: Screen) -> None:
    before = AugmentationConfig(rotation=(-5, 40), rotation_probability=0.3, scale=(0.5, 1))
    screen.show(before)
    switch, slider = screen.row("rotation").switch, screen.row("rotation").strength.slider
    click(qtbot, switch)
    assert screen.config == AugmentationConfig(scale=(0.5, 1))
    click(qtbot, switch)
    assert screen.config == before
    click(qtbot, switch)
    screen.set(rotation=(-10, 10))
    screen.set()
    click(qtbot, switch)
    assert screen.config.rotation == (-20, 20)
    for degrees, act in ((30, lambda: slider.setValue(30)), (25, switch.click)):
        screen.set(rotation=(-25, 25), rotation_probability=0.0)
        assert not switch.isChecked()
        act()  # which counts, though the effect was never done
        assert screen.config.rotation == (-degrees, degrees)
        assert screen.config.rotation_probability == 1


def test_an_uneven_range_is_stretched_and_found_again(screen: Screen) -> None:
    row = screen.row("rotation")
    even = row.strength.toolTip()
    screen.set(rotation=(-10, 30))
    assert (numbers(row.summary), row.strength.value) == ([-10, 30], 30)
    assert row.strength.toolTip() != even
    slider = row.strength.slider
    for at, ends in ((15, (-5, 15)), (0, (0, 0)), (90, (-30, 90)), (30, (-10, 30))):
        slider.setValue(at)
        assert screen.config.rotation == ends
    screen.set(rotation=(-20, 20))  # set elsewhere: there is no other shape to keep
    assert row.strength.toolTip() == even
    slider.setValue(40)
    assert screen.config.rotation == (-40, 40)


def test_a_reset_takes_all_of_an_effect_and_its_uneven_range(qtbot: QtBot, screen: Screen) -> None:
    row = screen.row("rotation")
    for reset in (row.reset, screen.panel.reset_all, screen.panel.presets["none"]):
        screen.set(rotation=(-10, 30), rotation_probability=0.5, shear=(5, 5))
        row.strength.slider.setValue(0)
        click(qtbot, reset)
        assert screen.config.rotation_probability == 1
        row.strength.slider.setValue(20)
        assert screen.config.rotation == (-20, 20)
    screen.set(crop=0.5, crop_aspect=(0.5, 2), crop_probability=0.1, rotation=(-1, 1))
    assert screen.row("crop").reset.isEnabled()
    click(qtbot, screen.row("crop").reset)
    assert screen.config == AugmentationConfig(rotation=(-1, 1))
    assert not screen.row("crop").reset.isEnabled()


# -- the row: details -------------------------------------------------------------------------


def test_a_row_unfolds_to_its_range_and_how_often(qtbot: QtBot, screen: Screen) -> None:
    row = screen.row("rotation")
    assert row.details is None
    click(qtbot, row.unfold)
    assert row.details is not None
    assert row.details.isVisible()
    retype(row.details.ranges["rotation"].low_field, "-15")
    assert screen.config.rotation == (-15, 0)
    assert row.details.probability is not None
    retype(row.details.probability.field, "40")
    assert screen.config.rotation_probability == 0.4
    assert numbers(row.summary) == [-15, 0, 40]
    click(qtbot, row.unfold)
    assert not row.details.isVisible()


@pytest.mark.parametrize(
    ("name", "field", "typed", "value"),
    [
        ("translation", 0, "12.5", (0.125, 0.3)),
        ("shear", 0, "5", (5, 30)),
        ("crop", "crop_aspect", "1.5", (1, 1.5)),
        ("erasing", "erasing_area", "40", (0.02, 0.4)),
        ("scale", "scale", "4,5", (0.7, 4.5)),
    ],
)
def test_details_set_what_the_slider_does_not(
    screen: Screen, name: str, field: int | str, typed: str, value: object
) -> None:
    screen.set(**{name: STRENGTHS[name].value(30)})
    details = screen.details(name)
    if isinstance(field, int):
        number = details.pairs[field].field
    else:
        number = details.ranges[field].high_field
    for text, is_valid in ((typed, True), ("999", False)):
        retype(number, text)
        assert number.is_valid == is_valid
        # not what the first digit says
        assert getattr(screen.config, name if isinstance(field, int) else field) == value


def test_every_field_of_the_configuration_can_be_reached(screen: Screen) -> None:
    reached = {"policy", "fill_mode", "fill_color"}
    for effect in EFFECTS:
        reached.update(effect.fields)
        screen.set(**{effect.name: STRENGTHS[effect.name].value(10)})
        has_any = EffectDetails.has_any(effect)
        assert screen.row(effect.name).unfold.isVisible() == has_any
        if not has_any:
            continue
        details = screen.details(effect.name)
        with_controls = {effect.name, effect.probability, *details.ranges}
        assert with_controls == set(effect.fields)
        assert (details.probability is not None) == effect.has_range
    of_the_price = {"cached_views", "seed"}  # the seed is that of cached views
    assert reached == set(AugmentationConfig.model_fields) - of_the_price


# -- presets ----------------------------------------------------------------------------------


@pytest.fixture
def strip(qtbot: QtBot) -> PresetStrip:
    made = PresetStrip()
    shown(qtbot, made, 376, 200)
    return made


@pytest.mark.parametrize("name", NAMES)
def test_a_preset_is_known_whatever_fills_and_has_words_of_its_own(name: str) -> None:
    wrapped = AugmentationConfig(fill_mode="wrap", fill_color=(1, 2, 3))
    applied = augmentation_presets.applied(name, wrapped)
    assert augment_presets.matching_preset(applied) == name
    title = augment_presets.preset_title(name).replace("\N{ZERO WIDTH SPACE}", "")
    assert (augment_presets.file_name(applied) == title) == (name != "none")
    for words in (augment_presets.preset_title, augment_presets.purpose):
        assert words(name) not in {"", *(words(other) for other in NAMES if other != name)}


def test_the_contents_of_a_preset_are_its_effects() -> None:
    assert augment_presets.preset_contents("none") == []
    light = [line.partition(":") for line in augment_presets.preset_contents("light")]
    assert [(name, numbers(words)) for name, _, words in light] == [
        (effects.name("rotation"), [-10, 10]),
        (effects.name("scale"), [0.9, 1.1]),
        (effects.name("translation"), [5]),
    ]
    standard = augment_presets.preset_contents("standard")
    flip = next(line for line in standard if line.startswith(effects.name("horizontal_flip")))
    assert numbers(flip) == [50]


def test_the_preset_that_is_set_is_marked_not_the_clicked(qtbot: QtBot, strip: PresetStrip) -> None:
    assert set(strip.cards) == set(PRESETS)
    light = strip.cards["light"]
    before = light.grab().toImage()
    for config, names in (
        (augmentation_presets.applied("light", AugmentationConfig()), ["light"]),
        (AugmentationConfig(rotation=(-7, 3)), []),
        (AugmentationConfig(fill_mode="wrap"), ["none"]),
    ):
        strip.show_config(config)
        assert [name for name, card in strip.cards.items() if card.isChecked()] == names
        assert (light.grab().toImage() != before) == light.isChecked()
    with qtbot.waitSignal(strip.chosen) as asked:
        click(qtbot, strip.cards["standard"])
    assert asked.args == ["standard"]
    assert strip.cards["none"].isChecked()
    assert not strip.cards["standard"].isChecked()
    told = [augment_presets.purpose("light"), *augment_presets.preset_contents("light")]
    assert light.toolTip().splitlines() == told
    assert all(line in light.accessibleDescription() for line in told)


def test_cards_show_the_image_under_each_preset_and_are_made_again_for_another_fill(
    qtbot: QtBot, strip: PresetStrip, monkeypatch: pytest.MonkeyPatch
) -> None:
    strip.show_config(AugmentationConfig())
    picture = np.random.default_rng(0).integers(0, 256, (40, 40, 3), np.uint8)
    strip.set_picture(picture, "a.png")
    qtbot.waitUntil(lambda: all(card.image is not None for card in strip.cards.values()))
    images = {name: card.image for name, card in strip.cards.items()}
    assert all(one != other for one, other in combinations(images.values(), 2))
    for color in ((0, 0, 0), (255, 0, 0)):
        before = strip.cards["light"].image
        strip.show_config(AugmentationConfig(fill_mode="constant", fill_color=color))
        qtbot.waitUntil(lambda before=before: strip.cards["light"].image != before)
    assert strip.cards["none"].image == images["none"]
    monkeypatch.setattr(augment_presets, "pictures", lambda *_: pytest.fail("made again"))
    red = AugmentationConfig(rotation=(-5, 5), fill_mode="constant", fill_color=(255, 0, 0))
    strip.show_config(red)
    assert not strip.is_busy
    strip.set_picture(None, "")
    assert not strip.is_busy
    assert all(card.image is None for card in strip.cards.values())


def test_arrow_keys_change_the_card_and_enter_chooses(qtbot: QtBot, strip: PresetStrip) -> None:
    names = list(strip.cards)
    first, second = (strip.cards[name] for name in names[:2])
    first.setFocus()
    qtbot.keyClick(first, Qt.Key.Key_Left)
    assert first.hasFocus()
    qtbot.keyClick(first, Qt.Key.Key_Right)
    assert second.hasFocus()
    for key in (Qt.Key.Key_Space, Qt.Key.Key_Return):
        with qtbot.waitSignal(strip.chosen) as asked:
            qtbot.keyClick(second, key)
        assert asked.args == [names[1]]
    qtbot.keyClick(second, Qt.Key.Key_Down)
    assert strip.cards[names[5]].hasFocus()
    qtbot.keyClick(strip.cards[names[5]], Qt.Key.Key_Up)
    qtbot.keyClick(second, Qt.Key.Key_Left)
    assert first.hasFocus()
    takes_tab = [card.focusPolicy() == Qt.FocusPolicy.StrongFocus for card in strip.cards.values()]
    assert takes_tab.count(True) == 1


# -- other effects ----------------------------------------------------------------------------


def test_other_effects_are_added_from_a_menu_by_kind(qtbot: QtBot, screen: Screen) -> None:
    menu = screen.panel.effect_menu
    assert [name for name in OTHERS if menu.offers(name)] == OTHERS
    actions = menu.actions()
    sections = [at for at, action in enumerate(actions) if action.isSeparator()]
    for name, action in menu.actions_by_effect.items():
        assert effects.name(name) in action.text()
        is_first = actions.index(action) < sections[1]
        assert BY_NAME[name].kind == ("geometric" if is_first else "photometric")
    menu.actions_by_effect["brightness"].trigger()
    assert screen.config == AugmentationConfig(brightness=(0.8, 1.2))
    assert screen.shown == [*BASIC, "brightness"]
    assert not menu.offers("brightness")
    row = screen.row("brightness")
    assert row.strength.slider.hasFocus()
    qtbot.waitUntil(lambda: not row.visibleRegion().isEmpty())
    screen.set(**{name: STRENGTHS[name].value(10) for name in OTHERS})
    assert not screen.panel.add_effect.isEnabled()  # there is nothing left
    assert sorted(screen.shown) == sorted(BY_NAME)


def test_an_added_effect_stays_when_it_is_turned_off_and_goes_with_undo(screen: Screen) -> None:
    screen.panel.effect_menu.actions_by_effect["blur"].trigger()
    assert screen.config.blur == (0, 1.5)
    row = screen.row("blur")
    assert row.isVisible()
    screen.set()  # as undo does
    assert not row.isVisible()
    screen.set(blur=(0, 1))
    row.strength.slider.setValue(0)
    assert screen.config == AugmentationConfig()
    assert row.isVisible()
    row.switch.click()
    assert screen.config.blur == (0, 1.5)


def test_a_row_is_removed_and_can_be_added_again(qtbot: QtBot, screen: Screen) -> None:
    screen.set(hue=(-9, 9), rotation=(-1, 1), fill_mode="edge")
    row = screen.row("hue")
    assert not screen.row("rotation").remove.isVisible()
    click(qtbot, row.remove)
    assert screen.config == AugmentationConfig(rotation=(-1, 1), fill_mode="edge")
    assert not row.isVisible()
    screen.panel.effect_menu.actions_by_effect["hue"].trigger()
    assert row.isVisible()
    row.switch.click()  # off, but still there
    click(qtbot, row.remove)
    assert not row.isVisible()
    screen.panel.effect_menu.actions_by_effect["noise"].trigger()
    screen.row("noise").switch.click()  # off, but still there
    click(qtbot, screen.panel.presets["none"])
    assert screen.shown == BASIC  # a preset leaves only what it sets, and the fill
    assert screen.config == AugmentationConfig(fill_mode="edge")


# -- TrivialAugment ---------------------------------------------------------------------------


def test_trivial_augment_takes_the_rows_away_and_goes_back(qtbot: QtBot, screen: Screen) -> None:
    panel = screen.panel
    screen.set(policy="trivial")
    click(qtbot, panel.policy_note.button)  # without earlier ranges
    assert screen.config == augmentation_presets.applied("light", AugmentationConfig())
    before = AugmentationConfig(rotation=(-33, 33), brightness=(0.5, 1.5))
    screen.show(before)
    screen.set(policy="trivial", fill_mode="edge")
    assert panel.policy_note.isVisible()
    assert screen.shown == []
    assert panel.fill_field.isEnabled()
    assert not panel.add_effect.isEnabled()
    click(qtbot, panel.policy_note.button)
    assert screen.config == before.model_copy(update={"fill_mode": "edge"})
    assert not panel.policy_note.isVisible()
    assert all(screen.row(name).isEnabled() for name in BASIC)
    assert screen.shown == [*BASIC, "brightness"]


# -- the fill ---------------------------------------------------------------------------------


def test_the_fill_mode_and_its_color_are_chosen_and_reset(
    qtbot: QtBot, screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill = screen.panel.fill_field
    middle = fill.color_button.rect().center()

    def swatch() -> str:
        return fill.color_button.grab().toImage().pixelColor(middle).name()

    click(qtbot, fill.buttons["edge"])
    assert (screen.config.fill_mode, fill.mode) == ("edge", "edge")
    monkeypatch.setattr(QColorDialog, "getColor", lambda *_: QColor())  # cancelled
    click(qtbot, fill.color_button)
    assert (screen.config.fill_mode, screen.config.fill_color) == ("edge", (0, 0, 0))
    monkeypatch.setattr(QColorDialog, "getColor", lambda *_: QColor(12, 200, 90))
    with qtbot.waitSignal(screen.panel.config_chosen):  # both in one step
        click(qtbot, fill.color_button)
    assert (screen.config.fill_mode, screen.config.fill_color) == ("constant", (12, 200, 90))
    assert swatch() == "#0cc85a"
    screen.set(fill_mode="wrap", fill_color=(250, 0, 0), crop=0.5)
    assert (fill.mode, swatch()) == ("wrap", "#fa0000")
    click(qtbot, fill.reset)
    assert screen.config == AugmentationConfig(crop=0.5)
    assert not fill.reset.isEnabled()


# -- advice, typing, files --------------------------------------------------------------------


def test_advice_shows_while_the_effect_is_on_and_moves_nothing(screen: Screen) -> None:
    panel, row = screen.panel, screen.row("horizontal_flip")
    sentence, brief, names = effects.flip_advice("turn-left", "turn-right")
    assert names == ("turn-left", "turn-right")
    assert all(name in words for words in (sentence, brief) for name in names)
    panel.set_advice("horizontal_flip", sentence, brief, names)
    assert row.advice == ""
    tops = [screen.row(name).y() for name in BASIC]
    screen.set(horizontal_flip=0.5)
    assert row.advice == row.warning.accessibleDescription() == sentence
    assert row.summary == brief
    assert row.warning.isVisible()
    screen.area.grab()
    assert [screen.row(name).y() for name in BASIC] == tops
    label = row.findChild(ElidedLabel)
    assert label is not None
    label.resize(label.sizeHint().width() * 6 // 10, label.height())
    assert label.shown_text.startswith("t")
    assert label.shown_text.endswith("?")
    panel.set_advice("horizontal_flip", "")
    assert not row.warning.isVisible()
    screen.set(hue=(-90, 90))
    panel.set_advice("hue", "red ↔ green?")
    assert screen.row("hue").advice == screen.row("hue").summary == "red ↔ green?"


def test_the_menu_asks_for_code_and_files_and_showing_asks_nothing(
    qtbot: QtBot, screen: Screen
) -> None:
    panel = screen.panel
    for kind in ("torchvision", "albumentations"):
        with qtbot.waitSignal(panel.code_asked) as asked:
            panel.file_actions[kind].trigger()
        assert asked.args == [kind]
    for kind, signal in (("save", panel.save_asked), ("load", panel.load_asked)):
        with qtbot.waitSignal(signal):
            panel.file_actions[kind].trigger()
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
