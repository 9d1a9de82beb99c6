"""The whole of it: what a seed draws, one call that does it all, presets, TrivialAugment."""

import random
import string
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from core.augmentation.augment import OPERATIONS, apply, augment, describe, fill_share_of, sample
from core.augmentation.draws import draws
from core.augmentation.effects.all import RECORDS
from core.augmentation.parameters import Parameters
from core.augmentation.presets import PRESETS, applied
from core.common.messages import SENTENCES, sentence
from core.recipe.config import BY_NAME, EFFECTS, AugmentationConfig
from tests.support.warps import noise

COURSE = AugmentationConfig(
    horizontal_flip=0.5,
    vertical_flip=0.5,
    rotation=(-60, 90),
    scale=(0.5, 2),
    crop=0.3,
    translation=(0.2, 0.4),
)
EVERYTHING = COURSE.model_copy(
    update={
        "quarter_turns": 0.5,
        "crop_aspect": (0.5, 2.0),
        "shear": (20.0, 10.0),
        "perspective": 0.4,
        "brightness": (0.6, 1.4),
        "contrast": (0.6, 1.4),
        "saturation": (0.5, 1.5),
        "hue": (-30.0, 30.0),
        "gamma": (0.7, 1.4),
        "grayscale": 0.5,
        "blur": (0.5, 2.0),
        "sharpness": (0.5, 3.0),
        "noise": (2.0, 20.0),
        "jpeg": (30, 80),
        "erasing": 0.5,
    }
)


def only(effect: str) -> AugmentationConfig:
    """``EVERYTHING``, but with one effect."""
    update = {field: getattr(EVERYTHING, field) for field in BY_NAME[effect].fields}
    return AugmentationConfig().model_copy(update=update)


def made(config: AugmentationConfig, count: int) -> list[Parameters]:
    return [sample(config, draws(0, 0, f"{number}.jpg")) for number in range(count)]


# -- what a seed draws ------------------------------------------------------------------------


def test_what_a_seed_drew_stays() -> None:
    """These are old: a change here would change every training that somebody wants to repeat."""
    side = 0.9219231230163405
    assert sample(COURSE, draws(3, 1, "cat/a.jpg")) == Parameters.of(
        horizontal_flip=True,
        vertical_flip=True,
        rotation=73.48817765791256,
        scale=1.2672225724239068,
        crop=(0.07448070544882701, 0.022554306516916055, side, side),
        translation=(0.17677935707089742, -0.25816875431264935),
    )
    later = sample(EVERYTHING, draws(3, 1, "cat/a.jpg"))
    assert (later["quarter_turns"], later["shear"]) == (1, (7.434294662674432, -2.4096955112896046))
    assert later["perspective"][3] == (0.14937885701656342, 0.061442588269710545)
    names = ["brightness", "contrast", "saturation", "hue", "gamma", "grayscale", "blur"]
    names += ["noise", "jpeg"]
    assert {name: later[name] for name in names} == {
        "brightness": 1.0214569352486376,
        "contrast": 1.3101237692113088,
        "saturation": 1.016949825997004,
        "hue": -7.201725699611664,
        "gamma": 1.0016234990017734,
        "grayscale": True,
        "blur": 1.7009305729160875,
        "noise": (5.683326016527052, 4657827112533899),
        "jpeg": 74,
    }
    box = (0.31198089645307714, 0.289748835241615, 0.27191615557520893, 0.5843127378497841)
    assert later["erasing"] == pytest.approx(box)


@pytest.mark.parametrize("effect", BY_NAME)
def test_further_effects_leave_what_a_seed_drew(effect: str) -> None:
    for alone, together in zip(made(only(effect), 10), made(EVERYTHING, 10), strict=True):
        assert alone[effect] == together[effect]


def test_every_effect_has_its_record_and_words() -> None:
    assert set(RECORDS) == set(BY_NAME)
    for name, effect in BY_NAME.items():
        assert (RECORDS[name].matrix is not None) == (effect.kind == "geometric")
        assert (RECORDS[name].pixels is not None) == (effect.kind == "photometric")
        words = [f"effect_{name}", f"effect_{name}_does", f"effect_{name}_short", f"drawn_{name}"]
        words += [f"effect_{name}_strength"] * effect.has_range
        assert {*words, *(f"field_augmentation.{field}" for field in effect.fields)} <= set(
            SENTENCES
        )


