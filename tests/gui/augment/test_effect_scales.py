"""A slider's numbers and an effect's fields say the same."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from core.recipe.config import BY_NAME, EFFECTS, AugmentationConfig
from gui.augment.effects import PAIRS, PROBABILITY, RANGES, STRENGTHS, RangeScale

NOTHING = AugmentationConfig()


def set_to(field: str, value: Any) -> AugmentationConfig:
    return AugmentationConfig.model_validate({field: value})


@pytest.mark.parametrize(
    ("effect", "strength", "value"),
    [
        ("horizontal_flip", 50, 0.5),
        ("rotation", 20, (-20, 20)),
        ("scale", 20, (0.8, 1.2)),
        ("crop", 20, 0.8),
        ("translation", 7, (0.07, 0.07)),
        ("shear", 10, (10, 10)),
        ("perspective", 30, 0.3),
        ("brightness", 35, (0.65, 1.35)),
        ("hue", 15, (-15, 15)),
        ("gamma", 30, (0.7, 1.3)),
        ("blur", 1.5, (0, 1.5)),
        ("noise", 12, (0, 12)),
        ("jpeg", 60, (40, 100)),
        ("erasing", 30, 0.3),
    ],
)
def test_one_strength_sets_a_range(effect: str, strength: float, value: Any) -> None:
    scale = STRENGTHS[effect]
    assert scale.value(strength) == value
    assert scale.strength(value) == strength
    assert getattr(set_to(effect, scale.value(strength)), effect) == value


@given(effect=st.sampled_from(EFFECTS), share=st.floats(0, 1))
def test_every_place_of_the_slider_is_a_range_and_comes_back(effect: Any, share: float) -> None:
    scale = STRENGTHS[effect.name]
    strength = round(share * scale.most / scale.step) * scale.step
    strength = round(strength, 6)
    value = getattr(set_to(effect.name, scale.value(strength)), effect.name)
    assert scale.strength(value) == strength
    assert scale.is_even(value)


@pytest.mark.parametrize("effect", [effect.name for effect in EFFECTS])
def test_nothing_is_at_the_left_end_and_switching_on_shows(effect: str) -> None:
    scale = STRENGTHS[effect]
    assert scale.strength(getattr(NOTHING, effect)) == 0
    assert scale.value(0) == getattr(NOTHING, effect)
    assert BY_NAME[effect].is_on(set_to(effect, scale.value(scale.usual)))
    assert 0 < scale.usual <= scale.most


@pytest.mark.parametrize("effect", [effect.name for effect in EFFECTS])
def test_a_recipe_takes_the_most_that_may_be_typed(effect: str) -> None:
    scale = STRENGTHS[effect]
    set_to(effect, scale.value(scale.typed or scale.most))


@pytest.mark.parametrize("field", RANGES)
def test_what_may_be_typed_is_what_a_recipe_takes(field: str) -> None:
    _agrees(field, RANGES[field])


@pytest.mark.parametrize("field", PAIRS)
def test_pairs_may_be_typed_as_far_as_a_recipe_takes_them(field: str) -> None:
    _agrees(field, PAIRS[field])


def _agrees(field: str, scale: RangeScale) -> None:
    low, high = scale.limits
    set_to(field, (scale.value(low), scale.value(high)))
    for beyond in (low - scale.step, high + scale.step):
        with pytest.raises(ValidationError):
            set_to(field, (scale.value(beyond), scale.value(beyond)))


def test_an_uneven_range_shows_its_wider_side() -> None:
    assert STRENGTHS["rotation"].strength((-10, 30)) == 30
    assert not STRENGTHS["rotation"].is_even((-10, 30))
    assert STRENGTHS["scale"].strength((0.6, 1.1)) == 40
    assert STRENGTHS["translation"].strength((0.1, 0.25)) == 25


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


def test_every_effect_has_a_slider() -> None:
    assert set(STRENGTHS) == set(BY_NAME)
    with_ends = {effect.name for effect in EFFECTS if effect.has_range} - {"crop", "perspective"}
    assert with_ends <= set(RANGES) | set(PAIRS)
