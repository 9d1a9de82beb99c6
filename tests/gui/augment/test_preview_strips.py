"""Each effect alone, from one end of its range to the other."""

from typing import get_args

import numpy as np
import pytest

from core.augmentation.augment import OPERATIONS, apply, augment
from core.augmentation.parameters import Parameters
from core.recipe.config import BY_NAME, AugmentationConfig, FillMode
from gui.augment.strips import STEPS, Strip, strips
from gui.augment.tiles import Scene
from tests.support.window.tiles import EACH_EFFECT, scene

SCALARS = ("rotation", "scale", "brightness", "contrast", "saturation", "hue", "gamma", "blur")


def captions(strip: Strip) -> list[str]:
    return [tile.caption.replace("\N{NO-BREAK SPACE}", " ") for tile in strip.tiles]


def only(config: AugmentationConfig) -> Strip:
    (strip,) = strips(scene(config))
    return strip


@pytest.mark.parametrize("effect", SCALARS)
@pytest.mark.parametrize("mode", get_args(FillMode))
def test_the_ends_of_a_strip_are_what_training_makes_at_the_ends_of_the_range(
    effect: str, mode: FillMode
) -> None:
    config = EACH_EFFECT[effect].model_copy(update={"fill_mode": mode})
    strip = only(config)
    for end, tile in zip(getattr(config, effect), (strip.tiles[0], strip.tiles[-1]), strict=True):
        there = config.model_copy(update={effect: (end, end)})
        picture = tile.subject.picture
        np.testing.assert_array_equal(tile.pixels(), augment(picture, there, 5, 0, "any"))


def test_jpegs_strip_has_the_qualities_of_the_range() -> None:
    strip = only(EACH_EFFECT["jpeg"])
    qualities = [tile.parameters.photometric.jpeg for tile in strip.tiles]
    assert (qualities[0], qualities[-1]) == (10, 60)
    assert qualities == sorted(qualities)
    picture = strip.tiles[0].subject.picture
    worst = AugmentationConfig(jpeg=(10, 10))
    np.testing.assert_array_equal(strip.tiles[0].pixels(), augment(picture, worst, 0, 0, "any"))


@pytest.mark.parametrize("effect", EACH_EFFECT)
def test_a_strip_shows_its_effect_alone(effect: str) -> None:
    loud = AugmentationConfig(
        **{
            field: getattr(EACH_EFFECT[name], field)
            for name, one in BY_NAME.items()
            for field in one.fields
        }
    )
    alone = {strip.key: strip for strip in strips(scene(EACH_EFFECT[effect]))}
    among = {strip.key: strip for strip in strips(scene(loud))}
    assert alone
    for key, strip in alone.items():
        for one, other in zip(strip.tiles, among[key].tiles, strict=True):
            assert one.parameters == other.parameters
            assert one.caption == other.caption
            expected = apply(one.subject.picture, one.parameters)
            np.testing.assert_array_equal(one.pixels(), expected)
        changed = [not np.array_equal(one.pixels(), one.subject.picture) for one in strip.tiles]
        assert any(changed)


def test_values_stand_below() -> None:
    assert captions(only(AugmentationConfig(rotation=(-20, 20)))) == [
        "−20°", "−13.3°", "−6.7°", "0°", "6.7°", "13.3°", "20°",
    ]  # fmt: skip
    assert captions(only(AugmentationConfig(scale=(0.8, 1.2))))[::3] == ["× 0.8", "× 1", "× 1.2"]
    assert captions(only(AugmentationConfig(crop=0.4)))[::6] == ["100 %", "40 %"]
    assert captions(only(AugmentationConfig(translation=(0, 0.1))))[::3] == ["−10 %", "0 %", "10 %"]
    assert captions(only(AugmentationConfig(perspective=0.3)))[::6] == ["0 %", "30 %"]
    assert captions(only(AugmentationConfig(jpeg=(40, 100))))[::6] == ["40", "100"]


def test_what_is_done_or_not_is_shown_off_and_on() -> None:
    flips, grays = only(AugmentationConfig(horizontal_flip=0.25)), only(EACH_EFFECT["grayscale"])
    for strip in (flips, grays):
        assert captions(strip) == ["off", "on"]
        assert strip.tiles[0].parameters == Parameters()
    picture = flips.tiles[0].subject.picture
    np.testing.assert_array_equal(flips.tiles[1].pixels(), picture[:, ::-1])
    assert flips.note == "in 25\N{NO-BREAK SPACE}%"
    turns = only(EACH_EFFECT["quarter_turns"])
    assert captions(turns) == ["off", "90°", "180°", "270°"]
    np.testing.assert_array_equal(turns.tiles[1].pixels(), np.rot90(picture))


def test_an_effect_that_is_rare_is_shown_as_when_it_is_done() -> None:
    rare = AugmentationConfig(rotation=(-20, 20), rotation_probability=0.1)
    strip = only(rare)
    assert strip.tiles[-1].parameters.rotation == pytest.approx(20)
    assert strip.note == "in 10\N{NO-BREAK SPACE}%"
    assert only(AugmentationConfig(rotation=(-20, 20))).note == ""


def test_both_directions_have_a_strip_each() -> None:
    titles = [one.title for one in strips(scene(EACH_EFFECT["translation"]))]
    assert titles == ["Translation across", "Translation up and down"]
    assert [one.key for one in strips(scene(AugmentationConfig(shear=(10, 0))))] == ["shear.x"]
    assert [one.key for one in strips(scene(EACH_EFFECT["crop"]))] == ["crop", "crop_aspect"]


def test_a_range_of_one_value_is_one_tile() -> None:
    strip = only(AugmentationConfig(brightness=(0.5, 0.5)))
    assert captions(strip) == ["× 0.5"]


def test_erasing_goes_from_none_to_the_largest() -> None:
    strip = only(AugmentationConfig(erasing=0.5, erasing_area=(0.1, 0.4)))
    assert len(strip.tiles) == STEPS
    assert captions(strip)[:2] == ["off", "10 %"]
    assert captions(strip)[-1] == "40 %"


def test_trivialaugment_has_a_strip_for_each_operation() -> None:
    keys = [one.key for one in strips(scene(AugmentationConfig(policy="trivial")))]
    assert len(keys) == len(OPERATIONS) - 1  # one does nothing
    assert len(set(keys)) == len(keys)


def test_nothing_on_makes_no_strips() -> None:
    assert strips(scene(AugmentationConfig())) == []
    assert strips(Scene(config=EACH_EFFECT["rotation"])) == []
