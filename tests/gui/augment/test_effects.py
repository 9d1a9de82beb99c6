"""Effects: what a slider's numbers mean, their words, and the row that sets one."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from pytestqt.qtbot import QtBot

from core.recipe.config import BY_NAME, EFFECTS, AugmentationConfig
from gui.augment import effects
from gui.augment.effect_row import EffectDetails
from gui.augment.effects import PAIRS, PROBABILITY, RANGES, STRENGTHS
from tests.support.window.acting import retype
from tests.support.window.augmenting import BASIC, Screen, click, numbers

NOTHING = AugmentationConfig()
NAMES = [effect.name for effect in EFFECTS]


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


@given(effect=st.sampled_from(NAMES), share=st.floats(0, 1))
def test_every_place_of_the_slider_is_a_range_and_comes_back(effect: str, share: float) -> None:
    scale = STRENGTHS[effect]
    strength = round(round(share * scale.most / scale.step) * scale.step, 6)
    value = getattr(set_to(effect, scale.value(strength)), effect)
    assert scale.strength(value) == strength
    assert scale.is_even(value)


@pytest.mark.parametrize("effect", NAMES)
def test_a_slider_goes_from_nothing_to_the_most_that_a_recipe_takes(effect: str) -> None:
    scale = STRENGTHS[effect]
    assert scale.strength(getattr(NOTHING, effect)) == 0
    assert scale.value(0) == getattr(NOTHING, effect)
    assert BY_NAME[effect].is_on(set_to(effect, scale.value(scale.usual)))
    assert 0 < scale.usual <= scale.most
    set_to(effect, scale.value(scale.typed or scale.most))


@pytest.mark.parametrize("field", [*RANGES, *PAIRS])
def test_what_may_be_typed_is_what_a_recipe_takes(field: str) -> None:
    scale = RANGES[field] if field in RANGES else PAIRS[field]
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


def test_shares_are_shown_as_per_cent_without_crumbs() -> None:
    assert PROBABILITY.shown(0.07) == 7
    assert PROBABILITY.value(7) == 0.07
    assert RANGES["erasing_area"].value(0.5) == 0.005


# -- words ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("effect", "fields", "said"),
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
def test_a_summary_says_what_is_set(effect: str, fields: dict[str, Any], said: list[float]) -> None:
    words = effects.summary(effect, AugmentationConfig(**fields))
    assert numbers(words) == said
    assert (words == effects.explanation(effect)) == (not said)


def test_every_effect_has_words_of_its_own() -> None:
    for words in (effects.name, effects.explanation):
        assert len({words(effect) for effect in NAMES} - {""}) == len(NAMES)
    for effect in NAMES:
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
