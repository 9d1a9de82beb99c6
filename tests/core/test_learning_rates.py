"""Each head's own default rate, and the one that a stage names instead."""

import itertools
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import recipes
from core.config import RunConfig
from core.learning_rates import REFERENCE_FEATURES, default_rate, rates

OPTIMIZERS = ("sgd", "adam", "adamw", "rmsprop")
FEATURES = st.integers(min_value=1, max_value=4_000_000)


@given(pair=st.tuples(FEATURES, FEATURES), optimizer=st.sampled_from(OPTIMIZERS))
def test_more_features_never_get_a_larger_rate(pair: tuple[int, int], optimizer: str) -> None:
    fewer, more = sorted(pair)
    assert default_rate("softmax", fewer, optimizer) >= default_rate("softmax", more, optimizer)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_the_rate_really_falls_over_the_sizes_that_a_person_can_choose(optimizer: str) -> None:
    sizes = [512 * (size // 32) ** 2 for size in (64, 96, 128, 224, 512)]
    found = [default_rate("softmax", features, optimizer) for features in sizes]
    assert all(first > second for first, second in itertools.pairwise(found))


@given(features=FEATURES, optimizer=st.sampled_from(OPTIMIZERS))
def test_a_default_is_a_rate_that_a_recipe_may_name(features: int, optimizer: str) -> None:
    rate = default_rate("softmax", features, optimizer)
    named = recipes.changed(RunConfig(), "stages.0.learning_rate", rate)
    assert named.stages[0].learning_rate == rate


@given(features=FEATURES)
def test_a_default_has_two_digits_so_that_what_is_shown_is_what_is_used(features: int) -> None:
    rate = default_rate("softmax", features, "adamw")
    assert float(f"{rate:.2g}") == rate


def test_unknown_heads_are_not_given_some_rate() -> None:
    with pytest.raises(KeyError):
        default_rate("forest", REFERENCE_FEATURES, "adamw")


def test_an_explicit_rate_wins() -> None:
    recipe = recipes.changed(RunConfig(), "stages.1.learning_rate", 0.02)
    assert rates(recipe, 1) == (0.02, pytest.approx(0.002))
    assert rates(recipe, 0)[0] == default_rate("softmax", REFERENCE_FEATURES, "adamw")


def test_the_convnets_rate_is_the_heads_times_the_factor_where_something_is_thawed() -> None:
    recipe = recipes.changed(RunConfig(), "stages.1.backbone_factor", 0.5)
    head, backbone = rates(recipe, 1)
    assert backbone == pytest.approx(head * 0.5)
    assert rates(recipe, 0)[1] == 0.0


def test_size_and_depth_decide_what_the_default_is() -> None:
    small = recipes.changed(RunConfig(), "dataset.image_size", 64)
    assert rates(small, 0)[0] == default_rate("softmax", 2048, "adamw")
    shallow = recipes.make({"model": {"depth": 3}, "stages": [{}]})
    assert rates(shallow, 0)[0] == default_rate("softmax", 256 * 28 * 28, "adamw")


def test_it_loads_without_torch() -> None:
    code = "import sys, core.learning_rates, core.parameters; sys.exit('torch' in sys.modules)"
    root = Path(__file__).parents[2]
    assert subprocess.run([sys.executable, "-c", code], cwd=root, check=False).returncode == 0
