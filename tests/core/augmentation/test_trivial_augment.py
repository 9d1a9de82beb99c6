from collections import Counter
from dataclasses import replace

import pytest

from core.augmentation.augment import OPERATIONS, describe, sample
from core.augmentation.draws import draws
from core.augmentation.presets import PRESETS
from core.recipe.config import AugmentationConfig

TRIVIAL = PRESETS["trivial"]


def test_trivial_does_one_operation_a_picture_all_as_often() -> None:
    made = [sample(TRIVIAL, draws(0, 0, f"{number}.jpg")) for number in range(4000)]
    done: Counter[str] = Counter()
    for one in made:
        codes = [code for code, _ in describe(one)]
        assert len(codes) <= 1
        done.update(codes or ["nothing"])
    assert not {"drawn_horizontal_flip", "drawn_vertical_flip", "drawn_quarter_turns"} & set(done)
    shares = {code: count / 4000 * len(OPERATIONS) for code, count in done.items()}
    twice = {"drawn_translation", "drawn_shear"}  # along each axis
    for code, share in shares.items():
        assert share == pytest.approx(2 if code in twice else 1, abs=0.3)
    assert len(done) == len(OPERATIONS) - len(twice)


def test_trivial_goes_to_its_widest_both_ways() -> None:
    made = [sample(TRIVIAL, draws(0, 0, f"{number}.jpg")) for number in range(4000)]
    turned = [one.rotation for one in made]
    assert -135 <= min(turned) < -100
    assert 100 < max(turned) <= 135
    bright = [one.photometric.brightness for one in made]
    assert 0.01 <= min(bright) < 0.3
    assert 1.7 < max(bright) <= 1.99
    slants = [one.shear[1] for one in made]
    assert min(slants) < -30
    assert max(slants) > 30


def test_trivial_takes_no_range_but_the_fill() -> None:
    config = PRESETS["strong"].model_copy(update={"policy": "trivial", "fill_mode": "wrap"})
    for number in range(50):
        drawn = draws(0, 0, f"{number}.jpg")
        expected = replace(sample(TRIVIAL, drawn), fill_mode="wrap")
        assert sample(config, drawn) == expected


def test_trivials_strengths_are_those_of_the_recipe_that_has_the_operation_alone() -> None:
    alone = AugmentationConfig(rotation=(-135, 135))
    made = [draws(0, 0, f"{number}.jpg") for number in range(200)]
    turned = [drawn for drawn in made if sample(TRIVIAL, drawn).rotation != 0]
    assert turned
    assert all(sample(TRIVIAL, drawn) == sample(alone, drawn) for drawn in turned)