# -- the one call -----------------------------------------------------------------------------


@pytest.mark.parametrize("policy", ["ranges", "trivial"])
def test_threads_and_order_change_nothing(policy: str) -> None:
    image = noise(48, 48)
    keys = [f"cat/{number}.jpg" for number in range(60)]
    config = EVERYTHING.model_copy(update={"policy": policy})

    def changed(key: str) -> bytes:
        return augment(image, config, 5, 1, key).tobytes()

    alone = {key: changed(key) for key in keys}
    shuffled = list(reversed(keys))
    with ThreadPoolExecutor(4) as pool:
        together = dict(zip(shuffled, pool.map(changed, shuffled), strict=True))
    assert together == alone
    assert len(set(alone.values())) > len(keys) / 2


def test_the_one_call_is_its_parts_and_moves_pixels_before_it_colours_them() -> None:
    image = noise(48, 32)
    change = sample(EVERYTHING, draws(1, 2, "cat/a.jpg", 3))
    assert change.values
    assert np.array_equal(augment(image, EVERYTHING, 1, 2, "cat/a.jpg", 3), apply(image, change))
    expected = apply(apply(image, Parameters.of(rotation=20)), Parameters.of(brightness=0.5))
    assert np.array_equal(apply(image, Parameters.of(brightness=0.5, rotation=20)), expected)


def test_global_generators_are_neither_read_nor_moved() -> None:
    image = noise(20, 20)
    random.seed(1)
    np.random.seed(1)
    first = augment(image, EVERYTHING, 0, 0, "cat/a.jpg")
    after = (random.random(), np.random.random())
    random.seed(1)
    np.random.seed(1)
    assert after == (random.random(), np.random.random())
    assert np.array_equal(augment(image, EVERYTHING, 0, 0, "cat/a.jpg"), first)


@pytest.mark.parametrize("shape", [(4, 4), (4, 4, 4), (0, 4, 3), (4, 4, 3)])
def test_another_kind_of_array_is_refused(shape: tuple[int, ...]) -> None:
    image: Any = np.zeros(shape, np.float32 if shape == (4, 4, 3) else np.uint8)
    with pytest.raises(ValueError, match="uint8"):
        apply(image, Parameters.of(rotation=3))


# -- what is told -----------------------------------------------------------------------------


def test_what_was_done_is_told_in_its_order_with_its_values() -> None:
    corners = ((0.01, 0.02), (0.03, 0.04), (0.05, 0.06), (0.07, 0.08))
    values = (True, True, 3, -12.44, 1.07, (0.1, 0.25, 0.5, 0.75), (0.05, -0.1), (4, -5), corners)
    values += (0.9, 0.8, 1.4, 8.2, 1.1, True, 0.84, 1.7, (12.3, 5), 61, (0.1, 0.2, 0.4, 0.3))
    change = Parameters.of(**dict(zip(BY_NAME, values, strict=True)))
    told = describe(change)
    assert [code for code, _ in told] == [f"drawn_{effect}" for effect in BY_NAME]
    moves = [[], [], [270], [-12.44], [1.07], [50, 75, 10, 25], [5, -10], [4, -5], [*range(1, 9)]]
    colors = [[0.9], [0.8], [1.4], [8.2], [1.1], [], [0.84], [1.7], [12.3], [61], [12]]
    for (_, own), expected in zip(told, moves + colors, strict=True):
        assert list(own.values()) == pytest.approx(expected)
    assert describe(Parameters.of(fill_mode="wrap")) == []
    for code, own in told:
        assert sentence(code, own)
        needed = {name for _, name, _, _ in string.Formatter().parse(SENTENCES[code]) if name}
        assert needed == set(own)


# -- presets ----------------------------------------------------------------------------------


def test_the_presets_are_the_documented_ones() -> None:
    names = "none,light,standard,strong,trivial,keep_sides,any_way_up,keep_colors"
    assert ",".join(PRESETS) == names
    assert PRESETS["none"].is_identity
    for name, config in PRESETS.items():
        assert config.fill_mode == "reflect"
        assert AugmentationConfig.model_validate(config.model_dump()) == config
        kept = {"fill_mode": "wrap", "fill_color": (1, 2, 3), "seed": 7}
        assert applied(name, COURSE.model_copy(update=kept)) == config.model_copy(update=kept)


