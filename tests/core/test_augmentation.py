import random
import subprocess
import sys
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from math import sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import augmentation
from core.augmentation import (
    EFFECTS,
    PRESETS,
    Image,
    apply,
    augment,
    draws,
    sample,
)
from core.config import AugmentationConfig

EVERYTHING = AugmentationConfig(
    horizontal_flip=0.5,
    vertical_flip=0.5,
    rotation=(-60, 90),
    scale=(0.5, 2),
    crop=0.3,
    translation=(0.2, 0.4),
)

shares = st.floats(0, 1)


def noise(height: int, width: int) -> Image:
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)


# draws


def test_the_streams_never_change() -> None:
    """A change here would change every training that somebody wants to repeat."""
    assert {effect: values[0] for effect, values in draws(0, 0, "cat/a.jpg").items()} == {
        "horizontal_flip": 0.7180173160917169,
        "vertical_flip": 0.0416107510607423,
        "rotation": 0.792066688338543,
        "scale": 0.021779673897193708,
        "crop": 0.7895187202513801,
        "translation": 0.014518637847163784,
    }
    assert draws(7, 3, "mèo/số 1.jpg", view=2)["crop"][:3] == (
        0.8641622071131139,
        0.5491936510659569,
        0.8565307787317005,
    )


@settings(deadline=None)
@given(st.integers(0, 2**63 - 1), st.integers(0, 10**6), st.text(), st.integers(0, 100))
def test_draws_are_uniforms(seed: int, epoch: int, key: str, view: int) -> None:
    drawn = draws(seed, epoch, key, view)
    assert tuple(drawn) == EFFECTS
    assert all(0 <= value < 1 for values in drawn.values() for value in values)


def test_draws_differ_in_each_argument_and_effect() -> None:
    one = draws(1, 2, "cat/a.jpg", 3)
    others = [
        draws(2, 2, "cat/a.jpg", 3),
        draws(1, 3, "cat/a.jpg", 3),
        draws(1, 2, "cat/b.jpg", 3),
        draws(1, 2, "cat/a.jpg", 4),
    ]
    assert len(set(one.values())) == len(EFFECTS)
    for other in others:
        assert all(one[effect] != other[effect] for effect in EFFECTS)


def test_draws_are_spread_evenly_and_unrelated() -> None:
    many = [draws(0, 0, f"cat/{number}.jpg") for number in range(2000)]
    values = np.array([[value for effect in EFFECTS for value in one[effect]] for one in many])
    assert np.abs(values.mean(axis=0) - 0.5).max() < 0.03
    assert np.abs(values.std(axis=0) - sqrt(1 / 12)).max() < 0.02
    correlation = np.corrcoef(values, rowvar=False)
    assert np.abs(correlation - np.eye(len(correlation))).max() < 0.12


def test_accents_count_the_same_however_they_are_composed() -> None:
    composed = unicodedata.normalize("NFC", "mèo/số 1.jpg")
    assert draws(0, 0, composed) == draws(0, 0, unicodedata.normalize("NFD", composed))


def test_a_name_that_is_no_unicode_has_draws() -> None:
    assert draws(0, 0, "cat/\udcff.jpg") != draws(0, 0, "cat/\udcfe.jpg")


def test_a_new_effect_changes_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    before = draws(0, 0, "cat/a.jpg")
    monkeypatch.setattr(augmentation, "EFFECTS", ("shear", *reversed(EFFECTS)))
    after = draws(0, 0, "cat/a.jpg")
    assert {effect: after[effect] for effect in EFFECTS} == before


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


# parameters


@settings(deadline=None)
@given(
    st.tuples(st.floats(-180, 180), st.floats(-180, 180)).map(sorted),
    st.tuples(st.floats(0.1, 10), st.floats(0.1, 10)).map(sorted),
    st.floats(0.05, 1),
    st.tuples(shares, shares),
    st.integers(0, 10**9),
)
def test_values_stay_in_their_ranges(
    rotation: list[float],
    scale: list[float],
    crop: float,
    translation: tuple[float, float],
    seed: int,
) -> None:
    config = AugmentationConfig(
        rotation=(rotation[0], rotation[1]),
        scale=(scale[0], scale[1]),
        crop=crop,
        translation=translation,
    )
    made = sample(config, draws(seed, 0, "cat/a.jpg"))
    left, top, side = made.crop
    assert rotation[0] <= made.rotation <= rotation[1]
    assert scale[0] <= made.scale <= scale[1]
    assert crop - 1e-12 <= side**2 <= 1
    assert min(left, top) >= 0
    assert max(left, top) + side <= 1 + 1e-12
    assert abs(made.translation[0]) <= translation[0]
    assert abs(made.translation[1]) <= translation[1]
    assert (made.horizontal_flip, made.vertical_flip) == (False, False)


