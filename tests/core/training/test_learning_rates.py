"""Each head's own default rate, and the one that a stage names instead."""

import itertools
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.recipe import files as recipes
from core.recipe.config import RunConfig
from core.training.rates import REFERENCE_FEATURES, default_rate, learning_rates
from tests.support import ROOT

OPTIMIZERS = ("sgd", "adam", "adamw", "rmsprop")
KINDS = ("softmax", "one-vs-rest", "svm", "fc", "conv")
FEATURES = st.integers(min_value=1, max_value=4_000_000)


@given(
    pair=st.tuples(FEATURES, FEATURES),
    kind=st.sampled_from(KINDS),
    optimizer=st.sampled_from(OPTIMIZERS),
)
def test_more_features_never_get_a_larger_rate(
    pair: tuple[int, int], kind: str, optimizer: str
) -> None:
    fewer, more = sorted(pair)
    assert default_rate(kind, fewer, optimizer) >= default_rate(kind, more, optimizer)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_the_rate_really_falls_over_the_sizes_that_a_person_can_choose(
    kind: str, optimizer: str
) -> None:
    sizes = [512 * (size // 32) ** 2 for size in (64, 96, 128, 224, 512)]
    found = [default_rate(kind, features, optimizer) for features in sizes]
    if optimizer == "sgd" and kind in ("fc", "conv"):
        assert len(set(found)) == 1, "hidden layers even out how many features there are"
    else:
        assert all(first > second for first, second in itertools.pairwise(found))


@given(features=FEATURES, kind=st.sampled_from(KINDS), optimizer=st.sampled_from(OPTIMIZERS))
def test_a_default_is_a_rate_that_a_recipe_may_name(
    features: int, kind: str, optimizer: str
) -> None:
    rate = default_rate(kind, features, optimizer)
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
    assert learning_rates(recipe, 1) == (0.02, pytest.approx(0.004))
    assert learning_rates(recipe, 0)[0] == default_rate("softmax", REFERENCE_FEATURES, "adamw")


def test_the_convnets_rate_is_the_heads_times_the_factor_where_something_is_thawed() -> None:
    recipe = recipes.changed(RunConfig(), "stages.1.backbone_factor", 0.5)
    head, backbone = learning_rates(recipe, 1)
    assert backbone == pytest.approx(head * 0.5)
    assert learning_rates(recipe, 0)[1] == 0.0


def test_a_head_with_thawed_blocks_learns_at_three_tenths_of_its_rate() -> None:
    alone, together = (learning_rates(RunConfig(), number)[0] for number in (0, 1))
    assert together == pytest.approx(0.3 * alone, rel=0.05)  # two digits


def test_size_and_depth_decide_what_the_default_is() -> None:
    small = recipes.changed(RunConfig(), "dataset.image_size", 64)
    assert learning_rates(small, 0)[0] == default_rate("softmax", 2048, "adamw")
    shallow = recipes.make({"model": {"depth": 3}, "stages": [{}]})
    assert learning_rates(shallow, 0)[0] == default_rate("softmax", 256 * 28 * 28, "adamw")


def test_pooling_decides_too_as_far_as_it_comes_before_the_first_layer() -> None:
    def rate(kind: str, pooling: str) -> float:
        head = {"kind": kind, "pooling": pooling}
        return learning_rates(recipes.make({"model": {"head": head}, "stages": [{}]}), 0)[0]

    for kind in ("softmax", "one-vs-rest", "svm", "fc"):
        assert rate(kind, "flatten") == default_rate(kind, 25_088, "adamw")
        assert rate(kind, "average") == rate(kind, "max") == default_rate(kind, 512, "adamw")
        assert rate(kind, "both") == default_rate(kind, 1024, "adamw")
    assert rate("conv", "average") == rate("conv", "flatten"), "its convolutions see all"


def test_it_loads_without_torch() -> None:
    code = "import sys, core.training.rates, core.recipe.network; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