@pytest.mark.parametrize("name", [name for name in PRESETS if name != "none"])
def test_presets_change_images_and_show_mostly_image(name: str) -> None:
    image = noise(32, 32)
    changed = [augment(image, PRESETS[name], 0, 0, f"{number}.jpg") for number in range(8)]
    assert sum(not np.array_equal(one, image) for one in changed) >= 6
    share = fill_share_of(PRESETS[name])
    assert share == fill_share_of(PRESETS[name])
    assert 0 < share < 0.3


def test_presets_keep_what_they_promise() -> None:
    for name in ("light", "trivial", "keep_sides"):
        config = PRESETS[name]
        assert (config.horizontal_flip, config.vertical_flip, config.quarter_turns) == (0, 0, 0)
    for effect in EFFECTS:
        if effect.kind == "photometric" and effect.name != "blur":
            assert not effect.is_on(PRESETS["keep_colors"])
    assert max(PRESETS["keep_sides"].rotation) < 45
    image = np.full((16, 16, 3), (200, 30, 60), np.uint8)
    for number in range(20):
        assert np.array_equal(augment(image, PRESETS["keep_colors"], 0, 0, f"{number}"), image)


def test_any_way_up_is_any_way_up_equally_often() -> None:
    """Each of the eight ways to lay a square."""
    ways = Counter(
        (
            one["horizontal_flip"] != one["vertical_flip"],
            (one["quarter_turns"] + 2 * one["vertical_flip"]) % 4,
        )
        for one in made(PRESETS["any_way_up"], 4000)
    )
    assert len(ways) == 8
    assert all(count / 4000 == pytest.approx(1 / 8, abs=0.02) for count in ways.values())


# -- TrivialAugment ---------------------------------------------------------------------------

TRIVIAL = PRESETS["trivial"]


def test_trivial_does_one_operation_an_image_all_as_often() -> None:
    done = Counter(
        tuple(code for code, _ in describe(one)) or ("nothing",) for one in made(TRIVIAL, 4000)
    )
    assert {len(codes) for codes in done} == {1}
    twice = {"drawn_translation", "drawn_shear"}  # along each axis
    for (code,), count in done.items():
        expected = 2 if code in twice else 1
        assert count / 4000 * len(OPERATIONS) == pytest.approx(expected, abs=0.3)
    assert len(done) == len(OPERATIONS) - len(twice)
    assert not {"drawn_horizontal_flip", "drawn_vertical_flip", "drawn_quarter_turns"} & {
        code for (code,) in done
    }


def test_the_ranges_of_trivial_are_those_that_are_documented() -> None:
    default = AugmentationConfig().model_dump()
    ranges = [
        {field: value for field, value in one.model_dump().items() if value != default[field]}
        for one in OPERATIONS
    ]
    slant, shift = 44.71199, 32 / 224
    assert ranges == [
        {},
        {"rotation": (-135, 135)},
        {"scale": (0.5, 2)},
        {"crop": 0.25},
        {"translation": (pytest.approx(shift), 0)},
        {"translation": (0, pytest.approx(shift))},
        {"shear": (pytest.approx(slant, abs=1e-4), 0)},
        {"shear": (0, pytest.approx(slant, abs=1e-4))},
        {"perspective": 0.5},
        *({name: (0.01, 1.99)} for name in ("brightness", "contrast", "saturation")),
        {"hue": (-72, 72)},
        {"gamma": (0.5, 2)},
        {"grayscale": 1},
        {"blur": (0, 3)},
        {"noise": (0, 40)},
        {"jpeg": (10, 100)},
        {"erasing": 1, "erasing_area": (0.02, 0.33)},
    ]


def test_trivial_takes_no_range_but_the_fill() -> None:
    config = PRESETS["strong"].model_copy(update={"policy": "trivial", "fill_mode": "wrap"})
    expected = [replace(one, fill_mode="wrap") for one in made(TRIVIAL, 50)]
    assert made(config, 50) == expected
    alone = made(AugmentationConfig(rotation=(-135, 135), fill_mode="wrap"), 50)
    turned = [number for number, one in enumerate(expected) if "rotation" in one]
    assert turned
    assert all(expected[number] == alone[number] for number in turned)
