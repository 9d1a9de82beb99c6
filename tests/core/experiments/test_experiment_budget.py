"""What fits into some minutes on a machine that is known."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.experiments.budget import costs, fitted
from core.experiments.experiment import KINDS
from core.recipe import files as recipes
from core.recipe.config import RunConfig
from tests.support.experiments import SPEED

COUNTS = 384, 96, 0


def config(size: int = 224) -> RunConfig:
    return recipes.load([], [f"dataset.image_size={size}"])


@given(minutes=st.floats(0.5, 600))
def test_what_fits_is_within_the_minutes(minutes: float) -> None:
    fit = fitted("transfer", config(), minutes, SPEED, COUNTS)
    assert fit.fits == (fit.seconds <= minutes * 60)
    if not fit.fits:
        assert (fit.size, fit.seeds, fit.epochs) == (32, 1, 4), "the smallest there is"


def test_more_minutes_never_give_smaller_pictures() -> None:
    sizes = [fitted("transfer", config(), minutes, SPEED, COUNTS).size for minutes in (10, 60, 600)]
    assert sizes == sorted(sizes)
    assert sizes[0] < sizes[-1]


def test_what_a_person_gives_stays() -> None:
    fit = fitted("transfer", config(), 1, SPEED, COUNTS, size=96, seeds=4, epochs=7)
    assert (fit.size, fit.seeds, fit.epochs) == (96, 4, 7)
    assert not fit.fits
    assert fit.seconds > 60


def test_pictures_are_never_larger_than_the_recipes() -> None:
    assert fitted("flip", config(64), 100_000, SPEED, COUNTS).size == 64


def test_the_finder_and_every_seed_count() -> None:
    arms = KINDS["convnet-rate"].arms(config(32), 6)
    found = costs(arms, SPEED, COUNTS, 60)
    assert found.finder[0] > 0
    assert found.finder[1] == 0, "it takes the rates of the first"
    assert found.later[0] < found.first[0], "frozen blocks' outputs are there by then"
    assert found.total(3) - found.total(2) == pytest.approx(sum(found.later))
    assert costs(arms, SPEED, COUNTS, 0).finder == (0.0, 0.0)
