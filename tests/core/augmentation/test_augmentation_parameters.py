"""The parameters of many pictures at once are those that each picture has alone."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.augmentation.augment import sample
from core.augmentation.draws import draws
from core.augmentation.parameters import ManyParameters, Parameters
from core.augmentation.photometric import Photometric
from core.augmentation.presets import PRESETS
from core.recipe.config import AugmentationConfig

KEYS = [f"cat/{number}.jpg" for number in range(12)]


def ends(low: float, high: float) -> st.SearchStrategy[tuple[float, float]]:
    one = st.floats(low, high)
    return st.tuples(one, one).map(lambda pair: (min(pair), max(pair)))


@st.composite
def configs(draw: st.DrawFn) -> AugmentationConfig:
    """Any, with any of the effects."""
    share = st.floats(0, 1)
    factor, probability = ends(0, 4), st.sampled_from([0.0, 0.3, 1.0])
    fields: dict[str, st.SearchStrategy[Any]] = {
        "horizontal_flip": share,
        "vertical_flip": share,
        "quarter_turns": share,
        "rotation": ends(-180, 180),
        "scale": ends(0.1, 10),
        "crop": st.floats(0.05, 1),
        "crop_aspect": ends(0.25, 4),
        "translation": st.tuples(share, share),
        "shear": st.tuples(st.floats(0, 60), st.floats(0, 60)),
        "perspective": st.floats(0, 0.5),
        "fill_mode": st.sampled_from(["constant", "edge", "reflect", "wrap"]),
        "fill_color": st.tuples(*[st.integers(0, 255)] * 3),
        "brightness": factor,
        "contrast": factor,
        "saturation": factor,
        "hue": ends(-180, 180),
        "gamma": ends(0.1, 10),
        "grayscale": share,
        "blur": ends(0, 20),
        "noise": ends(0, 128),
        "jpeg": st.lists(st.integers(1, 100), min_size=2, max_size=2).map(sorted).map(tuple),
        "erasing": share,
        "erasing_area": ends(0.005, 0.9),
        "policy": st.sampled_from(["ranges"] * 4 + ["trivial"]),
    }
    names = draw(st.sets(st.sampled_from(sorted(fields))))
    values = {name: draw(fields[name]) for name in sorted(names)}
    for name in sorted(names):
        if f"{name}_probability" in AugmentationConfig.model_fields:
            values[f"{name}_probability"] = draw(probability)
    return AugmentationConfig(**values)


def alone(config: AugmentationConfig, seed: int, key: str) -> Parameters:
    return sample(config, draws(seed, 1, key))


@settings(deadline=None)
@given(configs(), st.integers(0, 2**63 - 1), st.permutations(KEYS), st.integers(0, len(KEYS)))
def test_drawn_together_alone_or_in_another_order_a_picture_gets_the_same(
    config: AugmentationConfig, seed: int, order: list[str], count: int
) -> None:
    expected = {key: alone(config, seed, key) for key in KEYS}
    for keys in (KEYS, order[:count]):
        many = sample(config, draws(seed, 1, keys))
        assert len(many) == len(keys)
        assert list(many) == [expected[key] for key in keys]
        assert repr(list(many)) == repr([expected[key] for key in keys])  # of the same types


@pytest.mark.parametrize("name", ["strong", "trivial"])
def test_threads_that_share_draws_get_the_same(name: str) -> None:
    expected = [alone(PRESETS[name], 7, key) for key in KEYS]
    for _ in range(5):
        drawn = draws(7, 1, KEYS)
        with ThreadPoolExecutor(4) as pool:
            made = list(pool.map(lambda _, drawn=drawn: sample(PRESETS[name], drawn), range(8)))
            many = made[0]
            picked = list(pool.map(lambda at, many=many: many[at], [*range(len(KEYS))] * 4))
        assert all(list(one) == expected for one in made)
        assert picked == expected * 4


def test_many_are_arrays_with_a_row_for_each_picture() -> None:
    config = AugmentationConfig(
        horizontal_flip=0.5,
        quarter_turns=0.5,
        rotation=30,
        crop=0.5,
        translation=0.1,
        perspective=0.2,
        jpeg=(10, 90),
        erasing=0.5,
    )
    many = sample(config, draws(0, 0, KEYS))
    arrays = {**many.geometric.values, **many.photometric.values}
    shapes = {
        name: (value.shape, value.dtype.kind)
        for name, value in arrays.items()
        if isinstance(value, np.ndarray)
    }
    assert shapes == {
        "horizontal_flip": ((12,), "b"),
        "quarter_turns": ((12,), "i"),
        "rotation": ((12,), "f"),
        "crop": ((12, 4), "f"),
        "translation": ((12, 2), "f"),
        "perspective": ((12, 4, 2), "f"),
        "jpeg": ((12,), "i"),
        "erasing": ((12, 4), "f"),
    }
    assert arrays["scale"] == 1
    assert arrays["fill_mode"] == "reflect"


def test_trivial_augments_operations_are_arrays_too() -> None:
    keys = [f"{number}.jpg" for number in range(200)]
    many = sample(PRESETS["trivial"], draws(0, 0, keys))
    turned = many.geometric.values["rotation"]
    assert turned.shape == (200,)
    assert 0 < np.count_nonzero(turned) < 40
    assert turned.tolist() == [one.rotation for one in many]


@pytest.fixture
def many() -> ManyParameters:
    return sample(AugmentationConfig(rotation=30), draws(0, 0, KEYS))


def test_one_is_taken_by_its_place_from_the_end_too(many: ManyParameters) -> None:
    assert many[-1] == many[11] == list(many)[-1]
    for place in (12, -13):
        with pytest.raises(IndexError):
            many[place]


def test_where_nothing_is_drawn_all_are_the_same() -> None:
    many = sample(AugmentationConfig(fill_mode="wrap"), draws(0, 0, KEYS))
    assert list(many) == [Parameters(fill_mode="wrap")] * 12
    with pytest.raises(IndexError):
        many[12]


def test_no_pictures_have_no_parameters() -> None:
    for name in ("none", "strong", "trivial"):
        assert list(sample(PRESETS[name], draws(0, 0, []))) == []


def test_pictures_that_are_not_erased_have_no_rectangle() -> None:
    many = sample(AugmentationConfig(erasing=0.5), draws(0, 0, KEYS))
    erased = [one.photometric.erasing is not None for one in many]
    assert any(erased)
    assert not all(erased)
    assert [one.is_identity for one in many] == [not is_erased for is_erased in erased]
    assert many[erased.index(False)].photometric == Photometric()