def test_flips_come_as_often_as_asked() -> None:
    config = AugmentationConfig(horizontal_flip=0.3, vertical_flip=1)
    made = [sample(config, draws(0, 0, f"{number}.jpg")) for number in range(1000)]
    assert 250 < sum(one.horizontal_flip for one in made) < 350
    assert all(one.vertical_flip for one in made)


@pytest.mark.parametrize("effect", EFFECTS)
def test_a_slider_changes_its_own_effect_only(effect: str) -> None:
    drawn = draws(3, 0, "cat/a.jpg")
    alone = AugmentationConfig(**{effect: getattr(EVERYTHING, effect)})
    made, nothing = sample(alone, drawn), sample(AugmentationConfig(), drawn)
    assert replace(made, **{effect: getattr(nothing, effect)}) == nothing
    assert getattr(made, effect) == getattr(sample(EVERYTHING, drawn), effect)


@pytest.mark.parametrize("number", range(12))
def test_a_slider_moves_each_tile_steadily_from_nothing_to_its_most(number: int) -> None:
    drawn = draws(0, 0, f"cat/{number}.jpg")
    made = [
        sample(
            AugmentationConfig(
                horizontal_flip=at,
                rotation=(-180 * at, 180 * at),
                scale=(1 - 0.8 * at, 1 + 9 * at),
                crop=1 - 0.95 * at,
                translation=(at, at),
            ),
            drawn,
        )
        for at in np.linspace(0, 1, 101).tolist()
    ]
    assert made[0].is_identity
    amounts = np.array(
        [
            [
                abs(one.rotation) / 180,
                abs(one.scale - 1) / 9,
                1 - one.crop[2] ** 2,
                one.crop[0],
                one.crop[1],
                abs(one.translation[0]),
                abs(one.translation[1]),
            ]
            for one in made
        ]
    )
    steps = np.diff(amounts, axis=0)
    assert steps.min() >= 0
    assert steps.max() < 0.05
    flips = [one.horizontal_flip for one in made]
    assert flips == sorted(flips)
    assert flips[-1]


# the one call


def test_threads_and_order_change_nothing() -> None:
    image = noise(64, 64)
    keys = [f"cat/{number}.jpg" for number in range(60)]

    def made(key: str) -> bytes:
        return augment(image, EVERYTHING, 5, 1, key).tobytes()

    alone = {key: made(key) for key in keys}
    shuffled = list(reversed(keys))
    with ThreadPoolExecutor(4) as pool:
        together = dict(zip(shuffled, pool.map(made, shuffled), strict=True))
    assert together == alone
    assert len(set(alone.values())) == len(keys)


def test_the_one_call_is_its_parts() -> None:
    image = noise(48, 32)
    change = sample(EVERYTHING, draws(1, 2, "cat/a.jpg", 3))
    assert not change.is_identity
    assert np.array_equal(augment(image, EVERYTHING, 1, 2, "cat/a.jpg", 3), apply(image, change))


# presets and imports


def test_presets_change_pictures_and_keep_left_and_right_in_light() -> None:
    assert list(PRESETS) == ["light", "standard"]
    image = noise(32, 32)
    for config in PRESETS.values():
        assert config.fill_mode == "reflect"
        assert not np.array_equal(augment(image, config, 0, 0, "cat/a.jpg"), image)
    assert PRESETS["light"].horizontal_flip == PRESETS["light"].vertical_flip == 0


def test_importing_loads_neither_torch_nor_opencv() -> None:
    code = (
        "import sys, core.augmentation; "
        "sys.exit(bool({'torch', 'torchvision', 'cv2'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
